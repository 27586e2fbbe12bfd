"""What a reward takes off a basket: pure. Points are spent on something, so a reward that takes nothing off is refused."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pos import ids
from pos.errors import Invalid, Refused
from pos.orders.models import BY_HAND
from pos.orders.pricing import Discount, Goods


@dataclass(frozen=True)
class Spending:
    """A reward that is to be taken in an order, as the redemption with this id."""

    redemption_id: UUID
    reward_id: UUID
    name: str
    points: int
    discount_type: str
    amount: int | None
    product_id: UUID | None

    def shown(self) -> dict[str, Any]:
        """As a new order's answer shows it."""
        spent = {"name": self.name, "points": self.points, "returned_points": 0}
        return {"id": self.reward_id, "redemption_id": self.redemption_id, **spent}


class UnknownReward(Invalid):
    title = "No such reward"


class RewardNeedsProduct(Refused):
    title = "The reward is for something else"
    advice = "{reward} makes one piece free of a product that is not in this order. Add it to the order first."


class RewardTakesNothing(Refused):
    title = "Nothing left to take off"
    advice = "{reward} would take nothing off this order, so the points are not spent."


def discounts(spendings: Sequence[Spending], goods: Sequence[Goods], given: Sequence[Discount] = ()) -> list[Discount]:
    """What rewards take off these goods, beside discounts that are there already. Each free piece is another piece. Raises
    RewardNeedsProduct."""
    taken = Counter(each.line_id for each in given if each.kind == "reward")
    return [_discount(spending, goods, given, taken) for spending in spendings]


def require_worth(spendings: Sequence[Spending], granted: Sequence[tuple[Discount, int]]) -> None:
    """Raises RewardTakesNothing for a reward that came to nothing."""
    worth: Mapping[UUID | None, int] = Counter()
    for discount, off in granted:
        worth[discount.redemption_id] += off  # type: ignore[index]
    for spending in spendings:
        if not worth[spending.redemption_id]:
            raise RewardTakesNothing(reward=spending.name)


def _discount(
    spending: Spending, goods: Sequence[Goods], given: Sequence[Discount], taken: Counter[UUID | None]
) -> Discount:
    line = _dearest(spending, goods, taken) if spending.product_id else None
    percent = spending.amount if spending.discount_type == "percent" else None
    amount = spending.amount if spending.discount_type == "amount" else None
    return Discount(
        id=ids.uuid7(),
        kind="reward",
        name=spending.name,
        percent=percent,
        amount=_worth(line, given) if line else amount,
        line_id=line.id if line else None,
        redemption_id=spending.redemption_id,
    )


def _dearest(spending: Spending, goods: Sequence[Goods], taken: Counter[UUID | None]) -> Goods:
    """The line of the product with a piece that no reward has made free yet; the dearest of them."""
    fitting = [each for each in goods if each.product_id == spending.product_id and taken[each.id] < each.quantity]
    if not fitting:
        raise RewardNeedsProduct(reward=spending.name)
    line = max(fitting, key=_plain_price)
    taken[line.id] += 1
    return line


def _worth(line: Goods, given: Sequence[Discount]) -> int:
    """What a piece costs without its modifiers, after what a person took off the line."""
    subtotal = left = line.quantity * line.unit_price
    for discount in given:
        if discount.line_id == line.id and discount.kind in BY_HAND:
            left -= discount.off(left)
    return _plain_price(line) * left // subtotal if subtotal else 0


def _plain_price(goods: Goods) -> int:
    """A piece without its modifiers: what was chosen beside the product is paid."""
    return max(goods.unit_price - sum(modifier["price"] for modifier in goods.modifiers), 0)
