"""The provider's events: made in the transaction of what they tell, sent by the worker."""

from collections.abc import Sequence
from dataclasses import dataclass
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
from pos.sandbox.records import Cause, Object, alter, find, keep, new_id, remember, timestamp

TRIES = 10
# What may become of an event; it is on its way while it is `waiting`.
WAITING, DELIVERED, FAILED, HELD, DROPPED = "waiting", "delivered", "failed", "held", "dropped"
# The kinds of what is posted, and whose they are.
PROVIDERS = {"event": "stripe", "webhook": "twilio", "delivery": "woocommerce"}


@dataclass(frozen=True)
class Tried:
    """One try at delivering: the status that was answered, or why there was none, and the words of the answer. It was not heard
    if nobody was reached."""

    status: int | None
    error: str | None = None
    words: str = ""
    is_heard: bool = True

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300 and self.error is None


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
    made = put("event", body, cause, faults.strike("stripe", kind, *faults.OF_EVENTS))
    if made.hidden["state"] == WAITING:
        enqueue("sandbox.deliver_event", event_id=made.id)


def put(kind: str, body: Object, cause: Cause, fault: str | None) -> SandboxObject:
    """Keeps what is to be posted, Stripe's `event`, Twilio's `webhook` or the web shop's `delivery`, in the state that an ordered fault leaves it in."""
    state = {"drop_event": DROPPED, "hold_event": HELD, None: WAITING}[fault]
    return keep(kind, body, cause, {"state": state, "attempts": 0})


def signed(event: Object, secret: str) -> tuple[bytes, dict[str, str]]:
    """The body and the headers under which an event is posted, signed now."""
    body = orjson.dumps(event, option=orjson.OPT_INDENT_2)
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Stripe/1.0 (TapPass sandbox)"}
    return body, {**headers, "Stripe-Signature": signature(body.decode(), secret, timestamp())}


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Posts over the network and gives the status. Raises OSError (requests' errors are such)."""
    return ask(url, body, headers)[0]


def ask(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    """Posts over the network and gives the status and what was answered. Raises OSError."""
    with requests.Session() as session:
        session.trust_env = False
        timeouts = (CONNECT_SECONDS, READ_SECONDS)
        answered = session.post(url, data=body, headers=headers, timeout=timeouts, allow_redirects=False)
        return answered.status_code, answered.text


def record(event: SandboxObject, tries: list[Tried], at: datetime) -> bool:
    """Writes down what came of tries at a delivery; whether one of them was taken."""
    for each in tries:
        db.session.add(SandboxDelivery(event_id=event.id, status=each.status, error=each.error, at=at))
    is_taken = any(each.is_taken for each in tries)
    facts: Object = {"attempts": event.hidden["attempts"] + len(tries)} | ({"state": DELIVERED} if is_taken else {})
    alter(event, {"pending_webhooks": 0} if is_taken and event.kind == "event" else {}, facts)
    return is_taken


def find_any(event_id: str, *, lock: bool = False) -> SandboxObject | None:
    """An event of whichever provider."""
    return next((row for kind in PROVIDERS if (row := find(kind, event_id, lock=lock))), None)


def get_any(event_id: str) -> SandboxObject:
    """An event that must be there, since a job names it."""
    event = find_any(event_id)
    assert event is not None, f"event {event_id} is named by a job"
    return event


def drop(event: SandboxObject) -> None:
    """The event is never sent by itself any more."""
    remember(event, state=DROPPED)


def newest(limit: int) -> list[dict[str, Any]]:
    """The newest events of all accounts with what came of them, newest first."""
    rows = [row for kind in PROVIDERS for row in _newest(kind, limit)]
    rows = sorted(rows, key=lambda row: (row.made_at, row.id), reverse=True)[:limit]
    tries = select(SandboxDelivery).where(SandboxDelivery.event_id.in_([row.id for row in rows]))
    deliveries: dict[str, list[dict[str, Any]]] = {row.id: [] for row in rows}
    for delivery in db.session.scalars(tries.order_by(SandboxDelivery.at, SandboxDelivery.id)):
        deliveries[delivery.event_id].append({"status": delivery.status, "at": delivery.at, "error": delivery.error})
    return [_told(row) | {"deliveries": deliveries[row.id]} for row in rows]


def _newest(kind: str, limit: int) -> Sequence[SandboxObject]:
    found = select(SandboxObject).where(SandboxObject.kind == kind)
    return db.session.scalars(found.order_by(SandboxObject.made_at.desc(), SandboxObject.id.desc()).limit(limit)).all()


def _told(row: SandboxObject) -> dict[str, Any]:
    return {
        "id": row.id,
        "provider": PROVIDERS[row.kind],
        "type": row.body["type"],
        "created": row.body["created"],
        "account": row.account,
        "object": row.body["data"]["object"]["id"] if row.kind == "event" else row.body["object"],
        "state": row.hidden["state"],
    }
