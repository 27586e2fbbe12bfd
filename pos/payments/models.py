"""What is kept of payments and refunds. Amounts in minor units of the order's currency."""

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from pos.db import StoreRow, check, index, one_of, parent

METHODS = ("cash", "card", "stripe", "external")
COUNTER_METHODS = ("cash", "card")
STATUSES = ("pending", "succeeded", "failed", "canceled")
REFUND_SOURCES = ("counter", "stripe", "cancellation")


class Payment(StoreRow):
    """Money that came in for an order, tip included; `tendered` is the cash that was handed over."""

    __tablename__ = "payments"
    __table_args__ = (
        parent("orders", "order_id"),
        parent("registers", "register_id"),
        index("ix_payments_order_id", "order_id"),
        one_of("method", METHODS),
        one_of("status", STATUSES),
        check("amount", "amount > 0"),
        check("tendered", "tendered >= amount AND method = 'cash' OR tendered IS NULL"),
    )

    order_id: Mapped[UUID]
    method: Mapped[str]
    amount: Mapped[int]
    tendered: Mapped[int | None]
    status: Mapped[str]
    register_id: Mapped[UUID | None]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))


class Refund(StoreRow):
    """Money that went back out of one payment. `request_id` joins the refunds that were asked for in one go; it is the
    id of the first of them."""

    __tablename__ = "refunds"
    __table_args__ = (
        parent("payments", "payment_id"),
        parent("orders", "order_id"),
        parent("registers", "register_id"),
        index("ix_refunds_order_id", "order_id"),
        index("ix_refunds_payment_id", "payment_id"),
        parent("refunds", "request_id"),
        one_of("status", STATUSES),
        one_of("source", REFUND_SOURCES),
        check("amount", "amount > 0"),
    )

    request_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    order_id: Mapped[UUID]
    amount: Mapped[int]
    status: Mapped[str]
    source: Mapped[str]
    reason: Mapped[str | None]
    register_id: Mapped[UUID | None]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))


class RefundLine(StoreRow):
    """What a refund gave back for goods: a quantity of one line, with its tax."""

    __tablename__ = "refund_lines"
    __table_args__ = (
        parent("refunds", "refund_id"),
        parent("order_lines", "line_id"),
        index("ix_refund_lines_refund_id", "refund_id"),
        index("ix_refund_lines_line_id", "line_id"),
        check("quantity", "quantity > 0"),
        check("amount", "amount >= 0"),
    )

    refund_id: Mapped[UUID]
    line_id: Mapped[UUID]
    quantity: Mapped[int]
    amount: Mapped[int]
    is_restocked: Mapped[bool]
