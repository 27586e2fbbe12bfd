"""Locations and registers over HTTP."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from pos import clock, ids
from pos.db import transaction
from pos.stores import actions
from pos.stores.routes import ENROLMENT_TRIES
from tests.client import Shop
from tests.refusals import slug_of

TRUCK = {"name": "Truck", "timezone": "America/Denver", "tax_rates": {"standard": "0.07", "none": "0"}}


def create_register(shop: Shop, name: str = "Window") -> dict[str, Any]:
    response = shop.post("/registers", {"name": name, "location_id": shop.location_id}, as_="owner")
    assert response.status_code == 201, response.get_data(as_text=True)
    return response.json


def enrol(shop: Shop, code: str, *, store: str | None = None, address: str = "127.0.0.1") -> TestResponse:
    body, sender = {"store": store or shop.slug, "code": code}, {"REMOTE_ADDR": address}
    return shop.post("/register/enrol", body, as_="nobody", environ_base=sender)


# --- locations ------------------------------------------------------------------------------------------------


def test_create_location_shows_what_was_sent(shop: Shop) -> None:
    extra = {"address": "1 Pier", "opening_hours": {"sat": [["09:00", "12:30"], ["14:00", "23:59"]]}}

    created = shop.post("/locations", TRUCK | extra, as_="owner")
    read = shop.get(f"/locations/{created.json['id']}")

    assert created.status_code == 201
    assert read.json == created.json
    assert {name: read.json[name] for name in (*TRUCK, *extra)} == TRUCK | extra
    assert created.headers["ETag"] == read.headers["ETag"] == f'"{read.json["version"]}"'


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"timezone": "Denver"}, "/timezone"),
        ({"name": " "}, "/name"),
        ({"tax_rates": {}}, "/tax_rates"),
        ({"tax_rates": {"standard": "1.01"}}, "/tax_rates/standard"),
        ({"tax_rates": {"standard": "-0.1"}}, "/tax_rates/standard"),
        ({"tax_rates": {"standard": "0.0000001"}}, "/tax_rates/standard"),
        ({"tax_rates": {"standard": "7%"}}, "/tax_rates/standard"),
        ({"tax_rates": {"standard": 0.07}}, "/tax_rates/standard"),
        ({"tax_rates": {"Standard Rate": "0.07"}}, "/tax_rates/Standard Rate"),
        ({"opening_hours": {"someday": []}}, "/opening_hours/someday"),
        ({"opening_hours": {"sat": [["9:00", "12:00"]]}}, "/opening_hours/sat/0/0"),
        ({"opening_hours": {"sat": [["09:00"]]}}, "/opening_hours/sat/0"),
    ],
)
def test_create_location_refuses_odd_values(shop: Shop, changes: dict[str, Any], pointer: str) -> None:
    response = shop.post("/locations", TRUCK | changes, as_="owner")

    assert response.status_code == 422
    assert [error["pointer"] for error in response.json["errors"]] == [pointer]


def test_create_location_refuses_a_name_that_is_taken(shop: Shop) -> None:
    response = shop.post("/locations", TRUCK | {"name": "Taproom"}, as_="owner")

    assert slug_of(response) == (409, "already-taken")
    assert response.json["detail"] == "Another location already has this name."


def test_change_location_keeps_what_was_not_sent(shop: Shop) -> None:
    before = shop.get(f"/locations/{shop.location_id}").json

    after = shop.patch(f"/locations/{shop.location_id}", {"address": "2 Pier"}, version=before["version"]).json

    assert after == before | {"address": "2 Pier", "version": before["version"] + 1}


def test_change_location_refuses_tax_rates_over_those_of_somebody_else(shop: Shop) -> None:
    """Both read version 1; the second has not seen what the first one wrote."""
    path = f"/locations/{shop.location_id}"
    version = shop.get(path).json["version"]

    first = shop.patch(path, {"tax_rates": {"standard": "0.09"}}, version=version)
    second = shop.patch(path, {"tax_rates": {"standard": "0.08"}}, version=version)

    assert first.status_code == 200
    assert second.status_code == 412
    assert shop.get(path).json["tax_rates"]["standard"] == "0.09"


def test_location_without_a_rate_refuses_to_sell_what_needs_it(shop: Shop) -> None:
    truck = shop.post("/locations", TRUCK, as_="owner").json

    refused = shop.post(
        "/orders", shop.order(items=[{"sku": "PRETZEL", "quantity": 1}], location_id=truck["id"]), as_="owner"
    )

    assert slug_of(refused) == (422, "no-tax-rate")
    assert "prepared" in refused.json["detail"]
    assert "Pretzel" in refused.json["detail"]


# --- registers ------------------------------------------------------------------------------------------------


def test_enrol_turns_the_code_into_a_token_of_that_register(shop: Shop) -> None:
    created = create_register(shop)

    enrolled = enrol(shop, created["enrolment_code"])
    me = shop.get("/me", as_=enrolled.json["token"])

    assert (created["is_enrolled"], enrolled.json["register"]["is_enrolled"]) == (False, True)
    assert me.json["register_id"] == created["id"]
    assert me.json["location_id"] == shop.location_id
    assert me.json["role"] == "cashier"
    assert me.json["store"]["slug"] == shop.slug


@pytest.mark.parametrize("spell", [str.lower, lambda code: f" {code[:4]} - {code[4:]} "])
def test_enrol_forgives_how_the_code_is_typed(shop: Shop, spell: Any) -> None:
    code = create_register(shop)["enrolment_code"]

    assert enrol(shop, spell(code)).status_code == 200


def test_enrol_takes_a_code_once(shop: Shop) -> None:
    code = create_register(shop)["enrolment_code"]

    first, second = enrol(shop, code), enrol(shop, code)

    assert first.status_code == 200
    assert slug_of(second) == (422, "wrong-enrolment-code")
    assert shop.get("/me", as_=first.json["token"]).status_code == 200


def test_enrol_refuses_an_expired_code(shop: Shop) -> None:
    with transaction(uuid.UUID(shop.store_id)):
        _, code = actions.create_register(
            name="Late", location_id=uuid.UUID(shop.location_id), now=clock.now() - timedelta(hours=1, seconds=1)
        )

    assert slug_of(enrol(shop, code)) == (422, "wrong-enrolment-code")


def test_enrol_refuses_the_code_of_another_store(shop: Shop, other_shop: Shop) -> None:
    code = create_register(other_shop)["enrolment_code"]

    assert slug_of(enrol(shop, code)) == (422, "wrong-enrolment-code")
    assert slug_of(enrol(shop, code, store="nowhere")) == (404, "no-such-store")
    assert enrol(other_shop, code).status_code == 200


def test_enrol_stops_listening_after_ten_wrong_codes_from_one_address(shop: Shop) -> None:
    """By address and not by store: a stranger with wrong codes must not keep the owner's new tablet out."""
    code = create_register(shop)["enrolment_code"]

    wrong = [enrol(shop, ids.reference()).status_code for _ in range(ENROLMENT_TRIES)]
    right = enrol(shop, code)

    assert wrong == [422] * ENROLMENT_TRIES
    assert slug_of(right) == (429, "too-many-tries")
    assert right.headers["Retry-After"]
    assert enrol(shop, code, address="192.0.2.7").status_code == 200


def test_enrol_forgives_nobody_but_its_own_address(shop: Shop) -> None:
    """192.0.2.1 is how 192.0.2.12 begins."""
    for _ in range(ENROLMENT_TRIES):
        enrol(shop, "WRONG", address="192.0.2.12")

    right = enrol(shop, create_register(shop)["enrolment_code"], address="192.0.2.1")

    assert right.status_code == 200
    assert slug_of(enrol(shop, "WRONG", address="192.0.2.12")) == (429, "too-many-tries")


def test_enrol_forgets_wrong_codes_after_a_right_one(shop: Shop) -> None:
    for _ in range(2):
        wrong = [enrol(shop, "WRONG").status_code for _ in range(ENROLMENT_TRIES - 1)]
        right = enrol(shop, create_register(shop, ids.reference())["enrolment_code"])

        assert (set(wrong), right.status_code) == ({422}, 200)


def test_revoked_register_is_refused_at_once(shop: Shop) -> None:
    created = create_register(shop)
    enrolled = enrol(shop, created["enrolment_code"]).json
    assert shop.get("/me", as_=enrolled["token"]).status_code == 200

    revoked = shop.patch(f"/registers/{created['id']}", {"revoked": True}, version=enrolled["register"]["version"])

    assert revoked.json["revoked_at"]
    assert slug_of(shop.get("/me", as_=enrolled["token"])) == (401, "unauthenticated")
    assert slug_of(shop.post("/orders", shop.order(), as_=enrolled["token"])) == (401, "unauthenticated")
    assert shop.get("/me").status_code == 200


def test_revoked_register_cannot_come_back(shop: Shop) -> None:
    created = create_register(shop)
    revoked = shop.patch(f"/registers/{created['id']}", {"revoked": True}, version=created["version"]).json

    back = shop.patch(f"/registers/{created['id']}", {"revoked": False}, version=revoked["version"])

    assert back.status_code == 422
    assert slug_of(enrol(shop, created["enrolment_code"])) == (422, "wrong-enrolment-code")


def test_register_that_moves_sells_at_its_new_location(shop: Shop) -> None:
    truck = shop.post("/locations", TRUCK, as_="owner").json
    created = create_register(shop)
    enrolled = enrol(shop, created["enrolment_code"]).json

    shop.patch(f"/registers/{created['id']}", {"location_id": truck["id"]}, version=enrolled["register"]["version"])
    order = shop.sell(as_=enrolled["token"])

    assert (order["location_id"], order["tax"]) == (truck["id"], 56)


@pytest.mark.parametrize("place", ["nowhere", "elsewhere"])
def test_register_needs_a_location_of_its_own_store(shop: Shop, other_shop: Shop, place: str) -> None:
    location_id = other_shop.location_id if place == "elsewhere" else str(uuid.uuid4())

    created = shop.post("/registers", {"name": "Window", "location_id": location_id}, as_="owner")
    version = shop.get("/registers", as_="owner").json["data"][0]["version"]
    moved = shop.patch(f"/registers/{shop.register_id}", {"location_id": location_id}, version=version)

    assert (slug_of(created), slug_of(moved)) == ((422, "unknown-id"), (422, "unknown-id"))


def test_create_register_refuses_a_name_that_is_taken(shop: Shop) -> None:
    response = shop.post("/registers", {"name": "Bar", "location_id": shop.location_id}, as_="owner")

    assert slug_of(response) == (409, "already-taken")
    assert response.json["detail"] == "Another register already has this name."


def test_list_registers_shows_when_each_was_last_seen_and_no_secret(shop: Shop) -> None:
    created = create_register(shop)
    shop.get("/me")

    answer = shop.get("/registers", as_="owner")

    seen = {register["name"]: register for register in answer.json["data"]}
    assert seen["Bar"]["last_seen_at"] is not None
    assert seen["Window"]["last_seen_at"] is None
    assert set(seen["Bar"]) == {"id", "name", "location_id", "is_enrolled", "last_seen_at", "revoked_at", "version"}
    assert created["enrolment_code"] not in answer.get_data(as_text=True)


def test_new_enrolment_code_ends_the_one_before(shop: Shop) -> None:
    register = shop.post("/registers", {"name": "Window", "location_id": shop.location_id}, as_="owner").json

    renewed = shop.post(f"/registers/{register['id']}/enrolment", as_="owner").json

    codes = [register["enrolment_code"], renewed["enrolment_code"]]
    tried = [shop.post("/register/enrol", {"store": shop.slug, "code": code}, as_="nobody") for code in codes]
    assert [answer.status_code for answer in tried] == [422, 200]
    assert shop.get(f"/registers/{register['id']}", as_="owner").json["is_enrolled"] is True
