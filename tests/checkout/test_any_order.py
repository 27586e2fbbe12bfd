"""Whatever order Stripe's events come in, and however often: the books end up the same.

Each history is told in so many permutations, drawn anew each time, each to an order of its own, with some of the events told again
in between. What the books then say is compared with the history told as it happened.
"""

import os
import random
import uuid
from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from pos import clock, ids
from pos.checkout import events, links, locks
from pos.checkout.cancel import cancel_unpaid
from pos.checkout.sweep import WAITING_KEPT
from pos.db import db, transaction
from pos.payments import actions as payments
from tests.checkout import stripe
from tests.checkout.counter import books
from tests.checkout.stripe import Object, charge, dispute, event, refund, session
from tests.client import Shop
from tests.running import say

PAID, SUCCEEDED, FAILED = (
    f"checkout.session.{kind}" for kind in ("completed", "async_payment_succeeded", "async_payment_failed")
)
# More for whoever looks for trouble: TOLD_AT_MOST=700 pytest tests/checkout/test_any_order.py
TOLD_AT_MOST = int(os.environ.get("TOLD_AT_MOST", "15"))
History = list[tuple[str, Object]]


def intent_of(paid: Object) -> str:
    return str(paid["payment_intent"])


def slow_money_and_dashboard_refund(shop: Shop, order: Object, link: Object) -> History:
    paid = session(shop, order, link)
    back = refund(intent_of(paid), 300)
    return [
        (PAID, paid | {"payment_status": "unpaid"}),
        (SUCCEEDED, paid),
        ("refund.created", back | {"status": "pending"}),
        ("refund.updated", back),
        ("charge.refunded", charge(shop, order, link, intent_of(paid), 300)),
    ]


def two_refunds(shop: Shop, order: Object, link: Object) -> History:
    paid = session(shop, order, link)
    return [
        (PAID, paid),
        ("refund.created", refund(intent_of(paid), 300)),
        ("charge.refunded", charge(shop, order, link, intent_of(paid), 300)),
        ("refund.created", refund(intent_of(paid), 200)),
        ("charge.refunded", charge(shop, order, link, intent_of(paid), 500)),
    ]


def two_equal_refunds_of_all(shop: Shop, order: Object, link: Object) -> History:
    paid, half = session(shop, order, link), order["total"] // 2
    return [
        (PAID, paid),
        ("refund.created", refund(intent_of(paid), half)),
        ("charge.refunded", charge(shop, order, link, intent_of(paid), half)),
        ("refund.created", refund(intent_of(paid), half)),
        ("charge.refunded", charge(shop, order, link, intent_of(paid), 2 * half)),
    ]


def failed_refund(shop: Shop, order: Object, link: Object) -> History:
    paid = session(shop, order, link)
    back = refund(intent_of(paid), 300)
    return [
        (PAID, paid),
        ("refund.created", back | {"status": "pending"}),
        ("charge.refunded", charge(shop, order, link, intent_of(paid), 300)),
        ("refund.updated", back),
        ("refund.failed", back | {"status": "failed", "failure_reason": "expired_or_canceled_card"}),
    ]


def failed_refund_is_made_again(shop: Shop, order: Object, link: Object) -> History:
    paid = session(shop, order, link)
    back = refund(intent_of(paid), 866)
    return [
        (PAID, paid),
        ("refund.created", back),
        ("refund.failed", back | {"status": "failed"}),
        ("refund.created", refund(intent_of(paid), 866)),
        ("charge.refunded", charge(shop, order, link, intent_of(paid), 866)),
    ]


def one_of_two_refunds_fails(shop: Shop, order: Object, link: Object) -> History:
    paid = session(shop, order, link)
    back = refund(intent_of(paid), 200)
    return [
        (PAID, paid),
        ("refund.created", refund(intent_of(paid), 300)),
        ("charge.refunded", charge(shop, order, link, intent_of(paid), 300)),
        ("refund.created", back),
        ("charge.refunded", charge(shop, order, link, intent_of(paid), 500)),
        ("refund.failed", back | {"status": "failed"}),
    ]


def lost_dispute(shop: Shop, order: Object, link: Object) -> History:
    paid = session(shop, order, link)
    return [
        (PAID, paid),
        ("refund.created", refund(intent_of(paid), 300)),
        ("charge.refunded", charge(shop, order, link, intent_of(paid), 300)),
        ("charge.dispute.created", dispute(intent_of(paid), 866)),
        ("charge.dispute.closed", dispute(intent_of(paid), 866, "lost")),
    ]


def declined_expired_paid(shop: Shop, order: Object, link: Object) -> History:
    paid = session(shop, order, link)
    ours = stripe.ours(shop, order, link)
    return [
        ("payment_intent.payment_failed", {"id": intent_of(paid), "object": "payment_intent", "metadata": ours}),
        ("checkout.session.expired", session(shop, order, link, payment_intent=None, status="expired")),
        (PAID, paid),
        (
            "payment_link.updated",
            {"id": paid["payment_link"], "object": "payment_link", "active": False, "metadata": ours},
        ),
    ]


def bank_says_no_then_yes(shop: Shop, order: Object, link: Object) -> History:
    """A payment that fails is never heard of again at Stripe; but if it were, money would count."""
    slow = session(shop, order, link, payment_status="unpaid")
    return [(PAID, slow), (FAILED, slow), ("checkout.session.expired", session(shop, order, link, payment_intent=None))]


def paid_after_the_cancellation(shop: Shop, order: Object, link: Object) -> History:
    with transaction(uuid.UUID(shop.store_id)):
        [locked] = locks.locked([uuid.UUID(order["id"])]).values()
        cancel_unpaid(locked, "Nobody came", clock.now())
    paid = session(shop, order, link)
    return [
        (PAID, paid),
        ("refund.created", refund(intent_of(paid), 866)),
        ("charge.refunded", charge(shop, order, link, intent_of(paid), 866)),
        ("charge.dispute.created", dispute(intent_of(paid), 866)),
        ("charge.dispute.closed", dispute(intent_of(paid), 866, "won")),
    ]


def _on_its_way(shop: Shop, order: Object, link: Object) -> tuple[str, Object]:
    """The payment intent of an order that is paid, and a refund of ours that was sent and not heard of yet."""
    paid = session(shop, order, link)
    _tell(shop, [event(shop, PAID, paid)])
    refund_id = ids.uuid7()
    with transaction(uuid.UUID(shop.store_id)):
        [locked] = locks.locked([uuid.UUID(order["id"])]).values()
        who = {"register_id": None, "user_id": None}
        payments.refund(refund_id, locked.id, 300, "flat", source="counter", **who)
    ours = {"store_id": shop.store_id, "order_id": order["id"], "refund_id": str(refund_id)}
    return intent_of(paid), refund(intent_of(paid), 300, metadata=ours)


def our_refund_beside_one_of_the_dashboard(shop: Shop, order: Object, link: Object) -> History:
    intent, back = _on_its_way(shop, order, link)
    return [
        ("refund.created", back | {"status": "pending"}),
        ("refund.updated", back),
        ("charge.refunded", charge(shop, order, link, intent, 300)),
        ("refund.created", refund(intent, 200)),
        ("charge.refunded", charge(shop, order, link, intent, 500)),
    ]


def our_refund_fails_and_is_made_again_at_the_dashboard(shop: Shop, order: Object, link: Object) -> History:
    intent, back = _on_its_way(shop, order, link)
    return [
        ("refund.created", back | {"status": "pending"}),
        ("charge.refunded", charge(shop, order, link, intent, 300)),
        ("refund.failed", back | {"status": "failed"}),
        ("refund.created", refund(intent, 300)),
        ("charge.refunded", charge(shop, order, link, intent, 300)),
    ]


def paid_twice(shop: Shop, order: Object, link: Object) -> History:
    """Which of the two goes back is open; how much is not."""
    one, other = session(shop, order, link), session(shop, order, link)
    slow = one | {"payment_status": "unpaid"}
    return [(PAID, slow), (SUCCEEDED, one), (PAID, other), (SUCCEEDED, other)]


HISTORIES = (
    slow_money_and_dashboard_refund, two_refunds, two_equal_refunds_of_all, failed_refund, failed_refund_is_made_again, one_of_two_refunds_fails,
    lost_dispute, declined_expired_paid, bank_says_no_then_yes, paid_after_the_cancellation,
    our_refund_beside_one_of_the_dashboard, our_refund_fails_and_is_made_again_at_the_dashboard, paid_twice,
)  # fmt: skip


@pytest.mark.parametrize("history", HISTORIES)
def test_every_order_of_events_ends_in_the_same_books(app: Flask, shop: Shop, history: Any) -> None:
    seed = random.randrange(10**6)
    say(f"seed {seed}")
    draw = random.Random(seed)
    ends = {}

    for told in _orders_of(len(history(shop, *_asked(shop))), draw):
        order, link = _asked(shop)
        happened = [event(shop, kind, thing) for kind, thing in history(shop, order, link)]
        _tell(shop, [happened[index] for index in told])
        ends[told] = _end(shop, order)

    expected = next(iter(ends.values()))
    assert {told: end for told, end in ends.items() if end != expected} == {}
    assert books(shop) == []


def _orders_of(count: int, draw: random.Random) -> Iterator[tuple[int, ...]]:
    """As it happened first; then permutations, all or a sample, in which some are told again later."""
    yield tuple(range(count))
    every = list(permutations(range(count)))
    for told in draw.sample(every, min(len(every), TOLD_AT_MOST)):
        again = list(told)
        for index in draw.choices(told, k=draw.randrange(3)):
            again.insert(draw.randint(again.index(index) + 1, len(again)), index)
        yield tuple(again)


def _asked(shop: Shop) -> tuple[Object, Object]:
    """An order for a member of its own, with its link; the link is made here, which spares a request."""
    order = shop.sell(phone=f"+1415555{random.randrange(10**4):04d}", join=True)
    with transaction(uuid.UUID(shop.store_id)):
        [locked] = locks.locked([uuid.UUID(order["id"])]).values()
        link, _ = links.ask(locked, clock.now())
    return order, {"id": str(link.id), "amount": link.amount}


def _tell(shop: Shop, told: list[Object]) -> None:
    for each in told:
        arrived = events.read(each)
        assert arrived
        with transaction(uuid.UUID(shop.store_id), actor="stripe"):
            events.take(arrived, clock.now())
    with transaction(uuid.UUID(shop.store_id)):
        # As two sweeps do.
        for intent in events.waited_for(clock.now() - WAITING_KEPT) * 2:
            events.apply_waiting(intent, clock.now())
        assert events.waited_for(clock.now() - WAITING_KEPT) == []


_END = """
SELECT o.status, o.payment_status, o.fulfillment_status, o.total, o.tip, o.amount_paid, o.amount_refunded,
       (SELECT sum(x.amount_paid - x.amount_refunded) = c.total_spent FROM orders x WHERE x.customer_id = c.id) AS spent,
       (SELECT array_agg(concat_ws(' ', p.amount, p.status) ORDER BY p.amount, p.status) FROM payments p WHERE p.order_id = o.id),
       (SELECT array_agg(concat_ws(' ', r.amount, r.status, r.source) ORDER BY r.amount, r.status, r.source)
          FROM refunds r WHERE r.order_id = o.id AND NOT (r.source = 'dispute' AND r.status = 'canceled')),
       (SELECT array_agg(concat_ws(' ', d.amount, d.status) ORDER BY d.amount, d.status) FROM disputes d WHERE d.order_id = o.id),
       (SELECT array_agg(concat_ws(' ', l.status, l.amount, l.declined_count) ORDER BY l.attempt) FROM payment_links l
         WHERE l.order_id = o.id),
       (SELECT sum(e.points) FROM point_entries e WHERE e.order_id = o.id AND e.type IN ('accumulate', 'reverse')) AS points,
       (SELECT array_agg(a.kind ORDER BY a.kind) FROM attention_items a WHERE a.subject = 'orders:' || o.id)
  FROM orders o JOIN customers c ON c.store_id = o.store_id AND c.id = o.customer_id
 WHERE o.id = :id
"""


def _end(shop: Shop, order: Object) -> tuple[Any, ...]:
    with transaction(uuid.UUID(shop.store_id)):
        return tuple(db.session.execute(text(_END), {"id": order["id"]}).one())
