"""Points are spent: rewards of each kind in a sale and on a tab, codes, and what is refused."""

from typing import Any

import pytest

from tests.checkout.counter import (
    add_round,
    approved,
    books,
    cancel,
    change_order,
    change_product,
    done,
    now,
    paid,
    refund,
    void,
)
from tests.client import Shop
from tests.loyalty.members import CARD, adjust, balance, code, joined, member, problem, redeem, reward, said

TWO = [{"sku": "IPA", "quantity": 1}, {"sku": "PRETZEL", "quantity": 1}]
OTHER = "(415) 555-0177"
EXTRAS = {"name": "Extras", "max": 1, "choices": [{"name": "Large", "price": 150}]}


def pint(shop: Shop, points: int = 30) -> str:
    return reward(shop, points, discount_type="product", product_id=shop.products["IPA"], amount=None)


# --- in a sale ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "off"), [({}, 100), ({"discount_type": "percent", "amount": 20}, 250), ({"amount": 9999}, 1250)], ids=str
)
def test_reward_takes_its_worth_off(shop: Shop, facts: dict[str, Any], off: int) -> None:
    joined(shop, points=30)

    order = shop.sell(items=TWO, rewards=[reward(shop, **facts)])

    assert (order["discount"], order["points"]) == (off, {"earned": 0, "redeemed": 30, "balance": 0})
    assert books(shop) == []


def test_free_product_is_one_piece_without_its_modifiers(shop: Shop) -> None:
    change_product(shop, "IPA", modifiers=[EXTRAS])
    joined(shop, points=60)

    order = shop.sell(items=[{"sku": "IPA", "quantity": 2, "modifiers": ["Large"]}], rewards=[pint(shop)] * 1)

    assert (order["subtotal"], order["discount"]) == (1900, 800)


def test_two_free_products_are_two_pieces(shop: Shop) -> None:
    joined(shop, points=60)
    free = pint(shop)

    order = shop.sell(items=[{"sku": "IPA", "quantity": 2}, {"sku": "PRETZEL", "quantity": 1}], rewards=[free, free])
    too_many = shop.post("/orders", shop.order(rewards=[free, free]))

    assert order["discount"] == 1600
    assert problem(too_many) == (422, "reward-needs-product")


def test_order_earns_on_what_rewards_leave(shop: Shop) -> None:
    joined(shop, points=30)

    order = shop.sell(items=TWO, rewards=[pint(shop)], **CARD)

    assert order["points"] == {"earned": 4, "redeemed": 30, "balance": 4}


def test_sale_refuses_rewards_that_cannot_be(shop: Shop) -> None:
    wanted, water = reward(shop), [{"sku": "STICKER", "quantity": 1}]
    gone = reward(shop)
    shop.patch(f"/rewards/{gone}", {"is_active": False}, version=1)
    joined(shop, points=29)

    def sold(**facts: Any) -> tuple[int, str]:
        return problem(shop.post("/orders", shop.order(**facts)))

    assert sold(rewards=[wanted]) == (422, "insufficient-points")
    assert sold(rewards=[wanted], phone=OTHER) == (422, "not-a-member")
    assert sold(rewards=[wanted], phone=None, walk_in=True) == (422, "not-a-member")
    assert sold(rewards=[gone]) == (422, "unknown-reward")
    assert sold(rewards=[pint(shop)], items=water) == (422, "reward-needs-product")
    assert sold(rewards=[wanted], items=water) == (422, "reward-takes-nothing")
    assert (balance(shop), shop.get("/orders").json["data"]) == (29, [])


def test_refusal_names_the_missing_points(shop: Shop) -> None:
    joined(shop, points=29)

    refused = shop.post("/orders", shop.order(rewards=[reward(shop, 40)]))

    assert refused.json["detail"] == "This takes 40 points; there are 29, so 11 are missing."


def test_sale_repeated_by_its_key_spends_once(shop: Shop) -> None:
    joined(shop, points=100)
    body = shop.order(rewards=[reward(shop)])

    first, again = (shop.post("/orders", body, key="one-and-the-same") for _ in range(2))

    assert (again.headers["Idempotent-Replayed"], again.json["id"]) == ("true", first.json["id"])
    assert balance(shop) == 70


# --- on an open order -----------------------------------------------------------------------------------------


def test_reward_is_put_on_a_tab_and_taken_off(shop: Shop) -> None:
    known, wanted = joined(shop, points=30), reward(shop, name="A dollar")
    order = shop.sell(items=TWO)
    put_on = done(redeem(shop, known, wanted, order_id=order["id"]), 201)
    order = now(shop, order)
    spent = balance(shop)

    taken_off = done(change_order(shop, order, rewards=[]))

    assert (put_on["order_id"], put_on["coupon"], put_on["balance"]) == (order["id"], None, 0)
    assert (order["discount"], spent) == (100, 0)
    assert (taken_off["discount"], balance(shop)) == (0, 30)
    assert said(shop, known)[0] == (30, f"Given back for A dollar: order {order['reference']} was changed")
    assert books(shop) == []


def test_rewards_of_a_tab_are_set_as_a_whole(shop: Shop) -> None:
    joined(shop, points=100)
    one, other = reward(shop, 30), reward(shop, 40)
    order = shop.sell(items=TWO, rewards=[one])

    changed = done(change_order(shop, order, rewards=[one, other]))
    again = done(change_order(shop, changed, rewards=[other]))

    assert (changed["discount"], changed["points"]["balance"]) == (200, 30)
    assert (again["discount"], again["points"]["balance"]) == (100, 60)
    assert books(shop) == []


def test_tab_refuses_rewards_that_cannot_be(shop: Shop) -> None:
    known, wanted = joined(shop, points=30), reward(shop)
    theirs, mine = shop.sell(phone=OTHER), shop.sell()
    settled = paid(shop, shop.sell())
    closed = shop.sell()
    done(cancel(shop, closed))

    refused = [problem(redeem(shop, known, wanted, order_id=each["id"])) for each in (theirs, settled, closed)]

    assert refused == [(409, "order-of-another"), (409, "reward-overpays"), (409, "wrong-state")]
    assert problem(redeem(shop, known, reward(shop, 39), order_id=mine["id"])) == (422, "insufficient-points")
    assert balance(shop) == 30 + 8


def test_order_with_a_reward_stays_whole_and_with_its_member(shop: Shop) -> None:
    joined(shop, points=30)
    order = shop.sell(items=TWO, rewards=[reward(shop)])
    other, seen = shop.sell(), {"headers": {"If-Match": "*"}}
    part = {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}]}

    refused = [
        shop.post(f"/orders/{order['id']}/split", part, **seen),
        shop.post(f"/orders/{other['id']}/merge", {"order_id": order["id"]}, **seen),
        change_order(shop, order, phone=OTHER),
    ]

    assert {problem(answer) for answer in refused} == {(409, "reward-on-order")}


def test_cancel_gives_the_points_back(shop: Shop) -> None:
    joined(shop, points=30)
    order = shop.sell(rewards=[reward(shop)])

    done(cancel(shop, order))

    assert balance(shop) == 30
    assert books(shop) == []


def test_refund_gives_points_back_with_the_goods(shop: Shop) -> None:
    # Given a free pint beside a pretzel that was paid
    joined(shop, points=30)
    order = shop.sell(items=[{"sku": "IPA", "quantity": 2}], rewards=[pint(shop)], **CARD)
    one = [{"line_id": order["lines"][0]["id"], "quantity": 1}]

    # When one of the two pints goes back, and then the other
    balances = [balance(shop)]
    for _ in range(2):
        done(refund(shop, order, lines=one), 201)
        balances.append(balance(shop))

    # Then half of the points come back each time, and what was earned goes
    assert balances == [8, 4 + 15, 30]
    assert books(shop) == []


def test_void_of_the_free_line_gives_the_points_back(shop: Shop) -> None:
    joined(shop, points=30)
    order = shop.sell(items=TWO, rewards=[pint(shop)])

    done(void(shop, order, "IPA", headers=approved(shop)))

    assert (now(shop, order)["discount"], balance(shop)) == (0, 30)
    assert books(shop) == []


def test_round_on_a_tab_with_a_percentage_takes_off_more(shop: Shop) -> None:
    joined(shop, points=30)
    order = shop.sell(rewards=[reward(shop, discount_type="percent", amount=10)])

    more = done(add_round(shop, order, {"sku": "PRETZEL", "quantity": 2}), 201)

    assert (order["discount"], more["discount"], balance(shop)) == (80, 170, 0)


# --- codes ----------------------------------------------------------------------------------------------------


def test_code_is_a_coupon_that_works_once(shop: Shop) -> None:
    known = joined(shop, points=30)
    made = done(redeem(shop, known, reward(shop)), 201)
    held = balance(shop)

    order = shop.sell(coupon=made["coupon"]["code"].lower(), **CARD)
    again = shop.post("/orders", shop.order(coupon=made["coupon"]["code"]))

    assert (held, order["discount"]) == (0, 100)
    assert order["points"] == {"earned": 7, "redeemed": 30, "balance": 7}
    assert problem(again) == (422, "code-used")
    assert books(shop) == []


def test_code_goes_back_with_its_order(shop: Shop) -> None:
    known = joined(shop, points=30)
    order = shop.sell(coupon=code(shop, known, reward(shop)))

    done(cancel(shop, order))

    assert balance(shop) == 30
    assert books(shop) == []


def test_code_is_the_members_own(shop: Shop) -> None:
    made = code(shop, joined(shop, points=30), reward(shop))
    joined(shop, OTHER)

    theirs = shop.post("/orders", shop.order(coupon=made, phone=OTHER))
    nobodys = shop.post("/orders", shop.order(coupon=made, phone=None, walk_in=True))
    unknown = shop.post("/orders", shop.order(coupon="R-22222222"))

    assert problem(theirs) == (422, "code-of-another")
    assert problem(nobodys) == (422, "not-a-member")
    assert unknown.status_code == 422
    assert shop.sell(coupon=made)["discount"] == 100


def test_code_keeps_its_reward_when_that_is_withdrawn(shop: Shop) -> None:
    wanted = reward(shop)
    made = code(shop, joined(shop, points=30), wanted)
    shop.patch(f"/rewards/{wanted}", {"is_active": False, "points": 99}, version=1)

    order = shop.sell(coupon=made)

    assert (order["discount"], order["points"]["redeemed"]) == (100, 30)
    assert problem(redeem(shop, member(shop), wanted)) == (422, "unknown-reward")


def test_debt_is_no_money_to_spend(shop: Shop) -> None:
    order = shop.sell(join=True, **CARD)
    known = member(shop)
    adjust(shop, known, -8)
    done(refund(shop, order, amount=order["total"]), 201)

    refused = redeem(shop, known, reward(shop, 1))

    assert problem(refused) == (422, "insufficient-points")
    assert "9 are missing" in refused.json["detail"]
