"""Customers who come in numbers, from an older system or the web shop: rows are gathered, and each table gets them in one statement."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pos import ids
from pos.customers import indexing
from pos.customers.actions import vault
from pos.customers.models import Customer, Profile
from pos.customers.words import found_by
from pos.statements import Statement, as_rows, insert_of

Row = dict[str, Any]

_PROFILE = tuple(
    column.name for column in Profile.__table__.columns if column.name not in ("store_id", "created_at", "updated_at")
)
_CUSTOMERS = Statement(
    insert_of(
        Customer, "id", "version", "phone", "origin", "name", "email_encrypted", "email_hash", "first_order_at",
        "last_order_at", "order_count", "total_spent",
    )
)  # fmt: skip
_PROFILES = Statement(insert_of(Profile))
_EMPTY_PROFILE: Row = dict.fromkeys(_PROFILE) | {
    "preferences": {}, "preferred_categories": [], "preferred_effects": [], "tags": [], "is_verified": False,
}  # fmt: skip
_LISTS = ("preferences", "preferred_categories", "preferred_effects", "tags")
# A street of one place in the city of another would be nowhere.
PLACE = ("address", "city", "state", "postal_code", "country")
_PLAIN = [name for name in _PROFILE if name not in (*_LISTS, *PLACE, "customer_id", "is_verified")]
_FILLS = ", ".join(
    [f"{name} = coalesce(p.{name}, f.{name})" for name in _PLAIN]
    + [f"{name} = CASE WHEN p.{name} = '{{}}' THEN f.{name} ELSE p.{name} END" for name in _LISTS]
    + [
        f"{name} = CASE WHEN concat({', '.join(f'p.{each}' for each in PLACE)}) = '' THEN f.{name} ELSE p.{name} END"
        for name in PLACE
    ]
)
# What is known stays; what is empty is filled.
_FILL = Statement(f"""
    WITH filled AS (
      UPDATE profiles p SET {_FILLS}, is_verified = p.is_verified OR f.is_verified, updated_at = now()
        FROM json_populate_recordset(NULL::profiles, :rows) AS f
       WHERE p.store_id = :store AND p.customer_id = f.customer_id
      RETURNING p.customer_id)
    UPDATE customers c SET name = coalesce(c.name, f.name), phone = coalesce(c.phone, f.phone), email_hash = coalesce(c.email_hash, f.email_hash),
           email_encrypted = CASE WHEN c.email_hash IS NULL THEN f.email_encrypted ELSE c.email_encrypted END,
           version = c.version + 1, updated_at = now()
      FROM json_to_recordset(:rows) AS f (customer_id uuid, name text, phone text, email_hash text, email_encrypted text)
     WHERE c.store_id = :store AND c.id = f.customer_id AND EXISTS (SELECT FROM filled WHERE filled.customer_id = c.id)
""")


@dataclass(frozen=True)
class Person:
    """A customer as another system knows them. `profile` are columns of theirs, health data in plain text. An `email` is sealed; of
    whom the address is not to be kept there is an `email_hash` alone."""

    name: str | None
    phone: str | None
    email: str | None = None
    profile: Mapping[str, Any] = field(default_factory=dict)
    email_hash: str | None = None
    origin: str = "import"


class People:
    """Customers that wait to be written."""

    def __init__(self) -> None:
        self._customers: list[Row] = []
        self._profiles: list[Row] = []
        self._fills: dict[UUID, Row] = {}
        self._words: dict[UUID, list[str]] = {}

    def new(self, person: Person) -> UUID:
        """A new customer with the profile."""
        customer_id = ids.uuid7()
        told = {"version": 1, "phone": person.phone, "origin": person.origin, "order_count": 0, "total_spent": 0}
        self._customers.append({"id": customer_id, **told, **_named(customer_id, person)})
        self._profiles.append(profile := _profile(customer_id, person.profile))
        names = (person.name, profile["first_name"], profile["last_name"])
        self._words[customer_id] = found_by(*names, tags=profile["tags"], phone=person.phone)
        return customer_id

    def fill(self, customer_id: UUID, person: Person) -> None:
        """Fills what is empty about a customer whose row is locked; of several who are told to be them, the first one counts."""
        row = _profile(customer_id, person.profile) | _named(customer_id, person) | {"phone": person.phone}
        before = self._fills.get(customer_id, {})
        self._fills[customer_id] = row | {name: value for name, value in before.items() if not _is_empty(value)}

    def write(self) -> None:
        """Sends all that waits."""
        if self._customers:
            _CUSTOMERS.run(rows=as_rows(self._customers))
            _PROFILES.run(rows=as_rows(self._profiles))
            indexing.write(self._words)
        if self._fills:
            _FILL.run(rows=as_rows(self._fills.values()))
            indexing.index(self._fills)
        for waiting in (self._customers, self._profiles, self._fills, self._words):
            waiting.clear()


def _is_empty(value: Any) -> bool:
    """As SQL sees it; an age of 0 is none of these."""
    return value is None or value is False or value in ([], {})


def _named(customer_id: UUID, person: Person) -> Row:
    """Name and e-mail, the latter sealed."""
    email = person.email
    sealed = vault().encrypt(email, context=f"customers.email:{customer_id}") if email else None
    email_hash = vault().hash_email(email) if email else person.email_hash
    return {"name": person.name, "email_encrypted": sealed, "email_hash": email_hash}


def _profile(customer_id: UUID, told: Mapping[str, Any]) -> Row:
    row = {**_EMPTY_PROFILE, **told} | {"customer_id": customer_id}
    if row["medical_conditions"]:
        context = f"profiles.medical_conditions:{customer_id}"
        row["medical_conditions"] = vault().encrypt(row["medical_conditions"], context=context)
    return row
