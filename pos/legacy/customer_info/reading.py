"""The files to import, a customer at a time: a folder or one file, read in constant memory. What cannot be read is said, and the rest goes on."""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pos.http.commands import CommandRefused

# Of a .json file, and of a line of one with many customers: a customer with some ten thousand orders.
MOST_BYTES = 8 * 1024 * 1024
ONE_EACH, MANY_EACH = (".json",), (".jsonl", ".ndjson")
_CHUNK = 1024 * 1024
_DIGITS = re.compile(r"[0-9]+")
_TOO_LONG = (
    f"It is longer than {MOST_BYTES // 1024 // 1024} MiB, so it is not one customer. Write one JSON object for each, "
    "on lines of their own (.jsonl)."
)


class NothingToRead(CommandRefused):
    """There is nothing at this path that could be imported; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The bytes of one customer and where they stand, or why they cannot be read.

    `file` is a name without its folders; `weight` is how many bytes nearer to the end they bring us.
    """

    file: str
    line: int
    content: bytes | None
    fault: str | None
    weight: int


@dataclass(frozen=True, slots=True)
class Reading:
    """Files of a folder in the order in which they are read; `size` is that of all of them in bytes, as far as it can be known before."""

    folder: Path
    names: tuple[str, ...]
    size: int

    def __iter__(self) -> Iterator[Piece]:
        for name in self.names:
            yield from _pieces(self.folder / name)


def open_path(path: Path) -> Reading:
    """What there is to read at a path: a folder's *.json (a customer each), *.jsonl and *.ndjson (one on each line), or such a file.

    Folders within it and hidden files are passed over; customer_2 comes before customer_10. Raises NothingToRead.
    """
    if _is_folder(path):
        sizes = _sizes(path)
        if not sizes:
            raise NothingToRead(
                reason=f"There is no .json, .jsonl or .ndjson file in {path}. Name the folder of the export."
            )
        return Reading(path, tuple(sorted(sizes, key=_natural)), sum(sizes.values()))
    if not path.exists():
        raise NothingToRead(reason=f"There is nothing at {path}. Name the folder or the file of the export.")
    if not _is_ours(path.name):
        raise NothingToRead(
            reason=f"{path} is neither .json (one customer) nor .jsonl or .ndjson (one on each line). Rename or unpack it."
        )
    return Reading(path.parent, (path.name,), _size(path))


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> NothingToRead:
    return NothingToRead(reason=f"{path} cannot be read: {error.strerror}. Run this as somebody who may.")


def _sizes(folder: Path) -> dict[str, int]:
    try:
        with os.scandir(folder) as entries:
            return {entry.name: _size(entry) for entry in entries if _is_ours(entry.name)}
    except OSError as error:
        raise _unreadable(folder, error) from error


def _size(file: os.DirEntry[str] | Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _is_ours(name: str) -> bool:
    return not name.startswith(".") and name.lower().endswith(ONE_EACH + MANY_EACH)


def _natural(name: str) -> tuple[str, str]:
    """2 before 10; where nothing but zeros differs (02, 2), as the names do."""
    return _DIGITS.sub(lambda digits: digits[0].lstrip("0").zfill(20), name.lower()), name


def _pieces(path: Path) -> Iterator[Piece]:
    name, at = os.fsencode(path.name).decode(errors="backslashreplace"), _Place()
    read = _lines if path.name.lower().endswith(MANY_EACH) else _whole
    try:
        _require_file(path)
        with path.open("rb") as file:
            yield from read(name, file, at)
    except OSError as error:
        yield Piece(name, at.line or 1, None, f"It cannot be read: {error.strerror}. Mend that, import it again.", 0)


def _require_file(path: Path) -> None:
    """Raises OSError for what is no file: to open a pipe would be to wait for whoever writes to it."""
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        raise OSError(0, "it is a folder" if stat.S_ISDIR(mode) else "it is no file")


@dataclass
class _Place:
    """How far a file was read: its last line, and how many bytes no piece has told of yet."""

    line: int = 0
    unsaid: int = 0

    def said(self) -> int:
        """The bytes that the next piece tells of."""
        weight, self.unsaid = self.unsaid, 0
        return weight


def _whole(name: str, file: BinaryIO, at: _Place) -> Iterator[Piece]:
    content = file.read(MOST_BYTES + 1)
    at.line, at.unsaid = 1, os.fstat(file.fileno()).st_size
    if len(content) > MOST_BYTES:
        yield Piece(name, 1, None, _TOO_LONG, at.said())
    else:
        yield Piece(name, 1, content, None, at.said())


def _lines(name: str, file: BinaryIO, at: _Place) -> Iterator[Piece]:
    """Lines that are not empty; a longer one than may be is skipped without being held."""
    while line := file.readline(MOST_BYTES + 1):
        at.line += 1
        at.unsaid += len(line)
        if len(line) > MOST_BYTES and not line.endswith(b"\n"):
            at.unsaid += _skip(file)
            yield Piece(name, at.line, None, _TOO_LONG, at.said())
        elif content := line.strip():
            yield Piece(name, at.line, content, None, at.said())


def _skip(file: BinaryIO) -> int:
    """Reads to the end of the line; how many bytes that were."""
    count = 0
    while chunk := file.readline(_CHUNK):
        count += len(chunk)
        if chunk.endswith(b"\n"):
            break
    return count
