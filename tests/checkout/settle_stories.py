"""What the tests of settling tell of an order, and see of it."""

import uuid
from typing import Any

from sqlalchemy import text

from pos.db import db, transaction
from tests.checkout import stripe
from tests.checkout.counter import customer
from tests.checkout.stripe import asked_link, event, session, told
from tests.client import Shop

PAID, UNPAID = "checkout.session.completed", {"payment_status": "unpaid"}
SUCCEEDED, FAILED = "checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed"
TOTAL = 866


def attention(shop: Shop) -> list[str]:
    found = shop.get("/attention-items", as_="owner").json["data"]
    return sorted(item["kind"] for item in found)


def spent(shop: Shop, order: dict[str, Any]) -> int:
    return int(customer(shop, order)["total_spent"])


def links(shop: Shop, order: dict[str, Any]) -> list[tuple[str, int]]:
    """Status and amount of each attempt."""
    return [
        tuple(row)
        for row in asked(shop, "SELECT status, amount FROM payment_links WHERE order_id = :id ORDER BY attempt", order)
    ]


def asked(shop: Shop, statement: str, order: dict[str, Any]) -> list[Any]:
    with transaction(uuid.UUID(shop.store_id)):
        return list(db.session.execute(text(statement), {"id": order["id"]}))


def money(order: dict[str, Any]) -> tuple[str, int, int, int]:
    return order["payment_status"], order["amount_paid"], order["amount_refunded"], order["amount_due"]


def refunds(order: dict[str, Any]) -> list[tuple[str, int, str]]:
    return sorted((each["source"], each["amount"], each["status"]) for each in order["refunds"])


def sold(shop: Shop, **asked_for: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    order = shop.sell(**asked_for)
    return order, asked_link(shop, order)


def pay_by(shop: Shop, order: dict[str, Any], link: dict[str, Any], kind: str = PAID, **facts: Any) -> str:
    return told(shop, event(shop, kind, session(shop, order, link, **facts)))


def own_refund(shop: Shop, order: dict[str, Any], asked_for: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """Stripe's refund that one of ours has led to."""
    metadata = {"store_id": shop.store_id, "order_id": order["id"], "refund_id": asked_for["id"]}
    intent = asked(shop, "SELECT p.provider_id FROM payments p WHERE p.order_id = :id", order)[-1][0]
    return stripe.refund(intent, asked_for["amount"], metadata=metadata, **facts)
