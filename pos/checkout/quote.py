"""What a basket would cost and bring, before anybody pays: priced as a sale would be, and nothing written."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pos import ids, phone
from pos.checkout import remaining, terms
from pos.checkout.basket import goods_of
from pos.checkout.place import Sale, location_of, price_basket
from pos.checkout.remaining import Sold
from pos.http.access import Caller
from pos.loyalty import accrual, queries
from pos.loyalty.rules import Level, Rules
from pos.messaging.silence import SILENT
from pos.orders.pricing import PricedOrder
from pos.statements import Statement

_MEMBER = Statement(f"""
    SELECT m.id, m.tappass_id, m.level_points, CASE WHEN m.floor_until > :now THEN m.level_floor END, m.balance - {queries.DUE}
      FROM members m JOIN customers c ON c.store_id = m.store_id AND c.id = m.customer_id
     WHERE m.store_id = :store AND (:sees_all OR NOT {SILENT})
       AND m.customer_id = (SELECT coalesce(x.merged_into_id, x.id) FROM customers x WHERE x.store_id = :store AND x.phone = :phone)
""")
_REWARDS = Statement("SELECT id, name, points FROM rewards WHERE store_id = :store AND is_active ORDER BY points, name")


@dataclass(frozen=True)
class Asker:
    """Who would buy: a member, or somebody who would begin at the first level."""

    level: Level
    member_id: UUID | None = None
    tappass_id: str | None = None
    balance: int = 0

    @property
    def shown(self) -> dict[str, Any] | None:
        if self.member_id is None:
            return None
        return {"id": self.member_id, "tappass_id": self.tappass_id, "level": self.level.name, "balance": self.balance}


def quote(sale: Sale, caller: Caller, now: datetime) -> dict[str, Any]:
    """The total of a basket, the points that it would bring, and which rewards there are points for. Whoever may sell may ask, also
    for a discount that only a manager gives. Raises what `place` raises for its items, coupon and rewards."""
    rules = queries.current_rules(caller.store.currency)
    asker = _asker(sale, caller, rules, now)
    location_id = location_of(sale, caller)
    priced = price_basket(sale, goods_of(sale.items, location_id, now), caller, now, authorised_by=None).priced
    sold = _as_if_paid(priced, caller, location_id, now)
    by = terms.fresh(rules, asker.level, sold, sold.kept(), asker.member_id)
    earned = accrual.earn(rules.accrual, by, sold.kept())
    return {
        "subtotal": priced.subtotal,
        "discount": priced.discount,
        "tax": priced.tax,
        "total": priced.total,
        "points": earned.points,
        "base_points": earned.base,
        "bonus_points": earned.bonus,
        "member": asker.shown,
        "rewards": [
            {"id": reward_id, "name": name, "points": cost, "is_enough": cost <= asker.balance}
            for reward_id, name, cost in _REWARDS.rows()
        ],
    }


def _asker(sale: Sale, caller: Caller, rules: Rules, now: datetime) -> Asker:
    if sale.phone is None:
        return Asker(rules.levels[0])
    number = phone.parse(sale.phone, caller.store.country)
    row = _MEMBER.first(phone=number, now=now, sees_all=caller.reaches("manager"))
    if row is None:
        return Asker(rules.levels[0])
    member_id, tappass_id, level_points, floor, balance = row
    return Asker(rules.level_for(level_points, floor), member_id, tappass_id, balance)


def _as_if_paid(priced: PricedOrder, caller: Caller, location_id: UUID, now: datetime) -> Sold:
    """The basket as an order that is paid in full at this moment."""
    nobody = ids.uuid7()
    order = {"id": nobody, "customer_id": nobody, "location_id": location_id, "placed_at": now, "paid_at": now}
    amounts = {"tax_included": caller.store.prices_include_tax, "total": priced.total, "amount_paid": priced.total}
    return remaining.just_sold(order | amounts, priced)
