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
         WHERE l.store_id = :store
           AND EXISTS (SELECT FROM refunds r WHERE r.store_id = :store AND r.request_id = g.refund_id AND r.status IN ('pending', 'succeeded'))
         GROUP BY l.id, l.quantity HAVING sum(g.quantity) > l.quantity
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
        HAVING sum(r.amount) FILTER (WHERE r.status = 'succeeded') > p.amount OR bool_or(r.order_id <> p.order_id)
            OR (sum(r.amount) > p.amount AND NOT bool_or(r.source IN ('stripe', 'dispute')))
        """,
    ),
    Proof(
        "order.canceled",
        "money in a canceled order is on its way back, or a person is asked to look at it",
        """
        SELECT o.id AS subject, o.reference, o.amount_paid, o.amount_refunded FROM orders o
         WHERE o.store_id = :store AND o.status = 'canceled'
           AND o.amount_paid - o.amount_refunded > (
               SELECT coalesce(sum(r.amount), 0) FROM refunds r
                WHERE r.store_id = :store AND r.order_id = o.id AND r.status = 'pending')
           AND NOT EXISTS (SELECT FROM attention_items a
                            WHERE a.store_id = :store AND a.subject = 'orders:' || o.id AND a.resolved_at IS NULL
                              AND a.kind IN ('late_payment', 'payment_mismatch', 'refund_failed'))
        """,
    ),
    Proof(
        "payment_link.live",
        "a live link asks for what is due of an open order, and its tip",
        """
        SELECT l.id AS subject, l.order_id, l.amount, l.tip, o.status, o.total, o.amount_paid, o.amount_refunded
          FROM payment_links l JOIN orders o ON o.store_id = l.store_id AND o.id = l.order_id
         WHERE l.store_id = :store AND l.status IN ('creating', 'active')
           AND (o.status <> 'open' OR l.amount - l.tip <> o.total - o.amount_paid + o.amount_refunded OR l.currency <> o.currency)
        """,
    ),
    Proof(
        "payment_link.completed",
        "a link is completed exactly when a payment came by it, and each payment by a link is of the link's order",
        """
        SELECT l.id AS subject, l.status, count(p.id) AS payments
          FROM payment_links l
          LEFT JOIN payments p ON p.store_id = l.store_id AND p.status = 'succeeded' AND p.link_id = l.id
         WHERE l.store_id = :store GROUP BY l.id, l.status, l.order_id
        HAVING (l.status = 'completed') <> (count(p.id) > 0) OR bool_or(p.order_id <> l.order_id)
        """,
    ),
    Proof(
        "payment_link.paid_once",
        "what comes by a link beyond its amount goes back, or a person is asked to look at it",
        """
        SELECT l.id AS subject, l.order_id, l.amount, sum(p.amount) AS paid
          FROM payment_links l JOIN payments p ON p.store_id = l.store_id AND p.status = 'succeeded' AND p.link_id = l.id
         WHERE l.store_id = :store GROUP BY l.id, l.order_id, l.amount
        HAVING sum(p.amount) <> l.amount
           AND sum(p.amount) - l.amount > (
               SELECT coalesce(sum(r.amount), 0) FROM refunds r JOIN payments q ON q.store_id = r.store_id AND q.id = r.payment_id
                WHERE r.store_id = :store AND q.store_id = :store AND q.link_id = l.id AND r.status IN ('pending', 'succeeded'))
           AND NOT EXISTS (SELECT FROM attention_items a
                            WHERE a.store_id = :store AND a.subject = 'orders:' || l.order_id
                              AND a.kind IN ('late_payment', 'double_payment', 'payment_mismatch', 'refund_failed'))
        """,
    ),
    Proof(
        "provider_event.effect",
        "an event that was applied has its effect: a payment, a refund or a dispute that Stripe knows by the same id",
        """
        SELECT e.id AS subject, e.event_id, e.type, e.object_id
          FROM provider_events e
          JOIN provider_event_outcomes c ON c.store_id = e.store_id AND c.event_id = e.id
         WHERE e.store_id = :store AND c.outcome IN ('applied', 'repeated')
           AND CASE
               WHEN e.type LIKE 'checkout.session.%'
               THEN NOT EXISTS (SELECT FROM payments p WHERE p.store_id = :store AND p.provider_id = e.payment_intent
                                   AND (p.status = 'succeeded' OR e.payload ->> 'payment_status' = 'unpaid'))
               WHEN e.type LIKE 'refund.%'
               THEN NOT EXISTS (SELECT FROM refunds r WHERE r.store_id = :store AND r.provider_id = e.object_id
                                   AND (r.status <> 'pending' OR e.payload ->> 'status' IN ('pending', 'requires_action')))
               WHEN e.type LIKE 'charge.dispute.%'
               THEN NOT EXISTS (SELECT FROM disputes d WHERE d.store_id = :store AND d.provider_id = e.object_id)
               ELSE false END
        """,
    ),
    Proof(
        "dispute.lost",
        "money that the bank took is counted as gone back, as far as it was not refunded",
        """
        SELECT p.id AS subject, p.amount, d.amount AS lost, coalesce(r.refunded, 0) AS refunded, coalesce(r.taken, 0) AS taken
          FROM payments p
          JOIN (SELECT payment_id, sum(amount) AS amount FROM disputes
                 WHERE store_id = :store AND status = 'lost' GROUP BY payment_id) d ON d.payment_id = p.id
          LEFT JOIN (SELECT payment_id, sum(amount) FILTER (WHERE source <> 'dispute') AS refunded,
                            sum(amount) FILTER (WHERE source = 'dispute') AS taken
                       FROM refunds WHERE store_id = :store AND status = 'succeeded' GROUP BY payment_id) r ON r.payment_id = p.id
         WHERE p.store_id = :store
           AND coalesce(r.taken, 0) <> least(d.amount, p.amount - coalesce(r.refunded, 0))
        """,
    ),
)
