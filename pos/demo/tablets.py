"""Tablets and kitchen screens for whoever tries the demo: each is a register of its own at the first location, so that two can be tried at
once, and a kitchen sees what its tablets sell."""

from sqlalchemy import func, select

from pos import clock
from pos.config import Settings
from pos.db import db, rows_of, transaction
from pos.demo.commands import credentials
from pos.stores import actions, queries
from pos.stores.models import Register


def new_tablet(settings: Settings, *, called: str = "Tablet") -> tuple[str, str] | None:
    """The store's slug and the code that makes a device a register of it, named `called` and a number; None where there is no demo store
    to try."""
    known = None if settings.is_production else credentials(settings)
    if known is None:
        return None
    with transaction(None):
        store_id = queries.active_store_by_slug(known["store_slug"]).id
    with transaction(store_id, actor="demo"):
        location_id = queries.first_location().id
        number = db.session.scalar(select(func.count()).select_from(rows_of(Register).subquery())) or 0
        _, code = actions.create_register(name=f"{called} {number + 1}", location_id=location_id, now=clock.now())
    return known["store_slug"], code
