"""Messages: what came in, what was sent and what became of it, by the store's clock; and what campaigns brought."""

from typing import Any

from pos import ids
from pos.analytics.reports.shape import Asked, Kind, Report, columns, summed
from pos.analytics.rollups import changed
from pos.analytics.rollups.spans import DAY, midnight
from pos.messaging.models import WAITING
from pos.messaging.results import LAST_BEFORE, LEFT, WITHIN, WITHIN_DAYS
from pos.statements import Statement

_COUNTS = {
    "received": "m.direction = 'in'",
    "sent": f"m.direction = 'out' AND {LEFT}",
    "delivered": "m.status = 'delivered'",
    "failed": "m.status IN ('undelivered', 'failed')",
    "held_back": "m.status IN ('suppressed', 'expired')",
    "waiting": f"m.status IN {WAITING}",
}
_MEASURES = (*_COUNTS, "segments")
_SUMS = f"""{", ".join(f"count(*) FILTER (WHERE {condition}) AS {name}" for name, condition in _COUNTS.items())},
            coalesce(sum(m.segments) FILTER (WHERE m.direction = 'out' AND {LEFT}), 0)::bigint AS segments"""
_LOCAL = "m.created_at AT TIME ZONE :zone"
_BY = {
    "day": f"({_LOCAL})::date",
    "week": f"date_trunc('week', {_LOCAL})::date",
    "month": f"date_trunc('month', {_LOCAL})::date",
    "purpose": "m.purpose",
    "template": "m.template",
    "status": "m.status",
}
# A key is made when its row is, give or take a clock; so the keys of these days are found by the primary key.
_STATEMENTS = {
    by: Statement(f"""
        SELECT {sql} AS {by}, {_SUMS} FROM messages m
         WHERE m.store_id = :store AND m.id >= :first_id ::uuid AND m.id < :last_id ::uuid AND m.created_at >= :begins AND m.created_at < :ends
         GROUP BY 1 ORDER BY 1""")
    for by, sql in _BY.items()
}
_OF_THIS = "m.store_id = k.store_id AND m.campaign_id = k.id"
_OF_CAMPAIGNS = Statement(f"""
    SELECT k.id AS campaign_id, k.name AS campaign, r.*, f.opted_out, b.came_back, b.orders, b.net
      FROM campaigns k
     CROSS JOIN LATERAL (
           SELECT count(*) FILTER (WHERE {LEFT}) AS sent, count(*) FILTER (WHERE m.status = 'delivered') AS delivered,
                  coalesce(sum(m.segments) FILTER (WHERE {LEFT}), 0)::bigint AS segments
             FROM messages m WHERE {_OF_THIS}) r
     CROSS JOIN LATERAL (
           SELECT count(DISTINCT m.customer_id) AS opted_out
             FROM messages m JOIN consents n ON n.store_id = m.store_id AND n.customer_id = m.customer_id
            WHERE {_OF_THIS} AND {LEFT} AND NOT n.granted AND NOT n.is_pending AND n.source <> 'provider'
              AND {WITHIN.format(that="n.created_at")} AND {LAST_BEFORE.format(that="n.created_at")}) f
     CROSS JOIN LATERAL (
           SELECT count(DISTINCT x.customer_id) AS came_back, count(*) AS orders, coalesce(sum(x.net), 0)::bigint AS net
             FROM (SELECT DISTINCT o.id, m.customer_id, o.subtotal - o.discount - CASE WHEN o.tax_included THEN o.tax ELSE 0 END AS net
                     FROM messages m JOIN orders o ON o.store_id = m.store_id AND o.customer_id = m.customer_id
                    WHERE {_OF_THIS} AND {LEFT} AND o.status <> 'canceled'
                      AND {WITHIN.format(that="o.placed_at")} AND {LAST_BEFORE.format(that="o.placed_at")}) x) b
     WHERE k.store_id = :store AND k.started_at >= :begins AND k.started_at < :ends
     ORDER BY k.started_at DESC, k.id
""")
_CLOCKS_APART = DAY


def _by_figure(asked: Asked) -> Report:
    data = _STATEMENTS[asked.by].mappings(**_values(asked))
    kind = asked.by if asked.by in ("day", "week", "month") else "text"
    shown = columns(**{asked.by: kind}, **dict.fromkeys(_MEASURES, "count"))
    return Report(shown, data, summed(data, _MEASURES), asked.first_on, asked.last_on)


def _by_campaign(asked: Asked) -> Report:
    """Of each campaign that began on these days, all that has come of it until now; orders within a week, as GET /campaigns counts them."""
    values = _values(asked)
    data = _OF_CAMPAIGNS.mappings(begins=values["begins"], ends=values["ends"])
    shown = columns(
        campaign_id="id",
        campaign="text",
        sent="count",
        delivered="count",
        segments="count",
        opted_out="count",
        came_back="count",
        orders="count",
        net="money",
    )
    sums = ("sent", "delivered", "segments", "opted_out", "came_back", "orders", "net")
    return Report(shown, data, {**summed(data, sums), "within_days": WITHIN_DAYS}, asked.first_on, asked.last_on)


def _values(asked: Asked) -> dict[str, Any]:
    zone = changed.clocks().zone
    begins, ends = midnight(asked.first_on, zone), midnight(asked.last_on + DAY, zone)
    keys = {"first_id": ids.first_uuid7_of(begins - _CLOCKS_APART), "last_id": ids.first_uuid7_of(ends + _CLOCKS_APART)}
    return {"zone": zone, "begins": begins, "ends": ends, **keys}


MESSAGES_REPORT = Kind(
    (*_BY, "campaign"), lambda asked: _by_campaign(asked) if asked.by == "campaign" else _by_figure(asked)
)
