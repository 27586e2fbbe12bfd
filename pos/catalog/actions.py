"""What may change in the catalogue."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from pos.catalog import images
from pos.catalog.coupons import normalised
from pos.catalog.models import Category, Coupon, Product
from pos.db import current_store, db, rows_of
from pos.errors import Invalid, Refused
from pos.stores.queries import tax_classes_everywhere


class CategoryCycle(Invalid):
    title = "A category cannot lie within itself"


class OutOfStock(Refused):
    title = "Not enough in stock"
    advice = "{name}: {available} left, {wanted} asked for. Take fewer, or leave it out."


def create_category(*, name: str, parent_id: UUID | None = None, station_id: UUID | None = None) -> Category:
    category = Category(name=name, parent_id=parent_id, station_id=station_id)
    db.session.add(category)
    db.session.flush()
    return category


def change_category(category: Category, fields: dict[str, Any]) -> None:
    """Renames or moves. Raises CategoryCycle."""
    if fields.get("parent_id"):
        _refuse_cycle(category, fields["parent_id"])
    for name, value in fields.items():
        setattr(category, name, value)


def create_product(fields: dict[str, Any]) -> Product:
    """A product; food needs preparation unless it is said otherwise. Raises Invalid for an unknown tax class."""
    _require_tax_class(fields["tax_class"])
    _require_sale_price(fields["price"], fields.get("sale_price"))
    product = Product(needs_preparation=fields.pop("needs_preparation", fields["kind"] == "food"), **fields)
    db.session.add(product)
    db.session.flush()
    return product


def change_product(product: Product, fields: dict[str, Any]) -> None:
    """Changes a product; what was sold keeps the price, name and tax of its sale."""
    if "tax_class" in fields:
        _require_tax_class(fields["tax_class"])
    if "price" in fields or "sale_price" in fields:
        _require_sale_price(fields.get("price", product.price), fields.get("sale_price", product.sale_price))
    if "image_url" in fields and fields["image_url"] != product.image_url:
        images.forget(product)
    for name, value in fields.items():
        setattr(product, name, value)


def create_coupon(fields: dict[str, Any]) -> Coupon:
    """A coupon. Raises Invalid for dates that pass each other."""
    _require_dates(fields.get("starts_at"), fields.get("ends_at"))
    coupon = Coupon(**fields | {"code": normalised(fields["code"])})
    db.session.add(coupon)
    db.session.flush()
    return coupon


def change_coupon(coupon: Coupon, fields: dict[str, Any]) -> None:
    """Changes dates, limit or status; orders keep what they were given. Raises Invalid."""
    _require_dates(fields.get("starts_at", coupon.starts_at), fields.get("ends_at", coupon.ends_at))
    limit = fields.get("usage_limit")
    if limit is not None and limit < coupon.usage_count:
        reason = f"It was used {coupon.usage_count} times already. To end it, set its status to inactive."
        raise Invalid(reason=reason, pointer="/usage_limit")
    for name, value in fields.items():
        setattr(coupon, name, value)


def product_counts(category_ids: list[UUID]) -> dict[UUID, int]:
    """How many products each category holds: counted when asked, never stored."""
    counted = select(Product.category_id, func.count()).where(
        Product.store_id == current_store(), Product.category_id.in_(category_ids)
    )
    return {key: count for key, count in db.session.execute(counted.group_by(Product.category_id)) if key}


def _require_tax_class(tax_class: str) -> None:
    known = tax_classes_everywhere()
    if tax_class not in known:
        reason = f"Every location needs a rate for the tax class {tax_class!r} first. Known everywhere: {', '.join(sorted(known)) or 'none'}."
        raise Invalid(reason=reason, pointer="/tax_class")


def _require_sale_price(price: int, sale_price: int | None) -> None:
    if sale_price is not None and sale_price > price:
        raise Invalid(
            reason="The sale price is above the price; set it to null to end the sale.", pointer="/sale_price"
        )


def _require_dates(starts_at: datetime | None, ends_at: datetime | None) -> None:
    if starts_at and ends_at and starts_at >= ends_at:
        raise Invalid(reason="It ends before it starts.", pointer="/ends_at")


def _refuse_cycle(category: Category, parent_id: UUID) -> None:
    """Walks up from the new parent: a tree is only a few levels deep. One move at a time in each store, since two
    that pass each other could close a circle that neither of them sees."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"categories {current_store()}", 0))))
    links = db.session.execute(rows_of(Category).with_only_columns(Category.id, Category.parent_id))
    parents = {link.id: link.parent_id for link in links}
    above: UUID | None = parent_id
    passed = {category.id}
    while above is not None and above not in passed:
        passed.add(above)
        above = parents.get(above)
    if above is not None:
        raise CategoryCycle(reason="This category lies within the one that you are moving.", pointer="/parent_id")
