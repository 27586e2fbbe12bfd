"""Customers by phone, their profiles and what they agreed to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customers",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("register_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email_encrypted", sa.Text(), nullable=True),
        sa.Column("email_hash", sa.Text(), nullable=True),
        sa.Column("first_order_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("last_order_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("order_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("total_spent", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("marketing_consent", sa.Boolean(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(origin = 'walk_in') = (register_id IS NOT NULL) AND (origin <> 'walk_in' OR phone IS NULL)",
            name=op.f("ck_customers_walk_in"),
        ),
        sa.CheckConstraint(
            "origin IN ('counter', 'sms', 'web', 'import', 'woocommerce', 'walk_in')", name=op.f("ck_customers_origin")
        ),
        sa.CheckConstraint(
            "phone IS NOT NULL OR origin IN ('import', 'woocommerce', 'walk_in')", name=op.f("ck_customers_known_by")
        ),
        sa.CheckConstraint("phone ~ '^\\+[1-9][0-9]{6,14}$'", name=op.f("ck_customers_phone")),
        sa.CheckConstraint("order_count >= 0", name=op.f("ck_customers_order_count")),
        sa.ForeignKeyConstraint(
            ["store_id", "register_id"],
            ["registers.store_id", "registers.id"],
            name=op.f("fk_customers_store_id_register_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_customers_store_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_customers")),
        sa.UniqueConstraint("store_id", "phone", name=op.f("uq_customers_store_id_phone")),
        sa.UniqueConstraint("store_id", "register_id", name=op.f("uq_customers_store_id_register_id")),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index("ix_customers_email_hash", "customers", ["store_id", "email_hash"], unique=False)
    op.create_table(
        "profiles",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("date_of_birth", sa.Date(), nullable=True),
        sa.Column("age_recorded", sa.BigInteger(), nullable=True),
        sa.Column("age_recorded_on", sa.Date(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("customer_type", sa.Text(), nullable=True),
        sa.Column("preferred_payment_method", sa.Text(), nullable=True),
        sa.Column("experience_level", sa.Text(), nullable=True),
        sa.Column("needs", sa.Text(), nullable=True),
        sa.Column("medical_conditions", sa.Text(), nullable=True),
        sa.Column(
            "preferences", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("preferred_categories", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("preferred_effects", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("price_range", sa.Text(), nullable=True),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("is_verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["store_id", "customer_id"],
            ["customers.store_id", "customers.id"],
            name=op.f("fk_profiles_store_id_customer_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_profiles_store_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("store_id", "customer_id", name=op.f("pk_profiles")),
    )
    op.create_table(
        "consents",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("wording_version", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("purpose IN ('sms', 'marketing')", name=op.f("ck_consents_purpose")),
        sa.CheckConstraint(
            "source IN ('register', 'office', 'api', 'keyword', 'web', 'import')", name=op.f("ck_consents_source")
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "customer_id"],
            ["customers.store_id", "customers.id"],
            name=op.f("fk_consents_store_id_customer_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_consents_store_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_customer_id", "consents", ["store_id", "customer_id", "purpose", "id"], unique=False)


def downgrade() -> None:
    op.drop_table("consents")
    op.drop_table("profiles")
    op.drop_table("customers")
