"""docs/pricing.md as the tests of prices read it: each table is put through the code by exactly those who ask for it here."""

from typing import Any

import pytest

from pos.errors import ShopError
from tests.tables import NOT_SAID, tables

PAGE = tables("pricing.md")
TESTED: set[str] = set()


def table(heading: str) -> list[dict[str, str]]:
    """The rows of the table below this heading, for a test that needs them together."""
    TESTED.add(heading)
    return PAGE[heading]


def rows(heading: str) -> Any:
    """A case for each row of the table below this heading."""
    return pytest.mark.parametrize("row", table(heading), ids=lambda row: " ".join(row.values()))


def whole(row: dict[str, str], *columns: str) -> list[int]:
    """The amounts in these columns."""
    return [int(row[column]) for column in columns]


def words(cell: str) -> list[str]:
    """What a cell lists; nothing for what was not said."""
    return [] if cell == NOT_SAID else [part.strip() for part in cell.split(",")]


def refusal(act: Any, *facts: Any, **named: Any) -> str | None:
    """The slug of the refusal, or None when it was allowed."""
    try:
        act(*facts, **named)
    except ShopError as refused:
        return refused.slug()
    return None
