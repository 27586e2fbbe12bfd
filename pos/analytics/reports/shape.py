"""What a report is asked for, and what it answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from pos.errors import Invalid

DEFAULT_DAYS = 30
MOST_DAYS, MOST_DAYS_BY_HOUR = 3_660, 62
# How a column's figures are to be read. An amount is in minor units; a rate is a decimal text, 0.25 for a quarter; an hour is local, as
# 2026-11-21T18:00; a week is its Monday and a month its first day; days are a decimal text.
KINDS = ("day", "hour", "week", "month", "text", "id", "number", "count", "money", "points", "rate", "days")


class NotOfReport(Invalid):
    title = "Not in this report"


@dataclass(frozen=True)
class Asked:
    """Days from the first to the last, both included, and what the rows are of; None narrows nothing down."""

    by: str
    first_on: date
    last_on: date
    location_id: UUID | None = None
    register_id: UUID | None = None
    user_id: UUID | None = None

    @property
    def values(self) -> dict[str, Any]:
        """As statements take it."""
        return {
            "from_on": self.first_on,
            "to_on": self.last_on,
            "location": _text(self.location_id),
            "register": _text(self.register_id),
            "user": _text(self.user_id),
        }

    def widened(self, first_on: date, last_on: date) -> "Asked":
        return replace(self, first_on=first_on, last_on=last_on)


@dataclass(frozen=True)
class Column:
    """A column of a report: its name in each row, and how its figures are to be read (KINDS)."""

    name: str
    kind: str


@dataclass(frozen=True)
class Report:
    """Rows and what they come to. `first_on` and `last_on` are the days that were counted: whole weeks and months where only those can be."""

    columns: Sequence[Column]
    data: Sequence[dict[str, Any]]
    totals: dict[str, Any]
    first_on: date
    last_on: date


@dataclass(frozen=True)
class Kind:
    """One report: what its rows may be of, the first of which is the default, and what makes it. `filters` are what it may be narrowed down
    to."""

    by: tuple[str, ...]
    make: Callable[[Asked], Report]
    filters: frozenset[str] = frozenset()


def columns(**kinds: str) -> tuple[Column, ...]:
    """Columns by their names, in this order."""
    return tuple(Column(name, kind) for name, kind in kinds.items())


def summed(rows: Sequence[dict[str, Any]], names: Sequence[str]) -> dict[str, int]:
    return {name: sum(row[name] for row in rows) for name in names}


def average(amount: int, count: int) -> int | None:
    """Half up, in minor units; of nothing there is none."""
    return (2 * amount + count) // (2 * count) if count else None


def days_asked(first_on: date | None, last_on: date | None, today: date) -> tuple[date, date]:
    """The days of a report: the last thirty, if nothing else is said. Raises Invalid."""
    last = last_on or max(today, first_on or today)
    first = first_on or last - timedelta(days=DEFAULT_DAYS - 1)
    if first > last:
        raise Invalid(reason="`from` must not be after `to`.", pointer="/from")
    return first, last


def require_sensible(name: str, kind: Kind, asked: Asked) -> None:
    """Raises Invalid for what a report cannot tell."""
    if asked.by not in kind.by:
        raise NotOfReport(reason=f"The report {name} is told by {', '.join(kind.by)}.", pointer="/by")
    for field in ("location_id", "register_id", "user_id"):
        if getattr(asked, field) is not None and field not in kind.filters:
            raise NotOfReport(reason=f"The report {name} is not told by `{field}`; leave it out.", pointer=f"/{field}")
    most = MOST_DAYS_BY_HOUR if asked.by == "hour" else MOST_DAYS
    if (asked.last_on - asked.first_on).days >= most:
        raise Invalid(reason=f"By {asked.by} a report is of at most {most:,} days.", pointer="/from")


def require_nobodys(asked: Asked) -> None:
    """Raises NotOfReport for one register's or person's, of which no such sums are kept."""
    for name in ("register_id", "user_id"):
        if getattr(asked, name) is not None:
            raise NotOfReport(
                reason=f"By {asked.by}, sales are not told by `{name}`; leave it out.", pointer=f"/{name}"
            )


def _text(row_id: UUID | None) -> str | None:
    return str(row_id) if row_id else None
