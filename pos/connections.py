"""Which login connects to the database, and how its rights are held down (the modes A, B and C)."""

import importlib
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg2
from flask import Flask
from psycopg2.extensions import parse_dsn, quote_ident

from pos.config import Settings
from pos.db import db
from pos.wire import Connection as Wire

# Before the first migration nobody can tell; it is asked again with each transaction until then.
UNDECIDED = "-"
WEB, WORKER, OWNER, SUPERUSER, BACKUP = "app", "worker", "owner", "superuser", "backup"
_EMBEDDED_LOGINS = {
    WEB: "tappass_app",
    WORKER: "tappass_worker",
    OWNER: "tappass_owner",
    SUPERUSER: "postgres",
    BACKUP: "tappass_backup",
}
_TRANSPORT = {"connect_timeout": 5, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


class UnsafeLogin(RuntimeError):
    """The database login would see every store's rows; the text says what to do."""


@dataclass(frozen=True)
class Mode:
    """How the runtime's rights are held down: `role` is what each transaction takes on, if anything."""

    letter: str
    role: str | None
    explanation: str


MODE_FACTS = """
    SELECT current_user, rolsuper, rolbypassrls, current_database(),
           (SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('public.customers')),
           (SELECT pg_has_role(current_user, runtime.oid, 'MEMBER') FROM pg_roles runtime
             WHERE runtime.rolname = current_database() || '_' || %s)
      FROM pg_roles WHERE rolname = current_user
"""


def address(settings: Settings, login: str) -> str:
    """The libpq address of a login: from the settings, or of the embedded server, which is started if need be."""
    if settings.is_embedded:
        # Imported late: an outside database needs none of the embedded server's parts.
        postgres = importlib.import_module("pos.postgres")
        return str(postgres.ensure_started(settings.data_dir).url(_EMBEDDED_LOGINS[login]))
    addresses = {WEB: settings.database_url, WORKER: settings.worker_database_url, BACKUP: settings.backup_database_url}
    return addresses.get(login) or str(settings.migration_database_url)


def analyst_address(settings: Settings) -> str | None:
    """Where questions are asked: the user in it stands for the logins of the slots. None before `flask analytics grant`.

    Of the embedded server it is read anew each time, so that a running process need not start again.
    """
    if not settings.is_embedded:
        return settings.analyst_database_url
    postgres = importlib.import_module("pos.postgres")
    server = postgres.ensure_started(settings.data_dir)
    if not server.analyst_password_path.exists():
        return None
    password = server.analyst_password_path.read_text()
    return str(server.url_of("tappass_analyst", password, "tappass"))


def connect(settings: Settings, login: str, **options: Any) -> Any:
    """A new psycopg2 connection for a login."""
    return psycopg2.connect(address(settings, login), application_name=f"tappass {login}", **_TRANSPORT, **options)


def user_of(settings: Settings, login: str) -> str:
    """The role that a login connects as; an address without one leaves it to libpq."""
    named = parse_dsn(address(settings, login)).get("user")
    if named:
        return str(named)
    with closing(connect(settings, WEB)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])


def detect(cursor: Any, login: str) -> Mode:
    """The mode of the connected login (docs/operating.md). Raises UnsafeLogin.

    A: it owns nothing. B: it owns the tables and takes on a role without rights of its own in each
    transaction. C: it owns the tables and has revoked from itself what it must not do.
    """
    cursor.execute(MODE_FACTS, (login,))
    user, is_super, bypasses, database, owns, has_role = cursor.fetchone()
    if has_role and (owns or is_super or bypasses):
        return Mode(
            "B",
            quote_ident(f"{database}_{login}", cursor),
            f"one login ({user}) that takes on the role {database}_{login}",
        )
    if owns is None and not (is_super or bypasses):
        return Mode(UNDECIDED, None, "shows after the first migration")
    if is_super or bypasses:
        raise UnsafeLogin(
            f"The login {user} is a superuser or has BYPASSRLS: row security would not hold for it. "
            "Connect with a login that is neither, or run `flask --app wsgi db upgrade` once, which makes the roles it needs."
        )
    if owns:
        return Mode("C", None, f"one login ({user}) that has revoked rights from itself")
    return Mode("A", None, f"separate logins; {user} owns no table")


def require_safe(settings: Settings, login: str) -> None:
    """Refuses a login that would see every store, before the process serves anybody. Raises UnsafeLogin.

    A database that is away is not its matter: requests then answer 503 until it is back.
    """
    try:
        with closing(connect(settings, login)) as connection, connection.cursor() as cursor:
            detect(cursor, login)
    except psycopg2.OperationalError:
        return


def init_app(app: Flask, settings: Settings, login: str = WEB) -> None:
    """Gives the app its engine. `app.extensions["login"]` may be set to WORKER before the first connection."""
    app.extensions["login"] = login
    app.config["SQLALCHEMY_DATABASE_URI"] = "postgresql+psycopg2://"
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "creator": lambda: connect(settings, app.extensions["login"], connection_factory=Wire),
        # An error's text goes into logs; a statement's values would carry phones there.
        "hide_parameters": True,
        # A request that finds none free waits; connections beyond the pool would be made and thrown away all the time.
        "pool_size": settings.database_connections,
        "max_overflow": 0,
        "pool_timeout": 3,
        # The connection that was given back last: a few PostgreSQL processes stay warm, instead of all of them in turn.
        "pool_use_lifo": True,
        "pool_recycle": 1800,
    }
    app.extensions["database_mode"] = None
    app.extensions["database_role"] = lambda wire: mode_of(app, wire).role
    db.init_app(app)


def mode_of(app: Flask, wire: Any) -> Mode:
    """The mode of this process, looked up with its first transaction."""
    mode: Mode | None = app.extensions["database_mode"]
    if mode is None:
        with wire.cursor() as cursor:
            mode = detect(cursor, app.extensions["login"])
        if mode.letter != UNDECIDED:
            app.extensions["database_mode"] = mode
    return mode
