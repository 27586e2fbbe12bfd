"""The database that is measured: a server of its own, one store, sixty products, 100,000 customers, and as many orders as asked."""

import base64
import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from flask_migrate import upgrade

from pos import clock, create_app, ids, postgres
from pos.catalog import actions as catalog
from pos.config import read
from pos.db import db, transaction
from pos.stores import actions as stores

CUSTOMERS = 100_000
AREA = "+1555"
PRODUCTS = 60
SMS_NUMBER = "+13025550100"
DATABASE = "tappass"
# No limit on texts is reached, so that each is sent and answered.
UNBOUNDED = {
    "per_number_hour": 10**9, "per_number_day": 10**9, "new_numbers_per_block_hour": 10**9, "segments_day": 10**9,
}  # fmt: skip
_PEOPLE = """
WITH people AS (
  INSERT INTO customers (store_id, id, phone, origin, version)
  SELECT %(store)s, gen_random_uuid(), '+1555' || lpad(n::text, 7, '0'), 'counter', 1 FROM generate_series(1, %(customers)s) n
  RETURNING store_id, id, phone),
words AS (
  INSERT INTO customer_words (store_id, word, customer_id) SELECT store_id, '…' || right(phone, 4), id FROM people)
INSERT INTO profiles (store_id, customer_id) SELECT store_id, id FROM people
"""
# Rows as the product writes them, with keys that grow with time, so that indexes fill as they would have.
_HISTORY = (
    """
    CREATE TEMP TABLE history AS
    SELECT n, lpad(to_hex(1700000000000 + n), 12, '0') AS stamp, now() - interval '1 year' + n * interval '1 second' AS at,
           1 + n %% %(customers)s AS customer, 300 + n %% 500 AS price
      FROM generate_series(%(first)s, %(last)s) n
    """,
    """
    INSERT INTO orders (store_id, id, version, reference, public_token, location_id, customer_id, source, kind, status,
      payment_status, fulfillment_status, currency, tax_included, subtotal, discount, tax, tip, shipping, fees, total,
      amount_paid, amount_refunded, placed_at, received_at, completed_at)
    SELECT %(store)s, (left(stamp, 8) || '-' || right(stamp, 4) || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 1,
           'H' || n, md5(n::text), %(location)s, c.id, 'tablet', 'food', 'completed', 'paid', 'completed', 'USD', false,
           3 * price, 0, 0, 0, 0, 0, 3 * price, 3 * price, 0, at, at, at
      FROM history h JOIN customers c ON c.store_id = %(store)s AND c.phone = '+1555' || lpad(h.customer::text, 7, '0')
    """,
    """
    INSERT INTO order_lines (store_id, id, order_id, position, product_id, kind, name, sku, quantity, unit_price, subtotal,
      discount, total, tax_class, tax_rate, tax, needs_preparation, takes_stock)
    SELECT %(store)s, gen_random_uuid(),
           (left(stamp, 8) || '-' || right(stamp, 4) || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, line, p.id, 'food',
           p.name, p.sku, 1, price, price, 0, price, 'none', 0, 0, true, false
      FROM history, generate_series(1, 3) line
      JOIN LATERAL (SELECT id, name, sku FROM products WHERE store_id = %(store)s AND sku = 'P' || (line * 20)) p ON true
    """,
    """
    INSERT INTO idempotency_keys (store_id, id, key, route, digest, resource, resource_id)
    SELECT %(store)s, gen_random_uuid(), md5('k' || n), 'POST /api/v1/orders', md5(n::text), 'order',
           (left(stamp, 8) || '-' || right(stamp, 4) || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid
      FROM history
    """,
    """
    UPDATE customers c SET order_count = o.count, total_spent = o.spent, first_order_at = o.first_at, last_order_at = o.last_at
      FROM (SELECT customer_id, count(*) AS count, sum(total) AS spent, min(placed_at) AS first_at, max(placed_at) AS last_at
              FROM orders WHERE store_id = %(store)s GROUP BY customer_id) o
     WHERE c.store_id = %(store)s AND c.id = o.customer_id
    """,
    "DROP TABLE history",
)


@dataclass(frozen=True)
class Shop:
    """What a run needs to know of the store."""

    store_id: str
    location_id: str
    token: str
    webhook_secret: str
    environ: dict[str, str]


@contextmanager
def home() -> Iterator[Path]:
    """A folder that the server's unprivileged user may enter."""
    with tempfile.TemporaryDirectory(prefix="tappass-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def options(naptime: int | None) -> dict[str, str]:
    """Settings of a server whose autovacuum looks round as often as this, in seconds."""
    return {} if naptime is None else {"autovacuum_naptime": f"{naptime}s"}


def environ_of(server: postgres.Server, database: str = DATABASE, **changed: str) -> dict[str, str]:
    """Production's settings but for those that are changed. Empty ones count as unset, also where the caller's environment or a .env
    file has them: no text may ever leave from here."""
    environ = {
        "APP_ENV": "production",
        "SECRET_KEY": secrets.token_urlsafe(32),
        "DATA_ENCRYPTION_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "PUBLIC_BASE_URL": "https://bench.example",
        "STRIPE_SECRET_KEY": "sk_test_bench",
        "STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(16)}",
        "TWILIO_ACCOUNT_SID": f"AC{secrets.token_hex(16)}",
        "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "POS_DATA_DIR": str(Path(server.folder).parent / "bench-data"),
    }
    return environ | addresses(server, database) | {"TWILIO_API_BASE": "", "STRIPE_API_BASE": "", **changed}


def addresses(server: postgres.Server, database: str) -> dict[str, str]:
    """The settings that say which database is used."""
    return {
        "DATABASE_URL": server.url("tappass_app", database),
        "WORKER_DATABASE_URL": server.url("tappass_worker", database),
        "MIGRATION_DATABASE_URL": server.url("tappass_owner", database),
    }


@contextmanager
def migrated(environ: Mapping[str, str]) -> Iterator[None]:
    """Within the application of these settings, its database migrated."""
    app = create_app(read({name: value for name, value in environ.items() if value}))
    with app.app_context():
        upgrade()
        yield
        db.engine.dispose()


def make(server: postgres.Server, **changed: str) -> Shop:
    """The store with its catalogue and customers, in the settings of `environ_of`."""
    environ = environ_of(server, **changed)
    with migrated(environ):
        shop = _fill(environ)
    with superuser(server) as cursor:
        cursor.execute(_PEOPLE, {"store": shop.store_id, "customers": CUSTOMERS})
    return shop


def grow(server: postgres.Server, shop: Shop, *, stored: int, until: int) -> None:
    """Adds orders of three lines until there are so many; past the foreign keys, which would take an hour."""
    facts = {"store": shop.store_id, "location": shop.location_id, "customers": CUSTOMERS}
    insert(server, _HISTORY, ({**facts, "first": first, "last": last} for first, last in portions(stored, until)))


def portions(stored: int, until: int) -> list[tuple[int, int]]:
    """The numbers after `stored` up to `until` in parts that a statement can take, each with its first and last."""
    return [(first, min(first + 99_999, until)) for first in range(stored + 1, until + 1, 100_000)]


def insert(
    server: postgres.Server, statements: Sequence[str], parts: Iterable[Mapping[str, Any]], *, of: str = "orders"
) -> None:
    """Runs the statements for each part, past the foreign keys, and leaves the tables as a rested server has them."""
    with superuser(server) as cursor:
        cursor.execute("SET session_replication_role = replica")
        for part in parts:
            for statement in statements:
                cursor.execute(statement, part)
            print(f"  {part['last'] - part['first'] + 1:,} more {of}", flush=True)
    with superuser(server) as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


@contextmanager
def superuser(server: postgres.Server, database: str = DATABASE) -> Iterator[Any]:
    """A cursor that sees and may do everything, each statement by itself."""
    with closing(psycopg2.connect(server.url("postgres", database))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


def _fill(environ: dict[str, str]) -> Shop:
    store_id = ids.uuid7()
    with transaction(store_id, actor="bench"):
        store, _ = stores.create_store(
            store_id, name="Bench", slug="bench", currency="USD", country="US", timezone="UTC", prices_include_tax=False
        )
        store.sms_number, store.settings = SMS_NUMBER, {"messaging": UNBOUNDED}
        location = stores.create_location(name="Bench", timezone="UTC", tax_rates={"none": "0"})
        register, _ = stores.create_register(name="Bench", location_id=location.id, now=clock.now())
        token = stores.issue_token(register)
        for number in range(1, PRODUCTS + 1):
            product = {"sku": f"P{number}", "name": f"Product {number}", "kind": "food", "price": 300 + number}
            catalog.create_product({**product, "tax_class": "none"})
        secret = environ["STRIPE_WEBHOOK_SECRET"]
        return Shop(str(store_id), str(location.id), token, secret, dict(os.environ) | environ)
