"""The kitchen screen's own rules: what it shows after a tap is what the server makes of the same tap."""

import json
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page

from pos import ids
from pos.kitchen.portions import FORWARD, MOVES, STEPS, Made, Portion, entries, moved, seen
from tests.running import say

CASES = 2_000
NOW = datetime(2026, 3, 4, 18, 30, tzinfo=UTC)
LINE = ids.uuid7()
MINUTES = {"slow_minutes": 5, "late_minutes": 10}
CALL = """async (calls) => {
  const names = ["making", "age", "news"];
  const rules = Object.assign({}, ...(await Promise.all(names.map((name) => import(`/_static/kitchen/rules/${name}.js`)))));
  return JSON.stringify(JSON.parse(calls).map(([name, ...facts]) => rules[name](...facts)));
}"""
Entries = list[tuple[str, int]]


def answered(page: Page, calls: list[tuple[Any, ...]]) -> list[Any]:
    """What the screen's functions answer to these facts."""
    page.goto("/")
    return list(json.loads(page.evaluate(CALL, json.dumps(calls))))


def test_tap_looks_at_once_as_the_server_will_show_it(page: Page) -> None:
    seed = random.randrange(10**9)
    say(f"seed {seed}")
    chance = random.Random(seed)
    cases = [case(chance) for _ in range(CASES)]

    answers = answered(page, [("after", ticket(shown(made)), act, NOW.isoformat()) for made, act, _ in cases])

    for (made, act, expected), answer in zip(cases, answers, strict=True):
        found = [(part["status"], part["quantity"]) for part in answer["lines"]]
        assert found == expected, (shown(made), act)


def case(chance: random.Random) -> tuple[Made, dict[str, Any], Entries]:
    """A line, a tap on it, and what is shown after that."""
    made = line(chance)
    if chance.random() < 0.1:
        return made, {"kind": "seen", "order_id": "o", "lines": [str(LINE)]}, shown(changed(made, seen(made)))
    # Which units of too many are void the server says anew when some go back; the screen knows that a second later.
    moves = sorted(FORWARD if "void" in dict(shown(made)) else MOVES)
    start, end = chance.choice(moves)
    units = chance.randint(1, 6)
    act = {
        "kind": "move",
        "order_id": "o",
        "from": start,
        "to": end,
        "lines": [{"line_id": str(LINE), "quantity": units}],
    }
    return made, act, shown(changed(made, moved(made, units, start, end, NOW)))


def line(chance: random.Random) -> Made:
    """So many units, or one less or more than was begun; and at times none any more."""
    portions = tuple(
        Portion(ids.uuid7(), LINE, chance.randint(1, 3), status, NOW - timedelta(minutes=chance.randint(1, 9)))
        for status in STEPS[1:]
        for _ in range(chance.choice((0, 0, 1, 2)))
    )
    begun = sum(portion.quantity for portion in portions)
    # What was served of too many is not a state that a screen could tell from its entries.
    too_many = chance.choice((0, 0, 0, 1)) if not any(portion.status == "served" for portion in portions) else 0
    quantity = max(1, begun - too_many) if too_many else begun + chance.choice((0, 1, 3))
    return Made(LINE, max(quantity, 1), is_gone=False, portions=portions)


def changed(made: Made, portions: Iterable[Portion]) -> Made:
    known = {portion.id: portion for portion in made.portions} | {portion.id: portion for portion in portions}
    return Made(LINE, made.quantity, is_gone=made.is_gone, portions=tuple(known.values()))


def shown(made: Made) -> Entries:
    return [(entry.status, entry.quantity) for entry in entries(made)]


def ticket(parts: Entries, **more: Any) -> dict[str, Any]:
    lines = [{"line_id": str(LINE), "status": status, "quantity": quantity} for status, quantity in parts]
    return {"key": "o/1/none", "order_id": "o", "fired_at": NOW.isoformat(), "lines": lines} | more


def test_button_moves_on_what_is_least_advanced(page: Page) -> None:
    parts: dict[str, tuple[Entries, Any]] = {
        "start what waits": ([("ready", 1), ("waiting", 2), ("void", 1)], ("waiting", "making")),
        "then what is made": ([("making", 2), ("ready", 1)], ("making", "ready")),
        "then hand over": ([("ready", 1), ("served", 4)], ("ready", "served")),
        "then have seen what is void": ([("served", 1), ("void", 2)], "seen"),
        "and nothing of what is over": ([("served", 3)], None),
    }

    answers = answered(page, [("actOn", ticket(shown)) for shown, _ in parts.values()])

    found = [act and ("seen" if act["kind"] == "seen" else (act["from"], act["to"])) for act in answers]
    assert [tuple(each) if isinstance(each, list) else each for each in found] == [act for _, act in parts.values()]


def test_tickets_of_one_round_tell_each_other_how_far_they_are(page: Page) -> None:
    def of(station: str | None, parts: Entries, elsewhere: str | None) -> dict[str, Any]:
        others = [{"station": elsewhere, "status": "waiting"}]
        return ticket(parts, key=f"o/1/{station}", round=1, station=station, elsewhere=others)

    bar, grill = of("Bar", [("waiting", 1)], "Grill"), of("Grill", [("void", 1)], "Bar")
    grill["lines"][0]["line_id"] = "another"
    tap = {
        "act": {
            "kind": "move",
            "order_id": "o",
            "from": "waiting",
            "to": "making",
            "lines": [{"line_id": str(LINE), "quantity": 1}],
        }
    }

    [board] = answered(page, [("boardOf", {"tickets": [bar, grill], "recent": []}, [tap | {"at": NOW.isoformat()}])])

    assert {each["station"]: each["elsewhere"] for each in board["tickets"]} == {
        "Bar": [],
        "Grill": [{"station": "Bar", "status": "making"}],
    }


def test_age_is_told_in_minutes_and_seconds_and_by_its_level(page: Page) -> None:
    ages = {
        0: ("0:00", "normal"), 65: ("1:05", "normal"), 299: ("4:59", "normal"), 300: ("5:00", "slow"), 599: ("9:59", "slow"),
        600: ("10:00", "late"), 3599: ("59:59", "late"), 3600: (60, "late"), 86_399: (1439, "late"), 90_000: (25, "late"), -5: ("0:00", "normal"),
    }  # fmt: skip
    since = NOW.isoformat()

    told = answered(page, [("ageOf", since, (NOW.timestamp() + seconds) * 1000, MINUTES) for seconds in ages])
    written = answered(page, [("writtenAge", age) for age in told])

    found = [f"{each['minutes']}:{each['seconds']}" if "minutes" in each else each["n"] for each in written]
    assert list(zip(found, (age["level"] for age in told), strict=True)) == list(ages.values())


def test_news_are_what_is_more_or_less_to_be_made(page: Page) -> None:
    def kitchen(*tickets: Any, recent: tuple[Any, ...] = ()) -> dict[str, Any]:
        return {"tickets": list(tickets), "recent": list(recent)}

    waits, more, made = ticket([("waiting", 1)]), ticket([("waiting", 2)]), ticket([("making", 1)])
    void, served, called = ticket([("void", 1)]), ticket([("served", 1)]), ticket([("ready", 1)])
    other = ticket([("waiting", 1)], key="p/1/none")
    news = {
        "first": (None, kitchen(waits), (False, False)),
        "same": (kitchen(waits), kitchen(waits), (False, False)),
        "new": (kitchen(waits), kitchen(waits, other), (True, False)),
        "more": (kitchen(waits), kitchen(more), (True, False)),
        "begun": (kitchen(waits), kitchen(made), (False, False)),
        "void": (kitchen(waits), kitchen(void), (False, True)),
        "void at once": (kitchen(), kitchen(void), (False, True)),
        "seen": (kitchen(ticket([("waiting", 1), ("void", 1)])), kitchen(waits), (False, False)),
        "called back": (kitchen(recent=(served,)), kitchen(called), (False, False)),
        "called back, after an hour": (kitchen(), kitchen(called), (False, False)),
    }

    answers = answered(page, [("newsOf", before, now) for before, now, _ in news.values()])

    found = {name: (each["isNew"], each["isVoid"]) for name, each in zip(news, answers, strict=True)}
    assert found == {name: expected for name, (_, _, expected) in news.items()}
