"""The tables of the catalogue."""

from collections.abc import Sequence
from dataclasses import replace

from pos.catalog.models import DISCOUNT_TYPES, KINDS
from pos.web.office.tables import Column, Filter, Table

# So few of something are worth a look; a store sells more than that on an evening.
LOW_STOCK = 5
_STATUSES = [("active", "on sale"), ("inactive", "retired")]
_STOCK = [("low", f"low: {LOW_STOCK} or fewer"), ("out", "none left"), ("counted", "counted"), ("not", "not counted")]
_STANDING = """CASE WHEN p.status <> 'active' THEN 'retired' WHEN p.stock_quantity <= 0 THEN 'out of stock' ELSE 'on sale' END"""
_IMAGE = "CASE WHEN starts_with(p.image_url, '/') THEN p.image_url END"

_SEARCH = Filter("q", "Name or SKU", "strpos(lower(p.name), lower(:q)) > 0 OR strpos(lower(p.sku), lower(:q)) > 0")
_KIND = Filter("kind", "Kind", "p.kind = :kind", [(kind, kind) for kind in KINDS])
_STATUS = Filter("status", "Status", "p.status = :status", _STATUSES)
_FOLLOWS = Filter(
    "web_shop", "Comes from", "p.is_of_web_shop = (:web_shop = 'shop')", [("shop", "the web shop"), ("here", "here")]
)
_LEFT = f"""CASE :stock WHEN 'low' THEN p.stock_quantity <= {LOW_STOCK} WHEN 'out' THEN p.stock_quantity <= 0
     WHEN 'counted' THEN p.stock_quantity IS NOT NULL ELSE p.stock_quantity IS NULL END"""
_LOW = f"CASE WHEN p.stock_quantity <= 0 THEN 'none left' WHEN p.stock_quantity <= {LOW_STOCK} THEN 'low' END"
# A category with all that lie within it.
_WITHIN = """p.category_id IN (
    WITH RECURSIVE within AS (
      SELECT c.id FROM categories c WHERE c.store_id = :store AND c.id = :category ::uuid
      UNION SELECT c.id FROM within JOIN categories c ON c.store_id = :store AND c.parent_id = within.id)
    SELECT within.id FROM within)"""
_FROM = """
    FROM products p LEFT JOIN categories c ON c.store_id = p.store_id AND c.id = p.category_id WHERE p.store_id = :store
"""

PRODUCTS = Table(
    name="products",
    columns=(
        Column("id", "", "p.id"),
        Column("image", "Image", _IMAGE, "image"),
        Column("name", "Name", "p.name", is_sortable=True, link=("office.catalog.product", {"product_id": "id"})),
        Column("sku", "SKU", "p.sku", is_sortable=True),
        Column("category", "Category", "c.name", is_sortable=True),
        Column("kind", "Kind", "p.kind"),
        Column("price", "Price", "p.price", "money", is_sortable=True),
        Column("stock", "Stock", "p.stock_quantity", "number", is_sortable=True),
        Column("status", "Status", _STANDING, "badge"),
    ),
    source=_FROM,
    key="p.id",
    order="name",
)

STOCK = Table(
    name="stock",
    columns=(
        Column("id", "", "p.id"),
        Column("version", "", "p.version"),
        Column("name", "Product", "p.name", is_sortable=True, link=("office.catalog.product", {"product_id": "id"})),
        Column("sku", "SKU", "p.sku", is_sortable=True),
        Column("category", "Category", "c.name", is_sortable=True),
        Column("low", "Low", _LOW, "badge"),
        Column("stock", "In stock", "p.stock_quantity", "number", is_sortable=True),
        Column("in_shop", "In the web shop", "p.wc_stock_quantity", "number", is_sortable=True, may_be_empty=True),
    ),
    source=f"{_FROM} AND p.stock_quantity IS NOT NULL AND p.status = 'active'",
    key="p.id",
    order="stock",
)

COUPONS = Table(
    name="coupons",
    columns=(
        Column("id", "", "p.id"),
        Column("amount", "", "p.amount"),
        Column("discount_type", "", "p.discount_type"),
        Column("code", "Code", "p.code", is_sortable=True, link=("office.catalog.coupon", {"coupon_id": "id"})),
        Column("percent", "Percent off", "CASE p.discount_type WHEN 'percent' THEN p.amount END", "number"),
        Column("off", "Amount off", "CASE p.discount_type WHEN 'amount' THEN p.amount END", "money"),
        Column("usage_count", "Used", "p.usage_count", "number", is_sortable=True),
        Column("usage_limit", "At most", "p.usage_limit", "number"),
        Column("starts_at", "From", "p.starts_at", "moment", is_sortable=True),
        Column("ends_at", "Until", "p.ends_at", "moment", is_sortable=True),
        Column(
            "standing",
            "Status",
            """CASE WHEN p.status <> 'active' THEN 'stopped' WHEN p.usage_count >= p.usage_limit THEN 'used up'
                    WHEN p.ends_at <= now() THEN 'ended' WHEN p.starts_at > now() THEN 'not yet' ELSE 'active' END""",
            "badge",
        ),
        Column("created_at", "Made", "p.created_at", "moment", is_sortable=True),
    ),
    source="FROM coupons p WHERE p.store_id = :store",
    key="p.id",
    order="-created_at",
    filters=(
        Filter("q", "Code", "strpos(p.code, upper(:q)) > 0"),
        Filter("kind", "What it takes off", "p.discount_type = :kind", [(each, each) for each in DISCOUNT_TYPES]),
        Filter("status", "Status", "p.status = :status", [("active", "active"), ("inactive", "stopped")]),
    ),
)


def products_of(categories: Sequence[tuple[str, str]]) -> Table:
    """The table of products; these categories (id and title) can be chosen."""
    stock = Filter("stock", "Stock", _LEFT, _STOCK)
    return replace(PRODUCTS, filters=(_SEARCH, *_within(categories), _KIND, _STATUS, stock, _FOLLOWS))


def stock_of(categories: Sequence[tuple[str, str]]) -> Table:
    """What is counted, least first."""
    low = Filter("stock", "How many", _LEFT, _STOCK[:2])
    return replace(STOCK, filters=(_SEARCH, *_within(categories), low))


def _within(categories: Sequence[tuple[str, str]]) -> list[Filter]:
    """Where there are no categories there is nothing to choose."""
    return [Filter("category", "Category", _WITHIN, categories)] if categories else []
