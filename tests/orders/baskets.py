"""What the tests put into baskets."""

import uuid
from decimal import Decimal
from typing import Any

from pos.catalog.queries import ForSale
from pos.orders.pricing import Goods


def product(price: int = 800, rate: str | Decimal | None = "0.0825", **changes: Any) -> ForSale:
    """A product as the counter has it from the catalogue, at a location in Los Angeles."""
    facts: dict[str, Any] = {
        "id": uuid.uuid4(),
        "sku": "IPA",
        "name": "House IPA",
        "kind": "food",
        "status": "active",
        "price": price,
        "sale_price": None,
        "is_open_price": False,
        "modifiers": (),
        "price_rules": (),
        "needs_preparation": True,
        "is_tracked": False,
        "tax_class": "standard",
        "tax_rate": None if rate is None else Decimal(rate),
        "timezone": None,
    }
    return ForSale(**facts | changes)


def goods(
    unit_price: int = 800,
    quantity: int = 1,
    rate: str | Decimal = "0.0825",
    kind: str = "food",
    name: str = "House IPA",
    **changes: Any,
) -> Goods:
    """What one line of an order sells; nothing of it is in the catalogue unless `product_id` is given."""
    facts: dict[str, Any] = {
        "id": uuid.uuid4(),
        "position": 1,
        "product_id": None,
        "kind": kind,
        "name": name,
        "sku": "IPA",
        "quantity": quantity,
        "unit_price": unit_price,
        "tax_class": "standard",
        "tax_rate": Decimal(rate),
        "needs_preparation": kind == "food",
        "takes_stock": False,
    }
    return Goods(**facts | changes)
