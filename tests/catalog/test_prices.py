"""What one piece costs: pure. Happy hours, sales, modifiers, open prices."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pos.catalog.prices import (
    ModifierCount,
    Price,
    PriceList,
    PriceNotOpen,
    PriceRequired,
    UnknownModifier,
    is_in_force,
    price_of,
)

ALL_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
# A Monday.
MONDAY = datetime(2026, 11, 23)  # noqa: DTZ001 - wall-clock time, as the rules are written in
SIZE = {"name": "Size", "min": 1, "max": 1, "choices": [{"name": "Small", "price": 0}, {"name": "Large", "price": 100}]}
EXTRAS = {
    "name": "Extras",
    "min": 0,
    "max": 2,
    "choices": [{"name": "Lime", "price": 30}, {"name": "Salt", "price": 0}],
}


def product(**facts: Any) -> PriceList:
    plain = {"sale_price": None, "is_open_price": False, "modifiers": [], "price_rules": []}
    return PriceList(**{"name": "Ale", "price": 800, **plain, **facts})


def rule(**facts: Any) -> dict[str, Any]:
    """Mondays from four to six for 600, unless it is said otherwise."""
    made = {"name": "Happy hour", "days": ["mon"], "starts": "16:00", "ends": "18:00", **facts}
    return made if "percent" in made else {"price": 600, **made}


def at(hour: int, minute: int = 0, *, day: int = 0) -> datetime:
    """So many days after Monday."""
    return MONDAY.replace(day=MONDAY.day + day, hour=hour, minute=minute)


def price(what: PriceList, *chosen: str, keyed_in: int | None = None, local: datetime | None = None) -> Price:
    return price_of(what, chosen=chosen, keyed_in=keyed_in, local=local)


# --- rules ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "local", "holds"),
    [
        ({}, at(15, 59), False),
        ({}, at(16), True),
        ({}, at(17, 59), True),
        ({}, at(18), False),
        ({}, at(17, day=1), False),
        ({"days": ["tue", "mon"]}, at(17, day=1), True),
        # Past midnight: the early hours belong to the day on which it started.
        ({"starts": "22:00", "ends": "02:00"}, at(21, 59), False),
        ({"starts": "22:00", "ends": "02:00"}, at(22), True),
        ({"starts": "22:00", "ends": "02:00"}, at(1, 59, day=1), True),
        ({"starts": "22:00", "ends": "02:00"}, at(2, day=1), False),
        ({"starts": "22:00", "ends": "02:00"}, at(1), False),
        ({"starts": "22:00", "ends": "02:00"}, at(22, day=1), False),
        ({"starts": "22:00", "ends": "02:00", "days": ["sun"]}, at(1), True),
        ({"starts": "22:00", "ends": "00:00"}, at(23, 59), True),
        ({"starts": "22:00", "ends": "00:00"}, at(0, day=1), False),
        ({"starts": "00:00", "ends": "23:59"}, at(0), True),
        ({"starts": "00:00", "ends": "23:59"}, at(23, 59), False),
    ],
)
def test_rule_holds_on_its_days_between_its_times(facts: dict[str, Any], local: datetime, holds: bool) -> None:
    assert is_in_force(rule(**facts), local) == holds


@pytest.mark.parametrize(
    ("instant", "holds"),
    [
        # 2026-11-01, a Sunday, in Los Angeles: the clock goes back at two, so the hour from one to two comes twice.
        ("2026-11-01T08:29:00Z", False),
        ("2026-11-01T08:30:00Z", True),
        ("2026-11-01T09:00:00Z", False),
        ("2026-11-01T09:30:00Z", True),
        ("2026-11-01T10:29:00Z", True),
        ("2026-11-01T10:30:00Z", False),
        # 2026-03-08, a Sunday: it goes on from two to three, so there is no half past two to wait for.
        ("2026-03-08T09:29:00Z", False),
        ("2026-03-08T09:30:00Z", True),
        ("2026-03-08T09:59:00Z", True),
        ("2026-03-08T10:00:00Z", False),
    ],
)
def test_rule_goes_by_the_wall_clock_when_that_is_set(instant: str, holds: bool) -> None:
    early = rule(days=["sun"], starts="01:30", ends="02:30")
    local = datetime.fromisoformat(instant).astimezone(ZoneInfo("America/Los_Angeles"))

    assert is_in_force(early, local) == holds


# --- the lowest wins ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, (800, None)),
        ({"sale_price": 700}, (700, "sale")),
        ({"sale_price": 800}, (800, None)),
        ({"price_rules": [rule()]}, (600, "Happy hour")),
        ({"price_rules": [rule()], "sale_price": 500}, (500, "sale")),
        ({"price_rules": [rule()], "sale_price": 600}, (600, "sale")),
        ({"price_rules": [rule(price=900)]}, (800, None)),
        ({"price_rules": [rule(price=800)]}, (800, None)),
        ({"price_rules": [rule(), rule(name="Low tide", price=550)]}, (550, "Low tide")),
        ({"price_rules": [rule(name="Low tide", price=550), rule()]}, (550, "Low tide")),
        ({"price_rules": [rule(), rule(name="Twin")]}, (600, "Happy hour")),
        ({"price_rules": [rule(percent=25)]}, (600, "Happy hour")),
        ({"price_rules": [rule(percent=100)]}, (0, "Happy hour")),
        ({"price_rules": [rule(percent=25)], "sale_price": 700}, (525, "Happy hour")),
        ({"price_rules": [rule(percent=25), rule(name="Low tide", percent=50)]}, (400, "Low tide")),
        ({"price_rules": [rule(price=0)]}, (0, "Happy hour")),
        ({"price": 0, "price_rules": [rule(price=0)]}, (0, None)),
    ],
    ids=str,
)
def test_lowest_price_in_force_is_asked_for(facts: dict[str, Any], expected: tuple[int, str | None]) -> None:
    found = price(product(**facts), local=at(17))

    assert (found.unit_price, found.rule) == expected


@pytest.mark.parametrize(
    ("whole", "percent", "expected"), [(199, 50, 99), (199, 25, 149), (1, 50, 0), (3, 33, 2), (10**12, 1, 99 * 10**10)]
)
def test_percent_of_a_rule_is_rounded_half_up(whole: int, percent: int, expected: int) -> None:
    """What is taken off is rounded: half of 199 is 99.5, so 100 go."""
    found = price(product(price=whole, price_rules=[rule(percent=percent)]), local=at(17))

    assert found.unit_price == expected


@pytest.mark.parametrize("local", [None, at(12), at(17, day=1)])
def test_rule_out_of_its_hours_is_not_asked(local: datetime | None) -> None:
    assert price(product(price_rules=[rule()]), local=local) == Price(800, [], None)


# --- modifiers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "unit_price"),
    [
        (["Small"], 800),
        (["Large"], 900),
        (["Large", "Lime"], 930),
        (["Lime", "Large", "Lime"], 960),
        (["Small", "Salt"], 800),
    ],
)
def test_modifiers_come_on_top_in_the_order_in_which_they_were_chosen(chosen: list[str], unit_price: int) -> None:
    found = price(product(modifiers=[SIZE, EXTRAS]), *chosen)

    assert found.unit_price == unit_price
    assert [modifier["name"] for modifier in found.modifiers] == chosen


def test_modifiers_come_on_top_of_a_rule_and_are_not_reduced() -> None:
    what = product(modifiers=[SIZE], price_rules=[rule(percent=50)])

    assert price(what, "Large", local=at(17)) == Price(500, [{"name": "Large", "price": 100}], "Happy hour")


@pytest.mark.parametrize(
    ("chosen", "group"),
    [
        ([], "Size"),
        (["Small", "Large"], "Size"),
        (["Small", "Small"], "Size"),
        (["Small", "Lime", "Lime", "Salt"], "Extras"),
    ],
)
def test_too_few_or_too_many_of_a_group_are_refused(chosen: list[str], group: str) -> None:
    with pytest.raises(ModifierCount, match=f"Of {group}, Ale takes"):
        price(product(modifiers=[SIZE, EXTRAS]), *chosen)


@pytest.mark.parametrize("modifiers", [[], [SIZE]])
@pytest.mark.parametrize("name", ["Huge", "large", ""])
def test_modifier_that_is_not_offered_is_refused(modifiers: list[Any], name: str) -> None:
    with pytest.raises(UnknownModifier, match="Ale cannot be had with"):
        price(product(modifiers=modifiers), name)


# --- open prices ----------------------------------------------------------------------------------------------


def test_open_price_is_what_is_keyed_in_modifiers_included() -> None:
    what = product(is_open_price=True, modifiers=[SIZE], price_rules=[rule()], sale_price=1)

    assert price(what, "Large", keyed_in=1234, local=at(17)) == Price(1234, [{"name": "Large", "price": 100}], None)
    assert price(product(is_open_price=True), keyed_in=0).unit_price == 0


def test_open_price_has_to_be_keyed_in_and_another_one_cannot() -> None:
    with pytest.raises(PriceRequired, match="Ale has an open price"):
        price(product(is_open_price=True))
    with pytest.raises(PriceNotOpen, match="Ale has a price of its own"):
        price(product(), keyed_in=800)
