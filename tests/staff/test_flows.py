"""Signing in by PIN at a register and by password to the office."""

import uuid
from uuid import UUID

import pytest
from flask import Flask

from pos.db import transaction
from pos.staff import actions as staff
from pos.staff.flows import PASSWORD_TRIES, PIN_TRIES
from tests.client import Shop
from tests.databases import PASSWORD, PIN
from tests.refusals import slug_of
from tests.staff.signing_in import at_register, browser, change, second_register, try_password, try_pin


def wrong_pins(shop: Shop, person: str, times: int, as_: str = "register") -> list[tuple[int, str]]:
    return [slug_of(try_pin(shop, person, "0000", as_=as_)) for _ in range(times)]


# --- PIN ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["cashier", "manager", "owner"])
def test_pin_gives_a_token_with_the_person_and_role(shop: Shop, role: str) -> None:
    response = try_pin(shop, role)

    me = shop.get("/me", headers={"X-User-Token": response.json["user_token"]}).json
    shown = {"user_id": shop.people[role], "name": role.title(), "role": role, "expires_in": 8 * 3600}
    assert response.json == {"user_token": response.json["user_token"], **shown}
    assert (me["user_id"], me["user_name"], me["role"]) == (shop.people[role], role.title(), role)
    assert me["register_id"] == shop.register_id


@pytest.mark.parametrize("pin", ["4710", "47110", "0000", "471100"])
def test_wrong_pin_is_refused(shop: Shop, pin: str) -> None:
    response = try_pin(shop, "cashier", pin)

    assert slug_of(response) == (401, "wrong-pin")
    assert pin not in response.json["detail"]


def test_unknown_person_is_refused_like_a_wrong_pin(shop: Shop, other_shop: Shop) -> None:
    strangers = [str(uuid.uuid4()), other_shop.people["manager"]]

    assert [slug_of(try_pin(shop, person)) for person in strangers] == [(401, "wrong-pin")] * 2


def test_person_without_pin_cannot_sign_in(shop: Shop) -> None:
    person = shop.post("/users", {"name": "Grace", "role": "cashier"}, as_="owner").json

    assert person["has_pin"] is False
    assert slug_of(try_pin(shop, person["id"])) == (401, "wrong-pin")


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4", "１２３４", " 4711", 4711])
def test_pin_must_have_the_form_of_one(shop: Shop, pin: str | int) -> None:
    response = shop.post("/register/sign-in", {"user_id": shop.people["cashier"], "pin": pin})

    assert slug_of(response) == (422, "invalid")


def test_pin_counts_only_at_a_register(app: Flask, shop: Shop) -> None:
    office = browser(app, shop)
    body = {"user_id": shop.people["cashier"], "pin": PIN}

    by_key = shop.post("/register/sign-in", body, as_="owner")
    by_cookie = office.post("/register/sign-in", body, as_="nobody", headers=office.extra)

    assert slug_of(by_key) == slug_of(by_cookie) == (403, "register-token-required")


def test_fifth_try_is_still_looked_at(shop: Shop) -> None:
    assert wrong_pins(shop, "manager", PIN_TRIES - 1) == [(401, "wrong-pin")] * 4

    assert try_pin(shop, "manager").status_code == 200


def test_right_pin_is_refused_after_five_wrong_ones_until_a_manager_unlocks(shop: Shop) -> None:
    manager = at_register(shop, "manager")
    assert wrong_pins(shop, "cashier", PIN_TRIES) == [(401, "wrong-pin")] * 5

    locked = [slug_of(try_pin(shop, "cashier")) for _ in range(2)]
    unlocked = shop.post(f"/users/{shop.people['cashier']}/unlock", headers=manager)

    assert locked == [(429, "too-many-tries")] * 2
    assert unlocked.status_code == 204
    assert try_pin(shop, "cashier").status_code == 200


def test_right_pin_forgives_the_wrong_ones_before_it(shop: Shop) -> None:
    for _ in range(2):
        wrong_pins(shop, "cashier", PIN_TRIES - 1)

        assert try_pin(shop, "cashier").status_code == 200


def test_lock_is_that_of_one_person_at_one_register(shop: Shop) -> None:
    window = second_register(shop)

    wrong_pins(shop, "cashier", PIN_TRIES)

    assert try_pin(shop, "cashier").status_code == 429
    assert try_pin(shop, "cashier", as_=window).status_code == 200
    assert try_pin(shop, "manager").status_code == 200


def test_unlock_needs_a_manager_and_for_an_owner_an_owner(shop: Shop) -> None:
    wrong_pins(shop, "owner", PIN_TRIES)
    path = f"/users/{shop.people['owner']}/unlock"

    by_cashier = shop.post(path, headers=at_register(shop, "cashier"))
    by_manager = shop.post(path, headers=at_register(shop, "manager"))
    still = try_pin(shop, "owner")
    by_owner = shop.post(path, as_="owner")

    assert slug_of(by_cashier) == (403, "role-too-low")
    assert slug_of(by_manager) == (403, "higher-role")
    assert slug_of(still) == (429, "too-many-tries")
    assert by_owner.status_code == 204
    assert try_pin(shop, "owner").status_code == 200


def test_unlock_knows_only_people_of_this_store(shop: Shop, other_shop: Shop) -> None:
    wrong_pins(other_shop, "cashier", PIN_TRIES)

    assert shop.post(f"/users/{other_shop.people['cashier']}/unlock", as_="owner").status_code == 404
    assert try_pin(other_shop, "cashier").status_code == 429


# --- password -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", ["owner@hops.example", "OWNER@Hops.Example"])
def test_password_signs_in_whatever_the_case_of_the_address(shop: Shop, spelling: str) -> None:
    response = shop.post("/session", {"email": spelling, "password": PASSWORD}, as_="nobody")

    assert response.status_code == 201
    assert {name: response.json[name] for name in ("name", "role")} == {"name": "Owner", "role": "owner"}
    assert response.json["user_id"] == shop.people["owner"]


def test_session_cookie_is_out_of_reach_of_scripts_and_other_sites(shop: Shop) -> None:
    response = try_password(shop)

    (cookie,) = (set_ for set_ in response.headers.getlist("Set-Cookie") if set_.startswith("tappass_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert f"Max-Age={12 * 3600}" in cookie
    assert cookie.split(";")[0].removeprefix("tappass_session=") not in response.get_data(as_text=True)


def test_refusal_does_not_tell_what_was_wrong(shop: Shop) -> None:
    refused = [
        try_password(shop, password="wrong horse battery"),
        try_password(shop, "nobody"),
        try_password(shop, store="cafe"),
        try_password(shop, store="nowhere"),
    ]

    assert {response.get_data() for response in refused} == {refused[0].get_data()}
    assert slug_of(refused[0]) == (401, "wrong-credentials")


def test_password_is_refused_after_ten_wrong_ones(shop: Shop, other_shop: Shop) -> None:
    wrong = [try_password(shop, password="wrong").status_code for _ in range(PASSWORD_TRIES)]

    assert wrong == [401] * PASSWORD_TRIES
    assert slug_of(try_password(shop)) == (429, "too-many-tries")
    assert try_password(shop, "manager").status_code == 201
    assert try_password(other_shop).status_code == 201


def test_right_password_forgives_the_wrong_ones_before_it(shop: Shop) -> None:
    for _ in range(2):
        wrong = {try_password(shop, password="wrong").status_code for _ in range(PASSWORD_TRIES - 1)}

        assert (wrong, try_password(shop).status_code) == ({401}, 201)


def test_deactivated_person_cannot_sign_in(shop: Shop) -> None:
    change(shop, "manager", {"is_active": False})

    assert slug_of(try_password(shop, "manager")) == (401, "wrong-credentials")
    assert slug_of(try_pin(shop, "manager")) == (401, "wrong-pin")


def test_person_of_two_stores_says_which_one(shop: Shop, other_shop: Shop) -> None:
    # Only who runs the server may link an address to a second store.
    with transaction(UUID(other_shop.store_id), actor="command"):
        added = staff.add(name="Owner of Hops", role="manager", email=f"owner@{shop.slug}.example", pin="8888")

    signed_in = {slug: try_password(shop, **more).json for slug, more in (
        ("unsaid", {}), ("hops", {"store": "hops"}), ("cafe", {"store": "cafe"}),
    )}  # fmt: skip

    assert str(added.user_id) == shop.people["owner"]
    assert {slug: answer["role"] for slug, answer in signed_in.items()} == {
        "unsaid": "owner", "hops": "owner", "cafe": "manager",
    }  # fmt: skip
