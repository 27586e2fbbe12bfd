"""What was left undone is done, and what Stripe knows better is believed."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import FlaskGroup
from sqlalchemy import text

from pos import clock
from pos.checkout import events, sweep, tasks
from pos.db import db, transaction
from pos.payments.gateway import Down, Unclear
from tests.checkout import stripe
from tests.checkout.counter import books, cancel, customer, done, now, refund
from tests.checkout.provider import Call, Provider, error, playing, switched_off
from tests.checkout.stripe import asked_link, dispute, event, session, told
from tests.client import Shop

TOTAL = 866
GONE = (404, error("invalid_request_error", "resource_missing"))
NO_RIGHTS = (403, error("invalid_request_error", "account_invalid"))


def swept(shop: Shop) -> dict[str, int]:
    return dict(sweep.sweep(uuid.UUID(shop.store_id)))


def reconciled(shop: Shop) -> dict[str, int]:
    return dict(sweep.reconcile(uuid.UUID(shop.store_id)))


def age(shop: Shop) -> None:
    """A minute goes by for all that is left undone."""
    with transaction(uuid.UUID(shop.store_id)):
        db.session.execute(text("UPDATE payment_links SET updated_at = updated_at - interval '1 minute'"))
        db.session.execute(
            text(
                "UPDATE refunds SET sent_at = sent_at - interval '1 minute', created_at = created_at - interval '1 minute'"
            )
        )


def link_of(shop: Shop, order: dict[str, Any]) -> dict[str, Any]:
    with transaction(uuid.UUID(shop.store_id)):
        asked = text("SELECT * FROM payment_links WHERE order_id = :id ORDER BY attempt DESC LIMIT 1")
        return dict(db.session.execute(asked, {"id": order["id"]}).mappings().one())


def expire(shop: Shop, order: dict[str, Any]) -> None:
    """The time of the order's link is over."""
    with transaction(uuid.UUID(shop.store_id)):
        asked = text("UPDATE payment_links SET expires_at = now() - interval '1 second' WHERE order_id = :id")
        db.session.execute(asked, {"id": order["id"]})


def answering(provider: Provider, answers: dict[str, Any]) -> Callable[[Call], None]:
    """Has Stripe answer the calls that make the links of these orders so, and all others well."""

    def during(call: Call) -> None:
        provider.answers.clear()
        asked_for = call.form.get("metadata[order_id]", "")
        if call.path == "/v1/payment_links" and asked_for in answers:
            provider.says("POST", call.path, answers[asked_for])

    return during


def attention(shop: Shop) -> list[str]:
    return sorted(item["kind"] for item in shop.get("/attention-items", as_="owner").json["data"])


def on_its_way(shop: Shop, amount: int = TOTAL) -> tuple[dict[str, Any], str]:
    """A paid order of which a refund is to be sent, and its payment intent."""
    order, intent = stripe.paid_by_link(shop, shop.sell())
    done(refund(shop, order, amount=amount), 201)
    return order, intent


# --- sweep ------------------------------------------------------------------------------------------------


def test_sweep_leaves_to_the_jobs_what_is_young(app: Flask, shop: Shop) -> None:
    shop.sell(payment_link={})
    on_its_way(shop)

    with playing(app, Provider()) as provider:
        assert swept(shop) == {}

    assert provider.calls == []


def test_sweep_makes_the_links_whose_job_was_lost(app: Flask, shop: Shop) -> None:
    order = shop.sell(payment_link={})
    age(shop)

    with playing(app, Provider()):
        assert [swept(shop), swept(shop)] == [{"links to make": 1}, {}]

    assert link_of(shop, order)["status"] == "active"


def test_sweep_closes_what_has_ended(app: Flask, shop: Shop) -> None:
    order = shop.sell(payment_link={})
    with playing(app, Provider()):
        age(shop)
        swept(shop)
        done(cancel(shop, order))
        age(shop)

        assert [swept(shop), swept(shop)] == [{"links to close": 1}, {}]

    assert link_of(shop, order)["is_open"] is False
    assert books(shop) == []


def test_sweep_closes_a_link_that_was_paid(app: Flask, shop: Shop) -> None:
    order, _ = stripe.paid_by_link(shop, shop.sell())
    age(shop)

    with playing(app, Provider()) as provider:
        assert swept(shop) == {"links to close": 1}

    assert provider.asked("POST", f"/v1/payment_links/{link_of(shop, order)['provider_id']}")
    assert books(shop) == []


def test_sweep_expires_and_then_closes(app: Flask, shop: Shop) -> None:
    order = shop.sell(payment_link={})
    with playing(app, Provider()):
        age(shop)
        swept(shop)
        with transaction(uuid.UUID(shop.store_id)):
            db.session.execute(text("UPDATE payment_links SET expires_at = now() - interval '1 second'"))

        assert swept(shop) == {"links to expire": 1}
        assert now(shop, order)["status"] == "open"
        age(shop)
        assert swept(shop) == {"links to close": 1}

    assert now(shop, order)["status"] == "canceled"
    assert books(shop) == []


def test_sweep_sends_refunds_and_counts_them(app: Flask, shop: Shop) -> None:
    order, intent = on_its_way(shop, 300)
    age(shop)

    with playing(app, Provider()) as provider:
        assert swept(shop)["refunds sent"] == 1
        age(shop)
        assert "refunds sent" not in swept(shop)

    [call] = provider.asked("POST", "/v1/refunds")
    [asked] = order["refunds"] or now(shop, order)["refunds"]
    assert call.form == {
        "payment_intent": intent,
        "amount": "300",
        "metadata[store_id]": shop.store_id,
        "metadata[order_id]": order["id"],
        "metadata[refund_id]": asked["id"],
    }
    assert (call.key, call.headers["Stripe-Account"]) == (f"refund:{asked['id']}", "acct_hops")
    assert now(shop, order)["amount_refunded"] == 300
    assert customer(shop, order)["total_spent"] == TOTAL - 300
    assert books(shop) == []


def test_refund_that_may_have_been_sent_is_looked_for_first(app: Flask, shop: Shop) -> None:
    order, intent = on_its_way(shop)
    age(shop)
    with playing(app, Provider()) as provider:
        provider.says("POST", "/v1/refunds", TimeoutError())
        with pytest.raises(Unclear):
            swept(shop)
        [asked] = now(shop, order)["refunds"]
        provider.refunds = [
            stripe.refund(intent, 5),
            stripe.refund(intent, TOTAL, metadata={"refund_id": asked["id"]}),
        ]
        provider.answers.clear()
        provider.calls.clear()
        age(shop)

        swept(shop)

    assert provider.asked("POST", "/v1/refunds") == []
    assert now(shop, order)["payment_status"] == "refunded"
    assert books(shop) == []


def test_refund_that_stripe_refuses_is_looked_at_and_not_sent_again(app: Flask, shop: Shop) -> None:
    order, _ = on_its_way(shop)
    with playing(app, Provider()) as provider:
        provider.says("POST", "/v1/refunds", (400, error("invalid_request_error", "insufficient_funds")))
        for _ in range(2):
            age(shop)
            swept(shop)

    assert len(provider.asked("POST", "/v1/refunds")) == 1
    after = now(shop, order)
    assert (after["payment_status"], after["refunds"][0]["status"]) == ("paid", "failed")
    assert after["refunds"][0]["failure"] == "As Stripe puts it."
    assert attention(shop) == ["refund_failed"]
    assert books(shop) == []


def test_failure_that_stripe_keeps_gets_the_refund_another_key_and_a_look(app: Flask, shop: Shop) -> None:
    order, _ = on_its_way(shop)
    age(shop)
    with playing(app, Provider()) as provider:
        provider.says("POST", "/v1/refunds", (500, error("api_error"), {"idempotent-replayed": "true"}))
        with pytest.raises(Unclear):
            swept(shop)
        provider.answers.clear()
        age(shop)

        swept(shop)

    keys = [call.key for call in provider.asked("POST", "/v1/refunds")]
    assert keys[-1] not in keys[:-1]
    assert provider.asked("GET", "/v1/refunds")
    assert now(shop, order)["payment_status"] == "refunded"
    assert books(shop) == []


def test_sweep_applies_what_missed_its_payment_by_a_moment(app: Flask, shop: Shop) -> None:
    """Both were in their transactions at once, so neither saw the other."""
    order, intent = stripe.paid_by_link(shop, shop.sell())
    missed = event(shop, "refund.created", stripe.refund(intent, 300))
    _missed(shop, missed)

    with playing(app, Provider()):
        swept(shop)

    assert now(shop, order)["amount_refunded"] == 300
    assert told(shop, missed) == "repeated"
    assert books(shop) == []


def _missed(shop: Shop, missed: dict[str, Any]) -> None:
    with transaction(uuid.UUID(shop.store_id)):
        db.session.execute(text("UPDATE payments SET account = 'acct_not_seen_yet'"))
    assert told(shop, missed) == "waiting"
    with transaction(uuid.UUID(shop.store_id)):
        db.session.execute(text("UPDATE payments SET account = 'acct_hops'"))


def test_one_store_that_stripe_refuses_does_not_keep_the_others_waiting(
    app: Flask, shop: Shop, other_shop: Shop
) -> None:
    orders = [each.sell(payment_link={}) for each in (shop, other_shop)]
    for each in (shop, other_shop):
        age(each)

    with playing(app, Provider()) as provider:
        answers = {"acct_hops": (403, error("invalid_request_error", "account_invalid"))}

        def refuse_one(call: Call) -> None:
            provider.answers.clear()
            if call.headers["Stripe-Account"] in answers:
                provider.says("POST", "/v1/payment_links", answers[call.headers["Stripe-Account"]])

        provider.during = refuse_one
        tasks.sweep_every_store(timestamp=0)

    assert [link_of(each, order)["status"] for each, order in zip((shop, other_shop), orders, strict=True)] == [
        "creating", "active",
    ]  # fmt: skip


def test_stripe_that_is_away_is_not_asked_for_everything(app: Flask, shop: Shop) -> None:
    for _ in range(8):
        shop.sell(payment_link={})
    age(shop)

    with playing(app, Provider()) as provider:
        provider.says("POST", "/v1/payment_links", TimeoutError())
        tasks.sweep_every_store(timestamp=0)
        asked = {call.key for call in provider.calls}
        provider.answers.clear()
        tasks.sweep_every_store(timestamp=0)

    assert 1 <= len(asked) < 8
    assert {call.key for call in provider.asked("POST", "/v1/payment_links")} > asked


def test_one_thing_that_stripe_cannot_do_does_not_hold_up_the_rest(app: Flask, shop: Shop) -> None:
    first, second = (shop.sell(payment_link={}) for _ in range(2))
    order, _ = on_its_way(shop, 300)
    age(shop)
    with playing(app, Provider()) as provider:

        def refuse_one(call: Call) -> None:
            provider.answers.clear()
            if call.form.get("metadata[order_id]") == first["id"] and call.path == "/v1/payment_links":
                provider.says("POST", "/v1/payment_links", (502, "<html>"))

        provider.during = refuse_one
        with pytest.raises(Unclear):
            swept(shop)

    assert [link_of(shop, each)["status"] for each in (first, second)] == ["creating", "active"]
    assert now(shop, order)["amount_refunded"] == 300


def test_what_stripe_refuses_for_now_does_not_count_as_its_absence(app: Flask, shop: Shop) -> None:
    """Three links of an account that was closed and a good one; then four more that have no answer."""
    orders = [shop.sell(payment_link={}) for _ in range(4)]
    age(shop)
    with playing(app, Provider()) as provider:
        answers: dict[str, Any] = {order["id"]: NO_RIGHTS for order in orders[:3]}
        provider.during = answering(provider, answers)
        with pytest.raises(Down):
            swept(shop)
        assert [link_of(shop, order)["status"] for order in orders] == ["creating"] * 3 + ["active"]

        silent = [shop.sell(payment_link={}) for _ in range(4)]
        answers |= {order["id"]: TimeoutError() for order in silent}
        age(shop)
        provider.calls.clear()
        with pytest.raises(Unclear):
            swept(shop)

    asked = {call.form["metadata[order_id]"] for call in provider.asked("POST", "/v1/payment_links")}
    assert asked == {order["id"] for order in [*orders[:3], *silent[:3]]}


def test_what_has_expired_does_not_wait_for_stripe(app: Flask, shop: Shop) -> None:
    silent = [shop.sell(payment_link={}) for _ in range(3)]
    order = shop.sell(payment_link={})
    age(shop)
    expire(shop, order)

    with playing(app, Provider()) as provider:
        provider.during = answering(provider, {each["id"]: TimeoutError() for each in silent})
        with pytest.raises(Unclear):
            swept(shop)

    assert now(shop, order)["status"] == "canceled"
    assert {link_of(shop, each)["status"] for each in silent} == {"creating"}


def test_what_stripe_will_never_tell_holds_up_nothing(app: Flask, shop: Shop) -> None:
    """A link of which nobody knows what became of it, at an account that is gone."""
    lost, order = shop.sell(payment_link={}), shop.sell(payment_link={})
    with playing(app, Provider()) as provider:
        provider.says("POST", "/v1/payment_links", TimeoutError())
        tasks.make_link(shop.store_id, lost["payment_link"]["id"])
        done(cancel(shop, lost))
        for _ in range(3):
            age(shop)
        provider.answers.clear()
        provider.says("GET", "/v1/payment_links", GONE)

        assert swept(shop) == {"links to make": 1}
        age(shop)
        tasks.sweep_every_store(timestamp=0)
        tasks.close_link(shop.store_id, lost["payment_link"]["id"])

    assert len(provider.asked("GET", "/v1/payment_links")) == 3
    assert link_of(shop, order)["status"] == "active"


def test_bug_in_one_store_keeps_no_other_from_its_turn(app: Flask, shop: Shop, other_shop: Shop) -> None:
    """Stores come in another order each time, so it is tried until both have been the first."""
    order = shop.sell(payment_link={})
    with playing(app, Provider()) as provider:
        provider.during = answering(provider, {order["id"]: (200, {"object": "payment_link"})})
        for _ in range(8):
            elsewhere = other_shop.sell(payment_link={})
            age(shop)
            age(other_shop)

            with pytest.raises(KeyError):
                tasks.sweep_every_store(timestamp=0)

            assert link_of(other_shop, elsewhere)["status"] == "active"
    assert link_of(shop, order)["status"] == "creating"


def test_store_that_was_switched_off_is_swept(app: Flask, shop: Shop) -> None:
    """Its links are open at Stripe all the same, and somebody may wait for money."""
    order = shop.sell(payment_link={})
    refunded, _ = on_its_way(shop, 300)
    with playing(app, Provider()) as provider:
        age(shop)
        swept(shop)
        expire(shop, order)
        swept(shop)
        on_its_way(shop, 300)
        age(shop)
        with transaction(None):
            db.session.execute(text("UPDATE stores SET is_active = false WHERE slug = 'hops'"))
        provider.calls.clear()

        tasks.sweep_every_store(timestamp=0)

    assert link_of(shop, order)["is_open"] is False
    assert len(provider.asked("POST", "/v1/refunds")) == 1
    with transaction(uuid.UUID(shop.store_id)):
        assert set(db.session.scalars(text("SELECT status FROM refunds"))) == {"succeeded"}
    assert refunded["status"] == "open"


def test_session_that_does_not_end_is_tried_again_by_the_next_sweep(app: Flask, shop: Shop) -> None:
    order = shop.sell(payment_link={})
    with playing(app, Provider()) as provider:
        age(shop)
        swept(shop)
        link = link_of(shop, order)
        provider.sessions = [{"id": "cs_1", "status": "open", "payment_link": link["provider_id"]}]
        provider.says("POST", "/v1/checkout/sessions/cs_1/expire", (400, error("invalid_request_error")))
        expire(shop, order)
        swept(shop)
        age(shop)

        for _ in range(2):
            with pytest.raises(Down):
                swept(shop)
            assert (link_of(shop, order)["is_open"], now(shop, order)["status"]) == (True, "open")
        provider.answers.clear()

        assert swept(shop) == {"links to close": 1}

    assert (link_of(shop, order)["is_open"], now(shop, order)["status"]) == (False, "canceled")
    assert books(shop) == []


@pytest.mark.parametrize(("hours", "kinds"), [(5, []), (7, ["refund_failed"])])
def test_refund_that_stripe_does_not_take_for_hours_is_looked_at_once(
    app: Flask, shop: Shop, hours: int, kinds: list[str]
) -> None:
    order, _ = on_its_way(shop)
    with transaction(uuid.UUID(shop.store_id)):
        aged = text("UPDATE refunds SET created_at = created_at - :hours * interval '1 hour'")
        db.session.execute(aged, {"hours": hours})
    with playing(app, Provider()) as provider:
        provider.says("POST", "/v1/refunds", NO_RIGHTS)
        for _ in range(3):
            age(shop)
            with pytest.raises(Down):
                swept(shop)
        assert attention(shop) == kinds
        for item in shop.get("/attention-items", as_="owner").json["data"]:
            assert item["subject"] == f"orders:{order['id']}"
            assert item["detail"]["amount"] == TOTAL
            resolved = shop.post(f"/attention-items/{item['id']}/resolution", {"resolution": "called"}, as_="owner")
            assert resolved.status_code == 200, resolved.get_data(as_text=True)
        provider.answers.clear()
        age(shop)
        assert swept(shop) == {"refunds sent": 1}
        assert swept(shop) == {}

    with transaction(uuid.UUID(shop.store_id)):
        assert db.session.scalar(text("SELECT count(*) FROM attention_items")) == len(kinds)
    assert now(shop, order)["payment_status"] == "refunded"
    assert books(shop) == []


def test_event_that_the_books_cannot_hold_does_not_stop_the_sweep(app: Flask, shop: Shop) -> None:
    order, intent = stripe.paid_by_link(shop, shop.sell())
    _missed(shop, event(shop, "refund.created", stripe.refund(intent, 300, currency="eur")))
    other = shop.sell(payment_link={})
    age(shop)

    with playing(app, Provider()):
        swept(shop)
        swept(shop)

    assert link_of(shop, other)["status"] == "active"
    assert now(shop, order)["refunds"] == []
    assert attention(shop) == ["payment_mismatch"]
    assert books(shop) == []


def test_nothing_is_swept_without_a_stripe_key(app: Flask, shop: Shop) -> None:
    shop.sell(payment_link={})
    age(shop)

    with switched_off(app):
        tasks.sweep_every_store(timestamp=0)
        tasks.reconcile_every_store(timestamp=0)


# --- reconcile --------------------------------------------------------------------------------------------


def active(app: Flask, shop: Shop, provider: Provider) -> tuple[dict[str, Any], dict[str, Any]]:
    """An order with a link that lives at Stripe."""
    order = shop.sell()
    link = asked_link(shop, order)
    age(shop)
    sweep.sweep(uuid.UUID(shop.store_id))
    provider.calls.clear()
    return order, link


def test_reconcile_finds_payment_refund_and_dispute_of_lost_events(app: Flask, shop: Shop) -> None:
    with playing(app, Provider()) as provider:
        order, link = active(app, shop, provider)
        paid = session(shop, order, link)
        provider.sessions = [paid]
        provider.refunds = [stripe.refund(paid["payment_intent"], 300)]
        provider.disputes = [dispute(paid["payment_intent"], TOTAL, "lost")]

        found, again = reconciled(shop), reconciled(shop)

    assert (found["payments found"], found["refunds found"], found["disputes found"]) == (1, 1, 1)
    assert {name for name in again if name.endswith("found")} == set()
    after = now(shop, order)
    assert (after["amount_paid"], after["amount_refunded"], after["disputes"][0]["status"]) == (TOTAL, TOTAL, "lost")
    assert books(shop) == []


@pytest.mark.parametrize("status", ["requires_payment_method", "canceled"])
def test_reconcile_finds_what_a_bank_has_refused(app: Flask, shop: Shop, status: str) -> None:
    with playing(app, Provider()) as provider:
        order, link = active(app, shop, provider)
        waiting = session(shop, order, link, payment_status="unpaid")
        told(shop, event(shop, "checkout.session.completed", waiting))
        provider.sessions, intent = [waiting], waiting["payment_intent"]
        provider.intents[intent] = {"id": intent, "object": "payment_intent", "amount": TOTAL, "status": "processing"}
        assert reconciled(shop) == {}
        provider.intents[intent] |= {"status": status}

        found = reconciled(shop)

    assert found == {"payments failed": 1}
    after = now(shop, order)
    assert [each["status"] for each in after["payments"]] == ["failed"]
    assert after["payment_link"]["attempt"] == 2
    assert books(shop) == []


def test_reconcile_finds_the_end_of_a_refund(app: Flask, shop: Shop) -> None:
    order, intent = on_its_way(shop)
    age(shop)
    with playing(app, Provider()) as provider:
        [asked] = now(shop, order)["refunds"]
        at_stripe = stripe.refund(intent, TOTAL, metadata={"refund_id": asked["id"]}, status="pending")
        provider.says("POST", "/v1/refunds", (200, at_stripe))
        swept(shop)
        assert now(shop, order)["amount_refunded"] == 0
        provider.refunds = [at_stripe | {"status": "succeeded"}]

        assert reconciled(shop) == {"refunds found": 1}

    assert now(shop, order)["payment_status"] == "refunded"
    assert books(shop) == []


@pytest.mark.parametrize(("days", "found"), [(1, 300), (29, 300), (31, 0)])
def test_reconcile_finds_the_refunds_of_a_month(app: Flask, shop: Shop, days: int, found: int) -> None:
    order, intent = stripe.paid_by_link(shop, shop.sell())
    with playing(app, Provider()) as provider:
        created = int((clock.now() - timedelta(days=days)).timestamp())
        provider.refunds = [stripe.refund(intent, 300, created=created)]

        reconciled(shop)

    assert now(shop, order)["amount_refunded"] == found
    assert books(shop) == []


@contextmanager
def transactions() -> Iterator[list[object]]:
    """One entry for each that is committed meanwhile."""
    committed: list[object] = []
    note = committed.append
    sqlalchemy.event.listen(db.session, "after_commit", note)
    try:
        yield committed
    finally:
        sqlalchemy.event.remove(db.session, "after_commit", note)


def test_reconcile_opens_no_transaction_for_what_the_books_know(app: Flask, shop: Shop) -> None:
    order, intent = stripe.paid_by_link(shop, shop.sell())
    with playing(app, Provider()) as provider:
        provider.refunds = [stripe.refund(intent, 10, status=status) for status in ("succeeded", "pending") * 3]
        reconciled(shop)
        with transactions() as for_all:
            assert reconciled(shop) == {}
        provider.refunds = provider.refunds[:2]
        with transactions() as for_two:
            assert reconciled(shop) == {}

    assert now(shop, order)["amount_refunded"] == 30
    assert len(for_all) == len(for_two) > 0


@pytest.mark.parametrize(("days", "is_paid"), [(0, True), (2, False)])
@pytest.mark.parametrize("ending", ["canceled", "expired"])
def test_reconcile_asks_for_a_day_about_links_that_ended_unpaid(
    app: Flask, shop: Shop, ending: str, days: int, is_paid: bool
) -> None:
    """A page that was open when Stripe did not hear us may have been paid after the link was closed."""
    with playing(app, Provider()) as provider:
        order, link = active(app, shop, provider)
        if ending == "canceled":
            done(shop.request("DELETE", f"/orders/{order['id']}/payment-link"))
        else:
            expire(shop, order)
        for _ in range(2):
            swept(shop)
            age(shop)
        assert link_of(shop, order)["is_open"] is False
        assert link_of(shop, order)["status"] == ending
        with transaction(uuid.UUID(shop.store_id)):
            aged = text("UPDATE payment_links SET updated_at = now() - :days * interval '1 day'")
            db.session.execute(aged, {"days": days})
        provider.sessions = [session(shop, order, link)]

        found = reconciled(shop)

    assert found.get("payments found", 0) == int(is_paid)
    assert now(shop, order)["amount_paid"] == TOTAL * is_paid
    assert books(shop) == []


def test_what_the_books_cannot_hold_does_not_stop_the_comparison(app: Flask, shop: Shop) -> None:
    order, intent = stripe.paid_by_link(shop, shop.sell())
    with playing(app, Provider()) as provider:
        provider.refunds = [stripe.refund(intent, 300), stripe.refund(intent, 100, currency="eur")]
        provider.disputes = [dispute("pi_x", 1), dispute(intent, 200, currency="eur", id="du_odd")]
        provider.disputes += [dispute(intent, 200, id="du_even")]

        found = [reconciled(shop) for _ in range(3)]

    assert found == [{"refunds found": 1, "disputes found": 1}, {}, {}]
    assert now(shop, order)["amount_refunded"] == 300
    assert attention(shop) == ["dispute", "payment_mismatch", "payment_mismatch"]
    assert books(shop) == []


@pytest.mark.parametrize("path", ["/v1/checkout/sessions", "/v1/refunds", "/v1/disputes"])
def test_what_stripe_does_not_want_to_tell_keeps_nothing_else(app: Flask, shop: Shop, path: str) -> None:
    with playing(app, Provider()) as provider:
        stripe.paid_by_link(shop, shop.sell())
        active(app, shop, provider)
        provider.says("GET", path, GONE)

        reconciled(shop)

    assert provider.asked("GET", path)
    assert provider.asked("GET", "/v1/refunds")
    assert books(shop) == []


def test_mismatch_is_looked_at_once_however_often_it_is_found(app: Flask, shop: Shop) -> None:
    with playing(app, Provider()) as provider:
        order, link = active(app, shop, provider)
        provider.sessions = [session(shop, order, link, currency="eur")]

        for _ in range(3):
            reconciled(shop)

    assert attention(shop) == ["payment_mismatch"]
    assert books(shop) == []


def test_event_that_waited_too_long_was_about_nobody(app: Flask, shop: Shop) -> None:
    told(shop, event(shop, "refund.created", stripe.refund("pi_of_nobody", 5)))
    told(shop, event(shop, "refund.created", stripe.refund("pi_of_somebody", 5)))

    with playing(app, Provider()):
        assert reconciled(shop) == {}

    with transaction(uuid.UUID(shop.store_id)):
        given_up = events.give_up_waiting(clock.now() + timedelta(minutes=1))

    assert given_up == 2
    with transaction(uuid.UUID(shop.store_id)):
        assert db.session.scalars(text("SELECT outcome FROM provider_event_outcomes")).all() == ["foreign"] * 2


# --- the command ------------------------------------------------------------------------------------------


def run(app: Flask, *arguments: str) -> Result:
    return CliRunner().invoke(FlaskGroup(create_app=lambda: app), ["payments", "reconcile", *arguments])


@pytest.mark.parametrize("arguments", [(), ("--store", "hops")])
def test_command_says_what_it_found(app: Flask, shop: Shop, arguments: tuple[str, ...]) -> None:
    with playing(app, Provider()) as provider:
        order, link = active(app, shop, provider)
        provider.sessions = [session(shop, order, link)]

        said = run(app, *arguments)

    assert said.exit_code == 0, said.output
    assert "     1 payments found\n" in said.output
    assert "Done: the books say what Stripe says." in said.output
    assert now(shop, order)["payment_status"] == "paid"


@pytest.mark.parametrize("failure", [TimeoutError(), (401, error("invalid_request_error")), (502, "<html>")])
def test_command_says_that_stripe_is_away(app: Flask, shop: Shop, failure: Any) -> None:
    with playing(app, Provider()) as provider:
        active(app, shop, provider)
        provider.says("GET", "/v1/checkout/sessions", failure)

        said = run(app)

    assert said.exit_code == 1
    assert "Stripe does not answer (" in said.output
    assert "Nothing is lost; try again." in said.output
    assert "Traceback" not in said.output


def test_command_refuses_without_a_key_and_without_such_a_store(app: Flask, shop: Shop) -> None:
    with switched_off(app):
        without = run(app)
    unknown = run(app, "--store", "nobody")

    assert (without.exit_code, "there is nothing at Stripe" in without.output) == (1, True)
    assert (unknown.exit_code, "nobody" in unknown.output) == (1, True)


@pytest.mark.parametrize("failure", [(403, error("invalid_request_error")), TimeoutError()])
def test_sweep_raises_what_makes_it_stop(app: Flask, shop: Shop, failure: Any) -> None:
    shop.sell(payment_link={})
    age(shop)
    with playing(app, Provider()) as provider:
        provider.says("POST", "/v1/payment_links", failure)

        with pytest.raises((Down, Unclear)):
            swept(shop)
