"""What a store's books come to after a move: two runs that did the same work have the same sums, whatever ids were drawn."""

from collections.abc import Iterator
from typing import Any

TABLES = (
    "categories", "products", "customers", "profiles", "members", "orders", "order_lines", "order_discounts", "payments", "point_lots",
    "point_entries", "consents", "source_ids", "attention_items",
)  # fmt: skip
Sums = dict[str, Any]
_FIGURES = {
    "amounts": """SELECT sum(total), sum(subtotal), sum(discount), sum(fees), sum(amount_paid), min(placed_at), max(placed_at)
                   FROM orders WHERE store_id = %(store)s AND source = 'import'""",
    "paid": "SELECT method, status, count(*), sum(amount) FROM payments WHERE store_id = %(store)s GROUP BY 1, 2",
    "spent": "SELECT sum(order_count), sum(total_spent), count(phone), count(email_hash) FROM customers WHERE store_id = %(store)s",
    "levels": "SELECT level, level_floor, count(*), sum(balance), sum(debt) FROM members WHERE store_id = %(store)s GROUP BY 1, 2",
    "points": "SELECT type, reason, count(*), sum(points) FROM point_entries WHERE store_id = %(store)s GROUP BY 1, 2",
    "answers": "SELECT purpose, granted, source, count(*) FROM consents WHERE store_id = %(store)s GROUP BY 1, 2, 3",
    "sources": "SELECT source, kind, rule, is_main, count(*), count(raw) FROM source_ids WHERE store_id = %(store)s GROUP BY 1, 2, 3, 4",
    "to look at": "SELECT kind, count(*) FROM attention_items WHERE store_id = %(store)s GROUP BY 1",
    # Who each old row became, and what is known of them.
    "people": """
        SELECT md5(string_agg(digest, '' ORDER BY digest)) FROM (
          SELECT md5(row(s.source, s.kind, s.external_id, s.number, s.rule, s.is_main, s.digest, s.raw, c.phone, c.origin, c.name, c.email_hash,
                 c.order_count, c.total_spent, c.first_order_at, c.last_order_at, c.sms_consent, c.marketing_consent,
                 to_jsonb(p) - '{store_id,customer_id,created_at,updated_at,medical_conditions}'::text[],
                 m.level, m.level_floor, m.balance, m.debt, m.lifetime_points)::text) AS digest
            FROM source_ids s
            LEFT JOIN customers c ON c.store_id = s.store_id AND c.id = s.customer_id
            LEFT JOIN profiles p ON p.store_id = c.store_id AND p.customer_id = c.id
            LEFT JOIN members m ON m.store_id = c.store_id AND m.customer_id = c.id
           WHERE s.store_id = %(store)s AND s.kind <> 'order') d""",
    # Each old order, with all that belongs to it.
    "sales": """
        SELECT md5(string_agg(digest, '' ORDER BY digest)) FROM (
          SELECT md5(row(s.source, s.external_id, c.phone, c.name, o.status, o.payment_status, o.kind, o.subtotal, o.discount, o.fees, o.total,
                 o.amount_paid, o.placed_at, o.note, o.member_id IS NULL,
                 array_agg(row(l.position, l.name, l.kind, l.quantity, l.unit_price, l.discount, l.total) ORDER BY l.position))::text) AS digest
            FROM source_ids s
            JOIN orders o ON o.store_id = s.store_id AND o.id = s.order_id
            JOIN customers c ON c.store_id = o.store_id AND c.id = o.customer_id
            LEFT JOIN order_lines l ON l.store_id = o.store_id AND l.order_id = o.id
           WHERE s.store_id = %(store)s AND s.kind = 'order' GROUP BY s.store_id, s.id, o.store_id, o.id, c.store_id, c.id) d""",
}


def of(cursor: Any, store_id: str) -> Sums:
    """The store's rows by table, its figures, and digests of all that was moved."""
    sums: Sums = {table: count(cursor, table, store_id) for table in TABLES}
    for name, statement in _FIGURES.items():
        cursor.execute(statement, {"store": store_id})
        sums[name] = sorted(cursor.fetchall(), key=str)
    return sums


def count(cursor: Any, table: str, store_id: str) -> int:
    cursor.execute(f"SELECT count(*) FROM {table} WHERE store_id = %s", [store_id])
    return int(cursor.fetchone()[0])


def differences(first: Sums, other: Sums) -> Iterator[str]:
    """What is not the same, in words."""
    for name in first:
        if first[name] != other[name]:
            yield f"{name}: {first[name]} and {other[name]}"


def require_same(first: Sums, other: Sums, what: str) -> None:
    """Ends the run where they differ."""
    found = list(differences(first, other))
    if found:
        raise SystemExit(f"{what}: the books differ.\n" + "\n".join(found))
