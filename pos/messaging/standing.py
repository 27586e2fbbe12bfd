"""How a store's texts stand: what waits and why, what is unclear, what today has cost, and who waits for an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pos.messaging import outbox, policy
from pos.messaging.policy import Policy
from pos.statements import Statement

_WAITING = Statement("""
    SELECT status, coalesce(permit ->> 'reason', ''), count(*) FROM messages
     WHERE store_id = :store AND status IN ('queued', 'held') GROUP BY 1, 2 ORDER BY 1, 2
""")
_TODAY = """(date_trunc('day', now() AT TIME ZONE s.timezone) AT TIME ZONE s.timezone)"""
_STANDING = Statement(f"""
    SELECT s.settings, s.sms_paused_until,
           (SELECT count(*) FROM messages m WHERE m.store_id = s.id AND m.status IN ('sending', 'unknown')) AS unclear,
           (SELECT count(*) FROM messages m WHERE m.store_id = s.id AND m.direction = 'out' AND m.settled_at >= {_TODAY}
               AND m.status IN ('failed', 'undelivered')) AS failed_today,
           (SELECT coalesce(sum(c.count), 0)::bigint FROM message_counts c
             WHERE c.store_id = s.id AND c.scope = 'store_day' AND c.subject = '' AND c.starts_at = {_TODAY}) AS segments_today,
           (SELECT count(*) FROM conversations v WHERE v.store_id = s.id AND v.waiting_since IS NOT NULL) AS conversations_waiting
      FROM stores s WHERE s.id = :store
""")
# What is done within seconds unless Twilio or the worker is away. A campaign's texts may wait for hours: behind each other, or since
# somebody has paused it.
_LATE = Statement("""
    SELECT (SELECT count(*) FROM messages m WHERE m.store_id = :store AND m.status IN ('sending', 'unknown')
               AND m.sending_at < now() - interval '1 hour'),
           (SELECT count(*) FROM messages m WHERE m.store_id = :store AND m.status = 'queued' AND m.campaign_id IS NULL
               AND m.created_at < now() - interval '1 hour')
""")


@dataclass(frozen=True)
class Standing:
    """The texts of one store. `held` counts those that wait for a time, by the reason of their permits (permits.py);
    `failed_today` and `segments_today` are of the store's day."""

    sender: str | None
    paused_until: datetime | None
    policy: Policy
    queued: int
    held: Mapping[str, int]
    unclear: int
    failed_today: int
    segments_today: int
    conversations_waiting: int


def of_store() -> Standing:
    """How the texts of the open transaction's store stand."""
    counted = {(status, reason): count for status, reason, count in _WAITING.rows()}
    [row] = _STANDING.mappings()
    return Standing(
        sender=outbox.sender(),
        paused_until=row.pop("sms_paused_until"),
        policy=policy.read(row.pop("settings")),
        queued=sum(count for (status, _), count in counted.items() if status == "queued"),
        held={reason: count for (status, reason), count in counted.items() if status == "held"},
        **row,
    )


def late() -> tuple[int, int]:
    """Texts of the open transaction's store of which nobody has known for over an hour whether they left, and such as have been
    queued for as long."""
    unclear, queued = _LATE.rows()[0]
    return unclear, queued
