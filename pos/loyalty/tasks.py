"""Every hour, in each store: what is due of points expires, and birthdays come. The hour is the store's business, not ours."""

from uuid import UUID

import structlog

from pos import clock
from pos.db import transaction
from pos.jobs import enqueue, job
from pos.loyalty import sweep
from pos.stores.queries import every_store_id

log = structlog.get_logger()


@job("loyalty.sweep_every_store", cron="7 * * * *", is_alone=True)
def sweep_every_store(timestamp: int) -> None:
    """Enqueues the sweep of each store, so that a large one does not hold up the others."""
    with transaction(None):
        for store_id in every_store_id():
            enqueue("loyalty.sweep", store_id=store_id)


@job("loyalty.sweep")
def sweep_store(store_id: str) -> None:
    """Does in one store what is due."""
    done: dict[str, int] = {}
    for name, count in sweep.run(UUID(store_id), clock.now()):
        done[name] = done.get(name, 0) + count
    log.info("points_swept", store_id=store_id, **done)
