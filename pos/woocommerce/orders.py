"""Web orders come into the books: new ones in numbers, those that have changed one by one.

What the shop says is written as it would have happened here: money as a payment of method `external`, money that went back as a refund, a
line that is gone as one that was voided. Nothing that was written is taken away again: an order that the shop takes for unpaid after all
has its money back. Points follow as for any other order, and nobody is texted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update

from pos import audit_log, ids
from pos.care import rows as persons
from pos.customers import actions as customers
from pos.db import current_store, db
from pos.orders import actions as orders
from pos.orders.lifecycle import payment_status
from pos.orders.models import Order, OrderDiscount, OrderLine
from pos.orders.pricing import kind_of
from pos.statements import Statement, as_rows, insert_of
from pos.woocommerce import kept as books
from pos.woocommerce import people
from pos.woocommerce.bill import AS_RECORDED, BillLine
from pos.woocommerce.kept import Goods
from pos.woocommerce.people import Arrived
from pos.woocommerce.records import LeftOut, WebOrder
from pos.woocommerce.settling import CHANGED_IN_SHOP, PAYMENTS, give_all_back, payment_row, settle, without_words
from pos.woocommerce.till import Till
from pos.woocommerce.wanted import DELETED, Kept, Wanted, differences, matched, wanted, what

Row = dict[str, Any]
_ORDERS, _LINES, _DISCOUNTS = (
    Statement(insert_of(Order)),
    Statement(insert_of(OrderLine)),
    Statement(insert_of(OrderDiscount)),
)
_MEMBERS = Statement(
    "SELECT customer_id, id FROM members WHERE store_id = :store AND customer_id = ANY(:customers ::uuid[])"
)
_LAST_POSITION = Statement("SELECT max(position) FROM order_lines WHERE store_id = :store AND order_id = :order")


def take(told: Sequence[WebOrder], till: Till, *, after: int = 0) -> None:
    """Has the books say what the shop says of these orders, in the open transaction (care.rows.open_books came first). Those up to the
    number `after` were read before, and are not counted again."""
    kept = books.orders([each.wc_id for each in told])
    new: list[Wanted] = []
    changed: list[tuple[Kept, Wanted]] = []
    for asked in _wanted(told, till):
        if asked.order.wc_id > after:
            _count(asked, till.found.totals)
        known = kept.get(asked.order.wc_id)
        if known is None:
            till.found.differs(asked.order.wc_id, "missing", total=(None, asked.bill.total))
            new.append(asked)
        elif not till.is_stale(asked.order.modified_at, known) and (fields := differences(known, asked)):
            till.found.differs(asked.order.wc_id, what(fields, asked), **fields)
            changed.append((known, asked))
    _remark_again([(each, kept[each.wc_id].customer_id) for each in told if each.wc_id in kept], till)
    if till.is_repairing and (new or changed):
        _write(new, changed, till)


def _remark_again(known: Sequence[tuple[WebOrder, UUID]], till: Till) -> None:
    """Whose an order is was found when it came in; what was remarked then stands until it is not so any more."""
    noted = till.found.noted(people.REMARKS, [order.wc_id for order, _ in known])
    again = [(order, customer_id) for order, customer_id in known if order.wc_id in noted]
    said = people.remarks_on([(order.person, customer_id) for order, customer_id in again], till.country)
    for (order, _), remarks in zip(again, said, strict=True):
        for remark in remarks:
            till.found.remark(order.wc_id, remark)


def _count(asked: Wanted, totals: dict[str, int]) -> None:
    counts = asked.status != "canceled"
    for name, value in (("orders", int(counts)), ("total", asked.bill.total * counts), ("held", asked.held)):
        totals[name] = totals.get(name, 0) + value


def _wanted(told: Sequence[WebOrder], till: Till) -> list[Wanted]:
    """How each ought to stand; what cannot be read is left out, and what another order's transaction paid set aside."""
    found = []
    for each in told:
        try:
            found.append(wanted(each, till.currency, till.digits))
        except LeftOut as why:
            till.found.leave_out(each.wc_id, why)
    asked = _set_aside(found, till)
    for one in asked:
        for remark in (*one.order.remarks, *one.bill.remarks):
            till.found.remark(one.order.wc_id, remark)
        if one.went_back > one.bill.total:
            till.found.remark(one.order.wc_id, "refunds_exceed_total", total=one.bill.total, refunds=one.went_back)
        if one.doubles is not None:
            till.found.remark(one.order.wc_id, "doubled", first=one.doubles)
    return _with_taken(asked)


def _with_taken(asked: Sequence[Wanted]) -> list[Wanted]:
    """Whoever moves a shop may number its refunds anew, and a plugin may tell one twice: of each number the order that has it first keeps it."""
    first = books.refunds({number for each in asked for number in each.refunds})
    found = []
    for each in asked:
        of = {number: first.setdefault(number, each.order.wc_id) for number in each.refunds}
        taken = frozenset(number for number, whose in of.items() if whose != each.order.wc_id)
        found.append(replace(each, taken=taken) if taken else each)
    return found


def _set_aside(asked: Sequence[Wanted], till: Till) -> list[Wanted]:
    """Money that came once is held by one order: by the one in the books that holds it, else by the oldest. One that is not paid itself
    holds none and is never set aside, e.g. an attempt that failed."""
    holders = books.paid_by(each.order.transaction for each in asked if each.order.transaction)
    paid_by_now = {each.order.wc_id: each.order.transaction if each.holds_money else None for each in asked}
    holders = {paid: number for paid, number in holders.items() if paid_by_now.get(number, paid) == paid}
    found = []
    for each in sorted(asked, key=lambda one: one.order.wc_id):
        transaction, number = each.order.transaction, each.order.wc_id
        if transaction and each.holds_money and holders.setdefault(transaction, number) != number:
            found.append(wanted(each.order, till.currency, till.digits, doubles=holders[transaction]))
        else:
            found.append(each)
    return found


def _write(new: Sequence[Wanted], changed: Sequence[tuple[Kept, Wanted]], till: Till) -> None:
    """Customers before orders, as everywhere: those of the new ones are found or made, and locked with those of the others."""
    arrived = people.take(
        [asked.order.person for asked in new], till.country, also_lock=[kept.customer_id for kept, _ in changed]
    )
    for asked, remarks in zip(new, arrived.remarks, strict=True):
        for remark in remarks:
            till.found.remark(asked.order.wc_id, remark)
    till.found.people_changed += arrived.changed
    goods = books.goods(line.product for asked in (*new, *(asked for _, asked in changed)) for line in asked.bill.lines)
    _enter(new, arrived, goods, till)
    for kept, asked in changed:
        _amend(kept, asked, goods, till, is_erased=kept.customer_id in arrived.erased)
    db.session.flush()
    persons.reckon(*{*arrived.customer_ids, *(kept.customer_id for kept, _ in changed)})


# --- new ones ---------------------------------------------------------------------------------------------


def _enter(new: Sequence[Wanted], arrived: Arrived, goods: Mapping[int, Goods], till: Till) -> None:
    """Writes new orders with lines and money; then, one by one, what went back and the points of members."""
    members: dict[UUID, UUID] = dict(_MEMBERS.rows(customers=arrived.customer_ids))  # type: ignore[arg-type]
    entered: list[tuple[UUID, Wanted, list[tuple[UUID, BillLine]]]] = []
    waiting: dict[Statement, list[Row]] = {_ORDERS: [], _LINES: [], _DISCOUNTS: [], PAYMENTS: []}
    references = orders.free_references(len(new))
    for asked, customer_id, reference in zip(new, arrived.customer_ids, references, strict=True):
        order_id = ids.uuid7()
        whose = {
            "id": order_id,
            "reference": reference,
            "customer_id": customer_id,
            "member_id": members.get(customer_id),
            # Of somebody who was erased no words are kept, however often they order.
            "note": None if customer_id in arrived.erased else asked.order.note,
        }
        lines = [(ids.uuid7(), line) for line in asked.bill.lines]
        rows = [_line_row(order_id, at, line, goods, till) for at, line in enumerate(lines, 1)]
        waiting[_ORDERS].append(_order_row(asked, (row["kind"] for row in rows), till) | whose)
        waiting[_LINES] += rows
        if asked.bill.discount:
            waiting[_DISCOUNTS].append(_discount_row(order_id, asked))
        if asked.gross:
            waiting[PAYMENTS].append(payment_row(order_id, asked, asked.gross))
        if asked.refunds or (members.get(customer_id) and asked.gross):
            entered.append((order_id, asked, lines))
    for statement, waits in waiting.items():
        if waits:
            statement.run(rows=as_rows(waits))
    for order_id, asked, lines in entered:
        order = orders.locked_of_any_source(order_id)
        of = without_words(till) if order.customer_id in arrived.erased else till
        settle(order, asked, asked.refunds, lines, of)


def _order_row(asked: Wanted, kinds: Iterable[str], till: Till) -> Row:
    told, made = asked.order, asked.bill
    is_canceled = asked.status == "canceled"
    return asked.figures() | {
        "version": 1, "public_token": ids.public_token(), "location_id": till.location_id, "source": "woocommerce",
        "kind": kind_of(kinds), "currency": till.currency, "tax_included": False, "tip": 0, "is_offline": False,
        "payment_status": payment_status(total=made.total, paid=asked.gross, refunded=0, is_canceled=is_canceled),
        "fulfillment_status": asked.fulfillment_status, "amount_paid": asked.gross, "amount_refunded": 0,
        "received_at": till.now, "paid_at": asked.paid_at, "completed_at": asked.completed_at,
        "canceled_at": told.modified_at if is_canceled else None, "cancel_reason": asked.cancel_reason,
        "wc_order_id": told.wc_id, "source_modified_at": told.modified_at,
    }  # fmt: skip


def _line_row(
    order_id: UUID, position: int, sold: tuple[UUID, BillLine], goods: Mapping[int, Goods], till: Till
) -> Row:
    line_id, line = sold
    product = goods.get(line.product)
    return {
        "id": line_id, "order_id": order_id, "position": position, "product_id": product.id if product else None,
        "kind": product.kind if product else till.kind, "name": line.name, "sku": line.sku, "quantity": line.quantity,
        "unit_price": line.unit_price, "modifiers": [], "subtotal": line.subtotal, "discount": line.discount,
        "total": line.total, "tax_class": line.tax_class, "tax_rate": line.tax_rate, "tax": line.tax,
        "needs_preparation": False, "takes_stock": False,
    }  # fmt: skip


def _discount_row(order_id: UUID, asked: Wanted) -> Row:
    name, off = ", ".join(asked.order.coupons)[:200] or AS_RECORDED, asked.bill.discount
    return {
        "id": ids.uuid7(),
        "order_id": order_id,
        "kind": "manual",
        "name": name,
        "amount": off,
        "off": off,
        "reason": AS_RECORDED,
    }


# --- those that are there ---------------------------------------------------------------------------------


def _amend(kept: Kept, asked: Wanted, goods: Mapping[int, Goods], till: Till, *, is_erased: bool) -> None:
    """Has an order that is in the books follow the shop."""
    order = orders.locked_of_any_source(kept.id)
    same, new, gone = matched(kept.lines, asked.bill.lines)
    lines = same + _exchange(order, new, gone, goods, till) if new or gone else same
    if order.discount != asked.bill.discount or new or gone:
        _discount_anew(order, asked, till)
    before = {name: getattr(order, name) for name in (*asked.figures(), "amount_paid", "amount_refunded")}
    for name, value in asked.figures().items():
        setattr(order, name, value)
    order.source_modified_at = asked.order.modified_at
    if not is_erased:
        order.note = asked.order.note
    _move(order, asked)
    missing = {number: amount for number, amount in asked.refunds.items() if number not in kept.refunds | asked.taken}
    settle(order, asked, missing, lines, without_words(till) if is_erased else till)
    after = {name: getattr(order, name) for name in before}
    audit_log.record("order.follow_web_shop", f"orders:{order.id}", before=_told(before), after=_told(after))


def _told(figures: Row) -> Row:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in figures.items()}


def _exchange(
    order: Order, new: Sequence[BillLine], gone: Sequence[UUID], goods: Mapping[int, Goods], till: Till
) -> list[tuple[UUID, BillLine]]:
    """Lines that are gone are voided, and the new ones stand below them."""
    void = update(OrderLine).where(OrderLine.store_id == current_store(), OrderLine.id.in_(gone))
    db.session.execute(void.values(voided_at=till.now, void_reason=CHANGED_IN_SHOP))
    last = (_LAST_POSITION.first(order=order.id) or (0,))[0] or 0
    lines = [(ids.uuid7(), line) for line in new]
    numbered = enumerate(lines, last + 1)
    if lines:
        _LINES.run(rows=as_rows(_line_row(order.id, at, line, goods, till) for at, line in numbered))
    return lines


def _discount_anew(order: Order, asked: Wanted, till: Till) -> None:
    standing = (
        OrderDiscount.store_id == current_store(),
        OrderDiscount.order_id == order.id,
        OrderDiscount.replaced_at.is_(None),
    )
    db.session.execute(update(OrderDiscount).where(*standing).values(replaced_at=till.now))
    if asked.bill.discount:
        _DISCOUNTS.run(rows=as_rows([_discount_row(order.id, asked)]))


def _move(order: Order, asked: Wanted) -> None:
    """The state follows the shop, which may do what nobody can do here, such as taking up an order that was canceled."""
    order.fulfillment_status = asked.fulfillment_status
    order.paid_at = (order.paid_at or asked.paid_at) if asked.was_paid else None
    order.completed_at = order.completed_at or asked.completed_at if asked.status == "completed" else None
    order.canceled_at = order.canceled_at or asked.order.modified_at if asked.status == "canceled" else None
    order.cancel_reason = asked.cancel_reason


def give_up(numbers: Sequence[int], till: Till) -> None:
    """Orders that the shop has no more, deleted or thrown away: they are canceled here, and their money has gone back."""
    gone = {
        number: kept
        for number, kept in books.orders(numbers).items()
        if kept.figures["status"] != "canceled" or kept.held
    }
    for number, kept in gone.items():
        till.found.differs(number, "gone", status=(kept.figures["status"], "canceled"), held=(kept.held, 0))
    if not gone or not till.is_repairing:
        return
    whose = {kept.customer_id for kept in gone.values()}
    customers.lock(*whose)
    for kept in gone.values():
        order = orders.locked_of_any_source(kept.id)
        order.status, order.fulfillment_status, order.cancel_reason = "canceled", "canceled", DELETED
        order.canceled_at, order.completed_at = till.now, None
        give_all_back(order, kept.held, till)
        audit_log.record(
            "order.follow_web_shop",
            f"orders:{order.id}",
            before={"status": kept.figures["status"]},
            after={"status": "canceled"},
        )
    db.session.flush()
    persons.reckon(*whose)
