"""Giving money back: an amount, or goods. An IPA is 866 with tax, a pretzel 495, a tee 2706 (two 5413), a water 199."""

import uuid
from typing import Any

import pytest
from flask import Flask

from tests.checkout.counter import (
    approved,
    books,
    cancel,
    change_order,
    customer,
    done,
    line_of,
    log_of,
    make,
    now,
    paid,
    refund,
    signed_in,
    stock,
    void,
)
from tests.checkout.provider import switched_off
from tests.checkout.stripe import paid_by_link
from tests.client import Shop, new_key
from tests.refusals import slug_of

IPA, PRETZEL, WATER = ({"sku": sku, "quantity": 1} for sku in ("IPA", "PRETZEL", "WATER"))
CARD = {"method": "card"}


def sold(shop: Shop, *items: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """A completed sale of two tees, paid by card, unless it is said otherwise."""
    return shop.sell(items=list(items) or [{"sku": "TEE-BLK-M", "quantity": 2}], **{"payment": CARD, **facts})


def part(order: dict[str, Any], sku: str, quantity: int | None = None) -> dict[str, Any]:
    line = {"line_id": line_of(order, sku)["id"]}
    return line if quantity is None else {**line, "quantity": quantity}


def amounts(order: dict[str, Any]) -> list[int]:
    return [each["amount"] for each in order["refunded"]]


# --- an amount ------------------------------------------------------------------------------------------------


def test_refund_of_an_amount_gives_money_back_and_no_goods(shop: Shop) -> None:
    order = sold(shop)

    after = done(refund(shop, order, amount=1000), 201)

    assert (after["status"], after["payment_status"], after["amount_due"]) == ("completed", "partially_refunded", 0)
    assert (after["amount_paid"], after["amount_refunded"], after["total"]) == (5413, 1000, 5413)
    [given] = after["refunded"]
    assert (given["amount"], given["status"], given["reason"]) == (1000, "succeeded", "flat")
    assert given["id"] == given["request_id"]
    assert after["refunds"] == after["refunded"]
    assert customer(shop, order)["total_spent"] == 4413
    assert stock(shop) == 38
    assert books(shop) == []


def test_refund_of_all_leaves_the_order_refunded(shop: Shop) -> None:
    order = sold(shop)

    after = done(refund(shop, order, amount=5413), 201)

    assert (after["status"], after["payment_status"], after["amount_due"]) == ("completed", "refunded", 0)
    assert customer(shop, order)["order_count"] == 1
    assert books(shop) == []


def test_refund_takes_the_newest_payment_first_and_cash_last(shop: Shop) -> None:
    order = shop.sell(items=[{"sku": "TEE-BLK-M", "quantity": 2}])
    for method, amount in (("card", 1000), ("cash", 2000), ("card", 1500)):
        paid(shop, order, method, amount=amount)
    first, second, third, last = (each["id"] for each in paid(shop, order, "cash")["payments"])

    after = done(refund(shop, order, amount=4000), 201)

    assert {each["payment_id"]: each["amount"] for each in after["refunded"]} == {
        third: 1500, first: 1000, last: 913, second: 587,
    }  # fmt: skip
    assert len({each["request_id"] for each in after["refunded"]}) == 1
    assert books(shop) == []


def test_refunds_add_up_to_what_was_paid_and_no_more(shop: Shop) -> None:
    order = sold(shop)
    done(refund(shop, order, amount=5000), 201)

    too_much = refund(shop, order, amount=414)
    rest = done(refund(shop, order, amount=413), 201)
    again = refund(shop, order, amount=1)

    assert slug_of(too_much) == slug_of(again) == (422, "refund-exceeds-paid")
    assert "413" in too_much.json["detail"]
    assert rest["payment_status"] == "refunded"
    assert books(shop) == []


def test_tip_may_be_given_back_by_amount(shop: Shop) -> None:
    order = sold(shop, tip=500)

    assert done(refund(shop, order, amount=5913), 201)["payment_status"] == "refunded"
    assert books(shop) == []


def test_refund_of_an_unpaid_order_is_refused(shop: Shop) -> None:
    order = shop.sell()

    assert slug_of(refund(shop, order, amount=1)) == (422, "refund-exceeds-paid")
    assert now(shop, order) == order


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({}, "/lines"),
        ({"amount": 0}, "/amount"),
        ({"amount": -5}, "/amount"),
        ({"lines": []}, "/lines"),
        ({"amount": 5, "restock": True}, "/lines"),
        ({"amount": 5, "reason": " "}, "/reason"),
        ({"amount": 5, "reason": None}, "/reason"),
    ],
    ids=str,
)
def test_refund_that_does_not_say_how_much_and_why_is_refused(shop: Shop, asked: dict[str, Any], pointer: str) -> None:
    order = sold(shop)

    refused = refund(shop, order, **asked)

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]
    assert now(shop, order) == order


def test_refund_of_an_amount_and_lines_at_once_is_refused(shop: Shop) -> None:
    order = sold(shop)

    assert slug_of(refund(shop, order, amount=5, lines=[part(order, "TEE-BLK-M")])) == (422, "amount-or-lines")


# --- goods ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("restock", "left"), [(None, 38), (False, 38), (True, 39)])
def test_refund_of_goods_gives_back_what_was_paid_for_them(shop: Shop, restock: bool | None, left: int) -> None:
    order = sold(shop, tip=300)
    asked = {} if restock is None else {"restock": restock}

    after = done(refund(shop, order, lines=[part(order, "TEE-BLK-M", 1)], **asked), 201)

    assert amounts(after) == [2707]
    assert after["payment_status"] == "partially_refunded"
    assert stock(shop) == left
    assert books(shop) == []


@pytest.mark.parametrize("steps", [[1, 1, 1], [2, 1], [1, 2], [3]])
def test_refunds_of_parts_of_a_line_sum_to_the_line(shop: Shop, steps: list[int]) -> None:
    """Three pretzels at a discount of 7 minor units: 1343 and 134 tax, which no three parts share evenly."""
    pretzels = {"sku": "PRETZEL", "quantity": 3, "discount": {"amount": 7, "reason": "dented"}}
    order = shop.sell(items=[pretzels, IPA], as_="owner", location_id=shop.location_id, payment=CARD)
    line = line_of(order, "PRETZEL")

    given = [amounts(done(refund(shop, order, lines=[part(order, "PRETZEL", step)]), 201))[0] for step in steps]

    assert sum(given) == line["total"] + line["tax"] == 1477
    assert slug_of(refund(shop, order, lines=[part(order, "PRETZEL", 1)])) == (422, "more-than-sold")
    assert books(shop) == []


def test_refund_of_goods_where_prices_include_tax_adds_none(other_shop: Shop) -> None:
    order = other_shop.sell(phone="030 901820", items=[{"sku": "TEE-BLK-M", "quantity": 2}], payment=CARD)

    after = done(refund(other_shop, order, lines=[part(order, "TEE-BLK-M", 1)], restock=True), 201)

    assert amounts(after) == [2500]
    assert stock(other_shop) == 39
    assert books(other_shop) == []


def test_refund_of_goods_counts_the_discounts_on_the_order(shop: Shop) -> None:
    order = shop.sell(items=[{"sku": "TEE-BLK-M", "quantity": 2}, WATER])
    off = {"percent": 50, "reason": "friend"}
    order = paid(shop, done(change_order(shop, order, signed_in(shop, "manager"), discount=off)))
    tees = line_of(order, "TEE-BLK-M")

    after = done(refund(shop, order, lines=[part(order, "TEE-BLK-M")]), 201)

    assert tees["total"] == 2500
    assert amounts(after) == [tees["total"] + tees["tax"]] == [2706]
    assert books(shop) == []


def test_refund_of_several_lines_is_one_request(shop: Shop) -> None:
    order = sold(shop, {"sku": "TEE-BLK-M", "quantity": 2}, {"sku": "WATER", "quantity": 3})

    after = done(refund(shop, order, lines=[part(order, "TEE-BLK-M", 2), part(order, "WATER", 1)], restock=True), 201)

    assert amounts(after) == [5413 + 199]
    assert stock(shop) == 40
    assert books(shop) == []


def test_goods_that_cost_nothing_bring_no_money(shop: Shop) -> None:
    order = sold(shop, {"sku": "STICKER", "quantity": 2}, WATER)

    assert slug_of(refund(shop, order, lines=[part(order, "STICKER")])) == (422, "nothing-to-refund")
    assert amounts(done(refund(shop, order, lines=[part(order, "STICKER"), part(order, "WATER")]), 201)) == [199]
    assert books(shop) == []


def test_more_of_a_line_than_was_sold_does_not_go_back(shop: Shop) -> None:
    order = sold(shop)
    done(refund(shop, order, lines=[part(order, "TEE-BLK-M", 1)]), 201)

    refused = refund(shop, order, lines=[part(order, "TEE-BLK-M", 2)])

    assert slug_of(refused) == (422, "more-than-sold")
    assert "1 can still go back" in refused.json["detail"]
    assert stock(shop) == 38


def test_goods_that_were_paid_in_part_bring_no_more_than_was_paid(shop: Shop) -> None:
    order = shop.sell(items=[{"sku": "TEE-BLK-M", "quantity": 2}], payment={"method": "cash", "amount": 1000})

    assert slug_of(refund(shop, order, lines=[part(order, "TEE-BLK-M", 1)])) == (422, "refund-exceeds-paid")
    assert stock(shop) == 38
    assert books(shop) == []


def test_lines_that_are_not_on_the_order_do_not_go_back(shop: Shop, other_shop: Shop) -> None:
    beside, order = sold(shop), now(shop, sold(shop))
    elsewhere = other_shop.sell(phone="030 901820")
    tee = part(order, "TEE-BLK-M", 1)
    wrong = [
        [tee, tee],
        [part(beside, "TEE-BLK-M", 1)],
        [part(elsewhere, "IPA", 1)],
        [{"line_id": str(uuid.uuid4()), "quantity": 1}],
    ]

    answers = [refund(shop, order, lines=lines) for lines in wrong]

    assert [slug_of(answer) for answer in answers] == [(422, "unknown-line")] * 4
    assert now(shop, order) == order


def test_voided_line_does_not_go_back(shop: Shop) -> None:
    order = paid(shop, shop.sell(items=[IPA, PRETZEL]))
    lines = [part(order, "PRETZEL")]
    order = done(void(shop, order, "PRETZEL", signed_in(shop, "manager")))

    assert slug_of(refund(shop, order, lines=lines)) == (422, "unknown-line")


# --- states ---------------------------------------------------------------------------------------------------


def test_what_is_given_back_of_an_open_order_is_due_again(shop: Shop) -> None:
    order = paid(shop, shop.sell())

    after = done(refund(shop, order, amount=300), 201)
    again = paid(shop, order)

    assert (after["status"], after["payment_status"], after["amount_due"]) == ("open", "partially_refunded", 300)
    assert (again["payment_status"], again["amount_paid"], again["amount_refunded"]) == ("paid", 1166, 300)
    assert done(make(shop, order, "completed"))["status"] == "completed"
    assert books(shop) == []


def test_what_is_given_back_before_it_is_handed_over_is_not_asked_for_at_the_end(shop: Shop) -> None:
    order = paid(shop, shop.sell())
    done(refund(shop, order, amount=866), 201)

    after = done(make(shop, order, "completed"))

    assert (after["status"], after["payment_status"], after["amount_due"]) == ("completed", "refunded", 0)
    assert books(shop) == []


def test_refund_of_a_canceled_order_is_refused(shop: Shop) -> None:
    order = paid(shop, shop.sell())
    cancel(shop, order, as_="owner", refund=True)

    assert slug_of(refund(shop, order, amount=1)) == (409, "wrong-state")


def test_refund_of_another_stores_order_finds_nothing(shop: Shop, other_shop: Shop) -> None:
    elsewhere = other_shop.sell(phone="030 901820", payment=CARD)

    assert refund(shop, elsewhere, amount=1).status_code == 404
    assert now(other_shop, elsewhere) == elsewhere


# --- by link, without a key -----------------------------------------------------------------------------------


def test_money_at_stripe_stays_there_without_a_key(app: Flask, shop: Shop) -> None:
    """A refund that nobody could ever send would stay pending for good."""
    order, _ = paid_by_link(shop, shop.sell(items=[{"sku": "TEE-BLK-M", "quantity": 2}]))
    drink, _ = paid_by_link(shop, shop.sell())
    before = now(shop, order), now(shop, drink)
    line = part(order, "TEE-BLK-M")

    with switched_off(app):
        refused = [
            refund(shop, order, amount=100),
            refund(shop, order, lines=[line], restock=True),
            cancel(shop, drink, as_="owner", refund=True),
        ]

    assert [slug_of(answer) for answer in refused] == [(422, "stripe-switched-off")] * 3
    assert "Stripe's dashboard" in refused[0].json["detail"]
    assert (now(shop, order), now(shop, drink)) == before
    assert (stock(shop), log_of(shop, "order.refund")) == (38, [])
    assert refund(shop, order, lines=[line], restock=True).status_code == 201
    assert books(shop) == []


def test_money_in_the_drawer_goes_back_without_a_key(app: Flask, shop: Shop) -> None:
    order = paid(shop, shop.sell(), amount=500)
    order, _ = paid_by_link(shop, order)

    with switched_off(app):
        both = refund(shop, order, amount=366 + 1)
        cash = shop.sell(payment={"method": "cash"})
        given = done(refund(shop, cash, amount=100), 201)

    assert slug_of(both) == (422, "stripe-switched-off")
    assert (now(shop, order)["refunds"], amounts(given)) == ([], [100])
    assert books(shop) == []


# --- who, and how often ---------------------------------------------------------------------------------------


def test_refund_sent_twice_is_given_once(shop: Shop) -> None:
    order, key = sold(shop), new_key()
    asked = {"lines": [part(order, "TEE-BLK-M", 1)], "restock": True}

    first = refund(shop, order, key=key, **asked)
    other = refund(shop, order, amount=100)
    again = refund(shop, order, key=key, **asked)
    reused = refund(shop, order, key=key, amount=1)

    assert (first.status_code, other.status_code, again.status_code) == (201, 201, 201)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json["refunded"] == first.json["refunded"]
    assert again.json["amount_refunded"] == 2807
    assert slug_of(reused) == (422, "idempotency-key-reused")
    assert stock(shop) == 39
    assert books(shop) == []


def test_refund_needs_a_manager(shop: Shop) -> None:
    order = sold(shop)

    plain = refund(shop, order, as_="register", amount=100)
    by_cashier = refund(shop, order, as_="register", headers=signed_in(shop, "cashier"), amount=100)
    by_approval = refund(shop, order, as_="register", headers=approved(shop), amount=100)
    by_manager = refund(shop, order, as_="register", headers=signed_in(shop, "manager"), amount=100)

    assert slug_of(plain) == slug_of(by_cashier) == (403, "approval-required")
    assert (by_approval.status_code, by_manager.status_code) == (201, 201)
    assert now(shop, order)["amount_refunded"] == 200


def test_refund_is_kept_in_the_audit_log(shop: Shop) -> None:
    order = sold(shop)

    done(refund(shop, order, lines=[part(order, "TEE-BLK-M", 1)], restock=True, reason="torn"), 201)

    detail = {"amount": 2707, "reason": "torn", "authorised_by": "api-key", "restock": True}
    assert log_of(shop, "order.refund") == [("api-key", f"orders:{order['id']}", detail)]
