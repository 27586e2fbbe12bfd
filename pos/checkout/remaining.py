"""What orders sold, and how much of it has not gone back: read for the points that they bring."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from pos.loyalty.accrual import Bought, Rated
from pos.loyalty.kept import Goods, Priced, WentBack, shares_gone
from pos.orders.lifecycle import is_covered
from pos.orders.models import Order
from pos.orders.pricing import PricedOrder
from pos.statements import Statement

# Goods count as gone once some of their request's money is; that which is still on its way to Stripe may yet come to nothing. What
# nobody owed was no goods' money.
_SELECT = """
    SELECT o.id, o.customer_id, o.location_id, o.placed_at, o.paid_at, o.status = 'canceled', o.tax_included, o.total,
           o.amount_paid, o.amount_refunded, {of_points},
           (SELECT json_agg(json_build_array(i.id, i.product_id, i.quantity, i.total, i.tax) ORDER BY i.position) FROM order_lines i
             WHERE i.store_id = o.store_id AND i.order_id = o.id AND i.voided_at IS NULL),
           CASE WHEN o.amount_refunded > 0 THEN
             (SELECT json_agg(json_build_array(w.amount, w.named) ORDER BY w.request_id DESC)
                FROM (SELECT r.request_id, sum(r.amount) AS amount,
                             (SELECT json_agg(json_build_array(g.line_id, g.quantity, g.amount, coalesce(g.of_quantity, 0))) FROM refund_lines g
                               WHERE g.store_id = o.store_id AND g.refund_id = r.request_id) AS named
                        FROM refunds r
                       WHERE r.store_id = o.store_id AND r.order_id = o.id AND r.status = 'succeeded' AND r.source <> 'overpayment'
                       GROUP BY r.request_id) w) END
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
           id, product_id, quantity, total, tax
      FROM order_lines WHERE store_id = :store AND order_id = :order AND voided_at IS NULL ORDER BY position
""")


@dataclass(frozen=True)
class Line:
    """A line that counts, as it was frozen."""

    id: UUID
    product_id: UUID | None
    quantity: int
    total: int
    tax: int


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
    refunds: tuple[WentBack, ...] = ()

    @property
    def is_paid(self) -> bool:
        """Whether it is paid in full now."""
        return not self.is_canceled and is_covered(total=self.total, paid=self.paid, refunded=self.refunded)

    @property
    def was_paid(self) -> bool:
        """Whether it was paid in full once, and not canceled; some of it may have gone back since."""
        return not self.is_canceled and self.paid_at is not None

    @property
    def held(self) -> int:
        """The money that is there."""
        return self.paid - self.refunded

    def figures(self) -> dict[UUID, Rated]:
        """Pieces and prices of each line as it is now."""
        return {line.id: self._figures(line) for line in self.lines}

    def kept(self, rated: Mapping[UUID, Rated] | None = None) -> list[Bought]:
        """What counts for points: each line with the share of it for which there is money, the tip aside.

        While more was added than was paid, that counts which was `rated` when all was paid last, as far as it is still there.
        """
        now = self.figures()
        counted = now
        if self.paid_at is None and rated is not None:
            counted = {line_id: figures.least(now[line_id]) for line_id, figures in rated.items() if line_id in now}
        goods = sum(figures.gross for figures in now.values())
        kept = max(self.held - (self.total - goods), 0)
        gone = self._gone(counted, sum(figures.gross for figures in counted.values()) - kept)
        return [
            Bought(line.id, line.product_id, counted[line.id].quantity, counted[line.id].net, 1 - gone[line.id])
            for line in self.lines
            if line.id in counted
        ]

    def gone(self) -> dict[UUID, Fraction]:
        """Of each line the share that refunds took back; what nobody has paid yet is not gone."""
        if self.is_canceled:
            return {line.id: Fraction(1) for line in self.lines}
        return self._gone(self.figures(), min(self.total - self.held, self.refunded))

    def lost(self, rated: Mapping[UUID, Rated]) -> bool:
        """Whether something was taken off the bill for which points were counted."""
        now = self.figures()
        return any(line_id not in now or now[line_id].quantity < was.quantity for line_id, was in rated.items())

    def _gone(self, counted: Mapping[UUID, Rated], missing: int) -> dict[UUID, Fraction]:
        priced = {line_id: Priced(line.gross, line.quantity) for line_id, line in counted.items()}
        return shares_gone(priced, missing, self.refunds)

    def _figures(self, line: Line) -> Rated:
        if self.tax_included:
            return Rated(line.quantity, line.total - line.tax, line.total)
        return Rated(line.quantity, line.total, line.total + line.tax)


_FROZEN = ("id", "customer_id", "location_id", "placed_at", "paid_at", "tax_included", "total")


def just_sold(order: Mapping[str, Any], priced: PricedOrder) -> Sold:
    """An order that was written a moment ago, without asking for it."""
    frozen = {name: order[name] for name in _FROZEN}
    lines = tuple(
        Line(each.goods.id, each.goods.product_id, each.goods.quantity, each.total, each.tax) for each in priced.lines
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
    return [_read(row) for row in _SOLD.rows(orders=list(order_ids))]


def bought_by(customer_ids: Collection[UUID], since: datetime) -> list[Sold]:
    """What these customers have ordered since then, were paid for and did not get back whole, the oldest first. What the ledger
    holds of it is not asked."""
    return [_read(row) for row in _BOUGHT_BY.rows(customers=list(customer_ids), since=since)]


def _read(row: tuple[Any, ...]) -> Sold:
    *facts, lines, refunds = row
    return Sold(*(*facts, _lines(lines or ()), tuple(_refund(*each) for each in refunds or ())))


def _lines(rows: Any) -> tuple[Line, ...]:
    return tuple(Line(UUID(row[0]), UUID(row[1]) if row[1] else None, *row[2:]) for row in rows)


def _refund(amount: int, named: Sequence[Any] | None) -> WentBack:
    return WentBack(int(amount), {UUID(line_id): Goods(*goods) for line_id, *goods in named or ()})
