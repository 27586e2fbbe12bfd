"""Money and points of a web order: what comes in and goes back until the order holds what the shop holds of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import update

from pos import ids, money
from pos.checkout import points
from pos.checkout.points import MoneyBack
from pos.db import current_store, db
from pos.orders.lifecycle import payment_status
from pos.orders.models import Order
from pos.payments import actions as payments
from pos.payments.actions import GivenBack
from pos.payments.models import Payment, Refund
from pos.statements import Statement, as_rows, insert_of
from pos.woocommerce.bill import BillLine, minor_units
from pos.woocommerce.records import WebRefund
from pos.woocommerce.till import Till
from pos.woocommerce.wanted import DELETED, Wanted

CHANGED_IN_SHOP = "Changed in the web shop"
PAYMENTS = Statement(insert_of(Payment, "id", "order_id", "method", "amount", "status", "external_id", "created_at"))


def payment_row(order_id: UUID, asked: Wanted, amount: int) -> dict[str, Any]:
    told = {"external_id": asked.order.transaction, "created_at": asked.paid_at or asked.order.modified_at}
    return {
        "id": ids.uuid7(),
        "order_id": order_id,
        "method": "external",
        "amount": amount,
        "status": "succeeded",
    } | told


def settle(
    order: Order, asked: Wanted, refunds: Mapping[int, int], lines: Sequence[tuple[UUID, BillLine]], till: Till
) -> None:
    """Money comes in and goes back until the order holds what the shop holds of it; then its points follow."""
    more = asked.held + sum(refunds.values()) - (order.amount_paid - order.amount_refunded)
    if more > 0:
        order.amount_paid += more
        _derive(order)
        PAYMENTS.run(rows=as_rows([payment_row(order.id, asked, more)]))
    _derive(order)
    back = 0
    last: UUID | None = None
    for number, amount in refunds.items():
        last = _give_back_told(order, number, amount, lines, till, has_number=number not in asked.taken)
        back += amount
    if more < 0:
        last = _give_back(order, -more, CHANGED_IN_SHOP)
        back -= more
    _follow(order, till, MoneyBack(last, back) if last else None)


def give_all_back(order: Order, held: int, till: Till) -> None:
    """Of an order that the shop has no more."""
    last = _give_back(order, held, DELETED) if held else None
    _derive(order)
    _follow(order, till, MoneyBack(last, held) if last else None)


def _follow(order: Order, till: Till, back: MoneyBack | None) -> None:
    """The points alone: nobody is texted of a web order, and nothing of it is paid here."""
    db.session.flush()
    points.follow(order, till.now, back)


def without_words(till: Till) -> Till:
    """For somebody who was erased: why the shop gave money back may name them."""
    return replace(till, refunds={number: replace(told, reason=None) for number, told in till.refunds.items()})


def _derive(order: Order) -> None:
    amounts = {"total": order.total, "paid": order.amount_paid, "refunded": order.amount_refunded}
    order.payment_status = payment_status(**amounts, is_canceled=order.status == "canceled")


def _give_back_told(
    order: Order, number: int, amount: int, lines: Sequence[tuple[UUID, BillLine]], till: Till, *, has_number: bool
) -> UUID:
    """A refund of the shop. The goods that it names are a request of their own, so that it is known what they were worth."""
    told = till.refunds.get(number)
    reason = told.reason if told and told.reason else CHANGED_IN_SHOP
    goods = _goods_back(order, told, lines, till.digits) if told else []
    worth = sum(each.amount for each in goods)
    if not 0 < worth <= amount:
        goods, worth = [], amount
    requests = [_give_back(order, worth, reason, goods)]
    if amount > worth:
        requests.append(_give_back(order, amount - worth, reason))
    mine = update(Refund).where(Refund.store_id == current_store())
    if has_number:
        db.session.execute(mine.where(Refund.id == requests[0]).values(wc_refund_id=number))
    if told and told.at:
        db.session.execute(mine.where(Refund.request_id.in_(requests)).values(created_at=told.at))
    return requests[0]


def _give_back(order: Order, amount: int, reason: str, goods: Sequence[GivenBack] = ()) -> UUID:
    request_id = ids.uuid7()
    order.amount_refunded += amount
    _derive(order)
    payments.refund(request_id, order.id, amount, reason, source="woocommerce", register_id=None, user_id=None)
    if goods:
        payments.note_lines(request_id, goods, is_restocked=False)
        db.session.flush()
    return request_id


def _goods_back(order: Order, told: WebRefund, lines: Sequence[tuple[UUID, BillLine]], digits: int) -> list[GivenBack]:
    """So many of each line, as far as the lines have as many; a line of the shop may be two here."""
    before = payments.refunded_quantities(order.id)
    found: list[GivenBack] = []
    for each in told.goods:
        own = [
            (line_id, line.quantity, line.quantity - before[line_id])
            for line_id, line in lines
            if line.wc_id == each.line
        ]
        if sum(left for _, _, left in own) < each.quantity:
            return []
        counts, wanted_count = [], each.quantity
        for _, _, left in own:
            counts.append(min(left, wanted_count))
            wanted_count -= counts[-1]
        amounts = money.split(minor_units(each.amount, digits), counts)
        found += [
            GivenBack(line_id, count, of, amount)
            for (line_id, of, _), count, amount in zip(own, counts, amounts, strict=True)
            if count
        ]
    return found if len({each.line_id for each in found}) == len(found) else []
