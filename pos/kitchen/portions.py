"""How far the units of a line are, and what a tap does to them: pure.

Of a line so many units are to be made as it counts, none if it was voided or its order canceled. Units that were begun are in
portions; those that are in none are waiting. So a line of which more is wanted has more waiting, and one of which less is wanted
has some too many, which are shown until somebody has seen that: what was begun least of all first.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from uuid import UUID

from pos import ids
from pos.errors import Conflict

STATUSES = ("waiting", "making", "ready", "served", "dropped")
# From the least advanced to the most.
STEPS = ("waiting", "making", "ready", "served")
FORWARD = {
    ("waiting", "making"),
    ("waiting", "ready"),
    ("waiting", "served"),
    ("making", "ready"),
    ("making", "served"),
    ("ready", "served"),
}
# Undone, or called back: a tap too many costs another tap.
BACK = {
    ("making", "waiting"),
    ("ready", "making"),
    ("ready", "waiting"),
    ("served", "ready"),
    ("served", "making"),
    ("served", "waiting"),
}
MOVES = FORWARD | BACK
# The instant by which units in a state are told apart.
_SINCE = {"making": "started_at", "ready": "ready_at", "served": "served_at"}


class NoSuchMove(Conflict):
    title = "Not a step of the kitchen"
    advice = "What is {start} cannot become {end}. From {start} it goes to {ends}."


@dataclass(frozen=True)
class Portion:
    """Units of a line that are equally far, with the instants at which they came so far; a skipped step has none."""

    id: UUID
    line_id: UUID
    quantity: int
    status: str
    started_at: datetime | None = None
    ready_at: datetime | None = None
    served_at: datetime | None = None


@dataclass(frozen=True)
class Entry:
    """Units of a line as a screen shows them; `void` ones wait for somebody who has seen it."""

    status: str
    quantity: int
    started_at: datetime | None = None
    ready_at: datetime | None = None


@dataclass(frozen=True)
class Made:
    """A line that needs preparation, with its portions. `is_gone`: voided, or of a canceled order. `is_told`: that it is gone is
    still news, also of units that nobody had begun."""

    line_id: UUID
    quantity: int
    is_gone: bool = False
    is_told: bool = True
    portions: tuple[Portion, ...] = ()

    @property
    def wanted(self) -> int:
        return 0 if self.is_gone else self.quantity

    @cached_property
    def _counts(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for portion in self.portions:
            counts[portion.status] += portion.quantity
        return counts

    def count(self, *statuses: str) -> int:
        return sum(self._counts[status] for status in statuses)

    @cached_property
    def live(self) -> int:
        """Units that were begun and not dropped."""
        return self.count("making", "ready", "served")

    @cached_property
    def too_many(self) -> Mapping[str, int]:
        """Units that were begun and are not wanted any more, by state. What was served is eaten."""
        surplus = max(0, self.live - self.wanted)
        making = min(surplus, self.count("making"))
        return {"making": making, "ready": min(surplus - making, self.count("ready"))}

    @property
    def forgone(self) -> int:
        """Units of a line that is gone that nobody had begun, and of which nobody has seen yet that they are not wanted."""
        return max(0, self.quantity - self.live - self.count("dropped")) if self.is_gone else 0

    def at(self, status: str) -> int:
        """Wanted units in a state: what a tap can move."""
        if status == "waiting":
            return max(0, self.wanted - self.live)
        if status == "served":
            return max(0, min(self.count("served"), self.wanted - self.at("making") - self.at("ready")))
        return self.count(status) - self.too_many[status]


def require_move(start: str, end: str) -> None:
    """Raises NoSuchMove."""
    if (start, end) not in MOVES:
        ends = ", ".join(step for step in STEPS if (start, step) in MOVES)
        raise NoSuchMove(start=start, end=end, ends=ends or "nothing")


def moved(made: Made, quantity: int, start: str, end: str, now: datetime) -> list[Portion]:
    """The portions that change when so many units go from one state to another: at most what is there. Raises NoSuchMove."""
    require_move(start, end)
    quantity = min(quantity, made.at(start))
    changed = [_at(portion, end, now) for portion in _taken(made, start, quantity, is_undone=(start, end) in BACK)]
    return changed + _rest_of(made, changed) + _begun(made, quantity - _sum(changed), end, now)


def seen(made: Made) -> list[Portion]:
    """The portions that change when somebody has seen what of a line is not wanted any more: begun least, dropped first."""
    changed = [
        replace(portion, status="dropped")
        for status, quantity in made.too_many.items()
        for portion in _taken(made, status, quantity, is_undone=True)
    ]
    new = [Portion(ids.uuid7(), made.line_id, made.forgone, "dropped")] if made.forgone else []
    return changed + _rest_of(made, changed) + new


def parted(made: Made, quantity: int, new_line_id: UUID) -> list[Portion]:
    """The portions that change when units of a line go to a line of their own: the most advanced go first."""
    changed: list[Portion] = []
    for status in ("served", "ready", "making"):
        goes = min(quantity - _sum(changed), made.at(status))
        changed += [replace(portion, line_id=new_line_id) for portion in _taken(made, status, goes, is_undone=False)]
    return changed + _rest_of(made, changed)


def entries(made: Made) -> Iterator[Entry]:
    """What a screen shows of a line: an entry for each state in which some of it is, then what is not wanted any more."""
    if not made.portions and not made.is_gone:
        # As most are, and a screen shows hundreds.
        yield Entry("waiting", made.quantity)
        return
    for status in STEPS:
        if made.at(status):
            begun = [portion for portion in made.portions if portion.status == status != "waiting"]
            yield Entry(status, made.at(status), _first(begun, "started_at"), _first(begun, "ready_at"))
    void = sum(made.too_many.values()) + (made.forgone if made.is_told else 0)
    if void:
        yield Entry("void", void)


def least(statuses: Iterable[str]) -> str | None:
    """The least advanced of some states; None of none."""
    there = set(statuses)
    return next((step for step in STEPS if step in there), None)


def progress(lines: Iterable[Made]) -> str | None:
    """How far the making of an order is, as a fulfilment status; None if nothing of it is to be made."""
    there = {step for line in lines for step in STEPS if line.at(step)}
    if not there:
        return None
    if there == {"waiting"}:
        return "proposed"
    if there == {"served"}:
        return "completed"
    return "prepared" if there <= {"ready", "served"} else "reserved"


def _taken(made: Made, status: str, quantity: int, *, is_undone: bool) -> list[Portion]:
    """Units in a state, whole portions and at last a part of one: those that came so far first, or last if it is undone."""
    there = sorted((portion for portion in made.portions if portion.status == status), key=_since, reverse=is_undone)
    taken: list[Portion] = []
    for portion in there:
        part = min(portion.quantity, quantity - _sum(taken))
        if part:
            taken.append(replace(portion, quantity=part))
    return taken


def _rest_of(made: Made, changed: list[Portion]) -> list[Portion]:
    """What stays as it was of portions of which only a part has changed: a portion of its own."""
    before = {portion.id: portion for portion in made.portions}
    return [
        replace(before[portion.id], id=ids.uuid7(), quantity=before[portion.id].quantity - portion.quantity)
        for portion in changed
        if before[portion.id].quantity > portion.quantity
    ]


def _begun(made: Made, quantity: int, status: str, now: datetime) -> list[Portion]:
    """A new portion of units that were in none."""
    if quantity <= 0:
        return []
    return [_at(Portion(ids.uuid7(), made.line_id, quantity, "waiting"), status, now)]


def _at(portion: Portion, status: str, now: datetime) -> Portion:
    """A portion in another state, since now; two servers' clocks may differ, and nothing is ready before it was begun."""
    now = max(filter(None, (now, portion.started_at, portion.ready_at)))
    if status == "waiting":
        times: tuple[datetime | None, ...] = (None, None, None)
    elif status == "making":
        times = (portion.started_at or now, None, None)
    elif status == "ready":
        times = (portion.started_at, portion.ready_at or now, None)
    else:
        times = (portion.started_at, portion.ready_at, now)
    started_at, ready_at, served_at = times
    return replace(portion, status=status, started_at=started_at, ready_at=ready_at, served_at=served_at)


def _since(portion: Portion) -> tuple[bool, datetime | None, UUID]:
    name = _SINCE.get(portion.status)
    instant = getattr(portion, name) if name else None
    return instant is not None, instant, portion.id


def _first(portions: Iterable[Portion], name: str) -> datetime | None:
    return min((instant for portion in portions if (instant := getattr(portion, name))), default=None)


def _sum(portions: Iterable[Portion]) -> int:
    return sum(portion.quantity for portion in portions)
