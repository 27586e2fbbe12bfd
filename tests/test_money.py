"""Amounts and rates. The tables for people are in docs/pricing.md and run in tests/orders/test_pricing*.py."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos import money

amounts = st.integers(0, money.MAX_AMOUNT)
rates = st.integers(0, 10**6).map(lambda millionths: Decimal(millionths).scaleb(-6))
weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=30)
plenty = settings(deadline=None, max_examples=300)


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        ("0", 0),
        ("0.4999999999", 0),
        ("0.5", 1),
        ("1.5", 2),
        ("2.5", 3),
        ("-0.5", -1),
        ("-1.4", -1),
        ("-2.5", -3),
        ("999999999999.5", 10**12),
    ],
)
def test_round_half_up_moves_a_half_away_from_zero(exact: str, rounded: int) -> None:
    assert money.round_half_up(Decimal(exact)) == rounded


@pytest.mark.parametrize("rate", ["0", "0.000001", "0.0825", "1"])
def test_taxes_are_exact_at_the_largest_amount(rate: str) -> None:
    on_top = money.tax_on_top(money.MAX_AMOUNT, Decimal(rate))
    inside = money.tax_inside(money.MAX_AMOUNT + on_top, Decimal(rate))

    assert on_top == money.MAX_AMOUNT * int(Decimal(rate) * 10**6) // 10**6
    assert inside == on_top


@plenty
@given(amounts, rates)
def test_tax_inside_finds_the_tax_that_was_put_on_top(net: int, rate: Decimal) -> None:
    tax = money.tax_on_top(net, rate)

    assert money.tax_inside(net + tax, rate) == tax


@plenty
@given(amounts, rates, rates)
def test_tax_grows_with_the_rate(amount: int, one: Decimal, other: Decimal) -> None:
    low, high = sorted((one, other))

    assert money.tax_on_top(amount, low) <= money.tax_on_top(amount, high)
    assert money.tax_inside(amount, low) <= money.tax_inside(amount, high)


@plenty
@given(amounts, weights)
def test_split_loses_nothing_and_stays_within_a_unit(amount: int, weights: list[int]) -> None:
    parts = money.split(amount, weights)

    shares = weights if any(weights) else [1] * len(weights)
    assert sum(parts) == amount
    assert len(parts) == len(weights)
    assert all(
        abs(part * sum(shares) - amount * share) < sum(shares) for part, share in zip(parts, shares, strict=True)
    )
    assert min(parts) >= 0


@plenty
@given(amounts, weights)
def test_split_gives_nothing_to_who_has_no_weight(amount: int, weights: list[int]) -> None:
    parts = money.split(amount, [*weights, 1, 0])

    assert parts[-1] == 0


@pytest.mark.parametrize("amount", [0, 100])
def test_split_refuses_to_make_no_parts(amount: int) -> None:
    with pytest.raises(ValueError, match="no parts"):
        money.split(amount, [])
