"""Who is no member yet: found, ranked and paged, with the very points that joining then brings."""

from typing import Any

from tests.checkout.counter import books, done, refund
from tests.client import Shop

ADA, BOB, CAT, DAN = ("(415) 555-0132", "(415) 555-0133", "(415) 555-0134", "(415) 555-0135")
CASH = {"payment": {"method": "card"}}


def test_list_ranks_by_what_is_asked(shop: Shop) -> None:
    regulars(shop)

    by = {by: [each["phone"] for each in found(shop, by=by)["data"]] for by in ("points", "visits", "spend")}

    ada, bob, cat, dan = (phone(each) for each in (ADA, BOB, CAT, DAN))
    assert by == {"points": [ada, cat, bob, dan], "visits": [bob, ada, cat, dan], "spend": [bob, ada, cat, dan]}


def test_list_shows_who_it_is_and_what_joining_brings(shop: Shop) -> None:
    regulars(shop)

    promised = {each["phone"]: each["points"] for each in found(shop, by="visits")["data"]}
    [ada, *_] = found(shop)["data"]
    held = {number: done(shop.post("/members", {"phone": number}), 201)["balance"] for number in promised}

    assert promised == held
    assert (ada["name"], ada["visits"], ada["points"]) == ("Ada", 1, 75)
    assert ada["spent"] == 8119
    assert ada["last_order_at"]
    assert found(shop) == {"data": [], "next": None}
    assert books(shop) == []


def test_list_respects_levels_promotions_and_their_limit(shop: Shop) -> None:
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    promotion = {
        "name": "Double",
        "days": days,
        "starts": "00:00",
        "ends": "23:59",
        "multiplier": "2",
        "limit_per_day": 20,
    }
    levels = [{"name": "bronze", "points": 0, "multiplier": "1"}, {"name": "silver", "points": 30, "multiplier": "1.5"}]
    accrual = {"spend": {"points": 1, "per": 100}, "categories": [{"category_id": shop.category_id, "points": 2}]}
    set_rules(shop, accrual=accrual, levels=levels, promotions=[promotion])
    for _ in range(2):
        shop.sell(items=[{"sku": "IPA", "quantity": 2}], **CASH)

    [ada] = found(shop)["data"]

    assert ada["points"] == 20 + 20 + 30
    assert done(shop.post("/members", {"phone": ADA}), 201)["balance"] == ada["points"]


def test_list_without_joining_days_promises_nothing(shop: Shop) -> None:
    regulars(shop)
    set_rules(shop, joining_days=0)

    assert [each["points"] for each in found(shop)["data"]] == [0, 0, 0, 0]
    assert found(shop)["data"][0]["phone"] == phone(BOB)


def test_list_goes_on_where_the_page_before_ended(shop: Shop) -> None:
    regulars(shop)

    for by in ("points", "visits", "spend"):
        whole, pages, after = found(shop, by=by)["data"], [], None
        for _ in whole:
            asked = {"by": by, "limit": 1} | ({"after": after} if after else {})
            page = found(shop, **asked)
            pages += page["data"]
            after = page["next"]

        assert (pages, after) == (whole, None)


def test_list_refuses_a_cursor_of_something_else(shop: Shop) -> None:
    answers = [shop.get("/members/opportunities", query_string={"after": after}) for after in ("x", "AAAA", "é" * 54)]

    assert [(answer.status_code, answer.json["errors"][0]["pointer"]) for answer in answers] == [(422, "/after")] * 3


def test_list_shows_none_of_another_store(shop: Shop, other_shop: Shop) -> None:
    regulars(shop)

    assert found(other_shop)["data"] == []


def regulars(shop: Shop) -> None:
    """Ada bought much at once, Bob came often and tips, Cat brought half of hers back, Dan has one small order; a walk-in and a member beside them."""
    shop.sell(phone=ADA, name="Ada", items=[{"sku": "TEE-BLK-M", "quantity": 3}], **CASH)
    for _ in range(3):
        shop.sell(phone=BOB, items=[{"sku": "IPA", "quantity": 1}], tip=5000, **CASH)
    sold = shop.sell(phone=CAT, items=[{"sku": "TEE-BLK-M", "quantity": 4}], **CASH)
    done(refund(shop, sold, lines=[{"line_id": sold["lines"][0]["id"], "quantity": 2}]), 201)
    shop.sell(phone=DAN, items=[{"sku": "WATER", "quantity": 1}], **CASH)
    shop.sell(phone=None, walk_in=True, items=[{"sku": "IPA", "quantity": 9}], **CASH)
    shop.sell(phone="(415) 555-0136", join=True, items=[{"sku": "IPA", "quantity": 9}], **CASH)


def set_rules(shop: Shop, **changed: Any) -> None:
    rules = {
        "accrual": {"spend": {"points": 1, "per": 100}},
        "levels": [{"name": "bronze", "points": 0, "multiplier": "1"}],
        **changed,
    }
    done(shop.request("PUT", "/loyalty/program", as_="owner", headers={"If-Match": "*"}, json={"rules": rules}))


def test_cashier_sees_the_end_of_each_number(shop: Shop) -> None:
    shop.sell(phone=ADA, items=[{"sku": "IPA", "quantity": 1}], **CASH)

    seen = done(shop.get("/members/opportunities"))["data"]

    assert [each["phone"] for each in seen] == ["…" + phone(ADA)[-2:]]


def found(shop: Shop, **asked: Any) -> dict[str, Any]:
    return done(shop.get("/members/opportunities", query_string=asked, as_="owner"))


def phone(local: str) -> str:
    return "+1" + "".join(sign for sign in local if sign.isdigit())
