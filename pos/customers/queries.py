"""What is asked of customers: everything that is known of one, in one statement."""

from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from pos.customers.actions import vault
from pos.customers.age import age_of
from pos.customers.models import Profile
from pos.errors import NotFound
from pos.statements import Statement

PROFILE_FIELDS = tuple(
    column.name
    for column in Profile.__table__.columns
    if column.name not in ("store_id", "customer_id", "created_at", "updated_at")
)
CUSTOMER_FIELDS = (
    "id", "phone", "origin", "name", "order_count", "total_spent", "first_order_at", "last_order_at",
    "marketing_consent", "sms_consent", "sms_unusable_at", "erased_at", "created_at", "version",
)  # fmt: skip
_MERGED_IDS = """(SELECT coalesce(json_agg(d.id ORDER BY d.id), '[]') FROM customers d
                 WHERE d.store_id = c.store_id AND d.merged_into_id = c.id)"""
# Of whom is read whatever was said, sent or bought under any of their rows.
ROWS_OF = """(SELECT k.id FROM customers k WHERE k.store_id = :store AND (k.id = :customer OR k.merged_into_id = :customer))"""
# What features above this one know of a customer, by name: SQL of one value, for the customer `c`. create_app hands it in
# (pos/__init__.py), so that a look-up stays one statement.
_ALSO_SHOWN: dict[str, str] = {}


class UnknownCustomer(NotFound):
    title = "Customer not found"
    advice = "This store knows nobody with this {what}. The first order or joining makes a customer."


def also_show(**values: str) -> None:
    """Adds to what a look-up shows, e.g. member="(SELECT … FROM members m WHERE m.customer_id = c.id)"."""
    _ALSO_SHOWN.update(values)
    _everything.cache_clear()


def by_phone(phone: str, *, today: date, with_health: bool) -> dict[str, Any]:
    """The customer with this E.164 number, or who stands for them since a merge, profile and member included, as old as on the
    store's day `today`. Raises UnknownCustomer."""
    found = _everything("phone").mappings(wanted=phone)
    if not found:
        raise UnknownCustomer(what="phone number")
    return _read(found[0], today, with_health)


def by_id(customer_id: UUID, *, today: date, with_health: bool) -> dict[str, Any]:
    """The same by id. Health data is opened only for who may see it."""
    found = _everything("id").mappings(wanted=customer_id)
    if not found:
        raise UnknownCustomer(what="id")
    return _read(found[0], today, with_health)


def _read(row: dict[str, Any], today: date, with_health: bool) -> dict[str, Any]:
    customer = {name: row[name] for name in CUSTOMER_FIELDS}
    profile = {name: row[f"profile_{name}"] for name in PROFILE_FIELDS}
    profile["medical_conditions"] = (
        _opened(row["profile_medical_conditions"], "profiles.medical_conditions", row) if with_health else None
    )
    return customer | {
        "email": _opened(row["email_encrypted"], "customers.email", row),
        "profile": profile | age_of(profile["date_of_birth"], profile["age_recorded"], today),
        "merged_ids": row["merged_ids"],
        **{name: row[name] for name in _ALSO_SHOWN},
    }


@cache
def _everything(key: str) -> Statement:
    """The statement that finds one customer by `key`, made when all features are there."""
    also = "".join(f", {value} AS {name}" for name, value in _ALSO_SHOWN.items())
    return Statement(f"""
        SELECT {", ".join(f"c.{name}" for name in (*CUSTOMER_FIELDS, "email_encrypted"))}, {_MERGED_IDS} AS merged_ids,
               {", ".join(f"p.{name} AS profile_{name}" for name in PROFILE_FIELDS)}{also}
          FROM customers c JOIN profiles p ON p.store_id = c.store_id AND p.customer_id = c.id
         WHERE c.store_id = :store
           AND c.id = (SELECT coalesce(x.merged_into_id, x.id) FROM customers x WHERE x.store_id = :store AND x.{key} = :wanted)
    """)


def _opened(sealed: str | None, column: str, row: Any) -> str | None:
    return vault().decrypt(sealed, context=f"{column}:{row['id']}") if sealed else None
