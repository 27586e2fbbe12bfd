"""Shifts of registers, what is moved and counted in them, and the numbered reports that close them."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


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


def _user(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["users.id"], name=op.f(f"fk_{table}_{column}"), ondelete="RESTRICT")


def upgrade() -> None:
    op.create_table(
        "shifts",
        *_keys("shifts"),
        sa.Column("register_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("opening_float", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        *_stamps(),
        sa.CheckConstraint("status IN ('open', 'closed')", name=op.f("ck_shifts_status")),
        sa.CheckConstraint("opening_float >= 0", name=op.f("ck_shifts_float")),
        sa.CheckConstraint("number > 0", name=op.f("ck_shifts_number")),
        sa.CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_shifts_closed")),
        _parent("shifts", "register_id", "registers"),
        _parent("shifts", "location_id", "locations"),
        _user("shifts", "opened_by"),
        _user("shifts", "closed_by"),
        sa.UniqueConstraint("store_id", "register_id", "number", name=op.f("uq_shifts_store_id_register_id_number")),
    )
    op.create_index(
        "uq_shifts_open", "shifts", ["store_id", "register_id"], unique=True, postgresql_where=sa.text("status = 'open'")
    )
    op.create_index("ix_shifts_opened_at", "shifts", ["store_id", "opened_at"])
    op.create_table(
        "cash_movements",
        *_keys("cash_movements"),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        *_stamps(),
        sa.CheckConstraint("kind IN ('paid_in', 'paid_out', 'no_sale')", name=op.f("ck_cash_movements_kind")),
        sa.CheckConstraint(
            "(kind = 'no_sale') = (amount = 0) AND amount >= 0", name=op.f("ck_cash_movements_amount")
        ),
        _parent("cash_movements", "shift_id", "shifts"),
        _user("cash_movements", "user_id"),
    )
    op.create_index("ix_cash_movements_shift_id", "cash_movements", ["store_id", "shift_id"])
    op.create_table(
        "shift_counts",
        *_keys("shift_counts"),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("cash", sa.BigInteger(), nullable=False),
        sa.Column("card", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        *_stamps(),
        sa.CheckConstraint("cash >= 0 AND coalesce(card, 0) >= 0", name=op.f("ck_shift_counts_amounts")),
        _parent("shift_counts", "shift_id", "shifts"),
        _user("shift_counts", "user_id"),
    )
    op.create_index("ix_shift_counts_shift_id", "shift_counts", ["store_id", "shift_id"])
    op.create_table(
        "z_reports",
        *_keys("z_reports"),
        sa.Column("register_id", sa.Uuid(), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("previous_digest", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        *_stamps(),
        sa.CheckConstraint("kind IN ('z', 'addendum')", name=op.f("ck_z_reports_kind")),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_z_reports_sequence")),
        _parent("z_reports", "register_id", "registers"),
        _parent("z_reports", "shift_id", "shifts"),
        sa.UniqueConstraint(
            "store_id", "register_id", "sequence", name=op.f("uq_z_reports_store_id_register_id_sequence")
        ),
    )
    op.create_index(
        "uq_z_reports_shift", "z_reports", ["store_id", "shift_id"], unique=True, postgresql_where=sa.text("kind = 'z'")
    )
    op.create_index("ix_z_reports_shift_id", "z_reports", ["store_id", "shift_id"])
    op.create_table(
        "z_orders",
        *_keys("z_orders"),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("previous_id", sa.Uuid(), nullable=True),
        sa.Column("order_version", sa.BigInteger(), nullable=False),
        sa.Column("figures", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        *_stamps(),
        _parent("z_orders", "report_id", "z_reports"),
        _parent("z_orders", "order_id", "orders"),
        _parent("z_orders", "previous_id", "z_orders"),
        sa.UniqueConstraint("store_id", "previous_id", name=op.f("uq_z_orders_store_id_previous_id")),
        sa.UniqueConstraint("store_id", "report_id", "order_id", name=op.f("uq_z_orders_store_id_report_id_order_id")),
    )
    op.create_index(
        "uq_z_orders_first",
        "z_orders",
        ["store_id", "order_id"],
        unique=True,
        postgresql_where=sa.text("previous_id IS NULL"),
    )
    op.create_index("ix_z_orders_order_id", "z_orders", ["store_id", "order_id", "id"])
    op.create_table(
        "z_entries",
        *_keys("z_entries"),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("previous_id", sa.Uuid(), nullable=True),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("is_in_drawer", sa.Boolean(), nullable=False),
        sa.Column("is_own", sa.Boolean(), nullable=False),
        *_stamps(),
        sa.CheckConstraint("kind IN ('payment', 'refund', 'points')", name=op.f("ck_z_entries_kind")),
        _parent("z_entries", "report_id", "z_reports"),
        sa.CheckConstraint("count BETWEEN -1 AND 1", name=op.f("ck_z_entries_count")),
        _parent("z_entries", "order_id", "orders"),
        _parent("z_entries", "previous_id", "z_entries"),
        sa.UniqueConstraint("store_id", "previous_id", name=op.f("uq_z_entries_store_id_previous_id")),
        sa.UniqueConstraint("store_id", "report_id", "item_id", name=op.f("uq_z_entries_store_id_report_id_item_id")),
    )
    op.create_index(
        "uq_z_entries_first",
        "z_entries",
        ["store_id", "item_id"],
        unique=True,
        postgresql_where=sa.text("previous_id IS NULL"),
    )
    op.create_index("ix_z_entries_item_id", "z_entries", ["store_id", "item_id", "id"])
    # Which rows have changed since a register's last report. BRIN, since it leaves an UPDATE on its page (HOT) as it was.
    for table in ("orders", "payments", "refunds"):
        op.create_index(
            f"ix_{table}_updated_at",
            table,
            ["store_id", "updated_at"],
            postgresql_using="brin",
            postgresql_with={"pages_per_range": "32", "autosummarize": "on"},
        )


def downgrade() -> None:
    for table in ("refunds", "payments", "orders"):
        op.drop_index(f"ix_{table}_updated_at", table_name=table)
    for table in ("z_entries", "z_orders", "z_reports", "shift_counts", "cash_movements", "shifts"):
        op.drop_table(table)
