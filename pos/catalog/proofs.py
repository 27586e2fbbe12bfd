"""What must hold of the catalogue."""

from pos.proofs import Proof

PROOFS = (
    Proof(
        "category.tree",
        "no category lies within itself",
        """
        WITH RECURSIVE above AS (
            SELECT id, parent_id FROM categories WHERE store_id = :store
            UNION SELECT above.id, c.parent_id FROM above JOIN categories c ON c.store_id = :store AND c.id = above.parent_id)
        SELECT id AS subject FROM above WHERE id = parent_id
        """,
    ),
)
