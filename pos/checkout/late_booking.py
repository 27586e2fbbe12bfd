"""A sale that the books refused, booked after all: a manager has looked at it, and puts right what stood in its way."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import ValidationError

from pos import audit_log
from pos.attention.actions import AlreadyResolved
from pos.attention.models import AttentionItem
from pos.attention.sealed import opened
from pos.checkout import refused_sales
from pos.checkout.offline import place_offline
from pos.checkout.place import Sale
from pos.checkout.schemas import OrderIn
from pos.customers.models import Customer
from pos.db import find
from pos.errors import NotFound, Refused
from pos.http import idempotency
from pos.http.access import Caller
from pos.http.problems import sentences
from pos.stores.models import Register

Detail = Mapping[str, Any]
_BUYER = ("phone", "name", "walk_in")
# Points are counted where there is network, and the goods are gone: a sale that is booked late takes none.
_LEFT_OUT = ("rewards", "payment_link")


class SaleCannotBeBooked(Refused):
    title = "This sale cannot be booked as it is"
    advice = "{reason} Put it right if it can be, or sell the same by hand and settle the item with a word."


def book(item_id: UUID, changes: Mapping[str, Any], who: Caller, now: datetime) -> UUID:
    """Books the sale of an item of kind refused_sale as it was made, with these changes (who bought, the coupon), and settles the item;
    gives the order's id. The sale's own key is used up by it, so the tablet cannot book it once more; if it was faster, that order is
    given. Raises NotFound, AlreadyResolved, SaleCannotBeBooked, and what refuses a sale without network.
    """
    item = find(AttentionItem, item_id)
    if item.kind != "refused_sale":
        raise NotFound(what="refused sale")
    if item.resolved_at:
        raise AlreadyResolved
    key = refused_sales.key_of(item.subject)
    # The key before the item, as whoever tells of the sale and whoever sells it.
    claim = idempotency.take(key, "order")
    if not claim.is_replay:
        detail = opened(item)
        sale = _as_made(detail, changes)
        place_offline(claim.resource_id, sale, _at_register(detail, who), now, sent_at=None)
        audit_log.record("refused_sale.book", f"orders:{claim.resource_id}", after={"item_id": str(item_id)})
    refused_sales.settle(key, now)
    return claim.resource_id


def _as_made(detail: Detail, changes: Mapping[str, Any]) -> Sale:
    """The sale as the tablet told of it, who bought it as far as that is known, and what was changed; null leaves out."""
    told = detail.get("sale")
    if not isinstance(told, Mapping):
        raise SaleCannotBeBooked(reason="What the tablet told of it cannot be read any more.")
    kept = {name: value for name, value in told.items() if name not in _LEFT_OUT}
    said = {**kept, **_buyer(detail), **{name: detail[name] for name in _BUYER if name in detail}}
    if changes.get("phone") or changes.get("walk_in"):
        said = {name: value for name, value in said.items() if name not in _BUYER}
    said = {name: value for name, value in {**said, **changes}.items() if value is not None}
    try:
        return Sale(**OrderIn().load({**said, "offline": True}))
    except ValidationError as error:
        raise SaleCannotBeBooked(reason=sentences(error.messages)) from error


def _buyer(detail: Detail) -> dict[str, Any]:
    if "customer_id" not in detail:
        return {}
    customer = find(Customer, UUID(detail["customer_id"]))
    return {"phone": customer.phone} if customer.phone else {}


def _at_register(detail: Detail, who: Caller) -> Caller:
    """The manager, at the register that made the sale; who sold it is whom the sale names, not the manager."""
    register = find(Register, UUID(detail["register_id"]))
    return replace(who, register_id=register.id, location_id=register.location_id, user_id=None, user_name=None)
