"""The embedded PostgreSQL 18: whoever needs it starts it or attaches to it; the last one to leave stops it.

Every user holds a shared lock for as long as it uses the server; who can make that lock exclusive on leaving
is the last one. A killed process loses its lock by itself, so nobody has to be counted. Starting and
stopping happen under a second lock, one process at a time.
"""

import atexit
import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psycopg2.extensions
from psycopg2 import sql

from pos import postgres_cluster as cluster
from pos.postgres_binaries import PostgresUnavailable, refuse_data_of_another_major
from pos.postgres_cluster import LOGINS, Server, server

__all__ = [
    "LOGINS",
    "PostgresUnavailable",
    "Server",
    "ensure_started",
    "is_up",
    "provision",
    "revive",
    "running",
    "server",
]

_REVIVALS = 3
_NO_OPTIONS: Mapping[str, str] = MappingProxyType({})
_LOGIN_SETTINGS = {
    "tappass_app": {
        "statement_timeout": "10s",
        "lock_timeout": "5s",
        "idle_in_transaction_session_timeout": "15s",
    },
    "tappass_worker": {"statement_timeout": "60s"},
}

# The locks this process holds as a user, so that a forked child can put its copies down: they would keep the
# parent counted as a user after its end, and the child could stop the server in the parent's name.
_users_locks: set[int] = set()
_joined: dict[Path, Server] = {}


@contextmanager
def running(home: Path, *, options: Mapping[str, str] = _NO_OPTIONS) -> Iterator[Server]:
    """Start the server or attach to it; on leaving, the last user of all processes stops it.

    `options` are settings of postgresql.conf and win over ours; they count only where this call is the one
    that starts the server. Raises PostgresUnavailable.
    """
    found, users_lock = _join(home, options)
    try:
        yield found
    finally:
        _leave(found, users_lock)


def ensure_started(home: Path) -> Server:
    """Start or attach, and stay a user until this process ends. May be repeated, from any thread.

    A child made by fork is a user of its own: it calls this itself before it opens a connection. Raises
    PostgresUnavailable.
    """
    home = home.resolve()
    if home not in _joined:
        found, users_lock = _join(home, _NO_OPTIONS)
        if _joined.setdefault(home, found) is found:
            atexit.register(_leave, found, users_lock)
        else:
            _leave(found, users_lock)
    return _joined[home]


def revive(server: Server, *, options: Mapping[str, str] = _NO_OPTIONS) -> bool:
    """Start the server again if it is found dead; for a process that is a user of it already.

    One that dies once more on the way is started again, a few times. Says whether it was dead.
    """
    was_dead = False
    for is_last in (False,) * _REVIVALS + (True,):
        if is_up(server):
            return was_dead
        was_dead = True
        try:
            with _starting(server):
                cluster.bring_up(server, options, provision)
        except (psycopg2.OperationalError, PostgresUnavailable) as error:
            if is_last:
                raise PostgresUnavailable(f"PostgreSQL does not stay up. {error}".strip()) from error
    return was_dead


def is_up(server: Server) -> bool:
    """Whether the server answers, asked by connecting (about 5 ms).

    Raises PostgresUnavailable when one answers that was made with other passwords.
    """
    return cluster.answer(server) == "up"


def _join(home: Path, options: Mapping[str, str]) -> tuple[Server, int]:
    found = server(home)
    refuse_data_of_another_major(home.resolve())
    cluster.make_folders(found, home.resolve())
    with _starting(found):
        users_lock = os.open(found.folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(users_lock, fcntl.LOCK_SH)
            # Looked up again: the one before us under the lock may have made the passwords.
            found = cluster.bring_up(server(home), options, provision)
        except BaseException:
            with suppress(PostgresUnavailable):
                _stop_unless_used(found, users_lock)
            os.close(users_lock)
            raise
    _users_locks.add(users_lock)
    return found, users_lock


def _leave(server: Server, users_lock: int) -> None:
    """Nothing to do in a child made by fork: the lock was its parent's."""
    if users_lock not in _users_locks:
        return
    _users_locks.discard(users_lock)
    try:
        with _starting(server):
            _stop_unless_used(server, users_lock)
    finally:
        os.close(users_lock)


def _stop_unless_used(server: Server, users_lock: int) -> None:
    """Under the start lock. Who is refused has lost its shared lock too, which is well: it is leaving."""
    with suppress(BlockingIOError):
        fcntl.flock(users_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        cluster.stop(server)


@contextmanager
def _starting(server: Server) -> Iterator[None]:
    """The lock under which a server is made, started and stopped; the kernel frees it when its holder dies.

    Python opens it close-on-exec, so the server itself does not inherit it.
    """
    lock = os.open(server.folder / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _put_down_parents_locks() -> None:
    for users_lock in _users_locks:
        os.close(users_lock)
    _users_locks.clear()
    _joined.clear()


os.register_at_fork(after_in_child=_put_down_parents_locks)


def provision(server: Server, database: str = "tappass") -> None:
    """Make the five logins and a database of the owner's with nothing granted to PUBLIC. May be repeated.

    All but the owner may connect and no more: what each may do in the database is granted by its migrations.
    """
    with closing(cluster.superuser(server)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('tappass provision'))")
        for login in LOGINS:
            _provision_login(cursor, login, server.passwords[login])
        cursor.execute("GRANT pg_read_all_data TO tappass_backup")
        _provision_database(cursor, database)
    with closing(cluster.superuser(server, database)) as connection, connection.cursor() as cursor:
        cursor.execute("ALTER SCHEMA public OWNER TO tappass_owner; REVOKE CREATE ON SCHEMA public FROM PUBLIC")


def _provision_login(cursor: Any, login: str, password: str) -> None:
    """The password travels as a SCRAM verifier only, so that no log or statistics view can show it."""
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [login])
    if not cursor.fetchone():
        cursor.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(login)))
    verifier = psycopg2.extensions.encrypt_password(password, login, cursor.connection, "scram-sha-256")
    bypass = "BYPASSRLS" if login == "tappass_backup" else "NOBYPASSRLS"
    rights = sql.SQL(f"LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION {bypass}")
    command = sql.SQL("ALTER ROLE {} WITH {} PASSWORD {}")
    cursor.execute(command.format(sql.Identifier(login), rights, sql.Literal(verifier)))
    for name, value in _LOGIN_SETTINGS.get(login, {}).items():
        command = sql.SQL("ALTER ROLE {} SET {} = {}")
        cursor.execute(command.format(sql.Identifier(login), sql.Identifier(name), sql.Literal(value)))


def _provision_database(cursor: Any, database: str) -> None:
    named = sql.Identifier(database)
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
    if not cursor.fetchone():
        cursor.execute(sql.SQL("CREATE DATABASE {} OWNER tappass_owner").format(named))
    cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {}, postgres, template1 FROM PUBLIC").format(named))
    for login in LOGINS:
        cursor.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(named, sql.Identifier(login)))
