"""Records as the shop tells them, with all that plugins, old versions and people do to them."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from pos.woocommerce import reading
from pos.woocommerce.intake import Limits, parsed
from pos.woocommerce.records import GoodsBack, LeftOut

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BILLING = {
    "first_name": "Ada", "last_name": "King", "address_1": "1 Example Street", "address_2": "", "city": "Exampleville", "state": "CA",
    "postcode": "90001", "country": "US", "email": "ada@shop.example", "phone": "(415) 555-0141",
}  # fmt: skip
LINE = {
    "id": 5, "name": "Glass", "product_id": 12, "variation_id": 0, "quantity": 2, "subtotal": "20.00", "total": "18.00", "total_tax": "1.49",
    "sku": "GLASS", "tax_class": "",
}  # fmt: skip
ORDER = {
    "id": 77, "status": "completed", "currency": "USD", "total": "24.90", "total_tax": "1.90", "shipping_total": "5.00", "shipping_tax": "0.41",
    "date_created_gmt": "2026-11-22T12:00:00", "date_modified_gmt": "2026-11-22T12:30:00", "date_paid_gmt": "2026-11-22T12:01:00",
    "date_completed_gmt": None, "customer_id": 3, "customer_note": "Ring <b>twice</b>", "billing": BILLING, "line_items": [LINE],
    "fee_lines": [{"total": "1.00", "total_tax": "0.08"}, {"total": "-2.00", "total_tax": "0.00"}], "coupon_lines": [{"code": "welcome10"}],
    "refunds": [{"id": 80, "reason": "torn", "total": "-3.00"}], "payment_method": "stripe", "transaction_id": "ch_1",
}  # fmt: skip
PRODUCT = {
    "id": 12, "name": "Glass", "type": "simple", "status": "publish", "sku": "GLASS", "price": "8.00", "regular_price": "10.00",
    "sale_price": "8.00", "on_sale": True, "manage_stock": True, "stock_quantity": 7, "categories": [{"id": 16}],
    "images": [{"src": "https://shop.example/glass.jpg"}],
}  # fmt: skip
COUPON = {
    "id": 9,
    "code": "Welcome10",
    "discount_type": "percent",
    "amount": "10.00",
    "usage_limit": 5,
    "usage_count": 2,
    "date_expires_gmt": None,
}


def order(**changes: Any) -> Any:
    told = {name: value for name, value in (ORDER | changes).items() if value is not ...}
    return reading.order(parsed(json.dumps(told).encode(), Limits()))


def refused(read: Any, told: Any) -> str:
    with pytest.raises(LeftOut) as why:
        read(told)
    return why.value.reason


def test_order_is_read_whole() -> None:
    read = order()

    assert (read.wc_id, read.status, read.currency, read.total, read.total_tax) == (
        77,
        "completed",
        "USD",
        Decimal("24.90"),
        Decimal("1.90"),
    )
    assert (read.placed_at, read.modified_at, read.completed_at) == (NOON, NOON.replace(minute=30), None)
    assert (read.shipping, read.shipping_tax, read.fees, read.fees_tax) == (5, Decimal("0.41"), -1, Decimal("0.08"))
    assert (read.person.account, read.person.name, read.person.phone, read.person.email) == (
        3,
        "Ada King",
        "(415) 555-0141",
        "ada@shop.example",
    )
    assert (read.person.place["address"], read.person.country) == ("1 Example Street", "US")
    assert (read.note, read.coupons, read.transaction) == ("Ring twice", ("welcome10",), "stripe:ch_1")
    assert [(each.wc_id, each.amount, each.reason) for each in read.refunds] == [(80, 3, "torn")]
    (line,) = read.lines
    assert (line.product, line.quantity, line.subtotal, line.total, line.tax, line.tax_class) == (
        12,
        2,
        20,
        18,
        Decimal("1.49"),
        "standard",
    )


def test_order_says_the_same_with_numbers_for_strings() -> None:
    assert order(total=24.9, total_tax=1.9, shipping_total=5, id="77", customer_id="3") == order()


STATE = {"rate_id": 1, "rate_percent": 6.25, "compound": False}
CITY = {"rate_id": 2, "rate_percent": "2", "compound": False}


@pytest.mark.parametrize(
    ("rates", "at_the_line", "rate"),
    [
        ([STATE, CITY], [{"id": 1, "total": "1.13"}, {"id": 2, "total": "0.36"}], "0.0825"),
        ([STATE, CITY], [{"id": 1, "total": "1.13"}, {"id": 2, "total": ""}], "0.0625"),
        ([STATE, CITY | {"compound": True}], [{"id": 1, "total": "1.13"}, {"id": 2, "total": "0.38"}], None),
        ([STATE], [{"id": 1, "total": "1.13"}, {"id": 2, "total": "0.36"}], None),
        ([STATE | {"rate_percent": "NaN"}], [{"id": 1, "total": "1.13"}], None),
        ([STATE | {"rate_percent": 10**9}], [{"id": 1, "total": "1.13"}], None),
        ([None, "no rate"], [{"id": 1, "total": "1.13"}], None),
        ([STATE], None, None),
    ],
)  # fmt: skip
def test_rate_of_a_line_is_what_the_order_says_of_its_taxes(rates: Any, at_the_line: Any, rate: str | None) -> None:
    (sold,) = order(tax_lines=rates, line_items=[{"id": 1, "total": "18.00", "taxes": at_the_line}]).lines

    assert sold.rate == (None if rate is None else Decimal(rate))


def test_order_needs_no_more_than_its_number_total_and_date() -> None:
    read = reading.order({"id": 1, "total": "5", "date_created_gmt": "2026-11-22T12:00:00"})

    assert read
    assert (read.lines, read.refunds, read.person.name, read.person.account, read.status) == ((), (), None, 0, "")
    assert read.remarks == ("unknown_status",)
    assert read.modified_at == NOON


@pytest.mark.parametrize("status", ["checkout-draft", "auto-draft", "wc-checkout-draft"])
def test_basket_is_no_order(status: str) -> None:
    assert order(status=status) is None


@pytest.mark.parametrize(
    ("status", "read"), [("wc-completed", "completed"), ("Processing", "processing"), ("shipped", "shipped")]
)
def test_status_is_a_small_word(status: str, read: str) -> None:
    assert order(status=status).status == read


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"total": None}, "no_total"), ({"total": ...}, "no_total"), ({"total": "-1"}, "no_total"), ({"total": "free"}, "odd_amount"),
        ({"date_created_gmt": None}, "no_date"), ({"date_created_gmt": "soon"}, "odd_date"), ({"id": None}, "no_number"),
        ({"refunds": [{"total": "-1"}]}, "no_number"), ({"line_items": [{"quantity": "many"}]}, "odd_amount"),
    ],
)  # fmt: skip
def test_order_that_cannot_be_read_says_why(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(LeftOut) as why:
        order(**changes)

    assert why.value.reason == reason


@pytest.mark.parametrize("told", [None, [], "order", 7])
def test_what_is_no_object_is_left_out(told: Any) -> None:
    for read in (reading.order, reading.product, reading.coupon, reading.customer, reading.category, reading.refund):
        assert refused(read, told) == "no_object"


def test_line_of_a_variation_is_the_variation() -> None:
    (line,) = order(
        line_items=[LINE | {"variation_id": 13, "name": None, "quantity": None, "subtotal": None, "sku": None}]
    ).lines

    assert (line.product, line.name, line.sku, line.quantity, line.subtotal) == (13, "?", "", 1, 18)


def test_refund_names_its_goods_by_the_lines_of_the_order() -> None:
    back = {
        "quantity": -1,
        "total": "-9.00",
        "total_tax": "-0.74",
        "meta_data": [{"key": "_refunded_item_id", "value": "5"}],
    }
    odd = [
        {"quantity": -1, "total": "-9.00", "meta_data": []},
        {"quantity": 0, "total": "-1.00", "meta_data": back["meta_data"]},
        None,
    ]

    read = reading.refund(
        {
            "id": 80,
            "amount": "9.74",
            "reason": "write ada@shop.example",
            "date_created_gmt": "2026-11-22T12:00:00",
            "line_items": [back, *odd],
        }
    )

    assert (read.wc_id, read.amount, read.at, read.reason) == (80, Decimal("9.74"), NOON, "write [e-mail]")
    assert read.goods == (GoodsBack(5, 1, Decimal("9.74")),)


def test_product_is_read_whole() -> None:
    read = reading.product(PRODUCT)

    assert (read.wc_id, read.parent, read.name, read.sku, read.price, read.sale_price) == (
        12,
        None,
        "Glass",
        "GLASS",
        10,
        8,
    )
    assert (read.stock, read.category, read.image_url, read.is_offered) == (
        7,
        16,
        "https://shop.example/glass.jpg",
        True,
    )


def test_variation_has_its_products_name_category_and_status() -> None:
    variation = {
        "id": 13,
        "status": "publish",
        "regular_price": "12",
        "manage_stock": "parent",
        "stock_quantity": 4,
        "attributes": [{"option": "Large"}, {"option": "Red"}],
    }

    read = reading.product(variation, parent=PRODUCT)
    hidden = reading.product(variation, parent=PRODUCT | {"status": "draft"})

    assert (read.wc_id, read.parent, read.name, read.category, read.stock) == (13, 12, "Glass – Large, Red", 16, None)
    assert (read.is_offered, hidden.is_offered) == (True, False)


@pytest.mark.parametrize(
    ("changes", "price", "sale"),
    [
        ({}, 10, 8), ({"on_sale": False}, 10, None), ({"sale_price": "11"}, 10, None), ({"sale_price": ""}, 10, None),
        ({"regular_price": "", "price": "9", "sale_price": ""}, 9, None), ({"regular_price": None, "price": None}, None, None), ({"sale_price": "-1"}, 10, None),
    ],
)  # fmt: skip
def test_price_is_the_regular_one_and_less_while_it_is_on_sale(
    changes: dict[str, Any], price: int | None, sale: int | None
) -> None:
    read = reading.product(PRODUCT | changes)

    assert (read.price, read.sale_price) == (price, sale)
    assert read.remarks == (() if price is not None else ("no_price",))


@pytest.mark.parametrize(
    ("changes", "stock"),
    [({"manage_stock": False}, None), ({"manage_stock": "parent"}, None), ({"stock_quantity": None}, None), ({"stock_quantity": -3}, -3), ({"stock_quantity": 2.5}, 2),
     ({"stock_quantity": "1e12"}, None)],
)  # fmt: skip
def test_stock_is_whole_pieces_where_it_is_counted(changes: dict[str, Any], stock: int | None) -> None:
    assert reading.product(parsed(json.dumps(PRODUCT | changes).encode(), Limits())).stock == stock


@pytest.mark.parametrize("kind", ["grouped", "external", "variable", "gift-card"])
def test_what_is_not_sold_as_it_is_is_left_out(kind: str) -> None:
    assert refused(reading.product, PRODUCT | {"type": kind}) == "type_not_sold_here"


@pytest.mark.parametrize("src", ["http://shop.example/x.jpg", "javascript:alert(1)", "", None, "//shop.example/x.jpg"])
def test_picture_comes_by_https_or_not_at_all(src: Any) -> None:
    assert reading.product(PRODUCT | {"images": [{"src": src}]}).image_url is None


def test_coupon_is_read_whole() -> None:
    read = reading.coupon(COUPON)

    assert (read.code, read.discount_type, read.amount, read.usage_limit, read.usage_count) == (
        "Welcome10",
        "percent",
        10,
        5,
        2,
    )
    assert (read.ends_at, read.has_conditions) == (None, False)


@pytest.mark.parametrize(
    "condition",
    [{"product_ids": [1]}, {"email_restrictions": ["a@b.example"]}, {"individual_use": True}, {"free_shipping": True}, {"minimum_amount": "5.00"},
     {"maximum_amount": "50"}, {"usage_limit_per_user": 1}, {"excluded_product_categories": [3]}, {"exclude_sale_items": True}],
)  # fmt: skip
def test_coupon_with_conditions_says_so(condition: dict[str, Any]) -> None:
    assert reading.coupon(COUPON | condition).has_conditions


@pytest.mark.parametrize(
    "nothing", [{"product_ids": []}, {"minimum_amount": "0.00"}, {"individual_use": False}, {"usage_limit_per_user": None}, {"usage_limit_per_user": 0}]
)  # fmt: skip
def test_condition_of_nothing_is_none(nothing: dict[str, Any]) -> None:
    assert not reading.coupon(COUPON | nothing).has_conditions


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"code": ""}, "no_code"), ({"discount_type": "fixed_product"}, "discount_type"), ({"amount": "x"}, "odd_amount")],
)
def test_coupon_of_a_kind_unknown_here_is_left_out(changes: dict[str, Any], reason: str) -> None:
    assert refused(reading.coupon, COUPON | changes) == reason


def test_account_says_who_it_is_before_its_address() -> None:
    told = {"id": 3, "email": "ada@home.example", "first_name": "Augusta", "last_name": "", "billing": BILLING}

    own, by_address = reading.customer(told), reading.customer(told | {"email": "", "first_name": ""})

    assert (own.name, own.email, own.phone) == ("Augusta", "ada@home.example", "(415) 555-0141")
    assert (by_address.name, by_address.email) == ("Ada King", "ada@shop.example")


def test_account_without_anything_is_somebody() -> None:
    read = reading.customer({"id": 3, "billing": [], "email": "none"})

    assert (read.account, read.name, read.phone, read.email, set(read.place.values())) == (3, None, None, None, {None})


def test_category_without_a_name_is_left_out() -> None:
    assert reading.category({"id": 16, "name": "Chips &amp; dips", "parent": 0}).name == "Chips & dips"
    assert refused(reading.category, {"id": 16, "name": "<b></b>"}) == "no_name"
