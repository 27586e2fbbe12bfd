"""What the pages of the catalogue ask: the tree of categories, and what was sold of a product."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pos import ids
from pos.statements import Statement

SOLD_DAYS = 30
_CATEGORIES = Statement("""
    SELECT c.id, c.name, c.parent_id, c.station_id, c.version, count(p.id) AS product_count
      FROM categories c LEFT JOIN products p ON p.store_id = c.store_id AND p.category_id = c.id
     WHERE c.store_id = :store GROUP BY c.store_id, c.id ORDER BY lower(c.name), c.id
""")
# Lines are made at the sale or after it, so the oldest key that counts narrows them down without their orders.
_SOLD = Statement("""
    SELECT coalesce(sum(l.quantity), 0)::bigint AS pieces, coalesce(sum(l.total), 0)::bigint AS total,
           count(DISTINCT l.order_id) AS orders, max(o.placed_at) AS last_at
      FROM order_lines l JOIN orders o ON o.store_id = l.store_id AND o.id = l.order_id
     WHERE l.store_id = :store AND l.product_id = :product AND l.id >= :first AND l.voided_at IS NULL
       AND o.placed_at >= :since AND o.status <> 'canceled'
""")


@dataclass(frozen=True)
class Shelf:
    """A category in the tree: `depth` says how deep it lies, `within` the ids of those around it, `parent_id` the nearest of them."""

    id: UUID
    name: str
    depth: int
    product_count: int
    within: frozenset[UUID]
    parent_id: UUID | None
    station_id: UUID | None
    version: int

    @property
    def title(self) -> str:
        """Its name for a list that has no levels: those within others stand further in."""
        return "\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}" * self.depth + self.name


def tree() -> list[Shelf]:
    """All categories, each followed by those that lie in it; in each level by name."""
    below: dict[UUID | None, list[dict[str, Any]]] = {}
    for row in _CATEGORIES.mappings():
        below.setdefault(row["parent_id"], []).append(row)
    found: list[Shelf] = []
    waiting = [(row, frozenset[UUID]()) for row in reversed(below.get(None, []))]
    while waiting:
        row, within = waiting.pop()
        found.append(Shelf(**row, depth=len(within), within=within))
        waiting += [(child, within | {row["id"]}) for child in reversed(below.get(row["id"], []))]
    return found


def sold(product_id: UUID, now: datetime) -> dict[str, Any]:
    """Pieces, orders and what they came to before tax and refunds, of the last 30 days."""
    since = now - timedelta(days=SOLD_DAYS)
    return _SOLD.mappings(product=product_id, first=ids.first_uuid7_of(since), since=since)[0]
