"""Two furnished stores in one database, and eyes to look into it from outside of the application."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg2
from flask import Flask
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - it is a class

from pos import create_app, postgres
from pos.db import Base, db
from pos.walls import store_tables
from tests import databases
from tests.client import Shop
from tests.operations import Ids, furnish


@dataclass(frozen=True)
class Neighbours:
    """The attacker's store and its neighbour's, with the ids of real things in both."""

    app: Flask
    server: postgres.Server
    database: str
    mine: Shop
    theirs: Shop
    my_ids: Ids
    their_ids: Ids

    @contextmanager
    def superuser(self) -> Iterator[Cursor]:
        with closing(psycopg2.connect(self.server.url("postgres", self.database))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                yield cursor

    @contextmanager
    def runtime(self, store_id: UUID | str | None) -> Iterator[Cursor]:
        """The application's own role inside one transaction of a store, which is rolled back."""
        with (
            closing(psycopg2.connect(self.server.url("tappass_app", self.database))) as connection,
            connection.cursor() as cursor,
        ):
            if store_id is not None:
                cursor.execute("SELECT set_config('app.store_id', %s, true)", (str(store_id),))
            yield cursor

    def fingerprint(self, store_id: str) -> dict[str, tuple[int, str]]:
        """How many rows the store has in each table that knows stores, and a digest of all that they hold."""
        with self.superuser() as cursor:
            return {table: _digest(cursor, table, store_id) for table in tables_with_store()}

    def secrets(self, store_id: str) -> set[str]:
        """What no answer to another store may hold: the ids of all rows, and the codes that lead to them."""
        named = {store_id}
        with self.superuser() as cursor:
            for table in tables_with_store():
                columns = {"id", "reference", "public_token", "user_id"} & set(
                    Base.metadata.tables[table].columns.keys()
                )
                for column in columns:
                    cursor.execute(f"SELECT {column}::text FROM {table} WHERE store_id = %s", (store_id,))
                    named |= {row[0] for row in cursor.fetchall() if row[0]}
        return named


@contextmanager
def neighbours(server: postgres.Server, shops: list[dict[str, Any]], database: str) -> Iterator[Neighbours]:
    """A database of their own, in which both stores have rows in every table."""
    databases.copy(server, database)
    app = create_app(databases.settings(server, database))
    app.testing = True
    mine, theirs = (Shop(app.test_client(), **shop) for shop in shops)
    try:
        yield Neighbours(app, server, database, mine, theirs, furnish(mine), furnish(theirs))
    finally:
        with app.app_context():
            db.engine.dispose()
        databases.drop(server, database)


def tables_with_store() -> list[str]:
    """The tables of stores, and those global ones that say whose a row is."""
    return sorted(name for name, table in Base.metadata.tables.items() if "store_id" in table.columns)


def empty_tables(cursor: Cursor, store_id: str) -> list[str]:
    """The tables in which a store has nothing: there a test would prove nothing."""
    return [table for table in sorted(store_tables()) if _digest(cursor, table, store_id)[0] == 0]


def _digest(cursor: Cursor, table: str, store_id: str) -> tuple[int, str]:
    cursor.execute(
        f"SELECT count(*), md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) FROM {table} t"
        " WHERE store_id = %s",
        (store_id,),
    )
    count, digest = cursor.fetchone()
    return int(count), str(digest)
