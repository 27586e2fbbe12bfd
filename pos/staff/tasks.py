"""Housekeeping: forgets what has served, so that no table grows without end for nothing."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from pos import clock, ids
from pos.db import StoreRow, current_store, db, transaction
from pos.http.models import FailedAttempt, IdempotencyKey
from pos.jobs import enqueue, job
from pos.staff.flows import PIN_TRIES
from pos.staff.models import OfficeSession
from pos.stores.queries import store_ids

# A tablet may have been offline for weeks before it repeats a sale.
KEYS_KEPT = timedelta(days=90)
SESSIONS_KEPT = timedelta(days=30)
ATTEMPTS_KEPT = timedelta(days=1)


@job("housekeeping.every_store", cron="47 3 * * *")
def keep_house(timestamp: int) -> None:
    """Forgets old failed tries, but not those of a locked PIN, and enqueues the rest for each store."""
    horizon = clock.now() - ATTEMPTS_KEPT
    is_locked_pin = FailedAttempt.key.startswith("pin:") & (FailedAttempt.attempt_count >= PIN_TRIES)
    stale = delete(FailedAttempt).where(FailedAttempt.window_started_at < horizon, ~is_locked_pin)
    with transaction(None):
        db.session.execute(stale)
        for store_id in store_ids():
            enqueue("housekeeping.one_store", store_id=store_id)


@job("housekeeping.one_store")
def keep_house_of_store(store_id: str) -> None:
    """Forgets the keys and sessions of one store that nobody can still need."""
    with transaction(UUID(store_id), actor="housekeeping"):
        _forget(IdempotencyKey, KEYS_KEPT)
        _forget(OfficeSession, SESSIONS_KEPT)


def _forget(model: type[StoreRow], kept: timedelta) -> None:
    horizon: Any = ids.first_uuid7_of(clock.now() - kept)
    db.session.execute(delete(model).where(model.store_id == current_store(), model.id < horizon))
