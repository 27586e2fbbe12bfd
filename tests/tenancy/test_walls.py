"""Two walls keep stores apart: statements that name the store, and row security. Each is tried with the other one
switched off. All is generated over the tables, the foreign keys and the operations that there are."""

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg2
import psycopg2.errors
import pytest
from psycopg2.extras import Json
from sqlalchemy import ForeignKeyConstraint, insert, select
from sqlalchemy.exc import ProgrammingError
from werkzeug.test import TestResponse

from pos import ids as codes
from pos import postgres
from pos.db import Base, db, transaction
from pos.walls import store_models, store_tables
from tests.client import Shop
from tests.databases import PIN
from tests.operations import (
    PHONE,
    Example,
    Ids,
    Operation,
    all_things,
    example,
    foreign_subsets,
    id_for,
    operations,
    rows_in,
    send,
    tour,
    with_row,
)
from tests.tenancy.neighbours import Neighbours, empty_tables, neighbours

# Its furnished stores take seconds to make.
pytestmark = pytest.mark.xdist_group("walls")

REFUSED = {404, 422}
# Whoever the person is, a wrong PIN is a wrong PIN.
BY_PIN = {"POST /register/sign-in", "POST /register/approvals"}


@pytest.fixture(scope="module")
def walled(server: postgres.Server, shops: list[dict[str, Any]]) -> Iterator[Neighbours]:
    """Both walls stand; the tests come through to row security by statements of their own."""
    with neighbours(server, shops, f"t_{uuid.uuid4().hex[:12]}") as both:
        yield both


@pytest.fixture(scope="module", params=["both walls", "without row security"])
def street(
    request: pytest.FixtureRequest, server: postgres.Server, shops: list[dict[str, Any]]
) -> Iterator[Neighbours]:
    """Two stores behind both walls, and behind the first one alone."""
    with neighbours(server, shops, f"t_{uuid.uuid4().hex[:12]}") as both:
        if request.param == "without row security":
            _lower_row_security(both)
        yield both


# --- row security alone -----------------------------------------------------------------------------------


def test_both_stores_have_rows_in_every_table(walled: Neighbours) -> None:
    with walled.superuser() as cursor:
        assert empty_tables(cursor, walled.mine.store_id) + empty_tables(cursor, walled.theirs.store_id) == []


def test_nobody_without_a_store_sees_a_row(walled: Neighbours) -> None:
    with walled.runtime(None) as cursor:
        seen = {table: _stores_in(cursor, table) for table in store_tables()}

    assert seen == {table: set() for table in store_tables()}


def test_nobody_without_a_store_writes_a_row(walled: Neighbours) -> None:
    with walled.runtime(None) as cursor:
        refusals = {table: _insert_copy(walled, cursor, table, walled.theirs) for table in store_tables()}

    assert refusals == dict.fromkeys(store_tables(), "row-level security")


def test_store_sees_its_own_rows_and_no_others(walled: Neighbours) -> None:
    with walled.runtime(walled.mine.store_id) as cursor:
        seen = {table: _stores_in(cursor, table) for table in store_tables()}

    assert seen == {table: {walled.mine.store_id} for table in store_tables()}


def test_store_cannot_write_into_another(walled: Neighbours) -> None:
    with walled.runtime(walled.mine.store_id) as cursor:
        inserted = {table: _insert_copy(walled, cursor, table, walled.theirs) for table in store_tables()}

    assert inserted == dict.fromkeys(store_tables(), "row-level security")


def test_store_cannot_change_or_move_rows_across_the_wall(walled: Neighbours) -> None:
    models = {model.__tablename__: model.privileges for model in store_models()}
    before = walled.fingerprint(walled.theirs.store_id)

    with walled.runtime(walled.mine.store_id) as cursor:
        moved = {
            table: _refusal(cursor, f"UPDATE {table} SET store_id = %s", (walled.theirs.store_id,))
            for table, privileges in models.items()
            if "UPDATE" in privileges
        }
        touched = {
            (table, verb): _count(cursor, statement.format(table), (walled.theirs.store_id,))
            for table, privileges in models.items()
            for verb, statement in _CHANGES.items()
            if verb in privileges
        }

    assert moved
    assert moved == dict.fromkeys(moved, "row-level security")
    assert touched == dict.fromkeys(touched, 0)
    assert walled.fingerprint(walled.theirs.store_id) == before


_CHANGES = {
    "UPDATE": "UPDATE {} SET updated_at = now() WHERE store_id = %s",
    "DELETE": "DELETE FROM {} WHERE store_id = %s",
}


def test_orm_without_naming_the_store_sees_own_rows_only(walled: Neighbours) -> None:
    mine, theirs = UUID(walled.mine.store_id), UUID(walled.theirs.store_id)
    keys = {model: _key_of(walled, model.__tablename__, theirs) for model in store_models()}

    with walled.app.app_context(), transaction(mine) as session:
        seen = {model: set(session.scalars(select(model.store_id))) for model in store_models()}
        fetched = {model: session.get(model, key) for model, key in keys.items()}

    assert seen == {model: {mine} for model in seen}
    assert fetched == dict.fromkeys(fetched)


@pytest.mark.parametrize("table", sorted(store_tables()))
def test_orm_cannot_write_a_row_of_another_store(walled: Neighbours, table: str) -> None:
    with walled.superuser() as cursor:
        cursor.execute(f"SELECT * FROM {table} WHERE store_id = %s LIMIT 1", (walled.theirs.store_id,))
        names = [column.name for column in cursor.description or ()]
        row = dict(zip(names, cursor.fetchone() or (), strict=True))

    with (
        walled.app.app_context(),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction(UUID(walled.mine.store_id)),
    ):
        db.session.execute(insert(Base.metadata.tables[table]).values(row))


def test_foreign_keys_refuse_a_parent_of_another_store(walled: Neighbours) -> None:
    keys = _composite_keys()

    with walled.superuser() as cursor:
        cursor.execute("BEGIN")
        refusals = {str(key.name): _point_across(walled, cursor, key) for key in keys}
        cursor.execute("ROLLBACK")

    assert refusals
    assert refusals == {name: name for name in refusals}


# --- over HTTP, with and without row security ---------------------------------------------------------------


def test_path_to_another_stores_thing_is_not_found(street: Neighbours) -> None:
    own = all_things(street.mine)
    before = street.fingerprint(street.theirs.store_id)

    wrong = {
        (operation.name, foreign, asked.as_): answers
        for operation in operations(street.app)
        for foreign in foreign_subsets(operation.parameters)
        for asked in _askings(operation, street.mine, own)
        if (answers := _trespass(street, operation, own, foreign, asked))
    }

    assert wrong == {}
    assert street.fingerprint(street.theirs.store_id) == before


def test_answers_hold_nothing_of_another_store(street: Neighbours) -> None:
    secrets = street.secrets(street.theirs.store_id)
    before = street.fingerprint(street.theirs.store_id)

    leaks = {
        operation.name: leaked
        for operation, response in tour(street.app, street.mine)
        if (leaked := {secret for secret in secrets if secret in response.get_data(as_text=True)})
    }

    assert street.their_ids["order_id"] in secrets
    assert leaks == {}
    assert street.fingerprint(street.theirs.store_id) == before


def test_list_filtered_by_another_stores_id_is_empty(street: Neighbours) -> None:
    asked = [
        (operation, name)
        for operation in operations(street.app)
        if operation.method == "GET" and not operation.parameters
        for [name] in rows_in(street.app, operation, "query")
    ]

    found = {
        (operation.name, name): _listed(
            street.mine.get(operation.path, as_="owner", query_string={str(name): id_for([name], street.their_ids)})
        )
        for operation, name in asked
    }

    assert found
    assert found == {name: [] for name in found}


def _listed(answer: TestResponse) -> list[Any]:
    """What is listed; nothing where the other store's thing is not found."""
    return [] if answer.status_code == 404 else answer.json["data"]


def test_body_that_names_another_stores_thing_is_refused(street: Neighbours) -> None:
    own = all_things(street.mine)
    prepared = [
        (operation, path, example(operation, street.mine, own))
        for operation in operations(street.app)
        for path in rows_in(street.app, operation, "body")
    ]
    before = street.fingerprint(street.mine.store_id), street.fingerprint(street.theirs.store_id)

    answers = {
        (operation.name, *path): [
            _shape(send(operation, street.mine, own, _naming(asked, path, row_id)), row_id)
            for row_id in (id_for(path, street.their_ids), str(uuid.uuid4()))
        ]
        for operation, path, asked in prepared
    }
    statuses = {name: foreign[0] for name, (foreign, _) in answers.items()}

    assert len(answers) >= 5
    assert {name: pair for name, pair in answers.items() if pair[0] != pair[1]} == {}
    assert {name for name, status in statuses.items() if status not in REFUSED} == {
        (name, "user_id") for name in BY_PIN
    }
    assert "/problems/invalid" not in {foreign[1]["type"] for foreign, _ in answers.values()}
    assert (street.fingerprint(street.mine.store_id), street.fingerprint(street.theirs.store_id)) == before


def test_page_of_another_stores_order_is_not_found(street: Neighbours) -> None:
    theirs, mine = (urlsplit(shop.sell(phone=PHONE)["public_url"]).path for shop in (street.theirs, street.mine))
    crossed = theirs.replace(street.theirs.slug, street.mine.slug, 1)

    assert crossed != theirs
    assert [street.mine.client.get(path).status_code for path in (mine, theirs, crossed)] == [200, 200, 404]


def test_token_opens_its_own_store_only(street: Neighbours) -> None:
    theirs = UUID(street.theirs.store_id).hex
    forged = [
        re.sub(r"_[0-9a-f]{32}_", f"_{theirs}_", token) for token in (street.mine.register_token, street.mine.api_key)
    ]
    signed_in = street.theirs.post("/register/sign-in", {"user_id": street.theirs.people["manager"], "pin": PIN})
    assert signed_in.json is not None

    answers = [street.mine.get("/me", as_=token) for token in forged]
    borrowed = street.mine.get("/me", headers={"X-User-Token": signed_in.json["user_token"]})

    assert all(theirs in token for token in forged)
    assert [answer.status_code for answer in [*answers, borrowed]] == [401, 401, 401]


def test_row_security_is_off_where_it_is_said_to_be(street: Neighbours, request: pytest.FixtureRequest) -> None:
    is_off = "without row security" in request.node.name

    with street.runtime(None) as cursor:
        seen = {table: bool(_stores_in(cursor, table)) for table in store_tables()}

    assert seen == dict.fromkeys(store_tables(), is_off)


def _lower_row_security(both: Neighbours) -> None:
    with both.superuser() as cursor:
        cursor.execute("SET app.allow_drop = on")
        for table in store_tables():
            cursor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


def _stores_in(cursor: Any, table: str) -> set[str]:
    cursor.execute(f"SELECT DISTINCT store_id::text FROM {table}")
    return {row[0] for row in cursor.fetchall()}


def _insert_copy(both: Neighbours, cursor: Any, table: str, shop: Shop) -> str:
    """Tries to insert what is a row of this shop already: row security speaks before any key does."""
    with both.superuser() as outside:
        outside.execute(f"SELECT to_jsonb(t) FROM {table} t WHERE store_id = %s LIMIT 1", (shop.store_id,))
        row = outside.fetchone()[0]
    return _refusal(cursor, f"INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, %s)).*", (Json(row),))


def _refusal(cursor: Any, statement: str, values: tuple[Any, ...]) -> str:
    """What the database says to a statement; the transaction goes on after it."""
    cursor.execute("SAVEPOINT tried")
    try:
        cursor.execute(statement, values)
    except psycopg2.errors.InsufficientPrivilege as error:
        return "row-level security" if "row-level security" in str(error) else str(error)
    except psycopg2.errors.ForeignKeyViolation as error:
        return str(error.diag.constraint_name)
    except psycopg2.Error as error:
        return str(error)
    else:
        return f"done, {cursor.rowcount} row(s)"
    finally:
        cursor.execute("ROLLBACK TO SAVEPOINT tried")


def _count(cursor: Any, statement: str, values: tuple[Any, ...]) -> int:
    cursor.execute(statement, values)
    return int(cursor.rowcount)


def _key_of(both: Neighbours, table: str, store_id: UUID) -> tuple[object, ...]:
    columns = list(Base.metadata.tables[table].primary_key.columns)
    with both.superuser() as cursor:
        cursor.execute(
            f"SELECT {', '.join(f'{column.name}::text' for column in columns)} FROM {table} WHERE store_id = %s",
            (str(store_id),),
        )
        found = zip(columns, cursor.fetchone() or (), strict=True)
        return tuple(UUID(value) if column.type.python_type is UUID else value for column, value in found)


def _composite_keys() -> list[ForeignKeyConstraint]:
    return [
        key
        for name in sorted(store_tables())
        for key in Base.metadata.tables[name].foreign_key_constraints
        if key.referred_table.name in store_tables()
    ]


def _point_across(both: Neighbours, cursor: Any, key: ForeignKeyConstraint) -> str:
    """Points one row of mine, if possible one that has a parent, to a parent of theirs."""
    table, column, parent = key.table.name, key.column_keys[1], key.elements[1].column
    statement = f"""
        UPDATE {table} SET {column} = (SELECT {parent.name} FROM {parent.table.name} WHERE store_id = %s LIMIT 1)
         WHERE ctid = (SELECT ctid FROM {table} WHERE store_id = %s ORDER BY {column} IS NULL LIMIT 1)
    """
    return _refusal(cursor, statement, (both.theirs.store_id, both.mine.store_id))


def _askings(operation: Operation, shop: Shop, own: Ids) -> list[Example]:
    """The same request as the owner and, where a cashier may, as a register."""
    asked = example(operation, shop, own) if operation.parameters else Example(200)
    roles = ["owner", "register"] if operation.access == "cashier" else ["owner"]
    return [replace(asked, as_=role) for role in roles]


def _trespass(street: Neighbours, operation: Operation, own: Ids, foreign: tuple[str, ...], asked: Example) -> Any:
    """What is wrong with the answer to another store's ids: it must be that to ids which nobody has."""
    theirs = own | {name: street.their_ids[name] for name in foreign}
    nobodys = own | {name: _made_up(name) for name in foreign}
    answers = [
        _shape(send(operation, street.mine, sent, asked), *(sent[name] for name in foreign))
        for sent in (theirs, nobodys)
    ]
    return None if answers[0] == answers[1] and answers[0][0] == 404 else answers


def _made_up(name: str) -> str:
    made = {"reference": codes.reference, "job_id": lambda: "9" * 18}
    return made.get(name, lambda: str(uuid.uuid4()))()


def _naming(asked: Example, path: list[str | int], row_id: str) -> Example:
    return replace(asked, body=with_row(asked.body or {}, path, row_id))


def _shape(answer: TestResponse, *asked_for: str) -> tuple[int, dict[str, Any], list[str]]:
    """Status, body and the names of the headers of an answer, without the ids that the request named."""
    body = answer.get_data(as_text=True)
    for value in asked_for:
        body = body.replace(value, "…")
    return answer.status_code, dict(json.loads(body)), sorted(answer.headers.keys())
