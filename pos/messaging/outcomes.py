"""What became of a text: each outcome is one write that only moves it forward, told any number of times and in any order."""

from uuid import UUID

import orjson

from pos import ids
from pos.attention.actions import raise_until_settled
from pos.messaging import codes, outbox
from pos.messaging.consents import provider_refused
from pos.messaging.lifecycle import MESSAGE_BEFORE
from pos.statements import Statement

PAUSE_MINUTES = 10

_MOVE = Statement("""
    UPDATE messages SET status = :status, provider_sid = coalesce(provider_sid, :sid), error_code = coalesce(:code, error_code),
           segments = coalesce(:segments, segments), updated_at = now(), sent_at = coalesce(sent_at, clock_timestamp()),
           permit = permit - 'failure',
           settled_at = CASE WHEN :status IN ('delivered', 'undelivered', 'failed') THEN clock_timestamp() END
     WHERE store_id = :store AND id = :id AND (provider_sid IS NULL OR :sid ::text IS NULL OR provider_sid = :sid)
       -- Of two with the same words one may have been taken for the other.
       AND NOT EXISTS (SELECT FROM messages o WHERE o.store_id = :store AND o.provider_sid = :sid AND o.id <> messages.id)
       AND (status = ANY(:before ::text[])
            -- What was given up, or was to be sent again, is there after all.
            OR :sid ::text IS NOT NULL AND provider_sid IS NULL AND (status = 'failed' OR status = 'queued' AND resends > 0))
    RETURNING customer_id, phone
""")
_FAIL = Statement("""
    UPDATE messages SET status = 'failed', error_code = :code, permit = permit || :permit ::jsonb, settled_at = clock_timestamp(),
           updated_at = now()
     WHERE store_id = :store AND id = :id AND attempts = :attempt AND status = ANY(:before ::text[])
    RETURNING customer_id, phone
""")
_AGAIN = Statement("""
    UPDATE messages SET status = 'queued', not_before = now() + make_interval(secs => :seconds), resends = resends + :resends,
           updated_at = now()
     WHERE store_id = :store AND id = :id AND attempts = :attempt AND status = ANY(:before ::text[])
    RETURNING permit, phone
""")
_ONCE_MORE = Statement("""
    INSERT INTO messages (store_id, id, direction, customer_id, conversation_id, order_id, phone, body, purpose, template, intent, facts,
                          language, status, not_before, not_after, cause, actor)
    SELECT store_id, :again, 'out', coalesce((SELECT c.merged_into_id FROM customers c WHERE c.store_id = :store AND c.id = customer_id),
           customer_id), conversation_id, order_id, phone, body, purpose, template, intent, facts,
           language, 'queued', now() + make_interval(mins => :minutes), not_after, 'again:' || id, actor
      FROM messages
     WHERE store_id = :store AND id = :id AND purpose <> 'marketing' AND in_reply_to_id IS NULL AND phone IS NOT NULL
       AND (cause IS NULL OR NOT starts_with(cause, 'again:'))
    ON CONFLICT (store_id, cause) DO NOTHING
""")
_UNKNOWN = Statement("""
    UPDATE messages SET status = 'unknown', updated_at = now()
     WHERE store_id = :store AND id = :id AND attempts = :attempt AND status = 'sending'
""")
_FIND = Statement("""
    SELECT id, provider_sid FROM messages WHERE store_id = :store AND (id = :id ::uuid OR provider_sid = :sid)
     ORDER BY provider_sid = :sid DESC NULLS LAST LIMIT 1 FOR NO KEY UPDATE
""")
_LOCK_STORE = Statement("SELECT id FROM stores WHERE id = :store FOR NO KEY UPDATE")
_PAUSE = Statement("""
    UPDATE stores SET sms_paused_until = now() + make_interval(mins => :minutes) WHERE id = :store
""")
_PAUSE_CAMPAIGNS = Statement("""
    UPDATE campaigns SET status = 'paused', version = version + 1, updated_at = now() WHERE store_id = :store AND status = 'sending'
""")
_UNUSABLE = Statement("""
    UPDATE customers SET sms_unusable_at = coalesce(sms_unusable_at, now()), updated_at = now()
     WHERE store_id = :store AND phone = :phone AND :customer ::uuid IN (id, merged_into_id) AND sms_unusable_at IS NULL
""")


def told(
    message_id: UUID, status: str, *, sid: str | None, code: int | None = None, segments: int | None = None
) -> bool:
    """What Twilio says of a message: `status` is ours (lifecycle.TOLD). Whether it was news."""
    row = _MOVE.first(
        id=message_id, status=status, sid=sid, code=code, segments=segments, before=list(MESSAGE_BEFORE[status])
    )
    if row and code:
        follow_code(code, *row)
        _once_more(message_id, code)
    return row is not None


def find(message_id: UUID | None, sid: str) -> tuple[UUID, str | None] | None:
    """The message of which a callback speaks, locked: by Twilio's name for it, else by our id in its address; with the name that we
    know of it."""
    row = _FIND.first(id=message_id, sid=sid)
    return (row[0], row[1]) if row else None


def failed(message_id: UUID, attempt: int, code: int | None, reason: str) -> None:
    """It did not leave, and will not. What came of an earlier attempt says nothing about a later one: here, and below."""
    permit = orjson.dumps({"failure": reason}).decode()
    row = _FAIL.first(id=message_id, attempt=attempt, code=code, permit=permit, before=list(MESSAGE_BEFORE["failed"]))
    if row:
        follow_code(code, *row)


def again(message_id: UUID, attempt: int, *, in_seconds: float, is_resend: bool = False) -> None:
    """Back into the queue: Twilio did nothing, or it was looked for there and not found. So it was not sent, and does not count."""
    before = list(MESSAGE_BEFORE["queued"])
    row = _AGAIN.first(id=message_id, attempt=attempt, seconds=in_seconds, resends=int(is_resend), before=before)
    if row:
        outbox.take_back(*row)


def unclear(message_id: UUID, attempt: int) -> None:
    """Nobody knows yet whether it left."""
    _UNKNOWN.run(id=message_id, attempt=attempt)


def follow_code(code: int | None, customer_id: UUID | None, phone: str | None = None) -> None:
    """What an error code means beyond its message (codes.py): of the number, which may be one of several that a person has, or of the
    person."""
    meaning = codes.meaning(code)
    if meaning == "unusable" and customer_id:
        _UNUSABLE.run(customer=customer_id, phone=phone)
    elif meaning == "stale_consent" and customer_id:
        provider_refused(customer_id)
    elif meaning == "alarm":
        _PAUSE.run(minutes=PAUSE_MINUTES)
        _alarm(code)
    elif meaning == "filtered":
        _LOCK_STORE.run()
        _PAUSE_CAMPAIGNS.run()
        _alarm(code)


def _alarm(code: int | None) -> None:
    """For people, once until they have settled it. The store's row is locked."""
    raise_until_settled("sms_alarm", "stores:sms", code=code, advice=codes.advice(code))


def _once_more(message_id: UUID, code: int) -> None:
    """Twilio took it, and then could not send it, through no fault of its own: it is written anew, once, since Twilio's name for it is
    that of the failure. Nobody waits for an answer or a campaign's text that long."""
    if codes.meaning(code) in ("busy", "alarm"):
        _ONCE_MORE.run(id=message_id, again=ids.uuid7(), minutes=PAUSE_MINUTES)
