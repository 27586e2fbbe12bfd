"""The web shop that the sandbox plays: its things, and what was asked of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_THINGS = {
    "ix_sandbox_shop_things_made": ["kind", "made_at", "number", "state", "parent"],
    "ix_sandbox_shop_things_modified": ["kind", "modified_at", "number", "state", "parent"],
    "ix_sandbox_shop_things_parent": ["kind", "parent", "number"],
}


def upgrade() -> None:
    op.create_table(
        "sandbox_shop_things",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("parent", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("modified_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("kind", "number", name=op.f("pk_sandbox_shop_things")),
    )
    for name, columns in _THINGS.items():
        op.create_index(name, "sandbox_shop_things", columns, unique=False)
    op.create_table(
        "sandbox_shop_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_shop_requests")),
    )
    op.create_index("ix_sandbox_shop_requests_at", "sandbox_shop_requests", ["at"], unique=False)


def downgrade() -> None:
    op.drop_table("sandbox_shop_requests")
    op.drop_table("sandbox_shop_things")
