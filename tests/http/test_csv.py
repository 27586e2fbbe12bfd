"""CSV that opens without formulas, and comes back as it was."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.http.csv import armed, csv_row, disarmed


@pytest.mark.parametrize("begins", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "'=1", "''@x"])
def test_text_that_begins_like_a_formula_is_disarmed(begins: str) -> None:
    assert disarmed(begins) == "'" + begins


def test_numbers_stay_numbers_and_nothing_is_empty() -> None:
    assert (
        csv_row([-5, Decimal("-2.50"), None, True, "-5", 'say "hi", now']) == '-5,-2.50,,yes,\'-5,"say ""hi"", now"\r\n'
    )


@given(st.text())
def test_each_text_comes_back_and_none_begins_like_a_formula(text: str) -> None:
    [[cell, _]] = csv.reader(io.StringIO(csv_row([text, 1]), newline=""))

    assert armed(cell) == text
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
