"""`transaction()`: the only way to the database, and what of it is left when it is over, which is nothing."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from pos import audit_log
from pos.audit_log import AuditEntry
from pos.catalog.models import Category
from pos.db import current_actor, current_store, db, find, rows_of, transaction
from pos.errors import NotFound
from pos.stores.models import Location, Store
from pos.walls import store_models
from tests.client import Shop

SETTING = text("SELECT current_setting('app.store_id', true)")
STATE = "SELECT current_setting('app.store_id', true), current_user = session_user, current_setting('search_path')"


@pytest.fixture
def mine(shops: list[dict[str, Any]]) -> UUID:
    return UUID(shops[0]["store_id"])


@pytest.fixture
def theirs(shops: list[dict[str, Any]]) -> UUID:
    return UUID(shops[1]["store_id"])


def test_transaction_refuses_to_nest(app: Flask, mine: UUID) -> None:
    with transaction(mine):
        with pytest.raises(RuntimeError, match="does not nest"), transaction(mine):
            pass

        assert current_store() == mine
        assert db.session.scalar(SETTING) == str(mine)


def test_session_refuses_work_outside_of_a_transaction(app: Flask, mine: UUID) -> None:
    for work in (lambda: db.session.scalar(select(func.now())), lambda: db.session.scalars(select(Location)).all()):
        with pytest.raises(RuntimeError, match="inside `with transaction"):
            work()
        db.session.remove()


def test_write_outside_of_a_transaction_is_refused(app: Flask) -> None:
    db.session.add(Category(store_id=uuid.uuid4(), name="Nowhere"))

    with pytest.raises(RuntimeError, match="inside `with transaction"):
        db.session.commit()
    db.session.remove()


def test_rows_need_a_store(app: Flask) -> None:
    for ask in (current_store, lambda: rows_of(Location), lambda: find(Location, uuid.uuid4())):
        with pytest.raises(RuntimeError, match=r"transaction\(store_id\)"), transaction(None):
            ask()


def test_transaction_without_store_sees_global_tables_only(app: Flask, mine: UUID) -> None:
    with transaction(None) as session:
        stores = session.scalars(select(Store.id)).all()
        counts = {model: session.scalar(select(func.count()).select_from(model)) for model in store_models()}

    assert mine in stores
    assert counts == dict.fromkeys(counts, 0)


def test_transaction_commits_at_its_end_and_not_before(committed: Flask, mine: UUID) -> None:
    with committed.app_context():
        with transaction(mine) as session:
            session.add(Category(name="Growlers"))
            session.flush()
            inside = _elsewhere(committed, mine, "Growlers")
        after = _elsewhere(committed, mine, "Growlers")

    assert (inside, after) == (0, 1)


def test_error_rolls_everything_back(committed: Flask, mine: UUID) -> None:
    with committed.app_context():
        with pytest.raises(NotFound), transaction(mine):
            _add_and_fail()

        with transaction(mine) as session:
            assert session.scalar(_named("Growlers")) == 0


def test_refused_commit_leaves_nothing_open(committed: Flask, mine: UUID) -> None:
    with committed.app_context():
        with pytest.raises(IntegrityError), transaction(mine) as session:
            session.add(Category(name="Everything"))

        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
        with transaction(mine):
            assert db.session.scalar(SETTING) == str(mine)


def test_setting_ends_with_the_transaction(committed: Flask, mine: UUID) -> None:
    with committed.app_context():
        with transaction(mine):
            assert db.session.scalar(SETTING) == str(mine)
        after_commit = _state_of_pool()
        with pytest.raises(NotFound), transaction(mine):
            _add_and_fail()
        after_rollback = _state_of_pool()

    assert after_commit == after_rollback == {("", True, '"$user", public')}


def test_setting_survives_a_savepoint_that_is_rolled_back(committed: Flask, mine: UUID) -> None:
    with committed.app_context(), transaction(mine) as session:
        savepoint = session.begin_nested()
        inside = session.scalar(SETTING)
        savepoint.rollback()

        assert [inside, session.scalar(SETTING)] == [str(mine), str(mine)]


def test_next_transaction_in_a_savepoint_has_its_own_setting(app: Flask, mine: UUID, theirs: UUID) -> None:
    seen = []
    for store in (mine, None, theirs, mine):
        with transaction(store) as session:
            seen.append((session.scalar(SETTING), set(session.scalars(select(Location.store_id)))))

    assert seen == [(str(mine), {mine}), ("", set()), (str(theirs), {theirs}), (str(mine), {mine})]


def test_connection_from_the_pool_brings_nothing_of_the_last_store(committed: Flask, mine: UUID, theirs: UUID) -> None:
    def look(turn: int) -> set[UUID]:
        store = (mine, None, theirs)[turn % 3]
        with committed.app_context(), transaction(store) as session:
            return set(session.scalars(select(Location.store_id)))

    with ThreadPoolExecutor(4) as threads:
        seen = list(threads.map(look, range(60)))

    assert seen == [({mine}, set(), {theirs})[turn % 3] for turn in range(60)]


def test_new_row_belongs_to_the_store_of_the_transaction(app: Flask, mine: UUID) -> None:
    with transaction(mine) as session:
        category = Category(name="Growlers")
        session.add(category)
        session.flush()

        assert category.store_id == mine


def test_new_row_of_another_store_is_refused(app: Flask, mine: UUID, theirs: UUID) -> None:
    with pytest.raises(RuntimeError, match="another store"), transaction(mine) as session:
        session.add(Category(store_id=theirs, name="Growlers"))


def test_new_row_without_any_store_is_refused(app: Flask, theirs: UUID) -> None:
    with pytest.raises(RuntimeError, match="another store"), transaction(None) as session:
        session.add(Category(store_id=theirs, name="Growlers"))


def test_row_of_another_store_cannot_be_fetched_by_its_id(app: Flask, shop: Shop, other_shop: Shop) -> None:
    with pytest.raises(NotFound), transaction(UUID(shop.store_id)):
        find(Location, UUID(other_shop.location_id))


def test_actor_of_the_transaction_is_in_the_audit_log(app: Flask, mine: UUID) -> None:
    with transaction(mine, actor="user:grace") as session:
        session.add(Category(name="Growlers"))
        audit_log.record("order.cancel", "orders:1", after={"reason": "spilt"})
        assert current_actor() == "user:grace"

    with transaction(mine) as session:
        entries = session.scalars(rows_of(AuditEntry).where(AuditEntry.actor == "user:grace")).all()
        assert {(entry.action, entry.store_id) for entry in entries} == {
            ("categories.create", mine),
            ("order.cancel", mine),
        }
        assert current_actor() == "system"


def test_audit_log_goes_with_a_change_that_is_rolled_back(committed: Flask, mine: UUID) -> None:
    with committed.app_context():
        with pytest.raises(NotFound), transaction(mine, actor="user:grace"):
            _add_and_fail()

        with transaction(mine) as session:
            assert session.scalars(rows_of(AuditEntry).where(AuditEntry.actor == "user:grace")).all() == []


def _add_and_fail() -> None:
    """Writes a row and then comes upon a refusal."""
    db.session.add(Category(name="Growlers"))
    db.session.flush()
    find(Location, uuid.uuid4())


def _named(name: str) -> Any:
    return select(func.count()).select_from(Category).where(Category.name == name)


def _elsewhere(app: Flask, store_id: UUID, name: str) -> int:
    """How many categories of this name another connection sees."""

    def look() -> int:
        with app.app_context(), transaction(store_id) as session:
            return int(session.scalar(_named(name)) or 0)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(look).result(timeout=10)


def _state_of_pool() -> set[tuple[Any, ...]]:
    """What is left on each connection that waits in the pool for the next request."""
    return {tuple(row) for connection in _connections() for row in connection.exec_driver_sql(STATE).all()}


def _connections() -> Iterator[Any]:
    for _ in range(db.engine.pool.checkedin()):  # type: ignore[attr-defined]
        with db.engine.connect() as connection:
            yield connection
