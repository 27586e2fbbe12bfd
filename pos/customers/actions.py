"""What may change about customers: their answers, their data, the figures of their orders."""

from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import func

from pos.crypto import Vault
from pos.customers import indexing
from pos.customers.models import Consent, Customer, Profile
from pos.customers.wording import CURRENT, wording
from pos.db import current_actor, db, find, rows_of
from pos.errors import Conflict, Refused
from pos.http.access import Caller
from pos.statements import Statement

_COUNT = Statement("""
    UPDATE customers SET order_count = order_count + :by, updated_at = now(),
           first_order_at = (SELECT o.placed_at FROM orders o
                              WHERE o.store_id = :store AND o.customer_id = :customer AND o.status <> 'canceled'
                              ORDER BY o.placed_at LIMIT 1),
           last_order_at = (SELECT o.placed_at FROM orders o
                             WHERE o.store_id = :store AND o.customer_id = :customer AND o.status <> 'canceled'
                             ORDER BY o.placed_at DESC LIMIT 1)
     WHERE store_id = :store AND id = :customer
""")
_SPEND = Statement("""
    UPDATE customers SET total_spent = total_spent + :amount, updated_at = now() WHERE store_id = :store AND id = :customer
""")
_LOCK = Statement("""
    SELECT id FROM customers WHERE store_id = :store AND id = ANY(:customers ::uuid[])
     ORDER BY merged_into_id IS NULL, id FOR NO KEY UPDATE
""")
# What is searched for; the number has its own acts.
_FOUND_BY = {"name", "first_name", "last_name", "tags"}


class WalkInCannotConsent(Refused):
    title = "Nobody to ask"
    advice = "A walk-in gave no phone number, so there is nobody who could agree to text messages."


class CustomerErased(Conflict):
    title = "The customer was erased"
    advice = "Nothing personal is kept of this customer any more, and nothing can be added. Whoever comes with the number is somebody new."


def require_present(customer: Customer) -> None:
    """Raises CustomerErased."""
    if customer.erased_at:
        raise CustomerErased


def lock(*customer_ids: UUID) -> None:
    """Locks customers before anything below them (docs/architecture.md), in the order of their ids, a merged one before the one that it
    leads to; sent with what is locked next."""
    _LOCK.soon(customers=sorted(customer_ids))


def held(customer_id: UUID) -> Customer:
    """The customer with this id, or the one that stands for them since a merge, locked until the commit. Raises NotFound."""
    customer = find(Customer, customer_id, lock=True)
    return find(Customer, customer.merged_into_id, lock=True) if customer.merged_into_id else customer


def spend(customer_id: UUID, amount: int) -> None:
    """Adds what was paid to a customer's figures, or with a negative amount takes back what was refunded."""
    _SPEND.soon(customer=customer_id, amount=amount)


def count_orders(customer_id: UUID, *, by: int) -> None:
    """Counts so many orders more or fewer, after one was canceled, moved, split or merged; the customer is locked.

    The first and the last order are two ends of an index: a register's walk-ins have too many orders to count them all.
    """
    _COUNT.run(customer=customer_id, by=by)


def record_consent(
    customer_id: UUID,
    *,
    purpose: str,
    granted: bool,
    source: str,
    store_name: str,
    wording_version: str | None = None,
    evidence: dict[str, Any] | None = None,
    is_pending: bool = False,
) -> Consent:
    """Appends one answer, with the wording shown; the customer's flags are only the latest answers. One that is pending changes
    nothing until it is confirmed.

    It is the answer of who stands for a merged customer. It is dated under the customer's lock: whatever is sent to the customer is dated before it, or knows of it.
    Raises WalkInCannotConsent, UnknownWording.
    """
    customer = held(customer_id)
    if customer.origin == "walk_in":
        raise WalkInCannotConsent
    version = wording_version or CURRENT
    consent = Consent(
        customer_id=customer.id,
        purpose=purpose,
        granted=granted,
        is_pending=is_pending,
        source=source,
        wording=wording(purpose, version, store_name),
        wording_version=version,
        actor=current_actor(),
        evidence=evidence or {},
        created_at=func.clock_timestamp(),
    )
    db.session.add(consent)
    if not is_pending:
        setattr(customer, f"{purpose}_consent", granted)
    db.session.flush()
    return consent


def consent_source(who: Caller) -> str:
    """Where an answer was given, by who wrote it down."""
    if who.register_id:
        return "register"
    return "office" if who.user_id else "api"


def change(customer: Customer, fields: dict[str, Any]) -> None:
    """Name, e-mail and profile. The e-mail is kept encrypted and as a keyed hash, never in plain text."""
    profile_fields = fields.pop("profile", {})
    if "email" in fields:
        _set_email(customer, fields.pop("email"))
    for name, value in fields.items():
        setattr(customer, name, value)
    profile = db.session.scalars(rows_of(Profile).where(Profile.customer_id == customer.id)).one()
    if profile_fields.get("medical_conditions"):
        sealed = vault().encrypt(
            profile_fields["medical_conditions"], context=f"profiles.medical_conditions:{customer.id}"
        )
        profile_fields["medical_conditions"] = sealed
    for name, value in profile_fields.items():
        setattr(profile, name, value)
    # The version covers the profile too, so the customer's row must count as changed.
    customer.updated_at = func.now()
    if _FOUND_BY & {*fields, *profile_fields}:
        indexing.index([customer.id])


def _set_email(customer: Customer, email: str | None) -> None:
    customer.email_encrypted = vault().encrypt(email, context=f"customers.email:{customer.id}") if email else None
    customer.email_hash = vault().hash_email(email) if email else None


def vault() -> Vault:
    """The vault that create_app made with DATA_ENCRYPTION_KEY."""
    return current_app.extensions["vault"]  # type: ignore[no-any-return]
