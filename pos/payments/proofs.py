"""What must hold of money."""

from pos.proofs import Proof

PROOFS = (
    Proof(
        "order.amount_paid",
        "what an order counts as paid is the sum of its payments that succeeded",
        """
        SELECT o.id AS subject, o.amount_paid, coalesce(p.amount, 0) AS payments
          FROM orders o
          LEFT JOIN (SELECT order_id, sum(amount) AS amount FROM payments
                      WHERE store_id = :store AND status = 'succeeded' GROUP BY order_id) p ON p.order_id = o.id
         WHERE o.store_id = :store AND o.amount_paid <> coalesce(p.amount, 0)
        """,
    ),
    Proof(
        "order.amount_refunded",
        "what an order counts as refunded is the sum of its refunds that succeeded, and not more than was paid",
        """
        SELECT o.id AS subject, o.amount_refunded, coalesce(r.amount, 0) AS refunds, o.amount_paid
          FROM orders o
          LEFT JOIN (SELECT order_id, sum(amount) AS amount FROM refunds
                      WHERE store_id = :store AND status = 'succeeded' GROUP BY order_id) r ON r.order_id = o.id
         WHERE o.store_id = :store
           AND (o.amount_refunded <> coalesce(r.amount, 0) OR o.amount_refunded > o.amount_paid)
        """,
    ),
    Proof(
        "refund.lines",
        "a refund for goods is the sum of its lines, and no line goes back more often than it was sold",
        """
        SELECT l.id AS subject, l.quantity, sum(g.quantity) AS went_back
          FROM order_lines l JOIN refund_lines g ON g.store_id = l.store_id AND g.line_id = l.id
         WHERE l.store_id = :store GROUP BY l.id, l.quantity HAVING sum(g.quantity) > l.quantity
        UNION ALL
        SELECT r.request_id, sum(r.amount), max(g.amount)
          FROM refunds r
          JOIN (SELECT refund_id, sum(amount) AS amount FROM refund_lines WHERE store_id = :store GROUP BY refund_id) g
            ON g.refund_id = r.request_id
         WHERE r.store_id = :store GROUP BY r.request_id HAVING sum(r.amount) <> max(g.amount)
        """,
    ),
    Proof(
        "payment.refunds",
        "no payment is refunded beyond its amount, and each refund is of a payment of its own order",
        """
        SELECT p.id AS subject, p.amount, sum(r.amount) AS refunded
          FROM payments p JOIN refunds r ON r.store_id = p.store_id AND r.payment_id = p.id
         WHERE p.store_id = :store AND r.status IN ('pending', 'succeeded')
         GROUP BY p.id, p.amount, p.order_id
        HAVING sum(r.amount) > p.amount OR bool_or(r.order_id <> p.order_id)
        """,
    ),
)
