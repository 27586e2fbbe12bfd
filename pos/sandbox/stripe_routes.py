"""Stripe's dialect over HTTP, what was made in its name, and what happens in its dashboard and at the payer's bank."""

from flask import Blueprint, Response, request
from marshmallow import fields, validate
from werkzeug.wrappers import Response as AnyResponse

from pos.db import transaction
from pos.errors import Invalid
from pos.http.access import public
from pos.http.api import answer
from pos.http.schemas import Body, Text, Whole
from pos.sandbox import payments, stripe_api, stripe_truth
from pos.sandbox.reading import done, get_object, lost, read
from pos.sandbox.records import Cause
from pos.sandbox.stripe_errors import StripeError

blueprint = Blueprint("sandbox_stripe", __name__, url_prefix="/_sandbox")


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
    return lost(answered.fault) or Response(answered.body, answered.status, answered.headers)


@blueprint.get("/stripe/truth.json")
@public
def truth() -> Response:
    """All that was ever made in Stripe's name, of all accounts: by it a test proves that nothing was asked twice."""
    with transaction(None):
        return answer(stripe_truth.all_there_is())


@blueprint.post("/refunds")
@public
def refund() -> AnyResponse:
    """Somebody refunds a payment in Stripe's dashboard."""
    asked = read(Refund())
    with transaction(None):
        intent = get_object("payment_intent", asked["payment_intent"])
        try:
            made = payments.refund(asked, "succeeded", Cause(intent.account))
        except StripeError as error:
            raise Invalid(reason=error.message, pointer=f"/{error.param or 'payment_intent'}") from error
    return done(made, 201)


@blueprint.post("/refunds/<refund_id>/settle")
@public
def settle_refund(refund_id: str) -> AnyResponse:
    """A refund turns out to have succeeded or failed."""
    asked = read(RefundEnd())
    with transaction(None):
        refunded = get_object("refund", refund_id)
        made = payments.settle(refunded, asked["status"], Cause(refunded.account))
    return done(made, 200)


@blueprint.post("/disputes")
@public
def dispute() -> AnyResponse:
    """The payer's bank disputes a payment."""
    asked = read(Dispute())
    with transaction(None):
        intent = get_object("payment_intent", asked["payment_intent"])
        made = payments.dispute(intent, asked["reason"], Cause(intent.account))
    return done(made, 201)


@blueprint.post("/disputes/<dispute_id>/close")
@public
def close_dispute(dispute_id: str) -> AnyResponse:
    asked = read(DisputeEnd())
    with transaction(None):
        disputed = get_object("dispute", dispute_id)
        made = payments.close_dispute(disputed, asked["outcome"], Cause(disputed.account))
    return done(made, 200)
