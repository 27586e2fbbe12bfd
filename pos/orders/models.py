"""What is kept of orders and their lines. Prices, names and tax are frozen at the sale."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from pos import ids
from pos.catalog.models import KINDS
from pos.db import Edited, StoreRow, check, index, of_web_shop, one_of, parent, unique
from pos.orders.lifecycle import FULFILLMENT_STATUSES, PAYMENT_STATUSES, STATUSES, amount_due

SOURCES = ("tablet", "web", "sms", "woocommerce", "import")
ORDER_KINDS = (*KINDS, "mixed")
# As they are applied: what a person gives first, then what a code gives on the rest, then what points pay of what is left.
DISCOUNT_KINDS = ("comp", "manual", "coupon", "reward")
BY_HAND = ("comp", "manual")


class Order(Edited, StoreRow):
    """One sale. Amounts are in minor units; the CHECKs say how they hang together.

    Two clocks: `placed_at` is the tablet's, `received_at` ours. `paid_at` is when it was first paid in full; a refund leaves
    it, a larger bill takes it away.

    `wc_order_id` is the number of an order that came from the web shop, as it was there at `source_modified_at`. `tax_in_charges` is the
    tax that shipping and fees include.
    """

    __tablename__ = "orders"
    __table_args__ = (
        unique("reference"),
        unique("public_token"),
        parent("locations", "location_id"),
        parent("registers", "register_id"),
        parent("customers", "customer_id"),
        parent("members", "member_id"),
        parent("orders", "merged_into_id"),
        parent("orders", "split_from_id"),
        index("ix_orders_customer_id", "customer_id", "placed_at"),
        index("ix_orders_placed_at", "placed_at"),
        # What changed since a register's last report. BRIN leaves an UPDATE on its page (HOT) as it was.
        index(
            "ix_orders_updated_at",
            "updated_at",
            postgresql_using="brin",
            postgresql_with={"pages_per_range": "32", "autosummarize": "on"},
        ),
        # Tablets ask for these every few seconds; they are few among all.
        index("ix_orders_open", "id", postgresql_where=text("status = 'open'")),
        of_web_shop("orders", "wc_order_id"),
        index("ix_orders_canceled_at", "canceled_at", postgresql_where=text("canceled_at IS NOT NULL")),
        one_of("source", SOURCES),
        one_of("kind", ORDER_KINDS),
        one_of("status", STATUSES),
        one_of("payment_status", PAYMENT_STATUSES),
        one_of("fulfillment_status", FULFILLMENT_STATUSES),
        check(
            "total", "total = subtotal - discount + CASE WHEN tax_included THEN 0 ELSE tax END + tip + shipping + fees"
        ),
        check(
            "amounts", "least(subtotal, discount, tax, tip, shipping, fees, total, amount_paid, amount_refunded) >= 0"
        ),
        check("discount", "discount <= subtotal"),
        check("refunded", "amount_refunded <= amount_paid"),
        check("canceled", "(status = 'canceled') = (canceled_at IS NOT NULL)"),
        check("web_order", "(source = 'woocommerce') = (wc_order_id IS NOT NULL)"),
        check("charges", "tax_in_charges >= 0 AND tax_in_charges <= shipping + fees"),
        check("merged", "merged_into_id IS NULL OR status = 'canceled'"),
        check("completed", "(status = 'completed') = (completed_at IS NOT NULL)"),
        {"postgresql_with": {"fillfactor": "85"}},
    )

    reference: Mapped[str]
    public_token: Mapped[str] = mapped_column(default=ids.public_token)
    location_id: Mapped[UUID]
    register_id: Mapped[UUID | None]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    customer_id: Mapped[UUID]
    member_id: Mapped[UUID | None]
    source: Mapped[str]
    kind: Mapped[str]
    status: Mapped[str]
    payment_status: Mapped[str]
    fulfillment_status: Mapped[str]
    currency: Mapped[str]
    tax_included: Mapped[bool]
    subtotal: Mapped[int]
    discount: Mapped[int]
    tax: Mapped[int]
    tip: Mapped[int]
    shipping: Mapped[int]
    fees: Mapped[int]
    tax_in_charges: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    total: Mapped[int]
    amount_paid: Mapped[int]
    amount_refunded: Mapped[int]
    note: Mapped[str | None]
    tab_name: Mapped[str | None]
    is_offline: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    catalog_version: Mapped[str | None]
    merged_into_id: Mapped[UUID | None]
    split_from_id: Mapped[UUID | None]
    cancel_reason: Mapped[str | None]
    placed_at: Mapped[datetime]
    received_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    canceled_at: Mapped[datetime | None]
    wc_order_id: Mapped[int | None]
    source_modified_at: Mapped[datetime | None]

    @property
    def amount_due(self) -> int:
        return amount_due(status=self.status, total=self.total, paid=self.amount_paid, refunded=self.amount_refunded)


class OrderLine(StoreRow):
    """One product of an order, as it was sold: `unit_price` with modifiers, `total` before tax is added.

    A voided line stays, and counts nowhere. `price_rule` names the rule that made the price; `list_price` is what the
    catalogue asked for when a tablet without network sold at another price. `product_id` is None for goods that
    the catalogue did not know.
    """

    __tablename__ = "order_lines"
    __table_args__ = (
        unique("order_id", "position"),
        parent("orders", "order_id"),
        parent("products", "product_id"),
        index("ix_order_lines_product_id", "product_id"),
        index("ix_order_lines_voided_at", "voided_at", postgresql_where=text("voided_at IS NOT NULL")),
        one_of("kind", KINDS),
        check("quantity", "quantity > 0"),
        check("subtotal", "subtotal = quantity * unit_price"),
        check("total", "total = subtotal - discount"),
        check("voided", "(voided_at IS NULL) = (void_reason IS NULL)"),
        check("amounts", "least(unit_price, subtotal, discount, total, tax) >= 0"),
    )

    order_id: Mapped[UUID]
    position: Mapped[int]
    product_id: Mapped[UUID | None]
    kind: Mapped[str]
    name: Mapped[str]
    sku: Mapped[str]
    quantity: Mapped[int]
    unit_price: Mapped[int]
    list_price: Mapped[int | None]
    price_rule: Mapped[str | None]
    modifiers: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"), default=list)
    subtotal: Mapped[int]
    discount: Mapped[int]
    total: Mapped[int]
    tax_class: Mapped[str]
    tax_rate: Mapped[Decimal] = mapped_column(Numeric(7, 6))
    tax: Mapped[int]
    needs_preparation: Mapped[bool]
    takes_stock: Mapped[bool]
    note: Mapped[str | None]
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str | None]


class OrderDiscount(StoreRow):
    """Something taken off an order, or off one of its lines: as it was granted, and what it comes to (`off`).

    `percent` is whole percent, `amount` minor units; a comp is 100 percent. One that was replaced stays, and counts nowhere.
    """

    __tablename__ = "order_discounts"
    __table_args__ = (
        parent("orders", "order_id"),
        parent("order_lines", "line_id"),
        parent("order_coupons", "coupon_use_id"),
        parent("redemptions", "redemption_id"),
        index("ix_order_discounts_order_id", "order_id"),
        index("ix_order_discounts_coupon_use_id", "coupon_use_id", postgresql_where=text("coupon_use_id IS NOT NULL")),
        index("ix_order_discounts_redemption_id", "redemption_id", postgresql_where=text("redemption_id IS NOT NULL")),
        one_of("kind", DISCOUNT_KINDS),
        check("granted", "(percent IS NULL) <> (amount IS NULL)"),
        check("percent", "percent BETWEEN 1 AND 100"),
        check("amounts", "coalesce(amount, 0) >= 0 AND off >= 0"),
        check("coupon", "(kind = 'coupon') = (coupon_use_id IS NOT NULL)"),
        check("reward", "(kind = 'reward') = (redemption_id IS NOT NULL)"),
    )

    order_id: Mapped[UUID]
    line_id: Mapped[UUID | None]
    kind: Mapped[str]
    name: Mapped[str]
    percent: Mapped[int | None]
    amount: Mapped[int | None]
    off: Mapped[int]
    coupon_use_id: Mapped[UUID | None]
    redemption_id: Mapped[UUID | None]
    reason: Mapped[str | None]
    authorised_by: Mapped[str | None]
    replaced_at: Mapped[datetime | None]


class OrderCoupon(StoreRow):
    """One use of a coupon, taken by an order; given back when no order that counts has anything from it any more."""

    __tablename__ = "order_coupons"
    __table_args__ = (
        parent("orders", "order_id"),
        parent("coupons", "coupon_id"),
        index("ix_order_coupons_order_id", "order_id"),
        index("ix_order_coupons_coupon_id", "coupon_id"),
    )

    order_id: Mapped[UUID]
    coupon_id: Mapped[UUID]
    returned_at: Mapped[datetime | None]
