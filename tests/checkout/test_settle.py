"""What Stripe tells becomes books: stories of one order each, told by signed events."""

from typing import Any

import pytest
from sqlalchemy import text

from pos.db import db, transaction
from tests.checkout import stripe
from tests.checkout.counter import add_round, books, cancel, done, make, now, paid, refund, signed_in
from tests.checkout.settle_stories import (
    FAILED,
    PAID,
    SUCCEEDED,
    TOTAL,
    UNPAID,
    asked,
    attention,
    links,
    money,
    own_refund,
    pay_by,
    refunds,
    sold,
    spent,
)
from tests.checkout.stripe import asked_link, event, session, told
from tests.client import Shop

# --- paid -------------------------------------------------------------------------------------------------


def test_paid_link_pays_the_order(shop: Shop) -> None:
    order, link = sold(shop)

    assert pay_by(shop, order, link) == "applied"

    after = now(shop, order)
    assert money(after) == ("paid", TOTAL, 0, 0)
    assert [(each["method"], each["amount"], each["status"]) for each in after["payments"]] == [
        ("stripe", TOTAL, "succeeded")
    ]
    assert links(shop, order) == [("completed", TOTAL)]
    assert spent(shop, order) == TOTAL
    assert attention(shop) == []
    assert books(shop) == []


def test_goods_that_need_no_making_are_handed_over_with_the_payment(shop: Shop) -> None:
    order, link = sold(shop, items=[{"sku": "TEE-BLK-M", "quantity": 1}])

    pay_by(shop, order, link)

    assert now(shop, order)["status"] == "completed"
    assert books(shop) == []


def test_two_events_of_one_payment_count_once(shop: Shop) -> None:
    order, link = sold(shop)
    completed = session(shop, order, link)

    outcomes = [told(shop, event(shop, kind, completed)) for kind in (PAID, SUCCEEDED, PAID)]

    assert outcomes == ["applied", "repeated", "repeated"]
    assert money(now(shop, order)) == ("paid", TOTAL, 0, 0)
    assert books(shop) == []


def test_tip_of_the_guest_counts_on_top(shop: Shop) -> None:
    order = shop.sell(tip=50)
    link = asked_link(shop, order, tip=100)

    pay_by(shop, order, link)

    after = now(shop, order)
    assert (after["tip"], after["total"]) == (150, TOTAL + 150)
    assert money(after) == ("paid", TOTAL + 150, 0, 0)
    assert spent(shop, order) == TOTAL + 150
    assert books(shop) == []


def test_tip_is_no_tip_of_an_order_that_owes_nothing(shop: Shop) -> None:
    order = shop.sell()
    link = asked_link(shop, order, tip=100)
    paid(shop, order)

    pay_by(shop, order, link)

    after = now(shop, order)
    assert (after["tip"], after["total"]) == (0, TOTAL)
    assert refunds(after) == [("overpayment", TOTAL + 100, "pending")]
    assert attention(shop) == ["double_payment"]
    assert books(shop) == []


def test_store_with_included_tax(other_shop: Shop) -> None:
    order = other_shop.sell()
    link = asked_link(other_shop, order, tip=20)

    pay_by(other_shop, order, link)

    after = now(other_shop, order)
    assert (after["currency"], after["tax_included"], after["total"]) == ("EUR", True, 820)
    assert money(after) == ("paid", 820, 0, 0)
    assert books(other_shop) == []


@pytest.mark.parametrize(("currency", "told_amount"), [("JPY", TOTAL), ("ISK", TOTAL * 100), ("HUF", None)])
def test_currency_that_stripe_counts_otherwise(shop: Shop, currency: str, told_amount: int | None) -> None:
    items = [{"sku": "IPA", "quantity": 1 if told_amount else 30}]
    with transaction(None):
        db.session.execute(text("UPDATE stores SET currency = :currency WHERE slug = 'hops'"), {"currency": currency})
    order, link = sold(shop, items=items)

    pay_by(shop, order, link, amount_total=told_amount or order["total"])

    after = now(shop, order)
    assert (after["currency"], after["payment_status"], after["amount_paid"]) == (currency, "paid", order["total"])
    assert books(shop) == []


# --- the bank takes its time ------------------------------------------------------------------------------


def test_payment_on_its_way_counts_when_it_has_arrived(shop: Shop) -> None:
    order, link = sold(shop)
    waiting = session(shop, order, link, **UNPAID)

    assert told(shop, event(shop, PAID, waiting)) == "applied"
    between = now(shop, order)
    assert told(shop, event(shop, SUCCEEDED, waiting | {"payment_status": "paid"})) == "applied"

    assert money(between) == ("unpaid", 0, 0, TOTAL)
    assert [(each["status"], each["amount"]) for each in between["payments"]] == [("pending", TOTAL)]
    assert money(now(shop, order)) == ("paid", TOTAL, 0, 0)
    assert links(shop, order) == [("completed", TOTAL)]
    assert books(shop) == []


@pytest.mark.parametrize("kinds", [(PAID, FAILED), (FAILED, PAID), (FAILED,), (PAID, FAILED, FAILED)])
def test_payment_that_does_not_arrive_gives_the_guest_another_link(shop: Shop, kinds: tuple[str, ...]) -> None:
    order = shop.sell()
    link = asked_link(shop, order, tip=40)
    waiting = session(shop, order, link, **UNPAID)

    for kind in kinds:
        told(shop, event(shop, kind, waiting))

    after = now(shop, order)
    assert money(after) == ("unpaid", 0, 0, TOTAL)
    assert [each["status"] for each in after["payments"]] == ["failed"]
    assert links(shop, order) == [("failed", TOTAL + 40), ("creating", TOTAL + 40)]
    assert (after["payment_link"]["tip"], after["payment_link"]["url"]) == (40, link["url"])
    assert books(shop) == []


def test_payment_that_arrives_after_all_ends_the_other_link(shop: Shop) -> None:
    order, link = sold(shop)
    waiting = session(shop, order, link, **UNPAID)
    for kind in (PAID, FAILED):
        told(shop, event(shop, kind, waiting))

    told(shop, event(shop, SUCCEEDED, waiting | {"payment_status": "paid"}))

    assert money(now(shop, order)) == ("paid", TOTAL, 0, 0)
    assert links(shop, order) == [("completed", TOTAL), ("canceled", TOTAL)]
    assert books(shop) == []


def test_what_arrives_counts_and_not_what_was_announced(shop: Shop) -> None:
    order, link = sold(shop)
    waiting = session(shop, order, link, **UNPAID)
    told(shop, event(shop, PAID, waiting))

    told(shop, event(shop, SUCCEEDED, waiting | {"amount_total": 500, "payment_status": "paid"}))

    assert money(now(shop, order)) == ("partially_paid", 500, 0, TOTAL - 500)
    assert attention(shop) == ["payment_mismatch"]
    assert books(shop) == []


# --- paid late, twice, or something else ------------------------------------------------------------------


def test_paid_twice_goes_back_once(shop: Shop) -> None:
    order, link = sold(shop)
    events = [event(shop, PAID, session(shop, order, link)) for _ in range(2)]

    outcomes = [told(shop, each) for each in [*events, *events]]

    after = now(shop, order)
    assert outcomes == ["applied", "applied", "repeated", "repeated"]
    assert money(after) == ("overpaid", 2 * TOTAL, 0, 0)
    assert refunds(after) == [("overpayment", TOTAL, "pending")]
    assert attention(shop) == ["double_payment"]
    assert books(shop) == []


def test_old_attempt_that_is_paid_ends_the_new_one_or_follows(shop: Shop) -> None:
    order = shop.sell()
    old = asked_link(shop, order, tip=30)
    done(add_round(shop, order, {"sku": "PRETZEL", "quantity": 1}), 201)
    assert links(shop, order) == [("canceled", TOTAL + 30), ("creating", TOTAL + 495 + 30)]

    pay_by(shop, order, old)

    after = now(shop, order)
    assert money(after) == ("partially_paid", TOTAL + 30, 0, 495)
    assert links(shop, order) == [("completed", TOTAL + 30), ("canceled", TOTAL + 525), ("creating", 525)]
    assert attention(shop) == []
    assert books(shop) == []


def test_old_attempt_over_a_total_that_has_become_smaller(shop: Shop) -> None:
    order, old = sold(shop)
    paid(shop, order, "cash", amount=500)

    pay_by(shop, order, old)

    after = now(shop, order)
    assert money(after) == ("overpaid", 500 + TOTAL, 0, 0)
    assert refunds(after) == [("overpayment", 500, "pending")]
    assert links(shop, order) == [("completed", TOTAL), ("canceled", TOTAL - 500)]
    assert books(shop) == []


def test_paid_after_the_cancellation_goes_back(shop: Shop) -> None:
    order, link = sold(shop)
    done(cancel(shop, order))
    assert links(shop, order) == [("canceled", TOTAL)]

    pay_by(shop, order, link)

    after = now(shop, order)
    assert (after["status"], *money(after)) == ("canceled", "overpaid", TOTAL, 0, 0)
    assert refunds(after) == [("overpayment", TOTAL, "pending")]
    assert attention(shop) == ["late_payment"]
    assert links(shop, order) == [("completed", TOTAL)]
    assert books(shop) == []

    [given_back] = after["refunds"]
    told(shop, event(shop, "refund.created", own_refund(shop, order, given_back)))

    assert money(now(shop, order)) == ("refunded", TOTAL, TOTAL, 0)
    assert spent(shop, order) == 0
    assert books(shop) == []


def test_paid_by_link_after_cash_gives_back_the_excess_only(shop: Shop) -> None:
    order = shop.sell()
    link = asked_link(shop, order)
    paid(shop, order)
    make(shop, order, "completed")
    assert now(shop, order)["status"] == "completed"

    pay_by(shop, order, link)

    after = now(shop, order)
    assert money(after) == ("overpaid", 2 * TOTAL, 0, 0)
    assert refunds(after) == [("overpayment", TOTAL, "pending")]
    assert attention(shop) == ["double_payment"]
    assert books(shop) == []


@pytest.mark.parametrize(
    ("facts", "outcome", "status", "paid_amount"),
    [
        ({"amount_total": TOTAL - 100}, "applied", "partially_paid", TOTAL - 100),
        ({"amount_total": TOTAL + 100}, "applied", "overpaid", TOTAL + 100),
        ({"currency": "eur"}, "refused", "unpaid", 0),
        ({"amount_total": 0, "payment_status": "no_payment_required", "payment_intent": None}, "refused", "unpaid", 0),
        ({"payment_intent": None}, "refused", "unpaid", 0),
    ],
)
def test_another_amount_than_asked_is_looked_at_by_a_person(
    shop: Shop, facts: dict[str, Any], outcome: str, status: str, paid_amount: int
) -> None:
    order, link = sold(shop)
    odd = session(shop, order, link, **facts)

    outcomes = [told(shop, event(shop, PAID, odd)), told(shop, event(shop, SUCCEEDED, odd))]

    after = now(shop, order)
    assert outcomes == [outcome, "repeated" if outcome == "applied" else outcome]
    assert money(after)[:2] == (status, paid_amount)
    assert "payment_mismatch" in attention(shop)
    assert attention(shop).count("payment_mismatch") == 1
    assert books(shop) == []


# --- what only happens on the way -------------------------------------------------------------------------


def test_declined_cards_are_counted(shop: Shop) -> None:
    order, link = sold(shop)
    intent = {"id": "pi_1", "object": "payment_intent", "metadata": stripe.ours(shop, order, link)}

    outcomes = [told(shop, event(shop, "payment_intent.payment_failed", intent)) for _ in range(3)]

    after = now(shop, order)
    assert outcomes == ["noted"] * 3
    assert after["payment_link"]["declined_count"] == 3
    assert (after["payment_link"]["status"], money(after)) == ("creating", ("unpaid", 0, 0, TOTAL))
    assert books(shop) == []


def test_expired_session_is_noted(shop: Shop) -> None:
    order, link = sold(shop)

    assert pay_by(shop, order, link, "checkout.session.expired", payment_intent=None) == "noted"

    assert money(now(shop, order)) == ("unpaid", 0, 0, TOTAL)
    assert links(shop, order) == [("creating", TOTAL)]
    assert books(shop) == []


@pytest.mark.parametrize(
    ("ended", "is_active", "is_open"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_link_that_was_activated_again_is_closed_again(shop: Shop, ended: bool, is_active: bool, is_open: bool) -> None:
    order, link = sold(shop)
    if ended:
        done(cancel(shop, order))
    changed = {
        "id": f"plink_{link['id']}",
        "object": "payment_link",
        "active": is_active,
        "metadata": stripe.ours(shop, order, link),
    }

    assert told(shop, event(shop, "payment_link.updated", changed)) == "noted"

    [row] = asked(shop, "SELECT is_open, provider_id FROM payment_links WHERE order_id = :id", order)
    assert tuple(row) == (is_open, f"plink_{link['id']}" if is_open else None)


# --- in the middle of the counter's work ------------------------------------------------------------------


def test_completing_what_was_partly_given_back_ends_its_link(shop: Shop) -> None:
    """What is due of an open order is due no more once it is completed."""
    order = shop.sell(payment={"method": "cash"})
    done(refund(shop, order, amount=300), 201)
    asked_link(shop, order)

    done(make(shop, order, "completed"))

    after = now(shop, order)
    assert (after["status"], after["amount_due"]) == ("completed", 0)
    assert links(shop, order) == [("canceled", 300)]
    assert books(shop) == []


def test_cancellation_gives_back_at_stripe_what_came_from_there(shop: Shop) -> None:
    order, intent = stripe.paid_by_link(shop, shop.sell())

    after = done(cancel(shop, order, signed_in(shop, "manager"), refund=True))

    assert (after["status"], after["payment_status"]) == ("canceled", "overpaid")
    assert refunds(after) == [("cancellation", TOTAL, "pending")]
    [pending] = after["refunds"]
    told(shop, event(shop, "refund.created", stripe.refund(intent, TOTAL, metadata={"refund_id": pending["id"]})))
    assert money(now(shop, order)) == ("refunded", TOTAL, TOTAL, 0)
    assert spent(shop, order) == 0
    assert books(shop) == []
