"""What a tap in the kitchen does to its order, and what a change of the order does to what is being made.

The making of an order is what its units say: all waiting is proposed, all ready or served is prepared, all served is completed. So
whoever changes units, or which of them count, lets the order follow here. The caller holds the order's lock.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from pos.checkout import links, texts
from pos.db import db
from pos.kitchen import actions as kitchen
from pos.kitchen.portions import Made, progress
from pos.orders import actions as orders
from pos.orders.models import Order

# What was said of an order as a whole, as what its units are then.
_UNITS_OF = {"reserved": "making", "prepared": "ready", "completed": "served"}


def prepare(order: Order, wanted: Mapping[UUID, int], start: str, end: str, now: datetime) -> int:
    """Moves units of lines, and the order with them; gives how many were moved. Raises NoSuchMove."""
    moved = kitchen.move(kitchen.made_of(order.id), wanted, start, end, now)
    if moved:
        follow(order, now)
    return moved


def acknowledge(order: Order, line_ids: Sequence[UUID]) -> None:
    """Somebody has seen that units are not wanted any more. What is wanted is as far as before."""
    kitchen.acknowledge(kitchen.made_of(order.id), line_ids)


def fulfill(order: Order, status: str, now: datetime) -> None:
    """Says of an order as a whole how far it is; its units are at least as far then. Raises WrongState."""
    orders.fulfill(order, status, now)
    if status in _UNITS_OF:
        kitchen.move_all(kitchen.made_of(order.id), _UNITS_OF[status], now)
    _told(order, now)


def follow(order: Order, now: datetime) -> None:
    """Has an open order be as far as its units are; one that nobody in the kitchen has touched is left as it is."""
    made = kitchen.made_of(order.id)
    status = progress(made)
    if order.status != "open" or status in (None, order.fulfillment_status) or not _is_touched(made):
        return
    orders.follow_kitchen(order, str(status), now)
    _told(order, now)


def _told(order: Order, now: datetime) -> None:
    db.session.flush()
    links.follow(order, now)
    if order.fulfillment_status == "prepared":
        texts.ready(order, now)


def _is_touched(made: Sequence[Made]) -> bool:
    return any(line.portions for line in made)
