"""What the counter asks of the catalogue: the products of a basket with their tax rate, in one statement."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from pos.catalog.prices import PriceList, zone
from pos.statements import Statement

_FOR_SALE = Statement("""
    SELECT p.name, p.price, p.sale_price, p.is_open_price, p.modifiers, p.price_rules,
           p.id, p.sku, p.kind, p.status, p.needs_preparation, p.stock_quantity IS NOT NULL, p.tax_class,
           (SELECT t.rate FROM tax_rates t
             WHERE t.store_id = :store AND t.location_id = :location AND t.tax_class = p.tax_class),
           CASE WHEN p.price_rules <> '[]' THEN
             (SELECT l.timezone FROM locations l WHERE l.store_id = :store AND l.id = :location) END
      FROM products p
     WHERE p.store_id = :store AND (p.id = ANY(:ids ::uuid[]) OR p.sku = ANY(:skus ::text[]))
""")
_SHELVES = Statement("""
    WITH RECURSIVE above AS (
      SELECT p.id AS product, p.category_id AS category FROM products p
       WHERE p.store_id = :store AND p.id = ANY(:products ::uuid[]) AND p.category_id IS NOT NULL
      UNION
      SELECT above.product, c.parent_id FROM above JOIN categories c ON c.store_id = :store AND c.id = above.category
       WHERE c.parent_id IS NOT NULL)
    SELECT product, array_agg(category) FROM above GROUP BY product
""")
CATALOG_VERSION = """
    (SELECT coalesce(sum(p.version), 0) FROM products p WHERE p.store_id = :store)
         + (SELECT coalesce(sum(c.version), 0) FROM categories c WHERE c.store_id = :store)
"""
_CATALOG_VERSION = Statement(f"SELECT {CATALOG_VERSION}")


@dataclass(frozen=True)
class ForSale(PriceList):
    """A product as the counter sells it at one location. `tax_rate` is None if the location has none for it;
    `timezone` is the location's, and there if the price asks for the hour."""

    id: UUID
    sku: str
    kind: str
    status: str
    needs_preparation: bool
    is_tracked: bool
    tax_class: str
    tax_rate: Decimal | None
    timezone: str | None

    def local(self, instant: datetime) -> datetime | None:
        """The instant on the wall clock of the location."""
        return instant.astimezone(zone(self.timezone)) if self.timezone else None


def products_for_sale(ids: Collection[UUID], skus: Collection[str], location_id: UUID) -> list[ForSale]:
    """The products with these ids or SKUs, those that are not sold any more included."""
    rows = _FOR_SALE.rows(location=location_id, ids=list(ids), skus=list(skus))
    return [ForSale(*row) for row in rows]


def shelves(product_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """The categories in which each of these products lies, and those around them; products without one are left out."""
    return {product: list(categories) for product, categories in _SHELVES.rows(products=list(product_ids))}


def catalog_version() -> str:
    """A number that grows with each edit of the catalogue, so that a tablet can say by which it sold."""
    row = _CATALOG_VERSION.first()
    return str(row[0] if row else 0)
