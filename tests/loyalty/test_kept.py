"""What of an order has not gone back: tables of cases, and what holds for all of them."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos.loyalty.kept import Goods, Priced, WentBack, shares_gone

HALF, THIRD, QUARTER, ALL, NOTHING = Fraction(1, 2), Fraction(1, 3), Fraction(1, 4), Fraction(1), Fraction(0)


@st.composite
def an_order(draw: st.DrawFn) -> tuple[dict[UUID, Priced], list[WentBack]]:
    """Lines, of which some are free and of some pieces were taken off, and what refunds named, perhaps of lines that are not there."""
    lines = {}
    for key in range(draw(st.integers(1, 5))):
        gross = draw(st.one_of(st.just(0), st.integers(1, 5000)))
        lines[UUID(int=key)] = Priced(gross, draw(st.integers(1, 9)))
    some = st.dictionaries(
        st.integers(0, 6).map(lambda key: UUID(int=key)),
        st.builds(Goods, st.integers(1, 9), st.integers(0, 3000), st.integers(1, 12)),
        max_size=3,
    )
    refunds = draw(st.lists(st.builds(WentBack, st.integers(0, 6000), some), max_size=5))
    return lines, refunds


def amount(money: int) -> WentBack:
    return WentBack(money)


def goods(money: int, **named: tuple[int, ...]) -> WentBack:
    """A refund of so much for (pieces, amount) of these lines, the first of which is `a`; and how many it had then, if they were
    more than it has now."""
    return WentBack(money, {key_of(name): Goods(*(*each, 0)[:3]) for name, each in named.items()})


def key_of(name: str) -> UUID:
    return UUID(int="abcdef".index(name))


def gone(lines: Sequence[Priced], missing: int, *refunds: WentBack) -> list[Fraction]:
    return list(shares_gone({UUID(int=key): line for key, line in enumerate(lines)}, missing, refunds).values())


@pytest.mark.parametrize(
    ("lines", "missing", "refunds", "expected"),
    [
        ([Priced(100, 1)], 0, [], [NOTHING]),
        ([Priced(100, 1)], 0, [goods(100, a=(1, 100))], [NOTHING]),
        ([Priced(100, 1)], -50, [amount(50)], [NOTHING]),
        ([Priced(100, 1)], 50, [amount(50)], [HALF]),
        # The goods go first: what is missing beyond them was the tip.
        ([Priced(100, 1)], 130, [amount(130)], [ALL]),
        # An amount goes back of everything, in proportion.
        ([Priced(100, 1), Priced(200, 1)], 150, [amount(150)], [HALF, HALF]),
        # What no refund tells of does too.
        ([Priced(100, 1), Priced(200, 1)], 150, [], [HALF, HALF]),
        ([], 100, [amount(100)], []),
        ([Priced(0, 1)], 100, [amount(100)], [NOTHING]),
    ],
)
def test_shares_gone_follow_amounts(lines: Any, missing: int, refunds: Any, expected: Any) -> None:
    assert gone(lines, missing, *refunds) == expected


@pytest.mark.parametrize(
    ("lines", "missing", "refunds", "expected"),
    [
        # Named goods went back, what is left in proportion of what is not named.
        ([Priced(100, 1), Priced(200, 1)], 100, [goods(100, a=(1, 100))], [ALL, NOTHING]),
        ([Priced(100, 1), Priced(200, 1)], 200, [amount(100), goods(100, a=(1, 100))], [ALL, HALF]),
        ([Priced(200, 2), Priced(100, 1)], 100, [goods(100, a=(1, 100))], [HALF, NOTHING]),
        # So much of it as its money went through.
        ([Priced(100, 1), Priced(200, 1)], 50, [goods(50, a=(1, 100))], [HALF, NOTHING]),
        ([Priced(100, 1), Priced(200, 1)], 100, [goods(100, a=(1, 100), b=(1, 200))], [THIRD, THIRD]),
        # More than the goods' worth went with them: the tip.
        ([Priced(100, 1), Priced(200, 1)], 130, [goods(130, a=(1, 100))], [ALL, Fraction(30, 200)]),
        # A line that costs less by now: what was given back above its price is of the rest.
        ([Priced(50, 1), Priced(50, 1)], 100, [goods(100, a=(1, 100))], [ALL, ALL]),
        ([Priced(50, 1), Priced(50, 1)], 75, [goods(100, a=(1, 100))], [ALL, HALF]),
        ([Priced(60, 1), Priced(60, 1)], 90, [goods(40, a=(1, 40)), goods(50, a=(1, 50))], [ALL, HALF]),
        # Lines that are not there are of the rest.
        ([Priced(100, 1), Priced(100, 1)], 100, [goods(100, c=(1, 100))], [HALF, HALF]),
        ([Priced(100, 1), Priced(100, 1)], 100, [goods(100, a=(1, 50), c=(1, 50))], [Fraction(2, 3), THIRD]),
        # What was free goes with its pieces, and in the end with everything.
        ([Priced(0, 2), Priced(100, 1)], 100, [goods(100, a=(1, 0), b=(1, 100))], [HALF, ALL]),
        ([Priced(0, 2), Priced(100, 1)], 100, [amount(100)], [ALL, ALL]),
    ],
)
def test_shares_gone_follow_named_goods(lines: Any, missing: int, refunds: Any, expected: Any) -> None:
    assert gone(lines, missing, *refunds) == expected


@pytest.mark.parametrize(
    ("missing", "refunds", "expected"),
    [
        (100, [goods(100, a=(1, 100)), goods(100, b=(1, 100))], [ALL, NOTHING]),
        (150, [goods(100, a=(1, 100)), goods(100, b=(1, 100))], [ALL, HALF]),
        (100, [amount(100), goods(100, b=(1, 100))], [HALF, HALF]),
        (150, [amount(100), goods(100, b=(1, 100))], [Fraction(2, 3), Fraction(5, 6)]),
        (100, [goods(100, a=(1, 100)), amount(100)], [ALL, NOTHING]),
    ],
)
def test_money_paid_again_is_that_of_the_older_refunds(missing: int, refunds: Any, expected: Any) -> None:
    """`missing` is less than what the refunds, the newest first, come to."""
    found = gone([Priced(100, 1), Priced(100, 1)], missing, *refunds)

    assert found == expected


@pytest.mark.parametrize(
    ("line", "missing", "refunds", "expected"),
    [
        # Two of four were given back and then taken off: of the two that are there none is gone.
        (Priced(200, 2), 100, [goods(200, a=(2, 200, 4))], [QUARTER, QUARTER]),
        # Three were: one of those that are there is.
        (Priced(200, 2), 100, [goods(300, a=(3, 300, 4))], [HALF, NOTHING]),
        # The newest refund meets them first.
        (Priced(200, 2), 100, [goods(100, a=(1, 100, 3)), goods(100, a=(1, 100, 3))], [HALF, NOTHING]),
        # What was taken off before a refund is none of what it gave back.
        (Priced(200, 2), 200, [goods(200, a=(2, 200, 2)), goods(100, a=(1, 100, 4))], [ALL, NOTHING]),
    ],
)
def test_pieces_that_were_taken_off_are_met_first(line: Priced, missing: int, refunds: Any, expected: Any) -> None:
    assert gone([line, Priced(200, 1)], missing, *refunds) == expected


@given(order=an_order(), missing=st.integers(0, 40_000))
@settings(max_examples=60)
def test_shares_sum_to_what_is_missing(order: Any, missing: int) -> None:
    lines, refunds = order

    shares = shares_gone(lines, missing, refunds)

    assert shares.keys() == lines.keys()
    assert all(0 <= share <= 1 for share in shares.values())
    worth = sum(line.gross for line in lines.values())
    assert sum(lines[key].gross * share for key, share in shares.items()) == min(missing, worth)


@given(order=an_order(), missing=st.integers(0, 40_000), more=st.integers(0, 5000))
@settings(max_examples=60)
def test_what_is_gone_grows_with_what_is_missing(order: Any, missing: int, more: int) -> None:
    lines, refunds = order

    before, after = shares_gone(lines, missing, refunds), shares_gone(lines, missing + more, refunds)

    assert all(before[key] <= after[key] for key in lines)


@given(order=an_order())
@settings(max_examples=60)
def test_nothing_is_kept_once_all_money_is_gone(order: Any) -> None:
    lines, refunds = order

    shares = shares_gone(lines, sum(line.gross for line in lines.values()), refunds)

    assert all(shares[key] == 1 for key, line in lines.items() if line.gross)
