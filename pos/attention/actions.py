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

    `detail` holds figures and ids, nothing personal but under `sealed`.
    """
    db.session.add(AttentionItem(kind=kind, subject=subject, detail=detail))


def raise_once(kind: str, subject: str, **detail: Any) -> None:
    """The same for what is looked at again and again: one item for the same figures, also if it was settled since."""
    told = rows_of(AttentionItem).where(AttentionItem.kind == kind, AttentionItem.subject == subject)
    if db.session.scalar(told.where(AttentionItem.detail == detail).limit(1)) is None:
        raise_item(kind, subject, **detail)


def raise_until_settled(kind: str, subject: str, **detail: Any) -> None:
    """The same for what may come back: one item that is open. Whoever raises it holds a lock that others of it wait for."""
    told = rows_of(AttentionItem).where(AttentionItem.kind == kind, AttentionItem.subject == subject)
    is_open = told.where(AttentionItem.detail == detail, AttentionItem.resolved_at.is_(None)).limit(1)
    if db.session.scalar(is_open) is None:
        raise_item(kind, subject, **detail)


def resolve(item: AttentionItem, resolution: str | None, now: datetime) -> None:
    """Settles an item. Raises AlreadyResolved."""
    if item.resolved_at:
        raise AlreadyResolved
    item.resolved_at, item.resolved_by, item.resolution = now, current_actor(), resolution
