"""What a shop is asked, what its answers become, and that no server makes us connect elsewhere, wait, or take in more than we would."""

import base64
import gzip
import json
import socket
import ssl
import subprocess
import sys
import threading
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask import Flask

from pos.db import transaction
from pos.woocommerce.gateway import (
    Access,
    Answer,
    Declined,
    Down,
    Gateway,
    Limits,
    NotThere,
    TooLarge,
    Unreadable,
    WebShopFailure,
)
from tests.woocommerce import hostile
from tests.woocommerce.hostile import Certificates, Names, Server, answer, certificates, dripping, pouring, server
from tests.woocommerce.test_address import NOT_PUBLIC

# What somebody waits who waits for the deadline; and what no test needs.
SHORT, AMPLE_SECONDS = Limits(seconds=0.4), 3.0
KEY, SECRET = "ck_0123456789abcdef", "cs_fedcba9876543210"
NAME = "shop.example.invalid"
# An address that is public and nobody's, and one of this machine.
PUBLIC, LOOPBACK = "2001:2000::1", "127.0.0.1"


@pytest.fixture
def running() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("certificates"))


def ask(url: str | Server, path: str = "orders", *, params: Any = None, **options: Any) -> Answer:
    gateway = Gateway(**{"allows_loopback": True, "own": None} | options)
    return gateway.get(Access(url if isinstance(url, str) else url.url, KEY, SECRET), path, params or {})


def failure(*asked: Any, **options: Any) -> Any:
    with pytest.raises(WebShopFailure) as raised:
        ask(*asked, **options)
    return raised.value


def answered(sent: bytes, **options: Any) -> Answer:
    with server(sent) as shop:
        return ask(shop, **options)


def failed(sent: bytes, **options: Any) -> Any:
    with server(sent) as shop:
        return failure(shop, **options)


# What is asked


def test_get_asks_with_the_key_and_tells_no_more() -> None:
    with server(answer(b"[]")) as shop:
        ask(f"{shop.url}/de/shop/", "orders/12/refunds", params={"page": 2, "after": "2026-01-01T00:00:00+00:00"})

    first, *rest = shop.requests[0].split("\r\n")
    assert (
        first == "GET /de/shop/wp-json/wc/v3/orders/12/refunds?page=2&after=2026-01-01T00%3A00%3A00%2B00%3A00 HTTP/1.1"
    )
    pair = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
    assert sorted(line for line in rest if line) == sorted(
        [
            f"Host: 127.0.0.1:{shop.port}",
            "Accept: application/json",
            "Accept-Encoding: gzip",
            f"Authorization: Basic {pair}",
            "Connection: close",
            "User-Agent: TapPass",
        ]
    )


def test_get_of_nothing_asks_for_the_index() -> None:
    with server(answer(b"{}")) as shop:
        ask(shop, "")

    assert shop.requests[0].startswith("GET /wp-json/wc/v3 HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "path",
    ["/orders", "orders/", "orders/../x", "orders?x=1", "orders\r\nX: y", "orders/1 2", "Orders", "a//b", "http://x"],
)
def test_get_refuses_a_path_that_is_not_ours(path: str) -> None:
    with server(answer(b"{}")) as shop, pytest.raises(ValueError, match="no path"):
        ask(shop, path)

    assert shop.connections == 0


def test_get_refuses_to_be_called_inside_a_transaction(app: Flask) -> None:
    with server(answer(b"[]")) as shop:
        with transaction(None), pytest.raises(RuntimeError, match="inside a transaction"):
            ask(shop)
        assert shop.connections == 0

        assert ask(shop).body == []


def test_get_ignores_proxies_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with server(answer(b"[]")) as shop, server(answer(b'["proxy"]')) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)

        assert ask(shop).body == []

    assert proxy.connections == 0


def test_each_call_is_one_line_without_secrets() -> None:
    sent = answer(b'{"code": "woocommerce_rest_cannot_view"}', "401 Unauthorized")

    with server(sent) as shop, structlog.testing.capture_logs() as logged:
        failure(shop, "customers", params={"email": "ada@example.com"})

    [line] = logged
    assert line.pop("ms") >= 0
    assert line == {
        "event": "web_shop_call",
        "log_level": "info",
        "host": "127.0.0.1",
        "path": "customers",
        "status": 401,
        "outcome": "declined",
        "code": "woocommerce_rest_cannot_view",
    }


def test_odd_headers_write_no_query_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    sent = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nno colon\r\nContent-Length: 2\r\n\r\n[]"

    with server(sent) as shop:
        ask(shop, params={"email": "ada@example.com"})

    assert "email=" not in caplog.text


# What answers become


def test_answer_keeps_numbers_exact_and_tells_pages_and_the_clock() -> None:
    body = '[{"id": 12, "total": "19.90", "rate": 8.2500, "name": "Bière ü [x] {", "none": null}]'.encode()

    found = answered(
        answer(body, X_WP_Total="101", X_WP_TotalPages="11", Date="Sun, 22 Nov 2026 13:00:00 GMT"),
    )

    assert found == Answer(
        body=[{"id": 12, "total": "19.90", "rate": Decimal("8.2500"), "name": "Bière ü [x] {", "none": None}],
        total=101,
        pages=11,
        at=datetime(2026, 11, 22, 13, tzinfo=UTC),
    )
    assert str(found.body[0]["rate"]) == "8.2500"


@pytest.mark.parametrize("odd", ["-1", "1.5", "x", "", "9" * 30, "1_0", "\u00b2"])
def test_answer_leaves_out_odd_counts_and_dates(odd: str) -> None:
    found = answered(answer(b"[]", X_WP_Total=odd, X_WP_TotalPages=odd, Date=odd))

    assert (found.total, found.pages, found.at) == (None, None, None)


@pytest.mark.parametrize(
    "sent",
    [
        hostile.gzipped(b"[1.5]"),
        answer(b"\xef\xbb\xbf[1.5]"),
        answer(b"[1.5]", Content_Type="Application/JSON"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + answer(b"[1.5]"),
        hostile.JSON_HEADERS + b"\r\n[1.5]",
        hostile.JSON_HEADERS + b"Transfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n3\r\n.5]\r\n0\r\n\r\n",
        hostile.JSON_HEADERS
        + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"".join(b"1\r\n" + bytes([byte]) + b"\r\n" for byte in gzip.compress(b"[1.5]"))
        + b"0\r\n\r\n",
        answer(b"[1.5]", Content_Encoding="identity"),
    ],
)
def test_answer_is_taken_however_it_is_packed(sent: bytes) -> None:
    assert answered(sent).body == [Decimal("1.5")]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<html>", "not-json"),
        (b"<br />\n<b>Notice</b>: undefined index\n[]", "not-json"),
        (b"[1,", "not-json"),
        (b'{"a": [1}', "not-json"),
        (b"[1] trailing", "not-json"),
        (b"null", "not-json"),
        (b'"text"', "not-json"),
        (b"12", "not-json"),
        (b"[NaN]", "not-json"),
        (b"[Infinity]", "not-json"),
        (b"[-Infinity]", "not-json"),
        (b'{"a": 1, "a": 2}', "not-json"),
        (b'[{"id": 1, "\\u0069d": 2}]', "not-json"),
        (b"[1e400]", "not-json"),
        (b"[1e-999999999]", "not-json"),
        (b"[1e99999999999999999999999999]", "not-json"),
        (b"[0." + b"1" * 500 + b"]", "not-json"),
        (b"[" + b"9" * 5000 + b"]", "not-json"),
        (b"[\xff]", "not-json"),
        (b'["\xff"]', "not-json"),
        ('["ü"]'.encode("utf-16"), "not-json"),
        (b"[" * 100_000, "not-json"),
        (b'"' + b'\\"' * 1_000_000, "not-json"),
        (b"[" * 65 + b"]" * 65, "too-deep"),
        (b"[" * 100_000 + b"]" * 100_000, "too-deep"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "too-deep"),
    ],
)
def test_answer_that_is_no_json_of_a_shop_is_unreadable(body: bytes, code: str) -> None:
    refused = failed(answer(body))

    assert type(refused) is Unreadable
    assert refused.code == code


def test_answer_may_be_nested_as_deep_as_allowed() -> None:
    assert answered(answer(b'{"a":[' * 32 + b"]}" * 32)).body

    assert answered(answer(b'["' + b"[{" * 1000 + b'\\"]"]')).body


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (answer(b"[]", Content_Type="text/html; charset=UTF-8"), "html"),
        (answer(b"[]", Content_Type="text/plain"), "not-json"),
        (answer(b"[]", Content_Type="application/json5"), "not-json"),
        (answer(b"[]", Content_Type=""), "not-json"),
        (answer(b"[]", "204 No Content"), "http-204"),
        (answer(b"[]", "206 Partial Content"), "http-206"),
        (answer(b"[]", Content_Encoding="br"), "encoding"),
        (answer(b"[]", Content_Encoding="gzip, gzip"), "encoding"),
        (answer(b"[]", Content_Encoding="deflate"), "encoding"),
        (answer(b"[]", Content_Encoding="gzip"), "not-gzip"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not-http"),
        (b"\x00\x01\x02\xff\r\n\r\n", "not-http"),
        (b"+OK hello\r\n" * 1000, "not-http"),
        (b"HTTP/1.1 abc\r\n\r\n", "not-http"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "not-http"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n", "not-http"),
        (b"HTTP/1.1 " + b"2" * 100_000, "not-http"),
    ],
)
def test_answer_that_no_shop_gives_is_unreadable(sent: bytes, code: str) -> None:
    refused = failed(sent)

    assert type(refused) is Unreadable
    assert refused.code == code


@pytest.mark.parametrize(
    "status",
    ["300 Choices", "301 Moved", "302 Found", "303 See Other", "304 Not Modified", "307 Temporary", "308 Permanent"],
)
def test_redirect_is_not_followed(status: str) -> None:
    with (
        server(answer(b"[]")) as other,
        server(answer(b"", status, Location=f"{other.url}/wp-json/wc/v3/orders")) as shop,
    ):
        refused = failure(shop)

    assert (type(refused), refused.code, refused.status) == (Unreadable, "redirect", int(status[:3]))
    assert "enter the address" in refused.reason
    assert (shop.connections, other.connections) == (1, 0)


def test_redirect_to_where_machines_get_their_passwords_is_not_followed() -> None:
    refused = failed(answer(b"", "302 Found", Location="http://169.254.169.254/latest/meta-data/"))

    assert refused.code == "redirect"
    assert "169.254" not in refused.reason


# What failures become


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (401, b'{"code":"woocommerce_rest_authentication_error","message":"Consumer key is invalid."}', Declined, "woocommerce_rest_authentication_error"),
        (401, b'{"code":"woocommerce_rest_cannot_view","data":{"status":401}}', Declined, "woocommerce_rest_cannot_view"),
        (403, b"<html>Attention Required</html>", Declined, "http-403"),
        (404, b'{"code":"woocommerce_rest_shop_order_invalid_id"}', NotThere, "woocommerce_rest_shop_order_invalid_id"),
        (404, b'{"code":"woocommerce_rest_invalid_id"}', NotThere, "woocommerce_rest_invalid_id"),
        (404, b'{"code":"woocommerce_rest_term_invalid"}', NotThere, "woocommerce_rest_term_invalid"),
        (404, b'{"code":"rest_no_route"}', Declined, "rest_no_route"),
        (404, b"<html>", Declined, "http-404"),
        (400, b'{"code":"rest_invalid_param"}', Declined, "rest_invalid_param"),
        (418, b"[]", Declined, "http-418"),
        (410, b'{"code":["a"]}', Declined, "http-410"),
        (401, b'{"code":"secret ck_0123 in words"}', Declined, "http-401"),
        (401, b'{"code":"' + b"a" * 100 + b'"}', Declined, "http-401"),
        (401, b"[" * 50_000, Declined, "http-401"),
        (408, b"", Down, "http-408"),
        (429, b'{"code":"too_many"}', Down, "too_many"),
        (500, b'{"code":"internal_server_error"}', Down, "internal_server_error"),
        (503, b"<html>Briefly unavailable</html>", Down, "http-503"),
        (599, b"", Down, "http-599"),
    ],
)  # fmt: skip
def test_status_decides_whether_to_ask_again(status: int, body: bytes, kind: type, code: str) -> None:
    refused = failed(answer(body, f"{status} Whatever"))

    assert (type(refused), refused.code, refused.status) == (kind, code, status)
    assert refused.reason.endswith(".")
    assert "ck_" not in refused.reason


def test_refusal_keeps_its_status_when_its_page_is_too_large_or_cut() -> None:
    too_large = failed(answer(b"x" * 3000, "403 Forbidden"), limits=Limits(most_bytes=1000))
    cut = failed(answer(b"x", "401 Unauthorized", Content_Length="100"))

    assert (too_large.code, cut.code) == ("http-403", "http-401")


@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        ("120", 120.0), ("0", 0.0), ("999999", 3600.0), ("-5", None), ("1.5", None), ("soon", None), ("", None), ("9" * 40, None),
        ("Sun, 22 Nov 2026 13:02:00 GMT", 120.0), ("Sun, 22 Nov 2026 12:00:00 GMT", None), ("Sun, 22 Nov 2099 12:00:00 GMT", 3600.0),
        ("Sun, 99 Nov 2026 13:02:00 GMT", None), ("Sun, 22 Nov 99999 13:02:00 GMT", None), ("Mon, 01 Jan 0001 00:00:00 +2359", None),
    ],
)  # fmt: skip
def test_wait_that_the_shop_asks_for_is_told_within_bounds(asked: str, waits: float | None) -> None:
    told = {"Retry_After": asked, "Date": "Sun, 22 Nov 2026 13:00:00 GMT"}

    assert failed(answer(b"", "429 Too Many Requests", **told)).retry_after == waits


def test_wait_until_a_date_is_counted_by_our_clock_if_the_shop_tells_none() -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)

    asked = failed(answer(b"", "503 Service Unavailable", Retry_After=until)).retry_after

    assert 590 < asked <= 600


def test_nobody_listening_is_down() -> None:
    with hostile.closed_port() as port:
        refused = failure(f"http://127.0.0.1:{port}")

    assert (type(refused), refused.code, refused.retry_after) == (Down, "refused", None)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        answer(b""),
        hostile.JSON_HEADERS,
        hostile.JSON_HEADERS + b"\r\n[1, 2",
        b"HTTP/1.1 200 OK\r\nContent-Ty",
        answer(b"[1, 2", Content_Length="50"),
        hostile.JSON_HEADERS + b"Transfer-Encoding: chunked\r\n\r\n5\r\n[1",
        hostile.JSON_HEADERS + b"Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n",
        hostile.JSON_HEADERS + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n[]\r\n",
        hostile.JSON_HEADERS + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"[1, 2, 3]")[:-9],
    ],
)
def test_connection_that_ends_in_the_middle_is_down(sent: bytes) -> None:
    refused = failed(sent)

    # A head that ends too early is an answer without a type.
    assert (type(refused), refused.code) in {(Down, "broken"), (Unreadable, "not-json")}
    assert (type(refused) is Unreadable) == sent.endswith(b"-Ty")


def test_reset_is_down() -> None:
    def habit(shop: Server, line: socket.socket, _stop: Any) -> None:
        shop.told(line)
        line.sendall(hostile.JSON_HEADERS)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")

    with Server(habit) as shop:
        refused = failure(shop)

    assert (type(refused), refused.code) == (Down, "broken")


def test_unknown_name_is_down() -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    refused = failure("https://shop.example.com", resolver=unknown)

    assert (type(refused), refused.code) == (Down, "name-not-found")
    assert "no website of this name" in refused.reason


def test_address_that_is_none_is_declined() -> None:
    refused = failure("https://shop.example.com?x", allows_loopback=False)

    assert (type(refused), refused.code) == (Declined, "bad-address")
    assert "question mark" in refused.reason


# Where connections go


@pytest.mark.parametrize(
    "host",
    [*NOT_PUBLIC, "localhost", "localhost.", "LOCALHOST", "ⓛocalhost", "user@127.0.0.1", "127.0.0.1\r\n.example.com"],
)
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_no_spelling_of_this_machine_brings_a_connection(host: str, scheme: str) -> None:
    with server(answer(b"[]")) as canary:
        refused = failure(f"{scheme}://{host}:{canary.port}/", allows_loopback=False, https_port=canary.port)

    assert type(refused) is Declined
    assert canary.connections == 0


@pytest.mark.parametrize(
    "ips",
    [
        [LOOPBACK],
        [PUBLIC, LOOPBACK],
        [LOOPBACK, PUBLIC],
        ["::ffff:127.0.0.1"],
        ["::1"],
        ["64:ff9b::7f00:1"],
        ["127.8.8.8"],
    ],
)
def test_no_name_for_this_machine_brings_a_connection(ips: list[str]) -> None:
    with server(answer(b"[]")) as canary:
        url = f"https://{NAME}:{canary.port}"
        refused = failure(url, allows_loopback=False, https_port=canary.port, resolver=Names([ips]))

    assert (type(refused), refused.code) == (Declined, "not-public")
    assert canary.connections == 0


def test_canary_sings() -> None:
    with server(answer(b"[]")) as canary:
        ask(f"http://127.0.0.1:{canary.port}")
        ask(f"http://localhost:{canary.port}", resolver=Names([[LOOPBACK]]))

    assert canary.connections == 2


def test_own_stand_in_is_asked_without_any_setting() -> None:
    with server(answer(b"[]")) as shop:
        own = f"{shop.url}/_sandbox/shop"

        assert ask(own, allows_loopback=False, own=own).body == []
        assert failure(f"{shop.url}/_sandbox", allows_loopback=False, own=own).code == "bad-address"

    assert shop.requests[0].startswith("GET /_sandbox/shop/wp-json/wc/v3/orders ")
    assert shop.connections == 1


def test_name_is_looked_up_once_and_what_was_found_is_asked() -> None:
    names = Names([[LOOPBACK], ["127.0.0.2"]])
    with server(answer(b"[]")) as shop, server(answer(b"[]"), host="127.0.0.2", port=shop.port) as rebound:
        ask(f"http://{NAME}:{shop.port}", resolver=names)

    assert names.asked == [NAME]
    assert (shop.connections, rebound.connections) == (1, 0)
    assert f"Host: {NAME}:{shop.port}\r\n" in shop.requests[0]


def test_name_is_looked_up_anew_at_each_call() -> None:
    names = Names([[LOOPBACK], ["10.0.0.1"]])
    with server(answer(b"[]")) as shop:
        gateway = Gateway(allows_loopback=True, own=None, resolver=names)
        access = Access(f"http://{NAME}:{shop.port}", KEY, SECRET)
        gateway.get(access, "orders")

        with pytest.raises(Declined):
            gateway.get(access, "orders")

    assert shop.connections == 1


def test_next_address_is_tried_when_one_does_not_answer() -> None:
    with server(answer(b"[]")) as shop:
        found = ask(f"http://{NAME}:{shop.port}", resolver=Names([["127.0.0.3", "::1", LOOPBACK]]))

    assert found.body == []


# TLS


def test_certificate_must_bear_the_name(running: ExitStack, authority: Certificates) -> None:
    asked: list[str | None] = []
    tls = authority.of(NAME)
    tls.sni_callback = lambda _line, name, _context: asked.append(name)
    shop = running.enter_context(server(answer(b"[]"), tls=tls))
    options: dict[str, Any] = {"resolver": Names([[LOOPBACK]]), "tls": authority.trusted()}

    assert ask(f"https://{NAME}:{shop.port}", **options).body == []
    other = failure(f"https://other.example.invalid:{shop.port}", **options)
    by_number = failure(f"https://127.0.0.1:{shop.port}", **options)

    assert asked == [NAME, "other.example.invalid", None]
    assert [(type(each), each.code) for each in (other, by_number)] == [(Declined, "certificate")] * 2
    [told] = shop.requests
    assert f"Host: {NAME}:{shop.port}\r\n" in told


def test_certificate_of_an_unknown_authority_is_declined(running: ExitStack, authority: Certificates) -> None:
    shop = running.enter_context(server(answer(b"[]"), tls=authority.of(NAME)))

    refused = failure(f"https://{NAME}:{shop.port}", resolver=Names([[LOOPBACK]]))

    assert (type(refused), refused.code) == (Declined, "certificate")
    assert shop.requests == []


def test_certificate_of_an_address_is_enough_for_it(running: ExitStack, authority: Certificates) -> None:
    shop = running.enter_context(server(answer(b"[]"), tls=authority.of("127.0.0.1")))

    assert ask(shop, tls=authority.trusted()).body == []


@pytest.mark.parametrize(
    "sent", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x15\x03\x03\x00\x02\x02\x28", b"\xff" * 100, b""]
)
def test_broken_handshake_is_down(sent: bytes, authority: Certificates) -> None:
    def habit(_shop: Server, line: socket.socket, _stop: Any) -> None:
        line.recv(4096)
        line.sendall(sent)

    with Server(habit) as shop:
        refused = failure(f"https://127.0.0.1:{shop.port}", tls=authority.trusted())

    assert type(refused) is Down
    assert refused.code in {"tls", "broken"}


# Time


DRIPS = {
    "status": lambda: dripping(b"", b"H"),
    "preliminary answers": lambda: dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "head": lambda: dripping(b"HTTP/1.1 200 OK\r\nX: ", b"y"),
    "headers": lambda: dripping(b"HTTP/1.1 200 OK\r\n", b"X"),
    "body": lambda: dripping(answer(b"[", Content_Length="4000000"), b" "),
    "body without length": lambda: dripping(hostile.JSON_HEADERS + b"\r\n[", b" "),
    "whole body without end": lambda: dripping(hostile.JSON_HEADERS + b"\r\n[]", b" "),
    "chunks": lambda: dripping(hostile.JSON_HEADERS + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "chunk's length": lambda: dripping(hostile.JSON_HEADERS + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "trailers": lambda: dripping(hostile.JSON_HEADERS + b"Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n", b"X: y\r\n"),
    "refusal": lambda: dripping(answer(b"{", "401 Unauthorized", Content_Length="4000"), b" "),
    "silence": hostile.silent,
}  # fmt: skip


@pytest.mark.parametrize("phase", DRIPS)
def test_drip_is_cut_off_in_time(phase: str) -> None:
    with DRIPS[phase]() as shop:
        began = time.monotonic()
        refused = failure(shop, limits=SHORT)
        seconds = time.monotonic() - began

    assert (type(refused), refused.code) == (Down, "timeout")
    assert SHORT.seconds * 0.9 < seconds < AMPLE_SECONDS


@pytest.mark.parametrize("before", [b"", b"\x16\x03\x03\x40\x00"])
def test_drip_in_the_handshake_is_cut_off_in_time(before: bytes, authority: Certificates) -> None:
    with dripping(before, b"\x16", asks=False) as shop:
        began = time.monotonic()
        refused = failure(f"https://127.0.0.1:{shop.port}", limits=SHORT, tls=authority.trusted())
        seconds = time.monotonic() - began

    assert type(refused) is Down
    assert seconds < AMPLE_SECONDS


def test_drip_inside_of_tls_is_cut_off_in_time(authority: Certificates) -> None:
    with dripping(hostile.JSON_HEADERS + b"\r\n[", b" ", tls=authority.of("127.0.0.1")) as shop:
        refused = failure(shop, limits=SHORT, tls=authority.trusted())

    assert (type(refused), refused.code) == (Down, "timeout")


def test_slow_name_server_is_not_waited_for() -> None:
    done = threading.Event()

    def slow(*_: Any, **__: Any) -> Any:
        done.wait(5)
        return []

    refused = failure("https://shop.example.com", resolver=slow, limits=SHORT)
    done.set()

    assert (type(refused), refused.code) == (Down, "timeout")


def test_deadline_that_was_kept_leaves_no_thread() -> None:
    before = threading.active_count()
    with server(answer(b"[]")) as shop:
        for _ in range(5):
            ask(shop)
    ends_at = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < ends_at:
        threading.Event().wait(0.01)

    assert threading.active_count() <= before


GREENLETS = """
from gevent import monkey
monkey.patch_all()
import sys, threading, time
from pos.woocommerce.gateway import Access, Gateway, Limits, WebShopFailure

ticks = 0
def tick():
    global ticks
    while True:
        time.sleep(0.02)
        ticks += 1
threading.Thread(target=tick, daemon=True).start()
gateway = Gateway(allows_loopback=True, own=None, limits=Limits(seconds=0.4))
for url in sys.argv[1:]:
    began, ticks = time.monotonic(), 0
    try:
        print("answer", gateway.get(Access(url, "k", "s"), "orders").body)
    except WebShopFailure as failure:
        print(failure.code if 0.3 < time.monotonic() - began < 2 and ticks > 5 else f"{time.monotonic() - began} {ticks}")
"""


def test_time_is_kept_among_greenlets_as_well(running: ExitStack) -> None:
    """As in a web process: the others go on meanwhile."""
    shops = [dripping(b"HTTP/1.1 200 OK\r\n", b"X"), dripping(hostile.JSON_HEADERS + b"\r\n[", b" "), hostile.silent()]
    urls = [
        running.enter_context(each).url for each in [*shops, dripping(b"\x16\x03\x03\x40\x00", b"\x16", asks=False)]
    ]
    urls[-1] = urls[-1].replace("http:", "https:")
    fine = running.enter_context(server(answer(b"[1]")))
    root = Path(__file__).parents[2]

    ran = subprocess.run(
        [sys.executable, "-c", GREENLETS, fine.url, *urls],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        cwd=root,
    )

    codes = [line for line in ran.stdout.splitlines() if "web_shop_call" not in line]
    assert codes == ["answer [1]", *["timeout"] * 4], ran.stdout + ran.stderr


# Size


def bomb(size: int) -> bytes:
    return hostile.gzipped(b'["' + b"a" * size + b'"]')


POURED = {
    "body": lambda: pouring(hostile.JSON_HEADERS + b"\r\n[", b" " * 65_536),
    "chunks": lambda: pouring(hostile.JSON_HEADERS + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65_536 + b"\r\n"),
    "chunk of a negative length": lambda: pouring(hostile.JSON_HEADERS + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", b" " * 65_536),
    "chunk of an endless length": lambda: pouring(hostile.JSON_HEADERS + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", b" " * 65_536),
    "trailers": lambda: pouring(hostile.JSON_HEADERS + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n" * 10_000),
    "preliminary answers": lambda: pouring(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2_000),
    "gzip that unpacks to nothing": lambda: pouring(hostile.JSON_HEADERS + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08" + b"\0" * 6, b"a" * 65_536),
}  # fmt: skip


@pytest.mark.parametrize("kind", POURED)
def test_flood_is_cut_off(kind: str) -> None:
    with POURED[kind]() as shop:
        began = time.monotonic()
        refused = failure(shop)
        seconds = time.monotonic() - began

    assert (type(refused), refused.code) == (TooLarge, "too-large")
    assert seconds < AMPLE_SECONDS


def test_answer_of_six_megabytes_is_too_large() -> None:
    refused = failed(answer(b"[" + b" " * 6_000_000 + b"]"))

    assert type(refused) is TooLarge
    assert not isinstance(refused, Declined | Down)


def test_answer_just_within_the_limit_is_taken() -> None:
    limits = Limits(most_bytes=2_000)

    assert answered(answer(b"[" + b" " * 1_998 + b"]"), limits=limits).body == []
    assert failed(answer(b"[" + b" " * 1_999 + b"]"), limits=limits).code == "too-large"


@pytest.mark.parametrize("size", [1_100_000, 4_000_000, 100_000_000])
def test_gzip_bomb_is_too_large(size: int) -> None:
    assert type(failed(bomb(size))) is TooLarge


def test_gzip_bomb_is_not_unpacked() -> None:
    sent = bomb(100_000_000)

    with server(sent) as shop:
        tracemalloc.start()
        failure(shop)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert peak < 30_000_000


def test_first_megabyte_may_be_packed_as_it_likes() -> None:
    assert len(answered(bomb(1_000_000)).body[0]) == 1_000_000


def test_beyond_the_first_megabyte_packing_may_save_nine_tenths() -> None:
    text = "".join(f"{zlib.crc32(str(at).encode()):08x}" for at in range(250_000))

    assert answered(hostile.gzipped(json.dumps([text]).encode())).body == [text]


@pytest.mark.parametrize("body", [b"[" + b"[]," * 600_000 + b"1]", b"[" + b"1," * 600_000 + b"1]", b"[" * 600_000])
def test_too_many_values_are_too_large(body: bytes) -> None:
    refused = failed(answer(body))

    assert (type(refused), refused.code) == (TooLarge, "too-many-values")


def test_signs_inside_of_texts_are_no_values() -> None:
    body = json.dumps(['[,{"' * 300_000]).encode()

    assert answered(answer(body)).body == json.loads(body)


def test_context_of_its_own_trusts_public_authorities_alone() -> None:
    context = Gateway(allows_loopback=False, own=None)._tls

    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.cert_store_stats()["x509_ca"] > 50
