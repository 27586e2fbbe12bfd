"""kill -9 at any moment: what was answered is kept, once, and the product comes back by itself.

The product runs as it ships, with its own PostgreSQL and everything that makes a commit durable. Sales arrive from
eight tablets that repeat a request with its key until it is answered, as ours do.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import psutil
import psycopg2
import pytest
import requests

from pos import postgres
from tests.client import API, new_key
from tests.races.product import Product, product_in_a_folder
from tests.running import is_ready, rows, say, until, value

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kill")]

TABLETS, ORDERS_OF_A_TABLET = 8, 75
ORDERS = TABLETS * ORDERS_OF_A_TABLET
# Of "web" and "worker" fewer than three: the supervisor takes three quick ends of one process for a fault of its own.
KILLS = {"web process": 5, "web": 2, "worker": 1, "postgres": 3}
# How long a tablet goes on trying, with all that is killed meanwhile.
ANSWER_SECONDS = 60
# After the faults the worker may need that long until it is at work again (reliability.md, A1).
BACKLOG_SECONDS = 120
WORTH_A_RETRY = frozenset({502, 503, 504})


@dataclass
class Sale:
    """One order of one guest, and what the tablet knows of it."""

    key: str
    body: dict[str, Any]
    order_id: str = ""
    tries: int = 0
    seconds: float = 0.0
    is_replay: bool = False


@dataclass
class Load:
    """What eight tablets have sent so far."""

    product: Product
    token: str
    answered: list[Sale] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)

    def sell(self, tablet: int, seed: int) -> None:
        """All sales of one tablet, one after the other."""
        chance = random.Random(seed + tablet)
        with requests.Session() as session:
            session.trust_env = False
            for _ in range(ORDERS_OF_A_TABLET):
                self.answered.append(self.send(session, Sale(new_key(), basket(chance))))

    def send(self, session: requests.Session, sale: Sale) -> Sale:
        """Sends one sale until it is answered."""
        began = time.monotonic()
        while not self.is_answered(session, sale):
            assert time.monotonic() - began < ANSWER_SECONDS, f"no answer; {self.failures}; {self.product.said()}"
            time.sleep(0.05)
        sale.seconds = time.monotonic() - began
        return sale

    def is_answered(self, session: requests.Session, sale: Sale) -> bool:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": sale.key}
        sale.tries += 1
        try:
            url = f"{self.product.base_url}{API}/orders"
            response = session.post(url, json=sale.body, headers=headers, timeout=15)
        except requests.RequestException as error:
            self.failures[type(error).__name__] += 1
            return False
        if response.status_code in WORTH_A_RETRY:
            self.failures[str(response.status_code)] += 1
            return False
        assert response.status_code == 201, f"{response.status_code} {response.text}"
        sale.order_id = response.json()["id"]
        sale.is_replay = "Idempotent-Replayed" in response.headers
        return True


def basket(chance: random.Random) -> dict[str, Any]:
    """Few guests for many orders, so that they meet at the same rows; every third pays at once."""
    body: dict[str, Any] = {"items": [{"sku": "IPA", "quantity": chance.randint(1, 3)}]}
    body["phone"] = f"+1415555{chance.randrange(4000, 4020)}"
    return body | ({"payment": {"method": "card"}} if chance.random() < 0.3 else {})


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """Started for the first time, which makes the cluster and the demo store."""
    with product_in_a_folder() as made:
        say(f"first start: {made.start():.1f} s")
        yield made


def count_of_orders(product: Product) -> int:
    with closing(psycopg2.connect(product.server.url("postgres"))) as books:
        return int(value(books, "SELECT count(*) FROM orders"))


def kept(product: Product, sales: list[Sale]) -> list[tuple[str, str]]:
    """The key and the id of every order in the books that was made with one of these keys."""
    asked = """SELECT k.key, o.id::text FROM idempotency_keys k
                 JOIN orders o ON o.store_id = k.store_id AND o.id = k.resource_id WHERE k.key = ANY(%s)"""
    with closing(psycopg2.connect(product.server.url("postgres"))) as books:
        return rows(books, asked, [sale.key for sale in sales])  # type: ignore[return-value]


def assert_audit_is_clean(product: Product) -> None:
    audit = product.command("audit")
    assert audit.returncode == 0, audit.stdout + audit.stderr
    assert " 0 violation(s)" in audit.stdout


def seconds_until_worker_works(product: Product) -> float:
    """How long a job takes that is enqueued now."""
    began = time.monotonic()
    with closing(psycopg2.connect(product.server.url("postgres"))) as books:
        books.autocommit = True
        now = value(books, "SELECT clock_timestamp()")
        enqueued = """INSERT INTO procrastinate_jobs (queue_name, task_name, args)
                      SELECT 'default', 'audit.one_store', jsonb_build_object('store_id', id) FROM stores"""
        rows(books, enqueued)
        done = partial(value, books, "SELECT bool_and(audited_at > %s) FROM stores", now)
        until(done, BACKLOG_SECONDS, what="the job of a worker that was killed")
    return time.monotonic() - began


def strike(load: Load, selling: list["Future[None]"], chance: random.Random) -> Counter[str]:
    """Kills parts of the product in a random order, each after a random number of further sales."""
    parts = [part for part, times in KILLS.items() for _ in range(times)]
    chance.shuffle(parts)
    moments = sorted(chance.sample(range(20, ORDERS - 60), len(parts)))
    struck = Counter[str]()
    for part, moment in zip(parts, moments, strict=True):
        wait_for_sales(load, selling, moment)
        until(partial(load.product.kill, part, chance), 30, what=f"a living {part}")
        struck[part] += 1
    return struck


def wait_for_sales(load: Load, selling: list["Future[None]"], count: int) -> None:
    """A tablet that has given up says why here; the others might not reach the count without it."""

    def is_reached() -> bool:
        for tablet in selling:
            if tablet.done():
                tablet.result()
        return len(load.answered) >= count

    until(is_reached, 2 * ANSWER_SECONDS, what=f"{count} sales")


def test_kill_of_any_part_loses_and_doubles_no_order(product: Product) -> None:
    # Given the running product, and tablets that are busy selling
    seed = random.SystemRandom().randrange(10**6)
    say(f"kills: seed {seed}")
    chance = random.Random(seed)
    before = count_of_orders(product)
    load = Load(product, product.register_token())
    with ThreadPoolExecutor(TABLETS) as tablets:
        began = time.monotonic()
        selling = [tablets.submit(load.sell, number, seed) for number in range(TABLETS)]

        # When its processes are killed while they sell
        struck = strike(load, selling, chance)
        for tablet in selling:
            tablet.result()
        seconds = time.monotonic() - began

    # Then the product has come back by itself, and every order that was answered is there, once
    sales = load.answered
    say(f"{len(sales)} orders in {seconds:.0f} s under {sum(struck.values())} kills {dict(struck)}; {load.failures}")
    say(f"slowest answer {max(sale.seconds for sale in sales):.1f} s, most tries {max(sale.tries for sale in sales)}")
    say(f"answers lost after their commit: {sum(sale.is_replay for sale in sales)}")
    assert not product.has_ended(), product.said()
    assert struck == KILLS
    assert len({sale.key for sale in sales}) == len({sale.order_id for sale in sales}) == ORDERS
    assert Counter(kept(product, sales)) == Counter((sale.key, sale.order_id) for sale in sales)
    assert count_of_orders(product) == before + ORDERS
    assert_audit_is_clean(product)
    say(f"a job was done {seconds_until_worker_works(product):.1f} s after it was enqueued")

    # And a key still leads to its order, whether or not it was sent more than once before
    again = [sale for sale in sales if sale.tries > 1] + chance.sample(sales, 100)
    with ThreadPoolExecutor(TABLETS) as tablets, requests.Session() as session:
        session.trust_env = False
        repeated = list(tablets.map(lambda sale: load.send(session, Sale(sale.key, sale.body)), again))
    assert [sale.order_id for sale in repeated] == [sale.order_id for sale in again]
    assert all(sale.is_replay for sale in repeated)
    assert count_of_orders(product) == before + ORDERS


def is_followed(product: Product, killed: psutil.Process) -> bool:
    """Whether a new PostgreSQL has begun to start; it answers later."""
    return product.has_ended() or product.postmasters() not in ([], [killed])


def answers(product: Product, _killed: psutil.Process) -> bool:
    """Whether it takes connections; who started it may not know yet, or be busy with its logins."""
    return product.has_ended() or postgres.is_up(product.server)


@pytest.mark.parametrize("moment", [is_followed, answers])
def test_kill_of_postgres_while_it_is_started_is_survived(
    product: Product, moment: Callable[[Product, psutil.Process], bool]
) -> None:
    # Given a PostgreSQL that was killed, and another one that is being started in its place
    if product.has_ended():
        product.start()
    (killed,) = product.postmasters()
    killed.kill()
    until(partial(moment, product, killed), 30, what="a new PostgreSQL")

    # When that one is killed too
    for starting in product.postmasters():
        starting.kill()

    # Then there is a third one
    until(lambda: product.has_ended() or is_ready(product.base_url), 30, what="the product's return")
    until(lambda: product.has_ended() or not product.is_starting_postgres(), 30, what="the end of the start")
    assert not product.has_ended(), product.said()
    assert_audit_is_clean(product)


def test_end_leaves_no_process(product: Product) -> None:
    # Given the running product
    if product.has_ended():
        product.start()
    assert {len(found()) > 0 for found in product.parts().values()} == {True}

    # When it is asked to end
    code = product.end()

    # Then nothing of it is left
    assert code == 0, product.said()
    assert product.processes() == []


def test_start_after_everything_was_killed_keeps_the_books(product: Product) -> None:
    # Given the product with a sale that was answered a moment ago
    if product.has_ended():
        say(f"second start: {product.start():.1f} s")
    load, sale = Load(product, product.register_token()), Sale(new_key(), basket(random.Random(1)))
    with requests.Session() as session:
        session.trust_env = False
        load.send(session, sale)
    before = count_of_orders(product)

    # When everything is killed at once and started again
    product.kill_everything()
    assert not is_ready(product.base_url)
    say(f"start after the kill: {product.start():.1f} s")

    # Then nothing is missing
    assert count_of_orders(product) == before
    assert kept(product, [sale]) == [(sale.key, sale.order_id)]
    assert_audit_is_clean(product)
    assert product.end() == 0, product.said()
    assert product.processes() == []
