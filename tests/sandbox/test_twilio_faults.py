"""Each fault strikes as ordered, and is told by the gateway as what it is."""

from typing import Any

import pytest

from pos.db import transaction
from pos.messaging.gateway import Down, Unclear
from tests.sandbox.conftest import NUMBER, PHONE, Texting


@pytest.mark.parametrize(
    ("fault", "failure", "sent"),
    [
        ("429", Down, 0),
        ("500", Unclear, 0),
        ("500_after", Unclear, 1),
        ("timeout_before", Unclear, 0),
        ("timeout_after", Unclear, 1),
        ("reset", Unclear, 1),
    ],
)
@pytest.mark.parametrize("match", ["POST /Messages", "POST /2010-04-01/Accounts/", "*"])
def test_fault_is_told_and_what_was_done_stands(
    texting: Texting, fault: str, failure: type[Exception], sent: int, match: str
) -> None:
    texting.order((match, fault))

    with pytest.raises(failure):
        texting.send()
    listed = texting.gateway.sent_to(PHONE)

    assert len(texting.truth()) == len(listed) == sent
    assert texting.send().status == "queued"


def test_fault_strikes_what_it_matches_only(texting: Texting) -> None:
    told = texting.send()
    account = texting.gateway.settings.account_sid
    texting.order((f"GET /2010-04-01/Accounts/{account}/Messages/", "500"), ("POST /Messages/", "429"))

    assert texting.send().status == "queued"
    assert texting.gateway.sent_to(PHONE)
    with pytest.raises(Unclear):
        texting.gateway.look(told.sid)
    assert texting.ask("POST", f"Messages/{told.sid}.json", Status="canceled")[0] == 429
    assert texting.client.get("/_sandbox/faults").json == []


def test_lost_answer_to_a_refusal_is_lost_too(texting: Texting) -> None:
    texting.order(("POST /Messages", "timeout_after"), ("POST /Messages", "500_after"))

    with pytest.raises(Unclear):
        texting.send(to="+15005550001")
    assert texting.create(To="+15005550001")[1]["code"] == 21211


def test_faults_of_stripe_do_not_strike_twilio(texting: Texting) -> None:
    ordered = [{"provider": "stripe", "match": "*", "fault": "429", "times": 1}]
    texting.client.put("/_sandbox/faults", json=ordered)

    assert texting.send().status == "queued"
    assert texting.client.get("/_sandbox/faults").json == ordered


@pytest.mark.parametrize(
    "fault",
    [
        {"provider": "twilio", "match": "POST /v1/refunds", "fault": "500"},
        {"provider": "twilio", "match": "*", "fault": "refund_fails"},
        {"provider": "stripe", "match": "POST /v1/refunds", "fault": "500_after"},
        {"provider": "stripe", "match": "POST /Messages", "fault": "500"},
    ],
)
def test_fault_that_cannot_strike_is_refused(texting: Texting, fault: Any) -> None:
    assert texting.client.put("/_sandbox/faults", json=[fault]).status_code == 422


def test_twilio_is_not_called_inside_a_transaction(texting: Texting) -> None:
    with transaction(None), pytest.raises(RuntimeError, match="inside a transaction"):
        texting.send(sender=NUMBER)


@pytest.mark.parametrize(("fault", "status"), [("timeout_after", 504), ("timeout_before", 504), ("reset", 502)])
def test_lost_answer_over_http_is_a_gateways(texting: Texting, fault: str, status: int) -> None:
    texting.app.config["SANDBOX_SILENCE_SECONDS"] = 0
    texting.order(("GET /Messages", fault))

    answered = texting.client.get(f"/_sandbox/twilio/2010-04-01/Accounts/AC{'0' * 32}/Messages.json")
    del texting.app.config["SANDBOX_SILENCE_SECONDS"]

    assert answered.status_code == status
