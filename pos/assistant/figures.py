"""The figures of an answer, and the guard that lets none out which is not one of them.

Each row says by its types what its fields are (an amount, a day, an hour, a count, a name), so the figures are written here from the rows
alone, and whatever an answer says beside the words of its sentences has to be among them.
"""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, time
from functools import cache
from string import Formatter
from typing import Annotated, Any, get_args

from babel.dates import format_time

from pos import money
from pos.assistant.sentences import brief, day, hour, percent
from pos.assistant.tools.tool import hints_of
from pos.messaging.segments import fold
from pos.messaging.wording import en, es

# How a field is said that its type alone does not tell: minor units of `currency` beside it, HH:MM, an hour of the day, a share of 1.
Money = Annotated[int, "money"]
Clock = Annotated[str, "clock"]
HourOfDay = Annotated[int, "hour"]
Share = Annotated[float, "share"]
_KINDS = ("money", "clock", "hour", "share")
_WORDS = re.compile(r"[^\W_]+")
_INSIDE = frozenset(".,:")
_LINK = re.compile(r"\w+://\S*|\bwww\.\S+", re.IGNORECASE)


def figures(rows: Any, language: str) -> list[str]:
    """All that may be said of these rows, each as the language writes it and a text bears it; a name is one too."""
    return list(dict.fromkeys(filter(None, map(_folded, _figures(rows, language, None)))))


def unproven(text: str, proven: list[str], *, base_url: str = "") -> list[str]:
    """What a text says that is neither a word of our sentences nor one of the proven figures; a link that is not ours is never proven."""
    foreign = [link for link in _LINK.findall(text) if not (base_url and link.startswith(f"{base_url}/"))]
    known = sorted(filter(None, set(proven)), key=len, reverse=True)
    left = text
    for each in known:
        left = _without(left, each)
    return foreign + [word for word in _WORDS.findall(left) if word.casefold() not in words_of_sentences()]


@cache
def words_of_sentences() -> frozenset[str]:
    """The words of all sentences, without what is filled in."""
    said = (*en.ANSWERS.values(), *es.ANSWERS.values())
    literal = (part for text in said for part, *_ in Formatter().parse(text))
    return frozenset(word.casefold() for part in literal for word in _WORDS.findall(fold(part)))


def _without(text: str, figure: str) -> str:
    """The text without a figure wherever that stands alone: the 1 of 12, or of 1.50, is none. No expression is compiled for it: there
    would be another for each answer."""
    at = text.find(figure)
    while at >= 0:
        end = at + len(figure)
        if _goes_on(text[:at][::-1][:2]) or _goes_on(text[end : end + 2]):
            at = text.find(figure, at + 1)
        else:
            text = f"{text[:at]} {text[end:]}"
            at = text.find(figure, at + 1)
    return text


def _goes_on(beside: str) -> bool:
    """Whether the signs next to a figure, the nearest first, make it a part of a longer one."""
    return beside[:1].isalnum() or (beside[:1] in _INSIDE and beside[1:].isdigit())


def _figures(value: Any, language: str, currency: str | None, kind: str | None = None) -> Iterator[str]:
    if is_dataclass(value) and not isinstance(value, type):
        currency = getattr(value, "currency", currency)
        for each, its_kind in _kinds(type(value)):
            yield from _figures(getattr(value, each), language, currency, its_kind)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _figures(each, language, currency, kind)
    elif value is not None and not isinstance(value, bool):
        yield from _written(value, language, currency, kind)


def _written(value: Any, language: str, currency: str | None, kind: str | None) -> Iterator[str]:
    if kind == "money":
        yield from (money.written(each, currency or "") for each in dict.fromkeys((value, abs(value))))
    elif kind == "hour":
        yield hour(value, language)
    elif kind == "share":
        yield percent(abs(value), language)
    elif kind == "clock":
        yield format_time(time.fromisoformat(value), "short", locale=language)
    elif isinstance(value, int):
        yield from (f"{each:,}" for each in dict.fromkeys((value, abs(value))))
    elif isinstance(value, date):
        yield day(value, language)
    elif isinstance(value, str):
        yield from dict.fromkeys((brief(value), value, value.capitalize()))


@cache
def _kinds(rows: Any) -> list[tuple[str, str | None]]:
    hints = hints_of(rows)
    return [(each.name, _kind_of(hints[each.name])) for each in fields(rows)]


def _kind_of(hint: Any) -> str | None:
    """What the type of a field is annotated with, also inside `| None` and sequences."""
    for mark in getattr(hint, "__metadata__", ()):
        if mark in _KINDS:
            return str(mark)
    return next(filter(None, map(_kind_of, get_args(hint))), None)


def _folded(name: str) -> str:
    return fold(name).replace("  ", " ").strip()
