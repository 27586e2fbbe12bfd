"""What papers tell besides the order, ticket or report itself: the place, and who sold."""

from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

import orjson

from pos.errors import NotFound
from pos.http.access import StoreFacts
from pos.kitchen import queries as kitchen
from pos.kitchen.tickets import board as tickets_of
from pos.printing.saying import Place, Saying
from pos.printing.words import Words
from pos.statements import Statement

_PLACE = Statement("SELECT name, address, timezone FROM locations WHERE store_id = :store AND id = :location")
_SELLER = Statement("SELECT name FROM memberships WHERE store_id = :store AND user_id = :user")


def saying(store: StoreFacts, location_id: UUID | str, language: str, currency: str | None = None) -> Saying:
    """How papers of a location speak. Raises NotFound."""
    found = _PLACE.first(location=location_id)
    if found is None:
        raise NotFound(what="location")
    name, address, timezone = found
    place = Place(store=store.name, location=name, address=address, timezone=timezone)
    return Saying(place, Words(language, store.country), currency or store.currency)


def tickets(
    order: dict[str, Any], now: datetime, *, round_: int | None = None, station_id: str | None = None
) -> list[dict[str, Any]]:
    """The tickets of an order that its kitchen's screen shows, or has just shown, oldest first: of one round or all, of one station (its id,
    or `none`) or all. Raises NotFound without any."""
    rows = orjson.loads(kitchen.rows(order["location_id"], now))
    # The screen has room for so many tickets; this order's are looked for among all.
    rows["lines"] = [line for line in rows["lines"] if line["order_id"] == str(order["id"])]
    board = tickets_of(rows, station_id.lower() if station_id else None)
    found = [shown for shown in board["tickets"] + board["recent"] if round_ in (None, shown["round"])]
    if not found:
        raise NotFound(what="ticket")
    return sorted(found, key=itemgetter("round", "key"))


def seller(order: dict[str, Any]) -> str | None:
    """What the person is called who sold an order; None if nobody had signed in."""
    found = _SELLER.first(user=order["user_id"]) if order["user_id"] else None
    return found[0] if found else None
