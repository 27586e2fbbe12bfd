"""What came of a campaign: what was written, left, arrived or did not, who refused and who came back; one statement."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pos.errors import NotFound
from pos.messaging.campaigns import EVERYBODY
from pos.messaging.models import SENT, WAITING, Campaign
from pos.messaging.policy import read
from pos.messaging.preview import cost
from pos.statements import Statement

# What follows within so many days counts as following from it.
WITHIN_DAYS = 7
LEFT = f"(m.status IN {SENT} OR m.status = 'failed' AND m.provider_sid IS NOT NULL)"
_OF_THIS = "m.store_id = k.store_id AND m.campaign_id = k.id"
# An answer, or an order, counts for the last campaign whose text the customer got before it.
LAST_BEFORE = f"""NOT EXISTS (SELECT FROM messages l WHERE l.store_id = m.store_id AND l.customer_id = m.customer_id
                                AND l.campaign_id IS NOT NULL AND l.status IN {SENT}
                                AND l.sending_at > m.sending_at AND l.sending_at < {{that}})"""
WITHIN = f"{{that}} > m.sending_at AND {{that}} <= m.sending_at + interval '{WITHIN_DAYS} days'"

COLUMNS = (
    "id", "name", "body", "language", "segment", "status", "scheduled_at", "started_at", "completed_at", "created_at", "actor",
    "version",
)  # fmt: skip
_ONE = Statement(f"""
    SELECT {", ".join(f"k.{name}" for name in COLUMNS)}, coalesce(k.reached_id = :everybody, false) AS is_written,
           s.currency, s.settings, r.*, coalesce(x.suppressed, '{{}}') AS suppressed, f.opted_out, b.came_back
      FROM campaigns k JOIN stores s ON s.id = k.store_id
     CROSS JOIN LATERAL (
           SELECT count(*) AS written, count(*) FILTER (WHERE m.status IN {WAITING}) AS waiting,
                  count(*) FILTER (WHERE {LEFT}) AS sent, count(*) FILTER (WHERE m.status = 'delivered') AS delivered,
                  count(*) FILTER (WHERE m.status IN ('undelivered', 'failed')) AS failed,
                  coalesce(sum(m.segments) FILTER (WHERE {LEFT}), 0)::bigint AS segments
             FROM messages m WHERE {_OF_THIS}) r
     CROSS JOIN LATERAL (
           SELECT json_object_agg(y.reason, y.count) AS suppressed FROM (
             SELECT m.permit ->> 'reason' AS reason, count(*) AS count FROM messages m
              WHERE {_OF_THIS} AND m.status IN ('suppressed', 'expired') GROUP BY 1) y) x
     CROSS JOIN LATERAL (
           SELECT count(DISTINCT m.customer_id) AS opted_out
             FROM messages m JOIN consents n ON n.store_id = m.store_id AND n.customer_id = m.customer_id
            WHERE {_OF_THIS} AND {LEFT} AND NOT n.granted AND NOT n.is_pending AND n.source <> 'provider'
              AND {WITHIN.format(that="n.created_at")} AND {LAST_BEFORE.format(that="n.created_at")}) f
     CROSS JOIN LATERAL (
           SELECT count(DISTINCT m.customer_id) AS came_back
             FROM messages m JOIN orders o ON o.store_id = m.store_id AND o.customer_id = m.customer_id
            WHERE {_OF_THIS} AND {LEFT} AND o.status <> 'canceled'
              AND {WITHIN.format(that="o.placed_at")} AND {LAST_BEFORE.format(that="o.placed_at")}) b
     WHERE k.store_id = :store AND k.id = :campaign
""")
_FIGURES = ("written", "waiting", "sent", "delivered", "failed", "suppressed", "opted_out", "came_back", "segments")


def campaign(campaign_id: UUID) -> dict[str, Any]:
    """A campaign with what came of it until now. Raises NotFound."""
    rows = _ONE.mappings(campaign=campaign_id, everybody=EVERYBODY)
    if not rows:
        raise NotFound(what="campaign")
    return _shown(rows[0])


def briefly(campaign: Campaign) -> dict[str, Any]:
    """The campaign alone."""
    return {name: getattr(campaign, name) for name in COLUMNS}


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    figures = {name: row[name] for name in _FIGURES}
    spent = cost(row["segments"], row["currency"], read(row["settings"]))
    return {name: row[name] for name in (*COLUMNS, "is_written")} | {"results": figures | {"cost": spent}}
