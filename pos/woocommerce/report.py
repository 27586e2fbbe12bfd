"""What a run tells of itself: how much differed, the first rows of it, and what both sides come to."""

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from pos.statements import Statement
from pos.woocommerce.found import MOST_ROWS, Difference, Found

_TOTALS = Statement("""
    SELECT count(*) FILTER (WHERE status <> 'canceled'), coalesce(sum(total) FILTER (WHERE status <> 'canceled'), 0)::bigint,
           coalesce(sum(amount_paid - amount_refunded), 0)::bigint
      FROM orders WHERE store_id = :store AND wc_order_id <= :upto AND placed_at > :since
""")


def count(report: dict[str, Any], found: Found) -> None:
    """Adds what was found to a report."""
    of_kind = report["figures"].setdefault(found.kind, {})
    for each in found.differences:
        of_kind[each.what] = of_kind.get(each.what, 0) + 1
    room = MOST_ROWS - len(report["rows"])
    report["rows"] += [_shown(each) for each in islice(found.differences, max(room, 0))]


def compared(shop: Mapping[str, int], upto: int, since: datetime) -> dict[str, Any]:
    """What the orders up to a number come to in the shop, and in the open transaction's books."""
    [(orders, total, held)] = _TOTALS.rows(upto=upto, since=since)
    return {"totals": {"shop": dict(shop), "books": {"orders": orders, "total": total, "held": held}}}


def _shown(difference: Difference) -> dict[str, Any]:
    fields = {name: [_plain(value) for value in pair] for name, pair in difference.fields.items()}
    return {"kind": difference.kind, "wc_id": difference.wc_id, "what": difference.what, "fields": fields}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, UUID) else value
