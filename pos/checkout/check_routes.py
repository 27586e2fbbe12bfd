"""JSON of whether a store's providers are set up: for its owner, before the first guest finds out."""

from typing import Any

from pos.checkout import flows, schemas
from pos.http.access import allow, caller
from pos.http.api import Blueprint
from pos.messaging import flows as texts

blueprint = Blueprint("checks", __name__, description="Are Stripe and Twilio set up for this store")


@blueprint.route("/store/checks/stripe", methods=["POST"])
@allow("owner")
@blueprint.response(200, schemas.Checks)
def check_stripe() -> Any:
    """Ask Stripe whether the store can take cards by link: key, account, webhook; tells no secret"""
    return {"data": flows.check_stripe(caller().store.id)}


@blueprint.route("/store/checks/twilio", methods=["POST"])
@allow("owner")
@blueprint.response(200, schemas.Checks)
def check_twilio() -> Any:
    """Ask Twilio whether the store can text: keys, what it sends from, where replies go; tells no secret"""
    return {"data": texts.check_twilio(caller().store.id)}
