"""TapPass in the office: its figures against the rows, members and their ledger, the rules in words, rewards, who should join."""

from typing import Any

import pytest
from flask import Flask

from tests.checkout.counter import done
from tests.client import Shop
from tests.loyalty.members import CARD, adjust, code, joined, problem, program, put_program, reward
from tests.office.desk import desk

ADA, BOB = "(415) 555-0132", "(415) 555-0133"
DOUBLE = {
    "name": "Double Friday",
    "days": ["fri"],
    "starts": "16:00",
    "ends": "18:00",
    "multiplier": "2",
    "limit_per_day": 50,
}


def test_overview_says_what_the_books_say(app: Flask, shop: Shop) -> None:
    ada, _ = joined(shop, points=600), joined(shop, BOB, points=40)
    spent = reward(shop, 100, name="A dollar off", amount=100)
    code(shop, ada, spent)
    shop.sell(phone=BOB, items=[{"sku": "TEE-BLK-M", "quantity": 40}], **CARD)

    page = desk(app, shop, "manager").page("/loyalty").text

    assert "Members 2" in page
    assert "Points they hold, worth $15.40 1,540" in page
    assert "A dollar off, $10.00 for 1,000 points" in page
    assert "Expire in 30 days 0" in page
    assert "bronze 1 silver 1 gold 0" in page
    assert "This week 2" in page
    assert "A dollar off 1 100" in page


def test_overview_counts_what_expires_soon(app: Flask, shop: Shop) -> None:
    program(shop, expiry_months=1)
    joined(shop, points=70)

    page = desk(app, shop, "manager").page("/loyalty").text

    assert "Expire in 90 days 70" in page
    assert "No reward is on offer, so points buy nothing yet." in page


@pytest.mark.parametrize("typed", ["tappass_id", "phone"])
def test_members_are_found_by_card_and_by_whole_number(app: Flask, shop: Shop, typed: str) -> None:
    ada, bob = joined(shop, points=600), joined(shop, BOB, points=40)

    page = desk(app, shop, "manager").page(f"/loyalty/members?q={ada[typed].lower().replace('+', '%2B')}").text

    assert ada["tappass_id"] in page
    assert bob["tappass_id"] not in page


def test_members_are_sorted_filtered_and_exported(app: Flask, shop: Shop) -> None:
    bob, ada = joined(shop, BOB, points=40), joined(shop, points=30)
    owner = desk(app, shop)

    by_points = owner.page("/loyalty/members?sort=-balance").text
    lines = owner.get("/loyalty/members.csv?sort=-balance").get_data(as_text=True).splitlines()

    assert by_points.index(bob["tappass_id"]) < by_points.index(ada["tappass_id"])
    assert [line.split(",")[:4] for line in lines[1:]] == [
        [each["tappass_id"], "", "bronze", str(each["balance"])] for each in (bob, ada)
    ]
    assert "Nothing fits." in owner.page("/loyalty/members?level=gold").text
    for odd in ("level=wood", "sort=name", "page=0", "since=today", "q=%00"):
        assert 400 <= owner.get(f"/loyalty/members?{odd}").status_code < 500, odd


def test_member_shows_what_is_missing_the_lots_and_why(app: Flask, shop: Shop) -> None:
    program(
        shop,
        levels=[*_levels("1", "1.5")],
        promotions=[{**DOUBLE, "days": _EVERY_DAY, "starts": "00:00", "ends": "23:59"}],
    )
    ada = joined(shop)
    order = shop.sell(phone=ADA, items=[{"sku": "TEE-BLK-M", "quantity": 1}], **CARD)
    adjust(shop, ada, 7, reason="for waiting long")
    spent = reward(shop, 10, name="A dollar off", amount=100)
    bought = code(shop, ada, spent)

    page = desk(app, shop, "manager").page(f"/loyalty/members/{ada['id']}").text

    assert "Points 47" in page
    assert "Missing for silver 50" in page
    assert f"+50 points accumulate Earned with order {order['reference']} (Double Friday)" in page
    assert "+7 points adjust Adjusted: for waiting long" in page
    assert "-10 points redeem Spent on A dollar off (code) Bar" in page
    assert f"{bought} A dollar off, until" in page
    assert f"Order {order['reference']}" in page


def test_rules_are_read_by_managers_and_edited_by_owners(app: Flask, shop: Shop) -> None:
    busy_program(shop)

    manager, owner = (desk(app, shop, role).page("/loyalty/program") for role in ("manager", "owner"))

    assert "Spending 1 point for each whole $1.00, nothing for" in manager.text
    assert "Promotion Double Friday × 2, Fri 16:00 to 18:00, at most 50 points more a day" in manager.text
    assert "Each piece: House IPA 2 points" in manager.text
    assert "Expiry never" in manager.text
    assert [tags for tags in manager.tags if tags[1].get("data-api")] == []
    assert _value(owner, "rules.accrual.spend.per") == "1.00"
    assert _value(owner, "rules.promotions.0.limit_per_day") == "50"
    assert _value(owner, "rules.expiry_months") == ""


def test_history_says_who_changed_what(app: Flask, shop: Shop) -> None:
    program(shop)
    busy_program(shop)
    owner = desk(app, shop)

    page = owner.page("/loyalty/program/history").text

    assert page.index("Version 2") < page.index("Version 1")
    assert "Promotion Double Friday new: × 2" in page
    assert "Expiry after 12 months, at the end of the month never" in page
    assert "Level silver taken away: from 500 points on, × 1.25" in page
    assert "(version 0)" in page
    assert "The form shows the rules of version 1" in owner.page("/loyalty/program?version=1").text
    assert owner.get("/loyalty/program?version=7").status_code == 404
    assert owner.get("/loyalty/program?version=x").status_code == 422
    assert "Version 2" not in owner.page("/loyalty/program/history?before=2").text


def test_owner_rehearses_what_nobody_else_may(app: Flask, shop: Shop) -> None:
    joined(shop)
    shop.sell(phone=ADA, items=[{"sku": "TEE-BLK-M", "quantity": 4}], **CARD)
    rules = {"rules": {"accrual": {"visit": {"points": 30}}, "levels": _levels("1", "2")}}
    path = "/loyalty/program/rehearsal?days=7"
    owner = desk(app, shop)

    refused = [owner.api("POST", path.replace("7", days), rules).status_code for days in ("0", "367", "x")]
    found = done(owner.api("POST", path, rules))

    assert (found["in_force"]["earned"], found["proposed"]["earned"]) == (100, 30)
    assert (found["orders"], found["members"], found["of_members"], found["hurt"]) == (1, 1, 1, 1)
    assert refused == [422, 422, 422]
    assert problem(shop.post(path, rules)) == (403, "role-too-low")
    assert shop.get("/loyalty/program").json["version"] == 0


def test_rewards_are_told_to_managers_and_changed_by_owners(app: Flask, shop: Shop) -> None:
    known = reward(shop, 30, name="A tenth off", discount_type="percent", amount=10)
    reward(shop, 80, name="A pint", discount_type="product", amount=None, product_id=shop.products["IPA"])

    owner, manager = (desk(app, shop, role) for role in ("owner", "manager"))

    assert (
        "A tenth off 10 % off the order 30 offered A pint one House IPA, free 80 offered"
        in manager.page("/loyalty/rewards").text
    )
    assert "Retire" in owner.page(f"/loyalty/rewards/{known}").text
    assert [each for each in manager.page(f"/loyalty/rewards/{known}").tags if each[1].get("data-api")] == []


def test_opportunities_show_what_joining_brings(app: Flask, shop: Shop) -> None:
    shop.sell(phone=ADA, name="Ada", items=[{"sku": "TEE-BLK-M", "quantity": 3}], **CARD)
    manager = desk(app, shop, "manager")

    page = manager.page("/loyalty/opportunities").text

    assert "Ada +14155550132 75 1 $" in page
    assert manager.get("/loyalty/opportunities?by=luck").status_code == 422
    assert manager.get("/loyalty/opportunities?after=x").status_code == 422


_EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _levels(*multipliers: str) -> list[dict[str, Any]]:
    names = (("bronze", 0), ("silver", 100))
    return [
        {"name": name, "points": points, "multiplier": by}
        for (name, points), by in zip(names, multipliers, strict=True)
    ]


def busy_program(shop: Shop) -> None:
    accrual = {
        "spend": {"points": 1, "per": 100, "excluded_categories": [shop.category_id]},
        "products": [{"product_id": shop.products["IPA"], "points": 2}],
    }
    done(put_program(shop, accrual=accrual, promotions=[DOUBLE], expiry_months=None))


def _value(page: Any, name: str) -> str | None:
    [found] = [attributes for _, attributes in page.tags if attributes.get("name") == name]
    return str(found["value"])
