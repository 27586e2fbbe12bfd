"""The items of a request as goods with a price: from the catalogue as it is now, never from the client."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pos import ids
from pos.catalog.prices import Price, price_of
from pos.catalog.queries import ForSale, products_for_sale
from pos.errors import Invalid, Refused
from pos.orders.pricing import Goods

Item = Mapping[str, Any]


class UnknownProduct(Invalid):
    title = "Not for sale"


class NoTaxRate(Refused):
    title = "No tax rate at this location"
    advice = "This location has no rate for the tax class {tax_class} of {product}. The owner adds it to the location."


def goods_of(items: Sequence[Item], location_id: UUID, now: datetime, *, first_position: int = 1) -> list[Goods]:
    """The items as lines to come, in the order in which they were sent.

    Raises UnknownProduct, NoTaxRate, and what `price_of` raises.
    """
    products = asked_for(items, location_id)
    return [
        _goods(_found(products, item, index), item, first_position + index, now) for index, item in enumerate(items)
    ]


def asked_for(items: Sequence[Item], location_id: UUID) -> dict[UUID | str, ForSale]:
    """The products that the items ask for, by id and by SKU."""
    ids_asked = [item["product_id"] for item in items if "product_id" in item]
    skus_asked = [item["sku"] for item in items if "sku" in item]
    found = products_for_sale(ids_asked, skus_asked, location_id)
    by_id: dict[UUID | str, ForSale] = {product.id: product for product in found}
    return by_id | {product.sku: product for product in found}


def key_of(item: Item) -> UUID | str:
    """What an item names its product by."""
    return item.get("product_id") or item["sku"]  # type: ignore[no-any-return]


def line_of(product: ForSale, item: Item, price: Price, position: int) -> Goods:
    """A product with its price as a line to come."""
    return Goods(
        id=ids.uuid7(),
        position=position,
        product_id=product.id,
        kind=product.kind,
        name=product.name,
        sku=product.sku,
        quantity=item["quantity"],
        unit_price=price.unit_price,
        tax_class=product.tax_class,
        tax_rate=product.tax_rate,  # type: ignore[arg-type]
        needs_preparation=product.needs_preparation,
        takes_stock=product.is_tracked,
        modifiers=price.modifiers,
        price_rule=price.rule,
        note=item.get("note"),
    )


def tracked(goods: Iterable[Goods]) -> Counter[UUID]:
    """How much of each product with counted stock the goods hold, over all lines."""
    quantities: Counter[UUID] = Counter()
    for each in goods:
        if each.takes_stock and each.product_id:
            quantities[each.product_id] += each.quantity
    return quantities


def _found(products: Mapping[UUID | str, ForSale], item: Item, index: int) -> ForSale:
    product = products.get(key_of(item))
    if product is None or product.status != "active":
        reason = f"No product {key_of(item)} is for sale. It may have been taken out of the catalogue; reload it."
        raise UnknownProduct(reason=reason, pointer=f"/items/{index}")
    return product


def _goods(product: ForSale, item: Item, position: int, now: datetime) -> Goods:
    if product.tax_rate is None:
        raise NoTaxRate(tax_class=product.tax_class, product=product.name)
    price = price_of(
        product, chosen=item.get("modifiers", ()), keyed_in=item.get("unit_price"), local=product.local(now)
    )
    return line_of(product, item, price, position)
