"""Cancel an order: stock, the customer's figures and, if asked, the money go back in one commit."""

from datetime import datetime
from uuid import UUID

from pos import audit_log
from pos.catalog import stock
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

    What was handed over already does not go back into stock. Locks the customer, then the order, then its products. Raises WrongState, MoneyIn, RoleTooLow.
    """
    customers.lock(find(Order, order_id).customer_id)
    order = orders.locked(order_id)
    held = order.amount_paid - order.amount_refunded
    orders.cancel(order, reason, now)
    if held and not refund:
        raise MoneyIn(amount=held)
    if held:
        caller.require("manager")
        returned = payments.refund_all(order_id, reason, register_id=caller.register_id, user_id=caller.user_id)
        orders.give_back_money(order, returned, now)
        customers.spend(order.customer_id, -returned)
    taken = orders.stock_of(order_id) if order.fulfillment_status == "canceled" else None
    if taken:
        stock.give_back(taken)
    db.session.flush()
    customers.uncount_order(order.customer_id)
    audit_log.record("order.cancel", f"orders:{order_id}", after={"reason": reason, "refunded": held})
