"""What rows are called that others name by their ids, and where they are looked at."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for

from pos.statements import Statement

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# All in one statement: what each is called, and of products what their count changes.
_NAMES = Statement("""
    SELECT 'orders', id, reference, NULL::bigint, NULL::bigint FROM orders WHERE store_id = :store AND id = ANY(:ids ::uuid[])
     UNION ALL SELECT 'products', id, name, version, stock_quantity FROM products WHERE store_id = :store AND id = ANY(:ids ::uuid[])
     UNION ALL SELECT 'customers', id, CASE WHEN origin = 'walk_in' THEN 'a walk-in' ELSE coalesce(name, phone, 'somebody') END, NULL, NULL
                 FROM customers WHERE store_id = :store AND id = ANY(:ids ::uuid[])
     UNION ALL SELECT 'registers', id, name, NULL, NULL FROM registers WHERE store_id = :store AND id = ANY(:ids ::uuid[])
     UNION ALL SELECT 'coupons', id, code, NULL, NULL FROM coupons WHERE store_id = :store AND id = ANY(:ids ::uuid[])
     UNION ALL SELECT 'refunds', id, status, NULL, NULL FROM refunds WHERE store_id = :store AND id = ANY(:ids ::uuid[])
     UNION ALL SELECT 'messages', m.id, coalesce(c.name, m.phone), NULL, NULL
                 FROM messages m LEFT JOIN customers c ON c.store_id = m.store_id AND c.id = m.customer_id
                WHERE m.store_id = :store AND m.id = ANY(:ids ::uuid[])
     UNION ALL SELECT 'people', user_id, name, NULL, NULL FROM memberships WHERE store_id = :store AND user_id = ANY(:ids ::uuid[])
""")
# Where things are looked at, if there is a page for it.
PAGES = {
    "orders": ("office.orders.one", "order_id"),
    "customers": ("office.customers.one", "customer_id"),
    "products": ("office.catalog.product", "product_id"),
    "messages": ("office.messages.text", "message_id"),
}


@dataclass(frozen=True)
class Named:
    """What one row is called; `version` and `stock` are of products alone."""

    name: str
    version: int | None = None
    stock: int | None = None


Names = Mapping[tuple[str, str], Named]


def page_of(endpoint: str, **parameters: Any) -> str | None:
    """The address of a page, if the office has it."""
    return url_for(endpoint, **parameters) if endpoint in current_app.view_functions else None


def names_of(ids: Collection[str]) -> Names:
    """What the rows with these ids are called, by their tables and ids: one statement, none for nothing."""
    rows = _NAMES.rows(ids=sorted(ids)) if ids else []
    return {(table, str(row_id)): Named(name, version, stock) for table, row_id, name, version, stock in rows}


def ids_in(value: Any) -> Iterator[str]:
    """All ids in a value, however deep."""
    if isinstance(value, str):
        yield from _UUID.findall(value)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from ids_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from ids_in(inner)
