"""Canceling an order: stock, figures and money go back in one commit."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.checkout.counter import books, cancel, customer, done, line_of, make, now, paid, seen, signed_in
from tests.client import Shop
from tests.refusals import slug_of

DAYS = [datetime(2026, 3, day, 12, tzinfo=UTC).isoformat().replace("+00:00", "Z") for day in (1, 2, 3)]


def stock(shop: Shop) -> int:
    return shop.get(f"/products/{shop.products['TEE-BLK-M']}").json["stock_quantity"]


def test_cashier_cancels_what_nobody_paid_for(shop: Shop) -> None:
    placed = shop.sell()

    order = cancel(shop, placed).json

    assert (order["status"], order["fulfillment_status"], order["payment_status"]) == ("canceled", "canceled", "unpaid")
    assert (order["cancel_reason"], order["amount_due"], order["refunds"]) == ("changed their mind", 0, [])
    assert order["canceled_at"] is not None
    assert shop.get(f"/orders/{placed['id']}").json == order
    assert books(shop) == []


@pytest.mark.parametrize("reason", [None, "", " ", "x" * 501, 7])
def test_cancel_needs_a_reason(shop: Shop, reason: Any) -> None:
    placed = shop.sell()

    refused = cancel(shop, placed, reason=reason)

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == ["/reason"]


@pytest.mark.parametrize("asked", [{}, {"refund": False}])
@pytest.mark.parametrize("who", ["register", "manager", "owner"])
def test_cancel_refuses_while_money_is_in(shop: Shop, who: str, asked: dict[str, Any]) -> None:
    placed = shop.sell(payment={"method": "cash", "amount": 100})
    headers = signed_in(shop, who) if who == "manager" else {}

    refused = cancel(shop, placed, headers, as_="owner" if who == "owner" else "register", **asked)

    assert slug_of(refused) == (409, "money-in")
    assert "100" in refused.json["detail"]
    assert shop.get(f"/orders/{placed['id']}").json == placed


def test_cancel_with_refund_needs_a_manager(shop: Shop) -> None:
    placed = shop.sell(
        items=[{"sku": "TEE-BLK-M", "quantity": 1}, {"sku": "IPA", "quantity": 1}], payment={"method": "card"}
    )

    plain = cancel(shop, placed, refund=True)
    by_cashier = cancel(shop, placed, signed_in(shop, "cashier"), refund=True)

    assert slug_of(plain) == slug_of(by_cashier) == (403, "approval-required")
    assert shop.get(f"/orders/{placed['id']}").json == placed
    assert stock(shop) == 39
    assert books(shop) == []


@pytest.mark.parametrize("who", ["manager", "owner", "key"])
def test_manager_cancels_and_gives_the_money_back(shop: Shop, who: str) -> None:
    placed = shop.sell(payment={"method": "cash", "amount": 300})
    paid(shop, placed, "card", tip=34)
    headers, as_ = ({}, "owner") if who == "key" else (signed_in(shop, who), "register")

    answer = cancel(shop, placed, headers, as_=as_, refund=True)

    order = answer.json
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert (order["status"], order["payment_status"]) == ("canceled", "refunded")
    assert (order["amount_paid"], order["amount_refunded"], order["amount_due"]) == (900, 900, 0)
    assert {(refund["payment_id"], refund["amount"]) for refund in order["refunds"]} == {
        (payment["id"], payment["amount"]) for payment in order["payments"]
    }
    assert {refund["reason"] for refund in order["refunds"]} == {"changed their mind"}
    assert books(shop) == []


def test_cashier_may_send_refund_when_there_is_nothing_to_refund(shop: Shop) -> None:
    assert cancel(shop, shop.sell(), refund=True).status_code == 200


def test_cancel_of_what_was_free_needs_no_manager(shop: Shop) -> None:
    """A free sticker is paid, but there is no money in it."""
    placed = shop.sell(items=[{"sku": "STICKER", "quantity": 1}, {"sku": "IPA", "quantity": 1}])

    assert cancel(shop, placed).json["status"] == "canceled"
    assert books(shop) == []


# --- states ---------------------------------------------------------------------------------------------------


def test_cancel_refuses_a_second_time(shop: Shop) -> None:
    placed = shop.sell(items=[{"sku": "TEE-BLK-M", "quantity": 2}])
    first = cancel(shop, placed)

    second = cancel(shop, placed, reason="again")

    assert first.status_code == 200
    assert slug_of(second) == (409, "wrong-state")
    assert shop.get(f"/orders/{placed['id']}").json == first.json
    assert stock(shop) == 40
    assert customer(shop, placed)["order_count"] == 0
    assert books(shop) == []


@pytest.mark.parametrize("asked", [{}, {"refund": True}])
def test_cancel_refuses_a_completed_order(shop: Shop, asked: dict[str, Any]) -> None:
    placed = shop.sell(items=[{"sku": "TEE-BLK-M", "quantity": 1}], payment={"method": "cash"})
    assert placed["status"] == "completed"

    refused = cancel(shop, placed, as_="owner", **asked)

    assert slug_of(refused) == (409, "wrong-state")
    assert shop.get(f"/orders/{placed['id']}").json == placed


@pytest.mark.parametrize("made", [["reserved"], ["reserved", "prepared"]])
def test_cancel_ends_the_making(shop: Shop, made: list[str]) -> None:
    placed = shop.sell()
    for step in made:
        make(shop, placed, step)

    assert cancel(shop, placed).json["fulfillment_status"] == "canceled"
    assert slug_of(make(shop, placed, "completed")) == (409, "wrong-state")


def test_cancel_does_not_deny_that_it_was_handed_over(shop: Shop) -> None:
    placed = shop.sell()
    make(shop, placed, "completed")

    order = cancel(shop, placed).json

    assert (order["status"], order["fulfillment_status"]) == ("canceled", "completed")


def test_cancel_knows_only_orders_of_this_store(shop: Shop, other_shop: Shop) -> None:
    elsewhere = other_shop.sell(phone="030 901820")

    assert cancel(shop, elsewhere).status_code == 404
    assert cancel(shop, {"id": str(uuid.uuid4())}).status_code == 404
    assert other_shop.get(f"/orders/{elsewhere['id']}").json["status"] == "open"


# --- what goes back -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("canceled", "count", "first", "last"),
    [
        ([0], 2, DAYS[1], DAYS[2]),
        ([1], 2, DAYS[0], DAYS[2]),
        ([2], 2, DAYS[0], DAYS[1]),
        ([0, 2], 1, DAYS[1], DAYS[1]),
        ([2, 1, 0], 0, None, None),
    ],
)
def test_cancel_takes_the_order_out_of_the_customers_figures(
    shop: Shop, canceled: list[int], count: int, first: str | None, last: str | None
) -> None:
    orders = [shop.sell(placed_at=day, payment={"method": "card"}) for day in DAYS]

    for index in canceled:
        assert cancel(shop, orders[index], as_="owner", refund=True).status_code == 200

    known = customer(shop, orders[0])
    assert (known["order_count"], known["total_spent"]) == (count, count * 866)
    assert (known["first_order_at"], known["last_order_at"]) == (first, last)
    assert books(shop) == []


def test_cancel_shows_the_customers_figures_as_they_are_now(shop: Shop) -> None:
    placed = shop.sell()

    assert cancel(shop, placed).json["customer"]["order_count"] == 0


def test_cancel_with_refund_gives_stock_back(shop: Shop) -> None:
    items = [{"sku": "TEE-BLK-M", "quantity": 3}, {"sku": "IPA", "quantity": 1}, {"sku": "TEE-BLK-M", "quantity": 4}]
    placed = shop.sell(items=items, payment={"method": "card"})
    assert stock(shop) == 33

    cancel(shop, placed, as_="owner", refund=True)

    assert stock(shop) == 40


def test_cancel_of_a_walk_ins_order_counts_for_the_walk_in(shop: Shop) -> None:
    placed = shop.sell(phone=None, walk_in=True)
    kept = shop.sell(phone=None, walk_in=True)

    cancel(shop, placed)

    assert customer(shop, kept)["order_count"] == 1
    assert books(shop) == []


def test_cancel_of_a_part_of_what_was_paid_needs_a_manager(shop: Shop) -> None:
    order = shop.sell(
        items=[{"sku": "IPA", "quantity": 1}, {"sku": "PRETZEL", "quantity": 1}, {"sku": "WATER", "quantity": 1}]
    )
    order = paid(shop, order, amount=100)
    part = split_off(shop, order, "PRETZEL", "WATER")
    part_of_part = split_off(shop, part, "WATER")

    refused = [cancel(shop, each) for each in (part, part_of_part)]
    answers = [cancel(shop, each, signed_in(shop, "manager")) for each in (part, part_of_part)]

    assert [slug_of(each) for each in refused] == [(403, "approval-required")] * 2
    assert [each.json["status"] for each in answers] == ["canceled"] * 2
    assert books(shop) == []


def test_cashier_cancels_a_part_of_what_nobody_paid_for(shop: Shop) -> None:
    part = split_off(shop, shop.sell(items=[{"sku": "IPA", "quantity": 1}, {"sku": "WATER", "quantity": 1}]), "WATER")

    assert cancel(shop, part).json["status"] == "canceled"


def split_off(shop: Shop, order: dict[str, Any], *skus: str) -> dict[str, Any]:
    parts = {"lines": [{"line_id": line_of(order, sku)["id"]} for sku in skus]}
    return done(shop.post(f"/orders/{order['id']}/split", parts, headers=seen(now(shop, order))), 201)
