""" "It is ready": told ten seconds later, not at all if that was undone, and again of a later round."""

from datetime import timedelta
from typing import Any

from flask import Flask

from pos import clock
from pos.messaging.outbox import Claimed
from tests import texting
from tests.checkout.counter import add_round, approved, cancel, done, line_of, make, now, paid, void
from tests.client import Shop
from tests.kitchen.cooking import board, move
from tests.messaging.campaigning import claimed

PRETZEL, IPA = ({"sku": sku, "quantity": 1} for sku in ("PRETZEL", "IPA"))


def _left(shop: Shop, *, seconds: int) -> list[Claimed]:
    """What leaves after so many seconds."""
    return claimed(shop, clock.now() + timedelta(seconds=seconds))


def _told(shop: Shop) -> list[tuple[str, str | None]]:
    """State and reason of what was to be told, oldest first."""
    found = [each for each in texting.messages(shop) if each["template"] == "order_ready"]
    return [(each["status"], each["reason"]) for each in reversed(found)]


def _sold(shop: Shop) -> tuple[dict[str, Any], dict[str, int]]:
    order = shop.sell(items=[PRETZEL, IPA])
    return order, {line["id"]: line["quantity"] for line in order["lines"]}


def test_ready_order_is_told_after_a_grace(app: Flask, shop: Shop) -> None:
    order, lines = _sold(shop)
    move(shop, order, {line_of(order, "IPA")["id"]: 1}, "waiting", "served")
    assert _told(shop) == []
    move(shop, order, lines, "waiting", "ready")

    assert _left(shop, seconds=5) == []
    [text] = _left(shop, seconds=11)
    assert f"order {order['reference']} is ready" in text.body


def test_ready_that_was_undone_is_not_told(app: Flask, shop: Shop) -> None:
    order, lines = _sold(shop)
    move(shop, order, lines, "waiting", "ready")
    move(shop, order, lines, "ready", "making")

    assert _left(shop, seconds=11) == []
    assert _told(shop) == [("suppressed", "not_ready")]


def test_order_of_which_a_unit_was_called_back_and_is_ready_again_is_told_once(app: Flask, shop: Shop) -> None:
    order, lines = _sold(shop)
    for start, end in [("waiting", "ready"), ("ready", "making"), ("making", "ready")]:
        move(shop, order, lines, start, end)

    assert len(_left(shop, seconds=11)) == 1
    assert len(_told(shop)) == 1


def test_later_round_is_told_again(app: Flask, shop: Shop) -> None:
    order, lines = _sold(shop)
    move(shop, order, lines, "waiting", "ready")
    assert len(_left(shop, seconds=11)) == 1

    order = done(add_round(shop, now(shop, order), PRETZEL), 201)
    done(make(shop, order, "prepared"))

    assert len(_left(shop, seconds=11)) == 1
    assert len(_told(shop)) == 2


def test_canceled_and_served_orders_are_not_told(app: Flask, shop: Shop) -> None:
    for end in (lambda order: cancel(shop, order), lambda order: make(shop, order, "completed")):
        order, lines = _sold(shop)
        move(shop, order, lines, "waiting", "ready")
        done(end(now(shop, order)))

    assert _left(shop, seconds=11) == []
    assert _told(shop) == [("suppressed", "not_ready")] * 2


def test_rest_that_is_ready_when_what_waits_is_voided_is_told(app: Flask, shop: Shop) -> None:
    order, _ = _sold(shop)
    move(shop, order, {line_of(order, "IPA")["id"]: 1}, "waiting", "ready")

    order = done(void(shop, now(shop, order), "PRETZEL", headers=approved(shop)))

    assert order["fulfillment_status"] == "prepared"
    assert len(_left(shop, seconds=11)) == 1


def test_parts_of_a_split_are_as_far_as_their_units(app: Flask, shop: Shop) -> None:
    order = shop.sell(items=[{"sku": "PRETZEL", "quantity": 4}])
    pretzel = line_of(order, "PRETZEL")["id"]
    move(shop, order, {pretzel: 2}, "waiting", "served")

    parts = {"lines": [{"line_id": pretzel, "quantity": 2}]}
    new = done(shop.post(f"/orders/{order['id']}/split", parts, headers={"If-Match": "*"}), 201)

    assert (now(shop, order)["fulfillment_status"], new["fulfillment_status"]) == ("proposed", "completed")
    [waiting] = board(shop)["tickets"]
    assert (waiting["order_id"], [line["quantity"] for line in waiting["lines"]]) == (order["id"], [2])
    [served] = board(shop)["recent"]
    assert (served["order_id"], served["fired_at"]) == (new["id"], waiting["fired_at"])


def test_order_that_is_paid_is_completed_when_the_kitchen_has_served_it(app: Flask, shop: Shop) -> None:
    order, lines = _sold(shop)
    move(shop, order, lines, "waiting", "served")
    assert now(shop, order)["status"] == "open"

    assert paid(shop, order)["status"] == "completed"
