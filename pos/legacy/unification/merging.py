"""One person out of several old rows, field by field: pure. FIELDS says which rule decides; what it decided is told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isfinite
from typing import Any, NamedTuple

from pos.legacy.unification.matching import Ref

Value = Any
# What a number has without the codes that some write before it.
_DIGITS = 9
_EARLIEST = datetime.min.replace(tzinfo=UTC)
# What belongs together comes from one row: a street of one place in the city of another would be nowhere.
ADDRESS = ("address", "city", "state", "postal_code", "country")


class Told(NamedTuple):
    """An old row, whole."""

    ref: Ref
    row: Mapping[str, Any]

    @property
    def at(self) -> datetime:
        return self.row.get("updated_at") or self.row.get("created_at") or _EARLIEST


@dataclass(frozen=True)
class Conflict:
    """A field for which rows told different things: whose counts, and by which rule."""

    field: str
    rule: str
    kept: Ref | None
    others: tuple[Ref, ...]


@dataclass
class Merged:
    """A person as all rows together tell of them. Points are those above nothing, by customer row."""

    fields: dict[str, Value] = field(default_factory=dict)
    consents: dict[str, tuple[bool, Ref, datetime]] = field(default_factory=dict)
    points: list[tuple[Ref, int]] = field(default_factory=list)
    negative_points: list[tuple[Ref, int]] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)


def newest(name: str, rows: Sequence[Told]) -> tuple[Value, Conflict | None]:
    """What the row that was changed last says, of those that say something."""
    told = [(each, value) for each in rows if (value := _value(each, name)) is not None]
    if not told:
        return None, None
    (kept, value), *others = told
    differing = tuple(each.ref for each, other in others if _plain(other, name) != _plain(value, name))
    return value, Conflict(name, "newest non-empty", kept.ref, differing) if differing else None


def together(name: str, rows: Sequence[Told]) -> tuple[Value, Conflict | None]:
    """All that any row lists, each once, what was changed last first."""
    told = [(each.ref, value) for each in rows if (value := _value(each, name))]
    found = list(dict.fromkeys(entry for _, value in told for entry in value if entry))
    is_even = all({entry for entry in value if entry} == set(found) for _, value in told)
    return found, None if is_even else Conflict(name, "all of them", None, tuple(ref for ref, _ in told))


def keys_together(name: str, rows: Sequence[Told]) -> tuple[Value, Conflict | None]:
    """All keys that any row has; of a key that several have, what was changed last."""
    told = [(each.ref, value) for each in rows if isinstance(value := _value(each, name), dict)]
    found: dict[str, Any] = {}
    differing = []
    for ref, value in told:
        if any(key in found and found[key] != each for key, each in value.items()):
            differing.append(ref)
        found = value | found
    return found, Conflict(name, "newest of each key", told[0][0], tuple(differing)) if differing else None


def notes(name: str, rows: Sequence[Told]) -> tuple[Value, Conflict | None]:
    """All of them, what was changed last first: people wrote them, and none says less than another."""
    told = [(each.ref, value) for each in rows if (value := _value(each, name))]
    found = list(dict.fromkeys(value for _, value in told))
    return "\n".join(found) or None, Conflict(name, "all of them", None, tuple(ref for ref, _ in told)) if len(
        found
    ) > 1 else None


def any_(name: str, rows: Sequence[Told]) -> tuple[Value, Conflict | None]:
    """Whether any row says yes."""
    return any(each.row.get(name) for each in rows), None


Rule = Callable[[str, Sequence[Told]], tuple[Value, Conflict | None]]
# Columns of the profile by the rule that decides; e-mail and phone are decided with them.
FIELDS: dict[str, Rule] = {
    **dict.fromkeys(
        (
            "first_name", "last_name", "email", "phone", "date_of_birth", "customer_type", "preferred_payment_method",
            "experience_level", "medical_conditions", "price_range",
        ),
        newest,
    ),
    "needs": notes,
    "notes": notes,
    "tags": together,
    "preferred_categories": together,
    "preferred_effects": together,
    "preferences": keys_together,
    "is_verified": any_,
}  # fmt: skip
CONSENTS = {"sms": "sms_consent", "marketing": "marketing_consent"}


def merge(rows: Sequence[Told]) -> Merged:
    """One person out of all of their rows."""
    ordered = sorted(rows, key=lambda each: (each.at, each.ref), reverse=True)
    merged = Merged()
    for name, rule in FIELDS.items():
        merged.fields[name], conflict = rule(name, ordered)
        merged.conflicts += [conflict] if conflict else []
    _take_address(merged, ordered)
    customers = [each for each in ordered if each.ref.kind == "customer"]
    for purpose, column in CONSENTS.items():
        _take_consent(merged, purpose, column, customers)
    for each in reversed(customers):
        points = _whole(each.row.get("loyalty_points"))
        if points:
            (merged.points if points > 0 else merged.negative_points).append((each.ref, points))
    return merged


def _take_address(merged: Merged, rows: Sequence[Told]) -> None:
    told = [(each, tuple(_value(each, name) for name in ADDRESS)) for each in rows]
    found = [(each, parts) for each, parts in told if any(parts)]
    kept, parts = found[0] if found else (None, (None,) * len(ADDRESS))
    merged.fields |= dict(zip(ADDRESS, parts, strict=True))
    differing = tuple(each.ref for each, other in found[1:] if [*map(_plain, other)] != [*map(_plain, parts)])
    if kept and differing:
        merged.conflicts.append(Conflict("address", "newest non-empty, as a whole", kept.ref, differing))


def _take_consent(merged: Merged, purpose: str, column: str, rows: Sequence[Told]) -> None:
    """The stricter answer wins, the newest of those; where none was asked for, there is none."""
    told = [(each, bool(each.row[column])) for each in rows if each.row.get(column) is not None]
    if not told:
        return
    granted = all(answer for _, answer in told)
    kept = next(each for each, answer in told if answer == granted)
    merged.consents[purpose] = (granted, kept.ref, kept.at)
    differing = tuple(each.ref for each, answer in told if answer != granted)
    if differing:
        merged.conflicts.append(Conflict(column, "the stricter one", kept.ref, differing))


def _whole(points: Any) -> int:
    """Points are whole here, whatever the column is: fractions are left out, and what is no number is none."""
    return int(points) if points and isfinite(points) else 0


def _value(told: Told, name: str) -> Value:
    """What a row says, without blanks around it; None for nothing."""
    value = told.row.get(name)
    if isinstance(value, str):
        value = value.strip()
    return None if value in ("", [], {}) else value


def _plain(value: Value, name: str = "") -> Value:
    """Case alone is no difference, nor how a number is spelled."""
    if name == "phone":
        return "".join(sign for sign in str(value) if sign.isdigit())[-_DIGITS:] or value
    return value.casefold() if isinstance(value, str) else value
