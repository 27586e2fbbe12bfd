"""Every statement that touches a store's table names the store itself (design §4.1): read off the wire of a tour
through the whole API, so that a new route is looked at without being listed here."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from flask import Flask

from pos import clock, wire
from pos.audit.actions import audit_store
from pos.db import db, transaction
from pos.walls import store_tables
from tests.client import Shop
from tests.house_rules.statements import touched, unnamed
from tests.operations import tour

GOOD = [
    "SELECT orders.id FROM orders WHERE orders.store_id = %(a)s AND orders.id = %(b)s FOR UPDATE OF orders",
    "SELECT id FROM orders WHERE store_id = %s",
    """SELECT p.id FROM products p
         LEFT JOIN tax_rates t ON t.store_id = p.store_id AND t.tax_class = p.tax_class
        WHERE p.store_id = %(store)s AND (p.id = ANY(%(ids)s) OR p.sku = ANY(%(skus)s))""",
    "SELECT stores.id FROM stores, registers WHERE stores.id = %(s)s AND registers.store_id = %(s)s",
    "INSERT INTO orders (store_id, id) VALUES (%(s)s, %(i)s) ON CONFLICT (store_id, id) DO UPDATE SET total = 1",
    """WITH found AS (INSERT INTO customers (id, store_id) VALUES (%(i)s, %(s)s) RETURNING store_id, id)
       INSERT INTO profiles (store_id, customer_id) SELECT found.store_id, found.id FROM found""",
    """UPDATE customers SET total_spent = 0 FROM (SELECT min(placed_at) FROM orders WHERE store_id = %(s)s) AS kept
        WHERE store_id = %(s)s AND id = %(c)s""",
    "UPDATE products SET price = 1 FROM unnest(%(ids)s) AS moved(id) WHERE products.store_id = %(s)s AND moved.id = 1",
    "SELECT count(*) FROM stores WHERE name = 'FROM orders'",
    "SELECT 1 FROM procrastinate_jobs -- FROM orders",
]
BAD = [
    ("SELECT * FROM orders WHERE id = %(id)s", ["orders"]),
    ("SELECT * FROM orders", ["orders"]),
    ("SELECT store_id FROM orders ORDER BY store_id", ["orders"]),
    ("SELECT o.id FROM orders o WHERE o.id = %(id)s AND o.total = 1", ["o"]),
    ("SELECT o.id FROM orders o WHERE o.id = %(id)s OR o.store_id = %(s)s", ["o"]),
    ("SELECT o.id FROM orders o WHERE o.store_id = %(s)s OR true", ["o"]),
    ("SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.store_id = %(s)s", ["c"]),
    ("SELECT o.id FROM orders o JOIN customers c ON c.store_id = o.store_id", ["o", "c"]),
    ("SELECT orders.id FROM orders, customers WHERE orders.store_id = %(s)s", ["customers"]),
    ("SELECT id FROM orders WHERE store_id = %s AND id IN (SELECT order_id FROM payments)", ["orders", "payments"]),
    ("UPDATE orders SET store_id = %(s)s WHERE id = %(id)s", ["orders"]),
    ("UPDATE orders SET note = %(n)s, store_id = %(s)s WHERE id = %(id)s", ["orders"]),
    ("DELETE FROM idempotency_keys WHERE created_at < now()", ["idempotency_keys"]),
    ("DELETE FROM payments USING orders WHERE payments.store_id = %(s)s", ["orders"]),
    ("INSERT INTO orders (id, total) VALUES (%(i)s, 1)", ["orders"]),
    ("INSERT INTO orders SELECT * FROM old", ["orders"]),
    ("WITH o AS (SELECT id FROM orders) SELECT * FROM o", ["orders"]),
]


@pytest.mark.parametrize("statement", GOOD)
def test_check_accepts_a_statement_that_names_the_store(statement: str) -> None:
    assert unnamed(statement, store_tables()) == []


@pytest.mark.parametrize(("statement", "names"), BAD)
def test_check_catches_a_statement_that_does_not_name_the_store(statement: str, names: list[str]) -> None:
    assert unnamed(statement, store_tables()) == names


def test_each_statement_of_the_api_names_the_store(app: Flask, shop: Shop) -> None:
    with recorded() as statements:
        order = shop.sell(note="seen by a guest")
        page = urlsplit(order["public_url"]).path
        assert shop.client.get(page).status_code == 200
        assert shop.client.post(f"{page}/tip", data={"tip": "1"}).status_code == 303
        assert shop.client.post(page.replace("/o/", "/p/")).status_code == 303
        for _ in tour(app, shop):
            pass
        with transaction(UUID(shop.store_id), actor="audit"):
            audit_store(clock.now())

    wrong = {statement: names for statement in statements if (names := unnamed(statement, store_tables()))}
    seen = set().union(*(touched(statement, store_tables()) for statement in statements))

    assert wrong == {}
    assert seen == store_tables()


@contextmanager
def recorded() -> Iterator[list[str]]:
    """Everything that is sent on the test's connection, by the ORM or by a cursor of ours."""
    statements: list[str] = []

    class Recorder(wire.Cursor):
        def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002 - psycopg2's name
            statements.append(query if isinstance(query, str) else query.decode())
            return super().execute(query, vars)

        def mogrify(self, query: Any, vars: Any = None) -> bytes:  # noqa: A002
            """What is sent with another statement is filled in here."""
            statements.append(query if isinstance(query, str) else query.decode())
            return super().mogrify(query, vars)

        def executemany(self, query: Any, vars_list: Any) -> None:
            statements.append(query)
            return super().executemany(query, vars_list)

    connection: Any = db.engine
    connection = connection.connection.dbapi_connection
    connection.cursor_factory = Recorder
    try:
        yield statements
    finally:
        connection.cursor_factory = wire.Cursor
