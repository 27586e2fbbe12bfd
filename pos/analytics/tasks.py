"""The work for later of reports: rollups follow the books."""

from pos.analytics.rollups import flows
from pos.db import transaction
from pos.jobs import job
from pos.stores.queries import store_ids


@job("analytics.keep", cron="*/10 * * * *", is_alone=True)
def keep(timestamp: int) -> None:
    """Brings the rollups of each store up to date. Reports are right without it, and slower with each day that it waits."""
    with transaction(None):
        stores = store_ids()
    for store_id in stores:
        flows.keep(store_id)
