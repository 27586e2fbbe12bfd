"""What must hold of members, their ledger and what points were spent on."""

from pos.loyalty.accounts import KIN
from pos.proofs import Proof

PROOFS = (
    Proof(
        "member.balance",
        "a member's balance is the sum of the entries, and what the lots hold less the debt",
        """
        SELECT m.id AS subject, m.balance, coalesce(e.points, 0) AS entries, coalesce(l.remaining, 0) AS lots, m.debt
          FROM members m
          LEFT JOIN (SELECT member_id, sum(points) AS points FROM point_entries
                      WHERE store_id = :store GROUP BY member_id) e ON e.member_id = m.id
          LEFT JOIN (SELECT member_id, sum(remaining) AS remaining FROM point_lots
                      WHERE store_id = :store GROUP BY member_id) l ON l.member_id = m.id
         WHERE m.store_id = :store
           AND (m.balance <> coalesce(e.points, 0) OR m.balance <> coalesce(l.remaining, 0) - m.debt)
        """,
    ),
    Proof(
        "point_lot.remaining",
        "a lot holds what its entries come to, never less than nothing, and they are its member's",
        """
        SELECT l.id AS subject, l.member_id, l.remaining, coalesce(e.points, 0) AS entries
          FROM point_lots l
          LEFT JOIN (SELECT lot_id, sum(points) AS points, min(member_id::text) AS first, max(member_id::text) AS last
                       FROM point_entries WHERE store_id = :store AND lot_id IS NOT NULL GROUP BY lot_id) e ON e.lot_id = l.id
         WHERE l.store_id = :store
           AND (l.remaining <> coalesce(e.points, 0) OR l.remaining < 0 OR (e.first, e.last) <> (l.member_id::text, l.member_id::text))
        """,
    ),
    Proof(
        "member.debt",
        "a member owes what entries without a lot come to; who owes has no points",
        """
        SELECT m.id AS subject, m.debt, coalesce(e.owed, 0) AS owed
          FROM members m
          LEFT JOIN (SELECT member_id, -sum(points) AS owed FROM point_entries
                      WHERE store_id = :store AND lot_id IS NULL GROUP BY member_id) e ON e.member_id = m.id
         WHERE m.store_id = :store
           AND (m.debt <> coalesce(e.owed, 0) OR m.debt < 0
                OR (m.debt > 0 AND EXISTS (SELECT FROM point_lots l
                                            WHERE l.store_id = :store AND l.member_id = m.id AND l.remaining > 0)))
        """,
    ),
    Proof(
        "member.level_points",
        "the points that count for the level, and those of a lifetime, are those accumulated less those reversed, also by whom "
        "a member took over",
        f"""
        SELECT m.id AS subject, m.level_points, m.lifetime_points, e.counted, e.lifetime
          FROM members m
          LEFT JOIN LATERAL (
            SELECT coalesce(sum(e.points), 0) AS lifetime,
                   coalesce(sum(e.points) FILTER (WHERE e.earned_at >= m.level_from), 0) AS counted
              FROM point_entries e
             WHERE e.store_id = :store AND e.member_id IN {KIN} AND e.type IN ('accumulate', 'reverse')) e ON true
         WHERE m.store_id = :store AND (m.level_points, m.lifetime_points) IS DISTINCT FROM (e.counted, e.lifetime)
        """,
    ),
    Proof(
        "point_entry.accumulate",
        "an order accumulates once for each time that it was paid in full, the times counted from one",
        """
        SELECT e.order_id AS subject, count(*) AS accumulations, max(split_part(e.cause, ':', 3)::bigint) AS last
          FROM point_entries e
         WHERE e.store_id = :store AND e.type = 'accumulate'
         GROUP BY e.order_id
        HAVING count(*) <> count(DISTINCT e.cause) OR count(*) <> max(split_part(e.cause, ':', 3)::bigint)
            OR bool_or(e.cause NOT LIKE 'accumulate:' || e.order_id || ':%')
        """,
    ),
    Proof(
        "point_entry.without_money",
        "an order that was canceled, or in which no money is left, has brought no points in the end",
        """
        SELECT e.order_id AS subject, sum(e.points) AS points, o.status, o.amount_paid, o.amount_refunded
          FROM point_entries e JOIN orders o ON o.store_id = e.store_id AND o.id = e.order_id
         WHERE e.store_id = :store AND e.type IN ('accumulate', 'reverse')
         GROUP BY e.order_id, o.status, o.amount_paid, o.amount_refunded
        HAVING sum(e.points) < 0 OR (sum(e.points) > 0 AND (o.status = 'canceled' OR o.amount_paid = o.amount_refunded))
        """,
    ),
    Proof(
        "point_entry.undone",
        "what was taken back has its refund or cancellation, or its order went to another customer, or something left the bill; what was given back "
        "has its refund or cancellation, or its reward is in no order",
        """
        SELECT e.id AS subject, e.type, e.points, e.order_id, e.redemption_id
          FROM point_entries e LEFT JOIN orders o ON o.store_id = e.store_id AND o.id = e.order_id
         WHERE e.store_id = :store AND e.refund_id IS NULL AND o.status IS DISTINCT FROM 'canceled'
           AND (e.type = 'reverse' AND e.points < 0 AND NOT EXISTS (
                  SELECT FROM audit_log a
                   WHERE a.store_id = :store AND a.subject = 'orders:' || e.order_id
                     AND a.action IN ('order.move', 'order.split', 'order.void_line'))
                OR e.type = 'return' AND e.points > 0 AND EXISTS (
                  SELECT FROM order_discounts d
                   WHERE d.store_id = :store AND d.redemption_id = e.redemption_id AND d.replaced_at IS NULL))
        """,
    ),
    Proof(
        "redemption.points",
        "a redemption spent its points, and what it gave back is what went back into lots",
        """
        SELECT r.id AS subject, r.points, r.returned_points, e.spent, e.returned
          FROM redemptions r
          LEFT JOIN (SELECT redemption_id, -sum(points) FILTER (WHERE type = 'redeem') AS spent,
                            coalesce(sum(points) FILTER (WHERE type = 'return'), 0) AS returned
                       FROM point_entries WHERE store_id = :store AND redemption_id IS NOT NULL GROUP BY redemption_id) e
            ON e.redemption_id = r.id
         WHERE r.store_id = :store AND (r.points, r.returned_points) IS DISTINCT FROM (e.spent, e.returned)
        """,
    ),
    Proof(
        "redemption.discount",
        "a reward takes something off exactly the orders in which points were spent on it and not all given back",
        """
        SELECT r.id AS subject, r.order_id, r.points, r.returned_points, d.order_id AS discounted
          FROM redemptions r
          LEFT JOIN (SELECT DISTINCT redemption_id, order_id FROM order_discounts
                      WHERE store_id = :store AND redemption_id IS NOT NULL AND replaced_at IS NULL) d ON d.redemption_id = r.id
          LEFT JOIN orders o ON o.store_id = r.store_id AND o.id = r.order_id
         WHERE r.store_id = :store
           AND (d.order_id <> coalesce(r.order_id, r.id)
                OR (r.order_id IS NOT NULL AND d.order_id IS NULL AND r.returned_points < r.points)
                OR (o.status = 'canceled' AND r.returned_points < r.points))
        """,
    ),
    Proof(
        "order.member",
        "an order is of the member that its customer is, from the day on which they joined",
        """
        SELECT o.id AS subject, o.member_id, m.id AS customers_member
          FROM orders o LEFT JOIN members m ON m.store_id = o.store_id AND m.customer_id = o.customer_id
         WHERE o.store_id = :store AND o.member_id IS DISTINCT FROM m.id
           AND NOT EXISTS (SELECT FROM members x
                            WHERE x.store_id = :store AND x.id = o.member_id AND x.merged_into_id = m.id)
        """,
    ),
)
