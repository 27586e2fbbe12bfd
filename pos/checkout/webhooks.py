"""POST /webhooks/stripe: the door for Stripe's events. What is not signed by Stripe is not even looked at."""

from datetime import datetime
from uuid import UUID

import structlog
from flask import Blueprint, Response, current_app, request

from pos import clock, crash
from pos.checkout import events
from pos.db import transaction
from pos.errors import NotFound, Unreadable
from pos.http.access import public
from pos.http.api import answer
from pos.payments.gateway import BadEvent, Gateway, Object
from pos.stores.queries import stores_of_account

blueprint = Blueprint("webhooks", __name__)
log = structlog.get_logger()


@blueprint.post("/webhooks/stripe")
@public
def receive_stripe_event() -> Response:
    """200 once the event is in the books, or is none of ours; 400 for what Stripe did not send; any failure is a 5xx, so
    that Stripe sends it again."""
    gateway: Gateway | None = current_app.extensions["stripe"]
    if gateway is None:
        raise NotFound(what="payment provider")
    now = clock.now()
    try:
        event = gateway.read_event(request.get_data(), request.headers.get("Stripe-Signature"), now.timestamp())
        # A connected account's test events come to the address of the live ones, too.
        is_ours = bool(event.get("livemode")) == gateway.is_live
        outcome = _receive(event, now) if is_ours else "other mode"
    except BadEvent as error:
        raise Unreadable(reason=str(error)) from error
    log.info("stripe_event", event_id=event["id"], type=event["type"], outcome=outcome)
    return answer({"outcome": outcome})


def _receive(event: Object, now: datetime) -> str:
    """One transaction in the store that the event's object names, else in those of its account, until one knows what it is
    about. It may wait in each of them, since any may hear of its payment later."""
    arrived = events.read(event)
    if arrived is None:
        return "unknown"
    outcomes = []
    for store_id in _stores_of(arrived):
        with transaction(store_id, actor="stripe"):
            outcomes.append(events.take(arrived, now))
        crash.at("settle.committed")
        if outcomes[-1] in ("applied", "noted", "refused"):
            return outcomes[-1]
    return next((outcome for outcome in outcomes if outcome != "foreign"), "foreign")


def _stores_of(arrived: events.Arrived) -> list[UUID]:
    """A store that is named may be another installation's with the same account; then nothing is found in it."""
    if arrived.store_id:
        return [arrived.store_id]
    with transaction(None):
        return stores_of_account(arrived.event.account)
