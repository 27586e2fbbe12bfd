"""A payment by a link that another one replaces while its event waits for the order."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask

from tests.checkout import stripe
from tests.checkout.counter import books
from tests.client import Shop
from tests.running import until

# pg_stat_activity would show this transaction what it saw first.
_WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
_REPLACE = """
    UPDATE payment_links SET status = 'canceled' WHERE order_id = %(order)s;
    INSERT INTO payment_links (store_id, id, order_id, attempt, amount, tip, currency, status, request_key, expires_at)
    SELECT store_id, %(id)s, order_id, 2, amount, tip, currency, 'creating', 'again', expires_at
      FROM payment_links WHERE order_id = %(order)s
"""


def test_link_that_took_its_place_ends_with_the_payment(
    committed: Flask, shops: list[dict[str, Any]], superuser: Any
) -> None:
    shop = Shop(committed.test_client(), **shops[0])
    order = shop.sell()
    paid = stripe.event(shop, "checkout.session.completed", stripe.session(shop, order, stripe.asked_link(shop, order)))
    cursor = superuser.cursor()
    cursor.execute("BEGIN")
    cursor.execute("SELECT id FROM orders WHERE id = %s FOR UPDATE", (order["id"],))

    with ThreadPoolExecutor(1) as stripe_sends:
        told = stripe_sends.submit(stripe.told, shop, paid)
        until(lambda: _count(cursor) == 1)
        cursor.execute(_REPLACE, {"order": order["id"], "id": str(uuid.uuid4())})
        cursor.execute("COMMIT")
        outcome = told.result(30)

    cursor.execute("SELECT status FROM payment_links WHERE order_id = %s ORDER BY attempt", (order["id"],))
    assert (outcome, [row[0] for row in cursor.fetchall()]) == ("applied", ["completed", "canceled"])
    with committed.app_context():
        assert books(shop) == []


def _count(cursor: Any) -> int:
    cursor.execute(_WAITS)
    return int(cursor.fetchone()[0])
