"""Files of customers with every kind of damage, and what the import is to say of each line."""

from collections.abc import Iterator
from pathlib import Path

DAMAGED = Path(__file__).parent / "data" / "damaged.jsonl"
WHOLE, NOTHING = "(whole)", "–"


def expected() -> dict[int, tuple[str, ...]]:
    """The fields that are to be named, by the line's number: none where nothing is wrong, "" for a whole record."""
    table = DAMAGED.with_name("README.md").read_text(encoding="utf-8").splitlines()
    cells = ([cell.strip() for cell in row.strip("|").split("|")] for row in table if row.startswith("|"))
    return {int(line): _fields(field) for line, _id, field, _what in cells if line.isdigit()}


def too_large_to_keep() -> Iterator[tuple[bytes, str]]:
    """Lines that are made instead of stored, each with the field that is to be named: whoever reads files refuses the first unread."""
    yield b'{"id": "large", "firstName": "' + b"x" * 9_000_000 + b'", "orders": []}', ""
    yield b'{"id": "deep", "address": ' + b"[" * 100_000 + b"]" * 100_000 + b', "orders": []}', ""
    yield b'{"id": "long", "age": ' + b"9" * 5_000 + b', "orders": []}', ""


def _fields(cell: str) -> tuple[str, ...]:
    return () if cell == NOTHING else tuple(field.replace(WHOLE, "") for field in cell.split(", "))
