"""What must hold of the catalogue."""

from pos.proofs import Proof

PROOFS = (
    Proof(
        "product.stock",
        "tracked stock is not below zero",
        """
        SELECT id AS subject, sku, stock_quantity FROM products WHERE store_id = :store AND stock_quantity < 0
        """,
    ),
)
