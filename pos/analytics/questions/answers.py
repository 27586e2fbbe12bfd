"""What PostgreSQL answered, as JSON has it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pos.analytics.questions.sitting import Raw

# By the oids that PostgreSQL gives its own types, which never change.
TYPES = {
    16: "boolean", 20: "integer", 21: "integer", 23: "integer", 700: "number", 701: "number", 1700: "number", 1082: "date", 1083: "time",
    1114: "timestamp", 1184: "instant", 1186: "interval", 2950: "id",
}  # fmt: skip
_LARGEST = 2**53


@dataclass(frozen=True)
class Column:
    """`type`: boolean, integer, number, date, time, timestamp (by a wall's clock), instant (ISO 8601 in UTC), interval, id or text."""

    name: str
    type: str


@dataclass(frozen=True)
class Answer:
    """Rows in the order that was asked for; `is_cut` if there were more."""

    columns: list[Column]
    rows: list[list[Any]]
    is_cut: bool


def read(raw: Raw) -> Answer:
    types = [TYPES.get(oid, "text") for oid in raw.types]
    columns = [Column(name, kind) for name, kind in zip(raw.names, types, strict=True)]
    rows = [[_value(value, kind) for value, kind in zip(row, types, strict=True)] for row in raw.rows]
    return Answer(columns, rows, raw.is_cut)


def _value(text: str | None, kind: str) -> Any:
    """A sum of amounts is numeric for PostgreSQL and a whole number for us. What JSON's numbers cannot hold stays text."""
    if text is None:
        return None
    if kind == "boolean":
        return text == "t"
    if kind in ("integer", "number"):
        return _number(text)
    if kind == "instant":
        return _in_utc(text)
    return text.replace(" ", "T") if kind == "timestamp" else text


def _in_utc(text: str) -> str:
    """An instant as PostgreSQL writes it by the session's clock. What no calendar of ours holds stays as it is."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    except (ValueError, OverflowError):
        return text.replace(" ", "T")


def _number(text: str) -> Any:
    if text in ("NaN", "Infinity", "-Infinity"):
        return None
    if "e" not in text and "." not in text:
        whole = int(text) if len(text) < 20 else _LARGEST
        return whole if abs(whole) < _LARGEST else text
    value = float(text)
    return value if abs(value) < _LARGEST else text
