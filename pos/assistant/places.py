"""HOURS: when each location is open today, and whether it is now, by its own clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_time

from pos.assistant.found import Found
from pos.assistant.sentences import brief
from pos.catalog.prices import DAYS
from pos.messaging.inbox import Asked
from pos.messaging.wording import say
from pos.statements import Statement

# Those of which the hours are known come first: the others are counted, but there is nothing to say of them.
_LOCATIONS = Statement("""
    SELECT name, timezone, opening_hours FROM locations WHERE store_id = :store ORDER BY opening_hours = '{}', name LIMIT 6
""")
Span = tuple[str, str]


@dataclass(frozen=True)
class Place:
    """A location today: its spans as HH:MM (one that ends before it begins goes on after midnight), and until when it is open, if it
    is. `spans` is None if nobody has entered any hours."""

    name: str
    spans: Sequence[Span] | None
    open_until: str | None


@dataclass(frozen=True)
class Hours:
    places: Sequence[Place]


def find(asked: Asked) -> Found[Hours]:
    return Found(Hours([place(*row, now=asked.now) for row in _LOCATIONS.rows()]))


def place(name: str, timezone: str, hours: Mapping[str, Any], *, now: datetime) -> Place:
    """A location at an instant: pure."""
    if not hours:
        return Place(name, None, None)
    local = now.astimezone(ZoneInfo(timezone))
    return Place(name, _spans(hours, local.date()), _open_until(hours, local))


def worded(found: Hours, language: str) -> list[str]:
    if all(each.spans is None for each in found.places):
        return [say("hours_unknown", language, {})]
    known = [each for each in found.places if each.spans is not None]
    if len(found.places) == 1:
        return [_today(known[0], language)]
    return [f"{brief(each.name)}: {_today(each, language)}" for each in known]


def _spans(hours: Mapping[str, Any], day: date) -> list[Span]:
    return sorted((starts, ends) for starts, ends in hours.get(DAYS[day.weekday()], ()))


def _open_until(hours: Mapping[str, Any], local: datetime) -> str | None:
    """The end of the span in which the local time lies: one of today, or yesterday's that goes on after midnight."""
    clock, today = f"{local:%H:%M}", local.date()
    still = [ends for starts, ends in _spans(hours, today - timedelta(days=1)) if clock < ends <= starts]
    begun = [ends for starts, ends in _spans(hours, today) if starts <= clock and (clock < ends or ends <= starts)]
    return next(iter((*still, *begun)), None)


def _today(place: Place, language: str) -> str:
    if not place.spans and not place.open_until:
        return say("closed_today", language, {})
    spans = ", ".join(f"{_time(starts, language)}-{_time(ends, language)}" for starts, ends in place.spans or ())
    now = say("open_now", language, {"until": _time(place.open_until, language)}) if place.open_until else None
    return say(
        "hours",
        language,
        {"spans": spans or say("closed", language, {}), "now": now or say("closed_now", language, {})},
    )


def _time(clock: str, language: str) -> str:
    return str(format_time(time.fromisoformat(clock), "short", locale=language))
