"""Charts that are saved: a question with its picture, and the answer as it was last."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    jsonb = postgresql.JSONB(none_as_null=True, astext_type=sa.Text())
    op.create_table(
        "saved_charts",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("query_text", sa.Text(), nullable=False),
        sa.Column("chart_config", jsonb, nullable=False),
        sa.Column("position_index", sa.BigInteger(), nullable=False),
        sa.Column("answer", jsonb, nullable=True),
        sa.Column("refreshed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("agreed_shape", jsonb, nullable=True),
        sa.Column("agreed_views", jsonb, nullable=True),
        sa.Column("change_mark", sa.Text(), nullable=True),
        sa.Column("changes", jsonb, server_default="[]", nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("position_index >= 0", name=op.f("ck_saved_charts_position_index")),
        sa.CheckConstraint(
            "change_mark IN ('schema_changed', 'answer_changed')", name=op.f("ck_saved_charts_change_mark")
        ),
        sa.CheckConstraint("num_nonnulls(answer, refreshed_at) IN (0, 2)", name=op.f("ck_saved_charts_answer")),
        sa.CheckConstraint("(change_mark IS NULL) = (changes = '[]'::jsonb)", name=op.f("ck_saved_charts_changes")),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_saved_charts_store_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_saved_charts")),
        sa.UniqueConstraint(
            "store_id", "position_index", name=op.f("uq_saved_charts_store_id_position_index"), deferrable=True
        ),
    )


def downgrade() -> None:
    op.drop_table("saved_charts")
