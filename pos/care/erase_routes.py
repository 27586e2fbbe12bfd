"""JSON of what somebody may ask for of their data: to be forgotten, and to have all of it."""

from uuid import UUID

from flask import Response

from pos import clock
from pos.care import erasures, export
from pos.care.erasing import erase
from pos.customers.models import Customer
from pos.db import find, transaction
from pos.http.access import allow, caller
from pos.http.api import Blueprint, answer

blueprint = Blueprint(
    "personal data", __name__, description="What a person may ask for: to be forgotten, and all that is held of them"
)


@blueprint.route("/customers/<uuid:customer_id>", methods=["DELETE"])
@allow("cashier")
@blueprint.response(204)
def erase_customer(customer_id: UUID) -> None:
    """Erase a customer: what names or reaches the person goes for good, orders and sums stay. A manager does it, or approves it by
    PIN; done once more, nothing happens"""
    who, now = caller(), clock.now()
    with transaction(who.store.id, actor=who.actor):
        find(Customer, customer_id)
        rows = erase(customer_id, now, authorised_by=who.authorise("manager"))
    erasures.remember(who.store.id, rows, now)


@blueprint.route("/customers/<uuid:customer_id>/export")
@allow("manager")
@blueprint.response(200, export.ExportOut)
def export_customer(customer_id: UUID) -> Response:
    """All that is held of one person, to hand over: it is noted who took it"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        found = export.export(customer_id, who.store)
    name = f'attachment; filename="customer-{customer_id}.json"'
    return answer(found, headers={"Content-Disposition": name, "Cache-Control": "no-store"})
