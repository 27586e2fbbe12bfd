"""Numbers that are not a customer's any more. The customer keeps points and history, and is found by name or TapPass ID."""

from datetime import datetime
from uuid import UUID

from pos import audit_log, ids
from pos.customers import indexing, refusals
from pos.customers.actions import vault
from pos.customers.models import ReleasedNumber
from pos.db import current_actor, db
from pos.statements import Statement

# Whoever else wants the number waits for this row, and finds then who has it since.
_LOSE = Statement("""
    UPDATE customers SET phone = NULL, phone_lost_at = :now, sms_unusable_at = NULL, version = version + 1, updated_at = now()
     WHERE store_id = :store AND phone = :phone AND (id = :customer OR merged_into_id = :customer)
    RETURNING id
""")


def release(phone: str, customer_id: UUID, *, reason: str, now: datetime) -> UUID | None:
    """Takes a number from a customer, or from a row that was merged into theirs, and keeps that they had it. Gives that row's id;
    None if the number is not theirs (any more). Whoever is locked before it is a merged row, or the customer."""
    row = _LOSE.first(phone=phone, customer=customer_id, now=now)
    if row is None:
        return None
    keep(phone, row[0], reason=reason)
    indexing.index([row[0]])
    return UUID(str(row[0]))


def keep(phone: str, customer_id: UUID, *, reason: str) -> None:
    """Notes that a customer had a number, of which only a keyed hash is kept, and what they refused: that goes on to hold for it."""
    refusals.keep([phone], refusals.answers([customer_id]))
    had = ReleasedNumber(
        id=ids.uuid7(),
        customer_id=customer_id,
        phone_hash=vault().hash_phone(phone),
        reason=reason,
        actor=current_actor(),
    )
    db.session.add(had)
    audit_log.record("customer.release_number", f"customers:{customer_id}", after={"reason": reason})
