"""The phone finds the customer, and the first order makes one: one statement, however many race for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from pos import ids
from pos.customers import refusals
from pos.customers.indexing import WITH_CUSTOMER
from pos.customers.refusals import ARE_KEPT
from pos.customers.words import found_by
from pos.statements import Statement


@dataclass(frozen=True)
class Visit:
    """What one order adds to its customer's figures; nothing for who only joins or asks."""

    placed_at: datetime | None = None
    orders: int = 0
    spent: int = 0


class Known(NamedTuple):
    """The customer of a visit, as the row stands after it; `created` if the visit made the row."""

    id: UUID
    phone: str | None
    name: str | None
    origin: str
    order_count: int
    marketing_consent: bool | None
    created: bool


def _find_or_create(key: str) -> Statement:
    """INSERT … ON CONFLICT DO UPDATE by a unique key, with the profile of a new customer, as one statement.

    DO UPDATE, not DO NOTHING: it locks the row that is there, adds the order to its figures, and gives it back.
    `xmax = 0` is true of a row that this statement inserted. A name that is known is kept. A merged row is only locked: the visit
    counts for who stands for it, which is a second statement (_VISIT), and costs nothing where nobody was merged.
    """
    return Statement(f"""
        WITH found AS (
          INSERT INTO customers AS known (store_id, id, version, phone, register_id, origin, name, order_count, total_spent,
                                          first_order_at, last_order_at)
          VALUES (:store, :id, 1, :phone, :register, :origin, :name, :orders, :spent, :placed_at, :placed_at)
          ON CONFLICT (store_id, {key}) DO UPDATE SET
            name = coalesce(known.name, CASE WHEN known.merged_into_id IS NULL THEN excluded.name END),
            order_count = known.order_count + CASE WHEN known.merged_into_id IS NULL THEN excluded.order_count ELSE 0 END,
            total_spent = known.total_spent + CASE WHEN known.merged_into_id IS NULL THEN excluded.total_spent ELSE 0 END,
            first_order_at = least(known.first_order_at, CASE WHEN known.merged_into_id IS NULL THEN excluded.first_order_at END),
            last_order_at = greatest(known.last_order_at, CASE WHEN known.merged_into_id IS NULL THEN excluded.last_order_at END),
            updated_at = now()
          RETURNING known.store_id, known.id, known.phone, known.name, known.origin, known.order_count,
                    known.marketing_consent, xmax = 0 AS is_new, known.merged_into_id),
        profile AS (
          INSERT INTO profiles (store_id, customer_id) SELECT found.store_id, found.id FROM found WHERE found.is_new),
        words AS ({WITH_CUSTOMER})
        SELECT found.id, found.phone, found.name, found.origin, found.order_count, found.marketing_consent, found.is_new,
               found.merged_into_id, found.is_new AND {ARE_KEPT.format(store=":store")} AS may_have_refused
          FROM found
    """)


_BY_PHONE = _find_or_create("phone")
_BY_REGISTER = _find_or_create("register_id")
_MAKE_BY_PHONE = Statement(f"""
    WITH found AS (
      INSERT INTO customers (store_id, id, version, phone, origin, name) VALUES (:store, :id, 1, :phone, 'counter', :name)
      ON CONFLICT (store_id, phone) DO NOTHING RETURNING store_id, id, name, true AS is_new),
    profile AS (
      INSERT INTO profiles (store_id, customer_id) SELECT found.store_id, found.id FROM found),
    words AS ({WITH_CUSTOMER})
    SELECT found.id, {ARE_KEPT.format(store=":store")} FROM found
""")
_EXISTING = Statement("""
    SELECT coalesce(merged_into_id, id) FROM customers WHERE store_id = :store AND (phone = :phone OR register_id = :register)
""")
_VISIT = Statement(f"""
    WITH found AS (
      UPDATE customers AS known SET
             name = coalesce(known.name, :name),
             order_count = known.order_count + :orders,
             total_spent = known.total_spent + :spent,
             first_order_at = least(known.first_order_at, :placed_at ::timestamptz),
             last_order_at = greatest(known.last_order_at, :placed_at ::timestamptz),
             updated_at = now()
       WHERE known.store_id = :store AND known.id = :customer
      RETURNING known.store_id, known.id, known.phone, known.name, known.origin, known.order_count, known.marketing_consent,
                false AS is_new),
    words AS ({WITH_CUSTOMER})
    SELECT found.id, found.phone, found.name, found.origin, found.order_count, found.marketing_consent, found.is_new FROM found
""")
_STANDS_FOR = Statement("SELECT coalesce(merged_into_id, id) FROM customers WHERE store_id = :store AND id = :customer")


def known_by_phone(
    phone: str, *, name: str | None = None, origin: str = "counter", visit: Visit | None = None
) -> Known:
    """The customer with this E.164 number, or who stands for them since a merge, made if there was none; the row is locked until the
    commit."""
    words = found_by(name, phone=phone)
    return _run(_BY_PHONE, visit or Visit(), phone=phone, register=None, name=name, origin=origin, words=words)


def walk_in(register_id: UUID, visit: Visit) -> Known:
    """The one customer row of a register that stands for all who give no phone."""
    return _run(_BY_REGISTER, visit, phone=None, register=register_id, name=None, origin="walk_in", words=[])


def existing_or_new(phone: str, *, name: str | None = None) -> UUID:
    """The id alone; a row that was there already is not locked, so that locks can be taken in the order of ids."""
    row = _EXISTING.first(phone=phone, register=None)
    words = found_by(name, phone=phone)
    made = None if row else _MAKE_BY_PHONE.first(id=ids.uuid7(), phone=phone, name=name, words=words)
    if made and made[1]:
        refusals.recall({made[0]: phone})
    # Whoever lost the race for a new number has waited for the winner, and finds the row now.
    found = row or made or _EXISTING.first(phone=phone, register=None)
    return found[0] if found else known_by_phone(phone, name=name).id


def existing_or_new_walk_in(register_id: UUID) -> UUID:
    """The same for those who give no phone."""
    row = _EXISTING.first(phone=None, register=register_id)
    return row[0] if row else walk_in(register_id, Visit()).id


def stands_for(customer_id: UUID) -> UUID:
    """The id of the row that stands for this one: its own, unless it was merged; nothing is locked. An id that nobody has is given
    back as it is."""
    row = _STANDS_FOR.first(customer=customer_id)
    return row[0] if row else customer_id


def _run(statement: Statement, visit: Visit, **who: Any) -> Known:
    counted = {"orders": visit.orders, "spent": visit.spent, "placed_at": visit.placed_at}
    row = statement.first(id=ids.uuid7(), **counted, **who)
    assert row is not None
    *found, heir_id, may_have_refused = row
    if heir_id is None:
        known = Known(*found)
        return _heeding_refusals(known) if may_have_refused else known
    # Whoever merges the heir has to lead this row on, and waits for its lock, which we hold.
    name = who["name"]
    row = _VISIT.first(customer=heir_id, name=name, words=found_by(name), **counted)
    assert row is not None
    return Known(*row)


def _heeding_refusals(new: Known) -> Known:
    """Somebody new, in a store that keeps refusals of people who were erased."""
    refused = refusals.recall({new.id: new.phone}) if new.phone else ()
    return new._replace(marketing_consent=False) if (new.id, "marketing") in refused else new
