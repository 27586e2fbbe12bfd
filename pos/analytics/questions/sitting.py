"""One connection of a slot's login, for one question: opened, looked at, asked, closed.

psycopg 3's libpq is driven by hand here, since it speaks the extended protocol: that takes a single statement, whatever the text holds.
The clock is kept on this side of the wire, because who asks may change the limits of the session; what is taken in is counted as it comes.
"""

import select
import time
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import pq
from psycopg.conninfo import make_conninfo

from pos.analytics.questions.logins import LIMITS, SECONDS

# The statement's own limit comes first; this one cannot be changed from within.
WATCHDOG_SECONDS = SECONDS + 0.5
MOST_BYTES = 2_000_000
_CHUNK_ROWS = 100
_CONNECT_SECONDS = 3
# The clock is the store's: "today" is its today. Instants are told in UTC all the same (answers.py).
_SESSION = {"datestyle": "ISO, YMD", "intervalstyle": "iso_8601", "client_encoding": "UTF8"}
# What a login must not be, have or belong to, so that the views are all that it sees.
_FACTS = b"""
    SELECT session_user, current_user = session_user
           AND NOT (r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolinherit)
           AND r.rolconnlimit = 1
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members m WHERE m.member = r.oid)
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relowner = r.oid)
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspowner = r.oid OR has_schema_privilege(r.oid, n.oid, 'CREATE'))
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
                              AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
                              AND has_schema_privilege(r.oid, c.relnamespace, 'USAGE')
                              AND has_any_column_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE'))
      FROM pg_catalog.pg_roles r WHERE r.rolname = session_user
"""
_EMPTY_STATES = {pq.ExecStatus.COMMAND_OK, pq.ExecStatus.EMPTY_QUERY}
_ROWS = {pq.ExecStatus.TUPLES_OK, pq.ExecStatus.TUPLES_CHUNK, pq.ExecStatus.SINGLE_TUPLE}


class Unsafe(RuntimeError):
    """The login is none of a slot, or may more than one."""


class Taken(RuntimeError):
    """Somebody else is connected as this slot; PostgreSQL lets one in at a time."""


class Overdue(RuntimeError):
    """The time was up; the statement has been cancelled."""


class Failed(RuntimeError):
    """PostgreSQL's complaint: its SQLSTATE and its first line."""

    def __init__(self, state: str, message: str) -> None:
        super().__init__(message)
        self.state, self.message = state, message


@dataclass(frozen=True)
class Raw:
    """An answer as PostgreSQL writes it: names and type oids of the columns, and texts. `is_cut`: there was more."""

    names: list[str]
    types: list[int]
    rows: list[list[str | None]]
    is_cut: bool


class Opened:
    """A connection that is closed at the end of the `with`."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    @classmethod
    def of(cls, address: str, role: str, zone: str) -> "Opened":
        """Connects as this login to the address' database. Raises Unsafe, Taken, psycopg.OperationalError."""
        try:
            connection = psycopg.Connection.connect(_conninfo(address, role, zone), autocommit=True)
        except psycopg.OperationalError as error:
            if "too many connections for role" in str(error):
                raise Taken(role) from error
            raise
        try:
            _require_slot(connection, role)
        except BaseException:
            connection.close()
            raise
        return cls(connection)

    def __enter__(self) -> psycopg.Connection[Any]:
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def _conninfo(address: str, role: str, zone: str) -> str:
    session = {**LIMITS, **_SESSION, "timezone": zone}
    options = " ".join(f"-c {name}={value}".replace(", ", ",") for name, value in session.items())
    return make_conninfo(
        address, user=role, options=options, application_name="tappass question", connect_timeout=_CONNECT_SECONDS
    )


def _require_slot(connection: psycopg.Connection[Any], role: str) -> None:
    rows = run(connection, _FACTS.decode(), most_rows=2).rows
    if rows != [[role, "t"]]:
        raise Unsafe(f"The login {role} may do more than ask.")


def run(connection: psycopg.Connection[Any], sql: str, *, most_rows: int, seconds: float = WATCHDOG_SECONDS) -> Raw:
    """One statement and its rows, at most so many, so much and for so long. Raises Overdue, Failed, psycopg.OperationalError.

    After Overdue, and where the answer is cut, the connection is of no more use: it was cancelled in the midst.
    """
    pgconn = connection.pgconn
    watch = _Watch(pgconn, time.monotonic() + seconds)
    pgconn.send_query_params(sql.encode(), None)
    pgconn.set_chunked_rows_mode(_CHUNK_ROWS)
    taken = _Taken(most_rows)
    while (result := watch.next_result()) is not None:
        if result.status in _ROWS:
            taken.add(result)
        elif result.status not in _EMPTY_STATES:
            raise _failure(result)
        if taken.is_cut:
            watch.cancel()
            break
    return Raw(taken.names, taken.types, taken.rows, taken.is_cut)


class _Watch:
    """Waits for results until the time is up, then cancels what runs, from beside it."""

    def __init__(self, pgconn: Any, until: float) -> None:
        self._pgconn, self._until = pgconn, until
        self._poll = select.poll()
        self._poll.register(pgconn.socket, select.POLLIN)

    def next_result(self) -> Any:
        """The next result, or None after the last one."""
        self._pgconn.flush()
        while True:
            left = self._until - time.monotonic()
            if left <= 0:
                self.cancel()
                raise Overdue
            if not self._pgconn.is_busy():
                return self._pgconn.get_result()
            if self._poll.poll(left * 1000):
                self._pgconn.consume_input()

    def cancel(self) -> None:
        """By a connection of its own, as libpq does it; closing alone would leave the statement running to its end."""
        try:
            self._pgconn.get_cancel().cancel()
        except psycopg.Error:
            # The server is away, or ended the connection by itself: nothing runs any more.
            return


class _Taken:
    """What has come in so far, and whether that is enough."""

    def __init__(self, most_rows: int) -> None:
        self.names: list[str] = []
        self.types: list[int] = []
        self.rows: list[list[str | None]] = []
        self.is_cut = False
        self._most_rows, self._bytes = most_rows, 0

    def add(self, result: Any) -> None:
        columns = range(result.nfields)
        self.names = [result.fname(column).decode() for column in columns]
        self.types = [result.ftype(column) for column in columns]
        for row in range(result.ntuples):
            values = [result.get_value(row, column) for column in columns]
            self._bytes += sum(len(value) for value in values if value is not None) + len(values)
            if len(self.rows) >= self._most_rows or self._bytes > MOST_BYTES:
                self.is_cut = True
                return
            self.rows.append([None if value is None else value.decode() for value in values])


def _failure(result: Any) -> Exception:
    state = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
    message = (result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b"").decode()
    # Cancelled by its own limit of time, or by an administrator.
    return Overdue() if state in {"57014", "57P01", "25P04"} else Failed(state, message)
