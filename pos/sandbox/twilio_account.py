"""What the sandbox's Twilio knows of its account, beside texts: the account itself, its numbers, its messaging service."""

import re
from typing import Any
from urllib.parse import parse_qs

from flask import current_app

from pos.sandbox.records import Object
from pos.sandbox.twilio_errors import TwilioError
from pos.sandbox.twilio_messages import API_VERSION, numbers, settings

_ACCOUNT = re.compile(rf"/{API_VERSION}/Accounts/(AC[0-9a-f]{{32}})\.json")
_NUMBERS = re.compile(rf"/{API_VERSION}/Accounts/(AC[0-9a-f]{{32}})/IncomingPhoneNumbers\.json")
# Of another host at Twilio's, messaging.twilio.com.
_SERVICE = re.compile(r"/v1/Services/(MG[0-9a-f]{32})")


def answer(path: str, form: str) -> Object | None:
    """What is at this path, or None if it is none of these. Raises TwilioError."""
    for pattern, known in ((_ACCOUNT, _account), (_NUMBERS, _listed), (_SERVICE, _service)):
        if match := pattern.fullmatch(path):
            return known(match[1], parse_qs(form))
    return None


def _account(sid: str, _: Any) -> Object:
    if sid != settings().account_sid:
        raise TwilioError(20404, sid)
    return {"sid": sid, "status": "active", "type": "Full", "friendly_name": "Sandbox"}


def _listed(sid: str, asked: dict[str, list[str]]) -> Object:
    wanted = asked.get("PhoneNumber")
    found = [number for number in numbers() if wanted is None or number in wanted]
    listed = [{"account_sid": sid, "phone_number": number, "capabilities": {"sms": True, "voice": False, "mms": False, "fax": False},
               "sms_url": _inbound(), "sms_method": "POST"} for number in found]  # fmt: skip
    return {
        "incoming_phone_numbers": listed,
        "page": 0,
        "page_size": 50,
        "next_page_uri": None,
        "start": 0,
        "end": len(listed),
    }


def _service(sid: str, _: Any) -> Object:
    if sid != settings().service_sid:
        raise TwilioError(20404, sid)
    return {"sid": sid, "inbound_request_url": _inbound(), "use_inbound_webhook_on_number": False}


def _inbound() -> str:
    return f"{current_app.config['SETTINGS'].public_base_url}/webhooks/twilio/inbound"
