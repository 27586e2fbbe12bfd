"""Twilio: the one place that speaks to it. Each call can fail in three ways, and says which.

`Declined` is a no. `Down` did nothing, so it is safe to repeat. `Unclear` may have sent the text: Twilio knows no idempotency
key, so nothing is sent again before its list of messages to that number was looked at (pos/messaging/flows.py).
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import requests
import structlog
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http import HttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator, get_signature_algorithm
from twilio.rest import Client
from twilio.twiml.messaging_response import MessagingResponse
from werkzeug.datastructures import Headers

from pos.config import TwilioSettings

CONNECT_SECONDS, READ_SECONDS = 3, 10
# Of what somebody waits for who has asked whether all is set up.
LOOK_CONNECT_SECONDS, LOOK_READ_SECONDS = 2, 4
HOST, SERVICES_HOST = "https://api.twilio.com", "https://messaging.twilio.com"
SIGNATURE_HEADER, SETTINGS_HEADER = "X-Twilio-Signature", "X-Twilio-Webhooks-Signature-Settings"
VALIDITY_SECONDS = (6, 36_000)
MOST_CHARACTERS = 1600
# A number's messages are listed newest first; what we look for is among the last minutes'.
_MOST_LISTED = 50
_TOO_MANY = 429
_NOT_THERE = 20404

log = structlog.get_logger()
# What answers instead of the network: method, URL, headers, basic auth and form (of a GET the query) in; status and body out.
# It raises TimeoutError or ConnectionError as the network would.
Transport = Callable[[str, str, Mapping[str, str], tuple[str, str], str], tuple[int, str]]


class TwilioFailure(Exception):
    """A call to Twilio that did not succeed; `code` is Twilio's, `reason` its sentence, for people who work here."""

    def __init__(self, reason: str, code: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.code = reason, code


class Declined(TwilioFailure):
    """Twilio said no; its code says what follows (pos/messaging/codes.py)."""


class Down(TwilioFailure):
    """Twilio did nothing: it was not reached, or has too many requests."""


class Unclear(TwilioFailure):
    """No answer, or one that says nothing: the text may be on its way."""


@dataclass(frozen=True)
class Told:
    """A message as Twilio lists it; `phone` is the other side's, `segments` what it bills."""

    sid: str
    status: str
    phone: str
    number: str | None
    body: str
    segments: int | None
    error_code: int | None
    created_at: datetime
    is_inbound: bool


@dataclass(frozen=True)
class Sender:
    """A number or a messaging service of the account: may it text, and where what is texted to it goes."""

    can_text: bool
    inbound_url: str | None
    leaves_replies_to_numbers: bool = False


class Gateway:
    """Twilio's messages as far as a store needs them, and the proof that a webhook is Twilio's."""

    def __init__(self, settings: TwilioSettings, transport: Transport | None = None) -> None:
        self.settings = settings
        client = _InProcess(transport) if transport else _Network(settings.api_base, (CONNECT_SECONDS, READ_SECONDS))
        self._client = Client(settings.account_sid, settings.auth_token, http_client=client)
        limits = (LOOK_CONNECT_SECONDS, LOOK_READ_SECONDS)
        quick = _InProcess(transport) if transport else _Network(settings.api_base, limits)
        self._quick = Client(settings.account_sid, settings.auth_token, http_client=quick)
        self._validator = RequestValidator(settings.auth_token)

    def send(self, *, to: str, sender: str, body: str, callback: str, valid_seconds: int | None) -> Told:
        """Hands a text over. `sender` is a number or a messaging service; `callback` is where its status is told. Twilio drops
        what it has not sent after `valid_seconds`. Raises Declined, Down, Unclear; must not simply be repeated."""
        by = {"messaging_service_sid": sender} if sender.startswith("MG") else {"from_": sender}
        if valid_seconds is not None:
            by["validity_period"] = min(max(valid_seconds, VALIDITY_SECONDS[0]), VALIDITY_SECONDS[1])  # type: ignore[assignment]
        create: Any = self._client.messages.create
        return _told(self._call("send", lambda: create(to=to, body=body, status_callback=callback, **by)))

    def sent_to(self, phone: str) -> list[Told]:
        """The last messages to a number, newest first, whoever of ours sent them. Raises Declined, Down, Unclear."""
        return self._listed("list_sent", to=phone, limit=_MOST_LISTED)

    def received_by(self, number: str | None, since: datetime) -> list[Told]:
        """What customers have texted to a number of ours since then, or to any of them, oldest first. (Twilio's times have whole
        seconds.) Raises Declined, Down, Unclear."""
        to = {"to": number} if number else {}
        found = self._listed("list_received", **to, date_sent_after=since)
        return [told for told in reversed(found) if told.is_inbound and told.created_at >= since.replace(microsecond=0)]

    def look(self, sid: str) -> Told:
        """One message as it is now. Raises Declined, Down, Unclear."""
        return _told(self._call("look", self._client.messages(sid).fetch))

    def account(self) -> tuple[str, str]:
        """The account's status (active, suspended, closed) and kind (Full, Trial). Raises Declined, Down, Unclear."""
        found = self._call("read_account", self._quick.api.v2010.accounts(self.settings.account_sid).fetch)
        return str(found.status), str(found.type)

    def sender(self, named: str) -> Sender | None:
        """A number or a messaging service, if it is of the account. Raises Declined, Down, Unclear."""
        return self._service(named) if named.startswith("MG") else self._number(named)

    def is_signed(self, url: str, form: Any, headers: Headers) -> bool:
        """Whether Twilio has signed a webhook: its public URL with the query as sent, and the form as it is."""
        try:
            algorithm = get_signature_algorithm(headers.get(SETTINGS_HEADER))
            return bool(self._validator.validate(url, form, headers.get(SIGNATURE_HEADER) or "", algorithm))
        except (ValueError, TypeError, IndexError, UnicodeError):
            return False

    def _number(self, number: str) -> Sender | None:
        """Twilio also lists numbers that only contain what is looked for."""
        listed = self._quick.incoming_phone_numbers
        found = self._call("list_numbers", lambda: listed.list(phone_number=number, limit=_MOST_LISTED))
        ours = [each for each in found if each.phone_number == number]
        return Sender(bool((ours[0].capabilities or {}).get("sms")), ours[0].sms_url or None) if ours else None

    def _service(self, sid: str) -> Sender | None:
        try:
            found = self._call("read_service", self._quick.messaging.v1.services(sid).fetch)
        except Declined as failure:
            if failure.code == _NOT_THERE:
                return None
            raise
        return Sender(True, found.inbound_request_url or None, bool(found.use_inbound_webhook_on_number))

    def _listed(self, name: str, **asked: Any) -> list[Told]:
        return [_told(each) for each in self._call(name, lambda: self._client.messages.list(**asked))]

    def _call(self, name: str, call: Callable[[], Any]) -> Any:
        """Calls, writes one line into the log, and sorts what went wrong."""
        began, outcome = time.monotonic(), "succeeded"
        try:
            return call()
        except (TwilioException, OSError, ValueError) as error:
            failure = _failure(error)
            outcome = type(failure).__name__.lower()
            log.warning("twilio_failure", call=name, outcome=outcome, code=failure.code)
            raise failure from error
        finally:
            log.info("twilio_call", call=name, outcome=outcome, ms=round((time.monotonic() - began) * 1000))


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """The signature of a webhook, as Twilio makes it."""
    return str(RequestValidator(token).compute_signature(url, form))


def twiml(body: str | None = None, callback: str | None = None) -> str:
    """The answer to a text that came in: a message, whose status is told to `callback`, or silence."""
    response = MessagingResponse()
    if body is not None:
        response.message(body, action=callback)
    return str(response)


class _Network(TwilioHttpClient):
    """Twilio's client with time limits; it has none of its own, and no other address than Twilio's."""

    def __init__(self, api_base: str | None, limits: tuple[int, int]) -> None:
        super().__init__()
        # Its constructor compares the limit with 0, which two cannot be.
        self.timeout = limits  # type: ignore[assignment]
        self._api_base = api_base

    def request(self, method: str, url: str, *arguments: Any, **options: Any) -> Response:
        if self._api_base:
            url = self._api_base + url.removeprefix(HOST).removeprefix(SERVICES_HOST)
        return super().request(method, url, *arguments, **options)


class _InProcess(HttpClient):
    """Twilio's client with the network taken out: a function answers (the sandbox)."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(logging.getLogger("twilio"), False)
        self._transport = transport

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        form = urlencode(dict(data or params or {}), doseq=True)
        status, body = self._transport(method.upper(), uri, headers or {}, auth or ("", ""), form)
        return Response(status, body)


def _failure(error: Exception) -> TwilioFailure:
    if isinstance(error, TwilioRestException):
        return _answered(error.status, error.msg, error.code)
    # Of a list that was refused the library tells in its own words, with the answer beside them.
    if isinstance(error, TwilioException) and isinstance(error.args[-1], Response):
        told = _envelope(error.args[-1].text)
        return _answered(error.args[-1].status_code, told.get("message"), told.get("code"))
    # Who could not be connected to has heard nothing. A broken connection says nothing about what was heard.
    never_reached = isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError) or _refused(error)
    return Down(type(error).__name__) if never_reached else Unclear(type(error).__name__)


def _answered(status: int, message: str | None, code: int | None) -> TwilioFailure:
    said = message or "Twilio gave no reason."
    if status == _TOO_MANY:
        return Down(said, code)
    return Declined(said, code) if status < 500 else Unclear(said, code)


def _envelope(text: str) -> dict[str, Any]:
    """What a refusal says, if it is Twilio's and no proxy's."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _refused(error: BaseException) -> bool:
    """Whether the connection was refused, or the name was not found: requests wraps it in several layers."""
    seen: BaseException | None = error
    for _ in range(6):
        if seen is None:
            return False
        if isinstance(seen, ConnectionRefusedError) or "NewConnectionError" in repr(seen):
            return True
        reason = getattr(seen, "reason", None) or next(
            (each for each in seen.args if isinstance(each, Exception)), None
        )
        seen = reason or seen.__cause__ or seen.__context__
    return False


def _told(message: Any) -> Told:
    """Twilio gives figures as text, and lists both directions alike."""
    is_inbound = message.direction == "inbound"
    segments = None
    with suppress(TypeError, ValueError):
        segments = int(message.num_segments)
    return Told(
        sid=message.sid,
        status=str(message.status),
        phone=message.from_ if is_inbound else message.to,
        number=message.to if is_inbound else message.from_,
        body=message.body or "",
        segments=segments,
        error_code=message.error_code,
        created_at=message.date_created,
        is_inbound=is_inbound,
    )


# Twilio's library would log bodies and numbers.
logging.getLogger("twilio").setLevel(logging.CRITICAL)
logging.getLogger("twilio.http_client").setLevel(logging.CRITICAL)
