"""What of an order has not gone back, line by line: pure. Points and rewards follow it (docs/loyalty.md).

A refund names goods, or only an amount. What it names went back of those lines; an amount went back of everything that was
left, in proportion. The goods go first and the tip last, so an order whose goods were paid back keeps no points.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

_NOTHING, _ALL = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Priced:
    """A line's price with tax (minor units), and its pieces."""

    gross: int
    quantity: int


class Goods(NamedTuple):
    """What a refund named of a line: pieces, what they were worth, and how many the line had then."""

    pieces: int
    amount: int
    of_quantity: int


@dataclass(frozen=True)
class WentBack:
    """Money that went back in one go: so much of it, for these goods of lines; for none, it was a mere amount."""

    amount: int
    named: Mapping[UUID, Goods] = field(default_factory=dict)


@dataclass
class _Named:
    """What refunds named of a line so far; `off` are those pieces of it that were taken off the bill since, so that it does not
    matter any more whether they went back."""

    line: Priced
    off: int = 0
    money: Fraction = _NOTHING
    pieces: Fraction = _NOTHING

    def claim(self, goods: Goods, share: Fraction) -> tuple[Fraction, Fraction]:
        """What a refund that named these can have meant of what the line is now: pieces and money."""
        off = min(max(goods.of_quantity - self.line.quantity - self.off, 0), goods.pieces)
        self.off += off
        still = share * (goods.pieces - off)
        return still, min(still * goods.amount / goods.pieces, self.line.gross - self.money)

    @property
    def share(self) -> Fraction:
        if self.line.gross:
            return self.money / self.line.gross
        return min(self.pieces / self.line.quantity, _ALL)


def shares_gone(lines: Mapping[UUID, Priced], missing: int, refunds: Sequence[WentBack]) -> dict[UUID, Fraction]:
    """Of each line the share that went back, when `missing` (minor units) of the order's total is not there any more.

    `refunds` are those that went through, the newest first. They may come to more than is missing: then the older ones were paid
    again since, or their goods were taken off the bill.
    """
    if missing <= 0:
        return dict.fromkeys(lines, _NOTHING)
    named = {line_id: _Named(line) for line_id, line in lines.items()}
    left = Fraction(min(missing, sum(line.gross for line in lines.values())))
    amounts = _NOTHING
    for refund in refunds:
        if refund.named:
            left -= _name(refund, left, named)
        else:
            part = min(left, Fraction(refund.amount))
            left, amounts = left - part, amounts + part
    unnamed = sum(each.line.gross - each.money for each in named.values())
    of_rest = (left + amounts) / unnamed if unnamed else _NOTHING
    return {line_id: each.share + (1 - each.share) * of_rest for line_id, each in named.items()}


def _name(refund: WentBack, left: Fraction, named: Mapping[UUID, _Named]) -> Fraction:
    """Counts what a refund names, as far as money is missing for it; gives how much that is."""
    worth = sum(goods.amount for goods in refund.named.values())
    share = min(Fraction(refund.amount, worth), _ALL) if worth else _ALL
    claims = {
        line_id: named[line_id].claim(goods, share) for line_id, goods in refund.named.items() if line_id in named
    }
    claimed = sum((money for _, money in claims.values()), _NOTHING)
    scale = min(left / claimed, _ALL) if claimed else _ALL
    for line_id, (pieces, money) in claims.items():
        named[line_id].pieces += pieces * scale
        named[line_id].money += money * scale
    return claimed * scale
