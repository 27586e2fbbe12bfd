"""What an order costs: pure, from the catalogue's prices, never from the client's. Worked tables: docs/pricing.md.

Tax is computed and rounded half-up per line, from the line's total after its discount. Where prices include tax
it is taken out of the total, else it comes on top. A tip is outside of tax.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from pos import money
from pos.catalog.queries import ForSale
from pos.errors import Conflict, Refused


@dataclass(frozen=True)
class Item:
    """A product in a basket."""

    product: ForSale
    quantity: int
    note: str | None = None


@dataclass(frozen=True)
class PricedLine:
    """An item with its amounts; everything that the order line freezes."""

    position: int
    item: Item
    unit_price: int
    subtotal: int
    discount: int
    total: int
    tax_rate: Decimal
    tax: int


@dataclass(frozen=True)
class PricedOrder:
    """The sums that an order freezes. `total` is what the customer owes, tip included."""

    lines: tuple[PricedLine, ...]
    subtotal: int
    discount: int
    tax: int
    tip: int
    total: int

    @property
    def kind(self) -> str:
        kinds = {line.item.product.kind for line in self.lines}
        return kinds.pop() if len(kinds) == 1 else "mixed"

    @property
    def needs_preparation(self) -> bool:
        return any(line.item.product.needs_preparation for line in self.lines)


class NoTaxRate(Refused):
    title = "No tax rate at this location"
    advice = "This location has no rate for the tax class {tax_class} of {product}. The owner adds it to the location."


class TotalTooLarge(Refused):
    title = "The total is too large"
    advice = "An order may cost at most {most} in minor units; check the quantities."


class PriceChanged(Conflict):
    title = "The price has changed"
    advice = "The order costs {total}, not {expected} (minor units). Show the new price, then send it again."


def price(items: Sequence[Item], *, tip: int, tax_included: bool) -> PricedOrder:
    """The order that these items make. Raises NoTaxRate, TotalTooLarge."""
    lines = tuple(_price_line(position, item, tax_included) for position, item in enumerate(items, start=1))
    net, tax = sum(line.total for line in lines), sum(line.tax for line in lines)
    total = net + (0 if tax_included else tax) + tip
    require_bounded(total)
    return PricedOrder(
        lines=lines,
        subtotal=sum(line.subtotal for line in lines),
        discount=sum(line.discount for line in lines),
        tax=tax,
        tip=tip,
        total=total,
    )


def require_bounded(total: int) -> None:
    """Raises TotalTooLarge."""
    if total > money.MAX_AMOUNT:
        raise TotalTooLarge(most=money.MAX_AMOUNT)


def expect(priced: PricedOrder, expected_total: int | None) -> None:
    """Raises PriceChanged when the client showed its customer another total."""
    if expected_total is not None and expected_total != priced.total:
        raise PriceChanged(total=priced.total, expected=expected_total)


def _price_line(position: int, item: Item, tax_included: bool) -> PricedLine:
    product = item.product
    if product.tax_rate is None:
        raise NoTaxRate(tax_class=product.tax_class, product=product.name)
    subtotal = item.quantity * product.price
    taxed = money.tax_inside if tax_included else money.tax_on_top
    return PricedLine(
        position=position,
        item=item,
        unit_price=product.price,
        subtotal=subtotal,
        discount=0,
        total=subtotal,
        tax_rate=product.tax_rate,
        tax=taxed(subtotal, product.tax_rate),
    )
