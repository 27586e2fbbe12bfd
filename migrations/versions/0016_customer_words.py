"""Words by which customers are found: by the beginning of a name, of a tag, or the end of a number."""

from typing import Any

import sqlalchemy as sa
from alembic import context, op

from pos.customers.words import found_by

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BATCH = 5000
TOLD = sa.text("""
    SELECT c.store_id, c.id, c.name, p.first_name, p.last_name, p.tags, c.phone
      FROM customers c JOIN profiles p ON p.store_id = c.store_id AND p.customer_id = c.id
     WHERE (CAST(:store AS uuid), CAST(:after AS uuid)) < (c.store_id, c.id)
     ORDER BY c.store_id, c.id LIMIT :limit
""")
WRITE = sa.text("""
    INSERT INTO customer_words (store_id, word, customer_id)
    SELECT * FROM unnest(CAST(:stores AS uuid[]), CAST(:words AS text[]), CAST(:customers AS uuid[]))
""")
NOBODY = "00000000-0000-0000-0000-000000000000"


def upgrade() -> None:
    op.create_table(
        "customer_words",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("word", sa.Text(collation="C"), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_customer_words_store_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "customer_id"],
            ["customers.store_id", "customers.id"],
            name=op.f("fk_customer_words_store_id_customer_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("store_id", "word", "customer_id", name=op.f("pk_customer_words")),
    )
    op.create_index("ix_customer_words_customer_id", "customer_words", ["store_id", "customer_id"])
    if not context.is_offline_mode():
        fill(op.get_bind())


def fill(connection: Any) -> None:
    """Who is there already is found as well. In Python, since SQL folds no letters as exactly."""
    seen = {"store": NOBODY, "after": NOBODY}
    while told := connection.execute(TOLD, seen | {"limit": BATCH}).all():
        rows = [
            (str(row.store_id), word, str(row.id))
            for row in told
            for word in found_by(row.name, row.first_name, row.last_name, tags=row.tags, phone=row.phone)
        ]
        stores, words, customers = ([row[place] for row in rows] for place in range(3))
        connection.execute(WRITE, {"stores": stores, "words": words, "customers": customers})
        seen = {"store": str(told[-1].store_id), "after": str(told[-1].id)}


def downgrade() -> None:
    op.drop_table("customer_words")
