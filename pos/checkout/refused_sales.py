"""Sales that happened without network and that the books refuse: kept for a person, until they are booked after all.

The tablet tells of each, with the answer that it got, and may tell again: there is one open item for the key of a sale.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from marshmallow import ValidationError

from pos import ids, phone
from pos.attention.sealed import seal
from pos.checkout.register_schemas import BuyerIn
from pos.customers import identity
from pos.db import current_actor
from pos.errors import InvalidPhone
from pos.http.access import StoreFacts
from pos.statements import Statement

_PERSONAL = ("phone", "name")
_KEEP = Statement("""
    INSERT INTO attention_items AS known (store_id, id, kind, subject, detail) VALUES (:store, :id, 'refused_sale', :subject, :detail)
    ON CONFLICT (store_id, subject) WHERE kind = 'refused_sale' AND resolved_at IS NULL
    DO UPDATE SET detail = excluded.detail, updated_at = now()
    RETURNING known.id, xmax = 0
""")
_SETTLE = Statement("""
    UPDATE attention_items SET resolved_at = :now, resolved_by = :actor, resolution = 'sold after all', updated_at = now()
     WHERE store_id = :store AND kind = 'refused_sale' AND resolved_at IS NULL AND subject = :subject
""")


def keep(key: str, sale: Mapping[str, Any], problem: Mapping[str, Any], store: StoreFacts) -> tuple[UUID, bool]:
    """Asks a person to look at a sale that was refused; gives the item, and whether it is new. Of who bought, the item names the
    customer, who is found or made by the phone as at the counter; what is no phone is kept sealed."""
    subject = _subject(key)
    goods = {name: value for name, value in sale.items() if name not in _PERSONAL}
    detail = {"sale": goods, "problem": problem, **_buyer(subject, sale, store.country)}
    row = _KEEP.first(id=ids.uuid7(), subject=subject, detail=orjson.dumps(detail).decode())
    assert row is not None
    return row[0], row[1]


def settle(key: str, now: datetime) -> None:
    """A sale is booked: nobody has to look at its refusal any more. Sent with the next statement."""
    _SETTLE.soon(subject=_subject(key), now=now, actor=current_actor())


def _subject(key: str) -> str:
    return f"sales:{key}"


def _buyer(subject: str, sale: Mapping[str, Any], country: str) -> dict[str, str]:
    typed = {name: sale[name] for name in _PERSONAL if sale.get(name)}
    if not typed:
        return {}
    try:
        buyer = BuyerIn().load(typed)
        number = phone.parse(buyer["phone"], country)
    except (ValidationError, InvalidPhone):
        return seal(subject, **typed)
    return {"customer_id": str(identity.existing_or_new(number, name=buyer.get("name")))}
