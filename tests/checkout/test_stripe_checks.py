"""What the owner is told of Stripe's settings: what is fine, what to do, and never a secret."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from pos.checkout import events
from pos.db import transaction
from pos.payments import gateway as stripe
from pos.payments.gateway import Gateway
from pos.stores.queries import find_store
from tests.checkout.provider import Answer, Provider, error
from tests.client import Shop
from tests.staff.signing_in import at_register

URL = "http://127.0.0.1:8000/webhooks/stripe"
GOOD = {
    "object": "webhook_endpoint",
    "id": "we_1",
    "status": "enabled",
    "url": URL,
    "enabled_events": list(events.TYPES),
}
ACCOUNT = {"object": "account", "id": "acct_hops", "charges_enabled": True, "payouts_enabled": True}
NO_RIGHT = (403, error("invalid_request_error", "more_permissions_required"))


def told(shop: Shop) -> dict[str, tuple[bool, str]]:
    response = shop.post("/store/checks/stripe", as_="owner")
    assert response.status_code == 200, response.get_data(as_text=True)
    return {check["name"]: (check["is_fine"], check["advice"]) for check in response.json["data"]}


def listed(*endpoints: dict[str, Any]) -> Answer:
    return 200, {"object": "list", "data": list(endpoints), "has_more": False, "url": "/v1/webhook_endpoints"}


@contextmanager
def playing(app: Flask, **answers: Answer) -> Iterator[Provider]:
    """Stripe answers so: `links`, `account`, `endpoints`; what is not named is as it should be."""
    provider, before, settings = Provider(), app.extensions["stripe"], app.config["SETTINGS"]
    provider.says("GET", "/v1/payment_links", answers.get("links", listed()))
    provider.says("GET", "/v1/account", answers.get("account", (200, ACCOUNT)))
    provider.says("GET", "/v1/webhook_endpoints", answers.get("endpoints", listed(GOOD)))
    app.extensions["stripe"] = Gateway(settings.stripe, transport=provider)
    try:
        yield provider
    finally:
        app.extensions["stripe"] = before


def test_sandbox_is_fine_and_tells_no_secret(app: Flask, shop: Shop) -> None:
    response = shop.post("/store/checks/stripe", as_="owner")

    assert {check["name"]: check["is_fine"] for check in response.json["data"]} == dict.fromkeys(
        ("key", "account", "webhook_secret", "webhook"), True
    )
    settings = app.config["SETTINGS"].stripe
    said = response.get_data(as_text=True)
    assert [secret for secret in (settings.secret_key, *settings.webhook_secrets) if secret in said] == []
    assert "sandbox: no money moves" in said


def test_account_of_the_store_is_looked_at(app: Flask, shop: Shop) -> None:
    with playing(app) as provider:
        assert all(is_fine for is_fine, _ in told(shop).values())

    accounts = {call.path: call.headers.get("Stripe-Account") for call in provider.calls}
    assert accounts == {"/v1/payment_links": "acct_hops", "/v1/account": "acct_hops", "/v1/webhook_endpoints": None}


@pytest.mark.parametrize(
    ("answers", "name", "says"),
    [
        ({"links": (401, error("invalid_request_error"))}, "key", "does not accept STRIPE_SECRET_KEY"),
        ({"links": NO_RIGHT}, "key", "or the key may not make payment links"),
        ({"links": TimeoutError()}, "key", "has not answered in time"),
        ({"links": (500, "<html>")}, "key", "has not answered in time"),
        ({"account": (200, ACCOUNT | {"charges_enabled": False, "requirements": {"currently_due": ["a", "b"]}})}, "account", "2 thing(s)"),
        ({"account": (200, ACCOUNT | {"charges_enabled": None})}, "account", "may not take money yet:"),
        ({"account": (200, ACCOUNT | {"payouts_enabled": False})}, "account", "nothing is paid out"),
        ({"account": ConnectionError()}, "account", "has not answered in time"),
        ({"endpoints": listed()}, "webhook", f"No endpoint at Stripe leads to {URL}"),
        ({"endpoints": listed(GOOD | {"url": "https://elsewhere.example"})}, "webhook", "No endpoint"),
        ({"endpoints": listed(GOOD | {"status": "disabled"})}, "webhook", "switched off"),
        ({"endpoints": listed(GOOD | {"enabled_events": ["refund.failed"]})}, "webhook", "not told of charge.dispute.closed,"),
    ],
    ids=["wrong key", "no right", "slow", "broken", "not yet", "unknown", "no payouts", "away", "none", "elsewhere", "off", "deaf"],
)  # fmt: skip
def test_what_is_wrong_is_said_with_what_to_do(
    app: Flask, shop: Shop, answers: dict[str, Answer], name: str, says: str
) -> None:
    with playing(app, **answers):
        checks = told(shop)

    assert {found: is_fine for found, (is_fine, _) in checks.items() if not is_fine} == {name: False}
    assert says in checks[name][1]
    assert "sk_test" not in str(checks)


def test_what_the_key_may_not_see_is_no_fault(app: Flask, shop: Shop) -> None:
    """The restricted key that docs/payments.md recommends needs neither right to work."""
    with playing(app, account=NO_RIGHT, endpoints=NO_RIGHT):
        checks = told(shop)

    assert {name: is_fine for name, (is_fine, _) in checks.items()} == dict.fromkeys(checks, True)
    assert all("may not look at it" in checks[name][1] for name in ("account", "webhook"))


def test_installation_without_stripe_says_so(app: Flask, shop: Shop) -> None:
    gateway, settings = app.extensions["stripe"], app.config["SETTINGS"]
    app.extensions["stripe"], app.config["SETTINGS"] = None, replace(settings, stripe=None)
    try:
        assert told(shop) == {"key": (True, "switched off (STRIPE_SECRET_KEY=none): no payment links")}
    finally:
        app.extensions["stripe"], app.config["SETTINGS"] = gateway, settings


def test_store_without_an_account_among_several_is_told(app: Flask, shop: Shop) -> None:
    with transaction(UUID(shop.store_id)):
        find_store(UUID(shop.store_id), lock=True).stripe_account = None

    ((is_fine, advice),) = told(shop).values()

    assert (is_fine, "--stripe-account" in advice) == (False, True)


def test_checks_are_the_owners(shop: Shop) -> None:
    manager = at_register(shop, "manager")

    statuses = [shop.post(f"/store/checks/{of}", headers=manager).status_code for of in ("stripe", "twilio")]

    assert statuses == [403, 403]


def test_look_takes_seconds(app: Flask) -> None:
    settings = replace(app.config["SETTINGS"].stripe, is_sandbox=False)

    requestor: Any = Gateway(settings)._quick._requestor

    assert requestor._client._timeout == (stripe.LOOK_CONNECT_SECONDS, stripe.LOOK_READ_SECONDS)
    assert requestor._options.max_network_retries == 0
