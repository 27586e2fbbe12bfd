"""POST /webhooks/stripe: the door for Stripe's events. What is not signed by Stripe is not even looked at."""

import structlog
from flask import Blueprint, Response, current_app, request

from pos import clock
from pos.checkout import events
from pos.errors import NotFound, Unreadable
from pos.http.access import public
from pos.http.api import answer
from pos.payments.gateway import BadEvent, Gateway

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
        outcome = events.receive(event, now) if is_ours else "other mode"
    except BadEvent as error:
        raise Unreadable(reason=str(error)) from error
    log.info("stripe_event", event_id=event["id"], type=event["type"], outcome=outcome)
    return answer({"outcome": outcome})
