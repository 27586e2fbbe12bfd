"""What could not be taken in, kept so that it can be mended and imported again: JSON Lines that only their owner can read."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

import orjson

from pos.http.commands import CommandRefused
from pos.legacy.customer_info.fields import Unfit
from pos.legacy.customer_info.reading import Piece
from pos.legacy.customer_info.records import OF_CUSTOMER, ORDERS, ROW, Fault, record_of

_OF_ORDER = re.compile(rf"{ORDERS}\[([0-9]+)\]")


_IS_THERE = "is there already. Name another file with --rejects, or move it away."
_MAKE_ROOM = "Make room or name another file with --rejects, and run this again: what was taken in stays."


class CannotWrite(CommandRefused):
    """A file of what was found cannot be written; the text says why and what to do."""


@dataclass
class Lines:
    """A file of JSON Lines that is made with its first line, and never takes the place of another file."""

    path: Path
    count: int = 0
    _file: BinaryIO | None = None

    def require_free(self) -> None:
        """Raises CannotWrite if the file is there already, since it may be the only one of its kind, or could not be made: better
        now than after thousands of records."""
        with self._saying_why_not("Name another file with --rejects, in a folder where you may write."):
            is_there = _is_there(self.path)
        if is_there:
            what = "is a folder. Name a file with --rejects." if self.path.is_dir() else _IS_THERE
            raise CannotWrite(reason=f"{self.path} {what}")

    def add(self, row: bytes) -> None:
        with self._saying_why_not():
            if self._file is None:
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._file = os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
            self._file.write(row + b"\n")
        self.count += 1

    def flush(self) -> None:
        if self._file:
            with self._saying_why_not():
                self._file.flush()

    def close(self) -> None:
        if self._file:
            with self._saying_why_not():
                self._file.close()

    @contextmanager
    def _saying_why_not(self, advice: str = _MAKE_ROOM) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise CannotWrite(reason=f"{self.path} cannot be written: {error.strerror}. {advice}") from error


def _is_there(path: Path) -> bool:
    """Whether there is something at a path. Raises OSError if there is nothing, and nothing could be made there."""
    try:
        path.lstat()
    except FileNotFoundError:
        folder = next(each for each in path.parents if each.exists())
        with TemporaryFile(dir=folder):
            return False
    return True


def row_of(piece: Piece, fault: Fault) -> bytes:
    """The line for one fault: where it is, what is wrong, and the record as it was, its numbers to the letter.

    For the fault of an order that is the customer with this order alone; where it cannot be read as JSON, its text.
    """
    about: dict[str, Any] = {
        "file": piece.file,
        "line": piece.line,
        "id": None,
        "field": fault.field,
        "reason": fault.reason,
    }
    try:
        record = record_of(piece.content or b"", decimals=_as_written, integers=_as_written)
        about["id"] = _id_of(record)
        return orjson.dumps(about | {"record": _part(record, fault.field)}, default=str)
    except (Unfit, TypeError):  # orjson refuses half of a surrogate pair, and what is nested too deeply
        return orjson.dumps(about | {"record": _text(piece.content)})


def _as_written(digits: str) -> orjson.Fragment:
    return orjson.Fragment(digits)


def _id_of(record: Mapping[str, Any]) -> Any:
    told = record.get("id")
    is_one = isinstance(told, orjson.Fragment) or (isinstance(told, str) and told.isprintable())
    return told if is_one else None


def _part(record: dict[str, Any], field: str) -> dict[str, Any]:
    """What has to be mended of a record. Fields that nothing here stands for are left out with an order's fault: one record may have
    thousands of those."""
    of_order = _OF_ORDER.match(field)
    if not of_order:
        return record
    own = {name: value for name, value in record.items() if name in OF_CUSTOMER}
    return own | {ORDERS: [record[ORDERS][int(of_order[1])]]}


def _text(content: bytes | None) -> str | None:
    """The text of what is no JSON; of a row of a rejects file that has such a text, this text."""
    if content is None:
        return None
    try:
        row = json.loads(content)
        if isinstance(row, dict) and row.keys() == ROW and isinstance(row["record"], str):
            return row["record"]
    except (ValueError, RecursionError):
        pass
    return content.decode(errors="backslashreplace")
