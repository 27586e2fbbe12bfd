"""What papers tell besides the order, ticket or report itself: the place, and who sold."""

from typing import Any
from uuid import UUID

from pos.errors import NotFound
from pos.http.access import StoreFacts
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


def seller(order: dict[str, Any]) -> str | None:
    """What the person is called who sold an order; None if nobody had signed in."""
    found = _SELLER.first(user=order["user_id"]) if order["user_id"] else None
    return found[0] if found else None
