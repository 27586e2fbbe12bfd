"""Twilio as a function of the test: it answers each call, and counts what it was asked."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from flask import Flask

from pos import clock, ids
from pos.db import transaction
from pos.messaging import flows, outbox
from pos.messaging.gateway import Gateway
from pos.sandbox.twilio_messages import rfc_2822
from pos.statements import Statement
from tests.client import Shop

_ROW = Statement("SELECT * FROM messages WHERE store_id = :store AND id = :id")
_NOW = Statement(
    "UPDATE messages SET not_before = now() WHERE store_id = :store AND status IN ('queued', 'held') AND id = :id"
)
_LATER = Statement("UPDATE messages SET not_before = now() + interval '1 day' WHERE store_id = :store AND id = :id")
_UNPAUSE = Statement("UPDATE stores SET sms_paused_until = NULL WHERE id = :store")


class Twilio:
    """Takes what it is given; with a `code`, it declines all, as it does with such an error."""

    def __init__(self, code: int | None = None, status: int = 400) -> None:
        self.code, self.status, self.asked = code, status, 0

    def __call__(self, method: str, url: str, *_: Any) -> tuple[int, str]:
        self.asked += 1
        if self.code:
            return self.status, json.dumps({"code": self.code, "message": "As Twilio puts it.", "status": self.status})
        return 201, json.dumps(
            {"sid": f"SM{ids.uuid7().hex}", "status": "queued", "direction": "outbound-api", "num_segments": "1"}
            | {"date_created": rfc_2822(clock.now())}
        )


@contextmanager
def playing(app: Flask, twilio: Twilio) -> Iterator[Twilio]:
    """The application with this where Twilio would be."""
    before = app.extensions["twilio"]
    app.extensions["twilio"] = Gateway(app.config["SETTINGS"].twilio, twilio)
    try:
        yield twilio
    finally:
        app.extensions["twilio"] = before


def write(shop: Shop, customer_id: str, body: str = "Your jacket is here.", purpose: str = "transactional") -> UUID:
    """Has a text sent by hand; gives its id."""
    message_id = ids.uuid7()
    with transaction(UUID(shop.store_id), actor="test"):
        outbox.write(message_id, body, UUID(customer_id), purpose=purpose)
    return message_id


def row(shop: Shop, message_id: UUID) -> dict[str, Any]:
    with transaction(UUID(shop.store_id)):
        return _ROW.mappings(id=message_id)[0]


def deliver(shop: Shop) -> dict[str, int]:
    return dict(flows.deliver(UUID(shop.store_id)))


def let_wait(shop: Shop, message_id: UUID) -> None:
    """The time for which a text, and the store, wait has passed."""
    with transaction(UUID(shop.store_id), actor="test"):
        _NOW.run(id=message_id)
        _UNPAUSE.run()


def later(shop: Shop, message_id: UUID) -> None:
    """This one is not due before tomorrow."""
    with transaction(UUID(shop.store_id), actor="test"):
        _LATER.run(id=message_id)


def items(shop: Shop, kind: str) -> list[dict[str, Any]]:
    """What people are asked to look at, newest first."""
    found: list[dict[str, Any]] = shop.get("/attention-items", as_="owner", query_string={"kind": kind}).json["data"]  # type: ignore[index]
    return found
