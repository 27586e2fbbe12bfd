"""Logins of the older back end: each reads and writes customers_view for one store (pos/walls.py says what they may).

Roles belong to the whole server, so whoever makes one needs CREATEROLE: the embedded server's superuser, or the login of
MIGRATION_DATABASE_URL. Where neither may, an administrator is given the statements, and the command is repeated.
"""

import re
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import psycopg2.errors
import psycopg2.extensions
from psycopg2 import sql
from sqlalchemy import Select, create_engine
from sqlalchemy.pool import NullPool

from pos import connections, ids, walls
from pos.config import Settings
from pos.db import rows_of
from pos.legacy.models import LegacyReader
from pos.statements import Statement

# What a reader's sessions begin with besides the store: nobody holds up the counter by leaving a transaction open.
_LIMITS = {"statement_timeout": "60s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "60s"}
_NAME = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,62}")
_FACTS = """
    SELECT current_database(), current_database() || '_' || %(kind)s,
           (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user),
           EXISTS (SELECT FROM pg_roles WHERE rolname = current_database() || '_' || %(kind)s),
           EXISTS (SELECT FROM pg_roles WHERE rolname = %(name)s),
           EXISTS (SELECT FROM pg_auth_members m WHERE m.member = to_regrole(quote_ident(%(name)s))
                      AND m.roleid = to_regrole(quote_ident(current_database() || '_' || %(kind)s))),
           has_database_privilege('public', current_database(), 'CONNECT')
"""
_KNOWS = """
    SELECT EXISTS (SELECT FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
                    WHERE d.datname = current_database() AND s.setrole = to_regrole(quote_ident(%(name)s))
                      AND 'app.store_id=' || %(store)s = ANY(s.setconfig))
"""
LISTED = Statement("""
    SELECT r.role_name, r.created_at, EXISTS (SELECT FROM pg_roles g WHERE g.rolname = r.role_name) AS is_there
      FROM legacy_readers r WHERE r.store_id = :store ORDER BY r.role_name
""")


def rows_named(name: str) -> Select[LegacyReader]:
    """The reader of this name in the open transaction's store."""
    return rows_of(LegacyReader).where(LegacyReader.role_name == name)


class BadName(ValueError):
    """The name cannot be a reader's; the text says why."""


class NeedsAdministrator(RuntimeError):
    """No login of ours may make roles: `statements` is what somebody who may has to run."""

    def __init__(self, statements: str, password: str | None) -> None:
        super().__init__("This database's logins may not make roles.")
        self.statements, self.password = statements, password


@dataclass(frozen=True)
class Login:
    """A reader that was made: its address with the password, or without it where an administrator has set it.

    `knows_its_store`: the server tells its sessions the store; else the address does.
    """

    address: str
    password: str | None
    knows_its_store: bool


@dataclass(frozen=True)
class _Server:
    """What is there of roles. `is_ours`: the role is a reader of this database already. `is_open`: everybody may connect."""

    database: str
    group: str
    may_make: bool
    has_group: bool
    has_role: bool
    is_ours: bool
    is_open: bool


def make(settings: Settings, name: str, store_id: UUID) -> Login:
    """Makes the login, or gives one that is there a new password, and lets the readers in. May be repeated.

    Until it stands in legacy_readers it sees nothing. Raises BadName, NeedsAdministrator.
    """
    require_name(name)
    with closing(connections.connect(settings, _maker(settings))) as connection, connection.cursor() as cursor:
        found = _look(cursor, name)
        if found.has_role and not found.is_ours:
            raise BadName(f"{name} is a login of something else on this server; choose another name.")
        secret = ids.secret()
        password = secret if _make_role(cursor, found, name, store_id, secret) else None
        cursor.execute(_KNOWS, {"name": name, "store": str(store_id)})
        knows_its_store = bool(cursor.fetchone()[0])
        connection.commit()
    _open_to_readers(settings)
    address = _address(settings, name, password, None if knows_its_store else store_id)
    return Login(address, password, knows_its_store)


def remove(settings: Settings, name: str) -> None:
    """Ends the login. It saw nothing any more once it was taken off the list. Raises NeedsAdministrator."""
    with closing(connections.connect(settings, _maker(settings))) as connection, connection.cursor() as cursor:
        found = _look(cursor, name)
        statement = sql.SQL("DROP ROLE {}").format(sql.Identifier(name))
        if found.is_ours and not found.may_make:
            raise NeedsAdministrator(statement.as_string(cursor) + ";", None)
        if found.is_ours:
            cursor.execute(statement)
        connection.commit()


def require_name(name: str) -> None:
    """Raises BadName for what PostgreSQL would keep in another spelling."""
    if not _NAME.fullmatch(name):
        raise BadName(
            "A login's name is made of lower-case letters, digits and _, at most 63, and begins with a letter."
        )


def _maker(settings: Settings) -> str:
    return connections.SUPERUSER if settings.is_embedded else connections.OWNER


def _look(cursor: Any, name: str) -> _Server:
    cursor.execute(_FACTS, {"kind": walls.READERS, "name": name})
    return _Server(*cursor.fetchone())


def _make_role(cursor: Any, found: _Server, name: str, store_id: UUID, password: str) -> bool:
    """Whether the login has this password now; one that an administrator has made keeps its own. Raises NeedsAdministrator."""
    statements = list(_statements(cursor, found, name, password))
    store = _setting(found, name, "app.store_id", str(store_id))
    if found.may_make and _all_done(cursor, statements):
        _all_done(cursor, [store])
        return True
    if not found.is_ours:
        written = "\n".join(f"{statement.as_string(cursor)};" for statement in (*statements, store))
        raise NeedsAdministrator(written, password)
    return False


def _all_done(cursor: Any, statements: list[sql.Composed]) -> bool:
    """All of it, or nothing and False: who may make roles may still not change one that somebody else made, nor give it a
    setting that PostgreSQL does not know, unless as a superuser."""
    cursor.execute("SAVEPOINT statements")
    try:
        for statement in statements:
            cursor.execute(statement)
    except psycopg2.errors.InsufficientPrivilege:
        cursor.execute("ROLLBACK TO statements")
        return False
    return True


def _statements(cursor: Any, found: _Server, name: str, password: str) -> Any:
    """The password travels as a SCRAM verifier only, so that no log or statistics view can show it."""
    role, group, database = (sql.Identifier(each) for each in (name, found.group, found.database))
    if not found.has_group:
        yield sql.SQL("CREATE ROLE {} NOLOGIN").format(group)
    verifier = psycopg2.extensions.encrypt_password(password, name, cursor.connection, "scram-sha-256")
    verb = sql.SQL("ALTER" if found.has_role else "CREATE")
    yield sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, role, sql.Literal(verifier))
    yield sql.SQL("GRANT {} TO {}").format(group, role)
    if not found.is_open:
        yield sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, group)
    for setting, value in _LIMITS.items():
        yield _setting(found, name, setting, value)


def _setting(found: _Server, name: str, setting: str, value: str) -> sql.Composed:
    """A login's setting in this database alone: roles belong to the server, where another one may hold a copy."""
    return sql.SQL("ALTER ROLE {} IN DATABASE {} SET {} = {}").format(
        sql.Identifier(name), sql.Identifier(found.database), sql.SQL(setting), sql.Literal(value)
    )


def _open_to_readers(settings: Settings) -> None:
    """What the group may see and do; the owner's to give."""
    engine = create_engine(
        "postgresql+psycopg2://", creator=lambda: connections.connect(settings, connections.OWNER), poolclass=NullPool
    )
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
        web, worker = (connections.user_of(settings, login) for login in (connections.WEB, connections.WORKER))
        walls.let_readers_in(connection, walls.settle_roles(connection, web, worker))


def _address(settings: Settings, name: str, password: str | None, tell: UUID | None) -> str:
    """Where the older system connects; it tells the store where the server does not."""
    told = dict(psycopg2.extensions.parse_dsn(connections.address(settings, connections.OWNER)))
    database = quote(str(told.pop("dbname", "")), safe="")
    secret = f":{quote(password, safe='')}" if password else ""
    more = {key: value for key, value in told.items() if key not in ("user", "password", "options")}
    if tell:
        more["options"] = f"-c app.store_id={tell}"
    return f"postgresql://{name}{secret}@/{database}?{urlencode(more, quote_via=quote)}"
