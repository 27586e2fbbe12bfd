"""The modes A, B and C, each on a database as a host hands it out: installed, sold in, looked into, migrated again.

What holds the runtime down differs from mode to mode (docs/operating.md); what it may see and do must not.
"""

import re
import shutil
import signal
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg2.errors
import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - it is a class
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from pos import postgres, walls
from pos.audit.tasks import audit_every_store
from pos.db import db, transaction
from pos.http.health import MIGRATIONS, head
from tests.client import Shop
from tests.hosting import Host, Offer, hosted, rows, run, running, shown, started, until, url, value

OFFERS = {
    "A": Offer("A", web="Shop-Runtime", scheme="postgres"),
    "A with a worker's login": Offer("A", owner="Owner of-all", web="shop_web", worker="shop.Worker"),
    "B": Offer("B", rights="CREATEROLE", scheme="postgresql+psycopg2"),
    "B as a superuser": Offer("B", rights="SUPERUSER"),
    "C": Offer("C"),
}
EACH = [pytest.param(name, marks=pytest.mark.xdist_group(f"mode {name}")) for name in OFFERS]
RUNTIME = ("app", "worker")
STORE = ("--timezone", "America/Los_Angeles", "--tax-rate", "standard=0.0825", "--tax-rate", "none=0")
EMAIL, PHONE = "owner@modes.example", "(415) 555-0132"
PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
KEY = "fk_order_lines_store_id_product_id"
ADD_KEY = f"ALTER TABLE order_lines ADD CONSTRAINT {KEY} FOREIGN KEY (store_id, product_id) REFERENCES products (store_id, id)"
# All that a second `flask db upgrade` could change: tables, walls, privileges, memberships, policies, keys, functions.
STATE = """
    SELECT 'table', relname::text, relkind::text, relowner::regrole::text, concat(relrowsecurity, relforcerowsecurity),
           ARRAY(SELECT x::text FROM unnest(relacl) x ORDER BY 1)::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'column', attrelid::regclass::text, attname::text, format_type(atttypid, atttypmod), attnotnull::text,
           ARRAY(SELECT x::text FROM unnest(attacl) x ORDER BY 1)::text
      FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
       AND NOT attisdropped
    UNION ALL SELECT 'policy', tablename, policyname, roles::text, qual, with_check FROM pg_policies WHERE schemaname = 'public'
    UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), NULL, NULL
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), NULL, NULL FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'function', oid::regprocedure::text, ARRAY(SELECT x::text FROM unnest(proacl) x ORDER BY 1)::text, NULL, NULL, NULL
      FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'member', roleid::regrole::text, member::regrole::text, concat(inherit_option, set_option), NULL, NULL FROM pg_auth_members
       WHERE member IN (SELECT oid FROM pg_roles WHERE rolname = %s)
    UNION ALL SELECT 'event trigger', evtname, evtenabled::text, NULL, NULL, NULL FROM pg_event_trigger
    UNION ALL SELECT 'migration', version_num, NULL, NULL, NULL, NULL FROM alembic_version
    ORDER BY 1, 2, 3, 4
"""
# The next version's migration, as somebody will write it: it reads and mends rows of every store, those of an
# append-only table too, and adds a table that refers to old ones.
NEXT = """
from alembic import op

revision, down_revision, branch_labels, depends_on = "next", "{head}", None, None

def upgrade():
    op.execute("CREATE TABLE seen AS SELECT store_id, id FROM customers")
    op.execute("UPDATE customers SET name = 'mended'")
    op.execute("UPDATE audit_log SET actor = 'mended'")
    op.execute("DELETE FROM tax_rates WHERE tax_class = 'none'")
    op.execute('''CREATE TABLE favourites (store_id uuid NOT NULL, customer_id uuid NOT NULL, product_id uuid NOT NULL,
        FOREIGN KEY (store_id, customer_id) REFERENCES customers (store_id, id),
        FOREIGN KEY (store_id, product_id) REFERENCES products (store_id, id))''')

def downgrade():
    op.execute("DROP TABLE favourites, seen")
"""


@dataclass
class Installed:
    """A database that was set up by commands alone, with two stores; `said` is what each command answered.

    The migration, the doctor and the worker are processes as a customer starts them, in each mode. The commands for the
    stores read the same settings in this process: each start would cost a second.
    """

    host: Host
    app: Flask
    said: dict[str, str] = field(default_factory=dict)
    stores: dict[str, str] = field(default_factory=dict)
    shops: dict[str, Shop] = field(default_factory=dict)

    @property
    def shop(self) -> Shop:
        return self.shops["dock"]

    def shown(self, command: str, name: str) -> str:
        return shown(self.said[command], name)


@pytest.fixture(scope="module", params=EACH)
def installed(request: pytest.FixtureRequest, server: postgres.Server) -> Iterator[Installed]:
    with hosted(server, OFFERS[request.param]) as host:
        upgraded = host.flask("db", "upgrade")
        assert upgraded.returncode == 0, upgraded.stderr
        with running(host.settings) as app:
            said = {command: run(app, *command.split(), *words) for command, words in COMMANDS.items()}
            yield furnished(Installed(host, app, said))


COMMANDS = {
    "stores create": ("--name", "Dock", "--slug", "dock", "--location", "Quay", *STORE),
    "registers enrol": ("--store", "dock", "--name", "Till", "--location", "Quay"),
    "users add": ("--store", "dock", "--name", "Olive", "--role", "owner", "--email", EMAIL),
}


def furnished(installed: Installed) -> Installed:
    """A second store, and the same product and customer in both."""
    said = {
        name: run(installed.app, *name.split(), *(word.replace("dock", "mill") for word in words))
        for name, words in COMMANDS.items()
        if name != "users add"
    }
    keys = {"dock": installed.shown("stores create", "API key"), "mill": shown(said["stores create"], "API key")}
    tills = {"dock": installed.shown("registers enrol", "token"), "mill": shown(said["registers enrol"], "token")}
    for slug, key in keys.items():
        shop = installed.shops[slug] = shop_of(installed.app, slug, key, tills[slug])
        beer = {"name": "House IPA", "sku": "IPA", "kind": "food", "price": 800, "tax_class": "standard"}
        assert shop.post("/products", {**beer, "stock_quantity": 1000}, as_="owner").status_code == 201
        shop.sell(phone=PHONE, name=slug.title(), payment={"method": "card"}, marketing_consent=True)
    return installed


def shop_of(app: Flask, slug: str, api_key: str, token: str) -> Shop:
    shop = Shop(app.test_client(), slug, "", api_key, token, "", "", "", {}, {})
    facts: Any = shop.get("/me").json
    shop.store_id, shop.register_id, shop.location_id = facts["store"]["id"], facts["register_id"], facts["location_id"]
    return shop


# --- installing and selling ----------------------------------------------------------------------------------


def test_upgrade_again_changes_nothing(installed: Installed) -> None:
    before = state(installed.host)

    again = installed.host.flask("db", "upgrade")

    assert (again.returncode, "Traceback" in again.stderr) == (0, False), again.stderr
    assert state(installed.host) == before


def test_commands_give_credentials_that_work(installed: Installed) -> None:
    shop, user_id = installed.shop, re.search(r"\((.{36})\)", installed.shown("users add", "user"))
    assert user_id is not None

    password = {"email": EMAIL, "password": installed.shown("users add", "password").split()[0]}
    pin = {"user_id": user_id[1], "pin": installed.shown("users add", "PIN")}

    assert [role_of(shop, token) for token in ("register", "owner")] == ["cashier", "owner"]
    assert shop.post("/session", password, as_="nobody").status_code == 201
    assert shop.post("/register/sign-in", pin).status_code == 200


def test_sale_goes_from_the_order_to_its_end_and_the_books_hold(installed: Installed) -> None:
    shop = installed.shop
    order, regretted = shop.sell(phone=PHONE), shop.sell(phone="(415) 555-0133")

    paid = shop.post(f"/orders/{order['id']}/payments", {"method": "cash", "tendered": 1000})
    canceled = shop.post(f"/orders/{regretted['id']}/cancel", {"reason": "Ordered by mistake"})
    found: Any = shop.get("/customers", query_string={"phone": "415-555-0132"}).json

    assert (paid.status_code, paid.json["payment_status"], paid.json["change_due"]) == (201, "paid", 134)  # type: ignore[index]
    assert (canceled.status_code, canceled.json["status"]) == (200, "canceled")  # type: ignore[index]
    assert (found["id"], found["phone"]) == (order["customer"]["id"], "+14155550132")
    assert found["order_count"] == order["customer"]["order_count"]
    assert "0 violation(s)" in run(installed.app, "audit", "--store", "dock")


def test_doctor_names_the_mode(installed: Installed) -> None:
    doctor = installed.host.flask("doctor")

    assert (doctor.returncode, doctor.stderr) == (0, "")
    assert f"mode {installed.host.letter}:" in doctor.stdout
    assert "MEND" not in doctor.stdout


def test_worker_does_the_jobs_that_the_runtime_enqueues(installed: Installed) -> None:
    host = installed.host
    with installed.app.app_context():
        audit_every_store(0)

    with host.as_superuser() as cursor, started(host, "jobs", "work") as (worker, log):
        jobs = "SELECT count(*) FROM procrastinate_jobs WHERE task_name LIKE 'audit%%'"
        until(lambda: value(cursor, jobs) == 0 or check_alive(worker, log))
        worker.send_signal(signal.SIGTERM)
        ended_with = worker.wait(30)
        unaudited = value(cursor, "SELECT count(*) FROM stores WHERE audited_at IS NULL OR audit_violation_count > 0")

    assert (ended_with, unaudited) == (0, 0), log.read_text()


def check_alive(worker: "subprocess.Popen[str]", log: Path) -> bool:
    """False for as long as it lives, so that a wait beside it ends with what the worker said."""
    assert worker.poll() is None, log.read_text()
    return False


# --- what the runtime may see and do -------------------------------------------------------------------------


@pytest.mark.parametrize("login", RUNTIME)
def test_transaction_is_done_as_the_role_of_its_mode(installed: Installed, login: str) -> None:
    host = installed.host

    with running(host.settings, login) as app, app.app_context():
        with transaction(UUID(installed.shop.store_id)):
            inside = db.session.scalar(text("SELECT current_user"))
        with db.engine.connect() as connection:
            afterwards = connection.scalar(text("SELECT current_user"))

    assert inside == host.role(login)
    # A role that outlived its transaction would leak to the next user of a pooled connection.
    assert afterwards == host.login(login)


@pytest.mark.parametrize("login", RUNTIME)
def test_runtime_sees_the_rows_of_its_store_alone(installed: Installed, login: str) -> None:
    host, mine = installed.host, installed.shop.store_id
    with host.as_superuser() as cursor:
        of_both = {table: counts(cursor, table, mine) for table in sorted(walls.store_tables())}

    with host.as_runtime(login, mine) as cursor:
        seen = {table: counts(cursor, table, mine) for table in of_both}
    with host.as_runtime(login, None) as cursor:
        unsaid = {table: counts(cursor, table, mine) for table in of_both}
    with host.as_runtime(login, "") as cursor:
        emptied = {table: counts(cursor, table, mine) for table in of_both}

    assert all(
        others > 0 for _, others in (of_both[table] for table in ("customers", "orders", "payments", "audit_log"))
    )
    assert seen == {table: (own, 0) for table, (own, _) in of_both.items()}
    assert set(unsaid.values()) == set(emptied.values()) == {(0, 0)}


@pytest.mark.parametrize("login", RUNTIME)
def test_runtime_writes_into_its_store_alone(installed: Installed, login: str) -> None:
    host, mine, theirs = installed.host, installed.shop.store_id, installed.shops["mill"].store_id
    insert = "INSERT INTO categories (store_id, id, name, version) VALUES (%s, %s, %s, 1)"
    row = (theirs, str(uuid.uuid4()), uuid.uuid4().hex)

    for tenant in (mine, "", None):
        refusal = pytest.raises(psycopg2.errors.InsufficientPrivilege, match="row-level security")
        with host.as_runtime(login, tenant) as cursor, refusal:
            cursor.execute(insert, row)
    with host.as_runtime(login, mine) as cursor:
        cursor.execute("UPDATE products SET price = 1 WHERE store_id = %s", (theirs,))
        changed_elsewhere = cursor.rowcount
        with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="row-level security"):
            cursor.execute("UPDATE products SET store_id = %s", (theirs,))
    with host.as_runtime(login, theirs) as cursor:
        cursor.execute(insert, row)
        allowed = cursor.rowcount

    assert (changed_elsewhere, allowed) == (0, 1)


@pytest.mark.parametrize("login", RUNTIME)
@pytest.mark.parametrize("table", ["audit_log", "consents"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_runtime_cannot_change_an_append_only_table(installed: Installed, login: str, table: str, verb: str) -> None:
    with installed.host.as_runtime(login, installed.shop.store_id) as cursor:
        assert value(cursor, f"SELECT count(*) FROM {table}") > 0
        with pytest.raises(psycopg2.errors.InsufficientPrivilege, match=f"permission denied for table {table}"):
            cursor.execute(verb.format(table))


@pytest.mark.parametrize("login", RUNTIME)
def test_runtime_has_the_privileges_that_the_models_name_and_no_others(installed: Installed, login: str) -> None:
    declared = {model.__tablename__: {"SELECT", *model.privileges} for model in walls.store_models()}
    declared |= {table: {"SELECT", *verbs} for table, verbs in walls.GLOBAL_PRIVILEGES.items()}

    with installed.host.as_runtime(login, None) as cursor:
        granted = {table: privileges(cursor, table) for table in declared}
        may_create = value(cursor, "SELECT has_schema_privilege('public', 'CREATE')")

    assert granted == declared
    # Mode C owns the database itself; what it must not do there it is kept from by privilege and FORCE alone.
    assert may_create is (installed.host.letter == "C")


# --- what the owner sees when it migrates --------------------------------------------------------------------


def test_owner_catches_a_violating_row_when_it_adds_a_key(installed: Installed) -> None:
    with migrating(installed.host) as connection:
        mislead_lines(connection)

        with pytest.raises(Exception, match=f'violates foreign key constraint "{KEY}"'):
            connection.execute(text(ADD_KEY))


def test_owner_without_its_policy_would_miss_that_row(installed: Installed) -> None:
    """The twin of the test above: without owner_all the key is accepted and called valid over the same row."""
    host = installed.host
    if host.letter == "C" or host.is_superuser:
        # These need no policy: mode C lowers FORCE while it migrates, a superuser sees everything.
        with host.as_superuser() as cursor:
            assert [policy for policy in policies(cursor) if policy == "owner_all"] == (
                [] if host.letter == "C" else ["owner_all"]
            )
        return
    with migrating(host) as connection:
        mislead_lines(connection)
        for table in ("order_lines", "products"):
            connection.execute(text(f"DROP POLICY owner_all ON {table}"))

        connection.execute(text(ADD_KEY))

        assert connection.scalar(text(f"SELECT convalidated FROM pg_constraint WHERE conname = '{KEY}'")) is True


def test_next_migration_sees_all_rows_and_leaves_the_walls_up(installed: Installed, tmp_path: Path) -> None:
    host, folder = installed.host, with_next_migration(tmp_path)
    with host.as_superuser() as cursor:
        before = state(host)
        expected = value(cursor, "SELECT count(*) FROM customers")

        with installed.app.app_context():
            upgrade(directory=str(folder))
        seen = value(cursor, "SELECT count(*) FROM seen")
        mended = value(cursor, "SELECT count(*) FROM customers WHERE name = 'mended'")
        untouched = value(cursor, "SELECT count(*) FROM audit_log WHERE actor <> 'mended'")
        unforced = rows(cursor, "SELECT relname FROM pg_class WHERE relrowsecurity AND NOT relforcerowsecurity")
        with installed.app.app_context():
            downgrade(directory=str(folder), revision="-1")

        assert (seen, mended, untouched, unforced) == (expected, expected, 0, [])
        assert state(host) == before


def test_downgrade_and_upgrade_again_leave_a_shop_that_sells(installed: Installed) -> None:
    host, shop = installed.host, installed.shop
    before = state(host)

    with installed.app.app_context():
        downgrade(revision="0005", x_arg=["allow_drop=on"])
    with host.as_superuser() as cursor:
        between = (
            value(cursor, "SELECT version_num FROM alembic_version"),
            value(cursor, "SELECT to_regclass('payments')"),
        )
    with installed.app.app_context():
        upgrade()

    assert between == ("0005", None)
    assert state(host) == before
    assert shop.sell(payment={"method": "cash", "tendered": 1000})["payment_status"] == "paid"


# --- looking behind ------------------------------------------------------------------------------------------


def state(host: Host) -> list[tuple[Any, ...]]:
    with host.as_superuser() as cursor:
        return rows(cursor, STATE, host.owner)


def role_of(shop: Shop, token: str) -> str:
    answer: Any = shop.get("/me", as_=token).json
    return str(answer["role"])


def counts(cursor: Cursor, table: str, store_id: str) -> tuple[int, int]:
    """How many rows of the store and of all others are seen."""
    statement = f"SELECT count(*) FILTER (WHERE store_id = %s), count(*) FILTER (WHERE store_id <> %s) FROM {table}"
    own, others = rows(cursor, statement, store_id, store_id)[0]
    return own, others


def privileges(cursor: Cursor, table: str) -> set[str]:
    statement = "SELECT privilege FROM unnest(%s) privilege WHERE has_table_privilege(%s, privilege)"
    return {privilege for (privilege,) in rows(cursor, statement, list(PRIVILEGES), table)}


def policies(cursor: Cursor) -> list[str]:
    return [name for (name,) in rows(cursor, "SELECT DISTINCT policyname::text FROM pg_policies")]


@contextmanager
def migrating(host: Host) -> Iterator[Connection]:
    """The owner's connection as migrations/env.py prepares it, in a transaction that is rolled back."""
    address = url(host.server, host.owner, host.database)
    engine = create_engine("postgresql+psycopg2://", creator=lambda: psycopg2.connect(address), poolclass=NullPool)
    with engine.connect() as connection:
        if walls.settle_roles(connection, host.web, host.worker).mode == "C":
            walls.lower_walls(connection)
        yield connection
        connection.rollback()


def mislead_lines(connection: Connection) -> None:
    """Each sold line refers to a product that is not there, with nothing that would refuse it."""
    connection.execute(text(f"ALTER TABLE order_lines DROP CONSTRAINT {KEY}"))
    misled = connection.execute(text("UPDATE order_lines SET product_id = gen_random_uuid()"))
    assert misled.rowcount > 1


def with_next_migration(folder: Path) -> Path:
    """Our migrations with one more behind them."""
    copied = folder / "migrations"
    shutil.copytree(MIGRATIONS, copied, ignore=shutil.ignore_patterns("__pycache__"))
    (copied / "versions" / "next.py").write_text(NEXT.format(head=head()))
    return copied
