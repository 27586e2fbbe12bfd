"""Points follow an order: earned when it is paid in full, taken back with what is refunded, spent rewards returned.

What the ledger holds of an order is compared with what is due by now, and the difference is entered. So it does not matter in
which order payments, refunds and their failures are told, nor how often. Worked examples: docs/loyalty.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from pos.checkout import remaining, terms
from pos.checkout.remaining import Sold
from pos.checkout.terms import AS_KEPT, Around
from pos.loyalty import accounts, accrual, actions
from pos.loyalty.accounts import Ledger
from pos.loyalty.ledger import About
from pos.orders import bill as bills
from pos.orders.models import Order
from pos.orders.pricing import PricedOrder
from pos.statements import Statement

_SPENT = Statement("""
    SELECT id, reward_id, points, returned_points FROM redemptions WHERE store_id = :store AND order_id = :order ORDER BY id
""")
_ALL = Fraction(1)


@dataclass(frozen=True)
class MoneyBack:
    """So much money went back with a refund; below zero it came again, since the refund failed."""

    refund_id: UUID
    amount: int


@dataclass(frozen=True)
class OfSale:
    """The points of a sale for its answer, and its member as they stand after it."""

    earned: int
    redeemed: int
    member: Mapping[str, Any]

    @property
    def shown(self) -> dict[str, int]:
        return {"earned": self.earned, "redeemed": self.redeemed, "balance": self.member["balance"]}


def of_sale(
    order: Mapping[str, Any], priced: PricedOrder, now: datetime, *, ledger: Ledger | None = None, redeemed: int = 0
) -> OfSale | None:
    """Enters what a new order brings its member, if it is paid; None for who is none. `ledger` is the account that is open
    already if points were spent, so many `redeemed`."""
    if order["member_id"] is None:
        return None
    ledger = ledger or accounts.opened(order["member_id"], now)
    before = ledger.account.balance
    recount(ledger, remaining.just_sold(order, priced), now)
    earned = ledger.account.balance - before
    ledger.write()
    return OfSale(earned, redeemed, ledger.shown())


def follow(order: Order, now: datetime, refunded: MoneyBack | None = None) -> None:
    """Enters what has changed for the points of a locked order, e.g. by a refund. The order's member stays locked until the
    commit."""
    if order.member_id is None:
        return
    sold = remaining.of(order)
    if sold.has_points or sold.has_rewards or sold.is_paid:
        ledger = accounts.opened(order.member_id, now, order_id=order.id if sold.has_points else None)
        if sold.has_rewards:
            _settle_rewards(ledger, order, sold, refunded)
        recount(ledger, sold, now, refunded)
        ledger.write()


def leave(order: Order, now: datetime) -> None:
    """Before an order becomes somebody else's: what it brought its member so far is taken back."""
    if order.member_id is None:
        return
    ledger = accounts.opened(order.member_id, now, order_id=order.id)
    if ledger.account.booked.points > 0:
        ledger.account.reverse(ledger.account.booked.points, About(order.id))
        ledger.write()


def recount(ledger: Ledger, sold: Sold, now: datetime, refunded: MoneyBack | None = None) -> None:
    """Enters the difference between what an order brought and what it ought to bring by now."""
    booked = ledger.account.booked
    if not booked.terms:
        if sold.is_paid and _counts(sold, ledger):
            grant(ledger, sold, now)
        return
    lines = sold.kept(booked.terms.rated)
    by, rules = terms.of_its_day(ledger, sold, lines)
    earned = accrual.earn(rules.accrual, by, lines)
    about = About(sold.id, refunded.refund_id if refunded else None)
    more = (0 if sold.is_canceled else earned.points) - booked.points
    if more > 0:
        again = min(more, sum(drawn.points for drawn in booked.reversed))
        if again:
            ledger.account.unreverse(again, about, by.kept(0) if sold.is_paid else None)
        if more > again and sold.is_paid:
            kept = by.kept(max(earned.bonus - booked.bonus, 0))
            ledger.account.accumulate(more - again, sold.id, kept, rules.version, booked.earned_at or now)
    elif more < 0 and (refunded or sold.is_canceled or sold.lost(booked.terms.rated)):
        ledger.account.reverse(-more, about)


def grant(ledger: Ledger, sold: Sold, now: datetime, around: Around = AS_KEPT) -> None:
    """Enters what an order brings of which its member has nothing yet: what is left of it after refunds counts."""
    lines, rules = sold.kept(), ledger.account.rules
    by = terms.fresh(rules, ledger.level, sold, lines, ledger.holder.id, around=around)
    earned = accrual.earn(rules.accrual, by, lines)
    if earned.points:
        kept = by.kept(earned.bonus)
        ledger.account.accumulate(earned.points, sold.id, kept, rules.version, sold.paid_at or now)


def _counts(sold: Sold, ledger: Ledger) -> bool:
    """An order that was paid before its member joined counts if it was placed within the days that the programme says."""
    joined_at, days = ledger.holder.joined_at, timedelta(days=ledger.account.rules.joining_days)
    return sold.paid_at is None or sold.paid_at >= joined_at or sold.placed_at >= joined_at - days


def _settle_rewards(ledger: Ledger, order: Order, sold: Sold, refunded: MoneyBack | None) -> None:
    """Points spent on a reward go back with the goods that it took something off, in proportion, and all of them with a reward
    that is not in the order any more. They are taken again when the goods are paid again, or their refund failed."""
    shares = _reward_shares(order, sold)
    came_again = sold.is_paid or (refunded is not None and refunded.amount < 0)
    for redemption_id, reward_id, points, returned in _SPENT.rows(order=order.id):
        share = shares.get(redemption_id, _ALL)
        back = returned if share is None else int(points * share)
        about = About(order.id, refunded.refund_id if refunded else None, reward_id, redemption_id)
        if back > returned and (refunded or sold.is_canceled or redemption_id not in shares):
            ledger.account.give_back(back - returned, about)
            actions.count_returned(redemption_id, back - returned)
        elif back < returned and came_again:
            ledger.account.take_again(returned - back, about)
            actions.count_returned(redemption_id, back - returned)


def _reward_shares(order: Order, sold: Sold) -> dict[UUID, Fraction | None]:
    """Of each reward in the order the share that went back, weighed by what it took off each line. There is none of one that
    takes nothing off any more, unless all was canceled or paid back."""
    gone, bill = sold.gone(), bills.read(order)
    off = {each.redemption_id: 0 for each in bill.discounts if each.redemption_id}
    went = dict.fromkeys(off, Fraction(0))
    for line in bill.priced().lines:
        for discount, part in line.parts:
            key = discount.redemption_id
            if key:
                off[key] += part
                went[key] += part * gone.get(line.goods.id, Fraction(0))
    nothing = _ALL if sold.is_canceled or 0 < sold.paid <= sold.refunded else None
    return {key: went[key] / off[key] if off[key] else nothing for key in off}
