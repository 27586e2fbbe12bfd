"""The payment link of an order at the counter: asked for, withdrawn, following what is due; whose it is, how long it lives."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import FlaskGroup
from sqlalchemy import text

from pos.db import db, transaction
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
    void,
)
from tests.checkout.link_stories import (
    TOTAL,
    TWO,
    Order,
    attention,
    close,
    expire,
    guest_asks,
    has_full_time,
    leave,
    link_rows,
    links,
    make_last,
    reopen,
)
from tests.checkout.provider import Provider, playing, switched_off
from tests.checkout.stripe import asked_link, event, session, told
from tests.client import Shop, new_key
from tests.refusals import slug_of

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
