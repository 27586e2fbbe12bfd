"""Money that goes back at Stripe becomes books: refunds, started here or there, and disputes.

What went back of an order is always counted anew from the rows, so it does not matter in which order they are told.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select

from pos import ids
from pos.attention.actions import raise_item, raise_once
from pos.catalog import stock
from pos.checkout import locks
from pos.checkout.following import follow
from pos.checkout.points import MoneyBack
from pos.checkout.settle import Result
from pos.customers import actions as customers
from pos.db import db, rows_of
from pos.orders import actions as orders
from pos.orders.models import Order
from pos.payments import actions as payments
from pos.payments import currencies
from pos.payments.facts import ChargeRefunded, Disputed, Refunded
from pos.payments.lifecycle import REFUND_RANK, later
from pos.payments.models import Dispute, Refund
from pos.payments.told import Paid


def refunded(fact: Refunded, payment: Paid, now: datetime) -> Result:
    """A refund is known, goes through, or fails. One that failed puts the books back and asks a person to look.

    One for which there is no money left was made after another one had failed, of which we have not heard yet: it waits.
    """
    order = locks.locked([payment.order_id])[payment.order_id]
    amount = currencies.in_currency(fact.amount, fact.currency, order.currency)
    if not amount:
        return _not_understood(order, refund=fact.provider_id, told=fact.amount, told_currency=fact.currency)
    rows = _refunds_of(payment.id)
    row = _known(fact, rows)
    before = row.status if row else None
    if _is_too_early(row, rows, fact.status, amount, payment):
        return Result("waiting", order.id)
    if row is None:
        row = _adopted(rows, fact, amount, payment)
    row.status = later(REFUND_RANK, _told_before(row), fact.status)
    row.provider_id = fact.provider_id
    if row.status == before:
        return Result("repeated", order.id)
    if row.status in ("failed", "canceled"):
        _note_failure(row, fact.failure or "Stripe gave no reason.")
    else:
        row.failure = None
    _count(order, payment, now, row.id)
    return Result("applied", order.id)


def refused(refund_id: UUID, reason: str, now: datetime) -> None:
    """Stripe says no to a refund of ours: nothing went back."""
    [(order_id,)] = db.session.execute(rows_of(Refund).with_only_columns(Refund.order_id).where(Refund.id == refund_id))
    locks.locked([order_id])
    row = db.session.scalars(_fresh().where(Refund.id == refund_id)).one()
    if row.status == "pending" and row.provider_id is None:
        row.status = "failed"
        _note_failure(row, reason)
        db.session.flush()


def charge_refunded(fact: ChargeRefunded, payment: Paid, now: datetime) -> Result:
    """So much of a charge went back so far. What we have no refund for is counted until its refund is heard of."""
    order = locks.locked([payment.order_id])[payment.order_id]
    told = currencies.in_currency(fact.refunded, fact.payment.currency, order.currency)
    if told is None:
        facts = {"told": fact.refunded, "told_currency": fact.payment.currency}
        return _not_understood(order, payment_intent=fact.payment.payment_intent, **facts)
    rows = _refunds_of(payment.id)
    missing = told - sum(row.amount for row in rows if row.source != "dispute")
    if missing <= 0:
        return Result("repeated", order.id)
    row = _nameless(rows)
    if row:
        row.amount += missing
    else:
        row = _new(payment, missing, source="stripe", status="succeeded")
    _count(order, payment, now, row.id)
    return Result("applied", order.id)


def disputed(fact: Disputed, payment: Paid, now: datetime) -> Result:
    """The customer's bank questions a payment: a person must answer it. A lost dispute takes the money."""
    order = locks.locked([payment.order_id])[payment.order_id]
    row = db.session.scalar(rows_of(Dispute).where(Dispute.provider_id == fact.provider_id))
    amount = currencies.in_currency(fact.amount, fact.currency, order.currency)
    if not amount:
        return _not_understood(order, dispute=fact.provider_id, told=fact.amount, told_currency=fact.currency)
    if row is None:
        row = Dispute(provider_id=fact.provider_id, payment_id=payment.id, order_id=order.id, status="open")
        row.amount, row.reason = amount, fact.reason
        db.session.add(row)
        raise_item("dispute", f"orders:{order.id}", amount=row.amount, reason=fact.reason, dispute=fact.provider_id)
    elif row.status != "open" or fact.status == "open":
        return Result("repeated", order.id)
    row.status = fact.status
    _count(order, payment, now)
    return Result("applied", order.id)


def _not_understood(order: Order, **told: Any) -> Result:
    """Another currency, or a fraction of our minor unit: the books cannot hold it, so a person must look at it."""
    raise_once("payment_mismatch", f"orders:{order.id}", currency=order.currency, **told)
    return Result("refused", order.id)


def _known(fact: Refunded, rows: Iterable[Refund]) -> Refund | None:
    """The refund by Stripe's id, or by ours, which we wrote into it."""
    named = (row for row in rows if row.provider_id == fact.provider_id)
    asked = (row for row in rows if row.id == fact.ours.refund_id and row.provider_id is None)
    return next(named, None) or next(asked, None)


def _is_too_early(row: Refund | None, rows: Iterable[Refund], told: str, amount: int, payment: Paid) -> bool:
    """Whether it would now succeed, with more than Stripe's other refunds have left of the payment."""
    status = later(REFUND_RANK, _told_before(row), told) if row else told
    if status != "succeeded" or (row and row.status == "succeeded"):
        return False
    others = (each for each in rows if each is not row and each.provider_id and each.status == "succeeded")
    left = payment.amount - sum(each.amount for each in others)
    return left < amount


def _told_before(row: Refund) -> str:
    """The state that Stripe has told us. One of ours that it refused may have been made by an earlier try that nobody heard of,
    so until Stripe names it, it is pending."""
    return "pending" if row.provider_id is None and row.source != "stripe" else row.status


def _adopted(rows: Iterable[Refund], fact: Refunded, amount: int, payment: Paid) -> Refund:
    """A refund that is new to us takes its part of the money that we only knew to have gone back."""
    nameless = _nameless(rows)
    if nameless is None:
        return _new(payment, amount, source="stripe", status=fact.status, reason=fact.reason)
    if nameless.amount > amount:
        nameless.amount -= amount
        return _new(payment, amount, source="stripe", status=fact.status, reason=fact.reason)
    nameless.amount, nameless.reason = amount, fact.reason
    return nameless


def _nameless(rows: Iterable[Refund]) -> Refund | None:
    return next((row for row in rows if row.source == "stripe" and row.provider_id is None), None)


def _count(order: Order, payment: Paid, now: datetime, refund_id: UUID | None = None) -> None:
    """Counts what went back of the order anew, by the refund with this id, and what a bank took beside it."""
    db.session.flush()
    lost_id = _count_lost(payment)
    refund_id = refund_id or lost_id
    went_back = sum(
        amount
        for (amount,) in db.session.execute(
            rows_of(Refund)
            .with_only_columns(Refund.amount)
            .where(Refund.order_id == order.id, Refund.status == "succeeded")
        )
    )
    more = went_back - order.amount_refunded
    if more:
        orders.give_back_money(order, more, now)
        customers.spend(order.customer_id, -more)
        follow(order, now, MoneyBack(refund_id, more) if refund_id else None)


def _count_lost(payment: Paid) -> UUID | None:
    """Lost disputes took what was left of the payment, up to their amounts: as a refund, whose id it gives."""
    disputes = rows_of(Dispute).where(Dispute.payment_id == payment.id, Dispute.status == "lost")
    lost = sum(dispute.amount for dispute in db.session.scalars(disputes))
    rows = _refunds_of(payment.id)
    kept = payment.amount - sum(row.amount for row in rows if row.source != "dispute" and row.status == "succeeded")
    taken = max(min(lost, kept), 0)
    row = next((row for row in rows if row.source == "dispute"), None)
    if row is None and taken:
        row = _new(payment, taken, source="dispute", status="succeeded", reason="A dispute was lost.")
    elif row is not None and taken:
        row.amount, row.status = taken, "succeeded"
    elif row is not None:
        row.status = "canceled"
    db.session.flush()
    return row.id if row else None


def _new(payment: Paid, amount: int, *, source: str, status: str, reason: str | None = None) -> Refund:
    refund_id = ids.uuid7()
    row = Refund(id=refund_id, request_id=refund_id, order_id=payment.order_id, payment_id=payment.id, amount=amount)
    row.source, row.status, row.reason = source, status, reason
    db.session.add(row)
    return row


def _note_failure(row: Refund, failure: str) -> None:
    """Of goods that came back for money that did not go, the stock is put back too, as far as it is still there."""
    row.failure = failure
    db.session.flush()
    missing = stock.take_what_is_there(payments.unreturn(row.request_id))
    detail = {"refund_id": str(row.id), "amount": row.amount, "failure": failure}
    if missing:
        detail["sold_meanwhile"] = sum(missing.values())
    raise_item("refund_failed", f"orders:{row.order_id}", **detail)


def _refunds_of(payment_id: UUID) -> list[Refund]:
    return list(db.session.scalars(_fresh().where(Refund.payment_id == payment_id).order_by(Refund.id)))


def _fresh() -> Select[Refund]:
    """The rows as they are under the lock, also where an older state of them is in memory."""
    return rows_of(Refund).execution_options(populate_existing=True)
