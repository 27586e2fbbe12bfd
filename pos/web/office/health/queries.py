"""What is asked of the work behind the counter, all of it in few statements, whatever its size."""

from datetime import datetime, timedelta
from typing import Any

from pos import ids
from pos.statements import Statement

# What has not been done by then hangs: the sweeps come every 15 seconds.
PATIENCE = "interval '2 minutes'"
_GIVEN_UP, _LOOKED_BACK = timedelta(days=4), timedelta(days=30)
MOST_SHOWN = 25
_LATE = f"l.created_at < now() - {PATIENCE}"
_HANGING_LINKS = f"""
    l.store_id = :store AND (l.status = 'creating' AND {_LATE}
      OR l.is_open AND l.status NOT IN ('creating', 'active') AND l.updated_at < now() - {PATIENCE})
"""
_HANGING_REFUNDS = f"r.store_id = :store AND r.status = 'pending' AND r.created_at < now() - {PATIENCE}"
_HANGING_TEXTS = f"m.store_id = :store AND m.status IN ('sending', 'unknown') AND m.sending_at < now() - {PATIENCE}"
_STANDING = Statement(f"""
    SELECT worker_seen_at() AS worker_seen_at, s.audited_at, s.sms_paused_until, s.sms_polled_at,
           (SELECT e.created_at FROM provider_events e WHERE e.store_id = s.id ORDER BY e.id DESC LIMIT 1) AS event_at,
           (SELECT count(*) FROM provider_events e WHERE e.store_id = s.id AND e.id >= :recent
               AND NOT EXISTS (SELECT FROM provider_event_outcomes c WHERE c.store_id = s.id AND c.event_id = e.id)) AS events_waiting,
           (SELECT count(*) FROM provider_event_outcomes c WHERE c.store_id = s.id AND c.id >= :month AND c.outcome = 'refused')
             AS events_refused,
           (SELECT count(*) FROM payment_links l WHERE {_HANGING_LINKS}) AS links,
           (SELECT count(*) FROM refunds r WHERE {_HANGING_REFUNDS}) AS refunds,
           (SELECT m.created_at FROM messages m WHERE m.store_id = s.id AND m.direction = 'in' ORDER BY m.id DESC LIMIT 1) AS text_in_at,
           (SELECT max(m.settled_at) FROM messages m WHERE m.store_id = s.id AND m.id >= :month AND m.direction = 'out') AS status_at,
           (SELECT count(*) FROM messages m WHERE {_HANGING_TEXTS}) AS texts,
           (SELECT count(*) FROM messages m WHERE m.store_id = s.id AND m.status = 'queued' AND m.campaign_id IS NULL
               AND m.not_before < now() - {PATIENCE}) AS queued
      FROM stores s WHERE s.id = :store
""")
_HANGING = Statement(f"""
    SELECT * FROM (
      SELECT CASE WHEN l.status = 'creating' THEN 'A link is not made yet' ELSE 'An ended link may still be paid' END AS what, o.id AS order_id,
             o.reference, l.amount, CASE WHEN l.status = 'creating' THEN l.created_at ELSE l.updated_at END AS since
        FROM payment_links l JOIN orders o ON o.store_id = l.store_id AND o.id = l.order_id WHERE {_HANGING_LINKS}
       UNION ALL
      SELECT 'A refund has not arrived', o.id, o.reference, r.amount, r.created_at
        FROM refunds r JOIN orders o ON o.store_id = r.store_id AND o.id = r.order_id WHERE {_HANGING_REFUNDS}
       UNION ALL
      SELECT 'Nobody knows whether a text left', o.id, o.reference, NULL, m.sending_at
        FROM messages m LEFT JOIN orders o ON o.store_id = m.store_id AND o.id = m.order_id WHERE {_HANGING_TEXTS}) found
     ORDER BY since LIMIT {MOST_SHOWN}
""")
# Each act once, by jumping through the index from one to the next.
_ACTIONS = Statement("""
    WITH RECURSIVE acts AS (
      (SELECT a.action FROM audit_log a WHERE a.store_id = :store ORDER BY a.action LIMIT 1)
       UNION ALL
      SELECT (SELECT a.action FROM audit_log a WHERE a.store_id = :store AND a.action > acts.action ORDER BY a.action LIMIT 1)
        FROM acts WHERE acts.action IS NOT NULL)
    SELECT action FROM acts WHERE action IS NOT NULL
""")
_PEOPLE = Statement("SELECT 'user:' || user_id, name FROM memberships WHERE store_id = :store ORDER BY name")


def standing(now: datetime) -> dict[str, Any]:
    """When the worker, Stripe and Twilio were heard of last, and how much hangs."""
    since = {"recent": now - _GIVEN_UP, "month": now - _LOOKED_BACK}
    [row] = _STANDING.mappings(**{name: str(ids.first_uuid7_of(instant)) for name, instant in since.items()})
    return row


def hanging() -> list[dict[str, Any]]:
    """The links, refunds and texts that hang, the longest first: 25 at most."""
    return _HANGING.mappings()


def actions() -> list[str]:
    """The acts that the log has, each once."""
    return [action for (action,) in _ACTIONS.rows()]


def people() -> list[tuple[str, str]]:
    """Who works here or did, by the actor that the log keeps."""
    return [(actor, name) for actor, name in _PEOPLE.rows()]
