"""What a register sells by: catalogue, people, coupons, rewards, wordings; all of it in one answer, so that it sells without network, too.

Its tag is read by one small statement, without reading the offer: of lists whose rows change only when somebody edits (and of products, whose stock
is shown) it takes the rows' versions (order_tags.py tells why), of rows that are rewritten for other reasons what is shown of them.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import current_app

from pos import ids
from pos.catalog.queries import CATALOG_VERSION
from pos.catalog.stock import stock_status
from pos.checkout.links import HAS_ACCOUNT
from pos.checkout.queries import json_of
from pos.customers.wording import current_marketing
from pos.errors import NotFound
from pos.messaging.outbox import SENDER, shared_sender
from pos.statements import Statement

PRODUCT_COLUMNS = (
    "id", "name", "sku", "kind", "category_id", "price", "sale_price", "is_open_price", "modifiers", "price_rules", "tax_class",
    "needs_preparation", "stock_quantity", "image_url",
)  # fmt: skip
COUPON_COLUMNS = ("code", "discount_type", "amount", "starts_at", "ends_at")
REWARD_COLUMNS = ("id", "name", "points", "discount_type", "amount", "product_id")
STORE_COLUMNS = ("id", "slug", "name", "currency", "country", "timezone", "prices_include_tax")


@dataclass(frozen=True)
class _List:
    """A list of the offer: its rows, their order, and what is shown of each. `row` is the table's alias if a row's version tells
    that it has changed; without one what is shown does."""

    rows: str
    order: str
    shown: str
    row: str | None = None

    @property
    def whole(self) -> str:
        return (
            f"(SELECT coalesce(json_agg(json_build_object({self.shown}) ORDER BY {self.order}), '[]') FROM {self.rows})"
        )

    @property
    def versions(self) -> str:
        if self.row is None:
            return f"{self.whole}::text"
        return (
            f"(SELECT string_agg({self.row}.id || ':' || {self.row}.xmin, ',' ORDER BY {self.order}) FROM {self.rows})"
        )


_LISTS = {
    "people": _List(
        """memberships m JOIN users u ON u.id = m.user_id
            WHERE m.store_id = :store AND m.is_active AND u.is_active AND m.pin_hash IS NOT NULL""",
        "m.name, m.user_id",
        "'id', m.user_id, 'name', m.name, 'role', m.role",
    ),
    "categories": _List(
        "categories c WHERE c.store_id = :store", "c.name, c.id", json_of("c", ("id", "name", "parent_id")), row="c"
    ),
    "products": _List(
        "products p WHERE p.store_id = :store AND p.status = 'active'",
        "p.name, p.id",
        json_of("p", PRODUCT_COLUMNS),
        row="p",
    ),
    # Each sale that takes one counts it in its row.
    "coupons": _List(
        "coupons k WHERE k.store_id = :store AND k.status = 'active' AND k.usage_limit IS NULL",
        "k.code",
        json_of("k", COUPON_COLUMNS),
    ),
    "rewards": _List(
        "rewards w WHERE w.store_id = :store AND w.is_active", "w.points, w.name", json_of("w", REWARD_COLUMNS), row="w"
    ),
}
# A register's row says when it was seen last, a store's when its texts were fetched: so of both what is shown.
_PLACE = f"""
       json_build_object('id', r.id, 'name', r.name) AS register,
       json_build_object({json_of("s", STORE_COLUMNS)}) AS store,
       json_build_object('id', l.id, 'name', l.name, 'timezone', l.timezone, 'address', l.address, 'tax_rates',
         (SELECT coalesce(json_object_agg(t.tax_class, trim_scale(t.rate)::text ORDER BY t.tax_class), '{{}}') FROM tax_rates t
           WHERE t.store_id = :store AND t.location_id = l.id)) AS location,
       ({CATALOG_VERSION})::text AS catalog_version,
       :has_stripe AND {HAS_ACCOUNT} AS takes_links,
       :has_twilio AND {SENDER} IS NOT NULL AS sends_texts
"""
_OF_REGISTER = """
  FROM registers r
  JOIN locations l ON l.store_id = r.store_id AND l.id = r.location_id
  JOIN stores s ON s.id = r.store_id
 WHERE r.store_id = :store AND r.id = :register
"""
_WHOLE = f"SELECT {_PLACE}, {', '.join(f'{part.whole} AS {name}' for name, part in _LISTS.items())} {_OF_REGISTER}"
_READ = Statement(_WHOLE)
_TAG = Statement(f"""
    SELECT md5(ROW(place, {", ".join(f"place.of_{name}" for name in _LISTS)})::text)
      FROM (SELECT {_PLACE}, {", ".join(f"{part.versions} AS of_{name}" for name, part in _LISTS.items())} {_OF_REGISTER}) place
""")


def tag(register_id: UUID) -> str:
    """What says whether a register's offer is as it was; also when another version of the program shows more, or asks in other words."""
    program = ids.digest(f"{_WHOLE}{current_marketing('')}")[:8]
    return f"{program}.{_first(_TAG, register_id)['md5']}"


def of_register(register_id: UUID) -> dict[str, Any]:
    """All that a register sells by, as the API shows it."""
    offered = _first(_READ, register_id)
    for product in offered["products"]:
        product["stock_status"] = stock_status(product["stock_quantity"])
    return offered | {"wordings": {"marketing": current_marketing(offered["store"]["name"])}}


def _first(statement: Statement, register_id: UUID) -> dict[str, Any]:
    ways_out = {f"has_{name}": current_app.extensions[name] is not None for name in ("stripe", "twilio")}
    rows = statement.mappings(register=register_id, shared=shared_sender(), **ways_out)
    if not rows:
        raise NotFound(what="register")
    return rows[0]
