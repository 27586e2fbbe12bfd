"""Points follow an order: earned when it is paid in full, taken back with what is refunded, spent rewards returned.

What the ledger holds of an order is compared with what is due by now, and the difference is entered. So it does not matter in
which order payments, refunds and their failures are told, nor how often. Worked examples: docs/loyalty.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Protocol
from uuid import UUID

from pos import ids
from pos.catalog import queries as catalog
from pos.catalog.prices import zone
from pos.checkout import remaining
from pos.checkout.remaining import Sold
from pos.loyalty import accounts, accrual, actions
from pos.loyalty import queries as loyalty
from pos.loyalty.accounts import Ledger
from pos.loyalty.accrual import Bought, Terms
from pos.loyalty.ledger import About
from pos.loyalty.rules import Level, Rules, midnight
from pos.orders import bill as bills
from pos.orders.models import Order
from pos.orders.pricing import PricedOrder
from pos.statements import Statement

_BROUGHT_TODAY = Statement("""
    SELECT coalesce(sum((terms ->> 'bonus')::bigint), 0)::bigint FROM point_entries
     WHERE store_id = :store AND member_id = :member AND type = 'accumulate' AND act_id >= :since ::uuid
       AND terms ->> 'promotion' = :promotion AND terms ->> 'promotion_on' = :day
""")
_TIMEZONE = Statement("SELECT timezone FROM locations WHERE store_id = :store AND id = :location")
_SPENT = Statement("""
    SELECT id, reward_id, points, returned_points FROM redemptions WHERE store_id = :store AND order_id = :order ORDER BY id
""")


class Around(Protocol):
    """What besides the order and the rules its points depend on."""

    def shelves(self, product_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[UUID]]:
        """The categories in which each of these products lies."""

    def timezone(self, location_id: UUID) -> str:
        """That of a location."""

    def brought(self, member_id: UUID | None, promotion: str, day: date, timezone: str) -> int:
        """The points that a promotion brought the member already on that local day."""


class _AsKept:
    """All of it as the database has it."""

    def shelves(self, product_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[UUID]]:
        return catalog.shelves(product_ids)

    def timezone(self, location_id: UUID) -> str:
        [(timezone,)] = _TIMEZONE.rows(location=location_id)
        return str(timezone)

    def brought(self, member_id: UUID | None, promotion: str, day: date, timezone: str) -> int:
        since = ids.first_uuid7_of(midnight(day, timezone))
        [(brought,)] = _BROUGHT_TODAY.rows(member=member_id, since=since, promotion=promotion, day=day.isoformat())
        return int(brought)


AS_KEPT = _AsKept()


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


def follow(order: Order, now: datetime, *, refund_id: UUID | None = None) -> None:
    """Enters what has changed for the points of a locked order, e.g. by the refund with this id. The order's member stays
    locked until the commit."""
    if order.member_id is None:
        return
    sold = remaining.of(order)
    if sold.has_points or sold.has_rewards or sold.is_paid:
        ledger = accounts.opened(order.member_id, now, order_id=order.id if sold.has_points else None)
        if sold.has_rewards:
            _return_rewards(ledger, order, sold, refund_id)
        recount(ledger, sold, now, refund_id=refund_id)
        ledger.write()


def leave(order: Order, now: datetime) -> None:
    """Before an order becomes somebody else's: what it brought its member so far is taken back."""
    if order.member_id is None:
        return
    ledger = accounts.opened(order.member_id, now, order_id=order.id)
    if ledger.account.booked.points > 0:
        ledger.account.reverse(ledger.account.booked.points, About(order.id))
        ledger.write()


def recount(ledger: Ledger, sold: Sold, now: datetime, *, refund_id: UUID | None = None) -> None:
    """Enters the difference between what an order brought and what it ought to bring by now. Only refunds and a
    cancellation take back; what grew brings more once it is paid in full again."""
    booked, about = ledger.account.booked, About(sold.id, refund_id)
    if not booked.parts and not sold.is_paid:
        return
    lines = sold.kept()
    terms, rules = _terms(ledger, sold, lines)
    earned = accrual.earn(rules.accrual, terms, lines)
    more = (0 if sold.is_canceled else earned.points) - booked.points
    again = min(more, sum(drawn.points for drawn in booked.reversed))
    if again > 0:
        ledger.account.unreverse(again, about)
    if more > max(again, 0) and sold.is_paid:
        earned_at = booked.earned_at or sold.paid_at or now
        kept = terms.kept(max(earned.bonus - booked.bonus, 0))
        ledger.account.accumulate(more - max(again, 0), sold.id, kept, rules.version, earned_at)
    if more < 0 and (refund_id or sold.is_canceled):
        ledger.account.reverse(-more, about)


def grant(ledger: Ledger, sold: Sold, now: datetime, around: Around = AS_KEPT) -> None:
    """Enters what an order brings of which its member has nothing yet: what is left of it after refunds counts."""
    lines, rules = sold.kept(), ledger.account.rules
    terms = new_terms(rules, ledger.level, sold, lines, ledger.holder.id, around=around)
    earned = accrual.earn(rules.accrual, terms, lines)
    if earned.points:
        kept = terms.kept(earned.bonus)
        ledger.account.accumulate(earned.points, sold.id, kept, rules.version, sold.paid_at or now)


def new_terms(
    rules: Rules,
    level: Level,
    sold: Sold,
    lines: Sequence[Bought],
    member_id: UUID | None = None,
    *,
    around: Around = AS_KEPT,
) -> Terms:
    """What the points of an order are computed by now: the level, the promotion at the hour of the sale, the catalogue. What
    a promotion brought the member already on that day counts for its limit."""
    shelves = shelves_of(rules, lines, around)
    terms = Terms(
        level=level.name,
        multiplier=level.multiplier,
        per_piece=accrual.pieces(rules.accrual, lines, shelves),
        excluded=accrual.excluded(rules.accrual, lines, shelves),
    )
    return _promoted(terms, rules, sold, member_id, around) if rules.promotions else terms


def shelves_of(rules: Rules, lines: Sequence[Bought], around: Around = AS_KEPT) -> Mapping[UUID, Sequence[UUID]]:
    """The categories in which the products of these lines lie, if the rules ask for them."""
    if not rules.accrual.asks_for_categories:
        return {}
    return around.shelves([line.product_id for line in lines if line.product_id])


def _promoted(terms: Terms, rules: Rules, sold: Sold, member_id: UUID | None, around: Around) -> Terms:
    """With the promotion that held where and when the order was sold, and what it may still bring on that day."""
    timezone = around.timezone(sold.location_id)
    local = sold.placed_at.astimezone(zone(timezone))
    promotion = rules.promotion_at(local)
    if promotion is None:
        return terms
    day, most = local.date(), promotion.limit_per_day
    if most is not None:
        most = max(most - around.brought(member_id, promotion.name, day, timezone), 0)
    return replace(
        terms,
        promotion=promotion.name,
        promotion_multiplier=promotion.multiplier,
        promotion_on=day.isoformat(),
        most=most,
    )


def _terms(ledger: Ledger, sold: Sold, lines: Sequence[Bought]) -> tuple[Terms, Rules]:
    """Those of the first accumulation, with the lines that were added since; or new ones."""
    booked, rules = ledger.account.booked, ledger.account.rules
    if booked.terms is None or booked.version is None:
        return new_terms(rules, ledger.level, sold, lines, ledger.holder.id), rules
    if booked.version != rules.version:
        rules = loyalty.rules_at(booked.version)
    if not sold.is_paid:
        return booked.terms, rules
    shelves = shelves_of(rules, lines)
    return replace(
        booked.terms,
        most=_most(ledger, sold, rules),
        per_piece={**accrual.pieces(rules.accrual, lines, shelves), **booked.terms.per_piece},
        excluded=booked.terms.excluded | accrual.excluded(rules.accrual, lines, shelves),
    ), rules


def _most(ledger: Ledger, sold: Sold, rules: Rules) -> int | None:
    """What the promotion of an order that accumulated may bring by now: what it brought, and what is left of the day's limit."""
    booked = ledger.account.booked
    if booked.terms is None or booked.terms.most is None:
        return None
    name, day = str(booked.terms.promotion), date.fromisoformat(str(booked.terms.promotion_on))
    limit = next(each.limit_per_day for each in rules.promotions if each.name == name) or 0
    brought = AS_KEPT.brought(ledger.holder.id, name, day, AS_KEPT.timezone(sold.location_id))
    return booked.bonus + max(limit - brought, 0)


def _return_rewards(ledger: Ledger, order: Order, sold: Sold, refund_id: UUID | None) -> None:
    """Points spent on a reward go back with the goods that it took something off, in proportion, and all of them with a reward
    that is not in the order any more. While it is, only a refund or a cancellation gives back, and what they gave back is only
    taken again when one failed or all is paid."""
    shares = _reward_shares(order, sold)
    for redemption_id, reward_id, points, returned in _SPENT.rows(order=order.id):
        share = shares.get(redemption_id, Fraction(1))
        back = int(points * share) - returned if share is not None else 0
        if redemption_id in shares and not (refund_id or (sold.is_canceled if back > 0 else sold.is_paid)):
            back = 0
        about = About(order.id, refund_id, reward_id, redemption_id)
        if back > 0:
            ledger.account.give_back(back, about)
        elif back < 0:
            ledger.account.take_again(-back, about)
        if back:
            actions.count_returned(redemption_id, back)


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
    is_over = sold.is_canceled or 0 < sold.paid <= sold.refunded
    nothing = Fraction(1) if is_over else None
    return {key: went[key] / off[key] if off[key] else nothing for key in off}
