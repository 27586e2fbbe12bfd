"""Instants and the days that they belong to."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos import clock

CALIFORNIA, BERLIN, SAMOA = "America/Los_Angeles", "Europe/Berlin", "Pacific/Apia"


def test_now_is_aware_and_in_utc() -> None:
    before = datetime.now(UTC)
    now = clock.now()

    assert now.utcoffset() == timedelta(0)
    assert before <= now <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("instant", "timezone", "day"),
    [
        # Midnight, to the second: 8 hours behind UTC in winter, 7 in summer.
        ("2026-11-21T07:59:59+00:00", CALIFORNIA, "2026-11-20"),
        ("2026-11-21T08:00:00+00:00", CALIFORNIA, "2026-11-21"),
        ("2026-07-21T06:59:59+00:00", CALIFORNIA, "2026-07-20"),
        ("2026-07-21T07:00:00+00:00", CALIFORNIA, "2026-07-21"),
        # Clocks go forward on 2026-03-08 at 10:00 UTC: the day begins at 08:00 UTC and ends, an hour short, at 07:00.
        ("2026-03-08T07:59:59+00:00", CALIFORNIA, "2026-03-07"),
        ("2026-03-08T08:00:00+00:00", CALIFORNIA, "2026-03-08"),
        ("2026-03-09T06:59:59+00:00", CALIFORNIA, "2026-03-08"),
        ("2026-03-09T07:00:00+00:00", CALIFORNIA, "2026-03-09"),
        # Clocks go back on 2026-11-01 at 09:00 UTC: the day has 25 hours.
        ("2026-11-01T06:59:59+00:00", CALIFORNIA, "2026-10-31"),
        ("2026-11-01T07:00:00+00:00", CALIFORNIA, "2026-11-01"),
        ("2026-11-02T07:59:59+00:00", CALIFORNIA, "2026-11-01"),
        ("2026-11-02T08:00:00+00:00", CALIFORNIA, "2026-11-02"),
        # East of Greenwich the new day begins the evening before, by UTC.
        ("2026-03-28T22:59:59+00:00", BERLIN, "2026-03-28"),
        ("2026-03-28T23:00:00+00:00", BERLIN, "2026-03-29"),
        ("2026-03-29T21:59:59+00:00", BERLIN, "2026-03-29"),
        ("2026-03-29T22:00:00+00:00", BERLIN, "2026-03-30"),
        ("2026-12-31T23:00:00+00:00", BERLIN, "2027-01-01"),
        # Samoa skipped the 30th of December 2011.
        ("2011-12-30T09:59:59+00:00", SAMOA, "2011-12-29"),
        ("2011-12-30T10:00:00+00:00", SAMOA, "2011-12-31"),
        # What counts is the instant, not the offset in which it is written.
        ("2026-11-21T00:30:00+01:00", CALIFORNIA, "2026-11-20"),
        ("2026-11-20T23:30:00-08:00", BERLIN, "2026-11-21"),
    ],
)
def test_business_day_is_that_of_the_location(instant: str, timezone: str, day: str) -> None:
    assert clock.business_day(datetime.fromisoformat(instant), timezone) == date.fromisoformat(day)


@settings(deadline=None)
@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001 - made aware below
def test_business_day_does_not_depend_on_how_the_instant_is_written(wall: datetime, minutes: int) -> None:
    instant = wall.replace(tzinfo=UTC)
    elsewhere = instant.astimezone(timezone(timedelta(minutes=minutes)))

    assert clock.business_day(elsewhere, CALIFORNIA) == clock.business_day(instant, CALIFORNIA)


def test_business_day_refuses_a_naive_instant() -> None:
    with pytest.raises(ValueError, match="naive"):
        clock.business_day(datetime(2026, 11, 21, 12), CALIFORNIA)  # noqa: DTZ001 - naive on purpose
