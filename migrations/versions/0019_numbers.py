"""Numbers that are not somebody's any more: who had them, since when, and who proved afterwards to be who they are."""

from alembic import op
import sqlalchemy as sa

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KNOWN_BY = "phone IS NOT NULL OR origin IN ('import', 'woocommerce', 'walk_in') OR merged_into_id IS NOT NULL OR erased_at IS NOT NULL"


def upgrade() -> None:
    op.add_column("customers", sa.Column("phone_lost_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("customers", sa.Column("confirmed_at", sa.TIMESTAMP(timezone=True), nullable=True))
    _known_by(f"{KNOWN_BY} OR phone_lost_at IS NOT NULL")
    op.create_table(
        "released_numbers",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("phone_hash", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("claimed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "reason IN ('not_this_person', 'silent', 'changed')", name=op.f("ck_released_numbers_reason")
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "customer_id"],
            ["customers.store_id", "customers.id"],
            name=op.f("fk_released_numbers_store_id_customer_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_released_numbers_store_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_released_numbers")),
    )
    op.create_index("ix_released_numbers_phone_hash", "released_numbers", ["store_id", "phone_hash", "id"])
    op.create_index("ix_released_numbers_customer_id", "released_numbers", ["store_id", "customer_id"])


def _known_by(rule: str) -> None:
    op.execute("-- squawk-ignore ban-drop-constraint\nALTER TABLE customers DROP CONSTRAINT ck_customers_known_by")
    op.create_check_constraint(op.f("ck_customers_known_by"), "customers", rule)


def downgrade() -> None:
    op.drop_table("released_numbers")
    # Whoever lost their number has none to go back to: as if they had come from elsewhere without one.
    op.execute("UPDATE customers SET origin = 'import' WHERE phone_lost_at IS NOT NULL AND phone IS NULL")
    _known_by(KNOWN_BY)
    op.drop_column("customers", "confirmed_at")
    op.drop_column("customers", "phone_lost_at")
