"""Stock at the counter: taken with the sale, given back with a cancellation, never below zero online.

One UPDATE takes the stock of all lines. Rows are locked in the order of their ids, so that two sales of the same
products wait for each other instead of blocking each other for good.
"""

from collections.abc import Mapping
from uuid import UUID

from pos.catalog.actions import OutOfStock
from pos.statements import Statement

_LOCK = Statement("""
    SELECT id, name, stock_quantity FROM products
     WHERE store_id = :store AND id = ANY(:ids ::uuid[]) AND stock_quantity IS NOT NULL
     ORDER BY id FOR NO KEY UPDATE
""")
_MOVE = Statement("""
    UPDATE products SET stock_quantity = stock_quantity + moved.quantity, updated_at = now()
      FROM unnest(:ids ::uuid[], :quantities ::bigint[]) AS moved(id, quantity)
     WHERE products.store_id = :store AND products.id = moved.id AND products.stock_quantity IS NOT NULL
""")


def take(quantities: Mapping[UUID, int]) -> None:
    """Takes these quantities of tracked products out of stock. Raises OutOfStock, and then takes nothing."""
    for product_id, name, available in _locked(quantities):
        if available < quantities[product_id]:
            raise OutOfStock(name=name, available=max(available, 0), wanted=quantities[product_id])
    _move({product_id: -quantity for product_id, quantity in quantities.items()})


def take_anyway(quantities: Mapping[UUID, int]) -> dict[UUID, int]:
    """Takes what was sold already, without asking whether it is there; gives what is below zero after it."""
    left = {product_id: available - quantities[product_id] for product_id, _, available in _locked(quantities)}
    _move({product_id: -quantity for product_id, quantity in quantities.items()})
    return {product_id: quantity for product_id, quantity in left.items() if quantity < 0}


def take_what_is_there(quantities: Mapping[UUID, int]) -> dict[UUID, int]:
    """Takes as much of these quantities as is still there; gives what was not."""
    taken = {product_id: min(max(there, 0), quantities[product_id]) for product_id, _, there in _locked(quantities)}
    _move({product_id: -quantity for product_id, quantity in taken.items() if quantity})
    return {
        product_id: quantities[product_id] - quantity
        for product_id, quantity in taken.items()
        if quantity < quantities[product_id]
    }


def give_back(quantities: Mapping[UUID, int]) -> None:
    """Puts quantities back, of those products that are still tracked."""
    _locked(quantities)
    _move(quantities)


def _locked(quantities: Mapping[UUID, int]) -> list[tuple[UUID, str, int]]:
    return _LOCK.rows(ids=sorted(quantities)) if quantities else []  # type: ignore[return-value]


def _move(quantities: Mapping[UUID, int]) -> None:
    if quantities:
        _MOVE.soon(ids=list(quantities), quantities=list(quantities.values()))


def stock_status(quantity: int | None) -> str:
    """in_stock also when the stock is not counted."""
    return "out_of_stock" if quantity is not None and quantity <= 0 else "in_stock"
