"""Sales that happened without network and that the books refuse: kept for a person, until they are booked after all.

The tablet tells of each, with the answer that it got, and may tell again: there is one open item for the key of a sale. What a sale
says is any text that somebody typed, so it is kept sealed as a whole.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import ValidationError

from pos import ids, phone
from pos.attention.models import AttentionItem
from pos.attention.sealed import BESIDE, seal
from pos.checkout.register_schemas import BuyerIn
from pos.customers import identity
from pos.db import current_actor, db, rows_of
from pos.errors import InvalidPhone
from pos.http import idempotency
from pos.http.access import StoreFacts
from pos.statements import Statement

Detail = dict[str, Any]

_PERSONAL = ("phone", "name")
_SETTLE = Statement("""
    UPDATE attention_items SET resolved_at = :now, resolved_by = :actor, resolution = 'sold after all', updated_at = now()
     WHERE store_id = :store AND kind = 'refused_sale' AND resolved_at IS NULL AND subject = :subject
""")


def keep(
    key: str, sale: Mapping[str, Any], problem: Mapping[str, Any], register_id: UUID, store: StoreFacts
) -> tuple[UUID | None, bool]:
    """Asks a person to look at a sale that was refused; gives the item, and whether it is new. None if the sale is booked by now.

    The key is held until the commit, so that the sale comes before, and is seen, or after, and settles the item. Of who bought, the
    item names the customer, who is found or made by the phone as at the counter.
    """
    if idempotency.hold(key) == "order":
        return None, False
    subject = _subject(key)
    told = {"register_id": str(register_id), **_detail(subject, sale, problem, store.country)}
    known = db.session.scalar(
        rows_of(AttentionItem)
        .where(
            AttentionItem.kind == "refused_sale", AttentionItem.subject == subject, AttentionItem.resolved_at.is_(None)
        )
        .with_for_update()
    )
    if known:
        known.detail = _with(known.detail, told)
        return known.id, False
    item = AttentionItem(id=ids.uuid7(), kind="refused_sale", subject=subject, detail=told)
    db.session.add(item)
    return item.id, True


def settle(key: str, now: datetime) -> None:
    """A sale is booked: nobody has to look at its refusal any more. Sent with the next statement."""
    _SETTLE.soon(subject=_subject(key), now=now, actor=current_actor())


def key_of(subject: str) -> str:
    """The key of the sale that an item is about."""
    return subject.removeprefix("sales:")


def _subject(key: str) -> str:
    return f"sales:{key}"


def _with(known: Detail, told: Detail) -> Detail:
    """What is known of a sale with what is told of it now: in place of what the same register told before, and beside what others did."""
    others = [each for each in known.get(BESIDE, ()) if each["register_id"] != told["register_id"]]
    if known["register_id"] != told["register_id"]:
        return known | {BESIDE: [*others, told]}
    return told | ({BESIDE: others} if others else {})


def _detail(subject: str, sale: Mapping[str, Any], problem: Mapping[str, Any], country: str) -> Detail:
    """What is kept of a sale. What is no phone is sealed with the rest."""
    said = {name: value for name, value in sale.items() if name not in _PERSONAL}
    typed = {name: sale[name] for name in _PERSONAL if sale.get(name)}
    known = _customer(typed, country) if typed else None
    if known:
        return {"customer_id": str(known), **seal(subject, sale=said, problem=problem)}
    return seal(subject, sale=said, problem=problem, **typed)


def _customer(typed: Mapping[str, Any], country: str) -> UUID | None:
    """Who bought, by what was typed; None if that is no phone."""
    try:
        buyer = BuyerIn().load(typed)
        number = phone.parse(buyer["phone"], country)
    except (ValidationError, InvalidPhone):
        return None
    return identity.existing_or_new(number, name=buyer.get("name"))
