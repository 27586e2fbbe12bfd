"""Races in the kitchen: screens that tap the same line at the same moment."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from pos import clock
from pos.db import find
from pos.kitchen import actions as kitchen
from pos.kitchen.portions import Portion, moved
from pos.orders.models import Order
from tests.client import Shop, new_key
from tests.races.conftest import Web
from tests.races.test_races import new_phone, statuses
from tests.races.twins import TIMES, Looked, all_look_then_act, broken_rules
from tests.running import race, rows, value

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("races")]

PRETZELS = {"items": [{"sku": "PRETZEL", "quantity": 6}]}
BEGUN = """SELECT coalesce(sum(p.quantity), 0) FROM portions p WHERE p.line_id = %s AND p.status IN ('making', 'ready', 'served')"""


def _units(order: dict[str, Any], quantity: int, start: str = "waiting", end: str = "making") -> dict[str, Any]:
    line = next(line for line in order["lines"] if line["sku"] == "PRETZEL")
    return {"lines": [{"line_id": line["id"], "quantity": quantity}], "from": start, "to": end}


def test_screens_that_start_the_same_line_at_once_start_it_once(web: Web, shop: Shop, books: Any) -> None:
    for number in range(10):
        # Given six units that wait, and eight screens that show them
        order = shop.sell(phone=new_phone(7600 + number), **PRETZELS)
        path, asked = f"/orders/{order['id']}/preparation", _units(order, 6)

        # When all of them are tapped at the same moment
        answers = race([lambda path=path, asked=asked: shop.post(path, asked)] * TIMES)

        # Then one tap has begun them, and the others nothing
        assert statuses(answers) == {200: TIMES}
        assert sorted(answer.json["moved"] for answer in answers) == [0] * (TIMES - 1) + [6]
        line_id = asked["lines"][0]["line_id"]
        assert value(books, BEGUN, line_id) == 6
        assert len(rows(books, "SELECT id FROM portions WHERE line_id = %s", line_id)) == 1
    assert broken_rules(web.app, shop) == set()


def test_taps_that_pass_each_other_lose_nothing(web: Web, shop: Shop, books: Any) -> None:
    # Given six units, of which screens start some while others serve them and call them back
    order = shop.sell(phone=new_phone(7700), **PRETZELS)
    path = f"/orders/{order['id']}/preparation"
    moves = [("waiting", "making"), ("making", "ready"), ("ready", "served"), ("served", "ready"), ("ready", "waiting")]

    # When they do so at once, each tap with its key, one of them twice
    key = new_key()
    calls = [lambda move=move: shop.post(path, _units(order, 2, *move)) for move in moves]
    twice = [lambda: shop.post(path, _units(order, 1), key=key)] * 2
    for _ in range(10):
        assert set(statuses(race(calls + twice))) == {200}

    # Then each unit is in one state, and the order is as far as they are
    assert value(books, BEGUN, order["lines"][0]["id"]) <= 6
    assert broken_rules(web.app, shop) == set()


def test_look_at_what_waits_without_the_orders_lock_starts_it_eight_times(
    committed: Flask, unguarded: Shop, superuser: Any
) -> None:
    # Given six units that wait
    order = unguarded.sell(**PRETZELS)
    order_id, line_id = UUID(order["id"]), order["lines"][0]["id"]

    # When it is read what waits, and then begun, without the lock of the order
    def look_then_begin(looked: Looked) -> Sequence[Portion]:
        find(Order, order_id)
        [made] = kitchen.made_of(order_id)
        looked()
        changed = moved(made, 6, "waiting", "making", clock.now())
        kitchen.keep(changed)
        return changed

    begun = all_look_then_act(committed, unguarded, [look_then_begin] * TIMES)

    # Then everybody begins them, and the audit sees it
    assert sum(len(each) for each in begun if isinstance(each, list)) == TIMES
    assert value(superuser, BEGUN, line_id) == 6 * TIMES
    assert broken_rules(committed, unguarded) == {"portion.quantity", "order.making"}
