"""Whom a campaign is for: a segment of the customers, as JSON that an owner sends, and as one statement that finds them.

The statement is made once; what a segment does not ask is NULL in it. So what is counted, shown and written to is found alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pos.statements import Statement

# Everybody with a phone number, and of those whom the segment asks for.
_WHO = """
      FROM customers c
      JOIN profiles p ON p.store_id = c.store_id AND p.customer_id = c.id
      LEFT JOIN members g ON g.store_id = c.store_id AND g.customer_id = c.id AND g.merged_into_id IS NULL
     WHERE c.store_id = :store AND c.phone IS NOT NULL AND c.origin <> 'walk_in'
       AND c.merged_into_id IS NULL AND c.erased_at IS NULL
       AND (:known_until ::timestamptz IS NULL OR c.created_at <= :known_until ::timestamptz)
       AND (:is_member ::boolean IS NULL OR (g.id IS NOT NULL) = :is_member ::boolean)
       AND (:levels ::text[] IS NULL OR g.level = ANY(:levels ::text[]))
       AND (:min_spent ::bigint IS NULL OR c.total_spent >= :min_spent ::bigint)
       AND (:max_spent ::bigint IS NULL OR c.total_spent <= :max_spent ::bigint)
       AND (:seen_since ::timestamptz IS NULL OR c.last_order_at >= :seen_since ::timestamptz)
       AND (:not_seen_since ::timestamptz IS NULL OR c.last_order_at IS NULL OR c.last_order_at < :not_seen_since ::timestamptz)
       AND (:tags ::text[] IS NULL OR p.tags && :tags ::text[])
       AND (:language ::text IS NULL OR coalesce(p.language, :default_language) = :language ::text)
       AND (:products ::uuid[] IS NULL OR EXISTS (
            SELECT FROM orders o JOIN order_lines l ON l.store_id = o.store_id AND l.order_id = o.id
             WHERE o.store_id = :store AND o.customer_id = c.id AND o.status <> 'canceled' AND l.voided_at IS NULL
               AND l.product_id = ANY(:products ::uuid[])))
       AND (:categories ::uuid[] IS NULL OR EXISTS (
            SELECT FROM orders o JOIN order_lines l ON l.store_id = o.store_id AND l.order_id = o.id
              JOIN products x ON x.store_id = l.store_id AND x.id = l.product_id
             WHERE o.store_id = :store AND o.customer_id = c.id AND o.status <> 'canceled' AND l.voided_at IS NULL
               AND x.category_id = ANY(:categories ::uuid[])))
"""
_COUNT = Statement(f"""
    SELECT count(*), count(*) FILTER (WHERE g.id IS NULL), count(*) FILTER (WHERE coalesce(c.name, '') = ''),
           count(*) FILTER (WHERE coalesce(nullif(p.first_name, ''), c.name, '') = '')
    {_WHO}
""")
_AFTER = Statement(f"""
    SELECT c.id, c.phone {_WHO} AND (:after ::uuid IS NULL OR c.id > :after ::uuid) ORDER BY c.id LIMIT :limit
""")


@dataclass(frozen=True)
class Audience:
    """A segment at an instant: `now` is what its days are counted back from, and `default_language` that of a customer who has
    none. Who became a customer after `known_until` does not belong to it."""

    segment: Mapping[str, Any]
    now: datetime
    default_language: str
    known_until: datetime | None = None

    def after(self, customer_id: UUID | None, limit: int) -> list[tuple[UUID, str]]:
        """The next ones by id, each with the phone number."""
        return [(row[0], row[1]) for row in _AFTER.rows(after=customer_id, limit=limit, **self._asked())]

    def count(self) -> "Counted":
        return Counted(*_COUNT.rows(**self._asked())[0])

    def _asked(self) -> dict[str, Any]:
        asked = self.segment
        return {
            "known_until": self.known_until,
            "is_member": asked.get("is_member"),
            "levels": asked.get("levels"),
            "min_spent": asked.get("min_spent"),
            "max_spent": asked.get("max_spent"),
            "seen_since": self._later(asked.get("seen_since"), asked.get("seen_within_days")),
            "not_seen_since": self._earlier(asked.get("not_seen_since"), asked.get("not_seen_for_days")),
            "tags": asked.get("tags"),
            "language": asked.get("language"),
            "default_language": self.default_language,
            "products": asked.get("bought_product_ids"),
            "categories": asked.get("bought_category_ids"),
        }

    def _later(self, instant: str | None, days: int | None) -> datetime | None:
        return max(self._both(instant, days), default=None)

    def _earlier(self, instant: str | None, days: int | None) -> datetime | None:
        return min(self._both(instant, days), default=None)

    def _both(self, instant: str | None, days: int | None) -> list[datetime]:
        ago = [] if days is None else [self.now - timedelta(days=days)]
        return ago if instant is None else [datetime.fromisoformat(instant), *ago]


@dataclass(frozen=True)
class Counted:
    """How many there are, and how many of them an owner's text cannot call by what it wants to."""

    everybody: int
    without_membership: int
    without_name: int
    without_first_name: int

    def lacking(self, fact: str) -> int:
        """How many have no such fact (placeholders.NAMES)."""
        of_members = dict.fromkeys(("points", "level", "tappass_id"), self.without_membership)
        return (of_members | {"name": self.without_name, "first_name": self.without_first_name}).get(fact, 0)
