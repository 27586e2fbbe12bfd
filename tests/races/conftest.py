"""Races are run over real HTTP, against gunicorn with two processes.

The server and its database are started once for all of them: each test has customers and products of its own.
`shop` and `other_shop` are those of this server; a twin, which takes a guard away, asks for `committed` and
`superuser` instead, and gets a database that nobody else uses.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from pos import create_app, postgres
from pos.db import db
from tests import databases, running
from tests.client import Shop


@dataclass(frozen=True)
class Web:
    """The running server, and the database behind it as its superuser sees it."""

    client: running.WebClient
    app: Flask
    books: Any


@pytest.fixture(scope="session")
def web(server: postgres.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    name = f"t_{uuid.uuid4().hex[:12]}"
    databases.copy(server, name)
    app = create_app(databases.settings(server, name))
    folder = tmp_path_factory.mktemp("web")
    with running.superuser_of(server, name) as books, running.web_server(server, name, folder) as base_url:
        yield Web(running.WebClient(base_url), app, books)
    with app.app_context():
        db.engine.dispose()
    databases.drop(server, name)


@pytest.fixture
def shop(web: Web, shops: list[dict[str, Any]]) -> Shop:
    return web.client.shop(shops[0])


@pytest.fixture
def other_shop(web: Web, shops: list[dict[str, Any]]) -> Shop:
    return web.client.shop(shops[1])


@pytest.fixture
def books(web: Web) -> Any:
    return web.books


@pytest.fixture
def unguarded(committed: Flask, shops: list[dict[str, Any]]) -> Shop:
    """The first shop in a database of the twin's own."""
    return Shop(committed.test_client(), **shops[0])
