"""Payments and refunds as they are kept."""

import uuid
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from pos import ids
from pos.db import db, transaction
from pos.payments import actions
from pos.payments.allocation import RefundExceedsPaid
from pos.payments.tender import Tender
from tests.client import Shop


def paid_order(shop: Shop, *methods: str) -> dict[str, Any]:
    """A House IPA, 866, paid in parts of 100 by these methods, the rest by the last of them."""
    order = shop.sell()
    for method in methods[:-1]:
        shop.post(f"/orders/{order['id']}/payments", {"method": method, "amount": 100})
    return shop.post(f"/orders/{order['id']}/payments", {"method": methods[-1]}).json


def refund(shop: Shop, order_id: str, amount: int, request_id: uuid.UUID | None = None) -> None:
    with transaction(uuid.UUID(shop.store_id)):
        at = {"register_id": None, "user_id": None}
        actions.refund(request_id or ids.uuid7(), uuid.UUID(order_id), amount, "spilt", source="counter", **at)


def refunds(shop: Shop, order_id: str) -> list[dict[str, Any]]:
    return shop.get(f"/orders/{order_id}").json["refunds"]


@pytest.mark.parametrize("methods", [("cash",), ("card", "cash"), ("cash", "card", "card")])
def test_refund_of_all_gives_each_payment_back_whole(shop: Shop, methods: tuple[str, ...]) -> None:
    order, request_id = paid_order(shop, *methods), ids.uuid7()

    refund(shop, order["id"], 866, request_id)

    found = refunds(shop, order["id"])
    given_back = {each["payment_id"]: each["amount"] for each in found}
    assert given_back == {payment["id"]: payment["amount"] for payment in order["payments"]}
    assert {(each["status"], each["reason"]) for each in found} == {("succeeded", "spilt")}
    assert {each["request_id"] for each in found} == {str(request_id)}
    assert str(request_id) in {each["id"] for each in found}


def test_refund_goes_from_the_newest_payment_to_the_oldest_and_to_cash_last(shop: Shop) -> None:
    order = paid_order(shop, "cash", "card", "card", "cash")

    refund(shop, order["id"], 866)

    with transaction(uuid.UUID(shop.store_id)):
        written = db.session.scalars(text("SELECT payment_id::text FROM refunds ORDER BY ctid")).all()
    paid = [payment["id"] for payment in order["payments"]]
    assert written == [paid[2], paid[1], paid[3], paid[0]]


def test_refund_takes_no_more_from_a_payment_than_it_needs(shop: Shop) -> None:
    order = paid_order(shop, "card", "card")

    refund(shop, order["id"], 700)
    refund(shop, order["id"], 100)

    first, second = (payment["id"] for payment in order["payments"])
    assert sorted((each["payment_id"], each["amount"]) for each in refunds(shop, order["id"])) == sorted(
        [(second, 700), (second, 66), (first, 34)]
    )


def test_refund_gives_back_nothing_twice(shop: Shop) -> None:
    order = paid_order(shop, "cash", "card")
    refund(shop, order["id"], 866)

    with pytest.raises(RefundExceedsPaid, match="Only 0"):
        refund(shop, order["id"], 1)

    assert len(refunds(shop, order["id"])) == 2


def test_refund_counts_what_is_on_its_way_but_not_what_failed(shop: Shop) -> None:
    """A refund that Stripe has not confirmed yet must not be paid out a second time."""
    order = paid_order(shop, "card", "card")
    first, second = (payment["id"] for payment in order["payments"])
    _plant_refund(shop, order["id"], first, amount=60, status="pending")
    _plant_refund(shop, order["id"], second, amount=500, status="failed")

    with transaction(uuid.UUID(shop.store_id)):
        left = {str(held.payment_id): held.left for held in actions.held(uuid.UUID(order["id"]))}

    assert left == {first: 40, second: 766}


def test_what_is_left_of_a_payment_is_never_less_than_nothing(shop: Shop) -> None:
    """A refund is on its way, and a bank has taken the money meanwhile."""
    order = paid_order(shop, "card", "card")
    first, second = (payment["id"] for payment in order["payments"])
    _plant_refund(shop, order["id"], first, amount=100, status="pending")
    _plant_refund(shop, order["id"], first, amount=80, status="succeeded")

    with transaction(uuid.UUID(shop.store_id)):
        left = {str(held.payment_id): held.left for held in actions.held(uuid.UUID(order["id"]))}
    refund(shop, order["id"], 766)

    assert left == {first: 0, second: 766}


@pytest.mark.parametrize(
    ("method", "amount", "tendered"),
    [("cash", 0, None), ("cash", -5, None), ("cash", 800, 799), ("card", 800, 800), ("shells", 800, None)],
)
def test_database_refuses_a_payment_that_cannot_be(shop: Shop, method: str, amount: int, tendered: int | None) -> None:
    order_id = uuid.UUID(shop.sell()["id"])
    odd = Tender(method, amount, tendered)

    with pytest.raises(IntegrityError), transaction(uuid.UUID(shop.store_id)):
        actions.record(order_id, odd, register_id=None, user_id=None)


def test_record_gives_the_payment_as_it_is_kept(shop: Shop) -> None:
    order_id, payment_id = uuid.UUID(shop.sell()["id"]), ids.uuid7()
    statement = text("SELECT id, status, method, amount, tendered FROM payments WHERE store_id = :store AND id = :id")

    with transaction(uuid.UUID(shop.store_id)):
        taken = Tender("cash", 800, 1000)
        given = actions.record(order_id, taken, register_id=None, user_id=None, payment_id=payment_id)
        kept = db.session.execute(statement, {"store": shop.store_id, "id": payment_id}).mappings().one()

    assert given == dict(kept)


def _plant_refund(shop: Shop, order_id: str, payment_id: str, *, amount: int, status: str) -> None:
    statement = text(
        "INSERT INTO refunds (store_id, id, request_id, payment_id, order_id, amount, status, source)"
        " VALUES (:store, :id, :id, :payment, :order, :amount, :status, 'stripe')"
    )
    facts = {
        "id": ids.uuid7(),
        "store": shop.store_id,
        "payment": payment_id,
        "order": order_id,
        "amount": amount,
        "status": status,
    }
    with transaction(uuid.UUID(shop.store_id)):
        db.session.execute(statement, facts)
