"""How answers are put together: days and numbers as people of a language say them, and no more segments than asked for."""

from collections.abc import Sequence
from datetime import date, time
from functools import cache, lru_cache

from babel import Locale
from babel.dates import format_date, format_time

from pos.messaging import segments
from pos.messaging.wording import say

_MOST_OF_A_NAME = 40


def fitted(sentences: Sequence[str], most_segments: int) -> str:
    """The sentences one after the other, as many as these segments hold, in signs that cost no more than they must."""
    text = ""
    for sentence in map(segments.fold, sentences):
        longer = f"{text} {sentence}".strip()
        if text and segments.count(longer).segments > most_segments:
            break
        text = longer
    return text


def points(count: int, language: str) -> str:
    """So many points, in words."""
    return say("one_point" if abs(count) == 1 else "some_points", language, {"points": f"{count:,}"})


@lru_cache(maxsize=1024)
def day(on: date, language: str) -> str:
    """A day as the language writes it: Nov 30, 2026."""
    return str(format_date(on, "medium", locale=_locale(language)))


def brief(name: str) -> str:
    """A name that leaves room for the rest."""
    return name if len(name) <= _MOST_OF_A_NAME else f"{name[: _MOST_OF_A_NAME - 2].rstrip()}.."


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


def hour(of_day: int, language: str) -> str:
    """An hour of the day as the language writes it: 6:00 PM."""
    return str(format_time(time(of_day), "short", locale=language))


def percent(share: float, language: str) -> str:
    """A share of 1 as percent: 12.5%."""
    return f"{share * 100:.1f}%"


def period(from_on: date, to_on: date, language: str) -> str:
    """One day, or from one to another."""
    if from_on == to_on:
        return day(from_on, language)
    return say("from_to", language, {"from": day(from_on, language), "to": day(to_on, language)})
