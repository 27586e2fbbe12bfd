"""Tabs of one shop in any order of events: whatever is done to them, amounts stay whole and the books are clean."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from werkzeug.test import TestResponse

from tests.checkout.counter import books
from tests.client import Shop

SUMS = ("subtotal", "discount", "tax", "total")
PLENTY = 10**9
CATALOG = (
    {"sku": "ALE", "name": "Ale", "kind": "food", "price": 733, "tax_class": "standard", "modifiers": [
        {"name": "Size", "min": 1, "max": 1, "choices": [{"name": "Small"}, {"name": "Large", "price": 101}]},
    ]},
    {"sku": "CAP", "name": "Cap", "kind": "merch", "price": 1999, "tax_class": "standard", "stock_quantity": PLENTY},
    {"sku": "GIFT", "name": "Gift", "kind": "merch", "price": 0, "tax_class": "none", "is_open_price": True},
)  # fmt: skip

reasons = {"reason": "regular"}
discounts = st.one_of(
    st.integers(1, 100).map(lambda percent: {"percent": percent, **reasons}),
    st.integers(1, 5000).map(lambda amount: {"amount": amount, **reasons}),
    st.just({"comp": True, **reasons}),
)
seldom = st.one_of(st.none(), st.none(), st.none(), discounts)
products = st.sampled_from(
    [
        {"sku": "IPA"},
        {"sku": "PRETZEL"},
        {"sku": "WATER"},
        {"sku": "STICKER"},
        {"sku": "CAP"},
        {"sku": "ALE", "modifiers": ["Small"]},
        {"sku": "ALE", "modifiers": ["Large"]},
        {"sku": "GIFT", "unit_price": 1501},
    ]
)
items = st.builds(
    lambda product, quantity, discount: (
        {**product, "quantity": quantity} | ({"discount": discount} if discount else {})
    ),
    products,
    st.integers(1, 9),
    seldom,
)
rounds = st.lists(items, min_size=1, max_size=4)
phones = st.integers(100, 103).map(lambda last: f"+14155550{last}")
# Which of the tabs, lines or pieces there are: taken modulo their number.
which = st.integers(0, 11)


class Tabs(RuleBasedStateMachine):
    """`orders` is each order as the API showed it last; who changes one tells it with `see`."""

    counter = itertools.count()

    def __init__(self, shop: Shop) -> None:
        super().__init__()
        self.shop = shop
        self.orders: dict[str, dict[str, Any]] = {}
        self.once = f"ONCE-{next(self.counter)}"
        made = {"discount_type": "percent", "amount": 15, "usage_limit": 1}
        assert shop.post("/coupons", {"code": self.once, **made}, as_="owner").status_code == 201
        self.caps = self.stock()
        self.steps = 0

    # --- what is done at the counter

    @rule(
        items=rounds,
        phone=phones,
        discount=seldom,
        coupon=st.sampled_from([None, None, "ten", "five", "once"]),
        tip=st.sampled_from([None, None, 200]),
    )
    def open_tab(
        self, items: list[dict[str, Any]], phone: str, discount: Any, coupon: str | None, tip: int | None
    ) -> None:
        asked = self.shop.order(
            items=items,
            phone=phone,
            discount=discount,
            coupon=self.code(coupon),
            tip=tip,
            location_id=self.shop.location_id,
        )
        answer = self.shop.post("/orders", asked, as_="owner")
        if self.done(answer, "coupon-used-up"):
            self.see(answer)

    @precondition(lambda self: self.open)
    @rule(tab=which, items=rounds)
    def add_round(self, tab: int, items: list[dict[str, Any]]) -> None:
        order = self.tab(tab)
        answer = self.shop.post(f"/orders/{order['id']}/lines", {"items": items}, as_="owner")
        assert self.done(answer)
        self.see(answer)
        assert len(self.now(order)["lines"]) == len(order["lines"]) + len(items)

    @precondition(lambda self: self.open)
    @rule(tab=which, line=which, more=st.integers(1, 5))
    def have_more(self, tab: int, line: int, more: int) -> None:
        self.change_line(tab, line, lambda found: {"quantity": found["quantity"] + more})

    @precondition(lambda self: self.open)
    @rule(tab=which, line=which, fewer=st.integers(1, 5))
    def have_fewer(self, tab: int, line: int, fewer: int) -> None:
        self.change_line(tab, line, lambda found: {"quantity": max(found["quantity"] - fewer, 1), **reasons})

    @precondition(lambda self: self.open)
    @rule(tab=which, line=which, discount=st.one_of(st.none(), discounts))
    def discount_line(self, tab: int, line: int, discount: Any) -> None:
        self.change_line(tab, line, lambda _: {"discount": discount})

    @precondition(lambda self: self.open)
    @rule(tab=which, line=which)
    def void_line(self, tab: int, line: int) -> None:
        order, line_id = self.line(tab, line)
        path = f"/orders/{order['id']}/lines/{line_id['id']}"
        answer = self.shop.request("DELETE", path, as_="owner", headers=if_match(order), json=reasons)
        if self.done(answer, "last-line"):
            self.see(answer)

    @precondition(lambda self: self.open)
    @rule(tab=which, discount=st.one_of(st.none(), discounts))
    def discount_order(self, tab: int, discount: Any) -> None:
        self.change(tab, discount=discount)

    @precondition(lambda self: self.open)
    @rule(tab=which, coupon=st.sampled_from(["ten", "five", "once"]))
    def bring_coupon(self, tab: int, coupon: str) -> None:
        self.change(tab, "coupon-on-order", "coupon-used-up", coupon=self.code(coupon))

    @precondition(lambda self: self.open)
    @rule(tab=which, phone=phones)
    def move(self, tab: int, phone: str) -> None:
        order = self.tab(tab)
        self.change(tab, phone=phone)
        assert self.now(order)["customer"]["phone"] == phone
        self.require_same([order], [self.now(order)])

    @precondition(lambda self: self.open)
    @rule(
        tab=which,
        parts=st.lists(st.tuples(which, st.one_of(st.none(), st.integers(1, 9))), min_size=1, max_size=3),
        phone=st.one_of(st.none(), phones),
    )
    def split(self, tab: int, parts: list[tuple[int, int | None]], phone: str | None) -> None:
        order = self.tab(tab)
        lines = {line["id"]: line["quantity"] for line in order["lines"]}
        wanted = {list(lines)[line % len(lines)]: quantity for line, quantity in parts}
        asked = {
            "lines": [
                {"line_id": line_id} | ({"quantity": (quantity - 1) % lines[line_id] + 1} if quantity else {})
                for line_id, quantity in wanted.items()
            ]
        }
        answer = self.shop.post(
            f"/orders/{order['id']}/split", asked | ({"phone": phone} if phone else {}), headers=if_match(order)
        )
        if self.done(answer, "last-line", "split-exceeds-paid"):
            self.see(answer)
            self.look(order)
            self.require_same([order], [self.now(order), answer.json])

    @precondition(lambda self: len(self.open) > 1)
    @rule(tab=which, distance=which)
    def merge(self, tab: int, distance: int) -> None:
        order, other = self.tab(tab), self.tab(tab + 1 + distance % (len(self.open) - 1))
        answer = self.shop.post(f"/orders/{order['id']}/merge", {"order_id": other["id"]}, headers=if_match(order))
        if self.done(answer, "paid-on-other"):
            self.see(answer)
            self.look(other)
            self.require_same([order, other], [self.now(order), self.now(other)])
            assert (self.now(other)["status"], self.now(other)["total"]) == ("canceled", 0)

    @precondition(lambda self: self.open)
    @rule(tab=which, method=st.sampled_from(["cash", "card"]), share=st.integers(1, 4), tip=st.sampled_from([0, 0, 77]))
    def pay(self, tab: int, method: str, share: int, tip: int) -> None:
        """All of what is due, or a part."""
        order = self.tab(tab)
        amount = -(-order["amount_due"] // share)
        asked = {"method": method, "tip": tip} | ({"amount": amount} if amount else {})
        answer = self.shop.post(f"/orders/{order['id']}/payments", asked)
        if self.done(answer, "nothing-due"):
            self.see(answer)
            assert self.now(order)["amount_due"] == order["amount_due"] - amount

    @precondition(lambda self: len(self.open) > 2)
    @rule(tab=which)
    def cancel(self, tab: int) -> None:
        order = self.tab(tab)
        answer = self.shop.post(f"/orders/{order['id']}/cancel", {**reasons, "refund": True}, as_="owner")
        assert self.done(answer)
        self.see(answer)

    # --- what must hold

    @invariant()
    def orders_are_what_their_lines_say(self) -> None:
        for order in self.orders.values():
            lines = order["lines"]
            for line in lines:
                assert line["subtotal"] == line["quantity"] * line["unit_price"]
                assert line["total"] == line["subtotal"] - line["discount"]
                assert min(line["discount"], line["total"], line["tax"]) >= 0
                assert line["tax"] <= line["total"]
            for column in ("subtotal", "discount", "tax"):
                assert order[column] == sum(line[column] for line in lines)
            on_top = 0 if order["tax_included"] else order["tax"]
            assert order["total"] == order["subtotal"] - order["discount"] + on_top + order["tip"]
            assert order["discount"] == sum(each["off"] for each in order["discounts"])
            assert lines or order["merged_into_id"]

    @invariant()
    def books_are_clean_now_and_then(self) -> None:
        self.steps += 1
        if self.steps % 7 == 0:
            self.look_at_the_books()

    def teardown(self) -> None:
        for order in list(self.orders.values()):
            found = self.shop.get(f"/orders/{order['id']}").json
            known = {name for name in order if name not in ("customer", "payment", "change_due")}
            assert {name: found[name] for name in known} == {name: order[name] for name in known}
        self.look_at_the_books()

    # --- what the rules above ask

    @property
    def open(self) -> list[dict[str, Any]]:
        return [order for order in self.orders.values() if order["status"] == "open"]

    def tab(self, index: int) -> dict[str, Any]:
        return self.open[index % len(self.open)]

    def line(self, tab: int, index: int) -> tuple[dict[str, Any], dict[str, Any]]:
        order = self.tab(tab)
        return order, order["lines"][index % len(order["lines"])]

    def now(self, order: dict[str, Any]) -> dict[str, Any]:
        return self.orders[order["id"]]

    def see(self, answer: TestResponse) -> None:
        self.orders[answer.json["id"]] = dict(answer.json)

    def look(self, order: dict[str, Any]) -> None:
        self.see(self.shop.get(f"/orders/{order['id']}"))

    def done(self, answer: TestResponse, *refusals: str) -> bool:
        """Whether it was done; if not, it was for one of these reasons."""
        if answer.status_code in (200, 201):
            return True
        assert answer.json["type"].removeprefix("/problems/") in refusals, answer.json
        return False

    def change(self, tab: int, *refusals: str, **asked: Any) -> None:
        order = self.tab(tab)
        answer = self.shop.patch(f"/orders/{order['id']}", asked, version=order["version"])
        if self.done(answer, *refusals):
            self.see(answer)

    def change_line(self, tab: int, index: int, asked: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        order, line = self.line(tab, index)
        path = f"/orders/{order['id']}/lines/{line['id']}"
        answer = self.shop.patch(path, asked(line), version=order["version"])
        assert self.done(answer)
        self.see(answer)

    def require_same(self, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
        for column in SUMS:
            assert sum(order[column] for order in before) == sum(order[column] for order in after), column

    def look_at_the_books(self) -> None:
        assert books(self.shop) == []
        sold = [
            line["quantity"]
            for order in self.orders.values()
            for line in order["lines"]
            if line["sku"] == "CAP" and order["status"] != "canceled"
        ]
        assert self.caps - self.stock() == sum(sold)

    def code(self, coupon: str | None) -> str | None:
        return self.once if coupon == "once" else coupon

    def stock(self) -> int:
        (cap,) = self.shop.get("/products?sku=CAP").json["data"]
        return int(cap["stock_quantity"])


@pytest.fixture(params=[0, 1], ids=["tax on top", "tax included"])
def counter(request: pytest.FixtureRequest, committed: Flask, shops: list[dict[str, Any]]) -> Iterator[Shop]:
    """A shop with commits of its own, some more products, and coupons that may be used at will."""
    shop = Shop(committed.test_client(), **shops[request.param])
    for product in CATALOG:
        assert shop.post("/products", product, as_="owner").status_code == 201
    for code, kind, amount in (("TEN", "percent", 10), ("FIVE", "amount", 500)):
        coupon = {"code": code, "discount_type": kind, "amount": amount}
        assert shop.post("/coupons", coupon, as_="owner").status_code == 201
    with committed.app_context():
        yield shop


def test_tabs_keep_their_amounts_whatever_is_done_to_them(counter: Shop) -> None:
    run_state_machine_as_test(
        lambda: Tabs(counter),
        settings=settings(
            max_examples=10,
            stateful_step_count=20,
            derandomize=True,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def if_match(order: dict[str, Any]) -> dict[str, str]:
    return {"If-Match": f'"{order["version"]}"'}
