"""What the shop tells, as records: pure. Only fields that are known are read, so a plugin may add what it likes."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from pos.money import MAX_AMOUNT
from pos.woocommerce import fields
from pos.woocommerce.fields import Raw
from pos.woocommerce.records import (
    GoodsBack,
    LeftOut,
    WebCategory,
    WebCoupon,
    WebLine,
    WebOrder,
    WebPerson,
    WebProduct,
    WebRefund,
)
from pos.woocommerce.statuses import DRAFTS, STATUSES

# What is sold as it is. A variable product is sold as one of its variations; a grouped one as what is in it.
SOLD = ("simple", "variation", "subscription", "bundle", "composite", "booking")
VARIABLE = ("variable", "variable-subscription")
_DISCOUNTS = {"percent": "percent", "fixed_cart": "amount"}
_CONDITIONS = (
    "product_ids", "excluded_product_ids", "product_categories", "excluded_product_categories", "email_restrictions",
)  # fmt: skip
_AGREED = ("individual_use", "exclude_sale_items", "free_shipping")
_MOST_COUPON_CODE = 60
_MOST_PERCENT = 900


def category(raw: Any) -> WebCategory:
    """Raises LeftOut."""
    told = fields.record(raw)
    name = fields.text(told, "name", 100)
    if name is None:
        raise LeftOut("no_name")
    return WebCategory(fields.number(told, "id"), name, fields.number_or_zero(told, "parent"))


def product(raw: Any, parent: Raw | None = None) -> WebProduct:
    """A product, or a variation of the product `parent`. Raises LeftOut."""
    told = fields.record(raw)
    of = parent or told
    name, kind = fields.text(of, "name"), "variation" if parent else fields.word(told, "type") or "simple"
    if name is None:
        raise LeftOut("no_name")
    if kind not in SOLD:
        raise LeftOut("type_not_sold_here", type=kind)
    price = fields.amount(told, "regular_price")
    price = fields.amount(told, "price") if price is None else price
    return WebProduct(
        wc_id=fields.number(told, "id"),
        parent=fields.number(parent, "id") if parent else None,
        name=f"{name} – {variant}" if parent and (variant := _variant(told)) else name,
        sku=fields.text(told, "sku", 60),
        kind=kind,
        is_offered=fields.word(told, "status") == "publish" and fields.word(of, "status") == "publish",
        price=price,
        sale_price=_sale_price(told, price),
        stock=_stock(told),
        category=next((fields.number_or_zero(each, "id") for each in fields.rows(of, "categories")), None),
        image_url=_image(told, of),
        tax_class=fields.word(told, "tax_class").replace("parent", "") or fields.word(of, "tax_class") or "standard",
        is_taxed=(fields.word(told, "tax_status") or fields.word(of, "tax_status") or "taxable") == "taxable",
        remarks=() if price is not None else ("no_price",),
    )


def _variant(told: Raw) -> str:
    options = (fields.text(each, "option", 60) for each in fields.rows(told, "attributes"))
    return ", ".join(option for option in options if option)


def _sale_price(told: Raw, price: Decimal | None) -> Decimal | None:
    """What it costs while it is on sale, if that is less."""
    sale = fields.amount(told, "sale_price")
    is_less = sale is not None and price is not None and 0 <= sale < price
    return sale if told.get("on_sale") is True and is_less else None


def _stock(told: Raw) -> int | None:
    """Whole pieces; None where the shop does not count, or counts for all variations together."""
    if told.get("manage_stock") is not True:
        return None
    counted = fields.amount(told, "stock_quantity")
    return int(counted) if counted is not None and abs(counted) < MAX_AMOUNT else None


def _image(told: Raw, of: Raw) -> str | None:
    sources = [fields.part(told, "image"), *fields.rows(told, "images"), *fields.rows(of, "images")]
    found = (fields.exact(each, "src", 500) for each in sources)
    return next((each for each in found if each and each.startswith("https://")), None)


def coupon(raw: Any) -> WebCoupon:
    """Raises LeftOut, also for the kinds that coupons here do not know."""
    told = fields.record(raw)
    code, kind = fields.exact(told, "code", _MOST_COUPON_CODE), fields.word(told, "discount_type")
    if code is None:
        raise LeftOut("no_code")
    if kind not in _DISCOUNTS:
        raise LeftOut("discount_type", discount_type=kind)
    limit = fields.number_or_zero(told, "usage_limit")
    least, most = fields.amount_or_zero(told, "minimum_amount"), fields.amount_or_zero(told, "maximum_amount")
    return WebCoupon(
        wc_id=fields.number(told, "id"),
        code=code,
        discount_type=_DISCOUNTS[kind],
        amount=fields.amount_or_zero(told, "amount"),
        starts_at=None,
        ends_at=fields.instant(told, "date_expires_gmt"),
        usage_limit=limit or None,
        usage_count=fields.number_or_zero(told, "usage_count"),
        has_conditions=any(told.get(name) for name in _CONDITIONS)
        or any(told.get(name) is True for name in _AGREED)
        or least > 0
        or most > 0
        or bool(fields.number_or_zero(told, "usage_limit_per_user")),
        # Older versions do not tell it.
        is_offered=(fields.word(told, "status") or "publish") == "publish",
    )


def customer(raw: Any) -> WebPerson:
    """The person of an account: what the account says, else its billing address. Raises LeftOut."""
    told = fields.record(raw)
    billed = _person(fields.part(told, "billing"), fields.number(told, "id"))
    first_name, last_name = fields.name_of(told, "first_name"), fields.name_of(told, "last_name")
    if first_name or last_name:
        billed = replace(billed, first_name=first_name, last_name=last_name)
    return replace(billed, email=_email(told) or billed.email)


def _person(billing: Raw, account: int) -> WebPerson:
    street = filter(None, (fields.text(billing, name) for name in ("address_1", "address_2")))
    country = fields.text(billing, "country", 2)
    return WebPerson(
        account=account,
        first_name=fields.name_of(billing, "first_name"),
        last_name=fields.name_of(billing, "last_name"),
        phone=fields.text(billing, "phone", 60),
        email=_email(billing),
        country=country,
        place={
            "address": ", ".join(street) or None,
            "city": fields.text(billing, "city"),
            "state": fields.text(billing, "state"),
            "postal_code": fields.text(billing, "postcode", 20),
            "country": country,
        },
    )


def _email(told: Raw) -> str | None:
    email = fields.exact(told, "email", 320)
    return email if email and "@" in email else None


def order(raw: Any) -> WebOrder | None:
    """An order; None for a basket that is none yet. Raises LeftOut."""
    told = fields.record(raw)
    status = fields.word(told, "status").removeprefix("wc-")
    if status in DRAFTS:
        return None
    total = fields.amount(told, "total")
    placed_at = fields.instant(told, "date_created_gmt")
    modified_at = fields.instant(told, "date_modified_gmt") or placed_at
    if total is None or total < 0:
        raise LeftOut("no_total")
    if placed_at is None or modified_at is None:
        raise LeftOut("no_date")
    fees = fields.rows(told, "fee_lines")
    rates = dict(_rate(each) for each in fields.rows(told, "tax_lines"))
    return WebOrder(
        wc_id=fields.number(told, "id"),
        status=status,
        currency=(fields.text(told, "currency", 3) or "").upper(),
        person=_person(fields.part(told, "billing"), fields.number_or_zero(told, "customer_id")),
        placed_at=placed_at,
        modified_at=modified_at,
        paid_at=fields.instant(told, "date_paid_gmt"),
        completed_at=fields.instant(told, "date_completed_gmt"),
        lines=tuple(_line(each, rates) for each in fields.rows(told, "line_items")),
        shipping=fields.amount_or_zero(told, "shipping_total"),
        shipping_tax=fields.amount_or_zero(told, "shipping_tax"),
        fees=sum((fields.amount_or_zero(each, "total") for each in fees), Decimal(0)),
        fees_tax=sum((fields.amount_or_zero(each, "total_tax") for each in fees), Decimal(0)),
        total=total,
        total_tax=fields.amount(told, "total_tax"),
        coupons=tuple(filter(None, (fields.text(each, "code", 60) for each in fields.rows(told, "coupon_lines")))),
        note=fields.note(told, "customer_note"),
        transaction=_transaction(told),
        refunds=tuple(_summary(each) for each in fields.rows(told, "refunds")),
        remarks=() if status in STATUSES else ("unknown_status",),
    )


def _transaction(told: Raw) -> str | None:
    """By which a payment is known: how it was paid, and the provider's number of it."""
    known = fields.exact(told, "transaction_id", 100)
    return f"{fields.word(told, 'payment_method')}:{known}" if known else None


def _rate(told: Raw) -> tuple[int, Decimal | None]:
    """A rate of the order by its number; None for one that is taken of other taxes as well, or that is odd."""
    try:
        percent = fields.amount(told, "rate_percent")
    except LeftOut:
        percent = None
    is_told = percent is not None and 0 <= percent <= _MOST_PERCENT and not told.get("compound")
    return fields.number_or_zero(told, "rate_id"), percent / 100 if is_told and percent is not None else None


def _rate_of(line: Raw, rates: Mapping[int, Decimal | None]) -> Decimal | None:
    """The rates that stand at a line, together. A rate that took nothing of it stands there as well, without an amount."""
    named = [
        rates.get(fields.number_or_zero(each, "id"))
        for each in fields.rows(line, "taxes")
        if each.get("total") not in (None, "")
    ]
    known = [rate for rate in named if rate is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(named) else None


def _line(told: Raw, rates: Mapping[int, Decimal | None]) -> WebLine:
    total = fields.amount(told, "total")
    subtotal = fields.amount(told, "subtotal")
    counted = fields.amount(told, "quantity")
    return WebLine(
        wc_id=fields.number_or_zero(told, "id"),
        product=fields.number_or_zero(told, "variation_id") or fields.number_or_zero(told, "product_id"),
        name=fields.text(told, "name") or "?",
        sku=fields.text(told, "sku", 60) or "",
        quantity=Decimal(1) if counted is None else counted,
        subtotal=(total or Decimal(0)) if subtotal is None else subtotal,
        total=(subtotal or Decimal(0)) if total is None else total,
        tax=fields.amount_or_zero(told, "total_tax"),
        tax_class=fields.text(told, "tax_class", 60) or "standard",
        rate=_rate_of(told, rates),
    )


def _summary(told: Raw) -> WebRefund:
    """As an order names it: the amount is below zero."""
    amount = abs(fields.amount_or_zero(told, "total"))
    return WebRefund(fields.number(told, "id"), amount, fields.note(told, "reason"))


def refund(raw: Any) -> WebRefund:
    """A refund itself, with its goods. Raises LeftOut."""
    told = fields.record(raw)
    goods = tuple(filter(None, (_goods_back(each) for each in fields.rows(told, "line_items"))))
    amount = abs(fields.amount_or_zero(told, "amount"))
    at = fields.instant(told, "date_created_gmt")
    return WebRefund(fields.number(told, "id"), amount, fields.note(told, "reason"), at, goods)


def _goods_back(told: Raw) -> GoodsBack | None:
    """Of which line it is, stands in its meta data; quantities and amounts are below zero."""
    named: Mapping[Any, Any] = {each.get("key"): each for each in fields.rows(told, "meta_data")}
    line = fields.number_or_zero(named.get("_refunded_item_id", {}), "value")
    quantity = int(abs(fields.amount_or_zero(told, "quantity")))
    amount = abs(fields.amount_or_zero(told, "total")) + abs(fields.amount_or_zero(told, "total_tax"))
    return GoodsBack(line, quantity, amount) if line and quantity else None
