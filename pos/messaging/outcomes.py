"""What became of a text: each outcome is one write that only moves it forward, told any number of times and in any order."""

from uuid import UUID

import orjson

from pos.attention.actions import raise_unless_open
from pos.messaging import codes
from pos.messaging.consents import provider_refused
from pos.messaging.lifecycle import MESSAGE_BEFORE
from pos.statements import Statement

PAUSE_MINUTES = 10

_MOVE = Statement("""
    UPDATE messages SET status = :status, provider_sid = coalesce(provider_sid, :sid), error_code = coalesce(:code, error_code),
           segments = coalesce(:segments, segments), updated_at = now(), sent_at = coalesce(sent_at, clock_timestamp()),
           settled_at = CASE WHEN :status IN ('delivered', 'undelivered', 'failed') THEN clock_timestamp() END
     WHERE store_id = :store AND id = :id AND (provider_sid IS NULL OR :sid ::text IS NULL OR provider_sid = :sid)
       AND (status = ANY(:before ::text[])
            -- What was given up, or was to be sent again, is there after all.
            OR :sid ::text IS NOT NULL AND provider_sid IS NULL AND (status = 'failed' OR status = 'queued' AND resends > 0))
    RETURNING customer_id, purpose
""")
_FAIL = Statement("""
    UPDATE messages SET status = 'failed', error_code = :code, permit = permit || :permit ::jsonb, settled_at = clock_timestamp(),
           updated_at = now()
     WHERE store_id = :store AND id = :id AND status = ANY(:before ::text[])
    RETURNING customer_id
""")
_AGAIN = Statement("""
    UPDATE messages SET status = 'queued', not_before = now() + make_interval(secs => :seconds), resends = resends + :resends,
           updated_at = now()
     WHERE store_id = :store AND id = :id AND status = ANY(:before ::text[])
""")
_UNKNOWN = Statement("""
    UPDATE messages SET status = 'unknown', updated_at = now() WHERE store_id = :store AND id = :id AND status = 'sending'
""")
_BY_SID = Statement(
    "SELECT id, provider_sid FROM messages WHERE store_id = :store AND (id = :id ::uuid OR provider_sid = :sid)"
)
_PAUSE = Statement("""
    UPDATE stores SET sms_paused_until = now() + make_interval(mins => :minutes) WHERE id = :store
""")
_PAUSE_CAMPAIGNS = Statement("""
    UPDATE campaigns SET status = 'paused', version = version + 1, updated_at = now() WHERE store_id = :store AND status = 'sending'
""")
_UNUSABLE = Statement("""
    UPDATE customers SET sms_unusable_at = coalesce(sms_unusable_at, now()), updated_at = now()
     WHERE store_id = :store AND id = :customer AND sms_unusable_at IS NULL
""")


def told(
    message_id: UUID, status: str, *, sid: str | None, code: int | None = None, segments: int | None = None
) -> bool:
    """What Twilio says of a message: `status` is ours (lifecycle.TOLD). Whether it was news."""
    row = _MOVE.first(
        id=message_id, status=status, sid=sid, code=code, segments=segments, before=list(MESSAGE_BEFORE[status])
    )
    if row and code:
        follow_code(code, row[0])
    return row is not None


def find(message_id: UUID | None, sid: str) -> tuple[UUID, str | None] | None:
    """The message of which a callback speaks: by our id in its address, else by Twilio's; with the sid that we know of it."""
    rows = _BY_SID.rows(id=message_id, sid=sid)
    found = [row for row in rows if row[0] == message_id] or rows
    return (found[0][0], found[0][1]) if found else None


def failed(message_id: UUID, code: int | None, reason: str) -> None:
    """It did not leave, and will not."""
    permit = orjson.dumps({"failure": reason}).decode()
    row = _FAIL.first(id=message_id, code=code, permit=permit, before=list(MESSAGE_BEFORE["failed"]))
    if row:
        follow_code(code, row[0])


def again(message_id: UUID, *, in_seconds: float, is_resend: bool = False) -> None:
    """Back into the queue: Twilio did nothing, or it was looked for there and not found."""
    _AGAIN.run(id=message_id, seconds=in_seconds, resends=int(is_resend), before=list(MESSAGE_BEFORE["queued"]))


def unclear(message_id: UUID) -> None:
    """Nobody knows yet whether it left."""
    _UNKNOWN.run(id=message_id)


def follow_code(code: int | None, customer_id: UUID | None) -> None:
    """What an error code means beyond its message (codes.py)."""
    meaning = codes.meaning(code)
    if meaning == "unusable" and customer_id:
        _UNUSABLE.run(customer=customer_id)
    elif meaning == "stale_consent" and customer_id:
        provider_refused(customer_id)
    elif meaning == "alarm":
        _PAUSE.run(minutes=PAUSE_MINUTES)
        raise_unless_open("sms_alarm", "stores:sms", code=code, advice=codes.advice(code))
    elif meaning == "filtered":
        _PAUSE_CAMPAIGNS.run()
        raise_unless_open("sms_alarm", "stores:sms", code=code, advice=codes.advice(code))
