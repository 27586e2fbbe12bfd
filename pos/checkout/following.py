"""What follows from whatever has changed an order: its live link asks for what is due now, its points are counted anew, and if it is
paid by that, its receipt is texted."""

from datetime import datetime

from pos.checkout import links, points, texts
from pos.checkout.points import MoneyBack
from pos.orders.models import Order


def follow(order: Order, now: datetime, refunded: MoneyBack | None = None) -> None:
    """After every act that changed the amounts of a locked order; `refunded` names the refund, if it was one."""
    links.follow(order, now)
    points.follow(order, now, refunded)
    texts.receipt(order)
