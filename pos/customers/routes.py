"""JSON of customers and their consents."""

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy import or_

from pos import clock, phone
from pos.customers import actions, queries, schemas
from pos.customers.models import Consent, Customer
from pos.customers.seen import as_seen
from pos.db import find, glance, rows_of, transaction
from pos.http.access import Caller, allow, caller
from pos.http.api import Blueprint, answer, if_match
from pos.http.etag import etag, require_match
from pos.http.paging import page
from pos.http.schemas import Page

blueprint = Blueprint("customers", __name__, description="Customers by phone, and what they agreed to")


@blueprint.route("/customers/lookup", methods=["POST"])
@allow("cashier")
@blueprint.arguments(schemas.PhoneQuery)
@blueprint.response(200, schemas.CustomerOut)
def look_up_customer(body: dict[str, Any]) -> Response:
    """The customer with this phone number, in any usual spelling. In the body, where no proxy's log sees it"""
    return by_phone(body["phone"])


@blueprint.route("/customers/<uuid:customer_id>")
@allow("cashier")
@blueprint.response(200, schemas.CustomerOut)
def read_customer(customer_id: UUID) -> Response:
    """One customer"""
    with glance(caller().store.id):
        return by_id(customer_id)


@blueprint.route("/customers/<uuid:customer_id>", methods=["PATCH"])
@allow("cashier")
@if_match
@blueprint.arguments(schemas.CustomerChange)
@blueprint.response(200, schemas.CustomerOut)
def change_customer(body: dict[str, Any], customer_id: UUID) -> Response:
    """Change name, e-mail or profile; health data is for managers"""
    if "medical_conditions" in body.get("profile", {}):
        caller().require("manager")
    with transaction(caller().store.id, actor=caller().actor) as session:
        customer = actions.held(customer_id)
        actions.require_present(customer)
        require_match(customer)
        actions.change(customer, body)
        session.flush()
        return by_id(customer.id)


@blueprint.route("/customers/<uuid:customer_id>/consents")
@allow("cashier")
@blueprint.arguments(Page, location="query")
@blueprint.response(200, schemas.ConsentList)
def list_consents(paging: dict[str, Any], customer_id: UUID) -> Any:
    """Every answer that the customer gave, newest first"""
    with transaction(caller().store.id):
        customer = find(Customer, customer_id)
        person = customer.merged_into_id or customer.id
        of_person = rows_of(Customer).with_only_columns(Customer.id)
        of_person = of_person.where(or_(Customer.id == person, Customer.merged_into_id == person))
        return page(rows_of(Consent).where(Consent.customer_id.in_(of_person)), Consent, **paging)


def by_phone(text: str) -> Response:
    """The answer that shows the caller the customer with this number. Raises InvalidPhone, UnknownCustomer."""
    who = caller()
    number = phone.parse(text, who.store.country)
    with glance(who.store.id):
        return _shown(queries.by_phone(number, **_seen_by(who)))


def by_id(customer_id: UUID) -> Response:
    """The answer that shows the caller the customer with this id. Raises UnknownCustomer."""
    return _shown(queries.by_id(customer_id, **_seen_by(caller())))


def _seen_by(who: Caller) -> dict[str, Any]:
    """Who may see health data, and the store's day, by which a birth date becomes an age."""
    return {"today": clock.business_day(clock.now(), who.store.timezone), "with_health": who.reaches("manager")}


def _shown(customer: dict[str, Any]) -> Response:
    return answer(as_seen(customer, caller()), headers=etag(customer["version"]))
