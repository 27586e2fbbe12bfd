"""What is asked of the shop: the path without its numbers, and the query's parameters in their types, held to the documentation."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from pos.sandbox.shop.parameters import DOCUMENTED, Parameter
from pos.sandbox.shop.refusals import ShopRefused

# As WordPress reads dates: with or without an offset, and with nothing left out.
_DATE = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d(:?\d\d)?)?")
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_BRACKETS = re.compile(r"\[\d*\]$")


@dataclass(frozen=True)
class Asked:
    """`route` is one of the documented ones, `numbers` what stood in the path, `params` all documented parameters with their
    defaults, `given` those that were sent, as they were sent."""

    route: str
    numbers: tuple[int, ...]
    params: Mapping[str, Any]
    given: Mapping[str, str]
    word: str = ""


def understood(path: str, query: str) -> Asked:
    """What is asked below /wp-json/wc/v3/. Raises ShopRefused."""
    route, numbers, word = _route(path)
    documented = DOCUMENTED.get(route)
    if documented is None:
        raise ShopRefused("rest_no_route")
    given = _given(query)
    wrong = {name: _NOT_DOCUMENTED for name in given if name not in documented}
    params = {name: parameter.default for name, parameter in documented.items()}
    for name in given.keys() - wrong.keys():
        try:
            params[name] = _read(documented[name], given[name])
        except ValueError as error:
            wrong[name] = str(error)
    if wrong:
        raise ShopRefused("rest_invalid_param", params=wrong)
    return Asked(route, numbers, params, given, word)


_NOT_DOCUMENTED = "The documentation has no such parameter here; the stand-in refuses it, a real shop passes over it."


def _route(path: str) -> tuple[str, tuple[int, ...], str]:
    parts = path.strip("/").split("/")
    numbers = tuple(int(part) for part in parts if _is_number(part))
    if parts[0] == "settings" and len(parts) == 2:
        return "settings/{word}", (), parts[1]
    return "/".join("{}" if _is_number(part) else part for part in parts), numbers, ""


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) < 16


def _given(query: str) -> dict[str, str]:
    """The last of each name counts, except in lists, which may be written `status[]=a&status[]=b` too."""
    given: dict[str, str] = {}
    for written, value in parse_qsl(query, keep_blank_values=True):
        name = _BRACKETS.sub("", written)
        given[name] = f"{given[name]},{value}" if name != written and name in given else value
    return given


def _read(parameter: Parameter, raw: str) -> Any:
    """The value in its type. Raises ValueError with what is wrong."""
    if not parameter.is_served:
        raise ValueError("The documentation knows it; the stand-in would not do what it asks for.")
    return _READERS[parameter.kind](parameter, raw)


def _integer(parameter: Parameter, raw: str) -> int:
    if not re.fullmatch(r"-?\d{1,15}", raw, re.ASCII):
        raise ValueError("is not of type integer.")
    number = int(raw)
    if parameter.least is not None and number < parameter.least:
        raise ValueError(f"must be {parameter.least} or more.")
    if parameter.most is not None and number > parameter.most:
        raise ValueError(f"must be {parameter.most} or less.")
    return number


def _boolean(_: Parameter, raw: str) -> bool:
    if raw.lower() not in _FLAGS:
        raise ValueError("is not of type boolean.")
    return _FLAGS[raw.lower()]


def _string(parameter: Parameter, raw: str) -> str:
    if parameter.choices and raw not in parameter.choices:
        raise ValueError(f"is not one of {', '.join(parameter.choices)}.")
    if "\0" in raw:
        raise ValueError("has a NUL in it.")
    return raw


def _date(_: Parameter, raw: str) -> datetime:
    """With its offset if one is written, else naive: whether it is local or GMT is said by another parameter."""
    if not _DATE.fullmatch(raw):
        raise ValueError("is no date of the form 2026-11-21T09:30:00.")
    try:
        return datetime.fromisoformat(raw.upper())
    except ValueError:
        raise ValueError("is no day that there is.") from None


def _amount(_: Parameter, raw: str) -> str:
    if not re.fullmatch(r"\d{1,12}(\.\d{1,6})?", raw, re.ASCII):
        raise ValueError("is no amount.")
    return raw


def _numbers(_: Parameter, raw: str) -> tuple[int, ...]:
    parts = [part.strip() for part in raw.split(",") if part.strip()]
    if not all(re.fullmatch(r"\d{1,15}", part, re.ASCII) for part in parts):
        raise ValueError("is not a list of ids.")
    return tuple(int(part) for part in parts)


def _words(parameter: Parameter, raw: str) -> tuple[str, ...]:
    return tuple(_string(parameter, part.strip()) for part in raw.split(","))


_READERS = {
    "integer": _integer,
    "boolean": _boolean,
    "string": _string,
    "date": _date,
    "amount": _amount,
    "numbers": _numbers,
    "words": _words,
}
