"""POST /orders and its kin: the JSON of the counter. Each route is one transaction."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, request

from pos import clock, ids
from pos.checkout import links, making, order_tags, queries, refused_sales, schemas, selection, tab, texts
from pos.checkout import split as splitting
from pos.checkout.cancel import cancel
from pos.checkout.offline import place_offline
from pos.checkout.pay import pay
from pos.checkout.place import Sale, Sold, place
from pos.checkout.refund import refund
from pos.customers.models import Customer
from pos.db import find, glance, transaction
from pos.errors import Conflict
from pos.http import idempotency
from pos.http.access import Caller, allow, caller
from pos.http.api import Blueprint, answer, idempotent, idempotent_or_if_match, if_match, if_none_match
from pos.http.etag import VersionRequired, etag, is_known, not_modified, was_seen
from pos.http.paging import cursor
from pos.http.schemas import Page
from pos.orders import actions as orders
from pos.orders.models import Order

blueprint = Blueprint(
    "orders", __name__, description="The sale: orders and tabs, payments, refunds, and how far they are"
)


class TabChanged(Conflict):
    title = "Changed in the meantime"
    advice = (
        "Another register changed this order after you read it. Read it again, look at it, then repeat your change."
    )


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
        if claim.is_replay:
            order = queries.order(who.store, claim.resource_id)
        else:
            refused_sales.settle(request.headers[idempotency.HEADER], clock.now())
            order = queries.just_sold(who.store, _sell(claim.resource_id, Sale(**body), who))
    return answer(order, 201, {**etag(order["version"]), **claim.headers})


@blueprint.route("/orders/<uuid:order_id>", methods=["PATCH"])
@allow("cashier")
@if_match
@blueprint.arguments(schemas.OrderChange)
@blueprint.response(200, schemas.OrderOut)
def change_order(body: dict[str, Any], order_id: UUID) -> Response:
    """Move an open order to another customer or name, or change its note, discount or coupon"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        holder_id = tab.new_holder(body, who)
        order = _seen(tab.locked(order_id, *filter(None, [holder_id])))
        tab.change_order(order, body, holder_id, who, clock.now())
        return _answered(order_id)


@blueprint.route("/orders/<uuid:order_id>/lines", methods=["POST"])
@allow("cashier")
@idempotent_or_if_match
@blueprint.arguments(schemas.RoundIn)
@blueprint.response(201, schemas.OrderOut)
def add_lines(body: dict[str, Any], order_id: UUID) -> Response:
    """Add a round to an open order. Send an Idempotency-Key, the If-Match of what you saw, or both"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        claim = idempotency.claim_if_sent("round", body)
        if not claim.is_replay:
            order = tab.locked(order_id)
            if request.if_match or not claim.is_kept:
                _seen(order)
            tab.require_open(order)
            tab.add_round(order, body["items"], who, clock.now())
        return _answered(order_id, 201, claim.headers)


@blueprint.route("/orders/<uuid:order_id>/lines/<uuid:line_id>", methods=["PATCH"])
@allow("cashier")
@if_match
@blueprint.arguments(schemas.LineChange)
@blueprint.response(200, schemas.OrderOut)
def change_line(body: dict[str, Any], order_id: UUID, line_id: UUID) -> Response:
    """Change a line's quantity, note or discount; a smaller quantity is a void and needs a reason and a manager"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        order = _seen(tab.locked(order_id))
        tab.change_line(order, line_id, body, who, clock.now())
        return _answered(order_id)


@blueprint.route("/orders/<uuid:order_id>/lines/<uuid:line_id>", methods=["DELETE"])
@allow("cashier")
@if_match
@blueprint.arguments(schemas.VoidIn)
@blueprint.response(200, schemas.OrderOut)
def void_line(body: dict[str, Any], order_id: UUID, line_id: UUID) -> Response:
    """Void a line, with the reason; a manager does it, or approves it by PIN"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        order = _seen(tab.locked(order_id))
        tab.void_line(order, line_id, who, clock.now(), reason=body["reason"], restock=body.get("restock"))
        return _answered(order_id)


@blueprint.route("/orders/<uuid:order_id>/split", methods=["POST"])
@allow("cashier")
@idempotent
@if_match
@blueprint.arguments(schemas.SplitIn)
@blueprint.response(201, schemas.OrderOut)
def split_order(body: dict[str, Any], order_id: UUID) -> Response:
    """Move lines, or some of their quantity, to a new order, which is the answer"""
    who, now = caller(), clock.now()
    with transaction(who.store.id, actor=who.actor):
        claim = idempotency.claim("order", body)
        if not claim.is_replay:
            holder_id = tab.new_holder(body, who)
            order = _seen(tab.locked(order_id, *filter(None, [holder_id])))
            told = splitting.circumstances(order, holder_id, body, who, now)
            splitting.split(order, claim.resource_id, body["lines"], told, now)
        return _answered(claim.resource_id, 201, claim.headers)


@blueprint.route("/orders/<uuid:order_id>/merge", methods=["POST"])
@allow("cashier")
@idempotent
@if_match
@blueprint.arguments(schemas.MergeIn)
@blueprint.response(201, schemas.OrderOut)
def merge_orders(body: dict[str, Any], order_id: UUID) -> Response:
    """Move everything of another open order into this one; the other one is canceled"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        claim = idempotency.claim("merge", body)
        if not claim.is_replay:
            order, other = splitting.locked(order_id, body["order_id"])
            _seen(order)
            tab.require_open(other)
            splitting.merge(order, other, clock.now())
        return _answered(order_id, 201, claim.headers)


@blueprint.route("/orders/<uuid:order_id>/refunds", methods=["POST"])
@allow("cashier")
@idempotent
@blueprint.arguments(schemas.RefundIn)
@blueprint.response(201, schemas.RefundedOut)
def refund_order(body: dict[str, Any], order_id: UUID) -> Response:
    """Give back an amount, or what was paid for goods; a manager does it, or approves it by PIN"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        claim = idempotency.claim("refund", body)
        if not claim.is_replay:
            refund(claim.resource_id, order_id, who, clock.now(), **body)
        order = queries.order(who.store, order_id)
    refunded = [each for each in order["refunds"] if each["request_id"] == str(claim.resource_id)]
    return answer(order | {"refunded": refunded}, 201, {**etag(order["version"]), **claim.headers})


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


@blueprint.route("/orders/<uuid:order_id>/payment-link", methods=["POST"])
@allow("cashier")
@blueprint.arguments(schemas.LinkIn)
@blueprint.response(201, schemas.PaymentLinkOut)
@blueprint.alt_response(200, schema=schemas.PaymentLinkOut, description="There is one already")
def ask_for_payment_link(body: dict[str, Any], order_id: UUID) -> Response:
    """Make the order's payment link for what is due; Stripe's page behind it is made right after"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        order, now = tab.locked(order_id), clock.now()
        link, is_new = links.ask(order, now, tip=body.get("tip"))
        if body.get("send_sms"):
            texts.link(order, link, now)
        return answer(queries.order(who.store, order_id)["payment_link"], 201 if is_new else 200)


@blueprint.route("/orders/<uuid:order_id>/payment-link", methods=["DELETE"])
@allow("cashier")
@blueprint.response(200, schemas.PaymentLinkOut)
def withdraw_payment_link(order_id: UUID) -> Response:
    """Withdraw the order's payment link; who has opened it at Stripe already may be faster"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        links.withdraw(tab.locked(order_id))
        return answer(queries.order(who.store, order_id)["payment_link"])


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
    """Say how far the making of the order is; all of its units are at least as far then"""
    who = caller()
    with transaction(who.store.id, actor=who.actor) as session:
        order, now = orders.locked(order_id), clock.now()
        making.fulfill(order, body["status"], now)
        session.flush()
        shown = queries.order(who.store, order_id)
    return answer(shown, headers=etag(shown["version"]))


@blueprint.route("/orders")
@allow("cashier")
@if_none_match
@blueprint.arguments(schemas.OrderPage, location="query")
@blueprint.response(200, schemas.OrderList)
def list_orders(wanted: dict[str, Any]) -> Response:
    """The store's orders, newest first"""
    return _listed(wanted)


@blueprint.route("/customers/<uuid:customer_id>/orders")
@allow("cashier")
@if_none_match
@blueprint.arguments(Page, location="query")
@blueprint.response(200, schemas.OrderList)
def list_orders_of_customer(wanted: dict[str, Any], customer_id: UUID) -> Response:
    """What a customer bought, food and merch together, newest first"""
    with transaction(caller().store.id):
        find(Customer, customer_id)
    return _listed(wanted | {"customer_id": customer_id})


@blueprint.route("/orders/<uuid:order_id>")
@allow("cashier")
@if_none_match
@blueprint.response(200, schemas.OrderOut)
def read_order(order_id: UUID) -> Response:
    """One order. The ETag also follows its payments, refunds, link, customer and member, so it may be asked for every second"""
    with glance(caller().store.id):
        tag = order_tags.of_order(order_id)
    return _unless_known(tag, partial(queries.order, caller().store, order_id))


@blueprint.route("/orders/by-reference/<reference>")
@allow("cashier")
@if_none_match
@blueprint.response(200, schemas.OrderOut)
def read_order_by_reference(reference: str) -> Response:
    """The order with the reference on a receipt; case, blanks and look-alikes are forgiven"""
    wanted = ids.read_reference(reference)
    with glance(caller().store.id):
        tag = order_tags.of_reference(wanted)
    return _unless_known(tag, partial(queries.order_by_reference, caller().store, wanted))


def _sell(order_id: UUID, sale: Sale, who: Caller) -> Sold:
    if not sale.offline:
        return place(order_id, sale, who, clock.now())
    sent_at = schemas.sent_at(request.headers.get("X-Sent-At"))
    return place_offline(order_id, sale, who, clock.now(), sent_at=sent_at)


def _seen(order: Order) -> Order:
    """The order, if it is open and If-Match names it as it is. Raises VersionRequired, TabChanged, WrongState."""
    if not request.if_match:
        raise VersionRequired
    if not was_seen(order):
        raise TabChanged
    tab.require_open(order)
    return order


def _answered(order_id: UUID, status: int = 200, headers: Any = ()) -> Response:
    """The order as it is now, inside the transaction that changed it."""
    order = queries.order(caller().store, order_id)
    return answer(order, status, {**etag(order["version"]), **dict(headers)})


def _unless_known(tag: str, read: Callable[[], dict[str, Any]]) -> Response:
    """304 to who has what is at this tag, else what is read, by one statement."""
    if is_known(tag):
        return not_modified(tag)
    with glance(caller().store.id):
        shown = read()
    return answer(shown, headers=etag(tag))


def _listed(wanted: dict[str, Any]) -> Response:
    store = caller().store
    chosen = selection.select(wanted, store.country, clock.now())
    with glance(store.id):
        tag = order_tags.of_list(chosen)
    return _unless_known(tag, partial(_page, chosen, wanted["limit"]))


def _page(chosen: selection.Selection, limit: int) -> dict[str, Any]:
    found = queries.orders(caller().store, chosen)
    more = len(found) > limit
    return {"data": found[:limit], "next": cursor(found[limit - 1]["id"]) if more else None}
