"""What the pages of campaigns ask."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pos.errors import NotFound
from pos.messaging.campaigns import EVERYBODY
from pos.messaging.models import WAITING
from pos.statements import Statement

_MOST_GOODS = 2_000
# By an index of the campaign's texts alone: it is asked every few seconds.
_PROGRESS = Statement(f"""
    SELECT k.id, k.status, coalesce(k.reached_id = :everybody, false) AS is_written, r.*
      FROM campaigns k CROSS JOIN LATERAL (
           SELECT count(*) AS written, count(*) FILTER (WHERE m.status IN {WAITING}) AS waiting,
                  count(*) FILTER (WHERE m.status IN ('sending', 'unknown')) AS leaving,
                  count(*) FILTER (WHERE m.status IN ('sent', 'delivered')) AS sent,
                  count(*) FILTER (WHERE m.status = 'delivered') AS delivered,
                  count(*) FILTER (WHERE m.status IN ('undelivered', 'failed')) AS failed,
                  count(*) FILTER (WHERE m.status IN ('suppressed', 'expired')) AS left_out
             FROM messages m WHERE m.store_id = k.store_id AND m.campaign_id = k.id) r
     WHERE k.store_id = :store AND k.id = :campaign
""")
_GOODS = Statement("""
    SELECT p.id, p.name, p.sku, c.id AS category_id, c.name AS category
      FROM products p LEFT JOIN categories c ON c.store_id = p.store_id AND c.id = p.category_id
     WHERE p.store_id = :store ORDER BY c.name NULLS LAST, p.name, p.id LIMIT :limit
""")
_NAMES = Statement("""
    SELECT id, name FROM products WHERE store_id = :store AND id = ANY(:products ::uuid[])
     UNION ALL SELECT id, name FROM categories WHERE store_id = :store AND id = ANY(:categories ::uuid[])
""")


def progress(campaign_id: UUID) -> dict[str, Any]:
    """How far a campaign is. Raises NotFound."""
    rows = _PROGRESS.mappings(campaign=campaign_id, everybody=EVERYBODY)
    if not rows:
        raise NotFound(what="campaign")
    return rows[0]


def goods() -> list[dict[str, Any]]:
    """The products to choose from, by their categories."""
    return _GOODS.mappings(limit=_MOST_GOODS)


def names(segment: Mapping[str, Any]) -> dict[str, str]:
    """What a segment's products and categories are called, by their ids."""
    asked = {"products": segment.get("bought_product_ids", []), "categories": segment.get("bought_category_ids", [])}
    return {str(row[0]): row[1] for row in _NAMES.rows(**asked)} if any(asked.values()) else {}
