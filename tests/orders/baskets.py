"""What the tests of this package put into baskets."""

import uuid
from decimal import Decimal
from typing import Any

from pos.catalog.queries import ForSale


def product(price: int = 800, rate: str | Decimal | None = "0.0825", **changes: Any) -> ForSale:
    facts = {
        "id": uuid.uuid4(),
        "sku": "IPA",
        "name": "House IPA",
        "kind": "food",
        "price": price,
        "needs_preparation": True,
        "is_tracked": False,
        "tax_class": "standard",
        "tax_rate": None if rate is None else Decimal(rate),
    }
    return ForSale(**facts | changes)
