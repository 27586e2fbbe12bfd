"""What the tables of the office read from an address: pages and days, however odd."""

from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from pos.errors import Invalid
from pos.web.office.tables import MOST_PAGES, day_begins, page_number
from pos.web.office.writing import Writing
from tests.client import Shop
from tests.office.desk import desk


@pytest.mark.parametrize(("typed", "page"), [("1", 1), ("0007", 7), ("0" * 5000 + "200", MOST_PAGES)])
def test_page_is_read(typed: str, page: int) -> None:
    assert page_number(typed) == page


@pytest.mark.parametrize("typed", ["0", "000", "201", "9" * 5000, "000000001" + "9" * 30, "-1", "1.0", "٣", "²", "1 "])
def test_page_that_there_is_not_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        page_number(typed)


@pytest.mark.parametrize("typed", ["1970-12-31", "0001-01-01", "9999-12-31", "2026-02-30", "21.11.2026"])
@pytest.mark.parametrize("timezone", ["Pacific/Honolulu", "Pacific/Auckland"])
def test_day_of_no_year_in_which_anything_was_sold_is_refused(typed: str, timezone: str) -> None:
    with pytest.raises(Invalid):
        day_begins(typed, Writing("USD", timezone, "US"))


@pytest.mark.parametrize("typed", ["1971-01-01", "9998-12-31"])
def test_day_begins_by_the_clock_of_the_store(typed: str) -> None:
    begins = day_begins(typed, Writing("USD", "Pacific/Auckland", "NZ"))

    assert f"{begins:%Y-%m-%d %H:%M}" == f"{typed} 00:00"
    assert begins.tzinfo == ZoneInfo("Pacific/Auckland")


def test_log_of_odd_days_is_a_refusal_in_words(app: Flask, shop: Shop) -> None:
    owner = desk(app, shop)

    answers = [
        owner.get("/health/log", query_string={name: day}).status_code
        for name in ("since", "until")
        for day in ("1969-12-31", "9999-12-31", "1971-01-01", "9998-12-31")
    ]

    assert answers == [422, 422, 200, 200] * 2
