"""What a web process does so that no client waits for another's slowness (docs/operating.md).

It serves each connection in a greenlet, and a greenlet gives way only where it waits for the network through gevent.
gunicorn.conf.py calls this module in each web process, after gevent has patched the standard library.
"""

import gc
import logging
import time
from typing import Any

import psycopg2
from gevent import Timeout
from gevent.socket import wait_read, wait_write
from gevent.threadpool import ThreadPool
from psycopg2.extensions import POLL_OK, POLL_READ, set_wait_callback
from werkzeug.exceptions import RequestTimeout

from pos import aside

# Above the ten seconds after which our own PostgreSQL ends a statement (pos/postgres.py): its reason is the better one.
DATABASE_SECONDS = 11
BODY_SECONDS = 10
ANSWER_SECONDS = 30
_SILENCE = f"PostgreSQL has been silent for {DATABASE_SECONDS} seconds"
# argon2 takes 19 MiB for each, and there are seldom more processors than two for a process.
HASHING_THREADS = 2


def prepare() -> None:
    """Makes the two things that would stop all other requests give way, PostgreSQL's answers and hashing; and sees that
    garbage is collected less often."""
    # What is loaded stays; the garbage collector need not go through it again and again.
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    set_wait_callback(wait_for_database)
    aside.go_through(ThreadPool(HASHING_THREADS).apply)
    logging.getLogger("gunicorn.error").addFilter(_is_worth_a_line)


def wait_for_database(connection: Any) -> None:
    """Lets other requests run until PostgreSQL has answered. psycopg2 closes the connection if this raises."""
    while (state := connection.poll()) != POLL_OK:
        wait = wait_read if state == POLL_READ else wait_write
        wait(connection.fileno(), timeout=DATABASE_SECONDS, timeout_exc=psycopg2.OperationalError(_SILENCE))


def be_patient_with(request: Any) -> None:
    """Limits how long this request's body and its answer may be under way. Its headers have been limited by then."""
    request.body.reader = PatientReader(request.body.reader)
    request.unreader.sock.settimeout(ANSWER_SECONDS)


class PatientReader:
    """Reads a body for ten seconds in all, however many bytes trickle in; then the client is told 408 and cut off."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self._ends_at = time.monotonic() + BODY_SECONDS

    def read(self, size: int) -> bytes:
        # gevent takes nought for "give way once", which is what a body that is all there needs.
        seconds = max(0.0, self._ends_at - time.monotonic())
        late = RequestTimeout(f"The body did not arrive within {BODY_SECONDS} seconds. Send the request again.")
        with Timeout(seconds, late):
            return bytes(self._reader.read(size))


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    """Whoever reads an answer too slowly is cut off, and nobody needs the stack of that."""
    return not (record.exc_info and isinstance(record.exc_info[1], TimeoutError))
