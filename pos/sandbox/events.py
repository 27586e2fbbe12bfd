"""The provider's events: made in the transaction of what they tell, sent by the worker."""

from datetime import datetime
from typing import Any

import orjson
import requests
from sqlalchemy import select

from pos.db import db
from pos.jobs import enqueue
from pos.payments.gateway import API_VERSION, CONNECT_SECONDS, READ_SECONDS, signature
from pos.sandbox import faults
from pos.sandbox.models import SandboxDelivery, SandboxObject
from pos.sandbox.records import Cause, Object, change, keep, new_id, remember, timestamp

TRIES = 10
# What may become of an event; it is on its way while it is `waiting`.
WAITING, DELIVERED, FAILED, HELD, DROPPED = "waiting", "delivered", "failed", "held", "dropped"


def emit(kind: str, subject: Object, cause: Cause) -> None:
    """Makes an event of this type about an object as it is now, and sends it off with the commit."""
    body = {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": timestamp(),
        "data": {"object": subject},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": cause.request_id, "idempotency_key": cause.key},
        "type": kind,
    }
    if cause.account:
        body["account"] = cause.account
    fault = faults.strike("stripe", kind, *faults.OF_EVENTS)
    state = {"drop_event": DROPPED, "hold_event": HELD, None: WAITING}[fault]
    keep("event", body, cause, {"state": state, "attempts": 0})
    if state == WAITING:
        enqueue("sandbox.deliver_event", event_id=body["id"])


def signed(event: Object, secret: str) -> tuple[bytes, dict[str, str]]:
    """The body and the headers under which an event is posted, signed now."""
    body = orjson.dumps(event, option=orjson.OPT_INDENT_2)
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Stripe/1.0 (TapPass sandbox)"}
    return body, {**headers, "Stripe-Signature": signature(body.decode(), secret, timestamp())}


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Posts over the network and gives the status. Raises OSError (requests' errors are such)."""
    with requests.Session() as session:
        session.trust_env = False
        timeouts = (CONNECT_SECONDS, READ_SECONDS)
        return session.post(url, data=body, headers=headers, timeout=timeouts, allow_redirects=False).status_code


def record(event: SandboxObject, tries: list[tuple[int | None, str | None]], at: datetime) -> bool:
    """Writes down what came of tries at a delivery; whether one of them was taken."""
    for status, error in tries:
        db.session.add(SandboxDelivery(event_id=event.id, status=status, error=error, at=at))
    is_taken = any(status is not None and 200 <= status < 300 for status, _ in tries)
    attempts = event.hidden["attempts"] + len(tries)
    remember(event, attempts=attempts)
    if is_taken:
        remember(event, state=DELIVERED)
        change(event, pending_webhooks=0)
    return is_taken


def drop(event: SandboxObject) -> None:
    """The event is never sent by itself any more."""
    remember(event, state=DROPPED)


def newest(limit: int) -> list[dict[str, Any]]:
    """The newest events of all accounts with what came of them, newest first."""
    found = select(SandboxObject).where(SandboxObject.kind == "event")
    rows = db.session.scalars(found.order_by(SandboxObject.made_at.desc(), SandboxObject.id.desc()).limit(limit)).all()
    tries = select(SandboxDelivery).where(SandboxDelivery.event_id.in_([row.id for row in rows]))
    deliveries: dict[str, list[dict[str, Any]]] = {row.id: [] for row in rows}
    for delivery in db.session.scalars(tries.order_by(SandboxDelivery.at, SandboxDelivery.id)):
        deliveries[delivery.event_id].append({"status": delivery.status, "at": delivery.at, "error": delivery.error})
    return [
        {
            "id": row.id,
            "type": row.body["type"],
            "created": row.body["created"],
            "account": row.account,
            "object": row.body["data"]["object"]["id"],
            "state": row.hidden["state"],
            "deliveries": deliveries[row.id],
        }
        for row in rows
    ]
