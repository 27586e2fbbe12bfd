"""The sync's work for later: runs that were asked for, what a webhook hints at, and what the clock brings."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from pos import clock
from pos.db import db, rows_of, transaction
from pos.jobs import enqueue, job
from pos.stores.queries import find_store, store_ids
from pos.woocommerce import actions, flows
from pos.woocommerce.models import SyncLog, WebShop

EVERY = timedelta(minutes=10)
NIGHTLY_HOUR = 3
_ONCE_A_NIGHT = timedelta(hours=20)
_ACTOR = "woocommerce"


@job("woocommerce.run")
def run(store_id: str, log_id: str) -> None:
    """Does a run; one whose worker was killed is gone on with."""
    flows.run(UUID(store_id), UUID(log_id))


@job("woocommerce.look")
def look(store_id: str, name: str, number: str) -> None:
    """Reads one record anew of which the shop hinted that it changed."""
    flows.look(UUID(store_id), name, int(number))


@job("woocommerce.due", cron="* * * * *", is_alone=True)
def begin_what_is_due(timestamp: int) -> None:
    """In each store with a web shop: what was left by somebody who died, failed, or has not been asked for a while."""
    with transaction(None):
        stores = store_ids()
    for store_id in stores:
        with transaction(store_id, actor=_ACTOR):
            if db.session.scalar(rows_of(WebShop)) is not None:
                begin_due(clock.now())


def begin_due(now: datetime) -> None:
    """Begins the run that is due in the open transaction's store, if there is one and no other is at work."""
    shop, at_work = actions.shop(lock=True), actions.running(lock=True)
    if at_work is not None:
        if at_work.lease_until is None or at_work.lease_until < now - actions.LEASE:
            _enqueue(at_work)
        return
    latest = actions.latest_whole()
    if latest is not None and actions.is_gone_on_with(latest, shop):
        # Nothing is begun on top of it.
        if latest.next_retry_at is not None and latest.next_retry_at <= now:
            _enqueue(actions.begin(latest.sync_type, now, is_repairing=latest.is_repairing, after=latest))
    elif _is_night(now) and _is_due("drift", now - _ONCE_A_NIGHT):
        _enqueue(actions.begin("drift", now))
    elif shop.last_sync_at is not None and shop.last_sync_at <= now - EVERY:
        _enqueue(actions.begin("incremental", now))


def _is_night(now: datetime) -> bool:
    store = find_store(actions.shop().store_id)
    return now.astimezone(ZoneInfo(store.timezone)).hour == NIGHTLY_HOUR


def _is_due(sync_type: str, since: datetime) -> bool:
    recent = rows_of(SyncLog).where(SyncLog.sync_type == sync_type, SyncLog.started_at > since).limit(1)
    return db.session.scalar(recent) is None


def _enqueue(log: SyncLog) -> None:
    enqueue("woocommerce.run", store_id=log.store_id, log_id=log.id)
