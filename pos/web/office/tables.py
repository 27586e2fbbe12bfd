"""Tables of the office: sorted, filtered, paged and exported, each one statement.

A table is declared: its SQL is ours, what people ask for only chooses among it and binds values. Rows come with one more than a page
holds, so that the next page is known without counting.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import request, url_for
from werkzeug.datastructures import MultiDict

from pos.errors import Invalid
from pos.http.csv import csv_row
from pos.statements import Statement
from pos.web.office.writing import Writing

PAGE_ROWS = 50
# Further on somebody leafs instead of filtering; the export has all.
MOST_PAGES = 200
# Before the first the clock of keys does not run, and after the last there is no day.
_FIRST_YEAR, _LAST_YEAR = 1971, 9998
_AMOUNTS = ("money", "difference")
_NUMBERS = ("number", "seconds", *_AMOUNTS)


@dataclass(frozen=True)
class Column:
    """`value` is SQL over the table's source; `told` makes of what it gives what is read, as text, on the page and in the file. `kind` says how it is written: text, number, money, difference (money that should be nothing), seconds, moment, day, badge, flag or lines (text of several). `link` is
    the endpoint that the cell leads to, with its arguments by the names of other columns, or makes the address of a row. Without a `title` it is only there for
    others. `is_sortable` where PostgreSQL can do it: on all rows of a store, or on those that a filter leaves. What `may_be_empty` comes last in
    either order, for which PostgreSQL sorts; the others may be read as their index has them."""

    name: str
    title: str
    value: str
    kind: str = "text"
    is_sortable: bool = False
    may_be_empty: bool = False
    link: tuple[str, Mapping[str, str]] | Callable[[Mapping[str, Any]], str | None] | None = None
    told: Callable[[Any, Writing], str] | None = None

    @property
    def is_number(self) -> bool:
        return self.kind in _NUMBERS


@dataclass(frozen=True)
class Filter:
    """What rows must be: `where` is SQL with `:name`. With `choices` (value and title) it is a select, else a field of `kind` (search,
    date, text). `read` makes of what was typed what is bound, given how the store writes; it raises Invalid."""

    name: str
    title: str
    where: str
    choices: Sequence[tuple[str, str]] = ()
    kind: str = "search"
    read: Callable[[str, Writing], Any] = lambda typed, _: typed


@dataclass(frozen=True)
class Table:
    """`source` is SQL from FROM on, with the store in its WHERE; `key` breaks ties of the order. `order` is the column by which it is
    sorted unless somebody asks otherwise, with a minus from the last to the first."""

    name: str
    columns: tuple[Column, ...]
    source: str
    key: str
    order: str
    filters: tuple[Filter, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shown(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.title)

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True)
class Asked:
    """Which rows somebody wants to see, and in which order."""

    order: str
    page: int
    typed: Mapping[str, str]

    @classmethod
    def of(cls, table: Table, arguments: MultiDict[str, str]) -> "Asked":
        """As the address says. Raises Invalid."""
        order = arguments.get("sort") or table.order
        column = table.column(order.removeprefix("-"))
        if column is None or not (column.is_sortable or order == table.order):
            raise Invalid(reason="This table cannot be sorted by that. Choose one of its headings.", pointer="/sort")
        typed = {each.name: arguments.get(each.name, "").strip() for each in table.filters}
        for each in table.filters:
            _require_choice(each, typed[each.name])
        return cls(
            order, page_number(arguments.get("page") or "1"), {name: text for name, text in typed.items() if text}
        )


@dataclass(frozen=True)
class Found:
    """The rows of a page, and what its table needs to be shown."""

    table: Table
    asked: Asked
    rows: list[dict[str, Any]]
    has_more: bool

    @property
    def is_filtered(self) -> bool:
        return bool(self.asked.typed)

    @property
    def previous(self) -> str | None:
        return self._address(page=self.asked.page - 1) if self.asked.page > 1 else None

    @property
    def following(self) -> str | None:
        return self._address(page=self.asked.page + 1) if self.has_more and self.asked.page < MOST_PAGES else None

    @property
    def first(self) -> int:
        return (self.asked.page - 1) * PAGE_ROWS + 1

    def sorted_by(self, column: Column) -> str:
        """As aria-sort says it."""
        directions = {column.name: "ascending", f"-{column.name}": "descending"}
        return directions.get(self.asked.order, "none")

    def sorting(self, column: Column) -> str:
        """The address at which it is sorted by a column; by the same once more the other way round, figures from the greatest."""
        first = f"-{column.name}" if column.is_number or column.kind in ("moment", "day") else column.name
        other = column.name if first.startswith("-") else f"-{column.name}"
        return self._address(sort=other if self.asked.order == first else first)

    def export(self, endpoint: str) -> str:
        """The address of all rows that the filters leave, as CSV."""
        return url_for(endpoint, **{**(request.view_args or {}), **self.asked.typed, "sort": self.asked.order})

    @property
    def unfiltered(self) -> str:
        return url_for(_endpoint(), **(request.view_args or {}))

    def _address(self, **changed: Any) -> str:
        asked = {**self.asked.typed, "sort": self.asked.order, "page": 1, **changed}
        defaults = {"sort": self.table.order, "page": 1}
        kept = {name: value for name, value in asked.items() if defaults.get(name) != value}
        return url_for(_endpoint(), **{**(request.view_args or {}), **kept})


def found(table: Table, asked: Asked, writing: Writing) -> Found:
    """The rows of one page: one statement, in the open transaction."""
    values = {"limit": PAGE_ROWS + 1, "offset": (asked.page - 1) * PAGE_ROWS}
    rows = _statement(table, asked, " LIMIT :limit OFFSET :offset").mappings(**values, **_values(table, asked, writing))
    return Found(table, asked, rows[:PAGE_ROWS], len(rows) > PAGE_ROWS)


def exported(table: Table, asked: Asked, writing: Writing) -> Iterator[str]:
    """All rows that the filters leave, as lines of CSV with a head; one statement, in the open transaction."""
    yield csv_row(column.title for column in table.shown)
    for row in _statement(table, asked, "").mappings(**_values(table, asked, writing)):
        yield csv_row(_plain(column, row[column.name], writing) for column in table.shown)


def link_of(column: Column, row: Mapping[str, Any]) -> str | None:
    """Where a cell leads to, if it does."""
    assert column.link
    if callable(column.link):
        return column.link(row)
    endpoint, arguments = column.link
    return url_for(endpoint, **{name: row[other] for name, other in arguments.items()})


def day_begins(typed: str, writing: Writing) -> datetime:
    """The instant at which a day (2026-11-21) begins by the store's clock. Raises Invalid."""
    try:
        day = date.fromisoformat(typed)
    except ValueError as error:
        raise Invalid(reason="Write the day as year-month-day, like 2026-11-21.", pointer="/") from error
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise Invalid(reason=f"Write a day of the years {_FIRST_YEAR} to {_LAST_YEAR}.", pointer="/")
    return datetime.combine(day, time(), ZoneInfo(writing.timezone))


def _statement(table: Table, asked: Asked, limit: str) -> Statement:
    columns = ", ".join(f"{column.value} AS {column.name}" for column in table.columns)
    where = "".join(f" AND ({each.where})" for each in table.filters if each.name in asked.typed)
    column = table.column(asked.order.removeprefix("-"))
    assert column is not None
    turn = "DESC NULLS LAST" if asked.order.startswith("-") else "ASC NULLS LAST"
    key = f"{table.key} {turn.split(maxsplit=1)[0]}"
    order = key if column.value == table.key else f"{column.value} {turn}, {key}"
    return Statement(f"SELECT {columns} {table.source}{where} ORDER BY {order}{limit}")


def _values(table: Table, asked: Asked, writing: Writing) -> dict[str, Any]:
    typed = {
        each.name: each.read(asked.typed[each.name], writing) for each in table.filters if each.name in asked.typed
    }
    return {**table.values, **typed}


def _require_choice(wanted: Filter, typed: str) -> None:
    if typed and wanted.choices and typed not in {value for value, _ in wanted.choices}:
        raise Invalid(reason=f"{wanted.title}: choose one from the list.", pointer=f"/{wanted.name}")


def page_number(text: str) -> int:
    """Which page somebody asks for. Raises Invalid."""
    digits = text.lstrip("0") if text.isascii() and text.isdigit() else ""
    if len(digits) > len(str(MOST_PAGES)) or not 1 <= int(digits or 0) <= MOST_PAGES:
        raise Invalid(
            reason=f"Pages are numbered from 1 to {MOST_PAGES}. Filter the table to see others.", pointer="/page"
        )
    return int(digits)


def _plain(column: Column, value: Any, writing: Writing) -> Any:
    """A cell as spreadsheets read it: amounts as decimals, instants by the store's clock."""
    if column.told is not None and value is not None:
        return column.told(value, writing)
    if column.kind in _AMOUNTS and value is not None:
        return Decimal(writing.typed(value))
    if column.kind == "seconds" and value is not None:
        return round(value)
    if column.kind == "moment" and value is not None:
        return f"{value.astimezone(ZoneInfo(writing.timezone)):%Y-%m-%d %H:%M:%S}"
    return value


def _endpoint() -> str:
    assert request.endpoint
    return request.endpoint
