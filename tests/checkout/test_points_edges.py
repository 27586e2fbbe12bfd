"""Points in stories that the machine of random acts found, or that it meets too seldom."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from pos import clock
from pos.customers import actions as customers
from pos.db import transaction
from pos.loyalty import heirs, queries, sweep
from tests.checkout import stripe
from tests.checkout.counter import (
    add_round,
    books,
    cancel,
    change_line,
    change_order,
    change_product,
    done,
    line_of,
    now,
    paid,
    refund,
    seen,
    void,
)
from tests.client import Shop

ADA, BOB = "+14155550181", "+14155550182"
SPEND = {"points": 1, "per": 100, "excluded_categories": []}
LEVELS = [{"name": "bronze", "points": 0, "multiplier": "1"}]
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ALL_DAY = {"name": "double", "days": DAYS, "starts": "00:00", "ends": "23:59", "multiplier": "2"}
CASH = {"payment": {"method": "cash"}}


def join(shop: Shop, phone: str, points: int = 0) -> str:
    member = done(shop.post("/members", {"phone": phone}), 201)
    if points:
        done(
            shop.post(f"/members/{member['id']}/adjustments", {"points": points, "reason": "by hand"}, as_="owner"), 201
        )
    return str(member["id"])


def member(shop: Shop, member_id: str) -> dict[str, Any]:
    return done(shop.get(f"/members/{member_id}"))


def balance(shop: Shop, member_id: str) -> int:
    return int(member(shop, member_id)["balance"])


def reward(shop: Shop, kind: str, amount: int, points: int = 10) -> str:
    asked = {"name": f"{amount} {kind}", "points": points, "discount_type": kind, "amount": amount}
    return str(done(shop.post("/rewards", asked, as_="owner"), 201)["id"])


def merge(shop: Shop, mine: str, heir: str) -> None:
    with transaction(uuid.UUID(shop.store_id), actor="test"):
        customers.lock(*(queries.identity(uuid.UUID(each), None)[1] for each in (mine, heir)))
        heirs.merge(uuid.UUID(mine), uuid.UUID(heir), clock.now())


def shelf(shop: Shop, name: str) -> str:
    return str(done(shop.post("/categories", {"name": name}, as_="owner"), 201)["id"])


def set_program(shop: Shop, accrual: Any = None, **rules: Any) -> None:
    accrual = {"spend": SPEND, "visit": None, "products": [], "categories": []} | (accrual or {})
    asked = {"rules": {"accrual": accrual, "levels": LEVELS, **rules}}
    done(shop.request("PUT", "/loyalty/program", as_="owner", headers={"If-Match": "*"}, json=asked))


def run_sweep(shop: Shop, at: datetime) -> None:
    assert list(sweep.run(uuid.UUID(shop.store_id), at))


def test_level_follows_a_merge_and_the_refunds_after_it(shop: Shop) -> None:
    ada, bob = join(shop, ADA), join(shop, BOB)
    order = shop.sell(phone=ADA, items=[{"sku": "TEE-BLK-M", "quantity": 4}], **CASH)

    merge(shop, ada, bob)
    counted = member(shop, bob)["level_points"]
    done(refund(shop, order, amount=order["total"]), 201)
    run_sweep(shop, clock.now() + timedelta(days=1))

    assert counted == 100
    after = member(shop, bob)
    assert (after["balance"], after["debt"], after["level_points"], after["lifetime_points"]) == (0, 0, 0, 0)
    assert books(shop) == []


def test_code_and_order_of_who_was_merged_are_the_heirs(shop: Shop) -> None:
    ada, bob = join(shop, ADA, 20), join(shop, BOB, 20)
    free = reward(shop, "amount", 300)
    code = done(shop.post(f"/members/{ada}/redemptions", {"reward_id": free}), 201)["coupon"]["code"]
    tab = shop.sell(phone=ADA)

    merge(shop, ada, bob)
    spent = done(shop.post(f"/members/{bob}/redemptions", {"reward_id": free, "order_id": tab["id"]}), 201)
    sold = shop.sell(phone=BOB, coupon=code)

    assert (spent["balance"], sold["discount"], now(shop, tab)["discount"]) == (20, 300, 300)
    assert books(shop) == []


def test_join_with_an_order_that_was_somebodys_counts_each_once(shop: Shop) -> None:
    ada = join(shop, ADA)
    moved = shop.sell(phone=ADA, items=[{"sku": "PRETZEL", "quantity": 2}], **CASH)
    done(change_order(shop, moved, phone=BOB))
    shop.sell(phone=BOB, items=[{"sku": "PRETZEL", "quantity": 4}], **CASH)

    bob = join(shop, BOB)

    assert (member(shop, ada)["balance"], member(shop, bob)["balance"]) == (0, 9 + 18)
    assert books(shop) == []


def test_tab_that_grows_keeps_within_the_limit_of_the_day(shop: Shop) -> None:
    ada = join(shop, ADA)
    set_program(shop, promotions=[ALL_DAY | {"limit_per_day": 20}])
    at = f"{clock.now() - timedelta(days=3):%Y-%m-%d}T20:00:00Z"
    tab = shop.sell(phone=ADA, items=[{"sku": "IPA", "quantity": 1}], placed_at=at, **CASH)
    first = member(shop, ada)["balance"]

    tab = done(add_round(shop, tab, {"sku": "IPA", "quantity": 1}), 201)
    paid(shop, tab)
    grown = member(shop, ada)["balance"]
    shop.sell(phone=ADA, items=[{"sku": "TEE-BLK-M", "quantity": 1}], placed_at=at, **CASH)
    then = member(shop, ada)["balance"]
    tab = done(add_round(shop, now(shop, tab), {"sku": "IPA", "quantity": 1}), 201)
    paid(shop, tab)

    # 8 and as many more; 16; then 25 with the 4 that are left of the day; then 8 and nothing on top.
    assert (first, grown, then - grown, member(shop, ada)["balance"] - then) == (16, 32, 29, 8)
    assert books(shop) == []


def test_line_discounted_after_its_refund_leaves_no_points_behind(shop: Shop) -> None:
    ada = join(shop, ADA)
    items = [{"sku": "TEE-BLK-M", "quantity": 4}, {"sku": "IPA", "quantity": 12}]
    order = shop.sell(phone=ADA, items=items, **CASH)
    tee = order["lines"][0]["id"]
    done(refund(shop, order, lines=[{"line_id": tee}]), 201)
    cheaper = {"percent": 50, "reason": "flat"}
    done(change_line(shop, now(shop, order), "TEE-BLK-M", as_owner(shop), discount=cheaper))

    left = now(shop, order)
    done(refund(shop, left, amount=left["amount_paid"] - left["amount_refunded"]), 201)

    assert member(shop, ada)["balance"] == 0
    assert books(shop) == []


def test_rewards_points_stay_spent_while_a_round_is_unpaid(shop: Shop) -> None:
    ada = join(shop, ADA, 40)
    order = shop.sell(
        phone=ADA, items=[{"sku": "PRETZEL", "quantity": 4}], rewards=[reward(shop, "amount", 500, 40)], **CASH
    )
    done(refund(shop, order, amount=order["total"] // 2), 201)
    half = done(shop.get(f"/members/{ada}"))["balance"]

    done(add_round(shop, now(shop, order), {"sku": "IPA", "quantity": 5}), 201)
    grown = member(shop, ada)["balance"]
    done(cancel(shop, order, as_="owner", refund=True))

    assert half == grown
    assert member(shop, ada)["balance"] == 40
    assert books(shop) == []


def test_reward_that_a_discount_left_nothing_goes_back_with_the_money(shop: Shop) -> None:
    ada = join(shop, ADA, 40)
    free = [reward(shop, "amount", 300, 40)]
    order = shop.sell(phone=ADA, items=[{"sku": "IPA", "quantity": 1}], rewards=free, **CASH)
    gift = {"percent": 100, "reason": "flat"}
    done(change_line(shop, order, "IPA", as_owner(shop), discount=gift))

    done(refund(shop, order, amount=order["total"]), 201)

    assert member(shop, ada)["balance"] == 40
    assert books(shop) == []


@pytest.mark.parametrize("order_of", [("percent", "amount"), ("amount", "percent")])
def test_two_rewards_keep_their_order_when_the_tab_is_priced_again(shop: Shop, order_of: tuple[str, str]) -> None:
    join(shop, ADA, 100)
    worth = {"percent": reward(shop, "percent", 50), "amount": reward(shop, "amount", 700)}
    wanted = [worth[each] for each in order_of]
    totals = []
    for _ in range(6):
        tab = shop.sell(phone=ADA, items=[{"sku": "WATER", "quantity": 10}], rewards=wanted)
        totals += [tab["total"], done(change_order(shop, tab, note="again"))["total"]]
        done(cancel(shop, tab, as_="owner"))

    assert set(totals) == {1990 - 995 - 700 if order_of[0] == "percent" else 1990 - 700 - 645}


def test_pieces_taken_off_after_their_refund_keep_no_points_of_others(shop: Shop) -> None:
    # Given that only the shirt brings points, and half of the pints were paid back and then taken off the bill
    set_program(shop, only(shop, "TEE-BLK-M"))
    ada = join(shop, ADA)
    items = [{"sku": "IPA", "quantity": 10}, {"sku": "TEE-BLK-M", "quantity": 1}]
    order = shop.sell(phone=ADA, items=items, **CASH)
    pints, shirt = line_of(order, "IPA")["id"], line_of(order, "TEE-BLK-M")["id"]
    done(refund(shop, order, lines=[{"line_id": pints, "quantity": 5}]), 201)
    done(change_line(shop, now(shop, order), "IPA", as_owner(shop), quantity=5, reason="gone"))
    before = balance(shop, ada)

    # When the shirt comes back
    done(refund(shop, order, lines=[{"line_id": shirt, "quantity": 1}]), 201)

    # Then its points go, and all of them
    assert (before, balance(shop, ada)) == (100, 0)
    assert books(shop) == []


def test_goods_split_off_a_tab_that_grew_bring_their_points_once(shop: Shop) -> None:
    set_program(shop, only(shop, "IPA"))
    ada = join(shop, ADA)
    tab = shop.sell(phone=ADA, **CASH)
    tab = done(add_round(shop, tab, {"sku": "PRETZEL", "quantity": 2}), 201)

    pints = {"lines": [{"line_id": line_of(tab, "IPA")["id"]}]}
    part = done(shop.post(f"/orders/{tab['id']}/split", pints, headers=seen(tab)), 201)
    paid(shop, part)

    assert balance(shop, ada) == 100
    assert books(shop) == []


@pytest.mark.parametrize(("days_ago", "joining_days"), [(0, 0), (60, 30)])
def test_order_from_before_joining_stays_without_points_whatever_changes(
    shop: Shop, days_ago: int, joining_days: int
) -> None:
    set_program(shop, joining_days=joining_days)
    at = f"{clock.now() - timedelta(days=days_ago):%Y-%m-%dT%H:%M:%SZ}"
    order = shop.sell(phone=ADA, placed_at=at, **CASH)
    ada = join(shop, ADA)

    done(change_order(shop, now(shop, order), note="by the window"))

    assert balance(shop, ada) == 0


def test_refund_of_an_order_from_before_joining_brings_nothing_when_it_fails(shop: Shop) -> None:
    set_program(shop, joining_days=0)
    _, intent = stripe.paid_by_link(shop, shop.sell(phone=ADA))
    back = stripe.refund(intent, 100)
    stripe.told(shop, stripe.event(shop, "refund.created", back))
    ada = join(shop, ADA)

    stripe.told(shop, stripe.event(shop, "refund.failed", back | {"status": "failed"}))

    assert balance(shop, ada) == 0


def test_free_piece_of_two_at_half_price_takes_the_price_of_one(shop: Shop) -> None:
    join(shop, ADA, 10)
    asked = {"name": "pint", "points": 10, "discount_type": "product", "product_id": shop.products["IPA"]}
    free = done(shop.post("/rewards", asked, as_="owner"), 201)["id"]
    half = {"percent": 50, "reason": "flat"}
    items = [{"sku": "IPA", "quantity": 2, "discount": half}]

    order = shop.sell(as_="owner", location_id=shop.location_id, phone=ADA, items=items, rewards=[free])

    assert order["subtotal"] - order["discount"] == 400


def test_failed_refund_brings_back_the_points_of_its_day(shop: Shop) -> None:
    # Given points taken back by a refund, and a pint that would bring none by now
    barred = shelf(shop, "No points")
    set_program(shop, {"spend": SPEND | {"excluded_categories": [barred]}})
    ada = join(shop, ADA)
    order, intent = stripe.paid_by_link(shop, shop.sell(phone=ADA))
    back = stripe.refund(intent, order["total"])
    stripe.told(shop, stripe.event(shop, "refund.created", back))
    none = balance(shop, ada)
    change_product(shop, "IPA", category_id=barred)

    # When the refund fails
    stripe.told(shop, stripe.event(shop, "refund.failed", back | {"status": "failed"}))

    # Then they are back
    assert (none, balance(shop, ada)) == (0, 8)
    assert books(shop) == []


def test_product_moved_to_a_shelf_with_points_brings_an_old_order_none(shop: Shop) -> None:
    special = shelf(shop, "Special")
    set_program(shop, {"categories": [{"category_id": special, "points": 500}]})
    ada = join(shop, ADA)
    order = shop.sell(phone=ADA, **CASH)
    change_product(shop, "IPA", category_id=special)

    done(change_order(shop, now(shop, order), note="by the window"))

    assert balance(shop, ada) == 8


def test_product_moved_to_a_shelf_without_points_keeps_those_of_an_old_order(shop: Shop) -> None:
    barred = shelf(shop, "No points")
    set_program(shop, {"spend": SPEND | {"excluded_categories": [barred]}})
    ada = join(shop, ADA)
    items = [{"sku": "IPA", "quantity": 2}, {"sku": "WATER", "quantity": 1}]
    order = shop.sell(phone=ADA, items=items, **CASH)
    change_product(shop, "IPA", category_id=barred)

    done(void(shop, now(shop, order), "WATER", as_owner(shop)))
    done(refund(shop, order, amount=199), 201)

    assert balance(shop, ada) == 16
    assert books(shop) == []


def test_tab_that_grows_takes_no_more_of_the_limit_than_others_left(shop: Shop) -> None:
    set_program(shop, promotions=[ALL_DAY | {"limit_per_day": 10}])
    ada, at = join(shop, ADA), f"{clock.now() - timedelta(days=3):%Y-%m-%d}T20:00:00Z"
    items = [{"sku": "WATER", "quantity": 1}, {"sku": "IPA", "quantity": 1}]
    tab = shop.sell(phone=ADA, items=items, placed_at=at, **CASH)
    shop.sell(phone=ADA, items=[{"sku": "IPA", "quantity": 2}], placed_at=at, **CASH)

    tab = done(add_round(shop, now(shop, tab), {"sku": "IPA", "quantity": 5}), 201)
    paid(shop, tab)

    # 9 and 16, then 49 of the first in all: 65, and what one day allows.
    assert balance(shop, ada) == 65 + 10


def test_tab_that_grows_counts_for_the_limit_of_the_day_once(shop: Shop) -> None:
    set_program(shop, promotions=[ALL_DAY | {"limit_per_day": 100}])
    ada, at = join(shop, ADA), f"{clock.now() - timedelta(days=3):%Y-%m-%d}T20:00:00Z"
    pints = [{"sku": "IPA", "quantity": 5}]
    tab = shop.sell(phone=ADA, items=pints, placed_at=at, **CASH)
    tab = done(add_round(shop, tab, {"sku": "WATER", "quantity": 1}), 201)
    paid(shop, tab)
    grown = balance(shop, ada)

    shop.sell(phone=ADA, items=pints, placed_at=at, **CASH)

    assert (grown, balance(shop, ada)) == (41 + 41, 82 + 80)


def test_points_of_a_reward_that_came_back_are_not_taken_by_an_unpaid_round(shop: Shop) -> None:
    ada = join(shop, ADA, 40)
    order = shop.sell(phone=ADA, rewards=[reward(shop, "amount", 400, 40)], **CASH)
    done(refund(shop, order, amount=order["total"]), 201)

    done(add_round(shop, now(shop, order), {"sku": "IPA", "quantity": 9}), 201)

    assert (balance(shop, ada), member(shop, ada)["debt"]) == (40, 0)
    assert books(shop) == []


def test_small_refund_after_an_unpaid_round_takes_few_points(shop: Shop) -> None:
    set_program(shop, only(shop, "IPA"))
    ada = join(shop, ADA)
    tab = shop.sell(phone=ADA, **CASH)
    done(add_round(shop, tab, {"sku": "TEE-BLK-M", "quantity": 4}), 201)

    done(refund(shop, tab, amount=1), 201)

    assert balance(shop, ada) == 99


def test_goods_that_were_exchanged_keep_their_points_while_a_round_is_unpaid(shop: Shop) -> None:
    # Given a pint that was exchanged for another
    ada = join(shop, ADA)
    tab = shop.sell(phone=ADA, items=[{"sku": "IPA", "quantity": 1}, {"sku": "PRETZEL", "quantity": 1}], **CASH)
    tab = done(void(shop, tab, "IPA", as_owner(shop)))
    tab = done(add_round(shop, tab, {"sku": "IPA", "quantity": 1}), 201)
    exchanged = balance(shop, ada)

    # When the tab grows and a little goes back
    done(add_round(shop, tab, {"sku": "TEE-BLK-M", "quantity": 1}), 201)
    grown = balance(shop, ada)
    done(refund(shop, tab, amount=1), 201)

    # Then its points stay
    assert (exchanged, grown, balance(shop, ada)) == (12, 12, 12)
    assert books(shop) == []


def test_money_back_for_pieces_taken_off_is_not_missing_from_a_tab_that_grows(shop: Shop) -> None:
    # Given a tab of which a piece was taken off and its money given back
    ada = join(shop, ADA)
    tab = shop.sell(phone=ADA, items=[{"sku": "IPA", "quantity": 2}], **CASH)
    tab = done(change_line(shop, tab, "IPA", as_owner(shop), quantity=1, reason="one only"))
    tab = done(refund(shop, tab, amount=tab["amount_paid"] - tab["total"]), 201)
    kept = balance(shop, ada)

    # When it grows and is paid
    tab = done(add_round(shop, tab, {"sku": "PRETZEL", "quantity": 1}), 201)
    grown = balance(shop, ada)
    paid(shop, tab)

    # Then nothing was taken twice
    assert (kept, grown, balance(shop, ada)) == (8, 8, 12)
    assert books(shop) == []


def test_goods_given_back_after_others_were_taken_off_keep_no_points(shop: Shop) -> None:
    # Given four pints paid, two of them taken off, and their money given back
    set_program(shop, only(shop, "IPA"))
    ada = join(shop, ADA)
    items = [{"sku": "IPA", "quantity": 4}, {"sku": "PRETZEL", "quantity": 4}]
    tab = shop.sell(phone=ADA, items=items, **CASH)
    tab = done(change_line(shop, tab, "IPA", as_owner(shop), quantity=2, reason="two only"))
    tab = done(refund(shop, tab, amount=tab["amount_paid"] - tab["total"]), 201)
    kept = balance(shop, ada)

    # When the other two go back
    done(refund(shop, tab, lines=[{"line_id": line_of(tab, "IPA")["id"], "quantity": 2}]), 201)

    # Then no points of pints are left
    assert (kept, balance(shop, ada)) == (200, 0)
    assert books(shop) == []


def test_discount_that_comes_and_goes_makes_no_old_order_count(shop: Shop) -> None:
    # Given an order that was paid before its customer joined, which the programme leaves out
    set_program(shop, joining_days=0)
    order = shop.sell(phone=ADA, items=[{"sku": "IPA", "quantity": 2}], **CASH)
    ada = join(shop, ADA)

    # When a discount is given on it and taken off again
    for discount in ({"percent": 10, "reason": "flat"}, None):
        order = done(change_order(shop, order, as_owner(shop), discount=discount))

    # Then it stays without points
    assert balance(shop, ada) == 0


def only(shop: Shop, sku: str) -> dict[str, Any]:
    """That a piece of a product brings 100 points, and nothing else any."""
    return {"spend": None, "products": [{"product_id": shop.products[sku], "points": 100}]}


def as_owner(shop: Shop) -> dict[str, str]:
    return {"Authorization": f"Bearer {shop.api_key}"}
