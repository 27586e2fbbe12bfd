"""One person out of several old rows: which rule decides, and what it says."""

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos.legacy.unification.matching import Ref
from pos.legacy.unification.merging import ADDRESS, CONSENTS, FIELDS, Conflict, Told, merge

USER, OLD, NEW, PROFILE = Ref("user", 1), Ref("customer", 3), Ref("customer", 10), Ref("profile", 2)
BEFORE, AFTER = datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
NEWEST, ALL = "newest non-empty", "all of them"


def told(ref: Ref, at: datetime | None = None, **row: Any) -> Told:
    return Told(ref, {"id": ref.id, "updated_at": at, "created_at": None, **row})


def two(name: str, old: Any, new: Any) -> list[Told]:
    """The same column as two rows tell of it."""
    return [told(OLD, BEFORE, **{name: old}), told(NEW, AFTER, **{name: new})]


@pytest.mark.parametrize(
    ("name", "old", "new", "kept", "conflict"),
    [
        ("first_name", "Ada", "Eva", "Eva", Conflict("first_name", NEWEST, NEW, (OLD,))),
        ("first_name", "Ada", " ", "Ada", None),
        ("first_name", "Ada", None, "Ada", None),
        ("last_name", "novak", " NOVAK ", "NOVAK", None),
        ("email", "ada@example.com", "ADA@example.com", "ADA@example.com", None),
        ("medical_conditions", "Coeliac", "", "Coeliac", None),
        ("date_of_birth", BEFORE.date(), AFTER.date(), AFTER.date(), Conflict("date_of_birth", NEWEST, NEW, (OLD,))),
        ("price_range", None, None, None, None),
        ("notes", "Nuts.", "Window.", "Window.\nNuts.", Conflict("notes", ALL, None, (NEW, OLD))),
        ("notes", "Nuts.", " Nuts. ", "Nuts.", None),
        ("needs", "", "Gifts", "Gifts", None),
        ("needs", None, "", None, None),
        ("tags", ["stout", "trivia"], ["trivia", "early"], ["trivia", "early", "stout"],
         Conflict("tags", ALL, None, (NEW, OLD))),
        ("tags", ["a", "b"], ["b", None, "", "a"], ["b", "a"], None),
        ("tags", [], ["a"], ["a"], None),
        ("preferred_effects", None, [], [], None),
        ("preferences", {"table": 9, "seat": "bar"}, {"table": 4}, {"table": 4, "seat": "bar"},
         Conflict("preferences", "newest of each key", NEW, (OLD,))),
        ("preferences", {"table": 9}, {"seat": "bar"}, {"table": 9, "seat": "bar"}, None),
        ("preferences", {"table": 9}, ["quiet"], {"table": 9}, None),
        ("preferences", 3, "quiet", {}, None),
        ("is_verified", True, False, True, None),
        ("is_verified", None, None, False, None),
    ],
)  # fmt: skip
def test_merge_decides_a_field_by_its_rule(name: str, old: Any, new: Any, kept: Any, conflict: Conflict | None) -> None:
    merged = merge(two(name, old, new))

    assert merged.fields[name] == kept
    assert merged.conflicts == ([conflict] if conflict else [])


def test_every_field_has_a_rule_and_a_value() -> None:
    merged = merge([told(USER)])

    assert set(merged.fields) == {*FIELDS, *ADDRESS}
    assert merged.consents == {}
    assert merged.points == merged.conflicts == []


def test_merge_takes_an_address_as_a_whole() -> None:
    rows = [
        told(OLD, BEFORE, address="7 Station Road", city="Portland", postal_code="97203"),
        told(NEW, AFTER, address="", city="Salem", state=" "),
        told(USER, datetime(2026, 1, 1, tzinfo=UTC)),
    ]

    merged = merge(rows)

    assert [merged.fields[name] for name in ADDRESS] == [None, "Salem", None, None, None]
    assert merged.conflicts == [Conflict("address", "newest non-empty, as a whole", NEW, (OLD,))]


def test_merge_keeps_an_address_that_differs_by_case_alone() -> None:
    rows = [told(OLD, BEFORE, city="SALEM", country="us"), told(NEW, AFTER, city="Salem", country="US")]

    assert merge(rows).conflicts == []


@pytest.mark.parametrize("column", CONSENTS.values())
@pytest.mark.parametrize(
    ("answers", "granted", "kept"),
    [
        ((True, False), False, NEW),
        ((False, True), False, OLD),
        ((True, True), True, NEW),
        ((None, True), True, NEW),
        ((False, None), False, OLD),
        ((False, False), False, NEW),
    ],
)
def test_merge_lets_the_stricter_answer_win(
    column: str, answers: tuple[bool | None, bool | None], granted: bool, kept: Ref
) -> None:
    purpose = next(name for name, each in CONSENTS.items() if each == column)

    merged = merge(two(column, *answers))

    answer, ref, at = merged.consents[purpose]
    assert (answer, ref, at) == (granted, kept, {OLD: BEFORE, NEW: AFTER}[kept])
    assert bool(merged.conflicts) == (set(answers) == {True, False})
    assert set(merged.consents) == {purpose}


def test_merge_asks_nobody_who_was_not_asked() -> None:
    assert merge(two("sms_consent", None, None)).consents == {}


def test_merge_carries_points_row_by_row_and_none_below_nothing() -> None:
    rows = [*two("loyalty_points", 80, 15), told(Ref("customer", 11), loyalty_points=-10), told(Ref("customer", 12))]

    merged = merge(rows)

    assert sorted(merged.points) == [(OLD, 80), (NEW, 15)]
    assert merged.negative_points == [(Ref("customer", 11), -10)]


def test_merge_believes_a_row_without_a_day_least() -> None:
    undated = Told(Ref("customer", 99), {"first_name": "Eva", "updated_at": None, "created_at": None})
    made = Told(OLD, {"first_name": "Ada", "updated_at": None, "created_at": BEFORE})

    assert merge([undated, made]).fields["first_name"] == "Ada"


days = st.none() | st.sampled_from([BEFORE, AFTER])
texts = st.sampled_from([None, "", " ", "Ada", "ada", "Eva"])
lists = st.none() | st.lists(st.sampled_from([None, "", "a", "b"]), max_size=3)
answers = st.sampled_from([None, True, False])
facts = st.fixed_dictionaries(
    {
        "updated_at": days,
        "created_at": days,
        "first_name": texts,
        "notes": texts,
        "address": texts,
        "city": texts,
        "tags": lists,
        "preferences": st.sampled_from([None, [], 3, {"a": 1}, {"a": 2, "b": 1}]),
        "loyalty_points": st.none() | st.integers(-20, 500),
        "sms_consent": answers,
        "marketing_consent": answers,
    }
)
refs = st.builds(Ref, st.sampled_from(["user", "customer", "profile", "session"]), st.integers(1, 5))
people = st.lists(st.builds(Told, refs, facts), min_size=1, max_size=6, unique_by=lambda each: each.ref)


@given(rows=people)
@settings(max_examples=40, deadline=None)
def test_merge_does_not_depend_on_the_order_of_rows(rows: list[Told]) -> None:
    first = merge(rows)

    for order in itertools.islice(itertools.permutations(rows), 1, 24):
        assert merge(order) == first


@given(rows=people)
@settings(max_examples=60, deadline=None)
def test_merge_keeps_all_points_and_grants_nothing_that_a_row_withholds(rows: list[Told]) -> None:
    merged = merge(rows)

    customers = [each.row for each in rows if each.ref.kind == "customer"]
    assert sum(points for _, points in merged.points + merged.negative_points) == sum(
        row["loyalty_points"] or 0 for row in customers
    )
    assert all(points > 0 for _, points in merged.points)
    for purpose, column in CONSENTS.items():
        told_of = {row[column] for row in customers} - {None}
        assert (purpose in merged.consents) == bool(told_of)
        assert not told_of or merged.consents[purpose][0] == (told_of == {True})
