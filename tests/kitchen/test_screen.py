"""GET /kitchen and what is tapped there, over HTTP."""

from tests.checkout.counter import line_of
from tests.client import Shop
from tests.kitchen.cooking import board, entries, move, ticket_of


def test_sale_hangs_on_the_rail_until_it_is_served(shop: Shop) -> None:
    order = shop.sell(items=[{"sku": "PRETZEL", "quantity": 3}])
    pretzel = line_of(order, "PRETZEL")["id"]
    name = line_of(order, "PRETZEL")["name"]

    ticket = ticket_of(shop, order)
    assert entries(ticket) == [(name, "waiting", 3)]
    assert ticket["status"] == "waiting"

    assert move(shop, order, {pretzel: 2}, "waiting", "making") == {"moved": 2, "fulfillment_status": "reserved"}
    assert entries(ticket_of(shop, order)) == [(name, "waiting", 1), (name, "making", 2)]
    assert move(shop, order, {pretzel: 3}, "waiting", "ready") == {"moved": 1, "fulfillment_status": "reserved"}
    assert move(shop, order, {pretzel: 3}, "making", "ready") == {"moved": 2, "fulfillment_status": "prepared"}
    assert move(shop, order, {pretzel: 3}, "ready", "served") == {"moved": 3, "fulfillment_status": "completed"}
    assert board(shop)["tickets"] == []
    assert entries(ticket_of(shop, order, among="recent")) == [(name, "served", 3)]
