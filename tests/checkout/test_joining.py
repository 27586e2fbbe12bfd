"""A customer joins, at once or with a sale: the orders so far become the member's, the latest bring their points once."""

import uuid
from datetime import timedelta
from typing import Any

from pos import clock
from pos.checkout import joining
from pos.db import transaction
from pos.loyalty.queries import current_rules
from tests.checkout.counter import books, cancel, done, now, paid, refund
from tests.client import Shop
from tests.loyalty.members import CARD, balance, joined, member, problem, program, said


def days_ago(days: int) -> str:
    return (clock.now() - timedelta(days=days)).isoformat()


def test_sale_lets_its_customer_join(shop: Shop) -> None:
    order = shop.sell(join=True, **CARD)
    again = shop.sell(join=True, **CARD)

    known = member(shop)
    assert order["customer"]["member"] == {
        "id": known["id"],
        "tappass_id": known["tappass_id"],
        "level": "bronze",
        "balance": 8,
    }
    assert (order["member_id"], again["member_id"]) == (known["id"], known["id"])
    assert order["points"] == {"earned": 8, "redeemed": 0, "balance": 8}
    assert again["points"] == {"earned": 8, "redeemed": 0, "balance": 16}
    assert books(shop) == []


def test_sale_without_joining_leaves_the_customer_as_they_are(shop: Shop) -> None:
    order = shop.sell(**CARD)

    assert (order["member_id"], order["customer"]["member"], order["points"]) == (None, None, None)


def test_sale_refuses_to_let_a_walk_in_join(shop: Shop) -> None:
    answer = shop.post("/orders", shop.order(phone=None, walk_in=True, join=True))

    assert problem(answer) == (422, "walk-in-cannot-join")
    assert shop.get("/orders").json["data"] == []


def test_sale_that_is_refused_makes_no_member(shop: Shop) -> None:
    answer = shop.post("/orders", shop.order(join=True, items=[{"sku": "TEE-BLK-M", "quantity": 41}]))

    assert problem(answer) == (422, "out-of-stock")
    assert shop.get("/members", query_string={"phone": "(415) 555-0132"}).status_code == 404


def test_offline_sale_lets_its_customer_join(shop: Shop) -> None:
    sold = [{"sku": "IPA", "quantity": 2, "unit_price": 800}]
    facts: dict[str, Any] = {"offline": True, "payment": {"method": "cash"}, "placed_at": days_ago(1)}

    order = shop.sell(join=True, items=sold, **facts)
    walk_in = shop.sell(phone=None, walk_in=True, items=sold, **facts)

    assert order["points"] == {"earned": 16, "redeemed": 0, "balance": 16}
    assert walk_in["points"] is None
    assert books(shop) == []


def test_offline_walk_in_does_not_join_and_is_sold(shop: Shop) -> None:
    sold = [{"sku": "IPA", "quantity": 2, "unit_price": 800}]
    answer = shop.post("/orders", shop.order(phone=None, walk_in=True, items=sold, offline=True, join=True))

    assert answer.status_code == 201, answer.get_data(as_text=True)
    assert answer.json["member_id"] is None


def test_join_links_all_orders_and_counts_the_latest(shop: Shop) -> None:
    # Given paid orders of many days, one of which is canceled, one refunded in part, one not paid
    old, recent = (shop.sell(placed_at=days_ago(days), **CARD) for days in (31, 29))
    part = shop.sell(**CARD)
    done(refund(shop, part, amount=part["amount_paid"] // 2), 201)
    canceled = paid(shop, shop.sell())
    done(cancel(shop, canceled, as_="owner", refund=True))
    unpaid = shop.sell()

    # When the customer joins, and joins again
    known = joined(shop)
    joined(shop)

    # Then all are the member's, and the latest have brought what is left of them
    assert {now(shop, each)["member_id"] for each in (old, recent, part, canceled, unpaid)} == {known["id"]}
    earned = [now(shop, each)["points"]["earned"] for each in (old, recent, part, canceled, unpaid)]
    assert earned == [0, 8, 4, 0, 0]
    assert balance(shop) == 12
    assert len(said(shop, known)) == 2

    # And what is paid later brings its own, however old it is
    paid(shop, unpaid)
    assert balance(shop) == 20
    assert books(shop) == []


def test_join_counts_as_many_days_as_the_programme_says(shop: Shop) -> None:
    program(shop, joining_days=0)
    order = shop.sell(**CARD)

    joined(shop)

    assert balance(shop) == 0
    assert now(shop, order)["member_id"] == member(shop)["id"]


def test_refund_of_an_order_that_brought_nothing_takes_nothing(shop: Shop) -> None:
    order = shop.sell(placed_at=days_ago(31), **CARD)
    joined(shop, points=5)

    done(refund(shop, order, amount=order["total"]), 201)

    assert (balance(shop), member(shop)["debt"]) == (5, 0)
    assert books(shop) == []


def test_orders_of_a_day_count_in_their_order_for_the_level(shop: Shop) -> None:
    steps = [{"name": "bronze", "points": 0, "multiplier": "1"}, {"name": "silver", "points": 8, "multiplier": "2"}]
    program(shop, levels=steps)
    first, second = (shop.sell(placed_at=days_ago(days), **CARD) for days in (2, 1))

    joined(shop)

    assert [now(shop, each)["points"]["earned"] for each in (first, second)] == [8, 16]
    assert member(shop)["level"] == "silver"


def test_order_of_long_ago_that_is_paid_after_joining_keeps_to_one_accumulation(shop: Shop) -> None:
    order = shop.sell(placed_at=days_ago(40))
    joined(shop)

    paid(shop, order)
    done(refund(shop, order, amount=order["total"]), 201)
    paid(shop, order)

    assert balance(shop) == 8
    assert books(shop) == []


def test_promise_is_what_the_order_brings(shop: Shop) -> None:
    """Beside an order that lifts the level, and one that used up some of the promotion's limit of the day."""
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    double = {
        "name": "Double",
        "days": days,
        "starts": "00:00",
        "ends": "23:59",
        "multiplier": "2",
        "limit_per_day": 20,
    }
    steps = [{"name": "bronze", "points": 0, "multiplier": "1"}, {"name": "silver", "points": 30, "multiplier": "1.5"}]
    program(shop, levels=steps, promotions=[double])
    ipas = {"items": [{"sku": "IPA", "quantity": 2}]}
    shop.sell(**ipas, **CARD)
    order, unpaid, old = (
        shop.sell(**ipas, **CARD),
        shop.sell(**ipas),
        shop.sell(**ipas, placed_at=days_ago(31), **CARD),
    )

    promises = [promise(shop, each) for each in (order, unpaid, old)]
    joined(shop)
    paid(shop, unpaid)

    assert promises == [now(shop, each)["points"]["earned"] for each in (order, unpaid, old)]
    assert promises == [28, 24, 0]


def test_promise_of_what_went_back_in_part_is_the_rest(shop: Shop) -> None:
    order = shop.sell(items=[{"sku": "IPA", "quantity": 2}], **CARD)
    done(refund(shop, order, amount=866), 201)

    assert promise(shop, order) == 8


def promise(shop: Shop, order: dict[str, Any]) -> int:
    with transaction(uuid.UUID(shop.store_id)):
        rules = current_rules("USD")
        return joining.promised(uuid.UUID(order["id"]), rules, "America/Los_Angeles", clock.now())
