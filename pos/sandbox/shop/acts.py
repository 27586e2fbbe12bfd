"""What people do in the shop: guests order and pay, its owner completes, changes, refunds, deletes.

Each act stands in an open transaction, at an instant that is passed; it sets the instant of the last change, moves stock as
WooCommerce does, and has the change told. Amounts are whole cents, products and variations are named by their numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pos.sandbox.records import Object
from pos.sandbox.shop import bodies, shelf, things
from pos.sandbox.shop.amounts import Coupon, Extra, Line
from pos.sandbox.shop.bodies import Back, Basket, Course, Given, Numbers, Person
from pos.sandbox.shop.models import SandboxShopThing as Thing
from pos.sandbox.shop.shelf import Goods
from pos.sandbox.shop.site import Shop, opened
from pos.sandbox.shop.webhooks import tell

# In these states an order holds what it has taken off the shelf.
_HOLDING = ("processing", "completed", "on-hold", "refunded")
_PAID = ("processing", "completed")
_REDUCED = "_reduced_stock"
_BEFORE_TRASH = "_wp_trash_meta_status"


class NotInShop(LookupError):
    """The shop has no such product, order or coupon; the text says which."""


# --- guests -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """What somebody orders: `lines` are numbers of products or variations with their quantities; `customer` an account's number, whose
    name, e-mail and phone stand where none are given; `shipping` what sending costs, None if there is nothing to send; `fees` names
    with what they cost and whether they are taxed."""

    lines: Sequence[tuple[int, int]]
    phone: str = ""
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    customer: int = 0
    coupons: Sequence[str] = ()
    shipping: int | None = None
    fees: Sequence[tuple[str, int, bool]] = ()
    method: str = "stripe"
    note: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)


def place(wanted: Wanted, *, now: datetime, is_paid: bool = False) -> int:
    """An order that waits for its payment, or has it already; gives its number."""
    with opened(now) as shop:
        number, numbers = shop.number("post"), Numbers(shop.number)
        body = bodies.order(shop.site, number, _basket(wanted), Course("pending", shop.now, shop.now), numbers)
        body["meta_data"] = [bodies.meta(numbers.meta(), name, value) for name, value in wanted.meta.items()]
        shop.add(things.ORDER, body, at=shop.now, state="pending")
        shop.write()
        _count_uses(shop, wanted.coupons)
        tell(shop, "order.created", body)
    if is_paid:
        pay(number, now=now)
    return number


def pay(number: int, *, now: datetime) -> None:
    """The money has come: the order is to be worked on."""
    set_status(number, "processing", now=now)


# --- the owner, on orders -----------------------------------------------------------------------------


def complete(number: int, *, now: datetime) -> None:
    set_status(number, "completed", now=now)


def cancel(number: int, *, now: datetime) -> None:
    """What the order had taken is back on the shelf."""
    set_status(number, "cancelled", now=now)


def set_status(number: int, status: str, *, now: datetime, **fields: Any) -> None:
    """Any status, also one of a plugin's; `fields` change what is shown beside."""
    with opened(now) as shop:
        _to_status(shop, _order(number), status, **fields)


def edit(number: int, lines: Sequence[tuple[int, int]], *, now: datetime) -> None:
    """The order has these lines instead, at the prices of now; a product that stays keeps its line's number."""
    with opened(now) as shop:
        order = _order(number)
        _put_back(shop, order)
        numbers = _Kept(shop, order.body)
        basket = _basket_of(order.body, [_line(*each) for each in lines])
        contents = bodies.contents(shop.site, basket, numbers)
        body = things.change(order, shop.now, shop.site, **contents)
        if order.state in _HOLDING:
            body = _take(shop, order)
        tell(shop, "order.updated", body)


def change_order(number: int, *, now: datetime, **fields: Any) -> None:
    """Sets fields of an order as they are given, however odd; with none it is saved again as it was."""
    with opened(now) as shop:
        tell(shop, "order.updated", things.change(_order(number), shop.now, shop.site, **fields))


def refund(
    number: int,
    *,
    now: datetime,
    amount: int | None = None,
    lines: Mapping[int, int] | None = None,
    is_restocked: bool = False,
    reason: str = "",
) -> int:
    """Gives money back: so many pieces of lines (by the lines' numbers), or an amount, or all that is left. An order that was given
    back whole is refunded. Gives the refund's number."""
    with opened(now) as shop:
        order, numbers = _order(number), Numbers(shop.number)
        backs = [_pieces(order.body, line, quantity) for line, quantity in (lines or {}).items()]
        of_lines = sum(back.total + sum(back.taxes.values()) for back in backs)
        given = Given(amount if amount is not None else of_lines or _left(order.body), backs, shop.now, reason)
        body = bodies.refund(shop.site, shop.number("post"), number, given, numbers)
        shop.add(things.REFUND, body, at=shop.now, state="completed", parent=number)
        shop.write()
        if is_restocked:
            _restock(shop, order, backs)
        refunds = [bodies.refund_summary(body), *order.body["refunds"]]
        shown = things.change(order, shop.now, shop.site, refunds=refunds)
        if _left(shown) <= 0:
            shown = things.change(order, shop.now, shop.site, status="refunded")
        tell(shop, "order.updated", shown)
    return int(body["id"])


def withdraw_refund(number: int, *, now: datetime) -> None:
    """A refund is deleted, as if it had never been."""
    with opened(now) as shop:
        gone = _found(things.REFUND, number)
        order = _order(gone.parent)
        things.remove(gone)
        refunds = [each for each in order.body["refunds"] if each["id"] != number]
        tell(shop, "order.updated", things.change(order, shop.now, shop.site, refunds=refunds))


def trash(number: int, *, now: datetime) -> None:
    """The order lies in the trash; the shop tells that it was deleted."""
    with opened(now) as shop:
        order = _order(number)
        before = bodies.meta(shop.number("meta"), _BEFORE_TRASH, order.state)
        meta = [*_without(order.body, _BEFORE_TRASH), before]
        tell(shop, "order.deleted", things.change(order, shop.now, shop.site, status="trash", meta_data=meta))


def restore(number: int, *, now: datetime) -> None:
    """Out of the trash again, as it stood before."""
    with opened(now) as shop:
        order = _order(number)
        before = next((each["value"] for each in order.body["meta_data"] if each["key"] == _BEFORE_TRASH), "pending")
        fields = {"status": before, "meta_data": _without(order.body, _BEFORE_TRASH)}
        tell(shop, "order.updated", things.change(order, shop.now, shop.site, **fields))


def delete(number: int, *, now: datetime) -> None:
    """The order is gone for good, with its refunds."""
    with opened(now) as shop:
        things.remove(_order(number))
        tell(shop, "order.deleted", {"id": number})


# --- the owner, on the shelves ----------------------------------------------------------------------------


def add_product(goods: Goods, *, now: datetime) -> int:
    with opened(now) as shop:
        number = shop.number("post")
        categories = [_found(things.CATEGORY, each).body for each in goods.categories]
        body = shelf.product(shop.site, number, goods, categories, shop.now)
        shop.add(things.PRODUCT, body, at=shop.now, state=goods.status)
        shop.write()
        tell(shop, "product.created", body)
    return number


def change_product(
    number: int, *, now: datetime, price: int | None = None, stock: int | None = None, **fields: Any
) -> None:
    """A product or a variation gets another price, stock, or whatever else its fields are called."""
    with opened(now) as shop:
        thing = _for_sale(number)
        shown = dict(fields)
        if price is not None:
            shown |= {
                "price": bodies.money(price),
                "regular_price": bodies.money(price),
                "sale_price": "",
                "on_sale": False,
            }
        if stock is not None:
            shown |= shelf.stocked(stock)
        _change_goods(shop, thing, shown)


def delete_product(number: int, *, now: datetime) -> None:
    """The product is gone for good, with its variations; orders keep its name."""
    with opened(now) as shop:
        things.remove(_for_sale(number))
        tell(shop, "product.deleted", {"id": number})


def add_customer(person: Person, *, now: datetime) -> int:
    """Somebody opens an account; gives its number."""
    with opened(now) as shop:
        number = shop.number("user")
        numbered = Person(number, person.first_name, person.last_name, person.email, person.phone)
        body = shelf.customer(shop.site, numbered, shop.now)
        shop.add(things.CUSTOMER, body, at=shop.now, state="customer")
        shop.write()
        tell(shop, "customer.created", body)
    return number


def change_customer(number: int, *, now: datetime, **fields: Any) -> None:
    with opened(now) as shop:
        tell(shop, "customer.updated", things.change(_found(things.CUSTOMER, number), shop.now, shop.site, **fields))


def change_coupon(number: int, *, now: datetime, **fields: Any) -> None:
    with opened(now) as shop:
        tell(shop, "coupon.updated", things.change(_found(things.COUPON, number), shop.now, shop.site, **fields))


# --- how it is done ---------------------------------------------------------------------------------------


class _Kept(Numbers):
    """Gives a product's line the number that it had."""

    def __init__(self, shop: Shop, body: Object) -> None:
        super().__init__(shop.number)
        self.known = {(each["product_id"], each["variation_id"]): each["id"] for each in body["line_items"]}

    def line(self, product: int, variation: int) -> int:
        return self.known.pop((product, variation), None) or self.item()


def _found(kind: str, number: int) -> Thing:
    thing = things.find(kind, number, lock=True)
    if thing is None:
        raise NotInShop(f"The shop has no {kind} {number}.")
    return thing


def _order(number: int) -> Thing:
    return _found(things.ORDER, number)


def _for_sale(number: int) -> Thing:
    return things.find(things.VARIATION, number, lock=True) or _found(things.PRODUCT, number)


def _to_status(shop: Shop, order: Thing, status: str, **fields: Any) -> None:
    if status in _PAID and not order.body.get("date_paid"):
        fields |= shop.site.stamps("date_paid", shop.now)
    if status == "completed":
        fields |= shop.site.stamps("date_completed", shop.now)
    open_still = {"needs_payment": status in ("pending", "failed"), "is_editable": status in ("pending", "on-hold")}
    body = things.change(order, shop.now, shop.site, status=status, **open_still, **fields)
    if status in _HOLDING:
        body = _take(shop, order)
    elif status in ("cancelled", "pending"):
        body = _put_back(shop, order)
    tell(shop, "order.updated", body)


def _take(shop: Shop, order: Thing) -> Object:
    """Takes off the shelf what is counted, once for each line."""
    lines = [_taken(shop, line) for line in order.body["line_items"]]
    return things.change(order, shop.now, shop.site, line_items=lines)  # type: ignore[no-any-return]


def _taken(shop: Shop, line: Object) -> Object:
    if any(each["key"] == _REDUCED for each in line["meta_data"]) or not _move(shop, line, -line["quantity"]):
        return line
    noted = bodies.meta(shop.number("meta"), _REDUCED, str(line["quantity"]))
    return {**line, "meta_data": [*line["meta_data"], noted]}


def _put_back(shop: Shop, order: Thing) -> Object:
    """Puts back what the order's lines have taken."""
    lines = []
    for line in order.body["line_items"]:
        for each in line["meta_data"]:
            if each["key"] == _REDUCED:
                _move(shop, line, int(each["value"]))
        lines.append({**line, "meta_data": _without(line, _REDUCED)})
    return things.change(order, shop.now, shop.site, line_items=lines)  # type: ignore[no-any-return]


def _restock(shop: Shop, order: Thing, backs: Sequence[Back]) -> None:
    """Pieces that came back are on the shelf again, and the order holds as many less."""
    back = {each.line["id"]: each.quantity for each in backs}
    lines = []
    for line in order.body["line_items"]:
        held = next((int(each["value"]) for each in line["meta_data"] if each["key"] == _REDUCED), 0)
        pieces = min(held, back.get(line["id"], 0))
        if pieces and _move(shop, line, pieces):
            rest = [bodies.meta(shop.number("meta"), _REDUCED, str(held - pieces))] if held > pieces else []
            line = {**line, "meta_data": [*_without(line, _REDUCED), *rest]}  # noqa: PLW2901 - the line as it is now
        lines.append(line)
    things.change(order, shop.now, shop.site, line_items=lines)


def _move(shop: Shop, line: Object, pieces: int) -> bool:
    """Changes how many there are, if that is counted; whether it is."""
    thing = things.find(things.VARIATION, line["variation_id"], lock=True) if line["variation_id"] else None
    thing = thing or things.find(things.PRODUCT, line["product_id"], lock=True)
    if thing is None or not thing.body["manage_stock"]:
        return False
    _change_goods(shop, thing, shelf.stocked(thing.body["stock_quantity"] + pieces))
    return True


def _change_goods(shop: Shop, thing: Thing, fields: Object) -> None:
    """A variation's change is its product's as well, as WooCommerce tells it."""
    body = things.change(thing, shop.now, shop.site, **fields)
    if thing.kind == things.VARIATION:
        product = things.find(things.PRODUCT, thing.parent, lock=True)
        if product is not None:
            tell(shop, "product.updated", things.change(product, shop.now, shop.site))
    tell(shop, "product.updated", body)


def _without(body: Object, key: str) -> list[Object]:
    return [each for each in body["meta_data"] if each["key"] != key]


def _left(body: Object) -> int:
    """What was paid and not given back."""
    return bodies.cents(body["total"]) + sum(bodies.cents(each["total"]) for each in body["refunds"])


def _pieces(body: Object, line_number: int, quantity: int) -> Back:
    line = next((each for each in body["line_items"] if each["id"] == line_number), None)
    if line is None:
        raise NotInShop(f"Order {body['id']} has no line {line_number}.")
    share = [bodies.cents(line["total"]), *(bodies.cents(each["total"]) for each in line["taxes"])]
    total, *taxes = [amount * quantity // line["quantity"] for amount in share]
    return Back(line, quantity, total, {each["id"]: tax for each, tax in zip(line["taxes"], taxes, strict=True)})


def _basket(wanted: Wanted) -> Basket:
    shipping = None if wanted.shipping is None else Extra("Flat rate", wanted.shipping)
    fees = [Extra(*fee) for fee in wanted.fees]
    lines = [_line(number, quantity) for number, quantity in wanted.lines]
    coupons = [_coupon(code) for code in wanted.coupons]
    return Basket(_person(wanted), lines, coupons, shipping, fees, wanted.method, wanted.note)


def _person(wanted: Wanted) -> Person:
    given = (wanted.first_name, wanted.last_name, wanted.email, wanted.phone)
    if not wanted.customer:
        return Person(0, *given)
    billing = _found(things.CUSTOMER, wanted.customer).body["billing"]
    names = ("first_name", "last_name", "email", "phone")
    return Person(wanted.customer, *(said or billing[name] for said, name in zip(given, names, strict=True)))


def _line(number: int, quantity: int) -> Line:
    thing = _for_sale(number)
    body = thing.body
    price, sku, tax_class = bodies.cents(body["price"]), body["sku"], body["tax_class"]
    if thing.kind == things.PRODUCT:
        return Line(body["name"], number, 0, quantity, price, sku, tax_class)
    product = _found(things.PRODUCT, thing.parent).body["name"]
    return Line(f"{product} - {body['name']}", thing.parent, number, quantity, price, sku, tax_class, product)


def _coupon(code: str) -> Coupon:
    for each in things.those(things.COUPON):
        if each.body["code"] == code:
            kind = each.body["discount_type"]
            amount = float(each.body["amount"])
            return Coupon(code, kind, round(amount if kind == "percent" else amount * 100))
    raise NotInShop(f"The shop has no coupon {code}.")


def _count_uses(shop: Shop, codes: Sequence[str]) -> None:
    for each in things.those(things.COUPON) if codes else ():
        if each.body["code"] in codes:
            things.change(each, shop.now, shop.site, usage_count=each.body["usage_count"] + 1)


def _basket_of(body: Object, lines: Sequence[Line]) -> Basket:
    """What an order was made of, with other lines."""
    person = Person(
        body["customer_id"], *(body["billing"][name] for name in ("first_name", "last_name", "email", "phone"))
    )
    shipping = next((Extra(each["method_title"], bodies.cents(each["total"])) for each in body["shipping_lines"]), None)
    fees = [Extra(each["name"], bodies.cents(each["total"]), bool(each["taxes"])) for each in body["fee_lines"]]
    coupons = [_coupon(each["code"]) for each in body["coupon_lines"]]
    return Basket(person, lines, coupons, shipping, fees)
