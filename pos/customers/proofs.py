"""What must hold of customers."""

from pos.proofs import Proof


def _flag(purpose: str) -> Proof:
    """A yes that waits to be confirmed is no answer yet."""
    return Proof(
        f"customer.{purpose}_consent",
        f"the flag is the latest answer about {purpose}",
        f"""
        SELECT c.id AS subject, c.{purpose}_consent, latest.granted
          FROM customers c
          LEFT JOIN LATERAL (SELECT granted FROM consents n
                              WHERE n.store_id = c.store_id AND n.customer_id = c.id AND n.purpose = '{purpose}'
                                AND NOT n.is_pending
                              ORDER BY n.created_at DESC, n.id DESC LIMIT 1) latest ON true
         WHERE c.store_id = :store AND c.{purpose}_consent IS DISTINCT FROM latest.granted
        """,
    )


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
    _flag("marketing"),
    _flag("sms"),
)
