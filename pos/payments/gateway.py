"""Stripe: the one place that speaks to it. Each call can fail in three ways, and says which.

`Declined` is a no, and will be one again. `Down` did nothing, so it is safe to repeat. `Unclear` may have happened: it is
repeated with the same key, which Stripe remembers for 24 hours, or looked for first.
"""

import logging
import re
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, cast

import orjson
import structlog

from pos.config import StripeSettings

# Stripe's library takes aiohttp along if it finds it (Twilio's brings it), for asynchronous calls that nobody makes here: that
# would be 20 MiB in each process.
_aiohttp = sys.modules.get("aiohttp")
sys.modules["aiohttp"] = None  # type: ignore[assignment]
import stripe  # noqa: E402

if _aiohttp:
    sys.modules["aiohttp"] = _aiohttp
else:
    del sys.modules["aiohttp"]

API_VERSION = "2026-10-28.endive"
CONNECT_SECONDS, READ_SECONDS = 3, 10
NETWORK_RETRIES = 2
# Of what somebody waits for who has asked whether all is set up.
LOOK_CONNECT_SECONDS, LOOK_READ_SECONDS = 2, 4
SIGNATURE_TOLERANCE_SECONDS = 300
_PAGE = 100
_TIMES = re.compile(r"(?:^|,)t=([^,]*)")
_TIME = re.compile(r"[0-9]{1,12}")
# A NUL as JSON writes it; after an even number of backslashes it is text that somebody typed.
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")

_KEY_REFUSED = (stripe.AuthenticationError, stripe.PermissionError)
_A_NO = (stripe.InvalidRequestError, stripe.CardError)

log = structlog.get_logger()
Object = dict[str, Any]
# What answers instead of the network: method, URL, headers and form in; status, headers and body out. It raises
# TimeoutError or ConnectionError as the network would.
Transport = Callable[[str, str, Mapping[str, str], str | None], tuple[int, Mapping[str, str], str]]


class StripeFailure(Exception):
    """A call to Stripe that did not succeed; `reason` is Stripe's own sentence, for people who work here."""

    def __init__(self, reason: str, code: str | None = None, *, is_replayed: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.code, self.is_replayed = reason, code, is_replayed


class Declined(StripeFailure):
    """Stripe said no."""


class Down(StripeFailure):
    """Stripe did nothing: too many requests, the same request is in hand, or it does not know our key."""


class KeyRefused(Down):
    """Stripe does not know our key, or it may not do this. Somebody will mend that, so what it was to do waits."""


class Unclear(StripeFailure):
    """No answer, or one that says nothing, as a proxy's page does. `is_replayed`: Stripe keeps this failure with the key, or the
    key stands for another request, so a new key is needed."""


class BadEvent(Exception):
    """What was posted is no event of Stripe's; the text says why, without its content."""


class Gateway:
    """Stripe's API as far as payments by link need it; objects are plain dictionaries, as the events bring them.

    `account` is the connected account in whose name a call is made, None for the key's own.
    """

    def __init__(self, settings: StripeSettings, transport: Transport | None = None) -> None:
        self.is_live = settings.is_live
        self._webhook_secrets = settings.webhook_secrets
        self._client = _client(settings, transport, (CONNECT_SECONDS, READ_SECONDS), NETWORK_RETRIES)
        self._quick = _client(settings, transport, (LOOK_CONNECT_SECONDS, LOOK_READ_SECONDS), 0)

    def create_link(self, params: Object, *, account: str | None, key: str) -> Object:
        """A new payment link. Repeating it with the same key gives the same link."""
        return self._call("create_link", lambda: self._links.create(cast("Any", params), _options(account, key)))

    def deactivate_link(self, link_id: str, *, account: str | None) -> Object:
        """Takes a link off. Sessions that are open outlive it (`expire_session`). May be repeated."""
        return self._call("deactivate_link", lambda: self._links.update(link_id, {"active": False}, _options(account)))

    def active_links(self, *, account: str | None) -> list[Object]:
        """The links by which somebody could pay now."""
        return self._list("list_links", self._links.list, {"active": True, "limit": _PAGE}, account)

    def sessions(self, link_id: str, status: str, *, account: str | None) -> list[Object]:
        """The checkout sessions of a link that are `open` or `complete`."""
        asked = {"payment_link": link_id, "status": status, "limit": _PAGE}
        return self._list("list_sessions", self._client.v1.checkout.sessions.list, asked, account)

    def expire_session(self, session_id: str, *, account: str | None) -> None:
        """Ends an open session. That it is not open any more is no failure: it was paid or has expired meanwhile."""
        try:
            self._call(
                "expire_session",
                lambda: self._client.v1.checkout.sessions.expire(session_id, {}, _options(account)),
            )
        except Declined as error:
            log.info("stripe_session_not_open", code=error.code)

    def payment_intent(self, intent_id: str, *, account: str | None) -> Object:
        """A payment intent as it is now."""
        return cast(
            "Object",
            self._call(
                "read_payment_intent",
                lambda: self._client.v1.payment_intents.retrieve(intent_id, {}, _options(account)),
            ),
        )

    def create_refund(self, params: Object, *, account: str | None, key: str) -> Object:
        """A refund out of a payment intent. Repeating it with the same key gives the same refund."""
        return self._call(
            "create_refund", lambda: self._client.v1.refunds.create(cast("Any", params), _options(account, key))
        )

    def refunds(self, *, account: str | None, **asked: Any) -> list[Object]:
        """All refunds of a `payment_intent`, or those `created` since, e.g. created={"gte": 1790000000}."""
        return self._list("list_refunds", self._client.v1.refunds.list, {**asked, "limit": _PAGE}, account)

    def disputes(self, *, account: str | None, **asked: Any) -> list[Object]:
        """All disputes that were `created` since, newest first."""
        return self._list("list_disputes", self._client.v1.disputes.list, {**asked, "limit": _PAGE}, account)

    def reach(self, *, account: str | None) -> None:
        """Nothing but whether the key may ask for payment links."""
        self._call("reach", lambda: self._quick.v1.payment_links.list({"limit": 1}, _options(account)))

    def account(self, *, account: str | None) -> Object:
        """The account itself: may it take money."""
        return cast(
            "Object",
            self._call("read_account", lambda: self._quick.v1.accounts.retrieve_current({}, _options(account))),
        )

    def webhook_endpoints(self) -> list[Object]:
        """To where Stripe posts its events, of the key's own account; a hundred at most."""
        found = self._call("list_endpoints", lambda: self._quick.v1.webhook_endpoints.list({"limit": _PAGE}))
        return cast("list[Object]", found["data"])

    def read_event(self, body: bytes, signature: str | None, now: float) -> Object:
        """The event in a webhook's raw body. `now` is in Unix seconds. Raises BadEvent for anything that Stripe has not
        signed within the last five minutes, or that is no event with an id, a type and an object."""
        text = _text(body)
        timestamp = _verified(text, signature, self._webhook_secrets)
        if abs(now - timestamp) > SIGNATURE_TOLERANCE_SECONDS:
            # Stripe's own check lets a timestamp of the future pass, which would keep a stolen signature good for ever.
            raise BadEvent("The signature's time is more than five minutes from ours.")
        # The search alone took as long as a statement; hardly any body holds the letters that it looks for.
        if "\\u0000" in text and _NUL.search(text):
            raise BadEvent("The body holds a NUL, which no text of ours can.")
        try:
            event = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise BadEvent("The body is not JSON.") from error
        if not _is_event(event):
            raise BadEvent("The body is not an event with an id, a type and an object.")
        return cast("Object", event)

    @property
    def _links(self) -> Any:
        return self._client.v1.payment_links

    def _list(self, name: str, listing: Callable[..., Any], asked: Object, account: str | None) -> list[Object]:
        def all_pages() -> list[Object]:
            return [each.to_dict() for each in listing(asked, _options(account)).auto_paging_iter()]

        return cast("list[Object]", self._call(name, all_pages))

    def _call(self, name: str, call: Callable[[], Any]) -> Any:
        """Calls, writes one line into the log, and sorts what went wrong."""
        began, outcome = time.monotonic(), "succeeded"
        try:
            made = call()
            return made if isinstance(made, list) else made.to_dict()
        except stripe.StripeError as error:
            failure = _failure(error)
            outcome = type(failure).__name__.lower()
            log.warning("stripe_failure", call=name, outcome=outcome, code=failure.code, request_id=error.request_id)
            raise failure from error
        finally:
            log.info("stripe_call", call=name, outcome=outcome, ms=round((time.monotonic() - began) * 1000))


def _client(
    settings: StripeSettings, transport: Transport | None, timeout: tuple[int, int], retries: int
) -> stripe.StripeClient:
    return stripe.StripeClient(
        settings.secret_key,
        stripe_version=API_VERSION,
        max_network_retries=retries,
        base_addresses={"api": settings.api_base} if settings.api_base else {},
        http_client=_InProcess(transport) if transport else stripe.RequestsClient(timeout=timeout),
    )


def signature(payload: str, secret: str, timestamp: int) -> str:
    """The Stripe-Signature header of an event, as Stripe makes it."""
    return stripe.WebhookSignature.generate_signature_header(payload, secret, timestamp)


class _InProcess(stripe.HTTPClient):
    """Stripe's client with the network taken out: a function answers (the sandbox)."""

    name = "in-process"

    def __init__(self, transport: Transport) -> None:
        super().__init__()
        self._transport = transport

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        try:
            status, answered, body = self._transport(method, url, headers or {}, post_data)
        except (TimeoutError, ConnectionError) as error:
            raise stripe.APIConnectionError(
                f"{type(error).__name__} on the way to Stripe", should_retry=True
            ) from error
        return body, status, {name.lower(): value for name, value in answered.items()}

    def _sleep_time_seconds(self, num_retries: int) -> float:
        """There is no network to recover."""
        return 0.01

    def close(self) -> None: ...


def _options(account: str | None, key: str | None = None) -> Any:
    options = {"stripe_account": account, "idempotency_key": key}
    return {name: value for name, value in options.items() if value}


def _failure(error: stripe.StripeError) -> StripeFailure:
    reason, code = str(error.user_message or "Stripe gave no reason."), error.code
    if isinstance(error, _KEY_REFUSED):
        return KeyRefused(reason, code)
    if isinstance(error, stripe.RateLimitError) or error.http_status == 409:
        return Down(reason, code)
    if isinstance(error, _A_NO):
        return Declined(reason, code)
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    is_replayed = headers.get("idempotent-replayed") == "true" or isinstance(error, stripe.IdempotencyError)
    return Unclear(reason, code, is_replayed=is_replayed)


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise BadEvent("The body is not UTF-8.") from error


def _verified(text: str, header: str | None, secrets: tuple[str, ...]) -> int:
    """The time in the signature, which one of the secrets has made. Raises BadEvent.

    Of two times Stripe's client would sign the first, so a second one could make an old signature look young.
    """
    times = _TIMES.findall(header or "")
    if header and header.isascii() and len(times) == 1 and _TIME.fullmatch(times[0]):
        for secret in secrets:
            with suppress(stripe.SignatureVerificationError):
                stripe.WebhookSignature.verify_header(text, header, secret)
                return int(times[0])
    raise BadEvent("The signature is missing or not Stripe's.")


def _is_event(event: Any) -> bool:
    if not isinstance(event, dict) or event.get("object") != "event":
        return False
    data = event.get("data")
    has_object = isinstance(data, dict) and isinstance(data.get("object"), dict)
    return has_object and all(isinstance(event.get(name), str) and event[name] for name in ("id", "type"))


# Stripe's client would write figures about its requests into the home folder, and its log holds bodies.
stripe.enable_telemetry = False
logging.getLogger("stripe").setLevel(logging.CRITICAL)
