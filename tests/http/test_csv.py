"""Tables as CSV: nothing in them runs in a spreadsheet, and all of it comes back."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos.http.csv import armed, csv_row, disarmed


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("'=1", "''=1"),
        ("'n Pint", "'n Pint"),
        ("a=1", "a=1"),
        ("", ""),
    ],
)
def test_formula_is_disarmed_and_comes_back(text: str, cell: str) -> None:
    assert (disarmed(text), armed(cell)) == (cell, text)


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("'=+-@\t\r\n a1"), max_size=6))
def test_any_text_comes_back_and_is_no_formula(text: str) -> None:
    cell = disarmed(text)

    assert armed(cell) == text
    assert not cell.startswith(tuple("=+-@\t\r\n"))


def test_row_quotes_what_needs_it_and_leaves_numbers_alone() -> None:
    values = [
        "a,b",
        'say "hi"',
        "two\nlines",
        -5,
        Decimal("-8.50"),
        Decimal("1E+3"),
        None,
        True,
        False,
        date(2026, 11, 21),
    ]

    line = csv_row([*values, datetime(2026, 11, 21, 18, tzinfo=UTC), "=x"])

    assert line.endswith("\r\n")
    assert next(csv.reader(io.StringIO(line, newline=""))) == [
        "a,b", 'say "hi"', "two\nlines", "-5", "-8.50", "1000", "", "yes", "no", "2026-11-21", "2026-11-21T18:00:00Z", "'=x",
    ]  # fmt: skip
