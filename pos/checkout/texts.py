"""What the counter says to a customer by text: receipt, link, "it is ready". Each is wanted in the transaction of what it tells, once."""

from datetime import datetime, timedelta
from uuid import UUID

from pos import ids
from pos.customers.models import Customer
from pos.db import find
from pos.errors import Refused
from pos.messaging import outbox
from pos.messaging.models import SENT, WAITING
from pos.orders.models import Order
from pos.payments.models import PaymentLink
from pos.statements import Statement

# Later than this the text would only puzzle.
RECEIPT_WITHIN, READY_WITHIN = timedelta(hours=12), timedelta(minutes=30)
# Two taps on "send" are one text; somebody who lost it may have it again after this.
SENT_AGAIN_AFTER = timedelta(minutes=5)

_LATELY = Statement(f"""
    SELECT id FROM messages
     WHERE store_id = :store AND order_id = :order AND customer_id = :customer AND starts_with(cause, :cause)
       AND created_at > :since AND status IN {(*WAITING, *SENT)} LIMIT 1
""")


class NobodyToText(Refused):
    title = "Nobody to text"
    advice = "This order has no phone number. Show the link or its QR code, or give the order a customer's phone."


def receipt(order_id: UUID, customer_id: UUID, *, payment_status: str, total: int, now: datetime) -> None:
    """The receipt of an order that is paid, once, however often this is called; of one that cost nothing there is none."""
    if payment_status == "paid" and total:
        cause = f"receipt:{order_id}"
        until = now + RECEIPT_WITHIN
        outbox.want("receipt", customer_id, cause=cause, order_id=order_id, not_after=until, switch="receipts")


def ready(order: Order, now: datetime) -> None:
    """The order can be fetched."""
    cause, until = f"ready:{order.id}", now + READY_WITHIN
    outbox.want("order_ready", order.customer_id, cause=cause, order_id=order.id, not_after=until, switch="ready")


def link(order: Order, asked: PaymentLink, now: datetime) -> None:
    """The link by which the order is paid; the order is locked. Raises NobodyToText, TextsSwitchedOff."""
    outbox.require_sender()
    if find(Customer, order.customer_id).phone is None:
        raise NobodyToText
    cause, since = f"link:{asked.id}:", now - SENT_AGAIN_AFTER
    if not _LATELY.first(order=order.id, customer=order.customer_id, cause=cause, since=since):
        cause += str(ids.uuid7())
        outbox.want("payment_link", order.customer_id, cause=cause, order_id=order.id, not_after=asked.expires_at)
