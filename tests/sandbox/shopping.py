"""The web shop as a program with its keys sees it, and as its people act in it."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import Flask

from pos.db import transaction
from pos.sandbox.shop import goods, site
from pos.sandbox.tasks import tell_of_shop

SECRET, HOOK = "of the webhooks", "http://127.0.0.1:8000/webhooks/woocommerce/hops"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def basic(key: str, secret: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{key}:{secret}'.encode()).decode()}"}


@dataclass
class Shopping:
    app: Flask
    sent: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)

    replies: list[Any] = field(default_factory=list)

    def take(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        self.sent.append((url, body, headers))
        reply = self.replies.pop(0) if self.replies else 200
        if isinstance(reply, Exception):
            raise reply
        return reply, ""

    def fill(self, seed: int = 1, **more: Any) -> goods.Filled:
        asked: Any = {"now": NOW, "orders": 40, "customers": 12} | more
        with transaction(None):
            return goods.fill(seed, **asked)

    def ask(self, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, **query: Any) -> Any:
        """One request, with the shop's keys unless other headers are given."""
        sent = basic(*site.keys()) if headers is None else headers
        url = f"/_sandbox/shop/wp-json/wc/v3/{path}"
        return self.app.test_client().open(url, method=method, query_string=query, headers=sent)

    def get(self, path: str, **query: Any) -> Any:
        answered = self.ask(path, **query)
        assert answered.status_code == 200, answered.text
        return answered.json

    def numbers(self, path: str, **query: Any) -> list[int]:
        return [each["id"] for each in self.get(path, **query)]

    def every(self, path: str) -> list[Any]:
        """All things of a kind, page after page."""
        found: list[Any] = []
        while page := self.get(path, per_page=100, page=len(found) // 100 + 1, orderby="id", order="asc"):
            found += page
            if len(page) < 100:
                break
        return found

    def order_faults(self, *faults: tuple[str, str]) -> None:
        """Orders faults, each (match, fault), to strike once."""
        body = [{"provider": "woocommerce", "match": match, "fault": fault, "times": 1} for match, fault in faults]
        answered = self.app.test_client().put("/_sandbox/faults", json=body)
        assert answered.status_code == 200, answered.text

    def act(self, do: Any, *named: Any, now: datetime = NOW, **more: Any) -> Any:
        """One of `pos.sandbox.shop.acts`, committed."""
        with transaction(None):
            return do(*named, now=now, **more)

    def agree(self, secret: str = SECRET) -> None:
        """Webhooks are made, and what they say at once is sent."""
        answered = self.app.test_client().put("/_sandbox/shop/webhook", json={"delivery_url": HOOK, "secret": secret})
        assert answered.status_code == 200, answered.text

    def events(self) -> list[Any]:
        """What the shop has told or is to tell, oldest first."""
        listed = self.app.test_client().get("/_sandbox/events.json?limit=500").json or ()
        return [each for each in reversed(listed) if each["provider"] == "woocommerce"]

    def deliver(self) -> list[tuple[str, bytes, dict[str, str]]]:
        """The worker posts what waits; gives what left."""
        self.sent.clear()
        for event in self.events():
            if event["state"] == "waiting":
                tell_of_shop(event["id"])
        return list(self.sent)

    def topics(self) -> list[str]:
        return [headers.get("X-WC-Webhook-Topic", "ping") for _, _, headers in self.deliver()]
