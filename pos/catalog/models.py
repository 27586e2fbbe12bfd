"""What is kept of categories and products."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from pos.db import Edited, StoreRow, check, index, one_of, parent, unique
from pos.money import MAX_AMOUNT

KINDS = ("food", "merch")
STATUSES = ("active", "inactive")


class Category(Edited, StoreRow):
    """A shelf of the catalogue; may lie within another one."""

    __tablename__ = "categories"
    __table_args__ = (
        unique("name"),
        parent("categories", "parent_id"),
        index("ix_categories_parent_id", "parent_id"),
        check("parent", "parent_id <> id"),
    )
    audited: ClassVar[bool] = True

    name: Mapped[str]
    parent_id: Mapped[UUID | None]


class Product(Edited, StoreRow):
    """Something to sell. `stock_quantity` is None when it is not counted; price is in minor units."""

    __tablename__ = "products"
    __table_args__ = (
        unique("sku"),
        parent("categories", "category_id"),
        index("ix_products_category_id", "category_id"),
        one_of("kind", KINDS),
        one_of("status", STATUSES),
        check("price", f"price BETWEEN 0 AND {MAX_AMOUNT}"),
    )
    audited: ClassVar[bool] = True

    category_id: Mapped[UUID | None]
    kind: Mapped[str]
    name: Mapped[str]
    sku: Mapped[str]
    price: Mapped[int]
    tax_class: Mapped[str]
    needs_preparation: Mapped[bool]
    stock_quantity: Mapped[int | None]
    status: Mapped[str] = mapped_column(default="active")
    image_url: Mapped[str | None]
