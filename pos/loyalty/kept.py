"""What of an order has not gone back, line by line: pure. Points and rewards follow it (docs/loyalty.md).

A refund names goods, or only an amount. What it names went back of those lines; an amount went back of everything that was
left, in proportion. The goods go first and the tip last, so an order whose goods were paid back keeps no points.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

_NOTHING = Fraction(0)


@dataclass(frozen=True)
class Returned:
    """A line's price with tax (minor units), its pieces, and what refunds that went through named of them."""

    gross: int
    quantity: int
    returned_amount: int
    returned_quantity: int


def shares_gone(lines: Sequence[Returned], missing: int) -> list[Fraction]:
    """Of each line the share that went back, when `missing` (minor units) of the order's total is not there any more.

    Refunds may name more than is missing: they were paid again, or a part of their money is still on its way.
    """
    if missing <= 0:
        return [_NOTHING] * len(lines)
    goods = sum(line.gross for line in lines)
    missing = min(missing, goods)
    named = sum(_named(line) for line in lines)
    scale = min(Fraction(missing, named), Fraction(1)) if named else Fraction(0)
    left = goods - named * scale
    of_rest = (missing - named * scale) / left if left else Fraction(0)
    return [_gone(line, scale, of_rest) for line in lines]


def _gone(line: Returned, scale: Fraction, of_rest: Fraction) -> Fraction:
    named = Fraction(_named(line), line.gross) if line.gross else Fraction(line.returned_quantity, line.quantity)
    gone = named * scale
    return gone + (1 - gone) * of_rest


def _named(line: Returned) -> int:
    """What refunds named of a line's price: what they gave back above it, before it was discounted, is of the rest."""
    return min(line.returned_amount, line.gross)
