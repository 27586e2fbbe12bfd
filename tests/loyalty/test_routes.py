"""Members as the API shows them: joining, finding, the ledger in words."""

from typing import Any

import pytest

from tests.checkout.counter import books, cancel, done, log_of, now, refund
from tests.client import Shop
from tests.loyalty.members import CARD, PHONE, adjust, code, joined, member, problem, redeem, reward, said


def test_join_by_phone_makes_a_member(shop: Shop) -> None:
    answer = shop.post("/members", {"phone": PHONE, "name": "Ada"})

    made = done(answer, 201)
    assert (made["name"], made["phone"], made["source"]) == ("Ada", "+14155550132", "register")
    assert (made["level"], made["balance"], made["debt"], made["lifetime_points"]) == ("bronze", 0, 0, 0)
    assert made["next_level"] == {"name": "silver", "points_needed": 500}
    assert made["next_expiry"] is None
    assert [subject for _, subject, _ in log_of(shop, "member.join")] == [f"members:{made['id']}"]


def test_join_again_gives_the_same_member(shop: Shop) -> None:
    first = done(shop.post("/members", {"phone": PHONE}), 201)

    again = shop.post("/members", {"phone": "415.555.0132"})
    by_id = shop.post("/members", {"customer_id": first["customer_id"]}, as_="owner")

    assert (again.status_code, by_id.status_code) == (200, 200)
    assert again.json == by_id.json == first


def test_join_by_customer_links_earlier_orders(shop: Shop) -> None:
    order = shop.sell(**CARD)

    made = done(shop.post("/members", {"customer_id": order["customer"]["id"]}, as_="owner"), 201)

    assert (made["source"], made["balance"]) == ("api", 8)
    assert now(shop, order)["member_id"] == made["id"]
    assert now(shop, order)["points"] == {"earned": 8, "redeemed": 0, "balance": 8}


def test_join_refuses_a_walk_in(shop: Shop) -> None:
    order = shop.sell(phone=None, walk_in=True)

    answer = shop.post("/members", {"customer_id": order["customer"]["id"]})

    assert problem(answer) == (422, "walk-in-cannot-join")


@pytest.mark.parametrize("asked", [{}, {"phone": PHONE, "customer_id": "01890000-0000-7000-8000-000000000000"}])
def test_join_asks_for_phone_or_customer(shop: Shop, asked: dict[str, Any]) -> None:
    answer = shop.post("/members", asked)

    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/phone"


def test_join_refuses_an_unknown_customer(shop: Shop) -> None:
    answer = shop.post("/members", {"customer_id": "01890000-0000-7000-8000-000000000000"})

    assert problem(answer) == (404, "not-found")


def test_member_is_found_by_id_phone_and_tappass_id(shop: Shop) -> None:
    made = joined(shop, points=10)
    spoken = made["tappass_id"].removeprefix("TP-").lower()

    found = [
        done(shop.get(f"/members/{key}")) for key in (made["id"], made["tappass_id"], f"{spoken[:4]} {spoken[4:]}")
    ]

    assert found == [member(shop)] * 3
    assert found[0]["next_expiry"]["points"] == 10


def test_read_tells_a_mistyped_tappass_id(shop: Shop) -> None:
    known = joined(shop)["tappass_id"]
    swapped = known[:-2] + known[-1] + known[-2] if known[-1] != known[-2] else known[:-1] + "2"

    assert problem(shop.get(f"/members/{swapped}")) == (422, "mistyped-tappass-id")


def test_read_refuses_who_is_no_member(shop: Shop) -> None:
    shop.sell()

    assert problem(shop.get("/members", query_string={"phone": PHONE})) == (404, "unknown-member")


def test_ledger_says_in_words_what_happened(shop: Shop) -> None:
    # Given a member who bought, spent, gave back and did not use a code
    wanted = reward(shop, name="A dollar")
    order = shop.sell(join=True, **CARD)
    known = member(shop)
    adjust(shop, known, 100, reason="Lost card")
    spent = shop.sell(rewards=[wanted])
    code(shop, known, wanted)
    done(refund(shop, order, amount=order["total"]), 201)
    done(cancel(shop, spent))

    # When the ledger is read
    lines = said(shop, known)

    # Then each act is a line
    assert lines == [
        (30, f"Given back for A dollar: order {spent['reference']} was canceled"),
        (-8, f"Taken back: order {order['reference']} was paid back"),
        (-30, "Spent on A dollar (code)"),
        (-30, f"Spent on A dollar in order {spent['reference']}"),
        (100, "Adjusted: Lost card"),
        (8, f"Earned with order {order['reference']}"),
    ]
    assert books(shop) == []


def test_ledger_tells_of_a_debt_and_its_repayment(shop: Shop) -> None:
    # Given a member who spent what an order brought before its money went back
    order = shop.sell(join=True, **CARD)
    known = member(shop)
    adjust(shop, known, -5, reason="Spent elsewhere")
    done(refund(shop, order, amount=order["total"]), 201)
    owing = member(shop)

    # When the next order comes
    again = shop.sell(**CARD)

    # Then it repays first
    assert (owing["balance"], owing["debt"]) == (-5, 5)
    assert (member(shop)["balance"], member(shop)["debt"]) == (3, 0)
    assert said(shop, known)[:2] == [
        (8, f"Earned with order {again['reference']}; 5 of them repay points of an order that was paid back"),
        (-8, f"Taken back: order {order['reference']} was paid back; 5 of them were spent already"),
    ]
    assert books(shop) == []


def test_ledger_comes_in_pages(shop: Shop) -> None:
    known = joined(shop)
    for points in range(1, 6):
        adjust(shop, known, points)
    path = f"/members/{known['tappass_id']}/ledger"

    first = done(shop.get(path, query_string={"limit": "2"}))
    second = done(shop.get(path, query_string={"limit": "2", "after": first["next"]}))
    last = done(shop.get(path, query_string={"limit": "2", "after": second["next"]}))

    pages = [[line["points"] for line in page["data"]] for page in (first, second, last)]
    assert pages == [[5, 4], [3, 2], [1]]
    assert last["next"] is None


def test_rewards_are_the_owners(shop: Shop) -> None:
    body = {"name": "A dollar", "points": 30, "discount_type": "amount", "amount": 100}

    made = done(shop.post("/rewards", body, as_="owner"), 201)
    by_cashier = shop.post("/rewards", body)
    changed = shop.patch(f"/rewards/{made['id']}", {"points": 40, "is_active": False}, version=made["version"])
    by_cashier_too = shop.patch(
        f"/rewards/{made['id']}", {"points": 1}, version=changed.json["version"], as_="register"
    )
    stale = shop.patch(f"/rewards/{made['id']}", {"points": 1}, version=made["version"])

    assert (by_cashier.status_code, by_cashier_too.status_code, stale.status_code) == (403, 403, 412)
    assert (changed.json["points"], changed.json["is_active"]) == (40, False)
    assert done(shop.get("/rewards", query_string={"is_active": "true"}))["data"] == []
    assert [each["points"] for each in done(shop.get("/rewards"))["data"]] == [40]


@pytest.mark.parametrize(
    "wrong",
    [{"amount": 101, "discount_type": "percent"}, {"discount_type": "product"}, {"amount": None}, {"points": 0}],
    ids=str,
)
def test_reward_must_be_of_one_kind(shop: Shop, wrong: dict[str, Any]) -> None:
    body = {"name": "A dollar", "points": 30, "discount_type": "amount", "amount": 100} | wrong
    answer = shop.post("/rewards", {name: fact for name, fact in body.items() if fact is not None}, as_="owner")

    assert answer.status_code == 422


def test_redemption_is_repeated_by_its_key(shop: Shop) -> None:
    known, wanted = joined(shop, points=100), reward(shop)
    path, body = f"/members/{known['id']}/redemptions", {"reward_id": wanted}

    first, again = (shop.post(path, body, key="one-and-the-same") for _ in range(2))

    assert first.json == again.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (first.json["points"], first.json["balance"], first.json["order_id"]) == (30, 70, None)
    assert redeem(shop, known, wanted).json["balance"] == 40
