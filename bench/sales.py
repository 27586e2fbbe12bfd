"""Sales over the API in between: of people who are known already, and of some who are new."""

import json
import random
import uuid
from http.client import HTTPConnection
from typing import Any

from bench import empty_shops, measure, shop
from bench.shop import Shop
from pos import postgres

_KNOWN = """
    SELECT c.phone FROM customers c WHERE c.store_id = %s AND c.phone IS NOT NULL ORDER BY md5(c.phone) LIMIT %s
"""
# One of so many is somebody new.
_NEW = 10
_CREATED = 201


def placed(server: postgres.Server, made: Shop, database: str, count: int) -> dict[str, int]:
    """So many orders, paid in cash, one after the other to a running web server. Gives the total of each by its reference."""
    with shop.superuser(server, database) as cursor:
        cursor.execute(_KNOWN, [made.store_id, count])
        known = [phone for (phone,) in cursor.fetchall()]
    new = iter(f"+1555{number:07d}" for number in range(1, count + 1))
    phones = [next(new) if place % _NEW == 0 else random.choice(known) for place in range(count)]  # noqa: S311
    with measure.web(server, made) as machine:
        connection = HTTPConnection("127.0.0.1", machine.port, timeout=30)
        return dict(_placed(connection, made, phone) for phone in phones)


def _placed(connection: HTTPConnection, made: Shop, phone: str) -> tuple[str, int]:
    body: dict[str, Any] = {
        "phone": phone,
        "items": [{"sku": empty_shops.SKU, "quantity": random.randint(1, 4)}],  # noqa: S311
        "payment": {"method": "cash"},
    }
    headers = {
        "Authorization": f"Bearer {made.token}",
        "Idempotency-Key": uuid.uuid4().hex,
        "Content-Type": "application/json",
    }
    connection.request("POST", "/api/v1/orders", json.dumps(body), headers)
    response = connection.getresponse()
    answer = json.loads(response.read())
    if response.status != _CREATED:
        raise SystemExit(f"An order was answered {response.status}: {answer}")
    return f"TP-{answer['reference']}", answer["total"]
