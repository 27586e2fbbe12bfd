"""What the gateway sends to Stripe, how it sorts what comes back, and which events it believes."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
import stripe

from pos.config import StripeSettings
from pos.payments import gateway
from pos.payments.gateway import BadEvent, Declined, Down, Gateway, KeyRefused, StripeFailure, Unclear, signature
from tests.checkout.provider import Answer, Provider, error
from tests.running import ROOT

SETTINGS = StripeSettings("sk_test_51Secret", ("whsec_new", "whsec_old"), None, is_sandbox=False)
NOW = 1_790_000_000
EVENT = {"id": "evt_1", "object": "event", "type": "charge.refunded", "data": {"object": {"id": "ch_1"}}}
BODY = json.dumps(EVENT)


def played(*answers: Answer, path: str = "/v1/payment_links") -> tuple[Gateway, Provider]:
    provider = Provider()
    if answers:
        provider.says("POST", path, *answers)
    return Gateway(SETTINGS, transport=provider), provider


def create(given: Gateway, account: str | None = "acct_1") -> Any:
    return given.create_link({"metadata": {"link_id": "1"}}, account=account, key="order:1:link:1")


# --- events -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", SETTINGS.webhook_secrets)
@pytest.mark.parametrize("age", [-299, 0, 300])
def test_event_signed_by_one_of_the_secrets_is_read(secret: str, age: int) -> None:
    assert read(BODY, signature(BODY, secret, NOW - age)) == EVENT


def test_event_may_carry_other_schemes_and_further_signatures() -> None:
    signed = signature(BODY, "whsec_old", NOW)

    assert read(BODY, f"{signed},v1={'0' * 64},v0={'1' * 64}") == EVENT


GOOD = signature(BODY, "whsec_new", NOW)
STALE = signature(BODY, "whsec_new", NOW - 301)


@pytest.mark.parametrize(
    "header",
    [
        None, "", "x", GOOD.upper(), GOOD.replace("v1=", "v0="), GOOD.replace("t=", "T="), GOOD.split(",")[0], GOOD.split(",")[1],
        signature(BODY, "whsec_other", NOW), signature(BODY, "", NOW), signature(BODY + " ", "whsec_new", NOW),
        STALE, signature(BODY, "whsec_new", NOW + 301), signature(BODY, "whsec_new", 10**11), f"t={10**400},v1=0", "t=-1,v1=0",
        f"t={NOW},v1={'ö' * 64}", f"t={NOW},v1={'０' * 64}", f"t={NOW},v1=\0", "t=,v1=", "=,=", "," * 1000, "t=nan,v1=0",
    ],
)  # fmt: skip
def test_event_that_stripe_has_not_signed_now_is_refused(header: str | None) -> None:
    with pytest.raises(BadEvent, match="signature"):
        read(BODY, header)


@pytest.mark.parametrize(
    "header",
    [
        f"{STALE.replace('t=', 't=+')},t={NOW}",
        f"{STALE.replace('t=', 't= ')},t={NOW}",
        f"t={NOW},{STALE}",
        f"{STALE},t={NOW}",
        f"{STALE.replace('t=1', 't=1_')},t={NOW}",
    ],
)
def test_old_signature_does_not_get_young_by_a_second_time(header: str) -> None:
    with pytest.raises(BadEvent, match="signature"):
        read(BODY, header)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"7", b'"evt_1"', b"[]", b"[{}]", b"{}", b"\xff\xfe", b"\xc3\x28", BODY.encode()[:-1], BODY.encode("utf-16"),
        b"\xef\xbb\xbf" + BODY.encode(), b"[" * 100_000, b'{"a":' * 5000 + b"1" + b"}" * 5000, BODY.encode() + b"\0", b"NaN",
        b'{"id": "evt\\ud800"}', json.dumps(EVENT | {"id": "a\0b"}).encode(), json.dumps(EVENT | {"id": None}).encode(),
        json.dumps(EVENT | {"id": ""}).encode(), json.dumps(EVENT | {"id": 5}).encode(), json.dumps(EVENT | {"type": ["x"]}).encode(),
        json.dumps(EVENT | {"object": "v2.core.event"}).encode(), json.dumps(EVENT | {"data": None}).encode(),
        json.dumps(EVENT | {"data": {"object": []}}).encode(), json.dumps(EVENT | {"data": {"object": "ch_1"}}).encode(),
    ],
)  # fmt: skip
def test_body_that_is_no_event_is_refused_though_it_is_signed(body: bytes) -> None:
    with pytest.raises(BadEvent) as refused:
        Gateway(SETTINGS).read_event(body, signature(body.decode(errors="replace"), "whsec_new", NOW), NOW)

    assert "evt" not in str(refused.value)


@pytest.mark.parametrize("typed", ["\\u0000", "\\\\u0000", "C:\\users\\0"])
def test_backslashes_that_somebody_typed_are_no_nul(typed: str) -> None:
    body = json.dumps(EVENT | {"note": typed})

    assert read(body, signature(body, "whsec_new", NOW))["note"] == typed


def read(body: str, header: str | None) -> Any:
    return Gateway(SETTINGS).read_event(body.encode(), header, NOW)


# --- what comes back --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "failure", "tries"),
    [
        ((402, error("card_error", "card_declined")), Declined, 1),
        ((400, error("invalid_request_error", "amount_too_small")), Declined, 1),
        ((404, error("invalid_request_error", "resource_missing")), Declined, 1),
        ((401, error("invalid_request_error")), KeyRefused, 1),
        ((403, error("invalid_request_error", "account_invalid")), KeyRefused, 1),
        ((409, error("idempotency_error", "idempotency_key_in_use")), Down, 3),
        ((429, error("invalid_request_error", "rate_limit")), Down, 1),
        ((500, error("api_error")), Unclear, 3),
        ((502, "<html>Bad gateway</html>"), Unclear, 3),
        ((503, ""), Unclear, 3),
        ((200, "<html>Sign in to the guests' network</html>"), Unclear, 1),
        ((404, "<html>Not found</html>"), Unclear, 1),
        (TimeoutError(), Unclear, 3),
        (ConnectionResetError(), Unclear, 3),
        (ConnectionRefusedError(), Unclear, 3),
    ],
)
def test_failures_are_sorted(answer: Answer, failure: type[StripeFailure], tries: int) -> None:
    given, provider = played(answer)

    with pytest.raises(failure) as raised:
        create(given)

    assert type(raised.value) is failure
    assert not getattr(raised.value, "is_replayed", False)
    assert {call.key for call in provider.calls} == {"order:1:link:1"}
    assert len(provider.calls) == tries


def test_refused_key_waits_as_an_outage_does() -> None:
    assert issubclass(KeyRefused, Down)


def test_declined_says_stripes_reason_and_code() -> None:
    given, _ = played((402, error("card_error", "card_declined")))

    with pytest.raises(Declined) as raised:
        create(given)

    assert (raised.value.reason, raised.value.code) == ("As Stripe puts it.", "card_declined")


@pytest.mark.parametrize(
    "answer",
    [
        (500, error("api_error"), {"Idempotent-Replayed": "true"}),
        (500, error("api_error"), {"idempotent-replayed": "true"}),
        # The same key for another request: Stripe would refuse it as long as it remembers the key.
        (400, error("idempotency_error")),
    ],
)
def test_what_stripe_keeps_with_the_key_needs_a_new_one(answer: Answer) -> None:
    given, _ = played(answer)

    with pytest.raises(Unclear) as raised:
        create(given)

    assert raised.value.is_replayed


@pytest.mark.parametrize(
    "first", [TimeoutError(), (500, error("api_error")), (409, error("api_error")), ConnectionError()]
)
def test_retry_within_a_call_sends_the_same_again(first: Answer) -> None:
    given, provider = played(first, (200, {"id": "plink_1", "url": "https://buy.example/1"}))

    made = create(given)

    assert made == {"id": "plink_1", "url": "https://buy.example/1"}
    assert len(provider.calls) == 2
    assert len({(call.key, call.path, str(call.form)) for call in provider.calls}) == 1


# --- what is sent -----------------------------------------------------------------------------------------


def test_calls_are_made_in_the_name_of_the_account_with_our_version() -> None:
    given, provider = played()

    create(given, "acct_7")
    create(given, None)

    named, own = (call.headers for call in provider.calls)
    assert (named["Stripe-Account"], named["Stripe-Version"]) == ("acct_7", gateway.API_VERSION)
    assert "Stripe-Account" not in own
    assert {headers["Authorization"] for headers in (named, own)} == {"Bearer sk_test_51Secret"}


@pytest.mark.parametrize(
    ("act", "method", "path", "form"),
    [
        (lambda g: g.deactivate_link("plink_1", account="acct_1"), "POST", "/v1/payment_links/plink_1", {"active": "false"}),
        (
            lambda g: g.sessions("plink_1", "open", account="acct_1"),
            "GET",
            "/v1/checkout/sessions",
            {"payment_link": "plink_1", "status": "open", "limit": "100"},
        ),
        (lambda g: g.expire_session("cs_1", account="acct_1"), "POST", "/v1/checkout/sessions/cs_1/expire", {}),
        (lambda g: g.payment_intent("pi_1", account="acct_1"), "GET", "/v1/payment_intents/pi_1", {}),
        (
            lambda g: g.create_refund({"payment_intent": "pi_1", "amount": 5}, account="acct_1", key="refund:1"),
            "POST",
            "/v1/refunds",
            {"payment_intent": "pi_1", "amount": "5"},
        ),
        (
            lambda g: g.refunds(payment_intent="pi_1", account="acct_1"),
            "GET",
            "/v1/refunds",
            {"payment_intent": "pi_1", "limit": "100"},
        ),
        (
            lambda g: g.disputes(created={"gte": 5}, account="acct_1"),
            "GET",
            "/v1/disputes",
            {"created[gte]": "5", "limit": "100"},
        ),
    ],
)  # fmt: skip
def test_each_call(act: Callable[[Gateway], Any], method: str, path: str, form: dict[str, str]) -> None:
    given, provider = played()
    provider.intents["pi_1"] = {"id": "pi_1"}

    act(given)

    [call] = provider.calls
    assert (call.method, call.path, {**call.form}) == (method, path, form)
    assert call.headers["Stripe-Account"] == "acct_1"


def test_lists_are_read_to_their_end() -> None:
    pages = (
        {"object": "list", "data": [{"id": f"re_{n}", "object": "refund"}], "has_more": n < 3, "url": "/v1/refunds"}
        for n in (1, 2, 3)
    )
    provider = Provider()
    provider.says("GET", "/v1/refunds", *((200, page) for page in pages))

    found = Gateway(SETTINGS, transport=provider).refunds(account=None)

    assert [refund["id"] for refund in found] == ["re_1", "re_2", "re_3"]
    assert [call.form.get("starting_after") for call in provider.calls] == [None, "re_1", "re_2"]


def test_session_that_is_not_open_any_more_is_no_failure() -> None:
    given, _ = played((400, error("invalid_request_error")), path="/v1/checkout/sessions/cs_1/expire")

    given.expire_session("cs_1", account=None)


def test_network_has_timeouts_retries_and_no_telemetry() -> None:
    client = Gateway(SETTINGS)._client._requestor._client  # type: ignore[attr-defined]

    assert isinstance(client, stripe.RequestsClient)
    assert client._timeout == (gateway.CONNECT_SECONDS, gateway.READ_SECONDS)
    assert Gateway(SETTINGS)._client._requestor._options.max_network_retries == gateway.NETWORK_RETRIES
    assert stripe.enable_telemetry is False


@pytest.mark.parametrize(("key", "is_live"), [("sk_live_1", True), ("rk_live_1", True), ("sk_test_1", False)])
def test_mode_is_that_of_the_key(key: str, is_live: bool) -> None:
    assert Gateway(replace(SETTINGS, secret_key=key)).is_live is is_live


def talk() -> None:
    """Calls that go wrong and well, in a process of its own whose output can be read whole."""
    told = {"client_secret": "pi_secret", "receipt_email": "ada@example.com"}
    given, _ = played(
        (402, error("card_error", "card_declined", payment_intent=told)),
        (200, {"id": "plink_1", "url": "https://buy.example/1"}),
    )
    with suppress(Declined):
        create(given)
    create(given)


def test_log_says_what_was_called_and_nothing_secret() -> None:
    program = f"from {__name__} import talk; talk()"

    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    said = ended.stdout + ended.stderr
    assert (said.count("stripe_failure"), said.count("stripe_call")) == (1, 2)
    assert (said.count("card_declined"), said.count("succeeded")) == (1, 1)
    for secret in ("sk_test_51Secret", "whsec_", "pi_secret", "ada@example.com", "As Stripe puts it", "buy.example"):
        assert secret not in said


def test_signature_is_as_stripe_makes_it() -> None:
    signed_at = int(time.time())

    assert stripe.Webhook.construct_event(BODY, signature(BODY, "whsec_new", signed_at), "whsec_new")["id"] == "evt_1"
