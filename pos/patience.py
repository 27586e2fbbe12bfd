"""How long a request waits for a database that does not say a word.

PostgreSQL's own time-outs need a PostgreSQL that runs. When its machine is stopped, its disk frozen or the network cut,
the driver would wait for minutes or for ever, and soon every thread with it. So each connection that a request takes
from the pool is watched, and its socket shut when it is kept too long: the driver then finds the connection lost, and
the request is answered 503.
"""

import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from flask import has_request_context
from psycopg2 import InterfaceError, OperationalError
from sqlalchemy import event

# A little more than the 10 s after which PostgreSQL ends a statement by itself.
SECONDS = 12.0
# Once it was silent, until it answers again: who has waited in the queue meanwhile is not to wait as long once more.
SHORT_SECONDS = 2.0
# And who would have to make a new connection is refused at once for so long, which empties the queue.
_HOPELESS_SECONDS = 1.0
_LOOK_EVERY_SECONDS = 0.5

log = structlog.get_logger()


class Patience:
    """Watches connections in the hands of requests; commands and jobs may take their time."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._due: dict[Any, tuple[float, int]] = {}
        self._lock = threading.Lock()
        self._is_silent = False
        self._hopeless_until = 0.0
        self._watching_in: int | None = None

    def watch(self, pools: Any) -> None:
        """`pools` is an engine or a pool. A connection that is given back or given up is forgotten before it is closed,
        since its descriptor may then be another one's."""
        event.listen(pools, "checkout", self._taken)
        event.listen(pools, "checkin", self._given_back)
        event.listen(pools, "invalidate", self._given_up)

    def connect(self, make: Callable[[], Any]) -> Any:
        """The connection that `make` gives. Raises psycopg2's OperationalError, without trying while it is hopeless."""
        if time.monotonic() < self._hopeless_until:
            raise OperationalError("the database was silent a moment ago")
        try:
            return make()
        except OperationalError as error:
            if "timeout expired" in str(error):
                self._hopeless_until = time.monotonic() + _HOPELESS_SECONDS
            raise

    def _taken(self, connection: Any, record: Any, _proxy: Any) -> None:
        if not has_request_context():
            return
        with self._lock, suppress(InterfaceError):  # one that is closed already needs no watching
            patience = SHORT_SECONDS if self._is_silent else self._seconds
            self._due[record] = time.monotonic() + patience, connection.fileno()
            self._see_that_somebody_watches()

    def _given_back(self, _connection: Any, record: Any) -> None:
        """Whoever gives back what was not shut has been answered."""
        with self._lock:
            if self._due.pop(record, None):
                self._is_silent = False

    def _given_up(self, _connection: Any, record: Any, _error: Any) -> None:
        with self._lock:
            self._due.pop(record, None)

    def _see_that_somebody_watches(self) -> None:
        """Under the lock. A process made by fork has no thread of its parent's, and none of its requests."""
        if self._watching_in != os.getpid():
            self._watching_in = os.getpid()
            threading.Thread(target=self._go_on_looking, name="patience", daemon=True).start()

    def _go_on_looking(self) -> None:
        while True:
            time.sleep(_LOOK_EVERY_SECONDS)
            with self._lock:
                self._shut_what_is_due(time.monotonic())

    def _shut_what_is_due(self, now: float) -> None:
        for record in [record for record, (due_at, _) in self._due.items() if due_at < now]:
            _shut(self._due.pop(record)[1])
            self._is_silent, self._hopeless_until = True, now + _HOPELESS_SECONDS
        if self._is_silent:
            self._due = {record: (min(due, now + SHORT_SECONDS), number) for record, (due, number) in self._due.items()}


def _shut(descriptor: int) -> None:
    """Shuts the socket, not the descriptor, which stays the driver's to close."""
    log.warning("database_silent")
    with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as lost:
        lost.shutdown(socket.SHUT_RDWR)
