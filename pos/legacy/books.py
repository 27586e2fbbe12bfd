"""What older systems had, written into the books: rows are gathered, and each table gets them in one statement.

What is written is what the counter would have written: a customer with the profile, a completed order of source `import` with its
lines and a payment of method `external`. Nobody is texted for any of it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pos import ids, money
from pos.attention.models import AttentionItem
from pos.care import rows
from pos.customers.arrivals import People, Person
from pos.legacy.models import SourceId
from pos.orders.actions import free_references
from pos.orders.models import Order, OrderDiscount, OrderLine
from pos.orders.pricing import kind_of
from pos.payments.models import Payment
from pos.statements import Statement, as_rows, insert_of

Row = dict[str, Any]
AS_RECORDED = "As recorded"
# What fits a bigint.
_NUMBER = re.compile(r"-?[0-9]{1,18}")
NO_TAX_CLASS = "none"
_ORDERS = Statement(insert_of(Order))
_LINES = Statement(insert_of(OrderLine))
_DISCOUNTS = Statement(insert_of(OrderDiscount))
_PAYMENTS = Statement(insert_of(Payment))
_SOURCE_IDS = Statement(insert_of(SourceId))
_ITEMS = Statement(insert_of(AttentionItem))
_COUNT = Statement("""
    UPDATE customers c SET order_count = c.order_count + f.orders, total_spent = c.total_spent + f.spent,
           first_order_at = least(c.first_order_at, f.first_at), last_order_at = greatest(c.last_order_at, f.last_at),
           updated_at = now()
      FROM json_to_recordset(:rows) AS f (id uuid, orders bigint, spent bigint, first_at timestamptz, last_at timestamptz)
     WHERE c.store_id = :store AND c.id = f.id
""")


@dataclass(frozen=True)
class House:
    """What is the same for all orders of a store that come from an older system."""

    location_id: UUID
    currency: str
    now: datetime


@dataclass(frozen=True)
class Goods:
    """A line of an old order; `unit_price` in minor units."""

    name: str
    sku: str
    quantity: int
    unit_price: int
    kind: str = "merch"
    product_id: UUID | None = None

    @property
    def subtotal(self) -> int:
        return self.quantity * self.unit_price


@dataclass(frozen=True)
class OldOrder:
    """An order as an older system kept it. Where the total is not what the lines come to, it is kept as recorded: less is a discount,
    more are fees, or a line of its own where the order is open. `status` is completed, canceled or open; only a completed one was paid."""

    customer_id: UUID
    member_id: UUID | None
    placed_at: datetime
    goods: Sequence[Goods]
    total: int
    status: str = "completed"
    note: str | None = None


@dataclass
class _Figures:
    """What orders add to their customer's figures."""

    orders: int = 0
    spent: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None

    def add(self, order: OldOrder) -> None:
        if order.status != "canceled":
            self.orders += 1
            self.spent += order.total if order.status == "completed" else 0
            self.first_at = min(self.first_at or order.placed_at, order.placed_at)
            self.last_at = max(self.last_at or order.placed_at, order.placed_at)


class Books:
    """Rows that wait to be written, in the order in which one refers to the other."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._rows: dict[Statement, list[Row]] = {}
        self._orders: list[Row] = []
        self._people = People()
        self._figures: dict[UUID, _Figures] = {}

    def customer(self, person: Person) -> UUID:
        """A new customer with the profile."""
        return self._people.new(person)

    def fill(self, customer_id: UUID, person: Person) -> None:
        """Fills what is empty about a customer whose row is locked."""
        self._people.fill(customer_id, person)

    def order(self, order: OldOrder) -> UUID:
        """An order with its lines and its payment."""
        order_id = ids.uuid7()
        goods = _all_goods(order)
        subtotals = [each.subtotal for each in goods]
        short = max(sum(subtotals) - order.total, 0)
        parts = money.split(short, subtotals)
        self._orders.append(self._order(order_id, order, sum(subtotals), short))
        for position, (each, part) in enumerate(zip(goods, parts, strict=True), start=1):
            self._add(_LINES, _line(order_id, position, each, part))
        if short:
            self._add(_DISCOUNTS, _discount(order_id, short))
        if order.status == "completed" and order.total:
            paid = {"order_id": order_id, "method": "external", "amount": order.total, "status": "succeeded"}
            self._add(_PAYMENTS, {"id": ids.uuid7(), **paid})
        self._figures.setdefault(order.customer_id, _Figures()).add(order)
        return order_id

    def source_id(self, source: str, kind: str, external_id: str, **about: Any) -> None:
        """Keeps what an old row became."""
        number = int(external_id) if _NUMBER.fullmatch(external_id) else None
        row = {"source": source, "kind": kind, "external_id": external_id, "number": number, "is_main": False}
        self._add(_SOURCE_IDS, {"id": ids.uuid7(), **row, **about})

    def look_at(self, kind: str, subject: str, **detail: Any) -> None:
        """Lists something for the owner; ids and figures only."""
        self._add(_ITEMS, {"id": ids.uuid7(), "kind": kind, "subject": subject, "detail": detail})

    def write_people(self) -> None:
        """Sends the customers, so that members and orders may refer to them."""
        self._people.write()

    def write(self) -> None:
        """Sends all that waits."""
        rows.plan_anew()
        self.write_people()
        self._number_orders()
        self._rows[_ORDERS], self._orders = self._orders, []
        for statement in (_ORDERS, _LINES, _DISCOUNTS, _PAYMENTS, _SOURCE_IDS, _ITEMS):
            self._send(statement)
        figures = [{"id": customer_id, **vars(each)} for customer_id, each in self._figures.items() if each.orders]
        if figures:
            _COUNT.run(rows=as_rows(figures))
        self._figures.clear()

    def _add(self, statement: Statement, row: Row) -> None:
        self._rows.setdefault(statement, []).append(row)

    def _send(self, statement: Statement) -> None:
        rows = self._rows.pop(statement, None)
        if rows:
            statement.run(rows=as_rows(rows))

    def _number_orders(self) -> None:
        for row, reference in zip(self._orders, free_references(len(self._orders)), strict=True):
            row["reference"] = reference

    def _order(self, order_id: UUID, order: OldOrder, subtotal: int, short: int) -> Row:
        house, placed_at = self._house, order.placed_at
        is_completed, is_canceled = order.status == "completed", order.status == "canceled"
        paid = order.total if is_completed else 0
        return {
            "id": order_id, "version": 1, "public_token": ids.public_token(), "location_id": house.location_id,
            "customer_id": order.customer_id, "member_id": order.member_id, "source": "import",
            "kind": kind_of(each.kind for each in order.goods), "status": order.status,
            "payment_status": "paid" if paid == order.total else "unpaid",
            "fulfillment_status": "proposed" if order.status == "open" else order.status, "currency": house.currency,
            "tax_included": True, "subtotal": subtotal, "discount": short, "tax": 0, "tip": 0, "shipping": 0,
            "fees": max(order.total - subtotal, 0), "tax_in_charges": 0, "total": order.total, "amount_paid": paid, "amount_refunded": 0,
            "note": order.note, "is_offline": False, "placed_at": placed_at, "received_at": house.now,
            "paid_at": placed_at if is_completed else None, "completed_at": placed_at if is_completed else None,
            "canceled_at": placed_at if is_canceled else None, "cancel_reason": AS_RECORDED if is_canceled else None,
        }  # fmt: skip


def _all_goods(order: OldOrder) -> Sequence[Goods]:
    """An open order is priced again when something about it changes, which takes no notice of fees: what it costs beyond its lines
    is a line."""
    more = order.total - sum(each.subtotal for each in order.goods)
    return order.goods if order.status != "open" or more <= 0 else [*order.goods, Goods(AS_RECORDED, "IMPORT", 1, more)]


def _line(order_id: UUID, position: int, goods: Goods, off: int) -> Row:
    return {
        "id": ids.uuid7(), "order_id": order_id, "position": position, "product_id": goods.product_id, "kind": goods.kind,
        "name": goods.name, "sku": goods.sku, "quantity": goods.quantity, "unit_price": goods.unit_price, "modifiers": [],
        "subtotal": goods.subtotal, "discount": off, "total": goods.subtotal - off, "tax_class": NO_TAX_CLASS, "tax_rate": 0,
        "tax": 0, "needs_preparation": False, "takes_stock": False,
    }  # fmt: skip


def _discount(order_id: UUID, off: int) -> Row:
    given = {"kind": "manual", "name": AS_RECORDED, "amount": off, "off": off, "reason": AS_RECORDED}
    return {"id": ids.uuid7(), "order_id": order_id, **given}
