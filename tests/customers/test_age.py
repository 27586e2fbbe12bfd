"""How old somebody is, as a table of cases."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.customers.age import age_of, whole_years

BORN, LEAP = date(1990, 12, 10), date(2000, 2, 29)


@pytest.mark.parametrize(
    ("born_on", "today", "years"),
    [
        (BORN, date(2026, 12, 9), 35),
        (BORN, date(2026, 12, 10), 36),
        (BORN, date(2027, 1, 1), 36),
        (LEAP, date(2026, 2, 28), 25),
        (LEAP, date(2026, 3, 1), 26),
        (LEAP, date(2028, 2, 28), 27),
        (LEAP, date(2028, 2, 29), 28),
        (date(2026, 11, 21), date(2026, 11, 21), 0),
        (date(2026, 11, 22), date(2026, 11, 21), 0),
    ],
)
def test_whole_years_counts_the_birthdays_so_far(born_on: date, today: date, years: int) -> None:
    assert whole_years(born_on, today) == years


@given(st.dates(date(1900, 1, 1), date(2090, 1, 1)), st.integers(0, 40_000))
def test_whole_years_never_falls_and_grows_by_one_a_year(born_on: date, days: int) -> None:
    today = date.fromordinal(born_on.toordinal() + days)

    grown = whole_years(born_on, date.fromordinal(today.toordinal() + 366)) - whole_years(born_on, today)

    assert grown in (1, 2)
    assert 0 <= days - whole_years(born_on, today) * 365 <= 366 + days // 365


@pytest.mark.parametrize(
    ("born_on", "recorded", "age", "source"),
    [
        (BORN, None, 35, "date_of_birth"),
        (BORN, 50, 35, "date_of_birth"),
        (None, 50, 50, "recorded"),
        (None, 0, 0, "recorded"),
        (None, None, None, None),
    ],
)
def test_age_of_takes_the_birth_date_before_what_was_recorded(
    born_on: date | None, recorded: int | None, age: int | None, source: str | None
) -> None:
    assert age_of(born_on, recorded, date(2026, 11, 21)) == {"age": age, "age_source": source}
