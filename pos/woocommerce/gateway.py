"""WooCommerce's REST API (wc/v3), read only: the one place that speaks to a web shop.

The shop's address comes from its owner, so each call is guarded: the address is read and looked up anew, all that it stands for must be public, the
connection goes to what was looked up and nowhere else, and time, size and shape of the answer are limited (address.py, line.py, intake.py).
"""

import base64
import logging
import re
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property, partial
from http.client import HTTPException, RemoteDisconnected
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

import certifi
import structlog
from flask import has_app_context
from urllib3 import HTTPResponse
from urllib3.exceptions import HTTPError, ReadTimeoutError

from pos import clock
from pos.db import is_in_transaction
from pos.woocommerce.address import HTTPS_PORT, Address, BadAddress, NotPublic, Resolver, read, resolved
from pos.woocommerce.failures import Declined, Down, NotThere, TooLarge, Unreadable, WebShopFailure
from pos.woocommerce.intake import Limits, parsed, whole
from pos.woocommerce.line import Deadline, connected, speaking

__all__ = [
    "Access",
    "Answer",
    "Declined",
    "Down",
    "Gateway",
    "Limits",
    "NotThere",
    "TooLarge",
    "Unreadable",
    "WebShopFailure",
]

API = "/wp-json/wc/v3"
# A path of ours, as "orders/12/refunds"; a WordPress code, as woocommerce_rest_cannot_view.
_PATH = re.compile(r"[a-z0-9_-]+(/[a-z0-9_-]+)*|")
_CODE = re.compile(r"[a-z0-9_-]{1,80}")
_COUNT = re.compile(r"[0-9]{1,9}")
# WooCommerce's words for a number that it does not know. Any other 404 is of WordPress without it, or of a server before it: while the shop is updated
# or its permalinks are changed, nothing is there, and nothing is gone.
_UNKNOWN = re.compile(
    r"woocommerce_rest_([a-z_]+_)?invalid_id|woocommerce_rest_invalid_[a-z_]+_id|woocommerce_rest_term_invalid"
)
# Statuses that may be another one the next time, besides all from 500.
_PASSING = (408, 425, 429)

log = structlog.get_logger()


@dataclass(frozen=True)
class Access:
    """A shop's address with the key that its owner made for us."""

    url: str
    key: str
    secret: str


@dataclass(frozen=True)
class Answer:
    """`body` is an object or a list; numbers with a point are Decimal. `total` and `pages` are of a list that is told in pages; `at` is the shop's
    clock."""

    body: Any
    total: int | None
    pages: int | None
    at: datetime | None


class Gateway:
    """Asks web shops. `own` is the URL of this installation's own stand-in. It keeps nothing between calls, and repeats none by itself."""

    def __init__(
        self,
        *,
        allows_loopback: bool,
        own: str | None,
        limits: Limits | None = None,
        resolver: Resolver | None = None,
        tls: ssl.SSLContext | None = None,
        https_port: int = HTTPS_PORT,
    ) -> None:
        self._read = partial(read, allows_loopback=allows_loopback, own=own, https_port=https_port)
        self._limits, self._resolver, self._given_tls = limits or Limits(), resolver or socket.getaddrinfo, tls

    def require_address(self, url: str) -> None:
        """That a URL may be asked at all, before it is. Raises BadAddress."""
        self._read(url)

    def get(self, access: Access, path: str, params: Mapping[str, str | int] = MappingProxyType({})) -> Answer:
        """What the API has at a path below /wp-json/wc/v3 ("" is its index). Raises Declined, NotThere, Unreadable, TooLarge, Down; may be repeated.
        It must not be called inside a transaction: it may take ten seconds, in which the rows would stay locked."""
        if has_app_context() and is_in_transaction():
            raise RuntimeError("The web shop is called inside a transaction: commit first")
        if not _PATH.fullmatch(path):
            raise ValueError(f"no path of the API: {path!r}")
        call = _Call(path)
        try:
            answer = self._asked(access, urlencode(params), call)
            call.outcome = "succeeded"
            return answer
        except WebShopFailure as failure:
            call.outcome, call.code = type(failure).__name__.lower(), failure.code
            raise
        finally:
            call.write_down()

    def _asked(self, access: Access, query: str, call: "_Call") -> Answer:
        try:
            address = self._read(access.url)
            call.host = address.host
            return self._within(address, _target(address, call.path, query), _headers(access), call)
        except BadAddress as error:
            code = "not-public" if isinstance(error, NotPublic) else "bad-address"
            raise Declined(code, reason=str(error)) from error

    def _within(self, address: Address, target: str, headers: Mapping[str, str], call: "_Call") -> Answer:
        """Sorts what goes wrong with the connection. Whatever is raised after the time was over was raised for that."""
        with Deadline(self._limits.seconds) as deadline:
            try:
                answer = self._spoken(address, target, headers, deadline, call)
            except (OSError, HTTPError, HTTPException, WebShopFailure) as error:
                if deadline.is_over:
                    raise Down("timeout") from error
                raise _failure(error) from error
            # A body without a length ends where the connection was cut.
            if deadline.is_over:
                raise Down("timeout")
            return answer

    def _spoken(
        self, address: Address, target: str, headers: Mapping[str, str], deadline: Deadline, call: "_Call"
    ) -> Answer:
        ips = deadline.within(partial(resolved, address, self._resolver))
        dial = partial(connected, ips, address.port, deadline, self._limits.attempt_seconds)
        most_bytes = self._limits.most_bytes + self._limits.free_bytes
        talk = speaking(address, dial, lambda: self._tls, seconds=self._limits.seconds, most_bytes=most_bytes)
        with closing(talk) as connection:
            connection.request("GET", target, headers=headers, preload_content=False, decode_content=False)
            with closing(connection.getresponse()) as response:
                call.status = response.status
                return self._answer(response)

    def _answer(self, response: HTTPResponse) -> Answer:
        if response.status == 200:
            return self._read_answer(response)
        if 300 <= response.status < 400:
            raise Unreadable("redirect", response.status)
        code = self._code(response)
        if response.status in _PASSING or response.status >= 500:
            raise Down(code, response.status, retry_after=self._retry_after(response))
        kind = NotThere if response.status == 404 and _UNKNOWN.fullmatch(code) else Declined
        raise kind(code, response.status) if response.status >= 400 else Unreadable(code, response.status)

    def _read_answer(self, response: HTTPResponse) -> Answer:
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise Unreadable("html" if kind == "text/html" else "not-json", response.status)
        return Answer(
            body=self._body(response),
            total=_count(response.headers.get("X-WP-Total")),
            pages=_count(response.headers.get("X-WP-TotalPages")),
            at=_date(response.headers.get("Date")),
        )

    def _body(self, response: HTTPResponse) -> Any:
        """PHP that dies, or is stopped, leaves nothing, or a part of which nobody has told how long the whole would be."""
        body = whole(response, self._limits)
        is_cut = not body or not (response.chunked or "Content-Length" in response.headers)
        try:
            return parsed(body, self._limits)
        except Unreadable as error:
            if is_cut and error.code == "not-json":
                raise Down("broken", response.status) from error
            raise

    def _code(self, response: HTTPResponse) -> str:
        """WordPress's word for what is wrong. Of what others answer (firewalls, hosts) only the status is kept."""
        code = f"http-{response.status}"
        try:
            told = parsed(whole(response, self._limits), self._limits)
        except (WebShopFailure, OSError, HTTPError, HTTPException):
            return code
        said = told.get("code") if isinstance(told, dict) else None
        return said if isinstance(said, str) and _CODE.fullmatch(said) else code

    def _retry_after(self, response: HTTPResponse) -> float | None:
        """Seconds, from seconds or a date; the date is by the shop's own clock."""
        asked = response.headers.get("Retry-After", "").strip()
        if _COUNT.fullmatch(asked):
            return min(float(asked), self._limits.retry_after_seconds)
        until = _date(asked)
        if until is None:
            return None
        seconds = (until - (_date(response.headers.get("Date")) or clock.now())).total_seconds()
        return min(seconds, self._limits.retry_after_seconds) if seconds >= 0 else None

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """The same roots as for the other providers. Made when it is first needed: it takes a while, and gevent must have patched ssl."""
        return self._given_tls or ssl.create_default_context(cafile=certifi.where())


class _Call:
    """What the log tells of a call: no query, no key, nothing of the answer."""

    def __init__(self, path: str) -> None:
        self.path, self.host, self.outcome = path, "", "failed"
        self.status: int | None = None
        self.code: str | None = None
        self._began = time.monotonic()

    def write_down(self) -> None:
        told = {"host": self.host, "path": self.path, "status": self.status, "outcome": self.outcome}
        log.info("web_shop_call", **told, code=self.code, ms=round((time.monotonic() - self._began) * 1000))


def _target(address: Address, path: str, query: str) -> str:
    return address.path + API + (f"/{path}" if path else "") + (f"?{query}" if query else "")


def _headers(access: Access) -> dict[str, str]:
    pair = base64.b64encode(f"{access.key}:{access.secret}".encode()).decode()
    return {
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "Authorization": f"Basic {pair}",
        "Connection": "close",
        "User-Agent": "TapPass",
    }


def _failure(error: Exception) -> WebShopFailure:
    if isinstance(error, WebShopFailure):
        return error
    if isinstance(error, ssl.SSLCertVerificationError):
        return Declined("certificate")
    if isinstance(error, HTTPException) and not isinstance(error, RemoteDisconnected):
        return Unreadable("not-http")
    return Down(_why_down(error))


def _why_down(error: Exception) -> str:
    kinds: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
        (socket.gaierror, "name-not-found"),
        ((TimeoutError, ReadTimeoutError), "timeout"),
        (ssl.SSLError, "tls"),
        (ConnectionRefusedError, "refused"),
    )
    return next((code for kind, code in kinds if isinstance(error, kind)), "broken")


def _count(told: str | None) -> int | None:
    return int(told) if told is not None and _COUNT.fullmatch(told) else None


def _date(told: str | None) -> datetime | None:
    """A date of HTTP's. Python's reading of it raises all sorts of things."""
    try:
        read_as = parsedate_to_datetime(told or "")
        return read_as.astimezone(UTC) if read_as.tzinfo else read_as.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


# It would write addresses with their queries into the log, when headers are odd.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)
