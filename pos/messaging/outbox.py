"""The outbox: a text is a row, written in the transaction that wants it, together with the job that delivers it.

What it says is filled in from the books when it leaves, so that a late text still tells the truth. `claim` takes those that are
due: under lock of the message and its customer each is judged (permits.py), and what may leave is `sending` before anybody calls
Twilio. So an opt-out is either committed before, and seen, or waits until the text is already on its way.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from flask import current_app

from pos import clock, ids
from pos.attention.actions import raise_once
from pos.config import Settings
from pos.db import current_actor, current_store
from pos.errors import Refused
from pos.jobs import enqueue
from pos.messaging import permits, rendering
from pos.statements import Statement, as_rows

# The number or service from which a store `s` sends: its own; the installation's only if it is the only store.
SENDER = """coalesce(s.sms_number, CASE WHEN (SELECT count(*) FROM stores x WHERE x.is_active) = 1 THEN :shared ::text END)"""
_JOB = """procrastinate_defer_jobs_v1(ARRAY[ROW('default', 'messaging.deliver', 0, NULL, NULL,
            json_build_object('store_id', wanted.store_id)::jsonb, :not_before ::timestamptz)::procrastinate_job_to_defer_v1])"""
_INSERT = f"""
    WITH wanted AS (
      INSERT INTO messages (store_id, id, direction, customer_id, order_id, conversation_id, phone, body, purpose, template, status,
                            not_before, not_after, cause, actor)
      SELECT c.store_id, :id, 'out', c.id, :order, :conversation, {{phone}}, :body, :purpose, :template, 'queued',
             coalesce(:not_before ::timestamptz, now()), :not_after, :cause,
             :actor
        FROM customers c JOIN stores s ON s.id = c.store_id
       WHERE c.store_id = :store AND c.id = :customer AND c.phone IS NOT NULL
         AND coalesce((s.settings -> 'messaging' ->> :switch)::boolean, true)
         AND {SENDER} IS NOT NULL AND (:not_after ::timestamptz IS NULL OR :not_after ::timestamptz > now())
      ON CONFLICT (store_id, cause) DO NOTHING RETURNING store_id)
    SELECT {_JOB} FROM wanted
"""
_WANT = Statement(_INSERT.format(phone="c.phone"))
# An answer goes to the number that asked: a person may have several.
_WRITE = Statement(
    _INSERT.format(
        phone="""coalesce((SELECT v.phone FROM conversations v WHERE v.store_id = :store AND v.id = :conversation ::uuid), c.phone)"""
    )
)
# Of a merged customer what waits belongs to who stands for them, but for a campaign's: that one is written to by themselves.
_LEAD_ON = Statement("""
    UPDATE messages m SET customer_id = c.merged_into_id, updated_at = now() FROM customers c
     WHERE m.store_id = :store AND m.id = ANY(:ids ::uuid[]) AND m.campaign_id IS NULL
       AND c.store_id = m.store_id AND c.id = m.customer_id AND c.merged_into_id IS NOT NULL
""")
_CAN_TEXT = Statement(f"SELECT {SENDER} FROM stores s WHERE s.id = :store")
# What was not asked for by a campaign goes first.
_DUE_FIRST = Statement("""
    SELECT id, customer_id FROM messages
     WHERE store_id = :store AND status IN ('queued', 'held') AND campaign_id IS NULL AND not_before <= :now
     ORDER BY not_before, id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
""")
# Of the campaigns that are being sent, each by an index of its own texts: those of a paused one are not even looked at. The share of
# its row makes a pause wait for what is being claimed; a campaign that somebody moves is left out, and its mover enqueues the next
# delivery.
_DUE_OF_CAMPAIGNS = Statement("""
    WITH sent AS MATERIALIZED (
      SELECT k.id FROM campaigns k WHERE k.store_id = :store AND k.status = 'sending' ORDER BY k.id FOR SHARE SKIP LOCKED)
    SELECT due.id, due.customer_id FROM sent CROSS JOIN LATERAL (
      SELECT m.id, m.customer_id, m.not_before FROM messages m
       WHERE m.store_id = :store AND m.campaign_id = sent.id AND m.status IN ('queued', 'held') AND m.not_before <= :now
       ORDER BY m.not_before, m.id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED) due
     ORDER BY due.not_before, due.id LIMIT :limit
""")
_LOCK_CUSTOMERS = Statement("""
    SELECT id, merged_into_id FROM customers
     WHERE store_id = :store AND id = ANY(:customers ::uuid[] || ARRAY(
           SELECT w.merged_into_id FROM customers w
            WHERE w.store_id = :store AND w.id = ANY(:customers ::uuid[]) AND w.merged_into_id IS NOT NULL))
     ORDER BY merged_into_id IS NULL, id FOR SHARE
""")
# By the index of each window, in their order: however much was counted, it costs the same, and nobody waits in a circle.
_SO_FAR = """
    SELECT c.scope, c.subject, c.starts_at, c.count
      FROM (SELECT * FROM json_to_recordset(:windows) AS w (scope text, subject text, starts_at timestamptz)
             ORDER BY scope, subject, starts_at) w
     CROSS JOIN LATERAL (SELECT c.scope, c.subject, c.starts_at, c.count FROM message_counts c
                          WHERE c.store_id = :store AND c.scope = w.scope AND c.subject = w.subject AND c.starts_at = w.starts_at
                          {lock}) c
"""
_COUNTS_SO_FAR = Statement(_SO_FAR.format(lock="OFFSET 0"))
_COUNTS = Statement(_SO_FAR.format(lock="FOR NO KEY UPDATE"))
_OPEN_WINDOWS = Statement("""
    INSERT INTO message_counts (store_id, id, scope, subject, starts_at, count)
    SELECT w.store_id, w.id, w.scope, w.subject, w.starts_at, 0
      FROM json_to_recordset(:windows) AS w (store_id uuid, id uuid, scope text, subject text, starts_at timestamptz)
     ORDER BY w.scope, w.subject, w.starts_at
    ON CONFLICT (store_id, scope, subject, starts_at) DO NOTHING
""")
_COUNT = Statement("""
    INSERT INTO message_counts AS c (store_id, id, scope, subject, starts_at, count)
    SELECT w.store_id, w.id, w.scope, w.subject, w.starts_at, w.weight
      FROM json_to_recordset(:windows) AS w (store_id uuid, id uuid, scope text, subject text, starts_at timestamptz, weight bigint)
     ORDER BY w.scope, w.subject, w.starts_at
    ON CONFLICT (store_id, scope, subject, starts_at) DO UPDATE SET count = c.count + excluded.count, updated_at = now()
""")
_JUDGED = Statement("""
    UPDATE messages m SET status = j.status, permit = j.permit, phone = j.phone, body = j.body, segments = j.segments, number = j.number,
           language = j.language, not_before = coalesce(j.not_before, m.not_before), updated_at = now(),
           attempts = m.attempts + (j.status = 'sending')::int,
           sending_at = CASE WHEN j.status = 'sending' THEN clock_timestamp() ELSE m.sending_at END,
           settled_at = CASE WHEN j.status IN ('suppressed', 'expired') THEN clock_timestamp() END
      FROM json_to_recordset(:judged) AS j (id uuid, status text, permit jsonb, phone text, body text, segments bigint, number text, language text,
           not_before timestamptz)
     WHERE m.store_id = :store AND m.id = j.id
""")


class TextsSwitchedOff(Refused):
    title = "This store cannot text"
    advice = "The store has no number to text from. Set one with: flask stores change SLUG --sms-number +14155550100"


@dataclass(frozen=True)
class Claimed:
    """A text that is `sending` since `at`: committed, and now to be handed to Twilio, once."""

    id: UUID
    phone: str
    sender: str
    body: str
    valid_seconds: int | None
    attempt: int
    at: datetime


def want(
    template: str,
    customer_id: UUID,
    *,
    cause: str,
    order_id: UUID | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    switch: str = "",
) -> None:
    """Has a text sent to a customer, once for each `cause`: one statement, sent with the next one; not before an instant, if one is
    given.

    Nothing is written for whoever has no phone, for a store that cannot text, or when its policy's `switch` is off. Whether it may
    leave is judged when it does.
    """
    given = {"cause": cause, "order": order_id, "not_before": not_before, "not_after": not_after, "switch": switch}
    _WANT.soon(
        body=None,
        conversation=None,
        id=ids.uuid7(),
        template=template,
        customer=customer_id,
        **given,
        **_by_whom("transactional"),
    )


def write(message_id: UUID, body: str, customer_id: UUID, *, purpose: str, conversation_id: UUID | None = None) -> None:
    """Has a text sent that somebody wrote by hand. Raises TextsSwitchedOff."""
    require_sender()
    given = {
        "cause": None,
        "order": None,
        "not_before": None,
        "not_after": None,
        "switch": "",
        "body": body,
        "conversation": conversation_id,
    }
    _WRITE.run(id=message_id, template="by_hand", customer=customer_id, **given, **_by_whom(purpose))


def require_sender() -> str:
    """What the store sends from. Raises TextsSwitchedOff."""
    found = sender()
    if found is None:
        raise TextsSwitchedOff
    return found


def sender() -> str | None:
    """What the store sends from; None: it cannot text."""
    [(found,)] = _CAN_TEXT.rows(shared=shared_sender())
    return found  # type: ignore[no-any-return]


def shared_sender() -> str | None:
    """What the installation sends from, for an only store without a number of its own."""
    settings: Settings = current_app.config["SETTINGS"]
    return (settings.twilio.service_sid or settings.twilio.from_number) if settings.twilio else None


def deliver_soon() -> None:
    """Has what is due delivered after the commit."""
    enqueue("messaging.deliver", store_id=current_store())


def answer_at_once(draft: rendering.Draft, now: datetime) -> dict[str, Any]:
    """Judges an answer that goes out on the open connection; what its row is to say of that. Its customer is locked."""
    [(_, verdict)] = _verdicts([draft], now)
    row = _row(draft, verdict)
    return row | {"permit": orjson.dumps(row["permit"], str).decode()}


def claim(now: datetime, limit: int) -> tuple[list[Claimed], int]:
    """Takes what is due, judges it, and gives what is to be handed over now; and how many were looked at."""
    due = _DUE_FIRST.rows(now=now, limit=limit)
    due += _DUE_OF_CAMPAIGNS.rows(now=now, limit=limit - len(due)) if len(due) < limit else []
    if not due:
        return [], 0
    _lock_customers({row[1] for row in due if row[1]}, [row[0] for row in due])
    found = rendering.drafts([row[0] for row in due], shared_sender())
    return _judge_all(found, now), len(due)


def _lock_customers(customers: Collection[UUID], due: Sequence[UUID]) -> None:
    """Shares the customers of what is due, and who stands for them, all in one order; who was merged while it was being taken out is
    followed."""
    leads = dict(tuple(row) for row in _LOCK_CUSTOMERS.rows(customers=sorted(customers)))
    heirs = set(leads.values()) - {None}
    if heirs - leads.keys():
        _LOCK_CUSTOMERS.rows(customers=sorted(heirs - leads.keys()))
    if heirs:
        _LEAD_ON.run(ids=list(due))


def take_back(permit: Mapping[str, Any], phone: str) -> None:
    """What did not leave after all, and is judged again, was not sent. Its row is locked."""
    _COUNT.run(windows=_new_rows(permits.taken_back(permit, phone)))


def sent_so_far(windows: Mapping[permits.Window, int]) -> dict[permits.Window, int]:
    """What was sent in these windows, to look at."""
    return {(scope, subject, at): count for scope, subject, at, count in _COUNTS_SO_FAR.rows(windows=_windows(windows))}


def _judge_all(drafts: Sequence[rendering.Draft], now: datetime) -> list[Claimed]:
    judged = _verdicts(drafts, now)
    rows = [_row(draft, verdict) for draft, verdict in judged]
    _JUDGED.soon(judged=orjson.dumps(rows, str).decode())
    return [_claimed(draft, now) for draft, verdict in judged if verdict.status == "sending"]


def _verdicts(drafts: Sequence[rendering.Draft], now: datetime) -> list[tuple[rendering.Draft, permits.Verdict]]:
    """Judges one after the other, and counts those that leave."""
    counts = _counted(drafts, now)
    judged, weights = [], dict[permits.Window, int]()
    beyond = dict[bool, rendering.Draft]()
    for draft in drafts:
        verdict = permits.judge(draft.facts(counts), draft.policy, now)
        for window, weight in (verdict.counted or {}).items():
            counts[window] = counts.get(window, 0) + weight
            weights[window] = weights.get(window, 0) + weight
        judged.append((draft, verdict))
        if verdict.reason == "limit_store_day":
            beyond[draft.is_marketing] = draft
    for draft in beyond.values():
        _tell_budget(draft, now)
    if weights:
        _COUNT.soon(windows=_new_rows(weights))
    return judged


def _counted(drafts: Sequence[rendering.Draft], now: datetime) -> dict[permits.Window, int]:
    """What was sent in the windows that matter, locked until the commit; those that are new begin with nothing."""
    wanted = {window: 0 for draft in drafts for window in permits.windows(draft.facts({}), now)}
    _OPEN_WINDOWS.soon(windows=_new_rows(wanted))
    return {
        (scope, subject, starts_at): count
        for scope, subject, starts_at, count in _COUNTS.rows(windows=_windows(wanted))
    }


def _named(windows: Mapping[permits.Window, int]) -> list[dict[str, Any]]:
    return [
        {"scope": scope, "subject": subject, "starts_at": starts_at, "weight": weight}
        for (scope, subject, starts_at), weight in sorted(windows.items())
    ]


def _windows(windows: Mapping[permits.Window, int]) -> str:
    return orjson.dumps(_named(windows), str).decode()


def _new_rows(windows: Mapping[permits.Window, int]) -> str:
    return as_rows({"id": ids.uuid7(), **each} for each in _named(windows))


def _row(draft: rendering.Draft, verdict: permits.Verdict) -> dict[str, Any]:
    is_erased = verdict.reason == permits.ERASED
    return {
        "id": draft.id,
        "status": verdict.status,
        "permit": verdict.permit,
        "phone": None if is_erased else draft.phone,
        "body": None if is_erased else draft.body,
        "segments": draft.segments,
        "number": draft.sender,
        "language": draft.language,
        "not_before": verdict.not_before,
    }


def _claimed(draft: rendering.Draft, now: datetime) -> Claimed:
    valid = int((draft.not_after - now).total_seconds()) if draft.not_after else None
    assert draft.sender is not None, "what has no sender is suppressed"
    return Claimed(draft.id, draft.phone, draft.sender, draft.body, valid, draft.known["attempts"] + 1, now)


def _tell_budget(draft: rendering.Draft, now: datetime) -> None:
    """Once a day for the owner's texts, whose share is used up first, and once for all. The day's count is locked."""
    rules = draft.policy
    most, what = (
        (rules.marketing_segments_day, "marketing") if draft.is_marketing else (rules.segments_day, "everything")
    )
    day = clock.business_day(now, draft.known["timezone"])
    raise_once("sms_budget", "stores:sms", on=day.isoformat(), used_up_for=what, segments=most)


def _by_whom(purpose: str) -> dict[str, Any]:
    return {"purpose": purpose, "actor": current_actor(), "shared": shared_sender()}
