"""What is kept of payments and refunds. Amounts in minor units of the order's currency."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from pos.db import StoreRow, check, index, of_web_shop, one_of, parent, unique
from pos.payments.lifecycle import LINK_STATUSES, STATUSES

METHODS = ("cash", "card", "stripe", "external")
COUNTER_METHODS = ("cash", "card")
# overpayment: the system gives back money that nobody owed; stripe: somebody refunds at Stripe; dispute: the bank took it;
# woocommerce: the web shop gave it back.
REFUND_SOURCES = ("counter", "stripe", "cancellation", "overpayment", "dispute", "woocommerce")
DISPUTE_STATUSES = ("open", "won", "lost")
PROVIDERS = ("stripe",)
# applied: it changed the books; repeated: they said so already; noted: nothing to change; refused: a person must look;
# foreign: it was about nothing of ours.
EVENT_OUTCOMES = ("applied", "repeated", "noted", "refused", "foreign")
LIVE_LINK = text("status IN ('creating', 'active')")


class PaymentLink(StoreRow):
    """The Stripe page of one order for one amount: what was due, and the tip that the guest adds.

    It is committed before Stripe is called; `request_key` is the key of that call, and `request` what was sent with it: Stripe
    takes a key again only with the same request. An order has one live link at most; another
    amount needs another attempt. `account` is the connected account in which it was made. `is_open` says that somebody may
    still pay at Stripe, also when the link has ended here, or if Stripe's answer was lost: closing it there is work for later.
    `cancels_order`: the counter asked for it, so the order that waits for nothing else goes with it when it expires.
    """

    __tablename__ = "payment_links"
    __table_args__ = (
        unique("order_id", "attempt"),
        unique("provider_id"),
        parent("orders", "order_id"),
        Index("uq_payment_links_live", "store_id", "order_id", unique=True, postgresql_where=LIVE_LINK),
        index(
            "ix_payment_links_work", "expires_at", postgresql_where=text("status IN ('creating', 'active') OR is_open")
        ),
        one_of("status", LINK_STATUSES),
        check("amount", "amount > tip AND tip >= 0"),
        check("active", "status <> 'active' OR (provider_id IS NOT NULL AND provider_url IS NOT NULL)"),
    )

    order_id: Mapped[UUID]
    attempt: Mapped[int]
    amount: Mapped[int]
    tip: Mapped[int]
    currency: Mapped[str]
    status: Mapped[str]
    account: Mapped[str | None]
    request_key: Mapped[str]
    request: Mapped[dict[str, Any] | None]
    provider_id: Mapped[str | None]
    provider_url: Mapped[str | None]
    failure: Mapped[str | None]
    declined_count: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    is_open: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    cancels_order: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    expires_at: Mapped[datetime]


class Payment(StoreRow):
    """Money that came in for an order, tip included; `tendered` is the cash that was handed over.

    Of Stripe: `provider_id` is the payment intent, `account` the connected account that holds the money. Of the web shop: `external_id`
    is the way of paying and the transaction that the shop named.
    """

    __tablename__ = "payments"
    __table_args__ = (
        parent("orders", "order_id"),
        parent("registers", "register_id"),
        parent("payment_links", "link_id"),
        unique("provider_id"),
        index("ix_payments_order_id", "order_id"),
        # The money of a day, also of days long ago. Rows are written in the order of time, so a BRIN index tells pages apart.
        index(
            "ix_payments_created_at",
            "created_at",
            postgresql_using="brin",
            postgresql_with={"pages_per_range": "32", "autosummarize": "on"},
        ),
        index(
            "ix_payments_updated_at",
            "updated_at",
            postgresql_using="brin",
            postgresql_with={"pages_per_range": "32", "autosummarize": "on"},
        ),
        index("ix_payments_link_id", "link_id", postgresql_where=text("link_id IS NOT NULL")),
        index("ix_payments_external_id", "external_id", postgresql_where=text("external_id IS NOT NULL")),
        one_of("method", METHODS),
        one_of("status", STATUSES),
        check("amount", "amount > 0"),
        check("tendered", "tendered >= amount AND method = 'cash' OR tendered IS NULL"),
        check("provider", "(method = 'stripe') = (provider_id IS NOT NULL)"),
    )

    order_id: Mapped[UUID]
    method: Mapped[str]
    amount: Mapped[int]
    tendered: Mapped[int | None]
    status: Mapped[str]
    link_id: Mapped[UUID | None]
    provider_id: Mapped[str | None]
    account: Mapped[str | None]
    external_id: Mapped[str | None]
    register_id: Mapped[UUID | None]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))


class Refund(StoreRow):
    """Money that goes back out of one payment. `request_id` joins the refunds that were asked for in one go; it is the
    id of the first of them.

    Of Stripe: it is committed before Stripe is called, with `request_key` as the key of that call; `provider_id` is what Stripe
    calls it. One of source `stripe` without it stands for money of which we only know that it went back.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        parent("payments", "payment_id"),
        parent("orders", "order_id"),
        parent("registers", "register_id"),
        index("ix_refunds_order_id", "order_id"),
        index("ix_refunds_payment_id", "payment_id"),
        parent("refunds", "request_id"),
        unique("provider_id"),
        # What nobody owed goes back once, whoever finds it out how often.
        Index(
            "uq_refunds_overpayment",
            "store_id",
            "payment_id",
            unique=True,
            postgresql_where=text("source = 'overpayment'"),
        ),
        of_web_shop("refunds", "wc_refund_id"),
        index("ix_refunds_created_at", "created_at"),
        index(
            "ix_refunds_updated_at",
            "updated_at",
            postgresql_using="brin",
            postgresql_with={"pages_per_range": "32", "autosummarize": "on"},
        ),
        index("ix_refunds_pending", "id", postgresql_where=text("status = 'pending'")),
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
    request_key: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    provider_id: Mapped[str | None]
    failure: Mapped[str | None]
    register_id: Mapped[UUID | None]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    wc_refund_id: Mapped[int | None]


class RefundLine(StoreRow):
    """What a refund gave back for goods: a quantity of one line, with its tax. `of_quantity` is how many the line had then (None:
    it was not kept yet): what was taken off it since is told from what went back."""

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
    of_quantity: Mapped[int | None]
    amount: Mapped[int]
    is_restocked: Mapped[bool]


class Dispute(StoreRow):
    """A payment that the customer's bank questions. A lost one takes the money: then a refund of source `dispute` says so."""

    __tablename__ = "disputes"
    __table_args__ = (
        parent("payments", "payment_id"),
        parent("orders", "order_id"),
        unique("provider_id"),
        index("ix_disputes_order_id", "order_id"),
        index("ix_disputes_payment_id", "payment_id"),
        one_of("status", DISPUTE_STATUSES),
        check("amount", "amount > 0"),
    )

    payment_id: Mapped[UUID]
    order_id: Mapped[UUID]
    provider_id: Mapped[str]
    amount: Mapped[int]
    status: Mapped[str]
    reason: Mapped[str | None]


class ProviderEvent(StoreRow):
    """An event as the provider told it, without what it says of the payer. It is never changed; one without an outcome waits
    for the payment that it is about."""

    __tablename__ = "provider_events"
    __table_args__ = (
        unique("provider", "event_id"),
        index("ix_provider_events_payment_intent", "payment_intent"),
        one_of("provider", PROVIDERS),
    )
    privileges: ClassVar[tuple[str, ...]] = ("INSERT",)

    provider: Mapped[str]
    event_id: Mapped[str]
    type: Mapped[str]
    account: Mapped[str | None]
    object_id: Mapped[str | None]
    payment_intent: Mapped[str | None]
    payload: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime]


class ProviderEventOutcome(StoreRow):
    """What came of an event: one row, in the transaction that did it."""

    __tablename__ = "provider_event_outcomes"
    __table_args__ = (
        unique("event_id"),
        parent("provider_events", "event_id"),
        parent("orders", "order_id"),
        index("ix_provider_event_outcomes_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        one_of("outcome", EVENT_OUTCOMES),
    )
    privileges: ClassVar[tuple[str, ...]] = ("INSERT",)

    event_id: Mapped[UUID]
    outcome: Mapped[str]
    order_id: Mapped[UUID | None]
