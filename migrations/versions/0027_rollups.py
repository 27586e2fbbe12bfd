"""Sums of the books by day for the reports, and how far they go."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_SOLD = ("orders", "gross", "discounts", "net", "charges", "tax", "tips", "total")
_BRIN = {"payments": "created_at", "point_entries": "occurred_at", "customers": "updated_at"}


def _uuid(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _day(name: str = "day") -> sa.Column:
    return sa.Column(name, sa.Date(), nullable=False)


def _counts(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _parent(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["store_id", column],
        [f"{parent}.store_id", f"{parent}.id"],
        name=op.f(f"fk_{table}_store_id_{column}"),
        ondelete="RESTRICT",
    )


def _user(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f(f"fk_{table}_user_id"), ondelete="RESTRICT")


def _grain(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(
        "store_id", *columns, name=op.f(f"uq_{table}_grain"), postgresql_nulls_not_distinct=True
    )


def _table(name: str, *parts: sa.schema.SchemaItem) -> None:
    stamps = [
        sa.Column(stamp, sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False)
        for stamp in ("created_at", "updated_at")
    ]
    columns = [part for part in parts if isinstance(part, sa.Column)]
    rules = [part for part in parts if not isinstance(part, sa.Column)]
    op.create_table(
        name,
        _uuid("store_id"),
        _uuid("id"),
        *columns,
        *stamps,
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f(f"pk_{name}")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f(f"fk_{name}_store_id"), ondelete="RESTRICT"),
        *rules,
    )


def upgrade() -> None:
    _table(
        "rollup_states",
        sa.Column("through", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("zones", postgresql.JSONB(), nullable=False),
        sa.UniqueConstraint("store_id", name=op.f("uq_rollup_states_store_id")),
    )
    _table(
        "sales_by_hour",
        _uuid("location_id"),
        _day(),
        *_counts("hour"),
        _text("source"),
        *_counts(*_SOLD),
        _grain("sales_by_hour", "day", "location_id", "hour", "source"),
        _parent("sales_by_hour", "location_id", "locations"),
    )
    _table(
        "sales_by_seller",
        _uuid("location_id"),
        _day(),
        _uuid("register_id", nullable=True),
        _uuid("user_id", nullable=True),
        *_counts(*_SOLD),
        _grain("sales_by_seller", "day", "location_id", "register_id", "user_id"),
        _parent("sales_by_seller", "location_id", "locations"),
        _parent("sales_by_seller", "register_id", "registers"),
        _user("sales_by_seller"),
    )
    _table(
        "goods_by_day",
        _uuid("location_id"),
        _day(),
        _uuid("product_id", nullable=True),
        _text("kind"),
        _text("sku", nullable=True),
        _text("name", nullable=True),
        _text("tax_class"),
        sa.Column("tax_rate", sa.Numeric(7, 6), nullable=False),
        *_counts("quantity", "gross", "discounts", "net", "tax"),
        _grain("goods_by_day", "day", "location_id", "product_id", "kind", "sku", "name", "tax_class", "tax_rate"),
        _parent("goods_by_day", "location_id", "locations"),
        _parent("goods_by_day", "product_id", "products"),
    )
    _table(
        "money_by_day",
        _uuid("location_id"),
        _day(),
        _uuid("register_id", nullable=True),
        _uuid("user_id", nullable=True),
        _text("method"),
        *_counts("payments", "paid", "refund_count", "refunds"),
        _grain("money_by_day", "day", "location_id", "register_id", "user_id", "method"),
        _parent("money_by_day", "location_id", "locations"),
        _parent("money_by_day", "register_id", "registers"),
        _user("money_by_day"),
    )
    _table(
        "discounts_by_day",
        _uuid("location_id"),
        _day(),
        _text("kind"),
        _text("name", nullable=True),
        *_counts("uses", "amount"),
        _grain("discounts_by_day", "day", "location_id", "kind", "name"),
        _parent("discounts_by_day", "location_id", "locations"),
    )
    _table("points_by_day", _day(), _text("type"), *_counts("entries", "points"), _grain("points_by_day", "day", "type"))
    _table(
        "visits_by_period",
        _text("period"),
        _day(),
        *_counts("active", "orders", "net"),
        _grain("visits_by_period", "period", "day"),
        sa.CheckConstraint("period IN ('day', 'week', 'month')", name=op.f("ck_visits_by_period_period")),
    )
    _table(
        "first_visits",
        _uuid("customer_id"),
        _day("month"),
        sa.UniqueConstraint("store_id", "customer_id", name=op.f("uq_first_visits_store_id_customer_id")),
        _parent("first_visits", "customer_id", "customers"),
    )
    _table(
        "cohorts_by_month",
        _day(),
        _day("cohort"),
        *_counts("customers", "orders", "net"),
        _grain("cohorts_by_month", "day", "cohort"),
    )
    op.create_index("ix_cohorts_by_month_cohort", "cohorts_by_month", ["store_id", "cohort"])
    for table, column in _BRIN.items():
        op.create_index(
            f"ix_{table}_{column}",
            table,
            ["store_id", column],
            postgresql_using="brin",
            postgresql_with={"pages_per_range": "32", "autosummarize": "on"},
        )


def downgrade() -> None:
    for table, column in _BRIN.items():
        op.drop_index(f"ix_{table}_{column}", table)
    for table in (
        "cohorts_by_month",
        "first_visits",
        "visits_by_period",
        "points_by_day",
        "discounts_by_day",
        "money_by_day",
        "goods_by_day",
        "sales_by_seller",
        "sales_by_hour",
        "rollup_states",
    ):
        op.drop_table(table)
