"""A shop with the old base of seed/legacy beside it, for one test or for all of a module."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask

from pos import create_app, postgres
from tests import databases
from tests.client import Shop
from tests.legacy.unification.old import Town, plant


@pytest.fixture
def town(server: postgres.Server, database: str, committed: Flask, shops: list[dict[str, Any]]) -> Town:
    """Nothing has been moved yet."""
    plant(server, database)
    return Town(committed, Shop(committed.test_client(), **shops[0]), server, database, database)


@pytest.fixture(scope="module")
def module_town(server: postgres.Server, shops: list[dict[str, Any]]) -> Iterator[Town]:
    """The same for tests that look at what one of them has done."""
    with new_town(server, shops) as made:
        yield made


@contextmanager
def new_town(server: postgres.Server, shops: list[dict[str, Any]]) -> Iterator[Town]:
    """A town in a database of its own, which is gone afterwards."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    databases.copy(server, name)
    plant(server, name)
    app = create_app(databases.settings(server, name))
    app.testing = True
    yield Town(app, Shop(app.test_client(), **shops[0]), server, name, name)
    databases.let_go(app)
    databases.drop(server, name)
