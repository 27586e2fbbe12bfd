"""Payment links, what Stripe tells, refunds and disputes there, and the store's account."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

REFUND_SOURCES = ("counter", "stripe", "cancellation", "overpayment", "dispute")
KINDS = (
    "price_drift", "clock_skew", "unknown_item", "stock_below_zero", "unapproved_discount", "coupon_drift", "total_drift",
    "tender_drift", "consent_refused", "late_payment", "double_payment", "payment_mismatch", "refund_failed", "dispute",
    "link_failed", "link_expired",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "provider_events",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("object_id", sa.Text(), nullable=True),
        sa.Column("payment_intent", sa.Text(), nullable=True),
        sa.Column("payload", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("occurred_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("provider IN ('stripe')", name=op.f("ck_provider_events_provider")),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_provider_events_store_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_provider_events")),
        sa.UniqueConstraint(
            "store_id", "provider", "event_id", name=op.f("uq_provider_events_store_id_provider_event_id")
        ),
    )
    op.create_index(
        "ix_provider_events_payment_intent", "provider_events", ["store_id", "payment_intent"], unique=False
    )
    op.create_table(
        "payment_links",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("tip", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("request_key", sa.Text(), nullable=False),
        sa.Column("request", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("provider_url", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("declined_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("is_open", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("cancels_order", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status <> 'active' OR (provider_id IS NOT NULL AND provider_url IS NOT NULL)",
            name=op.f("ck_payment_links_active"),
        ),
        sa.CheckConstraint(
            "status IN ('creating', 'active', 'completed', 'expired', 'canceled', 'failed')",
            name=op.f("ck_payment_links_status"),
        ),
        sa.CheckConstraint("amount > tip AND tip >= 0", name=op.f("ck_payment_links_amount")),
        sa.ForeignKeyConstraint(
            ["store_id", "order_id"],
            ["orders.store_id", "orders.id"],
            name=op.f("fk_payment_links_store_id_order_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_payment_links_store_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_payment_links")),
        sa.UniqueConstraint("store_id", "order_id", "attempt", name=op.f("uq_payment_links_store_id_order_id_attempt")),
        sa.UniqueConstraint("store_id", "provider_id", name=op.f("uq_payment_links_store_id_provider_id")),
    )
    op.create_index(
        "ix_payment_links_work",
        "payment_links",
        ["store_id", "expires_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('creating', 'active') OR is_open"),
    )
    op.create_index(
        "uq_payment_links_live",
        "payment_links",
        ["store_id", "order_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('creating', 'active')"),
    )
    op.create_table(
        "provider_event_outcomes",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('applied', 'repeated', 'noted', 'refused', 'foreign')",
            name=op.f("ck_provider_event_outcomes_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "event_id"],
            ["provider_events.store_id", "provider_events.id"],
            name=op.f("fk_provider_event_outcomes_store_id_event_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "order_id"],
            ["orders.store_id", "orders.id"],
            name=op.f("fk_provider_event_outcomes_store_id_order_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_provider_event_outcomes_store_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_provider_event_outcomes")),
        sa.UniqueConstraint("store_id", "event_id", name=op.f("uq_provider_event_outcomes_store_id_event_id")),
    )
    op.create_index(
        "ix_provider_event_outcomes_order_id",
        "provider_event_outcomes",
        ["store_id", "order_id"],
        unique=False,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_table(
        "disputes",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("status IN ('open', 'won', 'lost')", name=op.f("ck_disputes_status")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_disputes_amount")),
        sa.ForeignKeyConstraint(
            ["store_id", "order_id"],
            ["orders.store_id", "orders.id"],
            name=op.f("fk_disputes_store_id_order_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "payment_id"],
            ["payments.store_id", "payments.id"],
            name=op.f("fk_disputes_store_id_payment_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_disputes_store_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_disputes")),
        sa.UniqueConstraint("store_id", "provider_id", name=op.f("uq_disputes_store_id_provider_id")),
    )
    op.create_index("ix_disputes_order_id", "disputes", ["store_id", "order_id"], unique=False)
    op.create_index("ix_disputes_payment_id", "disputes", ["store_id", "payment_id"], unique=False)
    op.add_column("payments", sa.Column("link_id", sa.Uuid(), nullable=True))
    op.add_column("payments", sa.Column("provider_id", sa.Text(), nullable=True))
    op.add_column("payments", sa.Column("account", sa.Text(), nullable=True))
    op.create_index(
        "ix_payments_link_id",
        "payments",
        ["store_id", "link_id"],
        unique=False,
        postgresql_where=sa.text("link_id IS NOT NULL"),
    )
    op.create_unique_constraint(op.f("uq_payments_store_id_provider_id"), "payments", ["store_id", "provider_id"])
    op.create_foreign_key(
        op.f("fk_payments_store_id_link_id"),
        "payments",
        "payment_links",
        ["store_id", "link_id"],
        ["store_id", "id"],
        ondelete="RESTRICT",
    )
    op.add_column("refunds", sa.Column("request_key", sa.Text(), nullable=True))
    op.add_column("refunds", sa.Column("sent_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("refunds", sa.Column("provider_id", sa.Text(), nullable=True))
    op.add_column("refunds", sa.Column("failure", sa.Text(), nullable=True))
    op.create_index(
        "ix_refunds_pending",
        "refunds",
        ["store_id", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "uq_refunds_overpayment",
        "refunds",
        ["store_id", "payment_id"],
        unique=True,
        postgresql_where=sa.text("source = 'overpayment'"),
    )
    op.create_unique_constraint(op.f("uq_refunds_store_id_provider_id"), "refunds", ["store_id", "provider_id"])
    op.add_column("stores", sa.Column("stripe_account", sa.Text(), nullable=True))
    op.add_column(
        "stores", sa.Column("payment_link_hours", sa.BigInteger(), server_default=sa.text("24"), nullable=False)
    )
    op.add_column(
        "stores", sa.Column("cancels_unpaid_orders", sa.Boolean(), server_default=sa.text("true"), nullable=False)
    )
    op.create_unique_constraint(op.f("uq_stores_stripe_account"), "stores", ["stripe_account"])
    _check("payments", "provider", "(method = 'stripe') = (provider_id IS NOT NULL)")
    _check("stores", "payment_link_hours", "payment_link_hours BETWEEN 1 AND 720")
    _replace("refunds", "source", REFUND_SOURCES)
    _replace("attention_items", "kind", KINDS)


def _check(table: str, name: str, condition: str) -> None:
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def _replace(table: str, column: str, choices: tuple[str, ...]) -> None:
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {table} DROP CONSTRAINT ck_{table}_{column}")
    listed = ", ".join(f"'{choice}'" for choice in choices)
    _check(table, column, f"{column} IN ({listed})")


def downgrade() -> None:
    _replace("attention_items", "kind", KINDS[:9])
    _replace("refunds", "source", REFUND_SOURCES[:3])
    op.drop_constraint(op.f("ck_stores_payment_link_hours"), "stores", type_="check")
    op.drop_constraint(op.f("ck_payments_provider"), "payments", type_="check")
    op.drop_constraint(op.f("uq_stores_stripe_account"), "stores", type_="unique")
    op.drop_column("stores", "cancels_unpaid_orders")
    op.drop_column("stores", "payment_link_hours")
    op.drop_column("stores", "stripe_account")
    op.drop_constraint(op.f("uq_refunds_store_id_provider_id"), "refunds", type_="unique")
    op.drop_index("uq_refunds_overpayment", table_name="refunds", postgresql_where=sa.text("source = 'overpayment'"))
    op.drop_index("ix_refunds_pending", table_name="refunds", postgresql_where=sa.text("status = 'pending'"))
    op.drop_column("refunds", "failure")
    op.drop_column("refunds", "provider_id")
    op.drop_column("refunds", "sent_at")
    op.drop_column("refunds", "request_key")
    op.drop_constraint(op.f("fk_payments_store_id_link_id"), "payments", type_="foreignkey")
    op.drop_constraint(op.f("uq_payments_store_id_provider_id"), "payments", type_="unique")
    op.drop_index("ix_payments_link_id", table_name="payments", postgresql_where=sa.text("link_id IS NOT NULL"))
    op.drop_column("payments", "account")
    op.drop_column("payments", "provider_id")
    op.drop_column("payments", "link_id")
    op.drop_index("ix_disputes_payment_id", table_name="disputes")
    op.drop_index("ix_disputes_order_id", table_name="disputes")
    op.drop_table("disputes")
    op.drop_index(
        "ix_provider_event_outcomes_order_id",
        table_name="provider_event_outcomes",
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.drop_table("provider_event_outcomes")
    op.drop_index(
        "uq_payment_links_live",
        table_name="payment_links",
        postgresql_where=sa.text("status IN ('creating', 'active')"),
    )
    op.drop_index(
        "ix_payment_links_work",
        table_name="payment_links",
        postgresql_where=sa.text("status IN ('creating', 'active') OR is_open"),
    )
    op.drop_table("payment_links")
    op.drop_index("ix_provider_events_payment_intent", table_name="provider_events")
    op.drop_table("provider_events")
