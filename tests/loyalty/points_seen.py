"""What the books say of points, for the comparison with plain arithmetic: read past the application."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from pos.db import db
from pos.orders import bill as bills
from pos.orders.models import Order
from soak.product import rows, value
from tests.client import Shop
from tests.loyalty import plain

PRICES = {"amount": 40, "percent": 25, "product": 12}


@dataclass
class Account:
    """A member's figures, without what is due."""

    lots: dict[datetime | None, int]
    balance: int
    debt: int
    level_points: int
    lifetime: int


class Seen:
    """A shop with three rewards, and a way to look at its books."""

    def __init__(self, books: Any, shop: Shop) -> None:
        self.books, self.shop, self.prices = books, shop, PRICES
        worth = {"amount": {"amount": 700}, "percent": {"amount": 30}, "product": {"product_id": shop.products["IPA"]}}
        self.rewards = {}
        for kind, points in PRICES.items():
            asked = {"name": kind, "points": points, "discount_type": kind, **worth[kind]}
            self.rewards[kind] = UUID(shop.post("/rewards", asked, as_="owner").json["id"])

    def account(self, member: str, now: datetime) -> Account:
        held = "SELECT expires_at, sum(remaining) FROM point_lots WHERE member_id = %s AND remaining > 0 GROUP BY expires_at"
        lots = {ends: int(left) for ends, left in rows(self.books, held, member)}
        due = sum(left for ends, left in lots.items() if ends and ends <= now)
        figures = "SELECT balance, debt, level_points, lifetime_points FROM members WHERE id = %s"
        [(balance, debt, level, lifetime)] = rows(self.books, figures, member)
        live = {ends: left for ends, left in lots.items() if not ends or ends > now}
        return Account(live, balance - due, debt, level, lifetime)

    def redemptions(self, order_id: UUID) -> list[tuple[str, str, int]]:
        found = "SELECT id, member_id, points FROM redemptions WHERE order_id = %s ORDER BY id"
        return [(str(key), str(member), points) for key, member, points in rows(self.books, found, str(order_id))]

    def returned(self, keys: Sequence[str]) -> dict[str, int]:
        found = "SELECT id, returned_points FROM redemptions WHERE id = ANY(%s::uuid[])"
        return {str(key): points for key, points in rows(self.books, found, list(keys))}

    def code(self, redemption_id: UUID) -> str:
        return str(value(self.books, "SELECT code FROM redemptions WHERE id = %s", str(redemption_id)))

    def stripe_refunds(self, order_ids: Sequence[UUID]) -> list[tuple[UUID, UUID, int]]:
        """Those that may yet be told of: pending, or through and perhaps to fail."""
        found = """
            SELECT r.id, r.order_id, r.amount FROM refunds r JOIN payments p ON p.id = r.payment_id
             WHERE p.method = 'stripe' AND r.status IN ('pending', 'succeeded') AND r.order_id = ANY(%s::uuid[]) ORDER BY r.id
        """
        asked = rows(self.books, found, list(map(str, order_ids)))
        return [(UUID(str(key)), UUID(str(order)), amount) for key, order, amount in asked]

    def refundable(self, order_id: UUID) -> int:
        found = """
            SELECT coalesce((SELECT sum(amount) FROM payments WHERE order_id = o.id AND status = 'succeeded'), 0)
                   - coalesce((SELECT sum(amount) FROM refunds WHERE order_id = o.id AND status IN ('pending', 'succeeded')), 0)
              FROM orders o WHERE o.id = %s
        """
        return int(value(self.books, found, str(order_id)))

    def left_of_orders(self, order_ids: Sequence[UUID]) -> list[Any]:
        """Orders, and rewards in them, whose points were not all taken back or given back. What was finished and cost nothing can
        neither be canceled nor refunded: a manager gives those points back by hand."""
        found = """
            SELECT order_id, sum(points) FROM point_entries
             WHERE order_id = ANY(%s::uuid[]) AND type IN ('accumulate', 'reverse') GROUP BY order_id HAVING sum(points) <> 0
             UNION ALL
            SELECT r.id, r.points - r.returned_points FROM redemptions r JOIN orders o ON o.id = r.order_id
             WHERE r.order_id = ANY(%s::uuid[]) AND r.returned_points < r.points AND (o.status <> 'completed' OR o.amount_paid > 0)
        """
        asked = list(map(str, order_ids))
        return list(rows(self.books, found, asked, asked))

    def by_hand_less_expired(self, model: plain.Plain, member: str) -> int:
        """Of a member and all who were merged into them."""
        kin = [who for who in model.owed if model.heir(who) == member]
        found = "SELECT coalesce(sum(points), 0) FROM point_entries WHERE member_id = ANY(%s::uuid[]) AND type IN ('adjust', 'expire')"
        return int(value(self.books, found, kin))


def order(row: Order) -> plain.Order:
    """An order's facts: what it costs by its bill, and what went back by its refunds."""
    lines = []
    bill = bills.read(row)
    for each in bill.priced().lines:
        off: dict[str, int] = {}
        for discount, part in each.parts:
            if discount.redemption_id:
                key = str(discount.redemption_id)
                off[key] = off.get(key, 0) + part
        gross, net = (each.total, each.total - each.tax) if row.tax_included else (each.total + each.tax, each.total)
        made = (str(each.goods.id), str(each.goods.product_id), each.goods.quantity)
        lines.append(plain.Line(*made, gross, net, off))
    return plain.Order(
        key=str(row.id),
        member=str(row.member_id) if row.member_id else None,
        is_canceled=row.status == "canceled",
        total=row.total,
        paid=row.amount_paid,
        refunded=row.amount_refunded,
        placed_at=row.placed_at,
        paid_at=row.paid_at,
        lines=lines,
        backs=backs(row.id),
        rewards=frozenset(str(each.redemption_id) for each in bill.discounts if each.redemption_id),
    )


def backs(order_id: UUID) -> list[plain.Back]:
    """What went through of an order's refunds, the newest first, without what nobody owed."""
    amounts = db.session.execute(
        text("""
            SELECT request_id, sum(amount) FROM refunds
             WHERE order_id = :order AND status = 'succeeded' AND source <> 'overpayment' GROUP BY request_id
        """),
        {"order": order_id},
    )
    lines = text("SELECT line_id, quantity, amount, of_quantity FROM refund_lines WHERE refund_id = :request")
    found = []
    for request_id, amount in sorted(amounts, key=lambda each: str(each[0]), reverse=True):
        named = db.session.execute(lines, {"request": request_id})
        found.append(plain.Back(int(amount), {str(line): (pieces, worth, then) for line, pieces, worth, then in named}))
    return found
