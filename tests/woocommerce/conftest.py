"""The store and its web shop. Both are one application here, which is asked over TCP; databases are copies of one that was filled once."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from pos import create_app, jobs, postgres
from tests import databases
from tests.loyalty.members import joined
from tests.woocommerce.web import Door, Web, listening, settle_down

# Who is known at the counter, and orders in the web shop as well; the first two are members.
PEOPLE = (
    ("+14155550132", "Ines"), ("+14155550133", "Emre"), ("+14155550134", "Lena"), ("+14155550135", "Samuel"),
)  # fmt: skip
ORDERS, FEW_ORDERS = 300, 70


@pytest.fixture(scope="session")
def door() -> Iterator[tuple[Door, str]]:
    made = Door()
    with listening(made) as base_url:
        yield made, base_url


@pytest.fixture(scope="session")
def web_app(server: postgres.Server, door: tuple[Door, str]) -> Iterator[Flask]:
    """One application for all tests; its database is made for each test anew, by the same name."""
    entrance, base_url = door
    app = create_app(databases.settings(server, f"w_{uuid.uuid4().hex[:12]}", PUBLIC_BASE_URL=base_url))
    app.testing = True
    entrance.app = app
    yield app
    databases.let_go(app)


@pytest.fixture(scope="session")
def filled(
    server: postgres.Server, web_app: Flask, door: tuple[Door, str], shops: list[dict[str, Any]]
) -> Iterator[str]:
    """The template of a shop of which the store connected to it has read nothing yet."""
    yield from _kept(_filled(Web(web_app, server, door[0], shops), FEW_ORDERS), "filled")


@pytest.fixture(scope="session")
def read(server: postgres.Server, web_app: Flask, door: tuple[Door, str], shops: list[dict[str, Any]]) -> Iterator[str]:
    """The template of a shop with hundreds of orders, after a full run."""
    web = _filled(Web(web_app, server, door[0], shops), ORDERS)
    web.sync()
    yield from _kept(web, "read")


def _filled(web: Web, orders: int) -> Web:
    databases.copy(web.server, web.database)
    with web.app.app_context():
        jobs.init_app(web.app)
        for phone, first_name in PEOPLE:
            web.shop.sell(phone=phone, name=first_name, payment={"method": "card"})
        for phone, _ in PEOPLE[:2]:
            joined(web.shop, phone)
        web.fill(orders=orders, customers=orders // 5, people=PEOPLE)
        web.connect()
    return web


def _kept(web: Web, what: str) -> Iterator[str]:
    """A database becomes a template."""
    name = web.database
    template = f"{name}_{what}"
    settle_down(web.app)
    databases.copy(web.server, template, name)
    databases.drop(web.server, name)
    yield template
    databases.drop(web.server, template)


def _lent(server: postgres.Server, app: Flask, door: Door, shops: list[dict[str, Any]], template: str) -> Iterator[Web]:
    name = databases.name_of(app)
    databases.copy(server, name, template)
    jobs.init_app(app)
    door.asked.clear()
    door.before.clear()
    found = dict(app.extensions), dict(app.config)
    with app.app_context():
        yield Web(app, server, door, shops)
    settle_down(app)
    for known, then in zip((app.extensions, app.config), found, strict=True):
        known.clear()
        known.update(then)
    databases.drop(server, name)


@pytest.fixture
def bare(server: postgres.Server, web_app: Flask, door: tuple[Door, str], shops: list[dict[str, Any]]) -> Iterator[Web]:
    """A store and a web shop in which there is nothing yet, not connected."""
    yield from _lent(server, web_app, door[0], shops, databases.TEMPLATE)


@pytest.fixture
def web(
    server: postgres.Server, web_app: Flask, door: tuple[Door, str], shops: list[dict[str, Any]], filled: str
) -> Iterator[Web]:
    """A store connected to a shop of which it has read nothing yet."""
    yield from _lent(server, web_app, door[0], shops, filled)


@pytest.fixture
def synced(
    server: postgres.Server, web_app: Flask, door: tuple[Door, str], shops: list[dict[str, Any]], read: str
) -> Iterator[Web]:
    """The same after a full run."""
    yield from _lent(server, web_app, door[0], shops, read)
