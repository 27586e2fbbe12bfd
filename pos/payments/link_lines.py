"""What Stripe's page shows of an order: pure. The lines always come to the amount of the link, or there is just one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pos.payments.currencies import step, to_stripe

# Stripe's limit for a payment link.
MAX_LINES = 20
_NAME_LENGTH = 250


@dataclass(frozen=True)
class Shown:
    """One line of the page: so many at a price, in minor units."""

    name: str
    unit_amount: int
    quantity: int = 1


def lines(order: Any, sold: Sequence[Any], *, amount: int, tip: int) -> list[Shown]:
    """The lines of a link for an order with its lines `sold`, that asks for `amount`, of which `tip` comes on top of what is due.

    Discounts are netted, since Stripe knows no negative line. What was paid in part, has more than twenty lines, has a price
    that the currency's steps do not allow, or does not come to the amount is shown as one line.
    """
    goods = [_goods(line) for line in sold if line.total]
    extras = [
        ("Tax", 0 if order.tax_included else order.tax),
        ("Tip", order.tip + tip),
        ("Shipping", order.shipping),
        ("Fees", order.fees),
    ]
    shown = goods + [Shown(name, extra) for name, extra in extras if extra]
    is_in_steps = all(line.unit_amount % step(order.currency) == 0 for line in shown)
    if len(shown) > MAX_LINES or _sum(shown) != amount or not is_in_steps:
        return [Shown(f"Order {order.reference}", amount)]
    return shown


def as_stripe(shown: Iterable[Shown], currency: str) -> list[dict[str, Any]]:
    """The lines as parameters of a payment link, with their prices inline."""
    return [
        {
            "quantity": line.quantity,
            "price_data": {
                "currency": currency.lower(),
                "unit_amount": to_stripe(line.unit_amount, currency),
                "product_data": {"name": line.name[:_NAME_LENGTH]},
            },
        }
        for line in shown
    ]


def _goods(line: Any) -> Shown:
    """Pieces at their net price, or all of them as one where a discount does not divide by their number."""
    each, rest = divmod(line.total, line.quantity)
    if rest == 0:
        return Shown(line.name, each, line.quantity)
    return Shown(f"{line.quantity} × {line.name}", line.total)


def _sum(shown: Iterable[Shown]) -> int:
    return sum(line.unit_amount * line.quantity for line in shown)
