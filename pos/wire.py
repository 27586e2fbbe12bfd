"""psycopg2 with fewer round trips: what needs no answer of its own travels with the next statement that does.

PostgreSQL takes several statements in one message (its simple query protocol). So BEGIN, the tenant's setting and
writes that nobody waits for cost no way of their own; an error among them is raised by the statement that they travel
with, before anything is committed. Pools that hand out a connection per transaction see nothing unusual.
"""

from contextlib import suppress
from typing import Any

import psycopg2
from psycopg2 import extensions


class Connection(extensions.connection):
    """A connection that begins its transactions together with their first statement."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # psycopg2 would send BEGIN alone; here the connection sends it itself.
        self.autocommit = True
        self.cursor_factory = Cursor
        self._waiting: list[bytes] = []
        self._is_alone = False
        self._was_alone = False

    def send_soon(self, statement: bytes) -> None:
        """Sends a statement, whole and quoted, with the next one."""
        self._waiting.append(statement)

    def stand_alone(self) -> None:
        """Makes the next statement a transaction of its own, with what travels with it: one round trip in all.

        PostgreSQL runs the statements of one message in one transaction when none is open. Another statement after it,
        without the tenant and the role that went with the first, is refused until the next transaction.
        """
        self._is_alone = True

    def with_waiting(self, statement: bytes) -> bytes:
        """The statement with all that goes before it."""
        if self._was_alone:
            raise RuntimeError("a transaction of a single statement has had its statement")
        self._was_alone = self._is_alone and not self._is_open()
        begin = [] if self._is_alone or self._is_open() else [b"BEGIN"]
        self._is_alone = False
        message = b"; ".join([*begin, *self._waiting, statement])
        self._waiting.clear()
        return message

    def has_waiting(self) -> bool:
        return bool(self._waiting) or not self._is_open()

    def commit(self) -> None:
        try:
            if self._is_open() or self._has_writes():
                self._end(b"COMMIT")
        except psycopg2.Error:
            # What waited was refused, so there was no COMMIT. SQLAlchemy takes the transaction for ended either way.
            with suppress(psycopg2.Error):
                self.rollback()
            raise
        self.forget()

    def rollback(self) -> None:
        self.forget()
        if self._is_open():
            self._end(b"ROLLBACK")

    def _has_writes(self) -> bool:
        return any(not waiting.startswith(b"SET LOCAL") for waiting in self._waiting)

    def _end(self, statement: bytes) -> None:
        with self.cursor() as cursor:
            cursor.execute(statement)

    def forget(self) -> None:
        """Drops what waits, and ends a transaction of a single statement."""
        self._waiting.clear()
        self._is_alone = self._was_alone = False

    def _is_open(self) -> bool:
        return bool(self.get_transaction_status() != extensions.TRANSACTION_STATUS_IDLE)


class Cursor(extensions.cursor):
    """A cursor whose statements take along what is waiting."""

    connection: Connection

    def execute(self, statement: Any, values: Any = None) -> None:
        if self.connection.has_waiting():
            super().execute(self.connection.with_waiting(self.mogrify(statement, values)))
        else:
            super().execute(statement, values)

    def executemany(self, statement: Any, rows: Any) -> None:
        # psycopg2 adds up the rows that were touched, so it does this itself; SELECT alone is an empty statement.
        if self.connection.has_waiting():
            super().execute(self.connection.with_waiting(b"SELECT"))
        super().executemany(statement, rows)
