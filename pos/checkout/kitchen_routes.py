"""JSON of the kitchen's screens: what is to be made, and what is tapped there."""

from typing import Any
from uuid import UUID

from flask import Response

from pos import clock
from pos.checkout import making
from pos.checkout.place import LocationRequired
from pos.db import glance, transaction
from pos.http import idempotency
from pos.http.access import Caller, allow, caller
from pos.http.api import Blueprint, answer, idempotent, if_none_match
from pos.http.etag import etag, is_known, not_modified
from pos.kitchen import queries, schemas
from pos.kitchen.portions import require_move
from pos.orders import actions as orders

blueprint = Blueprint("kitchen", __name__, description="The kitchen's screens")


@blueprint.route("/kitchen")
@allow("cashier")
@if_none_match
@blueprint.arguments(schemas.BoardAsked, location="query")
@blueprint.response(200, schemas.BoardOut)
def read_kitchen(asked: dict[str, Any]) -> Response:
    """What is to be made, by ticket: what one station makes of one round. Ask again with the ETag, every few seconds"""
    who = caller()
    location_id, station = _location(asked, who), _station(asked)
    with glance(who.store.id):
        read = queries.rows(location_id, clock.now())
    tag = queries.tag(read, station)
    if is_known(tag):
        return not_modified(tag)
    return answer(queries.board(read, station), headers=etag(tag))


@blueprint.route("/orders/<uuid:order_id>/preparation", methods=["POST"])
@allow("cashier")
@idempotent
@blueprint.arguments(schemas.PreparationIn)
@blueprint.response(200, schemas.PreparationOut)
def prepare(body: dict[str, Any], order_id: UUID) -> Response:
    """Move units of lines to another state, forward, or back where a tap was wrong. At most what is at `from` moves"""
    require_move(body["start"], body["end"])
    who, now = caller(), clock.now()
    with transaction(who.store.id, actor=who.actor) as session:
        claim = idempotency.claim("preparation", body)
        order, moved = orders.locked(order_id), None
        if not claim.is_replay:
            moved = making.prepare(order, _wanted(body["lines"]), body["start"], body["end"], now)
            session.flush()
        shown = {"moved": moved, "fulfillment_status": order.fulfillment_status}
    return answer(shown, headers=claim.headers)


@blueprint.route("/orders/<uuid:order_id>/preparation/seen", methods=["POST"])
@allow("cashier")
@blueprint.arguments(schemas.SeenIn)
@blueprint.response(200, schemas.SeenOut)
def acknowledge(body: dict[str, Any], order_id: UUID) -> Response:
    """Say that somebody has seen what of these lines is not wanted any more. May be repeated"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        order = orders.locked(order_id)
        making.acknowledge(order, body["lines"])
        shown = {"fulfillment_status": order.fulfillment_status}
    return answer(shown)


def _location(asked: dict[str, Any], who: Caller) -> UUID:
    """A register has its own location; everybody else must say which."""
    wanted = asked.get("location_id")
    if who.location_id and wanted not in (None, who.location_id):
        reason = "A register shows the kitchen of its own location; leave location_id out."
        raise LocationRequired(reason=reason, pointer="/location_id")
    found = who.location_id or wanted
    if found is None:
        reason = "Say which location's kitchen; only a register has its own."
        raise LocationRequired(reason=reason, pointer="/location_id")
    return found


def _station(asked: dict[str, Any]) -> str | None:
    return asked["station_id"].lower() if "station_id" in asked else None


def _wanted(lines: list[dict[str, Any]]) -> dict[UUID, int]:
    """Units by line; one that is named twice counts for both."""
    wanted: dict[UUID, int] = {}
    for line in lines:
        wanted[line["line_id"]] = wanted.get(line["line_id"], 0) + line["quantity"]
    return wanted
