"""Makes, copies and drops the databases of the tests."""

import base64
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import argon2
import bcrypt
import psycopg2
from flask import Flask
from flask_migrate import upgrade
from psycopg2 import sql

from pos import clock, config, create_app, guards, ids, postgres
from pos.catalog import actions as catalog
from pos.db import db, transaction
from pos.staff import actions as staff
from pos.stores import actions as stores
from pos.stores import tokens

TEMPLATE = "tappass_template"
PASSWORD, PIN = "correct horse battery", "4711"
STRIPE_SECRET = "whsec_of_the_tests"
CATALOG = (
    {"sku": "IPA", "name": "House IPA", "kind": "food", "price": 800, "tax_class": "standard"},
    {"sku": "PRETZEL", "name": "Pretzel", "kind": "food", "price": 450, "tax_class": "prepared"},
    {"sku": "WATER", "name": "Water", "kind": "food", "price": 199, "tax_class": "none", "needs_preparation": False},
    {"sku": "TEE-BLK-M", "name": "Tee", "kind": "merch", "price": 2500, "tax_class": "standard", "stock_quantity": 40},
    {"sku": "STICKER", "name": "Sticker", "kind": "merch", "price": 0, "tax_class": "none"},
)


def settings(server: postgres.Server, database: str, **environment: str) -> config.Settings:
    """Settings of an application on one of the tests' databases, in mode A."""
    return config.read(environ(server, database) | environment)


def name_of(app: Flask) -> str:
    settings: config.Settings = app.config["SETTINGS"]
    return urlsplit(str(settings.database_url)).path.lstrip("/")


def environ(server: postgres.Server, database: str) -> dict[str, str]:
    """The same as environment variables, for processes that a test starts."""
    return {
        "DATABASE_URL": server.url("tappass_app", database),
        "WORKER_DATABASE_URL": server.url("tappass_worker", database),
        "MIGRATION_DATABASE_URL": server.url("tappass_owner", database),
        "SECRET_KEY": "tests only " * 4 + "tests only",
        "STRIPE_WEBHOOK_SECRET": f"{STRIPE_SECRET},whsec_of_the_roll",
        "DATA_ENCRYPTION_KEY": base64.b64encode(b"k" * 32).decode(),
        "POS_DATA_DIR": str(Path(server.data_dir).parent / "pos-data"),
    }


def make_template(server: postgres.Server) -> list[dict[str, Any]]:
    """A migrated, guarded database with two shops; answers with what a test needs to know of them."""
    postgres.provision(server, TEMPLATE)
    app = create_app(settings(server, TEMPLATE))
    with app.app_context():
        upgrade()
        with superuser_in(server, TEMPLATE) as cursor:
            guards.install(cursor)
        shops = [
            make_shop("hops", "USD", "US", "America/Los_Angeles", prices_include_tax=False),
            make_shop("cafe", "EUR", "DE", "Europe/Berlin", prices_include_tax=True),
        ]
        with superuser_in(server, TEMPLATE) as cursor:
            hash_quickly(cursor, shops)
        db.engine.dispose()
    return shops


@contextmanager
def superuser_in(server: postgres.Server, database: str) -> Iterator[Any]:
    """A cursor of one transaction."""
    with closing(psycopg2.connect(server.url("postgres", database))) as connection, connection:
        yield connection.cursor()


def hash_quickly(cursor: Any, shops: list[dict[str, Any]]) -> None:
    """Gives the shops' secrets hashes that are compared in no time: what it takes stands in a hash itself, and each process of the tests
    compares some. What it takes in earnest, tests/staff/test_passwords.py and tests/stores/test_tokens.py say."""
    quick = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    # Nobody changed anything, as the log of changes sees it.
    cursor.execute("SET LOCAL session_replication_role = replica")
    cursor.execute("SELECT id FROM memberships")
    for (membership_id,) in cursor.fetchall():
        cursor.execute("UPDATE memberships SET pin_hash = %s WHERE id = %s", [quick.hash(PIN), membership_id])
    cursor.execute("SELECT id FROM users WHERE password_hash IS NOT NULL")
    for (user_id,) in cursor.fetchall():
        cursor.execute("UPDATE users SET password_hash = %s WHERE id = %s", [quick.hash(PASSWORD), user_id])
    for shop in shops:
        secret = cast("tokens.Token", tokens.read(shop["api_key"])).secret
        key = bcrypt.hashpw(secret.encode(), bcrypt.gensalt(rounds=4)).decode()
        cursor.execute("UPDATE stores SET api_key_hash = %s WHERE id = %s", [key, shop["store_id"]])


SMS_NUMBERS = {"hops": "+14155550100", "cafe": "+493012345678", "dock": "+14155550102"}


def make_shop(slug: str, currency: str, country: str, timezone: str, *, prices_include_tax: bool) -> dict[str, Any]:
    store_id = ids.uuid7()
    with transaction(store_id, actor="test"):
        store, api_key = stores.create_store(
            store_id,
            name=slug.title(),
            slug=slug,
            currency=currency,
            country=country,
            timezone=timezone,
            prices_include_tax=prices_include_tax,
        )
        store.stripe_account = f"acct_{slug}"
        store.sms_number = SMS_NUMBERS[slug]
        rates = {"standard": "0.0825", "prepared": "0.10", "none": "0"}
        location = stores.create_location(name="Taproom", timezone=timezone, tax_rates=rates)
        register, _ = stores.create_register(name="Bar", location_id=location.id, now=clock.now())
        token = stores.issue_token(register)
        people = {
            role: str(
                staff.add(name=role.title(), role=role, email=_email(role, slug), password=PASSWORD, pin=PIN).user_id
            )
            for role in ("owner", "manager", "cashier")
        }
        shelf = catalog.create_category(name="Everything")
        products = {
            entry["sku"]: str(catalog.create_product({**entry, "category_id": shelf.id}).id) for entry in CATALOG
        }
    return {
        "slug": slug,
        "store_id": str(store.id),
        "api_key": api_key,
        "register_token": token,
        "register_id": str(register.id),
        "location_id": str(location.id),
        "category_id": str(shelf.id),
        "people": people,
        "products": products,
    }


def _email(role: str, slug: str) -> str | None:
    return None if role == "cashier" else f"{role}@{slug}.example"


def copy(server: postgres.Server, name: str, template: str = TEMPLATE) -> None:
    """CREATE DATABASE from the template, with the same owner and grants. Nobody may be connected to the template."""
    with closing(psycopg2.connect(server.url("postgres", "postgres"))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            named, source = sql.Identifier(name), sql.Identifier(template)
            cursor.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY WAL_LOG OWNER tappass_owner").format(named, source)
            )
            for login in ("tappass_app", "tappass_worker", "tappass_backup", "tappass_report"):
                cursor.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(named, sql.Identifier(login)))


def let_go(app: Flask) -> None:
    """Closes the connections of an application that is not used any more.

    Flask-SQLAlchemy keeps engines by their application, and ours knows its application: none would ever be garbage.
    """
    with app.app_context():
        db.engine.dispose()
    del db._app_engines[app]


def drop(server: postgres.Server, name: str) -> None:
    with closing(psycopg2.connect(server.url("postgres", "postgres"))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
