"""Texts that wait: those of campaigns by campaign, so that a paused one is passed over at once."""

from alembic import op
import sqlalchemy as sa

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

WAITING = "status IN ('queued', 'held')"


def upgrade() -> None:
    # All migrations are one transaction, in which nothing can be dropped concurrently; it takes a moment.
    op.execute("-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX ix_messages_marketing_due")
    op.execute("-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX ix_messages_due")
    _index("ix_messages_due", ["store_id", "not_before", "id"], "campaign_id IS NULL")
    _index("ix_messages_campaign_due", ["store_id", "campaign_id", "not_before", "id"], "campaign_id IS NOT NULL")


def downgrade() -> None:
    op.drop_index("ix_messages_campaign_due", table_name="messages")
    op.drop_index("ix_messages_due", table_name="messages")
    _index("ix_messages_due", ["store_id", "not_before", "id"], "purpose <> 'marketing'")
    _index("ix_messages_marketing_due", ["store_id", "not_before", "id"], "purpose = 'marketing'")


def _index(name: str, columns: list[str], of: str) -> None:
    op.create_index(name, "messages", columns, unique=False, postgresql_where=sa.text(f"{WAITING} AND {of}"))
