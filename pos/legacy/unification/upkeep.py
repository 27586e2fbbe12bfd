"""What PostgreSQL believes of the tables, brought up to date around a move, by their owner.

A move that was killed leaves pages of rows that never were; tables that look full of nothing are read from end to end for each
parent of a row. And what a move has written is not known to the planner before somebody looks.
"""

from contextlib import closing

from pos import connections
from pos.config import Settings

WRITTEN = (
    "customers", "profiles", "members", "point_lots", "point_entries", "consents", "orders", "order_lines", "order_discounts",
    "payments", "source_ids", "attention_items",
)  # fmt: skip


def clear_away(settings: Settings) -> None:
    """Before a move: takes away what one that broke off has left."""
    _run(settings, f"VACUUM (SKIP_LOCKED) {', '.join(WRITTEN)}")


def look(settings: Settings) -> None:
    """After a move: statistics of what is there now."""
    _run(settings, f"ANALYZE (SKIP_LOCKED) {', '.join(WRITTEN)}")


def _run(settings: Settings, statement: str) -> None:
    with closing(connections.connect(settings, connections.OWNER)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '10min'")
            cursor.execute(statement)
