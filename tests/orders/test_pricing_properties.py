"""What holds of any basket, with any discounts, in currencies of no, two and three decimals, with tax on top and inside."""

from decimal import Decimal
from typing import Any

import pytest
from babel.numbers import get_currency_precision
from hypothesis import given, settings
from hypothesis import strategies as st

from pos import ids
from pos.orders import bill as bills
from pos.orders import pricing
from pos.orders.bill import Bill, Part
from pos.orders.models import Order
from pos.orders.pricing import Discount, Goods
from pos.payments import allocation
from pos.payments.allocation import Held
from tests.orders.baskets import goods

rates = st.integers(0, 10**6).map(lambda millionths: Decimal(millionths).scaleb(-6))
tips = st.integers(0, 10**9)
# A slow shared machine is no finding, so there is no deadline for a single example.
plenty = settings(deadline=None, max_examples=40)
everywhere = pytest.mark.parametrize(
    ("currency", "included"), [(currency, included) for currency in ("JPY", "USD", "KWD") for included in (False, True)]
)


@st.composite
def baskets(draw: st.DrawFn, currency: str, most: int = 8) -> list[Goods]:
    """Lines whose prices are whole units of the currency, or any of its smallest ones."""
    unit = 10 ** get_currency_precision(currency)
    prices = st.one_of(st.integers(0, 20), st.integers(0, 1000).map(lambda price: price * unit), st.integers(0, 10**6))
    lines = draw(st.lists(st.tuples(prices, st.integers(1, 10_000), rates), min_size=1, max_size=most))
    return [goods(*line, position=position) for position, line in enumerate(lines, start=1)]


@st.composite
def discounts(draw: st.DrawFn, basket: list[Goods]) -> list[Discount]:
    """What may be taken off a basket: any number of any kind, off lines and off the order."""
    line_ids = st.sampled_from([None, None, *(each.id for each in basket)])
    granted = st.one_of(
        st.integers(1, 100).map(lambda percent: {"percent": percent}),
        st.integers(1, 10**7).map(lambda amount: {"amount": amount}),
    )
    kinds = st.sampled_from(["comp", "manual", "coupon"])
    asked = draw(st.lists(st.tuples(kinds, line_ids, granted), max_size=6))
    return [Discount(ids.uuid7(), kind, kind, line_id=line_id, **each) for kind, line_id, each in asked]


def sums(order: pricing.PricedOrder) -> tuple[int, ...]:
    return order.subtotal, order.discount, order.tax, order.total


@everywhere
@plenty
@given(data=st.data(), tip=tips)
def test_order_is_the_sum_of_its_lines_and_nothing_is_negative(
    data: st.DataObject, tip: int, currency: str, included: bool
) -> None:
    basket = data.draw(baskets(currency))
    given = data.draw(discounts(basket))

    order = pricing.price(basket, tip=tip, tax_included=included, discounts=given)

    assert [line.goods for line in order.lines] == basket
    for line in order.lines:
        assert line.subtotal == line.goods.quantity * line.goods.unit_price
        assert line.total == line.subtotal - line.discount
        assert min(line.subtotal, line.discount, line.total, line.tax) >= 0
        assert line.tax <= line.total
    assert sums(order)[:3] == tuple(
        sum(getattr(line, name) for line in order.lines) for name in ("subtotal", "discount", "tax")
    )
    assert order.total == order.subtotal - order.discount + (0 if included else order.tax) + tip
    assert order.discount <= order.subtotal


@everywhere
@plenty
@given(data=st.data())
def test_parts_of_each_discount_sum_to_it(data: st.DataObject, currency: str, included: bool) -> None:
    basket = data.draw(baskets(currency))
    given = data.draw(discounts(basket))

    order = pricing.price(basket, tip=0, tax_included=included, discounts=given)

    assert {discount.id for discount, _ in order.discounts} == {discount.id for discount in given}
    for granted, off in order.discounts:
        parts = [part for line in order.lines for discount, part in line.parts if discount.id == granted.id]
        assert sum(parts) == off
        assert min(parts, default=1) > 0
    assert all(sum(part for _, part in line.parts) == line.discount for line in order.lines)
    assert sum(off for _, off in order.discounts) == order.discount


@everywhere
@plenty
@given(data=st.data(), tip=tips)
def test_pinning_changes_no_amount(data: st.DataObject, tip: int, currency: str, included: bool) -> None:
    basket = data.draw(baskets(currency))
    given = data.draw(discounts(basket))
    before = Bill(Order(tip=tip, tax_included=included), tuple(basket), tuple(given))

    after = bills.pinned(before)

    assert sums(after.priced()) == sums(before.priced())
    assert [_amounts(line) for line in after.priced().lines] == [_amounts(line) for line in before.priced().lines]
    assert all(each.line_id and each.percent is None for each in after.discounts)
    assert sums(bills.pinned(after).priced()) == sums(before.priced())


@everywhere
@plenty
@given(data=st.data())
def test_parting_lines_again_and_again_keeps_all_amounts(data: st.DataObject, currency: str, included: bool) -> None:
    basket = data.draw(baskets(currency, most=2))
    given = data.draw(discounts(basket))
    whole = bills.pinned(Bill(Order(tip=0, tax_included=included), tuple(basket), tuple(given)))
    parts = [
        Part(each, tuple(discount for discount in whole.discounts if discount.line_id == each.id))
        for each in whole.goods
    ]

    for _ in range(data.draw(st.integers(1, 6))):
        parting = data.draw(st.sampled_from(parts))
        if parting.goods.quantity > 1:
            parts.remove(parting)
            goes = data.draw(st.integers(1, parting.goods.quantity - 1))
            parts += bills.parted(parting.goods, parting.discounts, goes)

    priced = pricing.price(
        [part.goods for part in parts],
        tip=0,
        tax_included=included,
        discounts=[discount for part in parts for discount in part.discounts],
    )
    assert sums(priced) == sums(whole.priced())
    assert sum(part.goods.quantity for part in parts) == sum(each.quantity for each in basket)
    for line, part in zip(priced.lines, parts, strict=True):
        assert 0 <= line.discount == sum(each.amount or 0 for each in part.discounts) <= line.subtotal
        assert 0 <= line.tax <= line.total


@plenty
@given(st.integers(0, 10**12), st.data())
def test_refunds_of_a_line_sum_to_it_however_it_is_taken_apart(worth: int, data: st.DataObject) -> None:
    pieces = data.draw(st.integers(1, 10_000))
    went_back, refunded = 0, []

    while went_back < pieces:
        quantity = data.draw(st.integers(1, pieces - went_back)) if len(refunded) < 20 else pieces - went_back
        refunded.append(allocation.worth(worth, of=pieces, before=went_back, quantity=quantity))
        went_back += quantity

    assert sum(refunded) == worth
    assert min(refunded) >= 0


@st.composite
def payments(draw: st.DrawFn) -> list[Held]:
    asked = draw(st.lists(st.tuples(st.sampled_from(["cash", "card"]), st.integers(0, 10**9)), max_size=8))
    return [Held(ids.uuid7(), method, left) for method, left in asked]


@plenty
@given(payments(), st.data())
def test_refund_takes_from_each_payment_what_it_holds_and_cash_last(held: list[Held], data: st.DataObject) -> None:
    amount = data.draw(st.integers(0, sum(payment.left for payment in held)))

    parts = allocation.allocate(amount, held)

    assert sum(part for _, part in parts) == amount
    assert all(0 < part <= payment.left for payment, part in parts)
    assert len({payment.payment_id for payment, _ in parts}) == len(parts)
    cards = sum(payment.left for payment in held if payment.method == "card")
    cash = sum(part for payment, part in parts if payment.method == "cash")
    assert cash == max(amount - cards, 0)
    for method in ("cash", "card"):
        ours = [payment for payment in held if payment.method == method and payment.left]
        taken = [(payment, part) for payment, part in parts if payment.method == method]
        assert [payment for payment, _ in taken] == ours[::-1][: len(taken)]
        assert all(part == payment.left for payment, part in taken[:-1])


@plenty
@given(payments(), st.integers(1, 10**9))
def test_refund_of_more_than_is_held_is_refused(held: list[Held], more: int) -> None:
    with pytest.raises(allocation.RefundExceedsPaid):
        allocation.allocate(sum(payment.left for payment in held) + more, held)


@everywhere
@plenty
@given(data=st.data())
def test_tax_is_off_by_at_most_half_a_unit_per_line(data: st.DataObject, currency: str, included: bool) -> None:
    basket = data.draw(baskets(currency))

    order = pricing.price(basket, tip=0, tax_included=included, discounts=data.draw(discounts(basket)))

    for line in order.lines:
        rate = line.goods.tax_rate
        exact = line.total - line.total / (1 + rate) if included else line.total * rate
        assert abs(line.tax - exact) <= Decimal("0.5")


@everywhere
@plenty
@given(data=st.data(), one=tips, other=tips)
def test_tip_changes_neither_tax_nor_discount(
    data: st.DataObject, one: int, other: int, currency: str, included: bool
) -> None:
    basket = data.draw(baskets(currency))
    given = data.draw(discounts(basket))

    first, second = (pricing.price(basket, tip=tip, tax_included=included, discounts=given) for tip in (one, other))

    assert sums(first)[:3] == sums(second)[:3]
    assert first.total - second.total == one - other


@everywhere
@plenty
@given(data=st.data())
def test_order_of_the_lines_does_not_change_the_sums(data: st.DataObject, currency: str, included: bool) -> None:
    basket = data.draw(baskets(currency))

    forwards, backwards = (pricing.price(each, tip=0, tax_included=included) for each in (basket, basket[::-1]))

    assert (sums(forwards), forwards.kind) == (sums(backwards), backwards.kind)


def _amounts(line: pricing.PricedLine) -> tuple[Any, ...]:
    return line.goods.id, line.subtotal, line.discount, line.total, line.tax
