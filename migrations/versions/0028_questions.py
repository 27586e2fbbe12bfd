"""Which store each login for questions in SQL works for (docs/questions.md)."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "analyst_leases",
        sa.Column("role_name", sa.Text(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("backend_pid", sa.BigInteger(), nullable=True),
        sa.Column("leased_until", sa.TIMESTAMP(timezone=True), server_default=sa.text("'-infinity'"), nullable=False),
        sa.Column("fence", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_analyst_leases_store_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("role_name", name=op.f("pk_analyst_leases")),
    )


def downgrade() -> None:
    op.drop_table("analyst_leases")
