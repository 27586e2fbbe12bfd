"""How answers are put together: days and numbers as people of a language say them, and no more than three segments."""

from collections.abc import Sequence
from datetime import date
from functools import cache

from babel import Locale
from babel.dates import format_date

from pos.messaging import segments
from pos.messaging.wording import say

MOST_SEGMENTS = 3
_MOST_OF_A_NAME = 40


def fitted(sentences: Sequence[str]) -> str:
    """The sentences one after the other, as many as three segments hold, in signs that cost no more than they must."""
    text = ""
    for sentence in map(segments.fold, sentences):
        longer = f"{text} {sentence}".strip()
        if text and segments.count(longer).segments > MOST_SEGMENTS:
            break
        text = longer
    return text


def points(count: int, language: str) -> str:
    """So many points, in words."""
    return say("one_point" if abs(count) == 1 else "some_points", language, {"points": f"{count:,}"})


def day(on: date, language: str) -> str:
    """A day as the language writes it: Nov 30, 2026."""
    return str(format_date(on, "medium", locale=_locale(language)))


def brief(name: str) -> str:
    """A name that leaves room for the rest."""
    return name if len(name) <= _MOST_OF_A_NAME else f"{name[: _MOST_OF_A_NAME - 2].rstrip()}.."


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)
