"""Who wants to be forgotten: what names or reaches the person goes, wherever it stands, and the books stay as they are.

Orders, payments, refunds, taxes and every sum are kept, under a customer of whom nothing is known. Points go: nobody could spend
them any more. What is kept of a refusal of texts is a keyed hash of the number (pos/customers/refusals.py). All of it is one
transaction, and may be repeated: after a restore it has to be (erasures.py).
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pos import audit_log
from pos.care import effacing
from pos.customers import actions as customers
from pos.customers import refusals
from pos.customers.models import Customer
from pos.db import find
from pos.errors import Conflict
from pos.http.problems import Busy
from pos.loyalty import actions as loyalty
from pos.statements import Statement, standing_for

_TRIES = 30
_BEGIN = Statement("SAVEPOINT erasing")
_GIVE_BACK = Statement("ROLLBACK TO SAVEPOINT erasing")
_KEEP = Statement("RELEASE SAVEPOINT erasing")
# The row that stands for the person, last, and all that lead to it.
_ROWS = Statement(f"""
    SELECT c.id FROM customers asked
      JOIN customers c ON c.store_id = asked.store_id
       AND (c.id = {standing_for("asked")} OR c.merged_into_id = {standing_for("asked")})
     WHERE asked.store_id = :store AND asked.id = :customer
     ORDER BY c.merged_into_id IS NULL, c.id
""")
_TALK = f"""
    SELECT m.id FROM messages m
     WHERE m.store_id = :store
       AND (m.customer_id = ANY(:customers ::uuid[]) OR m.conversation_id IN ({effacing.CONVERSATIONS}) OR m.id IN ({effacing.WHILE_MERGED}))
"""
_MESSAGES = Statement(_TALK)
_LOCK_MESSAGES = Statement(f"{_TALK} ORDER BY m.id FOR NO KEY UPDATE")
_NUMBERS = Statement("""
    SELECT phone FROM customers WHERE store_id = :store AND id = ANY(:customers ::uuid[]) AND phone IS NOT NULL
""")
_MEMBERS = Statement("SELECT id FROM members WHERE store_id = :store AND customer_id = ANY(:customers ::uuid[])")
_WERE_ERASED = Statement("""
    SELECT bool_and(erased_at IS NOT NULL) FROM customers WHERE store_id = :store AND id = ANY(:customers ::uuid[])
""")


class NoPerson(Conflict):
    title = "This is no person"
    advice = "This row stands for all who gave no phone number at a register. Nothing is known of any of them."


def erase(customer_id: UUID, now: datetime, *, authorised_by: str) -> list[UUID]:
    """Erases the person whose row this is, with all rows that were merged into it or that it was merged into; says which. Who is
    erased already is none, and what came to them by a race since goes too. Raises NotFound, NoPerson, Busy."""
    require_person(find(Customer, customer_id).origin)
    rows = _locked(customer_id)
    members = [row[0] for row in _MEMBERS.rows(customers=rows)]
    [(were_erased,)] = _WERE_ERASED.rows(customers=rows)
    _keep_refusals(rows)
    if members:
        loyalty.end(members, now)
    effacing.efface(rows, members)
    if were_erased:
        return []
    detail = {"rows": [str(row) for row in rows], "authorised_by": authorised_by}
    audit_log.record("customer.erase", f"customers:{rows[-1]}", after=detail)
    return rows


def require_person(origin: str) -> None:
    """Raises NoPerson for a register's walk-ins."""
    if origin == "walk_in":
        raise NoPerson


def rows_of_person(customer_id: UUID) -> list[UUID]:
    """The rows of the person whose row this is: that which stands for all of them comes last."""
    return [row[0] for row in _ROWS.rows(customer=customer_id)]


def _locked(customer_id: UUID) -> list[UUID]:
    """The person's rows, locked with their texts. Texts come first, as for the outbox (docs/architecture.md): those that were
    written meanwhile are somebody's to wait for us, so it is begun anew with them."""
    for _ in range(_TRIES):
        _BEGIN.soon()
        rows = rows_of_person(customer_id)
        texts = {row[0] for row in _LOCK_MESSAGES.rows(customers=rows)}
        customers.lock(*rows)
        if rows_of_person(customer_id) == rows and texts >= {row[0] for row in _MESSAGES.rows(customers=rows)}:
            _KEEP.soon()
            return rows
        _GIVE_BACK.run()
    raise Busy


def _keep_refusals(rows: Sequence[UUID]) -> None:
    numbers = [row[0] for row in _NUMBERS.rows(customers=list(rows))]
    said = refusals.answers(rows)
    refusals.keep(numbers, said)
    refusals.keep_of_released(rows, said)
