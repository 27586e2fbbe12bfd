"""What may change about the connection to a web shop, and about runs: connected, changed, parted from; begun, gone on with, ended."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from pos import ids
from pos.attention.actions import AlreadyResolved
from pos.customers.actions import vault
from pos.db import db, find, rows_of
from pos.errors import Conflict, NotFound
from pos.statements import Statement
from pos.stores.models import Location
from pos.stores.queries import first_location
from pos.woocommerce.gateway import Access
from pos.woocommerce.models import WHOLE, SyncLog, SyncProblem, WebShop

# Whoever is at a run reports at least this often; it is longer while they wait for a shop that asked to be left alone.
LEASE = timedelta(seconds=30)
_ENDING = 4


class NotConnected(NotFound):
    title = "No web shop"
    advice = "This store has no web shop. Connect one with PUT /sync/woocommerce."


class SyncIsRunning(Conflict):
    title = "A sync is running"
    advice = "A sync of this shop is at work since {since:%H:%M} UTC. Wait for its end; GET /sync/logs shows how far it is. If its process was killed, the worker goes on with it within minutes, or `flask sync woocommerce --take-over` at once."


def shop(*, lock: bool = False) -> WebShop:
    """The store's web shop. Raises NotConnected."""
    asked = rows_of(WebShop)
    found = db.session.scalar(asked.with_for_update(key_share=True) if lock else asked)
    if found is None:
        raise NotConnected
    return found


def access(row: WebShop) -> Access:
    """How the shop is asked, with its keys opened."""
    opened = (vault().decrypt(getattr(row, f"{name}_encrypted"), context=_context(row, name)) for name in _KEYS)
    return Access(row.url, *opened)


_HAS_ORDERS = Statement("SELECT 1 FROM orders WHERE store_id = :store AND wc_order_id IS NOT NULL LIMIT 1")
_FORGET = (
    Statement("DELETE FROM web_customers WHERE store_id = :store"),
    Statement("""
        UPDATE products SET wc_product_id = NULL, wc_parent_id = NULL, wc_stock_quantity = NULL, version = version + 1, updated_at = now()
         WHERE store_id = :store AND wc_product_id IS NOT NULL
    """),
    *(
        Statement(f"""
        UPDATE {table} SET {column} = NULL, version = version + 1, updated_at = now() WHERE store_id = :store AND {column} IS NOT NULL
        """)
        for table, column in (("categories", "wc_category_id"), ("coupons", "wc_coupon_id"))
    ),
)
_KEYS = ("consumer_key", "consumer_secret")


def _context(row: WebShop, name: str) -> str:
    return f"web_shops.{name}:{row.id}"


def is_same_host(url: str, other: str) -> bool:
    """Whether keys that were entered for one address may be sent to the other."""
    return urlsplit(url)[:2] == urlsplit(other)[:2]


def connect(
    told: Access, facts: Mapping[str, Any], now: datetime, *, location_id: UUID | None, product_kind: str | None
) -> WebShop:
    """Keeps a connection that was tried, with what the shop says of itself. One to another address begins anew; else what failed before is
    tried again at once. Raises SyncIsRunning for another address while a run reads the one before, NotFound for a location of nobody's."""
    row = db.session.scalar(rows_of(WebShop).with_for_update(key_share=True))
    if row is not None and row.url != told.url:
        require_idle()
    if row is None or row.url != told.url:
        _forget_numbers()
    if row is None:
        row = WebShop(id=ids.uuid7(), location_id=first_location().id, product_kind="merch", cursors={})
        db.session.add(row)
    if row.url != told.url:
        row.url, row.connected_at, row.cursors, row.last_sync_at = told.url, now, {}, None
    for name, value in zip(_KEYS, (told.key, told.secret), strict=True):
        setattr(row, f"{name}_encrypted", vault().encrypt(value, context=_context(row, name)))
    row.key_ending = told.key[-_ENDING:]
    for name, value in facts.items():
        setattr(row, name, value)
    row.product_kind = product_kind or row.product_kind
    row.location_id = find(Location, location_id).id if location_id else row.location_id
    failed = latest_whole()
    if failed is not None and is_gone_on_with(failed, row):
        failed.next_retry_at = now
    db.session.flush()
    return row


def _forget_numbers() -> None:
    """Before any order came, nothing tells whether another address is the same shop: what its numbers stood for is found anew, by SKU,
    name, code, phone and e-mail. With orders it is (connecting.py)."""
    if _HAS_ORDERS.first():
        return
    for statement in _FORGET:
        statement.run()


def part(row: WebShop) -> None:
    """Forgets the connection with its keys; what came from the shop stays. Raises SyncIsRunning."""
    require_idle()
    db.session.delete(row)
    db.session.flush()


def renew_webhook_secret(row: WebShop) -> str:
    """A new secret by which the shop signs its webhooks."""
    secret = secrets.token_urlsafe(32)
    row.webhook_secret_encrypted = vault().encrypt(secret, context=_context(row, "webhook_secret"))
    return secret


def webhook_secret(row: WebShop) -> str | None:
    sealed = row.webhook_secret_encrypted
    return vault().decrypt(sealed, context=_context(row, "webhook_secret")) if sealed else None


def resolve(problem: SyncProblem, now: datetime) -> None:
    """Settles a problem. Raises AlreadyResolved."""
    if problem.resolved_at:
        raise AlreadyResolved
    problem.resolved_at = now
    db.session.flush()


# --- runs -------------------------------------------------------------------------------------------------


def running(*, lock: bool = False) -> SyncLog | None:
    """The run that is at work."""
    asked = rows_of(SyncLog).where(SyncLog.status == "running")
    found: SyncLog | None = db.session.scalar(asked.with_for_update() if lock else asked)
    return found


def latest(sync_type: str | None = None) -> SyncLog | None:
    """The run that was begun last, of all or of one kind."""
    asked = rows_of(SyncLog).where(SyncLog.sync_type == sync_type) if sync_type else rows_of(SyncLog)
    found: SyncLog | None = db.session.scalar(asked.order_by(SyncLog.id.desc()).limit(1))
    return found


def latest_whole() -> SyncLog | None:
    """The run of those that the clock begins, and of full ones, that was begun last; not one that only looked, and did."""
    asked = rows_of(SyncLog).where(SyncLog.sync_type.in_(WHOLE), SyncLog.is_repairing | (SyncLog.status != "completed"))
    found: SyncLog | None = db.session.scalar(asked.order_by(SyncLog.id.desc()).limit(1))
    return found


def is_gone_on_with(log: SyncLog, shop_row: WebShop) -> bool:
    """Whether a run may be gone on with: it failed, and read the shop that is connected now."""
    return log.status == "failed" and log.started_at >= shop_row.connected_at


def require_idle() -> None:
    """Raises SyncIsRunning."""
    found = running()
    if found is not None:
        raise SyncIsRunning(since=found.started_at)


def begin(sync_type: str, now: datetime, *, is_repairing: bool = True, after: SyncLog | None = None) -> SyncLog:
    """A run that somebody is about to do; the shop's row is locked, so that of two who begin one is refused. `after` a run that failed
    it goes on where that was. Raises NotConnected, SyncIsRunning."""
    shop(lock=True)
    require_idle()
    log = SyncLog(id=ids.uuid7(), sync_type=sync_type, status="running", is_repairing=is_repairing, started_at=now)
    log.lease_until = now + LEASE
    if after is not None:
        log.progress, log.report, log.retry_count = after.progress, after.report, after.retry_count + 1
        log.records_synced, log.records_changed = after.records_synced, after.records_changed
        after.next_retry_at = None
    db.session.add(log)
    db.session.flush()
    return log


def take_up(log_id: UUID, runner: UUID, now: datetime) -> SyncLog | None:
    """Makes this the runner of a run that is not at its end; whoever was it before is stopped at the next page. None if it has ended."""
    log = db.session.scalar(rows_of(SyncLog).where(SyncLog.id == log_id).with_for_update())
    if log is None or log.status != "running":
        return None
    log.runner, log.lease_until = runner, now + LEASE
    db.session.flush()
    return log


def still(log_id: UUID, runner: UUID, now: datetime) -> SyncLog | None:
    """The run, locked until the commit and kept for a while longer; None if somebody else is at it, or it has ended."""
    log = find(SyncLog, log_id, lock=True)
    if log.status != "running" or log.runner != runner:
        return None
    log.lease_until = now + LEASE
    return log


def break_off(log_id: UUID, now: datetime) -> None:
    """Ends a run that somebody breaks off, if it is at work; it can be gone on with at once."""
    log = find(SyncLog, log_id, lock=True)
    if log.status == "running":
        end(log, now, error="It was broken off.", retry_at=now)


def end(log: SyncLog, now: datetime, *, error: str | None = None, retry_at: datetime | None = None) -> None:
    """Ends a run. One that failed says why, and when it is tried again."""
    log.status = "failed" if error else "completed"
    log.completed_at, log.error_message, log.next_retry_at = now, error, retry_at
    log.runner = log.lease_until = None


def carry_on_from(shop_row: WebShop, began: dict[str, Any], now: datetime) -> None:
    """From here on changes are asked for."""
    shop_row.cursors = {**shop_row.cursors, **began}
    shop_row.last_sync_at = now
