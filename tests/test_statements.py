"""Statements of the counter: SQL with names, on the session's own connection."""

from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from pos import ids
from pos.catalog.models import Category
from pos.db import db, transaction
from pos.statements import Statement
from tests.client import Shop

NAMES = Statement("SELECT name, version FROM categories WHERE store_id = :store ORDER BY name")
ADD = Statement("INSERT INTO categories (store_id, id, name, version) VALUES (:store, :id, :name, 1)")


@pytest.fixture
def mine(app: Flask, shop: Shop) -> UUID:
    return UUID(shop.store_id)


def test_rows_are_given_in_four_ways(mine: UUID) -> None:
    with transaction(mine):
        assert ADD.run(id=ids.uuid7(), name="Cans") == 1
        assert NAMES.rows() == [("Cans", 1), ("Everything", 1)]
        assert NAMES.first() == ("Cans", 1)
        assert NAMES.mappings() == [{"name": "Cans", "version": 1}, {"name": "Everything", "version": 1}]


def test_nothing_found_is_none_or_empty(mine: UUID) -> None:
    nobody = Statement("SELECT name FROM categories WHERE store_id = :store AND name = :name")

    with transaction(mine):
        assert nobody.first(name="Nowhere") is None
        assert nobody.rows(name="Nowhere") == nobody.mappings(name="Nowhere") == []


@pytest.mark.parametrize(
    ("sql", "values", "expected"),
    [
        ("SELECT :a ::int + :b ::int", {"a": 1, "b": 2}, 3),
        ("SELECT '12'::int", {}, 12),
        ("SELECT 5 % 3", {}, 2),
        ("SELECT 'ab' LIKE 'a%'", {}, True),
        ("SELECT :text ::text", {"text": "100 % of :a and %(a)s"}, "100 % of :a and %(a)s"),
        ("SELECT :text ::text", {"text": "'; DROP TABLE orders; --"}, "'; DROP TABLE orders; --"),
        ("SELECT cardinality(:ids ::uuid[])", {"ids": [UUID(int=1), UUID(int=2)]}, 2),
        ("SELECT cardinality(:ids ::uuid[])", {"ids": []}, 0),
        ("SELECT :nothing ::text IS NULL", {"nothing": None}, True),
        ("SELECT :a ::int + :a ::int", {"a": 2}, 4),
    ],
)
def test_names_take_values_and_the_rest_is_sql(mine: UUID, sql: str, values: dict[str, Any], expected: Any) -> None:
    with transaction(mine):
        assert Statement(sql).first(**values) == (expected,)


def test_store_is_that_of_the_transaction(mine: UUID, other_shop: Shop) -> None:
    asked = Statement("SELECT :store ::text")

    found = []
    for store_id in (mine, UUID(other_shop.store_id)):
        with transaction(store_id):
            found.append(asked.first())

    assert found == [(str(mine),), (other_shop.store_id,)]


def test_statement_needs_a_store(app: Flask) -> None:
    with pytest.raises(RuntimeError, match=r"transaction\(store_id\)"), transaction(None):
        NAMES.rows()


@pytest.mark.parametrize("ask", [NAMES.rows, lambda: ADD.soon(id=ids.uuid7(), name="x")])
def test_statement_outside_of_a_transaction_is_refused(app: Flask, ask: Any) -> None:
    with pytest.raises(RuntimeError, match="inside `with transaction"):
        ask()
    db.session.remove()


def test_what_the_orm_holds_back_is_written_first(mine: UUID) -> None:
    with transaction(mine) as session:
        session.add(Category(name="Cans"))
        assert NAMES.first() == ("Cans", 1)

        session.add(Category(name="Apples"))
        ADD.soon(id=ids.uuid7(), name="Beans")
        assert [row[0] for row in NAMES.rows()] == ["Apples", "Beans", "Cans", "Everything"]


def test_orm_sees_what_a_statement_sent_soon(mine: UUID) -> None:
    with transaction(mine) as session:
        ADD.soon(id=ids.uuid7(), name="Cans")

        assert session.query(Category).filter_by(name="Cans").count() == 1


def test_errors_are_sqlalchemys_and_keep_values_to_themselves(mine: UUID) -> None:
    with pytest.raises(IntegrityError) as twice, transaction(mine):
        ADD.run(id=ids.uuid7(), name="Everything")
    with pytest.raises(ProgrammingError) as nowhere, transaction(mine):
        Statement("SELECT 1 FROM nowhere WHERE phone = :phone").first(phone="+14155550132")

    assert twice.value.orig.diag.constraint_name == "uq_categories_store_id_name"  # type: ignore[union-attr]
    assert isinstance(nowhere.value, DBAPIError)
    assert "4155550132" not in str(nowhere.value)
    assert not nowhere.value.connection_invalidated
