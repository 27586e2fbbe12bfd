"""What the tests of the counter ask of a shop."""

import uuid
from typing import Any

from werkzeug.test import TestResponse

from pos import clock
from pos.audit.actions import audit_store
from pos.db import transaction
from tests.client import Shop
from tests.databases import PIN


def books(shop: Shop) -> list[str]:
    """The rules of the books that the shop breaks, by the audit's own proofs: none, after whatever happened."""
    with transaction(uuid.UUID(shop.store_id)):
        return [f"{found.proof.name}: {found.row}" for found in audit_store(clock.now())]


def signed_in(shop: Shop, role: str) -> dict[str, str]:
    """The header of a person who signed in at the register."""
    answer = shop.post("/register/sign-in", {"user_id": shop.people[role], "pin": PIN})
    return {"X-User-Token": answer.json["user_token"]}


def pay(shop: Shop, order: dict[str, Any], method: str = "cash", **asked: Any) -> TestResponse:
    key = asked.pop("key", None)
    return shop.post(f"/orders/{order['id']}/payments", {"method": method, **asked}, key=key)


def paid(shop: Shop, order: dict[str, Any], method: str = "cash", **asked: Any) -> dict[str, Any]:
    """The order after a payment that was taken."""
    response = pay(shop, order, method, **asked)
    assert response.status_code == 201, response.get_data(as_text=True)
    return response.json


def make(shop: Shop, order: dict[str, Any], status: str) -> TestResponse:
    return shop.post(f"/orders/{order['id']}/fulfillment", {"status": status})


def cancel(shop: Shop, order: dict[str, Any], headers: dict[str, str] | None = None, **asked: Any) -> TestResponse:
    as_ = asked.pop("as_", "register")
    body = {"reason": "changed their mind", **asked}
    return shop.post(f"/orders/{order['id']}/cancel", body, as_=as_, headers=headers or {})


def customer(shop: Shop, order: dict[str, Any]) -> dict[str, Any]:
    return shop.get(f"/customers/{order['customer']['id']}").json
