"""Who has been silent for a year: their number may be somebody else's by now, so what belongs to them is not told to whoever has it.

An order breaks the silence, and so does a confirmation (`confirmed_at`). A text does only while there is no silence yet: whoever has a
number since last week can text from it too.
"""

from datetime import datetime
from uuid import UUID

from pos.statements import Statement

YEAR = "interval '12 months'"


def silent(*, at: str = "now()", last_order_at: str = "c.last_order_at") -> str:
    """SQL of whether a customer `c` is silent at an instant. Who has ordered within the year costs a comparison; of others the texts
    are read, whether there is a gap of a year before one of them, or before the instant."""
    last = f"greatest(coalesce({last_order_at}, c.created_at), c.confirmed_at)"
    return f"""(c.origin <> 'walk_in' AND {last} < {at} - {YEAR} AND EXISTS (
      SELECT FROM (SELECT t.at, lag(t.at, 1, {last}) OVER (ORDER BY t.at) AS before
                     FROM (SELECT m.created_at AS at FROM messages m
                            WHERE m.store_id = c.store_id AND m.direction = 'in' AND m.created_at > {last} AND m.created_at < {at}
                              AND m.customer_id IN (SELECT w.id FROM customers w WHERE w.store_id = c.store_id
                                                       AND (w.id = c.id OR w.merged_into_id = c.id))
                           UNION ALL SELECT {at}) t) gap
       WHERE gap.before < gap.at - {YEAR}))"""


SILENT = silent()
# Who has not ordered for a year may be silent. To plan the whole question takes as long as a look-up, so it is asked of these alone.
QUIET = (
    f"(c.origin <> 'walk_in' AND greatest(coalesce(c.last_order_at, c.created_at), c.confirmed_at) < now() - {YEAR})"
)
_IS_SILENT = Statement(f"SELECT {SILENT} FROM customers c WHERE c.store_id = :store AND c.id = :customer")
_BEFORE_A_VISIT = Statement(f"""
    SELECT c.name, p.first_name, p.last_name, {
    silent(
        at=":at ::timestamptz",
        last_order_at="(SELECT max(o.placed_at) FROM orders o WHERE o.store_id = c.store_id AND o.customer_id = c.id AND o.status <> 'canceled')",
    )
}
      FROM customers c JOIN profiles p ON p.store_id = c.store_id AND p.customer_id = c.id
     WHERE c.store_id = :store AND c.id = :customer
""")


def is_silent(customer_id: UUID) -> bool:
    """Whether a customer is silent now, for who is QUIET: one statement."""
    row = _IS_SILENT.first(customer=customer_id)
    return bool(row and row[0])


def before_visit(customer_id: UUID, at: datetime) -> tuple[tuple[str | None, ...], bool]:
    """The names of a customer, and whether they were silent at an instant by the orders that are written: one that is only counted
    yet does not matter."""
    [(*names, is_silent)] = _BEFORE_A_VISIT.rows(customer=customer_id, at=at)
    return tuple(names), bool(is_silent)
