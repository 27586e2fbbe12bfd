"""Take money for an order at the counter: cash with change, a card on the shop's own terminal, or a part of each."""

from datetime import datetime
from uuid import UUID

from pos.checkout import tab
from pos.checkout.following import follow
from pos.customers import actions as customers
from pos.http.access import Caller
from pos.orders import actions as orders
from pos.orders.lifecycle import WrongState
from pos.orders.pricing import require_bounded
from pos.payments import actions as payments
from pos.payments.tender import tender


def pay(
    payment_id: UUID,
    order_id: UUID,
    caller: Caller,
    now: datetime,
    *,
    method: str,
    amount: int | None = None,
    tip: int = 0,
    tendered: int | None = None,
) -> None:
    """Records a payment and everything that follows from it, in the open transaction.

    `amount` is the part of what is due that is paid now (all of it if not said), `tip` comes on top of it and raises
    the order's total. Locks the customer, then the order. Raises WrongState for a canceled order, and what
    `tender` and `require_bounded` raise.
    """
    order = tab.locked(order_id)
    if order.status == "canceled":
        raise WrongState(what="order", state=order.status, event="paid")
    taken = tender(method, due=order.amount_due, amount=amount, tip=tip, tendered=tendered)
    require_bounded(order.total + tip)
    who = {"register_id": caller.register_id, "user_id": caller.user_id}
    payments.record(order_id, taken, payment_id=payment_id, **who)
    orders.add_money(order, taken.amount, tip=tip, now=now)
    customers.spend(order.customer_id, taken.amount)
    follow(order, now)
