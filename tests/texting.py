"""Twilio as the tests play it: signed webhooks of what customers text, and of what became of our texts."""

import html
import re
import uuid
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from pos.messaging.gateway import SIGNATURE_HEADER, signature
from tests.client import Shop
from tests.databases import SMS_NUMBERS

INBOUND, STATUS = "/webhooks/twilio/inbound", "/webhooks/twilio/status"
_SAID = re.compile(r"<Message[^>]*>(.*?)</Message>", re.DOTALL)


def new_sid() -> str:
    return f"SM{uuid.uuid4().hex}"


def post(app: Flask, path: str, form: dict[str, str], *, token: str | None = None, **headers: str) -> TestResponse:
    """Posts a form as Twilio signs it, or as somebody with another token does."""
    settings = app.config["SETTINGS"]
    signed = signature(token or settings.twilio.auth_token, settings.public_base_url + path, form)
    return app.test_client().post(path, data=form, headers={SIGNATURE_HEADER: signed, **headers})


def text(shop: Shop, phone: str, body: str, **fields: str) -> TestResponse:
    """A customer texts the shop."""
    return post(shop.client.application, INBOUND, inbound(shop, phone, body) | fields)


def inbound(shop: Shop, phone: str, body: str) -> dict[str, str]:
    """A customer's text to the shop as Twilio's form has it."""
    return {
        "MessageSid": new_sid(),
        "AccountSid": "AC" + "0" * 32,
        "From": phone,
        "To": SMS_NUMBERS[shop.slug],
        "Body": body,
        "NumMedia": "0",
    }


def said(response: TestResponse) -> str | None:
    """What the TwiML says, if it says something."""
    assert response.status_code == 200, response.get_data(as_text=True)
    found = _SAID.search(response.text)
    return html.unescape(found[1]) if found else None


def status(shop: Shop, message: dict[str, Any], told: str, *, sid: str, code: int | None = None) -> TestResponse:
    """Twilio tells what became of a message."""
    form = {"MessageSid": sid, "MessageStatus": told} | ({"ErrorCode": str(code)} if code else {})
    path = f"{STATUS}?store={shop.store_id}&message={message['id']}"
    return post(shop.client.application, path, form)


def messages(shop: Shop, **wanted: Any) -> list[dict[str, Any]]:
    """The shop's messages, newest first."""
    answer = shop.get("/messages", as_="owner", query_string=wanted)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.json["data"]  # type: ignore[index, no-any-return]
