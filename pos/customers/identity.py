"""The phone finds the customer, and the first order makes one: one statement, however many race for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, literal_column, select
from sqlalchemy.dialects.postgresql import Insert, insert

from pos import ids
from pos.customers.models import Customer, Profile
from pos.db import current_store, db, table_of

_customer, _profile = table_of(Customer), table_of(Profile)
_NEW = (
    "store_id", "id", "version", "phone", "register_id", "origin", "name", "order_count", "total_spent",
    "first_order_at", "last_order_at",
)  # fmt: skip


@dataclass(frozen=True)
class Visit:
    """What one order adds to its customer's figures; nothing for who only joins or asks."""

    placed_at: datetime | None = None
    orders: int = 0
    spent: int = 0


def _find_or_create(key: str) -> Any:
    """INSERT … ON CONFLICT DO UPDATE by a unique key, with the profile of a new customer, as one statement.

    DO UPDATE, not DO NOTHING: it locks the row that is there, adds the order to its figures, and gives it back.
    `xmax = 0` is true of a row that this statement inserted. A name that is known is kept.
    """
    upsert: Insert = insert(Customer).values({name: bindparam(f"new_{name}") for name in _NEW})
    new = upsert.excluded
    upsert = upsert.on_conflict_do_update(
        index_elements=["store_id", key],
        set_={
            "name": func.coalesce(_customer.c.name, new.name),
            "order_count": _customer.c.order_count + new.order_count,
            "total_spent": _customer.c.total_spent + new.total_spent,
            "first_order_at": func.least(_customer.c.first_order_at, new.first_order_at),
            "last_order_at": func.greatest(_customer.c.last_order_at, new.last_order_at),
            "updated_at": func.now(),
        },
    )
    found = upsert.returning(_customer.c.store_id, _customer.c.id, literal_column("xmax = 0").label("is_new")).cte(
        "found"
    )
    profile = (
        insert(Profile)
        .from_select(["store_id", "customer_id"], select(found.c.store_id, found.c.id).where(found.c.is_new), False)
        .returning(_profile.c.customer_id)
        .cte("profile")
    )
    return select(found.c.id, found.c.is_new).add_cte(profile)


_BY_PHONE = _find_or_create("phone")
_BY_REGISTER = _find_or_create("register_id")


def known_by_phone(phone: str, *, name: str | None = None, origin: str = "counter", visit: Visit | None = None) -> UUID:
    """The id of the customer with this E.164 number, made if there was none; the row is locked until the commit."""
    return _run(_BY_PHONE, {"phone": phone, "name": name, "origin": origin}, visit or Visit())


def walk_in(register_id: UUID, visit: Visit) -> UUID:
    """The one customer row of a register that stands for all who give no phone."""
    return _run(_BY_REGISTER, {"register_id": register_id, "origin": "walk_in"}, visit)


def _run(statement: Any, who: dict[str, Any], visit: Visit) -> UUID:
    row = dict.fromkeys(_NEW) | who
    row |= {
        "store_id": current_store(),
        "id": ids.uuid7(),
        "version": 1,
        "order_count": visit.orders,
        "total_spent": visit.spent,
        "first_order_at": visit.placed_at,
        "last_order_at": visit.placed_at,
    }
    return db.session.execute(statement, {f"new_{name}": row[name] for name in _NEW}).one().id  # type: ignore[no-any-return]
