"""The older back end's tables beside the books: planted, moved by the commands, and looked at from both sides."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg2
from click.testing import Result
from flask import Flask

from bench import names
from pos import clock, postgres
from pos.audit.actions import audit_store
from pos.db import transaction
from pos.legacy.unification.balance import WIDTH
from pos.legacy.unification.matching import TABLES
from pos.legacy.unification.old_base import ORDERS
from tests.client import Shop

OLD_TABLES = (*TABLES.values(), ORDERS)
_TRIGGERS = """
    SELECT tgname, tgenabled, pg_get_triggerdef(oid), pg_get_functiondef(tgfoid) FROM pg_trigger
     WHERE tgrelid = to_regclass('users') AND NOT tgisinternal ORDER BY tgname
"""
_OURS = "SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1"

Rows = list[tuple[Any, ...]]


@dataclass
class Town:
    """A shop, and the old base that its customers come from: in the schema `schema` of `place`."""

    app: Flask
    shop: Shop
    server: postgres.Server
    database: str
    place: str
    schema: str = "legacy"
    extra: dict[str, Any] = field(default_factory=dict)

    def legacy(self, *words: str) -> Result:
        """flask legacy … --store, as it is typed."""
        result = self.app.test_cli_runner().invoke(args=["legacy", *words, "--store", self.shop.slug])
        assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
        return result

    def done(self, *words: str) -> str:
        """The same, where it must go well; what it printed."""
        result = self.legacy(*words)
        assert result.exit_code == 0, result.output
        return result.stdout

    def old(self, statement: str, values: Any = None) -> Rows:
        """Asked of the old base, or written there, as the older system's own login does."""
        with writing(self.server.url("tappass_owner", self.place), self.schema) as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def books(self, statement: str, values: Any = None) -> Rows:
        """Asked of TapPass' tables, behind its back."""
        with writing(self.server.url("postgres", self.database), "public") as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def dump(self) -> dict[str, Rows]:
        """The old tables row by row, and the triggers, as they stand."""
        tables = {table: self.old(f"SELECT t::text FROM {table} t ORDER BY id") for table in OLD_TABLES}
        return {**tables, "triggers": self.old(_TRIGGERS)}

    def digests(self, where: str = "true") -> dict[str, Any]:
        """What tells of any change to TapPass' tables; `where` may narrow those of stores."""
        tables = [table for (table,) in self.books(_OURS)]
        stores = {table for (table,) in self.books("SELECT table_name::text FROM information_schema.columns WHERE column_name = 'store_id'")}  # fmt: skip
        each = "SELECT '{0}', count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM public.{0} t WHERE {1}"
        asked = [each.format(table, where if table in stores else "true") for table in tables]
        return {table: told for table, *told in self.books(" UNION ALL ".join(asked))}

    def points(self) -> int:
        """All points that members of the store have."""
        return int(
            self.books("SELECT coalesce(sum(balance), 0) FROM members WHERE store_id = %s", [self.shop.store_id])[0][0]
        )

    def old_points(self) -> int:
        """All points that a move would carry."""
        return int(
            self.old("SELECT coalesce(sum(loyalty_points) FILTER (WHERE loyalty_points > 0), 0) FROM customers")[0][0]
        )

    def broken_rules(self) -> list[tuple[str, Any]]:
        """What the audit finds."""
        with self.app.app_context(), transaction(UUID(self.shop.store_id), actor="test"):
            return [(violation.proof.name, violation.row) for violation in audit_store(clock.now())]

    def customer_of(self, old_id: int) -> UUID:
        """Who an old customer became."""
        asked = "SELECT customer_id FROM source_ids WHERE source = 'legacy' AND kind = 'customer' AND number = %s AND store_id = %s"
        [(customer_id,)] = self.books(asked, [old_id, self.shop.store_id])
        return UUID(str(customer_id))

    def add(self, table: str, **row: Any) -> int:
        """A row of the old base; gives its id."""
        marks = ", ".join(["%s"] * len(row))
        [(old_id,)] = self.old(
            f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks}) RETURNING id", list(row.values())
        )
        return int(old_id)


def sheet(output: str) -> dict[str, tuple[str, str, str]]:
    """The lines of a balance sheet as `verify` prints them: before, after and the verdict, by what they tell of."""
    lines = [line for line in output.splitlines()[2:] if len(line) > WIDTH + 40]
    first, second = slice(WIDTH + 1, WIDTH + 19), slice(WIDTH + 20, WIDTH + 38)
    return {line[:WIDTH].strip(): (line[first].strip(), line[second].strip(), line[WIDTH + 40 :]) for line in lines}


@contextmanager
def writing(address: str, schema: str) -> Iterator[Any]:
    """A cursor of a transaction that is committed."""
    options = f"-c search_path={schema}"
    with (
        closing(psycopg2.connect(address, options=options, client_encoding="UTF8")) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        yield cursor


def plant(server: postgres.Server, database: str, schema: str = "legacy") -> None:
    """The tables of seed/legacy with their rows, of the owner's."""
    with writing(server.url("tappass_owner", database), schema) as cursor:
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        for name in ("schema", "rows"):
            cursor.execute((names.SEED / "legacy" / f"{name}.sql").read_text(encoding="utf-8"))
