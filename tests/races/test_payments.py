"""Races of what Stripe tells with itself and with the counter. No guest's money is lost, none is counted twice."""

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from pos import clock, ids
from pos.checkout import events, settle, sweep
from pos.checkout.sweep import WAITING_KEPT
from pos.db import db, find, transaction
from pos.orders.models import Order
from pos.payments import facts, told
from pos.payments.models import PaymentLink
from tests.checkout.counter import cancel, done, now, seen
from tests.checkout.provider import Provider, playing
from tests.checkout.stripe import asked_link, deliver, event, refund, session
from tests.client import Shop
from tests.races.conftest import Web
from tests.races.test_races import drop_constraint, new_phone, statuses
from tests.races.twins import TIMES, Looked, all_look_then_act, broken_rules
from tests.running import race, rows, value

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("races")]

TOTAL = 866
PAID, SUCCEEDED = "checkout.session.completed", "checkout.session.async_payment_succeeded"
ACCOUNT = "acct_hops"
Thing = dict[str, Any]


def linked(shop: Shop, number: int) -> tuple[Thing, Thing]:
    """An order of a customer of its own, with its link."""
    order = shop.sell(phone=new_phone(number))
    return order, asked_link(shop, order)


def count(books: Any, table: str, order: Thing) -> int:
    return int(value(books, f"SELECT count(*) FROM {table} WHERE order_id = %s", order["id"]))


def spent(books: Any, order: Thing) -> int:
    return int(value(books, "SELECT total_spent FROM customers WHERE id = %s", order["customer"]["id"]))


# --- one event, many times --------------------------------------------------------------------------------


def test_race_of_one_event_takes_effect_once(web: Web, shop: Shop, books: Any) -> None:
    # Given an order whose link was paid, and an event of it
    order, link = linked(shop, 5000)
    paid = event(shop, PAID, session(shop, order, link))

    # When it is delivered a hundred times, twenty at once
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: deliver(shop, paid), range(100)))

    # Then it has happened once, and everybody was told 200
    assert Counter(answer.status_code for answer in answers) == {200: 100}
    assert Counter(answer.json["outcome"] for answer in answers) == {"applied": 1, "repeated": 99}
    assert (count(books, "payments", order), spent(books, order)) == (1, TOTAL)
    assert value(books, "SELECT count(*) FROM provider_events WHERE event_id = %s", paid["id"]) == 1
    assert count(books, "provider_event_outcomes", order) == 1
    assert done(shop.get(f"/orders/{order['id']}"))["amount_paid"] == TOTAL
    assert broken_rules(web.app, shop) == set()


def test_look_for_the_payment_first_counts_it_several_times(committed: Flask, unguarded: Shop, superuser: Any) -> None:
    # Given a schema that would take a payment twice
    drop_constraint(superuser, "payments", "uq_payments_store_id_provider_id")
    order, link = linked(unguarded, 5001)
    fact = facts.completed(session(unguarded, order, link))

    # When it is looked for, and then written, without the order's lock
    def look_then_settle(looked: Looked) -> None:
        known = told.money_by(fact.payment_intent, ACCOUNT)
        row = told.link_of(fact.ours, fact.provider_link, ACCOUNT)
        looked()
        if known is None and row:
            told.write_payment(fact, row, TOTAL, ACCOUNT)
            _add(order, TOTAL)

    all_look_then_act(committed, unguarded, [look_then_settle] * TIMES)

    # Then the guest has paid as often as it was told
    assert count(superuser, "payments", order) == TIMES
    assert "payment_link.completed" in broken_rules(committed, unguarded)


def test_look_for_the_event_first_keeps_it_several_times(committed: Flask, unguarded: Shop, superuser: Any) -> None:
    # Given a schema that would keep an event twice
    drop_constraint(superuser, "provider_events", "uq_provider_events_store_id_provider_event_id")
    kept = text("SELECT count(*) FROM provider_events WHERE event_id = 'evt_1'")
    written = text("""INSERT INTO provider_events (store_id, id, provider, event_id, type, payload, occurred_at)
                      VALUES (:store, :id, 'stripe', 'evt_1', 'refund.created', '{}', now())""")

    # When SELECT, then INSERT stands in place of ON CONFLICT
    def look_then_keep(looked: Looked) -> None:
        seen = db.session.scalar(kept)
        looked()
        if not seen:
            db.session.execute(written, {"store": unguarded.store_id, "id": ids.uuid7()})

    all_look_then_act(committed, unguarded, [look_then_keep] * TIMES)

    # Then everybody takes it for new
    assert value(superuser, "SELECT count(*) FROM provider_events WHERE event_id = 'evt_1'") == TIMES


def _add(order: Thing, amount: int) -> None:
    added = text("UPDATE orders SET amount_paid = amount_paid + :amount WHERE id = :id")
    db.session.execute(added, {"amount": amount, "id": order["id"]})


def test_race_of_two_events_of_one_payment_counts_it_once(web: Web, shop: Shop, books: Any) -> None:
    # Given ten orders, and of each payment two different events
    paid = [
        (order, session(shop, order, link)) for order, link in (linked(shop, 5010 + number) for number in range(10))
    ]

    # When both are told at once
    answers = [
        race([lambda kind=kind, thing=thing: deliver(shop, event(shop, kind, thing)) for kind in (PAID, SUCCEEDED) * 3])  # type: ignore[misc]
        for _, thing in paid
    ]

    # Then one of them has brought the payment
    assert {each.status_code for told_of_one in answers for each in told_of_one} == {200}
    assert [sorted(each.json["outcome"] for each in told_of_one) for told_of_one in answers] == [
        ["applied", *["repeated"] * 5]
    ] * 10
    assert {count(books, "payments", order) for order, _ in paid} == {1}
    assert {spent(books, order) for order, _ in paid} == {TOTAL}
    assert broken_rules(web.app, shop) == set()


# --- a refund and its payment -----------------------------------------------------------------------------


def test_race_of_a_refund_with_its_payment_loses_neither(web: Web, shop: Shop, books: Any) -> None:
    # Given payments of which the word comes together with that of a refund
    paid = [
        (order, session(shop, order, link)) for order, link in (linked(shop, 5030 + number) for number in range(20))
    ]

    # When both are told at once, and what missed its payment by a moment is swept up
    outcomes = Counter(
        deliver_both[1].json["outcome"]
        for deliver_both in (
            race(
                [
                    lambda thing=thing: deliver(shop, event(shop, PAID, thing)),  # type: ignore[misc]
                    lambda thing=thing: deliver(
                        shop, event(shop, "refund.created", refund(thing["payment_intent"], 300))
                    ),  # type: ignore[misc]
                ]
            )
            for _, thing in paid
        )
    )
    with web.app.app_context(), playing(web.app, Provider()):
        sweep.sweep(UUID(shop.store_id))

    # Then the refund has counted for each
    assert set(outcomes) <= {"applied", "waiting"}
    assert {now(shop, order)["amount_refunded"] for order, _ in paid} == {300}
    assert {spent(books, order) for order, _ in paid} == {TOTAL - 300}
    assert broken_rules(web.app, shop) == set()


def test_refund_and_payment_that_miss_each_other_wait_for_the_sweep(committed: Flask, unguarded: Shop) -> None:
    # Given a payment and its refund, each of which looks for the other before either is committed
    with committed.app_context():
        order, link = linked(unguarded, 5060)
        thing = session(unguarded, order, link)
        told_of = [events.read(event(unguarded, PAID, thing))]
        told_of.append(events.read(event(unguarded, "refund.created", refund(thing["payment_intent"], 300))))

    def act(looked: Looked, arrived: Any) -> str:
        # Its snapshot is of before the other's commit, as that of a single moment would be.
        db.session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        db.session.execute(text("SELECT count(*) FROM payments"))
        looked()
        return events.take(arrived, clock.now())

    outcomes = all_look_then_act(
        committed,
        unguarded,
        [lambda looked, each=each: act(looked, each) for each in told_of],  # type: ignore[misc]
    )

    # Then nothing but the sweep brings them together
    with committed.app_context():
        assert outcomes == ["applied", "waiting"]
        assert now(unguarded, order)["amount_refunded"] == 0
        with playing(committed, Provider()):
            sweep.sweep(UUID(unguarded.store_id))
        assert now(unguarded, order)["amount_refunded"] == 300
    assert broken_rules(committed, unguarded) == set()


def test_two_sweeps_at_once_apply_what_waits_once(committed: Flask, unguarded: Shop, superuser: Any) -> None:
    # Given a payment, and a refund that missed it
    with committed.app_context():
        order, link = linked(unguarded, 5070)
        thing = session(unguarded, order, link)
        assert done(deliver(unguarded, event(unguarded, PAID, thing))) == {"outcome": "applied"}
        rows(superuser, "UPDATE payments SET account = 'acct_not_yet' RETURNING id")
        early = event(unguarded, "refund.created", refund(thing["payment_intent"], 300))
        assert done(deliver(unguarded, early)) == {"outcome": "waiting"}
        rows(superuser, "UPDATE payments SET account = %s RETURNING id", ACCOUNT)

    # When several find it at the same moment
    def sweep_up(looked: Looked) -> str:
        [intent] = events.waited_for(clock.now() - WAITING_KEPT)
        looked()
        events.apply_waiting(intent, clock.now())
        return "swept"

    swept = all_look_then_act(committed, unguarded, [sweep_up] * TIMES)

    # Then nobody fails, and it has counted once
    assert swept == ["swept"] * TIMES
    assert value(superuser, "SELECT amount_refunded FROM orders WHERE id = %s", order["id"]) == 300
    assert count(superuser, "provider_event_outcomes", order) == 2
    assert broken_rules(committed, unguarded) == set()


# --- canceled or paid -------------------------------------------------------------------------------------


def test_race_of_cancellation_and_payment_loses_no_money(web: Web, shop: Shop, books: Any) -> None:
    # Given fifty orders that are canceled in the moment in which they are paid
    bought = [linked(shop, 5100 + number) for number in range(50)]

    ends: Counter[tuple[Any, ...]] = Counter()
    for order, link in bought:
        # When
        paid = event(shop, PAID, session(shop, order, link))
        canceled, taken = race([lambda order=order: cancel(shop, order), lambda paid=paid: deliver(shop, paid)])  # type: ignore[misc]
        after = now(shop, order)
        given_back = [(each["amount"], each["status"], each["source"]) for each in after["refunds"]]
        ends[canceled.status_code, after["status"], after["payment_status"], *given_back] += 1
        assert taken.json == {"outcome": "applied"}

    # Then it is either paid, or canceled with the money on its way back
    too_late = (409, "open", "paid")
    in_time = (200, "canceled", "overpaid", (TOTAL, "pending", "overpayment"))
    assert set(ends) <= {too_late, in_time}
    assert broken_rules(web.app, shop) == set()


def test_race_of_everything_with_two_orders_takes_its_locks_in_one_order(web: Web, shop: Shop) -> None:
    # Given pairs of orders of two customers, each with a link
    for number in range(10):
        bought = [linked(shop, 5220 + 2 * number + which) for which in (0, 1)]
        phones = [order["customer"]["phone"] for order, _ in bought]
        paid = [session(shop, order, link, payment_status="unpaid") for order, link in bought]

        # When they are paid, refunded, moved to each other's customer and paid in cash, all at once
        steps: list[Any] = []
        for which, (order, _) in enumerate(bought):
            moved = {"phone": phones[1 - which]}
            thing = paid[which]
            steps += [
                partial(deliver, shop, event(shop, PAID, thing)),
                partial(deliver, shop, event(shop, SUCCEEDED, thing | {"payment_status": "paid"})),
                partial(deliver, shop, event(shop, "refund.created", refund(thing["payment_intent"], 300))),
                partial(shop.request, "PATCH", f"/orders/{order['id']}", headers=seen(order), json=moved),
                partial(shop.post, f"/orders/{order['id']}/payments", {"method": "cash", "amount": 100}),
                partial(shop.request, "DELETE", f"/orders/{order['id']}/payment-link"),
            ]
        answers = race(steps)

        # Then nobody had to be thrown out, and what was told has happened
        assert [answer.get_data(as_text=True) for answer in answers if answer.status_code >= 500] == []
        with web.app.app_context(), playing(web.app, Provider()):
            sweep.sweep(UUID(shop.store_id))
        for order, _ in bought:
            after = now(shop, order)
            by_link = [each["status"] for each in after["payments"] if each["method"] == "stripe"]
            assert by_link == ["succeeded"]
            assert [each["amount"] for each in after["refunds"] if each["source"] == "stripe"] == [300]
    assert broken_rules(web.app, shop) == set()


def test_look_at_the_order_first_keeps_the_money_of_a_canceled_one(
    committed: Flask, unguarded: Shop, superuser: Any
) -> None:
    # Given an order that nobody locks
    order, link = linked(unguarded, 5200)
    fact = facts.completed(session(unguarded, order, link))

    # When the one sees nothing paid, and the other an open order
    def cancel_it(looked: Looked) -> None:
        seen = find(Order, UUID(order["id"]))
        looked()
        if seen.amount_paid == 0:
            db.session.execute(
                text(
                    "UPDATE orders SET status = 'canceled', fulfillment_status = 'canceled', canceled_at = now() WHERE id = :id"
                ),
                {"id": order["id"]},
            )

    def pay_it(looked: Looked) -> None:
        seen, row = find(Order, UUID(order["id"])), told.link_of(fact.ours, fact.provider_link, ACCOUNT)
        looked()
        if seen.status == "open" and row:
            told.write_payment(fact, row, TOTAL, ACCOUNT)
            _add(order, TOTAL)

    all_look_then_act(committed, unguarded, [cancel_it, pay_it])

    # Then money lies in a canceled order, and nobody is told
    assert rows(superuser, "SELECT status, amount_paid FROM orders WHERE id = %s", order["id"]) == [("canceled", TOTAL)]
    assert "order.canceled" in broken_rules(committed, unguarded)


def test_payment_by_a_link_that_is_replaced_while_it_waits_ends_the_other_one(
    committed: Flask, unguarded: Shop
) -> None:
    """The link is read before the order is locked; by then another one may ask for what is paid already."""
    # Given a payment by a link whose state was read
    order, link = linked(unguarded, 5201)
    fact = facts.completed(session(unguarded, order, link))
    with committed.app_context(), transaction(UUID(unguarded.store_id)):
        read_before = told.link_of(fact.ours, fact.provider_link, ACCOUNT)
    assert read_before
    assert read_before.status == "creating"

    # When the cashier takes a part in cash before the payment gets hold of the order
    done(unguarded.post(f"/orders/{order['id']}/payments", {"method": "cash", "amount": 300}), 201)
    with committed.app_context(), transaction(UUID(unguarded.store_id), actor="stripe"):
        settle.session_paid(fact, read_before, ACCOUNT, clock.now())

    # Then no link asks for what nobody owes any more
    with committed.app_context(), transaction(UUID(unguarded.store_id)):
        found = db.session.query(PaymentLink.status).order_by(PaymentLink.attempt)
        assert [status for (status,) in found] == ["completed", "canceled"]
    assert broken_rules(committed, unguarded) == set()


# --- one live link ----------------------------------------------------------------------------------------


def test_race_for_the_link_of_an_order_makes_one(web: Web, shop: Shop, books: Any) -> None:
    # Given an order on the screens of twenty registers
    order = shop.sell(phone=new_phone(5300))

    # When all of them ask for its link, with two tips
    answers = race(
        [lambda tip=tip: shop.post(f"/orders/{order['id']}/payment-link", {"tip": tip}) for tip in (0, 100) * 10]  # type: ignore[misc]
    )

    # Then one link lives
    assert set(statuses(answers)) <= {200, 201}  # type: ignore[arg-type]
    live = "SELECT count(*) FROM payment_links WHERE order_id = %s AND status IN ('creating', 'active')"
    assert value(books, live, order["id"]) == 1
    attempts = "SELECT count(*) = max(attempt) FROM payment_links WHERE order_id = %s"
    assert value(books, attempts, order["id"])
    assert broken_rules(web.app, shop) == set()


def test_look_for_the_live_link_first_makes_several(committed: Flask, unguarded: Shop, superuser: Any) -> None:
    # Given a schema that would take several, and an order that nobody locks
    rows(superuser, "DROP INDEX uq_payment_links_live; SELECT 1")
    drop_constraint(superuser, "payment_links", "uq_payment_links_store_id_order_id_attempt")
    order_id = UUID(unguarded.sell(phone=new_phone(5301))["id"])

    # When
    def look_then_make(looked: Looked) -> None:
        live = db.session.query(PaymentLink).filter_by(order_id=order_id).first()
        looked()
        if live is None:
            row = PaymentLink(order_id=order_id, attempt=1, amount=TOTAL, tip=0, currency="USD", status="creating")
            row.request_key, row.expires_at = f"order:{uuid.uuid4()}", clock.now()
            db.session.add(row)

    all_look_then_act(committed, unguarded, [look_then_make] * TIMES)

    # Then the guest could pay as often
    live = "SELECT count(*) FROM payment_links WHERE order_id = %s AND status = 'creating'"
    assert value(superuser, live, str(order_id)) == TIMES
