"""A refusal on a guest's page, in words for guests: what http/problems.py says is for programs."""

from collections.abc import Mapping

from flask import Response, g, render_template, request, url_for

from pos.checkout.links import BelowMinimum, LinksSwitchedOff, NoStripeAccount, NotInSteps
from pos.loyalty.actions import WalkInCannotJoin
from pos.orders.lifecycle import WrongState
from pos.payments.tender import NothingDue
from pos.web import reading

# By the names of the words: each has its title, and with `_advice` what to do.
_BY_SLUG: Mapping[str, str] = {
    NothingDue.slug(): "nothing_due",
    WrongState.slug(): "wrong_state",
    BelowMinimum.slug(): "below_minimum",
    NotInSteps.slug(): "not_in_steps",
    NoStripeAccount.slug(): "no_cards",
    LinksSwitchedOff.slug(): "no_cards",
    WalkInCannotJoin.slug(): "nobody_to_join",
}
_BY_STATUS: Mapping[int, str] = {404: "unknown_link", 429: "too_often", 500: "broken", 503: "busy"}
_OTHERWISE = "did_not_work"


def as_page(response: Response) -> Response:
    """The same answer as a page. One that is not found leads nowhere, and says the same whichever part of it is wrong."""
    if response.mimetype != "application/problem+json":
        return response
    status, slug = response.status_code, response.get_json()["type"].removeprefix("/problems/")
    refusal = _BY_SLUG.get(slug) or _BY_STATUS.get(status) or _OTHERWISE
    back = url_for("guest.order_page", **(request.view_args or {})) if status != 404 else None
    shown_id = g.get("request_id") if status == 500 else None
    page = render_template(
        "refused.html", words=reading.words(), refusal=refusal, back=back, request_id=shown_id, order=None
    )
    response.set_data(page)
    response.mimetype = "text/html"
    return response
