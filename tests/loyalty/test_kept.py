"""What of an order has not gone back: tables of cases, and what holds for all of them."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos.loyalty.kept import Returned, shares_gone

HALF, THIRD, ALL, NOTHING = Fraction(1, 2), Fraction(1, 3), Fraction(1), Fraction(0)


@st.composite
def a_line(draw: st.DrawFn) -> Returned:
    gross, quantity = draw(st.one_of(st.just(0), st.integers(1, 5000))), draw(st.integers(1, 9))
    return Returned(gross, quantity, draw(st.integers(0, gross + 500)), draw(st.integers(0, quantity)))


some_lines = st.lists(a_line(), min_size=1, max_size=6)


def line(gross: int, named: int = 0, quantity: int = 1, pieces: int = 0) -> Returned:
    return Returned(gross, quantity, named, pieces)


@pytest.mark.parametrize(
    ("lines", "missing", "expected"),
    [
        ([line(100)], 0, [NOTHING]),
        ([line(100)], 50, [HALF]),
        ([line(100)], 100, [ALL]),
        # The goods go first: what is missing beyond them was the tip.
        ([line(100)], 130, [ALL]),
        # An amount goes back of everything, in proportion.
        ([line(100), line(200)], 150, [HALF, HALF]),
        # Named goods go back first, what is left in proportion.
        ([line(100, named=100), line(200)], 100, [ALL, NOTHING]),
        ([line(100, named=100), line(200)], 200, [ALL, HALF]),
        ([line(200, named=100), line(100)], 100, [HALF, NOTHING]),
        # Of named goods only so much has gone as money has.
        ([line(100, named=100), line(200)], 50, [HALF, NOTHING]),
        ([line(100, named=100), line(200, named=200)], 100, [THIRD, THIRD]),
        ([line(100, named=100)], 0, [NOTHING]),
        # What was free goes with its pieces, and in the end with everything.
        ([line(0, quantity=2, pieces=1), line(100, named=100)], 100, [HALF, ALL]),
        ([line(0, quantity=2), line(100)], 100, [ALL, ALL]),
        # A line that was discounted after its refund: what was given back above its price is of the rest.
        ([line(50, named=100), line(50)], 100, [ALL, ALL]),
        ([line(50, named=100), line(50)], 75, [ALL, HALF]),
        ([], 100, []),
        ([line(0)], 100, [NOTHING]),
    ],
)
def test_shares_gone_follows_the_refunds(lines: list[Returned], missing: int, expected: list[Fraction]) -> None:
    assert shares_gone(lines, missing) == expected


@given(lines=some_lines, missing=st.integers(0, 40_000))
@settings(max_examples=60)
def test_shares_sum_to_what_is_missing(lines: list[Returned], missing: int) -> None:
    shares = shares_gone(lines, missing)

    goods = sum(each.gross for each in lines)
    assert all(0 <= share <= 1 for share in shares)
    assert sum(each.gross * share for each, share in zip(lines, shares, strict=True)) == min(missing, goods)


@given(lines=some_lines, missing=st.integers(0, 40_000), more=st.integers(0, 5000))
@settings(max_examples=60)
def test_what_is_gone_grows_with_what_is_missing(lines: list[Returned], missing: int, more: int) -> None:
    before, after = shares_gone(lines, missing), shares_gone(lines, missing + more)

    assert all(one <= other for one, other in zip(before, after, strict=True))


@given(lines=some_lines)
def test_nothing_is_kept_once_all_money_is_gone(lines: list[Returned]) -> None:
    goods = sum(each.gross for each in lines)

    shares = shares_gone(lines, goods)

    assert all(share == 1 for each, share in zip(lines, shares, strict=True) if each.gross)
