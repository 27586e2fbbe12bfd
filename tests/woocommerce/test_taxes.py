"""What the shop's prices are here."""

from decimal import Decimal

import pytest

from pos.woocommerce.records import WebProduct
from pos.woocommerce.taxes import Taxes

RATES = {"standard": Decimal("0.0825"), "reduced": Decimal("0.05"), "exempt": Decimal(0)}


def taxes(*, here: bool, there: bool | None, rates: dict[str, Decimal] = RATES) -> Taxes:
    return Taxes(rates, here, there)


def product(tax_class: str = "standard", *, is_taxed: bool = True) -> WebProduct:
    return WebProduct(1, None, "Cap", None, "simple", True, Decimal(11), None, None, None, None, tax_class, is_taxed)


@pytest.mark.parametrize(
    ("here", "there", "tax_class", "price"),
    [
        (False, False, "standard", Decimal("11.00")),
        (True, True, "standard", Decimal("11.00")),
        (False, None, "standard", Decimal("11.00")),
        (False, True, "standard", Decimal("11.00") / Decimal("1.0825")),
        (True, False, "standard", Decimal("11.9075")),
        (True, False, "exempt", Decimal("11.00")),
        (True, False, "unknown", Decimal("11.00")),
    ],
)
def test_price_comes_to_the_same_for_the_guest(here: bool, there: bool | None, tax_class: str, price: Decimal) -> None:
    assert taxes(here=here, there=there).as_here(Decimal("11.00"), tax_class) == price


@pytest.mark.parametrize(
    ("told", "rates", "tax_class"),
    [
        (product(), RATES, "standard"),
        (product("reduced"), RATES, "reduced"),
        (product("luxury"), RATES, "standard"),
        (product("luxury"), {"food": Decimal("0.1"), "merch": Decimal("0.2")}, "food"),
        (product(is_taxed=False), RATES, "exempt"),
        (product(is_taxed=False), {"standard": Decimal("0.0825")}, None),
    ],
)
def test_class_is_the_one_of_the_same_name_or_the_usual_one(
    told: WebProduct, rates: dict[str, Decimal], tax_class: str | None
) -> None:
    assert taxes(here=False, there=False, rates=rates).class_of(told) == tax_class
