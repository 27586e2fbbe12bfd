"""What of the runs waits for a person: one attention item for each cause, as long as it is open."""

from datetime import datetime

from pos.attention.actions import raise_item, resolve
from pos.attention.models import AttentionItem
from pos.db import db, rows_of
from pos.woocommerce.models import SyncLog, WebShop

FAILED, REPAIRED = "failed", "repaired"
# Tried so often the shop has been away for five hours.
_PATIENCE = 6
_KIND = "web_shop"


def after_failed(shop: WebShop, log: SyncLog, *, may_pass: bool) -> None:
    """Of a run that failed for what will hardly pass by itself, or too often; in the transaction in which it ended."""
    if not may_pass or log.retry_count >= _PATIENCE:
        _raise(FAILED, shop, log, reason=log.error_message)


def after_completed(shop: WebShop, log: SyncLog, now: datetime) -> None:
    """A run that is through, and did not only look, settles what was said of one that was not. A comparison that found something to mend is worth a look: what was
    missed once may be missed again."""
    missed = _open(FAILED, shop)
    if missed is not None and log.is_repairing:
        resolve(missed, "A later sync went through.", now)
    if log.sync_type == "drift" and log.is_repairing and log.records_changed:
        _raise(REPAIRED, shop, log, changed=log.records_changed)


def _raise(cause: str, shop: WebShop, log: SyncLog, **detail: object) -> None:
    if _open(cause, shop) is None:
        raise_item(_KIND, _subject(shop), cause=cause, sync_type=log.sync_type, log_id=str(log.id), **detail)


def _open(cause: str, shop: WebShop) -> AttentionItem | None:
    asked = rows_of(AttentionItem).where(AttentionItem.kind == _KIND, AttentionItem.subject == _subject(shop))
    asked = asked.where(AttentionItem.detail["cause"].astext == cause, AttentionItem.resolved_at.is_(None))
    found: AttentionItem | None = db.session.scalar(asked.limit(1))
    return found


def _subject(shop: WebShop) -> str:
    return f"web_shops:{shop.id}"
