"""What the counter asks of the catalogue: the products of a basket with their tax rate, in one statement."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from pos.db import current_store, db

_FOR_SALE = text("""
    SELECT p.id, p.sku, p.name, p.kind, p.price, p.needs_preparation, p.stock_quantity IS NOT NULL AS is_tracked,
           p.tax_class, t.rate AS tax_rate
      FROM products p
      LEFT JOIN tax_rates t
        ON t.store_id = p.store_id AND t.location_id = :location AND t.tax_class = p.tax_class
     WHERE p.store_id = :store AND p.status = 'active' AND (p.id = ANY(:ids) OR p.sku = ANY(:skus))
""")


@dataclass(frozen=True)
class ForSale:
    """A product as the counter sells it at one location. `tax_rate` is None if the location has none for it."""

    id: UUID
    sku: str
    name: str
    kind: str
    price: int
    needs_preparation: bool
    is_tracked: bool
    tax_class: str
    tax_rate: Decimal | None


def products_for_sale(ids: Collection[UUID], skus: Collection[str], location_id: UUID) -> list[ForSale]:
    """The active products with these ids or SKUs; what is missing is unknown or not for sale."""
    asked = {"store": current_store(), "location": location_id, "ids": list(ids), "skus": list(skus)}
    return [ForSale(*row) for row in db.session.execute(_FOR_SALE, asked)]
