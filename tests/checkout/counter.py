"""What the tests of the counter ask of a shop."""

import uuid
from typing import Any

from werkzeug.test import TestResponse

from pos import clock
from pos.audit.actions import audit_store
from pos.audit_log import HIDDEN, AuditEntry, Remark
from pos.db import db, rows_of, transaction
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


def done(response: TestResponse, status: int = 200) -> dict[str, Any]:
    """The JSON of an answer that is a success."""
    assert response.status_code == status, response.get_data(as_text=True)
    return response.json


def seen(order: dict[str, Any]) -> dict[str, str]:
    """The header of who has seen the order as it is given here."""
    return {"If-Match": f'"{order["version"]}"'}


def now(shop: Shop, order: dict[str, Any]) -> dict[str, Any]:
    """The order as it is by now."""
    return done(shop.get(f"/orders/{order['id']}"))


def line_of(order: dict[str, Any], sku: str) -> dict[str, Any]:
    return next(line for line in order["lines"] if line["sku"] == sku)


def add_round(
    shop: Shop,
    order: dict[str, Any],
    *items: dict[str, Any],
    headers: dict[str, str] | None = None,
    key: str | None = None,
) -> TestResponse:
    """Adds a round by a key, a new one if none is given."""
    return shop.post(f"/orders/{order['id']}/lines", {"items": list(items)}, key=key, headers=headers or {})


def change_order(
    shop: Shop, order: dict[str, Any], headers: dict[str, str] | None = None, **change: Any
) -> TestResponse:
    """Changes the order as it was seen."""
    sent = {**seen(order), **(headers or {})}
    return shop.request("PATCH", f"/orders/{order['id']}", headers=sent, json=change)


def change_line(
    shop: Shop, order: dict[str, Any], sku: str, headers: dict[str, str] | None = None, **change: Any
) -> TestResponse:
    path, sent = _line_path(order, sku), {**seen(order), **(headers or {})}
    return shop.request("PATCH", path, headers=sent, json=change)


def void(
    shop: Shop, order: dict[str, Any], sku: str, headers: dict[str, str] | None = None, **asked: Any
) -> TestResponse:
    sent = {**seen(order), **(headers or {})}
    return shop.request("DELETE", _line_path(order, sku), headers=sent, json={"reason": "spilt", **asked})


def refund(shop: Shop, order: dict[str, Any], *, as_: str = "owner", **asked: Any) -> TestResponse:
    headers, key = asked.pop("headers", None), asked.pop("key", None)
    body = {"reason": "flat", **asked}
    return shop.post(f"/orders/{order['id']}/refunds", body, as_=as_, headers=headers or {}, key=key)


def approved(shop: Shop, role: str = "manager") -> dict[str, str]:
    """The header of an act that somebody approved by PIN at the shop's register."""
    answer = shop.post("/register/approvals", {"user_id": shop.people[role], "pin": PIN})
    return {"X-Approval-Token": done(answer, 201)["approval_token"]}


def set_stock(shop: Shop, sku: str, quantity: int | None) -> None:
    change_product(shop, sku, stock_quantity=quantity)


def change_product(shop: Shop, sku: str, **change: Any) -> None:
    path, headers = f"/products/{shop.products[sku]}", {"If-Match": "*"}
    done(shop.request("PATCH", path, as_="owner", headers=headers, json=change))


def stock(shop: Shop, sku: str = "TEE-BLK-M") -> int | None:
    return done(shop.get(f"/products/{shop.products[sku]}"))["stock_quantity"]


def coupon(shop: Shop, code: str = "TEN", **facts: Any) -> dict[str, Any]:
    """A coupon of ten percent, unless it is said otherwise."""
    body = {"code": code, "discount_type": "percent", "amount": 10, **facts}
    return done(shop.post("/coupons", body, as_="owner"), 201)


def used(shop: Shop, made: dict[str, Any]) -> int:
    return done(shop.get(f"/coupons/{made['id']}"))["usage_count"]


def log_of(shop: Shop, action: str) -> list[Any]:
    """Who did it, and what the audit log keeps of it, oldest first; a reason stands beside it."""
    with transaction(uuid.UUID(shop.store_id)):
        beside = {each.subject: each.words for each in db.session.scalars(rows_of(Remark))}
        entries = db.session.scalars(rows_of(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id))
        return [(entry.actor, entry.subject, _with_reason(entry, beside)) for entry in entries]


def _with_reason(entry: AuditEntry, beside: dict[str, str | None]) -> dict[str, Any] | None:
    if not entry.after or "reason" not in entry.after:
        return entry.after
    assert entry.after["reason"] == HIDDEN
    return entry.after | {"reason": beside[f"audit_log:{entry.id}"]}


def _line_path(order: dict[str, Any], sku: str) -> str:
    return f"/orders/{order['id']}/lines/{line_of(order, sku)['id']}"
