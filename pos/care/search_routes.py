"""JSON of finding customers: the one with a number, or all whom some words fit."""

from typing import Any

from flask import Response

from pos.care import search
from pos.care.search_schemas import CustomersQuery, FoundList
from pos.customers.routes import by_phone
from pos.customers.schemas import CustomerOut
from pos.customers.seen import as_found
from pos.db import glance
from pos.errors import Invalid
from pos.http.access import allow, caller
from pos.http.api import Blueprint, answer

blueprint = Blueprint("search", __name__, description="Finding customers")


class WhomToFind(Invalid):
    title = "By what are they found?"


@blueprint.route("/customers")
@allow("cashier")
@blueprint.arguments(CustomersQuery, location="query")
@blueprint.response(200, {"oneOf": [CustomerOut, FoundList]})
def find_customers(query: dict[str, Any]) -> Response:
    """With `phone` the customer with this number, in any usual spelling. With `q`, `tag` or both all whom they fit, who was here
    last comes first; of their numbers a cashier sees the end"""
    number, text, tag = (query.get(name) for name in ("phone", "q", "tag"))
    if bool(number) == bool(text or tag):
        raise WhomToFind(reason="Send either phone, or q, tag or both.", pointer="/q")
    return by_phone(number) if number else _search(text, tag, query)


def _search(text: str | None, tag: str | None, query: dict[str, Any]) -> Response:
    who = caller()
    asked = search.read(text, tag, who.store.country)
    with glance(who.store.id):
        found = search.search(asked, limit=query["limit"], after=query.get("after"))
    return answer(found | {"data": [as_found(row, who) for row in found["data"]]})
