"""Payments and refunds as they are kept."""

import uuid
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from pos.db import db, transaction
from pos.payments import actions
from pos.payments.tender import Tender
from tests.client import Shop


def paid_order(shop: Shop, *methods: str) -> dict[str, Any]:
    """A House IPA, 866, paid in parts of 100 by these methods, the rest by the last of them."""
    order = shop.sell()
    for method in methods[:-1]:
        shop.post(f"/orders/{order['id']}/payments", {"method": method, "amount": 100})
    return shop.post(f"/orders/{order['id']}/payments", {"method": methods[-1]}).json


def refund_all(shop: Shop, order_id: str) -> int:
    with transaction(uuid.UUID(shop.store_id)):
        return actions.refund_all(uuid.UUID(order_id), "spilt", register_id=None, user_id=None)


def refunds(shop: Shop, order_id: str) -> list[dict[str, Any]]:
    return shop.get(f"/orders/{order_id}").json["refunds"]


@pytest.mark.parametrize("methods", [("cash",), ("card", "cash"), ("cash", "card", "card")])
def test_refund_all_gives_each_payment_back_whole(shop: Shop, methods: tuple[str, ...]) -> None:
    order = paid_order(shop, *methods)

    returned = refund_all(shop, order["id"])

    given_back = {refund["payment_id"]: refund["amount"] for refund in refunds(shop, order["id"])}
    assert returned == 866
    assert given_back == {payment["id"]: payment["amount"] for payment in order["payments"]}
    assert {(refund["status"], refund["reason"]) for refund in refunds(shop, order["id"])} == {("succeeded", "spilt")}


def test_refund_all_goes_from_the_newest_payment_to_the_oldest(shop: Shop) -> None:
    order = paid_order(shop, "cash", "card", "cash")

    refund_all(shop, order["id"])

    with transaction(uuid.UUID(shop.store_id)):
        written = db.session.scalars(text("SELECT payment_id::text FROM refunds ORDER BY ctid")).all()
    assert written == [payment["id"] for payment in order["payments"]][::-1]


def test_refund_all_gives_back_nothing_twice(shop: Shop) -> None:
    order = paid_order(shop, "cash", "card")

    first, second = refund_all(shop, order["id"]), refund_all(shop, order["id"])

    assert (first, second) == (866, 0)
    assert len(refunds(shop, order["id"])) == 2


def test_refund_all_counts_what_is_on_its_way_but_not_what_failed(shop: Shop) -> None:
    """A refund that Stripe has not confirmed yet must not be paid out a second time."""
    order = paid_order(shop, "card", "card")
    first, second = (payment["id"] for payment in order["payments"])
    _plant_refund(shop, order["id"], first, amount=60, status="pending")
    _plant_refund(shop, order["id"], second, amount=500, status="failed")

    returned = refund_all(shop, order["id"])

    assert returned == 40 + 766


@pytest.mark.parametrize(
    ("method", "amount", "tendered"),
    [("cash", 0, None), ("cash", -5, None), ("cash", 800, 799), ("card", 800, 800), ("shells", 800, None)],
)
def test_database_refuses_a_payment_that_cannot_be(shop: Shop, method: str, amount: int, tendered: int | None) -> None:
    order_id = uuid.UUID(shop.sell()["id"])
    odd = Tender(method, amount, tendered)

    with pytest.raises(IntegrityError), transaction(uuid.UUID(shop.store_id)):
        actions.record(uuid.uuid4(), order_id, odd, register_id=None, user_id=None)


def _plant_refund(shop: Shop, order_id: str, payment_id: str, *, amount: int, status: str) -> None:
    statement = text(
        "INSERT INTO refunds (store_id, id, payment_id, order_id, amount, status, source)"
        " VALUES (:store, gen_random_uuid(), :payment, :order, :amount, :status, 'stripe')"
    )
    facts = {"store": shop.store_id, "payment": payment_id, "order": order_id, "amount": amount, "status": status}
    with transaction(uuid.UUID(shop.store_id)):
        db.session.execute(statement, facts)
