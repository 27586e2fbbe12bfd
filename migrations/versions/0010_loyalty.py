"""TapPass: members, their points in lots and entries, rewards, redemptions, and the programme."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

DISCOUNT_KINDS = ("comp", "manual", "coupon")


def upgrade() -> None:
    op.create_table(
        "programs",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("rules", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_programs_version")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_programs_store_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_programs")),
        sa.UniqueConstraint("store_id", "version", name=op.f("uq_programs_store_id_version")),
    )
    op.create_table(
        "rewards",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("discount_type", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(discount_type = 'product') = (product_id IS NOT NULL) AND (amount IS NULL) = (product_id IS NOT NULL)",
            name=op.f("ck_rewards_one_kind"),
        ),
        sa.CheckConstraint(
            "amount BETWEEN 1 AND CASE discount_type WHEN 'percent' THEN 100 ELSE 1000000000000 END",
            name=op.f("ck_rewards_amount"),
        ),
        sa.CheckConstraint("discount_type IN ('amount', 'percent', 'product')", name=op.f("ck_rewards_discount_type")),
        sa.CheckConstraint("points BETWEEN 1 AND 1000000000", name=op.f("ck_rewards_points")),
        sa.ForeignKeyConstraint(
            ["store_id", "product_id"],
            ["products.store_id", "products.id"],
            name=op.f("fk_rewards_store_id_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_rewards_store_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_rewards")),
        sa.UniqueConstraint("store_id", "name", name=op.f("uq_rewards_store_id_name")),
    )
    op.create_table(
        "members",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("tappass_id", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("level_floor", sa.Text(), nullable=True),
        sa.Column("floor_until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("balance", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("debt", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("lifetime_points", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("level_points", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("level_from", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("joined_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "source IN ('register', 'office', 'api', 'web', 'sms', 'import')", name=op.f("ck_members_source")
        ),
        sa.CheckConstraint("debt >= 0", name=op.f("ck_members_debt")),
        sa.CheckConstraint("merged_into_id <> id", name=op.f("ck_members_merged")),
        sa.ForeignKeyConstraint(
            ["store_id", "customer_id"],
            ["customers.store_id", "customers.id"],
            name=op.f("fk_members_store_id_customer_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "merged_into_id"],
            ["members.store_id", "members.id"],
            name=op.f("fk_members_store_id_merged_into_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_members_store_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_members")),
        sa.UniqueConstraint("store_id", "customer_id", name=op.f("uq_members_store_id_customer_id")),
        sa.UniqueConstraint("store_id", "tappass_id", name=op.f("uq_members_store_id_tappass_id")),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index(
        "ix_members_merged_into_id",
        "members",
        ["store_id", "merged_into_id"],
        unique=False,
        postgresql_where=sa.text("merged_into_id IS NOT NULL"),
    )
    op.create_table(
        "point_lots",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("points > 0", name=op.f("ck_point_lots_points")),
        sa.CheckConstraint("remaining >= 0", name=op.f("ck_point_lots_remaining")),
        sa.ForeignKeyConstraint(
            ["store_id", "member_id"],
            ["members.store_id", "members.id"],
            name=op.f("fk_point_lots_store_id_member_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "order_id"],
            ["orders.store_id", "orders.id"],
            name=op.f("fk_point_lots_store_id_order_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_point_lots_store_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_point_lots")),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index(
        "ix_point_lots_due",
        "point_lots",
        ["store_id", "expires_at"],
        unique=False,
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_index(
        "ix_point_lots_left",
        "point_lots",
        ["store_id", "member_id", "expires_at", "id"],
        unique=False,
        postgresql_include=["remaining"],
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_index(
        "ix_point_lots_order_id",
        "point_lots",
        ["store_id", "order_id"],
        unique=False,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_table(
        "redemptions",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("returned_points", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(code IS NULL) = (expires_at IS NULL) AND (code IS NOT NULL OR order_id IS NOT NULL)",
            name=op.f("ck_redemptions_code"),
        ),
        sa.CheckConstraint("points > 0 AND returned_points BETWEEN 0 AND points", name=op.f("ck_redemptions_points")),
        sa.ForeignKeyConstraint(
            ["store_id", "member_id"],
            ["members.store_id", "members.id"],
            name=op.f("fk_redemptions_store_id_member_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "order_id"],
            ["orders.store_id", "orders.id"],
            name=op.f("fk_redemptions_store_id_order_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "reward_id"],
            ["rewards.store_id", "rewards.id"],
            name=op.f("fk_redemptions_store_id_reward_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_redemptions_store_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_redemptions")),
        sa.UniqueConstraint("store_id", "code", name=op.f("uq_redemptions_store_id_code")),
    )
    op.create_index("ix_redemptions_member_id", "redemptions", ["store_id", "member_id"], unique=False)
    op.create_index(
        "ix_redemptions_order_id",
        "redemptions",
        ["store_id", "order_id"],
        unique=False,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_index(
        "ix_redemptions_waiting",
        "redemptions",
        ["store_id", "expires_at"],
        unique=False,
        postgresql_where=sa.text("order_id IS NULL AND returned_points < points"),
    )
    op.create_table(
        "point_entries",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("act_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("refund_id", sa.Uuid(), nullable=True),
        sa.Column("reward_id", sa.Uuid(), nullable=True),
        sa.Column("redemption_id", sa.Uuid(), nullable=True),
        sa.Column("program_version", sa.BigInteger(), nullable=False),
        sa.Column("terms", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("earned_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(type IN ('redeem', 'return')) = (redemption_id IS NOT NULL)", name=op.f("ck_point_entries_redeem")
        ),
        sa.CheckConstraint(
            "type <> 'accumulate' OR points > 0 AND cause IS NOT NULL", name=op.f("ck_point_entries_accumulate")
        ),
        sa.CheckConstraint("type <> 'adjust' OR reason IS NOT NULL", name=op.f("ck_point_entries_adjust")),
        sa.CheckConstraint(
            "type IN ('accumulate', 'redeem', 'return', 'reverse', 'expire', 'adjust', 'transfer')",
            name=op.f("ck_point_entries_type"),
        ),
        sa.CheckConstraint("points <> 0", name=op.f("ck_point_entries_points")),
        sa.ForeignKeyConstraint(
            ["store_id", "lot_id"],
            ["point_lots.store_id", "point_lots.id"],
            name=op.f("fk_point_entries_store_id_lot_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "member_id"],
            ["members.store_id", "members.id"],
            name=op.f("fk_point_entries_store_id_member_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "order_id"],
            ["orders.store_id", "orders.id"],
            name=op.f("fk_point_entries_store_id_order_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "redemption_id"],
            ["redemptions.store_id", "redemptions.id"],
            name=op.f("fk_point_entries_store_id_redemption_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "refund_id"],
            ["refunds.store_id", "refunds.id"],
            name=op.f("fk_point_entries_store_id_refund_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "reward_id"],
            ["rewards.store_id", "rewards.id"],
            name=op.f("fk_point_entries_store_id_reward_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_point_entries_store_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_point_entries")),
    )
    op.create_index("ix_point_entries_member_id", "point_entries", ["store_id", "member_id", "act_id"], unique=False)
    op.create_index(
        "ix_point_entries_order_id",
        "point_entries",
        ["store_id", "order_id"],
        unique=False,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_index(
        "ix_point_entries_redemption_id",
        "point_entries",
        ["store_id", "redemption_id"],
        unique=False,
        postgresql_where=sa.text("redemption_id IS NOT NULL"),
    )
    op.create_index(
        "uq_point_entries_cause",
        "point_entries",
        ["store_id", "cause"],
        unique=True,
        postgresql_where=sa.text("cause IS NOT NULL"),
    )
    op.add_column("order_discounts", sa.Column("redemption_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_order_discounts_redemption_id",
        "order_discounts",
        ["store_id", "redemption_id"],
        unique=False,
        postgresql_where=sa.text("redemption_id IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_order_discounts_store_id_redemption_id"),
        "order_discounts",
        "redemptions",
        ["store_id", "redemption_id"],
        ["store_id", "id"],
        ondelete="RESTRICT",
    )
    op.add_column("orders", sa.Column("member_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_orders_store_id_member_id"),
        "orders",
        "members",
        ["store_id", "member_id"],
        ["store_id", "id"],
        ondelete="RESTRICT",
    )
    op.add_column("refund_lines", sa.Column("of_quantity", sa.BigInteger(), nullable=True))
    _kinds((*DISCOUNT_KINDS, "reward"))
    op.create_check_constraint(
        op.f("ck_order_discounts_reward"), "order_discounts", "(kind = 'reward') = (redemption_id IS NOT NULL)"
    )


def _kinds(kinds: tuple[str, ...]) -> None:
    op.execute(
        "-- squawk-ignore ban-drop-constraint\nALTER TABLE order_discounts DROP CONSTRAINT ck_order_discounts_kind"
    )
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(op.f("ck_order_discounts_kind"), "order_discounts", f"kind IN ({listed})")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_order_discounts_reward"), "order_discounts", type_="check")
    op.drop_column("refund_lines", "of_quantity")
    # The older version knows no rewards; what one took off stays off.
    op.execute("UPDATE order_discounts SET kind = 'manual', reason = coalesce(reason, 'A reward') WHERE kind = 'reward'")
    _kinds(DISCOUNT_KINDS)
    op.drop_constraint(op.f("fk_orders_store_id_member_id"), "orders", type_="foreignkey")
    op.drop_column("orders", "member_id")
    op.drop_constraint(op.f("fk_order_discounts_store_id_redemption_id"), "order_discounts", type_="foreignkey")
    op.drop_index(
        "ix_order_discounts_redemption_id",
        table_name="order_discounts",
        postgresql_where=sa.text("redemption_id IS NOT NULL"),
    )
    op.drop_column("order_discounts", "redemption_id")
    op.drop_index("uq_point_entries_cause", table_name="point_entries", postgresql_where=sa.text("cause IS NOT NULL"))
    op.drop_index(
        "ix_point_entries_redemption_id",
        table_name="point_entries",
        postgresql_where=sa.text("redemption_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_point_entries_order_id", table_name="point_entries", postgresql_where=sa.text("order_id IS NOT NULL")
    )
    op.drop_index("ix_point_entries_member_id", table_name="point_entries")
    op.drop_table("point_entries")
    op.drop_index(
        "ix_redemptions_waiting",
        table_name="redemptions",
        postgresql_where=sa.text("order_id IS NULL AND returned_points < points"),
    )
    op.drop_index("ix_redemptions_order_id", table_name="redemptions", postgresql_where=sa.text("order_id IS NOT NULL"))
    op.drop_index("ix_redemptions_member_id", table_name="redemptions")
    op.drop_table("redemptions")
    op.drop_index("ix_point_lots_order_id", table_name="point_lots", postgresql_where=sa.text("order_id IS NOT NULL"))
    op.drop_index("ix_point_lots_left", table_name="point_lots", postgresql_where=sa.text("remaining > 0"))
    op.drop_index("ix_point_lots_due", table_name="point_lots", postgresql_where=sa.text("remaining > 0"))
    op.drop_table("point_lots")
    op.drop_index(
        "ix_members_merged_into_id", table_name="members", postgresql_where=sa.text("merged_into_id IS NOT NULL")
    )
    op.drop_table("members")
    op.drop_table("rewards")
    op.drop_table("programs")
