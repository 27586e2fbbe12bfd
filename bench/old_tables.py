"""The older back end's tables from outside: what they hold, row for row, and what may have changed in them since."""

import hashlib
import subprocess
from typing import Any

from bench import legacy_base, shop
from pos import postgres

SCHEMA = legacy_base.SCHEMA
Held = dict[str, str]
# What a sale that is carried back changes about the row of its customer.
_FIGURES = "{order_count,total_spent,last_order_date,loyalty_points}"
_KEPT = "kept"
_OTHER_ROWS = """
    SELECT count(*) FROM {kept}.{table} k FULL JOIN {schema}.{table} t ON t.id = k.id
     WHERE k.id IS NOT NULL AND k::text IS DISTINCT FROM t::text
"""
_OTHER_CUSTOMERS = f"""
    SELECT count(*) FROM {_KEPT}.customers k LEFT JOIN {SCHEMA}.customers t ON t.id = k.id
     WHERE t.id IS NULL OR to_jsonb(k) - '{_FIGURES}'::text[] <> to_jsonb(t) - '{_FIGURES}'::text[]
        OR (k::text <> t::text AND NOT EXISTS (SELECT FROM {SCHEMA}.orders o WHERE o.customer_id = t.id AND o.order_number LIKE 'TP-%'))
"""


def make(server: postgres.Server, database: str, people: int) -> dict[str, int]:
    """Generates the tables, and keeps a copy of them aside. Gives the rows by table."""
    with shop.superuser(server, database) as cursor:
        cursor.execute("SET ROLE tappass_owner; BEGIN")
        counts = legacy_base.make(cursor, people)
        cursor.execute(f"CREATE SCHEMA {_KEPT}")
        for table in legacy_base.TABLES:
            cursor.execute(f"CREATE TABLE {_KEPT}.{table} AS TABLE {SCHEMA}.{table}")
        cursor.execute("COMMIT")
        cursor.execute("RESET ROLE")
        cursor.execute("VACUUM ANALYZE")
    return counts


def held(server: postgres.Server, database: str) -> Held:
    """A digest of each table's dump, its rows in the order of their ids."""
    with shop.superuser(server, database) as cursor:
        cursor.execute("SET timezone = 'UTC'")
        return {table: _digest(cursor, table) for table in legacy_base.TABLES}


def structure(server: postgres.Server, database: str) -> str:
    """Everything but the rows, as pg_dump writes it: tables, keys, the function and the trigger."""
    command = [str(server.bin_dir / "pg_dump"), "--schema-only", "-n", SCHEMA, server.url("postgres", database)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"pg_dump failed: {done.stderr}")
    # A word that is drawn anew for each dump.
    return "\n".join(line for line in done.stdout.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))


def changed_rows(cursor: Any) -> dict[str, int]:
    """Rows of the first day that are not as they were, by table. The figures of a customer who has bought since may be others."""
    found = {}
    for table in legacy_base.TABLES:
        statement = _OTHER_ROWS.format(kept=_KEPT, schema=SCHEMA, table=table)
        cursor.execute(_OTHER_CUSTOMERS if table == "customers" else statement)
        found[table] = cursor.fetchone()[0]
    return {table: count for table, count in found.items() if count}


def sales(cursor: Any) -> dict[str, int]:
    """The orders that have come, with their totals in minor units."""
    cursor.execute(
        f"""SELECT order_number, (total * 100)::bigint FROM {SCHEMA}.orders t
             WHERE NOT EXISTS (SELECT FROM {_KEPT}.orders k WHERE k.id = t.id)"""
    )
    return dict(cursor.fetchall())


def more_points(cursor: Any) -> int:
    """The points in the old tables, less those of the first day."""
    cursor.execute(
        f"""SELECT (SELECT sum(loyalty_points) FROM {SCHEMA}.customers)::bigint
                 - (SELECT sum(loyalty_points) FROM {_KEPT}.customers)::bigint"""
    )
    return int(cursor.fetchone()[0])


def _digest(cursor: Any, table: str) -> str:
    digest = _Digest()
    cursor.copy_expert(f"COPY (SELECT * FROM {SCHEMA}.{table} ORDER BY id) TO STDOUT", digest)
    return digest.hexdigest


class _Digest:
    """A file that keeps nothing but the digest of what is written into it."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def write(self, data: bytes | str) -> int:
        self._hash.update(data.encode() if isinstance(data, str) else data)
        return len(data)

    @property
    def hexdigest(self) -> str:
        return self._hash.hexdigest()
