"""Products as a sheet (CSV): written, and read again from whatever a spreadsheet has made of it. Pure.

A line is a product, found by its SKU. What a column holds, and what an empty cell means, tells docs/catalogue.md.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NoReturn

from pos.errors import Invalid
from pos.http.csv import BYTE_ORDER_MARK, armed, csv_row
from pos.money import MAX_AMOUNT, digits_of

COLUMNS = (
    "sku", "name", "kind", "category", "price", "sale_price", "is_open_price", "tax_class", "needs_preparation",
    "stock_quantity", "status", "modifiers", "price_rules", "image_url", "station",
)  # fmt: skip
MAX_LINES = 10_000
_AMOUNTS = frozenset({"price", "sale_price"})
_LISTS = frozenset({"modifiers", "price_rules"})
# An empty cell of these says that there is none; of all others, that nothing is said.
_CLEARED = frozenset({"category", "sale_price", "stock_quantity", "image_url", "station"})
_YES, _NO = frozenset({"yes", "true", "1", "wahr"}), frozenset({"no", "false", "0", "falsch"})
_AMOUNT = re.compile(r"([0-9]{1,13})(?:[.,]([0-9]{0,6}))?")
_WHOLE = re.compile(r"[0-9]{1,10}")
_SEPARATORS = (",", ";", "\t")


class UnreadableSheet(Invalid):
    title = "The sheet cannot be read"


class _Misread(Exception):
    """A cell that cannot be meant; the text says what to write."""


@dataclass(frozen=True)
class Fault:
    """What is wrong in a line, counted as a spreadsheet does (the head is line 1), and what to do."""

    line: int
    column: str | None
    detail: str


@dataclass(frozen=True)
class Line:
    """What a line says of a product, in the API's fields; `category` and `station` are names."""

    line: int
    sku: str
    fields: dict[str, Any]


@dataclass
class Sheet:
    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def written(products: Iterable[Mapping[str, Any]], currency: str) -> Iterator[str]:
    """The sheet, line by line, with its head; a product has the fields of COLUMNS."""
    yield BYTE_ORDER_MARK + csv_row(COLUMNS)
    for product in products:
        yield csv_row(_value(name, product[name], currency) for name in COLUMNS)


def in_words(name: str, value: Any, currency: str) -> str:
    """One field as its cell shows it."""
    value = _value(name, value, currency)
    return "" if value is None else ("yes" if value else "no") if isinstance(value, bool) else str(value)


def decoded(raw: bytes) -> str:
    """The text of a file as spreadsheets save it: UTF-8, or UTF-16 with its mark, or else the alphabet of Western Windows.
    Raises UnreadableSheet."""
    try:
        text = raw.decode(_encoding(raw))
    except UnicodeDecodeError as error:
        raise _unreadable("The file is in an alphabet that we do not know. Save it as CSV UTF-8.") from error
    if "\0" in text:
        _refuse("The file is no text, or UTF-16 without its mark. Save it as CSV UTF-8.")
    return text


def read(text: str, currency: str) -> Sheet:
    """What the sheet says, and what is wrong in its lines. Raises UnreadableSheet for what is no such sheet at all."""
    if "\ufffd" in text or "\0" in text:
        _refuse("Some letters of the sheet are lost. Save it as CSV UTF-8, and send it again.")
    rows, separator = _rows(text.removeprefix(BYTE_ORDER_MARK))
    line, head = next(rows, (1, []))
    columns, sheet, seen = _columns(head), Sheet(), dict[str, int]()
    reader = _Reader(columns, digits_of(currency), separator)
    for line, cells in rows:
        if line > MAX_LINES + 1:
            _refuse(f"The sheet has more than {MAX_LINES:,} lines. Send it in parts.")
        if any(cell.strip() for cell in cells):
            _take(sheet, seen, reader, line, cells)
    return sheet


def _take(sheet: Sheet, seen: dict[str, int], reader: "_Reader", line: int, cells: list[str]) -> None:
    fields, faults = reader.fields(line, cells)
    sku = fields.pop("sku", None)
    if not sku:
        faults.append(Fault(line, "sku", "Each line needs the SKU of its product."))
    elif sku in seen:
        faults.append(Fault(line, "sku", f"{sku} stands in line {seen[sku]} already; leave one of them out."))
    else:
        seen[sku] = line
        sheet.lines.append(Line(line, sku, fields))
    sheet.faults += faults


@dataclass(frozen=True)
class _Reader:
    columns: tuple[str, ...]
    digits: int
    separator: str

    def fields(self, line: int, cells: list[str]) -> tuple[dict[str, Any], list[Fault]]:
        """The fields that a line names, and what could not be read of them. Cells that are missing at its end are empty."""
        if len(cells) > len(self.columns):
            return {"sku": _text(cells[self.columns.index("sku")])}, [Fault(line, None, self._too_many(cells))]
        fields: dict[str, Any] = {}
        faults = []
        for name, cell in zip(self.columns, [*cells, *[""] * len(self.columns)], strict=False):
            try:
                fields |= self._field(name, cell.strip())
            except _Misread as error:
                faults.append(Fault(line, name, str(error)))
        return fields, faults

    def _field(self, name: str, cell: str) -> dict[str, Any]:
        if cell:
            return {name: self._meant(name, cell)}
        return {name: [] if name in _LISTS else None} if name in _CLEARED | _LISTS else {}

    def _meant(self, name: str, cell: str) -> Any:
        if name in _AMOUNTS:
            return self._amount(cell)
        return _READERS.get(name, _text)(cell)

    def _amount(self, cell: str) -> int:
        match = _AMOUNT.fullmatch(cell)
        example = f"8.{'5'.ljust(self.digits, '0')}" if self.digits else "8"
        if match is None or ("," in cell and self.separator == ","):
            raise _Misread(f"Write an amount as {example}, without a currency sign.")
        whole, part = match[1], match[2] or ""
        if part[self.digits :].strip("0"):
            raise _Misread(f"{cell} has more decimals than the currency; write it as {example}.")
        amount = int(whole + part[: self.digits].ljust(self.digits, "0"))
        if amount > MAX_AMOUNT:
            raise _Misread(f"{cell} is more than we can book.")
        return amount

    def _too_many(self, cells: list[str]) -> str:
        return (
            f"The line has {len(cells)} cells, the head {len(self.columns)}. "
            "Put text in which the separator stands between quotation marks."
        )


def _text(cell: str) -> str:
    return armed(cell.strip())


def _flag(cell: str) -> bool:
    word = cell.lower()
    if word not in _YES | _NO:
        raise _Misread("Write yes or no.")
    return word in _YES


def _whole(cell: str) -> int:
    if not _WHOLE.fullmatch(cell):
        raise _Misread("Write a whole number, or nothing if it is not counted.")
    return int(cell)


def _list(cell: str) -> list[Any]:
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list):
        raise _Misread("Leave it as it was exported (JSON in brackets), or empty if there are none.")
    return found


_READERS: dict[str, Callable[[str], Any]] = {
    "is_open_price": _flag,
    "needs_preparation": _flag,
    "stock_quantity": _whole,
    "modifiers": _list,
    "price_rules": _list,
}


def _value(name: str, value: Any, currency: str) -> Any:
    if name in _AMOUNTS and value is not None:
        return Decimal(value).scaleb(-digits_of(currency))
    if name in _LISTS:
        return json.dumps(value, ensure_ascii=False) if value else None
    return value


def _encoding(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        raw.decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _rows(text: str) -> tuple[Iterator[tuple[int, list[str]]], str]:
    """The rows with their numbers, and what separates their cells; Excel may say so in a line of its own before the head."""
    first = 1
    if told := re.match(r"sep=(.)\r?\n", text):
        text, first, separator = text[told.end() :], 2, told[1]
    else:
        head = re.split(r"[\r\n]", text, maxsplit=1)[0]
        separator = max(_SEPARATORS, key=head.count)
    if separator not in _SEPARATORS:
        _refuse("Separate the cells by commas, semicolons or tabs.")
    return _numbered(text, separator, first), separator


def _numbered(text: str, separator: str, first: int) -> Iterator[tuple[int, list[str]]]:
    line = first
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            yield line, row
            line += 1
    except csv.Error as error:
        raise _unreadable(
            f"The sheet breaks off in line {line}: a quotation mark is missing, or a cell is too long."
        ) from error


def _columns(head: list[str]) -> tuple[str, ...]:
    columns = tuple(cell.strip().lower() for cell in head)
    while columns and not columns[-1]:
        columns = columns[:-1]
    unknown = [name for name in columns if name not in COLUMNS]
    if unknown:
        _refuse(f"There is no column {unknown[0][:40]!r}. The first line names columns of: {', '.join(COLUMNS)}.")
    if "sku" not in columns:
        _refuse(f"The first line has to name the columns, and one of them is sku. They are: {', '.join(COLUMNS)}.")
    if twice := [name for name in columns if columns.count(name) > 1]:
        _refuse(f"The column {twice[0]} is there twice; leave one out.")
    return columns


def _unreadable(reason: str) -> UnreadableSheet:
    return UnreadableSheet(reason=reason, pointer="/csv")


def _refuse(reason: str) -> NoReturn:
    raise _unreadable(reason)
