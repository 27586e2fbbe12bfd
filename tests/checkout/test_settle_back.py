"""Money that goes back at Stripe becomes books: refunds, goods, disputes."""

import uuid
from typing import Any

import pytest
from sqlalchemy import text

from pos import clock
from pos.checkout import events, settle_back
from pos.checkout.sweep import WAITING_KEPT
from pos.db import db, transaction
from tests.checkout import stripe
from tests.checkout.counter import books, done, make, now, paid, refund, set_stock, stock
from tests.checkout.settle_stories import (
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
from tests.checkout.stripe import asked_link, charge, dispute, event, session, told
from tests.client import Shop
from tests.refusals import slug_of

# --- money goes back --------------------------------------------------------------------------------------


def in_hand(shop: Shop, amount: int = 300) -> tuple[dict[str, Any], dict[str, Any]]:
    """A paid order of which a refund is on its way to Stripe."""
    order, _ = stripe.paid_by_link(shop, shop.sell())
    [pending] = done(refund(shop, order, amount=amount), 201)["refunded"]
    assert money(now(shop, order)) == ("paid", TOTAL, 0, 0)
    return order, pending


STORIES_OF_A_REFUND = (
    (("refund.created", "pending"), ("refund.updated", "succeeded")),
    (("refund.updated", "succeeded"), ("refund.created", "pending")),
    (("refund.created", "succeeded"),),
    (("refund.updated", "succeeded"), ("refund.updated", "succeeded")),
)
FAILED_REFUNDS = (
    (("refund.created", "pending"), ("refund.failed", "failed")),
    (("refund.failed", "failed"), ("refund.created", "pending")),
    (("refund.created", "succeeded"), ("refund.failed", "failed")),
    (("refund.failed", "failed"), ("refund.updated", "succeeded")),
    (("refund.created", "pending"), ("refund.updated", "canceled")),
)


@pytest.mark.parametrize("is_ours", [True, False])
@pytest.mark.parametrize("story", STORIES_OF_A_REFUND)
def test_refund_counts_once_in_every_order(shop: Shop, story: Any, is_ours: bool) -> None:
    order, at_stripe = _refunded_somewhere(shop, is_ours)

    for kind, status in story:
        told(shop, event(shop, kind, at_stripe | {"status": status}))

    after = now(shop, order)
    assert money(after) == ("partially_refunded", TOTAL, 300, 300)
    assert refunds(after) == [("counter" if is_ours else "stripe", 300, "succeeded")]
    assert spent(shop, order) == TOTAL - 300
    assert attention(shop) == []
    assert books(shop) == []


@pytest.mark.parametrize("is_ours", [True, False])
@pytest.mark.parametrize("story", FAILED_REFUNDS)
def test_refund_that_fails_puts_the_books_back(shop: Shop, story: Any, is_ours: bool) -> None:
    order, at_stripe = _refunded_somewhere(shop, is_ours)

    for kind, status in story:
        told(shop, event(shop, kind, at_stripe | {"status": status, "failure_reason": "lost_or_stolen_card"}))

    after = now(shop, order)
    assert money(after) == ("paid", TOTAL, 0, 0)
    assert [each["status"] in ("failed", "canceled") for each in after["refunds"]] == [True]
    assert after["refunds"][0]["failure"] == "lost_or_stolen_card"
    assert spent(shop, order) == TOTAL
    assert attention(shop) == ["refund_failed"]
    assert books(shop) == []


def _refunded_somewhere(shop: Shop, is_ours: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    if is_ours:
        order, pending = in_hand(shop)
        return order, own_refund(shop, order, pending)
    order, intent = stripe.paid_by_link(shop, shop.sell())
    return order, stripe.refund(intent, 300)


def test_refund_that_stripe_refused_and_had_made_all_the_same_counts(shop: Shop) -> None:
    """An earlier try of it was lost on the way back; the later one was told that there is nothing left to refund."""
    order, pending = in_hand(shop, TOTAL)
    _refuse(shop, pending)
    assert money(now(shop, order)) == ("paid", TOTAL, 0, 0)

    outcome = told(shop, event(shop, "refund.updated", own_refund(shop, order, pending)))

    after = now(shop, order)
    assert outcome == "applied"
    assert money(after)[:3] == ("refunded", TOTAL, TOTAL)
    assert [(each["status"], each["failure"]) for each in after["refunds"]] == [("succeeded", None)]
    assert books(shop) == []


def test_refund_that_stripe_refused_and_tells_as_failed_is_looked_at_once(shop: Shop) -> None:
    order, pending = in_hand(shop)
    _refuse(shop, pending)

    outcome = told(shop, event(shop, "refund.failed", own_refund(shop, order, pending, status="failed")))

    assert outcome == "repeated"
    assert attention(shop) == ["refund_failed"]
    assert books(shop) == []


def _refuse(shop: Shop, pending: dict[str, Any]) -> None:
    with transaction(uuid.UUID(shop.store_id)):
        settle_back.refused(uuid.UUID(pending["id"]), "Charge has already been refunded.", clock.now())


def test_refund_that_there_is_no_money_for_waits_for_the_failure_of_another(shop: Shop) -> None:
    order, intent = stripe.paid_by_link(shop, shop.sell())
    first = stripe.refund(intent, TOTAL)
    told(shop, event(shop, "refund.created", first))

    assert told(shop, event(shop, "refund.created", stripe.refund(intent, 500))) == "waiting"
    assert money(now(shop, order))[1:3] == (TOTAL, TOTAL)
    assert told(shop, event(shop, "refund.failed", first | {"status": "failed"})) == "applied"
    with transaction(uuid.UUID(shop.store_id)):
        for each in events.waited_for(clock.now() - WAITING_KEPT):
            events.apply_waiting(each, clock.now())

    assert money(now(shop, order))[1:3] == (TOTAL, 500)
    assert books(shop) == []


@pytest.mark.parametrize("place", [0, 1, 2])
def test_charge_tells_all_that_went_back_so_far(shop: Shop, place: int) -> None:
    order, link = sold(shop)
    completed = session(shop, order, link)
    told(shop, event(shop, PAID, completed))
    intent = completed["payment_intent"]
    events = [event(shop, "refund.created", stripe.refund(intent, amount)) for amount in (300, 200)]
    events.insert(place, event(shop, "charge.refunded", charge(shop, order, link, intent, 500)))

    for each in events:
        told(shop, each)

    after = now(shop, order)
    assert money(after)[1:3] == (TOTAL, 500)
    assert refunds(after) == [("stripe", 200, "succeeded"), ("stripe", 300, "succeeded")]
    assert spent(shop, order) == TOTAL - 500
    assert books(shop) == []


def test_charge_counts_what_no_refund_was_heard_of_for(shop: Shop) -> None:
    order, link = sold(shop)
    completed = session(shop, order, link)
    told(shop, event(shop, PAID, completed))

    for so_far in (300, 300, 500, 300):
        told(shop, event(shop, "charge.refunded", charge(shop, order, link, completed["payment_intent"], so_far)))

    after = now(shop, order)
    assert money(after)[1:3] == (TOTAL, 500)
    assert refunds(after) == [("stripe", 500, "succeeded")]
    assert books(shop) == []


@pytest.mark.parametrize("charge_first", [True, False])
def test_charge_does_not_count_our_own_refund_in_flight_twice(shop: Shop, charge_first: bool) -> None:
    order, pending = in_hand(shop)
    at_stripe = own_refund(shop, order, pending)
    link, intent = now(shop, order)["payment_link"], at_stripe["payment_intent"]
    events = [
        event(shop, "refund.created", at_stripe),
        event(shop, "charge.refunded", charge(shop, order, link, intent, 300)),
    ]

    for each in reversed(events) if charge_first else events:
        told(shop, each)

    after = now(shop, order)
    assert money(after)[1:3] == (TOTAL, 300)
    assert refunds(after) == [("counter", 300, "succeeded")]
    assert books(shop) == []


def test_everything_was_refunded_at_stripe_while_ours_was_on_its_way(shop: Shop) -> None:
    order, pending = in_hand(shop, 400)
    intent = own_refund(shop, order, pending)["payment_intent"]
    link = now(shop, order)["payment_link"]

    told(shop, event(shop, "charge.refunded", charge(shop, order, link, intent, TOTAL)))
    told(shop, event(shop, "refund.created", stripe.refund(intent, TOTAL)))
    assert books(shop) == []
    _refuse(shop, pending)

    after = now(shop, order)
    assert money(after)[1:3] == (TOTAL, TOTAL)
    assert refunds(after) == [("counter", 400, "failed"), ("stripe", TOTAL, "succeeded")]
    assert attention(shop) == ["refund_failed"]
    assert books(shop) == []


def test_charge_proves_a_payment_that_nobody_heard_of(shop: Shop) -> None:
    order, link = sold(shop)

    outcome = told(shop, event(shop, "charge.refunded", charge(shop, order, link, "pi_1", 300)))

    assert outcome == "applied"
    assert money(now(shop, order))[1:3] == (TOTAL, 300)
    assert links(shop, order)[0] == ("completed", TOTAL)
    # Which link it was at Stripe, a charge does not say: so there is nothing to close.
    assert asked(
        shop, "SELECT is_open, provider_id FROM payment_links WHERE order_id = :id AND attempt = 1", order
    ) == [(False, None)]
    assert books(shop) == []


@pytest.mark.parametrize("first", ["refund", "charge"])
def test_nothing_goes_back_of_a_payment_that_is_on_its_way(shop: Shop, first: str) -> None:
    """A refund that overtakes the word that the money has arrived waits for it; the charge is that word."""
    order, link = sold(shop)
    waiting = session(shop, order, link, **UNPAID)
    intent = waiting["payment_intent"]
    back = event(shop, "refund.created", stripe.refund(intent, 300))
    charged = event(shop, "charge.refunded", charge(shop, order, link, intent, 300))
    told(shop, event(shop, PAID, waiting))

    early = told(shop, back if first == "refund" else charged)
    between = now(shop, order)
    told(shop, event(shop, SUCCEEDED, waiting | {"payment_status": "paid"}))

    assert early == ("waiting" if first == "refund" else "applied")
    assert between["amount_paid"] == (0 if first == "refund" else TOTAL)
    assert money(now(shop, order))[1:3] == (TOTAL, 300)
    assert books(shop) == []


@pytest.mark.parametrize("kind", ["refund.created", "charge.dispute.closed"])
def test_what_comes_before_its_payment_is_applied_with_it(shop: Shop, kind: str) -> None:
    order, link = sold(shop)
    completed = session(shop, order, link)
    intent = completed["payment_intent"]
    early = stripe.refund(intent, 300) if kind == "refund.created" else dispute(intent, 300, "lost")

    assert told(shop, event(shop, kind, early)) == "waiting"
    assert told(shop, event(shop, PAID, completed)) == "applied"

    assert money(now(shop, order))[1:3] == (TOTAL, 300)
    assert books(shop) == []


def test_refund_of_a_completed_order_leaves_it_completed(shop: Shop) -> None:
    order, intent = stripe.paid_by_link(shop, shop.sell())
    make(shop, order, "completed")

    told(shop, event(shop, "refund.created", stripe.refund(intent, TOTAL)))

    after = now(shop, order)
    assert (after["status"], *money(after)) == ("completed", "refunded", TOTAL, TOTAL, 0)
    assert links(shop, order) == [("completed", TOTAL)]
    assert books(shop) == []


# --- goods that came back for money that did not go ---------------------------------------------------------

TEES = {"sku": "TEE-BLK-M", "quantity": 2}


def take_back(shop: Shop, order: dict[str, Any], *skus: str) -> list[dict[str, Any]]:
    """Takes the goods of these lines back into stock; gives the refunds."""
    lines = [{"line_id": line["id"]} for line in order["lines"] if line["sku"] in skus]
    given: list[dict[str, Any]] = done(refund(shop, order, lines=lines, restock=True), 201)["refunded"]
    return given


def fail(shop: Shop, order: dict[str, Any], pending: dict[str, Any]) -> str:
    payment = "SELECT provider_id FROM payments WHERE id = (SELECT payment_id FROM refunds WHERE id = :id)"
    [(intent,)] = asked(shop, payment, pending)
    metadata = {"store_id": shop.store_id, "order_id": order["id"], "refund_id": pending["id"]}
    failed = {
        "id": f"re_{pending['id']}",
        "status": "failed",
        "failure_reason": "expired_or_canceled_card",
        "metadata": metadata,
    }
    return told(shop, event(shop, "refund.failed", stripe.refund(intent, pending["amount"], **failed)))


def failures(shop: Shop) -> list[dict[str, Any]]:
    found = shop.get("/attention-items", as_="owner").json["data"]
    return [item["detail"] for item in reversed(found) if item["kind"] == "refund_failed"]


@pytest.mark.parametrize("is_refused", [True, False])
def test_goods_of_a_refund_that_failed_are_sold_again_and_may_come_back_once_more(shop: Shop, is_refused: bool) -> None:
    order, _ = stripe.paid_by_link(shop, shop.sell(items=[TEES]))
    [pending] = take_back(shop, order, "TEE-BLK-M")
    assert stock(shop) == 40

    for _ in range(2):
        if is_refused:
            _refuse(shop, pending)
        else:
            fail(shop, order, pending)
        assert stock(shop) == 38
        assert books(shop) == []

    [again] = take_back(shop, order, "TEE-BLK-M")
    assert stock(shop) == 40
    assert told(shop, event(shop, "refund.updated", own_refund(shop, order, again))) == "applied"
    assert stock(shop) == 40
    assert money(now(shop, order))[1:3] == (order["total"], order["total"])
    assert [sorted(detail) for detail in failures(shop)] == [["amount", "failure", "refund_id"]]
    assert slug_of(refund(shop, order, lines=[{"line_id": order["lines"][0]["id"]}])) == (422, "more-than-sold")
    assert books(shop) == []


@pytest.mark.parametrize(("left", "stays", "missing"), [(5, 3, None), (2, 0, None), (1, 0, 1), (0, 0, 2)])
def test_goods_that_were_sold_meanwhile_are_said_and_not_taken_twice(
    shop: Shop, left: int, stays: int, missing: int | None
) -> None:
    order, _ = stripe.paid_by_link(shop, shop.sell(items=[TEES]))
    [pending] = take_back(shop, order, "TEE-BLK-M")
    with transaction(uuid.UUID(shop.store_id)):
        db.session.execute(text("UPDATE products SET stock_quantity = :left WHERE sku = 'TEE-BLK-M'"), {"left": left})

    fail(shop, order, pending)

    assert stock(shop) == stays
    assert [detail.get("sold_meanwhile") for detail in failures(shop)] == [missing]
    assert books(shop) == []


def test_each_product_of_a_failed_refund_is_looked_at_for_itself(shop: Shop) -> None:
    set_stock(shop, "WATER", 5)
    order, _ = stripe.paid_by_link(shop, shop.sell(items=[TEES, {"sku": "WATER", "quantity": 3}]))
    [pending] = take_back(shop, order, "TEE-BLK-M", "WATER")
    assert (stock(shop), stock(shop, "WATER")) == (40, 5)
    set_stock(shop, "WATER", 1)

    fail(shop, order, pending)

    assert (stock(shop), stock(shop, "WATER")) == (38, 0)
    assert [detail["sold_meanwhile"] for detail in failures(shop)] == [2]
    assert books(shop) == []


def test_goods_that_did_not_go_back_into_stock_are_not_taken_out(shop: Shop) -> None:
    order, _ = stripe.paid_by_link(shop, shop.sell(items=[TEES]))
    asked_for = done(refund(shop, order, lines=[{"line_id": order["lines"][0]["id"]}]), 201)
    assert stock(shop) == 38

    fail(shop, order, asked_for["refunded"][0])

    assert stock(shop) == 38
    assert len(take_back(shop, order, "TEE-BLK-M")) == 1
    assert books(shop) == []


def test_request_of_which_one_refund_stands_takes_nothing_back(shop: Shop) -> None:
    order = paid(shop, shop.sell(items=[TEES]), amount=1000)
    order, _ = stripe.paid_by_link(shop, order)
    pending = next(each for each in take_back(shop, order, "TEE-BLK-M") if each["status"] == "pending")

    assert fail(shop, order, pending) == "applied"

    assert stock(shop) == 40
    assert [sorted(detail) for detail in failures(shop)] == [["amount", "failure", "refund_id"]]
    assert slug_of(refund(shop, order, lines=[{"line_id": order["lines"][0]["id"]}])) == (422, "more-than-sold")
    assert books(shop) == []


def test_request_of_which_no_refund_is_left_takes_the_goods_back(shop: Shop) -> None:
    order = shop.sell(items=[TEES])
    pay_by(shop, order, asked_link(shop, order), amount_total=1000)
    order, _ = stripe.paid_by_link(shop, order)
    first, second = take_back(shop, order, "TEE-BLK-M")

    fail(shop, order, first)
    between = stock(shop)
    fail(shop, order, second)

    assert (between, stock(shop)) == (40, 38)
    assert len(failures(shop)) == 2
    assert len(take_back(shop, order, "TEE-BLK-M")) == 2
    assert books(shop) == []


# --- another currency, or a fraction -----------------------------------------------------------------------


def _back(shop: Shop, order: dict[str, Any], link: dict[str, Any], intent: str, kind: str) -> dict[str, Any]:
    """The refund, the charge or the dispute of a payment: 300 of its currency went back."""
    currency = order["currency"].lower()
    return {
        "refund.created": stripe.refund(intent, 300, currency=currency),
        "charge.refunded": charge(shop, order, link, intent, 300),
        "charge.dispute.created": dispute(intent, 300, currency=currency),
        "charge.dispute.closed": dispute(intent, 300, "lost", currency=currency),
    }[kind]


BACK = ("refund.created", "charge.refunded", "charge.dispute.created", "charge.dispute.closed")


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("is_fraction", [False, True])
@pytest.mark.parametrize("kind", BACK)
def test_what_goes_back_in_money_that_the_books_cannot_hold_is_looked_at(
    shop: Shop, kind: str, is_fraction: bool, waits: bool
) -> None:
    """ISK has no decimals any more, but Stripe counts it with two that must be zero."""
    if is_fraction:
        with transaction(None):
            db.session.execute(text("UPDATE stores SET currency = 'ISK' WHERE slug = 'hops'"))
    order, link = sold(shop)
    completed = session(shop, order, link, amount_total=link["amount"] * (100 if is_fraction else 1))
    thing = _back(shop, order, link, completed["payment_intent"], kind)
    amount = "amount_refunded" if kind == "charge.refunded" else "amount"
    thing |= {amount: 12345} if is_fraction else {"currency": "eur"}
    if waits:
        # With our ids a charge would prove its payment itself.
        thing["metadata"] = {}
    back = event(shop, kind, thing)

    first = told(shop, back) if waits else None
    told(shop, event(shop, PAID, completed))
    outcomes = [told(shop, back), told(shop, back | {"id": f"evt_{uuid.uuid4().hex}"})]

    after = now(shop, order)
    assert first == ("waiting" if waits else None)
    assert outcomes == ["repeated" if waits else "refused", "refused"]
    assert money(after)[:3] == ("paid", TOTAL, 0)
    assert (after["refunds"], after["disputes"]) == ([], [])
    assert attention(shop) == ["payment_mismatch"]
    kept = "SELECT outcome FROM provider_event_outcomes WHERE order_id = :id ORDER BY created_at"
    assert sorted(outcome for (outcome,) in asked(shop, kept, order)) == ["applied", "refused", "refused"]
    assert books(shop) == []


# --- disputes ---------------------------------------------------------------------------------------------


def test_dispute_that_is_won_moves_no_money(shop: Shop) -> None:
    order, intent = stripe.paid_by_link(shop, shop.sell())

    opened = told(shop, event(shop, "charge.dispute.created", dispute(intent, TOTAL)))
    closed = told(shop, event(shop, "charge.dispute.closed", dispute(intent, TOTAL, "won")))

    after = now(shop, order)
    assert (opened, closed) == ("applied", "applied")
    assert [(each["status"], each["amount"]) for each in after["disputes"]] == [("won", TOTAL)]
    assert money(after) == ("paid", TOTAL, 0, 0)
    assert attention(shop) == ["dispute"]
    assert books(shop) == []


@pytest.mark.parametrize("statuses", [("needs_response", "lost"), ("lost", "needs_response"), ("lost",)])
def test_dispute_that_is_lost_takes_the_money(shop: Shop, statuses: tuple[str, ...]) -> None:
    order, intent = stripe.paid_by_link(shop, shop.sell())

    for status in statuses:
        told(shop, event(shop, "charge.dispute.created", dispute(intent, TOTAL, status)))

    after = now(shop, order)
    assert money(after)[:3] == ("refunded", TOTAL, TOTAL)
    assert refunds(after) == [("dispute", TOTAL, "succeeded")]
    assert spent(shop, order) == 0
    assert attention(shop) == ["dispute"]
    assert books(shop) == []


@pytest.mark.parametrize("refund_first", [True, False])
def test_lost_dispute_takes_no_more_than_refunds_have_left(shop: Shop, refund_first: bool) -> None:
    order, intent = stripe.paid_by_link(shop, shop.sell())
    events = [
        event(shop, "refund.created", stripe.refund(intent, 300)),
        event(shop, "charge.dispute.closed", dispute(intent, TOTAL, "lost")),
    ]

    for each in events if refund_first else reversed(events):
        told(shop, each)

    after = now(shop, order)
    assert money(after)[1:3] == (TOTAL, TOTAL)
    assert refunds(after) == [("dispute", TOTAL - 300, "succeeded"), ("stripe", 300, "succeeded")]
    assert books(shop) == []


def test_failed_refund_leaves_more_to_a_lost_dispute(shop: Shop) -> None:
    order, intent = stripe.paid_by_link(shop, shop.sell())
    given_back = stripe.refund(intent, 300)
    told(shop, event(shop, "refund.created", given_back))
    told(shop, event(shop, "charge.dispute.closed", dispute(intent, TOTAL, "lost")))

    told(shop, event(shop, "refund.failed", given_back | {"status": "failed"}))

    after = now(shop, order)
    assert money(after)[1:3] == (TOTAL, TOTAL)
    assert refunds(after) == [("dispute", TOTAL, "succeeded"), ("stripe", 300, "failed")]
    assert books(shop) == []


@pytest.mark.parametrize("lost", [1000, 600])
def test_refund_in_flight_beside_a_lost_dispute_leaves_the_other_payment_whole(shop: Shop, lost: int) -> None:
    """Both are of the same payment, and only one of the two will have it."""
    order = shop.sell(items=[TEES])
    order = paid(shop, order, amount=order["total"] - 1000)
    order, intent = stripe.paid_by_link(shop, order)
    [pending] = done(refund(shop, order, amount=1000), 201)["refunded"]
    told(shop, event(shop, "charge.dispute.closed", dispute(intent, lost, "lost")))

    more = done(refund(shop, order, amount=300), 201)["refunded"]
    too_much = refund(shop, order, amount=order["total"] - 1000 - 300 + 1)

    assert [(each["amount"], each["status"]) for each in more] == [(300, "succeeded")]
    assert slug_of(too_much) == (422, "refund-exceeds-paid")
    assert pending["status"] == "pending"
    assert books(shop) == []
