"""The product as a customer, a cashier and the providers meet it: web and worker as processes, over HTTP."""

import re
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from pos import cli, create_app, postgres
from pos.db import db
from soak import stripe
from tests import databases
from tests.client import Shop
from tests.races.twins import broken_rules
from tests.running import (
    Answer,
    WebClient,
    assert_no_bugs,
    environment,
    process,
    rows,
    superuser_of,
    sweep_now,
    until,
    value,
    web_server,
)  # fmt: skip

PATIENCE_SECONDS = 60
_SESSION = re.compile(r'name="session" value="([^"]+)"')
UNDER_WAY = """
    SELECT count(*) FROM procrastinate_jobs
     WHERE status IN ('todo', 'doing') AND task_name LIKE ANY(ARRAY['sandbox.deliver%%', 'checkout.%%'])
"""


@dataclass
class Product:
    """Web and worker with a shop; guests and Stripe's side are reached by the web's address."""

    shop: Shop
    client: WebClient
    app: Flask
    books: Any
    environ: dict[str, str]

    def order(self, order: dict[str, Any]) -> dict[str, Any]:
        return self.shop.get(f"/orders/{order['id']}").json  # type: ignore[no-any-return]

    def sold(self, **asked: Any) -> dict[str, Any]:
        """An order that was sold with a link, once the worker has made the link."""
        order = self.shop.sell(items=[{"sku": "IPA", "quantity": 2}], payment_link={}, **asked)
        return self.until(order, lambda now: now["payment_link"]["status"] == "active")

    def until(self, order: dict[str, Any], is_so: Any) -> dict[str, Any]:
        until(lambda: is_so(self.order(order)), PATIENCE_SECONDS, what=f"the order's turn: {self.order(order)}")
        return self.order(order)

    def page(self, order: dict[str, Any]) -> tuple[Answer, str | None]:
        """What the guest sees, and the session that began."""
        url = order["payment_link"]["provider_url"].removeprefix(self.client.base_url)
        answer = self.client.open(url, method="GET")
        found = _SESSION.search(answer.text)
        return answer, found[1] if found else None

    def act(self, order: dict[str, Any], outcome: str, session: str | None = None) -> int:
        url = order["payment_link"]["provider_url"].removeprefix(self.client.base_url)
        form = {"outcome": outcome} | ({"session": session} if session else {})
        return self.client.open(url, method="POST", data=form, allow_redirects=False).status_code

    def paid(self, **asked: Any) -> dict[str, Any]:
        order = self.sold(**asked)
        assert self.act(order, "pay") == 303
        return self.until(order, lambda now: now["payment_status"] == "paid")

    def do(self, path: str, asked: Any, method: str = "POST") -> Any:
        answer = self.client.open(f"/_sandbox/{path}", method=method, json=asked)
        assert answer.status_code < 300, answer.text
        return answer.json

    def fault(self, match: str, fault: str) -> None:
        self.do("faults", [{"provider": "stripe", "match": match, "fault": fault, "times": 1}], "PUT")

    def intent(self, order: dict[str, Any]) -> str:
        [payment] = self.payments(order)
        return str(payment["id"])

    def payments(self, order: dict[str, Any]) -> list[Any]:
        return [each for each in self.truth["payments"]["list"] if each["metadata"]["order_id"] == order["id"]]

    @property
    def truth(self) -> Any:
        return self.client.open("/_sandbox/stripe/truth.json", method="GET").json

    def event(self, kind: str, order: dict[str, Any]) -> dict[str, Any]:
        """The newest event of this kind about an object that carries the order's id, with what became of it."""
        found = """SELECT id FROM sandbox_objects WHERE kind = 'event' AND body ->> 'type' = %s
                      AND body -> 'data' -> 'object' -> 'metadata' ->> 'order_id' = %s ORDER BY made_at DESC"""
        event_id = value(self.books, found, kind, order["id"])
        listed = self.client.open("/_sandbox/events.json", method="GET").json
        return next(each for each in listed if each["id"] == event_id)

    def delivered(self, kind: str, order: dict[str, Any]) -> None:
        """Waits until the sender of this event knows that it was taken, which is a moment after the books do."""
        until(lambda: self.event(kind, order)["state"] == "delivered", PATIENCE_SECONDS, what=f"the delivery of {kind}")

    def flask(self, *words: str) -> str:
        command = [*cli.processes()["worker"][:3], *words]
        done = subprocess.run(command, env=self.environ, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def attention(self, order: dict[str, Any]) -> list[str]:
        found = self.shop.get("/attention-items", query_string={"subject": f"orders:{order['id']}"}, as_="owner")
        return [item["kind"] for item in found.json["data"]]


@pytest.fixture(scope="session")
def running(
    server: postgres.Server, shops: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Product]:
    name, folder = f"t_{uuid.uuid4().hex[:12]}", tmp_path_factory.mktemp("journey")
    databases.copy(server, name)
    app = create_app(databases.settings(server, name))
    with superuser_of(server, name) as books, web_server(server, name, folder) as base_url:
        environ = environment(server, name, folder, PUBLIC_BASE_URL=base_url)
        with process("worker", folder, environ):
            client = WebClient(base_url)
            yield Product(client.shop(shops[0]), client, app, books, environ)
        assert_no_bugs(folder)
    with app.app_context():
        db.engine.dispose()
    databases.drop(server, name)


@pytest.fixture
def product(running: Product) -> Iterator[Product]:
    """After each test all that is under way is done, the books are clean, and they say what Stripe says."""
    yield running
    running.do("faults", [], "PUT")
    rows(running.books, "UPDATE payment_links SET updated_at = updated_at - interval '2 minutes'")
    sweep_now(running.books)
    until(lambda: not value(running.books, UNDER_WAY), PATIENCE_SECONDS, what="the end of what is under way")
    assert broken_rules(running.app, running.shop) == set()
    assert list(stripe.violations(running.books, running.truth)) == []
