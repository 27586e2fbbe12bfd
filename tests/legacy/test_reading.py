"""What is read at a path, in which order, and what is said of what cannot be read."""

import os
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pos.legacy.customer_info.reading import MOST_BYTES, NothingToRead, Piece, open_path

NOBODY = 65534


def pieces(path: Path) -> list[tuple[str, int, bytes | None]]:
    return [(piece.file, piece.line, piece.content) for piece in open_path(path)]


def fill(folder: Path, **files: bytes) -> None:
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_bytes(content)


def test_folder_is_read_in_the_order_of_its_numbers(tmp_path: Path) -> None:
    fill(
        tmp_path,
        c_10__json=b"10",
        c_2__json=b"2",
        C_3__JSON=b"3",
        c_2__jsonl=b"a\nb",
        notes__txt=b"",
        __hidden__json=b"x",
    )
    (tmp_path / "inner").mkdir()
    fill(tmp_path / "inner", c_1__json=b"1")

    assert pieces(tmp_path) == [
        ("c_2.json", 1, b"2"),
        ("c_2.jsonl", 1, b"a"),
        ("c_2.jsonl", 2, b"b"),
        ("C_3.JSON", 1, b"3"),
        ("c_10.json", 1, b"10"),
    ]


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    fill(tmp_path, all__ndjson=b"\xef\xbb\xbfone\r\n\n  \n\ttwo \nthree")

    reading = open_path(tmp_path / "all.ndjson")
    found = list(reading)

    assert [(piece.line, piece.content) for piece in found] == [(1, b"\xef\xbb\xbfone"), (4, b"two"), (5, b"three")]
    assert sum(piece.weight for piece in found) == reading.size


def test_a_file_alone_is_one_customer(tmp_path: Path) -> None:
    fill(tmp_path, a__json=b'{\n"id": 1\n}\n')

    reading = open_path(tmp_path / "a.json")

    assert list(reading) == [Piece("a.json", 1, b'{\n"id": 1\n}\n', None, 12)]
    assert reading.size == 12


def test_empty_file_is_a_piece_of_its_own(tmp_path: Path) -> None:
    fill(tmp_path, a__json=b"", b__jsonl=b"")

    assert pieces(tmp_path) == [("a.json", 1, b"")]


def test_what_cannot_be_read_is_said_and_the_rest_goes_on(tmp_path: Path) -> None:
    fill(tmp_path, z__json=b"z", big__json=b"x" * (MOST_BYTES + 1))
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop.jsonl").symlink_to(tmp_path / "loop.jsonl")
    os.mkfifo(tmp_path / "pipe.json")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.json")).write_bytes(b"y")

    found = list(open_path(tmp_path))

    assert {piece.file: piece.fault for piece in found} == {
        "big.json": "It is longer than 8 MiB, so it is not one customer. Write one JSON object for each, on lines of their own (.jsonl).",
        "folder.json": "It cannot be read: it is a folder. Mend that, import it again.",
        "gone.json": "It cannot be read: No such file or directory. Mend that, import it again.",
        "loop.jsonl": "It cannot be read: Too many levels of symbolic links. Mend that, import it again.",
        "pipe.json": "It cannot be read: it is no file. Mend that, import it again.",
        "z.json": None,
        r"\xff.json": None,
    }
    assert all((piece.content is None) == (piece.fault is not None) for piece in found)


def test_file_of_somebody_else_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, a__json=b"{}")
    (tmp_path / "a.json").chmod(0)
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path)

    with as_nobody():
        (piece,) = open_path(Path("a.json"))

    assert piece.fault == "It cannot be read: Permission denied. Mend that, import it again."


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read every file, and steps down for a while."""
    before = os.geteuid()
    os.seteuid(before or NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


def test_file_that_vanishes_meanwhile_is_said(tmp_path: Path) -> None:
    fill(tmp_path, a__json=b"a", b__json=b"b")
    reading = open_path(tmp_path)
    (tmp_path / "b.json").unlink()

    assert [piece.fault is None for piece in reading] == [True, False]


def test_line_that_is_too_long_is_skipped_in_little_memory(tmp_path: Path) -> None:
    longest = b"y" * MOST_BYTES
    with (tmp_path / "all.jsonl").open("wb") as file:
        file.writelines([b"first\n", *[b"x" * MOST_BYTES] * 4, b"\n", longest, b"\nlast\n", longest, b"+"])

    tracemalloc.start()
    reading = open_path(tmp_path)
    found = [(piece.line, piece.content and piece.content[:5], bool(piece.fault), piece.weight) for piece in reading]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [piece[:3] for piece in found] == [
        (1, b"first", False),
        (2, None, True),
        (3, b"yyyyy", False),
        (4, b"last", False),
        (5, None, True),
    ]
    assert sum(piece[3] for piece in found) == reading.size
    assert peak < 4 * MOST_BYTES


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    line = b'{"id": 1, "firstName": "Rosa"}' + b" " * 1000 + b"{}\n"
    with (tmp_path / "all.jsonl").open("wb") as file:
        file.writelines(line for _ in range(6000))

    tracemalloc.start()
    count = sum(1 for _ in open_path(tmp_path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 6000
    assert peak < 300_000 < (tmp_path / "all.jsonl").stat().st_size / 10


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("nowhere", "There is nothing at {}. Name the folder or the file of the export."),
        ("empty", "There is no .json, .jsonl or .ndjson file in {}. Name the folder of the export."),
        (
            "data.json.gz",
            "{} is neither .json (one customer) nor .jsonl or .ndjson (one on each line). Rename or unpack it.",
        ),
    ],
)
def test_open_path_says_what_to_do_when_there_is_nothing(tmp_path: Path, name: str, advice: str) -> None:
    (tmp_path / "empty").mkdir()
    fill(tmp_path, data__json__gz=b"")

    with pytest.raises(NothingToRead) as refused:
        open_path(tmp_path / name)

    assert str(refused.value) == advice.format(tmp_path / name)
