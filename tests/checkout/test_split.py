"""Parts of an order: whose use of a coupon it is, so that splitting neither uses it twice nor gives it back early."""

from typing import Any

import pytest

from tests.checkout.counter import (
    add_round,
    books,
    cancel,
    change_order,
    coupon,
    done,
    line_of,
    now,
    paid,
    refund,
    seen,
    signed_in,
    used,
    void,
)
from tests.client import Shop
from tests.refusals import slug_of

IPA, PRETZEL = {"sku": "IPA", "quantity": 2}, {"sku": "PRETZEL", "quantity": 1}


def sold_with(shop: Shop, made: dict[str, Any]) -> dict[str, Any]:
    """An open order of two IPAs and a pretzel with this coupon."""
    return shop.sell(items=[IPA, PRETZEL], coupon=made["code"])


def split(shop: Shop, order: dict[str, Any], sku: str = "PRETZEL") -> dict[str, Any]:
    """The part with one of a line that was split off."""
    parts = {"lines": [{"line_id": line_of(order, sku)["id"], "quantity": 1}]}
    return done(shop.post(f"/orders/{order['id']}/split", parts, headers=seen(now(shop, order))), 201)


def merge(shop: Shop, order: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """The first order with all of the other one."""
    headers = seen(now(shop, order))
    return done(shop.post(f"/orders/{order['id']}/merge", {"order_id": other["id"]}, headers=headers), 201)


def canceled(shop: Shop, order: dict[str, Any]) -> None:
    done(cancel(shop, order))


def sell_again(shop: Shop, made: dict[str, Any]) -> tuple[int, str]:
    return slug_of(shop.post("/orders", shop.order(coupon=made["code"])))


def test_coupon_is_used_until_the_last_part_is_canceled(shop: Shop) -> None:
    once = coupon(shop, usage_limit=1)
    order = sold_with(shop, once)
    part = split(shop, order)

    counts, answers = [used(shop, once)], []
    for each in (order, part):
        canceled(shop, each)
        counts.append(used(shop, once))
        answers.append(sell_again(shop, once))

    assert counts == [1, 1, 0]
    assert answers == [(409, "coupon-used-up"), (201, "")]
    assert books(shop) == []


def test_coupon_stays_used_by_the_original_when_the_part_is_canceled_first(shop: Shop) -> None:
    once = coupon(shop, usage_limit=1)
    order = sold_with(shop, once)
    part = split(shop, order)

    canceled(shop, part)
    between = used(shop, once), sell_again(shop, once)
    canceled(shop, order)

    assert between == (1, (409, "coupon-used-up"))
    assert used(shop, once) == 0
    assert books(shop) == []


def test_coupon_is_used_until_the_last_of_three_parts_is_canceled(shop: Shop) -> None:
    once = coupon(shop, usage_limit=1)
    order = sold_with(shop, once)
    second = split(shop, order, "IPA")
    third = split(shop, now(shop, order), "PRETZEL")

    counts = []
    for each in (second, order, third):
        canceled(shop, each)
        counts.append(used(shop, once))

    assert counts == [1, 1, 0]
    assert books(shop) == []


def test_coupon_stays_used_by_a_part_that_was_paid(shop: Shop) -> None:
    once = coupon(shop, usage_limit=1)
    order = sold_with(shop, once)
    part = paid(shop, split(shop, order))

    canceled(shop, order)

    assert (part["payment_status"], used(shop, once)) == ("paid", 1)
    assert sell_again(shop, once) == (409, "coupon-used-up")
    assert books(shop) == []


def test_coupon_follows_a_part_that_is_merged_back(shop: Shop) -> None:
    once = coupon(shop, usage_limit=1)
    order = sold_with(shop, once)
    part = split(shop, order)

    whole = merge(shop, order, part)
    between = used(shop, once)
    canceled(shop, whole)

    assert whole["discount"] == order["discount"]
    assert (between, used(shop, once)) == (1, 0)
    assert books(shop) == []


def test_coupon_follows_the_original_into_its_part(shop: Shop) -> None:
    once = coupon(shop, usage_limit=1)
    order = sold_with(shop, once)
    part = split(shop, order)

    whole = merge(shop, part, order)
    between = used(shop, once), sell_again(shop, once)
    canceled(shop, whole)

    assert whole["discount"] == order["discount"]
    assert between == (1, (409, "coupon-used-up"))
    assert used(shop, once) == 0
    assert books(shop) == []


def test_coupon_follows_its_order_into_another_one(shop: Shop) -> None:
    once = coupon(shop, usage_limit=1)
    order, other = sold_with(shop, once), shop.sell()

    whole = merge(shop, other, order)
    between = used(shop, once), sell_again(shop, once)
    canceled(shop, whole)

    assert between == (1, (409, "coupon-used-up"))
    assert used(shop, once) == 0
    assert books(shop) == []


def test_coupon_stays_used_while_its_part_is_in_another_order(shop: Shop) -> None:
    once = coupon(shop, usage_limit=1)
    order, other = sold_with(shop, once), shop.sell()
    whole = merge(shop, other, split(shop, order))

    counts = []
    for each in (order, whole):
        canceled(shop, each)
        counts.append(used(shop, once))

    assert counts == [1, 0]
    assert books(shop) == []


def test_two_coupons_of_merged_orders_are_given_back_together(shop: Shop) -> None:
    made = [coupon(shop, code, usage_limit=1) for code in ("TEN", "ELEVEN")]
    order, other = (sold_with(shop, each) for each in made)

    whole = merge(shop, order, other)
    between = [used(shop, each) for each in made]
    canceled(shop, whole)

    assert between == [1, 1]
    assert [used(shop, each) for each in made] == [0, 0]
    assert books(shop) == []


def test_order_of_which_money_went_back_is_not_split(shop: Shop) -> None:
    order = paid(shop, shop.sell(items=[IPA, PRETZEL]))
    done(refund(shop, order, amount=100), 201)
    order = now(shop, order)

    parts = {"lines": [{"line_id": line_of(order, "PRETZEL")["id"]}]}
    refused = shop.post(f"/orders/{order['id']}/split", parts, headers=seen(order))

    assert slug_of(refused) == (409, "refunded-already")
    assert now(shop, order) == order
    assert books(shop) == []


@pytest.mark.parametrize("mine", [0, 150])
def test_merge_takes_a_tip_along_that_nobody_paid(shop: Shop, mine: int) -> None:
    order, other = shop.sell(tip=mine), shop.sell(items=[PRETZEL], tip=200)

    whole = merge(shop, order, other)

    assert (whole["tip"], whole["total"]) == (mine + 200, order["total"] + other["total"])
    assert (now(shop, other)["tip"], now(shop, other)["total"]) == (0, 0)
    assert books(shop) == []


def test_coupon_of_which_a_comp_left_nothing_comes_back_when_all_parts_are_canceled(shop: Shop) -> None:
    once = coupon(shop, usage_limit=1)
    order = sold_with(shop, once)
    comp = {"comp": True, "reason": "regular"}
    order = done(change_order(shop, order, signed_in(shop, "manager"), discount=comp))
    part = split(shop, order)

    for each in (order, part):
        canceled(shop, each)

    assert used(shop, once) == 0
    assert books(shop) == []


def test_coupon_comes_back_when_the_lines_that_it_was_for_are_gone(shop: Shop) -> None:
    once = coupon(shop, usage_limit=1)
    order = sold_with(shop, once)
    part = split(shop, order)
    canceled(shop, part)
    free = {"sku": "WATER", "quantity": 1}
    order = done(add_round(shop, order, free), 201)
    order = done(void(shop, order, "IPA", signed_in(shop, "manager")))
    assert order["discounts"] == []

    canceled(shop, order)

    assert used(shop, once) == 0
    assert books(shop) == []


def test_coupon_of_which_a_comp_left_nothing_comes_back_when_its_order_is_merged(shop: Shop) -> None:
    once = coupon(shop, usage_limit=1)
    order, other = sold_with(shop, once), shop.sell()
    comp = {"comp": True, "reason": "regular"}
    order = done(change_order(shop, order, signed_in(shop, "manager"), discount=comp))

    merge(shop, other, order)

    assert used(shop, once) == 0
    assert books(shop) == []
