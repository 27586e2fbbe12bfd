"""Which payments give money back, and what a part of a line is worth: pure."""

import uuid
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.payments.allocation import Held, RefundExceedsPaid, allocate, worth


def held(*payments: tuple[str, int]) -> list[Held]:
    return [Held(uuid.uuid4(), method, left) for method, left in payments]


@pytest.mark.parametrize(
    ("amount", "payments", "expected"),
    [
        (500, [("card", 1000)], [(0, 500)]),
        (1000, [("card", 1000)], [(0, 1000)]),
        (700, [("card", 600), ("card", 400)], [(1, 400), (0, 300)]),
        (700, [("card", 600), ("cash", 400)], [(0, 600), (1, 100)]),
        (700, [("cash", 600), ("card", 400), ("cash", 300)], [(1, 400), (2, 300)]),
        (700, [("card", 600), ("card", 0), ("card", 400)], [(2, 400), (0, 300)]),
        (0, [("card", 600)], []),
        (0, [], []),
    ],
)
def test_allocate_takes_from_the_newest_and_from_cash_last(
    amount: int, payments: list[tuple[str, int]], expected: list[tuple[int, int]]
) -> None:
    there = held(*payments)

    assert allocate(amount, there) == [(there[index], part) for index, part in expected]


@pytest.mark.parametrize(("amount", "payments"), [(1, []), (1001, [("card", 600), ("cash", 400)])])
def test_allocate_refuses_more_than_is_held(amount: int, payments: list[tuple[str, int]]) -> None:
    with pytest.raises(RefundExceedsPaid, match=f"Only {sum(left for _, left in payments)} "):
        allocate(amount, held(*payments))


@pytest.mark.parametrize(
    ("whole", "of", "parts", "expected"),
    [
        (1000, 3, [1, 1, 1], [333, 334, 333]),
        (1000, 3, [2, 1], [667, 333]),
        (1000, 3, [3], [1000]),
        (2, 4, [1, 1, 1, 1], [1, 0, 1, 0]),
        (0, 2, [1, 1], [0, 0]),
    ],
)
def test_worth_of_parts_is_that_of_the_whole(whole: int, of: int, parts: list[int], expected: list[int]) -> None:
    before = [sum(parts[:index]) for index in range(len(parts))]

    found = [worth(whole, of=of, before=gone, quantity=part) for gone, part in zip(before, parts, strict=True)]

    assert found == expected
    assert sum(found) == whole


@given(whole=st.integers(0, 10**12), of=st.integers(1, 50), data=st.data())
def test_worth_is_never_negative_and_sums_up_however_it_is_taken_apart(
    whole: int, of: int, data: st.DataObject
) -> None:
    steps = sorted(data.draw(st.sets(st.integers(1, of), max_size=of)) | {0, of})

    parts = [worth(whole, of=of, before=one, quantity=other - one) for one, other in pairwise(steps)]

    assert sum(parts) == whole
    assert min(parts) >= 0
