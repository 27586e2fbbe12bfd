"""A number that has come to somebody else: they are somebody new, and what belongs to whom had it before stays theirs."""

from datetime import datetime
from uuid import UUID

from pos import audit_log
from pos.customers import actions as customers
from pos.customers import identity, releases
from pos.customers.identity import Known, Visit
from pos.customers.names import is_another
from pos.errors import Conflict
from pos.messaging import silence, talk

_NO_VISIT = Visit()


class NumberNotTheirs(Conflict):
    title = "The number is not theirs any more"
    advice = "Somebody else has this number by now, or nobody. Look the number up again."


def known_by_phone(phone: str, name: str | None, *, at: datetime, visit: Visit = _NO_VISIT) -> Known:
    """The customer with this E.164 number as identity.known_by_phone gives them; but if they were silent for a year, and the name
    that is given is another one, the number was passed on: somebody new has it. `at` is when they came."""
    customer = identity.known_by_phone(phone, name=name, visit=visit)
    if customer.created or name is None or not is_another(name, customer.name):
        return customer
    names, is_silent = silence.before_visit(customer.id, at)
    if not is_silent or not is_another(name, *names):
        return customer
    _forget_visit(customer.id, visit)
    return to_somebody_new(phone, customer.id, name, reason="silent", now=at, visit=visit)


def to_somebody_new(
    phone: str, customer_id: UUID, name: str | None, *, reason: str, now: datetime, visit: Visit = _NO_VISIT
) -> Known:
    """Takes a number from a customer and gives it to a new one, who is locked like any that is known by phone. The talk of this number
    goes on with the new one; each text stays with whom it was said. Raises NumberNotTheirs."""
    if releases.release(phone, customer_id, reason=reason, now=now) is None:
        raise NumberNotTheirs
    new = identity.known_by_phone(phone, name=name, visit=visit)
    talk.hand_over(phone, new.id)
    audit_log.record(
        "customer.pass_on_number", f"customers:{new.id}", after={"from": str(customer_id), "reason": reason}
    )
    return new


def _forget_visit(customer_id: UUID, visit: Visit) -> None:
    """The order that was counted for them is another one's."""
    customers.count_orders(customer_id, by=-visit.orders)
    customers.spend(customer_id, -visit.spent)
