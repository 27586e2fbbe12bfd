"""What may change about money: a payment recorded, money given back. The caller counts it on the order."""

from uuid import UUID

from sqlalchemy import func, insert, select

from pos.db import current_store, db, rows_of, table_of
from pos.payments.models import Payment, Refund
from pos.payments.tender import Tender

_INSERT = insert(table_of(Payment))


def record(payment_id: UUID, order_id: UUID, tender: Tender, *, register_id: UUID | None, user_id: UUID | None) -> None:
    """A payment taken at the counter: cash, or a card on the shop's own terminal. It has succeeded already."""
    row = {
        "store_id": current_store(),
        "id": payment_id,
        "order_id": order_id,
        "method": tender.method,
        "amount": tender.amount,
        "tendered": tender.tendered,
        "status": "succeeded",
        "register_id": register_id,
        "user_id": user_id,
    }
    db.session.execute(_INSERT, row)


def refund_all(order_id: UUID, reason: str, *, register_id: UUID | None, user_id: UUID | None) -> int:
    """Gives back all that is left of an order's payments, newest first; answers with the sum."""
    payments = (
        rows_of(Payment).where(Payment.order_id == order_id, Payment.status == "succeeded").order_by(Payment.id.desc())
    )
    total = 0
    for payment in db.session.scalars(payments.with_for_update(key_share=True)).all():
        left = payment.amount - _refunded(payment.id)
        if left:
            db.session.add(
                Refund(
                    payment_id=payment.id,
                    order_id=order_id,
                    amount=left,
                    status="succeeded",
                    source="cancellation",
                    reason=reason,
                    register_id=register_id,
                    user_id=user_id,
                )
            )
        total += left
    return total


def _refunded(payment_id: UUID) -> int:
    counted = select(func.coalesce(func.sum(Refund.amount), 0)).where(
        Refund.store_id == current_store(), Refund.payment_id == payment_id, Refund.status.in_(("pending", "succeeded"))
    )
    return int(db.session.scalar(counted) or 0)
