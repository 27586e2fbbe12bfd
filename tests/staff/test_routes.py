"""People over HTTP: added, changed, listed."""

from typing import Any

import pytest
from flask import Flask

from pos.db import db, transaction
from tests.client import Shop
from tests.databases import PASSWORD
from tests.refusals import slug_of
from tests.staff.signing_in import at_register, browser, change, try_password, try_pin

GRACE = {
    "name": "Grace",
    "role": "manager",
    "email": "Grace@Hops.example",
    "password": "a long password",
    "pin": "1357",
}


def test_create_user_adds_who_can_sign_in_both_ways(shop: Shop) -> None:
    created = shop.post("/users", GRACE, as_="owner")

    shown = {"name": "Grace", "role": "manager", "email": "grace@hops.example", "is_active": True, "has_pin": True}
    assert created.status_code == 201
    assert created.json == {"id": created.json["id"], "version": 1, **shown}
    assert shop.get(f"/users/{created.json['id']}", as_="owner").json == created.json
    assert try_password(shop, "grace", GRACE["password"]).json["role"] == "manager"
    assert try_pin(shop, created.json["id"], GRACE["pin"]).json["role"] == "manager"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"email": None}, "/email"),
        ({"email": None, "role": "owner"}, "/email"),
        ({"email": "grace"}, "/email"),
        ({"email": "grace @hops.example"}, "/email"),
        ({"role": "boss"}, "/role"),
        ({"pin": "12"}, "/pin"),
        ({"password": "too short"}, "/password"),
        ({"name": ""}, "/name"),
    ],
)
def test_create_user_refuses(shop: Shop, changes: dict[str, Any], pointer: str) -> None:
    response = shop.post("/users", GRACE | changes, as_="owner")

    assert response.status_code == 422
    assert [error["pointer"] for error in response.json["errors"]] == [pointer]


def test_cashier_needs_no_email(shop: Shop) -> None:
    created = shop.post("/users", {"name": "Linus", "role": "cashier", "pin": "1357"}, as_="owner")

    assert (created.status_code, created.json["email"]) == (201, None)
    assert try_pin(shop, created.json["id"], "1357").status_code == 200


@pytest.mark.parametrize("role", ["manager", "owner"])
def test_promotion_needs_an_email_as_adding_does(shop: Shop, role: str) -> None:
    """A manager or an owner signs in to the office; one who cannot would be an owner in name only."""
    response = change(shop, "cashier", {"role": role})

    assert slug_of(response) == (422, "invalid")


def test_nobody_is_added_twice(shop: Shop) -> None:
    shop.post("/users", GRACE, as_="owner")

    again = shop.post("/users", GRACE | {"name": "Grace again"}, as_="owner")

    assert slug_of(again) == (409, "already-works-here")


def test_address_of_another_store_is_refused(shop: Shop, other_shop: Shop) -> None:
    """Whoever added an address first set its password: two stores' owners could take over each other's accounts."""
    stolen = {"name": "Owner", "role": "owner", "email": f"owner@{shop.slug}.example", "password": "my own password"}

    added = other_shop.post("/users", stolen, as_="owner")

    assert slug_of(added) == (409, "address-of-another-store")
    assert try_password(shop, password=stolen["password"]).status_code == 401
    assert try_password(shop, password=PASSWORD, store=shop.slug).status_code == 201


def test_change_user_renames_and_keeps_the_rest(shop: Shop) -> None:
    before = shop.get(f"/users/{shop.people['cashier']}", as_="owner").json

    after = change(shop, "cashier", {"name": "Cash"}).json

    assert after == before | {"name": "Cash", "version": before["version"] + 1}


# --- the last owner -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [{"role": "manager"}, {"role": "cashier"}, {"is_active": False}])
def test_last_owner_stays(shop: Shop, changes: dict[str, Any]) -> None:
    response = change(shop, "owner", changes)

    person = shop.get(f"/users/{shop.people['owner']}", as_="owner").json
    assert slug_of(response) == (409, "last-owner")
    assert (person["role"], person["is_active"]) == ("owner", True)


@pytest.mark.parametrize("changes", [{"role": "manager"}, {"is_active": False}])
def test_owner_may_go_when_there_is_another(shop: Shop, changes: dict[str, Any]) -> None:
    change(shop, "manager", {"role": "owner"})

    first, second = change(shop, "owner", changes), change(shop, "manager", changes)

    assert first.status_code == 200
    assert slug_of(second) == (409, "last-owner")


@pytest.mark.parametrize("changes", [{"name": "Boss"}, {"role": "owner"}, {"is_active": True}, {"pin": "2580"}])
def test_last_owner_may_change_otherwise(shop: Shop, changes: dict[str, Any]) -> None:
    assert change(shop, "owner", changes).status_code == 200


def test_owner_whose_access_ended_does_not_count(shop: Shop) -> None:
    change(shop, "manager", {"role": "owner"})
    change(shop, "manager", {"is_active": False})

    assert slug_of(change(shop, "owner", {"is_active": False})) == (409, "last-owner")


@pytest.mark.parametrize("changes", [{"role": "cashier"}, {"is_active": False}])
def test_owner_whose_access_ended_may_be_changed(shop: Shop, changes: dict[str, Any]) -> None:
    """The active owner is somebody else, and stays."""
    change(shop, "manager", {"role": "owner"})
    change(shop, "manager", {"is_active": False})

    assert change(shop, "manager", changes).status_code == 200


# --- who sees what --------------------------------------------------------------------------------------------


def test_list_users_shows_addresses_to_managers_only(shop: Shop) -> None:
    manager = at_register(shop, "manager")

    seen = {
        who: {person["name"]: person["email"] for person in answer.json["data"]}
        for who, answer in (
            ("cashier", shop.get("/users")),
            ("manager", shop.get("/users", headers=manager)),
            ("owner", shop.get("/users", as_="owner")),
        )
    }

    assert seen["cashier"] == {"Owner": None, "Manager": None, "Cashier": None}
    assert seen["manager"] == seen["owner"]
    assert seen["owner"] == {"Owner": "owner@hops.example", "Manager": "manager@hops.example", "Cashier": None}


def test_list_users_shows_neither_pins_nor_passwords(shop: Shop) -> None:
    answer = shop.get("/users", as_="owner")

    assert {tuple(sorted(person)) for person in answer.json["data"]} == {
        ("email", "has_pin", "id", "is_active", "name", "role", "version")
    }
    assert "argon2" not in answer.get_data(as_text=True)


def test_list_users_has_those_of_this_store_only(shop: Shop, other_shop: Shop) -> None:
    people = {person["id"] for person in shop.get("/users", as_="owner").json["data"]}

    assert people == set(shop.people.values())
    assert shop.get(f"/users/{other_shop.people['owner']}", as_="owner").status_code == 404


# --- commands -------------------------------------------------------------------------------------------------


def test_reset_password_command_lets_in_again_and_signs_out(app: Flask, shop: Shop) -> None:
    office = browser(app, shop, "manager")
    for _ in range(5):
        try_pin(shop, "manager", "0000")

    result = app.test_cli_runner().invoke(args=["users", "reset-password", "--store", shop.slug, "--name", "Manager"])
    new = dict(line.split() for line in result.output.splitlines() if line.startswith(("PIN", "password")))

    assert result.exit_code == 0, result.output
    assert office.get("/me", as_="nobody").status_code == 401
    assert try_password(shop, "manager").status_code == 401
    assert try_password(shop, "manager", new["password"]).status_code == 201
    assert try_pin(shop, "manager", new["PIN"]).status_code == 200


def test_add_command_makes_a_person(app: Flask, shop: Shop) -> None:
    words = [
        "users",
        "add",
        "--store",
        shop.slug,
        "--name",
        "Grace",
        "--role",
        "owner",
        "--email",
        "Grace@Hops.example",
    ]

    result = app.test_cli_runner().invoke(args=words)
    new = dict(line.split()[:2] for line in result.output.splitlines() if line.startswith(("PIN", "password")))

    assert result.exit_code == 0, result.output
    assert try_password(shop, "grace", new["password"]).json["role"] == "owner"
    with transaction(None):
        kept = db.session.scalar(db.text("SELECT password_hash FROM users WHERE email = 'grace@hops.example'"))
    assert new["password"] not in kept
