"""A shop that texts, with real commits."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from pos import wire
from pos.db import db
from tests.client import Shop
from tests.messaging.sandboxed import Texts


@pytest.fixture
def texts(committed: Flask, superuser: Any, shops: list[dict[str, Any]]) -> Iterator[Texts]:
    with committed.app_context():
        yield Texts(committed, superuser, Shop(committed.test_client(), **shops[0]))


@pytest.fixture
def sent(committed: Flask) -> Iterator[list[str]]:
    """The messages that the application sends, each as PostgreSQL gets it."""
    messages: list[str] = []

    class Recorder(wire.Cursor):
        def execute(self, statement: Any, values: Any = None) -> None:
            super().execute(statement, values)
            messages.append((self.query or b"").decode())

    def record(connection: Any, _record: Any) -> None:
        connection.cursor_factory = Recorder

    with committed.app_context():
        event.listen(db.engine, "connect", record)
        yield messages
        event.remove(db.engine, "connect", record)
