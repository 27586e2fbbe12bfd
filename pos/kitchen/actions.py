"""What may change of stations and portions. Who moves portions holds the lock of their order."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pos.db import db
from pos.kitchen import portions
from pos.kitchen.models import Portion as PortionRow
from pos.kitchen.models import Station
from pos.kitchen.portions import Made, Portion
from pos.statements import Statement, as_rows, insert_of

_LINES = Statement("""
    SELECT l.id, l.quantity, l.voided_at IS NOT NULL OR o.status = 'canceled'
      FROM orders o JOIN order_lines l ON l.store_id = o.store_id AND l.order_id = o.id
     WHERE o.store_id = :store AND o.id = :order AND l.needs_preparation ORDER BY l.position, l.id
""")
_PORTIONS = Statement("""
    SELECT p.id, p.line_id, p.quantity, p.status, p.started_at, p.ready_at, p.served_at
      FROM order_lines l JOIN portions p ON p.store_id = l.store_id AND p.line_id = l.id
     WHERE l.store_id = :store AND l.order_id = :order
""")
_WRITE = Statement(f"""
    {insert_of(PortionRow)}
    ON CONFLICT (store_id, id) DO UPDATE SET line_id = excluded.line_id, quantity = excluded.quantity, status = excluded.status,
       started_at = excluded.started_at, ready_at = excluded.ready_at, served_at = excluded.served_at, updated_at = now()
""")
# A part of a line belongs to the round in which the whole was ordered.
_SAME_ROUND = Statement("""
    UPDATE order_lines new SET created_at = old.created_at FROM order_lines old
     WHERE new.store_id = :store AND new.id = :new AND old.store_id = new.store_id AND old.id = :old
""")


def create_station(fields: Mapping[str, Any]) -> Station:
    station = Station(**fields)
    db.session.add(station)
    db.session.flush()
    return station


def change_station(station: Station, fields: Mapping[str, Any]) -> None:
    """Renames, moves or closes a station; what it made is made in the kitchen while it is closed."""
    for name, value in fields.items():
        setattr(station, name, value)


def made_of(order_id: UUID) -> list[Made]:
    """How far each line of a locked order is of those that need preparation, in their order."""
    by_line: dict[UUID, list[Portion]] = {}
    lines = _LINES.rows(order=order_id)
    for row in _PORTIONS.rows(order=order_id) if lines else ():
        by_line.setdefault(row[1], []).append(Portion(*row))
    return [
        Made(line_id, quantity, is_gone, portions=tuple(by_line.get(line_id, ())))
        for line_id, quantity, is_gone in lines
    ]


def move(made: Sequence[Made], wanted: Mapping[UUID, int], start: str, end: str, now: datetime) -> int:
    """Moves units of lines from one state to another, of each at most what is there; gives how many. Raises NoSuchMove."""
    count, changed = 0, []
    for line in made:
        quantity = min(wanted.get(line.line_id, 0), line.at(start))
        if quantity:
            count += quantity
            changed += portions.moved(line, quantity, start, end, now)
    keep(changed)
    return count


def move_all(made: Sequence[Made], end: str, now: datetime) -> None:
    """Moves all units that are less advanced to a state."""
    before = portions.STEPS[: portions.STEPS.index(end)]
    for start in before:
        move(made, {line.line_id: line.quantity for line in made}, start, end, now)


def acknowledge(made: Iterable[Made], line_ids: Iterable[UUID]) -> None:
    """Somebody has seen that units of these lines are not wanted any more. May be repeated."""
    named = set(line_ids)
    keep([portion for line in made if line.line_id in named for portion in portions.seen(line)])


def part(made: Sequence[Made], line_id: UUID, quantity: int, new_line_id: UUID) -> None:
    """Units of a line have become a line of their own, which is written already; `made` is how it was before."""
    _SAME_ROUND.soon(old=line_id, new=new_line_id)
    for line in made:
        if line.line_id == line_id:
            keep(portions.parted(line, quantity, new_line_id))


def keep(changed: Sequence[Portion]) -> None:
    """Writes portions, new ones and those that changed."""
    if changed:
        _WRITE.soon(rows=as_rows(vars(portion) for portion in changed))
