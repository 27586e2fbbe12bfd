"""What the shop's prices are here: pure. A shop tells the prices of its products with tax or without it, and so does a store; where they differ, a price is
told here as it comes to the same for the guest, at the rate of the location of web orders."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from pos.woocommerce.records import WebProduct

_USUAL = "standard"


@dataclass(frozen=True)
class Taxes:
    """The rates of the location by tax class. Of a shop that has no order yet it is not known whether its prices include tax: then they are
    taken as prices here are."""

    rates: Mapping[str, Decimal]
    include_tax: bool
    shop_includes_tax: bool | None

    @property
    def usual(self) -> str:
        """The class of what the shop says nothing special about."""
        return _USUAL if _USUAL in self.rates else next(iter(sorted(self.rates)), _USUAL)

    def class_of(self, told: WebProduct) -> str | None:
        """The class of a new product: the one of the same name, else the usual one. What is not taxed in the shop is of a class without tax;
        None if there is none here."""
        if not told.is_taxed:
            return next((name for name, rate in sorted(self.rates.items()) if rate == 0), None)
        return told.tax_class if told.tax_class in self.rates else self.usual

    def as_here(self, price: Decimal, tax_class: str | None) -> Decimal:
        """A price of the shop, with or without tax as prices here are."""
        if self.shop_includes_tax in (None, self.include_tax):
            return price
        factor = 1 + self.rates.get(tax_class or "", Decimal(0))
        return price * factor if self.include_tax else price / factor
