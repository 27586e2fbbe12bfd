"""flask loyalty rehearse: another programme over past orders, beside the one in force, and nothing written."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text

from pos import clock
from pos.checkout.rehearsal import Rehearsal
from pos.checkout.rehearsing import MOST_MEMBERS, MOST_ORDERS, is_soon_done
from pos.db import Base, transaction
from pos.loyalty.rules import birthdays, built_in, read
from tests.checkout.counter import done, refund
from tests.client import Shop

ADA, BOB, CAT = ("(415) 555-0132", "(415) 555-0133", "(415) 555-0134")
CARD = {"payment": {"method": "card"}, "join": True}
PLAIN = {
    "accrual": {"spend": {"points": 1, "per": 100}},
    "levels": [{"name": "bronze", "points": 0, "multiplier": "1"}],
}
VISITS = PLAIN | {"accrual": {"visit": {"points": 30}}}
YESTERDAY = str((clock.now() - timedelta(days=1)).date())


def test_rehearse_of_the_programme_in_force_finds_what_the_books_say(app: Flask, shop: Shop, tmp_path: Path) -> None:
    set_rules(shop, program := busy_program(shop))
    a_week(shop)

    found = figures(app, shop, tmp_path, program)

    held = {number: member(shop, number)["balance"] for number in (ADA, BOB, CAT)}
    sides = [{name: found[side][name] for name in ("earned", "liability", "redeemed", "missed")} for side in SIDES]
    assert sides[0] == sides[1]
    assert sides[0]["liability"] == sum(held.values())
    assert (found["helped"], found["hurt"], found["same"]) == (0, 0, 3)
    assert (found["orders"], found["members"]) == (5, 3)


def test_rehearse_says_who_wins_and_who_loses(app: Flask, shop: Shop, tmp_path: Path) -> None:
    for number, pieces in ((ADA, 10), (BOB, 1), (BOB, 1), (CAT, 2)):
        shop.sell(phone=number, items=[{"sku": "TEE-BLK-M", "quantity": pieces}], **CARD)

    found = figures(app, shop, tmp_path, VISITS)

    ada, bob, cat = (member(shop, number)["tappass_id"] for number in (ADA, BOB, CAT))
    assert (found["in_force"]["earned"], found["proposed"]["earned"]) == (350, 120)
    assert (found["helped"], found["hurt"], found["same"]) == (1, 2, 0)
    assert found["gains"] == [{"tappass_id": bob, "points": 10}]
    assert found["losses"] == [{"tappass_id": ada, "points": -220}, {"tappass_id": cat, "points": -20}]


def test_rehearse_worths_a_point_by_the_best_reward(app: Flask, shop: Shop, tmp_path: Path) -> None:
    shop.sell(phone=ADA, items=[{"sku": "TEE-BLK-M", "quantity": 4}], **CARD)
    reward(shop, "Five dollars", 100, discount_type="amount", amount=500)
    reward(shop, "A pint", 100, discount_type="product", product_id=shop.products["IPA"])
    reward(shop, "A tenth", 200, discount_type="percent", amount=10)

    found = figures(app, shop, tmp_path, PLAIN | {"accrual": {"spend": {"points": 1, "per": 200}}})
    page = rehearsed(app, shop, tmp_path, VISITS).output

    assert found["best_reward"] == {"name": "A pint", "amount_per_1000_points": 8000}
    assert [found[side]["liability_amount"] for side in SIDES] == [800, 400]
    assert "A point is worth what the best reward gives for it: A pint, $80.00 for 1,000 points." in page


def test_rehearse_without_rewards_has_no_price_for_a_point(app: Flask, shop: Shop, tmp_path: Path) -> None:
    shop.sell(phone=ADA, **CARD)

    found = figures(app, shop, tmp_path, PLAIN)
    page = rehearsed(app, shop, tmp_path, PLAIN).output

    assert (found["best_reward"], found["proposed"]["liability_amount"]) == (None, None)
    assert "No reward is offered, so a point is worth nothing yet." in page


def test_rehearse_counts_rewards_that_would_have_been_out_of_reach(app: Flask, shop: Shop, tmp_path: Path) -> None:
    made = reward(shop, "Five dollars", 60, discount_type="amount", amount=500)
    shop.sell(phone=ADA, items=[{"sku": "TEE-BLK-M", "quantity": 4}], **CARD)
    shop.sell(phone=ADA, rewards=[made], **CARD)

    found = figures(app, shop, tmp_path, PLAIN | {"accrual": {"spend": {"points": 1, "per": 200}}})

    assert [(found[side]["redeemed"], found[side]["missed"]) for side in SIDES] == [(60, 0), (0, 60)]


def test_rehearse_greets_birthdays(app: Flask, shop: Shop, tmp_path: Path) -> None:
    order = shop.sell(phone=ADA, **CARD)
    today = clock.business_day(clock.now(), "America/Los_Angeles")
    born = {"profile": {"date_of_birth": str(today.replace(year=2000))}}
    done(shop.request("PATCH", f"/customers/{order['customer']['id']}", headers={"If-Match": "*"}, json=born))

    found = figures(app, shop, tmp_path, PLAIN | {"birthday_points": 25})

    assert [found[side]["earned"] for side in SIDES] == [8, 33]


@pytest.mark.parametrize(
    ("born_on", "days"),
    [
        ("1990-05-04", ["2027-05-04", "2028-05-04"]),
        ("2000-02-29", ["2027-03-01", "2028-02-29"]),
        ("1990-12-31", ["2026-12-31", "2027-12-31"]),
        ("1990-01-01", ["2027-01-01", "2028-01-01"]),
    ],
)
def test_birthdays_come_once_a_year(born_on: str, days: list[str]) -> None:
    since, until = datetime(2026, 12, 31, 8, tzinfo=UTC), datetime(2028, 6, 1, tzinfo=UTC)

    found = birthdays(date.fromisoformat(born_on), since, until, "America/Los_Angeles")

    assert [str(clock.business_day(at, "America/Los_Angeles")) for at in found] == days


def test_rehearse_begins_with_what_members_had(app: Flask, shop: Shop, tmp_path: Path) -> None:
    """All orders are of before the day after tomorrow, so both programmes find only what is held."""
    shop.sell(phone=ADA, items=[{"sku": "TEE-BLK-M", "quantity": 4}], **CARD)
    tomorrow = str((clock.now() + timedelta(days=2)).date())

    found = figures(app, shop, tmp_path, VISITS, since=tomorrow)

    assert found["orders"] == 0
    assert [(found[side]["earned"], found[side]["liability"]) for side in SIDES] == [(0, 100), (0, 100)]


def test_rehearse_changes_nothing(app: Flask, shop: Shop, tmp_path: Path) -> None:
    a_week(shop)
    before = fingerprint(app)

    result = rehearsed(app, shop, tmp_path, busy_program(shop))

    assert result.exit_code == 0, result.output
    assert fingerprint(app) == before
    assert "hops: 3 members, 5 orders …" in result.stderr


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("{", "The body is not JSON"),
        ("[]", "Invalid input type."),
        ({"levels": PLAIN["levels"]}, "/accrual: Missing data"),
        (PLAIN | {"surprise": 1}, "/surprise: Unknown field."),
        (PLAIN | {"accrual": {"spend": {"points": 0, "per": 100}}}, "/accrual/spend/points: Must be"),
        (PLAIN | {"levels": [{"name": "bronze", "points": 5, "multiplier": "1"}]}, "/levels: The first level begins"),
        (
            PLAIN | {"accrual": {"products": [{"product_id": "0190a000-0000-7000-8000-000000000000", "points": 1}]}},
            "/accrual/products/0: The catalogue of this store has no products with this id.",
        ),
    ],
)
def test_rehearse_refuses_rules_that_cannot_be(app: Flask, shop: Shop, tmp_path: Path, program: Any, said: str) -> None:
    result = rehearsed(app, shop, tmp_path, program)

    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr


def test_rehearse_takes_what_the_api_takes(app: Flask, shop: Shop, tmp_path: Path) -> None:
    assert rehearsed(app, shop, tmp_path, {"rules": PLAIN}).exit_code == 0


def test_rehearse_goes_through_all_stores_unless_one_is_named(app: Flask, shop: Shop, tmp_path: Path) -> None:
    file = written(tmp_path, PLAIN)

    all_stores = run(app, "--program", file, "--since", YESTERDAY, "--json")
    nowhere = run(app, "--program", file, "--since", YESTERDAY, "--store", "nowhere")

    assert [each["store"] for each in json.loads(all_stores.stdout)] == ["hops", "cafe"]
    assert "There is no store with the slug 'nowhere'." in nowhere.stderr


SIDES = ("in_force", "proposed")


def a_week(shop: Shop) -> None:
    """Sales of three members: levels are reached, a reward is taken, goods and money go back, an order is canceled."""
    made = reward(shop, "Five dollars", 20, discount_type="amount", amount=500)
    first = shop.sell(phone=ADA, items=[{"sku": "TEE-BLK-M", "quantity": 6}, {"sku": "IPA", "quantity": 3}], **CARD)
    done(refund(shop, first, lines=[{"line_id": first["lines"][0]["id"], "quantity": 2}]), 201)
    shop.sell(phone=ADA, items=[{"sku": "IPA", "quantity": 3}], rewards=[made], **CARD)
    part = shop.sell(phone=BOB, items=[{"sku": "TEE-BLK-M", "quantity": 4}], **CARD)
    done(refund(shop, part, amount=1700), 201)
    shop.sell(phone=BOB, items=[{"sku": "PRETZEL", "quantity": 7}], **CARD)
    shop.sell(phone=CAT, items=[{"sku": "IPA", "quantity": 7}], **CARD)
    gone = shop.sell(phone=CAT, items=[{"sku": "IPA", "quantity": 7}], **CARD)
    done(shop.post(f"/orders/{gone['id']}/cancel", {"reason": "spilt", "refund": True}, as_="owner"))
    done(
        shop.post(f"/members/{member(shop, CAT)['id']}/adjustments", {"points": 7, "reason": "a gift"}, as_="owner"),
        201,
    )


def busy_program(shop: Shop) -> dict[str, Any]:
    """A programme in which all applies at once."""
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    promotion = {
        "name": "Double",
        "days": days,
        "starts": "00:00",
        "ends": "23:59",
        "multiplier": "2",
        "limit_per_day": 50,
    }
    return {
        "accrual": {
            "spend": {"points": 1, "per": 100},
            "visit": {"points": 5},
            "products": [{"product_id": shop.products["IPA"], "points": 2}],
            "categories": [{"category_id": shop.category_id, "points": 1}],
        },
        "levels": [
            {"name": "bronze", "points": 0, "multiplier": "1"},
            {"name": "silver", "points": 100, "multiplier": "1.25"},
        ],
        "promotions": [promotion],
    }


def figures(app: Flask, shop: Shop, folder: Path, program: Any, since: str = YESTERDAY) -> dict[str, Any]:
    """What a rehearsal prints as JSON for the shop."""
    result = rehearsed(app, shop, folder, program, "--json", since=since)
    assert result.exit_code == 0, result.output
    [found] = json.loads(result.stdout)
    return dict(found)


def rehearsed(app: Flask, shop: Shop, folder: Path, program: Any, *more: str, since: str = YESTERDAY) -> Result:
    return run(app, "--program", written(folder, program), "--since", since, "--store", shop.slug, *more)


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["loyalty", "rehearse", *words])


def written(folder: Path, program: Any) -> str:
    file = folder / "program.json"
    file.write_text(program if isinstance(program, str) else json.dumps(program))
    return str(file)


def set_rules(shop: Shop, rules: dict[str, Any]) -> None:
    done(shop.request("PUT", "/loyalty/program", as_="owner", headers={"If-Match": "*"}, json={"rules": rules}))


def reward(shop: Shop, name: str, points: int, **facts: Any) -> str:
    return str(done(shop.post("/rewards", {"name": name, "points": points, **facts}, as_="owner"), 201)["id"])


def member(shop: Shop, number: str) -> dict[str, Any]:
    return done(shop.get("/members", query_string={"phone": number}))


def fingerprint(app: Flask) -> dict[str, Any]:
    """A digest of each table's rows."""
    prints = {}
    with transaction(None) as session:
        session.execute(text("RESET ROLE"))
        for table in Base.metadata.sorted_tables:
            digest = f"SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text)) FROM {table.name} t"
            prints[table.name] = tuple(session.execute(text(digest)).one())
    return prints


def test_request_waits_for_so_many_members_and_orders_only() -> None:
    rules = read(0, built_in("USD"))
    rehearsal = Rehearsal(rules, rules, "America/Los_Angeles", clock.now(), clock.now())

    said = []
    for rehearsal.members, rehearsal.orders in (
        (0, 0),
        (MOST_MEMBERS - 1, MOST_ORDERS - 1),
        (MOST_MEMBERS, 0),
        (0, MOST_ORDERS),
    ):
        said.append(is_soon_done(rehearsal))

    assert said == [True, True, False, False]
