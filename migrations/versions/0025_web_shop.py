"""The web shop of a store: how it is reached and read, and what it calls what came from there."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

REFUND_SOURCES = "'counter', 'stripe', 'cancellation', 'overpayment', 'dispute'"
ATTENTION = (
    "'price_drift', 'clock_skew', 'unknown_item', 'stock_below_zero', 'unapproved_discount', 'coupon_drift', 'total_drift', "
    "'tender_drift', 'consent_refused', 'late_payment', 'double_payment', 'payment_mismatch', 'refund_failed', 'dispute', "
    "'link_failed', 'link_expired', 'sms_alarm', 'sms_budget', 'sms_unclear', 'shared_phone', 'unusable_phone', "
    "'unknown_user', 'refused_sale'"
)
NUMBERED = {
    "categories": "wc_category_id",
    "products": "wc_product_id",
    "coupons": "wc_coupon_id",
    "orders": "wc_order_id",
    "refunds": "wc_refund_id",
}
CHECKS = {
    "web_order": "(source = 'woocommerce') = (wc_order_id IS NOT NULL)",
    "charges": "tax_in_charges >= 0 AND tax_in_charges <= shipping + fees",
}


def _keys(table: str) -> list:
    return [
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f(f"fk_{table}_store_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f(f"pk_{table}")),
    ]


def _stamps() -> list:
    return [
        sa.Column(name, sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False)
        for name in ("created_at", "updated_at")
    ]


def _parent(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["store_id", column],
        [f"{parent}.store_id", f"{parent}.id"],
        name=op.f(f"fk_{table}_store_id_{column}"),
        ondelete="RESTRICT",
    )


def _at(name: str, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.TIMESTAMP(timezone=True), nullable=nullable)


def _count(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)


def _json(name: str) -> sa.Column:
    return sa.Column(name, postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False)


def _replace(table: str, column: str, choices: str) -> None:
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {table} DROP CONSTRAINT ck_{table}_{column}")
    op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, f"{column} IN ({choices})")


def upgrade() -> None:
    for table, column in NUMBERED.items():
        op.add_column(table, sa.Column(column, sa.BigInteger(), nullable=True))
        op.create_index(
            f"uq_{table}_{column}", table, ["store_id", column], unique=True, postgresql_where=sa.text(f"{column} IS NOT NULL")
        )
    op.add_column("products", sa.Column("wc_stock_quantity", sa.BigInteger(), nullable=True))
    op.add_column("products", sa.Column("wc_parent_id", sa.BigInteger(), nullable=True))
    for table in ("categories", "products"):
        op.add_column(table, sa.Column("is_of_web_shop", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("payments", sa.Column("external_id", sa.Text(), nullable=True))
    op.create_index(
        "ix_payments_external_id",
        "payments",
        ["store_id", "external_id"],
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.add_column("orders", _at("source_modified_at"))
    op.add_column("orders", _count("tax_in_charges"))
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_orders_{name}"), "orders", condition)
    _replace("refunds", "source", f"{REFUND_SOURCES}, 'woocommerce'")
    _replace("attention_items", "kind", f"{ATTENTION}, 'web_shop'")
    op.create_table(
        "web_shops",
        *_keys("web_shops"),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("consumer_key_encrypted", sa.Text(), nullable=False),
        sa.Column("consumer_secret_encrypted", sa.Text(), nullable=False),
        sa.Column("webhook_secret_encrypted", sa.Text(), nullable=True),
        sa.Column("key_ending", sa.Text(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("product_kind", sa.Text(), nullable=False),
        sa.Column("wc_version", sa.Text(), nullable=True),
        sa.Column("prices_include_tax", sa.Boolean(), nullable=True),
        _at("connected_at", nullable=False),
        _at("last_sync_at"),
        _json("cursors"),
        sa.Column("version", sa.BigInteger(), nullable=False),
        *_stamps(),
        sa.CheckConstraint("product_kind IN ('food', 'merch')", name=op.f("ck_web_shops_product_kind")),
        _parent("web_shops", "location_id", "locations"),
        sa.UniqueConstraint("store_id", name=op.f("uq_web_shops_store_id")),
    )
    op.create_table(
        "sync_logs",
        *_keys("sync_logs"),
        sa.Column("sync_type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("is_repairing", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        _count("records_synced"),
        _count("records_changed"),
        _at("started_at", nullable=False),
        _at("completed_at"),
        sa.Column("error_message", sa.Text(), nullable=True),
        _count("retry_count"),
        _at("next_retry_at"),
        _json("progress"),
        _json("report"),
        sa.Column("runner", sa.Uuid(), nullable=True),
        _at("lease_until"),
        *_stamps(),
        sa.CheckConstraint(
            "sync_type IN ('full', 'incremental', 'drift', 'categories', 'products', 'coupons', 'customers', 'orders')",
            name=op.f("ck_sync_logs_sync_type"),
        ),
        sa.CheckConstraint("status IN ('running', 'completed', 'failed')", name=op.f("ck_sync_logs_status")),
        sa.CheckConstraint("(status = 'running') = (completed_at IS NULL)", name=op.f("ck_sync_logs_completed")),
        sa.CheckConstraint(
            "least(records_synced, records_changed, retry_count) >= 0", name=op.f("ck_sync_logs_counts")
        ),
    )
    op.create_index(
        "uq_sync_logs_running", "sync_logs", ["store_id"], unique=True, postgresql_where=sa.text("status = 'running'")
    )
    op.create_table(
        "web_customers",
        *_keys("web_customers"),
        sa.Column("wc_customer_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        *_stamps(),
        _parent("web_customers", "customer_id", "customers"),
        sa.UniqueConstraint("store_id", "wc_customer_id", name=op.f("uq_web_customers_store_id_wc_customer_id")),
    )
    op.create_index("ix_web_customers_customer_id", "web_customers", ["store_id", "customer_id"])
    op.create_table(
        "sync_problems",
        *_keys("sync_problems"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("wc_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _json("detail"),
        sa.Column("is_left_out", sa.Boolean(), nullable=False),
        _at("resolved_at"),
        *_stamps(),
        sa.CheckConstraint(
            "kind IN ('categories', 'products', 'coupons', 'customers', 'orders')", name=op.f("ck_sync_problems_kind")
        ),
        sa.UniqueConstraint("store_id", "kind", "wc_id", "reason", name=op.f("uq_sync_problems_store_id_kind_wc_id_reason")),
    )
    op.create_index(
        "ix_sync_problems_open", "sync_problems", ["store_id", "id"], postgresql_where=sa.text("resolved_at IS NULL")
    )


def downgrade() -> None:
    for table in ("sync_problems", "web_customers", "sync_logs", "web_shops"):
        op.drop_table(table)
    op.execute("UPDATE refunds SET source = 'counter' WHERE source = 'woocommerce'")
    _replace("refunds", "source", REFUND_SOURCES)
    op.execute("DELETE FROM attention_items WHERE kind = 'web_shop'")
    _replace("attention_items", "kind", ATTENTION)
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_orders_{name}"), "orders", type_="check")
    op.drop_index("ix_payments_external_id", "payments")
    op.drop_column("payments", "external_id")
    op.drop_column("orders", "tax_in_charges")
    op.drop_column("orders", "source_modified_at")
    for table in ("categories", "products"):
        op.drop_column(table, "is_of_web_shop")
    op.drop_column("products", "wc_parent_id")
    op.drop_column("products", "wc_stock_quantity")
    for table, column in NUMBERED.items():
        op.drop_index(f"uq_{table}_{column}", table)
        op.drop_column(table, column)
