"""Every ten minutes: who was changed through customers_view is found by what the rows say now."""

from datetime import timedelta
from uuid import UUID

from pos import clock, ids
from pos.customers import indexing
from pos.db import transaction
from pos.jobs import enqueue, job
from pos.stores.queries import every_store_id

# A worker that stood still for a day has caught up with the rest; `flask customers index` mends what was before.
_LOOKED_BACK = timedelta(days=1)


@job("customers.index_every_store", cron="*/10 * * * *", is_alone=True)
def index_every_store(timestamp: int) -> None:
    """Enqueues it for each store."""
    with transaction(None):
        for store_id in every_store_id():
            enqueue("customers.index", store_id=store_id)


@job("customers.index")
def index_store(store_id: str) -> None:
    """Writes the words of who was changed; may be repeated."""
    since = ids.first_uuid7_of(clock.now() - _LOOKED_BACK)
    with transaction(UUID(store_id)):
        indexing.index(indexing.changed_elsewhere(since))
