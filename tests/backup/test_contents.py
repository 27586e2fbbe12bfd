"""What a dump holds: counted and digested, whatever the order of its rows."""

import pytest

from pos.backup import BackupFailed, contents
from pos.backup.contents import SEQUENCES, Table

ROWS = [b"1\tone\n", b"2\ttwo \\n lines\n", b"3\t\\N\n"]


def dump(rows: list[bytes], table: str = "orders") -> list[bytes]:
    head = [b"SET row_security = off;\n", f"COPY public.{table} (id, name) FROM stdin;\n".encode()]
    return [*head, *rows, b"\\.\n", b"\n", b"SELECT pg_catalog.setval('public.jobs_id_seq', 7, true);\n"]


def test_rows_are_counted_and_sequences_are_kept() -> None:
    found = contents.read(dump(ROWS))

    assert {name: table.rows for name, table in found.items()} == {"orders": 3, SEQUENCES: 1}


def test_order_of_rows_makes_no_difference() -> None:
    assert contents.read(dump(ROWS)) == contents.read(dump(ROWS[::-1]))


@pytest.mark.parametrize(
    "rows",
    [ROWS[:2], [*ROWS, ROWS[0]], [*ROWS[:2], b"3\tx\n"], [ROWS[0], ROWS[0], ROWS[2]]],
    ids=["one less", "one twice", "one changed", "one in place of another"],
)
def test_any_other_row_shows(rows: list[bytes]) -> None:
    differences = contents.differences(contents.read(dump(ROWS)), contents.read(dump(rows)))

    assert len(differences) == 1
    assert differences[0].startswith("orders has")


def test_empty_and_quoted_tables_are_seen() -> None:
    found = contents.read([*dump([], '"of all"'), *dump(ROWS)])

    assert found["of all"] == Table(0, "0" * 32)
    assert found["orders"].rows == 3


def test_missing_table_is_said() -> None:
    assert contents.differences({"orders": Table(0, "0")}, {}) == ["the table orders is missing"]
    assert contents.differences({}, {"spare": Table(0, "0")}) == ["the table spare is too much"]


def test_dump_with_less_than_was_counted_is_refused() -> None:
    with pytest.raises(BackupFailed, match=r"orders 3 of 4; payments 0 of 1"):
        contents.require_counts({"orders": 4, "payments": 1}, contents.read(dump(ROWS)))
