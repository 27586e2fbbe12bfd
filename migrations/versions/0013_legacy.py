"""Older systems: what their rows became, their moves, their readers; a number that is recorded, but finds nobody."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KINDS = (
    "price_drift", "clock_skew", "unknown_item", "stock_below_zero", "unapproved_discount", "coupon_drift", "total_drift",
    "tender_drift", "consent_refused", "late_payment", "double_payment", "payment_mismatch", "refund_failed", "dispute",
    "link_failed", "link_expired", "sms_alarm", "sms_budget", "sms_unclear",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "legacy_readers",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("role_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_legacy_readers_store_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_legacy_readers")),
        sa.UniqueConstraint("store_id", "role_name", name=op.f("uq_legacy_readers_store_id_role_name")),
    )
    op.create_table(
        "unifications",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "figures",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("unified_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("rolled_back_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("finished_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state IN ('carrying', 'unified', 'rolled_back', 'finished')", name=op.f("ck_unifications_state")
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_unifications_store_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_unifications")),
    )
    op.create_table(
        "source_ids",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("unification_id", sa.Uuid(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("is_main", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("raw", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(kind = 'order') = (order_id IS NOT NULL)", name=op.f("ck_source_ids_order")),
        sa.CheckConstraint(
            "(kind = 'product') = (product_id IS NOT NULL AND customer_id IS NULL)", name=op.f("ck_source_ids_product")
        ),
        sa.CheckConstraint(
            "kind IN ('customer', 'user', 'profile', 'session', 'order', 'product')", name=op.f("ck_source_ids_kind")
        ),
        sa.CheckConstraint(
            "rule IN ('new', 'user_link', 'phone', 'email', 'shared_phone', 'carried_back')",
            name=op.f("ck_source_ids_rule"),
        ),
        sa.CheckConstraint("source IN ('customer_info', 'legacy')", name=op.f("ck_source_ids_source")),
        sa.ForeignKeyConstraint(
            ["store_id", "customer_id"],
            ["customers.store_id", "customers.id"],
            name=op.f("fk_source_ids_store_id_customer_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "order_id"],
            ["orders.store_id", "orders.id"],
            name=op.f("fk_source_ids_store_id_order_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "product_id"],
            ["products.store_id", "products.id"],
            name=op.f("fk_source_ids_store_id_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "unification_id"],
            ["unifications.store_id", "unifications.id"],
            name=op.f("fk_source_ids_store_id_unification_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_source_ids_store_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_source_ids")),
        sa.UniqueConstraint(
            "store_id", "source", "kind", "external_id", name=op.f("uq_source_ids_store_id_source_kind_external_id")
        ),
    )
    op.create_index(
        "ix_source_ids_customer_id",
        "source_ids",
        ["store_id", "customer_id"],
        unique=False,
        postgresql_where=sa.text("customer_id IS NOT NULL"),
    )
    op.create_index(
        "ix_source_ids_number",
        "source_ids",
        ["store_id", "number"],
        unique=False,
        postgresql_where=sa.text("number IS NOT NULL"),
    )
    op.create_index(
        "ix_source_ids_order_id",
        "source_ids",
        ["store_id", "order_id"],
        unique=False,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.add_column("profiles", sa.Column("phone_recorded", sa.Text(), nullable=True))
    op.create_index(
        "ix_profiles_phone_recorded",
        "profiles",
        ["store_id", "phone_recorded"],
        unique=False,
        postgresql_where=sa.text("phone_recorded IS NOT NULL"),
    )
    _replace("attention_items", "kind", (*KINDS, "shared_phone", "unusable_phone"))


def _replace(table: str, column: str, values: tuple[str, ...]) -> None:
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {table} DROP CONSTRAINT ck_{table}_{column}")
    listed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, f"{column} IN ({listed})")


def downgrade() -> None:
    op.execute("DELETE FROM attention_items WHERE kind IN ('shared_phone', 'unusable_phone')")
    _replace("attention_items", "kind", KINDS)
    op.drop_index(
        "ix_profiles_phone_recorded", table_name="profiles", postgresql_where=sa.text("phone_recorded IS NOT NULL")
    )
    op.drop_column("profiles", "phone_recorded")
    op.drop_index("ix_source_ids_order_id", table_name="source_ids", postgresql_where=sa.text("order_id IS NOT NULL"))
    op.drop_index("ix_source_ids_number", table_name="source_ids", postgresql_where=sa.text("number IS NOT NULL"))
    op.drop_index(
        "ix_source_ids_customer_id", table_name="source_ids", postgresql_where=sa.text("customer_id IS NOT NULL")
    )
    op.drop_table("source_ids")
    op.drop_table("unifications")
    op.drop_table("legacy_readers")
