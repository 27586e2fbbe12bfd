"""Questions that are asked by the API: conversations of another channel than texts, and their turns."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def _channels(channels: str) -> None:
    op.execute(
        "-- squawk-ignore ban-drop-constraint\nALTER TABLE conversations DROP CONSTRAINT ck_conversations_channel"
    )
    op.create_check_constraint(op.f("ck_conversations_channel"), "conversations", channels)


def upgrade() -> None:
    _channels("channel IN ('sms', 'api')")
    op.create_table(
        "assistant_turns",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("about IN ('customer', 'store')", name=op.f("ck_assistant_turns_about")),
        sa.CheckConstraint("language IN ('en', 'es')", name=op.f("ck_assistant_turns_language")),
        sa.CheckConstraint("role IN ('cashier', 'manager', 'owner')", name=op.f("ck_assistant_turns_role")),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_assistant_turns_store_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "conversation_id"],
            ["conversations.store_id", "conversations.id"],
            name=op.f("fk_assistant_turns_store_id_conversation_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_assistant_turns")),
    )
    op.create_index(
        "ix_assistant_turns_conversation_id", "assistant_turns", ["store_id", "conversation_id", "id"]
    )


def downgrade() -> None:
    op.drop_table("assistant_turns")
    op.execute("DELETE FROM conversations WHERE channel = 'api'")
    _channels("channel IN ('sms')")
