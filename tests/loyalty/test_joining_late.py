"""Who joins after the sale: what earlier orders bring them by then."""

from typing import Any

from tests.checkout.counter import books, change_order, done, paid, refund
from tests.client import Shop


def test_join_counts_what_refunds_left_of_an_order(shop: Shop) -> None:
    order = shop.sell(items=[{"sku": "IPA", "quantity": 4}], payment={"method": "cash", "tendered": 4000})
    done(refund(shop, order, lines=[{"line_id": order["lines"][0]["id"], "quantity": 1}]), 201)

    member = join(shop, order)

    assert member["balance"] == 24
    assert books(shop) == []


def test_join_takes_over_an_order_that_another_member_had(shop: Shop) -> None:
    order = shop.sell(join=True, items=[{"sku": "IPA", "quantity": 4}])
    order = paid(shop, order)
    moved = done(change_order(shop, order, phone="(415) 555-0177"))
    shop.sell(phone="(415) 555-0177", payment={"method": "card"})

    member = join(shop, moved)

    assert member["balance"] == 40
    assert done(shop.get("/members", query_string={"phone": "(415) 555-0132"}))["balance"] == 0
    assert books(shop) == []


def join(shop: Shop, order: dict[str, Any]) -> dict[str, Any]:
    return done(shop.post("/members", {"customer_id": order["customer"]["id"]}), 201)
