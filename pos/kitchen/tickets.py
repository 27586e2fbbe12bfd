"""What hangs on the rail: a ticket is what one station makes of one round of an order. Pure; the rows come from queries.py."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pos.kitchen.portions import Entry, Made, Portion, entries, least

MOST_TICKETS, MOST_RECENT = 200, 20
NO_STATION = "none"
_OF_ORDER = (
    "reference", "tab_name", "customer_name", "note", "is_offline", "is_paid", "is_canceled", "placed_at"
)  # fmt: skip

Row = Mapping[str, Any]


@dataclass
class Ticket:
    """What one station makes of one round: lines with how far their units are."""

    order: Row
    round: int
    station_id: str | None
    fired_at: str
    lines: list[tuple[Row, Entry]] = field(default_factory=list)
    last_served_at: datetime | None = None
    is_recent: bool = False

    @property
    def key(self) -> str:
        return f"{self.order['id']}/{self.round}/{self.station_id or NO_STATION}"

    @property
    def status(self) -> str:
        """That of what is least advanced; of what is all void, nothing has to be made before somebody has seen that."""
        return least(entry.status for _, entry in self._unserved) or ("waiting" if self.is_open else "served")

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something about it."""
        return bool(self._unserved)

    @property
    def _unserved(self) -> list[tuple[Row, Entry]]:
        return [(line, entry) for line, entry in self.lines if entry.status != "served"]


def board(rows: Row, asked: str | None) -> dict[str, Any]:
    """What a screen shows, of one station (its id, or `none` for what no station makes) or of all (None). `rows` holds the
    location, its stations, settings, orders and lines, as queries.py reads them."""
    names = {station["id"]: station["name"] for station in rows["stations"]}
    tickets = list(_tickets(rows))
    rounds: dict[tuple[str, int], list[Ticket]] = {}
    for ticket in tickets:
        rounds.setdefault((ticket.order["id"], ticket.round), []).append(ticket)
    mine = [ticket for ticket in tickets if asked in (None, ticket.station_id or NO_STATION)]
    waiting = sorted((ticket for ticket in mine if ticket.is_open), key=_by_age)
    recent = [ticket for ticket in mine if ticket.is_recent and not ticket.is_open]
    recent.sort(key=lambda ticket: (ticket.last_served_at, ticket.key), reverse=True)

    def shown(ticket: Ticket) -> dict[str, Any]:
        return _shown(ticket, rounds[ticket.order["id"], ticket.round], names)

    return {
        **{name: rows[name] for name in ("location", "stations", "slow_minutes", "late_minutes", "older")},
        "tickets": [shown(ticket) for ticket in waiting[:MOST_TICKETS]],
        "recent": [shown(ticket) for ticket in recent[:MOST_RECENT]],
    }


def _tickets(rows: Row) -> Iterator[Ticket]:
    """All tickets of the rows, in the order of the lines."""
    orders = {order["id"]: order for order in rows["orders"]}
    found: dict[tuple[str, int, str | None], Ticket] = {}
    for line in rows["lines"]:
        made = _made(line)
        shown = list(entries(made))
        place = (line["order_id"], line["round"], line["station_id"])
        if shown and place not in found:
            found[place] = Ticket(orders[line["order_id"]], line["round"], line["station_id"], line["fired_at"])
        for entry in shown:
            found[place].lines.append((line, entry))
            found[place].last_served_at = _latest(found[place].last_served_at, made)
            found[place].is_recent |= bool(line["is_recent"])
    return iter(found.values())


def _made(line: Row) -> Made:
    return Made(
        line["id"],
        line["quantity"],
        is_gone=line["is_gone"],
        is_told=line["is_told"],
        portions=tuple(_portion(line["id"], row) for row in line["portions"] or ()),
    )


def _portion(line_id: UUID, row: Any) -> Portion:
    portion_id, quantity, status, *instants = row
    return Portion(portion_id, line_id, quantity, status, *map(_instant, instants))


def _instant(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def _latest(known: datetime | None, made: Made) -> datetime | None:
    return max(filter(None, (known, *(portion.served_at for portion in made.portions))), default=None)


def _by_age(ticket: Ticket) -> tuple[str, str]:
    return ticket.fired_at, ticket.key


def _shown(ticket: Ticket, of_round: Iterable[Ticket], names: Mapping[str, str]) -> dict[str, Any]:
    name_of: Callable[[str | None], str | None] = lambda station_id: names.get(station_id or "")  # noqa: E731
    return {
        "key": ticket.key,
        "order_id": ticket.order["id"],
        "round": ticket.round,
        "station_id": ticket.station_id,
        "station": name_of(ticket.station_id),
        **{name: ticket.order[name] for name in _OF_ORDER},
        "fired_at": ticket.fired_at,
        "status": ticket.status,
        "lines": [_shown_line(line, entry) for line, entry in ticket.lines],
        "elsewhere": [
            {"station": name_of(other.station_id), "status": other.status} for other in of_round if other is not ticket
        ],
    }


def _shown_line(line: Row, entry: Entry) -> dict[str, Any]:
    return {
        "line_id": line["id"],
        "name": line["name"],
        "modifiers": [each["name"] for each in line["modifiers"]],
        "note": line["note"],
        "status": entry.status,
        "quantity": entry.quantity,
        "started_at": entry.started_at,
        "ready_at": entry.ready_at,
    }
