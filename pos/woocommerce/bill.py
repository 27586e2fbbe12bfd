"""The bill of a web order in minor units: pure. What the guest was asked for is kept to the cent, whatever its parts say.

The shop tells amounts before tax, each rounded by its own rules, so parts need not come to the total. Cents of rounding go to the tax of a
line; what is missing beyond that is a fee, and what is too much a discount, as with a fee below zero (docs/web-shop.md has worked tables).
A line here costs so many times its price; one of which the pieces do not cost the same becomes two.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from pos.money import MAX_AMOUNT, round_half_up, split
from pos.woocommerce.records import LeftOut, WebLine, WebOrder

AS_RECORDED = "As recorded"
_MOST_RATE, _RATE = Decimal("9.999999"), Decimal("0.000001")


@dataclass(frozen=True)
class BillLine:
    """A line as it will stand in the books; `wc_id` is the shop's line."""

    wc_id: int
    product: int
    name: str
    sku: str
    quantity: int
    unit_price: int
    discount: int
    tax: int
    tax_class: str
    told_rate: Decimal | None = None

    @property
    def subtotal(self) -> int:
        return self.quantity * self.unit_price

    @property
    def total(self) -> int:
        return self.subtotal - self.discount

    @property
    def tax_rate(self) -> Decimal:
        """The rate that the shop names, if the tax is what that comes to, but for cents of rounding; else what the tax comes to."""
        told = self.told_rate
        if told is not None and told <= _MOST_RATE and abs(self.total * told - self.tax) <= self.quantity:
            return told.quantize(_RATE)
        rate = (Decimal(self.tax) / self.total).quantize(_RATE) if self.total else Decimal(0)
        return min(rate, _MOST_RATE)


@dataclass(frozen=True)
class Bill:
    """`total` is what the shop asked for, and what the parts come to."""

    lines: tuple[BillLine, ...]
    shipping: int
    fees: int
    tax_in_charges: int
    total: int
    remarks: tuple[str, ...] = ()

    @property
    def subtotal(self) -> int:
        return sum(line.subtotal for line in self.lines)

    @property
    def discount(self) -> int:
        return sum(line.discount for line in self.lines)

    @property
    def tax(self) -> int:
        return sum(line.tax for line in self.lines)


@dataclass(frozen=True)
class _Part:
    """A line on its way: amounts in minor units, the quantity as told."""

    line: WebLine
    subtotal: int
    total: int
    tax: int


def minor_units(amount: Decimal, digits: int) -> int:
    """An amount in minor units of a currency with so many decimals; a half goes away from zero."""
    return round_half_up(amount.scaleb(digits))


def is_exact(amount: Decimal, digits: int) -> bool:
    """Whether the currency has coins that small."""
    return amount.scaleb(digits) == amount.scaleb(digits).to_integral_value()


def bill(order: WebOrder, digits: int) -> Bill:
    """The bill of an order in a currency with so many decimals. Raises LeftOut for amounts beyond all reason."""
    total = minor_units(order.total, digits)
    if total > MAX_AMOUNT:
        raise LeftOut("odd_amount", field="total")
    parts = [_part(line, digits) for line in order.lines if line.total > 0 or line.quantity > 0]
    shipping_tax, fees_tax = minor_units(order.shipping_tax, digits), minor_units(order.fees_tax, digits)
    shipping = max(minor_units(order.shipping, digits) + shipping_tax, 0)
    fees = max(minor_units(order.fees, digits) + fees_tax, 0)
    before, parts = sum(part.tax for part in parts), _less_tax(parts, -fees_tax)
    tax_in_charges = shipping_tax + fees_tax + before - sum(part.tax for part in parts)
    if order.total_tax is not None:
        parts = _with_cents(parts, minor_units(order.total_tax, digits) - tax_in_charges)
    rest = total - _sum(parts) - shipping - fees
    remarks = _remarks(order, digits)
    if rest < 0:
        parts, fees, shipping = _taken_off(parts, -rest, fees, shipping)
    else:
        fees += rest
    lines = tuple(line for part in parts for line in _pieces(part))
    if not lines:
        lines, fees = (_alone(order, total - shipping),), 0
    tax_in_charges = max(min(tax_in_charges, shipping + fees), 0)
    return Bill(lines, shipping, fees, tax_in_charges, total, remarks)


def _remarks(order: WebOrder, digits: int) -> tuple[str, ...]:
    return () if is_exact(order.total, digits) else ("rounded",)


def _part(line: WebLine, digits: int) -> _Part:
    total = max(minor_units(line.total, digits), 0)
    subtotal = max(minor_units(line.subtotal, digits), total)
    if subtotal > MAX_AMOUNT:
        raise LeftOut("odd_amount", field="line_items")
    return _Part(line, subtotal, total, max(minor_units(line.tax, digits), 0))


def _sum(parts: Sequence[_Part]) -> int:
    return sum(part.total + part.tax for part in parts)


def _less_tax(parts: list[_Part], off: int) -> list[_Part]:
    """With the tax that a fee below zero takes off: less was sold, so less is taxed."""
    taxes = [part.tax for part in parts]
    shares = split(min(off, sum(taxes)), taxes) if off > 0 and parts else [0] * len(parts)
    return [replace(part, tax=part.tax - share) for part, share in zip(parts, shares, strict=True)]


def _with_cents(parts: list[_Part], tax: int) -> list[_Part]:
    """With the cents by which the taxes of the lines miss the tax of all goods, on the line that has most."""
    cents = tax - sum(part.tax for part in parts)
    if not parts or not 0 < abs(cents) <= len(parts):
        return parts
    at = max(range(len(parts)), key=lambda index: parts[index].tax)
    if parts[at].tax + cents < 0:
        return parts
    return [replace(part, tax=part.tax + cents) if index == at else part for index, part in enumerate(parts)]


def _taken_off(parts: list[_Part], off: int, fees: int, shipping: int) -> tuple[list[_Part], int, int]:
    """What is too much comes off the goods, then the fees, the shipping, and the taxes."""
    goods = min(off, sum(part.total for part in parts))
    shares = split(goods, [part.total for part in parts]) if parts else []
    parts = [replace(part, total=part.total - share) for part, share in zip(parts, shares, strict=True)]
    off -= goods
    of_fees = min(off, fees)
    of_shipping = min(off - of_fees, shipping)
    off -= of_fees + of_shipping
    shares = split(off, [part.tax for part in parts]) if parts else []
    parts = [replace(part, tax=part.tax - share) for part, share in zip(parts, shares, strict=True)]
    return parts, fees - of_fees, shipping - of_shipping


def _pieces(part: _Part) -> Iterator[BillLine]:
    """One line, or two: so many pieces at a price, and the rest at one cent more. Parts of pieces are one piece that says so."""
    line, name = part.line, part.line.name
    quantity = int(line.quantity)
    if quantity != line.quantity or quantity < 1:
        quantity, name = 1, f"{line.quantity.normalize():f} × {name}" if line.quantity > 0 else name
    price, dearer = divmod(part.subtotal, quantity)
    counts = [(quantity - dearer, price), (dearer, price + 1)]
    counts = [(count, each) for count, each in counts if count]
    weights = [count * each for count, each in counts]
    discounts, taxes = split(part.subtotal - part.total, weights), split(part.tax, weights)
    for (count, each), off, tax in zip(counts, discounts, taxes, strict=True):
        yield BillLine(line.wc_id, line.product, name, line.sku, count, each, off, tax, line.tax_class, line.rate)


def _alone(order: WebOrder, total: int) -> BillLine:
    """An order without goods, e.g. a donation, or one of which all products were taken away."""
    return BillLine(0, 0, AS_RECORDED, "", 1, total, 0, 0, "standard")
