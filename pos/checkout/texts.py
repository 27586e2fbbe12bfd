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
# A tap too many can be undone meanwhile, without anybody being called for nothing.
READY_GRACE = timedelta(seconds=10)
# Two taps on "send" are one text; somebody who lost it may have it again after this.
SENT_AGAIN_AFTER = timedelta(minutes=5)

_LATELY = Statement(f"""
    SELECT id FROM messages
     WHERE store_id = :store AND order_id = :order AND customer_id = :customer AND starts_with(cause, :cause)
       AND created_at > :since AND status IN {(*WAITING, *SENT)} LIMIT 1
""")
_IS_TOLD_SOON = Statement(f"""
    SELECT id FROM messages
     WHERE store_id = :store AND order_id = :order AND template = 'order_ready' AND status IN {WAITING} LIMIT 1
""")


class NobodyToText(Refused):
    title = "Nobody to text"
    advice = "This order has no phone number. Show the link or its QR code, or give the order a customer's phone."


def receipt(order: Order) -> None:
    """The receipt of an order that is paid, by whatever made it so, once, however often this is called; of one that cost nothing
    there is none, nor of one that was paid long ago."""
    if order.status != "canceled" and order.paid_at:
        held = order.amount_paid - order.amount_refunded
        # What was paid with the sale was paid at its time, also if a tablet without network told of it later.
        at = order.placed_at if order.paid_at == order.received_at else order.paid_at
        receipt_of(order.id, order.customer_id, payment_status=order.payment_status, held=held, paid_at=at)


def receipt_of(order_id: UUID, customer_id: UUID, *, payment_status: str, held: int, paid_at: datetime) -> None:
    """The same by its facts, for who writes an order past the ORM."""
    if payment_status in ("paid", "overpaid") and held:
        cause, until = f"receipt:{order_id}", paid_at + RECEIPT_WITHIN
        outbox.want("receipt", customer_id, cause=cause, order_id=order_id, not_after=until, switch="receipts")


def ready(order: Order, now: datetime) -> None:
    """The order can be fetched: said again of a later round, and once where it was undone and is ready again before the first text
    has left."""
    if not _IS_TOLD_SOON.first(order=order.id):
        outbox.want(
            "order_ready",
            order.customer_id,
            cause=f"ready:{order.id}:{order.version}",
            order_id=order.id,
            not_before=now + READY_GRACE,
            not_after=now + READY_WITHIN,
            switch="ready",
        )


def link(order: Order, asked: PaymentLink, now: datetime) -> None:
    """The link by which the order is paid; the order is locked. Raises NobodyToText, TextsSwitchedOff."""
    outbox.require_sender()
    if find(Customer, order.customer_id).phone is None:
        raise NobodyToText
    cause, since = f"link:{asked.id}:", now - SENT_AGAIN_AFTER
    if not _LATELY.first(order=order.id, customer=order.customer_id, cause=cause, since=since):
        cause += str(ids.uuid7())
        outbox.want("payment_link", order.customer_id, cause=cause, order_id=order.id, not_after=asked.expires_at)
