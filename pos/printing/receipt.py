"""An order's receipt, out of the order as the API shows it. Pure.

It names no customer and no phone: paper is left on tables. Points and the order's page, behind its QR code, say the rest.
"""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pos.printing.paper import Block, Document, document, pair, qr, rule, space, text
from pos.printing.saying import Saying, mark

Order = dict[str, Any]
_GOES_BACK = ("pending", "succeeded")


def receipt(order: Order, saying: Saying, *, seller: str | None = None, is_copy: bool = False) -> Document:
    """The receipt of an order (checkout.queries.order). A copy says so and leaves the drawer shut."""
    blocks = [
        *saying.head(), space(), *_marks(order, saying, is_copy=is_copy), *_about(order, saying, seller), rule(),
        *(block for line in order["lines"] for block in _line(line, saying)), rule(),
        *_sums(order, saying), *_money(order, saying), *_points(order, saying), *_link(order, saying),
    ]  # fmt: skip
    title = saying.words.say("receipt", reference=order["reference"])
    return document(title, blocks, opens_drawer=not is_copy and _takes_cash(order))


def _marks(order: Order, saying: Saying, *, is_copy: bool) -> Iterator[Block]:
    if order["status"] == "canceled":
        yield mark(saying.words.say("canceled"))
    if is_copy:
        yield mark(saying.words.say("copy"))


def _about(order: Order, saying: Saying, seller: str | None) -> Iterator[Block]:
    said = saying.words.say
    yield pair(said("order", reference=order["reference"]), saying.moment(order["placed_at"]), bold=True)
    if order["tab_name"]:
        yield text(order["tab_name"])
    if seller:
        yield text(said("served_by", name=seller))
    if order["note"]:
        yield text(order["note"])


def _line(line: dict[str, Any], saying: Saying) -> Iterator[Block]:
    yield saying.amount(f"{line['quantity']} × {line['name']}", line["subtotal"])
    if line["quantity"] > 1:
        yield text("    " + saying.words.say("each", price=saying.money(line["unit_price"])))
    for modifier in line["modifiers"]:
        yield text(f"    + {modifier['name']}")
    if line["note"]:
        yield text(f"    {line['note']}")


def _sums(order: Order, saying: Saying) -> Iterator[Block]:
    said = saying.words.say
    if order["subtotal"] != order["total"]:
        yield saying.amount(said("subtotal"), order["subtotal"])
    yield from _discounts(order, saying)
    if not order["tax_included"]:
        yield from _taxes(order, saying)
    for name in ("tip", "shipping", "fees"):
        if order[name]:
            yield saying.amount(said(name), order[name])
    yield saying.amount(said("total"), order["total"], bold=True)
    if order["tax_included"]:
        yield from _taxes(order, saying)


def _discounts(order: Order, saying: Saying) -> Iterator[Block]:
    """Each by its name; in one sum where these do not tell all of it."""
    named = [(discount["name"], discount["off"]) for discount in order["discounts"] if discount["off"]]
    if sum(off for _, off in named) != order["discount"]:
        named = [(saying.words.say("discount"), order["discount"])]
    for name, off in named:
        yield saying.amount(name, -off)


def _taxes(order: Order, saying: Saying) -> Iterator[Block]:
    """By rate, where the lines tell all of it: tax of shipping or fees is in none of them, and the web shop tells no rates."""
    by_rate: dict[Decimal, int] = defaultdict(int)
    for line in order["lines"]:
        by_rate[Decimal(line["tax_rate"])] += line["tax"]
    name = "tax_included" if order["tax_included"] else "tax"
    if sum(by_rate.values()) != order["tax"] or order["source"] == "woocommerce":
        yield saying.amount(saying.words.say(f"{name}.all"), order["tax"])
        return
    for rate, tax in sorted(by_rate.items()):
        if tax:
            yield saying.amount(saying.words.say(name, rate=saying.words.rate(str(rate))), tax)


def _money(order: Order, saying: Saying) -> Iterator[Block]:
    """What was paid and what went back; what failed or has not come is not money."""
    rows = [*_payments(order, saying), *_refunds(order, saying)]
    if order["amount_due"] > 0:
        rows.append(saying.amount(saying.words.say("due"), order["amount_due"], bold=True))
    if rows:
        yield rule()
        yield from rows


def _payments(order: Order, saying: Saying) -> Iterator[Block]:
    said = saying.words.say
    for payment in order["payments"]:
        if payment["status"] != "succeeded":
            continue
        yield saying.amount(said(f"method.{payment['method']}"), payment["amount"])
        tendered = payment["tendered"] or payment["amount"]
        if tendered > payment["amount"]:
            yield saying.amount(f"  {said('tendered')}", tendered)
            yield saying.amount(f"  {said('change')}", tendered - payment["amount"])


def _refunds(order: Order, saying: Saying) -> Iterator[Block]:
    methods = {payment["id"]: payment["method"] for payment in order["payments"]}
    for refund in order["refunds"]:
        if refund["status"] in _GOES_BACK:
            name = "refund" if refund["status"] == "succeeded" else "refund.pending"
            method = saying.words.say(f"method.{methods[refund['payment_id']]}")
            yield saying.amount(saying.words.say(name, method=method), -refund["amount"])


def _points(order: Order, saying: Saying) -> Iterator[Block]:
    points = order["points"]
    if points is None:
        return
    yield rule()
    for name in ("redeemed", "earned"):
        if points[name]:
            yield text(saying.words.say(f"points.{name}", count=points[name]), align="center")
    yield text(saying.words.say("points.balance", count=points["balance"]), align="center")


def _link(order: Order, saying: Saying) -> Iterator[Block]:
    yield space()
    yield qr(order["public_url"])
    yield text(saying.words.say("scan"), align="center")


def _takes_cash(order: Order) -> bool:
    """Whether cash is to be put into the drawer: not of a sale that was undone, so that its receipt opens no drawer for no sale."""
    if order["status"] == "canceled" or any(refund["status"] in _GOES_BACK for refund in order["refunds"]):
        return False
    return any(payment["method"] == "cash" and payment["status"] == "succeeded" for payment in order["payments"])
