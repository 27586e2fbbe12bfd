"""What is asked of customers: everything that is known of one, in one statement."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select

from pos.customers.actions import vault
from pos.customers.models import Customer, Profile
from pos.db import current_store, db
from pos.errors import NotFound

PROFILE_FIELDS = tuple(
    column.name
    for column in Profile.__table__.columns
    if column.name not in ("store_id", "customer_id", "created_at", "updated_at")
)
CUSTOMER_FIELDS = (
    "id", "phone", "origin", "name", "order_count", "total_spent", "first_order_at", "last_order_at",
    "marketing_consent", "created_at", "version",
)  # fmt: skip
_EVERYTHING: Select[Any] = (
    select(
        *(Customer.__table__.c[name] for name in (*CUSTOMER_FIELDS, "email_encrypted")),
        *(Profile.__table__.c[name].label(f"profile_{name}") for name in PROFILE_FIELDS),
    )
    .join(Profile, (Profile.store_id == Customer.store_id) & (Profile.customer_id == Customer.id))
    .where(Customer.store_id == bindparam("store"))
)
_BY_PHONE = _EVERYTHING.where(Customer.phone == bindparam("wanted"))
_BY_ID = _EVERYTHING.where(Customer.id == bindparam("wanted"))


class UnknownCustomer(NotFound):
    title = "Customer not found"
    advice = "This store knows nobody with this {what}. The first order or joining makes a customer."


def by_phone(phone: str, *, with_health: bool) -> dict[str, Any]:
    """The customer with this E.164 number, profile and member included. Raises UnknownCustomer."""
    return _one(_BY_PHONE, phone, "phone number", with_health)


def by_id(customer_id: UUID, *, with_health: bool) -> dict[str, Any]:
    """The same by id. Health data is opened only for who may see it."""
    return _one(_BY_ID, customer_id, "id", with_health)


def _one(statement: Select[Any], wanted: Any, what: str, with_health: bool) -> dict[str, Any]:
    row = db.session.execute(statement, {"store": current_store(), "wanted": wanted}).mappings().first()
    if row is None:
        raise UnknownCustomer(what=what)
    customer = {name: row[name] for name in CUSTOMER_FIELDS}
    profile = {name: row[f"profile_{name}"] for name in PROFILE_FIELDS}
    profile["medical_conditions"] = (
        _opened(row["profile_medical_conditions"], "profiles.medical_conditions", row) if with_health else None
    )
    return customer | {
        "email": _opened(row["email_encrypted"], "customers.email", row),
        "profile": profile,
        "member": None,
    }


def _opened(sealed: str | None, column: str, row: Any) -> str | None:
    return vault().decrypt(sealed, context=f"{column}:{row['id']}") if sealed else None
