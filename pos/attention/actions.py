"""What may change about attention items: raised by a feature, settled by a person."""

from datetime import datetime
from typing import Any

from pos.attention.models import AttentionItem
from pos.db import current_actor, db, rows_of
from pos.errors import Conflict


class AlreadyResolved(Conflict):
    title = "Settled already"
    advice = "Somebody has settled this item; read it to see who and how."


def raise_item(kind: str, subject: str, **detail: Any) -> None:
    """Asks a person to look at a row, e.g. raise_item("price_drift", "orders:…", listed=800, sold_at=750).

    `detail` holds figures and ids, nothing personal.
    """
    db.session.add(AttentionItem(kind=kind, subject=subject, detail=detail))


def raise_once(kind: str, subject: str, **detail: Any) -> None:
    """The same for what is looked at again and again: one item for the same figures, also if it was settled since."""
    told = rows_of(AttentionItem).where(AttentionItem.kind == kind, AttentionItem.subject == subject)
    if db.session.scalar(told.where(AttentionItem.detail == detail).limit(1)) is None:
        raise_item(kind, subject, **detail)


def raise_unless_open(kind: str, subject: str, **detail: Any) -> None:
    """The same for what may come again: one item until it is settled, and another one after that."""
    told = rows_of(AttentionItem).where(AttentionItem.kind == kind, AttentionItem.subject == subject)
    still = told.where(AttentionItem.resolved_at.is_(None), AttentionItem.detail == detail)
    if db.session.scalar(still.limit(1)) is None:
        raise_item(kind, subject, **detail)


def resolve(item: AttentionItem, resolution: str | None, now: datetime) -> None:
    """Settles an item. Raises AlreadyResolved."""
    if item.resolved_at:
        raise AlreadyResolved
    item.resolved_at, item.resolved_by, item.resolution = now, current_actor(), resolution
