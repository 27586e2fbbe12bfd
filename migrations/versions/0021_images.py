"""The pictures of products."""

from alembic import op
import sqlalchemy as sa

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "product_images",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("media_type IN ('image/webp')", name=op.f("ck_product_images_media_type")),
        sa.CheckConstraint("least(width, height) >= 1 AND greatest(width, height) <= 640", name=op.f("ck_product_images_size")),
        sa.ForeignKeyConstraint(
            ["store_id", "product_id"],
            ["products.store_id", "products.id"],
            name=op.f("fk_product_images_store_id_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_product_images_store_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_product_images")),
        sa.UniqueConstraint("store_id", "product_id", name=op.f("uq_product_images_store_id_product_id")),
    )
    op.create_index("ix_product_images_digest", "product_images", ["store_id", "digest"])


def downgrade() -> None:
    op.drop_table("product_images")
    op.execute("UPDATE products SET image_url = NULL WHERE image_url LIKE '/\\_images/%'")
