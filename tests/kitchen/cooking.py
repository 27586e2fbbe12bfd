"""What the tests of the kitchen tap."""

from typing import Any

from werkzeug.test import TestResponse

from tests.checkout.counter import done
from tests.client import Shop


def board(shop: Shop, **asked: Any) -> dict[str, Any]:
    """What the screen of the shop's register shows."""
    return done(shop.get("/kitchen", query_string=asked))


def ticket_of(shop: Shop, order: dict[str, Any], round_: int = 1, among: str = "tickets") -> dict[str, Any]:
    """The one ticket of a round of an order."""
    [found] = [
        ticket for ticket in board(shop)[among] if (ticket["order_id"], ticket["round"]) == (order["id"], round_)
    ]
    return found


def entries(ticket: dict[str, Any]) -> list[tuple[str, str, int]]:
    """What of a ticket is how far: name, state, units."""
    return [(line["name"], line["status"], line["quantity"]) for line in ticket["lines"]]


def tap(shop: Shop, order: dict[str, Any], lines: dict[str, int], start: str, end: str, **options: Any) -> TestResponse:
    """Moves units of lines, named by their ids."""
    units = [{"line_id": line_id, "quantity": quantity} for line_id, quantity in lines.items()]
    return shop.post(f"/orders/{order['id']}/preparation", {"lines": units, "from": start, "to": end}, **options)


def move(shop: Shop, order: dict[str, Any], lines: dict[str, int], start: str, end: str) -> dict[str, Any]:
    return done(tap(shop, order, lines, start, end))


def see_void(shop: Shop, order: dict[str, Any], *line_ids: str) -> dict[str, Any]:
    return done(shop.post(f"/orders/{order['id']}/preparation/seen", {"lines": list(line_ids)}))
