"""Give money back at the counter: an amount, or goods with what was paid for them, and if asked back into stock."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pos import audit_log
from pos.catalog import stock
from pos.checkout import tab
from pos.checkout.following import follow
from pos.checkout.points import MoneyBack
from pos.customers import actions as customers
from pos.errors import Invalid, Refused
from pos.http.access import Caller
from pos.orders import actions as orders
from pos.orders.lifecycle import WrongState
from pos.orders.models import Order, OrderLine
from pos.payments import actions as payments
from pos.payments.actions import GivenBack
from pos.payments.allocation import worth


class AmountOrLines(Invalid):
    title = "How much?"


class UnknownLine(Invalid):
    title = "Unknown line"


class NothingToRefund(Refused):
    title = "Nothing to give back"
    advice = "These goods cost nothing, so there is no money to give back."


def refund(
    request_id: UUID,
    order_id: UUID,
    caller: Caller,
    now: datetime,
    *,
    reason: str,
    amount: int | None = None,
    lines: Sequence[Mapping[str, Any]] = (),
    restock: bool = False,
) -> None:
    """Gives back `amount`, or what was paid for a quantity of each line (tax included, tip not), in the open
    transaction. A manager does it, or approves it by PIN. What came by Stripe counts once Stripe has given it back.

    Locks the customer, the order, its payments, then the products. Raises ApprovalRequired, AmountOrLines, MoreThanSold,
    NothingToRefund, RefundExceedsPaid, WrongState, NotFound.
    """
    if (amount is None) == (not lines) or (restock and not lines):
        raise AmountOrLines(
            reason="Send either amount or lines; restock goes with lines.", pointer="/amount" if lines else "/lines"
        )
    order = tab.locked(order_id)
    authorised_by = caller.authorise("manager")
    if order.status == "canceled" and order.amount_paid == order.amount_refunded:
        raise WrongState(what="order", state=order.status, event="refunded")
    given_back, restocked = _given_back(order, lines)
    total = amount if amount is not None else sum(line.amount for line in given_back)
    if total == 0:
        raise NothingToRefund
    who = {"register_id": caller.register_id, "user_id": caller.user_id}
    went_back = payments.refund(request_id, order_id, total, reason, source="counter", **who)
    payments.note_lines(request_id, given_back, is_restocked=restock)
    orders.give_back_money(order, went_back, now)
    customers.spend(order.customer_id, -went_back)
    follow(order, now, MoneyBack(request_id, went_back))
    if restock and restocked:
        stock.give_back(restocked)
    detail = {"amount": total, "authorised_by": authorised_by, "restock": restock}
    audit_log.record("order.refund", f"orders:{order_id}", after=detail, reason=reason)


def _given_back(order: Order, asked: Sequence[Mapping[str, Any]]) -> tuple[list[GivenBack], Counter[UUID]]:
    """What the lines are worth, and how much of which tracked product comes back with them."""
    sold = {line.id: line for line in orders.lines_of(order.id)}
    before = payments.refunded_quantities(order.id) if asked else Counter[UUID]()
    lines: list[GivenBack] = []
    restocked = Counter[UUID]()
    for index, each in enumerate(asked):
        line = sold.get(each["line_id"])
        if line is None or any(other.line_id == line.id for other in lines):
            raise UnknownLine(reason="Name each line of this order once at most.", pointer=f"/lines/{index}/line_id")
        lines.append(_part(order, line, before[line.id], each.get("quantity", line.quantity)))
        if line.takes_stock and line.product_id:
            restocked[line.product_id] += lines[-1].quantity
    return lines, restocked


def _part(order: Order, line: OrderLine, before: int, quantity: int) -> GivenBack:
    payments.require_left(line.name, sold=line.quantity, before=before, wanted=quantity)
    whole = line.total + (0 if order.tax_included else line.tax)
    return GivenBack(line.id, quantity, line.quantity, worth(whole, of=line.quantity, before=before, quantity=quantity))
