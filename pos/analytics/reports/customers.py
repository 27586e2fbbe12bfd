"""Customers: who came for the first time and who came back, by the store's clock; cohorts, days between visits, and lifetime value.

Walk-ins are no customers. A customer is new in the period of their first order that was not canceled.
"""

from typing import Any

from pos.analytics.reports.days import values_of
from pos.analytics.reports.shape import Asked, Kind, Report, average, columns, summed
from pos.analytics.rollups import changed, spans
from pos.analytics.rollups.rollup import COHORTS, VISITS
from pos.analytics.rollups.spans import midnight, period_of
from pos.money import digits_of
from pos.statements import Statement

_VISITED = {
    period: Statement(f"SELECT r.day AS {period}, r.active, r.orders, r.net FROM {rollup.rows} r ORDER BY 1")
    for period, rollup in VISITS.items()
}
_PEOPLE = "c.store_id = :store AND c.origin <> 'walk_in' AND c.merged_into_id IS NULL"
_NEW = Statement(f"""
    SELECT date_trunc(:period, c.first_order_at AT TIME ZONE :zone)::date, count(*) FROM customers c
     WHERE {_PEOPLE} AND c.first_order_at >= :begins AND c.first_order_at < :ends GROUP BY 1
""")
_COHORTS = Statement(f"""
    SELECT r.cohort, r.day AS month,
           ((extract(year FROM r.day) - extract(year FROM r.cohort)) * 12 + extract(month FROM r.day) - extract(month FROM r.cohort))::bigint
             AS months_since, r.customers, r.orders, r.net
      FROM {COHORTS.rows} r WHERE r.cohort >= :from_on ORDER BY 1, 2
""")
# Upper ends of the classes: days, and whole units of the currency.
_DAYS = (1, 3, 7, 14, 30, 60, 90, 180, 365)
_AMOUNTS = (10, 25, 50, 100, 250, 500, 1_000, 2_500)
# The average time from one order to the next of a customer, of those whose last order is of these days.
_INTERVALS = Statement(f"""
    SELECT width_bucket(x.days, :bounds ::numeric[]) AS class, count(*) AS customers, sum(x.gaps)::bigint AS gaps, sum(x.days * x.gaps) AS days
      FROM (SELECT extract(epoch FROM c.last_order_at - c.first_order_at) / 86400 / (c.order_count - 1) AS days, c.order_count - 1 AS gaps
              FROM customers c WHERE {_PEOPLE} AND c.order_count > 1 AND c.last_order_at >= :begins AND c.last_order_at < :ends) x
     GROUP BY 1 ORDER BY 1
""")
_VALUES = Statement(f"""
    SELECT width_bucket(c.total_spent, :bounds ::bigint[]) AS class, count(*) AS customers, sum(c.order_count)::bigint AS orders,
           sum(c.total_spent)::bigint AS spent
      FROM customers c WHERE {_PEOPLE} AND c.order_count > 0 AND c.first_order_at >= :begins AND c.first_order_at < :ends
     GROUP BY 1 ORDER BY 1
""")
_CURRENCY = Statement("SELECT currency FROM stores WHERE id = :store")


def _by_period(asked: Asked) -> Report:
    """Whole days, weeks or months: who came in a part of one cannot be told from what is added up."""
    rollup, wide = VISITS[asked.by], _whole(asked, asked.by)
    found = changed.between(wide.first_on, wide.last_on)
    zone = found.clocks.zone
    values = values_of(rollup, wide, found)
    new = dict(_NEW.rows(period=asked.by, zone=zone, **_instants(wide, zone)))
    data = []
    for row in _VISITED[asked.by].mappings(**values):
        first = new.get(row[asked.by], 0)
        data.append({**row, "new": first, "returning": row["active"] - first})
    shown = columns(**{asked.by: asked.by}, active="count", new="count", returning="count", orders="count", net="money")
    # Of those who came in several periods nobody may count twice, so only these add up.
    return Report(shown, data, summed(data, ("new", "orders", "net")), wide.first_on, wide.last_on)


def _by_cohort(asked: Asked) -> Report:
    """Those whose first order was in a month, and how many of them came in each month from then on."""
    wide = _whole(asked, "month")
    found = changed.between(wide.first_on, wide.last_on)
    values = {**wide.values, **spans.as_values(found.of_cohorts(wide.first_on, wide.last_on))}
    data = _COHORTS.mappings(**values)
    shown = columns(
        cohort="month", month="month", months_since="number", customers="count", orders="count", net="money"
    )
    started = sum(row["customers"] for row in data if row["months_since"] == 0)
    return Report(shown, data, {"new": started, **summed(data, ("orders", "net"))}, wide.first_on, wide.last_on)


def _by_interval(asked: Asked) -> Report:
    zone = changed.clocks().zone
    rows = _INTERVALS.mappings(bounds=list(_DAYS), **_instants(asked, zone))
    data = [
        {
            "from_days": _lower(_DAYS, row["class"]),
            "to_days": _upper(_DAYS, row["class"]),
            "customers": row["customers"],
        }
        for row in rows
    ]
    gaps, days = sum(row["gaps"] for row in rows), sum(row["days"] for row in rows)
    totals = {
        "customers": sum(row["customers"] for row in rows),
        "average_days": f"{days / gaps:.1f}" if gaps else None,
    }
    return Report(
        columns(from_days="number", to_days="number", customers="count"), data, totals, asked.first_on, asked.last_on
    )


def _by_value(asked: Asked) -> Report:
    """What customers whose first order was on these days have paid until now, less what they got back."""
    [(currency,)] = _CURRENCY.rows()
    bounds = [amount * 10 ** digits_of(currency) for amount in _AMOUNTS]
    rows = _VALUES.mappings(bounds=bounds, **_instants(asked, changed.clocks().zone))
    data: list[dict[str, Any]] = [
        {
            "from_amount": _lower(bounds, row["class"]),
            "to_amount": _upper(bounds, row["class"]),
            **{name: row[name] for name in ("customers", "orders", "spent")},
        }
        for row in rows
    ]
    totals = summed(data, ("customers", "orders", "spent"))
    shown = columns(from_amount="money", to_amount="money", customers="count", orders="count", spent="money")
    average_value = average(totals["spent"], totals["customers"])
    return Report(shown, data, {**totals, "average_value": average_value}, asked.first_on, asked.last_on)


def _whole(asked: Asked, period: str) -> Asked:
    return asked.widened(period_of(asked.first_on, period)[0], period_of(asked.last_on, period)[1])


def _instants(asked: Asked, zone: str) -> dict[str, Any]:
    return {"begins": midnight(asked.first_on, zone), "ends": midnight(asked.last_on + spans.DAY, zone)}


def _lower(bounds: Any, place: int) -> int:
    return bounds[place - 1] if place else 0


def _upper(bounds: Any, place: int) -> int | None:
    return bounds[place] if place < len(bounds) else None


_MAKERS = {**dict.fromkeys(VISITS, _by_period), "cohort": _by_cohort, "interval": _by_interval, "value": _by_value}
CUSTOMERS_REPORT = Kind(("day", "week", "month", "cohort", "interval", "value"), lambda asked: _MAKERS[asked.by](asked))
