"""A request does not wait for ever for a database that has stopped in the middle of its work."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from pos import postgres
from pos.patience import Patience

_PID = text("SELECT pg_backend_pid()")


@pytest.fixture
def patience() -> Patience:
    return Patience(seconds=1)


@pytest.fixture
def engine(server: postgres.Server, database: str, patience: Patience) -> Iterator[Engine]:
    made = create_engine(server.url("postgres", database).replace("postgresql:", "postgresql+psycopg2:"))
    patience.watch(made)
    yield made
    made.dispose()


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_request_gives_up_a_database_that_is_silent(app: Flask, engine: Engine, patience: Patience) -> None:
    # Given a request in the middle of a transaction, and a server process that stops
    with app.test_request_context(), engine.connect() as connection:
        pid = connection.scalar(_PID)
        began = time.monotonic()

        # When it goes on, then it is told that the connection is lost, instead of waiting
        with stopped(pid), pytest.raises(OperationalError, match="closed the connection"):
            connection.execute(text("SELECT 1"))
        assert 0.5 < time.monotonic() - began < 10

        # And who needs a new connection in that moment is refused at once
        with pytest.raises(psycopg2.OperationalError, match="a moment ago"):
            patience.connect(lambda: pytest.fail("it was tried"))

    # And later the next one gets another connection
    with app.test_request_context(), engine.connect() as connection:
        assert connection.scalar(_PID) != pid


def test_request_after_another_has_its_own_time(app: Flask, engine: Engine) -> None:
    # Given a connection that was given back long ago
    with app.test_request_context(), engine.connect() as connection:
        pid = connection.scalar(_PID)
    with engine.connect() as another:
        another.execute(text("SELECT pg_sleep(1.8)"))

    # Then it is not shut in the pool
    with app.test_request_context(), engine.connect() as connection:
        assert connection.scalar(_PID) == pid


def test_command_may_take_its_time(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT pg_sleep(2) IS NOT NULL"))
