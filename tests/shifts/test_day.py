"""A day of mixed orders at two registers in two shifts, drawn from a seed: each report is what plain SQL over the books says, to the cent.

The figures here are summed from the books alone, not from what reports keep, and not by the statement that makes them. Another day:
DAY_SEED=7, a longer one: DAY_ORDERS=5000.
"""

import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from pos.db import db, transaction
from pos.shifts import tasks
from tests.checkout import stripe
from tests.checkout.counter import approved, books, done
from tests.client import Shop
from tests.shifts.drawer import another_register, counted, hours_pass, opened, report, tender, ties

SEED = int(os.environ.get("DAY_SEED", "20261122"))
ORDERS = int(os.environ.get("DAY_ORDERS", "1000"))
SKUS = ("IPA", "PRETZEL", "WATER", "TEE-BLK-M")
ENDINGS = {
    "cash": 28, "card": 24, "split": 8, "link": 6, "tab": 8, "refunded": 5, "void": 4, "canceled": 4, "offline": 5, "late": 2,
    "comp": 3, "settled": 3,
}  # fmt: skip
ANY = {"If-Match": "*"}


class Day:
    """Two registers' day: the first one's is told by its reports, the second one takes money for the first one's tabs now and then."""

    def __init__(self, shop: Shop, other: str, seed: int) -> None:
        self.shop = shop
        self.other = other
        self.random = random.Random(seed)
        self.manager = approved(shop)
        self.yesterday = opened(shop, 10000)
        self.first = self.close(self.yesterday)
        self.shift = opened(shop, 20000)
        self.done: Counter[str] = Counter()
        self.tabs: list[dict[str, Any]] = []

    def close(self, shift: dict[str, Any], difference: int = 0) -> dict[str, Any]:
        """Counted as it is expected, but for this difference."""
        x = report(self.shop, shift)
        counted(self.shop, shift, x["drawer"]["expected"] + difference, max(tender(x, "card")["net"], 0))
        return done(self.shop.post(f"/shifts/{shift['id']}/close"), 201)

    def go(self, orders: int) -> None:
        endings = self.random.choices(list(ENDINGS), weights=list(ENDINGS.values()), k=orders)
        for number, ending in enumerate(endings):
            if number % 200 == 0:
                self.manager = approved(self.shop)
            getattr(self, ending)()
            self.done[ending] += 1

    def sell(self, **facts: Any) -> dict[str, Any]:
        lines = [{"sku": sku, "quantity": self.random.randint(1, 3)} for sku in self._skus()]
        tip = self.random.choice((0, 0, 100, 250))
        who = {"phone": None, "walk_in": True} if self.random.random() < 0.4 else {"phone": self._phone()}
        return self.shop.sell(**{"items": lines, "tip": tip, **who, **facts})

    def cash(self) -> None:
        self.sell(payment={"method": "cash", "tendered": 100000})

    def card(self) -> None:
        self.sell(payment={"method": "card"}, join=self.random.random() < 0.2, phone=self._phone(), walk_in=None)

    def split(self) -> None:
        """A part in cash, the rest by card with a tip, now and then at the other register."""
        order = self.sell()
        part = self.random.randint(1, order["amount_due"] - 1)
        self.pay(order, "cash", amount=part)
        self.pay(order, "card", tip=self.random.choice((0, 50)), as_=self.random.choice(("register", self.other)))

    def link(self) -> None:
        order = self.sell()
        if self.random.random() < 0.6:
            stripe.paid_by_link(self.shop, order)
        else:
            stripe.asked_link(self.shop, order)

    def tab(self) -> None:
        """Rounds; some are paid, some stay open over the night."""
        order = self.sell()
        more = {"items": [{"sku": sku, "quantity": 1} for sku in self._skus()]}
        done(self.shop.post(f"/orders/{order['id']}/lines", more), 201)
        if self.random.random() < 0.5:
            self.pay(order, "cash")
        else:
            self.tabs.append(order)

    def settled(self) -> None:
        """A tab of before, maybe of another shift: it is paid, canceled, or grows."""
        if not self.tabs:
            return self.cash()
        order = self.tabs.pop(self.random.randrange(len(self.tabs)))
        act = self.random.choice(("pay", "cancel", "grow"))
        if act == "pay":
            return self.pay(order, self.random.choice(("cash", "card")))
        if act == "cancel":
            body = {"reason": "left without a word"}
            return self._accepted(f"/orders/{order['id']}/cancel", body, 200)
        return self._accepted(f"/orders/{order['id']}/lines", {"items": [{"sku": "IPA", "quantity": 2}]}, 201)

    def _accepted(self, path: str, body: dict[str, Any], status: int) -> None:
        done(self.shop.post(path, body), status)

    def refunded(self) -> None:
        order = self.sell(payment={"method": self.random.choice(("cash", "card"))})
        if order["status"] == "open" and self.random.random() < 0.7:
            done(self.shop.post(f"/orders/{order['id']}/fulfillment", {"status": "completed"}))
        line = self.random.choice(order["lines"])
        lines = {"lines": [{"line_id": line["id"], "quantity": 1}], "reason": "flat"}
        done(self.shop.post(f"/orders/{order['id']}/refunds", lines, headers=self.manager), 201)

    def void(self) -> None:
        order = self.sell(items=[{"sku": "IPA", "quantity": 2}, {"sku": "PRETZEL", "quantity": 1}])
        path = f"/orders/{order['id']}/lines/{order['lines'][1]['id']}"
        done(self.shop.request("DELETE", path, json={"reason": "spilt"}, headers={**ANY, **self.manager}))
        self.pay(order, "card")

    def canceled(self) -> None:
        order = self.sell(payment={"method": "cash"} if self.random.random() < 0.5 else None)
        if order["status"] != "open":
            return
        body = {"reason": "changed their mind", "refund": bool(order["amount_paid"])}
        done(self.shop.post(f"/orders/{order['id']}/cancel", body, headers=self.manager))

    def offline(self) -> None:
        self._offline(self.shift["opened_at"])

    def late(self) -> None:
        self._offline(self.yesterday["opened_at"])

    def comp(self) -> None:
        discount = self.random.choice(({"comp": True, "reason": "spilt"}, {"percent": 10, "reason": "friend"}))
        order = self.shop.order(items=[{"sku": "IPA", "quantity": 2}], discount=discount, payment={"method": "cash"})
        done(self.shop.post("/orders", order, headers=self.manager), 201)

    def pay(self, order: dict[str, Any], method: str, *, as_: str = "register", **asked: Any) -> None:
        done(self.shop.post(f"/orders/{order['id']}/payments", {"method": method, **asked}, as_=as_), 201)

    def _offline(self, placed_at: str) -> None:
        at = datetime.fromisoformat(placed_at) + timedelta(microseconds=1)
        items = [{"sku": "WATER", "quantity": self.random.randint(1, 4), "unit_price": 199}]
        order = self.shop.sell(items=items, offline=True, placed_at=at.isoformat(), payment={"method": "cash"})
        if self.random.random() < 0.5:
            tasks.add_late(self.shop.store_id, order["id"], self.shop.register_id)

    def _skus(self) -> list[str]:
        return self.random.sample(SKUS, self.random.randint(1, 3))

    def _phone(self) -> str:
        return f"+1415555{self.random.randint(100, 199):04d}"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [SEED], ids=lambda seed: f"DAY_SEED={seed}")
def test_reports_of_a_day_are_what_plain_sql_says(today: Shop, superuser: Any, seed: int) -> None:
    shop = today
    _fill_the_shelf(shop)
    day = Day(shop, another_register(shop), seed)

    day.go(ORDERS // 2)
    hours_pass(superuser)
    day.close(day.shift)
    hours_pass(superuser)
    assert books(shop) == []
    day.shift = opened(shop, 20000)
    day.go(ORDERS - ORDERS // 2)
    hours_pass(superuser)
    z = day.close(day.shift, difference=-35)

    told = done(shop.get("/z-reports", query_string={"limit": 200}))["data"]
    late = [each for each in told if each["kind"] == "addendum"]
    assert day.done.total() == ORDERS
    assert z["drawer"]["difference"] == -35
    assert len(late) >= 1
    assert all(map(ties, told))
    assert _sums(told) == _plain(shop)
    assert (told[0]["digest"], told[0]["kind"]) == (z["digest"], "z")
    hours_pass(superuser)
    assert books(shop) == []

    second = day.close(opened(shop, 20000))
    assert (second["sales"]["total"], second["balance"]["received"]) == (0, 0)
    assert second["balance"]["due_after"] == z["balance"]["due_after"]


def _sums(told: list[dict[str, Any]]) -> dict[str, int]:
    """What all reports of the day say together."""
    reads: dict[str, Callable[[dict[str, Any]], int]] = {
        "orders": lambda each: each["orders"]["count"],
        "canceled": lambda each: each["orders"]["canceled_count"],
        "voided": lambda each: each["orders"]["voided_amount"],
        **{
            name: (lambda each, name=name: each["sales"][name])
            for name in ("subtotal", "discount", "tax", "tip", "total")
        },
        "food": lambda each: sum(part["total"] for part in each["sales"]["classes"] if part["kind"] == "food"),
        "merch": lambda each: sum(part["total"] for part in each["sales"]["classes"] if part["kind"] == "merch"),
        "comps": lambda each: sum(part["amount"] for part in each["discounts"] if part["kind"] == "comp"),
        **{method: (lambda each, method=method: _net(each, method)) for method in ("cash", "card", "stripe")},
        "refunds": lambda each: sum(part["refunds"] for part in each["tenders"]),
        "points": lambda each: each["points"]["given"] - each["points"]["reversed"],
        "kept": lambda each: each["balance"]["kept"],
        "due": lambda each: each["balance"]["due_after"] - each["balance"]["due_before"],
        "elsewhere": lambda each: each["balance"]["received_elsewhere"],
    }
    return {name: sum(read(each) for each in told) for name, read in reads.items()}


def _net(told: dict[str, Any], method: str) -> int:
    return sum(each["net"] for each in told["tenders"] if each["method"] == method)


def _plain(shop: Shop) -> dict[str, int]:
    """The same of the register's orders, payments, refunds and points."""
    mine = f"register_id = '{shop.register_id}'"
    sold = f"FROM orders WHERE {mine} AND status <> 'canceled'"
    lines = f"FROM order_lines WHERE order_id IN (SELECT id {sold})"
    paid = "SELECT coalesce(sum(amount), 0) FROM payments WHERE status = 'succeeded' AND method = '{}'"
    back = "SELECT coalesce(sum(r.amount), 0) FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE r.status = 'succeeded'"
    here = f"AND (register_id = '{shop.register_id}' OR register_id IS NULL)"
    went = f"AND (r.register_id = '{shop.register_id}' OR r.register_id IS NULL) AND p.method = '{{}}'"
    asked = {
        "orders": f"SELECT count(*) {sold}",
        "canceled": f"SELECT count(*) FROM orders WHERE {mine} AND status = 'canceled'",
        "voided": f"""SELECT coalesce(sum(subtotal), 0) FROM order_lines
                       WHERE voided_at IS NOT NULL AND order_id IN (SELECT id FROM orders WHERE {mine})""",
        **{name: f"SELECT sum({name}) {sold}" for name in ("subtotal", "discount", "tax", "tip", "total")},
        **{kind: f"SELECT sum(total) {lines} AND voided_at IS NULL AND kind = '{kind}'" for kind in ("food", "merch")},
        "comps": f"""SELECT sum(off) FROM order_discounts
                      WHERE kind = 'comp' AND replaced_at IS NULL AND order_id IN (SELECT id {sold})""",
        **{
            method: f"SELECT ({paid.format(method)} {here}) - ({back} {went.format(method)})"
            for method in ("cash", "card", "stripe")
        },
        "refunds": f"{back} {went.split(' AND p.method', maxsplit=1)[0]}",
        "points": "SELECT coalesce(sum(points), 0) FROM point_entries WHERE type IN ('accumulate', 'reverse')",
        "kept": f"SELECT sum(amount_paid - amount_refunded) FROM orders WHERE {mine}",
        "due": f"SELECT sum(greatest(total - amount_paid + amount_refunded, 0)) {sold} AND status = 'open'",
        "elsewhere": f"{paid.format('card')} AND register_id <> '{shop.register_id}'",
    }
    with transaction(UUID(shop.store_id)) as session:
        return {name: int(session.scalar(db.text(sql)) or 0) for name, sql in asked.items()}


def _fill_the_shelf(shop: Shop) -> None:
    with transaction(UUID(shop.store_id)) as session:
        session.execute(db.text("UPDATE products SET stock_quantity = 1000000 WHERE stock_quantity IS NOT NULL"))
