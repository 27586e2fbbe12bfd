"""What the rules say of levels, promotions and expiry: month ends, leap days, clock changes, midnights."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.loyalty import rules as rulebook
from pos.loyalty.rules import Promotion, Rules, built_in, midnight, month_after, read, year_before

BERLIN, PACIFIC, APIA = "Europe/Berlin", "America/Los_Angeles", "Pacific/Apia"
instants = st.integers(978_307_200, 3_786_912_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
zones = st.sampled_from([BERLIN, PACIFIC, APIA, "Asia/Kathmandu", "UTC"])


def local(text: str, timezone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone))


def rules(**changes: Any) -> Rules:
    return read(1, built_in("USD") | changes)


def happy(**changes: Any) -> Promotion:
    facts: dict[str, Any] = {
        "name": "happy",
        "days": ["fri"],
        "starts": "16:00",
        "ends": "18:00",
        "multiplier": Decimal(2),
    }
    return Promotion(**facts | {"limit_per_day": None, "from_on": None, "until_on": None} | changes)


@pytest.mark.parametrize(
    ("bought", "timezone", "months", "expires"),
    [
        ("2026-01-31T12:00", BERLIN, 1, "2026-03-01T00:00"),
        ("2026-02-01T00:00", BERLIN, 1, "2026-04-01T00:00"),
        ("2026-02-28T23:59", BERLIN, 12, "2027-03-01T00:00"),
        ("2024-02-29T12:00", BERLIN, 12, "2025-03-01T00:00"),
        ("2026-12-31T23:59", PACIFIC, 1, "2027-02-01T00:00"),
        ("2026-11-30T12:00", PACIFIC, 120, "2036-12-01T00:00"),
        # The offset of the day on which it expires counts, not that of the day on which it was bought.
        ("2026-02-10T12:00", BERLIN, 1, "2026-04-01T00:00"),
        ("2026-09-10T12:00", PACIFIC, 2, "2026-12-01T00:00"),
    ],
)
def test_points_expire_at_the_end_of_the_month(bought: str, timezone: str, months: int, expires: str) -> None:
    expires_at = rules(expiry_months=months).expires_at(local(bought, timezone), timezone)

    assert expires_at == local(expires, timezone)


def test_month_is_the_stores() -> None:
    new_year = datetime(2027, 1, 1, 3, tzinfo=UTC)

    assert rules(expiry_months=1).expires_at(new_year, PACIFIC) == local("2027-02-01T00:00", PACIFIC)
    assert rules(expiry_months=1).expires_at(new_year, BERLIN) == local("2027-03-01T00:00", BERLIN)


def test_points_never_expire_without_months() -> None:
    assert rules(expiry_months=None).expires_at(datetime(2026, 1, 1, tzinfo=UTC), BERLIN) is None


@given(now=instants, months=st.integers(1, 120), timezone=zones)
def test_points_live_their_months_and_at_most_one_more(now: datetime, months: int, timezone: str) -> None:
    expires_at = rules(expiry_months=months).expires_at(now, timezone)

    assert expires_at is not None
    then, today = expires_at.astimezone(ZoneInfo(timezone)), now.astimezone(ZoneInfo(timezone))
    assert (then.day, then.hour, then.minute) == (1, 0, 0)
    assert (then.year * 12 + then.month) - (today.year * 12 + today.month) == months + 1


@given(first=instants, second=instants, months=st.integers(1, 24), timezone=zones)
def test_what_was_earned_first_expires_first(first: datetime, second: datetime, months: int, timezone: str) -> None:
    by = rules(expiry_months=months)
    early, late = (by.expires_at(each, timezone) for each in sorted((first, second)))

    assert early is not None
    assert late is not None
    assert early <= late


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-12-31", 1, "2027-01-01"),
        ("2026-01-31", 1, "2026-02-01"),
        ("2024-02-29", 12, "2025-02-01"),
        ("2026-06-15", 0, "2026-06-01"),
    ],
)
def test_month_after_is_its_first_day(day: str, months: int, expected: str) -> None:
    assert month_after(date.fromisoformat(day), months) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("now", "timezone", "expected"),
    [
        ("2026-06-15T13:30", BERLIN, "2025-06-15T00:00"),
        ("2024-02-29T13:30", BERLIN, "2023-03-01T00:00"),
        ("2025-02-28T13:30", BERLIN, "2024-02-28T00:00"),
        ("2025-03-01T00:00", BERLIN, "2024-03-01T00:00"),
        # Summer time began a day later, or earlier, a year ago.
        ("2026-03-29T12:00", BERLIN, "2025-03-29T00:00"),
        ("2026-11-01T12:00", PACIFIC, "2025-11-01T00:00"),
    ],
)
def test_year_before_is_a_local_midnight(now: str, timezone: str, expected: str) -> None:
    assert year_before(local(now, timezone), timezone) == local(expected, timezone)


@given(now=instants, timezone=zones)
def test_year_before_is_a_year(now: datetime, timezone: str) -> None:
    assert timedelta(364) < now - year_before(now, timezone) < timedelta(368)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_day_is_as_long_as_the_clocks_make_it(day: str, hours: int) -> None:
    this = date.fromisoformat(day)

    assert midnight(this + timedelta(1), BERLIN) - midnight(this, BERLIN) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        ("2026-01-02T15:59:59", False), ("2026-01-02T16:00", True), ("2026-01-02T17:59:59", True), ("2026-01-02T18:00", False),
        ("2026-01-03T17:00", False),
    ],
)  # fmt: skip
def test_promotion_holds_between_its_hours(at: str, *, holds: bool) -> None:
    assert happy().holds(local(at, BERLIN)) == holds


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        ("2026-01-02T21:59", False), ("2026-01-02T22:00", True), ("2026-01-03T00:00", True), ("2026-01-03T01:59:59", True),
        ("2026-01-03T02:00", False), ("2026-01-03T22:00", False), ("2026-01-02T01:00", False),
    ],
)  # fmt: skip
def test_promotion_goes_on_past_midnight(at: str, *, holds: bool) -> None:
    assert happy(starts="22:00", ends="02:00").holds(local(at, BERLIN)) == holds


@pytest.mark.parametrize(
    ("at", "holds"),
    [("2026-01-02T17:00", False), ("2026-01-09T17:00", True), ("2026-01-16T17:00", True), ("2026-01-23T17:00", False)],
)
def test_promotion_holds_from_and_until_its_days(at: str, *, holds: bool) -> None:
    assert happy(from_on=date(2026, 1, 9), until_on=date(2026, 1, 16)).holds(local(at, BERLIN)) == holds


def test_promotion_at_takes_the_one_that_brings_most() -> None:
    often = {
        "days": ["fri"],
        "starts": "00:00",
        "ends": "23:00",
        "limit_per_day": None,
        "from_on": None,
        "until_on": None,
    }
    offered = [
        {"name": "double", "multiplier": "2", **often},
        {"name": "triple", "multiplier": "3", **often, "starts": "16:00"},
    ]
    by = rules(promotions=offered)

    found = [by.promotion_at(local(at, BERLIN)) for at in ("2026-01-02T12:00", "2026-01-02T17:00", "2026-01-03T12:00")]

    assert [each and each.name for each in found] == ["double", "triple", None]


@pytest.mark.parametrize(
    ("points", "floor", "level"),
    [
        (0, None, "bronze"), (499, None, "bronze"), (500, None, "silver"), (1499, None, "silver"), (5000, None, "platinum"),
        (10**9, None, "platinum"), (-5, None, "bronze"), (0, "gold", "gold"), (5000, "silver", "platinum"), (0, "gone", "bronze"),
    ],
)  # fmt: skip
def test_level_is_what_points_reach_but_not_below_its_floor(points: int, floor: str | None, level: str) -> None:
    assert rules().level_for(points, floor).name == level


@pytest.mark.parametrize(
    ("level", "above"), [("bronze", "silver"), ("gold", "platinum"), ("platinum", None), ("gone", "bronze")]
)
def test_next_level_is_the_one_above(level: str, above: str | None) -> None:
    found = rules().next_level(level)

    assert (found.name if found else None) == above


def test_points_count_for_ever_by_lifetime() -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)

    assert rules(levels_by="lifetime").level_from(now, BERLIN) < datetime(2001, 1, 1, tzinfo=UTC)
    assert rules().level_from(now, BERLIN) == year_before(now, BERLIN)


@pytest.mark.parametrize(("currency", "per"), [("USD", 100), ("EUR", 100), ("JPY", 100), ("KWD", 1000)])
def test_built_in_rules_give_a_point_for_a_whole_unit(currency: str, per: int) -> None:
    spend = read(rulebook.BUILT_IN_VERSION, built_in(currency)).accrual.spend

    assert spend is not None
    assert (spend.points, spend.per) == (1, per)
