"""The sandbox over HTTP: Stripe's dialect for another process or curl, and what tests and curious people control."""

import re
import time
from typing import Any, NoReturn

from flask import Blueprint, Response, abort, current_app, redirect, request, url_for
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from werkzeug.wrappers import Response as AnyResponse

from pos.db import transaction
from pos.errors import Invalid
from pos.http.access import public
from pos.http.api import answer
from pos.http.problems import sentences
from pos.http.schemas import Body, Text, Whole
from pos.http.strict_json import parse
from pos.jobs import enqueue
from pos.sandbox import events, faults, payments, stripe_api, stripe_truth
from pos.sandbox.models import SandboxObject
from pos.sandbox.records import Cause, find
from pos.sandbox.stripe_errors import StripeError

# Longer than any client of ours waits for an answer.
SILENCE_SECONDS = 12
MAX_FAULTS, MAX_TIMES, MAX_AT_ONCE, MAX_DELAY_SECONDS = 100, 100, 20, 3600

_SUBJECT = re.compile(r"\*$|(GET|POST|DELETE) /v1/")

blueprint = Blueprint("sandbox_control", __name__, url_prefix="/_sandbox")


class Delivery(Body):
    times = Whole(least=1, most=MAX_TIMES, load_default=1)
    concurrency = Whole(least=1, most=MAX_AT_ONCE, load_default=1)
    in_seconds = Whole(most=MAX_DELAY_SECONDS, load_default=0)


class Fault(Body):
    provider = fields.String(required=True, validate=validate.OneOf(faults.PROVIDERS))
    match = Text(least=1, most=200, required=True)
    fault = fields.String(required=True, validate=validate.OneOf((*faults.OF_REQUESTS, *faults.OF_EVENTS)))
    times = Whole(least=1, most=1_000_000, load_default=1)

    @validates_schema
    def _fits(self, data: dict[str, Any], **_: Any) -> None:
        """A fault that can never strike would prove nothing."""
        if data["fault"] in faults.OF_REQUESTS and not _SUBJECT.match(data["match"]):
            raise ValidationError(
                'Write a method and the beginning of a path, e.g. "POST /v1/refunds", or "*".', "match"
            )


class Dispute(Body):
    payment_intent = Text(least=1, most=200, required=True)
    reason = Text(least=1, most=50, load_default="fraudulent")


class DisputeEnd(Body):
    outcome = fields.String(required=True, validate=validate.OneOf(("won", "lost")))


class Refund(Body):
    payment_intent = Text(least=1, most=200, required=True)
    amount = Whole(least=1)


class RefundEnd(Body):
    status = fields.String(required=True, validate=validate.OneOf(("succeeded", "failed")))


@blueprint.route("/stripe/v1/<path:path>", methods=["GET", "POST", "DELETE"])
@public
def stripe_dialect(path: str) -> Response:
    """Stripe's API over real HTTP: for a process with STRIPE_API_BASE=…/_sandbox/stripe, and for curl."""
    query = request.query_string.decode("ascii", "replace")
    form = request.get_data(as_text=True) if request.method == "POST" else query
    answered = stripe_api.answer(request.method, f"/v1/{path}", form, dict(request.headers))
    if answered.fault == "reset":
        return Response("The connection was cut (ordered fault).", 502)
    if answered.fault:
        time.sleep(current_app.config.get("SANDBOX_SILENCE_SECONDS", SILENCE_SECONDS))
        return Response("No answer (ordered fault).", 504)
    return Response(answered.body, answered.status, answered.headers)


@blueprint.get("/stripe/truth.json")
@public
def truth() -> Response:
    """All that was ever made in Stripe's name, of all accounts: by it a test proves that nothing was asked twice."""
    with transaction(None):
        return answer(stripe_truth.all_there_is())


@blueprint.get("/faults")
@public
def list_faults() -> Response:
    with transaction(None):
        return answer(faults.left())


@blueprint.put("/faults")
@public
def order_faults() -> Response:
    """Replaces all ordered faults."""
    ordered = _read(Fault(), many=True)
    with transaction(None):
        faults.replace_all(ordered)
        return answer(faults.left())


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
    asked = _read(Delivery())
    with transaction(None):
        event = _get("event", event_id)
        enqueue(
            "sandbox.deliver_by_hand",
            in_seconds=asked["in_seconds"],
            event_id=event.id,
            times=asked["times"],
            concurrency=asked["concurrency"],
        )
    return _done({"id": event_id, **asked}, 202)


@blueprint.post("/events/<event_id>/drop")
@public
def drop(event_id: str) -> AnyResponse:
    """The event is not sent by itself any more."""
    with transaction(None):
        events.drop(_get("event", event_id))
    return _done({"id": event_id, "state": events.DROPPED}, 200)


@blueprint.post("/refunds")
@public
def refund() -> AnyResponse:
    """Somebody refunds a payment in Stripe's dashboard."""
    asked = _read(Refund())
    with transaction(None):
        intent = _get("payment_intent", asked["payment_intent"])
        try:
            made = payments.refund(asked, "succeeded", Cause(intent.account))
        except StripeError as error:
            raise Invalid(reason=error.message, pointer=f"/{error.param or 'payment_intent'}") from error
    return _done(made, 201)


@blueprint.post("/refunds/<refund_id>/settle")
@public
def settle_refund(refund_id: str) -> AnyResponse:
    """A refund turns out to have succeeded or failed."""
    asked = _read(RefundEnd())
    with transaction(None):
        refunded = _get("refund", refund_id)
        made = payments.settle(refunded, asked["status"], Cause(refunded.account))
    return _done(made, 200)


@blueprint.post("/disputes")
@public
def dispute() -> AnyResponse:
    """The payer's bank disputes a payment."""
    asked = _read(Dispute())
    with transaction(None):
        intent = _get("payment_intent", asked["payment_intent"])
        made = payments.dispute(intent, asked["reason"], Cause(intent.account))
    return _done(made, 201)


@blueprint.post("/disputes/<dispute_id>/close")
@public
def close_dispute(dispute_id: str) -> AnyResponse:
    asked = _read(DisputeEnd())
    with transaction(None):
        disputed = _get("dispute", dispute_id)
        made = payments.close_dispute(disputed, asked["outcome"], Cause(disputed.account))
    return _done(made, 200)


def _read(schema: Schema, *, many: bool = False) -> Any:
    """What was sent as JSON, or as a form whose digits are numbers. Raises Invalid."""
    raw = parse(request.get_data()) if request.is_json else {name: _number(text) for name, text in request.form.items()}
    if many and (not isinstance(raw, list) or len(raw) > MAX_FAULTS):
        _refuse(f"Send a list of at most {MAX_FAULTS} as JSON.")
    try:
        return schema.load(raw, many=many)
    except ValidationError as error:
        raise Invalid(reason=sentences(error.messages)) from error


def _number(text: str) -> Any:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 13 else text


def _refuse(reason: str) -> NoReturn:
    raise Invalid(reason=reason)


def _get(kind: str, object_id: str) -> SandboxObject:
    row = find(kind, object_id, lock=True)
    if row is None:
        abort(404, f"The sandbox has no {kind.replace('_', ' ')} {object_id[:80]}.")
    return row


def _done(made: Any, status: int) -> AnyResponse:
    """JSON; whoever pressed a button is led back to the page of events."""
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        return redirect(url_for("sandbox.events_page"), 303)
    return answer(made, status)
