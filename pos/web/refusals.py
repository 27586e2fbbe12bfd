"""A refusal on a guest's page, in words for guests: what http/problems.py says is for programs."""

from collections.abc import Mapping

from flask import Response, g, render_template, request, url_for

from pos.checkout.links import BelowMinimum, LinksSwitchedOff, NoStripeAccount, NotInSteps
from pos.orders.lifecycle import WrongState
from pos.payments.tender import NothingDue

_BY_SLUG: Mapping[str, tuple[str, str]] = {
    NothingDue.slug(): ("Nothing is due", "This order is paid. There is nothing left to do."),
    WrongState.slug(): ("This order was canceled", "There is nothing to pay."),
    BelowMinimum.slug(): (
        "Too little for a card",
        "Cards are not charged as little as this. Please pay at the counter.",
    ),
    NotInSteps.slug(): ("No card by link", "Cards are not charged this very amount. Please pay at the counter."),
    NoStripeAccount.slug(): ("No cards by link", "This shop takes no cards by link. Please pay at the counter."),
    LinksSwitchedOff.slug(): ("No cards by link", "This shop takes no cards by link. Please pay at the counter."),
}
_BY_STATUS: Mapping[int, tuple[str, str]] = {
    404: ("This link is not one of ours", "Check it against the receipt, or ask at the counter."),
    429: ("Often enough", "You have changed this quite often. Wait a quarter of an hour, or pay at the counter."),
    500: ("That is our fault", "Something broke here. Nothing was charged by it; please pay at the counter."),
    503: ("One moment, please", "We are busy right now. Nothing was changed; try again in a moment."),
}
_OTHERWISE = ("That did not work", "Nothing was changed. Go back to your order and try again, or ask at the counter.")


def as_page(response: Response) -> Response:
    """The same answer as a page. One that is not found leads nowhere, and says the same whichever part of it is wrong."""
    if response.mimetype != "application/problem+json":
        return response
    status, slug = response.status_code, response.get_json()["type"].removeprefix("/problems/")
    title, advice = _BY_SLUG.get(slug) or _BY_STATUS.get(status) or _OTHERWISE
    back = url_for("guest.order_page", **(request.view_args or {})) if status != 404 else None
    shown_id = g.get("request_id") if status == 500 else None
    response.set_data(render_template("refused.html", title=title, advice=advice, back=back, request_id=shown_id))
    response.mimetype = "text/html"
    return response
