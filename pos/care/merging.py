"""What two rows of one person come to: field by field, pure. Where both know something and it differs, somebody has to choose."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

KEPT, DUPLICATE = SIDES = ("kept", "duplicate")
# Known once: the kept one's stays, unless the duplicate's is chosen; an empty one is filled.
SINGLE = (
    "phone", "name", "email", "first_name", "last_name", "date_of_birth", "address", "city", "state", "postal_code",
    "country", "language", "customer_type", "preferred_payment_method", "experience_level", "needs", "medical_conditions",
    "price_range",
)  # fmt: skip
# Known as many: both count.
UNITED = ("tags", "preferred_categories", "preferred_effects", "preferences", "notes", "is_verified")
# What an older system had, and a pair that tells nothing apart: filled, never chosen.
_FILLED = (("age_recorded", "age_recorded_on"), ("phone_recorded",))
_MOST_NOTES, _MOST_WORDS = 4000, 50
# What forbids most counts: a no to any text, before whatever allows; where nobody was asked about marketing, nothing is allowed either.
_LOOSE: Mapping[str, tuple[bool | None, ...]] = {"sms": (True, None), "marketing": (True,)}

Fields = Mapping[str, Any]
# The kept one's number, and the duplicate's.
Phones = tuple[str | None, str | None]


@dataclass(frozen=True)
class Differing:
    """A field that both know otherwise, and whose holds unless somebody chooses."""

    field: str
    kept: Any
    duplicate: Any
    default: str = KEPT


def conflicts(kept: Fields, duplicate: Fields) -> list[Differing]:
    """The fields that somebody may choose."""
    return [
        Differing(name, kept[name], duplicate[name])
        for name in SINGLE
        if not _is_empty(kept[name]) and not _is_empty(duplicate[name]) and not _is_same(kept[name], duplicate[name])
    ]


def changes(kept: Fields, duplicate: Fields, choices: Mapping[str, str]) -> dict[str, Any]:
    """What changes for the kept one: by field, the value that it gets."""
    merged: dict[str, Any] = {name: _chosen(kept[name], duplicate[name], choices.get(name)) for name in SINGLE}
    merged |= united(kept, duplicate)
    for names in _FILLED:
        if all(_is_empty(kept[name]) for name in names):
            merged |= {name: duplicate[name] for name in names}
    return {name: value for name, value in merged.items() if value != kept[name]}


def united(kept: Fields, duplicate: Fields) -> dict[str, Any]:
    """Lists with what either has, the kept one's first; notes one below the other. What would be longer than a field may be is the kept one's."""
    lists = {name: _joined(kept[name], duplicate[name]) for name in UNITED[:3]}
    preferences = {**duplicate["preferences"], **kept["preferences"]}
    notes = "\n".join(dict.fromkeys(filter(None, (kept["notes"], duplicate["notes"])))) or None
    return {
        **lists,
        "preferences": preferences if len(preferences) <= _MOST_WORDS else kept["preferences"],
        "notes": notes if notes is None or len(notes) <= _MOST_NOTES else kept["notes"],
        "is_verified": kept["is_verified"] or duplicate["is_verified"],
    }


def loosened_by(purpose: str, kept: bool | None, duplicate: bool | None) -> str | None:
    """Whose answer allows what the other's forbids, if one does: that one becomes a no."""
    if duplicate is False and kept in _LOOSE[purpose]:
        return KEPT
    if kept is False and duplicate in _LOOSE[purpose]:
        return DUPLICATE
    return None


def undone(before: Mapping[str, tuple[Any, Any]], now: Fields) -> tuple[dict[str, Any], list[str]]:
    """What a kept one's fields go back to, each (as it was, as the merge left it); and the names of those that somebody has edited
    since, which stay."""
    back = {name: was for name, (was, merged) in before.items() if now[name] == merged}
    return back, sorted(before.keys() - back.keys())


def phones_apart(before: Phones, now: Phones) -> Phones:
    """Each has again the number that was its own, if the two still have it. What somebody else has by now is lost; a number that came
    since is the kept one's, if that has lost its own."""
    there = set(now) - {None}
    mine, theirs = (each if each in there else None for each in before)
    return mine or (None if now[0] in before else now[0]), theirs


def _chosen(kept: Any, duplicate: Any, choice: str | None) -> Any:
    if _is_empty(kept) or (choice == DUPLICATE and not _is_empty(duplicate)):
        return duplicate
    return kept


def _joined(kept: Iterable[str], duplicate: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*kept, *duplicate]))[: max(_MOST_WORDS, len(list(kept)))]


def _is_empty(value: Any) -> bool:
    return value is None or value == ""


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.strip().casefold() == other.strip().casefold()
    return bool(one == other)
