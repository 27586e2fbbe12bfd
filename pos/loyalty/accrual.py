"""What an order brings: pure. Points come from what was paid for and has not gone back. Worked examples: docs/loyalty.md.

All is rounded down, and each step brings less when less remains: so what is kept after refunds is never more than what
buying just that would have brought, and nothing once all went back.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from pos.loyalty.rules import Accrual

_ALL = Fraction(1)


@dataclass(frozen=True)
class Bought:
    """A line of an order: `net` is what it cost before tax, after discounts; `kept` the share that has not gone back."""

    id: UUID
    product_id: UUID | None
    quantity: int
    net: int
    kept: Fraction = _ALL

    @property
    def left(self) -> Fraction | int:
        """What is left of the price. Most lines are whole, and fractions are slow."""
        return self.net if self.kept == 1 else self.net * self.kept


@dataclass(frozen=True)
class Terms:
    """What besides the rules an accumulation was computed by; kept with it, so that a refund is computed by the same.

    `most` is what the promotion may bring on its local day `promotion_on`; `per_piece` the points for a piece of a line, `excluded` the lines whose price
    brings nothing, both as the catalogue had it on that day.
    """

    level: str
    multiplier: Decimal
    per_piece: Mapping[UUID, int]
    excluded: frozenset[UUID]
    promotion: str | None = None
    promotion_multiplier: Decimal = Decimal(1)
    promotion_on: str | None = None
    most: int | None = None

    def kept(self, bonus: int) -> dict[str, Any]:
        """As it is kept in `point_entries.terms`, with what the promotion brought: that counts for its limit of the day."""
        return {
            "level": self.level,
            "multiplier": str(self.multiplier),
            "per_piece": {str(line): points for line, points in self.per_piece.items()},
            "excluded": sorted(map(str, self.excluded)),
            "promotion": self.promotion,
            "promotion_multiplier": str(self.promotion_multiplier),
            "promotion_on": self.promotion_on,
            "most": self.most,
            "bonus": bonus,
        }


@dataclass(frozen=True)
class Earned:
    """What an order brings: `base` by the rules, with the level's multiplier `leveled`, and `bonus` by a promotion."""

    base: int
    leveled: int
    bonus: int

    @property
    def points(self) -> int:
        return self.leveled + self.bonus


def earn(accrual: Accrual, terms: Terms, lines: Sequence[Bought]) -> Earned:
    """The points for what remains of these lines."""
    base = _by_spend(accrual, terms, lines) + _by_visit(accrual, lines) + _by_piece(terms, lines)
    leveled = int(base * terms.multiplier)
    bonus = int(leveled * (terms.promotion_multiplier - 1))
    return Earned(base, leveled, bonus if terms.most is None else min(bonus, terms.most))


def pieces(accrual: Accrual, lines: Sequence[Bought], shelves: Mapping[UUID, Collection[UUID]]) -> dict[UUID, int]:
    """The points for a piece of each line that has some; `shelves` are the categories in which each product lies."""
    found = {}
    for line in lines:
        if line.product_id:
            on = [accrual.categories.get(category, 0) for category in shelves.get(line.product_id, ())]
            found[line.id] = accrual.products.get(line.product_id, 0) + sum(on)
    return {line: points for line, points in found.items() if points}


def excluded(accrual: Accrual, lines: Sequence[Bought], shelves: Mapping[UUID, Collection[UUID]]) -> frozenset[UUID]:
    """The lines whose price brings nothing."""
    barred = accrual.spend.excluded_categories if accrual.spend else frozenset()
    return frozenset(line.id for line in lines if line.product_id and barred & set(shelves.get(line.product_id, ())))


def read_terms(kept: Mapping[str, Any]) -> Terms:
    """Terms as they were kept."""
    return Terms(
        level=kept["level"],
        multiplier=Decimal(kept["multiplier"]),
        per_piece={UUID(line): points for line, points in kept["per_piece"].items()},
        excluded=frozenset(map(UUID, kept["excluded"])),
        promotion=kept["promotion"],
        promotion_multiplier=Decimal(kept["promotion_multiplier"]),
        promotion_on=kept["promotion_on"],
        most=kept["most"],
    )


def _by_spend(accrual: Accrual, terms: Terms, lines: Sequence[Bought]) -> int:
    if accrual.spend is None:
        return 0
    remaining = sum(line.left for line in lines if line.id not in terms.excluded)
    return int(remaining // accrual.spend.per) * accrual.spend.points


def _by_visit(accrual: Accrual, lines: Sequence[Bought]) -> int:
    if accrual.visit is None:
        return 0
    remaining = sum(line.left for line in lines)
    return accrual.visit.points if remaining >= max(accrual.visit.minimum, 1) else 0


def _by_piece(terms: Terms, lines: Sequence[Bought]) -> int:
    """What was free brings nothing."""
    return int(sum(terms.per_piece.get(line.id, 0) * line.quantity * line.kept for line in lines if line.net))
