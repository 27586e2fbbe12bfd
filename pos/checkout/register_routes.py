"""JSON for registers alone: what they sell by, also without network, and what they could not get booked."""

from typing import Any
from uuid import UUID

from flask import Response

from pos import clock
from pos.checkout import late_booking, offer, queries, refused_sales
from pos.checkout import register_schemas as schemas
from pos.checkout.schemas import OrderOut
from pos.db import glance, transaction
from pos.http.access import allow, caller
from pos.http.api import Blueprint, answer, if_none_match
from pos.http.etag import etag, is_known, not_modified

blueprint = Blueprint("register", __name__, description="What a register needs, also without network")


@blueprint.route("/register/catalog")
@allow("cashier")
@if_none_match
@blueprint.response(200, schemas.OfferOut)
def read_offer() -> Response:
    """All that this register needs to sell, also without network: ask again with the ETag, and 304 says that it still holds"""
    who = caller()
    register_id = who.require_register()
    with glance(who.store.id):
        tag = offer.tag(register_id)
    if is_known(tag):
        return not_modified(tag)
    with glance(who.store.id):
        shown = offer.of_register(register_id)
    return answer(shown, headers=etag(tag))


@blueprint.route("/register/refused-sales", methods=["POST"])
@allow("cashier")
@blueprint.arguments(schemas.RefusedSaleIn)
@blueprint.response(201, schemas.RefusedSaleOut)
@blueprint.alt_response(200, schema=schemas.RefusedSaleOut, description="Told before, or booked by now")
def tell_refused_sale(body: dict[str, Any]) -> Response:
    """Tell of a sale that happened without network and was refused, so that a person looks at it (attention item refused_sale). It is
    settled by itself when a sale with the same key is booked, and none if it is by now. What another register told is left as it is"""
    who = caller()
    register_id = who.require_register()
    with transaction(who.store.id, actor=who.actor):
        item_id, is_new = refused_sales.keep(body["key"], body["sale"], body["problem"], register_id, who.store)
    return answer({"id": item_id, "key": body["key"]}, 201 if is_new else 200)


@blueprint.route("/attention-items/<uuid:item_id>/booking", methods=["POST"])
@allow("manager")
@blueprint.arguments(schemas.LateBookingIn)
@blueprint.response(201, OrderOut)
def book_refused_sale(body: dict[str, Any], item_id: UUID) -> Response:
    """Book the sale of an item of kind refused_sale as it was made without network, with what is put right here: who bought, or null for
    the coupon. It takes no points, settles the item, and is booked once, whatever the tablet sends later"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        order_id = late_booking.book(item_id, body, who, clock.now())
        return answer(queries.order(who.store, order_id), 201)
