"""One tab becomes two, two become one. Every amount stays: what the parts come to is what the whole came to.

Discounts on the whole order become amounts on its lines, so that the lines can part; what is added later is not
discounted by them any more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from pos import audit_log
from pos.catalog import coupons
from pos.checkout import locks, making, spending
from pos.checkout.following import follow
from pos.checkout.tab import LastLine
from pos.customers import actions as customers
from pos.db import db, find, rows_of
from pos.errors import Conflict, Invalid
from pos.http.access import Caller
from pos.kitchen import actions as kitchen
from pos.orders import actions as orders
from pos.orders import bill as bills
from pos.orders import lifecycle, pricing
from pos.orders.bill import Bill, Part
from pos.orders.models import Order, OrderLine
from pos.orders.pricing import Discount, Goods

Wanted = Mapping[str, Any]


class SplitExceedsPaid(Conflict):
    title = "Paid already"
    advice = "{held} was paid on this tab (minor units), and only {left} would stay on it. Leave more on it, or give the money back first."


class RefundedAlready(Conflict):
    title = "Money went back on this tab"
    advice = "A refund on this tab was for what stands on it, so it stays whole. Sell what is to be paid apart as a new order."


class PaidOnOther(Conflict):
    title = "Paid on the other one"
    advice = "Something was paid on {reference}, and money stays where it was paid. Merge the other way around."


class NotTheSame(Invalid):
    title = "These cannot be one"


class UnknownPart(Invalid):
    title = "What is split off?"


def locked(order_id: UUID, other_id: UUID) -> tuple[Order, Order]:
    """Two orders, with their customers before them. Raises NotFound, Busy."""
    found = locks.locked({order_id, other_id})
    return found[order_id], found[other_id]


def split(order: Order, new_id: UUID, wanted: Sequence[Wanted], told: orders.Circumstances, now: datetime) -> None:
    """Moves lines, or a quantity of them, from an open order to a new one with the id `new_id`.

    Money stays where it was paid. The caller holds the locks. Raises UnknownPart, LastLine, RefundedAlready,
    SplitExceedsPaid.
    """
    spending.require_none(order)
    bill, made = bills.pinned(bills.read(order)), kitchen.made_of(order.id)
    staying, going = _parted(bill, wanted)
    if not staying:
        raise LastLine
    rest = _bill(order, staying)
    _require_covered(order, rest.priced().total)
    priced = pricing.price(_goods(going), tip=0, tax_included=order.tax_included, discounts=_discounts(going))
    orders.write(new_id, (), priced, told, paid=0)
    new = find(Order, new_id)
    new.split_from_id = order.id
    # What costs nothing and needs no making is finished already.
    if new.status == "open":
        new.fulfillment_status = order.fulfillment_status
    _hand_over(new, [part.goods for part in going])
    bills.write(rest, now)
    bills.write(_bill(new, going), now)
    making.parted(made, order, new, _partings(staying, going), now)
    customers.count_orders(told.customer_id, by=1)
    follow(order, now)
    audit_log.record("order.split", f"orders:{order.id}", after={"into": str(new_id)})


def circumstances(
    order: Order, holder_id: UUID | None, change: Wanted, caller: Caller, now: datetime
) -> orders.Circumstances:
    """The new tab is the old one's, but for what the request says."""
    return orders.Circumstances(
        customer_id=holder_id or order.customer_id,
        location_id=order.location_id,
        register_id=caller.register_id or order.register_id,
        user_id=caller.user_id,
        currency=order.currency,
        tax_included=order.tax_included,
        placed_at=order.placed_at,
        received_at=now,
        note=change.get("note"),
        tab_name=change.get("tab_name"),
        is_offline=order.is_offline,
        catalog_version=order.catalog_version,
        source=order.source,
    )


def merge(order: Order, other: Order, now: datetime) -> None:
    """Moves everything of the other open order into this one; the other is canceled. The caller holds the locks.

    Raises NotTheSame, PaidOnOther.
    """
    _require_mergeable(order, other)
    mine, theirs = bills.pinned(bills.read(order)), bills.pinned(bills.read(other))
    first = mine.next_position
    moved = tuple(replace(goods, position=first + index) for index, goods in enumerate(theirs.goods))
    order.fulfillment_status = lifecycle.made_together(order.fulfillment_status, other.fulfillment_status)
    _move_tip(other, order)
    # Goods that a tablet sold without network may have taken stock below zero; the audit asks the order for it.
    order.is_offline = order.is_offline or other.is_offline
    orders.cancel(other, f"Merged into {order.reference}", now)
    other.merged_into_id = order.id
    _hand_over(order, moved)
    bills.write(replace(theirs, goods=(), discounts=()), now)
    bills.write(replace(mine, goods=(*mine.goods, *moved), discounts=(*mine.discounts, *theirs.discounts)), now)
    making.lines_changed(order, now)
    # A coupon of which nothing was left does not come over: its order was the last that could give it back.
    coupons.give_back(other.id, now)
    customers.count_orders(other.customer_id, by=-1)
    follow(order, now)
    follow(other, now)
    audit_log.record("order.merge", f"orders:{order.id}", after={"from": str(other.id)})


def _move_tip(other: Order, order: Order) -> None:
    """A tip that nobody paid yet comes over. Totals go with it: an order may be written before it is priced again."""
    tip, other.tip = other.tip, 0
    other.total -= tip
    order.tip += tip
    order.total += tip


def _parted(bill: Bill, wanted: Sequence[Wanted]) -> tuple[list[Part], list[Part]]:
    """What stays and what goes. Raises UnknownPart."""
    quantities = _quantities(bill, wanted)
    staying, going = [], []
    for goods in bill.goods:
        off = tuple(each for each in bill.discounts if each.line_id == goods.id)
        quantity = quantities.get(goods.id, 0)
        if quantity == 0:
            staying.append(Part(goods, off))
        elif quantity == goods.quantity:
            going.append(Part(goods, off))
        else:
            stays, goes = bills.parted(goods, off, quantity)
            staying.append(stays)
            going.append(goes)
    return staying, going


def _partings(staying: Sequence[Part], going: Sequence[Part]) -> list[making.Parting]:
    """Which parts of lines went, and from which line: both parts of one have its position."""
    stayed = {part.goods.position: part.goods.id for part in staying}
    return [
        making.Parting(stayed[part.goods.position], part.goods.id, part.goods.quantity)
        for part in going
        if part.goods.position in stayed
    ]


def _quantities(bill: Bill, wanted: Sequence[Wanted]) -> dict[UUID, int]:
    sold = {goods.id: goods.quantity for goods in bill.goods}
    asked: dict[UUID, int] = {}
    for index, each in enumerate(wanted):
        line_id = each["line_id"]
        quantity = each.get("quantity", sold.get(line_id, 0))
        if line_id in asked or line_id not in sold or quantity > sold[line_id]:
            reason = "Name each line of this order once, with a quantity that it has."
            raise UnknownPart(reason=reason, pointer=f"/lines/{index}")
        asked[line_id] = quantity
    return asked


def _require_covered(order: Order, left: int) -> None:
    """What was paid must not be more than what stays on the tab; what was given back was for lines of it."""
    if order.amount_refunded:
        raise RefundedAlready
    if order.amount_paid > left:
        raise SplitExceedsPaid(held=order.amount_paid, left=left)


def _require_mergeable(order: Order, other: Order) -> None:
    alike = ("location_id", "currency", "tax_included")
    if order.id == other.id or any(getattr(order, name) != getattr(other, name) for name in alike):
        reason = "Merge another open order of the same location."
        raise NotTheSame(reason=reason, pointer="/order_id")
    if other.amount_paid:
        raise PaidOnOther(reference=other.reference)
    spending.require_none(other)


def _hand_over(order: Order, moved: Sequence[Goods]) -> None:
    """Lines change their order; those that are not rows yet are written later."""
    positions = {goods.id: goods.position for goods in moved}
    for line in db.session.scalars(rows_of(OrderLine).where(OrderLine.id.in_(positions))):
        line.order_id, line.position = order.id, positions[line.id]
    db.session.flush()


def _bill(order: Order, parts: Sequence[Part]) -> Bill:
    return Bill(order, _goods(parts), _discounts(parts))


def _goods(parts: Sequence[Part]) -> tuple[Goods, ...]:
    return tuple(part.goods for part in parts)


def _discounts(parts: Sequence[Part]) -> tuple[Discount, ...]:
    return tuple(discount for part in parts for discount in part.discounts)
