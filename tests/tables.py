"""Reads the tables of a page of docs/, so that tests run on the very figures that people read."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
_HEADING = re.compile(r"^#+ +(.+)$")
_RULE = re.compile(r"^\|[-|: ]+\|$")
NOT_SAID = "—"


def tables(page: str) -> dict[str, list[dict[str, str]]]:
    """The tables of a page by the heading above each: rows of cell texts by column. One table for a heading."""
    found: dict[str, list[dict[str, str]]] = {}
    heading, columns = "", []
    for line in (DOCS / page).read_text().splitlines():
        if title := _HEADING.match(line):
            heading, columns = title[1].strip(), []
        elif line.startswith("|") and not columns:
            assert heading not in found, f"two tables under {heading!r}"
            columns, found[heading] = _cells(line), []
        elif line.startswith("|") and not _RULE.match(line):
            found[heading].append(dict(zip(columns, _cells(line), strict=True)))
    return found


def amount(cell: str) -> int | None:
    """An amount, or None for what was not said."""
    return None if cell == NOT_SAID else int(cell)


def amounts(cell: str) -> list[int]:
    return [int(part) for part in cell.split(",")]


def _cells(line: str) -> list[str]:
    return [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
