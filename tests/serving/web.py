"""A running web server, and what is asked of it while somebody else is slow."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.client import API, Shop, new_key
from tests.running import say

TEE = {"phone": "(415) 555-0133", "items": [{"sku": "TEE-BLK-M", "quantity": 1}]}


@dataclass(frozen=True)
class Web:
    """The server, its folder, the database behind it as its superuser sees it, and its two shops."""

    base_url: str
    folder: Path
    books: Any
    shops: list[Shop]


def ask(web: Web, rounds: int, patience_seconds: float) -> list[tuple[int, float]]:
    """A health check and an order in each round; status (0 for none in time) and seconds of all of them."""
    shop = web.shops[0]
    headers = {"Authorization": f"Bearer {shop.register_token}"}
    answers = []
    for _ in range(rounds):
        answers.append(_timed("GET", f"{web.base_url}/healthz", timeout=patience_seconds))
        sent = {"headers": headers | {"Idempotency-Key": new_key()}, "json": shop.order()}
        answers.append(_timed("POST", f"{web.base_url}{API}/orders", timeout=patience_seconds, **sent))
    seconds = sorted(taken for _, taken in answers)
    say(f"{len(seconds)} answers, median {seconds[len(seconds) // 2]:.3f} s, last {seconds[-1]:.3f} s")
    return answers


def _timed(method: str, url: str, **options: Any) -> tuple[int, float]:
    began = time.monotonic()
    try:
        with requests.Session() as session:
            session.trust_env = False
            status = session.request(method, url, **options).status_code
    except requests.RequestException:
        status = 0
    return status, time.monotonic() - began


@contextmanager
def sales_that_wait(web: Web, count: int) -> Iterator[list[Any]]:
    """That many orders of a product whose row somebody else holds; the row is let go at the end of the block."""
    shop = web.shops[0]

    def buy() -> int:
        return shop.post("/orders", TEE).status_code

    with ThreadPoolExecutor(count) as threads, holding(web, shop.products["TEE-BLK-M"]):
        yield [threads.submit(buy) for _ in range(count)]


@contextmanager
def holding(web: Web, product_id: str) -> Iterator[None]:
    with web.books.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT FROM products WHERE id = %s FOR UPDATE", (product_id,))
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def waiting_for_locks(web: Web) -> Callable[[], int]:
    """How many of this database's connections wait for somebody's lock."""

    def count() -> int:
        with web.books.cursor() as cursor:
            # The row's holder is in a transaction, which would see the same numbers for ever.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            return int(cursor.fetchone()[0])

    return count
