"""The payment link of an order: asked for, withdrawn, and following what is due. Each act stands in a transaction that
holds the order's lock; what Stripe has to do with it is work for later (flows.py).

The address that people see is ours (`/{slug}/p/{token}`), so it stays the same however often the link behind it changes.
"""

from datetime import datetime, timedelta
from uuid import UUID

from flask import current_app

from pos.db import current_store, db, rows_of
from pos.errors import Invalid, NotFound, Refused
from pos.jobs import enqueue
from pos.orders.lifecycle import WrongState
from pos.orders.models import Order
from pos.payments import currencies
from pos.payments.lifecycle import LIVE, move_link
from pos.payments.models import PaymentLink
from pos.payments.tender import NothingDue
from pos.statements import Statement

_STORE = Statement("""
    SELECT s.stripe_account, s.payment_link_hours, (SELECT count(*) FROM stores WHERE is_active) FROM stores s WHERE s.id = :store
""")
# Whether a store `s` may make links: with an account of its own, or as the only store, which uses the key's.
HAS_ACCOUNT = "(s.stripe_account IS NOT NULL OR (SELECT count(*) FROM stores x WHERE x.is_active) = 1)"
_LAST_ATTEMPT = Statement("""
    SELECT coalesce(max(attempt), 0) FROM payment_links WHERE store_id = :store AND order_id = :order
""")


class NoStripeAccount(Refused):
    title = "This store cannot take cards by link"
    advice = (
        "There are several stores, and this one names no Stripe account of its own. Take the money at the counter; whoever runs "
        "the server sets it: flask stores change."
    )


class LinksSwitchedOff(Refused):
    title = "Payment links are switched off"
    advice = (
        "This installation has no Stripe key. Take the money at the counter; whoever runs it sets STRIPE_SECRET_KEY."
    )


class BelowMinimum(Refused):
    title = "Too little for a card"
    advice = "Stripe charges {least} or more (minor units of {currency}), and {amount} are due. Take cash."


class NotInSteps(Refused):
    title = "Not an amount that cards are charged"
    advice = "Cards are charged in steps of {step} (minor units of {currency}), and {amount} are due. Take cash."


class TipTooLarge(Invalid):
    title = "A large tip"


def ask(order: Order, now: datetime, *, tip: int | None = None, by_guest: bool = False) -> tuple[PaymentLink, bool]:
    """The one live link of the order, and whether it is new. `tip` comes on top of what is due; not said, it is what it
    was. Another tip leaves the link its time. Raises LinksSwitchedOff, WrongState, NothingDue, TipTooLarge, BelowMinimum,
    NotInSteps, NoStripeAccount."""
    _require_due(order)
    live = live_link(order.id)
    if live and not by_guest:
        _take_over(live, now)
    wanted_tip = tip if tip is not None else live.tip if live else 0
    if live and live.amount == order.amount_due + wanted_tip:
        return live, False
    if wanted_tip > order.amount_due:
        raise TipTooLarge(
            reason="By link a tip is not more than what is due. Give more at the counter.", pointer="/tip"
        )
    account, hours, store_count = _STORE.rows()[0]
    _require_chargeable(order.amount_due + wanted_tip, order.currency)
    if account is None and store_count > 1:
        raise NoStripeAccount
    new = _next(order, wanted_tip, account)
    new.cancels_order = not by_guest or (live is not None and live.cancels_order)
    new.expires_at = live.expires_at if live else now + timedelta(hours=hours)
    if live:
        end(live, "cancel")
    return _made(new), True


def withdraw(order: Order) -> PaymentLink:
    """Ends the live link, if there is one; gives the last link. Raises NotFound for an order that never had one."""
    live = live_link(order.id)
    if live:
        end(live, "cancel")
    return live or last_link(order.id)


def follow(order: Order, now: datetime) -> None:
    """After whatever has changed an order: its live link asks for what is due now, or ends."""
    db.session.flush()
    live = live_link(order.id)
    if live is None or (order.amount_due and live.amount - live.tip == order.amount_due):
        return
    end(live, "cancel")
    renew(order, live, now)


def renew(order: Order, ended: PaymentLink, now: datetime) -> None:
    """The next attempt after a link that has ended, if something is due that a card can be charged. Its time begins anew:
    somebody is still busy with the order."""
    tip = min(ended.tip, order.amount_due)
    if order.amount_due and currencies.is_chargeable(order.amount_due + tip, order.currency):
        [(_, hours, _)] = _STORE.rows()
        new = _next(order, tip, ended.account)
        new.cancels_order, new.expires_at = ended.cancels_order, now + timedelta(hours=hours)
        _made(new)


def end(link: PaymentLink, event: str, failure: str | None = None) -> None:
    """Moves a link out of its life; if it is open at Stripe, it is closed there soon. Raises WrongState."""
    link.status, link.failure = move_link(link.status, event), failure
    if link.is_open:
        close_soon(link)
    db.session.flush()


def close_soon(link: PaymentLink) -> None:
    """Has a link closed at Stripe that has ended here."""
    enqueue("checkout.close_link", store_id=link.store_id, link_id=link.id)


def live_link(order_id: UUID) -> PaymentLink | None:
    """The link by which an order may be paid now."""
    return db.session.scalar(
        rows_of(PaymentLink)
        .where(PaymentLink.order_id == order_id, PaymentLink.status.in_(LIVE))
        .execution_options(populate_existing=True)
    )


def last_link(order_id: UUID) -> PaymentLink:
    """The last attempt. Raises NotFound for an order that never had a link."""
    attempts = rows_of(PaymentLink).where(PaymentLink.order_id == order_id).order_by(PaymentLink.attempt.desc())
    last = db.session.scalar(attempts.limit(1))
    if last is None:
        raise NotFound(what="payment link of an order")
    return last


def _take_over(link: PaymentLink, now: datetime) -> None:
    """What only a guest had asked for is the counter's from now on, and takes the order with it: so it has its full time."""
    if not link.cancels_order:
        [(_, hours, _)] = _STORE.rows()
        link.cancels_order, link.expires_at = True, now + timedelta(hours=hours)


def _next(order: Order, tip: int, account: str | None) -> PaymentLink:
    [(last,)] = _LAST_ATTEMPT.rows(order=order.id)
    link = PaymentLink(order_id=order.id, attempt=last + 1, tip=tip, account=account)
    link.amount, link.currency, link.status = order.amount_due + tip, order.currency, "creating"
    link.request_key = f"order:{order.id}:link:{link.attempt}"
    return link


def _made(link: PaymentLink) -> PaymentLink:
    db.session.add(link)
    db.session.flush()
    enqueue("checkout.make_link", store_id=current_store(), link_id=link.id)
    return link


def _require_due(order: Order) -> None:
    if current_app.extensions["stripe"] is None:
        raise LinksSwitchedOff
    if order.status == "canceled":
        raise WrongState(what="order", state=order.status, event="paid by link")
    if order.amount_due == 0:
        raise NothingDue


def _require_chargeable(amount: int, currency: str) -> None:
    least, step = currencies.minimum(currency), currencies.step(currency)
    if amount < least:
        raise BelowMinimum(least=least, currency=currency, amount=amount)
    if amount % step:
        raise NotInSteps(step=step, currency=currency, amount=amount)
