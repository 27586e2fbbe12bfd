"""Orders as shops in the wild have them: what plugins, imports and old versions leave behind. Each has a name by which a test finds it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pos.sandbox.records import Object
from pos.sandbox.shop import bodies, things
from pos.sandbox.shop.amounts import Extra, Line
from pos.sandbox.shop.bodies import Basket, Course, Numbers, Person
from pos.sandbox.shop.site import Shop, opened

GONE = 987_654
LONG_NOTE = "Ring twice. " * 8_600
HTML, EMOJI = "<b>Bold</b> &amp; <script>alert(1)</script>", "Пиво 🍺👩🏽‍🍳 \u202etxt.exe"

Change = Callable[[Object], None]


def odd(*, now: datetime) -> dict[str, int]:
    """Has each of the odd orders placed, in the open transaction; gives their numbers by their names. The shop has something to sell."""
    with opened(now) as shop:
        sold = [each for each in things.those(things.PRODUCT) if each.body["type"] == "simple"][:2]
        lines = [Line(each.body["name"], each.number, 0, 2, 1250, each.body["sku"]) for each in sold]
        return {name: _place(shop, lines, name, change) for name, change in ODDITIES.items()}


def _place(shop: Shop, lines: list[Line], name: str, change: Change) -> int:
    number = shop.number("post")
    person = Person(
        0, "Odd", name.replace("_", " ").title(), f"odd.{name}@example.com", f"+1415556{number % 10_000:04d}"
    )
    basket = Basket(person, lines, shipping=Extra("Flat rate", 590))
    body = bodies.order(
        shop.site, number, basket, Course("completed", shop.now, shop.now, shop.now, shop.now), Numbers(shop.number)
    )
    change(body)
    status = body.get("status")
    shop.add(things.ORDER, body, at=shop.now, state=status if isinstance(status, str) else "completed")
    return number


def _set(**fields: Any) -> Change:
    return lambda body: body.update(fields)


def _without(*names: str) -> Change:
    def change(body: Object) -> None:
        for name in names:
            del body[name]

    return change


def _on_line(**fields: Any) -> Change:
    return lambda body: body["line_items"][0].update(fields)


def _on_billing(**fields: Any) -> Change:
    return lambda body: body["billing"].update(fields)


def _with_numbers(body: Object) -> None:
    for name in ("total", "total_tax", "shipping_total", "cart_tax", "discount_total"):
        body[name] = float(body[name])
    body["number"], body["customer_id"] = int(body["number"]), "0"
    body["line_items"] = [
        {**line, "quantity": str(line["quantity"])}
        | {name: float(line[name]) for name in ("subtotal", "total", "total_tax")}
        for line in body["line_items"]
    ]


def _with_negative_fee(body: Object) -> None:
    """The fee is more than all the rest."""
    fee = {
        "id": 1,
        "name": "Store credit",
        "amount": "-100.00",
        "total": "-100.00",
        "total_tax": "0.00",
        "taxes": [],
        "meta_data": [],
    }
    body |= {"fee_lines": [fee], "total": bodies.money(bodies.cents(body["total"]) - 10_000)}


def _with_plugins(body: Object) -> None:
    more = {"id": 77, "key": "_wc_points_earned", "value": {"deep": [1, {"er": None}], "html": HTML}}
    body |= {
        "subscription_renewal": [{"id": 5}], "cartflows": None, "stripe_fee": 1.23, "meta_data": [more, {"id": 78, "key": None}],
    }  # fmt: skip
    body["line_items"][0] |= {
        "bundled_by": "",
        "composite_parent": 0,
        "meta_data": [{"id": 1, "key": "Engraving", "value": ["a", 2]}],
    }


# What is odd of an order, by its name.
ODDITIES: dict[str, Change] = {
    "null_total": _set(total=None, total_tax=None),
    "empty_total": _set(total=""),
    "word_total": _set(total="free"),
    "numbers_for_strings": _with_numbers,
    "huge_total": _set(total="99999999999999999999.00"),
    "tiny_fractions": _set(total="31.00000001"),
    "four_decimals": _on_line(subtotal="24.9999", total="24.9999", price=12.49995),
    "no_contact": _on_billing(phone="", email=""),
    "null_billing": _set(billing=None, shipping=None),
    "phone_in_words": _on_billing(phone="call the office, ext. 4"),
    "long_phone": _on_billing(phone="4155550132" * 40),
    "bad_email": _on_billing(email="nobody@@example"),
    "deleted_product": _on_line(product_id=GONE, sku=None),
    "no_product": _on_line(product_id=0),
    "gone_variation": _on_line(variation_id=GONE),
    "foreign_currency": _set(currency="EUR", currency_symbol="€"),
    "no_currency": _set(currency=""),
    "html_and_emoji": lambda body: (body["billing"].update(first_name=HTML, last_name=EMOJI), _on_line(name=f"{HTML} {EMOJI}")(body))[1],
    "nul_and_controls": _on_billing(first_name="A\u0007B\u001bC"),
    "long_note": _set(customer_note=LONG_NOTE),
    "long_name": _on_line(name="Very long " * 500),
    "unknown_status": _set(status="awaiting-pickup"),
    "null_status": _set(status=None),
    "plugin_fields": _with_plugins,
    "fractional_quantity": _on_line(quantity=1.5),
    "zero_quantity": _on_line(quantity=0, total="0.00", price=0),
    "negative_quantity": _on_line(quantity=-1),
    "null_line_name": _on_line(name=None),
    "no_lines": _set(line_items=[], total="0.00", total_tax="0.00"),
    "null_lines": _set(line_items=None, tax_lines=None, shipping_lines=None, fee_lines=None, coupon_lines=None, refunds=None),
    "negative_fee": _with_negative_fee,
    "missing_keys": _without("number", "billing", "shipping_lines", "fee_lines", "coupon_lines", "refunds", "meta_data", "customer_id"),
    "null_dates": _set(**{f"date_{name}{gmt}": None for name in ("created", "modified", "paid", "completed") for gmt in ("", "_gmt")}),
    "zero_dates": _set(date_created_gmt="0000-00-00T00:00:00", date_paid_gmt="0000-00-00T00:00:00"),
    "far_date": _set(date_created_gmt="9999-12-31T23:59:59"),
    "twin_one": _set(transaction_id="ch_twins"),
    "twin_two": _set(transaction_id="ch_twins"),
    "refund_of_more": _set(refunds=[{"id": GONE, "reason": "", "total": "-999.00"}]),
    "unknown_customer": _set(customer_id=GONE),
    "word_number": _set(number="2026-A/17"),
}  # fmt: skip
