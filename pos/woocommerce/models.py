"""What is kept of a store's web shop: how it is reached, how far it was read, and what of it could not be taken in.

What came from there is kept where the rest of its kind is, beside the number that the shop knows it by (products.wc_product_id,
orders.wc_order_id, …).
"""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from pos.audit_log import personal
from pos.catalog.models import KINDS
from pos.db import Edited, StoreRow, check, index, one_of, parent, unique

# What is read, in this order: each refers to those before it.
RESOURCES = ("categories", "products", "coupons", "customers", "orders")
# full: all there is; incremental: what has changed since; drift: the orders of the last months compared, row by row.
SYNC_TYPES = ("full", "incremental", "drift", *RESOURCES)
# Those of more than one kind; one kind alone is read for somebody, who sees what came of it.
WHOLE = ("full", "incremental", "drift")
STATUSES = ("running", "completed", "failed")


class WebShop(Edited, StoreRow):
    """The one web shop of a store. Keys are sealed, and only ever sent to the host for which they were entered.

    `cursors` tell for each resource from when on changes are asked for, by the shop's own clock; of accounts, up to which number they are
    known. Web orders stand at `location_id`; a product that is new here is of `product_kind`. `prices_include_tax` is how the shop tells
    the prices of its products, as far as its orders say so.
    """

    __tablename__ = "web_shops"
    __table_args__ = (unique(), parent("locations", "location_id"), one_of("product_kind", KINDS))
    audited: ClassVar[bool] = True
    privileges: ClassVar[tuple[str, ...]] = ("INSERT", "UPDATE", "DELETE")

    url: Mapped[str]
    consumer_key_encrypted: Mapped[str] = mapped_column(info=personal())
    consumer_secret_encrypted: Mapped[str] = mapped_column(info=personal())
    webhook_secret_encrypted: Mapped[str | None] = mapped_column(info=personal())
    key_ending: Mapped[str]
    location_id: Mapped[UUID]
    product_kind: Mapped[str]
    wc_version: Mapped[str | None]
    prices_include_tax: Mapped[bool | None]
    connected_at: Mapped[datetime]
    last_sync_at: Mapped[datetime | None]
    cursors: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict)


class SyncLog(StoreRow):
    """One run of the sync. `progress` tells how far it is, so that whoever goes on after a crash begins there; `runner` who is at
    it, until `lease_until` unless they report again. `report` is what was found and done."""

    __tablename__ = "sync_logs"
    __table_args__ = (
        one_of("sync_type", SYNC_TYPES),
        one_of("status", STATUSES),
        check("completed", "(status = 'running') = (completed_at IS NULL)"),
        check("counts", "least(records_synced, records_changed, retry_count) >= 0"),
        Index("uq_sync_logs_running", "store_id", unique=True, postgresql_where=text("status = 'running'")),
    )

    sync_type: Mapped[str]
    status: Mapped[str]
    is_repairing: Mapped[bool] = mapped_column(server_default=text("true"), default=True)
    records_synced: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    records_changed: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    started_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    error_message: Mapped[str | None]
    retry_count: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    next_retry_at: Mapped[datetime | None]
    progress: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict)
    report: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict)
    runner: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]


class WebCustomer(StoreRow):
    """Whom an account of the web shop belongs to. Several accounts may be one person."""

    __tablename__ = "web_customers"
    __table_args__ = (
        unique("wc_customer_id"),
        parent("customers", "customer_id"),
        index("ix_web_customers_customer_id", "customer_id"),
    )
    privileges: ClassVar[tuple[str, ...]] = ("INSERT", "UPDATE", "DELETE")

    wc_customer_id: Mapped[int]
    customer_id: Mapped[UUID]


class SyncProblem(StoreRow):
    """Something of the web shop that could not be taken in, or was with a remark: figures and numbers only, nothing personal.

    It is settled when a later run takes it in without the remark."""

    __tablename__ = "sync_problems"
    __table_args__ = (
        unique("kind", "wc_id", "reason"),
        one_of("kind", RESOURCES),
        index("ix_sync_problems_open", "id", postgresql_where=text("resolved_at IS NULL")),
    )

    kind: Mapped[str]
    wc_id: Mapped[int]
    reason: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict)
    is_left_out: Mapped[bool]
    resolved_at: Mapped[datetime | None]
