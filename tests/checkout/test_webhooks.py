"""The door for Stripe's events over HTTP: what is let in, what is kept, and what is told to Stripe."""

import json
import time
import uuid
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from pos import postgres
from pos.checkout.events import TYPES
from pos.db import db, transaction
from pos.payments.gateway import signature
from tests.checkout import stripe
from tests.checkout.counter import books, done, now
from tests.checkout.provider import switched_off
from tests.checkout.stripe import asked_link, deliver, event, session, told
from tests.client import Shop
from tests.databases import STRIPE_SECRET
from tests.refusals import slug_of

FIXTURES: dict[str, Any] = json.loads((Path(__file__).parents[1] / "sandbox" / "stripe_fixtures.json").read_text())
FIXTURE_OF = {
    "checkout.session.completed": "checkout.session",
    "checkout.session.async_payment_succeeded": "checkout.session",
    "checkout.session.async_payment_failed": "checkout.session",
    "checkout.session.expired": "checkout.session",
    "payment_intent.payment_failed": "payment_intent",
    "payment_link.updated": "payment_link",
    "charge.refunded": "charge",
    "refund.created": "refund",
    "refund.updated": "refund",
    "refund.failed": "refund",
    "charge.dispute.created": "dispute",
    "charge.dispute.closed": "dispute",
}
PAID = "checkout.session.completed"


def kept(shop: Shop, table: str = "provider_events") -> list[Any]:
    with transaction(uuid.UUID(shop.store_id)):
        rows = db.session.execute(text(f"SELECT * FROM {table} WHERE store_id = :store"), {"store": shop.store_id})
        return [dict(row) for row in rows.mappings()]


def post(shop: Shop, body: bytes, header: str | None = None) -> TestResponse:
    header = header if header is not None else _signed(body)
    return shop.client.open(stripe.WEBHOOK, method="POST", data=body, headers={"Stripe-Signature": header})


def _signed(body: bytes) -> str:
    return signature(body.decode(errors="replace"), STRIPE_SECRET, int(time.time()))


def paid_event(shop: Shop, **facts: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """An order, and the event that says that its link was paid."""
    order = shop.sell()
    return order, event(shop, PAID, session(shop, order, asked_link(shop, order)), **facts)


# --- what is refused --------------------------------------------------------------------------------------


ODD_BODIES = (
    b"", b"{", b"null", b"7", b"[]", b"{}", b"\xff\xfe", b"\xef\xbb\xbf{}", b"[" * 50_000, b'{"a":' * 2000 + b"1" + b"}" * 2000,
    b'{"id": "evt_1", "object": "event"}', b'{"id": "evt_1", "object": "event", "type": "charge.refunded", "data": {"object": null}}',
)  # fmt: skip


@pytest.mark.parametrize("number", range(len(ODD_BODIES)))
def test_body_that_is_no_event_is_refused_and_not_kept(shop: Shop, number: int) -> None:
    refused = post(shop, ODD_BODIES[number])

    assert slug_of(refused) == (400, "unreadable")
    assert refused.mimetype == "application/problem+json"
    assert kept(shop) == []


def test_forged_stale_and_future_events_are_refused_and_not_kept(shop: Shop) -> None:
    order, paid = paid_event(shop)
    body, at = json.dumps(paid), int(time.time())
    headers = (
        "", "x", "t=1,v1=0", signature(body, "whsec_other", at), signature(body, STRIPE_SECRET, at - 301),
        signature(body, STRIPE_SECRET, at + 330), signature(body + " ", STRIPE_SECRET, at), f"t={at},v1={'ö' * 64}",
        f"{signature(body, STRIPE_SECRET, at - 4000).replace('t=', 't=+')},t={at}", f"t={10**300},v1=0",
    )  # fmt: skip

    answers = [post(shop, body.encode(), header) for header in headers]
    without = shop.client.open(stripe.WEBHOOK, method="POST", data=body)

    assert {slug_of(answer) for answer in [*answers, without]} == {(400, "unreadable")}
    assert kept(shop) == []
    assert now(shop, order)["payment_status"] == "unpaid"


@pytest.mark.parametrize("secret", [STRIPE_SECRET, "whsec_of_the_roll"])
def test_event_signed_with_one_of_two_secrets_is_taken(shop: Shop, secret: str) -> None:
    order, paid = paid_event(shop)

    answer = done(deliver(shop, paid, secret=secret))

    assert answer == {"outcome": "applied"}
    assert now(shop, order)["payment_status"] == "paid"
    assert books(shop) == []


ODD_OBJECTS = (
    ("checkout.session.completed", {"payment_status": None, "amount_total": "x"}),
    ("checkout.session.completed", {"amount_total": [1]}),
    ("checkout.session.completed", {"payment_intent": {"id": 7}}),
    ("checkout.session.async_payment_succeeded", {"metadata": []}),
    ("refund.created", {"id": None}),
    ("refund.created", {"amount": 1.5}),
    ("refund.created", {"amount": -5}),
    ("charge.refunded", {"amount_refunded": None}),
    ("charge.dispute.created", {"status": {}}),
    ("payment_intent.payment_failed", {"id": 7}),
)


@pytest.mark.parametrize(("kind", "odd"), ODD_OBJECTS)
def test_object_without_the_form_of_its_type_is_refused(shop: Shop, kind: str, odd: dict[str, Any]) -> None:
    thing = {**FIXTURES[FIXTURE_OF[kind]], "metadata": {"store_id": shop.store_id}, **odd}
    if odd == {"metadata": []}:
        thing |= {"metadata": ["store_id"]}

    refused = deliver(shop, event(shop, kind, thing))

    assert slug_of(refused) == (400, "unreadable")
    assert kept(shop) == []


@pytest.mark.parametrize("created", [None, "soon", 1e30, -(10**15), 10**17])
def test_event_of_no_time_is_refused(shop: Shop, created: Any) -> None:
    _, paid = paid_event(shop, created=created)

    assert slug_of(deliver(shop, paid)) == (400, "unreadable")
    assert kept(shop) == []


def test_object_that_is_nested_too_deep_is_refused(shop: Shop) -> None:
    _, paid = paid_event(shop)
    deep: Any = "x"
    for _ in range(900):
        deep = {"a": deep}
    paid["data"]["object"]["deep"] = deep

    assert slug_of(deliver(shop, paid)) == (400, "unreadable")
    assert kept(shop) == []


def test_nothing_is_here_without_a_stripe_key(app: Flask, shop: Shop) -> None:
    _, paid = paid_event(shop)

    with switched_off(app):
        refused = deliver(shop, paid)

    assert refused.status_code == 404
    assert kept(shop) == []


# --- what is accepted and changes nothing -----------------------------------------------------------------


def test_event_of_the_other_mode_is_accepted_and_not_kept(shop: Shop) -> None:
    order, paid = paid_event(shop, livemode=True)

    assert told(shop, paid) == "other mode"
    assert kept(shop) == []
    assert now(shop, order)["amount_paid"] == 0


@pytest.mark.parametrize("kind", ["plan.created", "checkout.session.created", "charge.succeeded", "v1", "x" * 500])
def test_unknown_type_is_accepted_and_not_kept(shop: Shop, kind: str) -> None:
    _, paid = paid_event(shop, type=kind)

    assert told(shop, paid) == "unknown"
    assert kept(shop) == []


def test_there_is_a_fixture_for_each_type() -> None:
    assert set(FIXTURE_OF) == set(TYPES)


@pytest.mark.parametrize("kind", TYPES)
def test_stripes_own_fixtures_are_accepted_and_change_nothing(shop: Shop, kind: str) -> None:
    order = shop.sell()
    asked_link(shop, order)
    before = now(shop, order)

    outcome = told(shop, event(shop, kind, FIXTURES[FIXTURE_OF[kind]]))

    may_wait = kind.startswith(("refund.", "charge."))
    assert outcome == ("waiting" if may_wait else "foreign")
    assert len(kept(shop)) == int(may_wait)
    assert kept(shop, "provider_event_outcomes") == []
    assert now(shop, order) == before
    assert books(shop) == []


def test_another_account_cannot_pay_our_link(shop: Shop, other_shop: Shop) -> None:
    order, paid = paid_event(shop)

    outcomes = [
        told(shop, paid | {"id": f"evt_{account}", "account": account}) for account in ("acct_cafe", "acct_x", None)
    ]

    assert outcomes == ["foreign"] * 3
    assert kept(shop) == kept(other_shop) == []
    assert now(shop, order)["amount_paid"] == 0


def test_another_stores_ids_lead_nowhere(shop: Shop, other_shop: Shop) -> None:
    """An account of our own, with the ids of another store: the link is not one of this account."""
    order, paid = paid_event(shop)
    mine = paid | {"account": "acct_cafe"}
    theirs = event(other_shop, PAID, paid["data"]["object"] | {"metadata": {"store_id": other_shop.store_id}})
    mixed = event(
        shop,
        PAID,
        paid["data"]["object"] | {"metadata": stripe.ours(shop, order, None) | {"store_id": other_shop.store_id}},
    )

    assert [told(shop, each) for each in (mine, theirs, mixed)] == ["foreign"] * 3
    assert kept(shop) == kept(other_shop) == []
    assert now(shop, order)["amount_paid"] == 0


@pytest.mark.parametrize("kind", TYPES)
def test_event_of_another_installation_on_our_account_is_accepted(shop: Shop, kind: str) -> None:
    nobody = {"store_id": str(uuid.uuid4()), "order_id": str(uuid.uuid4()), "link_id": str(uuid.uuid4())}

    assert told(shop, event(shop, kind, {**FIXTURES[FIXTURE_OF[kind]], "metadata": nobody})) == "foreign"
    assert kept(shop) == []


@pytest.mark.parametrize("account", ["acct_hops", "acct_x", None])
@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind.startswith(("refund.", "charge."))])
def test_nothing_waits_in_a_store_whose_account_it_is_not_of(
    shop: Shop, other_shop: Shop, kind: str, account: str | None
) -> None:
    """Whoever has an account could fill the books of a store whose id they know."""
    thing = {**FIXTURES[FIXTURE_OF[kind]], "metadata": {"store_id": other_shop.store_id}}

    assert told(shop, event(shop, kind, thing, account=account)) == "foreign"
    assert kept(shop) == kept(other_shop) == []
    assert told(shop, event(shop, kind, thing, account="acct_cafe")) == "waiting"
    assert (kept(shop), len(kept(other_shop))) == ([], 1)


def test_refund_waits_for_its_payment_and_is_given_up_by_nobody_else(shop: Shop, other_shop: Shop) -> None:
    outcome = told(shop, event(shop, "refund.created", stripe.refund("pi_of_nobody", 100)))

    assert outcome == "waiting"
    assert len(kept(shop)) == 1
    assert kept(other_shop) == []


def test_account_of_the_key_is_asked_in_each_store_that_may_use_it(shop: Shop, other_shop: Shop) -> None:
    """The refund of the younger store must not end as one that waits in the older one."""
    _set_stores("stripe_account = NULL, is_active = (slug = 'cafe')")
    order = other_shop.sell()
    paid = session(other_shop, order, asked_link(other_shop, order))
    assert told(other_shop, event(other_shop, PAID, paid, account=None)) == "applied"
    _set_stores("is_active = true")
    refunded = event(
        other_shop,
        "refund.created",
        stripe.refund(paid["payment_intent"], order["total"], currency="eur"),
        account=None,
    )

    outcomes = [told(other_shop, refunded) for _ in range(2)]

    assert outcomes == ["applied", "repeated"]
    assert now(other_shop, order)["payment_status"] == "refunded"
    assert kept(shop, "provider_event_outcomes") == []
    assert books(shop) == books(other_shop) == []


def _set_stores(change: str) -> None:
    with transaction(None):
        db.session.execute(text(f"UPDATE stores SET {change}"))


# --- what is kept -----------------------------------------------------------------------------------------


def test_payer_is_not_kept(shop: Shop) -> None:
    _, paid = paid_event(shop)
    paid["data"]["object"] |= {
        "customer_email": "ada@example.com",
        "shipping": {"address": {"line1": "12 St James Square"}},
        "payment_method_details": {"card": {"last4": "at 4242"}},
        "nested": [{"billing_details": {"name": "Ada Lovelace"}, "receipt_email": "ada@example.com"}],
    }

    assert told(shop, paid) == "applied"

    said = json.dumps(kept(shop), default=str)
    assert paid["id"] in said
    for personal in ("ada@", "Lovelace", "+14155550132", "St James", "at 4242"):
        assert personal not in said


def test_same_event_again_is_told_so_and_kept_once(shop: Shop) -> None:
    order, paid = paid_event(shop)

    assert [told(shop, paid) for _ in range(5)] == ["applied"] + ["repeated"] * 4

    [row], [outcome] = kept(shop), kept(shop, "provider_event_outcomes")
    assert (row["event_id"], row["type"], row["account"]) == (paid["id"], PAID, "acct_hops")
    assert (outcome["event_id"], outcome["outcome"], str(outcome["order_id"])) == (row["id"], "applied", order["id"])
    assert len(now(shop, order)["payments"]) == 1
    assert books(shop) == []


# --- when it fails inside ---------------------------------------------------------------------------------


def test_event_that_cannot_be_kept_is_a_5xx_and_succeeds_later(committed: Flask, shops: Any, superuser: Any) -> None:
    shop = Shop(committed.test_client(), **shops[0])
    committed.config["ANSWER_BUGS"] = True
    with committed.app_context():
        order, paid = paid_event(shop)
        with superuser.cursor() as cursor:
            cursor.execute("REVOKE INSERT ON provider_event_outcomes FROM tappass_app")

        failed = deliver(shop, paid)

        assert failed.status_code >= 500
        assert kept(shop) == []
        assert now(shop, order)["payments"] == []
        with superuser.cursor() as cursor:
            cursor.execute("GRANT INSERT ON provider_event_outcomes TO tappass_app")
        assert told(shop, paid) == "applied"
        assert now(shop, order)["payment_status"] == "paid"
        assert books(shop) == []


def test_event_that_waits_too_long_for_its_order_is_a_5xx(
    committed: Flask, shops: Any, superuser: Any, server: postgres.Server, database: str
) -> None:
    shop = Shop(committed.test_client(), **shops[0])
    with committed.app_context():
        order, paid = paid_event(shop)
        db.engine.dispose()
        with superuser.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {database} SET lock_timeout = '100ms'")
        with psycopg2.connect(server.url("postgres", database)) as holder, holder.cursor() as cursor:
            cursor.execute("SELECT FROM orders WHERE id = %s FOR UPDATE", [order["id"]])

            failed = deliver(shop, paid)

        holder.close()
        assert failed.status_code == 503
        assert kept(shop) == []
        assert told(shop, paid) == "applied"
        assert books(shop) == []
