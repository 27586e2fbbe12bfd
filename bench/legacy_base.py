"""A base of the older back end, generated: what a unification meets in 200,000 people, and the same rows for the same seed.

python -m bench.legacy_base postgresql://… --people 200000
"""

import argparse
import json
import time
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql
from psycopg2.extras import Json, execute_values

from bench import names

PEOPLE, SEED, SCHEMA = 200_000, "tappass", "legacy"
TABLES = ("users", "customers", "customer_profiles", "user_profiles", "orders")
_BASKETS = 256
_ROWS = Path(__file__).with_suffix(".sql")
_MOST_PIECES = 3
# What the catalogue does not know, or knows by no such number.
_UNKNOWN = ({"name": "Harvest Ale 2024", "price": 725}, {"name": "Brew Day Apron", "price": 3800, "sku": "APRON"})


def make(cursor: Any, people: int = PEOPLE, *, schema: str = SCHEMA, seed: str = SEED) -> dict[str, int]:
    """Makes the older tables in a schema of that name and fills them; answers with how many rows each has.

    The schema may exist but must not have the tables. Nothing is committed here; the search_path is set for the transaction.
    """
    cursor.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
    cursor.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema)))
    cursor.execute((names.SEED / "legacy" / "schema.sql").read_text(encoding="utf-8"))
    fill(cursor, people, seed=seed)
    return counted(cursor)


def fill(cursor: Any, people: int = PEOPLE, *, seed: str = SEED) -> None:
    """Fills the tables that search_path finds, which have to be empty. Nothing is committed here."""
    _ask(cursor, people, seed)
    cursor.execute(_ROWS.read_text(encoding="utf-8"))
    cursor.execute("DROP TABLE asked, lists, baskets")


def counted(cursor: Any) -> dict[str, int]:
    """How many rows each table has."""
    counts = {}
    for table in TABLES:
        cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
        counts[table] = cursor.fetchone()[0]
    return counts


def _ask(cursor: Any, people: int, seed: str) -> None:
    cursor.execute(
        "CREATE TEMP TABLE asked AS SELECT %s::bigint AS people, %s AS seed, %s::bigint AS shift",
        (people, seed, names.shift(seed)),
    )
    cursor.execute(
        "CREATE TEMP TABLE lists AS SELECT %s::text[] AS firsts, %s::text[] AS lasts, %s::text[] AS areas",
        [names.FIRST_NAMES, list(names.LAST_NAMES), list(names.AREAS)],
    )
    cursor.execute("CREATE TEMP TABLE baskets (id int, items jsonb, total numeric(10, 2))")
    execute_values(cursor, "INSERT INTO baskets VALUES %s", [_basket(number) for number in range(_BASKETS)])


def _basket(number: int) -> tuple[int, Json, Decimal]:
    """One to three products, and their sum; one basket in 64 is empty and cost nothing."""
    shelf = [*json.loads((names.SEED / "products.json").read_text(encoding="utf-8")), *_UNKNOWN]
    places = range(number % _MOST_PIECES + 1) if number % 64 else range(0)
    items = [_item(shelf[(number * 7 + place * 11) % len(shelf)], 1 + (number + place) % 4) for place in places]
    return number, Json(items), sum((Decimal(str(item["price"])) * item["quantity"] for item in items), Decimal(0))


def _item(product: dict[str, Any], quantity: int) -> dict[str, Any]:
    sku = {"sku": product["sku"]} if "sku" in product and quantity != 4 else {}
    return {"name": product["name"], **sku, "quantity": quantity, "price": product["price"] / 100}


def main() -> None:
    """Makes the base and prints how many rows it has."""
    asked = _asked()
    began = time.monotonic()
    with closing(psycopg2.connect(asked.url)) as connection, connection, connection.cursor() as cursor:
        counts = make(cursor, asked.people, schema=asked.schema, seed=asked.seed)
    print(", ".join(f"{table} {count:,}" for table, count in counts.items()), f"in {time.monotonic() - began:.1f} s")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.legacy_base", description=__doc__)
    parser.add_argument("url", help="the database, as its owner")
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--schema", default=SCHEMA, help="made if it is not there")
    parser.add_argument("--seed", default=SEED)
    return parser.parse_args()


if __name__ == "__main__":
    main()
