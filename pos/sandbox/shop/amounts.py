"""What an order costs, as WooCommerce reckons it: in whole cents, taxes rounded for each line. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pos import money
from pos.sandbox.shop.site import Rate

_WHOLE = 10_000


@dataclass(frozen=True)
class Line:
    """What is bought: `unit` is the price of one as the shop shows it, with tax inside if its prices include tax."""

    name: str
    product: int
    variation: int
    quantity: int
    unit: int
    sku: str = ""
    tax_class: str = ""
    parent_name: str | None = None


@dataclass(frozen=True)
class Coupon:
    """`kind` is percent, fixed_cart or fixed_product; `amount` whole percent, or cents."""

    code: str
    kind: str
    amount: int


@dataclass(frozen=True)
class Extra:
    """Shipping, or a fee, which may be negative: always without tax, which comes on top if it is taxable."""

    name: str
    amount: int
    is_taxable: bool = True


@dataclass(frozen=True)
class Priced:
    """A line or an extra with its amounts, all without tax, and the taxes by the numbers of their rates."""

    subtotal: int
    total: int
    subtotal_taxes: dict[int, int] = field(default_factory=dict)
    taxes: dict[int, int] = field(default_factory=dict)

    @property
    def subtotal_tax(self) -> int:
        return sum(self.subtotal_taxes.values())

    @property
    def total_tax(self) -> int:
        return sum(self.taxes.values())


def priced(
    lines: Sequence[tuple[Line, Sequence[Rate]]], coupons: Sequence[Coupon], *, has_tax_inside: bool
) -> tuple[list[Priced], list[tuple[int, int]]]:
    """The lines with their amounts, and what each coupon takes off, without tax and in tax."""
    shown = [line.unit * line.quantity for line, _ in lines]
    before = [_net(amount, rates, has_tax_inside) for amount, (_, rates) in zip(shown, lines, strict=True)]
    now, taken = before, list[tuple[int, int]]()
    for coupon in coupons:
        off = _off(coupon, shown, [line for line, _ in lines])
        shown = [amount - less for amount, less in zip(shown, off, strict=True)]
        then, now = now, [_net(amount, rates, has_tax_inside) for amount, (_, rates) in zip(shown, lines, strict=True)]
        taken.append((_sum_of_nets(then) - _sum_of_nets(now), _sum_of_taxes(then) - _sum_of_taxes(now)))
    return [Priced(was[0], net, was[1], taxes) for was, (net, taxes) in zip(before, now, strict=True)], taken


def topped(amount: int, rates: Sequence[Rate]) -> Priced:
    """Shipping or a fee with the taxes on top."""
    taxes = _on_top(amount, rates)
    return Priced(amount, amount, taxes, taxes)


def _sum_of_nets(lines: Sequence[tuple[int, dict[int, int]]]) -> int:
    return sum(net for net, _ in lines)


def _sum_of_taxes(lines: Sequence[tuple[int, dict[int, int]]]) -> int:
    return sum(sum(taxes.values()) for _, taxes in lines)


def _off(coupon: Coupon, shown: Sequence[int], lines: Sequence[Line]) -> list[int]:
    """What a coupon takes off each line, of what is left of it."""
    if coupon.kind == "percent":
        return [_share(amount, coupon.amount * 100) for amount in shown]
    if coupon.kind == "fixed_product":
        return [min(amount, coupon.amount * line.quantity) for amount, line in zip(shown, lines, strict=True)]
    whole = min(coupon.amount, sum(shown))
    return money.split(whole, shown) if whole else [0] * len(shown)


def _net(amount: int, rates: Sequence[Rate], has_tax_inside: bool) -> tuple[int, dict[int, int]]:
    """What the shop shows, as net and taxes."""
    if not has_tax_inside:
        return amount, _on_top(amount, rates)
    together = sum(rate.per_ten_thousand for rate in rates)
    tax = amount - _rounded(amount * _WHOLE, _WHOLE + together)
    weights = [rate.per_ten_thousand for rate in rates]
    parts = money.split(tax, weights) if weights else []
    return amount - tax, {rate.number: part for rate, part in zip(rates, parts, strict=True)}


def _on_top(amount: int, rates: Sequence[Rate]) -> dict[int, int]:
    return {rate.number: _share(amount, rate.per_ten_thousand) for rate in rates}


def _share(amount: int, per_ten_thousand: int) -> int:
    return _rounded(amount * per_ten_thousand, _WHOLE)


def _rounded(amount: int, by: int) -> int:
    """A quotient; a half goes away from zero."""
    sign = -1 if amount < 0 else 1
    return sign * ((2 * abs(amount) + by) // (2 * by))
