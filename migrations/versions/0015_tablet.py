"""What a tablet needs: open orders found at once, sales that were refused, a seller whom nobody knows."""

from alembic import op
import sqlalchemy as sa

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KINDS = (
    "price_drift", "clock_skew", "unknown_item", "stock_below_zero", "unapproved_discount", "coupon_drift", "total_drift",
    "tender_drift", "consent_refused", "late_payment", "double_payment", "payment_mismatch", "refund_failed", "dispute",
    "link_failed", "link_expired", "sms_alarm", "sms_budget", "sms_unclear", "shared_phone", "unusable_phone",
)  # fmt: skip


def upgrade() -> None:
    op.create_index("ix_orders_open", "orders", ["store_id", "id"], postgresql_where=sa.text("status = 'open'"))
    _replace("attention_items", "kind", (*KINDS, "unknown_user", "refused_sale"))
    op.create_index(
        "uq_attention_items_refused_sale",
        "attention_items",
        ["store_id", "subject"],
        unique=True,
        postgresql_where=sa.text("kind = 'refused_sale' AND resolved_at IS NULL"),
    )


def _replace(table: str, column: str, values: tuple[str, ...]) -> None:
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {table} DROP CONSTRAINT ck_{table}_{column}")
    listed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, f"{column} IN ({listed})")


def downgrade() -> None:
    op.execute("DELETE FROM attention_items WHERE kind IN ('unknown_user', 'refused_sale')")
    op.drop_index(
        "uq_attention_items_refused_sale",
        table_name="attention_items",
        postgresql_where=sa.text("kind = 'refused_sale' AND resolved_at IS NULL"),
    )
    _replace("attention_items", "kind", KINDS)
    op.drop_index("ix_orders_open", table_name="orders", postgresql_where=sa.text("status = 'open'"))
