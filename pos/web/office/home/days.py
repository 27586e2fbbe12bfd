"""Which instants a place's day has: today, and the same day of last week up to the same hour by its clock. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

DAY, WEEK = timedelta(days=1), timedelta(days=7)
HOURS = 24


@dataclass(frozen=True)
class Place:
    """A location with the clock by which its days are counted, and the shifts that are open there (queries of figures.py)."""

    id: UUID
    name: str
    timezone: str
    shifts: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Day:
    """The day of a place that is `weeks_ago`: from its midnight to the next, which is 23 or 25 hours when clocks change; `by_now` is the
    instant at which its clock showed what it shows now."""

    place: Place
    weeks_ago: int
    begins: datetime
    by_now: datetime
    ends: datetime


def days_of(places: Iterable[Place], now: datetime, on: date | None = None) -> list[Day]:
    """Today and the same day last week, of each place; with `on` that day, which is over, instead of today."""
    return [_day(place, weeks, now, on) for place in places for weeks in (0, 1)]


def bounds(days: Sequence[Day]) -> dict[str, Any]:
    """The days as a statement takes them; with the widest bounds of today and of the day last week, as plain instants, so that the
    statement reads no other days, however many places there are."""
    today, then = ([day for day in days if day.weeks_ago == weeks] for weeks in (0, 1))
    return {
        "places": [str(day.place.id) for day in days],
        "zones": [day.place.timezone for day in days],
        "weeks": [day.weeks_ago for day in days],
        "begin": [day.begins for day in days],
        "by_now": [day.by_now for day in days],
        "end": [day.ends for day in days],
        "today_from": min(day.begins for day in today),
        "today_to": max(day.ends for day in today),
        "then_from": min(day.begins for day in then),
        "then_to": max(day.ends for day in then),
    }


def _day(place: Place, weeks_ago: int, now: datetime, on: date | None) -> Day:
    zone = ZoneInfo(place.timezone)
    by_clock = datetime.combine(on, time.max) if on else now.astimezone(zone).replace(tzinfo=None)
    local = by_clock - weeks_ago * WEEK
    midnight = datetime.combine(local.date(), time())
    begins, ends = (moment.replace(tzinfo=zone) for moment in (midnight, midnight + DAY))
    is_now = weeks_ago == 0 and on is None
    return Day(place, weeks_ago, begins, now if is_now else local.replace(tzinfo=zone), ends)
