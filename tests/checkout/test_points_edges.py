"""Points in stories that the machine of random acts found, or that it meets too seldom."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from pos import clock
from pos.customers import actions as customers
from pos.db import transaction
from pos.loyalty import actions, queries, sweep
from tests.checkout.counter import add_round, books, cancel, change_line, change_order, done, now, paid, refund
from tests.client import Shop

ADA, BOB = "+14155550181", "+14155550182"
SPEND = {"points": 1, "per": 100, "excluded_categories": []}
LEVELS = [{"name": "bronze", "points": 0, "multiplier": "1"}]
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
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


def reward(shop: Shop, kind: str, amount: int, points: int = 10) -> str:
    asked = {"name": f"{amount} {kind}", "points": points, "discount_type": kind, "amount": amount}
    return str(done(shop.post("/rewards", asked, as_="owner"), 201)["id"])


def merge(shop: Shop, mine: str, heir: str) -> None:
    with transaction(uuid.UUID(shop.store_id), actor="test"):
        customers.lock(*(queries.identity(uuid.UUID(each), None)[1] for each in (mine, heir)))
        actions.merge(uuid.UUID(mine), uuid.UUID(heir), clock.now())


def set_program(shop: Shop, **rules: Any) -> None:
    accrual = {"spend": SPEND, "visit": None, "products": [], "categories": []}
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
    all_day = {
        "name": "double",
        "days": DAYS,
        "starts": "00:00",
        "ends": "23:59",
        "multiplier": "2",
        "limit_per_day": 20,
    }
    set_program(shop, promotions=[all_day])
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


def as_owner(shop: Shop) -> dict[str, str]:
    return {"Authorization": f"Bearer {shop.api_key}"}
