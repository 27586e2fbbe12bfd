"""Tips as people type them."""

import pytest

from pos.web import tips


@pytest.mark.parametrize(
    ("typed", "currency", "amount"),
    [
        ("2.50", "USD", 250),
        ("2,50", "USD", 250),
        ("2.5", "USD", 250),
        ("2", "USD", 200),
        (".5", "USD", 50),
        (",05", "USD", 5),
        (" 2.50 ", "USD", 250),
        ("0", "USD", 0),
        ("0.00", "USD", 0),
        ("007", "USD", 700),
        ("999999999999", "USD", 99999999999900),
        ("250", "JPY", 250),
        ("0", "JPY", 0),
        ("1,000", "KWD", 1000),
        ("1.25", "KWD", 1250),
        ("0.005", "KWD", 5),
    ],
)
def test_tip_is_read_in_major_units(typed: str, currency: str, amount: int) -> None:
    assert tips.read(typed, currency) == amount


@pytest.mark.parametrize(
    ("typed", "currency"),
    [
        ("", "USD"),
        (" ", "USD"),
        (".", "USD"),
        ("2.", "USD"),
        ("-1", "USD"),
        ("+1", "USD"),
        ("1,000", "USD"),
        ("1,000.00", "USD"),
        ("1.2.3", "USD"),
        ("2.505", "USD"),
        ("1e3", "USD"),
        ("0x10", "USD"),
        ("NaN", "USD"),
        ("two", "USD"),
        ("$2", "USD"),
        ("2\0", "USD"),
        ("٢", "USD"),
        ("２", "USD"),
        ("²", "USD"),
        ("1234567890123", "USD"),
        ("9" * 10_000, "USD"),
        ("2.5", "JPY"),
        ("1,000", "JPY"),
        ("0.0005", "KWD"),
    ],
)
def test_what_is_no_amount_is_refused(typed: str, currency: str) -> None:
    with pytest.raises(tips.UnreadableTip):
        tips.read(typed, currency)


@pytest.mark.parametrize(
    ("currency", "example"), [("USD", "2.50"), ("JPY", "250"), ("KWD", "2.500"), ("ISK", "250"), ("EUR", "2.50")]
)
def test_example_can_be_typed(currency: str, example: str) -> None:
    assert tips.example(currency) == example
    assert tips.write(tips.read(example, currency), currency) == example


@pytest.mark.parametrize(
    ("due", "currency", "offered"),
    [
        (4638, "USD", [(10, 464), (15, 696), (20, 928)]),
        (4, "USD", [(15, 1), (20, 1)]),
        (0, "USD", []),
        (1500, "JPY", [(10, 150), (15, 225), (20, 300)]),
        # Cards are charged in steps of ten thousandths of a dinar.
        (1250, "KWD", [(10, 120), (15, 180), (20, 250)]),
    ],
)
def test_percents_are_offered_with_their_amounts(due: int, currency: str, offered: list[tuple[int, int]]) -> None:
    assert tips.presets(due, currency) == offered
    assert [tips.of_percent(str(percent), due, currency) for percent, _ in offered] == [each for _, each in offered]


@pytest.mark.parametrize("typed", ["", "0", "11", "100", "-10", "10.0", " 10", "ten", "１０", "9" * 5000])
def test_percent_that_is_not_offered_is_refused(typed: str) -> None:
    with pytest.raises(tips.PercentNotOffered):
        tips.of_percent(typed, 4638, "USD")
