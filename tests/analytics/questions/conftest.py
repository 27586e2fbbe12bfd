"""One database for all tests of questions in a process: two shops that have sold, and everything granted."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from psycopg2 import sql

from pos import create_app, postgres
from pos.analytics.questions.logins import Names
from tests import databases
from tests.analytics.granted import address_for
from tests.analytics.questions.asking import INJECTED, Granted
from tests.client import Shop


@pytest.fixture(scope="session")
def granted(server: postgres.Server, shops: list[dict[str, Any]]) -> Iterator[Granted]:
    name = f"t_{uuid.uuid4().hex[:12]}"
    databases.copy(server, name)
    address = address_for(server, name)
    app = create_app(databases.settings(server, name, ANALYST_DATABASE_URL=address))
    app.testing = True
    mine, theirs = (Shop(app.test_client(), **facts) for facts in shops)
    _sell(mine, theirs)
    yield Granted(app, server, name, address, mine, theirs)
    databases.let_go(app)
    databases.drop(server, name)
    forget(server, name)


@pytest.fixture
def asking(granted: Granted) -> Iterator[Flask]:
    """Within the application that asks."""
    with granted.app.app_context():
        yield granted.app


def forget(server: postgres.Server, name: str) -> None:
    """Ends the roles of a database that is gone: they belong to the server."""
    names = Names(name)
    with databases.superuser_in(server, "postgres") as cursor:
        for role in (*names.slots, names.views, names.trusted):
            cursor.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


def _sell(mine: Shop, theirs: Shop) -> None:
    for number in range(3):
        mine.sell(phone=f"(415) 555-01{number:02}", items=[{"sku": "IPA", "quantity": number + 1}], name="Ada Ours")
        theirs.sell(
            phone=f"+49 30 12345{number}",
            items=[{"sku": "TEE-BLK-M", "quantity": 7}],
            name="Zelda Geheim",
            tab_name="Geheimtisch",
        )
    injected = mine.sell(phone="(415) 555-0177", name=INJECTED, tab_name=INJECTED[:40], note=INJECTED)
    answer = mine.post(f"/orders/{injected['id']}/cancel", {"reason": INJECTED}, as_="owner")
    assert answer.status_code == 200, answer.get_data(as_text=True)
