"""What Stripe says, in our words: pure. Stripe's own fixtures (stripe/openapi, MIT) show the form of its objects."""

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pos.payments import facts
from pos.payments.facts import Ours

FIXTURES: dict[str, Any] = json.loads((Path(__file__).parents[1] / "sandbox" / "stripe_fixtures.json").read_text())
STORE, ORDER, LINK, REFUND = (uuid.uuid4() for _ in range(4))
METADATA = {"store_id": str(STORE), "order_id": str(ORDER), "link_id": str(LINK), "refund_id": str(REFUND)}
OURS = Ours(STORE, ORDER, LINK, REFUND)
SESSION = {**FIXTURES["checkout.session"], "amount_total": 866, "currency": "usd", "metadata": METADATA}


# --- what is read -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payment_status", "status"), [("paid", "succeeded"), ("no_payment_required", "succeeded"), ("unpaid", "pending")]
)
def test_completed_session(payment_status: str, status: str) -> None:
    read = facts.completed(SESSION | {"payment_status": payment_status, "payment_link": "plink_1"})

    assert read == facts.SessionPaid("pi_1PgafyB7WZ01zgkWSjxsAJo3", "plink_1", 866, "USD", status, OURS)


def test_completed_session_as_stripe_shows_it_is_about_nobody() -> None:
    read = facts.completed(FIXTURES["checkout.session"])

    assert read == facts.SessionPaid("pi_1PgafyB7WZ01zgkWSjxsAJo3", None, 0, "", "pending", Ours())


def test_session_with_expanded_references() -> None:
    read = facts.session_paid(SESSION | {"payment_intent": {"id": "pi_1"}, "payment_link": {"id": "plink_1"}}, "failed")

    assert (read.payment_intent, read.provider_link, read.status) == ("pi_1", "plink_1", "failed")


@pytest.mark.parametrize(
    ("at_stripe", "status"),
    [
        ("succeeded", "succeeded"), ("pending", "pending"), ("requires_action", "pending"), ("failed", "failed"),
        ("canceled", "canceled"), (None, "succeeded"), ("something_new", "pending"),
    ],
)  # fmt: skip
def test_refund(at_stripe: str | None, status: str) -> None:
    told = {**FIXTURES["refund"], "payment_intent": "pi_1", "status": at_stripe, "metadata": METADATA}

    read = facts.refunded({**told, "reason": "duplicate", "failure_reason": "lost_or_stolen_card"})

    assert read == facts.Refunded(
        "re_1Pgc72B7WZ01zgkWqPvrRrPE", "pi_1", 100, "USD", status, "duplicate", "lost_or_stolen_card", OURS
    )


@pytest.mark.parametrize(("is_paid", "status"), [(True, "succeeded"), (False, "pending")])
def test_charge_proves_its_payment(is_paid: bool, status: str) -> None:
    told = {**FIXTURES["charge"], "payment_intent": "pi_1", "amount_refunded": 40, "metadata": METADATA}

    read = facts.charge_refunded({**told, "paid": is_paid})

    assert read == facts.ChargeRefunded(facts.SessionPaid("pi_1", None, 100, "USD", status, OURS), 40)


@pytest.mark.parametrize(
    ("at_stripe", "status"),
    [
        ("warning_needs_response", "open"), ("needs_response", "open"), ("under_review", "open"), ("won", "won"),
        ("warning_closed", "won"), ("prevented", "won"), ("lost", "lost"), ("something_new", "open"),
    ],
)  # fmt: skip
def test_dispute(at_stripe: str, status: str) -> None:
    read = facts.disputed({**FIXTURES["dispute"], "payment_intent": "pi_1", "status": at_stripe})

    assert read == facts.Disputed("dp_1Pgc71B7WZ01zgkWMevJiAUx", "pi_1", 1000, "USD", status, "general", Ours())


def test_declined_card_and_changed_link() -> None:
    assert facts.declined({**FIXTURES["payment_intent"], "metadata": METADATA}) == facts.Declined(
        "pi_1PgafyB7WZ01zgkWSjxsAJo3", OURS
    )
    assert facts.link_changed({**FIXTURES["payment_link"], "active": False}) == facts.LinkChanged(
        "plink_1Pgc78B7WZ01zgkWC75kX0jg", False, Ours()
    )


@pytest.mark.parametrize("odd", [None, {}, {"store_id": "x"}, {"store_id": ""}, {"store_id": 7}, {"store_id": ["a"]}])
def test_metadata_that_is_not_ours_counts_as_none(odd: Any) -> None:
    assert facts.ours({"metadata": odd}) == Ours()


@pytest.mark.parametrize(
    ("read", "kind", "odd"),
    [
        (facts.completed, "checkout.session", {"amount_total": "866"}),
        (facts.completed, "checkout.session", {"amount_total": 8.66}),
        (facts.completed, "checkout.session", {"amount_total": True}),
        (facts.completed, "checkout.session", {"amount_total": -1}),
        (facts.completed, "checkout.session", {"payment_intent": 7}),
        (facts.completed, "checkout.session", {"payment_link": ["plink"]}),
        (facts.completed, "checkout.session", {"metadata": "x"}),
        (facts.refunded, "refund", {"amount": None}),
        (facts.refunded, "refund", {"id": None}),
        (facts.refunded, "refund", {"status": ["failed"]}),
        (facts.charge_refunded, "charge", {"amount_refunded": "1"}),
        (facts.disputed, "dispute", {"amount": []}),
        (facts.disputed, "dispute", {"id": {}}),
        (facts.declined, "payment_intent", {"id": 5}),
        (facts.link_changed, "payment_link", {"id": None}),
    ],
)
def test_what_has_not_its_form_is_refused(read: Callable[[Any], Any], kind: str, odd: dict[str, Any]) -> None:
    with pytest.raises((TypeError, AttributeError)):
        read({**FIXTURES[kind], **odd})


# --- the payer is cut -------------------------------------------------------------------------------------


PAYER = {
    "email": "ada@example.com", "name": "Ada Lovelace", "phone": "+14155550132", "customer_email": "ada@example.com",
    "line1": "12 St James Square", "postal_code": "SW1Y 4JH", "individual_name": "Ada Lovelace", "last4": "4242",
    "receipt_email": "ada@example.com", "verified_phone": "+14155550132", "business_name": "Lovelace & Sons",
}  # fmt: skip


def test_without_payer_cuts_everybody_of_stripes_fixtures() -> None:
    shown = json.dumps(FIXTURES)
    assert "@" in shown
    assert "Jenny Rosen" in shown
    assert "4242" in shown

    kept = json.dumps(facts.without_payer(FIXTURES))

    for personal in ("@", "Jenny Rosen", "4242", "_secret_", "receipts/payment", "AOB934RVNwzk6xtn"):
        assert personal not in kept
    assert "pi_1PgafyB7WZ01zgkWSjxsAJo3" in kept


@pytest.mark.parametrize("kind", sorted(set(FIXTURES) - {"event"}))
def test_without_payer_cuts_whatever_is_filled_in(kind: str) -> None:
    filled = _filled(FIXTURES[kind])
    values = {value for value in PAYER.values() if value in json.dumps(filled)}

    kept = json.dumps(facts.without_payer(filled))

    assert "@" not in kept
    assert [value for value in values if value in kept] == []


@pytest.mark.parametrize(
    ("kind", "read"),
    [
        ("checkout.session", facts.completed),
        ("refund", facts.refunded),
        ("charge", facts.charge_refunded),
        ("dispute", facts.disputed),
        ("payment_intent", facts.declined),
        ("payment_link", facts.link_changed),
    ],
)
def test_nothing_that_is_read_is_cut(kind: str, read: Callable[[Any], Any]) -> None:
    whole = {**FIXTURES[kind], "metadata": METADATA, "payment_intent": "pi_1", "payment_link": "plink_1"}

    assert read(facts.without_payer(whole)) == read(whole)


def _filled(value: Any, name: str = "") -> Any:
    """Stripe's object with a payer wherever one could stand; a list of personal words as well."""
    if isinstance(value, dict):
        return {key: _filled(inner, key) for key, inner in value.items()} | {"nested": [{"email": PAYER["email"]}]}
    if isinstance(value, list):
        return [_filled(each) for each in value]
    return PAYER.get(name, value)


def test_every_key_of_a_payer_is_met() -> None:
    """The list above would prove nothing if Stripe's objects had no such keys."""
    keys = set(_keys(FIXTURES))

    assert set(PAYER) - keys == set()


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _keys(inner)
    if isinstance(value, list):
        for each in value:
            yield from _keys(each)
