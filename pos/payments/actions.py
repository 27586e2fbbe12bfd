"""What may change about money: a payment recorded, money given back. The caller counts it on the order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from pos import ids
from pos.db import current_store, db, rows_of
from pos.errors import Refused
from pos.payments.allocation import Held, allocate
from pos.payments.models import Payment, Refund, RefundLine
from pos.payments.tender import Tender
from pos.statements import Statement

_INSERT = Statement("""
    INSERT INTO payments (store_id, id, order_id, method, amount, tendered, status, register_id, user_id)
    VALUES (:store, :id, :order, :method, :amount, :tendered, :status, :register, :user)
""")


class MoreThanSold(Refused):
    title = "More than was sold"
    advice = "Of {name}, {left} can still go back; {wanted} were asked for."


@dataclass(frozen=True)
class GivenBack:
    """A quantity of one order line that goes back, with what it is worth."""

    line_id: UUID
    quantity: int
    amount: int


def record(
    order_id: UUID,
    tender: Tender,
    *,
    register_id: UUID | None,
    user_id: UUID | None,
    payment_id: UUID | None = None,
) -> dict[str, Any]:
    """A payment taken at the counter: cash, or a card on the shop's own terminal. It has succeeded already.

    Gives the payment's columns.
    """
    row = {"id": payment_id or ids.uuid7(), "status": "succeeded", **vars(tender)}
    _INSERT.soon(order=order_id, register=register_id, user=user_id, **row)
    return row


def refund(
    request_id: UUID,
    order_id: UUID,
    amount: int,
    reason: str,
    *,
    source: str,
    register_id: UUID | None,
    user_id: UUID | None,
) -> None:
    """Gives back an amount out of an order's payments, the newest first and cash last; the first refund has the id
    `request_id`. Raises RefundExceedsPaid."""
    refund_id = request_id
    for payment, part in allocate(amount, held(order_id)):
        row = Refund(id=refund_id, request_id=request_id, payment_id=payment.payment_id, order_id=order_id, amount=part)
        row.status, row.source, row.reason = "succeeded", source, reason
        row.register_id, row.user_id = register_id, user_id
        db.session.add(row)
        db.session.flush()
        refund_id = ids.uuid7()


def note_lines(request_id: UUID, lines: Sequence[GivenBack], *, is_restocked: bool) -> None:
    """Says for which goods a refund was."""
    db.session.add_all(RefundLine(refund_id=request_id, is_restocked=is_restocked, **vars(line)) for line in lines)


def held(order_id: UUID) -> list[Held]:
    """What is left of each payment of an order, oldest first; the payments are locked."""
    payments = rows_of(Payment).where(Payment.order_id == order_id, Payment.status == "succeeded").order_by(Payment.id)
    return [
        Held(payment.id, payment.method, payment.amount - _refunded(payment.id))
        for payment in db.session.scalars(payments.with_for_update(key_share=True)).all()
    ]


def require_left(line_id: UUID, *, name: str, sold: int, wanted: int) -> int:
    """That `wanted` pieces of a line did not go back yet; how many did. Raises MoreThanSold."""
    before = refunded_quantity(line_id)
    if before + wanted > sold:
        raise MoreThanSold(name=name, left=sold - before, wanted=wanted)
    return before


def refunded_quantity(line_id: UUID) -> int:
    """How many pieces of a line went back."""
    counted = select(func.coalesce(func.sum(RefundLine.quantity), 0)).where(
        RefundLine.store_id == current_store(), RefundLine.line_id == line_id
    )
    return int(db.session.scalar(counted) or 0)


def refunded_quantities(order_id: UUID) -> dict[UUID, int]:
    """The same of each line of an order of which something went back."""
    counted = (
        select(RefundLine.line_id, func.sum(RefundLine.quantity))
        .join(Refund, (Refund.store_id == RefundLine.store_id) & (Refund.id == RefundLine.refund_id))
        .where(RefundLine.store_id == current_store(), Refund.store_id == current_store(), Refund.order_id == order_id)
    )
    return {line_id: int(quantity) for line_id, quantity in db.session.execute(counted.group_by(RefundLine.line_id))}


def _refunded(payment_id: UUID) -> int:
    counted = select(func.coalesce(func.sum(Refund.amount), 0)).where(
        Refund.store_id == current_store(), Refund.payment_id == payment_id, Refund.status.in_(("pending", "succeeded"))
    )
    return int(db.session.scalar(counted) or 0)
