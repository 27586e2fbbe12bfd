"""Writing an order: what is kept of it, and its reference."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from pos import ids
from pos.db import db, find, transaction
from pos.orders import actions
from pos.orders.models import Order
from pos.orders.pricing import Goods, price
from tests.client import Shop
from tests.orders.baskets import goods

NOW = datetime(2026, 11, 21, 18, 4, 5, tzinfo=UTC)


def write(shop: Shop, items: list[Goods], *, paid: int = 0, tip: int = 0) -> Order:
    """Writes an order of the shop's register in a transaction of its own; gives the row."""
    customer_id = shop.sell()["customer"]["id"]
    told = actions.Circumstances(
        customer_id=uuid.UUID(customer_id),
        location_id=uuid.UUID(shop.location_id),
        register_id=uuid.UUID(shop.register_id),
        user_id=None,
        currency="USD",
        tax_included=False,
        placed_at=NOW,
        received_at=NOW,
        note=None,
    )
    order_id = ids.uuid7()
    placed = [replace(each, position=position) for position, each in enumerate(items, start=1)]
    with transaction(uuid.UUID(shop.store_id)):
        priced = price(placed, tip=tip, tax_included=False)
        actions.write(order_id, priced.lines, priced, told, paid=paid)
        return find(Order, order_id)


def item(shop: Shop, sku: str = "IPA", quantity: int = 1, **facts: Any) -> Goods:
    return goods(quantity=quantity, product_id=uuid.UUID(shop.products[sku]), sku=sku, **facts)


@pytest.mark.parametrize(
    ("needs_preparation", "paid", "expected"),
    [
        (True, 0, ("open", "unpaid", "proposed")),
        (True, 866, ("open", "paid", "proposed")),
        (False, 0, ("open", "unpaid", "proposed")),
        (False, 865, ("open", "partially_paid", "proposed")),
        (False, 866, ("completed", "paid", "completed")),
    ],
)
def test_write_completes_what_is_paid_and_needs_no_making(
    shop: Shop, needs_preparation: bool, paid: int, expected: tuple[str, str, str]
) -> None:
    order = write(shop, [item(shop, needs_preparation=needs_preparation)], paid=paid)

    assert (order.status, order.payment_status, order.fulfillment_status) == expected
    assert order.completed_at == (NOW if expected[0] == "completed" else None)
    assert order.version == 1


def test_write_gives_each_order_a_reference_and_a_token_of_its_own(shop: Shop) -> None:
    orders = [write(shop, [item(shop)]) for _ in range(5)]

    assert len({order.reference for order in orders}) == len({order.public_token for order in orders}) == 5
    assert all(len(order.reference) == ids.REFERENCE_LENGTH for order in orders)


def test_stock_of_adds_up_the_lines_that_took_some(shop: Shop) -> None:
    items = [
        item(shop, "TEE-BLK-M", 2, takes_stock=True),
        item(shop, "IPA", 5),
        item(shop, "TEE-BLK-M", 3, takes_stock=True),
        item(shop, "STICKER", 1, takes_stock=True),
    ]

    order = write(shop, items)

    with transaction(uuid.UUID(shop.store_id)):
        taken = dict(actions.stock_of(order.id, refunded={}))
    assert taken == {uuid.UUID(shop.products["TEE-BLK-M"]): 5, uuid.UUID(shop.products["STICKER"]): 1}


@pytest.mark.parametrize(
    "damage",
    [
        "total = total + 1",
        "tax = tax + 1",
        "tip = tip + 1",
        "subtotal = subtotal + 1",
        "discount = 1",
        "tip = -1, total = total - 1",
        "amount_refunded = 1",
        "status = 'canceled'",
        "status = 'completed'",
        "status = 'lost'",
        "payment_status = 'maybe'",
        "kind = 'drink'",
    ],
)
def test_database_refuses_an_order_that_does_not_add_up(shop: Shop, damage: str) -> None:
    order = write(shop, [item(shop)])

    statement = db.text(f"UPDATE orders SET {damage} WHERE store_id = :store AND id = :id")
    with pytest.raises(IntegrityError), transaction(uuid.UUID(shop.store_id)):
        db.session.execute(statement, {"store": order.store_id, "id": order.id})
