"""Stock at the counter: taken with the sale, given back with a cancellation, never below zero online.

One UPDATE takes the stock of all lines. Rows are locked in the order of their ids, so that two sales of the same
products wait for each other instead of blocking each other for good.
"""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import text

from pos.catalog.actions import OutOfStock
from pos.db import current_store, db

_LOCK = text("""
    SELECT id, name, stock_quantity FROM products
     WHERE store_id = :store AND id = ANY(:ids) AND stock_quantity IS NOT NULL
     ORDER BY id FOR NO KEY UPDATE
""")
_MOVE = text("""
    UPDATE products SET stock_quantity = stock_quantity + moved.quantity, updated_at = now()
      FROM unnest(CAST(:ids AS uuid[]), CAST(:quantities AS bigint[])) AS moved(id, quantity)
     WHERE products.store_id = :store AND products.id = moved.id AND products.stock_quantity IS NOT NULL
""")


def take(quantities: Mapping[UUID, int]) -> None:
    """Takes these quantities of tracked products out of stock. Raises OutOfStock, and then takes nothing."""
    ids = sorted(quantities)
    for product_id, name, available in db.session.execute(_LOCK, {"store": current_store(), "ids": ids}):
        if available < quantities[product_id]:
            raise OutOfStock(name=name, available=max(available, 0), wanted=quantities[product_id])
    _move({product_id: -quantity for product_id, quantity in quantities.items()})


def give_back(quantities: Mapping[UUID, int]) -> None:
    """Puts quantities back, of those products that are still tracked."""
    db.session.execute(_LOCK, {"store": current_store(), "ids": sorted(quantities)}).all()
    _move(quantities)


def _move(quantities: Mapping[UUID, int]) -> None:
    db.session.execute(
        _MOVE, {"store": current_store(), "ids": list(quantities), "quantities": list(quantities.values())}
    )
