"""The work for later of shifts."""

from uuid import UUID

from pos import clock
from pos.db import transaction
from pos.jobs import job
from pos.shifts import actions


@job("shifts.add_late")
def add_late(store_id: str, order_id: str, register_id: str) -> None:
    """Writes the addendum for a sale that a tablet made without network, if its shift has been closed. The next closing would do it, too."""
    with transaction(UUID(store_id)):
        actions.add_late(UUID(order_id), UUID(register_id), clock.now())
