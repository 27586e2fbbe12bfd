"""What a tap in the kitchen does to its order, and what a change of the order does to what is being made.

The making of an order is what its units say: all waiting is proposed, all ready or served is prepared, all served is completed. So
whoever changes units, or which of them count, lets the order follow here. The caller holds the order's lock.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pos.checkout import links, texts
from pos.db import db
from pos.errors import NotFound
from pos.kitchen import actions as kitchen
from pos.kitchen.portions import Made, progress
from pos.orders import actions as orders
from pos.orders.models import Order

# What was said of an order as a whole, as what its units are then.
_UNITS_OF = {"reserved": "making", "prepared": "ready", "completed": "served"}
_UNDER_WAY = ("reserved", "prepared")


def prepare(order: Order, wanted: Mapping[UUID, int], start: str, end: str, now: datetime) -> int:
    """Moves units of lines, and the order with them; gives how many were moved. Raises NotFound, NoSuchMove."""
    made = _having(order, wanted)
    moved = kitchen.move(made, wanted, start, end, now)
    if moved:
        follow(order, now)
    return moved


def acknowledge(order: Order, line_ids: Sequence[UUID]) -> None:
    """Somebody has seen that units are not wanted any more. What is wanted is as far as before. Raises NotFound."""
    kitchen.acknowledge(_having(order, line_ids), line_ids)


def fulfill(order: Order, status: str, now: datetime) -> None:
    """Says of an order as a whole how far it is; its units are at least as far then. Raises WrongState."""
    orders.fulfill(order, status, now)
    if status in _UNITS_OF:
        kitchen.move_all(kitchen.made_of(order.id), _UNITS_OF[status], now)
    _changed(order, now)
    _tell(order, now)


def lines_changed(order: Order, now: datetime) -> None:
    """Fewer units may count than before, so that what is left may all be ready. Of what is all waiting, or all served, nothing
    follows: more of it has been taken into account (bill.make_more)."""
    if order.fulfillment_status in _UNDER_WAY:
        follow(order, now)


@dataclass(frozen=True)
class Parting:
    """A part of a line that becomes a line of another order."""

    line_id: UUID
    new_line_id: UUID
    quantity: int


def parted(made: Sequence[Made], order: Order, new: Order, parts: Sequence[Parting], now: datetime) -> None:
    """Lines went to a new order, whole or in part, and their units with them. `made` is how they were before."""
    for part in parts:
        kitchen.part(made, part.line_id, part.quantity, part.new_line_id)
    if _is_touched(made):
        for each in (order, new):
            _follow(each, kitchen.made_of(each.id), now)


def follow(order: Order, now: datetime) -> None:
    """Has an open order be as far as its units are; one that nobody in the kitchen has touched is left as it is."""
    made = kitchen.made_of(order.id)
    if _is_touched(made):
        _follow(order, made, now)


def _follow(order: Order, made: Sequence[Made], now: datetime) -> None:
    """What comes back from completed to prepared tells nobody: its guest has it, or has been told."""
    was, status = order.fulfillment_status, _status_by(made, order)
    if order.status == "open" and status != was:
        orders.follow_kitchen(order, status, now)
        _changed(order, now)
        if was != "completed":
            _tell(order, now)


def _status_by(made: Sequence[Made], order: Order) -> str:
    """How far the order is by its units. One of which nothing is to be made any more is as if nobody had begun, unless it is done."""
    return progress(made) or ("proposed" if order.fulfillment_status in _UNDER_WAY else order.fulfillment_status)


def _changed(order: Order, now: datetime) -> None:
    db.session.flush()
    links.follow(order, now)


def _tell(order: Order, now: datetime) -> None:
    if order.fulfillment_status == "prepared":
        texts.ready(order, now)


def _having(order: Order, line_ids: Collection[UUID]) -> list[Made]:
    """How far the order is. Lines may have gone to another one since a screen has shown them; NotFound if all of them have."""
    made = kitchen.made_of(order.id)
    if not any(line.line_id in line_ids for line in made):
        raise NotFound(what="line of this order")
    return made


def _is_touched(made: Sequence[Made]) -> bool:
    return any(line.portions for line in made)
