"""An open order is a tab: rounds are added, lines changed and voided, and it may become somebody else's.

Each act locks the customer, then the order, then products and coupons (docs/architecture.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from pos import audit_log, phone
from pos.catalog import coupons, stock
from pos.checkout import discounts, locks, making, points, spending
from pos.checkout.basket import UnknownProduct, asked_for, goods_of, tracked
from pos.checkout.following import follow
from pos.customers import actions as customers
from pos.customers import identity
from pos.db import db
from pos.errors import Conflict, Invalid
from pos.http.access import Caller
from pos.http.problems import Busy
from pos.loyalty import queries as loyalty
from pos.orders import bill as bills
from pos.orders.bill import Bill
from pos.orders.lifecycle import WrongState
from pos.orders.models import BY_HAND, Order
from pos.orders.pricing import Discount, Goods
from pos.payments import actions as payments

Item = Mapping[str, Any]


class LinePriceChanged(Conflict):
    title = "It costs something else now"
    advice = "{name} was added at {was} and costs {now} now (minor units). Add what is new as a line of its own."


class LastLine(Conflict):
    title = "The last line"
    advice = "This is the last line of the order. Cancel the order instead."


class ReturnedAlready(Conflict):
    title = "Some of it went back"
    advice = "{quantity} of {name} went back with a refund, so the line keeps at least that many."


class CouponOnOrder(Conflict):
    title = "One coupon for an order"
    advice = "This order has the coupon {code} already. Take it off with coupon: null first, or leave it as it is."


def locked(order_id: UUID, *other_customers: UUID) -> Order:
    """The order, with its customer (and others that the act is about) locked before it. Raises NotFound, Busy,
    WebOrder."""
    return locks.locked([order_id], *other_customers)[order_id]


def require_open(order: Order) -> None:
    """Raises WrongState."""
    if order.status != "open":
        raise WrongState(what="order", state=order.status, event="changed")


def add_round(order: Order, items: Sequence[Item], caller: Caller, now: datetime) -> None:
    """Adds lines at the prices of this moment. Raises what `place` raises for its items."""
    bill = bills.read(order)
    goods = goods_of(items, order.location_id, now, first_position=bill.next_position)
    authorised_by = discounts.authorise(caller, None, items)
    given = discounts.asked_by_hand(None, items, goods, authorised_by)
    stock.take(tracked(goods))
    bill = bills.add(bill, goods)
    _write(replace(bill, discounts=(*bill.discounts, *given)), given, now)


def change_line(order: Order, line_id: UUID, change: Item, caller: Caller, now: datetime) -> None:
    """Changes quantity, note or discount of a line. Less of it is voided, with a reason and a manager's word; more of it
    must cost what it cost. Raises ApprovalRequired, Invalid, ReturnedAlready, LinePriceChanged, OutOfStock."""
    bill = bills.read(order)
    goods = bill.line(line_id)
    wanted = change.get("quantity", goods.quantity)
    if wanted < goods.quantity:
        _void_some(order, goods, goods.quantity - wanted, caller, change.get("reason"))
    elif wanted > goods.quantity:
        _require_same_price(goods, order, now)
        stock.take(tracked([replace(goods, quantity=wanted - goods.quantity)]))
        bills.make_more(order, [goods])
    changed = replace(goods, quantity=wanted, note=change.get("note", goods.note))
    bill = bill.having(changed if each.id == line_id else each for each in bill.goods)
    if "discount" in change:
        bill, given = _regrant(bill, change["discount"], caller, line_id)
        return _write(bill, given, now)
    return _write(bill, (), now)


def void_line(order: Order, line_id: UUID, caller: Caller, now: datetime, *, reason: str, restock: bool | None) -> None:
    """Takes a line off the bill; it stays in the books with the reason. Raises ApprovalRequired, LastLine."""
    bill = bills.read(order)
    goods = bill.line(line_id)
    if len(bill.goods) == 1:
        raise LastLine
    _note_void(order, goods, goods.quantity, reason, caller.authorise("manager"))
    _restock(goods, goods.quantity - payments.refunded_quantities(order.id)[line_id], order, restock)
    _write(bills.void(bill, line_id, reason, now), (), now)


def new_holder(change: Item, caller: Caller) -> UUID | None:
    """The customer to whom a change moves the tab, if it does; made if the number is new, but not locked yet."""
    if change.get("phone"):
        return identity.existing_or_new(phone.parse(change["phone"], caller.store.country), name=change.get("name"))
    if change.get("walk_in"):
        return identity.existing_or_new_walk_in(caller.require_register())
    return None


def change_order(order: Order, change: Item, holder_id: UUID | None, caller: Caller, now: datetime) -> None:
    """Moves a tab to another customer or name, and changes its note, discount, coupon or rewards."""
    for name in ("tab_name", "note"):
        if name in change:
            setattr(order, name, change[name])
    if holder_id and holder_id != order.customer_id:
        _move(order, holder_id, now)
    bill = bills.read(order)
    given: Sequence[Discount] = ()
    if "discount" in change:
        bill, given = _regrant(bill, change["discount"], caller, None)
    if change.get("coupon"):
        bill = _with_coupon(bill, change["coupon"], now)
    if change.get("coupon", "") is None:
        bill = replace(bill, discounts=tuple(each for each in bill.discounts if each.kind != "coupon"))
    if "rewards" in change:
        bill = spending.with_rewards(bill, change["rewards"], now)
    _write(bill, given, now)
    if change.get("coupon", "") is None:
        coupons.give_back(order.id, now)


def redeem(order: Order, reward_id: UUID, redemption_id: UUID, now: datetime) -> None:
    """Takes a reward off an open order, which its member pays for with points."""
    _write(spending.spend_on_bill(bills.read(order), reward_id, redemption_id, now), (), now)


def _write(bill: Bill, given: Sequence[Discount], now: datetime) -> None:
    bills.write(bill, now)
    making.lines_changed(bill.order, now)
    follow(bill.order, now)
    new = {each.id for each in given}
    discounts.note(bill.order.id, [pair for pair in bill.priced().discounts if pair[0].id in new])


def _void_some(order: Order, goods: Goods, quantity: int, caller: Caller, reason: str | None) -> None:
    if reason is None:
        raise Invalid(reason="Say why there is less of it.", pointer="/reason")
    _note_void(order, goods, quantity, reason, caller.authorise("manager"))
    went_back = payments.refunded_quantities(order.id)[goods.id]
    if goods.quantity - quantity < went_back:
        raise ReturnedAlready(quantity=went_back, name=goods.name)
    _restock(goods, quantity, order)


def _require_same_price(goods: Goods, order: Order, now: datetime) -> None:
    """More of a line is sold at its price only: the catalogue's of now, or what was keyed in for an open price."""
    item = {"product_id": goods.product_id, "quantity": 1, "modifiers": [each["name"] for each in goods.modifiers]}
    product = asked_for([item], order.location_id).get(goods.product_id) if goods.product_id else None
    if product is None:
        reason = f"The catalogue does not know {goods.name}. Add what is new as a line of its own."
        raise UnknownProduct(reason=reason, pointer="/quantity")
    [fresh] = goods_of(
        [item | ({"unit_price": goods.unit_price} if product.is_open_price else {})], order.location_id, now
    )
    if fresh.unit_price != goods.unit_price:
        raise LinePriceChanged(name=goods.name, was=goods.unit_price, now=fresh.unit_price)


def _regrant(bill: Bill, asked: Item | None, caller: Caller, line_id: UUID | None) -> tuple[Bill, tuple[Discount, ...]]:
    """With another discount by hand in place of the one that was there; null takes it away."""
    authorised_by = caller.authorise("manager")
    kept = [each for each in bill.discounts if each.kind not in BY_HAND or each.line_id != line_id]
    given = (discounts.by_hand(asked, authorised_by, line_id),) if asked else ()
    return replace(bill, discounts=(*kept, *given)), given


def _with_coupon(bill: Bill, code: str, now: datetime) -> Bill:
    reward = spending.by_code(code, now)
    if reward:
        return spending.code_on_bill(bill, reward, now)
    for each in bill.discounts:
        if each.kind == "coupon":
            raise CouponOnOrder(code=each.name)
    coupon = coupons.find(code)
    coupons.require_valid(coupon, now)
    coupons.use(coupon, bill.order.id)
    return replace(bill, discounts=(*bill.discounts, discounts.by_coupon(coupon)))


def _move(order: Order, holder_id: UUID, now: datetime) -> None:
    """The order, what was paid for it and the points that it brings count for somebody else from now on. Raises Busy if that one was
    merged into another while their lock was waited for: asked again, the number leads there."""
    if identity.stands_for(holder_id) != holder_id:
        raise Busy
    spending.require_none(order)
    points.leave(order, now)
    before, held = order.customer_id, order.amount_paid - order.amount_refunded
    order.customer_id, order.member_id = holder_id, loyalty.member_of(holder_id)
    db.session.flush()
    for customer_id, sign in ((before, -1), (holder_id, 1)):
        customers.spend(customer_id, sign * held)
        customers.count_orders(customer_id, by=sign)
    audit_log.record("order.move", f"orders:{order.id}", after={"from": str(before), "to": str(holder_id)})


def _note_void(order: Order, goods: Goods, quantity: int, reason: str, authorised_by: str) -> None:
    detail = {"line_id": str(goods.id), "quantity": quantity, "authorised_by": authorised_by}
    audit_log.record("order.void_line", f"orders:{order.id}", after=detail, reason=reason)


def _restock(goods: Goods, quantity: int, order: Order, wanted: bool | None = None) -> None:
    """Back into stock unless it was handed over already, or as the cashier says."""
    back = order.fulfillment_status != "completed" if wanted is None else wanted
    if back and quantity:
        stock.give_back(tracked([replace(goods, quantity=quantity)]))
