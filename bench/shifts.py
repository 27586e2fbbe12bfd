"""`python -m bench.shifts`: what a shift of a thousand orders costs at a register of a store with many orders: X, count and Z, in milliseconds."""

import argparse
import logging
import time
from collections.abc import Callable
from typing import Any

import structlog

from bench import members, shop
from pos import create_app, postgres
from pos.config import read
from pos.db import db

TRIES = 3
_EXPLAINED = """
    EXPLAIN (COSTS off) SELECT id FROM orders WHERE store_id = '{store}' AND updated_at >= now() - interval '1 minute'
"""


def main() -> None:
    asked = _asked()
    with shop.home() as home, postgres.running(home) as server:
        print("Making the shop …", flush=True)
        made = shop.make(server)
        members.join(server, made)
        shop.grow(server, made, stored=0, until=asked.orders)
        with shop.superuser(server) as cursor:
            # As if all of them had been there for a year.
            cursor.execute("SET session_replication_role = replica")
            for table in ("orders", "payments"):
                cursor.execute(
                    f"UPDATE {table} SET created_at = created_at - interval '1 year', updated_at = updated_at - interval '1 year'"
                )
            cursor.execute("VACUUM ANALYZE")
        app = create_app(read({name: text for name, text in made.environ.items() if text}))
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
        with app.app_context():
            _measure(app.test_client(), made, asked.sold)
            db.engine.dispose()
        with shop.superuser(server) as cursor:
            cursor.execute(_EXPLAINED.format(store=made.store_id))
            print("\n".join(row[0] for row in cursor.fetchall()))


def _measure(client: Any, made: shop.Shop, sold: int) -> None:
    say = _Register(client, made.token)
    shift = say("POST", "/shifts", {"opening_float": 20000})
    path = f"/shifts/{shift['id']}"
    print(f"selling {sold} orders …", flush=True)
    begun = time.perf_counter()
    for number in range(sold):
        item = {"sku": f"P{1 + number % shop.PRODUCTS}", "quantity": 1}
        say("POST", "/orders", {"phone": f"+1555{number + 1:07d}", "items": [item], "payment": {"method": "cash"}})
    print(f"{'a sale':10} {(time.perf_counter() - begun) * 1000 / sold:8.1f} ms")
    for name, act in {
        "X": lambda: say("GET", f"{path}/report"),
        "count": lambda: say("POST", f"{path}/counts", {"cash": 0}),
    }.items():
        print(f"{name:10} {min(_milliseconds(act) for _ in range(TRIES)):8.1f} ms")
    print(f"{'Z':10} {_milliseconds(lambda: say('POST', f'{path}/close', {})):8.1f} ms")


def _milliseconds(act: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000


class _Register:
    """Asks the API as a register; the answer's JSON, or an error that says what was refused."""

    def __init__(self, client: Any, token: str) -> None:
        self.client = client
        self.token = token
        self.asked = 0

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        self.asked += 1
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": f"bench-{self.asked}"}
        answer = self.client.open(f"/api/v1{path}", method=method, json=body, headers=headers)
        assert answer.status_code < 300, answer.get_data(as_text=True)
        return answer.json


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.shifts", description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000, help="stored before (default: 1,000,000)")
    parser.add_argument("--sold", type=int, default=1000, help="in the shift (default: 1000)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
