"""What an order costs: pure, from goods that have their price already. Worked tables: docs/pricing.md.

Discounts go first to the lines that they were given on, then to the whole order, each on what is left; what is taken
off the order is spread over its lines by largest remainder. Tax is computed and rounded half-up per line, from
the line's total after its discounts. Where prices include tax it is taken out of the total, else it comes on top.
A tip is outside of tax.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from pos import money
from pos.errors import Conflict, Refused

_IN_THIS_ORDER = ("comp", "manual", "coupon", "reward")


@dataclass(frozen=True)
class Goods:
    """What a line sells, frozen when it is added. `unit_price` includes the modifiers.

    `taxed` is (total, tax) as it was priced before: while the total stays, so does the tax, also where a split has
    shared it out.
    """

    id: UUID
    position: int
    product_id: UUID | None
    kind: str
    name: str
    sku: str
    quantity: int
    unit_price: int
    tax_class: str
    tax_rate: Decimal
    needs_preparation: bool
    takes_stock: bool
    modifiers: Sequence[Any] = ()
    price_rule: str | None = None
    list_price: int | None = None
    note: str | None = None
    taxed: tuple[int, int] | None = None


@dataclass(frozen=True)
class Discount:
    """Something taken off: whole percent or minor units, off one line or (without `line_id`) off the order."""

    id: UUID
    kind: str
    name: str
    percent: int | None = None
    amount: int | None = None
    line_id: UUID | None = None
    coupon_use_id: UUID | None = None
    redemption_id: UUID | None = None
    reason: str | None = None
    authorised_by: str | None = None

    def off(self, left: int) -> int:
        """What it takes off this amount: never more than there is."""
        return money.percent_of(left, self.percent) if self.percent is not None else min(self.amount or 0, left)


@dataclass(frozen=True)
class PricedLine:
    """Goods with their amounts; everything that the order line freezes. `parts` are the discounts in `discount`."""

    goods: Goods
    subtotal: int
    discount: int
    total: int
    tax: int
    parts: tuple[tuple[Discount, int], ...] = ()


@dataclass(frozen=True)
class PricedOrder:
    """The sums that an order freezes. `total` is what the customer owes, tip included."""

    lines: tuple[PricedLine, ...]
    subtotal: int
    discount: int
    tax: int
    tip: int
    total: int
    discounts: tuple[tuple[Discount, int], ...] = ()

    @property
    def kind(self) -> str:
        return kind_of(line.goods.kind for line in self.lines)

    @property
    def needs_preparation(self) -> bool:
        return any(line.goods.needs_preparation for line in self.lines)


class TotalTooLarge(Refused):
    title = "The total is too large"
    advice = "An order may cost at most {most} in minor units; check the quantities."


class PriceChanged(Conflict):
    title = "The price has changed"
    advice = "The order costs {total}, not {expected} (minor units). Show the new price, then send it again."


@dataclass
class _Line:
    """A line while it is being priced."""

    goods: Goods
    subtotal: int
    left: int
    parts: list[tuple[Discount, int]] = field(default_factory=list)

    def take(self, discount: Discount, part: int) -> None:
        if part:
            self.left -= part
            self.parts.append((discount, part))


def price(goods: Sequence[Goods], *, tip: int, tax_included: bool, discounts: Sequence[Discount] = ()) -> PricedOrder:
    """The order that these goods make. Raises TotalTooLarge, also for a sum that a discount would take off again."""
    lines = [_Line(each, each.quantity * each.unit_price, each.quantity * each.unit_price) for each in goods]
    granted = _apply(discounts, lines) if discounts else ()
    priced = tuple(_priced(line, tax_included) for line in lines)
    net, tax = sum(line.total for line in priced), sum(line.tax for line in priced)
    total = net + (0 if tax_included else tax) + tip
    subtotal = sum(line.subtotal for line in priced)
    require_bounded(max(total, subtotal))
    return PricedOrder(
        lines=priced,
        subtotal=subtotal,
        discount=sum(line.discount for line in priced),
        tax=tax,
        tip=tip,
        total=total,
        discounts=granted,
    )


def kind_of(kinds: Iterable[str]) -> str:
    """food, merch or mixed."""
    found = set(kinds)
    return found.pop() if len(found) == 1 else "mixed"


def require_bounded(total: int) -> None:
    """Raises TotalTooLarge."""
    if total > money.MAX_AMOUNT:
        raise TotalTooLarge(most=money.MAX_AMOUNT)


def expect(priced: PricedOrder, expected_total: int | None) -> None:
    """Raises PriceChanged when the client showed its customer another total."""
    if expected_total is not None and expected_total != priced.total:
        raise PriceChanged(total=priced.total, expected=expected_total)


def _apply(discounts: Sequence[Discount], lines: list[_Line]) -> tuple[tuple[Discount, int], ...]:
    """Each discount with what it comes to: those of lines first, then comps, manual ones, coupons, rewards."""
    by_id = {line.goods.id: line for line in lines}
    granted = []
    for discount in sorted(discounts, key=lambda each: (each.line_id is None, _IN_THIS_ORDER.index(each.kind))):
        reached = lines if discount.line_id is None else [by_id[discount.line_id]]
        off = discount.off(sum(line.left for line in reached))
        for line, part in zip(reached, money.split(off, [line.left for line in reached]), strict=True):
            line.take(discount, part)
        granted.append((discount, off))
    return tuple(granted)


def _priced(line: _Line, tax_included: bool) -> PricedLine:
    goods = line.goods
    taxed = money.tax_inside if tax_included else money.tax_on_top
    kept = goods.taxed is not None and goods.taxed[0] == line.left
    return PricedLine(
        goods=goods,
        subtotal=line.subtotal,
        discount=line.subtotal - line.left,
        total=line.left,
        tax=goods.taxed[1] if kept and goods.taxed else taxed(line.left, goods.tax_rate),
        parts=tuple(line.parts),
    )
