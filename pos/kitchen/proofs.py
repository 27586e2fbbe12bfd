"""What must hold of what is being made."""

from pos.proofs import Proof

PROOFS = (
    Proof(
        "portion.needed",
        "only units of a line that needs preparation are made",
        """
        SELECT p.id AS subject, p.line_id FROM portions p JOIN order_lines l ON l.store_id = p.store_id AND l.id = p.line_id
         WHERE p.store_id = :store AND NOT l.needs_preparation
        """,
    ),
    Proof(
        "portion.quantity",
        "no more units of a line were begun and not dropped than it has, and had before some of them were voided",
        """
        SELECT l.id AS subject, l.order_id, l.quantity, made.quantity AS begun
          FROM (SELECT p.line_id, sum(p.quantity) AS quantity FROM portions p
                 WHERE p.store_id = :store AND p.status IN ('making', 'ready', 'served') GROUP BY p.line_id) made
          JOIN order_lines l ON l.store_id = :store AND l.id = made.line_id AND l.quantity < made.quantity
         WHERE made.quantity > l.quantity + (
               SELECT coalesce(sum((a.after ->> 'quantity')::bigint), 0) FROM audit_log a
                WHERE a.store_id = :store AND a.action = 'order.void_line' AND a.after ->> 'line_id' = l.id::text)
        """,
    ),
    Proof(
        "portion.times",
        "units are begun, ready and served in this order, and what was undone has not been",
        """
        SELECT id AS subject, status FROM portions
         WHERE store_id = :store
           AND (started_at > ready_at OR started_at > served_at OR ready_at > served_at
                OR (status = 'served') <> (served_at IS NOT NULL)
                OR (status IN ('waiting', 'making') AND ready_at IS NOT NULL)
                OR (status = 'waiting' AND started_at IS NOT NULL))
        """,
    ),
    Proof(
        "order.making",
        "an open order of which units were begun is as far as the units that are wanted of it",
        """
        SELECT o.id AS subject, o.fulfillment_status, made.wanted, made.begun, made.ready, made.served
          FROM (SELECT l.order_id, sum(l.quantity) AS wanted, sum(least(l.quantity, p.begun)) AS begun,
                       sum(least(l.quantity, p.ready)) AS ready, sum(least(l.quantity, p.served)) AS served
                  FROM orders o JOIN order_lines l ON l.store_id = o.store_id AND l.order_id = o.id
                  LEFT JOIN LATERAL (
                    SELECT coalesce(sum(m.quantity), 0) AS begun,
                           coalesce(sum(m.quantity) FILTER (WHERE m.status IN ('ready', 'served')), 0) AS ready,
                           coalesce(sum(m.quantity) FILTER (WHERE m.status = 'served'), 0) AS served
                      FROM portions m
                     WHERE m.store_id = l.store_id AND m.line_id = l.id AND m.status IN ('making', 'ready', 'served')) p ON true
                 WHERE o.store_id = :store AND o.status = 'open' AND l.needs_preparation AND l.voided_at IS NULL
                 GROUP BY l.order_id) made
          JOIN orders o ON o.store_id = :store AND o.id = made.order_id
         WHERE made.begun > 0 AND o.fulfillment_status <> CASE
               WHEN made.served >= made.wanted THEN 'completed'
               WHEN made.ready >= made.wanted THEN 'prepared'
               ELSE 'reserved' END
        """,
    ),
)
