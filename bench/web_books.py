"""What a store's books say of its web shop, without ids and without the moments at which it was written: two stores that read the same shop say the same."""

from typing import Any

Books = dict[str, list[tuple[Any, ...]]]
_WHO = "coalesce(c.phone, c.email_hash, c.name)"
_STATEMENTS = {
    "orders": f"""
        SELECT o.wc_order_id, o.status, o.payment_status, o.fulfillment_status, o.kind, o.subtotal, o.discount, o.tax, o.shipping, o.fees,
               o.tax_in_charges, o.total, o.amount_paid, o.amount_refunded, o.note, o.placed_at, o.paid_at, o.completed_at, o.source_modified_at,
               o.cancel_reason, {_WHO}, o.member_id IS NOT NULL
          FROM orders o JOIN customers c ON c.store_id = o.store_id AND c.id = o.customer_id
         WHERE o.store_id = %(store)s AND o.source = 'woocommerce' ORDER BY 1""",
    "lines": """
        SELECT o.wc_order_id, l.position, l.name, l.sku, l.kind, l.quantity, l.unit_price, l.discount, l.total, l.tax, l.tax_rate, l.tax_class,
               p.wc_product_id, l.voided_at IS NOT NULL
          FROM order_lines l JOIN orders o ON o.store_id = l.store_id AND o.id = l.order_id
          LEFT JOIN products p ON p.store_id = l.store_id AND p.id = l.product_id
         WHERE l.store_id = %(store)s AND o.source = 'woocommerce' ORDER BY 1, 2""",
    "money": """
        SELECT o.wc_order_id, 'in', p.method, p.status, p.amount, p.external_id, p.created_at, NULL, NULL
          FROM payments p JOIN orders o ON o.store_id = p.store_id AND o.id = p.order_id
         WHERE p.store_id = %(store)s AND o.source = 'woocommerce'
        UNION ALL
        SELECT o.wc_order_id, 'out', r.source, r.status, r.amount, r.reason, CASE WHEN r.wc_refund_id IS NOT NULL THEN r.created_at END,
               r.wc_refund_id,
               (SELECT sum(g.quantity) FROM refund_lines g WHERE g.store_id = r.store_id AND g.refund_id = r.request_id)
          FROM refunds r JOIN orders o ON o.store_id = r.store_id AND o.id = r.order_id
         WHERE r.store_id = %(store)s AND o.source = 'woocommerce' ORDER BY 1, 2, 5, 8, 6""",
    "people": """
        SELECT c.phone, c.email_hash, c.name, c.origin, c.order_count, c.total_spent, c.first_order_at, c.last_order_at,
               (to_jsonb(p) - '{store_id,customer_id,created_at,updated_at}'::text[])::text,
               (SELECT array_agg(a.wc_customer_id ORDER BY 1) FROM web_customers a WHERE a.store_id = c.store_id AND a.customer_id = c.id),
               m.balance, m.debt, m.lifetime_points, m.level, m.level_points
          FROM customers c LEFT JOIN profiles p ON p.store_id = c.store_id AND p.customer_id = c.id
          LEFT JOIN members m ON m.store_id = c.store_id AND m.customer_id = c.id
         WHERE c.store_id = %(store)s ORDER BY 1, 2, 3, 9""",
    "points": f"""
        SELECT {_WHO}, o.wc_order_id, e.type, e.reason, e.points
          FROM point_entries e JOIN members m ON m.store_id = e.store_id AND m.id = e.member_id
          JOIN customers c ON c.store_id = m.store_id AND c.id = m.customer_id
          LEFT JOIN orders o ON o.store_id = e.store_id AND o.id = e.order_id
         WHERE e.store_id = %(store)s ORDER BY 1, 2, 3, 4, 5""",
    "shelves": """
        SELECT p.wc_product_id, p.wc_parent_id, p.sku, p.name, p.kind, p.price, p.sale_price, p.status, p.stock_quantity, p.wc_stock_quantity,
               p.image_url, c.name, p.is_of_web_shop
          FROM products p LEFT JOIN categories c ON c.store_id = p.store_id AND c.id = p.category_id
         WHERE p.store_id = %(store)s ORDER BY 1, 3""",
    "categories": """
        SELECT c.wc_category_id, c.name, p.name FROM categories c LEFT JOIN categories p ON p.store_id = c.store_id AND p.id = c.parent_id
         WHERE c.store_id = %(store)s ORDER BY 1, 2""",
    "coupons": """
        SELECT wc_coupon_id, code, discount_type, amount, status, usage_limit, ends_at FROM coupons WHERE store_id = %(store)s ORDER BY 1, 2""",
    "problems": """
        SELECT kind, wc_id, reason, detail::text, is_left_out, resolved_at IS NULL FROM sync_problems WHERE store_id = %(store)s ORDER BY 1, 2, 3""",
}  # fmt: skip


def of(cursor: Any, store_id: str) -> Books:
    """Row by row, as a superuser finds it."""
    found: Books = {}
    for name, statement in _STATEMENTS.items():
        cursor.execute(statement, {"store": store_id})
        found[name] = cursor.fetchall()
    return found


def apart(first: Books, other: Books) -> list[str]:
    """What is not the same, in words: of each kind the first row."""
    return [
        f"{name}: {mine} and {theirs}"
        for name in first
        for mine, theirs in [_first_apart(first[name], other[name])]
        if mine != theirs
    ]


def _first_apart(mine: list[tuple[Any, ...]], theirs: list[tuple[Any, ...]]) -> tuple[Any, Any]:
    """The first row that is not the same, or how many there are."""
    for one, other in zip(mine, theirs, strict=False):
        if one != other:
            return one, other
    return (None, None) if len(mine) == len(theirs) else (f"{len(mine)} rows", f"{len(theirs)} rows")
