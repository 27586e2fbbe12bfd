"""What the owner is told of Twilio's settings: what is fine, what to do, and never a secret."""

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update

from pos.db import transaction
from pos.messaging import gateway as twilio
from pos.messaging.gateway import Gateway
from pos.stores.models import Store
from pos.stores.queries import find_store
from tests.client import Shop
from tests.databases import SMS_NUMBERS
from tests.messaging.playing import Twilio, playing

INBOUND = "http://127.0.0.1:8000/webhooks/twilio/inbound"
NUMBER = SMS_NUMBERS["hops"]
SERVICE = f"MG{'a' * 32}"
OURS = {"phone_number": NUMBER, "capabilities": {"sms": True}, "sms_url": INBOUND}


class Console(Twilio):
    """Answers the look-ups: the account, its numbers, its services."""

    def __init__(self, account: Any = None, number: Any = None, service: Any = None) -> None:
        super().__init__()
        self.account = {"status": "active", "type": "Full"} if account is None else account
        self.number, self.service = number, service

    def __call__(self, method: str, url: str, *_: Any) -> tuple[int, str]:
        answer = (
            self._listed() if "IncomingPhoneNumbers" in url else self.service if "/Services/" in url else self.account
        )
        if isinstance(answer, Exception):
            raise answer
        status = answer.pop("http", 200)
        return status, json.dumps(answer)

    def _listed(self) -> Any:
        if isinstance(self.number, Exception):
            return self.number
        return {"incoming_phone_numbers": [self.number or OURS], "page": 0, "next_page_uri": None}


def told(shop: Shop) -> dict[str, tuple[bool, str]]:
    response = shop.post("/store/checks/twilio", as_="owner")
    assert response.status_code == 200, response.get_data(as_text=True)
    return {check["name"]: (check["is_fine"], check["advice"]) for check in response.json["data"]}


def test_sandbox_is_fine_and_tells_no_secret(app: Flask, shop: Shop) -> None:
    checks = told(shop)

    assert {name: is_fine for name, (is_fine, _) in checks.items()} == {"keys": True, "sender": True, "replies": True}
    assert NUMBER in checks["sender"][1]
    assert app.config["SETTINGS"].twilio.auth_token not in str(checks)


@pytest.mark.parametrize(
    ("console", "name", "says"),
    [
        ({"account": {"http": 401, "code": 20003, "message": "Authenticate"}}, "keys", "TWILIO_AUTH_TOKEN"),
        ({"account": {"status": "suspended", "type": "Full"}}, "keys", "is suspended"),
        ({"account": {"status": "active", "type": "Trial"}}, "keys", "trial account"),
        ({"account": TimeoutError()}, "keys", "has not answered in time"),
        ({"account": {"http": 500}}, "keys", "has not answered in time"),
        ({"number": OURS | {"phone_number": f"{NUMBER}1"}}, "sender", "is not of this account"),
        ({"number": OURS | {"capabilities": {"sms": False}}}, "sender", "cannot send texts"),
        ({"number": ConnectionError()}, "sender", "has not answered in time"),
        ({"number": OURS | {"sms_url": "https://demo.twilio.com"}}, "replies", INBOUND),
        ({"number": OURS | {"sms_url": ""}}, "replies", INBOUND),
    ],
    ids=["token", "suspended", "trial", "slow", "broken", "another", "voice only", "away", "elsewhere", "nowhere"],
)  # fmt: skip
def test_what_is_wrong_is_said_with_what_to_do(
    app: Flask, shop: Shop, console: dict[str, Any], name: str, says: str
) -> None:
    with playing(app, Console(**console)):
        checks = told(shop)

    assert [found for found, (is_fine, _) in checks.items() if not is_fine] == [name]
    assert says in checks[name][1]


@pytest.mark.parametrize(
    ("service", "fine", "says"),
    [
        ({"inbound_request_url": INBOUND}, {"sender": True, "replies": True}, f"comes to {INBOUND}"),
        ({"inbound_request_url": None, "use_inbound_webhook_on_number": True}, {"sender": True, "replies": True}, "each number"),
        ({"inbound_request_url": None}, {"sender": True, "replies": False}, "does not come here"),
        ({"http": 404, "code": 20404, "message": "not found"}, {"sender": False}, "is not of this account"),
    ],
    ids=["ours", "by number", "nowhere", "unknown"],
)  # fmt: skip
def test_messaging_service_is_looked_at(
    app: Flask, shop: Shop, service: dict[str, Any], fine: dict[str, bool], says: str
) -> None:
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(settings, twilio=replace(settings.twilio, service_sid=SERVICE))
    # An only store uses what the installation sends from.
    with transaction(None) as session:
        session.execute(update(Store).where(Store.id != UUID(shop.store_id)).values(is_active=False))
    with transaction(UUID(shop.store_id)):
        find_store(UUID(shop.store_id), lock=True).sms_number = None
    try:
        with playing(app, Console(service=dict(service))):
            checks = told(shop)
    finally:
        app.config["SETTINGS"] = settings

    assert {name: is_fine for name, (is_fine, _) in checks.items() if name != "keys"} == fine
    assert says in str(checks)


def test_store_that_has_no_number_is_told(shop: Shop) -> None:
    with transaction(UUID(shop.store_id)):
        find_store(UUID(shop.store_id), lock=True).sms_number = None

    checks = told(shop)

    assert (checks["sender"][0], "--sms-number" in checks["sender"][1]) == (False, True)


def test_installation_without_twilio_says_so(app: Flask, shop: Shop) -> None:
    before = app.extensions["twilio"]
    app.extensions["twilio"] = None
    try:
        assert told(shop) == {"keys": (True, "switched off (TWILIO_ACCOUNT_SID=none): nothing is texted")}
    finally:
        app.extensions["twilio"] = before


def test_look_takes_seconds(app: Flask) -> None:
    network: Any = Gateway(app.config["SETTINGS"].twilio)._quick.http_client

    assert network.timeout == (twilio.LOOK_CONNECT_SECONDS, twilio.LOOK_READ_SECONDS)
