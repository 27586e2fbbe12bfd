"""What may change about money: a payment recorded, money given back. The caller counts it on the order."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import current_app

from pos import ids
from pos.db import db
from pos.errors import Refused
from pos.jobs import enqueue
from pos.payments.allocation import Held, allocate
from pos.payments.models import Refund, RefundLine
from pos.payments.tender import Tender
from pos.statements import Statement

_INSERT = Statement("""
    INSERT INTO payments (store_id, id, order_id, method, amount, tendered, status, register_id, user_id)
    VALUES (:store, :id, :order, :method, :amount, :tendered, :status, :register, :user)
""")


_HELD = Statement("""
    WITH kept AS (
      SELECT id, method, amount FROM payments
       WHERE store_id = :store AND order_id = :order AND status = 'succeeded' FOR NO KEY UPDATE),
    gone AS (
      SELECT payment_id, sum(amount) AS amount FROM refunds
       WHERE store_id = :store AND order_id = :order AND status IN ('pending', 'succeeded') GROUP BY payment_id)
    SELECT kept.id, kept.method, greatest(kept.amount - coalesce(gone.amount, 0), 0)::bigint
      FROM kept LEFT JOIN gone ON gone.payment_id = kept.id ORDER BY kept.id
""")
# Lines go back with their request as long as some of its money does.
_WENT_BACK = Statement("""
    SELECT l.line_id, sum(l.quantity) FROM refund_lines l
     WHERE l.store_id = :store
       AND EXISTS (SELECT FROM refunds r
                    WHERE r.store_id = :store AND r.order_id = :order AND r.request_id = l.refund_id
                      AND r.status IN ('pending', 'succeeded'))
     GROUP BY l.line_id
""")
_UNRETURN = Statement("""
    WITH goods AS (
      UPDATE refund_lines g SET is_restocked = false, updated_at = now()
       WHERE g.store_id = :store AND g.refund_id = :request AND g.is_restocked
         AND NOT EXISTS (SELECT FROM refunds r
                          WHERE r.store_id = :store AND r.request_id = :request AND r.status IN ('pending', 'succeeded'))
      RETURNING g.line_id, g.quantity)
    SELECT l.product_id, sum(goods.quantity) FROM goods JOIN order_lines l ON l.id = goods.line_id
     WHERE l.store_id = :store AND l.takes_stock AND l.product_id IS NOT NULL GROUP BY l.product_id
""")


class StripeSwitchedOff(Refused):
    title = "Money at Stripe stays there for now"
    advice = (
        "This was paid by link, and the installation has no Stripe key any more. Whoever runs it sets STRIPE_SECRET_KEY; or refund "
        "it in Stripe's dashboard."
    )


class MoreThanSold(Refused):
    title = "More than was sold"
    advice = "Of {name}, {left} can still go back; {wanted} were asked for."


@dataclass(frozen=True)
class GivenBack:
    """A quantity of one order line that goes back, of how many, with what it is worth."""

    line_id: UUID
    quantity: int
    of_quantity: int
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
) -> int:
    """Gives back an amount out of an order's payments, the newest first and cash last; the first refund has the id
    `request_id`. What came by Stripe goes back there, which is work for later. Gives what has gone back already: cash, and
    cards on the shop's own terminal. Raises RefundExceedsPaid, StripeSwitchedOff."""
    refund_id, done = request_id, 0
    for payment, part in allocate(amount, held(order_id)):
        row = Refund(id=refund_id, request_id=request_id, payment_id=payment.payment_id, order_id=order_id, amount=part)
        row.source, row.reason = source, reason
        row.register_id, row.user_id = register_id, user_id
        done += 0 if _is_sent(row, payment.method) else part
        refund_id = ids.uuid7()
    return done


def refund_overpayment(payment_id: UUID, order_id: UUID, amount: int, reason: str) -> None:
    """Gives back money of a Stripe payment that nobody owed; once, as the schema sees to."""
    refund_id = ids.uuid7()
    row = Refund(id=refund_id, request_id=refund_id, payment_id=payment_id, order_id=order_id, amount=amount)
    row.source, row.reason = "overpayment", reason
    _is_sent(row, "stripe")


def _is_sent(row: Refund, method: str) -> bool:
    """Writes a refund, and has it sent to Stripe if the money is there."""
    is_sent = method == "stripe"
    if is_sent and current_app.extensions["stripe"] is None:
        raise StripeSwitchedOff
    row.status = "pending" if is_sent else "succeeded"
    row.request_key = f"refund:{row.id}" if is_sent else None
    db.session.add(row)
    db.session.flush()
    if is_sent:
        enqueue("checkout.send_refund", store_id=row.store_id, refund_id=row.id)
    return is_sent


def note_lines(request_id: UUID, lines: Sequence[GivenBack], *, is_restocked: bool) -> None:
    """Says for which goods a refund was."""
    db.session.add_all(RefundLine(refund_id=request_id, is_restocked=is_restocked, **vars(line)) for line in lines)


def unreturn(request_id: UUID) -> dict[UUID, int]:
    """Of a request of which no refund is left, the goods count as sold again; gives how much of which tracked product had gone
    back into stock with it."""
    return {product_id: int(quantity) for product_id, quantity in _UNRETURN.rows(request=request_id)}


def held(order_id: UUID) -> list[Held]:
    """What is left of each payment of an order, oldest first; the payments are locked."""
    return [Held(*row) for row in _HELD.rows(order=order_id)]


def require_left(name: str, *, sold: int, before: int, wanted: int) -> None:
    """That `wanted` pieces of a line, of which `before` went back already, can go back. Raises MoreThanSold."""
    if before + wanted > sold:
        raise MoreThanSold(name=name, left=sold - before, wanted=wanted)


def refunded_quantities(order_id: UUID) -> Counter[UUID]:
    """How many pieces of each line of an order went back, or are about to."""
    return Counter({line_id: int(quantity) for line_id, quantity in _WENT_BACK.rows(order=order_id)})
