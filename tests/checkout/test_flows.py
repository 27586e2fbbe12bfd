"""A payment link at Stripe: made, closed, and its time over."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from pos.checkout import tasks
from pos.payments.gateway import Down, Unclear
from tests.checkout import stripe
from tests.checkout.counter import books, cancel, coupon, done, make, now, paid, refund, stock, used
from tests.checkout.link_stories import (
    NO_RIGHTS,
    TOTAL,
    Order,
    attention,
    close,
    expire,
    link_rows,
    links,
    make_last,
    reopen,
)
from tests.checkout.provider import Call, Provider, error, playing
from tests.checkout.stripe import asked_link, event, session, told
from tests.client import Shop

# --- made at Stripe ---------------------------------------------------------------------------------------


def test_stripe_is_asked_for_exactly_the_order(app: Flask, shop: Shop) -> None:
    order = shop.sell(items=[{"sku": "IPA", "quantity": 2}], tip=50)
    link = asked_link(shop, order, tip=100)

    with playing(app, Provider()) as provider:
        make_last(shop, order)

    [call] = provider.calls
    [row] = link_rows(shop, order)
    ours = {"store_id": shop.store_id, "order_id": order["id"], "link_id": link["id"]}
    lines = (("House IPA", 800, 2), ("Tax", 132, 1), ("Tip", 150, 1))
    shown = {
        f"line_items[{index}][{name}]": str(value)
        for index, (label, amount, quantity) in enumerate(lines)
        for name, value in {
            "quantity": quantity,
            "price_data][currency": "usd",
            "price_data][unit_amount": amount,
            "price_data][product_data][name": label,
        }.items()
    }
    assert call.form == shown | {
        **{f"metadata[{name}]": value for name, value in ours.items()},
        **{f"payment_intent_data[metadata][{name}]": value for name, value in ours.items()},
        "payment_method_types[0]": "card",
        "restrictions[completed_sessions][limit]": "1",
        "after_completion[type]": "redirect",
        "after_completion[redirect][url]": f"{order['public_url']}?from=stripe",
    }
    assert (call.method, call.path, call.key) == ("POST", "/v1/payment_links", row["request_key"])
    assert call.headers["Stripe-Account"] == "acct_hops"
    assert (row["status"], row["is_open"], row["provider_id"]) == ("active", True, f"plink_{link['id']}")
    assert now(shop, order)["payment_link"]["provider_url"] == row["provider_url"]
    assert books(shop) == []


def test_making_a_link_twice_asks_once(app: Flask, shop: Shop) -> None:
    order = shop.sell(payment_link={})

    with playing(app, Provider()) as provider:
        for _ in range(2):
            make_last(shop, order)

    assert len(provider.calls) == 1


def test_link_that_stripe_declines_fails_and_is_looked_at(app: Flask, shop: Shop) -> None:
    order = shop.sell(payment_link={})
    with playing(app, Provider()) as provider:
        provider.says("POST", "/v1/payment_links", (400, error("invalid_request_error", "amount_too_large")))

        make_last(shop, order)

    shown = now(shop, order)["payment_link"]
    assert (shown["status"], shown["failure"]) == ("failed", "As Stripe puts it.")
    assert attention(shop) == ["link_failed"]
    assert asked_link(shop, order)["attempt"] == 2
    assert books(shop) == []


@pytest.mark.parametrize("failure", [(401, error("invalid_request_error")), (429, error("rate_limit")), TimeoutError()])
def test_link_waits_while_stripe_is_away(app: Flask, shop: Shop, failure: Any) -> None:
    order = shop.sell(payment_link={})
    with playing(app, Provider()) as provider:
        provider.says("POST", "/v1/payment_links", failure)
        with pytest.raises((Down, Unclear)):
            make_last(shop, order)
        assert links(shop, order) == [("creating", TOTAL, 0)]
        provider.answers.clear()

        make_last(shop, order)

    assert links(shop, order) == [("active", TOTAL, 0)]
    assert len({call.key for call in provider.calls}) == 1
    assert books(shop) == []


@pytest.mark.parametrize(
    "kept", [(500, error("api_error"), {"idempotent-replayed": "true"}), (400, error("idempotency_error"))]
)
def test_failure_that_stripe_keeps_gets_another_key(app: Flask, shop: Shop, kept: Any) -> None:
    order = shop.sell(payment_link={})
    with playing(app, Provider()) as provider:
        provider.says("POST", "/v1/payment_links", kept)
        with pytest.raises(Unclear):
            make_last(shop, order)
        provider.answers.clear()
        before = {call.key for call in provider.calls}

        make_last(shop, order)

    assert provider.calls[-1].key not in before
    assert links(shop, order) == [("active", TOTAL, 0)]


def test_link_that_is_withdrawn_while_it_is_made_is_closed(app: Flask, shop: Shop) -> None:
    order = shop.sell(payment_link={})

    def withdraw(call: Call) -> None:
        if call.path == "/v1/payment_links":
            done(shop.request("DELETE", f"/orders/{order['id']}/payment-link"))

    with playing(app, Provider(during=withdraw)) as provider:
        make_last(shop, order)
        assert link_rows(shop, order)[0]["is_open"] is True

        close(shop, order)

    assert [call.form for call in provider.asked("POST", "/v1/payment_links/")] == [{"active": "false"}]
    assert link_rows(shop, order)[0]["is_open"] is False
    assert links(shop, order) == [("canceled", TOTAL, 0)]
    assert books(shop) == []


def test_jobs_leave_it_to_the_sweep_while_stripe_is_away(app: Flask, shop: Shop) -> None:
    order = shop.sell(payment_link={})
    job = {"store_id": shop.store_id, "link_id": order["payment_link"]["id"]}
    with playing(app, Provider()) as provider:
        provider.says("POST", "/v1/payment_links", TimeoutError())
        tasks.make_link(**job)
        tried = len(provider.calls)

        tasks.make_link(**job)

        assert (len(provider.calls), links(shop, order)) == (tried, [("creating", TOTAL, 0)])
        provider.answers.clear()
        tasks.sweep_every_store(timestamp=0)
        tasks.make_link(**job)

    assert links(shop, order) == [("active", TOTAL, 0)]


@pytest.mark.parametrize(("failure", "is_left"), [(TimeoutError(), True), ((502, "<html>"), True), (NO_RIGHTS, False)])
def test_jobs_of_every_kind_wait_for_stripe_to_answer(app: Flask, shop: Shop, failure: Any, is_left: bool) -> None:
    """An account that Stripe refuses is no reason: the next one may be another."""
    other, (refunded, _) = shop.sell(payment_link={}), stripe.paid_by_link(shop, shop.sell())
    [pending] = done(refund(shop, refunded, amount=300, as_="owner"), 201)["refunded"]
    with playing(app, Provider()) as provider:
        make_last(shop, other)
        done(cancel(shop, other))
        provider.says("POST", "/v1/payment_links", failure)
        tasks.make_link(shop.store_id, asked_link(shop, shop.sell())["id"])
        provider.answers.clear()
        provider.calls.clear()

        tasks.close_link(shop.store_id, other["payment_link"]["id"])
        tasks.send_refund(shop.store_id, pending["id"])

    assert (provider.calls == []) is is_left
    assert link_rows(shop, other)[0]["is_open"] is is_left
    assert now(shop, refunded)["amount_refunded"] == (0 if is_left else 300)
    with playing(app, Provider()):
        tasks.send_refund(shop.store_id, pending["id"])
    assert now(shop, refunded)["amount_refunded"] == 300


# --- closed -----------------------------------------------------------------------------------------------


def test_closing_settles_who_was_faster(app: Flask, shop: Shop) -> None:
    order = shop.sell()
    link = asked_link(shop, order)
    with playing(app, Provider()) as provider:
        make_last(shop, order)
        done(cancel(shop, order))
        paid_one = session(shop, order, link)
        provider.sessions = [
            paid_one,
            {"id": "cs_open", "object": "checkout.session", "status": "open", "payment_link": paid_one["payment_link"]},
        ]

        close(shop, order)

    assert [call.path for call in provider.asked("POST", "/v1/checkout")] == ["/v1/checkout/sessions/cs_open/expire"]
    after = now(shop, order)
    assert (after["status"], after["payment_status"]) == ("canceled", "overpaid")
    assert attention(shop) == ["late_payment"]
    assert books(shop) == []


@pytest.mark.parametrize("path", ["/v1/payment_links/", "/v1/checkout/sessions"])
def test_link_that_stripe_does_not_want_to_close_is_left(app: Flask, shop: Shop, path: str) -> None:
    order = shop.sell(payment_link={})
    with playing(app, Provider()) as provider:
        make_last(shop, order)
        done(cancel(shop, order))
        for method in ("POST", "GET"):
            provider.says(method, path, (404, error("invalid_request_error", "resource_missing")))

        close(shop, order)

    assert link_rows(shop, order)[0]["is_open"] is False
    assert books(shop) == []


def test_link_stays_open_while_stripe_is_away(app: Flask, shop: Shop) -> None:
    order = shop.sell(payment_link={})
    with playing(app, Provider()) as provider:
        make_last(shop, order)
        done(cancel(shop, order))
        provider.says("POST", "/v1/payment_links/", TimeoutError())

        with pytest.raises(Unclear):
            close(shop, order)

    assert link_rows(shop, order)[0]["is_open"] is True


def opened(link: Order, **facts: Any) -> dict[str, Any]:
    """A checkout session of the link in which somebody looks at Stripe's page."""
    return {
        "id": "cs_open",
        "object": "checkout.session",
        "status": "open",
        "payment_link": f"plink_{link['id']}",
        **facts,
    }


@pytest.mark.parametrize("is_paid", [True, False])
def test_order_is_not_let_go_while_a_session_does_not_end(app: Flask, shop: Shop, is_paid: bool) -> None:
    """Stripe does not expire a session in which a card is being charged."""
    order = shop.sell()
    link = asked_link(shop, order)
    with playing(app, Provider()) as provider:
        make_last(shop, order)
        provider.sessions = [opened(link)]
        provider.says("POST", "/v1/checkout/sessions/cs_open/expire", (400, error("invalid_request_error")))
        expire(shop, order)

        for _ in range(2):
            with pytest.raises(Down):
                close(shop, order)
            assert link_rows(shop, order)[0]["is_open"] is True
            assert now(shop, order)["status"] == "open"
        provider.sessions = [session(shop, order, link, id="cs_open")] if is_paid else []
        close(shop, order)

    after = now(shop, order)
    assert link_rows(shop, order)[0]["is_open"] is False
    assert (after["status"], after["payment_status"]) == (("open", "paid") if is_paid else ("canceled", "unpaid"))
    assert books(shop) == []


def test_session_that_was_paid_while_it_was_to_end_closes_the_link(app: Flask, shop: Shop) -> None:
    order = shop.sell()
    link = asked_link(shop, order)
    with playing(app, Provider()) as provider:
        make_last(shop, order)
        provider.sessions = [opened(link)]
        expire(shop, order)

        def pay(call: Call) -> None:
            if call.path.endswith("/expire"):
                provider.sessions = [session(shop, order, link, id="cs_open")]
                provider.says("POST", call.path, (400, error("invalid_request_error")))

        provider.during = pay
        close(shop, order)

    assert link_rows(shop, order)[0]["is_open"] is False
    assert now(shop, order)["payment_status"] == "paid"
    assert books(shop) == []


# --- its time is over -------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_made", [True, False])
def test_order_that_waits_for_its_link_alone_goes_with_it(app: Flask, shop: Shop, is_made: bool) -> None:
    made = coupon(shop)
    order = shop.sell(items=[{"sku": "TEE-BLK-M", "quantity": 2}], coupon="TEN", payment_link={})
    assert (stock(shop), used(shop, made)) == (38, 1)
    with playing(app, Provider()):
        if is_made:
            make_last(shop, order)
        expire(shop, order)
        assert now(shop, order)["status"] == ("open" if is_made else "canceled")
        close(shop, order)

    after = now(shop, order)
    assert (after["status"], after["cancel_reason"]) == ("canceled", "The payment link expired")
    assert [status for status, *_ in links(shop, order)] == ["expired"]
    assert (stock(shop), used(shop, made)) == (40, 0)
    assert attention(shop) == []
    assert books(shop) == []


@pytest.mark.parametrize(
    "prepare",
    [lambda shop, order: paid(shop, order, amount=100), lambda shop, order: done(make(shop, order, "reserved"))],
)
def test_order_that_somebody_has_to_do_with_is_looked_at(
    app: Flask, shop: Shop, prepare: Callable[[Shop, Order], Any]
) -> None:
    order = shop.sell()
    prepare(shop, order)
    link = asked_link(shop, order)
    with playing(app, Provider()):
        make_last(shop, order)
        expire(shop, order)
        close(shop, order)
        reopen(shop, order, link)
        close(shop, order)

    assert now(shop, order)["status"] == "open"
    assert attention(shop) == ["link_expired"]
    assert books(shop) == []


def test_link_does_not_expire_while_a_payment_is_on_its_way(app: Flask, shop: Shop) -> None:
    order = shop.sell()
    link = asked_link(shop, order)
    told(shop, event(shop, "checkout.session.completed", session(shop, order, link, payment_status="unpaid")))

    with playing(app, Provider()):
        expire(shop, order)

    assert links(shop, order) == [("creating", TOTAL, 0)]
    assert now(shop, order)["status"] == "open"


def test_link_that_was_paid_while_it_expired_keeps_its_order(app: Flask, shop: Shop) -> None:
    order = shop.sell()
    link = asked_link(shop, order)
    with playing(app, Provider()) as provider:
        make_last(shop, order)
        provider.sessions = [session(shop, order, link)]
        expire(shop, order)

        close(shop, order)

    after = now(shop, order)
    assert (after["status"], after["payment_status"]) == ("open", "paid")
    assert links(shop, order) == [("completed", TOTAL, 0)]
    assert books(shop) == []


def test_store_may_keep_its_unpaid_orders(app: Flask, shop: Shop) -> None:
    change = shop.patch("/store", {"cancels_unpaid_orders": False}, version=shop.get("/store").json["version"])
    assert done(change)["cancels_unpaid_orders"] is False
    order = shop.sell(payment_link={})

    with playing(app, Provider()):
        make_last(shop, order)
        expire(shop, order)
        close(shop, order)

    assert now(shop, order)["status"] == "open"
    assert attention(shop) == []
    assert books(shop) == []
