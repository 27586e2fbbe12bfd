"""kill -9 at any moment: what was answered is kept, once, and the product comes back by itself.

The product runs as it ships, with its own PostgreSQL and everything that makes a commit durable. The short form of
`make soak` (docs/reliability.md), and what is to be seen at its start and its end.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import psutil
import pytest

from pos import postgres
from soak import books, figures
from soak.books import Known
from soak.load import Shop, sell
from soak.plan import Plan
from soak.product import Product, folder_of_its_own, is_ready, product_in, put_home
from soak.run import run
from soak.tablet import Tablet
from soak.watch import Watch
from tests.running import rows, say, until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kill")]


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Of a product that was started for the first time, which makes the cluster and the demo store, and ended. That takes
    longer than all that is done to it here, so each is given a copy."""
    with folder_of_its_own() as folder, product_in(folder) as made:
        say(f"first start: {made.start():.1f} s")
        assert made.end() == 0, made.said()
        yield made.home


@pytest.fixture(scope="module")
def product(home: Path) -> Iterator[Product]:
    """Not started: each test does that if none has before it."""
    with folder_of_its_own() as folder:
        put_home(home, folder)
        with product_in(folder) as made:
            yield made


def a_seed() -> int:
    return random.SystemRandom().randrange(10**6)


def test_kill_of_any_part_loses_and_doubles_no_order(home: Path) -> None:
    # When the product is struck for a while, under the load of sixteen tablets
    result = run(Plan(seconds=9, seed=a_seed(), seconds_per_kill=0.8), say, home=home)

    # Then the books are what the clients know, and each part has come back by itself
    say(figures.report(result))
    assert result.violations == []
    assert result.answered > 10
    assert sum(result.watch.kills.values()) >= 3


def test_run_turns_red_when_the_key_is_committed_before_the_work(home: Path) -> None:
    # When the same is done to a product with a bug on purpose
    result = run(Plan(seconds=6, seed=a_seed(), plant="key-before-work", seconds_per_kill=0.5), say, home=home)

    # Then it is found: a key that leads nowhere
    assert any("stands for the order" in sentence or "has left its key" in sentence for sentence in result.violations)


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
    until(lambda: product.has_ended() or is_ready(product.port), 30, what="the product's return")
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
    start, known = books.before(product), Known()
    a_sale(product, known)

    # When everything is killed at once and started again
    product.kill_everything()
    assert not is_ready(product.port)
    say(f"start after the kill: {product.start():.1f} s")

    # Then nothing is missing
    assert [sent.id is not None for sent in known.sent] == [True]
    assert list(books.violations(known, start, books.after(product, start))) == []
    assert_audit_is_clean(product)
    assert product.end() == 0, product.said()
    assert product.processes() == []


def a_sale(product: Product, known: Known) -> None:
    with product.books() as connection:
        shop = Shop(dict(rows(connection, "SELECT sku, id::text FROM products")), prices={})
    tokens = {"register": product.credentials()["register_token"]}
    with closing(Tablet(1, 1, product.port, tokens, Watch())) as tablet:
        for fact in sell(tablet, shop):
            known.add(fact)


def assert_audit_is_clean(product: Product) -> None:
    audit = product.command("audit")
    assert audit.returncode == 0, audit.stdout + audit.stderr
    assert " 0 violation(s)" in audit.stdout
