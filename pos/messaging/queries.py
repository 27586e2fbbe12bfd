"""What is asked of texts."""

from uuid import UUID

from sqlalchemy import select

from pos.db import db
from pos.stores.models import Store


def store_of_number(number: str, *, is_shared: bool) -> UUID | None:
    """The active store whose number it is; of the installation's own number, the only store. A global look-up."""
    active = select(Store.id).where(Store.is_active)
    found = db.session.scalar(active.where(Store.sms_number == number))
    if found or not is_shared:
        return found
    stores = db.session.scalars(active.limit(2)).all()
    return stores[0] if len(stores) == 1 else None
