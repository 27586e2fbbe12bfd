"""The limit of an import: the rows that it wrote, from staging tables into the real ones of another store, by INSERT … SELECT.

It is done as the application's role, with row security, triggers and all constraints, in the order of references and in one
transaction. Nobody reads a file, decides who somebody is, draws an id or seals an e-mail: that is what the import does on top.
"""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2

from bench import measure, processor, shop
from bench.shop import Shop
from pos import postgres

# In the order in which one refers to the other.
TABLES = (
    "categories", "products", "customers", "profiles", "members", "orders", "order_lines", "order_discounts", "payments", "point_lots",
    "point_entries", "source_ids", "attention_items",
)  # fmt: skip
_COLUMNS = """
    SELECT column_name::text FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position
"""


@dataclass(frozen=True)
class Limit:
    """What the statements took, and how many rows there were in each table."""

    seconds: float
    postgres_seconds: float
    rows: dict[str, int]


def measured(server: postgres.Server, written: Shop, empty: Shop) -> Limit:
    """Copies what the import wrote for one store aside, and from there into the other one, which is timed until the commit has answered."""
    with shop.superuser(server) as cursor:
        columns = {table: _columns(cursor, table) for table in TABLES}
        _stage(cursor, columns, written, empty)
        cursor.execute("CHECKPOINT")
    family = processor.family(measure.postmaster(server))
    before = processor.seconds(family)
    with _as_application(server, empty) as cursor:
        began = time.monotonic()
        rows = {table: _insert(cursor, table, columns[table]) for table in TABLES}
        cursor.connection.commit()
        seconds = time.monotonic() - began
    used = processor.seconds(processor.family(measure.postmaster(server))) - before
    with shop.superuser(server) as cursor:
        cursor.execute("SET app.allow_drop = on; DROP SCHEMA staging CASCADE")
    return Limit(seconds, used, rows)


def _columns(cursor: Any, table: str) -> list[str]:
    cursor.execute(_COLUMNS, [table])
    return [name for (name,) in cursor.fetchall()]


def _stage(cursor: Any, columns: dict[str, list[str]], written: Shop, empty: Shop) -> None:
    """The rows as they are, but for the store, and the location, of which each has its own."""
    cursor.execute("CREATE SCHEMA staging; GRANT USAGE ON SCHEMA staging TO tappass_app")
    exchanged = {"store_id": "%(store)s::uuid AS store_id", "location_id": "%(location)s::uuid AS location_id"}
    values = {"store": empty.store_id, "location": empty.location_id, "written": written.store_id}
    for table, names in columns.items():
        listed = ", ".join(exchanged.get(name, name) for name in names)
        cursor.execute(
            f"CREATE TABLE staging.{table} AS SELECT {listed} FROM public.{table} WHERE store_id = %(written)s", values
        )
    cursor.execute("GRANT SELECT ON ALL TABLES IN SCHEMA staging TO tappass_app")


@contextmanager
def _as_application(server: postgres.Server, made: Shop) -> Iterator[Any]:
    """A cursor in an open transaction of the store. The time that a statement may take at the counter does not count here."""
    with (
        closing(psycopg2.connect(server.url("tappass_app", shop.DATABASE))) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SET LOCAL statement_timeout = 0; SELECT set_config('app.store_id', %s, true)", [made.store_id])
        yield cursor


def _insert(cursor: Any, table: str, names: list[str]) -> int:
    listed = ", ".join(names)
    cursor.execute(f"INSERT INTO {table} ({listed}) SELECT {listed} FROM staging.{table}")
    return int(cursor.rowcount)
