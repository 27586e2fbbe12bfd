"""Customers: found by number, name or tag; one customer's story, profile and care."""

from typing import Any
from uuid import UUID

from flask import Response, request

from pos import clock
from pos.care import search, story
from pos.customers import queries
from pos.customers.seen import as_found, as_seen
from pos.customers.wording import CURRENT, wording
from pos.db import transaction
from pos.http.access import Caller, allow, caller
from pos.web.office import tables
from pos.web.office.customers.lists import CUSTOMERS
from pos.web.office.exports import as_file
from pos.web.office.frame import area, shown, writing

blueprint = area("customers", __name__)
_MOST_FOUND, _SHORTEST, _LONGEST = 50, 2, 100


@blueprint.get("/customers")
@allow("cashier")
def index() -> str:
    """Whom the typed words find; without any, all, for managers as a table."""
    who = caller()
    text, tag = (request.args.get(name, "").strip()[:_LONGEST] for name in ("q", "tag"))
    is_asked = len(text) >= _SHORTEST or bool(tag)
    with transaction(who.store.id):
        hits = _search(who, text, tag) if is_asked else None
        found = None if is_asked or not who.reaches("manager") else _all()
    return shown(
        "customers/index.html", text=text, tag=tag, hits=hits, found=found, is_short=bool(text) and not is_asked
    )


@blueprint.get("/customers.csv")
@allow("manager")
def export() -> Response:
    """All customers as CSV."""
    return as_file(CUSTOMERS)


@blueprint.get("/customers/<uuid:customer_id>")
@allow("cashier")
def one(customer_id: UUID) -> str:
    """One customer's story: managers see the whole of it."""
    who = caller()
    with transaction(who.store.id):
        customer = customer_of(customer_id)
        events = story.page(customer["id"], request.args.get("after"), without=_untold(customer, who))
    return shown("customers/one.html", customer=customer, events=events)


@blueprint.get("/customers/<uuid:customer_id>/profile")
@allow("cashier")
def profile(customer_id: UUID) -> str:
    """What is known of one customer, to be changed."""
    with transaction(caller().store.id):
        customer = customer_of(customer_id)
    asked = {purpose: wording(purpose, CURRENT, caller().store.name) for purpose in ("marketing", "sms")}
    return shown("customers/profile.html", customer=customer, wordings=asked)


def _all() -> tables.Found:
    return tables.found(CUSTOMERS, tables.Asked.of(CUSTOMERS, request.args), writing())


def customer_of(customer_id: UUID) -> dict[str, Any]:
    """One customer as the API shows it to who asks. Raises UnknownCustomer."""
    who = caller()
    today = clock.business_day(clock.now(), who.store.timezone)
    return titled(as_seen(queries.by_id(customer_id, today=today, with_health=who.reaches("manager")), who))


def _untold(customer: dict[str, Any], who: Caller) -> frozenset[str]:
    """The kinds of events that are not told: texts are for managers, and points are told as the customer's balance is."""
    texts = frozenset(() if who.reaches("manager") else ("message",))
    return texts | ({"points"} if customer["has_hidden_balance"] else set())


def titled(customer: dict[str, Any]) -> dict[str, Any]:
    """With what the customer's pages call them."""
    return customer | {"title": _title(customer), "is_walk_in": customer["origin"] == "walk_in"}


def _title(customer: dict[str, Any]) -> str:
    """What a customer is called where a name is wanted."""
    if customer["origin"] == "walk_in":
        return "Walk-ins of a register"
    return customer["name"] or customer["phone"] or "Customer without a name"


def _search(who: Caller, text: str, tag: str) -> dict[str, Any]:
    """A page of who is found, as the API shows them to who asks."""
    asked = search.read(text or None, tag or None, who.store.country)
    found = search.search(asked, limit=_MOST_FOUND, after=request.args.get("after"))
    return found | {"data": [as_found(row, who) for row in found["data"]]}
