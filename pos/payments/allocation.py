"""From which payments money goes back, and what a part of a line is worth: pure. Worked tables: docs/pricing.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from pos import money
from pos.errors import Refused


@dataclass(frozen=True)
class Held:
    """What is left of one payment."""

    payment_id: UUID
    method: str
    left: int


class RefundExceedsPaid(Refused):
    title = "More than was paid"
    advice = "Only {held} of what was paid is left to give back (minor units)."


def allocate(amount: int, payments: Sequence[Held]) -> list[tuple[Held, int]]:
    """The amount over the payments (oldest first): the newest gives first, cash last. Raises RefundExceedsPaid."""
    held = sum(payment.left for payment in payments)
    if amount > held:
        raise RefundExceedsPaid(held=held)
    parts = []
    newest_first = payments[::-1]
    for payment in sorted(newest_first, key=lambda each: each.method == "cash"):
        part = min(amount, payment.left)
        amount -= part
        if part:
            parts.append((payment, part))
    return parts


def worth(whole: int, *, of: int, before: int, quantity: int) -> int:
    """What `quantity` more of a line's `of` pieces are worth, when `before` went back already.

    All parts together are the whole, to the unit, however it is taken apart.
    """
    return (
        money.split(whole, [before + quantity, of - before - quantity])[0]
        - money.split(whole, [before, of - before])[0]
    )
