"""Days and stretches of days in a question, in English and Spanish: "yesterday", "last week", "el martes pasado", "on 12 May". Pure.

What could mean two things is not read: 5/12 is a day of May to some and of December to others.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Period:
    """The days from one to another, both of them included. `weekday`: it was named by that alone, "on Sunday", so that for the hours of
    a place the next one is meant; Monday is 0. `is_so_far`: it goes on."""

    from_on: date
    to_on: date
    weekday: int | None = None

    @property
    def days(self) -> int:
        return (self.to_on - self.from_on).days + 1


_DAY = timedelta(days=1)
_WEEKDAYS = {
    word: number
    for number, words in enumerate(
        (
            "monday mondays mon lunes", "tuesday tuesdays tue martes", "wednesday wednesdays wed miercoles",
            "thursday thursdays thu jueves", "friday fridays fri viernes", "saturday saturdays sat sabado sabados",
            "sunday sundays sun domingo domingos",
        )
    )
    for word in words.split()
}  # fmt: skip
_MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "january jan enero", "february feb febrero", "march mar marzo", "april apr abril", "may mayo", "june jun junio",
            "july jul julio", "august aug agosto", "september sep sept septiembre setiembre", "october oct octubre",
            "november nov noviembre", "december dec diciembre",
        ),
        1,
    )
    for word in words.split()
}  # fmt: skip
_LAST = {"last", "past", "previous", "pasado", "pasada", "ultimo", "ultima", "anterior"}
_LASTS = {"last", "past", "ultimos", "ultimas"}
_THIS = {"this", "current", "este", "esta"}
_UNITS = {
    "week": "week", "weeks": "week", "semana": "week", "semanas": "week", "month": "month", "months": "month", "mes": "month",
    "meses": "month", "year": "year", "years": "year", "ano": "year", "anos": "year", "day": "day", "days": "day", "dia": "day",
    "dias": "day", "weekend": "weekend",
}  # fmt: skip
_BEFORE = {
    "on",
    "in",
    "from",
    "between",
    "since",
    "desde",
    "entre",
    "of",
    "the",
    "for",
    "during",
    "el",
    "la",
    "los",
    "las",
    "en",
    "de",
    "del",
    "al",
    "a",
    "durante",
}
# Up to today; and what makes other days of those that are named, which nobody here counts: "than yesterday", "until 10 March".
_OPEN_ENDED = {"since", "desde"}
_OTHER_DAYS = {
    "than", "que", "before", "prior", "antes", "previo", "after", "despues", "until", "till", "hasta", "through",
    "except", "excluding", "excepto", "up", "to", "with", "con", "vs", "versus", "against", "contra", "compared",
    "comparison", "comparado", "comparada", "comparados", "comparadas", "frente", "respecto",
}  # fmt: skip
OTHER_DAYS = "<other days>"
# Months whose name is a word of every day: "May I see the sales?"
_OFTEN_NO_MONTH = {"may", "mar"}
_RANGES = {"to", "until", "through", "and", "al", "a", "hasta", "y"}
_NUMBERS = dict(zip(["two", "three", "four", "five", "six", "seven"], range(2, 8), strict=True)) | dict(
    zip(["dos", "tres", "cuatro", "cinco", "seis", "siete"], range(2, 8), strict=True)
)
_MOST_DAYS, _CENTURY = 731, range(2000, 2100)
# What was taken out of a question, and the words that are left.
Found = tuple[Period, int]


def periods(words: Sequence[str], today: date) -> tuple[tuple[Period, ...], list[str]]:
    """The periods that are named, in their order, and the words beside them. Of words before one ("on", "in", "el") none is left;
    `<other days>` stands for what makes other days of it."""
    found: list[Period] = []
    rest: list[str] = []
    place = 0
    while place < len(words):
        taken = _stretch(words[place:], today)
        if taken is None or (taken[1] == 1 and words[place] in _OFTEN_NO_MONTH and not _leads(rest)):
            rest.append(words[place])
            place += 1
            continue
        led_by = _led_by(rest)
        is_open = not led_by.isdisjoint(_OPEN_ENDED) and taken == _one(words[place:], today)
        found.append(_up_to(today, taken[0]) if is_open else taken[0])
        place += taken[1]
    return tuple(found), rest


def _led_by(rest: list[str]) -> set[str]:
    """Takes the words that lead to a period from the end, and leaves a sign of what makes other days of it."""
    led_by = set()
    while rest and rest[-1] in _BEFORE:
        led_by.add(rest.pop())
    if rest and rest[-1] in _OTHER_DAYS:
        rest.append(OTHER_DAYS)
    return led_by


def _leads(words: Sequence[str]) -> bool:
    """Whether the last word is one that days come after."""
    return bool(words) and words[-1] in _BEFORE | _OTHER_DAYS | _RANGES


def _up_to(today: date, period: Period) -> Period:
    """From the first day of a period to today; of one that is to come, itself."""
    return Period(period.from_on, today) if period.from_on <= today else period


def before(period: Period) -> Period:
    """As many days right before a period; of a whole month the month before it."""
    if period.from_on.day == 1 and period.to_on == _last_of(period.from_on):
        return _month(period.from_on - _DAY)
    return Period(period.from_on - _DAY * period.days, period.from_on - _DAY)


def _stretch(words: Sequence[str], today: date) -> Found | None:
    """A period at the beginning of the words: from one day to another, or what has a name of its own."""
    first = _one(words, today)
    if first is None:
        return _days_of_a_month(words, today)
    period, taken = first
    if len(words) > taken + 1 and words[taken] in _RANGES and period.days == 1:
        skipped = taken + 1 + (words[taken + 1] in _BEFORE)
        second = _one(words[skipped:], today)
        if (
            second
            and second[0].days == 1
            and 0 < (second[0].to_on - period.from_on).days < _MOST_DAYS
            and _is_dated(words)
        ):
            return Period(period.from_on, second[0].to_on), skipped + second[1]
    return first


def _is_dated(words: Sequence[str]) -> bool:
    """Whether it begins with a date: "today and yesterday" are two days, "1 May and 7 May" a week."""
    return any(_is_figure(sign) for word in words[:2] for sign in word)


def _one(words: Sequence[str], today: date) -> Found | None:
    for read in (_named_day, _last_so_many, _last_or_this, _spanish_last, _weekday, _date, _month_of_year):
        found = read(words, today)
        if found:
            return found
    return None


def _named_day(words: Sequence[str], today: date) -> Found | None:
    if list(words[:3]) in (["day", "before", "yesterday"], ["antes", "de", "ayer"]):
        return _day(today - 2 * _DAY), 3
    if words[0] in ("anteayer", "antier"):
        return _day(today - 2 * _DAY), 1
    offsets = {"today": 0, "hoy": 0, "tonight": 0, "yesterday": -1, "ayer": -1, "tomorrow": 1, "manana": 1}
    return (_day(today + offsets[words[0]] * _DAY), 1) if words[0] in offsets else None


def _last_so_many(words: Sequence[str], today: date) -> Found | None:
    """The last 7 days, los ultimos 3 meses: up to today, and today among them."""
    for taken in ((0, 1, 2), (1, 0, 2)):
        if len(words) < 3 or words[taken[0]] not in _LASTS or (count := _number(words[taken[1]])) is None:
            continue
        unit = _UNITS.get(words[taken[2]])
        days = {"day": 1, "week": 7}.get(unit or "", 0) * count
        if unit == "month":
            return Period(_months_ago(today, count) + _DAY, today), 3
        if 0 < days <= _MOST_DAYS:
            return Period(today - _DAY * (days - 1), today), 3
    return None


def _last_or_this(words: Sequence[str], today: date) -> Found | None:
    if len(words) < 2 or words[0] not in _LAST | _THIS:
        return None
    is_last = words[0] in _LAST
    if list(words[1:4]) == ["fin", "de", "semana"]:
        return _unit("weekend", today, is_last=is_last), 4
    if words[1] in _WEEKDAYS and is_last:
        return _past_weekday(_WEEKDAYS[words[1]], today), 2
    if words[1] in _WEEKDAYS:
        return _day(today - _DAY * today.weekday() + _DAY * _WEEKDAYS[words[1]]), 2
    unit = _UNITS.get(words[1])
    if words[1] in _MONTHS and is_last:
        return _past_month(_MONTHS[words[1]], today), 2
    return (_unit(unit, today, is_last=is_last), 2) if unit and unit != "day" else None


def _spanish_last(words: Sequence[str], today: date) -> Found | None:
    """La semana pasada, el martes pasado, el fin de semana pasado."""
    if list(words[:3]) == ["fin", "de", "semana"]:
        is_last = len(words) > 3 and words[3] in _LAST
        return _unit("weekend", today, is_last=is_last), 4 if is_last else 3
    if len(words) < 2 or words[1] not in _LAST:
        return None
    if words[0] in _WEEKDAYS:
        return _past_weekday(_WEEKDAYS[words[0]], today), 2
    unit = _UNITS.get(words[0])
    if unit and unit not in ("day", "weekend"):
        return _unit(unit, today, is_last=True), 2
    return (_past_month(_MONTHS[words[0]], today), 2) if words[0] in _MONTHS else None


def _weekday(words: Sequence[str], today: date) -> Found | None:
    """The latest one, which may be today; the name of a month's beginning is no day."""
    number = _WEEKDAYS.get(words[0])
    if number is None:
        return None
    day = today - _DAY * ((today.weekday() - number) % 7)
    return Period(day, day, weekday=number), 1


def _date(words: Sequence[str], today: date) -> Found | None:
    """12 May, May 12th, 12 de mayo de 2026, 2026 05 12."""
    said = [word for word in words[:7] if word not in ("of", "the", "de", "del")]
    if len(said) >= 3 and len(said[0]) == 4 and all(map(_is_figure, said[:3])):
        day = _calendar(int(said[0]), int(said[1]), int(said[2]))
        return (_day(day), 3) if day else None
    if len(said) < 2:
        return None
    for number, month in ((said[0], said[1]), (said[1], said[0])):
        if month in _MONTHS and (ordinal := _ordinal(number)):
            year = int(said[2]) if len(said) > 2 and _is_year(said[2]) else None
            day = _dated(year, _MONTHS[month], ordinal, today)
            return (_day(day), _length(words, 3 if year else 2)) if day else None
    return None


def _days_of_a_month(words: Sequence[str], today: date) -> Found | None:
    """1 to 7 October, 1 al 7 de octubre."""
    said = list(words[:1]) + [word for word in words[1:6] if word not in ("of", "the", "de", "del")]
    if len(said) < 4 or said[1] not in _RANGES or said[3] not in _MONTHS:
        return None
    first, last = _ordinal(said[0]), _ordinal(said[2])
    to_on = _dated(None, _MONTHS[said[3]], last, today) if first and last and first < last else None
    return (Period(to_on.replace(day=first or 1), to_on), _length(words, 4)) if to_on else None


def _month_of_year(words: Sequence[str], today: date) -> Found | None:
    """October, octubre de 2025, 2025."""
    if _is_year(words[0]):
        return Period(date(int(words[0]), 1, 1), date(int(words[0]), 12, 31)), 1
    if words[0] not in _MONTHS:
        return None
    taken = 1 + (len(words) > 2 and words[1] in ("de", "del", "of"))
    if len(words) > taken and _is_year(words[taken]):
        return _month(date(int(words[taken]), _MONTHS[words[0]], 1)), taken + 1
    return _latest_month(_MONTHS[words[0]], today), 1


def _length(words: Sequence[str], meant: int) -> int:
    """How many words hold so many that mean something."""
    for place, word in enumerate(words):
        meant -= word not in ("of", "the", "de", "del")
        if not meant:
            return place + 1
    return len(words)


def _unit(unit: str, today: date, *, is_last: bool) -> Period:
    if unit == "week":
        monday = today - _DAY * today.weekday()
        return Period(monday - 7 * _DAY, monday - _DAY) if is_last else Period(monday, today)
    if unit == "weekend":
        saturday = today - _DAY * ((today.weekday() - 5) % 7)
        saturday -= 7 * _DAY * (is_last and today.weekday() >= 5)
        return Period(saturday, saturday + _DAY)
    if unit == "month":
        return _month(today.replace(day=1) - _DAY) if is_last else Period(today.replace(day=1), today)
    year = today.year - is_last
    return Period(date(year, 1, 1), date(year, 12, 31) if is_last else today)


def _past_weekday(number: int, today: date) -> Period:
    return _day(today - _DAY * ((today.weekday() - number - 1) % 7 + 1))


def _latest_month(number: int, today: date) -> Period:
    """The latest one that has begun, up to today."""
    first = date(today.year - (number > today.month), number, 1)
    return Period(first, min(_last_of(first), today))


def _past_month(number: int, today: date) -> Period:
    return _month(date(today.year - (number >= today.month), number, 1))


def _month(day: date) -> Period:
    return Period(day.replace(day=1), _last_of(day))


def _last_of(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _months_ago(day: date, count: int) -> date:
    months = day.year * 12 + day.month - 1 - count
    first = date(months // 12, months % 12 + 1, 1)
    return first.replace(day=min(day.day, monthrange(first.year, first.month)[1]))


def _dated(year: int | None, month: int, day: int, today: date) -> date | None:
    """The date; without a year the latest one that is not to come."""
    if year:
        return _calendar(year, month, day)
    found = _calendar(today.year, month, day)
    return found if found and found <= today else _calendar(today.year - 1, month, day)


def _calendar(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _day(day: date) -> Period:
    return Period(day, day)


def _number(word: str) -> int | None:
    return int(word) if _is_figure(word) and len(word) < 4 and int(word) else _NUMBERS.get(word)


def _ordinal(word: str) -> int | None:
    digits = word[:-2] if word[-2:] in ("st", "nd", "rd", "th") else word
    return int(digits) if _is_figure(digits) and len(digits) < 3 and 1 <= int(digits) <= 31 else None


def _is_year(word: str) -> bool:
    return _is_figure(word) and len(word) == 4 and int(word) in _CENTURY


def _is_figure(word: str) -> bool:
    """Whether it is digits of ours: those of other scripts are digits too, and no numbers here."""
    return word.isascii() and word.isdigit()
