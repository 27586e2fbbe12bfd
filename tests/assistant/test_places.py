"""HOURS: today's, by the clock of each location."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pos.assistant.tools.places import place
from tests.assistant.asking import NOBODY, asks, said
from tests.checkout.counter import done
from tests.client import Shop

# A Saturday, 13:00 in Los Angeles.
SATURDAY = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)
OPEN = {"fri": [["18:00", "02:00"]], "sat": [["12:00", "15:00"], ["18:00", "23:30"]]}


@pytest.mark.parametrize(
    ("local", "spans", "open_until"),
    [
        ("2026-11-21T01:59", [("12:00", "15:00"), ("18:00", "23:30")], "02:00"),
        ("2026-11-21T02:00", [("12:00", "15:00"), ("18:00", "23:30")], None),
        ("2026-11-21T11:59", [("12:00", "15:00"), ("18:00", "23:30")], None),
        ("2026-11-21T12:00", [("12:00", "15:00"), ("18:00", "23:30")], "15:00"),
        ("2026-11-21T15:00", [("12:00", "15:00"), ("18:00", "23:30")], None),
        ("2026-11-21T23:29", [("12:00", "15:00"), ("18:00", "23:30")], "23:30"),
        ("2026-11-20T18:00", [("18:00", "02:00")], "02:00"),
        ("2026-11-20T23:59", [("18:00", "02:00")], "02:00"),
        ("2026-11-20T01:00", [("18:00", "02:00")], None),
        ("2026-11-22T12:00", [], None),
    ],
)
def test_place_is_open_by_its_own_clock(local: str, spans: list[tuple[str, str]], open_until: str | None) -> None:
    found = place("Bar", "UTC", OPEN, now=datetime.fromisoformat(f"{local}+00:00"))

    assert (found.spans, found.open_until) == (spans, open_until)


def test_hours_of_one_location(shop: Shop) -> None:
    enter(shop, shop.location_id, OPEN)

    assert (
        said(shop, "HOURS", NOBODY, now=SATURDAY) == "Today 12:00 PM-3:00 PM, 6:00 PM-11:30 PM, open now until 3:00 PM."
    )
    assert said(shop, "HORARIO", now=SATURDAY) == "Hoy 12:00-15:00, 18:00-23:30, abierto ahora hasta las 15:00."


def test_hours_of_a_closed_day(shop: Shop) -> None:
    enter(shop, shop.location_id, {"mon": [["12:00", "15:00"]]})

    assert said(shop, "hours", now=SATURDAY) == "Closed today."
    assert said(shop, "horario", now=SATURDAY) == "Hoy cerrado."


def test_hours_of_several_locations_by_their_zones(shop: Shop) -> None:
    # given: in New York it is 16:00
    enter(shop, shop.location_id, OPEN)
    enter(shop, opened(shop, "Pier 3", "America/New_York"), OPEN)
    # when
    text = said(shop, "hours", now=SATURDAY)
    # then
    assert text == (
        "Pier 3: Today 12:00 PM-3:00 PM, 6:00 PM-11:30 PM, closed now. "
        "Taproom: Today 12:00 PM-3:00 PM, 6:00 PM-11:30 PM, open now until 3:00 PM."
    )


def test_hours_are_found_behind_locations_without_any(shop: Shop) -> None:
    enter(shop, shop.location_id, OPEN)
    for number in range(6):
        opened(shop, f"Pier {number}")

    assert said(shop, "hours", now=SATURDAY).startswith("Taproom: Today 12:00 PM-3:00 PM")


def test_hours_that_nobody_entered_are_not_known(shop: Shop) -> None:
    answer = asks(shop, "hours")

    assert answer.body == "Hops: The hours are not known here. Please ask at the counter."


def opened(shop: Shop, name: str, timezone: str = "America/Los_Angeles") -> str:
    """The id of a new location."""
    rates = {"standard": "0.1", "prepared": "0.1", "none": "0"}
    made = {"name": name, "timezone": timezone, "tax_rates": rates}
    return str(done(shop.post("/locations", made, as_="owner"), 201)["id"])


def enter(shop: Shop, location_id: str, hours: dict[str, Any]) -> None:
    [location] = [each for each in shop.get("/locations", as_="owner").json["data"] if each["id"] == location_id]
    done(shop.patch(f"/locations/{location_id}", {"opening_hours": hours}, version=location["version"]))
