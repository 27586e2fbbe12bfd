"""Sells, changes, signs in and fails in a process of its own, so that a test can read all that it writes on stderr.

Run as `python -m tests.http.talking` with the application's environment and a shop's facts as JSON on stdin. Each
line on stdout is one request: what it was, the status and the body of its answer.
"""

import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import replace

import structlog
from flask import Flask
from werkzeug.test import TestResponse

from pos import create_app
from pos.http.access import public
from tests.checkout import stripe
from tests.client import Shop, new_key
from tests.databases import PASSWORD, PIN

PHONE, NATIONAL, SPELT = "+14155550132", "4155550132", "(415) 555-0132"
# The test has planted a constraint, a trigger and a time-out in the database for these.
BREAKS_CHECK, RAISES, TIMES_OUT = "+14155550177", "+14155550178", "+14155550179"
EMAIL, NAME, ILLNESS, NOTE = "quillfeather@example.com", "Quillfeather", "penicillin", "marzipan"
EVERYTHING = f"{PHONE} {NATIONAL} {EMAIL} Bearer {{api_key}} {{register_token}}"


def main() -> None:
    app = create_app()
    shop = Shop(app.test_client(), **json.load(sys.stdin))
    everything = EVERYTHING.format(api_key=shop.api_key, register_token=shop.register_token)
    _plant(app, everything)
    for what, response in [*_good(shop), *_refused(shop), *_broken(shop)]:
        print(json.dumps({"what": what, "status": response.status_code, "body": response.get_data(as_text=True)}))  # noqa: T201
    _say(everything)


def _good(shop: Shop) -> Iterator[tuple[str, TestResponse]]:
    key, order = new_key(), shop.order(phone=SPELT, name=NAME, note=NOTE, marketing_consent=True)
    yield "sell", (sold := shop.post("/orders", order, key=key))
    yield "sell again", shop.post("/orders", order, key=key)
    assert sold.json is not None
    order_path, customer_path = f"/orders/{sold.json['id']}", f"/customers/{sold.json['customer']['id']}"
    yield "link", (asked := shop.post(f"{order_path}/payment-link", {}))
    assert asked.json is not None
    payer = {"email": EMAIL, "name": NAME, "phone": PHONE}
    told = stripe.event(
        shop, "checkout.session.completed", stripe.session(shop, sold.json, asked.json, customer_details=payer)
    )
    yield "forged", stripe.deliver(shop, told, secret="whsec_of_nobody")
    yield "pay", shop.post(f"{order_path}/payments", {"method": "cash", "tendered": 5000})
    yield "paid by link", stripe.deliver(shop, told)
    yield "look up", shop.post("/customers/lookup", {"phone": NATIONAL})
    yield "find", shop.get("/customers", query_string={"phone": PHONE})
    profile = {"medical_conditions": ILLNESS, "notes": NOTE}
    changed = {"email": EMAIL, "name": NAME, "profile": profile}
    yield "change", shop.request("PATCH", customer_path, as_="owner", headers={"If-Match": "*"}, json=changed)
    yield "sign in", shop.post("/register/sign-in", {"user_id": shop.people["manager"], "pin": PIN})
    office = replace(shop, client=shop.client.application.test_client())
    password = {"email": f"owner@{shop.slug}.example", "password": PASSWORD}
    yield "office", office.post("/session", password, as_="nobody")
    yield "cookie", office.get("/me", as_="nobody")


def _refused(shop: Shop) -> Iterator[tuple[str, TestResponse]]:
    yield "bad phone", shop.post("/orders", shop.order(phone="415 555 013"))
    yield "bad body", shop.request("POST", "/orders", headers={"Idempotency-Key": "k"}, data=f'{{"phone": "{PHONE}"')
    yield "bad field", shop.post("/orders", shop.order(phone=PHONE, email=EMAIL))
    yield "bad token", shop.get("/me", as_=shop.api_key[:-4] + "AAAA")
    yield "no token", shop.get("/me", as_="nobody")
    yield "bad password", shop.post("/session", {"email": EMAIL, "password": "guess"}, as_="nobody")
    yield "unknown", shop.get("/customers", query_string={"phone": "+14155550199"})
    category = {"name": "Cans"}
    yield "new", shop.post("/categories", category, as_="owner")
    yield "taken", shop.post("/categories", category, as_="owner")
    yield "nowhere", shop.get(f"/nowhere/{PHONE}/{EMAIL}")


def _broken(shop: Shop) -> Iterator[tuple[str, TestResponse]]:
    for what, phone in (("check", BREAKS_CHECK), ("trigger", RAISES), ("time-out", TIMES_OUT)):
        yield what, shop.post("/orders", shop.order(phone=phone, name=NAME))
    yield "bug", shop.client.get("/bug")


def _plant(app: Flask, everything: str) -> None:
    """A route with a bug whose exception says more than it should."""

    @app.get("/bug")
    @public
    def bug() -> str:
        raise ValueError(f"cannot tell {everything}")


def _say(everything: str) -> None:
    """What our code and other people's libraries may log by mistake."""
    structlog.get_logger().warning("careless", told=everything)
    logging.getLogger("library").warning("told %s", everything)
    try:
        raise ValueError(everything)
    except ValueError:
        logging.getLogger("library").exception("failed")


if __name__ == "__main__":
    main()
