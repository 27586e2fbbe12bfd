"""Loyalty: points that came and went, and what the store owes its members."""

from fractions import Fraction
from typing import Any

from pos.analytics.reports.days import PERIODS, values_of
from pos.analytics.reports.shape import Asked, Kind, Report, columns, summed
from pos.analytics.rollups import changed, spans
from pos.analytics.rollups.rollup import LEDGER
from pos.analytics.rollups.spans import ALL_DAYS
from pos.checkout.rehearsal import worth
from pos.loyalty.models import ENTRY_TYPES
from pos.statements import Statement

_TYPES = dict.fromkeys(ENTRY_TYPES, "points")
_BY_TIME = {
    by: Statement(f"""
        SELECT {sql} AS {by}, {", ".join(f"coalesce(sum(r.points) FILTER (WHERE r.type = '{name}'), 0)::bigint AS {name}" for name in ENTRY_TYPES)},
               sum(r.points)::bigint AS change
          FROM {LEDGER.rows} r GROUP BY 1 ORDER BY 1""")
    for by, sql in PERIODS.items()
}
_BY_TYPE = Statement(f"""
    SELECT r.type, sum(r.entries)::bigint AS entries, sum(r.points)::bigint AS points FROM {LEDGER.rows} r GROUP BY 1 ORDER BY 1
""")
# What was ever accumulated and what of it expired, less what is still held: of points that are settled one way or the other.
_EVER = Statement(f"""
    SELECT coalesce(sum(r.points) FILTER (WHERE r.type = 'expire'), 0)::bigint AS expired,
           coalesce(sum(r.points) FILTER (WHERE r.type IN ('redeem', 'return')), 0)::bigint AS redeemed,
           coalesce(sum(r.points), 0)::bigint AS balance,
           coalesce(sum(r.points) FILTER (WHERE r.day <= :last_on), 0)::bigint AS balance_at_end
      FROM {LEDGER.rows} r
""")
_MEMBERS = Statement("""
    SELECT count(*) FILTER (WHERE merged_into_id IS NULL AND ended_at IS NULL) AS members, count(*) FILTER (WHERE balance > 0) AS with_points,
           coalesce(sum(debt), 0)::bigint AS debt
      FROM members WHERE store_id = :store
""")
_AVERAGE = Statement("""
    SELECT coalesce(sum(subtotal - discount), 0)::bigint, count(*) FROM orders
     WHERE store_id = :store AND placed_at >= now() - interval '30 days' AND status <> 'canceled'
""")


def make(asked: Asked) -> Report:
    """Points of these days, by the store's clock; the totals tell how it stands at present, and the ledger's sum at the end of the last of them."""
    found = changed.between(asked.first_on, asked.last_on)
    values = values_of(LEDGER, asked, found)
    if asked.by == "type":
        data = _BY_TYPE.mappings(**values)
        shown = columns(type="text", entries="count", points="points")
        totals: dict[str, Any] = summed(data, ("entries", "points"))
    else:
        data = _BY_TIME[asked.by].mappings(**values)
        shown = columns(**{asked.by: asked.by}, **_TYPES, change="points")
        totals = summed(data, (*ENTRY_TYPES, "change"))
    return Report(shown, data, totals | _standing(asked), asked.first_on, asked.last_on)


def _standing(asked: Asked) -> dict[str, Any]:
    """What is owed at present: all points that members hold, and their worth at most, by the best reward of today. One member's debt pays
    nobody else's points; the ledger's sum has it taken off, so it is added again. Breakage is the share of expired points among those that were
    spent or expired."""
    found = changed.between(*ALL_DAYS)
    [ever] = _EVER.mappings(
        from_on=ALL_DAYS[0], to_on=ALL_DAYS[1], last_on=asked.last_on, **spans.as_values(found.of(LEDGER))
    )
    expired, redeemed = -ever["expired"], -ever["redeemed"]
    [members] = _MEMBERS.mappings()
    [(spent, orders)] = _AVERAGE.rows()
    value = worth(Fraction(spent, orders or 1))
    outstanding = ever["balance"] + members["debt"]
    return {
        "outstanding": outstanding,
        "liability": int(outstanding * value.of_a_point) if value and outstanding > 0 else None,
        "balance_at_end": ever["balance_at_end"],
        "breakage": f"{expired / (expired + redeemed):.4f}" if expired + redeemed > 0 else None,
        **members,
    }


LOYALTY_REPORT = Kind(("day", "week", "month", "type"), make)
