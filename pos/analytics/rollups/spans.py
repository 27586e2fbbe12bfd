"""Days that lie next to each other, with the instants at which they begin and end by a place's clock. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
# Nothing is dated outside of these (http/schemas.py).
ALL_DAYS = date(2000, 1, 1), date(2200, 12, 31)
# How a statement takes spans, and the names by which it speaks of them.
GIVEN = """unnest(:places ::uuid[], :zones ::text[], :firsts ::date[], :lasts ::date[], :begins ::timestamptz[], :ends ::timestamptz[])
           AS s (place, zone, first_on, last_on, begins, ends)"""


@dataclass(frozen=True, order=True)
class Span:
    """The days of a place, or of the store as a whole (`place` None), from the first to the last, both included."""

    place: UUID | None
    zone: str
    first_on: date
    last_on: date

    @property
    def begins(self) -> datetime:
        return midnight(self.first_on, self.zone)

    @property
    def ends(self) -> datetime:
        """The midnight after the last day, which may be 23 or 25 hours after the one before."""
        return midnight(self.last_on + DAY, self.zone)

    def within(self, first_on: date, last_on: date) -> "Span | None":
        """The part that lies within these days, if any does."""
        first, last = max(self.first_on, first_on), min(self.last_on, last_on)
        return Span(self.place, self.zone, first, last) if first <= last else None

    def pieces(self, days: int) -> Iterator["Span"]:
        """The span in parts of at most so many days, the latest first: those are asked for most."""
        last = self.last_on
        while last >= self.first_on:
            first = max(last - (days - 1) * DAY, self.first_on)
            yield Span(self.place, self.zone, first, last)
            last = first - DAY


def midnight(day: date, zone: str) -> datetime:
    """The instant at which a local day begins; where clocks change at midnight, the first that its calendar knows."""
    return datetime.combine(day, time(), ZoneInfo(zone))


def spans_of(place: UUID | None, zone: str, days: Iterable[date]) -> list[Span]:
    """Days as as few spans as hold them."""
    spans: list[Span] = []
    for day in sorted(set(days)):
        if spans and spans[-1].last_on == day - DAY:
            spans[-1] = Span(place, zone, spans[-1].first_on, day)
        else:
            spans.append(Span(place, zone, day, day))
    return spans


def as_values(spans: Sequence[Span]) -> dict[str, Any]:
    """The spans as a statement takes them (GIVEN)."""
    return {
        "places": [str(span.place) if span.place else None for span in spans],
        "zones": [span.zone for span in spans],
        "firsts": [span.first_on for span in spans],
        "lasts": [span.last_on for span in spans],
        "begins": [span.begins for span in spans],
        "ends": [span.ends for span in spans],
    }


def period_of(day: date, period: str) -> tuple[date, date]:
    """The first and the last day of the day, week or month that a day is in."""
    if period == "week":
        monday = day - day.weekday() * DAY
        return monday, monday + 6 * DAY
    if period == "month":
        return day.replace(day=1), (day.replace(day=1) + 31 * DAY).replace(day=1) - DAY
    return day, day
