"""The fields that bodies are made of: what each takes, what it makes of it, and what it refuses."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError, fields

from pos.http.schemas import Amount, Body, Flag, Instant, Page, Rate, Text, Whole, nullable
from pos.money import MAX_AMOUNT

NOT_WHOLE = ("1", "", "one", 1.0, 0.0, 1.5, -0.0, 1e3, True, False, [1], {"a": 1}, None, [], {})
NOT_TEXT = (1, 0, 1.5, True, False, [], ["a"], {}, {"a": "b"}, None)
NOT_FLAGS = (0, 1, 1.0, "true", "false", "True", "yes", "no", "on", "1", "", [], [True], {}, None)
CONTROL = [chr(code) for code in (*range(9), *range(11, 32), 127, *range(0x202A, 0x202F), *range(0x2066, 0x206A))]
RATES = ("0", "1", "0.0", "1.0", "0.0825", "0.10", "0.19", "0.077", "0.000001", "0.999999", "1.000000", "0.500000")
NOT_RATES = (
    "", " ", ".1", "0.", "1.", "00.1", "01", "+0.1", "-0.1", "-0", "1.1", "1.000001", "2", "8.25", "8.25%", "0,0825",
    "0.0825 ", " 0.0825", "0.0825\n", "\n0.0825", "0.0000001", "1e-2", "0x1", "NaN", "Infinity", "inf", "1/4", "٠.١",
    "0.1.1", "0_1", "null", 0, 1, 0.0825, 0.1, True, False, [], ["0.1"], {}, None,
)  # fmt: skip
INSTANTS = (
    ("2026-11-21T18:04:05Z", datetime(2026, 11, 21, 18, 4, 5, tzinfo=UTC)),
    ("2026-11-21T18:04:05+00:00", datetime(2026, 11, 21, 18, 4, 5, tzinfo=UTC)),
    ("2026-11-21T10:04:05-08:00", datetime(2026, 11, 21, 18, 4, 5, tzinfo=UTC)),
    ("2026-11-21T23:34:05+05:30", datetime(2026, 11, 21, 18, 4, 5, tzinfo=UTC)),
    ("2026-11-21T18:04:05.123Z", datetime(2026, 11, 21, 18, 4, 5, 123_000, tzinfo=UTC)),
    ("2026-11-21T18:04:05.123456Z", datetime(2026, 11, 21, 18, 4, 5, 123_456, tzinfo=UTC)),
    ("2028-02-29T00:00:00Z", datetime(2028, 2, 29, tzinfo=UTC)),
    ("2000-01-01T00:00:00Z", datetime(2000, 1, 1, tzinfo=UTC)),
    ("2199-12-31T23:59:59Z", datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC)),
)
NOT_INSTANTS = (
    "", " ", "now", "today", "2026-11-21", "18:04:05", "2026-11-21T18:04:05", "2026-11-21 18:04:05",
    "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-21T25:00:00Z",
    "2026-11-21T18:60:00Z", "2026-11-21T18:04:05+25:00", "2026-11-21T18:04:05 Z Z", "21.11.2026 18:04",
    "11/21/2026", "1999-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
    "0000-00-00T00:00:00Z", "99999-01-01T00:00:00Z", "-2026-11-21T18:04:05Z", "٢٠٢٦-١١-٢١T18:04:05Z",
    "2026-11-21T18:04:05Z\n", "1763748245", 0, 1763748245, 1763748245.5, True, [], {}, None,
)  # fmt: skip


class Order(Body):
    quantity = Whole(least=1, most=10)
    note = Text(most=5, allow_none=True)


class Outer(Body):
    order = nullable(Order)


@pytest.mark.parametrize("value", [0, 1, 10**6, MAX_AMOUNT])
def test_whole_takes_integers_in_its_range(value: int) -> None:
    assert Whole().deserialize(value) == value
    assert type(Whole().deserialize(value)) is int


@pytest.mark.parametrize("value", NOT_WHOLE, ids=ascii)
def test_whole_refuses_what_only_looks_like_an_integer(value: Any) -> None:
    with pytest.raises(ValidationError):
        Whole().deserialize(value)


@pytest.mark.parametrize("value", [-1, MAX_AMOUNT + 1, -(2**63), 2**63, 2**200])
def test_whole_refuses_what_is_out_of_range(value: int) -> None:
    with pytest.raises(ValidationError):
        Whole().deserialize(value)


@pytest.mark.parametrize(("value", "fits"), [(0, False), (1, True), (10, True), (11, False)])
def test_whole_includes_both_ends_of_its_range(value: int, fits: bool) -> None:
    assert ("quantity" not in Order().validate({"quantity": value})) is fits


def test_whole_takes_null_only_if_it_may() -> None:
    assert Whole(allow_none=True).deserialize(None) is None


def test_amount_goes_from_nothing_to_a_million_millions() -> None:
    assert (Amount().deserialize(0), Amount().deserialize(10**12)) == (0, 10**12)
    for value in (-1, 10**12 + 1):
        with pytest.raises(ValidationError):
            Amount().deserialize(value)


@pytest.mark.parametrize(("typed", "expected"), [
    ("Ada", "Ada"),
    ("  Ada  ", "Ada"),
    ("\u00a0Ada\u3000", "Ada"),
    ("Ada\n", "Ada"),
    ("two\nlines", "two\nlines"),
    ("tab\tbed", "tab\tbed"),
    ("Ξένη Ångström 李", "Ξένη Ångström 李"),
    ("🍺👩‍👩‍👧", "🍺👩‍👩‍👧"),
    ("عربي", "عربي"),
    ("'; DROP TABLE orders; --", "'; DROP TABLE orders; --"),
    ("", ""),
])  # fmt: skip
def test_text_is_kept_without_blanks_at_its_ends(typed: str, expected: str) -> None:
    assert Text(most=50).deserialize(typed) == expected


@pytest.mark.parametrize("character", CONTROL, ids=ascii)
def test_text_refuses_characters_that_control(character: str) -> None:
    with pytest.raises(ValidationError, match="control characters"):
        Text(most=50).deserialize(f"A{character}da")


@pytest.mark.parametrize("value", NOT_TEXT, ids=ascii)
def test_text_refuses_everything_else(value: Any) -> None:
    with pytest.raises(ValidationError):
        Text(most=50).deserialize(value)


@pytest.mark.parametrize(("typed", "fits"), [
    ("", False), ("   ", False), ("\n\t", False), ("a", True), ("  a  ", True), ("abcde", True), ("abcdef", False),
    ("  abcde  ", True), ("🍺🍺🍺🍺🍺", True),
])  # fmt: skip
def test_text_is_measured_in_characters_after_its_blanks_are_dropped(typed: str, fits: bool) -> None:
    try:
        Text(least=1, most=5).deserialize(typed)
    except ValidationError:
        assert not fits
    else:
        assert fits


@pytest.mark.parametrize("value", [True, False])
def test_flag_takes_true_and_false(value: bool) -> None:
    assert Flag().deserialize(value) is value


@pytest.mark.parametrize("value", NOT_FLAGS, ids=ascii)
def test_flag_refuses_what_only_means_true_or_false(value: Any) -> None:
    with pytest.raises(ValidationError):
        Flag().deserialize(value)


@pytest.mark.parametrize(("typed", "expected"), INSTANTS)
def test_instant_reads_rfc_3339(typed: str, expected: datetime) -> None:
    found = Instant().deserialize(typed)

    assert found == expected
    assert found.tzinfo is not None


@pytest.mark.parametrize("value", NOT_INSTANTS, ids=ascii)
def test_instant_refuses_the_naive_the_impossible_and_the_absurd(value: Any) -> None:
    with pytest.raises(ValidationError):
        Instant().deserialize(value)


@given(
    instant=st.datetimes(
        min_value=datetime(2000, 1, 1), max_value=datetime(2199, 12, 31), timezones=st.just(UTC)  # noqa: DTZ001
    ),
    minutes=st.integers(-14 * 60, 14 * 60),
)  # fmt: skip
@settings(derandomize=True, deadline=None, max_examples=200)
def test_instant_reads_each_instant_at_each_offset(instant: datetime, minutes: int) -> None:
    local = instant.astimezone(timezone(timedelta(minutes=minutes)))
    if not 2000 <= local.year < 2200:
        return

    assert Instant().deserialize(local.isoformat()) == instant


@pytest.mark.parametrize("value", RATES)
def test_rate_takes_decimals_from_nothing_to_one(value: str) -> None:
    found = Rate().deserialize(value)

    assert 0 <= Decimal(found) <= 1
    assert found == value


@pytest.mark.parametrize("value", NOT_RATES, ids=ascii)
def test_rate_refuses_everything_else(value: Any) -> None:
    with pytest.raises(ValidationError):
        Rate().deserialize(value)


def test_body_refuses_names_that_it_does_not_know() -> None:
    assert Order().validate({"quantity": 1, "price": 1}) == {"price": ["Unknown field."]}
    assert Outer().validate({"order": {"quantity": 1, "price": 1}}) == {"order": {"price": ["Unknown field."]}}


@pytest.mark.parametrize("body", [[], [{}], "", "quantity", 1, 1.5, True, None], ids=ascii)
def test_body_refuses_what_is_no_object(body: Any) -> None:
    assert Order().validate(body) == {"_schema": ["Invalid input type."]}


def test_nullable_takes_null_or_an_object() -> None:
    assert Outer().load({"order": None}) == {"order": None}
    assert Outer().load({"order": {"quantity": 2}}) == {"order": {"quantity": 2}}


@pytest.mark.parametrize(("query", "expected"), [
    ({}, {"limit": 50}),
    ({"limit": "1"}, {"limit": 1}),
    ({"limit": "200"}, {"limit": 200}),
    ({"limit": "10", "after": "abc"}, {"limit": 10, "after": "abc"}),
])  # fmt: skip
def test_page_has_fifty_rows_unless_asked(query: dict[str, str], expected: dict[str, Any]) -> None:
    assert Page().load(query) == expected


@pytest.mark.parametrize("limit", ["0", "-1", "201", "1000000", "1.5", "1e2", "ten", "", " ", "0x10", "NaN", "true"])
def test_page_refuses_other_limits(limit: str) -> None:
    assert set(Page().validate({"limit": limit})) == {"limit"}


def test_fields_document_what_they_take() -> None:
    """The generated OpenAPI says the same as the code, so a client can check before it sends."""
    assert isinstance(Whole(), fields.Integer)
    assert Text(least=1, most=5).metadata["pattern"] == r"\S"
    assert Rate.PATTERN.startswith("^")
    assert Rate.PATTERN.endswith("$")
