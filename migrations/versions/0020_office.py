"""Signing in to the office: a second factor, and what is shown of sessions."""

from alembic import op
import sqlalchemy as sa

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("totp_sealed", sa.Text(), nullable=True))
    op.add_column("users", sa.Column("totp_confirmed_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("users", sa.Column("totp_used_step", sa.BigInteger(), nullable=True))
    op.add_column("office_sessions", sa.Column("device", sa.Text(), nullable=True))
    op.add_column("office_sessions", sa.Column("last_seen_at", sa.TIMESTAMP(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("office_sessions", "last_seen_at")
    op.drop_column("office_sessions", "device")
    op.drop_column("users", "totp_used_step")
    op.drop_column("users", "totp_confirmed_at")
    op.drop_column("users", "totp_sealed")
