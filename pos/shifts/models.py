"""What is kept of shifts, and of the reports that close them. Amounts in minor units of the store's currency."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from pos.db import Edited, StoreRow, check, index, one_of, parent, unique

STATUSES = ("open", "closed")
MOVEMENTS = ("paid_in", "paid_out", "no_sale")
REPORT_KINDS = ("z", "addendum")
ENTRY_KINDS = ("payment", "refund", "points")


class Shift(Edited, StoreRow):
    """One stretch of one register's drawer, from the counted float to the count at its end. The schema sees to it that a register
    has one open at most; `number` counts a register's shifts."""

    __tablename__ = "shifts"
    __table_args__ = (
        parent("registers", "register_id"),
        parent("locations", "location_id"),
        unique("register_id", "number"),
        Index("uq_shifts_open", "store_id", "register_id", unique=True, postgresql_where=text("status = 'open'")),
        index("ix_shifts_opened_at", "opened_at"),
        one_of("status", STATUSES),
        check("float", "opening_float >= 0"),
        check("number", "number > 0"),
        check("closed", "(status = 'closed') = (closed_at IS NOT NULL)"),
    )

    register_id: Mapped[UUID]
    location_id: Mapped[UUID]
    number: Mapped[int]
    status: Mapped[str]
    opening_float: Mapped[int]
    opened_at: Mapped[datetime]
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))


class CashMovement(StoreRow):
    """Cash that came into a drawer or left it without a sale, or a drawer that was opened for neither; never changed."""

    __tablename__ = "cash_movements"
    __table_args__ = (
        parent("shifts", "shift_id"),
        index("ix_cash_movements_shift_id", "shift_id"),
        one_of("kind", MOVEMENTS),
        check("amount", "(kind = 'no_sale') = (amount = 0) AND amount >= 0"),
    )
    privileges: ClassVar[tuple[str, ...]] = ("INSERT",)

    shift_id: Mapped[UUID]
    kind: Mapped[str]
    amount: Mapped[int]
    reason: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))


class ShiftCount(StoreRow):
    """What somebody counted, as they counted it: a second count is a second row. `card` is the sum of the terminal's own report; None
    if nobody looked."""

    __tablename__ = "shift_counts"
    __table_args__ = (
        parent("shifts", "shift_id"),
        index("ix_shift_counts_shift_id", "shift_id"),
        check("amounts", "cash >= 0 AND coalesce(card, 0) >= 0"),
    )
    privileges: ClassVar[tuple[str, ...]] = ("INSERT",)

    shift_id: Mapped[UUID]
    cash: Mapped[int]
    card: Mapped[int | None]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))


class ZReport(StoreRow):
    """The report that closed a shift, or an addendum to it, as it was made: `body` is JSON, and `digest` covers it together with the
    digest of the report before it at that register (chain.py). `sequence` counts a register's reports, `number` is the shift's."""

    __tablename__ = "z_reports"
    __table_args__ = (
        parent("registers", "register_id"),
        parent("shifts", "shift_id"),
        unique("register_id", "sequence"),
        Index("uq_z_reports_shift", "store_id", "shift_id", unique=True, postgresql_where=text("kind = 'z'")),
        index("ix_z_reports_shift_id", "shift_id"),
        one_of("kind", REPORT_KINDS),
        check("sequence", "sequence > 0"),
    )
    privileges: ClassVar[tuple[str, ...]] = ("INSERT",)

    register_id: Mapped[UUID]
    shift_id: Mapped[UUID]
    kind: Mapped[str]
    number: Mapped[int]
    sequence: Mapped[int]
    body: Mapped[str]
    previous_digest: Mapped[str]
    digest: Mapped[str]


class ZOrder(StoreRow):
    """An order as a report found it: `figures` (figures.py) at its `version`. What the report counts of it is the difference to what
    the report before had found, `previous_id`."""

    __tablename__ = "z_orders"
    __table_args__ = (
        parent("z_reports", "report_id"),
        parent("orders", "order_id"),
        parent("z_orders", "previous_id"),
        unique("previous_id"),
        unique("report_id", "order_id"),
        # An order is found for the first time once.
        Index("uq_z_orders_first", "store_id", "order_id", unique=True, postgresql_where=text("previous_id IS NULL")),
        index("ix_z_orders_order_id", "order_id", "id"),
    )
    privileges: ClassVar[tuple[str, ...]] = ("INSERT",)

    report_id: Mapped[UUID]
    order_id: Mapped[UUID]
    previous_id: Mapped[UUID | None]
    order_version: Mapped[int]
    figures: Mapped[dict[str, Any]]


class ZEntry(StoreRow):
    """A payment, a refund or an entry of points that a report counts: all of it once, and later what it comes to more or less than was
    counted (`previous_id`), as for a refund that a bank refuses after days; `count` is 1, 0 or −1. `method` is that of the money, or the type
    of the points. `is_in_drawer`: cash that this shift's drawer took or gave; `is_own`: of an order that this register sold."""

    __tablename__ = "z_entries"
    __table_args__ = (
        parent("z_reports", "report_id"),
        parent("orders", "order_id"),
        parent("z_entries", "previous_id"),
        unique("previous_id"),
        unique("report_id", "item_id"),
        # A thing is counted for the first time once.
        Index("uq_z_entries_first", "store_id", "item_id", unique=True, postgresql_where=text("previous_id IS NULL")),
        index("ix_z_entries_item_id", "item_id", "id"),
        one_of("kind", ENTRY_KINDS),
        check("count", "count BETWEEN -1 AND 1"),
    )
    privileges: ClassVar[tuple[str, ...]] = ("INSERT",)

    report_id: Mapped[UUID]
    order_id: Mapped[UUID]
    kind: Mapped[str]
    item_id: Mapped[UUID]
    previous_id: Mapped[UUID | None]
    method: Mapped[str]
    count: Mapped[int]
    amount: Mapped[int]
    is_in_drawer: Mapped[bool]
    is_own: Mapped[bool]
