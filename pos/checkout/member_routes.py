"""JSON of members where their orders are touched: joining, spending points, what a basket would bring."""

from datetime import timedelta
from typing import Any

from flask import Response

from pos import clock, phone
from pos.checkout import confirming, joining, rehearsing, spending, tab
from pos.checkout.member_schemas import (
    OpportunityList,
    OpportunityPage,
    QuoteIn,
    QuoteOut,
    RedemptionIn,
    RedemptionOut,
    RehearsalOf,
    RehearsalOut,
)
from pos.checkout.opportunities import list_opportunities
from pos.checkout.place import Sale
from pos.checkout.quote import quote
from pos.customers.schemas import PhoneQuery
from pos.db import glance, transaction
from pos.http import idempotency
from pos.http.access import allow, caller
from pos.http.api import Blueprint, answer, idempotent
from pos.loyalty import queries, schemas
from pos.loyalty.routes import read_key
from pos.messaging.silence import QUIET
from pos.phone import masked

blueprint = Blueprint("members", __name__, description="Joining TapPass, spending points, what a basket brings")


@blueprint.route("/members")
@allow("cashier")
@blueprint.arguments(PhoneQuery, location="query")
@blueprint.response(200, schemas.MemberOut)
def read_member_by_phone(query: dict[str, Any]) -> Response:
    """The member with this phone number, in any usual spelling. Of who was silent for a year a cashier sees nothing until it is
    confirmed who they are: POST /customers/{customer_id}/claim"""
    who = caller()
    number = phone.parse(query["phone"], who.store.country)
    with glance(who.store.id):
        member = queries.by_phone(number, is_quiet=QUIET)
    if member.pop("is_quiet"):
        with transaction(who.store.id):
            confirming.require_confirmed(member["customer_id"], who)
    return answer(member)


@blueprint.route("/members", methods=["POST"])
@allow("cashier")
@blueprint.arguments(schemas.MemberNew)
@blueprint.response(201, schemas.MemberOut)
@blueprint.alt_response(200, schema=schemas.MemberOut, description="A member already")
def join(body: dict[str, Any]) -> Response:
    """Make a customer a TapPass member, by phone or id; the orders so far become the member's. Of a member who was silent for a year
    a cashier sees nothing until it is confirmed who they are"""
    who, now = caller(), clock.now()
    with transaction(who.store.id, actor=who.actor):
        customer_id = joining.customer_to_join(
            body.get("phone"), body.get("customer_id"), body.get("name"), who, now=now
        )
        confirming.require_confirmed(customer_id, who)
        member_id, is_new = joining.join(customer_id, who, now)
        return answer(queries.by_id(member_id), 201 if is_new else 200)


@blueprint.route("/members/opportunities")
@allow("cashier")
@blueprint.arguments(OpportunityPage, location="query")
@blueprint.response(200, OpportunityList)
def read_opportunities(wanted: dict[str, Any]) -> Response:
    """Customers who are no members yet, best first, with the points that joining would bring them at once. A cashier
    sees the end of each phone number, a manager all of it"""
    who, store, now = caller(), caller().store, clock.now()
    with transaction(store.id):
        rules = queries.current_rules(store.currency)
        found = list_opportunities(rules, store.timezone, now, **wanted)
    if not who.reaches("manager"):
        found["data"] = [row | {"phone": masked(row["phone"])} for row in found["data"]]
    return answer(found)


@blueprint.route("/members/<member>/redemptions", methods=["POST"])
@allow("cashier")
@idempotent
@blueprint.arguments(RedemptionIn)
@blueprint.response(201, RedemptionOut)
def redeem(body: dict[str, Any], member: str) -> Response:
    """Spend points on a reward: in an open order, or without one on a code that works once as a coupon until it expires"""
    who, key, now = caller(), read_key(member), clock.now()
    with transaction(who.store.id, actor=who.actor):
        claim = idempotency.claim("redemption", body)
        member_id, _ = queries.identity(*key)
        if not claim.is_replay and "order_id" in body:
            order = tab.locked(body["order_id"])
            tab.require_open(order)
            spending.require_member(order, member_id)
            tab.redeem(order, body["reward_id"], claim.resource_id, now)
        elif not claim.is_replay:
            spending.issue_code(member_id, body["reward_id"], claim.resource_id, now)
        return answer(queries.redemption(claim.resource_id), 201, claim.headers)


@blueprint.route("/loyalty/quote", methods=["POST"])
@allow("cashier")
@blueprint.arguments(QuoteIn)
@blueprint.response(200, QuoteOut)
def quote_basket(body: dict[str, Any]) -> Response:
    """What a basket would cost and bring its customer, without selling it"""
    who = caller()
    with transaction(who.store.id):
        return answer(quote(Sale(**body), who, clock.now()))


@blueprint.route("/loyalty/program/rehearsal", methods=["POST"])
@allow("owner")
@blueprint.arguments(RehearsalOf, location="query")
@blueprint.arguments(schemas.ProgramIn)
@blueprint.response(200, RehearsalOut)
def rehearse_program(asked: dict[str, Any], body: dict[str, Any]) -> Response:
    """What other rules would have done to the orders of the last days, beside those in force; nothing is changed. Of a large store a
    fair sample of the members is looked at"""
    store, kept = caller().store, schemas.as_kept(body["rules"])
    since = clock.business_day(clock.now(), store.timezone) - timedelta(days=asked["days"])
    return answer(rehearsing.rehearsed(store, kept, since, goes_on=rehearsing.is_soon_done))
