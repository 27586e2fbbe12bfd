"""What must hold of customers."""

from pos.proofs import Proof

PROOFS = (
    Proof(
        "customer.profile",
        "each customer has exactly one profile",
        """
        SELECT c.id AS subject FROM customers c
         WHERE c.store_id = :store
           AND NOT EXISTS (SELECT FROM profiles p WHERE p.store_id = c.store_id AND p.customer_id = c.id)
        """,
    ),
    Proof(
        "customer.marketing_consent",
        "the flag is the latest answer about marketing",
        """
        SELECT c.id AS subject, c.marketing_consent, latest.granted
          FROM customers c
          LEFT JOIN LATERAL (SELECT granted FROM consents n
                              WHERE n.store_id = c.store_id AND n.customer_id = c.id AND n.purpose = 'marketing'
                              ORDER BY n.id DESC LIMIT 1) latest ON true
         WHERE c.store_id = :store AND c.marketing_consent IS DISTINCT FROM latest.granted
        """,
    ),
)
