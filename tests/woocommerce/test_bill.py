"""The bill of a web order: worked cases, and for any order whatever that its parts come to what the guest was asked for."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pos.money import MAX_AMOUNT
from pos.woocommerce.bill import AS_RECORDED, Bill, bill
from pos.woocommerce.records import LeftOut, WebLine, WebOrder, WebPerson

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOBODY = WebPerson(0, None, None, None, None, None)


def line(total: str, *, tax: str = "0", quantity: str = "1", subtotal: str | None = None, number: int = 1) -> WebLine:
    amounts = [Decimal(each) for each in (subtotal or total, total, tax)]
    return WebLine(number, 0, "Glass", "GLASS", Decimal(quantity), *amounts, "standard")


def order(*lines: WebLine, total: str, **amounts: str | None) -> WebOrder:
    told: Any = {"shipping": "0", "shipping_tax": "0", "fees": "0", "fees_tax": "0", "total_tax": None, **amounts}
    told = {name: None if value is None else Decimal(value) for name, value in told.items()}
    return WebOrder(
        wc_id=1, status="completed", currency="USD", person=NOBODY, placed_at=NOON, modified_at=NOON, paid_at=NOON, completed_at=NOON,
        lines=lines, total=Decimal(total), coupons=(), note=None, transaction=None, refunds=(), **told,
    )  # fmt: skip


def seen(made: Bill) -> list[tuple[int, int, int, int]]:
    """Of each line: pieces, price, what was taken off, tax."""
    return [(each.quantity, each.unit_price, each.discount, each.tax) for each in made.lines]


def charges(made: Bill) -> tuple[int, int, int]:
    return made.shipping, made.fees, made.tax_in_charges


CASES: dict[str, tuple[WebOrder, list[tuple[int, int, int, int]], tuple[int, int, int]]] = {
    "as told": (
        order(line("20.00", tax="1.65", quantity="2"), total="27.06", shipping="5.00", shipping_tax="0.41", total_tax="2.06"),
        [(2, 1000, 0, 165)], (541, 0, 41),
    ),
    "coupon": (order(line("18.00", subtotal="20.00", tax="1.49", quantity="2"), total="19.49"), [(2, 1000, 200, 149)], (0, 0, 0)),
    "three for ten": (order(line("10.00", quantity="3"), total="10.00"), [(2, 333, 0, 0), (1, 334, 0, 0)], (0, 0, 0)),
    "three for ten, taxed": (
        order(line("10.00", quantity="3", tax="0.83"), total="10.83"), [(2, 333, 0, 55), (1, 334, 0, 28)], (0, 0, 0),
    ),
    # The shop rounds the tax of the whole, and tells those of lines rounded one by one.
    "a cent of rounding": (
        order(line("3.33", tax="0.27"), line("3.33", tax="0.28", number=2), total="7.22", total_tax="0.56"),
        [(1, 333, 0, 27), (1, 333, 0, 29)], (0, 0, 0),
    ),
    "more than cents are missing": (order(line("5.00"), total="8.00"), [(1, 500, 0, 0)], (0, 300, 0)),
    "fee": (
        order(line("5.00"), total="7.17", fees="2.00", fees_tax="0.17", total_tax="0.17"), [(1, 500, 0, 0)], (0, 217, 17),
    ),
    "fee below zero": (order(line("15.00"), line("5.00", number=2), total="16.00", fees="-4.00"), [(1, 1500, 300, 0), (1, 500, 100, 0)], (0, 0, 0)),
    "fee below zero, taxed": (
        order(line("10.00", tax="0.83"), total="5.41", fees="-5.00", fees_tax="-0.42", total_tax="0.41"), [(1, 1000, 500, 41)], (0, 0, 0),
    ),
    "fee below zero, taxed, on goods without tax": (
        order(line("10.00"), total="9.99", shipping="5.00", shipping_tax="0.41", fees="-5.00", fees_tax="-0.42", total_tax="-0.01"),
        [(1, 1000, 542, 0)], (541, 0, 0),
    ),
    "fee below zero takes all": (order(line("10.00", tax="0.83"), total="0.00", fees="-20.00"), [(1, 1000, 1000, 0)], (0, 0, 0)),
    "fee below zero takes the shipping too": (
        order(line("10.00"), total="1.00", fees="-14.00", shipping="5.00"), [(1, 1000, 1000, 0)], (100, 0, 0),
    ),
    "no lines": (order(total="25.00"), [(1, 2500, 0, 0)], (0, 0, 0)),
    "no lines, shipped": (order(total="25.00", shipping="5.00"), [(1, 2000, 0, 0)], (500, 0, 0)),
    "nothing at all": (order(total="0.00"), [(1, 0, 0, 0)], (0, 0, 0)),
    "pieces in parts": (order(line("7.50", quantity="1.5"), total="7.50"), [(1, 750, 0, 0)], (0, 0, 0)),
    "less than a piece": (order(line("2.50", quantity="0.25"), total="2.50"), [(1, 250, 0, 0)], (0, 0, 0)),
    "a line of none is none": (order(line("0.00", quantity="0"), line("5.00", number=2), total="5.00"), [(1, 500, 0, 0)], (0, 0, 0)),
    "a line below zero is a discount": (
        order(line("10.00"), line("-3.00", quantity="-1", number=2), total="7.00"), [(1, 1000, 300, 0)], (0, 0, 0),
    ),
    "given away": (order(line("0.00", subtotal="8.00"), total="0.00"), [(1, 800, 800, 0)], (0, 0, 0)),
    "tax on nothing": (order(line("0.00", tax="0.05"), total="0.05"), [(1, 0, 0, 5)], (0, 0, 0)),
    "four decimals": (order(line("24.9999", quantity="2"), total="25.00"), [(2, 1250, 0, 0)], (0, 0, 0)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_bill_keeps_what_the_shop_says(name: str) -> None:
    asked, lines, beside = CASES[name]

    made = bill(asked, 2)

    assert (seen(made), charges(made)) == (lines, beside)


@pytest.mark.parametrize(
    ("digits", "told", "price", "remarks"),
    [(0, "1250", 1250, ()), (3, "1.234", 1234, ()), (2, "12.345", 1235, ("rounded",)), (0, "12.50", 13, ("rounded",)), (3, "0.0005", 1, ("rounded",))],
)  # fmt: skip
def test_bill_counts_in_the_coins_of_the_currency(digits: int, told: str, price: int, remarks: tuple[str, ...]) -> None:
    made = bill(order(line(told), total=told), digits)

    assert (seen(made), made.total, made.remarks) == ([(1, price, 0, 0)], price, remarks)


def test_parts_of_pieces_are_said_in_words() -> None:
    made = bill(order(line("7.50", quantity="1.50"), total="7.50"), 2)

    assert made.lines[0].name == "1.5 × Glass"


def test_order_without_goods_says_so() -> None:
    assert bill(order(total="25.00"), 2).lines[0].name == AS_RECORDED


def test_tax_rate_is_what_the_tax_comes_to() -> None:
    made = bill(order(line("20.00", tax="1.65"), line("0.00", tax="0.05", number=2), total="21.70"), 2)

    assert [each.tax_rate for each in made.lines] == [Decimal("0.082500"), Decimal(0)]


@pytest.mark.parametrize(
    ("tax", "told", "rate"),
    [
        ("0.17", "0.0825", "0.0825"),
        ("0.16", "0.0825", "0.0825"),
        ("0.19", "0.0825", "0.094059"),
        ("0.00", None, "0"),
        ("40.40", "20", "9.999999"),
    ],
)
def test_tax_rate_is_the_shops_if_the_tax_agrees_but_for_cents(tax: str, told: str | None, rate: str) -> None:
    sold = replace(line("2.02", tax=tax), rate=None if told is None else Decimal(told))

    assert [each.tax_rate for each in bill(order(sold, total=str(sold.total + sold.tax)), 2).lines] == [Decimal(rate)]


@pytest.mark.parametrize("told", [order(total="10000000000.01"), order(line("20000000000.00"), total="1.00")])
def test_bill_refuses_amounts_beyond_all_reason(told: WebOrder) -> None:
    with pytest.raises(LeftOut) as refused:
        bill(told, 2)

    assert refused.value.reason == "odd_amount"


AMOUNTS = st.decimals(-2000, 20_000, places=2) | st.decimals(-2000, 20_000, places=4)
QUANTITIES = st.integers(1, 30).map(Decimal) | st.decimals(-3, 40, places=2) | st.just(Decimal(0))
LINES = st.builds(
    WebLine, st.integers(1, 9), st.just(0), st.just("Glass"), st.just("G"), QUANTITIES, AMOUNTS, AMOUNTS, AMOUNTS, st.just("standard")
)  # fmt: skip
ORDERS = st.builds(
    replace,
    st.just(order(total="0")),
    lines=st.lists(LINES, max_size=5).map(tuple),
    total=st.decimals(0, 50_000, places=3),
    total_tax=st.none() | AMOUNTS,
    shipping=AMOUNTS, shipping_tax=AMOUNTS, fees=AMOUNTS, fees_tax=AMOUNTS,
)  # fmt: skip


@given(ORDERS, st.sampled_from([0, 2, 3]))
@example(replace(order(total="5"), lines=(line("0", tax="5"),)), 2)
def test_parts_of_any_bill_come_to_its_total(told: WebOrder, digits: int) -> None:
    made = bill(told, digits)

    assert sum(each.total + each.tax for each in made.lines) + made.shipping + made.fees == made.total
    assert made.subtotal - made.discount + made.tax + made.shipping + made.fees == made.total
    assert 0 <= made.total <= MAX_AMOUNT
    assert 0 <= made.tax_in_charges <= made.shipping + made.fees
    assert made.lines
    for each in made.lines:
        assert each.quantity >= 1
        assert min(each.unit_price, each.discount, each.total, each.tax) >= 0
        assert each.subtotal == each.quantity * each.unit_price
        assert 0 <= each.tax_rate < 10


@given(ORDERS)
def test_whole_pieces_are_as_many_as_were_sold(told: WebOrder) -> None:
    made = bill(told, 2)

    for number in {each.wc_id for each in told.lines}:
        sold = [each for each in told.lines if each.wc_id == number and (each.total > 0 or each.quantity > 0)]
        if all(each.quantity == int(each.quantity) > 0 for each in sold):
            assert sum(each.quantity for each in made.lines if each.wc_id == number) == sum(
                each.quantity for each in sold
            )


@given(
    st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 20), st.integers(0, 400)), min_size=1, max_size=5),
    st.integers(0, 900),
)
def test_bill_that_adds_up_stays_as_it_is(sold: list[tuple[int, int, int]], shipping: int) -> None:
    lines = tuple(
        line(str(Decimal(amount) / 100), quantity=str(count), tax=str(Decimal(tax) / 100), number=at)
        for at, (amount, count, tax) in enumerate(sold, 1)
    )
    total = sum(amount + tax for amount, _, tax in sold) + shipping
    told = order(*lines, total=str(Decimal(total) / 100), shipping=str(Decimal(shipping) / 100))

    made = bill(told, 2)

    assert (made.fees, made.shipping, made.discount) == (0, shipping, 0)
    for at, (amount, count, tax) in enumerate(sold, 1):
        own = [each for each in made.lines if each.wc_id == at]
        assert (sum(e.subtotal for e in own), sum(e.quantity for e in own), sum(e.tax for e in own)) == (
            amount,
            count,
            tax,
        )
