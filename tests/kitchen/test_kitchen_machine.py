"""Orders of one shop in any order of events, with three screens that tap what they saw a while ago: no unit is begun twice, none is
lost, and the books are clean."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from werkzeug.test import TestResponse

from pos.kitchen.portions import BACK, FORWARD, STEPS
from tests.checkout.counter import books, set_stock
from tests.client import Shop, new_key
from tests.kitchen.cooking import board

WHY = {"reason": "as it is"}
SCREENS = 3

items = st.builds(
    lambda sku, quantity: {"sku": sku, "quantity": quantity},
    st.sampled_from(["PRETZEL", "IPA", "TEE-BLK-M"]),
    st.integers(1, 4),
)
rounds = st.lists(items, min_size=1, max_size=3)
which = st.integers(0, 11)

EXAMPLES = int(os.environ.get("KITCHEN_EXAMPLES", "4"))


class Kitchen(RuleBasedStateMachine):
    """`views` is what each screen saw last; `sent` each tap with its key, for those who send it once more."""

    def __init__(self, shop: Shop) -> None:
        super().__init__()
        self.shop = shop
        self.views: list[list[dict[str, Any]]] = [[] for _ in range(SCREENS)]
        self.sent: list[tuple[str, dict[str, Any], str]] = []
        self.orders: dict[str, dict[str, Any]] = {}

    # --- at the counter

    @rule(items=rounds, is_paid=st.booleans())
    def sell(self, items: list[dict[str, Any]], is_paid: bool) -> None:
        self.see(self.shop.sell(items=items, **({"payment": {"method": "card"}} if is_paid else {})))

    @precondition(lambda self: self.open)
    @rule(order=which, items=rounds)
    def add_round(self, order: int, items: list[dict[str, Any]]) -> None:
        found = self.order(order)
        self.carry_out(self.shop.post(f"/orders/{found['id']}/lines", {"items": items}))

    @precondition(lambda self: self.open)
    @rule(order=which, line=which, quantity=st.integers(1, 5))
    def change_quantity(self, order: int, line: int, quantity: int) -> None:
        found = self.order(order)
        path = f"/orders/{found['id']}/lines/{_one(found['lines'], line)['id']}"
        self.carry_out(self.ask("PATCH", path, {"quantity": quantity, **WHY}))

    @precondition(lambda self: self.open)
    @rule(order=which, line=which)
    def void(self, order: int, line: int) -> None:
        found = self.order(order)
        path = f"/orders/{found['id']}/lines/{_one(found['lines'], line)['id']}"
        self.carry_out(self.ask("DELETE", path, WHY), "last-line")

    @precondition(lambda self: self.open)
    @rule(order=which, line=which, quantity=st.integers(1, 4))
    def split(self, order: int, line: int, quantity: int) -> None:
        found = self.order(order)
        parted = _one(found["lines"], line)
        asked = {"lines": [{"line_id": parted["id"], "quantity": min(quantity, parted["quantity"])}]}
        answer = self.ask("POST", f"/orders/{found['id']}/split", asked)
        self.carry_out(answer, "last-line", "split-exceeds-paid")

    @precondition(lambda self: len(self.open) > 1)
    @rule(order=which, other=which)
    def merge(self, order: int, other: int) -> None:
        one, two = self.order(order), self.order(other)
        answer = self.ask("POST", f"/orders/{one['id']}/merge", {"order_id": two["id"]})
        self.carry_out(answer, "paid-on-other", "not-the-same")

    @precondition(lambda self: self.open)
    @rule(order=which)
    def pay(self, order: int) -> None:
        answer = self.shop.post(f"/orders/{self.order(order)['id']}/payments", {"method": "card"})
        self.carry_out(answer, "nothing-due")

    @precondition(lambda self: len(self.open) > 2)
    @rule(order=which)
    def cancel(self, order: int) -> None:
        path = f"/orders/{self.order(order)['id']}/cancel"
        self.carry_out(self.shop.post(path, {**WHY, "refund": True}, as_="owner"))

    @precondition(lambda self: self.open)
    @rule(order=which, status=st.sampled_from(["reserved", "prepared", "completed"]))
    def say_of_the_whole(self, order: int, status: str) -> None:
        path = f"/orders/{self.order(order)['id']}/fulfillment"
        self.carry_out(self.shop.post(path, {"status": status}), "wrong-state")

    # --- in the kitchen

    @precondition(lambda self: self.kept)
    @rule(order=which, is_paid=st.booleans(), end=st.sampled_from(["waiting", "waiting", "making", "ready"]))
    def serve_and_put_back(self, order: int, is_paid: bool, end: str) -> None:
        """All of an order is handed over and taken back; one that is paid is completed by then, and stays so."""
        found = _one(self.kept, order)
        if is_paid and found["amount_due"]:
            self.carry_out(self.shop.post(f"/orders/{found['id']}/payments", {"method": "card"}))
        for start in STEPS[:-1]:
            self.move_all(found, start, "served")
        self.move_all(found, "served", end)

    @rule(screen=st.integers(0, SCREENS - 1))
    def look(self, screen: int) -> None:
        shown = board(self.shop)
        self.views[screen] = shown["tickets"] + shown["recent"]

    @rule(
        screen=st.integers(0, SCREENS - 1),
        ticket=which,
        line=which,
        to=st.sampled_from(sorted(FORWARD) + sorted(FORWARD) + sorted(BACK)),
        fewer=st.integers(0, 2),
    )
    def tap(self, screen: int, ticket: int, line: int, to: tuple[str, str], fewer: int) -> None:
        """What a screen saw a while ago, wherever it is by now."""
        if not self.views[screen]:
            return
        seen = _one(self.views[screen], ticket)
        entry = _one(seen["lines"], line)
        units = [{"line_id": entry["line_id"], "quantity": max(1, entry["quantity"] - fewer)}]
        asked = {"lines": units, "from": to[0], "to": to[1]}
        self.sent.append((f"/orders/{seen['order_id']}/preparation", asked, new_key()))
        self.send(-1)

    @precondition(lambda self: self.sent)
    @rule(tap=which)
    def send_again(self, tap: int) -> None:
        """An answer was lost, and the tap is sent once more, by its key."""
        before = board(self.shop)["tickets"]
        self.send(-1 - tap % len(self.sent))
        assert board(self.shop)["tickets"] == before

    @precondition(lambda self: any(self.views))
    @rule(screen=st.integers(0, SCREENS - 1), ticket=which)
    def acknowledge(self, screen: int, ticket: int) -> None:
        if self.views[screen]:
            seen = _one(self.views[screen], ticket)
            lines = sorted({line["line_id"] for line in seen["lines"]})
            path = f"/orders/{seen['order_id']}/preparation/seen"
            assert self.shop.post(path, {"lines": lines}).status_code in (200, 404)

    # --- what must hold

    @invariant()
    def every_unit_is_somewhere_once(self) -> None:
        """What is wanted of orders hangs on the rail or was served, unit by unit, also of those that are paid and completed."""
        shown = board(self.shop)
        units: dict[str, int] = {}
        for ticket in shown["tickets"] + shown["recent"]:
            for line in ticket["lines"]:
                if line["status"] != "void":
                    units[line["line_id"]] = units.get(line["line_id"], 0) + line["quantity"]
        for order in self.kept:
            wanted = _wanted(order)
            assert {line_id: units.get(line_id, 0) for line_id in wanted} == wanted

    @invariant()
    def books_are_clean(self) -> None:
        assert books(self.shop) == []

    def teardown(self) -> None:
        """Who serves all that hangs there has served all that was ordered."""
        for ticket in board(self.shop)["tickets"]:
            lines = [line["line_id"] for line in ticket["lines"]]
            path = f"/orders/{ticket['order_id']}/preparation"
            assert self.shop.post(f"{path}/seen", {"lines": lines}).status_code == 200
            for start in ("waiting", "making", "ready"):
                units = [{"line_id": line_id, "quantity": 10_000} for line_id in lines]
                assert self.shop.post(path, {"lines": units, "from": start, "to": "served"}).status_code == 200
        assert board(self.shop)["tickets"] == []
        for order in self.kept:
            if _wanted(order):
                assert self.shop.get(f"/orders/{order['id']}").json["fulfillment_status"] == "completed"
        assert books(self.shop) == []

    # --- what the rules above ask

    @property
    def open(self) -> list[dict[str, Any]]:
        return [order for order in self.orders.values() if order["status"] == "open"]

    @property
    def kept(self) -> list[dict[str, Any]]:
        """All that were not canceled, also completed ones."""
        return [order for order in self.orders.values() if order["status"] != "canceled"]

    def order(self, index: int) -> dict[str, Any]:
        return _one(self.open, index)

    def see(self, order: dict[str, Any]) -> None:
        self.orders[order["id"]] = order

    def ask(self, method: str, path: str, body: dict[str, Any]) -> TestResponse:
        headers = {"If-Match": "*", "Idempotency-Key": new_key()}
        return self.shop.request(method, path, as_="owner", headers=headers, json=body)

    def carry_out(self, answer: TestResponse, *refusals: str) -> None:
        """It was done, or refused for one of these reasons; then all orders are read again."""
        if answer.status_code not in (200, 201):
            assert answer.json["type"].removeprefix("/problems/") in refusals, answer.json
        else:
            self.see(answer.json)
        self.read_again()

    def read_again(self) -> None:
        for order_id in list(self.orders):
            self.see(self.shop.get(f"/orders/{order_id}").json)

    def move_all(self, order: dict[str, Any], start: str, end: str) -> None:
        units = [{"line_id": line_id, "quantity": 10_000} for line_id in _wanted(order)]
        if units:
            answer = self.shop.post(f"/orders/{order['id']}/preparation", {"lines": units, "from": start, "to": end})
            assert answer.status_code == 200, answer.json
            self.read_again()

    def send(self, index: int) -> None:
        path, asked, key = self.sent[index]
        answer = self.shop.post(path, asked, key=key)
        assert answer.status_code in (200, 404), answer.json
        self.read_again()


def _one(things: list[Any], index: int) -> Any:
    return things[index % len(things)]


def _wanted(order: dict[str, Any]) -> dict[str, int]:
    """Units that are to be made, by line."""
    return {line["id"]: line["quantity"] for line in order["lines"] if line["kind"] == "food"}


@pytest.fixture
def counter(committed: Flask, shops: list[dict[str, Any]]) -> Iterator[Shop]:
    """A shop with commits of its own: rounds are told apart by the instants at which they were written."""
    with committed.app_context():
        shop = Shop(committed.test_client(), **shops[0])
        set_stock(shop, "TEE-BLK-M", None)
        yield shop


def test_whatever_is_tapped_no_unit_is_begun_twice_and_none_is_lost(counter: Shop) -> None:
    run_state_machine_as_test(
        lambda: Kitchen(counter),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            derandomize=True,
            deadline=None,
            # To shrink a story takes minutes, and it reads well as it is.
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
