"""What the pages of the kitchen ask: the stations, and what goes where."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pos.statements import Statement
from pos.web.office.catalog.queries import Shelf

MOST_PRODUCTS = 200
_STATIONS = Statement("""
    SELECT id, name, position, is_active, version FROM stations WHERE store_id = :store ORDER BY position, lower(name), id LIMIT 500
""")
_PRODUCTS = Statement(f"""
    SELECT p.id, p.name, p.station_id, s.name AS station FROM products p
      JOIN stations s ON s.store_id = p.store_id AND s.id = p.station_id
     WHERE p.store_id = :store AND p.status = 'active' ORDER BY lower(p.name), p.id LIMIT {MOST_PRODUCTS}
""")
_PLACES = Statement("SELECT id::text, name FROM locations WHERE store_id = :store ORDER BY lower(name), id")


def stations() -> list[dict[str, Any]]:
    """All stations in their order, those that are closed too."""
    return _STATIONS.mappings()


def choices(found: Sequence[Mapping[str, Any]], chosen: UUID | None = None) -> list[tuple[str, str]]:
    """The stations to choose from (id and name): the open ones, and what is chosen already."""
    return [
        (str(each["id"]), each["name"] if each["is_active"] else f"{each['name']} (closed)")
        for each in found
        if each["is_active"] or each["id"] == chosen
    ]


def products() -> list[dict[str, Any]]:
    """The products with a station of their own."""
    return _PRODUCTS.mappings()


def places() -> list[tuple[str, str]]:
    """The locations, id and name."""
    return [(row[0], row[1]) for row in _PLACES.rows()]


def inherited(shelves: Sequence[Shelf], found: Sequence[Mapping[str, Any]]) -> dict[UUID, str]:
    """Where a category's things are made if it names no station itself: that of the nearest one around it; else the kitchen."""
    names = {each["id"]: each["name"] for each in found if each["is_active"]}
    made_at: dict[UUID | None, str] = {None: "the kitchen"}
    above: dict[UUID, str] = {}
    # Each follows the one that it lies in.
    for shelf in shelves:
        above[shelf.id] = made_at[shelf.parent_id]
        made_at[shelf.id] = names.get(shelf.station_id, above[shelf.id]) if shelf.station_id else above[shelf.id]
    return above
