"""A request that waits, for a lock, for PostgreSQL, or for a password's hash, lets the others run."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from tests.client import Shop
from tests.running import ROOT, race, rows, until
from tests.serving.web import Web, ask, sales_that_wait, waiting_for_locks

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("serving")]

STALLED = 6
# A stalled order gives up after five seconds (lock_timeout), so the others must be done before that.
BOUND_SECONDS = 1.5
HASHING = """
import gevent
from pos import serving
from pos.staff import passwords
beats = 0
def beat():
    global beats
    while True:
        beats += 1
        gevent.sleep(0.001)
{prepare}
heart = gevent.spawn(beat)
gevent.sleep(0.01)
before = beats
assert passwords.matches("secret", passwords.hashed("secret"))
assert not passwords.matches("wrong", passwords.hashed("secret"))
print(beats - before)
heart.kill()
"""


def test_stalled_query_stops_no_other_request(web: Web) -> None:
    with sales_that_wait(web, STALLED) as stalled:
        until(lambda: waiting_for_locks(web)() == STALLED, what="all of them waiting")
        answers = ask(web, 5, BOUND_SECONDS)

    assert [status for status, _ in answers] == [200, 201] * 5
    assert [sale.result() for sale in stalled] == [201] * STALLED


def test_stalled_query_would_stop_its_process(start: Callable[..., Web]) -> None:
    """The twin: where psycopg2 waits by itself, the greenlets of the whole process wait with it."""
    web = start("waiting.conf.py", WEB_CONCURRENCY="1")

    with sales_that_wait(web, 1):
        until(lambda: waiting_for_locks(web)() == 1, what="the order waiting")
        answers = ask(web, 1, BOUND_SECONDS)

    assert [status for status, _ in answers] == [0, 0]


def test_more_stalled_queries_than_connections_end_with_503(start: Callable[..., Web]) -> None:
    web = start(WEB_CONCURRENCY="1", DATABASE_CONNECTIONS="4")
    began = time.monotonic()

    with sales_that_wait(web, 20) as stalled:
        until(lambda: waiting_for_locks(web)() == 4, what="all connections waiting")
        health = ask(web, 1, 5)[0]
        answers = Counter(sale.result() for sale in stalled)
        seconds = time.monotonic() - began

    assert (health[0], answers) == (200, Counter({503: 20}))
    assert seconds < 12


def test_silent_postgresql_is_answered_with_503(start: Callable[..., Web]) -> None:
    """Its processes are stopped, not ended: nothing is refused, nothing is answered."""
    web = start(WEB_CONCURRENCY="1", DATABASE_CONNECTIONS="2")
    assert [status for status, _ in ask(web, 1, 5)] == [200, 201]
    backends = rows(
        web.books,
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'tappass app' AND datname = current_database()",
    )

    for (pid,) in backends:
        os.kill(pid, signal.SIGSTOP)
    try:
        (health, _), (order, seconds) = ask(web, 1, 14)
    finally:
        for (pid,) in backends:
            os.kill(pid, signal.SIGCONT)

    assert (health, order) == (200, 503)
    assert seconds < 13
    assert [status for status, _ in ask(web, 1, 5)] == [200, 201]


def test_request_in_hand_is_finished_when_the_server_is_told_to_end(start: Callable[..., Web]) -> None:
    web = start()
    (master,) = [process for process in psutil.process_iter() if is_master(process, web)]

    with sales_that_wait(web, 2) as stalled:
        until(lambda: waiting_for_locks(web)() == 2, what="both waiting")
        master.terminate()
        until(lambda: ask(web, 1, 1)[0][0] == 0, what="the end of new requests")

    assert [sale.result() for sale in stalled] == [201, 201]
    assert master.wait(20) == 0


def test_stores_are_kept_apart_between_greenlets(web: Web) -> None:
    """Each order reads and writes in two transactions, and gives way to those of the other store at each statement."""

    def sell(shop: Shop) -> Callable[[], tuple[Shop, Any]]:
        return lambda: (shop, shop.sell(items=[{"sku": sku, "quantity": 1} for sku in ("IPA", "WATER", "PRETZEL")]))

    sold = [pair for _ in range(4) for pair in race([sell(shop) for shop in web.shops * 8])]

    currencies = {"hops": "USD", "cafe": "EUR"}
    for shop, order in sold:
        assert order["currency"] == currencies[shop.slug]
        assert {line["product_id"] for line in order["lines"]} <= set(shop.products.values())
    kept = rows(web.books, "SELECT store_id::text, id::text FROM orders")
    assert {(shop.store_id, order["id"]) for shop, order in sold} <= set(kept)
    assert (
        rows(web.books, "SELECT FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.store_id <> o.store_id")
        == []
    )


def test_hashing_lets_other_requests_run() -> None:
    assert beats("serving.prepare()") > 0


def test_hashing_would_stop_other_requests() -> None:
    """The twin: without the preparation nobody else gets a turn."""
    assert beats("") == 0


def beats(prepare: str) -> int:
    """How often another greenlet had its turn while four hashes were computed."""
    program = f"from gevent import monkey; monkey.patch_all()\n{HASHING.format(prepare=prepare)}"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return int(done.stdout)


def is_master(process: psutil.Process, web: Web) -> bool:
    """Whether it is the gunicorn of this server: the parent of those that share its folder."""
    try:
        is_ours = process.environ().get("POS_DATA_DIR") == str(web.folder) and "gunicorn" in " ".join(process.cmdline())
        return is_ours and process.ppid() == os.getpid()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
