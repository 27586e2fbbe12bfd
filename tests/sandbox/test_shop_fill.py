"""What the shop is filled with: the same for the same seed, amounts that hang together, and enough of each kind."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.db import transaction
from pos.sandbox.records import get, remember
from pos.sandbox.shop import amounts, things
from pos.sandbox.shop.amounts import Coupon, Line
from pos.sandbox.shop.site import CITY, FIRST_NUMBERS, REDUCED, STATE
from tests.sandbox.shopping import NOW, Shopping


def _sum(each: dict[str, str], *names: str) -> Decimal:
    return sum((Decimal(each[name]) for name in names), Decimal(0))


@pytest.mark.parametrize("has_tax_inside", [False, True])
def test_amounts_of_each_order_hang_together(shopping: Shopping, has_tax_inside: bool) -> None:
    shopping.fill(orders=120, prices_include_tax=has_tax_inside)

    for order in shopping.every("orders"):
        lines, fees, shipping = (order[name] for name in ("line_items", "fee_lines", "shipping_lines"))
        nets = sum((_sum(each, "total") for each in [*lines, *fees, *shipping]), Decimal(0))
        taxes = sum((_sum(each, "total_tax") for each in [*lines, *fees, *shipping]), Decimal(0))
        assert Decimal(order["total"]) == nets + taxes >= 0
        assert Decimal(order["total_tax"]) == taxes == _sum(order, "cart_tax", "shipping_tax")
        assert taxes == sum((_sum(each, "tax_total", "shipping_tax_total") for each in order["tax_lines"]), Decimal(0))
        assert _sum(order, "discount_total") == sum(
            (Decimal(each["subtotal"]) - Decimal(each["total"]) for each in lines), Decimal(0)
        )
        assert _sum(order, "discount_total") == sum(
            (_sum(each, "discount") for each in order["coupon_lines"]), Decimal(0)
        )
        assert _sum(order, "discount_tax") == sum(
            (_sum(each, "discount_tax") for each in order["coupon_lines"]), Decimal(0)
        )
        assert -sum((_sum(each, "total") for each in order["refunds"]), Decimal(0)) <= Decimal(order["total"])


def test_prices_with_tax_inside_are_what_is_paid(shopping: Shopping) -> None:
    shopping.fill(orders=60, prices_include_tax=True)
    prices = {each["id"]: each["price"] for each in shopping.every("products")}
    plain = [each for each in shopping.every("orders") if not each["coupon_lines"]]

    for order in plain:
        for line in order["line_items"]:
            if not line["variation_id"]:
                assert _sum(line, "total", "total_tax") == Decimal(prices[line["product_id"]]) * line["quantity"]
    assert plain


def test_same_seed_fills_the_same(shopping: Shopping) -> None:
    shopping.fill(7)
    first = shopping.every("orders")
    with transaction(None):
        for kind in (things.ORDER, things.PRODUCT, things.CUSTOMER, things.COUPON, things.CATEGORY):
            for each in things.those(kind):
                things.remove(each)
        remember(get("shop", "shop"), next=FIRST_NUMBERS)

    shopping.fill(7)

    assert shopping.every("orders") == first


def test_shop_has_something_of_each_kind(shopping: Shopping) -> None:
    shopping.fill(orders=400)
    orders, products = shopping.every("orders"), shopping.every("products")

    assert {each["status"] for each in orders} == {
        "pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed",
    }  # fmt: skip
    assert {bool(each["customer_id"]) for each in orders} == {True, False}
    assert {len(each["refunds"]) for each in orders} >= {0, 1, 2}
    assert any(each["fee_lines"] and each["fee_lines"][0]["total"].startswith("-") for each in orders)
    assert any(each["coupon_lines"] for each in orders)
    assert {each["type"] for each in products} == {"simple", "variable"}
    assert {each["stock_status"] for each in products} == {"instock", "outofstock"}
    assert {each["manage_stock"] for each in products} == {True, False}
    assert any(each["on_sale"] for each in products)
    assert {each["discount_type"] for each in shopping.get("coupons")} == {"percent", "fixed_cart", "fixed_product"}
    assert any(each["parent"] and "&amp;" in each["name"] for each in shopping.every("products/categories"))
    phones = {each["billing"]["phone"] for each in shopping.every("customers")}
    assert "" in phones
    assert len(phones) > 3


def test_people_of_ours_order_there_too(shopping: Shopping) -> None:
    shopping.fill(orders=40, people=[("+14155550199", "Ines")])

    ours = [each for each in shopping.every("orders") if each["billing"]["phone"].replace("-", "").endswith("0199")]

    assert ours
    assert {each["billing"]["first_name"] for each in ours} == {"Ines"}


def test_nothing_has_happened_after_now(shopping: Shopping) -> None:
    shopping.fill(orders=200, days=4)

    latest = max(each["date_modified_gmt"] for each in shopping.every("orders"))

    assert latest <= NOW.strftime("%Y-%m-%dT%H:%M:%S")


@given(
    units=st.lists(st.tuples(st.integers(0, 9999), st.integers(1, 6)), min_size=1, max_size=5),
    kind=st.sampled_from(["percent", "fixed_cart", "fixed_product"]),
    amount=st.integers(0, 100),
    has_tax_inside=st.booleans(),
)
def test_coupons_take_off_what_the_lines_lose(
    units: list[tuple[int, int]], kind: str, amount: int, has_tax_inside: bool
) -> None:
    rates = [(STATE, CITY), (REDUCED,), ()]
    lines = [(Line("", 1, 0, quantity, unit), rates[unit % 3]) for unit, quantity in units]

    priced, off = amounts.priced(lines, [Coupon("x", kind, amount), Coupon("y", "fixed_cart", 500)], has_tax_inside=has_tax_inside)  # fmt: skip

    assert sum(each.subtotal - each.total for each in priced) == sum(net for net, _ in off)
    assert sum(each.subtotal_tax - each.total_tax for each in priced) == sum(tax for _, tax in off)
    assert all(0 <= each.total <= each.subtotal and each.total_tax >= 0 for each in priced)
