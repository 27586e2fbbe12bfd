"""What Stripe is asked for: phase, call, phase. What is to be done is committed, Stripe is called outside of any
transaction, what came of it is committed. Each flow may be repeated, and is until it is done (sweep.py).

They raise Down and Unclear when they are to be repeated.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from flask import current_app

from pos import clock, crash
from pos.attention.actions import raise_once
from pos.checkout import events, links, locks, settle, settle_back, stripe_checks
from pos.checkout.cancel import cancel_unpaid
from pos.config import Settings
from pos.db import db, find, rows_of, transaction
from pos.orders import actions as orders
from pos.orders.models import Order
from pos.payments import currencies, facts, link_lines, told
from pos.payments.gateway import Declined, Down, Gateway, Object, Unclear
from pos.payments.lifecycle import LIVE, move_link
from pos.payments.models import Payment, PaymentLink, Refund
from pos.statements import Statement
from pos.stores.checks import Check
from pos.stores.queries import find_store

log = structlog.get_logger()
# So long a call that makes a link may be under way, with the tries of Stripe's library.
_MAKING = timedelta(minutes=1)


def gateway() -> Gateway:
    """The way to Stripe that create_app has built."""
    return current_app.extensions["stripe"]  # type: ignore[no-any-return]


def has_gateway() -> bool:
    """Whether this installation uses Stripe at all."""
    return current_app.extensions["stripe"] is not None


_ACCOUNT = Statement(f"SELECT s.stripe_account, {links.HAS_ACCOUNT} FROM stores s WHERE s.id = :store")


def check_stripe(store_id: UUID) -> list[Check]:
    """Whether the store can take cards by link, as Stripe sees it."""
    with transaction(store_id):
        [(account, has_account)] = _ACCOUNT.rows()
    settings: Settings = current_app.config["SETTINGS"]
    return stripe_checks.checks(gateway(), settings, account=account, has_account=has_account)


# --- a link is made ---------------------------------------------------------------------------------------


def make_link(store_id: UUID, link_id: UUID) -> None:
    """Has Stripe make a link that is `creating`."""
    with transaction(store_id):
        link = find(PaymentLink, link_id, lock=True)
        if link.status != "creating":
            return
        # From now on Stripe may have it, whatever becomes of its answer.
        link.is_open = True
        params = link.request = link.request or _params_of(link)
    crash.at("link.calling")
    try:
        made = gateway().create_link(params, account=link.account, key=link.request_key)
    except Declined as error:
        _give_up_link(store_id, link, error.reason)
        return
    except Unclear as error:
        _take_new_key(store_id, link, error)
        raise
    crash.at("link.called")
    with transaction(store_id):
        _, row = _locked(link)
        row.provider_id, row.provider_url, row.is_open = made["id"], made["url"], True
        if row.status == "creating":
            row.status = move_link(row.status, "made")
        else:
            links.close_soon(row)
    crash.at("link.made")


def _params_of(link: PaymentLink) -> Object:
    """One completed session, cards only, nothing that the payer could change; our ids also where refunds and disputes
    carry them."""
    order, store = find(Order, link.order_id), find_store(link.store_id)
    shown = link_lines.lines(order, orders.lines_of(order.id), amount=link.amount, tip=link.tip)
    ours = {"store_id": str(link.store_id), "order_id": str(order.id), "link_id": str(link.id)}
    back = f"{current_app.config['PUBLIC_BASE_URL']}/{store.slug}/o/{order.public_token}?from=stripe"
    return {
        "line_items": link_lines.as_stripe(shown, link.currency),
        "metadata": ours,
        "payment_intent_data": {"metadata": ours},
        "payment_method_types": ["card"],
        "restrictions": {"completed_sessions": {"limit": 1}},
        "after_completion": {"type": "redirect", "redirect": {"url": back}},
    }


def _give_up_link(store_id: UUID, link: PaymentLink, reason: str) -> None:
    with transaction(store_id):
        order, row = _locked(link)
        if row.status == "creating":
            links.end(row, "fail", reason)
            raise_once("link_failed", f"orders:{order.id}", reason=reason)


def _take_new_key(store_id: UUID, row: PaymentLink | Refund, error: Unclear) -> None:
    """Stripe keeps a failure of its own with the key and would repeat it for a day: the next try needs another key."""
    if error.is_replayed:
        with transaction(store_id):
            fresh = find(type(row), row.id, lock=True)
            if fresh.request_key == row.request_key:
                fresh.request_key = f"{row.request_key}+"


def _locked(link: PaymentLink) -> tuple[Order, PaymentLink]:
    """The link as it is now, under its order's lock."""
    order = locks.locked([link.order_id])[link.order_id]
    fresh = rows_of(PaymentLink).where(PaymentLink.id == link.id).execution_options(populate_existing=True)
    return order, db.session.scalars(fresh).one()


# --- a link is closed -------------------------------------------------------------------------------------


def expire_link(store_id: UUID, link_id: UUID) -> None:
    """Ends a link whose time is over; closing it at Stripe is the next step, unless a payment by it is on its way."""
    now = clock.now()
    with transaction(store_id):
        order, row = _locked(find(PaymentLink, link_id))
        if row.status not in LIVE or row.expires_at > now or _is_being_paid(order.id):
            return
        links.end(row, "expire")
        if not row.is_open:
            _let_go(order, row, now)
    crash.at("expiry.expired")


def close_link(store_id: UUID, link_id: UUID) -> None:
    """Closes at Stripe what has ended here: the link, then the sessions that outlive it. Who was faster has paid; that is
    settled before an order is let go with its link."""
    with transaction(store_id):
        link = find(PaymentLink, link_id)
        if link.status in LIVE or not link.is_open:
            return
    crash.at("close.calling")
    provider_link = link.provider_id or _unheard_of(link)
    if provider_link is None and link.updated_at > clock.now() - _MAKING:
        return
    if provider_link:
        _close_at_stripe(store_id, link, provider_link)
    with transaction(store_id):
        order, row = _locked(link)
        if row.provider_id not in (None, provider_link):
            return
        row.provider_id, row.is_open = provider_link, False
        if row.status == "expired":
            _let_go(order, row, clock.now())
    crash.at("close.closed")


def _unheard_of(link: PaymentLink) -> str | None:
    """A link that Stripe has made, and whose answer was lost: Stripe's id, by ours in its metadata."""
    made = gateway().active_links(account=link.account)
    return next((each["id"] for each in made if facts.ours(each).link_id == link.id), None)


def _close_at_stripe(store_id: UUID, link: PaymentLink, provider_link: str) -> None:
    """Raises Down while a session stays open: somebody is paying by it at this moment."""
    try:
        gateway().deactivate_link(provider_link, account=link.account)
        crash.at("close.deactivated")
        is_left = _expire_sessions(provider_link, link.account)
        crash.at("close.called")
        settle_sessions(store_id, provider_link, link.account)
    except Declined as error:
        # It is gone at Stripe, or the account is another one now; nobody can pay by it.
        log.warning("stripe_link_not_closed", link_id=str(link.id), code=error.code)
        return
    if is_left:
        raise Down("A checkout session is still open.")


def _expire_sessions(provider_link: str, account: str | None) -> bool:
    """Whether one is open still."""
    opened = gateway().sessions(provider_link, "open", account=account)
    for session in opened:
        gateway().expire_session(session["id"], account=account)
    return bool(opened and gateway().sessions(provider_link, "open", account=account))


def settle_sessions(store_id: UUID, provider_link: str, account: str | None) -> int:
    """Settles what was paid by a link, as an event would; gives how many payments the books did not know."""
    found = 0
    for session in gateway().sessions(provider_link, "complete", account=account):
        fact, now = facts.completed(session), clock.now()
        with transaction(store_id, actor="stripe"):
            link = told.link_of(fact.ours, fact.provider_link, account)
            if link and settle.session_paid(fact, link, account, now).outcome == "applied":
                found += 1
                events.apply_waiting(str(fact.payment_intent), now)
    return found


def _is_being_paid(order_id: UUID) -> bool:
    pending = rows_of(Payment).where(Payment.order_id == order_id, Payment.status == "pending")
    return db.session.scalar(pending.limit(1)) is not None


def _let_go(order: Order, link: PaymentLink, now: datetime) -> None:
    """An order that waited for its link alone goes with it, once. One that was paid in part or is being made needs a
    person; one for which only the guest asked for a link is the counter's, as before."""
    is_last = links.last_link(order.id).id == link.id
    if order.status != "open" or not order.amount_due or not is_last or not link.cancels_order:
        return
    link.cancels_order = False
    waits_for_nothing_else = order.amount_paid == 0 and order.fulfillment_status == "proposed"
    if not waits_for_nothing_else or _is_being_paid(order.id):
        raise_once("link_expired", f"orders:{order.id}", due=order.amount_due)
    elif find_store(order.store_id).cancels_unpaid_orders:
        cancel_unpaid(order, "The payment link expired", now)


# --- money goes back --------------------------------------------------------------------------------------


def send_refund(store_id: UUID, refund_id: UUID) -> None:
    """Has Stripe give back a pending refund. One that was sent before is looked for first: Stripe forgets keys."""
    with transaction(store_id):
        row = find(Refund, refund_id, lock=True)
        if row.status != "pending" or row.provider_id or row.request_key is None:
            return
        was_sent, row.sent_at = row.sent_at is not None, clock.now()
        payment, order = find(Payment, row.payment_id), find(Order, row.order_id)
    crash.at("refund.calling")
    try:
        made = (was_sent and _sent_before(row, payment)) or gateway().create_refund(
            _refund_params(row, payment, order), account=payment.account, key=row.request_key
        )
    except Declined as error:
        with transaction(store_id):
            settle_back.refused(refund_id, error.reason, clock.now())
        return
    except Unclear as error:
        _take_new_key(store_id, row, error)
        raise
    crash.at("refund.called")
    settle_refund(store_id, made, payment.account)
    crash.at("refund.settled")


def settle_refund(store_id: UUID, refund: Object, account: str | None) -> bool:
    """Settles a refund as Stripe has it now, as an event would; whether the books did not know it."""
    fact = facts.refunded(refund)
    with transaction(store_id, actor="stripe"):
        payment = told.payment_of_refund(fact.ours.refund_id, account) or told.money_by(fact.payment_intent, account)
        return bool(payment and settle_back.refunded(fact, payment, clock.now()).outcome == "applied")


def _sent_before(row: Refund, payment: Payment) -> Object | None:
    sent = gateway().refunds(payment_intent=payment.provider_id, account=payment.account)
    return next((refund for refund in sent if facts.ours(refund).refund_id == row.id), None)


def _refund_params(row: Refund, payment: Payment, order: Order) -> dict[str, Any]:
    return {
        "payment_intent": payment.provider_id,
        "amount": currencies.to_stripe(row.amount, order.currency),
        "metadata": {"store_id": str(row.store_id), "order_id": str(order.id), "refund_id": str(row.id)},
    }
