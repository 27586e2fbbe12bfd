"""Every table keeps the rules of design §4: on the metadata, and on the catalogue of a database that was migrated.

Nothing is listed table by table: a new one is held to all of it, unless it stands on one of the short lists below
with its reason.
"""

import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import check, downgrade, upgrade
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - it is a class
from sqlalchemy import Enum, Float, ForeignKeyConstraint, Integer, Numeric, Table, UniqueConstraint, create_engine
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.pool import NullPool

from pos import create_app, guards, postgres
from pos.db import Base
from pos.http.health import MIGRATIONS
from pos.walls import store_models, store_tables
from tests import databases

SANDBOX = {"sandbox_objects", "sandbox_keys", "sandbox_deliveries", "sandbox_faults"} | {
    "sandbox_shop_things", "sandbox_shop_requests",
}  # fmt: skip
GLOBALS = {"stores", "users", "memberships", "failed_attempts", "analyst_leases"} | SANDBOX
REFERRED_GLOBALS = {"stores", "users"}
# Not ours: procrastinate's come with its own SQL, Alembic makes its own.
FOREIGN = ("procrastinate_", "alembic_version")
RUNTIME = ("tappass_app", "tappass_worker")
# Design §4.7: rows that are never changed, by privilege.
INSERT_ONLY = {"consents", "audit_log", "point_entries", "provider_events", "opt_out_proofs", "audit_runs"} | {
    "z_reports", "z_orders", "z_entries", "cash_movements", "shift_counts",
}  # fmt: skip
UNAUDITED = {
    "orders": "changed by the life cycle alone; cancellations are recorded as acts",
    "order_lines": "frozen when they are added; voids and discounts are recorded as acts",
    "order_discounts": "those by hand are recorded as acts; what was replaced stays",
    "order_coupons": "each is its own record of which order uses what",
    "payments": "each is its own record of who took the money, when and where",
    "refunds": "each is its own record of who gave the money back, when and where",
    "payment_links": "each attempt is its own record; its life cycle alone changes it",
    "disputes": "told by Stripe; each is its own record",
    "refund_lines": "each is its own record of what went back",
    "customer_words": "what names, tags and numbers say, folded; those are audited where they are kept",
    "product_images": "each is its own record; the address in its product is changed with it, and that is audited",
    "merges": "each is its own record of who merged and who undid it; both are recorded as acts",
    "portions": "each is its own record of when units were begun, ready and served",
    "idempotency_keys": "no person edits them",
    "members": "joining and merging are recorded as acts; each change of points has its entries",
    "point_lots": "entries alone change them",
    "messages": "each is its own record, with the permit by which it left",
    "conversations": "texts alone change them",
    "message_counts": "what was sent; no person edits them",
    "released_numbers": "releasing and claiming a number are recorded as acts",
    "redemptions": "each is its own record of what points were spent on",
    "source_ids": "what an old row became; each move is recorded as an act",
    "shifts": "opening and closing are recorded as acts",
    "sync_logs": "each is its own record of what a run read; connecting a shop is audited",
    "sync_problems": "each is its own record of what could not be taken in, and of when that was settled",
    "web_customers": "whom an account of the web shop leads to; written once, and no person edits it",
    "assistant_turns": "each is its own record of what was asked and answered",
    "rollup_states": "how far sums go; no person edits it",
    **dict.fromkeys(
        (
            "sales_by_hour",
            "sales_by_seller",
            "goods_by_day",
            "money_by_day",
            "discounts_by_day",
            "points_by_day",
            "visits_by_period",
            "first_visits",
            "cohorts_by_month",
        ),
        "sums of the books, made by the worker, which can be made again at any time",
    ),
    "remarks": "words beside rows that are their own record; erasing them is recorded as an act",
}
TENANT_RULE = "(store_id = (NULLIF(current_setting('app.store_id'::text, true), ''::text))::uuid)"


@pytest.fixture(scope="module")
def migrated(server: postgres.Server) -> Iterator[str]:
    """The name of a database that was migrated and guarded. Not the template itself: who is connected to that keeps
    the other workers from copying it."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    databases.copy(server, name)
    yield name
    databases.drop(server, name)


@pytest.fixture
def catalogue(server: postgres.Server, migrated: str) -> Iterator[Cursor]:
    """Its catalogue, through a superuser's eyes."""
    with closing(psycopg2.connect(server.url("postgres", migrated))) as connection, connection.cursor() as cursor:
        yield cursor


@pytest.fixture
def scratch(server: postgres.Server) -> Iterator[str]:
    """The name of an empty database, made as production makes its own."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    postgres.provision(server, name)
    yield name
    databases.drop(server, name)


# --- the metadata -----------------------------------------------------------------------------------------


def test_each_table_is_of_a_store_or_known_to_be_global() -> None:
    assert set(Base.metadata.tables) - store_tables() == GLOBALS


def test_keys_of_store_tables_begin_with_the_store() -> None:
    wrong = [
        f"{table.name}: {[column.name for column in columns]}"
        for table in _store_tables()
        for columns in _keys(table)
        if columns[0].name != "store_id"
    ]

    assert wrong == []


def test_foreign_keys_of_store_tables_stay_in_the_store() -> None:
    wrong = [
        str(key.name)
        for table in _store_tables()
        for key in table.foreign_key_constraints
        if key.ondelete != "RESTRICT" or not _stays_in_store(key)
    ]

    assert wrong == []


def test_global_tables_refer_to_no_store_table() -> None:
    wrong = [
        str(key.name)
        for name in GLOBALS
        for key in Base.metadata.tables[name].foreign_key_constraints
        if key.referred_table.name not in REFERRED_GLOBALS
    ]

    assert wrong == []


def test_foreign_key_into_another_store_is_noticed() -> None:
    bad = ForeignKeyConstraint(["customer_id"], ["customers.id"])
    crossed = ForeignKeyConstraint(["store_id", "customer_id"], ["customers.id", "customers.store_id"])
    good = ForeignKeyConstraint(["store_id", "customer_id"], ["customers.store_id", "customers.id"])

    assert [_stays_in_store(key, on="orders") for key in (bad, crossed, good)] == [False, False, True]


def test_columns_have_the_types_of_the_house() -> None:
    columns = [column for table in Base.metadata.tables.values() for column in table.columns]

    floats = [str(column) for column in columns if isinstance(column.type, Float) or column.type.python_type is float]
    numerics = [str(column) for column in columns if type(column.type) is Numeric and not _is_rate(column.name)]
    enums = [str(column) for column in columns if isinstance(column.type, Enum)]
    naive = [str(column) for column in columns if isinstance(column.type, TIMESTAMP) and not column.type.timezone]
    small = [
        str(column)
        for column in columns
        if isinstance(column.type, Integer) and "BIGINT" not in column.type.compile().upper()
    ]

    assert floats + numerics + enums + naive + small == []


def test_what_people_edit_is_audited_or_insert_only() -> None:
    bare = {
        model.__tablename__ for model in store_models() if not model.audited and model.privileges != ("INSERT",)
    }  # fmt: skip

    assert bare == set(UNAUDITED) & store_tables()
    assert set(UNAUDITED) <= store_tables()


# --- the catalogue ----------------------------------------------------------------------------------------


def test_database_has_the_tables_of_the_models_and_no_others(catalogue: Cursor) -> None:
    found = _column(catalogue, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")

    assert {table for table in found if not table.startswith(FOREIGN)} == set(Base.metadata.tables)


def test_indexes_of_store_tables_begin_with_the_store(catalogue: Cursor) -> None:
    wrong = _column(
        catalogue,
        """
        SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
          LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
         WHERE t.relname = ANY(%s) AND t.relnamespace = 'public'::regnamespace AND a.attname IS DISTINCT FROM 'store_id'
        """,
        sorted(store_tables()),
    )

    assert wrong == []


def test_foreign_keys_are_validated_and_restrict(catalogue: Cursor) -> None:
    wrong = _column(
        catalogue,
        """
        SELECT conname FROM pg_constraint
         WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)
           AND (confdeltype <> 'r' OR NOT convalidated OR confupdtype <> 'a' OR condeferrable)
        """,
        sorted(Base.metadata.tables),
    )

    assert wrong == []


def test_columns_in_the_database_have_the_types_of_the_house(catalogue: Cursor) -> None:
    allowed = {"uuid", "text", "int8", "numeric", "timestamptz", "date", "bool", "jsonb", "_text", "bytea"}

    catalogue.execute(
        "SELECT table_name, column_name, udt_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = ANY(%s)",
        (sorted(Base.metadata.tables),),
    )
    columns = catalogue.fetchall()

    assert [row for row in columns if row[2] not in allowed] == []
    assert [row for row in columns if row[2] == "numeric" and not _is_rate(row[1])] == []
    assert {row[2] for row in columns if row[1].endswith("_at")} == {"timestamptz"}


def test_database_has_no_enum_types_of_ours(catalogue: Cursor) -> None:
    enums = _column(
        catalogue, "SELECT typname FROM pg_type WHERE typtype = 'e' AND typnamespace = 'public'::regnamespace"
    )

    assert [name for name in enums if not name.startswith("procrastinate_")] == []


def test_store_tables_have_row_security_forced(catalogue: Cursor) -> None:
    walled = _column(
        catalogue,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity AND relforcerowsecurity",
    )

    assert set(walled) == store_tables()


def test_store_tables_have_the_tenant_policy_and_nothing_wider(catalogue: Cursor) -> None:
    catalogue.execute(
        "SELECT tablename, policyname, permissive, roles::text[], cmd, qual, with_check FROM pg_policies"
        " WHERE schemaname = 'public'"
    )
    policies = catalogue.fetchall()

    tenants = {row[0] for row in policies if row[1] == "tenant"}
    wide = [row for row in policies if not _is_tenant_policy(row) and not _is_owner_policy(row)]

    assert tenants == store_tables()
    assert wide == []


def test_runtime_roles_have_no_rights_beyond_the_tables(catalogue: Cursor) -> None:
    catalogue.execute(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND (rolsuper OR rolbypassrls OR rolcreaterole OR"
        " rolcreatedb OR rolreplication OR pg_has_role(oid, 'tappass_owner', 'MEMBER')"
        " OR has_schema_privilege(oid, 'public', 'CREATE'))",
        (list(RUNTIME),),
    )
    mighty = catalogue.fetchall()
    catalogue.execute(
        "SELECT r.rolname, d.classid::regclass::text, d.objid FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid"
        " WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype = 'o' AND r.rolname = ANY(%s)",
        (list(RUNTIME),),
    )
    owned = catalogue.fetchall()

    assert mighty + owned == []


def test_runtime_roles_have_exactly_the_privileges_that_the_models_name(catalogue: Cursor) -> None:
    declared = {model.__tablename__: {"SELECT", *model.privileges} for model in store_models()}

    held = {table: {role: _privileges(catalogue, role, table) for role in RUNTIME} for table in declared}

    assert held == {table: dict.fromkeys(RUNTIME, privileges) for table, privileges in declared.items()}


@pytest.mark.parametrize("role", RUNTIME)
def test_insert_only_tables_cannot_be_changed(catalogue: Cursor, role: str) -> None:
    by_model = {model.__tablename__ for model in store_models() if model.privileges == ("INSERT",)}
    tables = by_model | (INSERT_ONLY & store_tables())

    changeable = [
        (table, right)
        for table in sorted(tables)
        for right in ("UPDATE", "DELETE", "TRUNCATE")
        if _may(catalogue, role, table, right)
    ]

    assert {"consents", "audit_log"} <= tables
    assert changeable == []


@pytest.mark.parametrize("role", RUNTIME)
def test_protected_tables_cannot_be_emptied(catalogue: Cursor, role: str) -> None:
    protected = sorted(set(guards.PROTECTED) & store_tables())

    emptied = [
        (table, right)
        for table in protected
        for right in ("DELETE", "TRUNCATE", "TRIGGER", "REFERENCES")
        if _may(catalogue, role, table, right)
    ]

    assert "orders" in protected
    assert emptied == []


def test_nothing_is_granted_to_everybody(catalogue: Cursor) -> None:
    granted = _column(
        catalogue,
        "SELECT table_name || ' ' || privilege_type FROM information_schema.role_table_grants"
        " WHERE table_schema = 'public' AND grantee = 'PUBLIC'",
    )

    assert granted == []


def test_every_protected_table_has_its_guard(catalogue: Cursor) -> None:
    stands, unguarded = guards.state(catalogue)

    assert (stands, unguarded) == (True, [])
    assert set(_column(catalogue, "SELECT table_name FROM guard.protected")) == set(guards.PROTECTED) & store_tables()


# --- the migrations ---------------------------------------------------------------------------------------


def test_migrations_have_one_head_and_a_way_back() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    sources = [Path(script.path).read_text() for script in scripts.walk_revisions()]

    assert len(scripts.get_heads()) == 1
    assert sources
    assert [source for source in sources if "def downgrade()" not in source] == []


def test_migrations_and_models_agree(committed: Flask) -> None:
    with committed.app_context():
        check()


def test_migrations_make_the_same_schema_as_the_models(server: postgres.Server, scratch: str, migrated: str) -> None:
    engine = create_engine(
        "postgresql+psycopg2://",
        creator=lambda: psycopg2.connect(server.url("tappass_owner", scratch)),
        poolclass=NullPool,
    )
    with engine.begin() as connection:
        Base.metadata.create_all(connection)

    declared = _schema(server, scratch)

    assert "orders ck_orders_total" in declared
    assert _schema(server, migrated) == declared


def test_migrations_go_down_to_nothing_and_up_again(server: postgres.Server, scratch: str, migrated: str) -> None:
    app = create_app(databases.settings(server, scratch))
    with app.app_context():
        upgrade()
        _guard(server, scratch)
        before = _schema(server, scratch)
        downgrade(revision="base", x_arg=["allow_drop=on"])
        gone = _schema(server, scratch, of="alembic_version")
        upgrade()

    assert before == _schema(server, migrated)
    assert gone == {}
    assert _schema(server, scratch) == before


def test_downgrade_without_permission_is_refused(server: postgres.Server, scratch: str, migrated: str) -> None:
    app = create_app(databases.settings(server, scratch))
    with app.app_context():
        upgrade()
        _guard(server, scratch)

        with pytest.raises(Exception, match="is protected: it holds the books"):
            downgrade(revision="base")

    assert _schema(server, scratch) == _schema(server, migrated)


def _store_tables() -> list[Table]:
    return [Base.metadata.tables[name] for name in sorted(store_tables())]


def _keys(table: Table) -> Iterator[list[Any]]:
    """The columns of the primary key, of each unique constraint and of each index."""
    yield list(table.primary_key.columns)
    yield from (list(key.columns) for key in table.constraints if isinstance(key, UniqueConstraint))
    yield from (list(index.columns) for index in table.indexes)


def _stays_in_store(key: ForeignKeyConstraint, on: str | None = None) -> bool:
    """Composite with the store on both sides, in the same place; or to a table that has no store."""
    columns, targets = key.column_keys, [element.target_fullname for element in key.elements]
    referred = targets[0].partition(".")[0]
    if on is None and referred in REFERRED_GLOBALS:
        return True
    return len(columns) == 2 and columns[0] == "store_id" and targets[0] == f"{referred}.store_id"


def _is_rate(column: str) -> bool:
    return column == "rate" or column.endswith("_rate")


def _is_tenant_policy(row: tuple[Any, ...]) -> bool:
    _, name, permissive, roles, command, using, with_check = row
    rules_hold = using == TENANT_RULE and with_check == TENANT_RULE
    return (
        name == "tenant"
        and permissive == "PERMISSIVE"
        and set(roles) == set(RUNTIME)
        and command == "ALL"
        and rules_hold
    )


def _is_owner_policy(row: tuple[Any, ...]) -> bool:
    return bool(row[1] == "owner_all" and row[3] == ["tappass_owner"] and row[5:] == ("true", "true"))


def _privileges(cursor: Cursor, role: str, table: str) -> set[str]:
    rights = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
    return {right for right in rights if _may(cursor, role, table, right)}


def _may(cursor: Cursor, role: str, table: str, right: str) -> bool:
    """On the table or on any of its columns."""
    by_column = f"OR has_any_column_privilege('{role}', 'public.{table}', '{right}')"
    has_columns = right in {"SELECT", "INSERT", "UPDATE", "REFERENCES"}
    cursor.execute(
        f"SELECT has_table_privilege('{role}', 'public.{table}', '{right}') {by_column if has_columns else ''}"
    )
    return bool(cursor.fetchone()[0])


def _column(cursor: Cursor, statement: str, *values: Any) -> list[str]:
    cursor.execute(statement, values or None)
    return [str(row[0]) for row in cursor.fetchall()]


def _guard(server: postgres.Server, database: str) -> None:
    with (
        closing(psycopg2.connect(server.url("postgres", database))) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        guards.install(cursor)


def _schema(server: postgres.Server, database: str, of: str | None = None) -> dict[str, str]:
    """Columns, constraints, indexes and storage options of our tables, each with its definition.

    `of` leaves out that table alone instead of all that are not ours.
    """
    ours = "t.relname <> %s" if of else "t.relname <> ALL(%s) AND t.relname NOT LIKE 'procrastinate%%'"
    statement = f"""
        WITH t AS (SELECT oid, relname, reloptions FROM pg_class t
                    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND {ours})
        SELECT t.relname, t.reloptions::text FROM t
        UNION ALL
        SELECT t.relname || '.' || a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod),
               CASE WHEN a.attnotnull THEN 'NOT NULL' END, 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid))
          FROM t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
          LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
        UNION ALL
        SELECT t.relname || ' ' || c.conname, pg_get_constraintdef(c.oid) FROM t JOIN pg_constraint c ON c.conrelid = t.oid
        UNION ALL
        SELECT t.relname || ' index ' || i.indexrelid::regclass, pg_get_indexdef(i.indexrelid)
          FROM t JOIN pg_index i ON i.indrelid = t.oid
    """
    with closing(psycopg2.connect(server.url("postgres", database))) as connection, connection.cursor() as cursor:
        cursor.execute(statement, (of or ["alembic_version"],))
        return dict(cursor.fetchall())
