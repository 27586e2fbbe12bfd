"""The rows of an answer as a table: numbers at the right, amounts as the query gives them. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

MOST_ROWS = 50


def numbers(answer: Mapping[str, Any]) -> list[bool]:
    """Of each column whether it holds numbers."""
    return [_is_number([row[place] for row in answer["rows"]]) for place in range(len(answer["columns"]))]


def written(value: Any) -> str:
    """A cell as it is read; nothing is a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def _is_number(values: Sequence[Any]) -> bool:
    found = [value for value in values if value is not None]
    return bool(found) and all(_reads_as_number(value) for value in found)


def _reads_as_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int | float) or (
        isinstance(value, str) and value.replace(".", "", 1).lstrip("-").isdigit()
    )
