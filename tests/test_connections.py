"""Which mode a login means, on real logins, and what the texts of database errors may say."""

from dataclasses import dataclass
from typing import Any

import psycopg2
import psycopg2.errors
import pytest
from flask import Flask
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - it is a class
from sqlalchemy.exc import IntegrityError

from pos import connections, postgres
from pos.connections import UnsafeLogin
from pos.customers.models import Customer
from pos.db import db, transaction, wire_of
from tests.client import Shop
from tests.hosting import Host, Offer, hosted

PHONE, UNSAFE = "+14155550132", "refused"


@dataclass(frozen=True)
class Login:
    """What a login is and has: its rights, whether the tables are its own, which roles of mode B it may take on."""

    rights: str = ""
    owns: bool = False
    roles_are_there: bool = True
    may_take_on: tuple[str, ...] = ()
    is_migrated: bool = True


BOTH = ("app", "worker")


@pytest.mark.parametrize(
    ("login", "as_", "mode"),
    [
        (Login(), "app", "A"),
        (Login(), "worker", "A"),
        (Login(rights="CREATEROLE CREATEDB"), "app", "A"),
        (Login(may_take_on=BOTH), "app", "A"),
        (Login(owns=True), "app", "C"),
        (Login(owns=True, roles_are_there=False), "app", "C"),
        (Login(owns=True, roles_are_there=False, rights="CREATEROLE"), "app", "C"),
        (Login(owns=True, may_take_on=BOTH), "app", "B"),
        (Login(owns=True, may_take_on=BOTH), "worker", "B"),
        (Login(owns=True, may_take_on=("app",)), "app", "B"),
        (Login(owns=True, may_take_on=("app",)), "worker", "C"),
        (Login(rights="SUPERUSER"), "app", "B"),
        (Login(rights="SUPERUSER", roles_are_there=False), "app", UNSAFE),
        (Login(rights="SUPERUSER", roles_are_there=False, owns=True), "app", UNSAFE),
        (Login(rights="SUPERUSER", roles_are_there=False, is_migrated=False), "worker", UNSAFE),
        (Login(rights="BYPASSRLS"), "app", UNSAFE),
        (Login(rights="BYPASSRLS", owns=True), "app", UNSAFE),
        (Login(rights="BYPASSRLS", owns=True, may_take_on=("app",)), "app", "B"),
        (Login(rights="BYPASSRLS", owns=True, may_take_on=("app",)), "worker", UNSAFE),
        (Login(rights="BYPASSRLS", may_take_on=BOTH), "app", "B"),
    ],
)
def test_detect_tells_the_mode_of_a_login(server: postgres.Server, login: Login, as_: str, mode: str) -> None:
    with hosted(server, Offer("A", web="login")) as host:
        given(host, login)

        found = detected(host, as_)

    assert found == (mode, role(host, as_) if mode == "B" else None)


def test_refusal_names_the_login_and_what_to_do(server: postgres.Server) -> None:
    with hosted(server, Offer("A", web="login")) as host:
        given(host, Login(rights="BYPASSRLS", roles_are_there=False))

        with pytest.raises(UnsafeLogin) as refusal:
            detected(host, "app", raising=True)

    assert str(refusal.value).startswith(f"The login {host.web} is a superuser or has BYPASSRLS")
    assert "flask --app wsgi db upgrade" in str(refusal.value)


def test_mode_is_asked_once_for_each_process(app: Flask, shop: Shop) -> None:
    with transaction(None):
        first = connections.mode_of(app, wire_of(db.session.connection()))

    with transaction(None):
        second = connections.mode_of(app, wire_of(db.session.connection()))

    assert (first.letter, first is second) == ("A", True)


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({}, "uq_customers_store_id_phone"),
        ({"phone": "0" + PHONE[1:]}, "ck_customers_phone"),
        ({"phone": "+14155550133", "origin": PHONE}, "ck_customers_origin"),
    ],
)
def test_error_of_the_database_holds_no_phone(app: Flask, shop: Shop, changed: dict[str, str], constraint: str) -> None:
    known = {"phone": PHONE, "origin": "counter", "name": PHONE}
    with transaction(shop.store_id):  # type: ignore[arg-type]
        db.session.add(Customer(**known))

    with pytest.raises(IntegrityError) as refused, transaction(shop.store_id):  # type: ignore[arg-type]
        db.session.add(Customer(**{**known, **changed}))

    told = f"{refused.value} {refused.value!r} {refused.value.orig}"
    assert constraint in told
    assert PHONE[1:] not in told


def test_error_would_hold_the_phone_for_a_login_above_row_security(committed: Flask, superuser: Any) -> None:
    """The twin: PostgreSQL quotes the row to whom row security does not bind, so the test above looks at something."""
    twice = """INSERT INTO customers (store_id, id, phone, origin, version)
               SELECT id, gen_random_uuid(), %s, 'counter', 1 FROM stores LIMIT 1"""
    with superuser.cursor() as cursor:
        cursor.execute(twice, (PHONE,))

        with pytest.raises(psycopg2.errors.UniqueViolation) as refused:
            cursor.execute(twice, (PHONE,))

    assert PHONE in str(refused.value)


def given(host: Host, login: Login) -> None:
    """Makes the login what the case says, in a database that holds only what detection looks at."""
    with host.as_superuser() as cursor:
        if login.is_migrated:
            cursor.execute("CREATE TABLE customers ()")
            named(cursor, "ALTER TABLE customers OWNER TO {}", host.web if login.owns else host.owner)
        for name in BOTH if login.roles_are_there else ():
            named(cursor, "CREATE ROLE {} NOLOGIN", f"{host.database}_{name}")
        for name in login.may_take_on:
            named(cursor, "GRANT {} TO {}", f"{host.database}_{name}", host.web)
        if login.rights:
            named(cursor, f"ALTER ROLE {{}} {login.rights}", host.web)


def named(cursor: Cursor, statement: str, *names: str) -> None:
    cursor.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))


def detected(host: Host, login: str, *, raising: bool = False) -> tuple[str, str | None]:
    """The mode's letter and the role to take on."""
    with host.as_login(host.web) as cursor:
        try:
            mode = connections.detect(cursor, login)
        except UnsafeLogin:
            if raising:
                raise
            return UNSAFE, None
        cursor.execute(f"SET LOCAL ROLE {mode.role}" if mode.role else "SELECT 1")
        cursor.execute("SELECT current_user")
        (taken_on,) = cursor.fetchone() or (None,)
        return mode.letter, taken_on if mode.role else None


def role(host: Host, login: str) -> str:
    return f"{host.database}_{login}"
