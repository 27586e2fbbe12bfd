"""What is known of a customer as plain values, written back, and sealed where it has to be kept for a way back."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from pos.care import merging
from pos.customers import actions as customers
from pos.customers import indexing
from pos.customers.actions import vault
from pos.customers.models import Customer, Profile
from pos.customers.queries import PROFILE_FIELDS
from pos.db import db, rows_of

_OWN = ("phone", "name", "email_hash")
# What either row had, sealed beside the fields.
PHONES = "phones"
_DAYS = ("date_of_birth", "age_recorded_on")


def read(customer: Customer) -> dict[str, Any]:
    """Every field of a customer by its name, `email` and health data opened."""
    profile = db.session.scalars(rows_of(Profile).where(Profile.customer_id == customer.id)).one()
    values = {name: getattr(customer, name) for name in _OWN}
    values |= {name: getattr(profile, name) for name in PROFILE_FIELDS}
    values["email"] = _opened(customer.email_encrypted, "customers.email", customer.id)
    values["medical_conditions"] = _opened(profile.medical_conditions, "profiles.medical_conditions", customer.id)
    return values


def write(customer: Customer, values: Mapping[str, Any]) -> None:
    """Gives a customer these values, all but the phone: two rows never have the same one, so that is exchanged (`give_phones`)."""
    own = {name: value for name, value in values.items() if name in (*_OWN, "email") and name != "phone"}
    profile = {name: value for name, value in values.items() if name in PROFILE_FIELDS}
    customers.change(customer, {**own, "profile": profile})


def give_phones(kept: Customer, merged: Customer, phones: merging.Phones, *, lost_at: datetime | None = None) -> None:
    """Each gets a number of the two, or none, with what is known of it: whether it can be reached, and since when there is none (at the
    latest `lost_at`). The merged one, which still leads to the other, may be without for a moment."""
    known = {row.phone: (row.sms_unusable_at, row.phone_lost_at or lost_at) for row in (merged, kept)}
    merged.phone = None
    db.session.flush()
    for row, phone in zip((kept, merged), phones, strict=True):
        row.phone = phone
        row.sms_unusable_at, row.phone_lost_at = known.get(phone, (None, row.phone_lost_at or lost_at))
        if phone:
            row.phone_lost_at = None
        db.session.flush()
    indexing.index([kept.id, merged.id])


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """As they come back from `opened`: days are text."""
    return orjson.loads(orjson.dumps(dict(values)))  # type: ignore[no-any-return]


def typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The other way round."""
    return {name: date.fromisoformat(value) if name in _DAYS and value else value for name, value in values.items()}


def sealed(merge_id: UUID, before: Mapping[str, tuple[Any, Any]]) -> str:
    """By field how it was and how the merge left it, encrypted."""
    return vault().encrypt(orjson.dumps(dict(before)).decode(), context=f"merges.before:{merge_id}")


def opened(merge_id: UUID, text: str) -> dict[str, tuple[Any, Any]]:
    """What was sealed for a merge."""
    found = orjson.loads(vault().decrypt(text, context=f"merges.before:{merge_id}"))
    return {name: (was, merged) for name, (was, merged) in found.items()}


def _opened(text: str | None, column: str, customer_id: UUID) -> str | None:
    return vault().decrypt(text, context=f"{column}:{customer_id}") if text else None
