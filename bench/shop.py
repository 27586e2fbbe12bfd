"""The database that is measured: a server of its own, one store, sixty products, 10,000 customers."""

import os
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from flask_migrate import upgrade

from pos import clock, create_app, ids, postgres
from pos.catalog import actions as catalog
from pos.config import read
from pos.db import db, transaction
from pos.stores import actions as stores

CUSTOMERS = 10_000
DATABASE = "tappass"
_PEOPLE = """
WITH people AS (
  INSERT INTO customers (store_id, id, phone, origin, version)
  SELECT %s, gen_random_uuid(), '+1555' || lpad(n::text, 7, '0'), 'counter', 1 FROM generate_series(1, %s) n RETURNING store_id, id)
INSERT INTO profiles (store_id, customer_id) SELECT store_id, id FROM people
"""


@dataclass(frozen=True)
class Shop:
    """What a run needs to know of the store."""

    store_id: str
    location_id: str
    token: str
    environ: dict[str, str]


def make(server: postgres.Server) -> Shop:
    environ = {
        "DATABASE_URL": server.url("tappass_app"),
        "WORKER_DATABASE_URL": server.url("tappass_worker"),
        "MIGRATION_DATABASE_URL": server.url("tappass_owner"),
        "POS_DATA_DIR": str(Path(server.folder).parent / "bench-data"),
    }
    app = create_app(read(environ))
    with app.app_context():
        upgrade()
        shop = _fill(environ)
        db.engine.dispose()
    with (
        closing(psycopg2.connect(server.url("postgres", DATABASE))) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(_PEOPLE, (shop.store_id, CUSTOMERS))
    with closing(psycopg2.connect(server.url("postgres", DATABASE))) as connection:
        connection.autocommit = True
        connection.cursor().execute("VACUUM ANALYZE")
    return shop


def _fill(environ: dict[str, str]) -> Shop:
    store_id = ids.uuid7()
    with transaction(store_id, actor="bench"):
        stores.create_store(
            store_id, name="Bench", slug="bench", currency="USD", country="US", timezone="UTC", prices_include_tax=False
        )
        location = stores.create_location(name="Bench", timezone="UTC", tax_rates={"none": "0"})
        register, _ = stores.create_register(name="Bench", location_id=location.id, now=clock.now())
        token = stores.issue_token(register)
        for number in range(1, 61):
            product = {"sku": f"P{number}", "name": f"Product {number}", "kind": "food", "price": 300 + number}
            catalog.create_product({**product, "tax_class": "none"})
        return Shop(str(store_id), str(location.id), token, dict(os.environ) | environ)
