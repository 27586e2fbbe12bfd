"""Which days have changed since the rollups were made: what rows of the books were written since, and on which days they lie.

A row is dated when its transaction begins, and seen when that ends; so what is no older than the longest transaction before the last
time is looked at once more. BRIN indexes on `updated_at` find the rows, and cost the counter next to nothing.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from pos import ids
from pos.analytics.rollups.rollup import COHORTS, MONEY, POINTS, SOLD, VISITED, Rollup
from pos.analytics.rollups.spans import Span, period_of, spans_of
from pos.statements import Statement

# No transaction of ours is this long.
OVERLAP = timedelta(hours=1)
STORE = "store"
# `{since}` is an instant, `{first_id}` the smallest key of that time.
DAYS = f"""
    WITH place AS MATERIALIZED (
      SELECT l.id, l.timezone, t.timezone AS store_zone FROM locations l JOIN stores t ON t.id = l.store_id WHERE l.store_id = :store),
    touched AS MATERIALIZED (
      SELECT o.location_id, o.placed_at FROM orders o WHERE o.store_id = :store AND o.updated_at >= {{since}})
    SELECT '{SOLD}' AS subject, p.id AS place, (t.placed_at AT TIME ZONE p.timezone)::date AS day
      FROM touched t JOIN place p ON p.id = t.location_id
    UNION
    SELECT '{VISITED}', NULL, (t.placed_at AT TIME ZONE p.store_zone)::date FROM touched t JOIN place p ON p.id = t.location_id
    UNION
    SELECT '{MONEY}', p.id, (m.created_at AT TIME ZONE p.timezone)::date
      FROM (SELECT order_id, created_at FROM payments WHERE store_id = :store AND updated_at >= {{since}}
            UNION ALL SELECT order_id, created_at FROM refunds WHERE store_id = :store AND updated_at >= {{since}}) m
      JOIN orders o ON o.store_id = :store AND o.id = m.order_id JOIN place p ON p.id = o.location_id
    UNION
    SELECT '{POINTS}', NULL, (e.occurred_at AT TIME ZONE t.timezone)::date
      FROM point_entries e JOIN stores t ON t.id = e.store_id WHERE e.store_id = :store AND e.id >= {{first_id}} AND e.created_at >= {{since}}
"""
# The months of all orders of those whose first order is in another month than was counted (cohorts).
MONTHS = """
    WITH moved AS MATERIALIZED (
      SELECT c.id FROM customers c JOIN stores t ON t.id = c.store_id
        LEFT JOIN first_visits f ON f.store_id = c.store_id AND f.customer_id = c.id
       WHERE c.store_id = :store AND c.updated_at >= {since} AND c.origin <> 'walk_in'
         AND date_trunc('month', c.first_order_at AT TIME ZONE t.timezone)::date IS DISTINCT FROM f.month)
    SELECT DISTINCT date_trunc('month', o.placed_at AT TIME ZONE t.timezone)::date AS day
      FROM moved m JOIN stores t ON t.id = :store
      CROSS JOIN LATERAL (SELECT placed_at FROM orders o WHERE o.store_id = :store AND o.customer_id = m.id AND o.status <> 'canceled' OFFSET 0) o
"""
_DAYS = Statement(DAYS.format(since=":since", first_id=":first_id ::uuid"))
_MONTHS = Statement(MONTHS.format(since=":since"))
# The first and the last day of each place; of the whole store's clock a day more on both sides, since places may be a day ahead.
_ALL = Statement("""
    SELECT l.id, l.timezone, (SELECT min(placed_at) FROM orders WHERE store_id = :store), (SELECT max(placed_at) FROM orders WHERE store_id = :store),
           (SELECT min(created_at) FROM payments WHERE store_id = :store), (SELECT max(created_at) FROM payments WHERE store_id = :store),
           (SELECT max(created_at) FROM refunds WHERE store_id = :store),
           (SELECT min(occurred_at) FROM point_entries WHERE store_id = :store), (SELECT max(occurred_at) FROM point_entries WHERE store_id = :store)
      FROM locations l WHERE l.store_id = :store
""")
_STATE = Statement("""
    SELECT t.timezone, (SELECT r.through FROM rollup_states r WHERE r.store_id = :store),
           (SELECT r.zones FROM rollup_states r WHERE r.store_id = :store),
           (SELECT json_object_agg(l.id, l.timezone) FROM locations l WHERE l.store_id = :store)
      FROM stores t WHERE t.id = :store
""")


@dataclass(frozen=True)
class Clocks:
    """The time zones of a store and its places, those by which its rollups were made, and how far these go."""

    zone: str
    places: dict[UUID, str]
    made_by: dict[str, str]
    through: datetime | None

    @property
    def zones(self) -> dict[str, str]:
        return {STORE: self.zone, **{str(place): zone for place, zone in self.places.items()}}

    def is_made(self, place: UUID | None) -> bool:
        """Whether the place's days, or the store's, are told by the same clock as when they were added up."""
        name = str(place or STORE)
        return self.through is not None and self.made_by.get(name) == self.zones[name]


@dataclass(frozen=True)
class Changed:
    """The spans whose days differ, or may, from what is in the rollups, by subject."""

    clocks: Clocks
    spans: dict[str, list[Span]]

    def of(self, rollup: Rollup, first_on: date | None = None, last_on: date | None = None) -> list[Span]:
        """What is to be counted from the books for a rollup, within these days if they are given: whole weeks and months, if its rows are of those."""
        found = self.spans.get(rollup.subject, [])
        clipped = [
            part
            for span in found
            if (part := span.within(first_on or span.first_on, last_on or span.last_on)) is not None
        ]
        return _whole(clipped, rollup.period)

    def of_cohorts(self, first_on: date, last_on: date) -> list[Span]:
        """Besides months that have changed, those of customers whose first order has moved. One statement more."""
        found = self.of(COHORTS, first_on, last_on)
        if self.clocks.through is None or not self.clocks.is_made(None):
            return found
        months = [
            month for (month,) in _MONTHS.rows(since=self.clocks.through - OVERLAP) if first_on <= month <= last_on
        ]
        return _whole([*found, *spans_of(None, self.clocks.zone, months)], COHORTS.period)


def clocks() -> Clocks:
    """How the current store tells its days. One statement."""
    [(zone, through, made_by, places)] = _STATE.rows()
    return Clocks(zone, {UUID(place): of for place, of in (places or {}).items()}, made_by or {}, through)


def between(first_on: date, last_on: date) -> Changed:
    """What has changed of these days. Two statements."""
    found = clocks()
    known = [place for place in (*found.places, None) if found.is_made(place)]
    spans = _since(found, known) if known else defaultdict(list)
    for place in (*found.places, None):
        if place not in known:
            _add_all(spans, Span(place, found.places[place] if place else found.zone, first_on, last_on))
    return Changed(found, spans)


def ever() -> Changed:
    """What has changed at all, for making the rollups."""
    found = clocks()
    first_on, last_on = _bounds(found)
    return between(first_on, last_on) if first_on else Changed(found, {})


def _bounds(found: Clocks) -> tuple[Any, Any]:
    """The first and the last day on which anything is in the books; a day more on both sides, for clocks that are ahead or behind."""
    instants = [instant for row in _ALL.rows() for instant in row[2:] if instant is not None]
    if not instants:
        return None, None
    return min(instants).date() - timedelta(days=1), max(instants).date() + timedelta(days=1)


def _since(found: Clocks, known: Iterable[UUID | None]) -> dict[str, list[Span]]:
    assert found.through is not None
    since = found.through - OVERLAP
    days: dict[tuple[str, UUID | None], set[date]] = defaultdict(set)
    for subject, place, day in _DAYS.rows(since=since, first_id=ids.first_uuid7_of(since - OVERLAP)):
        days[subject, UUID(str(place)) if place else None].add(day)
    spans: dict[str, list[Span]] = defaultdict(list)
    for (subject, place), told in days.items():
        if place in known:
            spans[subject] += spans_of(place, found.places[place] if place else found.zone, told)
    return spans


def _add_all(spans: dict[str, list[Span]], span: Span) -> None:
    for subject in (SOLD, MONEY) if span.place else (POINTS, VISITED):
        spans[subject] = [*spans[subject], span]


def _whole(spans: Iterable[Span], period: str) -> list[Span]:
    """The spans widened to whole periods, without overlaps."""
    if period == "day":
        return sorted(spans, key=lambda span: (str(span.place), span.first_on))
    days = {(span.place, span.zone) for span in spans}
    whole = []
    for place, zone in days:
        mine = sorted(
            (period_of(span.first_on, period)[0], period_of(span.last_on, period)[1])
            for span in spans
            if (span.place, span.zone) == (place, zone)
        )
        whole += [replace(Span(place, zone, first, last)) for first, last in _joined(mine)]
    return whole


def _joined(parts: list[tuple[date, date]]) -> list[tuple[date, date]]:
    joined: list[tuple[date, date]] = []
    for first, last in parts:
        if joined and first <= joined[-1][1] + timedelta(days=1):
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined
