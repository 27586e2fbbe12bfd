"""POST /orders and its kin: the JSON of the counter. Each route is one transaction."""

from typing import Any
from uuid import UUID

from flask import Response

from pos import clock, ids
from pos.checkout import queries, schemas
from pos.checkout.cancel import cancel
from pos.checkout.pay import pay
from pos.checkout.place import Sale, place
from pos.customers.models import Customer
from pos.db import find, transaction
from pos.http import idempotency
from pos.http.access import allow, caller
from pos.http.api import Blueprint, answer, idempotent
from pos.http.etag import etag
from pos.http.paging import cursor, read_cursor
from pos.http.schemas import Page
from pos.orders import actions as orders

blueprint = Blueprint("orders", __name__, description="The sale: orders, payments, cancellations, and how far they are")


@blueprint.route("/orders", methods=["POST"])
@allow("cashier")
@idempotent
@blueprint.arguments(schemas.OrderIn)
@blueprint.response(201, schemas.OrderOut)
def place_order(body: dict[str, Any]) -> Response:
    """Sell: find or create the customer by phone, price the items, take stock and money, in one commit"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        claim = idempotency.claim("order", body)
        if not claim.is_replay:
            place(claim.resource_id, Sale(**body), who, clock.now())
        order = queries.order(who.store, claim.resource_id)
    return answer(order, 201, {**etag(order["version"]), **claim.headers})


@blueprint.route("/orders/<uuid:order_id>/payments", methods=["POST"])
@allow("cashier")
@idempotent
@blueprint.arguments(schemas.PaymentIn)
@blueprint.response(201, schemas.PaidOut)
def pay_order(body: dict[str, Any], order_id: UUID) -> Response:
    """Take cash or a card for all or a part of what is due; a tip comes on top of the amount"""
    who = caller()
    with transaction(who.store.id, actor=who.actor) as session:
        claim = idempotency.claim("payment", body)
        if not claim.is_replay:
            pay(claim.resource_id, order_id, who, clock.now(), **body)
            session.flush()
        order = queries.order(who.store, order_id)
    payment = next(payment for payment in order["payments"] if payment["id"] == str(claim.resource_id))
    change = (payment["tendered"] or payment["amount"]) - payment["amount"]
    return answer(order | {"payment": payment, "change_due": change}, 201, {**etag(order["version"]), **claim.headers})


@blueprint.route("/orders/<uuid:order_id>/cancel", methods=["POST"])
@allow("cashier")
@blueprint.arguments(schemas.CancelIn)
@blueprint.response(200, schemas.OrderOut)
def cancel_order(body: dict[str, Any], order_id: UUID) -> Response:
    """Cancel an open order; with refund: true a manager gives back what was paid"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        cancel(order_id, who, clock.now(), **body)
        order = queries.order(who.store, order_id)
    return answer(order, headers=etag(order["version"]))


@blueprint.route("/orders/<uuid:order_id>/fulfillment", methods=["POST"])
@allow("cashier")
@blueprint.arguments(schemas.FulfillmentIn)
@blueprint.response(200, schemas.OrderOut)
def fulfill_order(body: dict[str, Any], order_id: UUID) -> Response:
    """Say how far the making of the order is"""
    who = caller()
    with transaction(who.store.id, actor=who.actor) as session:
        orders.fulfill(orders.locked(order_id), body["status"], clock.now())
        session.flush()
        order = queries.order(who.store, order_id)
    return answer(order, headers=etag(order["version"]))


@blueprint.route("/orders")
@allow("cashier")
@blueprint.arguments(schemas.OrderPage, location="query")
@blueprint.response(200, schemas.OrderList)
def list_orders(wanted: dict[str, Any]) -> Response:
    """The store's orders, newest first"""
    return _listed(wanted)


@blueprint.route("/customers/<uuid:customer_id>/orders")
@allow("cashier")
@blueprint.arguments(Page, location="query")
@blueprint.response(200, schemas.OrderList)
def list_orders_of_customer(wanted: dict[str, Any], customer_id: UUID) -> Response:
    """What a customer bought, food and merch together, newest first"""
    with transaction(caller().store.id):
        find(Customer, customer_id)
    return _listed(wanted | {"customer_id": customer_id})


@blueprint.route("/orders/<uuid:order_id>")
@allow("cashier")
@blueprint.response(200, schemas.OrderOut)
def read_order(order_id: UUID) -> Response:
    """One order"""
    with transaction(caller().store.id):
        order = queries.order(caller().store, order_id)
    return answer(order, headers=etag(order["version"]))


@blueprint.route("/orders/by-reference/<reference>")
@allow("cashier")
@blueprint.response(200, schemas.OrderOut)
def read_order_by_reference(reference: str) -> Response:
    """The order with the reference on a receipt; case, blanks and look-alikes are forgiven"""
    with transaction(caller().store.id):
        order = queries.order_by_reference(caller().store, ids.read_reference(reference))
    return answer(order, headers=etag(order["version"]))


def _listed(wanted: dict[str, Any]) -> Response:
    limit, after, since = wanted.pop("limit"), wanted.pop("after", None), wanted.pop("since", None)
    before = None if after is None else read_cursor(after)
    with transaction(caller().store.id):
        found = queries.orders(caller().store, wanted, since=since, before=before, limit=limit + 1)
    more = len(found) > limit
    return answer({"data": found[:limit], "next": cursor(found[limit - 1]["id"]) if more else None})
