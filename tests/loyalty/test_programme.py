"""The programme's rules at work: versions, where points come from, levels, promotions, expiry, birthdays, debts."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pos import clock
from tests.checkout.counter import books, change_order, done, now, paid, refund
from tests.client import Shop
from tests.loyalty.members import (
    CARD,
    LEVELS,
    adjust,
    balance,
    code,
    joined,
    member,
    problem,
    program,
    put_program,
    reward,
    said,
    swept,
)

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
STORE_TIME = ZoneInfo("America/Los_Angeles")
STEPS = [{"name": "bronze", "points": 0, "multiplier": "1"}, {"name": "silver", "points": 50, "multiplier": "1.5"}]
TEE = [{"sku": "TEE-BLK-M", "quantity": 1}]
NOBODY = "01890000-0000-7000-8000-000000000000"
YEAR = timedelta(days=367)


def earned(shop: Shop, **facts: Any) -> int:
    """What a paid order of a member brings."""
    return int(shop.sell(join=True, **{**CARD, **facts})["points"]["earned"])


# --- versions -------------------------------------------------------------------------------------------------


def test_program_is_built_in_until_one_is_set(shop: Shop) -> None:
    before = shop.get("/loyalty/program")

    after = put_program(shop, seen=before.headers["ETag"])

    assert (before.json["version"], before.json["since"]) == (0, None)
    assert [level["name"] for level in before.json["rules"]["levels"]] == ["bronze", "silver", "gold", "platinum"]
    assert (after.json["version"], shop.get("/loyalty/program").json["version"]) == (1, 1)
    assert after.json["rules"] | {"expiry_months": 12, "shortfall": "debt", "joining_days": 30} == after.json["rules"]


def test_program_is_the_owners_and_asks_for_what_was_seen(shop: Shop) -> None:
    assert put_program(shop, as_="register").status_code == 403
    assert problem(put_program(shop, seen=None)) == (428, "version-required")
    assert problem(put_program(shop, seen='"7"')) == (412, "stale-version")


@pytest.mark.parametrize(
    "wrong",
    [
        {"accrual": {"products": [{"product_id": NOBODY, "points": 1}]}},
        {"accrual": {"categories": [{"category_id": NOBODY, "points": 1}]}},
        {"accrual": {"spend": {"points": 1, "per": 100, "excluded_categories": [NOBODY]}}},
        {"levels": [{"name": "silver", "points": 5, "multiplier": "1"}]},
        {"levels": [*LEVELS, {"name": "silver", "points": 0, "multiplier": "2"}]},
        {"shortfall": "shrug"},
        {"expiry_months": 0},
    ],
    ids=str,
)
def test_program_refuses_rules_that_cannot_be(shop: Shop, wrong: dict[str, Any]) -> None:
    assert put_program(shop, **wrong).status_code == 422
    assert done(shop.get("/loyalty/program"))["version"] == 0


def test_refund_keeps_to_the_rules_of_the_day_of_sale(shop: Shop) -> None:
    # Given an order under the first rules, and another programme since
    program(shop, accrual={"spend": {"points": 10, "per": 100}})
    order = shop.sell(join=True, items=[{"sku": "IPA", "quantity": 3}], **CARD)
    program(shop)

    # When one of three comes back
    done(refund(shop, order, lines=[{"line_id": order["lines"][0]["id"], "quantity": 1}]), 201)

    # Then two thirds are kept by the first rules, while new orders follow the second
    assert now(shop, order)["points"]["earned"] == 160
    assert earned(shop) == 8
    assert books(shop) == []


# --- where points come from -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accrual", "points"),
    [
        ({"spend": {"points": 2, "per": 500}}, 8),
        ({"visit": {"points": 7}}, 7),
        ({"visit": {"points": 7, "minimum": 2051}}, 0),
        ({"visit": {"points": 7, "minimum": 2050}}, 7),
        ({"products": "IPA"}, 6),
        ({"categories": "all"}, 9),
        ({"spend": {"points": 1, "per": 100, "excluded_categories": "all"}}, 0),
        ({"spend": {"points": 2, "per": 500}, "visit": {"points": 7}, "products": "IPA"}, 8 + 7 + 6),
    ],
    ids=str,
)
def test_points_come_from_what_the_rules_say(shop: Shop, accrual: dict[str, Any], points: int) -> None:
    # Given rules, and two IPA for 800 and a pretzel for 450, with a tip and tax on top
    asked = {**accrual}
    if "products" in asked:
        asked["products"] = [{"product_id": shop.products["IPA"], "points": 3}]
    if "categories" in asked:
        asked["categories"] = [{"category_id": shop.category_id, "points": 3}]
    if (asked.get("spend") or {}).get("excluded_categories"):
        asked["spend"] = asked["spend"] | {"excluded_categories": [shop.category_id]}
    program(shop, accrual=asked)

    brought = earned(shop, items=[{"sku": "IPA", "quantity": 2}, {"sku": "PRETZEL", "quantity": 1}], tip=900)

    assert brought == points
    assert books(shop) == []


def test_points_come_when_all_is_paid(shop: Shop) -> None:
    order = shop.sell(join=True, payment={"method": "cash", "amount": 500})

    assert order["points"] == {"earned": 0, "redeemed": 0, "balance": 0}
    assert paid(shop, order)["points"] == {"earned": 8, "redeemed": 0, "balance": 8}


# --- levels ---------------------------------------------------------------------------------------------------


def test_level_rises_with_points_and_multiplies_the_next(shop: Shop) -> None:
    program(shop, levels=STEPS)

    first = shop.sell(join=True, items=[{"sku": "TEE-BLK-M", "quantity": 2}], **CARD)
    second = shop.sell(items=TEE, **CARD)

    assert (first["points"]["earned"], first["customer"]["member"]["level"]) == (50, "silver")
    assert second["points"]["earned"] == int(25 * 1.5)
    assert said(shop, member(shop))[0][1] == f"Earned with order {second['reference']} (silver × 1.5)"


def test_level_falls_with_a_refund_and_points_by_hand_do_not_count(shop: Shop) -> None:
    program(shop, levels=STEPS)
    order = shop.sell(join=True, items=[{"sku": "TEE-BLK-M", "quantity": 2}], **CARD)
    done(refund(shop, order, amount=1), 201)

    adjust(shop, member(shop), 100)

    assert (member(shop)["level"], member(shop)["level_points"], member(shop)["balance"]) == ("bronze", 49, 149)
    assert member(shop)["next_level"] == {"name": "silver", "points_needed": 1}


def test_level_falls_when_the_points_are_a_year_old(shop: Shop) -> None:
    program(shop, levels=STEPS, expiry_months=None)
    shop.sell(join=True, items=[{"sku": "TEE-BLK-M", "quantity": 2}], **CARD)

    early = swept(shop, clock.now() + timedelta(days=360))
    held = member(shop)["level"]
    done_then = swept(shop, clock.now() + YEAR)

    assert (early["points"], held) == (0, "silver")
    assert done_then["levels"] == 1
    assert (member(shop)["level"], member(shop)["level_points"]) == ("bronze", 0)
    assert (member(shop)["balance"], member(shop)["lifetime_points"]) == (50, 50)
    assert books(shop) == []


def test_level_of_a_lifetime_stays(shop: Shop) -> None:
    program(shop, levels=STEPS, levels_by="lifetime")
    shop.sell(join=True, items=[{"sku": "TEE-BLK-M", "quantity": 2}], **CARD)

    swept(shop, clock.now() + YEAR)

    assert (member(shop)["level"], member(shop)["level_points"]) == ("silver", 50)
    assert books(shop) == []


def test_level_follows_another_programme(shop: Shop) -> None:
    shop.sell(join=True, items=[{"sku": "TEE-BLK-M", "quantity": 2}], **CARD)

    program(shop, levels=STEPS)
    swept(shop, clock.now())

    assert member(shop)["level"] == "silver"
    assert books(shop) == []


# --- promotions -----------------------------------------------------------------------------------------------


def evening() -> tuple[str, str]:
    """An hour when it is one day in Greenwich and the day before at the bar; and the bar's day."""
    today = clock.now().replace(hour=5, minute=0, second=0, microsecond=0)
    instant = today - timedelta(days=1)
    return instant.isoformat(), DAYS[instant.astimezone(STORE_TIME).weekday()]


def happy(day: str, **facts: Any) -> dict[str, Any]:
    return {"name": "Double", "days": [day], "starts": "18:00", "ends": "23:30", "multiplier": "2", **facts}


def test_promotion_holds_in_the_time_of_the_location(shop: Shop) -> None:
    placed_at, day = evening()
    program(shop, promotions=[happy(day)])

    order = shop.sell(join=True, placed_at=placed_at, **CARD)
    brought = [order["points"]["earned"], earned(shop, placed_at=placed_at.replace("T05", "T15"))]

    assert brought == [16, 8]
    assert said(shop, member(shop))[1] == (16, f"Earned with order {order['reference']} (Double)")


def test_promotion_has_a_limit_for_each_day(shop: Shop) -> None:
    # Given a promotion that brings ten more on a day
    placed_at, day = evening()
    program(shop, promotions=[happy(day, limit_per_day=10)])

    # When a member buys three times on that day, and somebody else once
    brought = [earned(shop, placed_at=placed_at) for _ in range(3)]
    other = earned(shop, placed_at=placed_at, phone="(415) 555-0177")

    # Then the second has what the first left, and the third nothing more
    assert brought == [16, 10, 8]
    assert other == 16
    assert books(shop) == []


def test_promotion_of_yesterday_is_over(shop: Shop) -> None:
    placed_at, day = evening()
    until = (datetime.fromisoformat(placed_at).astimezone(STORE_TIME) - timedelta(days=1)).date().isoformat()
    program(shop, promotions=[happy(day, until_on=until)])

    assert earned(shop, placed_at=placed_at) == 8


# --- expiry ---------------------------------------------------------------------------------------------------


def test_points_expire_at_the_end_of_the_month(shop: Shop) -> None:
    program(shop, expiry_months=1)
    assert earned(shop) == 8
    known = member(shop)
    expires_at = datetime.fromisoformat(known["next_expiry"]["expires_at"])

    before = swept(shop, expires_at - timedelta(seconds=1))
    after = [swept(shop, expires_at)["points"] for _ in range(2)]

    local = expires_at.astimezone(STORE_TIME)
    assert (local.day, local.hour, local.minute) == (1, 0, 0)
    assert (before["points"], after) == (0, [1, 0])
    assert said(shop, known)[0] == (-8, "Expired")
    assert balance(shop) == 0
    assert books(shop) == []


def test_points_never_expire_if_the_programme_says_so(shop: Shop) -> None:
    program(shop, expiry_months=None)
    earned(shop)

    assert member(shop)["next_expiry"] is None
    assert swept(shop, clock.now() + 9 * YEAR)["points"] == 0
    assert balance(shop) == 8


def test_code_that_nobody_used_gives_its_points_back(shop: Shop) -> None:
    known, wanted = joined(shop, points=30), reward(shop, name="A dollar")
    unused = code(shop, known, wanted)

    done_then = [swept(shop, clock.now() + timedelta(days=31))["codes"] for _ in range(2)]

    assert done_then == [1, 0]
    assert balance(shop) == 30
    assert said(shop, known)[0] == (30, "Given back: the code for A dollar was not used")
    assert problem(shop.post("/orders", shop.order(coupon=unused))) == (422, "code-used")
    assert books(shop) == []


# --- birthdays ------------------------------------------------------------------------------------------------


def test_birthday_is_greeted_once_a_year(shop: Shop) -> None:
    # Given a programme with points for birthdays, and two members of whom one was born on a second of May
    program(shop, birthday_points=25)
    known = joined(shop)
    joined(shop, "(415) 555-0177")
    path = f"/customers/{known['customer_id']}"
    seen = done(shop.get(path, as_="owner"))["version"]
    done(shop.patch(path, {"profile": {"date_of_birth": "1990-05-02"}}, version=seen))

    # When the days go by
    may = [datetime(2031, 5, day, 19, tzinfo=UTC) for day in (1, 2, 2, 3)] + [datetime(2032, 5, 2, 19, tzinfo=UTC)]
    greeted = [swept(shop, day)["birthdays"] for day in may]

    # Then it is greeted on the day, once
    assert greeted == [0, 1, 0, 0, 1]
    assert said(shop, known)[0] == (25, "Adjusted: Happy birthday")
    assert balance(shop, "(415) 555-0177") == 0


# --- points that are spent when their money goes back ---------------------------------------------------------


def test_refund_forgives_what_is_spent_if_the_programme_says_so(shop: Shop) -> None:
    program(shop, shortfall="forgive")
    order = shop.sell(join=True, **CARD)
    adjust(shop, member(shop), -5)

    done(refund(shop, order, amount=order["total"]), 201)

    assert (balance(shop), member(shop)["debt"]) == (0, 0)
    assert earned(shop) == 8
    assert books(shop) == []


def test_tab_that_moves_takes_its_points_along(shop: Shop) -> None:
    # Given two members, and a paid tab of the first
    joined(shop, "(415) 555-0177")
    order = paid(shop, shop.sell(join=True))
    known = member(shop)

    # When the tab becomes the other's, goes back in part and comes home
    moved = done(change_order(shop, order, phone="(415) 555-0177"))
    theirs = balance(shop, "(415) 555-0177")
    done(refund(shop, moved, amount=433), 201)
    home = done(change_order(shop, now(shop, moved), phone=known["phone"]))

    # Then its points were theirs, and what is left of them comes home
    assert theirs == 8
    assert (balance(shop), balance(shop, "(415) 555-0177")) == (4, 0)
    assert home["points"] == {"earned": 4, "redeemed": 0, "balance": 4}
    assert said(shop, known)[-2] == (-8, f"Taken back: order {order['reference']} was changed")
    assert books(shop) == []
