"""The figures of the day, each of the places' own business day, beside those of the same day last week."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pos.statements import Statement
from pos.web.office.home.days import HOURS, Place, bounds, days_of
from pos.web.office.loyalty import queries

_PLACES = Statement("SELECT id, name, timezone FROM locations WHERE store_id = :store ORDER BY name")
_DAYS = """
    unnest(:places ::uuid[], :zones ::text[], :weeks ::int[], :begin ::timestamptz[], :by_now ::timestamptz[], :end ::timestamptz[])
      AS d (place, zone, weeks_ago, begins, by_now, ends)
"""
_WITHIN = """({column} >= :today_from AND {column} < :today_to OR {column} >= :then_from AND {column} < :then_to)
       AND {column} >= d.begins AND {column} < d.ends"""
# By the hour what was sold; then, without an hour, customers: new, returning, and both up to now. One whose first order is of that
# day is new.
_SALES = Statement(f"""
    WITH sold AS MATERIALIZED (
      SELECT d.weeks_ago, extract(hour FROM o.placed_at AT TIME ZONE d.zone)::int AS hour, o.placed_at < d.by_now AS is_by_now,
             o.subtotal, o.discount, o.tax, o.tax_included, o.tip, o.total,
             CASE WHEN c.origin <> 'walk_in' THEN o.customer_id END AS customer, c.first_order_at >= d.begins AS is_new
        FROM orders o JOIN {_DAYS} ON o.location_id = d.place
        JOIN customers c ON c.store_id = o.store_id AND c.id = o.customer_id
       WHERE o.store_id = :store AND o.status <> 'canceled' AND {_WITHIN.format(column="o.placed_at")})
    SELECT weeks_ago, hour, is_by_now, count(*) AS tickets, sum(subtotal)::bigint AS gross, sum(tip)::bigint AS tips,
           sum(total - tip)::bigint AS billed, sum(subtotal - discount - CASE WHEN tax_included THEN tax ELSE 0 END)::bigint AS net
      FROM sold GROUP BY 1, 2, 3
     UNION ALL
    SELECT weeks_ago, NULL, NULL, count(DISTINCT customer) FILTER (WHERE is_new), count(DISTINCT customer) FILTER (WHERE NOT is_new),
           count(DISTINCT customer) FILTER (WHERE is_new AND is_by_now), count(DISTINCT customer) FILTER (WHERE NOT is_new AND is_by_now), NULL
      FROM sold GROUP BY 1
""")
_MONEY = Statement(f"""
    SELECT d.weeks_ago, r.created_at < d.by_now AS is_by_now, count(*), sum(r.amount)::bigint
      FROM refunds r JOIN orders o ON o.store_id = r.store_id AND o.id = r.order_id JOIN {_DAYS} ON o.location_id = d.place
     WHERE r.store_id = :store AND r.status = 'succeeded' AND {_WITHIN.format(column="r.created_at")}
     GROUP BY 1, 2
     UNION ALL
    SELECT NULL, NULL, count(*), coalesce(sum(l.amount), 0)::bigint
      FROM payment_links l JOIN orders o ON o.store_id = l.store_id AND o.id = l.order_id
     WHERE l.store_id = :store AND l.status IN ('creating', 'active') AND o.location_id = ANY(:places ::uuid[])
""")


@dataclass
class Figures:
    """One day, or a part of it; amounts in minor units. `gross` is goods as priced, `net` goods less discounts, without tax; `billed` is
    what guests are charged, without tips. Canceled orders count nowhere; refunds are those of the day, of whatever day's order."""

    tickets: int = 0
    gross: int = 0
    net: int = 0
    tips: int = 0
    billed: int = 0
    refunds: int = 0
    refunded: int = 0
    new: int = 0
    known: int = 0
    hours: list[int] = field(default_factory=lambda: [0] * HOURS)

    @property
    def average(self) -> int | None:
        return round(self.billed / self.tickets) if self.tickets else None

    def add(self, sold: dict[str, Any]) -> None:
        for name in ("tickets", "gross", "net", "tips", "billed"):
            setattr(self, name, getattr(self, name) + sold[name])
        self.hours[sold["hour"]] += sold["net"]


@dataclass(frozen=True)
class Today:
    """Today, the same day last week up to the same hour and whole, and the links that nobody has paid yet."""

    today: Figures
    by_now: Figures
    then: Figures
    links: int
    linked: int


@dataclass(frozen=True)
class Liability:
    """Points that members may still spend; `worth` is the most that they can ask for, all spent on `reward`, if there is any."""

    points: int
    reward: str | None
    worth: int | None


def places() -> list[Place]:
    """The store's locations, by their names."""
    return [Place(*row) for row in _PLACES.rows()]


def of_day(chosen: Sequence[Place], now: datetime) -> Today:
    """The figures of these places: two statements, whatever was sold."""
    days = days_of(chosen, now)
    found = Today(Figures(), Figures(), Figures(), 0, 0)
    if not days:
        return found
    asked = bounds(days)
    for sold in _SALES.mappings(**asked):
        if sold["hour"] is None:
            _count_customers(found, list(sold.values())[3:7], is_then=sold["weeks_ago"] > 0)
            continue
        for figures in _counted_in(found, sold["weeks_ago"], sold["is_by_now"]):
            figures.add(sold)
    return _with_money(found, asked)


def liability(now: datetime) -> Liability:
    """What the store owes its members in points, at the worth that the pages of TapPass say: three statements."""
    points, worth = queries.held(now)["held"], queries.point_worth(now)
    if worth is None:
        return Liability(points, None, None)
    return Liability(points, worth.reward, int(points * worth.of_a_point))


def chosen_of(found: Sequence[Place], location: UUID | None) -> list[Place]:
    """The place that was chosen, or all of them."""
    return [place for place in found if location in (None, place.id)]


def _counted_in(found: Today, weeks_ago: int, is_by_now: bool) -> list[Figures]:
    if weeks_ago == 0:
        return [found.today]
    return [found.by_now, found.then] if is_by_now else [found.then]


def _count_customers(found: Today, counts: list[int], *, is_then: bool) -> None:
    new, known, new_by_now, known_by_now = counts
    day = found.then if is_then else found.today
    day.new, day.known = new, known
    if is_then:
        found.by_now.new, found.by_now.known = new_by_now, known_by_now


def _with_money(found: Today, asked: dict[str, Any]) -> Today:
    links = linked = 0
    for weeks_ago, is_by_now, count, amount in _MONEY.rows(**asked):
        if weeks_ago is None:
            links, linked = count, amount
            continue
        for figures in _counted_in(found, weeks_ago, is_by_now):
            figures.refunds, figures.refunded = figures.refunds + count, figures.refunded + amount
    return Today(found.today, found.by_now, found.then, links, linked)
