"""psycopg2 with fewer round trips: what is sent, in how many messages, and what becomes of it when something fails."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from uuid import UUID

import psycopg2
import pytest
from flask import Flask
from psycopg2 import errors
from sqlalchemy import event, select, text, update
from sqlalchemy.exc import IntegrityError

from pos import ids, postgres, wire
from pos.catalog.models import Category
from pos.db import db, glance, rows_of, transaction
from pos.statements import Statement
from tests.client import Shop
from tests.refusals import slug_of
from tests.running import rows

ADD = Statement("INSERT INTO categories (store_id, id, name, version) VALUES (:store, :id, :name, 1)")
NAMES = Statement("SELECT name FROM categories WHERE store_id = :store ORDER BY name")
# There from the start, and unique within a store.
TAKEN = "Everything"


@pytest.fixture
def mine(shops: list[dict[str, Any]]) -> UUID:
    return UUID(shops[0]["store_id"])


@pytest.fixture
def sent(committed: Flask, mine: UUID) -> Iterator[list[str]]:
    """The messages that the application sends, each as PostgreSQL gets it. The mode was asked for already."""
    messages: list[str] = []

    class Recorder(wire.Cursor):
        def execute(self, statement: Any, values: Any = None) -> None:
            try:
                super().execute(statement, values)
            finally:
                messages.append((self.query or b"").decode())

    def record(connection: Any, _record: Any) -> None:
        connection.cursor_factory = Recorder

    with committed.app_context():
        event.listen(db.engine, "connect", record)
        with transaction(mine):
            NAMES.rows()
        messages.clear()
        yield messages
        event.remove(db.engine, "connect", record)


@pytest.fixture
def line(server: postgres.Server, database: str) -> Iterator[wire.Connection]:
    """A connection of its own with a table of its own: figures (n), in which 7 stands already."""
    with closing(psycopg2.connect(server.url("postgres", database), connection_factory=wire.Connection)) as connection:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE figures (n int PRIMARY KEY)")
            cursor.execute("INSERT INTO figures VALUES (7)")
        connection.commit()
        yield connection


def add(*names: str) -> None:
    for name in names:
        ADD.soon(id=ids.uuid7(), name=name)


def add_then(then: Callable[[], object], *names: str) -> None:
    add(*names)
    then()


def look_twice() -> None:
    NAMES.rows()
    NAMES.rows()


def refuse() -> None:
    raise ValueError("refused")


def look_and_refuse() -> None:
    NAMES.rows()
    refuse()


def names(store_id: UUID) -> set[str]:
    with transaction(store_id):
        return {row[0] for row in NAMES.rows()}


def figures(server: postgres.Server, database: str) -> list[int]:
    """As another connection sees them."""
    with closing(psycopg2.connect(server.url("postgres", database))) as connection:
        return [row[0] for row in rows(connection, "SELECT n FROM figures ORDER BY n")]


# --- messages -------------------------------------------------------------------------------------------------


def test_transaction_of_one_question_is_two_messages(sent: list[str], mine: UUID) -> None:
    with transaction(mine):
        NAMES.rows()

    first, last = sent
    assert first.startswith(f"BEGIN; SET LOCAL app.store_id = '{mine}'; SELECT name FROM categories")
    assert last == "COMMIT"


def test_writes_that_nobody_waits_for_travel_with_the_next_question(sent: list[str], mine: UUID) -> None:
    with transaction(mine):
        add("Cans", "Kegs")
        found = NAMES.rows()

    assert found == [("Cans",), ("Everything",), ("Kegs",)]
    assert len(sent) == 2
    assert sent[0].count("INSERT INTO categories") == 2


def test_commit_sends_what_waits(sent: list[str], mine: UUID) -> None:
    with transaction(mine):
        add("Cans")

    [only] = sent
    assert only.startswith("BEGIN; SET LOCAL")
    assert only.endswith("; COMMIT")
    assert "Cans" in names(mine)


def test_transaction_without_a_question_sends_nothing(sent: list[str], mine: UUID) -> None:
    with transaction(mine) as session:
        session.connection()

    assert sent == []


def test_sale_takes_few_messages(sent: list[str], committed: Flask, shops: list[dict[str, Any]]) -> None:
    """Who calls; then key, products, customer, stock, the order with its lines; the payment and the key's answer travel
    with COMMIT."""
    shop = Shop(committed.test_client(), **shops[0])
    body = shop.order(items=[{"sku": "TEE-BLK-M", "quantity": 1}], payment={"method": "cash"})
    assert shop.post("/orders", body).status_code == 201
    sent.clear()

    assert shop.post("/orders", body).status_code == 201

    assert len(sent) <= 8
    assert "INSERT INTO payments" in sent[-1]
    assert sent[-1].endswith("; COMMIT")


def test_next_transaction_has_its_own_store(sent: list[str], shops: list[dict[str, Any]]) -> None:
    stores = [UUID(shop["store_id"]) for shop in shops]

    for store_id in stores:
        with transaction(store_id):
            NAMES.rows()

    assert [message for store_id in stores for message in sent if str(store_id) in message] == [sent[0], sent[2]]


# --- a glance -------------------------------------------------------------------------------------------------


def test_glance_is_a_single_message(sent: list[str], mine: UUID) -> None:
    with glance(mine):
        found = NAMES.rows()

    assert found == [(TAKEN,)]
    [only] = sent
    assert only.startswith("SET LOCAL app.store_id")
    assert "BEGIN" not in only


def test_glance_refuses_a_second_look(sent: list[str], mine: UUID) -> None:
    with pytest.raises(RuntimeError, match="single statement"), glance(mine):
        look_twice()

    assert names(mine) == {TAKEN}


def test_glance_leaves_nothing_of_the_store_behind(sent: list[str], mine: UUID) -> None:
    with glance(mine):
        NAMES.rows()

    with transaction(None) as session:
        assert session.scalar(text("SELECT current_setting('app.store_id', true)")) == ""
        assert session.scalars(select(Category.name)).all() == []


# --- what goes wrong ------------------------------------------------------------------------------------------


def test_error_of_a_waiting_statement_is_raised_by_the_next_one(sent: list[str], mine: UUID) -> None:
    with pytest.raises(IntegrityError, match="uq_categories_store_id_name"), transaction(mine):
        add_then(NAMES.rows, "Cans", TAKEN)

    assert names(mine) == {TAKEN}
    assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_error_of_a_waiting_statement_is_raised_by_the_orm_too(sent: list[str], mine: UUID) -> None:
    with pytest.raises(IntegrityError, match="uq_categories_store_id_name"), transaction(mine):
        add_then(lambda: db.session.scalars(rows_of(Category)).all(), "Cans", TAKEN)

    assert names(mine) == {TAKEN}


def test_error_of_a_waiting_statement_is_raised_by_the_commit(sent: list[str], mine: UUID) -> None:
    with pytest.raises(IntegrityError, match="uq_categories_store_id_name"), transaction(mine):
        add("Cans", TAKEN)

    assert names(mine) == {TAKEN}
    assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_refusal_forgets_what_waits(sent: list[str], mine: UUID) -> None:
    with pytest.raises(ValueError, match="refused"), transaction(mine):
        add_then(refuse, "Cans")

    assert names(mine) == {TAKEN}
    assert not any("INSERT" in message for message in sent)


def test_refusal_takes_back_what_was_sent(sent: list[str], mine: UUID) -> None:
    with pytest.raises(ValueError, match="refused"), transaction(mine):
        add_then(look_and_refuse, "Cans")

    assert names(mine) == {TAKEN}
    assert sent[1] == "ROLLBACK"


def test_connection_that_broke_leaves_the_pool_with_all_others(
    committed: Flask, shops: list[dict[str, Any]], superuser: Any
) -> None:
    # Given connections that wait in the pool while the server ends them, in a process that has served already
    shop = Shop(committed.test_client(), **shops[0])
    assert shop.get("/me").status_code == 200
    with committed.app_context():
        waiting = [db.engine.connect() for _ in range(4)]
        for connection in waiting:
            connection.close()
        assert db.engine.pool.checkedin() == 4  # type: ignore[attr-defined]
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'tappass_app' AND datname = current_database()"
    assert rows(superuser, ended)

    # When the next requests come
    first, second = shop.get("/me"), shop.post("/orders", shop.order())

    # Then one is told to come again, and the next one is served
    assert slug_of(first) == (503, "unavailable")
    assert second.status_code == 201


# --- the connection itself ------------------------------------------------------------------------------------


def test_executemany_counts_the_rows_that_it_touched(line: wire.Connection) -> None:
    with line.cursor() as cursor:
        cursor.executemany("INSERT INTO figures VALUES (%s)", [(1,), (2,), (3,)])
        inserted = cursor.rowcount
        line.send_soon(b"INSERT INTO figures VALUES (4)")
        cursor.executemany("DELETE FROM figures WHERE n = %s", [(1,), (2,), (99,)])
        deleted = cursor.rowcount

    line.commit()
    assert (inserted, deleted) == (3, 2)


def test_executemany_of_the_orm_sees_a_stale_version(committed: Flask, mine: UUID) -> None:
    """The ORM tells by the count whether each row was still at its version."""
    with committed.app_context(), transaction(mine) as session:
        session.add_all([Category(name="Cans"), Category(name="Kegs")])
        session.flush()
        changed = session.execute(update(Category).where(Category.store_id == mine).values(updated_at=text("now()")))

        assert changed.rowcount == 3  # type: ignore[attr-defined]


def test_executemany_is_rolled_back_with_what_waited(
    line: wire.Connection, server: postgres.Server, database: str
) -> None:
    line.send_soon(b"INSERT INTO figures VALUES (1)")
    with line.cursor() as cursor, pytest.raises(errors.UniqueViolation):
        cursor.executemany("INSERT INTO figures VALUES (%s)", [(2,), (7,)])

    line.rollback()

    assert figures(server, database) == [7]


def test_commit_of_nothing_sends_nothing_and_a_setting_alone_is_nothing(line: wire.Connection) -> None:
    line.send_soon(b"SET LOCAL app.store_id = ''")
    line.commit()

    assert line.get_transaction_status() == psycopg2.extensions.TRANSACTION_STATUS_IDLE
    with line.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.query == b"BEGIN; SELECT 1"


def test_values_are_quoted_in_a_fused_message(line: wire.Connection) -> None:
    line.send_soon(b"INSERT INTO figures VALUES (1)")
    with line.cursor() as cursor:
        cursor.execute("SELECT %s, %s", ("'; DROP TABLE figures; --", "100 %"))
        assert cursor.fetchone() == ("'; DROP TABLE figures; --", "100 %")
    line.commit()


def test_error_leaves_the_connection_to_be_rolled_back(
    line: wire.Connection, server: postgres.Server, database: str
) -> None:
    line.send_soon(b"INSERT INTO figures VALUES (1)")
    with line.cursor() as cursor:
        with pytest.raises(errors.UndefinedTable):
            cursor.execute("SELECT * FROM nowhere")
        with pytest.raises(errors.InFailedSqlTransaction):
            cursor.execute("SELECT 1")

    line.rollback()
    with line.cursor() as cursor:
        cursor.execute("INSERT INTO figures VALUES (2)")
    line.commit()

    assert figures(server, database) == [2, 7]


def test_statement_that_stands_alone_commits_by_itself(
    line: wire.Connection, server: postgres.Server, database: str
) -> None:
    line.send_soon(b"INSERT INTO figures VALUES (1)")
    line.stand_alone()
    with line.cursor() as cursor:
        cursor.execute("SELECT n FROM figures ORDER BY n")
        assert cursor.fetchall() == [(1,), (7,)]
        with pytest.raises(RuntimeError, match="single statement"):
            cursor.execute("SELECT 1")

    assert figures(server, database) == [1, 7]
    line.rollback()
    with line.cursor() as cursor:
        cursor.execute("SELECT 1")
