"""Taking money for an order. Split tender with its figures is in tests/orders/test_pricing.py."""

import uuid
from typing import Any

import pytest
from sqlalchemy import text

from pos.db import db, transaction
from tests.checkout.counter import books, cancel, customer, make, paid, pay, signed_in
from tests.client import Shop
from tests.refusals import slug_of

# One House IPA: 800 and 66 tax.
TOTAL = 866


def test_pay_takes_cash_and_gives_change(shop: Shop) -> None:
    order = paid(shop, shop.sell(), tendered=1000)

    assert (order["payment"]["amount"], order["payment"]["tendered"], order["change_due"]) == (TOTAL, 1000, 134)
    assert (order["amount_paid"], order["amount_due"], order["payment_status"]) == (TOTAL, 0, "paid")
    assert (order["payment"]["method"], order["payment"]["status"]) == ("cash", "succeeded")
    assert order["payments"] == [order["payment"]]
    assert books(shop) == []


def test_pay_takes_a_card_exactly(shop: Shop) -> None:
    order = paid(shop, shop.sell(), "card")

    assert (order["payment"]["amount"], order["payment"]["tendered"], order["change_due"]) == (TOTAL, None, 0)


def test_pay_in_parts_until_nothing_is_due(shop: Shop) -> None:
    placed = shop.sell(payment={"method": "cash", "amount": 100, "tendered": 500})

    second, third = paid(shop, placed, "card", amount=266), paid(shop, placed, tendered=500)

    assert (placed["payment_status"], placed["change_due"], placed["amount_due"]) == ("partially_paid", 400, 766)
    assert (second["payment_status"], second["change_due"], second["amount_due"]) == ("partially_paid", 0, 500)
    assert (third["payment_status"], third["change_due"], third["amount_due"]) == ("paid", 0, 0)
    assert [(payment["method"], payment["amount"]) for payment in third["payments"]] == [
        ("cash", 100), ("card", 266), ("cash", 500),
    ]  # fmt: skip
    assert customer(shop, placed)["total_spent"] == TOTAL
    assert books(shop) == []


def test_tip_comes_on_top_of_the_amount(shop: Shop) -> None:
    placed = shop.sell(tip=34)

    order = paid(shop, placed, "card", amount=500, tip=50)

    assert placed["total"] == 900
    assert (order["payment"]["amount"], order["tip"], order["total"], order["tax"]) == (550, 84, 950, 66)
    assert (order["amount_paid"], order["amount_due"]) == (550, 400)
    assert books(shop) == []


def test_tip_may_follow_when_all_is_paid(shop: Shop) -> None:
    placed = shop.sell(items=[{"sku": "WATER", "quantity": 1}], payment={"method": "card"})

    order = paid(shop, placed, tip=100, tendered=100)

    assert (placed["status"], order["status"]) == ("completed", "completed")
    assert (order["total"], order["amount_paid"], order["payment_status"]) == (299, 299, "paid")
    assert customer(shop, order)["total_spent"] == 299
    assert books(shop) == []


@pytest.mark.parametrize(
    ("asked", "status", "slug"),
    [
        ({"amount": TOTAL + 1}, 422, "amount-exceeds-due"),
        ({"tendered": TOTAL - 1}, 422, "tendered-too-little"),
        ({"tip": 10, "tendered": TOTAL}, 422, "tendered-too-little"),
        ({"method": "card", "tendered": TOTAL}, 422, "tendered-needs-cash"),
        ({"method": "external"}, 422, "invalid"),
        ({"amount": 0}, 422, "invalid"),
        ({"amount": "866"}, 422, "invalid"),
        ({"tip": -1}, 422, "invalid"),
        ({"change_due": 0}, 422, "invalid"),
    ],
)
def test_pay_refuses_and_takes_nothing(shop: Shop, asked: dict[str, Any], status: int, slug: str) -> None:
    placed = shop.sell()

    refused = pay(shop, placed, **asked)

    assert slug_of(refused) == (status, slug)
    assert shop.get(f"/orders/{placed['id']}").json == placed
    assert customer(shop, placed)["total_spent"] == 0


def test_pay_refuses_when_nothing_is_due(shop: Shop) -> None:
    placed = shop.sell(payment={"method": "card"})

    refused = [slug_of(pay(shop, placed, **asked)) for asked in ({}, {"amount": 1}, {"tip": 0})]

    assert refused == [(409, "nothing-due")] * 3


def test_pay_refuses_a_canceled_order(shop: Shop) -> None:
    placed = shop.sell()
    cancel(shop, placed)

    assert slug_of(pay(shop, placed)) == (409, "wrong-state")
    assert slug_of(pay(shop, placed, tip=100)) == (409, "wrong-state")


def test_pay_knows_only_orders_of_this_store(shop: Shop, other_shop: Shop) -> None:
    elsewhere = other_shop.sell(phone="030 901820")

    assert pay(shop, elsewhere).status_code == 404
    assert pay(shop, {"id": str(uuid.uuid4())}).status_code == 404
    assert other_shop.get(f"/orders/{elsewhere['id']}").json["amount_paid"] == 0


def test_pay_again_with_the_same_key_takes_the_money_once(shop: Shop) -> None:
    placed = shop.sell()

    first, again = (paid(shop, placed, amount=500, tendered=600, key="k1") for _ in range(2))

    assert again == first
    assert (again["amount_paid"], again["change_due"], len(again["payments"])) == (500, 100, 1)
    assert slug_of(pay(shop, placed, amount=366, key="k1")) == (422, "idempotency-key-reused")
    assert books(shop) == []


def test_key_of_one_order_does_not_pay_another(shop: Shop) -> None:
    one, other = shop.sell(), shop.sell()
    pay(shop, one, key="k1")

    assert slug_of(pay(shop, other, key="k1")) == (422, "idempotency-key-reused")


def test_replayed_payment_shows_its_own_change(shop: Shop) -> None:
    """The second guest pays before the first tablet asks again what became of its payment."""
    placed = shop.sell()
    first = paid(shop, placed, amount=500, tendered=600, key="k1")
    paid(shop, placed, tendered=400)

    again = paid(shop, placed, amount=500, tendered=600, key="k1")

    assert again["payment"] == first["payment"]
    assert again["change_due"] == 100
    assert again["payment_status"] == "paid"


# --- what follows from it -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sku", "made", "status"),
    [
        ("TEE-BLK-M", [], "completed"),
        ("WATER", [], "completed"),
        ("IPA", [], "open"),
        ("IPA", ["reserved"], "open"),
        ("IPA", ["reserved", "prepared"], "open"),
        ("IPA", ["reserved", "prepared", "completed"], "completed"),
        ("IPA", ["completed"], "completed"),
    ],
)
def test_last_payment_completes_what_is_made(shop: Shop, sku: str, made: list[str], status: str) -> None:
    placed = shop.sell(items=[{"sku": sku, "quantity": 1}])
    for step in made:
        make(shop, placed, step)

    order = paid(shop, placed)

    assert order["status"] == status
    assert (order["completed_at"] is not None) == (status == "completed")
    assert order["fulfillment_status"] == ("completed" if status == "completed" else ["proposed", *made][-1])
    assert books(shop) == []


def test_part_payment_completes_nothing(shop: Shop) -> None:
    placed = shop.sell(items=[{"sku": "TEE-BLK-M", "quantity": 1}])

    assert paid(shop, placed, amount=1)["status"] == "open"
    assert paid(shop, placed)["status"] == "completed"


def test_payments_count_for_the_customer(shop: Shop) -> None:
    for _ in range(2):
        order = paid(shop, shop.sell(), tip=34)

    known = customer(shop, order)
    assert (known["order_count"], known["total_spent"]) == (2, 2 * 900)


def test_payment_notes_who_took_it(shop: Shop) -> None:
    placed = shop.sell(payment={"method": "cash", "amount": 100})

    shop.post(f"/orders/{placed['id']}/payments", {"method": "card"}, headers=signed_in(shop, "manager"))

    statement = text(
        "SELECT method, register_id::text, user_id::text FROM payments WHERE store_id = :store ORDER BY id"
    )
    with transaction(uuid.UUID(shop.store_id)):
        taken = [tuple(row) for row in db.session.execute(statement, {"store": shop.store_id})]
    assert taken == [("cash", shop.register_id, None), ("card", shop.register_id, shop.people["manager"])]
