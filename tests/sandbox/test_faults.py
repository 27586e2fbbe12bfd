"""Each fault strikes as ordered, once for each time, and is told by the gateway as what it is."""

from typing import Any

import pytest

from pos.payments.gateway import Down, Gateway, Unclear
from tests.sandbox.conftest import Stand, link_params


def impatient(stand: Stand) -> Gateway:
    """The gateway without the SDK's own second and third try."""
    gateway = stand.gateway
    gateway._client._requestor._options.max_network_retries = 0
    return gateway


def test_500_is_kept_with_the_key_and_replayed(stand: Stand) -> None:
    stand.order(("POST /v1/payment_links", "500"))

    with pytest.raises(Unclear) as failed:
        stand.link("k")
    other = stand.link("k2")

    # The SDK has tried again with the same key, and was given the same failure.
    assert failed.value.is_replayed
    assert [status for _, status, *_ in stand.answers] == [500, 500, 500, 200]
    assert stand.truth()["links"]["by_link_id"] == {"L1": [other["id"]]}


def test_429_does_nothing_and_keeps_nothing(stand: Stand) -> None:
    stand.order(("POST /v1/payment_links", "429"))

    with pytest.raises(Down):
        stand.link("k")
    assert stand.truth()["links"]["count"] == 0

    assert stand.link("k")["active"] is True


@pytest.mark.parametrize(("fault", "made"), [("timeout_before", 0), ("timeout_after", 1), ("reset", 1)])
def test_lost_answer_is_unclear_and_the_key_tells(stand: Stand, fault: str, made: int) -> None:
    stand.order(("POST /v1/payment_links", fault))
    gateway = impatient(stand)

    with pytest.raises(Unclear) as failed:
        gateway.create_link(link_params(), account=None, key="k")
    after = stand.truth()["links"]["count"]
    link = gateway.create_link(link_params(), account=None, key="k")

    assert not failed.value.is_replayed
    assert after == made
    assert stand.truth()["links"]["by_link_id"] == {"L1": [link["id"]]}


def test_sdk_gets_over_a_lost_answer_by_itself(stand: Stand) -> None:
    stand.order(("POST /v1/payment_links", "timeout_after"), ("POST /v1/payment_links", "reset"))

    link = stand.link("k")

    assert stand.truth()["links"]["by_link_id"] == {"L1": [link["id"]]}


@pytest.mark.parametrize(
    ("fault", "status", "refunded", "told"),
    [
        ("refund_pending", "pending", 300, ["refund.created", "charge.refunded"]),
        ("refund_fails", "failed", 0, ["refund.created", "refund.failed"]),
    ],
)
def test_refund_turns_out_as_ordered(stand: Stand, fault: str, status: str, refunded: int, told: list[str]) -> None:
    intent = stand.paid()
    stand.order(("POST /v1/refunds", fault))

    made = stand.gateway.create_refund({"payment_intent": intent, "amount": 300}, account=None, key="r")

    assert made["status"] == status
    assert stand.ask("GET", f"charges/{made['charge']}")[1]["amount_refunded"] == refunded
    assert stand.types()[-2:] == told


def test_fault_strikes_what_it_matches_as_often_as_ordered(stand: Stand) -> None:
    ordered = [
        {"provider": "stripe", "match": "GET /v1/refunds", "fault": "500", "times": 2},
        {"provider": "stripe", "match": "*", "fault": "429", "times": 1},
    ]
    answered = stand.client.put("/_sandbox/faults", json=ordered)

    statuses = [stand.ask("GET", path)[0] for path in ("charges", "charges", "refunds", "refunds/x", "refunds")]

    assert answered.json == ordered
    assert statuses == [429, 200, 500, 500, 200]
    assert stand.client.get("/_sandbox/faults").json == []


def test_new_order_replaces_the_old_one(stand: Stand) -> None:
    stand.order(("*", "429"))
    stand.order(("GET /v1/events", "500"))

    assert [fault["fault"] for fault in stand.client.get("/_sandbox/faults").json or ()] == ["500"]


@pytest.mark.parametrize(("fault", "status"), [("timeout_before", 504), ("timeout_after", 504), ("reset", 502)])
def test_lost_answer_over_http_is_a_gateways(stand: Stand, fault: str, status: int) -> None:
    stand.app.config["SANDBOX_SILENCE_SECONDS"] = 0
    stand.order(("GET /v1/charges", fault))

    answered = stand.client.get("/_sandbox/stripe/v1/charges")
    del stand.app.config["SANDBOX_SILENCE_SECONDS"]

    assert answered.status_code == status


GOOD: dict[str, Any] = {"provider": "stripe", "match": "POST /v1/refunds", "fault": "500", "times": 1}
BAD = [
    {"faults": []},
    "text",
    None,
    [1],
    [{}],
    [GOOD | {"provider": "paypal"}],
    [GOOD | {"match": "POST refunds"}],
    [GOOD | {"match": ""}],
    [GOOD | {"fault": "earthquake"}],
    [GOOD | {"times": 0}],
    [GOOD | {"times": "1"}],
    [GOOD | {"surprise": 1}],
    [GOOD] * 101,
]


@pytest.mark.parametrize("body", BAD)
def test_odd_order_of_faults_is_refused(stand: Stand, body: Any) -> None:
    stand.order(("*", "429"))

    answered = stand.client.put("/_sandbox/faults", json=body)

    assert (answered.status_code, answered.mimetype) == (422, "application/problem+json")
    assert stand.client.get("/_sandbox/faults").json != []
    stand.client.put("/_sandbox/faults", json=[])


def test_order_of_faults_must_be_json(stand: Stand) -> None:
    assert stand.client.put("/_sandbox/faults", data=b"[").status_code == 422
    assert stand.client.put("/_sandbox/faults", data=b"[", content_type="application/json").status_code == 400
