"""What a tool is: a question to the books that changes nothing, with typed arguments and typed rows.

Whom it may tell about is bound by whoever calls (`Asked`), and is no argument: nothing that a text or a model writes names
somebody else.
"""

import types
from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, dataclass, fields
from datetime import date
from functools import cache
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from pos.messaging.inbox import Asked

Arguments = TypeVar("Arguments")
Rows = TypeVar("Rows")


@dataclass(frozen=True)
class Nothing:
    """No arguments."""


@dataclass(frozen=True)
class Days:
    """The business days from one to another, both of them included; none left out means from the beginning, or up to today."""

    from_on: date | None = None
    to_on: date | None = None


@dataclass(frozen=True)
class Tool(Generic[Arguments, Rows]):
    """`run` gives its rows, or None where the arguments do not say enough to answer for certain. `about`: whose books it reads: those of
    whoever asks, the store's public ones, or the business."""

    name: str
    description: str
    about: Literal["customer", "anybody", "store"]
    arguments: type[Arguments]
    rows: type[Any]
    run: Callable[[Asked, Arguments], Rows | None]

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its arguments."""
        return schema_of(self.arguments)


@cache
def hints_of(kind: Any) -> dict[str, Any]:
    """The types of a dataclass's fields, with what is annotated."""
    return get_type_hints(kind, include_extras=True)


def schema_of(kind: Any) -> dict[str, Any]:
    """The JSON Schema of a dataclass: an object that takes its fields and no others."""
    hints = hints_of(kind)
    required = [each.name for each in fields(kind) if _is_required(each)]
    return {
        "type": "object",
        "properties": {each.name: _schema(hints[each.name]) for each in fields(kind)},
        "required": required,
        "additionalProperties": False,
    }


def _is_required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _schema(hint: Any) -> dict[str, Any]:
    plain: dict[Any, dict[str, Any]] = {
        str: {"type": "string"},
        int: {"type": "integer"},
        bool: {"type": "boolean"},
        date: {"type": "string", "format": "date"},
    }
    if hint in plain:
        return plain[hint]
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [{"type": "null"} if each is type(None) else _schema(each) for each in inner]}
    if origin is not None and issubclass(origin, Sequence):
        return {"type": "array", "items": _schema(inner[0])}
    raise TypeError(f"no argument of a tool is a {hint}")
