"""The kitchen: stations, how far the units of a line are, and what its screen needs to know."""

from alembic import op
import sqlalchemy as sa

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# What was said of open orders before: all of their units are as far as the order.
_AS_FAR = """
INSERT INTO portions (store_id, id, line_id, quantity, status, started_at, ready_at, served_at)
SELECT l.store_id, gen_random_uuid(), l.id, l.quantity,
       CASE o.fulfillment_status WHEN 'reserved' THEN 'making' WHEN 'prepared' THEN 'ready' ELSE 'served' END,
       CASE o.fulfillment_status WHEN 'reserved' THEN o.updated_at END,
       CASE o.fulfillment_status WHEN 'prepared' THEN o.updated_at END,
       CASE o.fulfillment_status WHEN 'completed' THEN o.updated_at END
  FROM orders o JOIN order_lines l ON l.store_id = o.store_id AND l.order_id = o.id
 WHERE o.status = 'open' AND o.fulfillment_status IN ('reserved', 'prepared', 'completed')
   AND l.needs_preparation AND l.voided_at IS NULL
"""


def upgrade() -> None:
    op.create_table(
        "stations",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("position BETWEEN 0 AND 1000", name=op.f("ck_stations_position")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_stations_store_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_stations")),
        sa.UniqueConstraint("store_id", "name", name=op.f("uq_stations_store_id_name")),
    )
    op.create_table(
        "portions",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("started_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ready_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("served_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status IN ('waiting', 'making', 'ready', 'served', 'dropped')", name=op.f("ck_portions_status")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_portions_quantity")),
        sa.CheckConstraint(
            "status <> 'waiting' OR num_nonnulls(started_at, ready_at, served_at) = 0",
            name=op.f("ck_portions_waiting"),
        ),
        sa.CheckConstraint(
            "status <> 'making' OR (started_at IS NOT NULL AND num_nonnulls(ready_at, served_at) = 0)",
            name=op.f("ck_portions_making"),
        ),
        sa.CheckConstraint(
            "status <> 'ready' OR (ready_at IS NOT NULL AND served_at IS NULL)", name=op.f("ck_portions_ready")
        ),
        sa.CheckConstraint("(status = 'served') = (served_at IS NOT NULL)", name=op.f("ck_portions_served")),
        sa.CheckConstraint(
            "started_at <= ready_at AND greatest(started_at, ready_at) <= served_at", name=op.f("ck_portions_times")
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "line_id"],
            ["order_lines.store_id", "order_lines.id"],
            name=op.f("fk_portions_store_id_line_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_portions_store_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_portions")),
    )
    op.create_index("ix_portions_line_id", "portions", ["store_id", "line_id"])
    _partial_index("ix_portions_unserved", "portions", "updated_at", "status IN ('waiting', 'making', 'ready')")
    _partial_index("ix_portions_served_at", "portions", "served_at", "status = 'served'")
    _partial_index("ix_portions_ready_at", "portions", "ready_at", "ready_at IS NOT NULL")
    _partial_index("ix_orders_canceled_at", "orders", "canceled_at", "canceled_at IS NOT NULL")
    _partial_index("ix_order_lines_voided_at", "order_lines", "voided_at", "voided_at IS NOT NULL")
    for table in ("categories", "products"):
        op.add_column(table, sa.Column("station_id", sa.Uuid(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_{table}_store_id_station_id"),
            table,
            "stations",
            ["store_id", "station_id"],
            ["store_id", "id"],
            ondelete="RESTRICT",
        )
    op.add_column(
        "stores", sa.Column("kitchen_sees_unpaid", sa.Boolean(), server_default=sa.text("true"), nullable=False)
    )
    for name, minutes in (("kitchen_slow_minutes", "5"), ("kitchen_late_minutes", "10")):
        op.add_column("stores", sa.Column(name, sa.BigInteger(), server_default=sa.text(minutes), nullable=False))
    op.create_check_constraint(
        op.f("ck_stores_kitchen_minutes"),
        "stores",
        "kitchen_slow_minutes >= 1 AND kitchen_slow_minutes < kitchen_late_minutes AND kitchen_late_minutes <= 240",
    )
    op.execute(_AS_FAR)


def _partial_index(name: str, table: str, column: str, where: str) -> None:
    op.create_index(name, table, ["store_id", column], postgresql_where=sa.text(where))


def downgrade() -> None:
    op.drop_constraint(op.f("ck_stores_kitchen_minutes"), "stores")
    for name in ("kitchen_late_minutes", "kitchen_slow_minutes", "kitchen_sees_unpaid"):
        op.drop_column("stores", name)
    for table in ("products", "categories"):
        op.drop_column(table, "station_id")
    op.drop_index("ix_order_lines_voided_at", table_name="order_lines")
    op.drop_index("ix_orders_canceled_at", table_name="orders")
    op.drop_table("portions")
    op.drop_table("stations")
