"""The payment link of an order at the counter: asked for, withdrawn, following what is due, made and closed at Stripe."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import FlaskGroup
from sqlalchemy import text

from pos import clock
from pos.checkout import flows, tasks
from pos.db import db, transaction
from pos.payments.gateway import Down, Unclear
from tests.checkout import stripe
from tests.checkout.counter import (
    add_round,
    books,
    cancel,
    change_line,
    change_order,
    coupon,
    done,
    line_of,
    make,
    now,
    paid,
    pay,
    refund,
    seen,
    signed_in,
    stock,
    used,
    void,
)
from tests.checkout.provider import Call, Provider, error, playing, switched_off
from tests.checkout.stripe import asked_link, event, session, told
from tests.client import Shop, new_key
from tests.refusals import slug_of
from tests.web.stripe_side import path_of

TOTAL = 866
STORE_HOURS = 24
NO_RIGHTS = (403, error("invalid_request_error", "account_invalid"))
TWO = [{"sku": "IPA", "quantity": 1}, {"sku": "PRETZEL", "quantity": 1}]
Order = dict[str, Any]


def links(shop: Shop, order: Order) -> list[tuple[str, int, int]]:
    """Status, amount and tip of each attempt."""
    return [(row["status"], row["amount"], row["tip"]) for row in link_rows(shop, order)]


def link_rows(shop: Shop, order: Order) -> list[dict[str, Any]]:
    with transaction(uuid.UUID(shop.store_id)):
        asked = text("SELECT * FROM payment_links WHERE order_id = :id ORDER BY attempt")
        return [dict(row) for row in db.session.execute(asked, {"id": order["id"]}).mappings()]


def attention(shop: Shop) -> list[str]:
    return sorted(item["kind"] for item in shop.get("/attention-items", as_="owner").json["data"])


def make_last(shop: Shop, order: Order) -> None:
    flows.make_link(uuid.UUID(shop.store_id), link_rows(shop, order)[-1]["id"])


def close(shop: Shop, order: Order, attempt: int = 1) -> None:
    flows.close_link(uuid.UUID(shop.store_id), link_rows(shop, order)[attempt - 1]["id"])


def leave(shop: Shop, order: Order, minutes: int) -> None:
    """So much is left of the time of the order's links."""
    with transaction(uuid.UUID(shop.store_id)):
        db.session.execute(
            text("UPDATE payment_links SET expires_at = now() + :minutes * interval '1 minute' WHERE order_id = :id"),
            {"id": order["id"], "minutes": minutes},
        )


def has_full_time(shop: Shop, order: Order) -> bool:
    return bool(link_rows(shop, order)[-1]["expires_at"] > clock.now() + timedelta(hours=STORE_HOURS, minutes=-1))


def reopen(shop: Shop, order: Order, link: Order) -> None:
    """Somebody switches a link on again in Stripe's dashboard."""
    thing = {"id": f"plink_{link['id']}", "object": "payment_link", "active": True}
    told(shop, event(shop, "payment_link.updated", thing | {"metadata": stripe.ours(shop, order, link)}))
    assert link_rows(shop, order)[link["attempt"] - 1]["is_open"] is True


def guest_asks(shop: Shop, order: Order, tip: str | None = None) -> None:
    path = path_of(order, "p") if tip is None else path_of(order, rest="/tip")
    answer = shop.client.post(path, data={"tip": tip} if tip else {})
    assert answer.status_code == 303, answer.get_data(as_text=True)


def expire(shop: Shop, order: Order) -> None:
    """As the sweep does when the time of the link is over."""
    leave(shop, order, -1)
    flows.expire_link(uuid.UUID(shop.store_id), link_rows(shop, order)[-1]["id"])


# --- asked for --------------------------------------------------------------------------------------------


def test_link_is_made_once(shop: Shop) -> None:
    order = shop.sell()

    first = shop.post(f"/orders/{order['id']}/payment-link", {})
    again = shop.post(f"/orders/{order['id']}/payment-link", {})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json == now(shop, order)["payment_link"]
    shown = first.json
    assert (shown["status"], shown["amount"], shown["tip"], shown["attempt"]) == ("creating", TOTAL, 0, 1)
    assert shown["url"].startswith("http://127.0.0.1:8000/hops/p/")
    assert shown["qr_url"] == shown["url"] + ".svg"
    assert books(shop) == []


def test_another_tip_needs_another_link_with_our_address_kept(shop: Shop) -> None:
    order = shop.sell()

    answers = [asked_link(shop, order, **asked) for asked in ({}, {"tip": 100}, {}, {"tip": 100}, {"tip": 0})]

    assert [(each["attempt"], each["amount"]) for each in answers] == [
        (1, TOTAL), (2, TOTAL + 100), (2, TOTAL + 100), (2, TOTAL + 100), (3, TOTAL),
    ]  # fmt: skip
    assert len({each["url"] for each in answers}) == 1
    assert [status for status, *_ in links(shop, order)] == ["canceled", "canceled", "creating"]
    assert books(shop) == []


@pytest.mark.parametrize(
    ("prepare", "refusal"),
    [
        (paid, (409, "nothing-due")),
        (lambda shop, order: done(cancel(shop, order)), (409, "wrong-state")),
        (lambda shop, order: paid(shop, order, amount=TOTAL - 49), (422, "below-minimum")),
    ],
)
def test_link_is_refused(shop: Shop, prepare: Callable[[Shop, Order], Any], refusal: tuple[int, str]) -> None:
    order = shop.sell()
    prepare(shop, order)

    assert slug_of(shop.post(f"/orders/{order['id']}/payment-link", {})) == refusal
    assert links(shop, order) == []


@pytest.mark.parametrize(
    ("tip", "status"), [(TOTAL, 201), (TOTAL + 1, 422), (-1, 422), ("5", 422), (True, 422), (10**15, 422)]
)
def test_tip_by_link_is_not_more_than_what_is_due(shop: Shop, tip: Any, status: int) -> None:
    order = shop.sell()

    assert shop.post(f"/orders/{order['id']}/payment-link", {"tip": tip}).status_code == status


def test_link_of_nobodys_order_is_not_found(shop: Shop, other_shop: Shop) -> None:
    order = shop.sell()

    assert shop.post(f"/orders/{uuid.uuid4()}/payment-link", {}).status_code == 404
    assert other_shop.post(f"/orders/{order['id']}/payment-link", {}).status_code == 404
    assert shop.request("DELETE", f"/orders/{order['id']}/payment-link").status_code == 404


def test_link_is_refused_without_a_stripe_key(app: Flask, shop: Shop) -> None:
    order = shop.sell()

    with switched_off(app):
        assert slug_of(shop.post(f"/orders/{order['id']}/payment-link", {})) == (422, "links-switched-off")
        sale = shop.post("/orders", shop.order(payment_link={}))

    assert slug_of(sale) == (422, "links-switched-off")


def test_store_without_account_may_take_links_as_the_only_one(shop: Shop, other_shop: Shop) -> None:
    order = shop.sell()
    _set_stores("stripe_account = NULL WHERE slug = 'hops'")

    refused = shop.post(f"/orders/{order['id']}/payment-link", {})
    _set_stores("is_active = false WHERE slug = 'cafe'")
    alone = shop.post(f"/orders/{order['id']}/payment-link", {})

    assert slug_of(refused) == (422, "no-stripe-account")
    assert alone.status_code == 201
    assert link_rows(shop, order)[0]["account"] is None


@pytest.mark.parametrize(("price", "refusal"), [(1251, (422, "not-in-steps")), (1250, (201, ""))])
def test_dinars_are_charged_in_steps(shop: Shop, price: int, refusal: tuple[int, str]) -> None:
    _set_stores("currency = 'KWD' WHERE slug = 'hops'")
    done(
        shop.request(
            "PATCH",
            f"/products/{shop.products['WATER']}",
            as_="owner",
            headers={"If-Match": "*"},
            json={"price": price},
        )
    )
    order = shop.sell(items=[{"sku": "WATER", "quantity": 1}])

    assert slug_of(shop.post(f"/orders/{order['id']}/payment-link", {})) == refusal


def _set_stores(change: str) -> None:
    with transaction(None):
        db.session.execute(text(f"UPDATE stores SET {change}"))


def test_sale_may_ask_for_its_link(shop: Shop) -> None:
    key = new_key()

    order = shop.sell(key=key, payment_link={})

    assert (order["payment_link"]["status"], order["payment_link"]["amount"]) == ("creating", TOTAL)
    assert shop.sell(key=key, payment_link={}) == order == now(shop, order)
    assert asked_link(shop, order)["id"] == order["payment_link"]["id"]
    assert books(shop) == []


def test_sale_that_is_paid_in_part_asks_for_the_rest(shop: Shop) -> None:
    order = shop.sell(payment={"method": "cash", "amount": 400}, payment_link={})

    assert order["payment_link"]["amount"] == TOTAL - 400
    assert books(shop) == []


def test_sale_with_a_link_that_cannot_be_is_not_made(shop: Shop) -> None:
    refused = shop.post("/orders", shop.order(payment={"method": "cash", "amount": TOTAL - 49}, payment_link={}))

    assert slug_of(refused) == (422, "below-minimum")
    assert shop.get("/orders").json["data"] == []


def test_sale_that_is_paid_needs_no_link(shop: Shop) -> None:
    order = shop.sell(payment={"method": "cash"}, payment_link={})

    assert (order["payment_status"], order["payment_link"]) == ("paid", None)
    assert books(shop) == []


# --- withdrawn --------------------------------------------------------------------------------------------


def test_withdrawn_link_ends_and_may_be_asked_for_again(app: Flask, shop: Shop) -> None:
    order = shop.sell()
    link = asked_link(shop, order)
    with playing(app, Provider()) as provider:
        make_last(shop, order)

        withdrawn = [done(shop.request("DELETE", f"/orders/{order['id']}/payment-link")) for _ in range(2)]
        close(shop, order)

    assert [each["status"] for each in withdrawn] == ["canceled"] * 2
    assert [call.path for call in provider.calls[1:]] == [
        f"/v1/payment_links/plink_{link['id']}",
        *["/v1/checkout/sessions"] * 2,
    ]
    assert link_rows(shop, order)[0]["is_open"] is False
    assert asked_link(shop, order)["attempt"] == 2
    assert books(shop) == []


# --- following what is due --------------------------------------------------------------------------------


def _void(shop: Shop, order: Order) -> None:
    done(void(shop, now(shop, order), "PRETZEL", signed_in(shop, "manager")))


def _split(shop: Shop, order: Order) -> None:
    moved = [{"line_id": line_of(order, "PRETZEL")["id"]}]
    done(shop.post(f"/orders/{order['id']}/split", {"lines": moved}, headers=seen(now(shop, order))), 201)


def _merge(shop: Shop, order: Order) -> None:
    other = shop.sell()
    done(shop.post(f"/orders/{order['id']}/merge", {"order_id": other["id"]}, headers=seen(now(shop, order))), 201)


def _discount(shop: Shop, order: Order) -> None:
    off = {"percent": 10, "reason": "regular"}
    done(change_order(shop, now(shop, order), signed_in(shop, "manager"), discount=off))


def _line_discount(shop: Shop, order: Order) -> None:
    off = {"amount": 100, "reason": "cold"}
    done(change_line(shop, now(shop, order), "PRETZEL", signed_in(shop, "manager"), discount=off))


def _coupon(shop: Shop, order: Order) -> None:
    coupon(shop)
    done(change_order(shop, now(shop, order), coupon="TEN"))


def _refund_of_cash(shop: Shop, order: Order) -> None:
    done(refund(shop, order, amount=100), 201)


CHANGES = (
    (lambda shop, order: done(add_round(shop, order, {"sku": "IPA", "quantity": 2}), 201), 1732),
    (lambda shop, order: done(change_line(shop, now(shop, order), "IPA", quantity=3)), 1732),
    (_void, -495),
    (_split, -495),
    (_merge, TOTAL),
    (_discount, None),
    (_line_discount, -110),
    (_coupon, None),
    (lambda shop, order: paid(shop, order, "card", amount=200), -200),
    (_refund_of_cash, 100),
)


@pytest.mark.parametrize("is_made", [False, True])
@pytest.mark.parametrize(("change", "by"), CHANGES)
def test_link_follows_what_is_due(
    app: Flask, shop: Shop, change: Callable[[Shop, Order], Any], by: int | None, is_made: bool
) -> None:
    order = shop.sell(items=TWO, payment={"method": "cash", "amount": 150})
    link = asked_link(shop, order, tip=70)
    due = link["amount"] - 70
    with playing(app, Provider()):
        if is_made:
            make_last(shop, order)

        change(shop, order)

        after = now(shop, order)
        assert after["amount_due"] != due
        assert by is None or after["amount_due"] == due + by
        assert links(shop, order) == [("canceled", due + 70, 70), ("creating", after["amount_due"] + 70, 70)]
        assert after["payment_link"]["url"] == link["url"]
        assert after["payment_link"]["expires_at"] > link["expires_at"]
        assert link_rows(shop, order)[0]["is_open"] is is_made
        assert books(shop) == []


@pytest.mark.parametrize(
    "change",
    [
        paid,
        lambda shop, order: done(cancel(shop, order, signed_in(shop, "manager"), refund=True)),
        lambda shop, order: paid(shop, order, amount=order["amount_due"] - 49),
    ],
)
def test_link_ends_when_nothing_is_due_that_a_card_is_charged(shop: Shop, change: Callable[[Shop, Order], Any]) -> None:
    order = shop.sell(payment={"method": "cash", "amount": 150})
    asked_link(shop, order)

    change(shop, order)

    assert links(shop, order) == [("canceled", TOTAL - 150, 0)]
    assert books(shop) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda shop, order: done(change_order(shop, now(shop, order), phone="(415) 555-0199")),
        lambda shop, order: done(change_order(shop, now(shop, order), tab_name="Window", note="x")),
        lambda shop, order: done(make(shop, order, "prepared")),
        lambda shop, order: done(change_line(shop, now(shop, order), "IPA", note="cold")),
    ],
)
def test_link_stays_when_what_is_due_stays(shop: Shop, change: Callable[[Shop, Order], Any]) -> None:
    order = shop.sell()
    link = asked_link(shop, order, tip=20)

    change(shop, order)

    assert links(shop, order) == [("creating", TOTAL + 20, 20)]
    assert now(shop, order)["payment_link"]["url"] == link["url"]
    assert books(shop) == []


def test_order_that_is_merged_into_another_takes_its_link_along(shop: Shop) -> None:
    order, other = shop.sell(), shop.sell()
    asked_link(shop, other)

    done(shop.post(f"/orders/{order['id']}/merge", {"order_id": other["id"]}, headers=seen(order)), 201)

    assert links(shop, other) == [("canceled", TOTAL, 0)]
    assert links(shop, order) == []
    assert books(shop) == []


def test_tip_of_a_link_never_exceeds_what_has_become_due(shop: Shop) -> None:
    order = shop.sell()
    asked_link(shop, order, tip=800)

    paid(shop, order, amount=TOTAL - 100)

    assert links(shop, order) == [("canceled", TOTAL + 800, 800), ("creating", 200, 100)]
    assert books(shop) == []


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
    [
        lambda shop, order: paid(shop, order, amount=100),
        lambda shop, order: done(make(shop, order, "reserved")),
    ],
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


# --- whose link it is, and how long it lives ---------------------------------------------------------------


@pytest.mark.parametrize("is_made", [True, False])
def test_link_that_only_the_guest_asked_for_leaves_the_tab_open(app: Flask, shop: Shop, is_made: bool) -> None:
    order = shop.sell(items=[{"sku": "TEE-BLK-M", "quantity": 1}])
    guest_asks(shop, order)
    with playing(app, Provider()):
        if is_made:
            make_last(shop, order)
        expire(shop, order)
        close(shop, order)
        guest_asks(shop, order, tip="1")
        expire(shop, order)
        close(shop, order, 2)

    assert [(row["status"], row["is_open"]) for row in link_rows(shop, order)] == [("expired", False)] * 2
    assert now(shop, order)["status"] == "open"
    assert stock(shop) == 39
    assert attention(shop) == []
    assert books(shop) == []


def test_link_that_only_the_guest_asked_for_bothers_nobody(app: Flask, shop: Shop) -> None:
    order = shop.sell()
    guest_asks(shop, order)
    paid(shop, order, amount=100)
    with playing(app, Provider()):
        expire(shop, order)

    assert links(shop, order)[-1][0] == "expired"
    assert attention(shop) == []


@pytest.mark.parametrize("tip", [None, 100])
def test_link_of_a_guest_that_the_counter_asks_for_too_is_the_counters(app: Flask, shop: Shop, tip: int | None) -> None:
    order = shop.sell()
    guest_asks(shop, order)
    leave(shop, order, 1)

    asked_link(shop, order, **({} if tip is None else {"tip": tip}))

    assert has_full_time(shop, order)
    with playing(app, Provider()):
        expire(shop, order)
    assert now(shop, order)["status"] == "canceled"
    assert books(shop) == []


@pytest.mark.parametrize("tip", [None, "1"])
def test_link_of_the_counter_stays_the_counters_whatever_a_guest_does(app: Flask, shop: Shop, tip: str | None) -> None:
    order = shop.sell(payment_link={})
    leave(shop, order, 5)
    before = link_rows(shop, order)[-1]["expires_at"]

    guest_asks(shop, order, tip=tip)

    assert link_rows(shop, order)[-1]["expires_at"] == before
    with playing(app, Provider()):
        expire(shop, order)
    assert now(shop, order)["status"] == "canceled"


def test_counter_that_asks_again_does_not_prolong_its_link(shop: Shop) -> None:
    order = shop.sell(payment_link={})
    leave(shop, order, 5)
    before = link_rows(shop, order)[-1]["expires_at"]

    for tip in ({}, {"tip": 100}, {"tip": 0}):
        asked_link(shop, order, **tip)

    assert {row["expires_at"] for row in link_rows(shop, order)} == {before}


@pytest.mark.parametrize(("by_guest", "status"), [(True, "open"), (False, "canceled")])
@pytest.mark.parametrize("change", [lambda shop, order: add_round(shop, order, TWO[1]), _void])
def test_link_of_an_order_that_changes_has_its_time_again(
    app: Flask, shop: Shop, change: Callable[[Shop, Order], Any], by_guest: bool, status: str
) -> None:
    order = shop.sell(items=TWO)
    if by_guest:
        guest_asks(shop, order)
    else:
        asked_link(shop, order)
    leave(shop, order, 1)

    change(shop, now(shop, order))

    assert has_full_time(shop, order)
    with playing(app, Provider()):
        expire(shop, order)
    assert [row["status"] for row in link_rows(shop, order)] == ["canceled", "expired"]
    assert now(shop, order)["status"] == status
    assert books(shop) == []


def test_link_after_a_banks_late_no_has_its_full_time(app: Flask, shop: Shop) -> None:
    order = shop.sell()
    link = asked_link(shop, order)
    waiting = session(shop, order, link, payment_status="unpaid")
    told(shop, event(shop, "checkout.session.completed", waiting))
    leave(shop, order, -60)

    told(shop, event(shop, "checkout.session.async_payment_failed", waiting))

    assert [status for status, *_ in links(shop, order)] == ["failed", "creating"]
    assert has_full_time(shop, order)
    with playing(app, Provider()):
        expire(shop, order)
    assert now(shop, order)["status"] == "canceled"


def test_order_that_had_another_link_since_outlives_the_older_one(app: Flask, shop: Shop) -> None:
    """The older one is closed late, and once more after somebody has switched it on at Stripe."""
    order = shop.sell()
    link = asked_link(shop, order)
    with playing(app, Provider()):
        make_last(shop, order)
        expire(shop, order)
        asked_link(shop, order)
        close(shop, order)
        assert now(shop, order)["status"] == "open"
        done(shop.request("DELETE", f"/orders/{order['id']}/payment-link"))
        reopen(shop, order, link)
        close(shop, order)

    assert now(shop, order)["status"] == "open"
    assert attention(shop) == []
    assert books(shop) == []


def test_link_lets_its_order_go_once(app: Flask, shop: Shop) -> None:
    """What the store has kept open when the link expired is nobody's to cancel when the link is closed again."""
    version = shop.get("/store").json["version"]
    done(shop.patch("/store", {"cancels_unpaid_orders": False}, version=version))
    order = shop.sell()
    link = asked_link(shop, order)
    with playing(app, Provider()):
        make_last(shop, order)
        expire(shop, order)
        close(shop, order)
        done(shop.patch("/store", {"cancels_unpaid_orders": True}, version=version + 1))
        reopen(shop, order, link)
        close(shop, order)

    assert link_rows(shop, order)[0]["is_open"] is False
    assert now(shop, order)["status"] == "open"
    assert attention(shop) == []


# --- the store's settings ---------------------------------------------------------------------------------


def test_store_says_how_long_its_links_live(shop: Shop) -> None:
    store = done(shop.get("/store"))
    assert store["stripe_account"] == "acct_hops"
    before = asked_link(shop, shop.sell())

    changed = done(shop.patch("/store", {"payment_link_hours": 720}, version=store["version"]))

    after = asked_link(shop, shop.sell())
    assert (changed["payment_link_hours"], changed["version"]) == (720, store["version"] + 1)
    assert after["expires_at"] > before["expires_at"]


@pytest.mark.parametrize(
    "change",
    [{"payment_link_hours": 0}, {"payment_link_hours": 721}, {"stripe_account": "acct_x"}, {"currency": "EUR"}],
)
def test_store_refuses_what_is_not_its_owners_to_change(shop: Shop, change: dict[str, Any]) -> None:
    assert shop.patch("/store", change, version=shop.get("/store").json["version"]).status_code == 422


def test_only_an_owner_who_has_seen_the_store_changes_it(shop: Shop) -> None:
    version = shop.get("/store").json["version"]

    assert shop.patch("/store", {"payment_link_hours": 5}, version=version, as_="register").status_code == 403
    assert shop.patch("/store", {"payment_link_hours": 5}, version=version + 1).status_code == 412
    assert shop.patch("/store", {"payment_link_hours": 5}, version=None).status_code == 428


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["hops", "--stripe-account", "acct_9"], 0, "hops takes cards by acct_9"),
        (["hops", "--stripe-account", "none"], 0, "hops takes cards by the account of the key"),
        (["hops", "--stripe-account", "acct_hops"], 0, "acct_hops"),
        (["hops", "--stripe-account", "acct_cafe"], 1, "Another store has acct_cafe"),
        (["hops", "--stripe-account", "sk_live_1"], 2, "acct_"),
        (["hops"], 2, "Say what to change"),
        (["nobody", "--stripe-account", "acct_9"], 1, "nobody"),
    ],
)
def test_account_is_set_by_whoever_runs_the_server(
    app: Flask, shop: Shop, arguments: list[str], code: int, said: str
) -> None:
    answer = CliRunner().invoke(FlaskGroup(create_app=lambda: app), ["stores", "change", *arguments])

    assert (answer.exit_code, said in answer.output) == (code, True), answer.output
    changed = arguments[-1] if code == 0 else "acct_hops"
    assert shop.get("/store").json["stripe_account"] == (None if changed == "none" else changed)
    assert pay(shop, shop.sell()).status_code == 201
