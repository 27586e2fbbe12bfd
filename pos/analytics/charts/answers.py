"""The answer of a query as a chart keeps it: its columns, and as many rows as a picture can show. Pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MOST_ROWS = 1_000
MOST_BYTES = 200_000


@dataclass(frozen=True)
class Kept:
    """Columns with name and type, rows in their order; `is_cut` if the query gave more."""

    columns: list[dict[str, str]]
    rows: list[list[Any]]
    is_cut: bool

    def as_json(self) -> dict[str, Any]:
        return {"columns": self.columns, "rows": self.rows, "is_cut": self.is_cut}


def kept(columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]], *, is_cut: bool) -> Kept:
    """As much of an answer as is kept; the first rows of one that is too long or too wide."""
    short = [list(row) for row in rows[:MOST_ROWS]]
    fits = _fitting(short)
    described = [{"name": name, "type": kind} for name, kind in columns]
    return Kept(described, short[:fits], is_cut or fits < len(rows))


def _fitting(rows: list[list[Any]]) -> int:
    room = MOST_BYTES
    for place, row in enumerate(rows):
        room -= len(json.dumps(row, default=str, ensure_ascii=False).encode())
        if room < 0:
            return place
    return len(rows)
