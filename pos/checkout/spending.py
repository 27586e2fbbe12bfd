"""Points are spent: on rewards in a sale, in an open order, or on a code that a later order uses."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from pos import ids
from pos.catalog.coupons import normalised
from pos.db import db, rows_of
from pos.errors import Conflict, Refused
from pos.loyalty import accounts, actions, queries, rewards
from pos.loyalty.accounts import Ledger
from pos.loyalty.models import Redemption, Reward
from pos.loyalty.rewards import Spending
from pos.orders import bill as bills
from pos.orders.bill import Bill
from pos.orders.models import Order
from pos.orders.pricing import Discount, Goods, PricedOrder


class NotAMember(Refused):
    title = "Not a member yet"
    advice = "Points are spent by members. Let the customer join first: join: true with the sale, or POST /members."


class CodeOfAnother(Refused):
    title = "Somebody else's reward"
    advice = (
        "This code was made with another member's points. Sell under that member's phone number, or without the code."
    )


class OrderOfAnother(Conflict):
    title = "Somebody else's order"
    advice = "This order is not this member's. Move it to the member first (PATCH /orders), or use the reward on an order of theirs."


class RewardOnOrder(Conflict):
    title = "A reward was used here"
    advice = "Points were spent on this order, so it stays whole and with its member. Take the rewards off first: rewards: []."


class RewardOverpays(Conflict):
    title = "Paid already"
    advice = "Only {due} is due on this order (minor units), and {reward} takes {off} off. Use it on another order, or give money back first."


@dataclass(frozen=True)
class Spent:
    """The rewards that a sale asks for, and the code that it uses, before their points are spent."""

    rewards: Sequence[Spending] = ()
    code: Spending | None = None

    @property
    def all(self) -> list[Spending]:
        return [*self.rewards, *([self.code] if self.code else [])]

    def discounts(self, goods: Sequence[Goods], given: Sequence[Discount]) -> list[Discount]:
        """What they take off, beside discounts that are given already. Raises RewardNeedsProduct."""
        return rewards.discounts(self.all, goods, given)

    def require_worth(self, priced: PricedOrder) -> None:
        """Raises RewardTakesNothing."""
        rewards.require_worth(self.all, priced.discounts)


def asked(reward_ids: Sequence[UUID], code: Spending | None = None) -> Spent:
    """What a sale asks for. Raises UnknownReward."""
    return Spent([_spending(reward_id, f"/rewards/{place}") for place, reward_id in enumerate(reward_ids)], code)


def by_code(code: str, now: datetime) -> Spending | None:
    """The reward behind a code, ready to be used; None if it is no code of a reward. Raises CodeUsed."""
    wanted = normalised(code)
    is_ours = wanted.startswith(actions.CODE_PREFIX)
    row = db.session.scalar(rows_of(Redemption).where(Redemption.code == wanted)) if is_ours else None
    if row is None:
        return None
    if row.order_id or row.returned_points or (row.expires_at and row.expires_at <= now):
        raise actions.CodeUsed
    reward = db.session.scalars(rows_of(Reward).where(Reward.id == row.reward_id)).one()
    return Spending(row.id, reward.id, reward.name, row.points, reward.discount_type, reward.amount, reward.product_id)


def account(spent: Spent, customer_id: UUID, now: datetime) -> Ledger | None:
    """The account that pays for them, locked; None if nothing is spent. Raises NotAMember, CodeOfAnother."""
    if not spent.all:
        return None
    member_id = queries.member_of(customer_id)
    if member_id is None:
        raise NotAMember
    ledger = accounts.opened(member_id, now)
    if spent.code:
        _require_own(spent.code, ledger)
    return ledger


def spend(spent: Spent, ledger: Ledger, order_id: UUID) -> None:
    """Spends the points in an order whose row is there. Raises InsufficientPoints, CodeUsed."""
    if spent.rewards:
        actions.redeem(ledger, spent.rewards, order_id)
    if spent.code:
        actions.use_code(spent.code.redemption_id, order_id)


def spend_on_bill(bill: Bill, reward_id: UUID, redemption_id: UUID, now: datetime, pointer: str = "/reward_id") -> Bill:
    """The bill of an open order with a reward that its member pays for. Raises NotAMember, UnknownReward, RewardNeedsProduct,
    RewardTakesNothing, RewardOverpays, InsufficientPoints."""
    spending = replace(_spending(reward_id, pointer), redemption_id=redemption_id)
    changed = _with_reward(bill, spending)
    actions.redeem(_account_of(bill.order, now), [spending], bill.order.id)
    return changed


def code_on_bill(bill: Bill, code: Spending, now: datetime) -> Bill:
    """The bill of an open order with a reward whose code is used. Raises NotAMember, CodeOfAnother, CodeUsed, and what a
    reward raises that does not fit."""
    changed = _with_reward(bill, code)
    _require_own(code, _account_of(bill.order, now))
    actions.use_code(code.redemption_id, bill.order.id)
    return changed


def with_rewards(bill: Bill, wanted: Sequence[UUID], now: datetime) -> Bill:
    """The bill with just these rewards: those that are not wanted any more come off, others are paid for with points."""
    there = {
        row.id: row.reward_id
        for row in db.session.scalars(rows_of(Redemption).where(Redemption.order_id == bill.order.id))
        if any(each.redemption_id == row.id for each in bill.discounts)
    }
    missing = Counter(wanted)
    kept = set()
    for redemption_id, reward_id in there.items():
        if missing[reward_id]:
            missing[reward_id] -= 1
            kept.add(redemption_id)
    bill = replace(
        bill, discounts=tuple(each for each in bill.discounts if each.redemption_id in kept or not each.redemption_id)
    )
    for place, reward_id in enumerate(missing.elements()):
        bill = spend_on_bill(bill, reward_id, ids.uuid7(), now, f"/rewards/{place}")
    return bill


def issue_code(member_id: UUID, reward_id: UUID, redemption_id: UUID, now: datetime) -> None:
    """Spends a member's points on a code that one order may use. Raises UnknownReward, InsufficientPoints."""
    spending = replace(_spending(reward_id, "/reward_id"), redemption_id=redemption_id)
    actions.issue_code(accounts.opened(member_id, now), spending, now)


def require_member(order: Order, member_id: UUID) -> None:
    """Raises OrderOfAnother unless the order is the member's, or of one who was merged into them."""
    if order.member_id is None or queries.identity(order.member_id, None)[0] != member_id:
        raise OrderOfAnother


def require_none(order: Order) -> None:
    """Raises RewardOnOrder."""
    if any(each.redemption_id for each in bills.read(order).discounts):
        raise RewardOnOrder


def _spending(reward_id: UUID, pointer: str) -> Spending:
    found = actions.spending_on(reward_id)
    if found is None:
        raise rewards.UnknownReward(
            reason="This store offers no reward with this id; reload the rewards.", pointer=pointer
        )
    return found


def _with_reward(bill: Bill, spending: Spending) -> Bill:
    discount = rewards.discounts([spending], bill.goods, bill.discounts)
    changed = replace(bill, discounts=(*bill.discounts, *discount))
    priced = changed.priced()
    rewards.require_worth([spending], priced.discounts)
    off = bill.order.total - priced.total
    if off > bill.order.amount_due:
        raise RewardOverpays(due=bill.order.amount_due, reward=spending.name, off=off)
    return changed


def _account_of(order: Order, now: datetime) -> Ledger:
    if order.member_id is None:
        raise NotAMember
    return accounts.opened(order.member_id, now)


def _require_own(code: Spending, ledger: Ledger) -> None:
    row = db.session.scalars(rows_of(Redemption).where(Redemption.id == code.redemption_id)).one()
    if queries.identity(row.member_id, None)[0] != ledger.holder.id:
        raise CodeOfAnother
