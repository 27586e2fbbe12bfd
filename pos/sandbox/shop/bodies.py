"""Things of the shop as its API shows them: amounts are strings, instants without an offset, what is blank stands there as such. Pure."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pos.sandbox.records import Object
from pos.sandbox.shop import amounts
from pos.sandbox.shop.amounts import Coupon, Extra, Line, Priced
from pos.sandbox.shop.site import VERSION, Rate, Site

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "CAD": "$", "CHF": "CHF"}
PAYING = {"stripe": "Credit card", "cod": "Pay when you pick it up", "bacs": "Bank transfer", "ppcp": "PayPal"}
UNPAID = ("pending", "on-hold", "failed", "cancelled")


@dataclass(frozen=True)
class Person:
    """Who buys; a guest has the number 0."""

    number: int = 0
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""

    def billing(self) -> Object:
        return {**self.shipping(), "email": self.email, "phone": self.phone}

    def shipping(self) -> Object:
        place = {"company": "", "address_1": "1 Example Street", "address_2": "", "city": "Exampleville"}
        return {
            "first_name": self.first_name, "last_name": self.last_name, **place,
            "state": "CA", "postcode": "90001", "country": "US",
        }  # fmt: skip


@dataclass(frozen=True)
class Basket:
    """What is ordered, by whom and how it is paid."""

    person: Person
    lines: Sequence[Line]
    coupons: Sequence[Coupon] = ()
    shipping: Extra | None = None
    fees: Sequence[Extra] = ()
    method: str = "stripe"
    note: str = ""


@dataclass(frozen=True)
class Course:
    """Where an order stands, and when it got there."""

    status: str
    placed_at: datetime
    changed_at: datetime
    paid_at: datetime | None = None
    completed_at: datetime | None = None


@dataclass
class Numbers:
    """Gives the numbers of an order's lines, and of what is noted about them."""

    take: Any

    def line(self, product: int, variation: int) -> int:
        """Of a line with a product; the others have `item`."""
        return self.item()

    def item(self) -> int:
        return int(self.take("item"))

    def meta(self) -> int:
        return int(self.take("meta"))


def money(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}{whole}.{rest:02d}"


def cents(text: str) -> int:
    """An amount of ours back in cents."""
    return round(float(text or 0) * 100)


def meta(number: int, key: str, value: Any) -> Object:
    return {"id": number, "key": key, "value": value}


def slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"&[a-z]+;", "", name.lower())).strip("-")


# --- orders -----------------------------------------------------------------------------------------------


def order(site: Site, number: int, basket: Basket, course: Course, numbers: Numbers) -> Object:
    """An order with all its amounts: lines, fees, shipping and taxes sum to its total."""
    body = _head(site, number, basket) | stand(site, course)
    body |= contents(site, basket, numbers)
    return body | {"refunds": [], "meta_data": [], "_links": _links(site, number, basket.person)}


def _head(site: Site, number: int, basket: Basket) -> Object:
    key = hashlib.sha256(f"order {number}".encode()).hexdigest()[:13]
    return {
        "id": number,
        "parent_id": 0,
        "number": str(number),
        "order_key": f"wc_order_{key}",
        "created_via": "checkout",
        "version": VERSION,
        "currency": site.currency,
        "currency_symbol": _SYMBOLS.get(site.currency, site.currency),
        "prices_include_tax": site.prices_include_tax,
        "customer_id": basket.person.number,
        "customer_ip_address": "192.0.2.1",
        "customer_user_agent": "",
        "customer_note": basket.note,
        "billing": basket.person.billing(),
        "shipping": basket.person.shipping(),
        "payment_method": basket.method,
        "payment_method_title": PAYING.get(basket.method, basket.method),
        "transaction_id": f"ch_{key}" if basket.method == "stripe" else "",
        "payment_url": f"{site.url}/checkout/order-pay/{number}/",
        "cart_hash": hashlib.md5(key.encode(), usedforsecurity=False).hexdigest(),
    }


def stand(site: Site, course: Course) -> Object:
    """Status and instants of an order."""
    return {
        "status": course.status,
        "is_editable": course.status in ("pending", "on-hold"),
        "needs_payment": course.status in ("pending", "failed"),
        "needs_processing": True,
        **site.stamps("date_created", course.placed_at),
        **site.stamps("date_modified", course.changed_at),
        **site.stamps("date_paid", course.paid_at),
        **site.stamps("date_completed", course.completed_at),
    }


def contents(site: Site, basket: Basket, numbers: Numbers) -> Object:
    """The lines of all kinds, and the sums."""
    rated = [(line, site.rates(line.tax_class)) for line in basket.lines]
    priced, off = amounts.priced(rated, basket.coupons, has_tax_inside=site.prices_include_tax)
    fees = [amounts.topped(fee.amount, site.rates("") if fee.is_taxable else ()) for fee in basket.fees]
    shipping = [amounts.topped(basket.shipping.amount, _of_extra(site, basket.shipping))] if basket.shipping else []
    taxes = {rate.number: rate for _, rates in rated for rate in rates} | {
        rate.number: rate for rate in site.rates("") if fees or shipping
    }
    return {
        **_sums(priced, fees, shipping),
        "line_items": [_line(line, each, numbers) for line, each in zip(basket.lines, priced, strict=True)],
        "tax_lines": _tax_lines(taxes, [*priced, *fees], shipping, numbers),
        "shipping_lines": [_shipping_line(basket.shipping, each, numbers) for each in shipping if basket.shipping],
        "fee_lines": [_fee_line(fee, each, numbers) for fee, each in zip(basket.fees, fees, strict=True)],
        "coupon_lines": [_coupon_line(each, *less, numbers) for each, less in zip(basket.coupons, off, strict=True)],
    }


def _of_extra(site: Site, each: Extra) -> Sequence[Rate]:
    return site.rates("") if each.is_taxable else ()


def _sums(lines: list[Priced], fees: list[Priced], shipping: list[Priced]) -> Object:
    cart_tax = sum(each.total_tax for each in [*lines, *fees])
    shipping_tax = sum(each.total_tax for each in shipping)
    net = sum(each.total for each in [*lines, *fees, *shipping])
    return {
        "discount_total": money(sum(each.subtotal - each.total for each in lines)),
        "discount_tax": money(sum(each.subtotal_tax - each.total_tax for each in lines)),
        "shipping_total": money(sum(each.total for each in shipping)),
        "shipping_tax": money(shipping_tax),
        "cart_tax": money(cart_tax),
        "total": money(net + cart_tax + shipping_tax),
        "total_tax": money(cart_tax + shipping_tax),
    }


def _line(line: Line, each: Priced, numbers: Numbers) -> Object:
    return {
        "id": numbers.line(line.product, line.variation),
        "name": line.name,
        "product_id": line.product,
        "variation_id": line.variation,
        "quantity": line.quantity,
        "tax_class": line.tax_class,
        "subtotal": money(each.subtotal),
        "subtotal_tax": money(each.subtotal_tax),
        "total": money(each.total),
        "total_tax": money(each.total_tax),
        "taxes": [
            {"id": number, "total": money(tax), "subtotal": money(each.subtotal_taxes[number])}
            for number, tax in each.taxes.items()
        ],
        "meta_data": [],
        "sku": line.sku,
        "price": each.total / 100 / line.quantity if line.quantity else 0,
        "image": {"id": "", "src": ""},
        "parent_name": line.parent_name,
    }


def _tax_lines(rates: dict[int, Rate], taxed: list[Priced], shipping: list[Priced], numbers: Numbers) -> list[Object]:
    return [
        {
            "id": numbers.item(),
            "rate_code": rate.code,
            "rate_id": number,
            "label": rate.label,
            "compound": False,
            "tax_total": money(sum(each.taxes.get(number, 0) for each in taxed)),
            "shipping_tax_total": money(sum(each.taxes.get(number, 0) for each in shipping)),
            "rate_percent": rate.per_ten_thousand / 100,
            "meta_data": [],
        }
        for number, rate in rates.items()
    ]


def _shipping_line(shipping: Extra, each: Priced, numbers: Numbers) -> Object:
    return {
        "id": numbers.item(),
        "method_title": shipping.name,
        "method_id": slug(shipping.name).replace("-", "_"),
        "instance_id": "1",
        **_totals(each),
        "meta_data": [],
    }


def _fee_line(fee: Extra, each: Priced, numbers: Numbers) -> Object:
    return {
        "id": numbers.item(),
        "name": fee.name,
        "tax_class": "",
        "tax_status": "taxable" if fee.is_taxable else "none",
        "amount": money(fee.amount),
        **_totals(each),
        "meta_data": [],
    }


def _totals(each: Priced) -> Object:
    taxes = [{"id": number, "total": money(tax), "subtotal": ""} for number, tax in each.taxes.items()]
    return {"total": money(each.total), "total_tax": money(each.total_tax), "taxes": taxes}


def _coupon_line(coupon: Coupon, off: int, tax: int, numbers: Numbers) -> Object:
    return {
        "id": numbers.item(),
        "code": coupon.code,
        "discount": money(off),
        "discount_tax": money(tax),
        "discount_type": coupon.kind,
        "nominal_amount": coupon.amount if coupon.kind == "percent" else coupon.amount / 100,
        "free_shipping": False,
        "meta_data": [],
    }


def _links(site: Site, number: int, person: Person) -> Object:
    links = site.links("orders", number)
    if person.number:
        links["customer"] = [{"href": f"{site.api}/customers/{person.number}"}]
    return links


# --- refunds ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Back:
    """A line's part of a refund: how many pieces, and what of its amount and taxes."""

    line: Object
    quantity: int
    total: int
    taxes: dict[int, int]


@dataclass(frozen=True)
class Given:
    """What is given back of an order: an amount, and the lines that it is for, if any."""

    amount: int
    backs: Sequence[Back]
    at: datetime
    reason: str


def refund(site: Site, number: int, order_number: int, given: Given, numbers: Numbers) -> Object:
    """A refund in full: its lines are negative and name those of the order."""
    path = f"orders/{order_number}/refunds"
    up = {"up": [{"href": f"{site.api}/orders/{order_number}"}]}
    return {
        "id": number,
        "parent_id": order_number,
        **site.stamps("date_created", given.at),
        "amount": money(given.amount),
        "reason": given.reason,
        "refunded_by": 1,
        "refunded_payment": False,
        "meta_data": [],
        "line_items": [_back(each, numbers) for each in given.backs],
        "shipping_lines": [],
        "tax_lines": [],
        "fee_lines": [],
        "_links": {**site.links(path, number), **up},
    }


def _back(each: Back, numbers: Numbers) -> Object:
    shown = {name: each.line[name] for name in ("name", "product_id", "variation_id", "tax_class", "sku")}
    tax = sum(each.taxes.values())
    return {
        "id": numbers.item(),
        **shown,
        "quantity": -each.quantity,
        "subtotal": money(-each.total),
        "subtotal_tax": money(-tax),
        "total": money(-each.total),
        "total_tax": money(-tax),
        "taxes": [
            {"id": number, "total": money(-part), "subtotal": money(-part)} for number, part in each.taxes.items()
        ],
        "meta_data": [meta(numbers.meta(), "_refunded_item_id", str(each.line["id"]))],
        "price": -each.total / 100 / each.quantity if each.quantity else 0,
        "image": {"id": "", "src": ""},
        "parent_name": None,
    }


def refund_summary(body: Object) -> Object:
    """As it stands in its order."""
    return {"id": body["id"], "reason": body["reason"], "total": f"-{body['amount']}"}
