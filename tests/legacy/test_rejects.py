"""What is kept of what could not be taken in: enough to mend it and to import it again."""

import json
from pathlib import Path

import pytest

from pos.legacy.customer_info.reading import Piece
from pos.legacy.customer_info.records import Fault, read
from pos.legacy.customer_info.rejects import CannotWrite, Lines, row_of
from tests.legacy.telling import TODAY, customer, order, written


def rows_of(content: bytes | None, *, file: str = "a.jsonl", line: int = 3) -> list[dict[str, object]]:
    """The rows for all that is wrong with a record."""
    piece = Piece(file, line, content, None, 0)
    faults = (Fault("", "It cannot be read."),) if content is None else read(content, digits=2, today=TODAY)[1]
    return [json.loads(row_of(piece, fault)) for fault in faults]


def test_row_of_a_customer_holds_the_whole_record() -> None:
    record = customer(order(), order(quantity=0), age="old", tier={"x": [1]})

    (row,) = rows_of(written(record))

    assert row == {
        "file": "a.jsonl",
        "line": 3,
        "id": "1",
        "field": "age",
        "reason": "'old' is no age. Write a whole number from 0 to 130, or null if it is not known.",
        "record": record,
    }
    assert list(row) == ["file", "line", "id", "field", "reason", "record"]


def test_row_of_an_order_holds_its_customer_with_that_order_alone() -> None:
    bad = order(id=30, date="soon", colour="red")

    (row,) = rows_of(written(customer(order(), bad, id=7, tier=2)))

    assert row["id"] == 7
    assert row["field"] == "orders[1].date"
    assert row["record"] == customer(bad, id=7)


def test_rows_are_as_many_as_faults() -> None:
    rows = rows_of(written(customer(order(quantity=0, total=None), 5)))

    assert [row["field"] for row in rows] == ["orders[0].quantity", "orders[0].total", "orders[1]"]
    assert [row["record"]["orders"] for row in rows][2] == [5]  # type: ignore[index]


def test_row_keeps_numbers_to_the_letter() -> None:
    content = b'{"id": 12345678901234567890123, "age": 1e400, "x": 0.10000000000000000000001, "y": NaN, "z": -Infinity}'

    row = row_of(Piece("a.json", 1, content, None, 0), Fault("age", "…"))

    assert b'"id":12345678901234567890123,' in row
    assert b'{"id":12345678901234567890123,"age":1e400,"x":0.10000000000000000000001,"y":null,"z":"-Infinity"}' in row


@pytest.mark.parametrize(
    ("content", "told_id", "text"),
    [
        (b'{"id": 1, "id": 2}', None, '{"id": 1, "id": 2}'),
        ('{"id": "José"'.encode("latin-1"), None, r'{"id": "Jos\xe9"'),
        (rb'{"id": "1", "firstName": "\ud83d"}', "1", r'{"id": "1", "firstName": "\ud83d"}'),
        (
            b'{"id": "1", "age": ' + b"[" * 400 + b"]" * 400 + b"}",
            "1",
            '{"id": "1", "age": ' + "[" * 400 + "]" * 400 + "}",
        ),
        (b"\xef\xbb\xbf[", None, "\ufeff["),
        (None, None, None),
    ],
)
def test_row_keeps_the_text_of_what_is_no_json(content: bytes | None, told_id: str | None, text: str | None) -> None:
    (row,) = rows_of(content)

    assert (row["id"], row["record"]) == (told_id, text)


def test_row_of_a_row_is_like_that_of_its_record() -> None:
    record = customer(age="old")
    (row,) = rows_of(written(record))
    (row_of_text,) = rows_of(b'{"id": 1')

    (again,) = rows_of(json.dumps(row).encode(), file="rejects.jsonl", line=1)
    (text_again,) = rows_of(json.dumps(row_of_text).encode(), file="rejects.jsonl", line=2)

    assert again == row | {"file": "rejects.jsonl", "line": 1}
    assert text_again == row_of_text | {"file": "rejects.jsonl", "line": 2}


def test_mended_row_is_taken() -> None:
    (row,) = rows_of(written(customer(order(), order(id=30, total="12.50"))))
    row["record"]["orders"][0]["total"] = 12.5  # type: ignore[index]

    told, faults = read(json.dumps(row).encode(), digits=2, today=TODAY)

    assert faults == ()
    assert told is not None
    assert [(each.id, each.total) for each in told.orders] == [("30", 1250)]


# --- the file --------------------------------------------------------------------------------------------------


def test_file_is_made_with_its_first_line_and_for_its_owner_alone(tmp_path: Path) -> None:
    lines = Lines(tmp_path / "imports" / "rejects.jsonl")
    lines.require_free()
    was_there = lines.path.parent.exists()

    lines.add(b"{}")
    lines.add(b"[]")
    lines.flush()

    assert not was_there
    assert lines.path.read_bytes() == b"{}\n[]\n"
    assert lines.path.stat().st_mode & 0o777 == 0o600
    assert lines.path.parent.stat().st_mode & 0o077 == 0
    assert lines.count == 2
    lines.close()


def test_file_takes_the_place_of_no_other(tmp_path: Path) -> None:
    path = tmp_path / "rejects.jsonl"
    path.write_text("yesterday's")

    with pytest.raises(CannotWrite, match=r"rejects.jsonl is there already\. Name another file with --rejects"):
        Lines(path).require_free()
    with pytest.raises(CannotWrite, match="cannot be written: File exists"):
        Lines(path).add(b"{}")

    assert path.read_text() == "yesterday's"


def test_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CannotWrite, match=r"cannot be written: .* what was taken in stays"):
        Lines(tmp_path / "file" / "rejects.jsonl").add(b"{}")
