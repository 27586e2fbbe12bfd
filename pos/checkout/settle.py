"""What Stripe tells becomes books: one step for a webhook's event and for what a sweep finds in Stripe's lists.

Each function locks the order (after its customer), compares, and writes everything that follows, in the caller's open
transaction. It may be told the same thing any number of times, late, and in any order: the books end up the same.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pos.attention.actions import raise_item, raise_once
from pos.checkout import links, locks, points, texts
from pos.customers import actions as customers
from pos.db import db, rows_of
from pos.orders import actions as orders
from pos.orders.models import Order
from pos.payments import actions as payments
from pos.payments import currencies, told
from pos.payments.facts import Declined, LinkChanged, SessionPaid
from pos.payments.lifecycle import LIVE, PAYMENT_RANK, later, move_link
from pos.payments.models import PaymentLink
from pos.payments.told import Link, Paid
from pos.statements import Statement

_COMPLETE = Statement("""
    UPDATE payment_links SET status = :status, provider_id = coalesce(provider_id, :provider_link),
           is_open = coalesce(provider_id, :provider_link ::text) IS NOT NULL, failure = NULL, updated_at = now()
     WHERE store_id = :store AND id = :link
""")
_COUNT_DECLINED = Statement("""
    UPDATE payment_links SET declined_count = declined_count + 1, updated_at = now() WHERE store_id = :store AND id = :link
""")
_REOPEN = Statement("""
    UPDATE payment_links SET is_open = true, provider_id = coalesce(provider_id, :provider_link), updated_at = now()
     WHERE store_id = :store AND id = :link AND status NOT IN ('creating', 'active')
""")


@dataclass(frozen=True)
class Result:
    """What came of it: an outcome of EVENT_OUTCOMES, or `waiting` for another event; and the order that it is about."""

    outcome: str
    order_id: UUID | None = None


@dataclass(frozen=True)
class _Money:
    """A payment that has arrived: `amount` in the order's minor units, of which a part is the guest's tip, and a part may be
    what nobody owed."""

    payment_id: UUID
    amount: int
    tip: int
    excess: int


def session_paid(fact: SessionPaid, link: Link, account: str | None, now: datetime) -> Result:
    """Money that came by a link, or is on its way, or did not come after all (`fact.status`)."""
    found = locks.locked([link.order_id], holders=[link.customer_id], by=orders.locked_to_count)
    order = found[link.order_id]
    link, known = told.under_lock(link, fact.payment_intent, account)
    if known and later(PAYMENT_RANK, known.status, fact.status) == known.status:
        return Result("repeated", order.id)
    amount = currencies.in_currency(fact.amount, fact.currency, order.currency)
    if not amount or fact.payment_intent is None:
        raise_once(
            "payment_mismatch",
            f"orders:{order.id}",
            asked=link.amount,
            currency=link.currency,
            told=fact.amount,
            told_currency=fact.currency,
            payment_intent=fact.payment_intent,
        )
        return Result("refused", order.id)
    payment_id = _record(fact, link, known, amount, account)
    link = link._replace(provider_id=link.provider_id or fact.provider_link)
    if fact.status == "succeeded":
        _count(order, link, _money(order, link, payment_id, amount), now)
    elif fact.status == "failed":
        _try_again(order, link, now)
    return Result("applied", order.id)


def declined(fact: Declined, link: Link) -> Result:
    """A card was refused. The guest's page at Stripe stays open; the cashier may see how often it happened."""
    _COUNT_DECLINED.soon(link=link.id)
    return Result("noted", link.order_id)


def link_changed(fact: LinkChanged, link: Link) -> Result:
    """Somebody changed a link at Stripe. One that has ended here and lives there is closed again."""
    if fact.is_active:
        _REOPEN.soon(link=link.id, provider_link=fact.provider_link)
    return Result("noted", link.order_id)


def _record(fact: SessionPaid, link: Link, known: Paid | None, amount: int, account: str | None) -> UUID:
    if known is None:
        return told.write_payment(fact, link, amount, account)
    told.move_payment(known.id, fact.status, amount)
    return known.id


def _money(order: Order, link: Link, payment_id: UUID, amount: int) -> _Money:
    """An order takes what is due of it, and a tip only with something due; the rest is too much."""
    due = order.amount_due
    tip = min(link.tip, amount) if due else 0
    return _Money(payment_id, amount, tip, excess=max(amount - due - tip, 0))


def _count(order: Order, link: Link, money: _Money, now: datetime) -> None:
    """Counts money that is there: on the order, the link and the customer; and sends back what nobody owed."""
    was_canceled = order.status == "canceled"
    orders.count_money(order, money.amount, tip=money.tip, now=now, needs_preparation=link.needs_preparation)
    customers.spend(order.customer_id, money.amount)
    _COMPLETE.soon(link=link.id, status=move_link(link.status, "pay"), provider_link=link.provider_id)
    if money.amount != link.amount:
        raise_item(
            "payment_mismatch", f"orders:{order.id}", asked=link.amount, told=money.amount, currency=link.currency
        )
    if money.excess:
        kind = "late_payment" if was_canceled else "double_payment"
        payments.refund_overpayment(money.payment_id, order.id, money.excess, kind)
        detail = {"amount": money.amount, "excess": money.excess, "payment_id": str(money.payment_id)}
        raise_item(kind, f"orders:{order.id}", **detail)
    if link.status not in LIVE:
        links.follow(order, now)
    points.follow(order, now)
    texts.receipt(order)


def _try_again(order: Order, link: Link, now: datetime) -> None:
    """The bank said no after all, and Stripe's link is used up: the guest gets another one."""
    fresh = rows_of(PaymentLink).where(PaymentLink.id == link.id).execution_options(populate_existing=True)
    row = db.session.scalars(fresh).one()
    if row.status in LIVE:
        links.end(row, "fail", "The customer's bank did not pay.")
        links.renew(order, row, now)
