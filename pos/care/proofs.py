"""What must hold of rows that are one person."""

from pos.messaging.models import WAITING
from pos.proofs import Proof

PROOFS = (
    Proof(
        "customer.merged",
        "a merged customer leads to one that is not merged, by a merge that is in force; whoever is in no such merge leads nowhere",
        """
        SELECT c.id AS subject, c.merged_into_id, k.merged_into_id AS leads_on, g.id AS merge_id
          FROM customers c
          LEFT JOIN customers k ON k.store_id = c.store_id AND k.id = c.merged_into_id
          LEFT JOIN merges g ON g.store_id = c.store_id AND g.duplicate_id = c.id AND g.undone_at IS NULL
         WHERE c.store_id = :store
           AND ((c.merged_into_id IS NULL) <> (g.id IS NULL) OR k.merged_into_id IS NOT NULL)
        """,
    ),
    Proof(
        "customer.merged_empty",
        "nothing is left with a merged customer: no orders, no points, no texts of their own that wait",
        f"""
        SELECT c.id AS subject, o.orders, l.points, m.texts
          FROM customers c
          CROSS JOIN LATERAL (SELECT count(*) AS orders FROM orders o WHERE o.store_id = :store AND o.customer_id = c.id) o
          CROSS JOIN LATERAL (SELECT coalesce(sum(l.remaining), 0) AS points FROM members w
                                JOIN point_lots l ON l.store_id = w.store_id AND l.member_id = w.id AND l.remaining > 0
                               WHERE w.store_id = :store AND w.customer_id = c.id) l
          -- What is sent once more is followed when it is taken out again.
          CROSS JOIN LATERAL (SELECT count(*) AS texts FROM messages m
                               WHERE m.store_id = :store AND m.customer_id = c.id AND m.status IN {WAITING} AND m.campaign_id IS NULL
                                 AND m.attempts = 0) m
         WHERE c.store_id = :store AND c.merged_into_id IS NOT NULL AND (o.orders, l.points, m.texts) <> (0, 0, 0)
        """,
    ),
    Proof(
        "member.merged",
        "a merged customer's member leads to the member of who stands for them",
        """
        SELECT w.id AS subject, w.merged_into_id, h.id AS heir_id
          FROM customers c
          JOIN members w ON w.store_id = c.store_id AND w.customer_id = c.id
          LEFT JOIN members h ON h.store_id = c.store_id AND h.customer_id = c.merged_into_id
         WHERE c.store_id = :store AND c.merged_into_id IS NOT NULL AND w.merged_into_id IS DISTINCT FROM h.id
        """,
    ),
)
