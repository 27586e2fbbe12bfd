"""The roles of questions: the slots' logins, the owner of the views, and whoever may go on to call what others may not.

Roles belong to the whole server, so their names begin with the database's. Whoever makes them needs CREATEROLE, whoever takes functions
from PUBLIC is a superuser: on the embedded server its superuser, elsewhere the login of MIGRATION_DATABASE_URL if it may, else an
administrator, who is given the statements.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg2.errors
import psycopg2.extensions
from psycopg2 import sql
from psycopg2.extensions import quote_ident

from pos import walls
from pos.analytics.questions import functions

SLOTS = 4
SECONDS = 2
LIMITS = {
    "default_transaction_read_only": "on",
    "statement_timeout": f"{SECONDS}s",
    "lock_timeout": "500ms",
    "idle_in_transaction_session_timeout": "2s",
    "idle_session_timeout": "10s",
    "client_connection_check_interval": "500ms",
    "work_mem": "16MB",
    "hash_mem_multiplier": "1",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "search_path": "analytics",
    "standard_conforming_strings": "on",
}
# No login but a superuser may raise this one, and none but a superuser can set it.
TEMPORARY_FILES = "64MB"
_LONGEST_DATABASE = 63 - len("_analyst_views")


@dataclass(frozen=True)
class Names:
    """The roles of one database."""

    database: str

    @property
    def slots(self) -> list[str]:
        return [f"{self.database}_analyst_{number}" for number in range(1, SLOTS + 1)]

    @property
    def views(self) -> str:
        return f"{self.database}_analyst_views"

    @property
    def trusted(self) -> str:
        return f"{self.database}_trusted"

    @property
    def is_short_enough(self) -> bool:
        return len(self.database.encode()) <= _LONGEST_DATABASE


@dataclass(frozen=True)
class Server:
    """What the connected login finds: `version` is the major one, `there` are roles of ours."""

    names: Names
    version: int
    is_superuser: bool
    may_make: bool
    there: frozenset[str]
    readers: str | None


@dataclass(frozen=True)
class Wall:
    """Something that has to be done by who may, and how it is seen that it is: `stands` is SQL that says yes or no. Without those that
    are needed nothing can be asked."""

    what: str
    stands: str
    is_needed: bool = False
    lines: tuple[str, ...] = ()


_FACTS = """
    SELECT current_database(), rolsuper, rolsuper OR rolcreaterole,
           ARRAY(SELECT g.rolname::text FROM pg_roles g WHERE g.rolname LIKE replace(current_database(), '_', '\\_') || '\\_%%'),
           (SELECT g.rolname::text FROM pg_roles g WHERE g.rolname = current_database() || '_' || %s)
      FROM pg_roles WHERE rolname = current_user
"""


def look(cursor: Any) -> Server:
    cursor.execute(_FACTS, (walls.READERS,))
    database, is_superuser, may_make, there, readers = cursor.fetchone()
    version = cursor.connection.server_version // 10_000
    return Server(Names(database), version, is_superuser, may_make, frozenset(there), readers)


_SLOTS_STAND = """
    SELECT count(*) = cardinality(%(slots)s) AND bool_and(rolcanlogin AND rolconnlimit = 1 AND NOT (rolsuper OR rolinherit OR rolcreaterole
             OR rolcreatedb OR rolreplication OR rolbypassrls)) AND to_regrole(quote_ident(%(views)s)) IS NOT NULL
           AND bool_and(has_database_privilege(oid, current_database(), 'CONNECT'))
      FROM pg_roles WHERE rolname = ANY(%(slots)s)
"""
_SETTINGS_STAND = """
    SELECT count(*) = cardinality(%(slots)s) FROM pg_db_role_setting s
     WHERE s.setdatabase = 0 AND s.setrole::regrole::text = ANY(SELECT quote_ident(r) FROM unnest(%(slots)s) r)
       AND s.setconfig @> %(settings)s
"""
_FUNCTIONS_STAND = """
    SELECT NOT EXISTS (SELECT FROM pg_language l, aclexplode(coalesce(l.lanacl, acldefault('l', l.lanowner))) a
                        WHERE l.lanname = ANY(%(languages)s) AND a.grantee = 0)
"""
_PLACES_STAND = """
    SELECT NOT EXISTS (SELECT FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
                        WHERE d.datname = current_database() AND a.grantee = 0 AND a.privilege_type IN ('TEMPORARY', 'CREATE'))
       AND NOT EXISTS (SELECT FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
                        WHERE n.nspname = 'public' AND a.grantee = 0)
"""

WALLS = (
    Wall("logins", _SLOTS_STAND, is_needed=True),
    Wall("limits of the logins", _SETTINGS_STAND),
    Wall("limit of temporary files", _SETTINGS_STAND),
    Wall("functions", _FUNCTIONS_STAND),
    Wall("temporary tables and the schema public", _PLACES_STAND),
)


def plan(cursor: Any, found: Server, roles: walls.Roles, others: list[str], password: str | None) -> Iterator[Wall]:
    """All that has to be done, in its order. `others` are the logins that need the functions besides the runtime; a password is given
    to the slots, or they keep theirs."""
    lines = (
        _roles(cursor, found, roles, password),
        _settings(cursor, found),
        _temporary_files(cursor, found),
        (*_trusted(cursor, found, roles, others), *_functions(cursor, found)),
        _places(cursor, found),
    )
    for wall, each in zip(WALLS, lines, strict=True):
        yield replace(wall, lines=tuple(each))


def stands(cursor: Any, wall: Wall, names: Names) -> bool:
    """Whether what a wall is made of is there, whoever has done it."""
    settings = ["temp_file_limit=" + TEMPORARY_FILES] if "temporary files" in wall.what else [
        f"{name}={value}" for name, value in LIMITS.items()
    ]  # fmt: skip
    cursor.execute(
        wall.stands,
        {"slots": names.slots, "views": names.views, "settings": settings, "languages": list(functions.LANGUAGES)},
    )
    row = cursor.fetchone()
    return bool(row and row[0]) and not (wall.what == "functions" and functions.open_to_all(cursor))


def removal(cursor: Any, found: Server) -> list[str]:
    """Ends the logins, once nothing is theirs any more. Those who may call any function stay so."""
    roles = [name for name in (*found.names.slots, found.names.views) if name in found.there]
    database = quote_ident(found.names.database, cursor)
    listed = _listed(cursor, roles)
    return [f"REVOKE ALL ON DATABASE {database} FROM {listed}", f"DROP ROLE {listed}"] if roles else []


def _roles(cursor: Any, found: Server, roles: walls.Roles, password: str | None) -> Iterator[str]:
    """The passwords travel as SCRAM verifiers only, so that no log or statistics view can show them."""
    views = quote_ident(found.names.views, cursor)
    if found.names.views not in found.there:
        yield f"CREATE ROLE {views} NOLOGIN"
    yield f"GRANT {views} TO {quote_ident(roles.owner, cursor)}{' WITH INHERIT FALSE, SET TRUE' if found.version >= 16 else ''}"
    for slot in found.names.slots:
        name = quote_ident(slot, cursor)
        if slot not in found.there:
            yield f"CREATE ROLE {name} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
        # To say even that it has none of these is a superuser's; `stands` looks at them all.
        rights = " NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS" if found.is_superuser else ""
        yield f"ALTER ROLE {name} LOGIN NOINHERIT CONNECTION LIMIT 1{rights}{_password(cursor, slot, password)}"
        # So that the runtime may end what was left behind in a slot.
        told = " WITH INHERIT TRUE, SET FALSE" if found.version >= 16 else ""
        yield from (f"GRANT {name} TO {quote_ident(role, cursor)}{told}" for role in roles.runtime)
    yield f"GRANT CONNECT ON DATABASE {quote_ident(found.names.database, cursor)} TO {_listed(cursor, found.names.slots)}"


def _password(cursor: Any, slot: str, password: str | None) -> str:
    if password is None:
        return ""
    verifier = psycopg2.extensions.encrypt_password(password, slot, cursor.connection, "scram-sha-256")
    return f" PASSWORD {sql.Literal(verifier).as_string(cursor)}"


def _settings(cursor: Any, found: Server) -> Iterator[str]:
    limits = LIMITS | ({"transaction_timeout": f"{SECONDS + 1}s"} if found.version >= 17 else {})
    for slot in found.names.slots:
        yield from (f"ALTER ROLE {quote_ident(slot, cursor)} SET {name} = '{value}'" for name, value in limits.items())


def _temporary_files(cursor: Any, found: Server) -> Iterator[str]:
    for slot in found.names.slots:
        yield f"ALTER ROLE {quote_ident(slot, cursor)} SET temp_file_limit = '{TEMPORARY_FILES}'"


def _trusted(cursor: Any, found: Server, roles: walls.Roles, others: list[str]) -> Iterator[str]:
    trusted = quote_ident(found.names.trusted, cursor)
    if found.names.trusted not in found.there:
        yield f"CREATE ROLE {trusted} NOLOGIN"
    readers = [found.readers] if found.readers else []
    members = sorted({roles.owner, *roles.runtime, *others, *readers})
    yield f"GRANT {trusted} TO {_listed(cursor, members)}"


def _functions(cursor: Any, found: Server) -> Iterator[str]:
    trusted = quote_ident(found.names.trusted, cursor)
    yield from functions.statements(functions.open_to_all(cursor), trusted)
    for language in functions.LANGUAGES:
        yield f"GRANT USAGE ON LANGUAGE {language} TO {trusted}"
        yield f"REVOKE USAGE ON LANGUAGE {language} FROM PUBLIC"


def _places(cursor: Any, found: Server) -> Iterator[str]:
    trusted, database = quote_ident(found.names.trusted, cursor), quote_ident(found.names.database, cursor)
    yield f"GRANT TEMPORARY ON DATABASE {database} TO {trusted}"
    yield f"REVOKE TEMPORARY, CREATE ON DATABASE {database} FROM PUBLIC"
    yield f"GRANT USAGE ON SCHEMA public TO {trusted}"
    yield "REVOKE ALL ON SCHEMA public FROM PUBLIC"


def carry_out(cursor: Any, lines: Sequence[str]) -> bool:
    """All of it, or nothing and False where this login may not. PostgreSQL only warns of rights that it did not take away, so look at
    `stands` afterwards."""
    cursor.execute("SAVEPOINT statements")
    try:
        for line in lines:
            cursor.execute(line)
    except (psycopg2.errors.InsufficientPrivilege, psycopg2.errors.UndefinedObject):
        cursor.execute("ROLLBACK TO statements")
        return False
    return True


def _listed(cursor: Any, names: list[str]) -> str:
    return ", ".join(quote_ident(name, cursor) for name in names)
