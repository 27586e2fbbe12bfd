"""Reads JSON bodies strictly: what two parsers could understand differently is refused as unreadable."""

import json
import math
from typing import Any, NoReturn

from flask import Request
from marshmallow import Schema
from webargs.core import missing
from webargs.flaskparser import FlaskParser

from pos.errors import Unreadable

MAX_DEPTH = 20
MAX_DIGITS = 18


def parse(raw: bytes) -> Any:
    """The value of a JSON text in UTF-8. Raises Unreadable with the reason in words.

    Refused besides bad syntax: duplicate keys, NaN and Infinity, numbers beyond 18 digits or beyond a double,
    NUL characters, lone surrogates, more than 20 levels.
    """
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_float,
        )
    except UnicodeDecodeError:
        _refuse("The body is not UTF-8.")
    except RecursionError:
        _refuse(f"The body is nested deeper than {MAX_DEPTH} levels.")
    except json.JSONDecodeError as error:
        _refuse(f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.")
    _walk(value, 1)
    return value


class StrictParser(FlaskParser):
    """webargs with our reader: unknown names are refused in bodies and in query strings."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": None, "query": "raise", "path": None, "headers": "exclude"}  # noqa: RUF012 - webargs' own form

    def __init__(self) -> None:
        super().__init__()
        self._schemas: dict[type[Schema], Schema] = {}

    def _get_schema(self, argmap: Any, req: Request) -> Schema:
        """One schema object for all requests: to make one copies every field."""
        if not isinstance(argmap, type):
            return super()._get_schema(argmap, req)
        if argmap not in self._schemas:
            self._schemas[argmap] = argmap()
        return self._schemas[argmap]

    def _raw_load_json(self, req: Request) -> Any:
        raw = req.get_data()
        if not raw:
            return missing
        if not req.is_json:
            raise UnsupportedContent(reason="Send the body as JSON with Content-Type: application/json.")
        return parse(raw)


class UnsupportedContent(Unreadable):
    """415: the body is not declared as JSON."""

    title = "Not JSON"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        _refuse("The body has the same key twice in one object.")
    return result


def _constant(name: str) -> NoReturn:
    _refuse(f"{name} is not a JSON number.")


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        _refuse(f"A number has more than {MAX_DIGITS} digits.")
    return int(digits)


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        _refuse("A number is too large.")
    return value


def _walk(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH and isinstance(value, dict | list):
        _refuse(f"The body is nested deeper than {MAX_DEPTH} levels.")
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict):
        for key, member in value.items():
            _check_text(key)
            _walk(member, depth + 1)
    elif isinstance(value, list):
        for member in value:
            _walk(member, depth + 1)


def _check_text(text: str) -> None:
    if "\0" in text:
        _refuse("A text contains a NUL character.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        _refuse("A text contains half of a surrogate pair.")


def _refuse(reason: str) -> NoReturn:
    raise Unreadable(reason=reason)
