"""What the shop sells, on the shelves here: categories, products with their stock, coupons.

A product or category that came from the shop follows it in name, price and status; one that was here before is only joined to it, by SKU or
name, and stays as people made it. Stock is counted in both places: what the shop's count has changed by since it was read last is added to
the count here, so a sale at the counter and a delivery in the shop both count.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from pos import ids
from pos.catalog import actions as catalog
from pos.catalog.coupons import normalised
from pos.catalog.models import Category, Coupon, Product
from pos.db import db, find, rows_of
from pos.money import MAX_AMOUNT
from pos.statements import Statement
from pos.woocommerce.bill import is_exact, minor_units
from pos.woocommerce.found import Found
from pos.woocommerce.records import LeftOut, WebCategory, WebCoupon, WebProduct
from pos.woocommerce.taxes import Taxes


@dataclass(frozen=True)
class Shelf:
    """How what is new is put on the shelf, and what was found of it. `digits` are the decimals of the currency."""

    found: Found
    product_kind: str
    taxes: Taxes
    digits: int
    is_repairing: bool = True

    def is_missing(self, number: int) -> bool:
        """Notes that something is not here; says whether it is to be put here."""
        self.found.differs(number, "missing")
        return self.is_repairing

    def price(self, told: Decimal | None, tax_class: str | None) -> int | None:
        """A price in minor units, with tax or without it as prices here are."""
        return None if told is None else minor_units(self.taxes.as_here(told, tax_class), self.digits)


# --- categories -------------------------------------------------------------------------------------------


def take_categories(told: Sequence[WebCategory], shelf: Shelf) -> None:
    """All categories of the shop: where each lies is known only from all of them."""
    every = list(db.session.scalars(rows_of(Category)))
    known = {row.wc_category_id: row for row in every if row.wc_category_id}
    names = {row.name: row for row in every}
    parents = {each.wc_id: each for each in told}
    for each in sorted(told, key=lambda category: _depth(category, parents)):
        parent = known.get(each.parent)
        row = known.get(each.wc_id) or _namesake(names.get(each.name))
        fields = _category_fields(each, row, parent, names)
        if row is None:
            if shelf.is_missing(each.wc_id):
                row = Category(id=ids.uuid7(), **fields, wc_category_id=each.wc_id, is_of_web_shop=True)
                db.session.add(row)
        elif changes := _changes(row, fields if row.is_of_web_shop else {"wc_category_id": each.wc_id}):
            shelf.found.differs(each.wc_id, "changed", **changes)
            _change(row, changes, shelf)
        if row is not None:
            known[each.wc_id] = names[row.name] = row
    db.session.flush()


def _namesake(row: Category | None) -> Category | None:
    return row if row is not None and row.wc_category_id is None else None


def _depth(category: WebCategory, parents: dict[int, WebCategory]) -> int:
    """How deep it lies; a circle, which a broken shop may have, ends."""
    depth, seen = 0, {category.wc_id}
    while category.parent in parents and category.parent not in seen:
        category = parents[category.parent]
        seen.add(category.wc_id)
        depth += 1
    return depth


def _category_fields(
    told: WebCategory, row: Category | None, parent: Category | None, names: dict[str, Category]
) -> dict[str, Any]:
    """A name stands once here, and may stand often in the shop: then with that of the shelf around it."""
    wanted = [told.name, *([f"{told.name} ({parent.name})"] if parent else []), f"{told.name} ({told.wc_id})"]
    free = next(name for name in wanted if names.get(name) in (None, row) or name == wanted[-1])
    name = row.name if row is not None and row.name in wanted else free
    return {"name": name, "parent_id": parent.id if parent and parent is not row else None}


# --- products ---------------------------------------------------------------------------------------------


def take_products(told: Sequence[WebProduct], shelf: Shelf) -> None:
    """Products, and variations of products."""
    wanted = [each.wc_id for each in told]
    numbered = {
        row.wc_product_id: row for row in db.session.scalars(rows_of(Product).where(Product.wc_product_id.in_(wanted)))
    }
    skus = {each.sku for each in told if each.sku}
    named = {row.sku: row for row in db.session.scalars(rows_of(Product).where(Product.sku.in_(skus)))}
    categories = _category_ids(each.category for each in told)
    changing: list[tuple[Product, WebProduct, dict[str, Any]]] = []
    for each in told:
        for remark in each.remarks:
            shelf.found.remark(each.wc_id, remark)
        namesake = named.get(each.sku) if each.sku else None
        row = numbered.get(each.wc_id) or (
            namesake if namesake is not None and namesake.wc_product_id is None else None
        )
        try:
            tax_class = row.tax_class if row is not None else shelf.taxes.class_of(each)
            fields = _product_fields(each, categories.get(each.category or 0), tax_class, shelf)
        except LeftOut as why:
            shelf.found.leave_out(each.wc_id, why)
            continue
        if row is not None:
            changing.append((row, each, fields))
        elif shelf.is_missing(each.wc_id):
            row = _new_product(each, namesake, fields | {"tax_class": tax_class or shelf.taxes.usual}, shelf)
        if row is not None:
            numbered[each.wc_id] = named[row.sku] = row
            if row.sku == _beside(each):
                shelf.found.remark(each.wc_id, "sku_taken", sku=each.sku)
    # In the order in which sales lock them.
    for row, each, fields in sorted(changing, key=lambda change: change[0].id):
        _follow(row, each, fields, shelf)
    db.session.flush()


def _follow(row: Product, told: WebProduct, fields: dict[str, Any], shelf: Shelf) -> None:
    changes = _product_changes(told, row, fields)
    if changes:
        shelf.found.differs(told.wc_id, "changed", **changes)
    if changes and shelf.is_repairing:
        # A sale may be taking from the stock at this moment.
        row = find(Product, row.id, lock=True)
        catalog.change_product(row, {name: after for name, (_, after) in _product_changes(told, row, fields).items()})


def _product_fields(told: WebProduct, category_id: UUID | None, tax_class: str | None, shelf: Shelf) -> dict[str, Any]:
    """What follows the shop. A product that would be taxed here and is not there is not sold here."""
    price, sale = (shelf.price(each, tax_class) for each in (told.price, told.sale_price))
    if price is not None and not 0 <= price <= MAX_AMOUNT:
        raise LeftOut("odd_amount", field="regular_price")
    if told.price is not None and not is_exact(told.price, shelf.digits):
        shelf.found.remark(told.wc_id, "rounded", price=str(told.price))
    if tax_class is None:
        shelf.found.remark(told.wc_id, "untaxed")
    is_sold = told.is_offered and price is not None and tax_class is not None
    return {
        "name": told.name, "price": price or 0, "sale_price": sale, "status": "active" if is_sold else "inactive",
        "category_id": category_id, "image_url": told.image_url,
    }  # fmt: skip


def _new_product(told: WebProduct, namesake: Product | None, fields: dict[str, Any], shelf: Shelf) -> Product:
    sku = told.sku or f"WC-{told.wc_id}"
    if namesake is not None:
        sku = _beside(told)
    numbered = {
        "wc_product_id": told.wc_id,
        "wc_parent_id": told.parent,
        "wc_stock_quantity": told.stock,
        "is_of_web_shop": True,
    }
    kept = {
        "kind": shelf.product_kind,
        "needs_preparation": False,
        "stock_quantity": told.stock,
    }
    return catalog.create_product(fields | numbered | kept | {"sku": sku})


def _beside(told: WebProduct) -> str:
    """The SKU of one whose own is another product's here."""
    return f"{told.sku}-WC{told.wc_id}"


def _product_changes(told: WebProduct, row: Product, fields: dict[str, Any]) -> dict[str, Any]:
    wanted = (fields if row.is_of_web_shop else {}) | {"wc_product_id": told.wc_id, "wc_parent_id": told.parent}
    return _changes(row, wanted | _stock(told.stock, row))


def _stock(told: int | None, row: Product) -> dict[str, Any]:
    """The shop's count, and ours moved by as much as the shop's has moved."""
    counted, before = row.stock_quantity, row.wc_stock_quantity
    if told is None:
        counted = None if row.is_of_web_shop and before is not None else counted
    elif counted is None:
        counted = told
    elif before is not None:
        counted += told - before
    return {"wc_stock_quantity": told, "stock_quantity": counted}


def _category_ids(numbers: Iterable[int | None]) -> dict[int, UUID]:
    wanted = {number for number in numbers if number}
    found = db.session.scalars(rows_of(Category).where(Category.wc_category_id.in_(wanted))) if wanted else ()
    return {row.wc_category_id: row.id for row in found if row.wc_category_id}


# --- coupons ----------------------------------------------------------------------------------------------


def take_coupons(told: Sequence[WebCoupon], shelf: Shelf) -> None:
    """Codes of the shop hold at the counter as well, unless they hold under conditions that coupons here do not know."""
    wanted, codes = [each.wc_id for each in told], [normalised(each.code) for each in told]
    numbered = {
        row.wc_coupon_id: row for row in db.session.scalars(rows_of(Coupon).where(Coupon.wc_coupon_id.in_(wanted)))
    }
    coded = {row.code: row for row in db.session.scalars(rows_of(Coupon).where(Coupon.code.in_(codes)))}
    for each, code in zip(told, codes, strict=True):
        try:
            _take_coupon(each, numbered.get(each.wc_id), coded.get(code), shelf)
        except LeftOut as why:
            shelf.found.leave_out(each.wc_id, why)
    db.session.flush()


def _take_coupon(told: WebCoupon, row: Coupon | None, same_code: Coupon | None, shelf: Shelf) -> None:
    if same_code is not None and same_code is not row:
        raise LeftOut("code_taken")
    if told.has_conditions:
        shelf.found.remark(told.wc_id, "conditions")
    fields = _coupon_fields(told, row.usage_count if row else 0, shelf)
    if row is None:
        if shelf.is_missing(told.wc_id):
            db.session.add(Coupon(**fields, wc_coupon_id=told.wc_id))
            db.session.flush()
    elif changes := _changes(row, fields):
        shelf.found.differs(told.wc_id, "changed", **changes)
        _change(row, changes, shelf)


def _coupon_fields(told: WebCoupon, used_here: int, shelf: Shelf) -> dict[str, Any]:
    """What the shop has left of a limited code is left here as well, less what was used here."""
    is_percent = told.discount_type == "percent"
    amount = minor_units(told.amount, 0 if is_percent else shelf.digits)
    if not is_exact(told.amount, 0 if is_percent else shelf.digits) or not 1 <= amount <= (
        100 if is_percent else MAX_AMOUNT
    ):
        raise LeftOut("odd_amount", field="amount")
    limit = max(told.usage_limit - told.usage_count, used_here) if told.usage_limit else None
    return {
        "code": normalised(told.code), "discount_type": told.discount_type, "amount": amount, "ends_at": told.ends_at,
        "usage_limit": limit, "status": "inactive" if told.has_conditions or not told.is_offered else "active",
    }  # fmt: skip


# --- what is there no more --------------------------------------------------------------------------------


_PRODUCTS_BETWEEN = Statement("""
    SELECT DISTINCT coalesce(wc_parent_id, wc_product_id) FROM products
     WHERE store_id = :store AND wc_product_id IS NOT NULL AND (status = 'active' OR wc_stock_quantity IS NOT NULL)
       AND coalesce(wc_parent_id, wc_product_id) > :after
       AND (:upto ::bigint IS NULL OR coalesce(wc_parent_id, wc_product_id) <= :upto ::bigint)
""")
_VARIATIONS_BESIDE = Statement("""
    SELECT wc_product_id FROM products
     WHERE store_id = :store AND wc_parent_id = ANY(:parents ::bigint[]) AND NOT wc_product_id = ANY(:told ::bigint[])
""")
_COUPONS_BETWEEN = Statement("""
    SELECT wc_coupon_id FROM coupons
     WHERE store_id = :store AND status = 'active' AND wc_coupon_id > :after AND (:upto ::bigint IS NULL OR wc_coupon_id <= :upto ::bigint)
""")


def products_between(after: int, upto: int | None) -> list[int]:
    """What the shop lists, of numbers above the one and up to the other: a product with variations once."""
    return [row[0] for row in _PRODUCTS_BETWEEN.rows(after=after, upto=upto)]


def coupons_between(after: int, upto: int | None) -> list[int]:
    """Coupons that hold, of numbers above the one and up to the other."""
    return [row[0] for row in _COUPONS_BETWEEN.rows(after=after, upto=upto)]


def variations_beside(parents: Sequence[int], told: Sequence[int]) -> list[int]:
    """The variations of these products that were not told of."""
    return [row[0] for row in _VARIATIONS_BESIDE.rows(parents=list(parents), told=list(told))] if parents else []


def withdraw_products(numbers: Sequence[int], shelf: Shelf, *, with_variations: bool = True) -> None:
    """The shop sells these products no more, nor any of their variations: those that came from there are sold no more, the others stand
    alone again."""
    known = Product.wc_product_id.in_(numbers) | (Product.wc_parent_id.in_(numbers) & with_variations)
    for row in db.session.scalars(rows_of(Product).where(known).order_by(Product.id)) if numbers else ():
        after = {"status": "inactive", "wc_stock_quantity": None} if row.is_of_web_shop else _alone(row)
        _withdraw(row, row.wc_product_id, after, shelf)


def withdraw_coupons(numbers: Sequence[int], shelf: Shelf) -> None:
    """The shop has these codes no more."""
    asked = rows_of(Coupon).where(Coupon.wc_coupon_id.in_(numbers)).order_by(Coupon.id)
    for row in db.session.scalars(asked) if numbers else ():
        _withdraw(row, row.wc_coupon_id, {"status": "inactive"}, shelf)


def _alone(row: Product) -> dict[str, Any]:
    """Nobody else sells it any more, so there are no fewer than none."""
    counted = None if row.stock_quantity is None else max(row.stock_quantity, 0)
    return {"wc_product_id": None, "wc_parent_id": None, "wc_stock_quantity": None, "stock_quantity": counted}


_Row = Category | Product | Coupon


def _withdraw(row: _Row, number: int | None, after: dict[str, Any], shelf: Shelf) -> None:
    assert number is not None, "it is known by its number"
    if changes := _changes(row, after):
        shelf.found.differs(number, "gone", **changes)
        _change(row, changes, shelf)


def _changes(row: _Row, wanted: dict[str, Any]) -> dict[str, Any]:
    """What would change, each with what is there and what comes."""
    return {name: (getattr(row, name), value) for name, value in wanted.items() if getattr(row, name) != value}


def _change(row: _Row, changes: dict[str, Any], shelf: Shelf) -> None:
    if shelf.is_repairing:
        for name, (_, after) in changes.items():
            setattr(row, name, after)
