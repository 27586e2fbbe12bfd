"""JSON of numbers: another one for a customer, one that is somebody else's by now, and who had it before."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response

from pos import clock, phone
from pos.care import numbers
from pos.care.number_schemas import ClaimIn, NotThisPersonIn, NumberChange
from pos.care.numbers import Proof
from pos.customers.actions import consent_source, vault
from pos.customers.models import Customer
from pos.customers.routes import by_id
from pos.customers.schemas import CustomerOut
from pos.db import find, transaction
from pos.errors import Invalid
from pos.http import attempts
from pos.http.access import allow, caller
from pos.http.api import Blueprint
from pos.loyalty import tappass_ids

blueprint = Blueprint("numbers", __name__, description="Numbers that change hands")

_TRIES, _DAY = 5, timedelta(days=1)
_THEN = "Wait a day, or let a manager merge the two customers."


class NameOrTappassId(Invalid):
    title = "By what is it confirmed?"


@blueprint.route("/customers/<uuid:customer_id>/phone", methods=["POST"])
@allow("cashier")
@blueprint.arguments(NumberChange)
@blueprint.response(200, CustomerOut)
def change_number(body: dict[str, Any], customer_id: UUID) -> Response:
    """Give a customer another number; a manager does it, or approves it by PIN. The number of before is free: whoever comes with it
    is somebody new"""
    who, now = caller(), clock.now()
    number = phone.parse(body["phone"], who.store.country)
    with transaction(who.store.id, actor=who.actor):
        find(Customer, customer_id)
        told = {"authorised_by": who.authorise("manager"), "source": consent_source(who), "store_name": who.store.name}
        return by_id(numbers.change(customer_id, number, now=now, **told))


@blueprint.route("/customers/<uuid:customer_id>/not-this-person", methods=["POST"])
@allow("cashier")
@blueprint.arguments(NotThisPersonIn)
@blueprint.response(201, CustomerOut)
def not_this_person(body: dict[str, Any], customer_id: UUID) -> Any:
    """The number has come to somebody else: a new customer has it, the one of before keeps points and history, and is found by name or
    TapPass ID. `phone` says which number, of a customer who has several"""
    who, now = caller(), clock.now()
    asked = body.get("phone")
    number = phone.parse(asked, who.store.country) if asked else None
    with transaction(who.store.id, actor=who.actor):
        new = numbers.not_this_person(customer_id, body.get("name"), number, now)
        return by_id(new.id), 201


@blueprint.route("/customers/<uuid:customer_id>/claim", methods=["POST"])
@allow("cashier")
@blueprint.arguments(ClaimIn)
@blueprint.response(200, CustomerOut)
def claim(body: dict[str, Any], customer_id: UUID) -> Response:
    """Confirm who somebody was: by the whole name of before, or the TapPass ID. Whoever had the number before then comes along, points
    and history; who was silent for a year is shown whole again. Five tries a day for each number, right and wrong"""
    if len(body) != 1:
        raise NameOrTappassId(reason="Send either name or tappass_id.", pointer="/name")
    who, now = caller(), clock.now()
    # A right one forgives nothing: who knows one of those who had the number could else guess at the others on and on.
    attempts.take(_tries_of(customer_id), limit=_TRIES, now=now, window=_DAY, then=_THEN)
    with transaction(who.store.id, actor=who.actor):
        numbers.claim(customer_id, _proof(body), now)
        return by_id(customer_id)


def _proof(body: dict[str, Any]) -> Proof:
    typed = body.get("tappass_id")
    return Proof(name=body.get("name"), tappass_id=tappass_ids.read(typed) if typed else None)


def _tries_of(customer_id: UUID) -> str:
    """What counts the tries: of a number, whoever has it; else of a customer. Raises NotFound."""
    store_id = caller().store.id
    with transaction(store_id):
        person = numbers.person(customer_id)
    counted = vault().hash_phone(person["phone"]) if person["phone"] else person["id"]
    return f"claim:{store_id}:{counted}"
