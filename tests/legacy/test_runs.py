"""Runs that are repeated, broken off, killed, or meet somebody: what comes of them is what one undisturbed run makes."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from pos import clock, create_app, postgres
from pos.db import db, transaction
from pos.legacy import batches
from pos.legacy.customer_info import flows, taking
from pos.legacy.customer_info.known import Known
from pos.legacy.customer_info.records import Bought
from pos.legacy.customer_info.taking import Place, Taken
from tests import databases, hosting
from tests.checkout.counter import books
from tests.client import Shop
from tests.legacy.importing import count, course, customer, day, digests, person, rows, take, told
from tests.legacy.telling import order, written
from tests.loyalty.members import program
from tests.races.twins import broken_rules
from tests.running import environment, process, race, until, value

# What the books say, without keys and clocks: people with their figures, orders, products, members, attention.
PEOPLE = """
    SELECT c.id, s.external_id, c.phone, c.name, c.order_count, c.total_spent, c.email_hash, p.first_name, p.last_name, p.age_recorded,
           p.phone_recorded, p.address, m.level, m.level_floor, m.balance
      FROM source_ids s
      JOIN customers c ON c.store_id = s.store_id AND c.id = s.customer_id
      JOIN profiles p ON p.store_id = c.store_id AND p.customer_id = c.id
      LEFT JOIN members m ON m.store_id = c.store_id AND m.customer_id = c.id
     WHERE s.store_id = :store AND s.kind = 'customer' ORDER BY s.external_id
"""
BOUGHT = """
    SELECT o.customer_id, o.placed_at::date, o.total, o.status, o.member_id IS NOT NULL, l.name, l.kind, l.quantity
      FROM orders o JOIN order_lines l ON l.store_id = o.store_id AND l.order_id = o.id WHERE o.store_id = :store
"""
LOOKED_AT = "SELECT DISTINCT split_part(subject, ':', 2)::uuid, kind FROM attention_items WHERE store_id = :store"
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


def truth(shop: Shop) -> list[tuple[Any, ...]]:
    about: dict[Any, list[Any]] = {}
    for key, *row in [*rows(shop, BOUGHT), *rows(shop, LOOKED_AT)]:
        about.setdefault(key, []).append([str(each) for each in row])
    return [(*person, sorted(about.get(key, []))) for key, *person in rows(shop, PEOPLE)]


# --- batches -----------------------------------------------------------------------------------------------

NAMES = [(None, None), ("Ann", "Lund"), ("A.", "Lund"), ("Bob", "Lund"), ("bob", None), ("Zoë", "Kim")]
PHONES = ["415-555-0101", "(415) 555 0101", "415-555-0102", "415-555-0103", "n/a", None]
GOODS = [("House IPA", None), ("House IPA", 1), ("Tent", 8), ("tent", None), ("Rope", "r-1")]


@st.composite
def orders_told(draw: st.DrawFn) -> dict[str, Any]:
    name, product_id = draw(st.sampled_from(GOODS))
    cents = draw(st.integers(0, 999))
    return order(
        id=draw(st.integers(1, 4)),
        name=name,
        productId=product_id,
        quantity=draw(st.integers(1, 3)),
        unitprice=draw(st.sampled_from([None, 1.5, 4.0])),
        total=cents / 100,
        date=day(draw(st.sampled_from([1, 20, 45, 500]))),
    )


@st.composite
def people_told(draw: st.DrawFn) -> dict[str, Any]:
    first, last = draw(st.sampled_from(NAMES))
    bought = draw(st.lists(orders_told(), max_size=3, unique_by=lambda told: str(told["id"])))
    return person(
        *bought,
        id=draw(st.integers(1, 9)),
        firstName=first,
        lastName=last,
        phone=draw(st.sampled_from(PHONES)),
        email=draw(st.sampled_from([None, "a@example.com", "b@example.com"])),
        age=draw(st.sampled_from([None, 0, 34])),
        membership=draw(st.sampled_from([None, "Base", "Gold", "Platinum"])),
    )


def in_parts(batch: Sequence[Any], cuts: Sequence[int]) -> list[Sequence[Any]]:
    edges = sorted({0, len(batch), *(cut for cut in cuts if cut < len(batch))})
    return [batch[start:end] for start, end in pairwise(edges)]


@contextmanager
def undone(app: Flask) -> Iterator[None]:
    """What is written in it is as if it had never been."""
    engine: Any = db.engine
    savepoint = engine.begin_nested()
    try:
        yield
    finally:
        db.session.remove()
        savepoint.rollback()


@settings(
    max_examples=6,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    batch=st.lists(people_told(), min_size=1, max_size=12),
    cuts=st.lists(st.integers(1, 11), max_size=4),
    sold_to=st.sampled_from([None, "Ann", "J Lund"]),
)
def test_batches_make_no_difference(
    app: Flask, shop: Shop, batch: list[dict[str, Any]], cuts: list[int], sold_to: str | None
) -> None:
    found = []
    for parts in (in_parts(batch, cuts), [batch]):
        with undone(app):
            begin(shop, sold_to)
            dry = run(shop, parts, is_dry_run=True)
            taken = run(shop, parts)
            assert dry == taken
            assert_all_is_in(shop, batch, taken)
            assert_again_changes_nothing(shop, batch)
            found.append(
                (truth(shop), {name: taken[name] for name in ("made", "found", "orders", "products", "members")})
            )
    with undone(app):
        begin(shop, sold_to)
        first, *rest = in_parts(batch, cuts)
        taken = run(shop, [first])
        for phone in PHONES[2:4]:
            shop.sell(phone=phone, name="A Lund", join=True, payment={"method": "card"})
        assert_all_is_in(shop, batch, taken + run(shop, rest))
        assert_again_changes_nothing(shop, batch)

    assert found[0] == found[1]


def begin(shop: Shop, sold_to: str | None) -> None:
    """A programme with all three levels, and somebody who has one of the numbers."""
    steps = [{"name": level, "points": 0, "multiplier": "1"} for level in ("bronze", "gold", "platinum")]
    program(shop, levels=[step | {"points": 900 * place} for place, step in enumerate(steps)])
    shop.sell(phone=PHONES[0], name=sold_to, payment={"method": "card"})


def assert_again_changes_nothing(shop: Shop, batch: Sequence[dict[str, Any]]) -> None:
    before = digests(shop)
    again = run(shop, [batch])
    assert again["orders"] == again["made"] == again["found"] == 0
    assert digests(shop) == before


def run(shop: Shop, parts: Sequence[Sequence[dict[str, Any]]], *, is_dry_run: bool = False) -> Counter[str]:
    memory, way, figures = Known(), course(shop, is_dry_run=is_dry_run), Counter[str]()
    for part in parts:
        taken = flows.take(way, [told(record) for record in part], memory)
        figures.update({name: each for name, each in vars(taken).items() if isinstance(each, int)})
        figures["odd_totals"] += len(taken.odd_totals)
    return figures


def assert_all_is_in(shop: Shop, batch: Sequence[dict[str, Any]], taken: Counter[str]) -> None:
    """Each old id once, the totals that were told, and the books hold. What two records of one person tell alike may count once."""
    assert books(shop) == []
    kept = rows(shop, "SELECT external_id, customer_id FROM source_ids WHERE store_id = :store AND kind = 'customer'")
    owners = dict(kept)
    assert sorted(external_id for external_id, _ in kept) == sorted({str(record["id"]) for record in batch})
    first: dict[tuple[str, str], Bought] = {}
    for record in map(told, batch):
        for each in record.orders:
            first.setdefault((record.id, each.id), each)
    sums = "SELECT count(*), coalesce(sum(total), 0) FROM orders WHERE store_id = :store AND source = 'import'"
    ((count_of_orders, total),) = rows(shop, sums)
    distinct = {(owners[old_id], each) for (old_id, _), each in first.items()}
    assert sum(each.total for _, each in distinct) <= total <= sum(each.total for each in first.values())
    assert len(distinct) <= count_of_orders == taken["orders"] <= len(first)


# --- dry run -----------------------------------------------------------------------------------------------


def test_dry_run_tells_what_the_run_will_and_writes_nothing(shop: Shop) -> None:
    shop.sell(payment={"method": "card"})
    parts = [
        [person(order()), person(order(id=30), id=2, phone="n/a"), person(id=3, firstName="Pete")],
        [person(order(id=31, name="Rope", productId=9), id=4), person(id=5, firstName="Pete", membership="nan")],
        [person(order(id=32, name="Rope", productId=None, total=1.0), id=4), person(order(), id=1)],
    ]
    before = digests(shop)

    dry = run(shop, parts, is_dry_run=True)
    after_dry = digests(shop)
    real = run(shop, parts)

    assert after_dry == before
    assert dry == real
    expected = {
        "made": 2,
        "found": 3,
        "unchanged": 1,
        "members": 3,
        "orders": 4,
        "products": 2,
        "shared": 1,
        "unusable": 1,
    }
    assert {name: real[name] for name in expected} == expected
    assert real["odd_totals"] == 1


# --- somebody in between -----------------------------------------------------------------------------------


@pytest.fixture
def open_shop(committed: Flask, shops: list[dict[str, Any]]) -> Iterator[Shop]:
    """The first shop, in a database whose commits are real."""
    with committed.app_context():
        yield Shop(committed.test_client(), **shops[0])


@dataclass(frozen=True)
class Behind:
    """The database of `open_shop`, as its superuser sees it."""

    server: postgres.Server
    name: str
    superuser: Any

    def has_somebody_waiting(self) -> bool:
        return bool(value(self.superuser, WAITS) == 1)


@pytest.fixture
def behind(server: postgres.Server, database: str, superuser: Any) -> Behind:
    return Behind(server, database, superuser)


@contextmanager
def held(behind: Behind, customer_id: str) -> Iterator[None]:
    """Somebody has a customer's row, and whoever wants it waits until the end."""
    url = behind.server.url("postgres", behind.name)
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT FROM customers WHERE id = %s FOR UPDATE", (customer_id,))
        yield


def meet(shop: Shop, behind: Behind, take_in: Callable[[], Taken]) -> Taken | Exception:
    """Lets a cashier sell to the number of a record after the import has looked for it, and before it writes."""
    known = shop.sell(phone="415-555-0150", name="Ada")["customer"]

    def caught() -> Taken | Exception:
        try:
            return take_in()
        except IntegrityError as refused:
            return refused

    with ThreadPoolExecutor(1) as threads:
        with held(behind, known["id"]):
            taking_in = threads.submit(caught)
            until(behind.has_somebody_waiting, 20, what="the import's waiting for the customer")
            shop.sell(name="Rosa", payment={"method": "card"})
        return taking_in.result(20)


BATCH = [person(order(), id=1), person(order(id=30), id=2, phone="415-555-0150", firstName="Ada", lastName=None)]


def test_customer_whom_a_cashier_makes_meanwhile_is_found(committed: Flask, open_shop: Shop, behind: Behind) -> None:
    def take_in() -> Taken:
        with committed.app_context():
            return take(open_shop, *BATCH)

    taken = meet(open_shop, behind, take_in)

    assert isinstance(taken, Taken)
    assert (taken.made, taken.found, taken.orders) == (0, 2, 2)
    assert count(open_shop, "customers") == 2
    assert (customer(open_shop)["name"], customer(open_shop)["total_spent"]) == ("Rosa", 866 + 70_000)
    assert broken_rules(committed, open_shop) == set()


def test_customer_whom_a_cashier_makes_meanwhile_ends_a_run_that_does_not_look_again(
    committed: Flask, open_shop: Shop, behind: Behind
) -> None:
    def take_in() -> Taken:
        with committed.app_context():
            way = course(open_shop)
            with transaction(way.store_id, actor="twin"):
                place = Place(way.house(clock.now()), way.country, way.timezone, way.as_of)
                return taking.take([told(record) for record in BATCH], Known(), place)

    taken = meet(open_shop, behind, take_in)

    assert isinstance(taken, IntegrityError)
    assert count(open_shop, "source_ids") == 0


def test_two_runs_of_the_same_records_are_one(committed: Flask, open_shop: Shop) -> None:
    parts = list(batches.batched(many(60), 7))
    ways = [parts, parts, parts[::-1]]

    def take_in(mine: Sequence[Sequence[dict[str, Any]]]) -> Counter[str]:
        with committed.app_context():
            return run(open_shop, mine)

    figures = race([lambda mine=mine: take_in(mine) for mine in ways])  # type: ignore[misc]

    assert sum((each for each in figures), Counter())["orders"] == 120
    assert {name: sum(each[name] for each in figures) for name in ("made", "members")} == {"made": 60, "members": 60}
    assert count(open_shop, "orders") == 120
    assert broken_rules(committed, open_shop) == set()


TURN = "SELECT pg_advisory_lock(hashtextextended('customer_info:' || %s, 0))"
PATIENCE = "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')"
WAITED = (
    "SELECT xact_start FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database() AND {long}"
)


@pytest.fixture
def impatient(committed: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """Connections that give up waiting for a lock sooner than any cashier."""
    monkeypatch.setenv("PGOPTIONS", "-c lock_timeout=30ms -c statement_timeout=2s")
    with committed.app_context():
        db.engine.dispose()
        yield committed
        db.engine.dispose()


def taking_in(app: Flask, shop: Shop) -> Taken:
    with app.app_context():
        return take(shop, *BATCH)


def waiting(behind: Behind, long: str = "true") -> Any:
    """Since when somebody's transaction waits for a lock."""
    with behind.superuser.cursor() as cursor:
        cursor.execute(WAITED.format(long=long))
        return next(iter(cursor.fetchall()), None)


def test_run_waits_for_its_turn_longer_than_for_any_row(impatient: Flask, open_shop: Shop, behind: Behind) -> None:
    before = rows(open_shop, PATIENCE)
    url = behind.server.url("postgres", behind.name)

    with ThreadPoolExecutor(1) as threads, closing(psycopg2.connect(url)) as other, other.cursor() as cursor:
        cursor.execute(TURN, (open_shop.store_id,))
        run_meanwhile = threads.submit(taking_in, impatient, open_shop)
        until(lambda: waiting(behind, "now() - query_start > interval '0.2s'"), 20, what="the wait for the turn")
        other.close()
        taken = run_meanwhile.result(20)

    assert taken.orders == 2
    assert before == [("30ms", "2s")]


def test_run_leaves_its_patience_behind_with_its_turn(shop: Shop) -> None:
    before = rows(shop, PATIENCE)
    take(shop, *BATCH)

    assert rows(shop, PATIENCE) == before


def test_run_tries_again_while_somebody_is_sold_to(impatient: Flask, open_shop: Shop, behind: Behind) -> None:
    known = open_shop.sell(phone="415-555-0150", name="Ada")["customer"]
    tries = set[Any]()

    with ThreadPoolExecutor(1) as threads:
        with held(behind, known["id"]):
            run_meanwhile = threads.submit(taking_in, impatient, open_shop)
            until(lambda: len(tries.add(waiting(behind)) or tries - {None}) > 2, 20, what="three tries")
        taken = run_meanwhile.result(20)

    assert taken.orders == 2


def test_run_that_finds_no_gap_says_what_to_do(
    impatient: Flask, open_shop: Shop, behind: Behind, tmp_path: Path
) -> None:
    known = open_shop.sell(phone="415-555-0150", name="Ada")["customer"]
    file = tmp_path / "all.jsonl"
    file.write_bytes(b"\n".join(written(record) for record in BATCH))

    with held(behind, known["id"]):
        result = impatient.test_cli_runner().invoke(
            args=["import", "customer-info", str(file), "--store", open_shop.slug]
        )

    assert result.exit_code == 1
    assert "in each of 20 tries (canceling statement due to lock timeout). Run the same command again." in result.stderr
    assert "2 records read" in result.stdout
    assert count(open_shop, "source_ids") == 0


def many(size: int) -> list[dict[str, Any]]:
    """People with two orders each, in the order of their ids."""
    return [
        person(
            order(id=2 * number, date=day(5)),
            order(id=2 * number + 1, name=f"Thing {number % 50}", productId=None),
            id=1000 + number,
            phone=f"({201 + number // 100}) 555-01{number % 100:02}",
            email=None,
        )
        for number in range(size)
    ]


# --- killed ------------------------------------------------------------------------------------------------


def test_killed_run_that_is_run_again_is_as_one_that_was_not(
    committed: Flask, open_shop: Shop, behind: Behind, tmp_path: Path
) -> None:
    # Given a file of two batches, and a customer in the second one whose row somebody has
    records = many(flows.BATCH + 20)
    file = tmp_path / "all.jsonl"
    file.write_bytes(b"\n".join(written(record) for record in records))
    known = open_shop.sell(phone=records[flows.BATCH + 10]["phone"])["customer"]
    environ = environment(behind.server, behind.name, tmp_path)
    command = [*hosting.FLASK, "import", "customer-info", str(file), "--store", open_shop.slug]

    # When the run is killed there, and run again
    with held(behind, known["id"]), process("import", tmp_path, environ, command) as running:
        until(
            lambda: running.poll() is not None or behind.has_somebody_waiting(),
            60,
            what="the run's waiting for the customer",
        )
        running.kill()
        assert running.wait(20) == -9, (tmp_path / "import.log").read_text()
    left = count(open_shop, "source_ids")
    again = committed.test_cli_runner().invoke(args=command[len(hosting.FLASK) :])

    # Then the first batch was kept, whole, and the rest came
    assert again.exit_code == 0, again.output
    assert left == 3 * flows.BATCH + 1
    assert f"{flows.BATCH} records unchanged" in again.output
    assert count(open_shop, "orders") == 2 * len(records) + 1
    assert broken_rules(committed, open_shop) == set()
    assert truth(open_shop) == undisturbed(behind.server, open_shop, records, records[flows.BATCH + 10]["phone"])


def undisturbed(
    server: postgres.Server, shop: Shop, records: Sequence[dict[str, Any]], sold_to: str
) -> list[tuple[Any, ...]]:
    """The same in another database, at once."""
    name = f"{databases.TEMPLATE}_twin"
    databases.copy(server, name)
    try:
        twin = create_app(databases.settings(server, name))
        with twin.app_context():
            same = Shop(**vars(shop) | {"client": twin.test_client()})
            same.sell(phone=sold_to)
            run(same, [records])
            found = truth(same)
            db.engine.dispose()
        return found
    finally:
        databases.drop(server, name)
