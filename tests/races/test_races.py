"""Many at once, over real HTTP. Each race is followed by its twin: the same without the guard, and the damage it does."""

import random
import time
from collections import Counter
from typing import Any, cast
from uuid import UUID

import pytest
from flask import Flask
from psycopg2.errors import DeadlockDetected
from sqlalchemy import insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError

from pos import clock, ids
from pos.checkout.place import Sale, place
from pos.customers.models import Customer
from pos.db import current_store, db, find
from pos.http.models import FailedAttempt, IdempotencyKey
from pos.orders import actions as orders
from pos.orders.models import Order
from pos.payments import actions as payments
from pos.payments.tender import tender
from pos.staff.flows import PIN_TRIES
from tests.client import Shop, new_key
from tests.databases import PIN
from tests.races.conftest import Web
from tests.races.twins import TIMES, Looked, all_look_then_act, broken_rules, caller_of
from tests.running import Answer, race, rows, say, value

# One process runs them all, with one server; the processes of the suite would else start one each.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("races")]

# One House IPA with 8.25 % tax on top.
TOTAL = 866
CARD = {"method": "card"}


def at_last(shop: Shop, order: dict[str, Any]) -> Answer:
    """200 at once are more than there are database connections; after three seconds of waiting for one it says 503."""
    key = new_key()
    for _ in range(20):
        answer: Any = shop.post("/orders", order, key=key)
        if answer.status_code != 503:
            break
    return cast("Answer", answer)


def statuses(answers: list[Answer]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def problems(answers: list[Answer], status: int) -> set[str]:
    return {answer.json["type"] for answer in answers if answer.status_code == status}


def new_phone(number: int) -> str:
    """A number of its own for each test and each customer in it."""
    return f"+1415555{number:04d}"


def set_stock(connection: Any, shop: Shop, sku: str, quantity: int) -> None:
    changed = "UPDATE products SET stock_quantity = %s WHERE store_id = %s AND sku = %s RETURNING id"
    assert rows(connection, changed, quantity, shop.store_id, sku)


def stock(connection: Any, shop: Shop, sku: str) -> int:
    asked = "SELECT stock_quantity FROM products WHERE store_id = %s AND sku = %s"
    return int(value(connection, asked, shop.store_id, sku))


def customers_with(connection: Any, phone: str) -> int:
    return int(value(connection, "SELECT count(*) FROM customers WHERE phone = %s", phone))


def orders_of(connection: Any, phone: str) -> int:
    asked = """SELECT count(*) FROM orders o JOIN customers c ON c.store_id = o.store_id AND c.id = o.customer_id
                WHERE c.phone = %s"""
    return int(value(connection, asked, phone))


def drop_constraint(superuser: Any, table: str, name: str) -> None:
    rows(superuser, f"ALTER TABLE {table} DROP CONSTRAINT {name}")


# --- one customer for each phone --------------------------------------------------------------------------


SPELLINGS = (
    "+14155550201", "(415) 555-0201", "415-555-0201", "415.555.0201", "4155550201", "1 415 555 0201",
    "+1 (415) 555-0201", "1-415-555-0201", "  415 555 0201 ", "415/555/0201", "４１５５５５０２０１", "٤١٥٥٥٥٠٢٠١",
)  # fmt: skip


def test_race_of_first_orders_makes_one_customer(web: Web, shop: Shop, books: Any) -> None:
    # Given a phone that nobody has ordered with, and 200 ways in which people send it
    spelled = [SPELLINGS[number % len(SPELLINGS)] for number in range(200)]

    # When they all order at once, and repeat what found the server busy, as tablets do
    answers = race([lambda phone=phone: at_last(shop, shop.order(phone=phone, payment=CARD)) for phone in spelled])

    # Then all of them are the orders of one customer, and each has seen the figures of those before it
    assert statuses(answers) == {201: 200}
    buyers = [answer.json["customer"] for answer in answers]
    assert {buyer["id"] for buyer in buyers} == {buyers[0]["id"]}
    assert sorted(buyer["order_count"] for buyer in buyers) == list(range(1, 201))
    assert sum(buyer["created"] for buyer in buyers) == 1
    assert customers_with(books, "+14155550201") == 1
    figures = rows(books, "SELECT order_count, total_spent FROM customers WHERE phone = %s", "+14155550201")
    assert figures == [(200, 200 * TOTAL)]
    assert broken_rules(web.app, shop) == set()


def test_look_for_the_customer_first_makes_several(committed: Flask, unguarded: Shop, superuser: Any) -> None:
    # Given a schema that would take a phone twice
    drop_constraint(superuser, "customers", "uq_customers_store_id_phone")
    phone = new_phone(202)

    # When SELECT, then INSERT stands in place of the upsert
    def look_then_insert(looked: Looked) -> None:
        found = db.session.scalar(select(Customer.id).where(Customer.phone == phone))
        looked()
        if found is None:
            db.session.add(Customer(phone=phone, origin="counter"))

    all_look_then_act(committed, unguarded, [look_then_insert] * TIMES)

    # Then everybody has made the customer that nobody had found
    assert customers_with(superuser, phone) == TIMES


def test_race_of_walk_ins_shares_one_customer(web: Web, shop: Shop, books: Any) -> None:
    # Given a register that has never sold
    order = shop.order(phone=None, walk_in=True)

    # When fifty guests without a phone are served at once
    answers = race([lambda: shop.post("/orders", order)] * 50)

    # Then they are one walk-in
    assert statuses(answers) == {201: 50}
    walk_ins = "SELECT order_count FROM customers WHERE store_id = %s AND origin = 'walk_in'"
    assert rows(books, walk_ins, shop.store_id) == [(50,)]
    assert broken_rules(web.app, shop) == set()


def test_look_for_the_walk_in_first_makes_several(committed: Flask, unguarded: Shop, superuser: Any) -> None:
    drop_constraint(superuser, "customers", "uq_customers_store_id_register_id")
    register_id = UUID(unguarded.register_id)

    def look_then_insert(looked: Looked) -> None:
        found = db.session.scalar(select(Customer.id).where(Customer.register_id == register_id))
        looked()
        if found is None:
            db.session.add(Customer(register_id=register_id, origin="walk_in"))

    all_look_then_act(committed, unguarded, [look_then_insert] * TIMES)

    assert value(superuser, "SELECT count(*) FROM customers WHERE origin = 'walk_in'") == TIMES


# --- one order for each key -------------------------------------------------------------------------------


def test_race_with_one_key_makes_one_order(web: Web, shop: Shop, books: Any) -> None:
    # Given one order that a tablet sends fifty times
    set_stock(books, shop, "TEE-BLK-M", 40)
    order = shop.order(phone=new_phone(210), items=[{"sku": "TEE-BLK-M", "quantity": 2}], payment=CARD)
    key = new_key()

    # When all of them arrive at once
    answers = race([lambda: shop.post("/orders", order, key=key)] * 50)

    # Then one of them was done, and all are told the same
    assert statuses(answers) == {201: 50}
    assert len({answer.text for answer in answers}) == 1
    assert Counter(answer.headers.get("Idempotent-Replayed") for answer in answers) == {None: 1, "true": 49}
    assert orders_of(books, new_phone(210)) == 1
    assert answers[0].json["customer"]["order_count"] == 1
    assert stock(books, shop, "TEE-BLK-M") == 38
    assert broken_rules(web.app, shop) == set()


def test_look_for_the_key_first_makes_several_orders(committed: Flask, unguarded: Shop, superuser: Any) -> None:
    # Given a schema that would take a key twice
    drop_constraint(superuser, "idempotency_keys", "uq_idempotency_keys_store_id_key")
    phone, key = new_phone(211), new_key()
    sale = Sale(items=[{"sku": "IPA", "quantity": 1}], phone=phone)

    # When the key is looked for, then kept, in place of the claim
    def look_then_place(looked: Looked) -> None:
        found = db.session.scalar(select(IdempotencyKey.resource_id).where(IdempotencyKey.key == key))
        looked()
        if found is None:
            order_id = ids.uuid7()
            kept = {"key": key, "route": "POST /orders", "digest": "-", "resource": "order", "resource_id": order_id}
            db.session.execute(insert(IdempotencyKey).values(store_id=current_store(), id=order_id, **kept))
            place(order_id, sale, caller_of(unguarded), clock.now())

    all_look_then_act(committed, unguarded, [look_then_place] * TIMES)

    # Then the guest gets as many rounds as there were repeats
    assert orders_of(superuser, phone) == TIMES


def test_race_of_two_bodies_with_one_key_takes_the_first(web: Web, shop: Shop, books: Any) -> None:
    # Given one key, and two different orders that claim it
    key = new_key()
    wanted = [shop.order(phone=new_phone(212 + number % 2)) for number in range(30)]

    # When they race
    answers = race([lambda order=order: shop.post("/orders", order, key=key) for order in wanted])

    # Then one order is made, its repeats get it, and the other one is told that the key is used
    assert statuses(answers) == {201: 15, 422: 15}
    made = [answer.json for answer in answers if answer.status_code == 201]
    assert {order["id"] for order in made} == {made[0]["id"]}
    assert {order["customer"]["phone"] for order in made} == {made[0]["customer"]["phone"]}
    assert problems(answers, 422) == {"/problems/idempotency-key-reused"}
    assert orders_of(books, new_phone(212)) + orders_of(books, new_phone(213)) == 1
    assert broken_rules(web.app, shop) == set()


def test_reuse_of_a_key_is_refused_also_later(shop: Shop, other_shop: Shop) -> None:
    key = new_key()
    first = shop.sell(key=key, phone=new_phone(214))

    refused = shop.post("/orders", shop.order(phone=new_phone(215)), key=key)
    repeated = shop.post("/orders", shop.order(phone=new_phone(214)), key=key)
    of_another_store = other_shop.post("/orders", other_shop.order(phone=new_phone(214)), key=key)

    assert (refused.status_code, refused.json["type"]) == (422, "/problems/idempotency-key-reused")
    assert (repeated.status_code, repeated.json["id"]) == (201, first["id"])
    assert of_another_store.status_code == 201
    assert of_another_store.json["id"] != first["id"]


# --- stock ------------------------------------------------------------------------------------------------


def test_race_for_the_last_pieces_sells_no_more_than_there_are(web: Web, shop: Shop, books: Any) -> None:
    # Given five tees and fifty guests; were they one guest, the lock on the customer alone would line them up
    set_stock(books, shop, "TEE-BLK-M", 5)
    tee = [{"sku": "TEE-BLK-M", "quantity": 1}]
    wanted = [shop.order(phone=new_phone(1000 + number), items=tee, payment=CARD) for number in range(50)]

    # When they all buy at once
    answers = race([lambda order=order: shop.post("/orders", order) for order in wanted])

    # Then five get one, and of the others nothing is kept
    assert statuses(answers) == {201: 5, 422: 45}
    assert problems(answers, 422) == {"/problems/out-of-stock"}
    assert stock(books, shop, "TEE-BLK-M") == 0
    known = "SELECT count(*) FROM customers WHERE phone = ANY(%s)"
    assert value(books, known, [order["phone"] for order in wanted]) == 5
    assert broken_rules(web.app, shop) == set()


def test_take_of_stock_without_its_lock_oversells(committed: Flask, unguarded: Shop, superuser: Any) -> None:
    # Given five tees
    set_stock(superuser, unguarded, "TEE-BLK-M", 5)

    # When the stock is read and then reduced, without a lock in between
    def look_then_take(looked: Looked) -> bool:
        at = {"store": current_store(), "sku": "TEE-BLK-M"}
        asked = text("SELECT stock_quantity FROM products WHERE store_id = :store AND sku = :sku")
        available = db.session.scalar(asked, at) or 0
        looked()
        if available < 1:
            return False
        db.session.execute(
            text("UPDATE products SET stock_quantity = stock_quantity - 1 WHERE store_id = :store AND sku = :sku"), at
        )
        return True

    sold = all_look_then_act(committed, unguarded, [look_then_take] * TIMES)

    # Then more are sold than there were, and the audit sees it
    assert sum(map(bool, sold)) == TIMES > 5
    assert stock(superuser, unguarded, "TEE-BLK-M") == 5 - TIMES
    assert broken_rules(committed, unguarded) == {"product.stock"}


def test_race_for_two_products_in_opposite_order_has_no_deadlock(web: Web, shop: Shop, books: Any) -> None:
    # Given two products with counted stock
    set_stock(books, shop, "TEE-BLK-M", 100)
    set_stock(books, shop, "WATER", 100)
    tee, water = {"sku": "TEE-BLK-M", "quantity": 1}, {"sku": "WATER", "quantity": 1}
    baskets = [[tee, water], [water, tee]] * 40

    # When different guests buy both, half of them the other way round
    wanted = [shop.order(phone=new_phone(2000 + number), items=items) for number, items in enumerate(baskets)]
    answers = race([lambda order=order: shop.post("/orders", order) for order in wanted])

    # Then nobody is turned away
    assert statuses(answers) == {201: 80}
    assert (stock(books, shop, "TEE-BLK-M"), stock(books, shop, "WATER")) == (20, 20)
    assert broken_rules(web.app, shop) == set()


def test_change_of_a_sku_while_it_is_sold_turns_nobody_away(web: Web, shop: Shop, books: Any) -> None:
    """A new SKU locks the product against those who refer to it, and a line refers to it."""
    # Given a product with counted stock
    product_id = shop.products["TEE-BLK-M"]
    set_stock(books, shop, "TEE-BLK-M", 100)

    # When it is sold and renamed at the same time
    wanted = [
        shop.order(phone=new_phone(2300 + number), items=[{"product_id": product_id, "quantity": 1}])
        for number in range(40)
    ]
    sales = [lambda order=order: shop.post("/orders", order) for order in wanted]
    names = [f"TEE-{number}" for number in range(8)]
    path, seen = f"/products/{product_id}", {"If-Match": "*"}
    changes = [
        lambda sku=sku: shop.request("PATCH", path, as_="owner", headers=seen, json={"sku": sku}) for sku in names
    ]
    answers = race([*sales, *changes])

    # Then nobody waits in vain
    assert statuses(answers) == {201: 40, 200: 8}
    shop.request("PATCH", path, as_="owner", headers=seen, json={"sku": "TEE-BLK-M"})
    assert broken_rules(web.app, shop) == set()


def test_race_of_category_moves_closes_no_circle(web: Web, shop: Shop, books: Any) -> None:
    for _ in range(8):
        # Given two categories side by side
        ids_of = [shop.post("/categories", {"name": new_key()}, as_="owner").json["id"] for _ in range(2)]

        # When each is moved into the other at the same moment
        moves = [(ids_of[0], ids_of[1]), (ids_of[1], ids_of[0])]
        answers = race([lambda move=move: _move_category(shop, *move) for move in moves])

        # Then one of them is told
        assert statuses(answers) == {200: 1, 422: 1}
    assert broken_rules(web.app, shop) == set()


def _move_category(shop: Shop, category_id: str, parent_id: str) -> Answer:
    headers = {"If-Match": "*"}
    return shop.request(
        "PATCH", f"/categories/{category_id}", as_="owner", headers=headers, json={"parent_id": parent_id}
    )


def test_take_of_products_in_the_order_of_the_basket_deadlocks(
    committed: Flask, unguarded: Shop, superuser: Any
) -> None:
    set_stock(superuser, unguarded, "TEE-BLK-M", 100)
    set_stock(superuser, unguarded, "WATER", 100)

    def take(first: str, second: str, looked: Looked) -> None:
        reduce = text("UPDATE products SET stock_quantity = stock_quantity - 1 WHERE store_id = :store AND sku = :sku")
        db.session.execute(reduce, {"store": current_store(), "sku": first})
        looked()
        db.session.execute(reduce, {"store": current_store(), "sku": second})

    results = all_look_then_act(
        committed,
        unguarded,
        [lambda looked: take("TEE-BLK-M", "WATER", looked), lambda looked: take("WATER", "TEE-BLK-M", looked)],
    )

    refused = [result for result in results if result is not None]
    assert len(refused) == 1
    assert isinstance(refused[0], OperationalError)
    assert isinstance(refused[0].orig, DeadlockDetected)


# --- money ------------------------------------------------------------------------------------------------


def test_race_of_full_payments_takes_one(web: Web, shop: Shop, books: Any) -> None:
    # Given an unpaid order
    order = shop.sell(phone=new_phone(220))

    # When fifty tablets take the whole of it, each with a key of its own
    answers = race([lambda: shop.post(f"/orders/{order['id']}/payments", {"method": "cash"})] * 50)

    # Then one does
    assert statuses(answers) == {201: 1, 409: 49}
    assert problems(answers, 409) == {"/problems/nothing-due"}
    paid = shop.get(f"/orders/{order['id']}").json
    assert (paid["total"], paid["amount_paid"], len(paid["payments"])) == (TOTAL, TOTAL, 1)
    assert value(books, "SELECT total_spent FROM customers WHERE phone = %s", new_phone(220)) == TOTAL
    assert broken_rules(web.app, shop) == set()


def test_race_of_payments_with_one_key_takes_one(web: Web, shop: Shop, books: Any) -> None:
    # Given an unpaid order and one key for its payment
    order = shop.sell(phone=new_phone(224))
    path, key = f"/orders/{order['id']}/payments", new_key()

    # When the payment is sent twenty times at once
    answers = race([lambda: shop.post(path, {"method": "cash", "tendered": 1000}, key=key)] * 20)

    # Then it was taken once, and everybody knows the change
    assert statuses(answers) == {201: 20}
    assert {(answer.json["payment"]["id"], answer.json["change_due"]) for answer in answers} == {
        (answers[0].json["payment"]["id"], 1000 - TOTAL)
    }
    assert value(books, "SELECT count(*) FROM payments WHERE order_id = %s", order["id"]) == 1
    assert broken_rules(web.app, shop) == set()


def test_payment_without_a_lock_is_refused_by_the_version(committed: Flask, unguarded: Shop, superuser: Any) -> None:
    # Given an unpaid order
    order_id = UUID(unguarded.sell(phone=new_phone(221))["id"])

    # When it is paid without the locks on customer and order
    def pay_unlocked(looked: Looked) -> None:
        order = find(Order, order_id)
        looked()
        taken = tender("cash", due=order.amount_due, amount=None)
        payments.record(order_id, taken, register_id=None, user_id=None)
        orders.add_money(order, taken.amount, tip=0, now=clock.now())

    results = all_look_then_act(committed, unguarded, [pay_unlocked] * TIMES)

    # Then the order's version, the wall behind the lock, lets one through
    assert sum(isinstance(result, StaleDataError) for result in results) == TIMES - 1
    assert value(superuser, "SELECT amount_paid FROM orders WHERE id = %s", str(order_id)) == TOTAL
    assert value(superuser, "SELECT count(*) FROM payments") == 1


def test_payment_without_lock_and_version_takes_too_much(committed: Flask, unguarded: Shop, superuser: Any) -> None:
    # Given an unpaid order
    order_id = UUID(unguarded.sell(phone=new_phone(222))["id"])

    # When it is paid without the locks, and counted past the version
    def look_then_pay(looked: Looked) -> None:
        due = find(Order, order_id).amount_due
        looked()
        payments.record(order_id, tender("cash", due=due, amount=None), register_id=None, user_id=None)
        counted = update(Order).where(Order.store_id == current_store(), Order.id == order_id)
        db.session.execute(counted.values(amount_paid=Order.amount_paid + due, payment_status="paid"))

    all_look_then_act(committed, unguarded, [look_then_pay] * TIMES)

    # Then everybody has taken the whole of it, and the audit sees it
    assert value(superuser, "SELECT amount_paid FROM orders WHERE id = %s", str(order_id)) == TIMES * TOTAL
    assert {"order.payment_status", "customer.total_spent"} <= broken_rules(committed, unguarded)


def test_race_of_cancel_and_pay_lets_one_of_them_win(web: Web, shop: Shop, books: Any) -> None:
    seed = random.SystemRandom().randrange(10**6)
    say(f"cancel against pay: seed {seed}")
    chance, winners = random.Random(seed), Counter[str]()
    for number in range(20):
        # Given an unpaid order
        order_id = shop.sell(phone=new_phone(3000 + number))["id"]

        # When one tablet takes the money and another one cancels
        paid, canceled = pay_against_cancel(shop, order_id, chance)

        # Then the order is either paid and stays, or canceled without money
        after = shop.get(f"/orders/{order_id}").json
        outcome = (paid.status_code, canceled.status_code, after["status"], after["amount_paid"])
        assert outcome in {(201, 409, "open", TOTAL), (409, 200, "canceled", 0)}, f"round {number}"
        winner, told = ("pay", "money-in") if paid.status_code == 201 else ("cancel", "wrong-state")
        assert problems([paid, canceled], 409) == {f"/problems/{told}"}
        winners[winner] += 1
    say(f"won: {dict(winners)}")
    assert broken_rules(web.app, shop) == set()


def pay_against_cancel(shop: Shop, order_id: str, chance: random.Random) -> list[Answer]:
    """Chance gives each a small start, since without it the one whose path is shorter would always be first."""
    bodies = {"payments": {"method": "cash"}, "cancel": {"reason": "left"}}
    starts = {path: chance.uniform(0, 0.01) for path in bodies}

    def send(path: str) -> Answer:
        time.sleep(starts[path])
        return shop.post(f"/orders/{order_id}/{path}", bodies[path])  # type: ignore[return-value]

    return race([lambda path=path: send(path) for path in bodies])  # type: ignore[misc]


def test_cancel_and_pay_without_a_lock_cancel_an_order_with_money(
    committed: Flask, unguarded: Shop, superuser: Any
) -> None:
    # Given an unpaid order
    order_id = UUID(unguarded.sell(phone=new_phone(223))["id"])
    this = update(Order).where(Order.id == order_id)

    # When both look at it before either acts
    def look_then_pay(looked: Looked) -> None:
        order = find(Order, order_id)
        looked()
        if order.status != "canceled":
            taken = tender("cash", due=order.amount_due, amount=None)
            payments.record(order_id, taken, register_id=None, user_id=None)
            db.session.execute(this.values(amount_paid=taken.amount, payment_status="paid"))

    def look_then_cancel(looked: Looked) -> None:
        order = find(Order, order_id)
        looked()
        if order.amount_paid == 0:
            db.session.execute(this.values(status="canceled", canceled_at=clock.now(), cancel_reason="left"))

    all_look_then_act(committed, unguarded, [look_then_pay, look_then_cancel])

    # Then the guest has paid for nothing
    left = rows(superuser, "SELECT status, amount_paid FROM orders WHERE id = %s", str(order_id))
    assert left == [("canceled", TOTAL)]


# --- guessing ---------------------------------------------------------------------------------------------


def test_race_of_wrong_pins_gets_five_tries(shop: Shop) -> None:
    # Given somebody who does not know the cashier's PIN
    person = shop.people["cashier"]
    guesses = [f"{number:04d}" for number in range(50)]
    assert PIN not in guesses

    # When they try fifty at once
    answers = race([lambda pin=pin: shop.post("/register/sign-in", {"user_id": person, "pin": pin}) for pin in guesses])

    # Then five are looked at, and then not even the right one is, until a manager unlocks
    assert statuses(answers) == {401: 5, 429: 45}
    right = {"user_id": person, "pin": PIN}
    assert shop.post("/register/sign-in", right).status_code == 429
    assert shop.post(f"/users/{person}/unlock", as_="owner").status_code == 204
    assert shop.post("/register/sign-in", right).status_code == 200


def test_look_at_the_count_of_tries_first_allows_more(committed: Flask, unguarded: Shop, superuser: Any) -> None:
    # Given no try yet, and a count that is read before the try and written after it
    key = f"pin:{unguarded.people['cashier']}:{unguarded.register_id}"
    counted = upsert(FailedAttempt).values(key=key, attempt_count=1, window_started_at=clock.now())
    counted = counted.on_conflict_do_update(
        index_elements=["key"], set_={"attempt_count": FailedAttempt.attempt_count + 1}
    )

    def look_then_count(looked: Looked) -> bool:
        tries = db.session.scalar(select(FailedAttempt.attempt_count).where(FailedAttempt.key == key)) or 0
        looked()
        is_checked = tries < PIN_TRIES
        db.session.execute(counted)
        return is_checked

    # When several guess at once
    checked = all_look_then_act(committed, unguarded, [look_then_count] * TIMES)

    # Then more than five are looked at
    assert sum(map(bool, checked)) == TIMES > PIN_TRIES
    assert value(superuser, "SELECT attempt_count FROM failed_attempts WHERE key = %s", key) == TIMES
