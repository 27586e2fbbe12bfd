"""How far units are, without the database: whatever is tapped, none is begun twice, none is lost."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.kitchen import portions
from pos.kitchen.portions import MOVES, STEPS, Entry, Made, Portion, entries, progress

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
LINE, NEW_LINE = uuid.UUID(int=1), uuid.UUID(int=2)

taps = st.tuples(st.just("tap"), st.sampled_from(sorted(MOVES)), st.integers(1, 6))
changes = st.one_of(
    taps,
    taps,
    taps,
    st.tuples(st.just("quantity"), st.integers(1, 8)),
    st.tuples(st.just("gone")),
    st.tuples(st.just("seen")),
    st.tuples(st.just("split"), st.integers(1, 6)),
)


@given(st.integers(1, 6), st.lists(changes, max_size=25))
def test_no_unit_is_begun_twice_and_none_is_lost(quantity: int, acts: list[Any]) -> None:
    lines, begun, forgone = [Made(LINE, quantity)], 0, 0

    for number, act in enumerate(acts):
        forgone += lines[0].forgone if act[0] == "seen" else 0
        lines, more = _done(lines, act, NOON + timedelta(minutes=number))
        begun += more
        for made in lines:
            _require_whole(made)
        # What was begun and not undone is there or was dropped; what was never begun was not made up.
        assert sum(line.live + line.count("dropped") for line in lines) == begun + forgone


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ([], None),
        ([{"waiting": 2}], "proposed"),
        ([{"waiting": 1, "making": 1}], "reserved"),
        ([{"ready": 2}, {"waiting": 1}], "reserved"),
        ([{"ready": 2}, {"served": 1}], "prepared"),
        ([{"served": 2}], "completed"),
    ],
)
def test_order_is_as_far_as_its_units(made: list[dict[str, int]], expected: str | None) -> None:
    assert progress(_line(each) for each in made) == expected


def test_line_that_is_gone_does_not_count() -> None:
    gone = replace(_line({"making": 1}), is_gone=True)

    assert progress([gone, _line({"ready": 1})]) == "prepared"
    assert list(entries(gone)) == [Entry("void", 1)]
    assert list(entries(replace(gone, quantity=3))) == [Entry("void", 3)]
    assert list(entries(replace(gone, quantity=3, is_told=False))) == [Entry("void", 1)]


def test_what_was_begun_least_is_too_many_first() -> None:
    fewer = replace(_line({"making": 1, "ready": 2, "served": 1}), quantity=2)

    assert [(entry.status, entry.quantity) for entry in entries(fewer)] == [("ready", 1), ("served", 1), ("void", 2)]
    after = _after(fewer, portions.seen(fewer))
    assert [after.count(status) for status in ("making", "ready", "served", "dropped")] == [0, 1, 1, 2]


def test_most_advanced_units_go_with_a_split() -> None:
    made = _line({"waiting": 1, "making": 1, "ready": 1, "served": 1})

    went = [portion for portion in portions.parted(made, 2, NEW_LINE) if portion.line_id == NEW_LINE]

    assert [(portion.status, portion.quantity) for portion in went] == [("served", 1), ("ready", 1)]


def test_clock_that_is_behind_makes_nothing_ready_before_it_was_begun() -> None:
    made = _line({"making": 1})

    [ready] = portions.moved(made, 1, "making", "ready", NOON - timedelta(minutes=5))

    assert ready.started_at == ready.ready_at == NOON


def _done(lines: list[Made], act: Any, now: datetime) -> tuple[list[Made], int]:
    """The lines after an act, and how many units were begun by it; fewer than none if some were undone."""
    made, rest = lines[0], lines[1:]
    if act[0] == "tap":
        (start, end), quantity = act[1:]
        moves = min(quantity, made.at(start))
        after = _after(made, portions.moved(made, quantity, start, end, now))
        assert after.count(end) == made.count(end) + moves or "waiting" in (start, end)
        return [after, *rest], moves * ((start == "waiting") - (end == "waiting"))
    if act[0] == "quantity":
        return [replace(made, quantity=act[1]), *rest], 0
    if act[0] == "gone":
        return [replace(made, is_gone=True), *rest], 0
    if act[0] == "seen":
        after = _after(made, portions.seen(made))
        assert not [entry for entry in entries(after) if entry.status == "void"]
        return [after, *rest], 0
    return _split(made, act[1], rest), 0


def _split(made: Made, quantity: int, rest: list[Made]) -> list[Made]:
    if made.is_gone or quantity >= made.quantity:
        return [made, *rest]
    changed = portions.parted(made, quantity, NEW_LINE)
    stays = _after(replace(made, quantity=made.quantity - quantity), [each for each in changed if each.line_id == LINE])
    went = tuple(each for each in changed if each.line_id == NEW_LINE)
    stays = replace(stays, portions=tuple(each for each in stays.portions if each.id not in {one.id for one in went}))
    goes = Made(NEW_LINE, quantity, portions=went)
    for status in STEPS[1:3]:
        assert stays.at(status) + goes.at(status) == made.at(status)
    assert stays.live + goes.live == made.live
    return [stays, goes, *rest]


def _after(made: Made, changed: list[Portion]) -> Made:
    kept = {portion.id: portion for portion in made.portions} | {portion.id: portion for portion in changed}
    return replace(made, portions=tuple(kept.values()))


def _require_whole(made: Made) -> None:
    """Each unit that is wanted is somewhere, once; each portion is sound."""
    assert all(portion.quantity > 0 for portion in made.portions)
    assert sum(made.at(status) for status in STEPS) == made.wanted
    assert min(made.at(status) for status in STEPS) >= 0
    void = sum(made.too_many.values())
    assert made.live - void >= made.wanted - made.at("waiting")
    for portion in made.portions:
        instants = [each for each in (portion.started_at, portion.ready_at, portion.served_at) if each]
        assert instants == sorted(instants)


def _line(units: dict[str, int]) -> Made:
    """A line with so many units in each state."""
    at = {"making": (NOON, None, None), "ready": (NOON, NOON, None), "served": (NOON, NOON, NOON)}
    there = tuple(
        Portion(uuid.uuid4(), LINE, quantity, status, *at[status])
        for status, quantity in units.items()
        if status != "waiting"
    )
    return Made(LINE, sum(units.values()), portions=there)
