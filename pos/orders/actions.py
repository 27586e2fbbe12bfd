"""What may change about orders: written, paid, fulfilled, canceled. The caller holds the customer's lock."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pos import ids
from pos.db import db, find, rows_of, table_of
from pos.errors import NotFound
from pos.orders import lifecycle
from pos.orders.models import Order, OrderDiscount, OrderLine
from pos.orders.pricing import Discount, PricedLine, PricedOrder
from pos.statements import Statement, as_rows, insert_of

_REFERENCE_CANDIDATES = 5

Row = dict[str, Any]


_WRITE = Statement(f"""
    WITH sold AS (
      INSERT INTO orders (
        store_id, id, version, reference, public_token, location_id, register_id, user_id, customer_id, source, kind, status,
        payment_status, fulfillment_status, currency, tax_included, subtotal, discount, tax, tip, shipping, fees, total,
        amount_paid, amount_refunded, note, tab_name, is_offline, catalog_version, placed_at, received_at, paid_at,
        completed_at, member_id)
      VALUES (:store, :id, :version,
        (SELECT free FROM unnest(:references) AS free
          WHERE NOT EXISTS (SELECT FROM orders o WHERE o.store_id = :store AND o.reference = free) LIMIT 1),
        :public_token, :location_id, :register_id, :user_id, :customer_id, :source, :kind, :status, :payment_status,
        :fulfillment_status, :currency, :tax_included, :subtotal, :discount, :tax, :tip, :shipping, :fees, :total,
        :amount_paid, :amount_refunded, :note, :tab_name, :is_offline, :catalog_version, :placed_at, :received_at,
        :paid_at, :completed_at,
        (SELECT m.id FROM members m WHERE m.store_id = :store AND m.customer_id = :customer_id))
      RETURNING reference, member_id),
    lines AS ({insert_of(OrderLine)})
    SELECT sold.reference, sold.member_id FROM sold
""")
NEEDING = """
    SELECT id FROM order_lines
     WHERE store_id = :store AND order_id = :order AND needs_preparation AND voided_at IS NULL LIMIT 1
"""
_NEEDING = Statement(NEEDING)
_COUNT_MONEY = Statement("""
    UPDATE orders SET tip = :tip, total = :total, amount_paid = :amount_paid, status = :status, payment_status = :payment_status,
           fulfillment_status = :fulfillment_status, paid_at = :paid_at, completed_at = :completed_at, version = version + 1,
           updated_at = now()
     WHERE store_id = :store AND id = :id
""")
_COUNTED = (
    "id", "tip", "total", "amount_paid", "status", "payment_status", "fulfillment_status", "paid_at", "completed_at"
)  # fmt: skip
_COLUMNS = [column.name for column in table_of(Order).columns]
_LOCK = Statement(f"SELECT {', '.join(_COLUMNS)} FROM orders WHERE store_id = :store AND id = :order FOR NO KEY UPDATE")
_TAKEN = Statement("SELECT reference FROM orders WHERE store_id = :store AND reference = ANY(:wanted)")
_INSERT_LINES = Statement(insert_of(OrderLine))
_INSERT_DISCOUNTS = Statement(insert_of(OrderDiscount))


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
    note: str | None = None
    tab_name: str | None = None
    is_offline: bool = False
    catalog_version: str | None = None
    source: str = "tablet"


def write(order_id: UUID, lines: Sequence[PricedLine], priced: PricedOrder, told: Circumstances, *, paid: int) -> Row:
    """Inserts the order with these lines; gives the order's columns.

    Of five references the first that is free is taken; that none is, or that two sales take one in the same moment,
    happens once in thousands of millions, and is refused by the schema.
    """
    row = _order_row(order_id, priced, told, paid)
    references = [ids.reference() for _ in range(_REFERENCE_CANDIDATES)]
    written = _WRITE.first(references=references, rows=as_rows(line_row(order_id, line) for line in lines), **row)
    assert written is not None
    return row | {"reference": written[0], "member_id": written[1]}


def write_lines(order_id: UUID, lines: Sequence[PricedLine]) -> None:
    """Inserts new lines of an order."""
    _INSERT_LINES.soon(rows=as_rows(line_row(order_id, line) for line in lines))


def write_discounts(order_id: UUID, discounts: Sequence[tuple[Discount, int]]) -> None:
    """Inserts what was taken off an order, with what it comes to."""
    if discounts:
        _INSERT_DISCOUNTS.soon(rows=as_rows(discount_row(order_id, *granted) for granted in discounts))


def locked(order_id: UUID) -> Order:
    """The order, locked until the commit, for whatever is done with it here. Raises NotFound, WebOrder: what would be done with an order of
    the web shop, the next look at the shop would undo."""
    return _of_ours(locked_of_any_source(order_id))


def locked_of_any_source(order_id: UUID) -> Order:
    """The same, also of the web shop: for the sync, and for what changes nothing of the order. Raises NotFound."""
    return find(Order, order_id, lock=True)


def locked_to_count(order_id: UUID) -> Order:
    """The same as `locked` for `count_money`, past the ORM, whose way costs three times as much: the session does not know the order, so
    what is set on it is written by that alone. Raises NotFound, WebOrder."""
    row = _LOCK.first(order=order_id)
    if row is None:
        raise NotFound(what="order")
    return _of_ours(Order(**dict(zip(_COLUMNS, row, strict=True))))


def _of_ours(order: Order) -> Order:
    if order.source == "woocommerce":
        raise lifecycle.WebOrder
    return order


def lines_of(order_id: UUID) -> list[OrderLine]:
    """The lines that count, in their order; voided ones do not."""
    lines = rows_of(OrderLine).where(OrderLine.order_id == order_id, OrderLine.voided_at.is_(None))
    return list(db.session.scalars(lines.order_by(OrderLine.position)))


def add_money(order: Order, amount: int, *, tip: int, now: datetime, needs_preparation: bool | None = None) -> None:
    """Counts a payment that succeeded, and the tip that came with it; completes the order if nothing remains."""
    order.tip += tip
    order.total += tip
    order.amount_paid += amount
    settle(order, now, needs_preparation)


def count_money(order: Order, amount: int, *, tip: int, now: datetime, needs_preparation: bool | None = None) -> None:
    """The same for who changes nothing else about an order: its UPDATE goes past the ORM and travels with the commit.
    The order comes from `locked_to_count`; from here on it is only to be read."""
    add_money(order, amount, tip=tip, now=now, needs_preparation=needs_preparation)
    _COUNT_MONEY.soon(**{name: getattr(order, name) for name in _COUNTED})


def give_back_money(order: Order, amount: int, now: datetime) -> None:
    """Counts a refund that succeeded."""
    order.amount_refunded += amount
    settle(order, now)


def fulfill(order: Order, status: str, now: datetime) -> None:
    """Moves the making of the order on; completes the order if nothing remains. Raises WrongState."""
    if order.status == "canceled":
        raise lifecycle.WrongState(what="order", state=order.status, event=status)
    order.fulfillment_status = lifecycle.move(
        lifecycle.FULFILLMENT, order.fulfillment_status, status, what="order's making"
    )
    settle(order, now)


def follow_kitchen(order: Order, status: str, now: datetime) -> None:
    """Has the making of an open order be as far as its units are, forward or back; completes it if nothing remains. Raises WrongState."""
    order.fulfillment_status = lifecycle.move(
        lifecycle.FULFILLMENT | lifecycle.RECALL, order.fulfillment_status, status, what="order's making"
    )
    settle(order, now)


def cancel(order: Order, reason: str, now: datetime) -> None:
    """Ends an open order. Raises WrongState."""
    order.status = lifecycle.move(lifecycle.ORDER, order.status, "canceled")
    if order.fulfillment_status != "completed":
        order.fulfillment_status = lifecycle.move(lifecycle.FULFILLMENT, order.fulfillment_status, "canceled")
    order.cancel_reason = reason
    order.canceled_at = now
    settle(order, now)


def stock_of(order_id: UUID, *, refunded: Mapping[UUID, int]) -> Mapping[UUID, int]:
    """How much of which tracked product the order took out of stock, without the quantities that were refunded: of
    those it was said with the refund whether they come back."""
    taken: Counter[UUID] = Counter()
    for line in lines_of(order_id):
        if line.takes_stock and line.product_id:
            taken[line.product_id] += line.quantity - refunded.get(line.id, 0)
    return taken


def settle(order: Order, now: datetime, needs_preparation: bool | None = None) -> None:
    """Derives what the amounts and the making say; the one place that sets a payment status after the sale. Who knows
    whether anything has to be made says so."""
    amounts = {"total": order.total, "paid": order.amount_paid, "refunded": order.amount_refunded}
    order.payment_status = lifecycle.payment_status(**amounts, is_canceled=order.status == "canceled")
    if order.status != "canceled" and lifecycle.is_covered(**amounts):
        order.paid_at = order.paid_at or now
    if order.status != "open" or order.paid_at is None:
        return
    handed_over = order.fulfillment_status == "completed" or not _needs_preparation(order.id, needs_preparation)
    if lifecycle.is_finished(status=order.status, was_paid=True, handed_over=handed_over):
        order.status = lifecycle.move(lifecycle.ORDER, order.status, "completed")
        order.fulfillment_status, order.completed_at = "completed", now


def _needs_preparation(order_id: UUID, known: bool | None) -> bool:
    return _NEEDING.first(order=order_id) is not None if known is None else known


def line_row(order_id: UUID, line: PricedLine) -> Row:
    """The columns of a line."""
    frozen = {name: value for name, value in vars(line.goods).items() if name != "taxed"}
    amounts = {"subtotal": line.subtotal, "discount": line.discount, "total": line.total, "tax": line.tax}
    return {"order_id": order_id, **frozen, **amounts}


def _order_row(order_id: UUID, priced: PricedOrder, told: Circumstances, paid: int) -> Row:
    payment = lifecycle.payment_status(total=priced.total, paid=paid, refunded=0)
    was_paid = lifecycle.is_covered(total=priced.total, paid=paid, refunded=0)
    done = lifecycle.is_finished(status="open", was_paid=was_paid, handed_over=not priced.needs_preparation)
    return {
        "id": order_id,
        "version": 1,
        "public_token": ids.public_token(),
        "kind": priced.kind,
        "status": "completed" if done else "open",
        "payment_status": payment,
        "fulfillment_status": "completed" if done else "proposed",
        "subtotal": priced.subtotal,
        "discount": priced.discount,
        "tax": priced.tax,
        "tip": priced.tip,
        "shipping": 0,
        "fees": 0,
        "total": priced.total,
        "amount_paid": paid,
        "amount_refunded": 0,
        "paid_at": told.received_at if was_paid else None,
        "completed_at": told.received_at if done else None,
        **vars(told),
    }


def discount_row(order_id: UUID, discount: Discount, off: int) -> Row:
    """The columns of a discount, with what it comes to."""
    return {"order_id": order_id, **vars(discount), "off": off}


def free_references(count: int) -> list[str]:
    """So many references that no order has. Two that are taken in the same moment are refused by the schema."""
    found: set[str] = set()
    while len(found) < count:
        wanted = {ids.reference() for _ in range(count - len(found))}
        found |= wanted - {taken for (taken,) in _TAKEN.rows(wanted=list(wanted))}
    return list(found)
