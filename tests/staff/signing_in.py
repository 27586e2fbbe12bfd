"""How the tests of this package sign people in."""

from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.client import Shop
from tests.databases import PASSWORD, PIN


def try_pin(shop: Shop, person: str, pin: str = PIN, *, as_: str = "register") -> TestResponse:
    """Signs a person in at a register; `person` is a role of the shop's people, or a user id."""
    return shop.post("/register/sign-in", {"user_id": shop.people.get(person, person), "pin": pin}, as_=as_)


def at_register(shop: Shop, person: str, *, as_: str = "register") -> dict[str, str]:
    """The header of a person who signed in at the register."""
    response = try_pin(shop, person, as_=as_)
    assert response.status_code == 200, response.get_data(as_text=True)
    return {"X-User-Token": response.json["user_token"]}


def try_password(
    shop: Shop, person: str = "owner", password: str = PASSWORD, *, headers: dict[str, str] | None = None, **more: Any
) -> TestResponse:
    body = {"email": f"{person}@{shop.slug}.example", "password": password, **more}
    return shop.post("/session", body, as_="nobody", headers=headers or {})


def browser(app: Flask, shop: Shop, person: str = "owner") -> Shop:
    """The shop in a browser of its own in which this person has signed in; `extra` keeps the CSRF header.

    Flask-WTF keeps the token in `g`, which all requests of a test share; a context of its own has another `g`.
    """
    office = Shop(**vars(shop) | {"client": app.test_client(), "extra": {}})
    with app.app_context():
        response = try_password(office, person)
    assert response.status_code == 201, response.get_data(as_text=True)
    office.extra["X-CSRFToken"] = response.json["csrf_token"]
    return office


def second_register(shop: Shop) -> str:
    """The token of another register."""
    created = shop.post("/registers", {"name": "Window", "location_id": shop.location_id}, as_="owner").json
    enrolled = shop.post("/register/enrol", {"store": shop.slug, "code": created["enrolment_code"]}, as_="nobody")
    return str(enrolled.json["token"])


def change(shop: Shop, person: str, changes: dict[str, Any]) -> TestResponse:
    """Changes a person as the owner, at the version of now."""
    path = f"/users/{shop.people.get(person, person)}"
    version = shop.get(path, as_="owner").json["version"]
    return shop.patch(path, changes, version=version)
