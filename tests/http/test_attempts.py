"""Exact limits on guessing, with the clock in hand. Over HTTP they are tested where they are used (stores, staff)."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from pos.errors import TooManyTries
from pos.http import attempts

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)


def allowed(
    key: str, times: int, *, now: datetime = NOW, limit: int = 3, window: timedelta | None = attempts.WINDOW
) -> int:
    """How many of so many tries are let through."""
    passed = 0
    for _ in range(times):
        try:
            attempts.take(key, limit=limit, now=now, window=window)
        except TooManyTries:
            continue
        passed += 1
    return passed


@pytest.mark.parametrize("limit", [1, 3, 10])
def test_take_lets_exactly_the_limit_through(app: Flask, limit: int) -> None:
    assert allowed("pin:a:b", limit + 3, limit=limit) == limit


def test_take_counts_each_key_by_itself(app: Flask) -> None:
    assert [allowed(key, 5) for key in ("pin:a:1", "pin:a:2", "pin:a")] == [3, 3, 3]


@pytest.mark.parametrize(
    ("later", "passed"),
    [
        (timedelta(seconds=1), 0),
        (timedelta(minutes=14, seconds=59), 0),
        (timedelta(minutes=15), 3),
        (timedelta(days=1), 3),
    ],
)
def test_take_begins_anew_after_the_window(app: Flask, later: timedelta, passed: int) -> None:
    assert allowed("sign-in:x", 5) == 3

    assert allowed("sign-in:x", 5, now=NOW + later) == passed


def test_window_begins_with_the_first_try_and_is_not_pushed_on(app: Flask) -> None:
    """Or whoever keeps knocking would lock somebody else out for good."""
    assert allowed("sign-in:x", 3) == 3
    assert allowed("sign-in:x", 5, now=NOW + timedelta(minutes=14)) == 0

    assert allowed("sign-in:x", 5, now=NOW + timedelta(minutes=15)) == 3


@pytest.mark.parametrize("later", [timedelta(minutes=15), timedelta(days=3650)])
def test_take_without_a_window_never_forgets(app: Flask, later: timedelta) -> None:
    assert allowed("pin:a:b", 5, window=None) == 3

    assert allowed("pin:a:b", 5, now=NOW + later, window=None) == 0


@pytest.mark.parametrize(
    ("prefix", "forgiven"),
    [
        ("pin:a:", {"pin:a:1", "pin:a:2"}),
        ("pin:a:1", {"pin:a:1"}),
        ("pin:ab:", {"pin:ab:1"}),
        ("pin:", {"pin:a:1", "pin:a:2", "pin:ab:1", "pin:%:1"}),
        # What stands in a key is no pattern.
        ("pin:%:", {"pin:%:1"}),
        ("pin:_:", set()),
    ],
)
def test_forgive_forgets_what_begins_so_and_nothing_else(app: Flask, prefix: str, forgiven: set[str]) -> None:
    keys = ["pin:a:1", "pin:a:2", "pin:ab:1", "pin:%:1", "sign-in:pin:a:1"]
    for key in keys:
        allowed(key, 3)

    attempts.forgive(prefix)

    assert {key for key in keys if allowed(key, 1)} == forgiven


def test_refusal_says_what_to_do(app: Flask) -> None:
    attempts.take("pin:a:b", limit=1, now=NOW)

    with pytest.raises(TooManyTries, match="A manager has to unlock"):
        attempts.take("pin:a:b", limit=1, now=NOW, then="A manager has to unlock this PIN.")
