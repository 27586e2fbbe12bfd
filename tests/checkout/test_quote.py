"""What a basket would cost and bring, without selling it: what the sale then says, too."""

import uuid
from typing import Any

import pytest
from sqlalchemy import text

from pos.db import db, transaction
from tests.checkout.counter import books, coupon, done
from tests.client import Shop
from tests.loyalty.members import CARD, PHONE, adjust, code, joined, member, problem, program, reward

TWO = [{"sku": "IPA", "quantity": 1}, {"sku": "PRETZEL", "quantity": 1}]
STEPS = [{"name": "bronze", "points": 0, "multiplier": "1"}, {"name": "silver", "points": 20, "multiplier": "1.5"}]
EVERY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
# Two halves of the day, so that one holds whenever the test runs.
DOUBLE = [
    {"name": "Double", "days": EVERY, "starts": starts, "ends": ends, "multiplier": "2"}
    for starts, ends in (("00:00", "12:00"), ("12:00", "00:00"))
]


def quoted(shop: Shop, **asked: Any) -> Any:
    body = {"phone": PHONE, "items": TWO, **asked}
    return done(shop.post("/loyalty/quote", {name: fact for name, fact in body.items() if fact is not None}))


def by_hand(**off: Any) -> dict[str, Any]:
    return {"discount": {"reason": "Regular", **off}}


PINT_AT_HALF = {"items": [TWO[0] | by_hand(percent=50), TWO[1]]}


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"tip": 700},
        {"coupon": "TEN"},
        {"rewards": True},
        {"code": True},
        by_hand(percent=33),
        by_hand(amount=101),
        by_hand(comp=True),
        PINT_AT_HALF,
        {"rewards": True, "coupon": "TEN", "tip": 1, **by_hand(percent=7), **PINT_AT_HALF},
        {"code": True, **by_hand(amount=50), **PINT_AT_HALF},
    ],
    ids=str,
)
def test_quote_says_what_the_sale_says(shop: Shop, facts: dict[str, Any]) -> None:
    # Given a member of the second level, and a promotion
    program(shop, levels=STEPS, promotions=DOUBLE)
    shop.sell(join=True, items=[{"sku": "TEE-BLK-M", "quantity": 1}], **CARD)
    known, wanted = member(shop), reward(shop)
    adjust(shop, known, 100)
    coupon(shop)
    asked = {"items": TWO, **{name: fact for name, fact in facts.items() if name not in ("rewards", "code")}}
    asked |= {"rewards": [wanted]} if "rewards" in facts else {}
    asked |= {"coupon": code(shop, known, wanted)} if "code" in facts else {}

    # When a cashier asks for a basket, and then it is sold
    before = quoted(shop, **asked)
    sold = shop.sell(as_="owner", location_id=shop.location_id, **asked, **CARD)

    # Then both say the same
    sums = ("subtotal", "discount", "tax", "total")
    assert [before[name] for name in sums] == [sold[name] for name in sums]
    assert before["points"] == sold["points"]["earned"]
    assert before["bonus_points"] == before["points"] // 2
    assert (before["member"]["id"], before["member"]["level"]) == (known["id"], "silver")
    assert books(shop) == []


def test_quote_for_who_is_no_member_says_what_joining_would_bring(shop: Shop) -> None:
    for phone in (None, PHONE):
        found = quoted(shop, phone=phone)
        assert (found["points"], found["base_points"], found["bonus_points"], found["member"]) == (12, 12, 0, None)
    assert shop.sell(items=TWO, join=True, **CARD)["points"]["earned"] == 12


def test_quote_keeps_nothing(shop: Shop) -> None:
    quoted(shop, items=[{"sku": "TEE-BLK-M", "quantity": 2}])

    assert shop.get("/orders").json["data"] == []
    assert shop.get("/customers", query_string={"phone": PHONE}).status_code == 404


def test_quote_names_the_rewards_that_there_are_points_for(shop: Shop) -> None:
    cheap, dear = reward(shop, 30), reward(shop, 31)
    joined(shop, points=30)

    rewards = quoted(shop)["rewards"]

    assert [(each["id"], each["is_enough"]) for each in rewards] == [(cheap, True), (dear, False)]


def test_quote_counts_no_points_that_are_due(shop: Shop) -> None:
    program(shop, expiry_months=1)
    reward(shop, 30)
    joined(shop, points=30)
    _make_due(shop)

    found = quoted(shop)

    assert (found["member"]["balance"], member(shop)["balance"]) == (0, 0)
    assert [each["is_enough"] for each in found["rewards"]] == [False]


def test_quote_refuses_what_the_sale_refuses(shop: Shop) -> None:
    def asked(**facts: Any) -> tuple[int, str]:
        return problem(shop.post("/loyalty/quote", {"phone": PHONE, "items": TWO, **facts}))

    sticker = [{"sku": "STICKER", "quantity": 1}]
    assert asked(coupon="NONE")[0] == 422
    assert asked(items=[{"sku": "GONE", "quantity": 1}])[0] == 422
    assert asked(items=sticker, rewards=[reward(shop)]) == (422, "reward-takes-nothing")


def _make_due(shop: Shop) -> None:
    with transaction(uuid.UUID(shop.store_id)):
        db.session.execute(text("UPDATE point_lots SET expires_at = now() - interval '1 minute'"))
