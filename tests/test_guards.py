"""The guards of the protected tables, attacked by the role that owns them.

Nothing that the owner can say in SQL drops, empties, renames or unguards a protected table by accident. The twins at
the end take the guards away first: then the same statements go through, so it is the guards that hold.
"""

import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.errors
import pytest

from pos import guards, postgres
from pos.db import Base
from pos.walls import TENANT_RULE, store_tables
from tests import databases

PROTECTED = sorted(set(guards.PROTECTED) & store_tables())
WORDS, DONE = "is protected", "done"
OLD_TABLES = Path(__file__).parents[1] / "seed" / "legacy" / "schema.sql"

# Each attack on one table, as SQL; {table} is the table, {parent} what its rows refer to.
ATTACKS = {
    "drop": "DROP TABLE {table} CASCADE",
    "drop if exists": "DROP TABLE IF EXISTS {table} CASCADE",
    "rename, then drop": "ALTER TABLE {table} RENAME TO old; DROP TABLE old CASCADE",
    "rename": "ALTER TABLE {table} RENAME TO old",
    "swap": "ALTER TABLE {table} RENAME TO old; CREATE TABLE {table} (LIKE old INCLUDING ALL)",
    "move away": "CREATE SCHEMA IF NOT EXISTS attic; ALTER TABLE {table} SET SCHEMA attic",
    "truncate with its children": "TRUNCATE {table} CASCADE",
    "truncate by its parent": "TRUNCATE {parent} CASCADE",
    "disable the trigger": "ALTER TABLE {table} DISABLE TRIGGER refuse_truncate",
    "disable all triggers": "ALTER TABLE {table} DISABLE TRIGGER USER",
    "weaken the trigger": "ALTER TABLE {table} ENABLE TRIGGER refuse_truncate",
    "weaken the trigger for replicas": "ALTER TABLE {table} ENABLE REPLICA TRIGGER refuse_truncate",
    "drop the trigger": "DROP TRIGGER refuse_truncate ON {table}",
    "rename the trigger": "ALTER TRIGGER refuse_truncate ON {table} RENAME TO old",
    "disable row security": "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    "no force": "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
    "drop the policies": "DROP POLICY tenant ON {table}; DROP POLICY owner_all ON {table}",
}
# Attacks that leave the table in its place and its row security on, but not what they are for.
HOLES = {
    "drop the tenant's policy": "DROP POLICY tenant ON {table}",
    "widen the tenant's policy": "ALTER POLICY tenant ON {table} USING (true)",
    "widen what may be written": "ALTER POLICY tenant ON {table} WITH CHECK (true)",
    "add a policy for all": "CREATE POLICY everybody ON {table} USING (true)",
    "add a policy in the readers' name": "CREATE POLICY reader ON {table} USING (true)",
    "restrict to the tenant instead": "DROP POLICY tenant ON {table}; CREATE POLICY tenant ON {table} AS RESTRICTIVE"
    f" USING ({TENANT_RULE}) WITH CHECK ({TENANT_RULE}); CREATE POLICY owner ON {{table}} USING (true)",
    "drop the store's column": "ALTER TABLE {table} DROP COLUMN store_id CASCADE",
}
# Each attack on all tables at once.
SWEEPS = {
    "drop the schema": "DROP SCHEMA public CASCADE",
    "rename the schema": "ALTER SCHEMA public RENAME TO attic",
    "drop what is owned": "DROP OWNED BY CURRENT_USER CASCADE",
    "drop all tables": f"DROP TABLE {', '.join(sorted(Base.metadata.tables))} CASCADE",
    "truncate all tables": f"TRUNCATE {', '.join(sorted(Base.metadata.tables))}",
    "hide behind a block": "DO $$ BEGIN EXECUTE 'DROP TABLE orders CASCADE'; EXCEPTION WHEN undefined_table THEN NULL; END $$",
}
# What guards the guards: all of it is the superuser's.
UNLOCKS = (
    "DROP EVENT TRIGGER tappass_refuse_drop",
    "ALTER EVENT TRIGGER tappass_refuse_unguard DISABLE",
    "DROP SCHEMA guard CASCADE",
    "DROP FUNCTION guard.refuse_drop() CASCADE",
    "DELETE FROM guard.protected",
    "UPDATE guard.protected SET table_name = 'x'",
    "CREATE OR REPLACE FUNCTION guard.is_open() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT true $$",
    "SET session_replication_role = replica",
    "SET event_triggers = off",
)


@pytest.fixture(scope="module")
def fortress(server: postgres.Server) -> Iterator[str]:
    """The name of a guarded database that all attacks leave as it is."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    databases.copy(server, name)
    yield name
    databases.drop(server, name)


@pytest.mark.parametrize("attack", ATTACKS)
def test_attack_on_a_protected_table_is_refused(server: postgres.Server, fortress: str, attack: str) -> None:
    before = _state(server, fortress)

    with connected(server, fortress) as cursor:
        answers = {
            table: _answer(cursor, ATTACKS[attack].format(table=table, parent=_parent(table))) for table in PROTECTED
        }

    assert {table: answer for table, answer in answers.items() if WORDS not in answer} == {}
    assert _state(server, fortress) == before


@pytest.mark.parametrize("hole", HOLES)
def test_hole_in_the_wall_is_refused(server: postgres.Server, fortress: str, hole: str) -> None:
    with connected(server, fortress) as cursor:
        answers = {}
        for table in PROTECTED:
            cursor.execute("BEGIN")
            answers[table] = _answer(cursor, HOLES[hole].format(table=table))
            cursor.execute("ROLLBACK")

    assert {table: answer for table, answer in answers.items() if WORDS not in answer} == {}


@pytest.mark.parametrize("sweep", SWEEPS)
def test_attack_on_all_tables_is_refused(server: postgres.Server, fortress: str, sweep: str) -> None:
    before = _state(server, fortress)

    with connected(server, fortress) as cursor, pytest.raises(psycopg2.Error):
        cursor.execute(SWEEPS[sweep])

    assert _state(server, fortress) == before


@pytest.mark.parametrize("unlock", UNLOCKS)
def test_owner_cannot_take_the_guards_away(server: postgres.Server, fortress: str, unlock: str) -> None:
    before = _state(server, fortress)

    with connected(server, fortress) as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        cursor.execute(unlock)

    assert _state(server, fortress) == before


@pytest.mark.parametrize("statement", ["DROP TABLE {}", "TRUNCATE {}"])
def test_plain_statement_is_refused(server: postgres.Server, fortress: str, statement: str) -> None:
    """Most tables are held by their children first; those without children by the guard."""
    before = _state(server, fortress)

    with connected(server, fortress) as cursor:
        answers = {table: _answer(cursor, statement.format(table)) for table in PROTECTED}

    assert DONE not in answers.values()
    assert WORDS in answers["refund_lines"]
    assert _state(server, fortress) == before


def test_drop_in_a_transaction_with_other_work_takes_nothing_along(server: postgres.Server, fortress: str) -> None:
    before = _state(server, fortress)

    with connected(server, fortress) as cursor:
        cursor.execute("BEGIN; ALTER TABLE orders ADD COLUMN half_done text")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege, match=WORDS):
            cursor.execute("DROP TABLE order_discounts")
        cursor.execute("COMMIT")

    assert _state(server, fortress) == before


def test_every_protected_table_is_guarded_with_its_rows(server: postgres.Server, fortress: str) -> None:
    state = _state(server, fortress)

    assert set(state) == set(PROTECTED)
    assert {"orders", "customers", "consents", "audit_log"} <= set(PROTECTED)
    assert state["audit_log"]["rows"] > 0
    assert {table for table, facts in state.items() if not facts["is_guarded"]} == set()


def test_ordinary_migrations_still_work(server: postgres.Server, database: str) -> None:
    with connected(server, database) as cursor:
        cursor.execute("ALTER TABLE orders ADD COLUMN colour text")
        cursor.execute("CREATE INDEX ix_orders_colour ON orders (store_id, colour)")
        cursor.execute("ALTER TABLE orders ADD CONSTRAINT ck_orders_colour CHECK (colour <> '')")
        cursor.execute("DROP INDEX ix_orders_colour; ALTER TABLE orders DROP COLUMN colour")
        cursor.execute(
            "CREATE TABLE scratch (id int); ALTER TABLE scratch RENAME TO scrap; TRUNCATE scrap; DROP TABLE scrap"
        )
        cursor.execute("SELECT to_regclass('public.scrap'), to_regclass('public.orders')::text")

        assert cursor.fetchone() == (None, "orders")


def test_policy_that_only_takes_away_may_stand(server: postgres.Server, database: str) -> None:
    """It is what holds the readers of an older system to their store (pos/walls.py)."""
    with connected(server, database) as cursor:
        cursor.execute("CREATE POLICY reader ON customers AS RESTRICTIVE TO tappass_report USING (false)")
        cursor.execute("ALTER POLICY reader ON customers USING (true); DROP POLICY reader ON customers")


def test_tables_of_the_older_back_end_stand_beside_and_open_nothing(server: postgres.Server, database: str) -> None:
    """They have the same names, and no guard of their own: their owner may drop them, and nothing else goes with them."""
    with connected(server, database, "postgres") as cursor:
        cursor.execute("CREATE SCHEMA legacy AUTHORIZATION tappass_owner")
    with connected(server, database) as cursor:
        cursor.execute("SET search_path = legacy; " + OLD_TABLES.read_text())
        before = _state(server, database)
        cursor.execute("SET search_path = public, legacy")
        answers = [_answer(cursor, statement) for statement in ("DROP TABLE orders", "DROP TABLE orders CASCADE")]
        schema = _answer(cursor, "DROP SCHEMA public CASCADE")
        both = _answer(cursor, "DROP SCHEMA legacy, public CASCADE")
        cursor.execute("SELECT to_regclass('legacy.orders') IS NOT NULL")
        stands = cursor.fetchone()
        cursor.execute("SET search_path = legacy, public; DROP TABLE orders; DROP SCHEMA legacy CASCADE")

    assert "depend" in answers[0]
    assert [answer for answer in (answers[1], schema, both) if WORDS not in answer] == []
    assert stands == (True,)
    assert _state(server, database) == before


def test_permission_opens_the_guards_for_one_transaction(server: postgres.Server, database: str) -> None:
    with connected(server, database) as cursor:
        cursor.execute("BEGIN; SET LOCAL app.allow_drop = 'on'; DROP TABLE refund_lines; COMMIT")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege, match=WORDS):
            cursor.execute("DROP TABLE disputes")

    assert set(_state(server, database)) == set(PROTECTED) - {"refund_lines"}


@pytest.mark.parametrize("said", ["true", "1", "ON ", "off", ""])
def test_permission_is_given_in_one_word_only(server: postgres.Server, fortress: str, said: str) -> None:
    with connected(server, fortress) as cursor:
        cursor.execute("SELECT set_config('app.allow_drop', %s, false)", (said,))
        with pytest.raises(psycopg2.errors.InsufficientPrivilege, match=WORDS):
            cursor.execute("DROP TABLE refund_lines")


def test_permission_lets_each_attack_through(server: postgres.Server, fortress: str) -> None:
    done = {}
    for attack, statement in ATTACKS.items():
        with connected(server, fortress) as cursor:
            cursor.execute("BEGIN; SET LOCAL app.allow_drop = on")
            done[attack] = _answer(cursor, statement.format(table="orders", parent="customers"))

    assert done == dict.fromkeys(ATTACKS, DONE)


def test_without_the_guards_each_attack_goes_through(server: postgres.Server, database: str) -> None:
    with connected(server, database, "postgres") as cursor:
        cursor.execute("DROP EVENT TRIGGER tappass_refuse_drop; DROP EVENT TRIGGER tappass_refuse_unguard")
        for table in PROTECTED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER refuse_truncate")

    done = {}
    for attack, statement in {**ATTACKS, **SWEEPS}.items():
        with connected(server, database) as cursor:
            cursor.execute("BEGIN")
            done[attack] = _answer(cursor, statement.format(table="orders", parent="customers"))

    assert done == dict.fromkeys([*ATTACKS, *SWEEPS], DONE)


def test_new_protected_table_is_guarded_by_installing_again(server: postgres.Server, database: str) -> None:
    with connected(server, database, "postgres") as cursor:
        cursor.execute(
            "SET app.allow_drop = on; DROP TABLE refund_lines; CREATE TABLE refund_lines (store_id uuid); RESET app.allow_drop"
        )
        cursor.execute(
            "ALTER TABLE refund_lines OWNER TO tappass_owner; ALTER TABLE refund_lines ENABLE ROW LEVEL SECURITY"
        )
        cursor.execute("ALTER TABLE refund_lines FORCE ROW LEVEL SECURITY")
        rule = f"({TENANT_RULE})"
        cursor.execute(f"CREATE POLICY tenant ON refund_lines TO tappass_app USING {rule} WITH CHECK {rule}")
        cursor.execute("CREATE POLICY owner_all ON refund_lines TO tappass_owner USING (true)")
        before = guards.state(cursor)
        guards.install(cursor)
        guards.install(cursor)
        after = guards.state(cursor)

    with connected(server, database) as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege, match=WORDS):
        cursor.execute("DROP TABLE refund_lines")
    assert (before, after) == ((True, ["refund_lines"]), (True, []))


@contextmanager
def connected(server: postgres.Server, database: str, login: str = "tappass_owner") -> Iterator[Any]:
    """A cursor whose statements commit by themselves; what a transaction left open is rolled back."""
    with closing(psycopg2.connect(server.url(login, database))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


def _answer(cursor: Any, statement: str) -> str:
    """What the database says to a statement that commits by itself."""
    try:
        cursor.execute(statement)
    except psycopg2.Error as error:
        return str(error)
    return DONE


def _parent(table: str) -> str:
    """A store table that this one refers to, else the store itself."""
    parents = {key.referred_table.name for key in Base.metadata.tables[table].foreign_key_constraints}
    return min(parents - {table, "stores", "users"}, default="stores")


def _state(server: postgres.Server, database: str) -> dict[str, dict[str, Any]]:
    """Of each protected table: who it is, what it holds, and whether everything stands that guards it."""
    with connected(server, database, "postgres") as cursor:
        cursor.execute(
            """
            SELECT c.relname, c.oid, c.relrowsecurity AND c.relforcerowsecurity,
                   ARRAY(SELECT polname::text || pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polrelid = c.oid ORDER BY 1),
                   ARRAY(SELECT tgname::text || tgenabled::text FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal ORDER BY 1),
                   ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped)
              FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(%s)
            """,
            (PROTECTED,),
        )
        found = cursor.fetchall()
        return {name: {**_facts(*rest), **_content(cursor, name)} for name, *rest in found}


def _facts(oid: int, is_secured: bool, policies: list[str], triggers: list[str], columns: list[str]) -> dict[str, Any]:
    is_guarded = is_secured and len(policies) == 2 and triggers == ["refuse_truncateA"]
    return {"oid": oid, "policies": policies, "columns": columns, "is_guarded": is_guarded}


def _content(cursor: Any, table: str) -> dict[str, Any]:
    cursor.execute(f"SELECT count(*), md5(coalesce(string_agg(t::text, '' ORDER BY t::text), '')) FROM {table} t")
    rows, digest = cursor.fetchone()
    return {"rows": rows, "digest": digest}
