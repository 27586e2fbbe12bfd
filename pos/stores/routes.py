"""JSON of locations and registers."""

from typing import Any
from uuid import UUID

from flask import request

from pos import clock, qr
from pos.db import find, rows_of, transaction
from pos.http import attempts
from pos.http.access import allow, caller, public
from pos.http.api import Blueprint, answer, if_match
from pos.http.etag import etag, require_match
from pos.http.paging import page
from pos.http.schemas import Page
from pos.stores import actions, queries, schemas
from pos.stores.models import Location, Register

blueprint = Blueprint("stores", __name__, description="Locations with their taxes, and registers")
ENROLMENT_TRIES = 10


@blueprint.route("/store")
@allow("cashier")
@blueprint.response(200, schemas.StoreOut)
def read_store() -> Any:
    """The store itself, with its settings"""
    with transaction(caller().store.id):
        store = queries.find_store(caller().store.id)
        return answer(schemas.StoreOut().dump(store), 200, etag(store.version))


@blueprint.route("/store", methods=["PATCH"])
@allow("owner")
@if_match
@blueprint.arguments(schemas.StoreChange)
@blueprint.response(200, schemas.StoreOut)
def change_store(body: dict[str, Any]) -> Any:
    """Change the store's settings"""
    with transaction(caller().store.id, actor=caller().actor) as session:
        store = queries.find_store(caller().store.id, lock=True)
        require_match(store)
        actions.change_store(store, body)
        session.flush()
        return answer(schemas.StoreOut().dump(store), 200, etag(store.version))


@blueprint.route("/store/api-key", methods=["POST"])
@allow("owner")
@blueprint.response(201, schemas.ApiKey)
def renew_api_key() -> Any:
    """Make a new API key, shown once; the one before ends at once"""
    with transaction(caller().store.id, actor=caller().actor):
        store = queries.find_store(caller().store.id, lock=True)
        return {"api_key": actions.renew_api_key(store)}


@blueprint.route("/locations")
@allow("cashier")
@blueprint.arguments(Page, location="query")
@blueprint.response(200, schemas.LocationList)
def list_locations(paging: dict[str, Any]) -> Any:
    """The store's locations"""
    with transaction(caller().store.id):
        found = page(rows_of(Location), Location, **paging)
        return answer(schemas.LocationList().dump(found))


@blueprint.route("/locations", methods=["POST"])
@allow("owner")
@blueprint.arguments(schemas.LocationNew)
@blueprint.response(201, schemas.LocationOut)
def create_location(body: dict[str, Any]) -> Any:
    """Add a location with its tax rates"""
    with transaction(caller().store.id, actor=caller().actor):
        location = actions.create_location(**body)
        return answer(schemas.LocationOut().dump(location), 201, etag(location.version))


@blueprint.route("/locations/<uuid:location_id>")
@allow("cashier")
@blueprint.response(200, schemas.LocationOut)
def read_location(location_id: UUID) -> Any:
    """One location"""
    with transaction(caller().store.id):
        location = find(Location, location_id)
        return answer(schemas.LocationOut().dump(location), 200, etag(location.version))


@blueprint.route("/locations/<uuid:location_id>", methods=["PATCH"])
@allow("owner")
@if_match
@blueprint.arguments(schemas.LocationChange)
@blueprint.response(200, schemas.LocationOut)
def change_location(body: dict[str, Any], location_id: UUID) -> Any:
    """Change a location; new tax rates hold for orders placed from now on"""
    with transaction(caller().store.id, actor=caller().actor) as session:
        location = find(Location, location_id, lock=True)
        require_match(location)
        actions.change_location(location, **body)
        session.flush()
        return answer(schemas.LocationOut().dump(location), 200, etag(location.version))


@blueprint.route("/registers")
@allow("manager")
@blueprint.arguments(Page, location="query")
@blueprint.response(200, schemas.RegisterList)
def list_registers(paging: dict[str, Any]) -> Any:
    """The store's registers"""
    with transaction(caller().store.id):
        return answer(schemas.RegisterList().dump(page(rows_of(Register), Register, **paging)))


@blueprint.route("/registers", methods=["POST"])
@allow("owner")
@blueprint.arguments(schemas.RegisterNew)
@blueprint.response(201, schemas.RegisterCreated)
def create_register(body: dict[str, Any]) -> Any:
    """Add a register; the answer holds the code that enrols a tablet as it, once, within an hour"""
    with transaction(caller().store.id, actor=caller().actor):
        register, code = actions.create_register(**body, now=clock.now())
        return _with_code(register, code)


@blueprint.route("/registers/<uuid:register_id>")
@allow("manager")
@blueprint.response(200, schemas.RegisterOut)
def read_register(register_id: UUID) -> Any:
    """One register"""
    with transaction(caller().store.id):
        register = find(Register, register_id)
        return answer(schemas.RegisterOut().dump(register), 200, etag(register.version))


@blueprint.route("/registers/<uuid:register_id>/enrolment", methods=["POST"])
@allow("owner")
@blueprint.response(201, schemas.RegisterCreated)
def renew_enrolment(register_id: UUID) -> Any:
    """Make a new enrolment code; the one before ends, the tablet's token only when the code is used"""
    with transaction(caller().store.id, actor=caller().actor) as session:
        register = find(Register, register_id, lock=True)
        code = actions.renew_enrolment(register, clock.now())
        session.flush()
        return _with_code(register, code)


@blueprint.route("/registers/<uuid:register_id>", methods=["PATCH"])
@allow("owner")
@if_match
@blueprint.arguments(schemas.RegisterChange)
@blueprint.response(200, schemas.RegisterOut)
def change_register(body: dict[str, Any], register_id: UUID) -> Any:
    """Rename, move or revoke a register; a revoked one is refused from its next request on"""
    with transaction(caller().store.id, actor=caller().actor) as session:
        register = find(Register, register_id, lock=True)
        require_match(register)
        actions.change_register(register, body, clock.now())
        session.flush()
        return answer(schemas.RegisterOut().dump(register), 200, etag(register.version))


@blueprint.route("/register/enrol", methods=["POST"])
@public
@blueprint.arguments(schemas.Enrolment)
@blueprint.response(200, schemas.Enrolled)
def enrol_register(body: dict[str, Any]) -> Any:
    """Turn an enrolment code into a register's token"""
    now, tries = clock.now(), f"enrol-from:{request.remote_addr}:"
    attempts.take(tries, limit=ENROLMENT_TRIES, now=now)
    with transaction(None):
        store_id = queries.active_store_by_slug(body["store"]).id
    with transaction(store_id, actor="enrolment"):
        register, token = actions.enrol(body["code"], now)
        enrolled = {"token": token, "register": schemas.RegisterOut().dump(register)}
    attempts.forgive(tries)
    return answer(enrolled)


def _with_code(register: Register, code: str) -> Any:
    shown = schemas.RegisterOut().dump(register)
    address = queries.enrolment_address(caller().store.slug, code)
    shown |= {
        "enrolment_code": code,
        "enrolment_expires_at": register.enrolment_expires_at,
        "enrolment_address": address,
        "enrolment_qr": qr.as_image(address),
    }
    return answer(shown, 201, etag(register.version))
