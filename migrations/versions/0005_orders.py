"""Orders and their lines."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "orders",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("public_token", sa.Text(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("payment_status", sa.Text(), nullable=False),
        sa.Column("fulfillment_status", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("tax_included", sa.Boolean(), nullable=False),
        sa.Column("subtotal", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("tip", sa.BigInteger(), nullable=False),
        sa.Column("shipping", sa.BigInteger(), nullable=False),
        sa.Column("fees", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("amount_paid", sa.BigInteger(), nullable=False),
        sa.Column("amount_refunded", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("placed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("completed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("canceled_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(status = 'canceled') = (canceled_at IS NOT NULL)", name=op.f("ck_orders_canceled")),
        sa.CheckConstraint("(status = 'completed') = (completed_at IS NOT NULL)", name=op.f("ck_orders_completed")),
        sa.CheckConstraint(
            "fulfillment_status IN ('proposed', 'reserved', 'prepared', 'completed', 'canceled')",
            name=op.f("ck_orders_fulfillment_status"),
        ),
        sa.CheckConstraint("kind IN ('food', 'merch', 'mixed')", name=op.f("ck_orders_kind")),
        sa.CheckConstraint(
            "payment_status IN ('unpaid', 'partially_paid', 'paid', 'overpaid', 'partially_refunded', 'refunded')",
            name=op.f("ck_orders_payment_status"),
        ),
        sa.CheckConstraint(
            "source IN ('tablet', 'web', 'sms', 'woocommerce', 'import')", name=op.f("ck_orders_source")
        ),
        sa.CheckConstraint("status IN ('open', 'completed', 'canceled')", name=op.f("ck_orders_status")),
        sa.CheckConstraint("amount_refunded <= amount_paid", name=op.f("ck_orders_refunded")),
        sa.CheckConstraint("discount <= subtotal", name=op.f("ck_orders_discount")),
        sa.CheckConstraint(
            "least(subtotal, discount, tax, tip, shipping, fees, total, amount_paid, amount_refunded) >= 0",
            name=op.f("ck_orders_amounts"),
        ),
        sa.CheckConstraint(
            "total = subtotal - discount + CASE WHEN tax_included THEN 0 ELSE tax END + tip + shipping + fees",
            name=op.f("ck_orders_total"),
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "customer_id"],
            ["customers.store_id", "customers.id"],
            name=op.f("fk_orders_store_id_customer_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "location_id"],
            ["locations.store_id", "locations.id"],
            name=op.f("fk_orders_store_id_location_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "register_id"],
            ["registers.store_id", "registers.id"],
            name=op.f("fk_orders_store_id_register_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_orders_store_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_orders_user_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_orders")),
        sa.UniqueConstraint("store_id", "public_token", name=op.f("uq_orders_store_id_public_token")),
        sa.UniqueConstraint("store_id", "reference", name=op.f("uq_orders_store_id_reference")),
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index("ix_orders_customer_id", "orders", ["store_id", "customer_id", "placed_at"], unique=False)
    op.create_index("ix_orders_placed_at", "orders", ["store_id", "placed_at"], unique=False)
    op.create_table(
        "order_lines",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("modifiers", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("subtotal", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("tax_class", sa.Text(), nullable=False),
        sa.Column("tax_rate", sa.Numeric(precision=7, scale=6), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("needs_preparation", sa.Boolean(), nullable=False),
        sa.Column("takes_stock", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('food', 'merch')", name=op.f("ck_order_lines_kind")),
        sa.CheckConstraint(
            "least(unit_price, subtotal, discount, total, tax) >= 0", name=op.f("ck_order_lines_amounts")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_lines_quantity")),
        sa.CheckConstraint("subtotal = quantity * unit_price", name=op.f("ck_order_lines_subtotal")),
        sa.CheckConstraint("total = subtotal - discount", name=op.f("ck_order_lines_total")),
        sa.ForeignKeyConstraint(
            ["store_id", "order_id"],
            ["orders.store_id", "orders.id"],
            name=op.f("fk_order_lines_store_id_order_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "product_id"],
            ["products.store_id", "products.id"],
            name=op.f("fk_order_lines_store_id_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_order_lines_store_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_order_lines")),
        sa.UniqueConstraint("store_id", "order_id", "position", name=op.f("uq_order_lines_store_id_order_id_position")),
    )
    op.create_index("ix_order_lines_product_id", "order_lines", ["store_id", "product_id"], unique=False)


def downgrade() -> None:
    op.drop_table("order_lines")
    op.drop_table("orders")
