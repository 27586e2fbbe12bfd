"""What the bank and the dashboard do: refunds, disputes; and that odd requests are refused, never a bug of ours."""

from typing import Any

import pytest

from tests.sandbox.conftest import ACCOUNT, Stand


def refunded(stand: Stand, intent: str) -> int:
    charge = stand.ask("GET", f"payment_intents/{intent}")[1]["latest_charge"]
    return int(stand.ask("GET", f"charges/{charge}")[1]["amount_refunded"])


@pytest.mark.parametrize(("sent", "amount"), [({}, 800), ({"amount": 300}, 300)])
@pytest.mark.parametrize("form", ["json", "data"])
def test_refund_in_the_dashboard_is_told_by_events(stand: Stand, sent: dict[str, int], amount: int, form: str) -> None:
    intent = stand.paid()

    answered = stand.client.post("/_sandbox/refunds", **{form: {"payment_intent": intent, **sent}})

    assert answered.status_code == 201
    assert answered.json is not None
    assert (answered.json["amount"], answered.json["metadata"]) == (amount, {})
    assert refunded(stand, intent) == amount
    assert stand.types()[-2:] == ["refund.created", "charge.refunded"]


def test_refund_in_the_dashboard_is_bound_by_the_same_rules(stand: Stand) -> None:
    intent = stand.paid()

    answered = stand.client.post("/_sandbox/refunds", json={"payment_intent": intent, "amount": 801})

    assert (answered.status_code, answered.mimetype) == (422, "application/problem+json")
    assert refunded(stand, intent) == 0


def test_pending_refund_succeeds(stand: Stand) -> None:
    intent = stand.paid()
    stand.order(("POST /v1/refunds", "refund_pending"))
    made = stand.gateway.create_refund({"payment_intent": intent}, account=None, key="r")

    settled = stand.client.post(f"/_sandbox/refunds/{made['id']}/settle", json={"status": "succeeded"})

    assert settled.json == made | {"status": "succeeded"}
    assert stand.types()[-1] == "refund.updated"
    assert refunded(stand, intent) == 800


@pytest.mark.parametrize("pending", [True, False])
def test_refund_fails_afterwards_and_the_money_is_back(stand: Stand, pending: bool) -> None:
    intent = stand.paid()
    if pending:
        stand.order(("POST /v1/refunds", "refund_pending"))
    made = stand.gateway.create_refund({"payment_intent": intent}, account=None, key="r")

    settled, again = (
        stand.client.post(f"/_sandbox/refunds/{made['id']}/settle", json={"status": status})
        for status in ("failed", "succeeded")
    )

    assert settled.status_code == 200
    assert stand.types()[-2:] == ["refund.updated", "refund.failed"]
    assert refunded(stand, intent) == 0
    assert (again.status_code, again.mimetype) == (409, "application/problem+json")
    assert stand.gateway.create_refund({"payment_intent": intent}, account=None, key="r2")["amount"] == 800


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        ("won", ["charge.dispute.closed", "charge.dispute.funds_reinstated"]),
        ("lost", ["charge.dispute.funds_withdrawn", "charge.dispute.closed"]),
    ],
)
def test_dispute_is_opened_and_closed(stand: Stand, outcome: str, told: list[str]) -> None:
    intent = stand.paid(account=ACCOUNT)
    opened = stand.client.post("/_sandbox/disputes", json={"payment_intent": intent, "reason": "product_not_received"})
    assert opened.json is not None
    path = f"/_sandbox/disputes/{opened.json['id']}/close"

    closed, again = (stand.client.post(path, json={"outcome": outcome}) for _ in range(2))

    assert opened.status_code == 201
    assert (opened.json["status"], opened.json["reason"]) == ("needs_response", "product_not_received")
    assert opened.json["id"].startswith("du_sbx_")
    assert closed.json == opened.json | {"status": outcome}
    assert again.status_code == 409
    assert stand.types()[-2:] == told
    assert {event["account"] for event in stand.events()} == {ACCOUNT}
    assert stand.truth()["disputes"][0]["status"] == outcome


def test_disputed_payment_is_not_refunded_unless_the_dispute_was_won(stand: Stand) -> None:
    intent = stand.paid()
    dispute: Any = stand.client.post("/_sandbox/disputes", json={"payment_intent": intent}).json

    during = stand.ask("POST", "refunds", f"payment_intent={intent}")
    stand.client.post(f"/_sandbox/disputes/{dispute['id']}/close", json={"outcome": "won"})
    after = stand.ask("POST", "refunds", f"payment_intent={intent}")

    assert (during[0], during[1]["error"]["code"]) == (400, "charge_disputed")
    assert after[0] == 200


def test_payment_is_disputed_once_and_only_if_there_was_one(stand: Stand) -> None:
    intent = stand.paid()
    stand.act(stand.link("declined"), "decline")
    unpaid = stand.ask("GET", "payment_intents")[1]["data"][0]["id"]
    stand.client.post("/_sandbox/disputes", json={"payment_intent": intent})

    statuses = [
        stand.client.post("/_sandbox/disputes", json={"payment_intent": each}).status_code for each in (intent, unpaid)
    ]

    assert statuses == [409, 409]


def test_payment_that_went_back_is_not_disputed(stand: Stand) -> None:
    intent = stand.paid()
    stand.client.post("/_sandbox/refunds", json={"payment_intent": intent})

    assert stand.client.post("/_sandbox/disputes", json={"payment_intent": intent}).status_code == 409
    assert stand.truth()["disputes"] == []


def test_button_leads_back_to_the_page(stand: Stand) -> None:
    intent = stand.paid()
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

    answered = stand.client.post("/_sandbox/refunds", data={"payment_intent": intent}, headers=browser)

    assert (answered.status_code, answered.location) == (303, "/_sandbox/events")


BAD = [
    ("refunds", {}, 422),
    ("refunds", {"payment_intent": "pi_none"}, 404),
    ("refunds", {"payment_intent": 1}, 422),
    ("refunds", {"payment_intent": "a\u0001"}, 422),
    ("refunds", [], 422),
    ("refunds", {"payment_intent": "x", "amount": 0}, 422),
    ("refunds", {"payment_intent": "x", "amount": "1"}, 422),
    ("refunds", {"payment_intent": "x", "surprise": 1}, 422),
    ("refunds/re_none/settle", {"status": "failed"}, 404),
    ("refunds/re_none/settle", {"status": "lost"}, 422),
    ("disputes", {"payment_intent": None}, 422),
    ("disputes", {"payment_intent": "pi_none"}, 404),
    ("disputes/du_none/close", {"outcome": "won"}, 404),
    ("disputes/du_none/close", {}, 422),
    ("events/evt_none/deliver", {}, 404),
    ("events/evt_none/deliver", {"times": 101}, 422),
    ("events/evt_none/deliver", {"concurrency": 0}, 422),
    ("events/evt_none/deliver", {"in_seconds": -1}, 422),
    ("events/evt_none/drop", {}, 404),
]


@pytest.mark.parametrize(("path", "body", "status"), BAD)
def test_odd_request_is_refused(stand: Stand, path: str, body: Any, status: int) -> None:
    answered = stand.client.post(f"/_sandbox/{path}", json=body)

    assert (answered.status_code, answered.mimetype) == (status, "application/problem+json")


def test_list_of_events_is_as_long_as_asked(stand: Stand) -> None:
    stand.paid()
    [newest] = stand.client.get("/_sandbox/events.json?limit=1").json or ()

    assert newest == stand.events()[-1]
    assert [stand.client.get(f"/_sandbox/events.json?limit={odd}").status_code for odd in ("0", "x", "10000", "²")] == [
        422
    ] * 4


def test_truth_tells_what_was_made_under_each_id_of_ours(stand: Stand) -> None:
    first, second = stand.link("a"), stand.link("b")
    stand.act(first, "pay")

    truth = stand.truth()

    assert truth["links"] == {
        "count": 2,
        "active": [second["id"]],
        "by_link_id": {"L1": [first["id"], second["id"]]},
    }
    assert [each["metadata"] for each in truth["payments"]["list"]] == [{"link_id": "L1"}]
