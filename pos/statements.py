"""Statements of the counter: written once as SQL, sent as they stand, without the ORM's way through objects.

A statement names its values `:like_this`; `:store` is the open transaction's store, which a look-up in global tables does
without. What an ORM session holds back is written first, so both ways may be used in one transaction. Errors are
SQLAlchemy's, so whoever catches them need not know which way a statement took.
"""

import re
from collections.abc import Iterable
from typing import Any, cast

import orjson
import psycopg2
from sqlalchemy.exc import DBAPIError

from pos.db import current_store, db, table_of
from pos.wire import Connection as Wire

_NAME = re.compile(r"(?<!:):([a-z_]+)")
_BY_THE_DATABASE = ("created_at", "updated_at")


class Statement:
    """SQL that is prepared when its module is imported."""

    def __init__(self, sql: str) -> None:
        self._sql = _NAME.sub(r"%(\1)s", sql.replace("%", "%%"))
        self._is_of_a_store = "%(store)s" in self._sql

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """All rows that it gives."""
        return cast("list[tuple[Any, ...]]", self._run(values).fetchall())

    def first(self, **values: Any) -> tuple[Any, ...] | None:
        """The first row, or None."""
        return cast("tuple[Any, ...] | None", self._run(values).fetchone())

    def mappings(self, **values: Any) -> list[dict[str, Any]]:
        """All rows, as dictionaries by the names of their columns."""
        cursor = self._run(values)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def run(self, **values: Any) -> int:
        """Sends it now; gives the number of rows that it touched."""
        return cast("int", self._run(values).rowcount)

    def soon(self, **values: Any) -> None:
        """Sends it with the next statement or the commit, which then raises what goes wrong with it."""
        wire = _wire()
        with wire.cursor() as cursor:
            wire.send_soon(cursor.mogrify(self._sql, self._with_store(values)))

    def _with_store(self, values: dict[str, Any]) -> dict[str, Any]:
        # Never empty: psycopg2 reads %% as one sign only where there are values.
        return {"store": current_store() if self._is_of_a_store else None, **values}

    def _run(self, values: dict[str, Any]) -> Any:
        wire = _wire()
        cursor = wire.cursor()
        try:
            cursor.execute(self._sql, self._with_store(values))
        except psycopg2.Error as error:
            raise _as_sqlalchemy(error, wire) from error
        return cursor


_TAKE_TIME = Statement("SET LOCAL statement_timeout = :limit")


def take_time(minutes: int) -> None:
    """Lets each statement of the open transaction take so long: what goes through all books is slower than a login's limit, which is made
    for the counter."""
    _TAKE_TIME.run(limit=f"{minutes}min")


def insert_of(model: type[Any], *named: str) -> str:
    """INSERT of any number of a table's rows, given as one JSON array (`:rows`, made by `as_rows`). With names only these columns
    are read from it, besides the store; the others have their defaults."""
    every = (column.name for column in table_of(model).columns if column.name not in _BY_THE_DATABASE)
    columns = ", ".join(("store_id", *named) if named else every)
    table = model.__tablename__
    return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{table}, :rows)"


def as_rows(rows: Iterable[dict[str, Any]]) -> str:
    """Rows of the open transaction's store for a statement that takes them as JSON."""
    store = {"store_id": current_store()}
    return orjson.dumps([store | row for row in rows], str).decode()


def standing_for(alias: str) -> str:
    """SQL of the id of the row that stands for a customer or member who may have been merged. For joins, in place of COALESCE: of that
    PostgreSQL does not know that it tells nobody anything (contain_leaked_vars), so under row security it would read the whole
    table instead of the index."""
    return f"CASE WHEN {alias}.merged_into_id IS NULL THEN {alias}.id ELSE {alias}.merged_into_id END"


def _wire() -> Wire:
    """The connection of the open transaction; what the ORM session holds back has been written on it."""
    session = db.session()
    session.flush()
    if "wire" not in session.info:
        session.connection()
    return cast("Wire", session.info["wire"])


def _as_sqlalchemy(error: psycopg2.Error, wire: Wire) -> BaseException:
    """The error as SQLAlchemy would raise it, without values; a connection that broke leaves the pool, and takes those
    along that wait there: they broke with it, and would each cost a request."""
    dialect = db.engine.dialect
    is_broken = dialect.is_disconnect(error, cast("Any", wire), None)
    if is_broken:
        db.session().info["lent"].invalidate(error)
        db.engine.dispose()
    wrapped = DBAPIError.instance(
        None, None, error, psycopg2.Error, hide_parameters=True, connection_invalidated=is_broken, dialect=dialect
    )
    return cast("BaseException", wrapped)
