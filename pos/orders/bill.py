"""The bill of an order that is there already: read, changed, priced again and written back.

A line keeps the price that it was added at; discounts on the order reach the lines that are added later. Who calls holds
the locks of the customer and of the order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import func

from pos import ids, money
from pos.db import db, rows_of
from pos.errors import NotFound
from pos.orders import actions, lifecycle, pricing
from pos.orders.models import Order, OrderDiscount, OrderLine
from pos.orders.pricing import Discount, Goods


@dataclass(frozen=True)
class Bill:
    """The goods and discounts that count in an order."""

    order: Order
    goods: tuple[Goods, ...]
    discounts: tuple[Discount, ...]

    @property
    def next_position(self) -> int:
        """Positions are never used twice, not even a voided line's."""
        last = rows_of(OrderLine).where(OrderLine.order_id == self.order.id)
        return (db.session.scalar(last.with_only_columns(func.max(OrderLine.position))) or 0) + 1

    def line(self, line_id: UUID) -> Goods:
        """The goods of one line. Raises NotFound for a line that is not there, or was voided."""
        for goods in self.goods:
            if goods.id == line_id:
                return goods
        raise NotFound(what="line")

    def priced(self) -> pricing.PricedOrder:
        return pricing.price(
            self.goods, tip=self.order.tip, tax_included=self.order.tax_included, discounts=self.discounts
        )

    def having(self, goods: Iterable[Goods]) -> "Bill":
        """The same with other goods; discounts of lines that are gone go with them."""
        kept = tuple(goods)
        there = {each.id for each in kept} | {None}
        return replace(self, goods=kept, discounts=tuple(each for each in self.discounts if each.line_id in there))


def read(order: Order) -> Bill:
    """The bill as it stands."""
    discounts = rows_of(OrderDiscount).where(OrderDiscount.order_id == order.id, OrderDiscount.replaced_at.is_(None))
    return Bill(
        order,
        tuple(_goods(line) for line in actions.lines_of(order.id)),
        tuple(_discount(row) for row in db.session.scalars(discounts.order_by(OrderDiscount.id))),
    )


def write(bill: Bill, now: datetime) -> None:
    """Prices a changed bill and writes lines, discounts and sums. Raises TotalTooLarge."""
    order, priced = bill.order, bill.priced()
    if priced.total > max(order.total, order.amount_paid - order.amount_refunded):
        order.paid_at = None
    _write_lines(order.id, priced.lines)
    _write_discounts(order.id, priced.discounts, now)
    order.subtotal, order.discount, order.tax, order.total = priced.subtotal, priced.discount, priced.tax, priced.total
    if priced.lines:
        order.kind = priced.kind
    # Also when only a line's note changed: the order's version covers its lines.
    order.updated_at = func.now()
    db.session.flush()
    actions.settle(order, now)
    db.session.flush()


def add(bill: Bill, goods: Sequence[Goods]) -> Bill:
    """With a new round."""
    make_more(bill.order, goods)
    return bill.having([*bill.goods, *goods])


def make_more(order: Order, goods: Iterable[Goods]) -> None:
    """What is being made is not ready before that which is made together with it."""
    if any(each.needs_preparation for each in goods):
        order.fulfillment_status = lifecycle.made_together(order.fulfillment_status, "proposed")


def void(bill: Bill, line_id: UUID, reason: str, now: datetime) -> Bill:
    """Without a line, which stays in the books with the reason."""
    line = _row(line_id)
    line.voided_at, line.void_reason = now, reason
    return bill.having(goods for goods in bill.goods if goods.id != line_id)


def pinned(bill: Bill) -> Bill:
    """The same amounts, with each discount on the order turned into amounts on its lines, so that lines can part."""
    parts = [
        replace(discount, id=ids.uuid7(), line_id=line.goods.id, percent=None, amount=part)
        for line in bill.priced().lines
        for discount, part in line.parts
    ]
    taxed = {line.goods.id: (line.total, line.tax) for line in bill.priced().lines}
    return replace(
        bill, goods=tuple(replace(goods, taxed=taxed[goods.id]) for goods in bill.goods), discounts=tuple(parts)
    )


@dataclass(frozen=True)
class Part:
    """Goods with the discounts on them."""

    goods: Goods
    discounts: tuple[Discount, ...]


def parted(goods: Goods, discounts: Sequence[Discount], quantity: int) -> tuple[Part, Part]:
    """One line of a pinned bill as two: what stays, and a new line with this quantity. Their discounts and taxes sum to
    those of the line, in currencies of any decimals; a part that costs nothing is not taxed."""
    shares = [goods.quantity - quantity, quantity]
    staying, going = _share_out(discounts, shares)
    new_id = ids.uuid7()
    stays, goes = replace(goods, quantity=shares[0]), replace(goods, quantity=shares[1], id=new_id)
    totals = [_total(stays, staying), _total(goes, going)]
    taxes = money.split(goods.taxed[1] if goods.taxed else 0, totals)
    return (
        Part(replace(stays, taxed=(totals[0], taxes[0])), tuple(staying)),
        Part(replace(goes, taxed=(totals[1], taxes[1])), tuple(replace(each, line_id=new_id) for each in going)),
    )


def _total(goods: Goods, discounts: Sequence[Discount]) -> int:
    return goods.quantity * goods.unit_price - sum(each.amount or 0 for each in discounts)


def _share_out(discounts: Sequence[Discount], shares: Sequence[int]) -> tuple[list[Discount], list[Discount]]:
    """Each discount's amount in two; shared by their running sum, so that neither part is discounted below zero."""
    staying, going, so_far, stayed = [], [], 0, 0
    for discount in discounts:
        so_far += discount.amount or 0
        stays = money.split(so_far, shares)[0] - stayed
        stayed += stays
        staying.append(replace(discount, id=ids.uuid7(), amount=stays))
        going.append(replace(discount, id=ids.uuid7(), amount=(discount.amount or 0) - stays))
    return staying, going


def _write_lines(order_id: UUID, lines: Sequence[pricing.PricedLine]) -> None:
    there = {line.id: line for line in actions.lines_of(order_id)}
    for line in lines:
        row = there.get(line.goods.id)
        if row is not None:
            row.quantity, row.note, row.position = line.goods.quantity, line.goods.note, line.goods.position
            row.subtotal, row.discount, row.total, row.tax = line.subtotal, line.discount, line.total, line.tax
    new = [line for line in lines if line.goods.id not in there]
    if new:
        actions.write_lines(order_id, new)


def _write_discounts(order_id: UUID, granted: Sequence[tuple[Discount, int]], now: datetime) -> None:
    in_force = rows_of(OrderDiscount).where(OrderDiscount.order_id == order_id, OrderDiscount.replaced_at.is_(None))
    there = {row.id: row for row in db.session.scalars(in_force)}
    for discount, off in granted:
        if discount.id in there:
            there.pop(discount.id).off = off
        else:
            actions.write_discounts(order_id, [(discount, off)])
    for row in there.values():
        row.replaced_at = now


def _row(line_id: UUID) -> OrderLine:
    return db.session.scalars(rows_of(OrderLine).where(OrderLine.id == line_id)).one()


def _goods(line: OrderLine) -> Goods:
    frozen = {name: getattr(line, name) for name in Goods.__dataclass_fields__ if name != "taxed"}
    return Goods(**frozen, taxed=(line.total, line.tax))


def _discount(row: OrderDiscount) -> Discount:
    return Discount(**{name: getattr(row, name) for name in Discount.__dataclass_fields__})
