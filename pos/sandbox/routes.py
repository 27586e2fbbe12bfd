"""What tests and curious people control: faults, and the events of either provider."""

import re
from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from marshmallow import ValidationError, fields, validate, validates_schema
from werkzeug.wrappers import Response as AnyResponse

from pos.db import transaction
from pos.errors import Invalid
from pos.http.access import public
from pos.http.api import answer
from pos.http.schemas import Body, Text, Whole
from pos.jobs import enqueue
from pos.sandbox import events, faults
from pos.sandbox.models import SandboxObject
from pos.sandbox.reading import done, read

MAX_TIMES, MAX_AT_ONCE, MAX_DELAY_SECONDS = 100, 20, 3600

# What a fault of a request may name, with an example.
_SUBJECTS = {
    "stripe": (re.compile(r"\*$|(GET|POST|DELETE) /v1/"), "POST /v1/refunds"),
    "twilio": (re.compile(r"\*$|(GET|POST|DELETE) /(2010-04-01|Messages)"), "POST /Messages"),
    "woocommerce": (re.compile(r"\*$|(GET|POST|PUT|DELETE) /wp-json"), "GET /wp-json/wc/v3/orders"),
}

blueprint = Blueprint("sandbox_control", __name__, url_prefix="/_sandbox", template_folder="templates")


class Delivery(Body):
    times = Whole(least=1, most=MAX_TIMES, load_default=1)
    concurrency = Whole(least=1, most=MAX_AT_ONCE, load_default=1)
    in_seconds = Whole(most=MAX_DELAY_SECONDS, load_default=0)


class Fault(Body):
    provider = fields.String(required=True, validate=validate.OneOf(faults.PROVIDERS))
    match = Text(least=1, most=200, required=True)
    fault = fields.String(required=True)
    times = Whole(least=1, most=1_000_000, load_default=1)

    @validates_schema
    def _fits(self, data: dict[str, Any], **_: Any) -> None:
        """A fault that can never strike would prove nothing."""
        of_requests = faults.OF_REQUESTS[data["provider"]]
        if data["fault"] not in (*of_requests, *faults.OF_EVENTS):
            raise ValidationError(f"Write one of {', '.join((*of_requests, *faults.OF_EVENTS))}.", "fault")
        subject, example = _SUBJECTS[data["provider"]]
        if data["fault"] in of_requests and not subject.match(data["match"]):
            raise ValidationError(f'Write a method and the beginning of a path, e.g. "{example}", or "*".', "match")


@blueprint.get("/faults")
@public
def list_faults() -> Response:
    with transaction(None):
        return answer(faults.left())


@blueprint.put("/faults")
@public
def order_faults() -> Response:
    """Replaces all ordered faults."""
    ordered = read(Fault(), many=True)
    with transaction(None):
        faults.replace_all(ordered)
        return answer(faults.left())


@blueprint.get("/events")
@public
def events_page() -> str:
    """The newest events, what became of them, and buttons to send, delay, repeat or drop them."""
    with transaction(None):
        newest = events.newest(50)
    return render_template("sandbox/events.html", events=newest)


@blueprint.get("/events.json")
@public
def list_events() -> Response:
    """The newest events with every try at delivering them: 200, or as many as `limit` says."""
    limit = request.args.get("limit", "200")
    if not re.fullmatch("[1-9][0-9]{0,3}", limit):
        raise Invalid(reason="Write a limit from 1 to 9999.", pointer="/limit")
    with transaction(None):
        return answer(events.newest(int(limit)))


@blueprint.post("/events/<event_id>/deliver")
@public
def deliver(event_id: str) -> AnyResponse:
    """Has the worker post the event so many times, so many at once, now or later, whatever became of it before."""
    asked = read(Delivery())
    with transaction(None):
        event = _event(event_id)
        enqueue(
            "sandbox.deliver_by_hand",
            in_seconds=asked["in_seconds"],
            event_id=event.id,
            times=asked["times"],
            concurrency=asked["concurrency"],
        )
    return done({"id": event_id, **asked}, 202)


@blueprint.post("/events/<event_id>/drop")
@public
def drop(event_id: str) -> AnyResponse:
    """The event is not sent by itself any more."""
    with transaction(None):
        events.drop(_event(event_id))
    return done({"id": event_id, "state": events.DROPPED}, 200)


def _event(event_id: str) -> SandboxObject:
    event = events.find_any(event_id, lock=True)
    if event is None:
        abort(404, f"The sandbox has no event {event_id[:80]}.")
    return event
