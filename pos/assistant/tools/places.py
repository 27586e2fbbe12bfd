"""When each location is open, and whether it is now, by its own clock; and where it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pos.assistant.figures import Clock
from pos.assistant.tools.tool import Nothing, Tool
from pos.catalog.prices import DAYS
from pos.messaging.inbox import Asked
from pos.statements import Statement

# Those of which the hours are known come first: the others are counted, but there is nothing to say of them.
_LOCATIONS = Statement("""
    SELECT name, timezone, opening_hours, address FROM locations WHERE store_id = :store ORDER BY opening_hours = '{}', name LIMIT 6
""")
Span = tuple[Clock, Clock]


@dataclass(frozen=True)
class Place:
    """A location on a day: its spans as HH:MM (one that ends before it begins goes on after midnight), and until when it is open now, if
    it is. `spans` is None if nobody has entered any hours. `on` is the day, if it is not today."""

    name: str
    spans: Sequence[Span] | None
    open_until: Clock | None
    on: date | None = None


@dataclass(frozen=True)
class Hours:
    places: Sequence[Place]


@dataclass(frozen=True)
class OnDay:
    """A day to come; without one today."""

    on: date | None = None


def _hours(asked: Asked, day: OnDay) -> Hours:
    return Hours([place(*row[:3], now=asked.now, on=day.on) for row in _LOCATIONS.rows()])


def place(name: str, timezone: str, hours: Mapping[str, Any], *, now: datetime, on: date | None = None) -> Place:
    """A location at an instant, or on another day: pure."""
    if not hours:
        return Place(name, None, None)
    local = now.astimezone(ZoneInfo(timezone))
    if on is not None and on != local.date():
        return Place(name, _spans(hours, on), None, on)
    return Place(name, _spans(hours, local.date()), _open_until(hours, local))


def _spans(hours: Mapping[str, Any], day: date) -> list[Span]:
    return sorted((starts, ends) for starts, ends in hours.get(DAYS[day.weekday()], ()))


def _open_until(hours: Mapping[str, Any], local: datetime) -> str | None:
    """The end of the span in which the local time lies: one of today, or yesterday's that goes on after midnight."""
    clock, today = f"{local:%H:%M}", local.date()
    still = [ends for starts, ends in _spans(hours, today - timedelta(days=1)) if clock < ends <= starts]
    begun = [ends for starts, ends in _spans(hours, today) if starts <= clock and (clock < ends or ends <= starts)]
    return next(iter((*still, *begun)), None)


# --- where


@dataclass(frozen=True)
class Address:
    """A location and where it is, if somebody has entered that."""

    name: str
    address: str | None


@dataclass(frozen=True)
class Addresses:
    places: Sequence[Address]


def _where(asked: Asked, _: Nothing) -> Addresses:
    return Addresses([Address(name, address) for name, _timezone, _hours, address in _LOCATIONS.rows()])


HOURS = Tool(
    "hours",
    "When each location is open today, or on another day, and whether it is open now.",
    "anybody",
    OnDay,
    Hours,
    _hours,
)
WHERE = Tool("locations", "The locations and their addresses.", "anybody", Nothing, Addresses, _where)
