"""The office as its tests use it: somebody signed in at a desk, and every page that there is, taken from the map of routes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pos import clock, wire
from pos.db import db, transaction
from pos.staff import actions, identity
from tests.client import Shop
from tests.operations import Ids
from tests.web.page import Page

ROLES = ("cashier", "manager", "owner")
# What goes into the addresses of pages, by the names of their parameters; where nothing is said, it is the id of that name.
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Desk:
    """A browser in which somebody is signed in to the office of a shop."""

    client: FlaskClient
    shop: Shop

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(f"/office{path}", **options)

    def page(self, path: str) -> Page:
        """A page that must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return Page(answer)

    def token(self) -> str:
        """The CSRF token that the pages carry."""
        found = TOKEN.search(self.get("/").get_data(as_text=True))
        assert found
        return found[1]

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """What a form of a page sends to the API."""
        sent = {"X-CSRFToken": self.token(), **headers}
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=sent)


def desk(app: Flask, shop: Shop, role: str = "owner") -> Desk:
    """Signed in without the password, whose check takes its time; signing in itself is tested on its own."""
    person = UUID(shop.people[role])
    with transaction(UUID(shop.store_id), actor="test"):
        cookie = actions.start_session(person, clock.now())
    client = app.test_client()
    client.set_cookie(identity.COOKIE, cookie)
    return Desk(client, shop)


@dataclass(frozen=True)
class OfficePage:
    """One address of the office that is read, and whose it is: public or the least role."""

    endpoint: str
    rule: str
    access: str

    def path(self, ids: Ids) -> str:
        """Its address below /office, with ids for its parameters."""
        filled = re.sub(r"<(?:[^:<>]+:)?(\w+)>", lambda match: ids[match[1]], self.rule)
        return filled.removeprefix("/office")

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"<(?:[^:<>]+:)?(\w+)>", self.rule)


def pages(app: Flask, method: str = "GET") -> list[OfficePage]:
    """All addresses of the office for a method, but the one for what is not there."""
    return [
        OfficePage(rule.endpoint, rule.rule, getattr(app.view_functions[rule.endpoint], "access", "unmarked"))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/office") and method in (rule.methods or set()) and "<path:" not in rule.rule
    ]


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that a page sends, as PostgreSQL gets them, without what opens and closes the test's savepoints."""
    sent: list[str] = []

    class Recorder(wire.Cursor):
        def execute(self, statement: Any, values: Any = None) -> None:
            text = self.mogrify(statement, values).decode(errors="replace")
            if not re.match(r"(SAVEPOINT|RELEASE|ROLLBACK|COMMIT|BEGIN|SET LOCAL)", text):
                sent.append(text)
            super().execute(statement, values)

    connection = db.engine.connection.dbapi_connection  # type: ignore[attr-defined]
    connection.cursor_factory = Recorder
    try:
        yield sent
    finally:
        connection.cursor_factory = wire.Cursor
