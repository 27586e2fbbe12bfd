"""Logins of the older back end: what each sees and writes, and what it is kept from, on a real login of its own."""

import re
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2
import psycopg2.errors
import pytest
from click.testing import Result
from flask import Flask
from flask_migrate import upgrade
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - it is a class

from pos import create_app, postgres, walls
from pos.backup import sight
from pos.db import Base, db, transaction
from pos.walls import READER_PRIVILEGES, store_tables
from tests import databases

# One database for all of them.
pytestmark = pytest.mark.xdist_group("readers")
PEOPLE = 300
# Each store's people came from the older back end under their numbers, the last as number PEOPLE.
FILL = """
    INSERT INTO customers (store_id, id, version, origin, name)
    SELECT %(store)s, md5(%(store)s || n::text)::uuid, 1, 'import', 'Person ' || n FROM generate_series(1, %(people)s) n;
    INSERT INTO profiles (store_id, customer_id) SELECT c.store_id, c.id FROM customers c WHERE c.store_id = %(store)s;
    INSERT INTO source_ids (store_id, id, source, kind, external_id, number, customer_id, is_main)
    SELECT %(store)s, gen_random_uuid(), 'legacy', 'customer', n::text, n, md5(%(store)s || n::text)::uuid, true
      FROM generate_series(1, %(people)s) n;
    INSERT INTO source_ids (store_id, id, source, kind, external_id, number, customer_id)
    SELECT s.store_id, gen_random_uuid(), s.source, 'user', s.external_id, s.number, s.customer_id
      FROM source_ids s WHERE s.store_id = %(store)s;
"""


@dataclass(frozen=True)
class Place:
    """A database with two stores, a reader for each, and the addresses that the command printed."""

    server: postgres.Server
    name: str
    stores: dict[str, str]
    addresses: dict[str, str]

    def app(self, owner: str = "postgres") -> Flask:
        address = self.server.url(owner, self.name) if owner in self.server.passwords else owner
        return create_app(databases.settings(self.server, self.name, MIGRATION_DATABASE_URL=address))

    def reader(self, slug: str) -> str:
        return f"{slug}_{self.name}"

    @contextmanager
    def superuser(self) -> Iterator[Cursor]:
        with _cursor(self.server.url("postgres", self.name)) as cursor:
            cursor.connection.autocommit = True
            yield cursor

    @contextmanager
    def as_reader(self, slug: str, *, store: str | None = None) -> Iterator[Cursor]:
        """In a transaction that is rolled back; one that says it is of another store, if told so."""
        with _cursor(self.addresses[slug]) as cursor:
            if store:
                cursor.execute("SELECT set_config('app.store_id', %s, false)", (self.stores[store],))
            yield cursor


@pytest.fixture(scope="module")
def place(server: postgres.Server, shops: list[dict[str, Any]]) -> Iterator[Place]:
    name, stores = f"t_{uuid.uuid4().hex[:12]}", {shop["slug"]: shop["store_id"] for shop in shops}
    databases.copy(server, name)
    made = Place(server, name, stores, {})
    with made.superuser() as cursor:
        for store in stores.values():
            cursor.execute(FILL, {"store": store, "people": PEOPLE})
        cursor.execute("ANALYZE")
    for slug in stores:
        said = _command(made.app(), "add", slug, made.reader(slug))
        made.addresses[slug] = _address(said.output)
    yield made
    databases.drop(server, name)
    with _cursor(server.url("postgres", "postgres")) as cursor:
        cursor.connection.autocommit = True
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE %s ORDER BY rolcreaterole", (f"%{name}%",))
        for (role,) in cursor.fetchall():
            cursor.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


# --- what a reader sees and writes ----------------------------------------------------------------------------


def test_reader_finds_and_writes_the_people_of_its_store(place: Place) -> None:
    with place.as_reader("hops") as cursor:
        cursor.execute("SELECT count(*), min(id), max(id) FROM customers_view")
        counted = cursor.fetchone()
        cursor.execute(
            "UPDATE customers_view SET city = 'Oakland', first_name = 'Ada' WHERE id = 7 RETURNING city, last_name"
        )
        written = cursor.fetchone()
        cursor.execute("SELECT city, first_name, last_name FROM customers_view WHERE id = 7")
        seen = cursor.fetchone()

    assert counted == (PEOPLE, 1, PEOPLE)
    assert written == ("Oakland", "7")
    assert seen == ("Oakland", "Ada", "7")


def test_reader_is_named_in_the_audit_log(place: Place) -> None:
    with place.as_reader("hops") as cursor:
        cursor.execute("UPDATE customers_view SET notes = 'Sits at the window.' WHERE id = 8")
        cursor.connection.commit()

    with place.superuser() as cursor:
        cursor.execute("SELECT actor, after, store_id::text FROM audit_log WHERE action = 'customers_view.change'")
        assert cursor.fetchall() == [(f"legacy:{place.reader('hops')}", {"notes": "[hidden]"}, place.stores["hops"])]


def test_reader_finds_an_old_id_by_its_index(place: Place) -> None:
    """Under row security only what is leakproof may use an index. Both of a reader's policies stand in the plan."""
    with place.as_reader("hops") as cursor:
        for statement, table in (
            ("SELECT * FROM customers_view WHERE id = 7", "i"),
            ("SELECT * FROM customers_view WHERE user_id = 7", "u"),
            ("UPDATE customers_view SET city = 'Oakland' WHERE id = 7", "i"),
        ):
            cursor.execute(f"EXPLAIN {statement}")
            plan = "\n".join(row[0] for row in cursor.fetchall())

            assert f"Index Scan using ix_source_ids_number on source_ids {table}" in plan
            assert "AND (number = 7))" in plan
            assert "Index Scan using pk_customers on customers c" in plan
            assert "Seq Scan on customers" not in plan
            assert "SESSION_USER" in plan
            assert "current_setting('app.store_id'" in plan


# --- what it is kept from -------------------------------------------------------------------------------------


def test_reader_that_names_another_store_sees_and_writes_nothing(place: Place) -> None:
    with place.as_reader("hops", store="cafe") as cursor:
        assert _harm(cursor, place.stores["cafe"]) == []
    with place.as_reader("cafe", store="hops") as cursor:
        assert _harm(cursor, place.stores["hops"]) == []


def test_without_the_readers_policy_another_store_lies_open(place: Place) -> None:
    """The twin of the test above: it is that policy that holds."""
    with place.superuser() as cursor:
        cursor.execute("BEGIN")
        for table in set(READER_PRIVILEGES) & store_tables():
            cursor.execute(f"DROP POLICY reader ON {table}")
        cursor.execute(sql.SQL("SET LOCAL SESSION AUTHORIZATION {}").format(sql.Identifier(place.reader("hops"))))
        cursor.execute("SELECT set_config('app.store_id', %s, true)", (place.stores["cafe"],))
        harm = _harm(cursor, place.stores["cafe"])
        cursor.execute("ROLLBACK")

    assert {"sees customers", "sees profiles", "sees source_ids", "sees customers_view", "writes", "audits"} <= set(
        harm
    )


def test_reader_without_a_store_sees_nothing(place: Place) -> None:
    with place.as_reader("hops") as cursor:
        cursor.execute("SET app.store_id = ''")
        assert _harm(cursor, place.stores["hops"]) == []


def test_reader_has_no_other_right(place: Place) -> None:
    denied = [
        "SELECT email_encrypted FROM customers",
        "SELECT email_hash FROM customers",
        "SELECT medical_conditions FROM profiles",
        "SELECT * FROM stores",
        "SELECT id FROM users",
        "SELECT total FROM orders",
        "SELECT actor FROM audit_log",
        "UPDATE customers SET phone = NULL",
        "UPDATE customers SET total_spent = 0",
        "UPDATE customers SET marketing_consent = true",
        "UPDATE profiles SET is_verified = true",
        "UPDATE members SET balance = 1000",
        "UPDATE source_ids SET number = 1",
        "INSERT INTO legacy_readers (store_id, id, role_name) VALUES (gen_random_uuid(), gen_random_uuid(), session_user)",
        "DELETE FROM customers",
        "DELETE FROM audit_log",
        "TRUNCATE customers",
        "DROP VIEW customers_view",
        "CREATE TABLE mine ()",
        "SET ROLE tappass_app",
        "SET SESSION AUTHORIZATION postgres",
    ]
    with place.as_reader("hops") as cursor:
        assert [statement for statement in denied if not _is_denied(cursor, statement)] == []
        # Only the columns that are granted, of only these tables.
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v') AND"
            " has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE') ORDER BY 1"
        )
        assert [row[0] for row in cursor.fetchall()] == sorted(READER_PRIVILEGES)


def test_reader_audits_in_nobody_elses_name(place: Place) -> None:
    with place.as_reader("hops") as cursor:
        statement = (
            "INSERT INTO audit_log (store_id, id, actor, action, subject) VALUES (%s, gen_random_uuid(), %s, 'x', 'x')"
        )
        cursor.execute(statement, (place.stores["hops"], f"legacy:{place.reader('hops')}"))
        with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="row-level security"):
            cursor.execute(statement, (place.stores["hops"], "api-key"))


# --- the walls ------------------------------------------------------------------------------------------------


def test_walls_of_readers_are_missed_and_raised_again_by_a_migration(place: Place) -> None:
    app = place.app("tappass_owner")
    with app.app_context(), place.superuser() as cursor:
        before = _state(cursor)
        cursor.execute(f'DROP POLICY reader ON profiles; GRANT SELECT ON orders, products TO "{place.name}_legacy"')
        with transaction(None):
            missed = walls.missing_walls(db.session.connection())
        upgrade()
        after = _state(cursor)
        with transaction(None):
            complete = walls.missing_walls(db.session.connection())
        db.engine.dispose()

    assert missed == ["products lacks the policy of its readers", "profiles lacks the policy of its readers"]
    assert (after, complete) == (before, [])


def test_owner_still_sees_every_row_for_a_backup(place: Place) -> None:
    with _cursor(place.server.url("tappass_owner", place.name)) as cursor:
        sight.require_full_sight(cursor)

        assert sight.count_rows(cursor)["customers"] >= 2 * PEOPLE


# --- the commands ---------------------------------------------------------------------------------------------


def test_add_gives_a_new_password_and_list_and_remove_end_it(place: Place) -> None:
    app, name = place.app(), f"other_{place.name}"
    first, second = (_address(_command(app, "add", "hops", name).output) for _ in range(2))
    listed = app.test_cli_runner().invoke(args=["legacy", "reader", "list", "--store", "hops"]).output

    with _cursor(second) as cursor:
        cursor.execute("SELECT count(*) FROM customers_view")
        seen = cursor.fetchone()
        removed = _command(app, "remove", "hops", name)
        ended = _is_denied(cursor, "SELECT count(*) FROM customers_view")

    assert (seen, ended, removed.exit_code) == ((PEOPLE,), True, 0)
    assert [line.split()[0] for line in listed.splitlines()] == sorted([place.reader("hops"), name])
    for address in (first, second):
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(address)
    assert "has no reader" in _command(app, "remove", "hops", name).output


def test_add_refuses_a_name_that_is_not_its_own(place: Place) -> None:
    app = place.app()
    said = {
        name: _command(app, "add", "hops", name).output
        for name in ("tappass_app", place.reader("cafe"), "Hops", "pg_hops", "1st", "a-b", "x" * 64)
    }

    assert "a login of something else" in said.pop("tappass_app")
    assert "reads another store" in said.pop(place.reader("cafe"))
    assert {name for name, words in said.items() if "is made of lower-case letters" not in words} == set()


def test_add_gives_the_statements_where_no_login_may_make_roles(place: Place) -> None:
    app, name = place.app("tappass_owner"), f"asked_{place.name}"
    refused = _command(app, "add", "hops", name)
    statements, _, password = refused.output.partition("-- the password is ")
    with place.superuser() as cursor:
        cursor.execute(statements)

    made = _command(app, "add", "hops", name)

    assert (refused.exit_code, made.exit_code) == (1, 0)
    assert "CREATE ROLE" in statements
    assert "SCRAM-SHA-256$" in statements
    assert "password" not in made.output
    with _cursor(_address(made.output).replace(f"{name}@", f"{name}:{password.split(';')[0]}@")) as cursor:
        cursor.execute("SELECT count(*) FROM customers_view")
        assert cursor.fetchone() == (PEOPLE,)
    ended = _command(app, "remove", "hops", name)
    assert (ended.exit_code, f'DROP ROLE "{name}";' in ended.output) == (1, True)


def test_address_tells_the_store_where_the_server_may_not(place: Place) -> None:
    """CREATEROLE alone may not give a login a setting that PostgreSQL does not know."""
    maker, name = f"maker_{place.name}", f"told_{place.name}"
    with place.superuser() as cursor:
        cursor.execute(f"CREATE ROLE {maker} LOGIN CREATEROLE PASSWORD 'm'; GRANT tappass_owner TO {maker}")
        cursor.execute(
            f'GRANT "{place.name}_legacy" TO {maker} WITH ADMIN OPTION; GRANT CONNECT ON DATABASE {place.name} TO {maker}'
        )
    address = re.sub(r"//[^@]+@", f"//{maker}:m@", place.server.url("postgres", place.name))

    said = _command(place.app(address), "add", "cafe", name)

    assert "the address tells it" in said.output
    with _cursor(_address(said.output)) as cursor:
        cursor.execute("SELECT count(*) FROM customers_view")
        assert cursor.fetchone() == (PEOPLE,)


@contextmanager
def _cursor(address: str) -> Iterator[Cursor]:
    with closing(psycopg2.connect(address)) as connection, connection.cursor() as cursor:
        yield cursor


def _command(app: Flask, verb: str, slug: str, name: str) -> Result:
    result = app.test_cli_runner().invoke(args=["legacy", "reader", verb, "--store", slug, name])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    with app.app_context():
        db.engine.dispose()
    return result


def _address(output: str) -> str:
    [found] = re.findall(r"^address +(\S+)$", output, re.MULTILINE)
    return str(found)


def _harm(cursor: Cursor, store: str) -> list[str]:
    """What a session can see and do in a store that it is not for."""
    harm = []
    for table, privileges in READER_PRIVILEGES.items():
        if any(privilege.startswith("SELECT") for privilege in privileges):
            cursor.execute(f"SELECT count(store_id) FROM {table}")
            harm += [f"sees {table}"] if cursor.fetchone() != (0,) else []
    statements = {
        "writes": ("UPDATE customers_view SET city = 'Oakland' WHERE id = 7", ()),
        "writes profiles": ("UPDATE profiles SET city = 'Oakland'", ()),
        "writes customers": ("UPDATE customers SET name = 'Nobody'", ()),
        "audits": (
            "INSERT INTO audit_log (store_id, id, actor, action, subject) VALUES (%s, gen_random_uuid(), 'legacy:' || session_user, 'x', 'x')",
            (store,),
        ),
    }
    for name, (statement, values) in statements.items():
        cursor.execute("SAVEPOINT before")
        try:
            cursor.execute(statement, values)
            harm += [name] if cursor.rowcount else []
        except psycopg2.errors.InsufficientPrivilege:
            cursor.execute("ROLLBACK TO before")
    return harm


def _is_denied(cursor: Cursor, statement: str) -> bool:
    cursor.execute("SAVEPOINT before")
    try:
        cursor.execute(statement)
    except psycopg2.errors.InsufficientPrivilege:
        cursor.execute("ROLLBACK TO before")
        return True
    return False


def _state(cursor: Cursor) -> dict[str, Any]:
    """Policies and privileges of all tables."""
    cursor.execute(
        """
        SELECT c.relname, ARRAY(SELECT concat_ws(' ', p.policyname, p.permissive, p.roles, p.cmd, p.qual, p.with_check)
                 FROM pg_policies p WHERE p.schemaname = 'public' AND p.tablename = c.relname ORDER BY 1),
               ARRAY(SELECT x::text FROM unnest(c.relacl) x ORDER BY 1),
               ARRAY(SELECT a.attname || a.attacl::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL ORDER BY 1)
          FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(%s)
        """,
        ([*Base.metadata.tables, "customers_view"],),
    )
    return {row[0]: row[1:] for row in cursor.fetchall()}
