"""Brings a store's rollups up to date: what has changed is made again, the latest days first, a month of days at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pos.analytics.rollups import changed
from pos.analytics.rollups.models import RollupState
from pos.analytics.rollups.rollup import COHORTS, ROLLUPS, Rollup, remake
from pos.analytics.rollups.spans import Span, period_of
from pos.db import db, rows_of
from pos.statements import Statement, take_time

# About what one statement does in a second in a large store.
PIECE_DAYS = 31
LONGEST_MINUTES = 10
_MAKE = Statement("""
    INSERT INTO rollup_states (store_id, id, zones) VALUES (:store, gen_random_uuid(), '{}') ON CONFLICT (store_id) DO NOTHING
""")
_NOW = Statement("SELECT clock_timestamp()")
# The months of all orders of those whose first order is in another month than was counted; one look at the books tells both.
_MOVED = Statement("""
    WITH moved AS (
      INSERT INTO first_visits AS f (store_id, id, customer_id, month)
      SELECT c.store_id, gen_random_uuid(), c.id, date_trunc('month', c.first_order_at AT TIME ZONE t.timezone)::date
        FROM customers c JOIN stores t ON t.id = c.store_id
       WHERE c.store_id = :store AND c.origin <> 'walk_in' AND c.first_order_at IS NOT NULL AND c.updated_at >= :since ::timestamptz
      ON CONFLICT (store_id, customer_id) DO UPDATE SET month = excluded.month, updated_at = now() WHERE f.month <> excluded.month
      RETURNING customer_id)
    SELECT DISTINCT date_trunc('month', o.placed_at AT TIME ZONE t.timezone)::date
      FROM moved m JOIN orders o ON o.store_id = :store AND o.customer_id = m.customer_id AND o.status <> 'canceled'
      JOIN stores t ON t.id = :store
""")


# Of everybody, before anything is added up: whoever's first order moves from then on is found by `_MOVED`.
_FIRST = Statement("""
    INSERT INTO first_visits AS f (store_id, id, customer_id, month)
    SELECT c.store_id, gen_random_uuid(), c.id, date_trunc('month', c.first_order_at AT TIME ZONE t.timezone)::date
      FROM customers c JOIN stores t ON t.id = c.store_id
     WHERE c.store_id = :store AND c.origin <> 'walk_in' AND c.first_order_at IS NOT NULL
    ON CONFLICT (store_id, customer_id) DO UPDATE SET month = excluded.month, updated_at = now() WHERE f.month <> excluded.month
""")


@dataclass(frozen=True)
class Work:
    """What is to be made again, found `at` an instant after which the rollups will be good, by these clocks."""

    at: datetime
    found: changed.Changed

    def pieces(self) -> Iterator[tuple[Rollup, Span]]:
        """One table's days at a time."""
        for rollup in ROLLUPS:
            for span in reversed(self.found.of(rollup)):
                for piece in span.pieces(PIECE_DAYS):
                    yield rollup, _whole(piece, rollup.period)


def find() -> Work:
    """What has changed since the rollups were made."""
    take_time(LONGEST_MINUTES)
    _MAKE.run()
    [(at,)] = _NOW.rows()
    found = changed.ever()
    if not found.clocks.is_made(None):
        _FIRST.run()
    return Work(at, found)


def make(rollup: Rollup, span: Span) -> int:
    """Makes one piece again. Two who do so at once do it one after the other: each deletes what the other has made. What was found by a clock
    that has been changed since is left to whoever finds it by the new one."""
    take_time(LONGEST_MINUTES)
    _state(lock=True)
    clocks = changed.clocks()
    is_told_so = span.zone == (clocks.places.get(span.place) if span.place else clocks.zone)
    return remake(rollup, [span]) if is_told_so else 0


def finish(work: Work) -> None:
    """Puts the cohorts of customers right whose first order has moved, and says how far the rollups go."""
    take_time(LONGEST_MINUTES)
    state = _state(lock=True)
    clocks = work.found.clocks
    last = clocks.through if clocks.through and clocks.is_made(None) else work.at
    for (month,) in _MOVED.rows(since=last - changed.OVERLAP):
        remake(COHORTS, [Span(None, clocks.zone, *period_of(month, "month"))])
    state.through = max(work.at, state.through) if state.through else work.at
    state.zones = clocks.zones


def _whole(span: Span, period: str) -> Span:
    return Span(span.place, span.zone, period_of(span.first_on, period)[0], period_of(span.last_on, period)[1])


def _state(*, lock: bool) -> RollupState:
    state = db.session.scalar(rows_of(RollupState).with_for_update() if lock else rows_of(RollupState))
    assert state is not None, "find() comes first"
    return state
