"""docs/loyalty.md, carried out: each example is a story in a shop, and each row must leave the member with what it says."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from pos import clock
from pos.checkout.opportunities import MOST_ORDERS
from pos.db import transaction
from pos.loyalty import heirs, proofs, rules
from pos.loyalty.models import ENTRY_TYPES
from pos.loyalty.schemas import RulesIn
from pos.statements import Statement
from tests.checkout import stripe
from tests.checkout.counter import add_round, books, cancel, done, now, paid, refund
from tests.client import Shop
from tests.tables import DOCS, tables

PAGE = tables("loyalty.md")
STORIES = [heading for heading, rows in PAGE.items() if "balance" in rows[0]]
PHONES = {"Ada": "+14155550132", "Bob": "+14155550133"}
PRICES = {"pint": 1000, "shirt": 2500}
ALL_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_AGE = Statement("UPDATE point_lots SET expires_at = expires_at - :months * interval '1 month' WHERE store_id = :store")


def test_page_tells_what_it_was_asked_to_tell() -> None:
    assert len(STORIES) >= 10
    assert [row["type of entry"] for row in PAGE["The ledger"]] == list(ENTRY_TYPES)
    assert f"{MOST_ORDERS} orders" in (DOCS / "loyalty.md").read_text()
    assert len(proofs.PROOFS) == 10


def test_page_says_what_a_rule_is_that_is_left_out() -> None:
    built_in, fields = rules.built_in("USD"), RulesIn().fields

    named = {row["rule"].strip("`").split("`")[0].split(".")[0]: row["left out"] for row in PAGE["The programme"]}

    assert set(named) | {"levels_by"} == set(fields)
    plain = {name: said for name, said in named.items() if name not in ("accrual", "levels", "promotions")}
    assert plain == {name: str(built_in[name]) for name in plain}
    assert plain == {name: str(fields[name].load_default) for name in plain}


@pytest.mark.parametrize("heading", STORIES)
def test_page_tells_what_happens(app: Flask, shop: Shop, heading: str) -> None:
    story = Story(shop)

    told = [story.row(row) for row in PAGE[heading]]

    assert told == PAGE[heading]
    assert books(shop) == []


class Story:
    """A shop with the goods and the reward of the page, and what happens in it row by row."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.orders, self.who = shop, [], "Ada"
        self.tab: dict[str, Any] = {}
        for name, price in PRICES.items():
            self._product(name, price)
        five = {"name": "Five dollars", "points": 50, "discount_type": "amount", "amount": 500}
        self.reward = done(shop.post("/rewards", five, as_="owner"), 201)["id"]

    def row(self, row: dict[str, str]) -> dict[str, str]:
        """The row as it comes out."""
        self.who = "Bob" if row["what happens"].startswith("Bob") else "Ada"
        before = self._member()
        self._do(row["what happens"])
        after = self._member()
        facts = {"points": after["balance"] - before["balance"], "balance": after["balance"], "owed": after["debt"]}
        shown = {**facts, "what happens": row["what happens"], "level": after["level"]}
        return {column: str(shown[column]) for column in row}

    def _do(self, said: str) -> None:
        for pattern, act in STEPS.items():
            if found := re.fullmatch(pattern, said):
                act(self, *found.groups())
                return
        raise AssertionError(f"nobody knows how to do this: {said}")

    def buy(self, goods: str, tip: str | None, reward: str | None) -> None:
        asked = {"rewards": [self.reward]} if reward else {}
        body = {"items": items(goods), "tip": int(tip or 0), "payment": {"method": "card"}, **asked}
        self.orders.append(self.shop.sell(phone=PHONES[self.who], **body))

    def buy_by_link(self, goods: str) -> None:
        order, self.intent = stripe.paid_by_link(self.shop, self.shop.sell(phone=PHONES[self.who], items=items(goods)))
        self.orders.append(order)

    def open_tab(self, goods: str) -> None:
        self.tab = self.shop.sell(phone=PHONES[self.who], items=items(goods))
        self.orders.append(self.tab)

    def add(self, goods: str) -> None:
        done(add_round(self.shop, self.tab, *items(goods)), 201)

    def pay(self) -> None:
        paid(self.shop, self.tab, "card")

    def cancel(self) -> None:
        done(cancel(self.shop, self.tab, refund=True, as_="owner"))

    def bring_back(self, quantity: str, sku: str, number: str | None) -> None:
        """Of the line of these goods that was sold last."""
        order = now(self.shop, self._order(number))
        line = [each for each in order["lines"] if each["sku"] == singular(sku)][-1]
        lines = [{"line_id": line["id"], "quantity": int(quantity)}]
        done(refund(self.shop, order, lines=lines), 201)

    def give_back(self, amount: str, number: str | None) -> None:
        done(refund(self.shop, self._order(number), amount=int(amount)), 201)

    def give_back_at_stripe(self, amount: str) -> None:
        self.refunded = stripe.refund(self.intent, int(amount))
        assert stripe.told(self.shop, stripe.event(self.shop, "refund.created", self.refunded)) == "applied"

    def fail_refund(self) -> None:
        failed = {**self.refunded, "status": "failed"}
        assert stripe.told(self.shop, stripe.event(self.shop, "refund.failed", failed)) == "applied"

    def spend(self) -> None:
        path = f"/members/{self._member()['id']}/redemptions"
        done(self.shop.post(path, {"reward_id": self.reward}), 201)

    def adjust(self, points: str) -> None:
        path = f"/members/{self._member()['id']}/adjustments"
        done(self.shop.post(path, {"points": int(points), "reason": "a gift"}, as_="owner"), 201)

    def wait(self, months: str) -> None:
        """So much nearer is the day on which points expire."""
        with transaction(self.shop.store_id, actor="test"):  # type: ignore[arg-type]
            _AGE.run(months=int(months))

    def take_over(self) -> None:
        bob = done(self.shop.get("/members", query_string={"phone": PHONES["Bob"]}))
        with transaction(self.shop.store_id, actor="test"):  # type: ignore[arg-type]
            heirs.merge(bob["id"], self._member_id, clock.now())

    def forgive(self) -> None:
        self._set_rules(shortfall="forgive")

    def double(self, most: str) -> None:
        hours = {"days": ALL_DAYS, "starts": "00:00", "ends": "23:59"}
        self._set_rules(promotions=[{"name": "Double", **hours, "multiplier": "2", "limit_per_day": int(most)}])

    def _set_rules(self, **changed: Any) -> None:
        kept = done(self.shop.get("/loyalty/program"))["rules"] | changed
        seen = {"If-Match": "*"}
        done(self.shop.request("PUT", "/loyalty/program", as_="owner", headers=seen, json={"rules": kept}))

    def _order(self, number: str | None) -> dict[str, Any]:
        return dict(self.orders[int(number) - 1 if number else -1])

    def _member(self) -> dict[str, Any]:
        answer = self.shop.post("/members", {"phone": PHONES[self.who]})
        assert answer.status_code in (200, 201)
        self._member_id = answer.json["id"]
        return dict(answer.json)

    def _product(self, name: str, price: int) -> None:
        facts = {"name": name, "sku": name.upper(), "kind": "food", "price": price, "tax_class": "none"}
        done(self.shop.post("/products", {**facts, "category_id": self.shop.category_id}, as_="owner"), 201)


GOODS = r"(\d+ \w+(?: and \d+ \w+)*)"
STEPS: dict[str, Callable[..., None]] = {
    rf"\w+ buys {GOODS}(?:, tips (\d+))?(?: with (Five dollars))?": Story.buy,
    rf"\w+ buys {GOODS} by link": Story.buy_by_link,
    rf"\w+ opens a tab with {GOODS}": Story.open_tab,
    rf"\w+ adds {GOODS} to the tab": Story.add,
    r"\w+ pays the tab": Story.pay,
    r"\w+ cancels the tab": Story.cancel,
    r"\w+ brings back (\d+) (\w+)(?: of order (\d+))?": Story.bring_back,
    r"\w+ gets (\d+) back(?: of order (\d+))?": Story.give_back,
    r"\w+ gets (\d+) back from Stripe": Story.give_back_at_stripe,
    r"\w+'s refund fails": Story.fail_refund,
    r"\w+ spends Five dollars": Story.spend,
    r"\w+ is given (\d+) points": Story.adjust,
    r"(\d+) months pass": Story.wait,
    r"Ada takes over from Bob": Story.take_over,
    r"The shop forgives": Story.forgive,
    r"The shop doubles points, at most (\d+) more a day": Story.double,
}


def items(goods: str) -> list[dict[str, Any]]:
    """ "1 shirt and 2 pints" as a sale names them."""
    found = re.findall(r"(\d+) (\w+)", goods)
    return [{"sku": singular(name), "quantity": int(quantity)} for quantity, name in found]


def singular(name: str) -> str:
    return name.removesuffix("s").upper()
