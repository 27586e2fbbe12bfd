"""What must hold of web orders."""

from pos.proofs import Proof

PROOFS = (
    Proof(
        "web_order.payments",
        "a web order was paid in the web shop alone, and what went back went back there",
        """
        SELECT o.id AS subject, o.wc_order_id, p.method, r.source FROM orders o
          LEFT JOIN payments p ON p.store_id = o.store_id AND p.order_id = o.id AND p.method <> 'external'
          LEFT JOIN refunds r ON r.store_id = o.store_id AND r.order_id = o.id AND r.source <> 'woocommerce'
         WHERE o.store_id = :store AND o.source = 'woocommerce' AND (p.id IS NOT NULL OR r.id IS NOT NULL)
        """,
    ),
    Proof(
        "web_order.money",
        "of a web order there is never more money than it comes to, and none once it is canceled",
        """
        SELECT o.id AS subject, o.wc_order_id, o.status, o.total, o.amount_paid, o.amount_refunded FROM orders o
         WHERE o.store_id = :store AND o.source = 'woocommerce'
           AND o.amount_paid - o.amount_refunded > CASE WHEN o.status = 'canceled' THEN 0 ELSE o.total END
        """,
    ),
    Proof(
        "web_order.doubled",
        "one transaction of the web shop pays one order",
        """
        SELECT min(o.id::text)::uuid AS subject, p.external_id, count(DISTINCT o.id) AS orders
          FROM payments p JOIN orders o ON o.store_id = p.store_id AND o.id = p.order_id
         WHERE p.store_id = :store AND p.external_id IS NOT NULL AND o.status <> 'canceled' AND o.amount_paid > o.amount_refunded
         GROUP BY p.external_id HAVING count(DISTINCT o.id) > 1
        """,
    ),
)
