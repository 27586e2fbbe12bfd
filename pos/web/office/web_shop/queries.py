"""What the pages ask of the web shop, besides what its own folder gives."""

from typing import Any
from uuid import UUID

from pos.statements import Statement

_PROBLEMS = Statement("""
    SELECT count(*) FILTER (WHERE is_left_out), count(*) FILTER (WHERE NOT is_left_out)
      FROM sync_problems WHERE store_id = :store AND resolved_at IS NULL
""")
_URL = Statement("SELECT url FROM web_shops WHERE store_id = :store")
_WEB_ORDER = Statement("""
    SELECT o.wc_order_id, o.tax_in_charges, w.url FROM orders o LEFT JOIN web_shops w ON w.store_id = o.store_id
     WHERE o.store_id = :store AND o.id = :order
""")


def open_problems() -> tuple[int, int]:
    """How many things are left out, and how many were taken in with a remark."""
    [(left_out, remarks)] = _PROBLEMS.rows()
    return left_out, remarks


def shop_url() -> str | None:
    """Where the connected shop is."""
    row = _URL.first()
    return row[0] if row else None


def web_order(order_id: UUID) -> dict[str, Any]:
    """What the shop calls an order, the tax in its shipping and fees, and where the shop is."""
    [row] = _WEB_ORDER.mappings(order=order_id)
    return row
