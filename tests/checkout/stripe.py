"""Stripe as the tests play it: signed events about an order's link, and the figures that must come of them."""

import json
import time
import uuid
from typing import Any

from werkzeug.test import TestResponse

from pos.payments.gateway import API_VERSION, signature
from tests.checkout.counter import done
from tests.client import Shop
from tests.databases import STRIPE_SECRET

WEBHOOK = "/webhooks/stripe"
Object = dict[str, Any]


def asked_link(shop: Shop, order: Object, **asked: Any) -> Object:
    """The order's payment link, asked for at the counter."""
    answer = shop.post(f"/orders/{order['id']}/payment-link", asked)
    assert answer.status_code in (200, 201), answer.get_data(as_text=True)
    return answer.json  # type: ignore[no-any-return]


def deliver(shop: Shop, event: Object, *, secret: str = STRIPE_SECRET, at: int | None = None) -> TestResponse:
    """Posts an event as Stripe signs it."""
    body = json.dumps(event)
    header = signature(body, secret, int(time.time()) if at is None else at)
    return shop.client.open(
        WEBHOOK, method="POST", data=body, headers={"Stripe-Signature": header, "Content-Type": "application/json"}
    )


def told(shop: Shop, event: Object) -> str:
    """The outcome of an event that is accepted."""
    return str(done(deliver(shop, event))["outcome"])


def event(shop: Shop, kind: str, thing: Object, **facts: Any) -> Object:
    """An event of the shop's connected account."""
    return {
        "id": f"evt_{uuid.uuid4().hex}",
        "object": "event",
        "api_version": API_VERSION,
        "account": f"acct_{shop.slug}",
        "created": int(time.time()),
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
        "data": {"object": thing},
        **facts,
    }


def ours(shop: Shop, order: Object, link: Object | None) -> dict[str, str]:
    """The metadata that our link carries."""
    named = {"link_id": link["id"]} if link else {}
    return {"store_id": shop.store_id, "order_id": order["id"], **named}


def session(shop: Shop, order: Object, link: Object, **facts: Any) -> Object:
    """A checkout session of the link that was completed and paid."""
    return {
        "id": f"cs_test_{uuid.uuid4().hex}",
        "object": "checkout.session",
        "amount_total": link["amount"],
        "currency": order["currency"].lower(),
        "customer_details": {"email": "ada@example.com", "name": "Ada Lovelace", "phone": "+14155550132"},
        "livemode": False,
        "metadata": ours(shop, order, link),
        "payment_intent": f"pi_{uuid.uuid4().hex}",
        "payment_link": f"plink_{link['id']}",
        "payment_status": "paid",
        "status": "complete",
        **facts,
    }


def refund(intent: str, amount: int, **facts: Any) -> Object:
    """A refund out of a payment intent, as the dashboard makes it."""
    return {
        "id": f"re_{uuid.uuid4().hex}",
        "object": "refund",
        "amount": amount,
        "currency": "usd",
        "payment_intent": intent,
        "metadata": {},
        "reason": "requested_by_customer",
        "status": "succeeded",
        **facts,
    }


def charge(shop: Shop, order: Object, link: Object, intent: str, refunded: int) -> Object:
    """The charge of a payment, of which so much went back."""
    return {
        "id": f"ch_{intent}",
        "object": "charge",
        "amount": link["amount"],
        "amount_refunded": refunded,
        "billing_details": {"email": "ada@example.com"},
        "currency": order["currency"].lower(),
        "metadata": ours(shop, order, link),
        "paid": True,
        "payment_intent": intent,
        "refunded": refunded == link["amount"],
    }


def dispute(intent: str, amount: int, status: str = "needs_response", **facts: Any) -> Object:
    """A dispute over a payment."""
    return {
        "id": f"du_{intent}",
        "object": "dispute",
        "amount": amount,
        "currency": "usd",
        "payment_intent": intent,
        "reason": "fraudulent",
        "status": status,
        "metadata": {},
        **facts,
    }


def paid_by_link(shop: Shop, order: Object, **asked: Any) -> tuple[Object, str]:
    """An order that was paid by its link, and the payment intent."""
    link = asked_link(shop, order, **asked)
    paid = session(shop, order, link)
    assert told(shop, event(shop, "checkout.session.completed", paid)) == "applied"
    return done(shop.get(f"/orders/{order['id']}")), paid["payment_intent"]
