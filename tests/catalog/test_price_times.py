"""What a product costs from when on."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pos.catalog.price_times import prices_ahead
from pos.catalog.prices import PriceList

BERLIN = ZoneInfo("Europe/Berlin")
HAPPY = {"name": "Happy hour", "days": ["mon", "tue"], "starts": "16:00", "ends": "18:00", "percent": 25}
NIGHT = {"name": "Night", "days": ["sat"], "starts": "22:00", "ends": "02:30", "price": 500}


def _at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


def _ahead(
    rules: list[dict[str, Any]], local: datetime, most: int = 9, **changes: Any
) -> list[tuple[str, int, str | None]]:
    facts = {"name": "IPA", "price": 800, "sale_price": None, "is_open_price": False, "modifiers": [], **changes}
    product = PriceList(**facts, price_rules=rules)
    return [(f"{each.at:%a %H:%M}", each.price, each.rule) for each in prices_ahead(product, local, most=most)]


def test_price_without_rules_stays() -> None:
    assert _ahead([], _at(23, 12)) == [("Mon 12:00", 800, None)]
    assert _ahead([], _at(23, 12), sale_price=600) == [("Mon 12:00", 600, "sale")]
    assert _ahead([HAPPY], _at(23, 12), is_open_price=True) == []


def test_changes_follow_each_other_for_a_week_and_come_again() -> None:
    monday = _at(23, 17)

    assert _ahead([HAPPY], monday) == [
        ("Mon 17:00", 600, "Happy hour"),
        ("Mon 18:00", 800, None),
        ("Tue 16:00", 600, "Happy hour"),
        ("Tue 18:00", 800, None),
        ("Mon 16:00", 600, "Happy hour"),
        ("Mon 18:00", 800, None),
    ]
    assert _ahead([HAPPY], monday, most=2) == [("Mon 17:00", 600, "Happy hour"), ("Mon 18:00", 800, None)]


def test_rule_that_makes_nothing_cheaper_is_no_change() -> None:
    dearer = {**HAPPY, "name": "Rush", "price": 900}
    del dearer["percent"]

    assert _ahead([dearer], _at(23, 12)) == [("Mon 12:00", 800, None)]


def test_night_goes_past_midnight_and_over_the_hour_that_spring_skips() -> None:
    # On 29 March 2026 at 2:00 the clock in Berlin shows 3:00.
    assert _ahead([NIGHT], _at(28, 21, month=3), most=3) == [
        ("Sat 21:00", 800, None),
        ("Sat 22:00", 500, "Night"),
        ("Sun 03:00", 800, None),
    ]
