"""Twilio's API as the sandbox answers it: who calls, what is asked, and with the faults that are ordered.

Each request is one transaction of few statements: how fast texts leave is measured through it.
"""

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
import phonenumbers
from sqlalchemy import ColumnElement

from pos.db import transaction
from pos.phone import E164_PATTERN
from pos.sandbox import faults, twilio_account, twilio_messages, twilio_webhooks
from pos.sandbox.models import SandboxObject
from pos.sandbox.records import Object, field_is, find, page
from pos.sandbox.twilio_errors import TwilioError
from pos.sandbox.twilio_messages import API_VERSION, MAX_BODY, Text
from pos.sandbox.twilio_schema import parameters

NOT_A_NUMBER, NOT_A_MOBILE = "+15005550001", "+15005550009"
PAGE_SIZE = 50
VALID_SECONDS = (1, 36_000)
_BASE = f"/{API_VERSION}/Accounts/"
_MESSAGES, _MESSAGE = f"{_BASE}{{AccountSid}}/Messages.json", f"{_BASE}{{AccountSid}}/Messages/{{Sid}}.json"
_PATH = re.compile(rf"{_BASE}(AC[0-9a-f]{{32}})/Messages(?:/((?:SM|MM)[0-9a-f]{{32}}))?\.json")
_SERVED = {
    _MESSAGES: {"To", "From", "MessagingServiceSid", "Body", "StatusCallback", "ValidityPeriod",
                "DateSent", "DateSent<", "DateSent>", "PageSize", "Page", "PageToken"},
    _MESSAGE: {"Status"},
}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """`fault` is what happens to the answer on its way, if anything."""

    status: int
    body: str
    fault: str | None = None


@dataclass(frozen=True)
class Call:
    """What is asked: of all messages, or of the one of `sid`."""

    path: str
    params: Object
    account: str
    sid: str


def answer(method: str, path: str, form: str, auth: tuple[str, str]) -> Answer:
    """Answers a request as Twilio would; `form` is the body of a POST or the query of a GET. Needs an app context."""
    with transaction(None):
        kinds = faults.OF_REQUESTS["twilio"]
        fault = faults.strike("twilio", f"{method} {path}", *kinds, or_named=_in_short(method, path))
        if fault == "429":
            return _refused(TwilioError(20429))
        if fault == "500":
            return _refused(TwilioError(20500))
        if fault == "timeout_before":
            return Answer(504, "", fault)
        try:
            status, body = _understood(method, path, form, auth)
        except TwilioError as error:
            answered = _refused(error)
        else:
            answered = _refused(TwilioError(20500)) if fault == "500_after" else Answer(status, _json(body))
    return replace(answered, fault=fault) if fault in ("timeout_after", "reset") else answered


def _in_short(method: str, path: str) -> str:
    """What an ordered fault may name instead: the part behind the account."""
    return f"{method} /{path.removeprefix(_BASE).partition('/')[2]}"


def _understood(method: str, path: str, form: str, auth: tuple[str, str]) -> tuple[int, Object]:
    """What is asked, and by whom, is clear; then it is done. Raises TwilioError."""
    match = _PATH.fullmatch(path)
    account = _authenticated(auth)
    if method == "GET" and (known := twilio_account.answer(path, form)):
        return 200, known
    if match is None or match[1] != account:
        raise TwilioError(20404, path)
    template = _MESSAGE if match[2] else _MESSAGES
    operation = _OPERATIONS.get((method, template))
    if operation is None:
        raise TwilioError(20404, f"{method} {path}")
    params = parameters(method, template, form)
    beyond = sorted(set(params) - _SERVED[template])
    if beyond:
        raise TwilioError(20001, f"the sandbox has no {beyond[0]}")
    return operation(Call(path, params, account, match[2] or ""))


def _authenticated(auth: tuple[str, str]) -> str:
    ours = twilio_messages.settings()
    is_ours = hmac.compare_digest(":".join(auth).encode(), f"{ours.account_sid}:{ours.auth_token}".encode())
    if not is_ours:
        raise TwilioError(20003)
    return ours.account_sid


# --- operations -------------------------------------------------------------------------------------------


def _create(call: Call) -> tuple[int, Object]:
    text = _text(call.params)
    is_ours, is_blocked = twilio_messages.checked(text.number, text.phone)
    if not is_ours:
        raise TwilioError(21606, text.number)
    if is_blocked:
        raise TwilioError(21610)
    return 201, twilio_messages.send(text).body


def _text(params: Object) -> Text:
    """What is to be sent, if it can be. Raises TwilioError."""
    number, service = params.get("From"), params.get("MessagingServiceSid")
    _check_receiver(params["To"])
    if not number and not service:
        raise TwilioError(21603)
    if number and not re.fullmatch(E164_PATTERN, number):
        raise TwilioError(21212, number)
    _check_body(params.get("Body", ""))
    if not VALID_SECONDS[0] <= params.get("ValidityPeriod", VALID_SECONDS[1]) <= VALID_SECONDS[1]:
        raise TwilioError(20001, "ValidityPeriod")
    callback = params.get("StatusCallback") or None
    if callback and not _is_address(callback):
        raise TwilioError(21609, callback)
    sender = number or twilio_messages.own_number()
    return Text(sender, params["To"], params["Body"], callback, None if number else service)


def _check_receiver(phone: str) -> None:
    if not phone:
        raise TwilioError(21604)
    is_number = re.fullmatch(E164_PATTERN, phone) and phonenumbers.is_possible_number(phonenumbers.parse(phone))
    if not is_number or phone == NOT_A_NUMBER:
        raise TwilioError(21211, phone)
    if phone == NOT_A_MOBILE:
        raise TwilioError(21614, phone)


def _check_body(body: str) -> None:
    if not body.strip():
        raise TwilioError(21602)
    if len(body) > MAX_BODY:
        raise TwilioError(21617)


def _is_address(url: str) -> bool:
    """Whether it can be called; Twilio takes no host with an underscore."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "_" not in (parts.hostname or "_")


def _fetch(call: Call) -> tuple[int, Object]:
    return 200, _message(call).body


def _update(call: Call) -> tuple[int, Object]:
    """Cancels what has not left; nothing else can be changed here."""
    message = _message(call, lock=True)
    if call.params.get("Status") != "canceled":
        raise TwilioError(20001, "the sandbox changes nothing but Status=canceled")
    if message.body["status"] not in twilio_messages.FRESH:
        raise TwilioError(30409, message.body["status"])
    twilio_messages.cancel(message)
    twilio_webhooks.next_to_tell(message)
    return 200, message.body


def _message(call: Call, *, lock: bool = False) -> SandboxObject:
    found = find("message", call.sid, lock=lock)
    if found is None:
        raise TwilioError(20404, call.path)
    return found


def _list(call: Call) -> tuple[int, Object]:
    size, number = call.params.get("PageSize", PAGE_SIZE), call.params.get("Page", 0)
    after = _named_by(call.params.get("PageToken"))
    rows, has_more = page("message", call.account, _wanted(call.params), size, after=after)
    asked = {name: text for name, text in call.params.items() if name not in ("Page", "PageToken")} | {"PageSize": size}
    start = number * size
    return 200, {
        "end": start + max(len(rows) - 1, 0),
        "first_page_uri": _uri(call, asked, 0),
        "messages": [row.body for row in rows],
        "next_page_uri": _uri(call, asked, number + 1, rows[-1].id) if has_more else None,
        "page": number,
        "page_size": size,
        # One goes back through what one has: the sandbox's pages are read in one direction.
        "previous_page_uri": None,
        "start": start,
        "uri": _uri(call, asked, number, after.id if after else None),
    }


def _wanted(params: Object) -> list[ColumnElement[bool]]:
    wanted = [field_is(name.lower(), params[name]) for name in ("To", "From") if params.get(name)]
    sent = SandboxObject.hidden["sent_at"].as_integer()
    for name in ("DateSent", "DateSent<", "DateSent>"):
        if params.get(name):
            first, last = _bounds(params[name])
            wanted += [sent >= first] if name != "DateSent<" else []
            wanted += [sent <= last] if name != "DateSent>" else []
    return wanted


def _bounds(text: str) -> tuple[int, int]:
    """The first and the last second of what is named: a day, or a moment. Raises TwilioError."""
    try:
        named = datetime.fromisoformat(text)
    except ValueError:
        raise TwilioError(20001, text) from None
    named = named if named.tzinfo else named.replace(tzinfo=UTC)
    lasts = timedelta(days=1) if len(text) == len("2026-11-21") else timedelta(seconds=1)
    return int(named.timestamp()), int((named + lasts).timestamp()) - 1


def _named_by(token: str | None) -> SandboxObject | None:
    """The last message of the page before. Raises TwilioError."""
    if not token:
        return None
    found = find("message", token.removeprefix("PA"))
    if found is None:
        raise TwilioError(20001, "PageToken")
    return found


def _uri(call: Call, asked: Object, number: int, after: str | None = None) -> str:
    token = {"PageToken": f"PA{after}"} if after else {}
    return f"{call.path}?{urlencode({**asked, 'Page': number, **token})}"


Operation = Callable[[Call], tuple[int, Object]]
_OPERATIONS: dict[tuple[str, str], Operation] = {
    ("POST", _MESSAGES): _create,
    ("GET", _MESSAGES): _list,
    ("GET", _MESSAGE): _fetch,
    ("POST", _MESSAGE): _update,
}


def _refused(error: TwilioError) -> Answer:
    return Answer(error.status, _json(error.envelope()))


def _json(body: Any) -> str:
    return orjson.dumps(body).decode()
