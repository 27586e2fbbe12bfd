"""What must hold of what older systems brought."""

from pos.proofs import Proof

PROOFS = (
    Proof(
        "order.imported",
        "an order that came from an older system is what one of its orders became, once",
        """
        SELECT o.id AS subject, o.source, count(s.id) AS old_orders
          FROM orders o LEFT JOIN source_ids s ON s.store_id = o.store_id AND s.order_id = o.id
         WHERE o.store_id = :store AND o.source = 'import' AND o.split_from_id IS NULL
         GROUP BY o.id, o.source HAVING count(s.id) <> 1
        """,
    ),
)
