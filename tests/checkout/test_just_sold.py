"""A sale is answered from what it wrote; the answer is what is read of the order afterwards, to the letter.

On a database of its own: all that happens in one transaction has one time, and the answer says who is new by it.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from pos import clock
from pos.customers.wording import CURRENT
from tests.checkout.counter import approved, change_product, coupon, signed_in
from tests.client import Shop, new_key

IPA, PRETZEL, WATER, TEES, STICKER = (
    {"sku": sku, "quantity": quantity}
    for sku, quantity in (("IPA", 2), ("PRETZEL", 1), ("WATER", 3), ("TEE-BLK-M", 2), ("STICKER", 1))
)
CASH, CARD = {"method": "cash"}, {"method": "card"}
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
FRIEND = {"percent": 15, "reason": "friend"}
Sale = Callable[[Shop], TestResponse]


def sale(*items: dict[str, Any], **facts: Any) -> Sale:
    """A plain sale at the register."""
    return lambda shop: shop.post("/orders", shop.order(items=list(items) or [IPA], **facts))


def by_manager(*items: dict[str, Any], **facts: Any) -> Sale:
    """A sale with a manager signed in at the register."""
    return lambda shop: shop.post(
        "/orders", shop.order(items=list(items) or [IPA], **facts), headers=signed_in(shop, "manager")
    )


def by_key(*items: dict[str, Any], **facts: Any) -> Sale:
    """A sale by the store's API key, which has to say where."""
    return lambda shop: shop.post(
        "/orders", shop.order(items=list(items) or [IPA], location_id=shop.location_id, **facts), as_="owner"
    )


def with_coupon(sell: Sale, **facts: Any) -> Sale:
    def sell_it(shop: Shop) -> TestResponse:
        coupon(shop, **facts)
        return sell(shop)

    return sell_it


def with_product(sku: str, sell: Sale, **change: Any) -> Sale:
    def sell_it(shop: Shop) -> TestResponse:
        change_product(shop, sku, **change)
        return sell(shop)

    return sell_it


def a_second_time(sell: Sale) -> Sale:
    def sell_it(shop: Shop) -> TestResponse:
        sell(shop)
        return sell(shop)

    return sell_it


def after(first: Sale, sell: Sale) -> Sale:
    def sell_it(shop: Shop) -> TestResponse:
        first(shop)
        return sell(shop)

    return sell_it


def earlier(sell: Callable[..., Sale], *items: dict[str, Any], zone: str = "+00:00", **facts: Any) -> Sale:
    """Placed an hour ago by the tablet's clock, as that writes it."""

    def sell_it(shop: Shop) -> TestResponse:
        placed_at = (clock.now() - timedelta(hours=1)).replace(tzinfo=None).isoformat() + zone
        return sell(*items, placed_at=placed_at, **facts)(shop)

    return sell_it


def approved_by_pin(shop: Shop) -> TestResponse:
    return shop.post("/orders", shop.order(discount=FRIEND), headers=approved(shop))


def sent_twice(shop: Shop) -> TestResponse:
    body, key = shop.order(items=[TEES, WATER], payment=CASH), new_key()
    first, again = (shop.post("/orders", body, key=key) for _ in range(2))
    assert again.get_data() == first.get_data()
    return again


EXTRAS = {"name": "Extras", "max": 2, "choices": [{"name": "Lemon", "price": 50}, {"name": "Ice", "price": 0}]}
# Two rules cover the day, so that one holds whenever the test runs.
HALF_DAYS = [
    {"name": "Ebb", "days": DAYS, "starts": starts, "ends": ends, "price": 150}
    for starts, ends in (("00:00", "12:00"), ("12:00", "00:00"))
]
ADA = "(415) 555-0132"


def made(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code < 300, answer.get_data(as_text=True)
    return answer.json  # type: ignore[no-any-return]


def by_member(*items: dict[str, Any], points: int = 0, **facts: Any) -> Sale:
    """A sale to a member who was given so many points; `rewards` are what each is, and are made first."""

    def sell_it(shop: Shop) -> TestResponse:
        member = made(shop.post("/members", {"phone": ADA}))["id"]
        if points:
            made(shop.post(f"/members/{member}/adjustments", {"points": points, "reason": "a gift"}, as_="owner"))
        wanted = [made(shop.post("/rewards", {"name": new_key(), **each}, as_="owner"))["id"] for each in spent(shop)]
        return sale(*items, **facts | ({"rewards": wanted} if wanted else {}))(shop)

    rewards = facts.pop("rewards", [])

    def spent(shop: Shop) -> list[dict[str, Any]]:
        return [each | ({"product_id": shop.products["IPA"]} if "amount" not in each else {}) for each in rewards]

    return sell_it


def by_code(*items: dict[str, Any], **facts: Any) -> Sale:
    """A member's sale with a code that was made with points before."""

    def sell_it(shop: Shop) -> TestResponse:
        member = made(shop.post("/members", {"phone": ADA}))["id"]
        made(shop.post(f"/members/{member}/adjustments", {"points": 50, "reason": "a gift"}, as_="owner"))
        wanted = made(shop.post("/rewards", {"name": "Ten", **TENTH}, as_="owner"))["id"]
        code = made(shop.post(f"/members/{member}/redemptions", {"reward_id": wanted}))["coupon"]["code"]
        return sale(*items, coupon=code, **facts)(shop)

    return sell_it


TENTH = {"points": 30, "discount_type": "percent", "amount": 10}
DIME = {"points": 5, "discount_type": "amount", "amount": 10}
PINT = {"points": 40, "discount_type": "product"}
SALES: dict[str, Sale] = {
    "plain": sale(),
    "several lines": sale(IPA, PRETZEL, WATER, TEES, STICKER),
    "notes": sale({**IPA, "note": 'no "foam" — größer'}, note="quick, 100 % <please> \\o/", tab_name="Table 4 ☕"),
    "tip": sale(tip=123),
    "named": sale(name="Ada Lovelace"),
    "cash": sale(TEES, payment=CASH),
    "cash with change": sale(payment={"method": "cash", "tendered": 5000}),
    "a part in cash": sale(payment={"method": "cash", "amount": 500}),
    "card": sale(IPA, TEES, payment=CARD),
    "card and handed over": sale(TEES, payment=CARD, tip=50),
    "free": sale(STICKER, payment=CASH),
    "consent": sale(marketing_consent=True),
    "a no to the wording": sale(marketing_consent=False, wording_version=CURRENT),
    "a no that was not asked": sale(marketing_consent=False),
    "known customer": a_second_time(sale(name="Ada")),
    "known customer who agrees": a_second_time(sale(marketing_consent=True)),
    "known customer who pays": a_second_time(sale(TEES, payment=CARD)),
    "walk-in": sale(phone=None, walk_in=True),
    "second walk-in": a_second_time(sale(phone=None, walk_in=True, payment=CASH)),
    "expected total": sale(expected_total=1732),
    "coupon": with_coupon(sale(IPA, PRETZEL, coupon="t en")),
    "limited coupon": with_coupon(sale(TEES, coupon="TEN", payment=CARD), usage_limit=1),
    "coupon of an amount": with_coupon(sale(IPA, PRETZEL, coupon="TEN"), discount_type="amount", amount=333),
    "comped line": by_manager({**IPA, "discount": {"comp": True, "reason": "spilt"}}, PRETZEL),
    "line discounts": by_manager(
        {**IPA, "discount": {"amount": 77, "reason": "warm"}}, {**TEES, "discount": {"percent": 33, "reason": "dented"}}
    ),
    "order discount": by_manager(IPA, PRETZEL, TEES, discount=FRIEND, payment=CASH),
    "comped order": by_manager(IPA, TEES, discount={"comp": True, "reason": "birthday"}, payment=CASH),
    "discounts and a coupon": with_coupon(
        by_manager({**IPA, "discount": {"amount": 77, "reason": "warm"}}, PRETZEL, discount=FRIEND, coupon="TEN")
    ),
    "approved by PIN": approved_by_pin,
    "earlier": earlier(sale),
    "earlier, by the clock of the tablet's zone": earlier(sale, zone="+01:00"),
    "API key": by_key(),
    "API key and paid": by_key(TEES, payment=CARD, discount=FRIEND),
    "offline": earlier(sale, {**IPA, "unit_price": 800}, offline=True, payment=CASH, catalog_version="abc"),
    "offline at another price": sale({**IPA, "unit_price": 555}, offline=True, expected_total=1),
    "offline and unknown": sale({"sku": "GONE", "quantity": 2, "unit_price": 500, "name": "Gone"}, offline=True),
    "offline with modifiers": sale({**WATER, "unit_price": 199, "modifiers": ["Lemon"]}, offline=True),
    "modifiers": with_product("WATER", sale({**WATER, "modifiers": ["Ice", "Lemon"]}), modifiers=[EXTRAS]),
    "open price": with_product("WATER", sale({**WATER, "unit_price": 250}, IPA), is_open_price=True),
    "sale price": with_product("WATER", sale(WATER), sale_price=99),
    "happy hour": with_product("WATER", sale(WATER), price_rules=HALF_DAYS),
    "payment link": sale(IPA, payment_link={}, tip=50),
    "payment link for the rest": sale(TEES, payment={"method": "cash", "amount": 500}, payment_link={}),
    "offline with a payment link": sale({**IPA, "unit_price": 800}, offline=True, payment_link={}),
    "sent twice": sent_twice,
    "member": by_member(),
    "member who pays": by_member(IPA, TEES, payment=CARD, tip=500),
    "member who pays a part": by_member(TEES, payment={"method": "cash", "amount": 500}),
    "member of another level": by_member(TEES, payment=CARD, points=2000),
    "joined": sale(join=True),
    "joined and paid": sale(TEES, payment=CARD, join=True),
    "joined with earlier orders": a_second_time(sale(TEES, payment=CARD, join=True)),
    "joined after an order": after(sale(TEES, payment=CARD), sale(IPA, payment=CASH, join=True)),
    "rewards": by_member(IPA, TEES, points=100, rewards=[TENTH, DIME, PINT]),
    "rewards and paid": by_member(IPA, TEES, points=100, rewards=[DIME, PINT], payment=CARD),
    "a reward for all points": by_member(IPA, points=30, rewards=[TENTH], payment=CASH),
    "a reward and a coupon": with_coupon(by_member(IPA, points=30, rewards=[TENTH], coupon="TEN", payment=CARD)),
    "a free piece": by_member({**IPA, "quantity": 1}, points=40, rewards=[PINT], payment=CASH),
    "code": by_code(IPA, PRETZEL),
    "code and paid": by_code(TEES, payment=CARD),
    "member offline": by_member({**IPA, "unit_price": 800}, offline=True, payment=CASH),
    "joined offline": sale({**IPA, "unit_price": 800}, offline=True, payment=CASH, join=True),
}


@pytest.mark.parametrize("name", SALES)
def test_sale_is_answered_as_it_is_read_afterwards(committed: Flask, shops: list[dict[str, Any]], name: str) -> None:
    shop = Shop(committed.test_client(), **shops[0])

    sold = SALES[name](shop)
    assert sold.status_code == 201, sold.get_data(as_text=True)
    read = shop.get(_path(sold))

    assert sold.get_data(as_text=True) == read.get_data(as_text=True)
    version = sold.headers["ETag"].strip('"')
    assert read.headers["ETag"].startswith(f'"{version}.')


@pytest.mark.parametrize("facts", [{}, {"payment": CASH}, {"tip": 100, "marketing_consent": True}], ids=str)
def test_sale_with_taxes_in_its_prices_is_answered_as_it_is_read_afterwards(
    committed: Flask, shops: list[dict[str, Any]], facts: dict[str, Any]
) -> None:
    shop = Shop(committed.test_client(), **shops[1])

    sold = sale(IPA, PRETZEL, TEES, phone="030 901820", **facts)(shop)

    assert sold.status_code == 201, sold.get_data(as_text=True)
    assert sold.get_data(as_text=True) == shop.get(_path(sold)).get_data(as_text=True)


def _path(sold: TestResponse) -> str:
    return f"/orders/{sold.json['id']}"
