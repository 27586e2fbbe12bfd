"""Cancel an order: stock, coupon, the customer's figures and, if asked, the money go back in one commit."""

from datetime import datetime
from uuid import UUID

from pos import audit_log, ids
from pos.catalog import coupons, stock
from pos.checkout import tab
from pos.checkout.following import follow
from pos.customers import actions as customers
from pos.db import db, find
from pos.errors import Conflict
from pos.http.access import Caller
from pos.orders import actions as orders
from pos.orders.models import Order
from pos.payments import actions as payments


class MoneyIn(Conflict):
    title = "There is money in this order"
    advice = "{amount} was paid (minor units). Send refund: true to give it back with the cancellation; a manager may do that."


def cancel(order_id: UUID, caller: Caller, now: datetime, *, reason: str, refund: bool = False) -> None:
    """Cancels an open order, in the open transaction. A cashier may cancel what nobody paid for.

    A part that was split from an order with money in it is as good as a void of those lines, so a manager answers for it.

    Locks the customer, then the order, then its products. Raises WrongState, MoneyIn, ApprovalRequired.
    """
    order = tab.locked(order_id)
    held = sum(payment.left for payment in payments.held(order_id))
    _end(order, reason, now)
    if held and not refund:
        raise MoneyIn(amount=held)
    detail: dict[str, object] = {"refunded": held}
    if held or _is_part_of_what_was_paid(order):
        detail["authorised_by"] = caller.authorise("manager")
    if held:
        who = {"register_id": caller.register_id, "user_id": caller.user_id}
        went_back = payments.refund(ids.uuid7(), order_id, held, reason, source="cancellation", **who)
        orders.give_back_money(order, went_back, now)
        customers.spend(order.customer_id, -went_back)
    audit_log.record("order.cancel", f"orders:{order_id}", after=detail, reason=reason)


def cancel_unpaid(order: Order, reason: str, now: datetime) -> None:
    """Cancels an open order without money in it that nobody waits for any more. The caller holds the locks."""
    _end(order, reason, now)
    audit_log.record("order.cancel", f"orders:{order.id}", reason=reason)


def _end(order: Order, reason: str, now: datetime) -> None:
    """What was handed over already does not go back into stock, nor once more what was refunded. Raises WrongState."""
    orders.cancel(order, reason, now)
    if order.fulfillment_status == "canceled":
        stock.give_back(orders.stock_of(order.id, refunded=payments.refunded_quantities(order.id)))
    coupons.give_back(order.id, now)
    follow(order, now)
    db.session.flush()
    customers.count_orders(order.customer_id, by=-1)


def _is_part_of_what_was_paid(order: Order) -> bool:
    """Whether the order was split, at once or by and by, from one that holds money."""
    while order.split_from_id:
        order = find(Order, order.split_from_id)
        if order.amount_paid:
            return True
    return False
