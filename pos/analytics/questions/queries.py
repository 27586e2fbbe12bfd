"""What may be asked, in words: the views with the types of their columns, as the tables beneath declare them."""

import re
from functools import cache
from typing import Any

from sqlalchemy import types

from pos.analytics.questions.views import VIEWS, View
from pos.db import Base

_TABLE = re.compile(r"public\.(\w+) (\w)\b")
_COLUMN = re.compile(r"(\w)\.(\w+)")
# Of those that are worked out, by how they are called.
_CALLED = ((r".*_on", "date"), (r".*_(hour|weekday)|net", "integer"), (r"is_.*", "boolean"))
_KINDS: tuple[tuple[type[Any], str], ...] = (
    (types.Boolean, "boolean"),
    (types.Integer, "integer"),
    (types.Numeric, "number"),
    (types.Uuid, "id"),
    (types.TIMESTAMP, "instant"),
    (types.Date, "date"),
)


@cache
def views() -> list[dict[str, Any]]:
    """Each view, what one of its rows is, and its columns."""
    return [{"name": view.name, "about": view.about, "columns": _columns(view)} for view in VIEWS]


def _columns(view: View) -> list[dict[str, str]]:
    tables = {alias: table for table, alias in _TABLE.findall(view.source)}
    return [{"name": name, "type": _type(name, what, tables)} for name, what in view.columns.items()]


def _type(name: str, what: str, tables: dict[str, str]) -> str:
    plain = _COLUMN.fullmatch(what)
    if plain:
        column = Base.metadata.tables[tables[plain[1]]].columns[plain[2]]
        return next((said for kind, said in _KINDS if isinstance(column.type, kind)), "text")
    return next((said for pattern, said in _CALLED if re.fullmatch(pattern, name)), "text")
