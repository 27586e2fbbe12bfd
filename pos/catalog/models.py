"""What is kept of categories, products and coupons."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from pos.catalog.pictures import LONGEST_SIDE, MEDIA_TYPE
from pos.db import Edited, StoreRow, check, index, of_web_shop, one_of, parent, unique
from pos.money import MAX_AMOUNT

KINDS = ("food", "merch")
STATUSES = ("active", "inactive")
DISCOUNT_TYPES = ("percent", "amount")


class Category(Edited, StoreRow):
    """A shelf of the catalogue; may lie within another one. What lies in it is made at its station, or at that of the one around it."""

    __tablename__ = "categories"
    __table_args__ = (
        unique("name"),
        parent("categories", "parent_id"),
        parent("stations", "station_id"),
        index("ix_categories_parent_id", "parent_id"),
        of_web_shop("categories", "wc_category_id"),
        check("parent", "parent_id <> id"),
    )
    audited: ClassVar[bool] = True

    name: Mapped[str]
    parent_id: Mapped[UUID | None]
    station_id: Mapped[UUID | None]
    wc_category_id: Mapped[int | None]
    is_of_web_shop: Mapped[bool] = mapped_column(server_default=text("false"), default=False)


class Product(Edited, StoreRow):
    """Something to sell; prices are in minor units. `stock_quantity` is None when it is not counted.

    `modifiers` are groups of choices and `price_rules` prices by days and hours, in the shapes of catalog/prices.py.

    `wc_product_id` is what the web shop calls it, and a variation is one of `wc_parent_id`; one `is_of_web_shop` came from there, so that name, price and status follow the shop.
    `wc_stock_quantity` is the stock that the shop told last: what changes there is added to what is counted here.
    """

    __tablename__ = "products"
    __table_args__ = (
        unique("sku"),
        parent("categories", "category_id"),
        parent("stations", "station_id"),
        index("ix_products_category_id", "category_id"),
        of_web_shop("products", "wc_product_id"),
        one_of("kind", KINDS),
        one_of("status", STATUSES),
        check("price", f"price BETWEEN 0 AND {MAX_AMOUNT}"),
        check("sale_price", "sale_price BETWEEN 0 AND price"),
    )
    audited: ClassVar[bool] = True

    category_id: Mapped[UUID | None]
    station_id: Mapped[UUID | None]
    kind: Mapped[str]
    name: Mapped[str]
    sku: Mapped[str]
    price: Mapped[int]
    sale_price: Mapped[int | None]
    is_open_price: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    modifiers: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"), default=list)
    price_rules: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"), default=list)
    tax_class: Mapped[str]
    needs_preparation: Mapped[bool]
    stock_quantity: Mapped[int | None]
    status: Mapped[str] = mapped_column(default="active")
    image_url: Mapped[str | None]
    wc_product_id: Mapped[int | None]
    wc_parent_id: Mapped[int | None]
    wc_stock_quantity: Mapped[int | None]
    is_of_web_shop: Mapped[bool] = mapped_column(server_default=text("false"), default=False)

    @property
    def regular_price(self) -> int:
        """What it costs when no sale price holds."""
        return self.price


class ProductImage(StoreRow):
    """What a product looks like: drawn by us (catalog/pictures.py), found by the SHA-256 of its content, never changed."""

    __tablename__ = "product_images"
    __table_args__ = (
        unique("product_id"),
        parent("products", "product_id"),
        index("ix_product_images_digest", "digest"),
        one_of("media_type", (MEDIA_TYPE,)),
        check("size", f"least(width, height) >= 1 AND greatest(width, height) <= {LONGEST_SIDE}"),
    )
    privileges: ClassVar[tuple[str, ...]] = ("INSERT", "DELETE")

    product_id: Mapped[UUID]
    digest: Mapped[str]
    media_type: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    content: Mapped[bytes]


class Coupon(Edited, StoreRow):
    """A code that takes something off an order: `amount` is whole percent or minor units, as `discount_type` says.

    `usage_count` is the number of orders that hold a use of it; the CHECK keeps the limit under races.
    """

    __tablename__ = "coupons"
    __table_args__ = (
        unique("code"),
        of_web_shop("coupons", "wc_coupon_id"),
        one_of("discount_type", DISCOUNT_TYPES),
        one_of("status", STATUSES),
        check("amount", f"amount BETWEEN 1 AND CASE discount_type WHEN 'percent' THEN 100 ELSE {MAX_AMOUNT} END"),
        check("dates", "starts_at < ends_at"),
        check("usage", "usage_count >= 0 AND usage_count <= coalesce(usage_limit, usage_count)"),
    )
    audited: ClassVar[bool] = True

    code: Mapped[str]
    discount_type: Mapped[str]
    amount: Mapped[int]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    usage_limit: Mapped[int | None]
    usage_count: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    status: Mapped[str] = mapped_column(server_default=text("'active'"), default="active")
    wc_coupon_id: Mapped[int | None]
