"""The care of one customer: another number, two rows that are one person, to be forgotten, and all that is held of them."""

from typing import Any
from uuid import UUID

from flask import request

from pos import clock
from pos.care import export, merging, queries, search
from pos.db import transaction
from pos.errors import Invalid, ShopError
from pos.http.access import allow, caller
from pos.web.office.customers.pages import blueprint, customer_of, titled
from pos.web.office.frame import shown

_MOST_FOUND, _MOST_MERGES, _SHORTEST = 20, 50, 2


@blueprint.get("/customers/<uuid:customer_id>/care")
@allow("cashier")
def care(customer_id: UUID) -> str:
    """What may be done for a customer; merges and more are for managers."""
    who = caller()
    with transaction(who.store.id):
        customer = customer_of(customer_id)
        merges = queries.merges_of(customer["id"], limit=_MOST_MERGES)["data"] if who.reaches("manager") else []
    return shown("customers/care.html", customer=customer, merges=merges)


@blueprint.get("/customers/<uuid:customer_id>/merge")
@allow("manager")
def merge(customer_id: UUID) -> str:
    """Who else may be the same person; and once one is chosen (`with`), what a merge would do."""
    text, other = request.args.get("q", "").strip(), _other()
    with transaction(caller().store.id):
        customer = customer_of(customer_id)
        found = _others(customer, text) if other is None and len(text) >= _SHORTEST else None
        preview, refusal = _preview(customer["id"], other) if other else (None, None)
    facts = {
        "customer": customer,
        "text": text,
        "found": found,
        "preview": preview,
        "refusal": refusal,
        "sides": merging.SIDES,
    }
    return shown("customers/merge.html", **facts)


@blueprint.get("/customers/<uuid:customer_id>/all")
@allow("manager")
def everything(customer_id: UUID) -> str:
    """All that is held of one person, to be read or printed; it is noted who took it."""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        held = export.export(customer_id, who.store)
    return shown("customers/everything.html", customer=titled(held["customer"]), held=held, today=clock.now())


def _other() -> UUID | None:
    """The row that is chosen to be merged. Raises Invalid."""
    text = request.args.get("with")
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Invalid(reason="Choose the other one from the list.", pointer="/with") from error


def _others(customer: dict[str, Any], text: str) -> list[dict[str, Any]]:
    asked = search.read(text, None, caller().store.country)
    found = search.search(asked, limit=_MOST_FOUND)["data"]
    return [each for each in found if each["id"] != customer["id"]]


def _preview(kept_id: UUID, duplicate_id: UUID) -> tuple[dict[str, Any] | None, str | None]:
    """What a merge would do, or why there can be none."""
    try:
        return queries.preview(kept_id, duplicate_id, clock.now()), None
    except ShopError as refusal:
        return None, str(refusal)
