"""What two rows come to, field by field."""

from typing import Any

import pytest

from pos.care import merging

EMPTY: dict[str, Any] = {
    **dict.fromkeys(merging.SINGLE),
    "tags": [],
    "preferred_categories": [],
    "preferred_effects": [],
    "preferences": {},
    "notes": None,
    "is_verified": False,
    "age_recorded": None,
    "age_recorded_on": None,
    "phone_recorded": None,
    "email_hash": None,
}


def row(**known: Any) -> dict[str, Any]:
    return EMPTY | known


@pytest.mark.parametrize(
    ("kept", "duplicate", "choices", "changed"),
    [
        (row(), row(), {}, {}),
        (row(name="Ada"), row(), {}, {}),
        (row(), row(name="Ada"), {}, {"name": "Ada"}),
        (row(name="Ada"), row(name="Bob"), {}, {}),
        (row(name="Ada"), row(name="Bob"), {"name": "kept"}, {}),
        (row(name="Ada"), row(name="Bob"), {"name": "duplicate"}, {"name": "Bob"}),
        (row(name="Ada"), row(), {"name": "duplicate"}, {}),
        (row(tags=["a", "b"]), row(tags=["b", "c"]), {}, {"tags": ["a", "b", "c"]}),
        (row(preferences={"milk": "oat"}), row(preferences={"milk": "cow", "ice": "no"}), {},
         {"preferences": {"milk": "oat", "ice": "no"}}),
        (row(notes="tall"), row(notes="loud"), {}, {"notes": "tall\nloud"}),
        (row(notes="tall"), row(notes="tall"), {}, {}),
        (row(notes="x" * 3000), row(notes="y" * 3000), {}, {}),
        (row(), row(is_verified=True), {}, {"is_verified": True}),
        (row(), row(age_recorded=40, age_recorded_on="2024-01-01"), {}, {"age_recorded": 40, "age_recorded_on": "2024-01-01"}),
        (row(age_recorded=30), row(age_recorded=40), {}, {}),
    ],
)  # fmt: skip
def test_changes(kept: dict, duplicate: dict, choices: dict, changed: dict) -> None:
    assert merging.changes(kept, duplicate, choices) == changed


def test_conflict_is_what_both_know_otherwise() -> None:
    kept = row(name="Ada", city="Oakland", email="a@b.c", first_name="ada")
    duplicate = row(name="Bob", city="oakland ", phone="+14155550199", first_name="")

    assert merging.conflicts(kept, duplicate) == [merging.Differing("name", "Ada", "Bob")]


@pytest.mark.parametrize(
    ("purpose", "kept", "duplicate", "looser"),
    [
        ("sms", True, False, "kept"),
        ("sms", None, False, "kept"),
        ("sms", False, None, "duplicate"),
        ("sms", False, False, None),
        ("sms", True, None, None),
        ("marketing", True, False, "kept"),
        ("marketing", False, True, "duplicate"),
        # Who was not asked gets nothing either.
        ("marketing", None, False, None),
        ("marketing", True, None, None),
    ],
)
def test_whoever_allows_more_is_the_looser(purpose: str, kept: Any, duplicate: Any, looser: str | None) -> None:
    assert merging.loosened_by(purpose, kept, duplicate) == looser


def test_undone_keeps_what_was_edited_since() -> None:
    before = {"name": ("Ada", "Bob"), "tags": ([], ["new"])}

    assert merging.undone(before, {"name": "Bob", "tags": ["regular"]}) == ({"name": "Ada"}, ["tags"])


A, B, C = "+14155550141", "+14155550142", "+14155550143"


@pytest.mark.parametrize(
    ("before", "now", "apart"),
    [
        ((A, B), (A, B), (A, B)),
        ((A, B), (B, A), (A, B)),
        ((None, B), (B, None), (None, B)),
        # A number that came since stays with whoever was kept, unless its own is there.
        ((A, B), (C, B), (C, B)),
        ((A, B), (C, A), (A, None)),
        # What was passed on is lost, whichever row held it.
        ((A, B), (B, None), (None, B)),
        ((A, B), (None, A), (A, None)),
        ((A, B), (None, None), (None, None)),
        ((None, None), (C, None), (C, None)),
    ],
)
def test_number_goes_back_to_whose_it_was(before: merging.Phones, now: merging.Phones, apart: merging.Phones) -> None:
    assert merging.phones_apart(before, now) == apart
