"""Brings rollups up to date in steps, so that no transaction is long and a killed process leaves nothing half done."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from pos.analytics.rollups import building
from pos.analytics.rollups.models import RollupState
from pos.db import db, rows_of, transaction

_ACTOR = "analytics"
Listener = Callable[[str, date, date], None]


def keep(store_id: UUID, tell: Listener | None = None, *, anew: bool = False) -> int:
    """Makes again what has changed in a store, or with `anew` all there is; gives the number of rows written. May be repeated, and
    done by several at once."""
    if anew:
        _forget(store_id)
    with transaction(store_id, actor=_ACTOR):
        work = building.find()
    written = 0
    for rollup, span in work.pieces():
        with transaction(store_id, actor=_ACTOR):
            written += building.make(rollup, span)
        if tell:
            tell(rollup.name, span.first_on, span.last_on)
    with transaction(store_id, actor=_ACTOR):
        building.finish(work)
    return written


def _forget(store_id: UUID) -> None:
    with transaction(store_id, actor=_ACTOR):
        state = db.session.scalar(rows_of(RollupState).with_for_update())
        if state is not None:
            state.through = None
