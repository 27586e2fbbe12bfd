"""What orders sold, and how much of it has not gone back: read for the points that they bring."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from pos.loyalty.accrual import Bought
from pos.loyalty.kept import Returned, shares_gone
from pos.orders.lifecycle import is_covered
from pos.orders.models import Order
from pos.orders.pricing import PricedOrder
from pos.statements import Statement

# Goods count as gone once some of their request's money is; that which is still on its way to Stripe may yet come to nothing.
_SELECT = """
    SELECT o.id, o.customer_id, o.location_id, o.placed_at, o.paid_at, o.status = 'canceled', o.tax_included, o.total,
           o.amount_paid, o.amount_refunded, {of_points},
           (SELECT json_agg(json_build_array(i.id, i.product_id, i.quantity, i.total, i.tax, b.amount, b.quantity) ORDER BY i.position)
              FROM order_lines i
              LEFT JOIN LATERAL (
                SELECT coalesce(sum(g.amount), 0) AS amount, coalesce(sum(g.quantity), 0) AS quantity FROM refund_lines g
                 WHERE g.store_id = o.store_id AND g.line_id = i.id AND o.amount_refunded > 0
                   AND EXISTS (SELECT FROM refunds r
                                WHERE r.store_id = o.store_id AND r.order_id = o.id AND r.request_id = g.refund_id
                                  AND r.status = 'succeeded')) b ON true
             WHERE i.store_id = o.store_id AND i.order_id = o.id AND i.voided_at IS NULL)
      FROM orders o
     WHERE o.store_id = :store AND {which}
     ORDER BY o.placed_at, o.id
"""
_OF_POINTS = """
           EXISTS (SELECT FROM point_entries e WHERE e.store_id = o.store_id AND e.order_id = o.id),
           EXISTS (SELECT FROM redemptions d WHERE d.store_id = o.store_id AND d.order_id = o.id)"""
_WAS_PAID = "o.paid_at IS NOT NULL AND o.status <> 'canceled' AND o.amount_paid > o.amount_refunded"
_SOLD = Statement(_SELECT.format(of_points=_OF_POINTS, which="o.id = ANY(:orders ::uuid[])"))
_BOUGHT_BY = Statement(
    _SELECT.format(
        of_points="false, false",
        which=f"o.customer_id = ANY(:customers ::uuid[]) AND o.placed_at >= :since AND {_WAS_PAID}",
    )
)
# Of an order of which nothing went back: a quarter of the other's cost, most of which is planning.
_WHOLE = Statement("""
    SELECT EXISTS (SELECT FROM point_entries WHERE store_id = :store AND order_id = :order),
           EXISTS (SELECT FROM redemptions WHERE store_id = :store AND order_id = :order),
           id, product_id, quantity, total, tax, 0, 0
      FROM order_lines WHERE store_id = :store AND order_id = :order AND voided_at IS NULL ORDER BY position
""")


@dataclass(frozen=True)
class Line:
    """A line that counts, as it was frozen, with what refunds that went through named of it."""

    id: UUID
    product_id: UUID | None
    quantity: int
    total: int
    tax: int
    returned_amount: int
    returned_quantity: int


@dataclass(frozen=True)
class Sold:
    """An order as far as points depend on it. `has_points`: the ledger holds something of it already; `has_rewards`: points
    were spent in it."""

    id: UUID
    customer_id: UUID
    location_id: UUID
    placed_at: datetime
    paid_at: datetime | None
    is_canceled: bool
    tax_included: bool
    total: int
    paid: int
    refunded: int
    has_points: bool
    has_rewards: bool
    lines: tuple[Line, ...]

    @property
    def is_paid(self) -> bool:
        """Whether it is paid in full now."""
        return not self.is_canceled and is_covered(total=self.total, paid=self.paid, refunded=self.refunded)

    @property
    def was_paid(self) -> bool:
        """Whether it was paid in full once, and not canceled; some of it may have gone back since."""
        return not self.is_canceled and self.paid_at is not None

    def kept(self) -> list[Bought]:
        """The lines with the share of each for which there is money."""
        missing = max(self.total - self.paid + self.refunded, 0)
        gone = shares_gone([self._returned(line) for line in self.lines], missing)
        return [
            Bought(line.id, line.product_id, line.quantity, self._net(line), 1 - share)
            for line, share in zip(self.lines, gone, strict=True)
        ]

    def gone(self) -> dict[UUID, Fraction]:
        """Of each line the share that refunds took back; what nobody has paid yet is not gone."""
        if self.is_canceled:
            return {line.id: Fraction(1) for line in self.lines}
        missing = min(max(self.total - self.paid + self.refunded, 0), self.refunded)
        shares = shares_gone([self._returned(line) for line in self.lines], missing)
        return {line.id: share for line, share in zip(self.lines, shares, strict=True)}

    def _net(self, line: Line) -> int:
        return line.total - line.tax if self.tax_included else line.total

    def _returned(self, line: Line) -> Returned:
        gross = line.total if self.tax_included else line.total + line.tax
        return Returned(gross, line.quantity, line.returned_amount, line.returned_quantity)


_FROZEN = ("id", "customer_id", "location_id", "placed_at", "paid_at", "tax_included", "total")


def just_sold(order: Mapping[str, Any], priced: PricedOrder) -> Sold:
    """An order that was written a moment ago, without asking for it."""
    frozen = {name: order[name] for name in _FROZEN}
    lines = tuple(
        Line(each.goods.id, each.goods.product_id, each.goods.quantity, each.total, each.tax, 0, 0)
        for each in priced.lines
    )
    paid = order["amount_paid"]
    return Sold(**frozen, is_canceled=False, paid=paid, refunded=0, has_points=False, has_rewards=False, lines=lines)


def of(order: Order) -> Sold:
    """A locked order as it stands in the open transaction."""
    found = [] if order.amount_refunded else _WHOLE.rows(order=order.id)
    if not found:
        return sold([order.id])[0]
    return Sold(
        **{name: getattr(order, name) for name in _FROZEN},
        is_canceled=order.status == "canceled",
        paid=order.amount_paid,
        refunded=0,
        has_points=found[0][0],
        has_rewards=found[0][1],
        lines=tuple(Line(*line) for _, _, *line in found),
    )


def sold(order_ids: Collection[UUID]) -> list[Sold]:
    """These orders, the oldest first."""
    return [Sold(*(*facts, _lines(lines or ()))) for *facts, lines in _SOLD.rows(orders=list(order_ids))]


def bought_by(customer_ids: Collection[UUID], since: datetime) -> list[Sold]:
    """What these customers have ordered since then, were paid for and did not get back whole, the oldest first. What the ledger
    holds of it is not asked."""
    found = _BOUGHT_BY.rows(customers=list(customer_ids), since=since)
    return [Sold(*(*facts, _lines(lines or ()))) for *facts, lines in found]


def _lines(rows: Any) -> tuple[Line, ...]:
    return tuple(Line(UUID(row[0]), UUID(row[1]) if row[1] else None, *map(int, row[2:])) for row in rows)
