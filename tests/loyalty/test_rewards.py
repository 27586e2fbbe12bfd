"""What rewards take off a basket."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from pos import ids
from pos.loyalty.rewards import RewardNeedsProduct, RewardTakesNothing, Spending, discounts, require_worth
from pos.orders.pricing import Discount, Goods, price

BEER, SHIRT = UUID(int=1), UUID(int=2)


def goods(product: UUID = BEER, *, unit_price: int = 800, quantity: int = 1, modifiers: Any = ()) -> Goods:
    return Goods(
        id=ids.uuid7(), position=1, product_id=product, kind="food", name="House IPA", sku="IPA", quantity=quantity,
        unit_price=unit_price, tax_class="none", tax_rate=Decimal(0), needs_preparation=True, takes_stock=False, modifiers=modifiers,
    )  # fmt: skip


def spending(kind: str, amount: int | None = None) -> Spending:
    product = BEER if kind == "product" else None
    return Spending(ids.uuid7(), UUID(int=9), "On the house", 50, kind, amount, product)


def off(basket: list[Goods], *asked: Spending) -> list[int]:
    """What each of them takes off, in the order in which they are applied."""
    priced = price(basket, tip=0, tax_included=True, discounts=discounts(asked, basket))
    return [part for _, part in priced.discounts]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (spending("amount", 300), [300]),
        (spending("amount", 9000), [1600]),
        (spending("percent", 25), [400]),
        (spending("percent", 100), [1600]),
        (spending("product"), [800]),
    ],
)
def test_reward_takes_its_worth_off(asked: Spending, expected: list[int]) -> None:
    assert off([goods(quantity=2)], asked) == expected


def test_free_piece_is_the_dearest_without_its_modifiers() -> None:
    large = goods(unit_price=1000, modifiers=[{"name": "Large", "price": 150}])
    basket = [goods(), large, goods(SHIRT, unit_price=2500)]

    [discount] = discounts([spending("product")], basket)

    assert (discount.line_id, discount.amount) == (large.id, 850)


def test_each_free_piece_is_another_piece() -> None:
    dear, cheap = goods(unit_price=900), goods(unit_price=700)

    found = discounts([spending("product"), spending("product")], [cheap, dear])

    assert [each.line_id for each in found] == [dear.id, cheap.id]


def test_free_piece_must_be_in_the_basket_and_not_free_yet() -> None:
    line = goods()
    given = Discount(ids.uuid7(), "reward", "Earlier", amount=800, line_id=line.id, redemption_id=ids.uuid7())

    for basket, before in (([goods(SHIRT)], ()), ([line], (given,))):
        with pytest.raises(RewardNeedsProduct):
            discounts([spending("product")], basket, before)


def test_reward_that_takes_nothing_off_is_refused() -> None:
    basket, asked = [goods()], [spending("percent", 100), spending("amount", 100)]
    priced = price(basket, tip=0, tax_included=True, discounts=discounts(asked, basket))

    require_worth(asked[:1], priced.discounts)
    with pytest.raises(RewardTakesNothing):
        require_worth(asked, priced.discounts)
