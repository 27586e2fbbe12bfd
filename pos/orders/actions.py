"""What may change about orders: written, paid, fulfilled, canceled. The caller holds the customer's lock."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert as plain_insert
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from pos import ids
from pos.db import current_store, db, find, rows_of, table_of
from pos.errors import Unavailable
from pos.orders import lifecycle
from pos.orders.models import Order, OrderLine
from pos.orders.pricing import PricedLine, PricedOrder

_REFERENCE_TRIES = 5
_orders, _lines = table_of(Order), table_of(OrderLine)
_INSERT_ORDER = insert(_orders).on_conflict_do_nothing(index_elements=["store_id", "reference"]).returning(_orders.c.id)
_INSERT_LINES = plain_insert(_lines)


class NoFreeReference(Unavailable):
    title = "Try again in a moment"
    advice = "No free order reference was found. Nothing was changed; send the request again."


@dataclass(frozen=True)
class Circumstances:
    """Where, when, by whom and to whom an order is sold."""

    customer_id: UUID
    location_id: UUID
    register_id: UUID | None
    user_id: UUID | None
    currency: str
    tax_included: bool
    placed_at: datetime
    received_at: datetime
    note: str | None
    source: str = "tablet"


def write(order_id: UUID, priced: PricedOrder, told: Circumstances, *, paid: int) -> None:
    """Inserts the order and its lines, with what was paid at once. Raises NoFreeReference (practically never)."""
    row = _order_row(order_id, priced, told, paid)
    for _ in range(_REFERENCE_TRIES):
        if db.session.execute(_INSERT_ORDER, row | {"reference": ids.reference()}).first():
            break
    else:
        raise NoFreeReference
    db.session.execute(_INSERT_LINES, [_line_row(order_id, line) for line in priced.lines])


def locked(order_id: UUID) -> Order:
    """The order, locked until the commit. Raises NotFound."""
    return find(Order, order_id, lock=True)


def lines_of(order_id: UUID) -> list[OrderLine]:
    return list(
        db.session.scalars(rows_of(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.position))
    )


def add_money(order: Order, amount: int, *, tip: int, now: datetime) -> None:
    """Counts a payment that succeeded, and the tip that came with it; completes the order if nothing remains."""
    order.tip += tip
    order.total += tip
    order.amount_paid += amount
    _settle(order, now)


def give_back_money(order: Order, amount: int, now: datetime) -> None:
    """Counts a refund that succeeded."""
    order.amount_refunded += amount
    _settle(order, now)


def fulfill(order: Order, status: str, now: datetime) -> None:
    """Moves the making of the order on; completes the order if nothing remains. Raises WrongState."""
    if order.status == "canceled":
        raise lifecycle.WrongState(what="order", state=order.status, event=status)
    order.fulfillment_status = lifecycle.move(
        lifecycle.FULFILLMENT, order.fulfillment_status, status, what="order's making"
    )
    _settle(order, now)


def cancel(order: Order, reason: str, now: datetime) -> None:
    """Ends an open order. Raises WrongState."""
    order.status = lifecycle.move(lifecycle.ORDER, order.status, "canceled")
    if order.fulfillment_status != "completed":
        order.fulfillment_status = lifecycle.move(lifecycle.FULFILLMENT, order.fulfillment_status, "canceled")
    order.cancel_reason = reason
    order.canceled_at = now


def stock_of(order_id: UUID) -> Mapping[UUID, int]:
    """How much of which tracked product the order took out of stock."""
    taken: Counter[UUID] = Counter()
    for line in lines_of(order_id):
        if line.takes_stock and line.product_id:
            taken[line.product_id] += line.quantity
    return taken


def _settle(order: Order, now: datetime) -> None:
    """Derives what the amounts and the making say; the one place that sets a payment status after the sale."""
    order.payment_status = lifecycle.payment_status(
        total=order.total, paid=order.amount_paid, refunded=order.amount_refunded
    )
    handed_over = order.fulfillment_status == "completed" or not _needs_preparation(order.id)
    done = lifecycle.is_finished(status=order.status, payment=order.payment_status, handed_over=handed_over)
    if done:
        order.status = lifecycle.move(lifecycle.ORDER, order.status, "completed")
        order.fulfillment_status, order.completed_at = "completed", now


def _needs_preparation(order_id: UUID) -> bool:
    needing = select(OrderLine.id).where(
        OrderLine.store_id == current_store(), OrderLine.order_id == order_id, OrderLine.needs_preparation
    )
    return db.session.scalar(needing.limit(1)) is not None


def _order_row(order_id: UUID, priced: PricedOrder, told: Circumstances, paid: int) -> dict[str, Any]:
    payment = lifecycle.payment_status(total=priced.total, paid=paid, refunded=0)
    done = lifecycle.is_finished(status="open", payment=payment, handed_over=not priced.needs_preparation)
    return {
        "store_id": current_store(),
        "id": order_id,
        "version": 1,
        "public_token": ids.public_token(),
        "location_id": told.location_id,
        "register_id": told.register_id,
        "user_id": told.user_id,
        "customer_id": told.customer_id,
        "source": told.source,
        "kind": priced.kind,
        "status": "completed" if done else "open",
        "payment_status": payment,
        "fulfillment_status": "completed" if done else "proposed",
        "currency": told.currency,
        "tax_included": told.tax_included,
        "subtotal": priced.subtotal,
        "discount": priced.discount,
        "tax": priced.tax,
        "tip": priced.tip,
        "shipping": 0,
        "fees": 0,
        "total": priced.total,
        "amount_paid": paid,
        "amount_refunded": 0,
        "note": told.note,
        "placed_at": told.placed_at,
        "received_at": told.received_at,
        "completed_at": told.received_at if done else None,
    }


def _line_row(order_id: UUID, line: PricedLine) -> dict[str, Any]:
    product = line.item.product
    return {
        "store_id": current_store(),
        "id": ids.uuid7(),
        "order_id": order_id,
        "position": line.position,
        "product_id": product.id,
        "kind": product.kind,
        "name": product.name,
        "sku": product.sku,
        "quantity": line.item.quantity,
        "unit_price": line.unit_price,
        "modifiers": [],
        "subtotal": line.subtotal,
        "discount": line.discount,
        "total": line.total,
        "tax_class": product.tax_class,
        "tax_rate": line.tax_rate,
        "tax": line.tax,
        "needs_preparation": product.needs_preparation,
        "takes_stock": product.is_tracked,
        "note": line.item.note,
    }
