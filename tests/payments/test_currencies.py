"""How Stripe counts money: pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.payments.currencies import from_stripe, in_currency, minimum, step, to_stripe

# Currency, our amount, Stripe's: Stripe's page on currencies lists those without decimals, with three, and the special ones.
COUNTED = (
    ("USD", 4638, 4638), ("EUR", 1, 1), ("JPY", 1500, 1500), ("CLP", 990, 990), ("KRW", 5000, 5000), ("KWD", 1250, 1250),
    ("ISK", 900, 90000), ("UGX", 3500, 350000), ("HUF", 99000, 99000), ("TWD", 10000, 10000), ("XXX", 70, 70),
)  # fmt: skip


@pytest.mark.parametrize(("currency", "ours", "theirs"), COUNTED)
def test_amounts_go_to_stripe_and_come_back(currency: str, ours: int, theirs: int) -> None:
    assert to_stripe(ours, currency) == theirs
    assert from_stripe(theirs, currency) == ours


@pytest.mark.parametrize(("currency", "theirs"), [("ISK", 90050), ("UGX", 1), ("ALL", 150)])
def test_a_fraction_of_our_unit_is_refused(currency: str, theirs: int) -> None:
    with pytest.raises(ValueError, match="no whole amount"):
        from_stripe(theirs, currency)


@pytest.mark.parametrize(
    ("amount", "told", "currency", "ours"),
    [
        (4638, "USD", "USD", 4638),
        (90000, "ISK", "ISK", 900),
        (0, "USD", "USD", 0),
        (4638, "EUR", "USD", None),
        (4638, "", "USD", None),
        (90050, "ISK", "ISK", None),
        (90050, "USD", "ISK", None),
    ],
)
def test_what_is_told_in_another_currency_or_a_fraction_is_no_amount_of_ours(
    amount: int, told: str, currency: str, ours: int | None
) -> None:
    assert in_currency(amount, told, currency) == ours


@pytest.mark.parametrize(
    ("currency", "least"),
    [
        ("USD", 50),
        ("EUR", 50),
        ("GBP", 30),
        ("JPY", 50),
        ("HUF", 17500),
        ("ISK", 1),
        ("KWD", 1),
        ("CLP", 1),
        ("XXX", 1),
    ],
)
def test_minimum_is_in_our_units(currency: str, least: int) -> None:
    assert minimum(currency) == least


@pytest.mark.parametrize(
    ("currency", "steps"), [("USD", 1), ("JPY", 1), ("ISK", 1), ("HUF", 1), ("KWD", 10), ("TND", 10), ("LYD", 10)]
)
def test_steps(currency: str, steps: int) -> None:
    assert step(currency) == steps


@given(st.sampled_from(["USD", "JPY", "KWD", "ISK", "UGX", "CLP", "HUF", "LYD", "XXX"]), st.integers(1, 10**9))
def test_whatever_may_be_charged_comes_back_as_it_went(currency: str, number: int) -> None:
    amount = number * step(currency)

    assert from_stripe(to_stripe(amount, currency), currency) == amount
