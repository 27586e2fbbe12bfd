"""When marketing may go out: the hours of the store and of every place where the number may be, in local time."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import PhoneNumberType, timezone

from pos.messaging.states import STATES, at_area, code_of
from pos.phone import REMEMBERED, number_of, region

WITHIN = timedelta(days=8)
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")
_UNKNOWN = "Etc/Unknown"
_SATURDAY, _SUNDAY = 5, 6
_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)


@dataclass(frozen=True)
class Hours:
    """From `start` until just before `end`, as HH:MM of the local clock. The weekend can have a pair of its own; Sunday can
    begin later, or be left out. Raises ValueError for what is no clock time, and for an end that is not after its start."""

    start: str
    end: str
    weekend: tuple[str, str] | None = None
    sunday_start: str | None = None
    sunday: bool = True

    def __post_init__(self) -> None:
        for day in range(7):
            start, end = self.on(day) or (self.start, self.end)
            if not (_CLOCK.fullmatch(start) and _CLOCK.fullmatch(end) and start < end):
                raise ValueError(f"{start}-{end} are no hours; write them as 09:00 and 20:00, the earlier first")

    def on(self, weekday: int) -> tuple[str, str] | None:
        """Start and end on a day of the week (Monday is 0), or None if nothing goes out on it."""
        start, end = self.weekend if self.weekend and weekday >= _SATURDAY else (self.start, self.end)
        if weekday != _SUNDAY:
            return start, end
        return (self.sunday_start or start, end) if self.sunday else None


DEFAULT = Hours("09:00", "20:00")

REGIONS: dict[str, Hours] = {
    "FR": Hours("08:00", "20:00", weekend=("10:00", "18:00"), sunday=False),
    "US-AL": Hours("08:00", "20:00", sunday=False),
    "US-CA": Hours("09:00", "21:00"),
    "US-CT": Hours("09:00", "20:00"),
    "US-FL": Hours("08:00", "20:00"),
    "US-IL": Hours("09:00", "21:00"),
    "US-KY": Hours("10:00", "21:00"),
    "US-LA": Hours("08:00", "20:00", sunday=False),
    "US-MA": Hours("08:00", "20:00"),
    "US-MD": Hours("08:00", "20:00"),
    "US-MI": Hours("09:00", "21:00"),
    "US-MN": Hours("09:00", "21:00"),
    "US-MS": Hours("08:00", "20:00", sunday=False),
    "US-NJ": Hours("08:00", "20:00"),
    "US-NM": Hours("09:00", "21:00"),
    "US-NV": Hours("09:00", "20:00"),
    "US-OK": Hours("08:00", "20:00"),
    "US-RI": Hours("09:00", "18:00", weekend=("10:00", "17:00")),
    "US-TX": Hours("09:00", "21:00", sunday_start="12:00"),
}
"""Where the law, or the carriers, are stricter than 8 to 21 (47 CFR 64.1200(c)(1)); here so that a store that widens its own
hours stays inside them. Gathered from the tables that senders of texts publish (Referrizer, Stello, Drop Cowboy, Acoustic for
France, seen in November 2026). Those disagree, most rows were written for calls, and public holidays are not known here:
where two differ, the stricter stands. It is no legal advice.
"""


class _Rule(NamedTuple):
    """Hours by the clock of one time zone."""

    zone: ZoneInfo
    hours: Hours

    def allows(self, instant: datetime) -> bool:
        local = instant.astimezone(self.zone)
        window = self.hours.on(local.weekday())
        return window is not None and window[0] <= f"{local.hour:02}:{local.minute:02}" < window[1]

    def following(self, instant: datetime) -> datetime | None:
        """The instant itself, or the next one that these hours allow, if there is any within the next days."""
        if self.allows(instant):
            return instant
        first = instant.astimezone(self.zone).date() - _DAY
        days = [first + offset * _DAY for offset in range(WITHIN.days + 3)]
        begins = sorted(begin for day in days for begin in self._beginnings(day) if begin > instant)
        return next((begin for begin in begins if self.allows(begin)), None)

    def _beginnings(self, day: date) -> Iterable[datetime]:
        """Where allowed time can begin on a day: when the clock shows the start, which it may do twice, and when it is put."""
        if window := self.hours.on(day.weekday()):
            start = datetime.combine(day, time.fromisoformat(window[0]), self.zone)
            yield from (start.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
        if shift := _shift(self.zone, day):
            yield shift


@lru_cache(maxsize=REMEMBERED)
def region_of(phone: str, state: str | None) -> tuple[str, ...]:
    """The keys of the regions whose hours count for a number (E.164): its country (FR), the state of its area code if that has
    hours of its own (US-TX), and the state that the profile gives. A profile's state is one of the USA for a number that
    begins with +1, else only if it is written US-TX: WA is also in Australia."""
    country = region(phone) or phonenumbers.region_code_for_country_code(number_of(phone).country_code or 0)
    area = at_area(phone[2:5]) if country == "US" else None
    states = [f"US-{code}" for code in (area, _state(phone, state)) if code]
    return tuple(dict.fromkeys([country, *states]))


class Decided(NamedTuple):
    """From when on marketing may go to a number, in UTC, and by the clocks of which time zones that was decided."""

    at: datetime
    zones: tuple[str, ...]


def next_allowed(
    now: datetime,
    phone: str,
    *,
    state: str | None,
    fallback_zone: str,
    hours: Hours,
    regions: Mapping[str, Hours],
) -> Decided:
    """Now, when marketing may go to this number now, else the next instant at which it may, within 8 days.

    The store's hours and those of each region of the number must allow it, in each of its time zones and those of the
    profile's state. Where these have no hour in common, the state's zones decide, and if there is no state, the fallback.
    Where the store's hours lie outside a region's, the region's count alone. Raises ValueError for a naive instant, and for
    regions that have no hour in common.
    """
    if now.tzinfo is None:
        raise ValueError("a naive datetime belongs to no time zone")
    theirs = [regions[key] for key in region_of(phone, state) if key in regions]
    choices = _choices(phone, state, fallback_zone)
    for every in ([hours, *theirs], theirs):
        for zones in choices:
            if instant := _first_common(now.astimezone(UTC), _rules(zones, every)):
                return Decided(instant, tuple(sorted(zones)))
    raise ValueError("the regions of this number have no hour in common")


def _choices(phone: str, state: str | None, fallback: str) -> list[set[str]]:
    """The time zones that must all agree, and those that decide where they never do. Who has a number from elsewhere than the
    profile's state has moved: both count. A number that may be in several zones of which the state has one stays as it is."""
    numbers, code = set(_known_zones(phone)), _state(phone, state)
    home = set(STATES[code].zones) if code else set()
    return [zones for zones in (numbers if numbers & home else numbers | home, home, {fallback}) if zones]


def _rules(zones: Iterable[str], every: Sequence[Hours]) -> list[_Rule]:
    return [_Rule(ZoneInfo(zone), hours) for zone in sorted(zones) for hours in every]


def _first_common(now: datetime, rules: Sequence[_Rule]) -> datetime | None:
    """The first instant that all allow: each puts it off to its own next one, until none has to."""
    instant, last = now, now + WITHIN
    while instant <= last:
        agreed = instant
        for rule in rules:
            agreed = rule.following(agreed) or last + _SECOND
        if agreed == instant:
            return instant
        instant = agreed
    return None


@lru_cache(maxsize=REMEMBERED)
def _known_zones(phone: str) -> tuple[str, ...]:
    """The time zones in which a number may be; none when nobody knows. A toll-free number is nowhere: the tables give it every zone of
    its countries, from Guam to Bermuda."""
    number = number_of(phone)
    zones = tuple(timezone.time_zones_for_number(number))
    is_nowhere = _UNKNOWN in zones or phonenumbers.number_type(number) == PhoneNumberType.TOLL_FREE
    return () if is_nowhere else zones


def _state(phone: str, written: str | None) -> str | None:
    """The code of a profile's state, where it can be one of the USA."""
    is_american = phone.startswith("+1") or (written or "").strip().casefold().startswith("us-")
    return code_of(written) if is_american else None


def _shift(zone: ZoneInfo, day: date) -> datetime | None:
    """When the clock is put forward or back on a day, if it is."""
    midnights = (datetime.combine(day + days * _DAY, time(), zone) for days in (0, 1))
    begin, end = (int(midnight.timestamp()) for midnight in midnights)
    offset = partial(_offset, zone)
    if offset(begin) == offset(end):
        return None
    seconds = range(begin, end)
    return datetime.fromtimestamp(begin + bisect_left(seconds, True, key=lambda at: offset(at) == offset(end)), UTC)


def _offset(zone: ZoneInfo, at: int) -> timedelta | None:
    return datetime.fromtimestamp(at, zone).utcoffset()
