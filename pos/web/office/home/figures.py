"""The figures of the day, each of the places' own business day, beside those of the same day last week."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from pos import ids
from pos.statements import Statement
from pos.web.office.home.days import HOURS, Place, bounds, days_of
from pos.web.office.loyalty import queries

# Each with its open shifts, the one that was opened first before the others.
_PLACES = Statement("""
    SELECT l.id, l.name, l.timezone,
           (SELECT coalesce(json_agg(json_build_object(
                     'id', s.id, 'register', r.name, 'opened_at', s.opened_at,
                     'by', (SELECT m.name FROM memberships m WHERE m.store_id = s.store_id AND m.user_id = s.opened_by))
                   ORDER BY s.opened_at), '[]')
              FROM shifts s JOIN registers r ON r.store_id = s.store_id AND r.id = s.register_id
             WHERE s.store_id = l.store_id AND s.location_id = l.id AND s.status = 'open')
      FROM locations l WHERE l.store_id = :store ORDER BY l.name
""")
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
# What was given back on both days, what was paid today, and the links that wait. A payment's key is as old as the payment, so those of
# today are read by it.
_MONEY = Statement(f"""
    SELECT 'refunds', d.weeks_ago, r.created_at < d.by_now AS is_by_now, p.method, count(*), sum(r.amount)::bigint
      FROM refunds r JOIN payments p ON p.store_id = r.store_id AND p.id = r.payment_id
      JOIN orders o ON o.store_id = r.store_id AND o.id = r.order_id JOIN {_DAYS} ON o.location_id = d.place
     WHERE r.store_id = :store AND r.status = 'succeeded' AND {_WITHIN.format(column="r.created_at")}
     GROUP BY 2, 3, 4
     UNION ALL
    SELECT 'payments', 0, true, p.method, count(*), sum(p.amount)::bigint
      FROM payments p JOIN orders o ON o.store_id = p.store_id AND o.id = p.order_id JOIN {_DAYS} ON o.location_id = d.place
     WHERE p.store_id = :store AND p.status = 'succeeded' AND p.id >= :first_payment ::uuid AND d.weeks_ago = 0
       AND p.created_at >= d.begins AND p.created_at < d.ends
     GROUP BY 4
     UNION ALL
    SELECT 'links', 0, true, NULL, count(*), coalesce(sum(l.amount), 0)::bigint
      FROM payment_links l JOIN orders o ON o.store_id = l.store_id AND o.id = l.order_id
     WHERE l.store_id = :store AND l.status IN ('creating', 'active') AND o.location_id = ANY(:places ::uuid[])
""")
# In the order in which people look for them.
_METHODS = ("cash", "card", "stripe", "external")
_LATE = timedelta(hours=1)


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


@dataclass
class Taken:
    """The money of today that came by one method, and that went back by it, of whatever day's orders."""

    method: str
    payments: int = 0
    refunds: int = 0

    @property
    def net(self) -> int:
        return self.payments - self.refunds


@dataclass
class Today:
    """Today, the same day last week up to the same hour and whole, the links that nobody has paid yet, and the money by method."""

    today: Figures
    by_now: Figures
    then: Figures
    links: int = 0
    linked: int = 0
    taken: dict[str, Taken] = field(default_factory=dict)

    @property
    def takings(self) -> list[Taken]:
        return [self.taken[method] for method in _METHODS if method in self.taken]


@dataclass(frozen=True)
class Liability:
    """Points that members may still spend; `worth` is the most that they can ask for, all spent on `reward`, if there is any."""

    points: int
    reward: str | None
    worth: int | None


def places() -> list[Place]:
    """The store's locations, by their names."""
    return [Place(*row) for row in _PLACES.rows()]


def of_day(chosen: Sequence[Place], now: datetime, on: date | None = None) -> Today:
    """The figures of these places, of today or of a day that is over: two statements, whatever was sold."""
    days = days_of(chosen, now, on)
    found = Today(Figures(), Figures(), Figures())
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
    first = ids.first_uuid7_of(asked["today_from"] - _LATE)
    for what, weeks_ago, is_by_now, method, count, amount in _MONEY.rows(**asked, first_payment=first):
        if what == "links":
            found.links, found.linked = count, amount
            continue
        if weeks_ago == 0:
            taken = found.taken.setdefault(method, Taken(method))
            setattr(taken, what, getattr(taken, what) + amount)
        if what == "refunds":
            _count_refunds(_counted_in(found, weeks_ago, is_by_now), count, amount)
    return found


def _count_refunds(days: list[Figures], count: int, amount: int) -> None:
    for figures in days:
        figures.refunds, figures.refunded = figures.refunds + count, figures.refunded + amount
