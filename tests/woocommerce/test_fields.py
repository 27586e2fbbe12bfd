"""Single fields: what each kind of value is read as, and when it is a reason to leave the record out."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.woocommerce import fields
from pos.woocommerce.records import LeftOut

_LEAVES = st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text()
ANYTHING = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
READERS: list[Callable[[Any, str], Any]] = [
    fields.number, fields.number_or_zero, fields.amount, fields.amount_or_zero, fields.instant, fields.text, fields.exact, fields.name_of, fields.note, fields.word,
    fields.rows, fields.part,
]  # fmt: skip


def refused(read: Callable[[Any, str], Any], told: Any) -> str:
    with pytest.raises(LeftOut) as why:
        read({"field": told}, "field")
    return why.value.reason


@pytest.mark.parametrize(("told", "number"), [(12, 12), ("12", 12), ("0012", 12), (2**62 - 1, 2**62 - 1)])
def test_number_is_read(told: Any, number: int) -> None:
    assert fields.number({"field": told}, "field") == fields.number_or_zero({"field": told}, "field") == number


@pytest.mark.parametrize(
    "told", [None, "", 0, -1, True, 1.5, Decimal(12), "12a", "-12", "1" * 19, 2**62, [], {}, "１２"]
)
def test_number_that_is_none_is_a_reason_or_zero(told: Any) -> None:
    assert refused(fields.number, told) == "no_number"
    assert fields.number_or_zero({"field": told}, "field") == 0


@pytest.mark.parametrize(
    ("told", "amount"),
    [("12.34", "12.34"), ("-5", "-5"), (12, "12"), (Decimal("12.340"), "12.340"), (" 12.5 ", "12.5"), ("0", "0"), ("1e3", "1e3"), (".5", ".5")],
)  # fmt: skip
def test_amount_is_exact(told: Any, amount: str) -> None:
    assert fields.amount({"field": told}, "field") == Decimal(amount)


@pytest.mark.parametrize("told", [None, ""])
def test_no_amount_is_none_or_nothing(told: Any) -> None:
    assert fields.amount({"field": told}, "field") is fields.amount({}, "field") is None
    assert fields.amount_or_zero({"field": told}, "field") == 0


@pytest.mark.parametrize(
    "told", ["free", "12,34", "$12", True, [], {}, "NaN", "Infinity", "1e13", "9" * 14, "1" + "0" * 60, Decimal("1e20")]
)
def test_amount_that_is_none_is_a_reason(told: Any) -> None:
    assert refused(fields.amount, told) == refused(fields.amount_or_zero, told) == "odd_amount"


NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "told", ["2026-11-22T12:00:00", "2026-11-22 12:00:00", "2026-11-22T13:00:00+01:00", "2026-11-22T12:00:00Z"]
)
def test_instant_is_utc_unless_it_says_otherwise(told: str) -> None:
    assert fields.instant({"field": told}, "field") == NOON


@pytest.mark.parametrize(
    "told", [None, "", [], "0001-01-01T00:00:00", "1969-12-31T23:59:59", "2200-01-01T00:00:00", "9999-12-31T23:59:59"]
)
def test_instant_of_never_is_none(told: Any) -> None:
    assert fields.instant({"field": told}, "field") is None


@pytest.mark.parametrize(
    "told",
    [
        "0000-00-00T00:00:00",
        "yesterday",
        1700000000,
        {"date": 1},
        True,
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_instant_that_is_none_is_a_reason(told: Any) -> None:
    assert refused(fields.instant, told) == "odd_date"


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ("Glass", "Glass"), ("  a \n b\t", "a b"), ("<b>Bold</b> &amp; <i>bright</i>", "Bold & bright"), ("Fish &#8211; chips", "Fish – chips"),
        ("&lt;b&gt;", "<b>"), ("a < b", "a < b"), ("A\x00B\x07C\ud800", "ABC"), (12, "12"), (Decimal("1.50"), "1.50"), ("Пиво 🍺", "Пиво 🍺"),
        ("x" * 300, "x" * 199 + "…"), ("", None), ("  ", None), ("<br>", None), (None, None), (True, None), ([], None), ({}, None),
    ],
)  # fmt: skip
def test_text_is_plain_and_on_one_line(told: Any, text: str | None) -> None:
    assert fields.text({"field": told}, "field") == text


@pytest.mark.parametrize(
    "told",
    ["ada@shop.example", "Ada <ada@shop.example>", "mailto:ada@shop.example!", "ADA.K+x@mail.shop.example, or so", "a@b.ex/ada@shop.example"],
)  # fmt: skip
def test_note_keeps_no_email(told: str) -> None:
    kept = fields.note({"field": told}, "field")

    assert kept
    assert "ada@" not in kept.lower()


def test_name_that_is_an_email_is_none() -> None:
    told = {"whole": "ada@shop.example", "part": "Ada ada@shop.example", "name": "Ada"}

    assert [fields.name_of(told, name) for name in ("whole", "part", "name", "none")] == [None, "Ada", "Ada", None]
    assert fields.exact(told, "whole") == "ada@shop.example"


def test_note_keeps_what_is_none() -> None:
    assert fields.note({"field": "2 @ 5.00, ask for @ada"}, "field") == "2 @ 5.00, ask for @ada"


@pytest.mark.parametrize(("told", "word"), [("Completed", "completed"), (None, ""), ([], ""), (" on-hold ", "on-hold")])
def test_word_is_small(told: Any, word: str) -> None:
    assert fields.word({"field": told}, "field") == word


def test_lists_and_objects_are_what_they_ought_to_be_or_empty() -> None:
    told = {"list": [{"a": 1}, None, 3, {"b": 2}], "object": {"a": 1}, "empty": []}

    assert (fields.rows(told, "list"), fields.rows(told, "object"), fields.rows(told, "none")) == (
        [{"a": 1}, {"b": 2}],
        [],
        [],
    )
    assert (fields.part(told, "object"), fields.part(told, "empty"), fields.part(told, "none")) == ({"a": 1}, {}, {})
    assert refused(lambda raw, name: fields.record(raw[name]), []) == "no_object"


@given(ANYTHING, st.sampled_from(READERS))
def test_anything_is_read_or_is_a_reason(told: Any, read: Callable[[Any, str], Any]) -> None:
    found = _read_or_refused(read, told)

    if isinstance(found, LeftOut):
        assert found.reason in ("no_number", "odd_amount", "odd_date")
    if isinstance(found, str):
        found.encode()
        assert "\x00" not in found
        assert len(found) <= fields.MOST_NOTE


def _read_or_refused(read: Callable[[Any, str], Any], told: Any) -> Any:
    try:
        return read({"field": told}, "field")
    except LeftOut as why:
        return why
