"""Races at the counter: coupons with a limit, rounds on one tab, tabs that are moved and merged in opposite directions."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from pos import clock, ids
from pos.attention.actions import raise_item
from pos.catalog.models import Coupon
from pos.checkout import refused_sales, split
from pos.checkout.place import Sale, place
from pos.db import current_store, db
from pos.http.models import IdempotencyKey
from pos.orders import actions as orders
from pos.orders.models import OrderCoupon
from tests.client import Shop, new_key
from tests.races.conftest import Web
from tests.races.test_races import drop_constraint, new_phone, problems, statuses
from tests.races.twins import TIMES, Looked, all_look_then_act, broken_rules, caller_of
from tests.running import Answer, race, rows, say, value

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("races")]

WATER = {"items": [{"sku": "WATER", "quantity": 1}]}
REGISTERS = 2
ROUNDS_AT_ONCE = 8
# A register that was overtaken looks again; with eight at it, each is overtaken seven times by those of one turn.
MOST_TRIES = 200


def coupon(shop: Shop, **facts: Any) -> dict[str, Any]:
    body = {"code": f"C{new_key()[:20]}", "discount_type": "percent", "amount": 10, **facts}
    answer = shop.post("/coupons", body, as_="owner")
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return answer.json


# --- coupons --------------------------------------------------------------------------------------------------


def test_race_for_a_limited_coupon_gives_as_many_uses_as_there_are(web: Web, shop: Shop, books: Any) -> None:
    # Given a coupon for ten, and a hundred guests who have it
    made = coupon(shop, usage_limit=10)
    wanted = [shop.order(phone=new_phone(4000 + number), coupon=made["code"]) for number in range(100)]

    # When they all order at once
    answers = race([lambda order=order: shop.post("/orders", order) for order in wanted])

    # Then ten get it, and of the others nothing is kept
    assert statuses(answers) == {201: 10, 409: 90}
    assert problems(answers, 409) == {"/problems/coupon-used-up"}
    assert {answer.json["discount"] for answer in answers if answer.status_code == 201} == {80}
    assert value(books, "SELECT usage_count FROM coupons WHERE id = %s", made["id"]) == 10
    assert value(books, "SELECT count(*) FROM order_coupons WHERE coupon_id = %s", made["id"]) == 10
    known = "SELECT count(*) FROM customers WHERE phone = ANY(%s)"
    assert value(books, known, [order["phone"] for order in wanted]) == 10
    assert broken_rules(web.app, shop) == set()


def test_look_at_the_uses_of_a_coupon_first_gives_too_many(committed: Flask, unguarded: Shop, superuser: Any) -> None:
    # Given a schema that would count past the limit, and a coupon for two
    drop_constraint(superuser, "coupons", "ck_coupons_usage")
    coupon_id = UUID(coupon(unguarded, usage_limit=2)["id"])

    # When the count is read and then raised, without the condition in the UPDATE
    def look_then_use(looked: Looked) -> bool:
        this = (Coupon.store_id == current_store(), Coupon.id == coupon_id)
        used = db.session.scalar(select(Coupon.usage_count).where(*this)) or 0
        looked()
        if used >= 2:
            return False
        order_id = ids.uuid7()
        place(order_id, Sale(items=WATER["items"], phone=new_phone(4200)), caller_of(unguarded), clock.now())
        db.session.execute(update(Coupon).where(*this).values(usage_count=Coupon.usage_count + 1))
        db.session.add(OrderCoupon(order_id=order_id, coupon_id=coupon_id))
        return True

    used = all_look_then_act(committed, unguarded, [look_then_use] * TIMES)

    # Then everybody gets it, and the audit sees it
    assert sum(result is True for result in used) == TIMES > 2
    assert value(superuser, "SELECT usage_count FROM coupons WHERE id = %s", str(coupon_id)) == TIMES
    assert broken_rules(committed, unguarded) == {"coupon.usage_count"}


# --- rounds ---------------------------------------------------------------------------------------------------


def by_key(shop: Shop, path: str) -> Answer:
    return shop.post(path, WATER)  # type: ignore[return-value]


def by_version(shop: Shop, path: str) -> Answer:
    """Reads the tab and adds to what was read, until nobody was faster."""
    for _ in range(MOST_TRIES):
        headers = {"If-Match": shop.get(path.removesuffix("/lines")).headers["ETag"]}
        answer: Any = shop.request("POST", path, headers=headers, json=WATER)
        if answer.status_code != 409:
            return answer  # type: ignore[no-any-return]
    raise AssertionError(f"overtaken {MOST_TRIES} times")


# Who goes by the version is overtaken again and again.
@pytest.mark.parametrize(("add", "rounds"), [(by_key, 100), (by_version, 24)])
def test_race_of_rounds_on_one_tab_loses_none(
    web: Web, shop: Shop, books: Any, add: Callable[[Shop, str], Answer], rounds: int
) -> None:
    # Given a tab, and two registers with so many rounds each
    set_tracked = "UPDATE products SET stock_quantity = 1000 WHERE store_id = %s AND sku = 'WATER' RETURNING id"
    assert rows(books, set_tracked, shop.store_id)
    order = shop.sell(phone=new_phone(4300), items=WATER["items"])
    window = second_register(shop)
    path = f"/orders/{order['id']}/lines"

    # When they are added at the same time, eight at once
    all_rounds = REGISTERS * rounds

    def turn(number: int) -> list[Answer]:
        register = (shop, window)[number % REGISTERS]
        return [add(register, path) for _ in range(all_rounds // ROUNDS_AT_ONCE)]

    answers = [
        answer
        for part in race([lambda number=number: turn(number) for number in range(ROUNDS_AT_ONCE)])
        for answer in part
    ]

    # Then each is on it once, each at a position of its own, and the stock is as the tab says
    assert statuses(answers) == {201: all_rounds}
    after = shop.get(f"/orders/{order['id']}").json
    assert [line["position"] for line in after["lines"]] == list(range(1, all_rounds + 2))
    assert after["total"] == (all_rounds + 1) * 199
    left = "SELECT stock_quantity FROM products WHERE store_id = %s AND sku = 'WATER'"
    assert value(books, left, shop.store_id) == 1000 - all_rounds - 1
    assert broken_rules(web.app, shop) == set()


def second_register(shop: Shop) -> Shop:
    made = shop.post("/registers", {"name": f"Window {new_key()}", "location_id": shop.location_id}, as_="owner").json
    enrolled = shop.post("/register/enrol", {"store": shop.slug, "code": made["enrolment_code"]}, as_="nobody").json
    return Shop(**vars(shop) | {"register_token": enrolled["token"], "register_id": made["id"]})


def test_round_with_one_key_that_races_itself_is_added_once(web: Web, shop: Shop) -> None:
    order, key = shop.sell(phone=new_phone(4301)), new_key()

    answers = race([lambda: shop.post(f"/orders/{order['id']}/lines", WATER, key=key)] * 30)

    assert statuses(answers) == {201: 30}
    assert len(shop.get(f"/orders/{order['id']}").json["lines"]) == 2
    assert broken_rules(web.app, shop) == set()


# --- tabs that pass each other --------------------------------------------------------------------------------

ANY = {"If-Match": "*"}


def test_merges_in_opposite_directions_have_no_deadlock(web: Web, shop: Shop) -> None:
    for number in range(15):
        # Given two open tabs of two customers
        one, other = (shop.sell(phone=new_phone(4400 + 2 * number + side))["id"] for side in (0, 1))

        # When each is merged into the other at the same moment
        answers = race(
            [
                lambda into=into, source=source: shop.post(f"/orders/{into}/merge", {"order_id": source}, headers=ANY)
                for into, source in ((one, other), (other, one))
            ]
        )

        # Then one of them is merged, and the other is told that it is closed
        assert statuses(answers) == {201: 1, 409: 1}, [answer.text for answer in answers]
        assert problems(answers, 409) == {"/problems/wrong-state"}
    assert broken_rules(web.app, shop) == set()


def test_moves_in_opposite_directions_have_no_deadlock(web: Web, shop: Shop) -> None:
    for number in range(15):
        # Given a tab of each of two customers
        phones = [new_phone(4500 + 2 * number + side) for side in (0, 1)]
        tabs = [shop.sell(phone=phone)["id"] for phone in phones]

        # When each is moved to the other customer, again and again, while it is paid in parts
        calls = [
            lambda tab=tab, phone=phone: shop.request("PATCH", f"/orders/{tab}", headers=ANY, json={"phone": phone})
            for tab, phone in zip(tabs, phones[::-1], strict=True)
        ]
        pays = [lambda tab=tab: shop.post(f"/orders/{tab}/payments", {"method": "cash", "amount": 10}) for tab in tabs]
        answers = race([*calls, *pays] * 3)

        # Then nobody waits in vain, and the figures follow
        assert set(statuses(answers)) == {200, 201}, [answer.text for answer in answers]
    assert broken_rules(web.app, shop) == set()


def test_moves_of_one_tab_to_many_customers_have_no_deadlock(web: Web, shop: Shop) -> None:
    # Given a tab that six registers move at once, while it is paid in parts
    tab = shop.sell(phone=new_phone(4600), items=[{"sku": "IPA", "quantity": 20}])["id"]
    phones = [new_phone(4600 + number) for number in range(6)]
    moves = [
        lambda phone=phone: shop.request("PATCH", f"/orders/{tab}", headers=ANY, json={"phone": phone})
        for phone in phones * 3
    ]
    pays = [lambda: shop.post(f"/orders/{tab}/payments", {"method": "cash", "amount": 1})] * 12

    # When all of it happens at the same time, and again; on a busy machine a longer line would wait for more than lock_timeout
    answers = race([*moves, *pays]) + race([*moves, *pays])

    # Then nobody waits in vain, and the money counts for whoever has it in the end
    say(f"moves and payments of one tab: {dict(statuses(answers))}")
    assert statuses(answers) == {200: 36, 201: 24}
    assert broken_rules(web.app, shop) == set()


def test_merge_that_locks_one_tab_after_the_other_deadlocks(committed: Flask, unguarded: Shop, superuser: Any) -> None:
    """The twin: each tab is locked before the one that comes into it, whatever their ids are."""
    one, other = (UUID(unguarded.sell(phone=new_phone(4700))["id"]) for _ in range(2))

    def merge(into: UUID, source: UUID) -> Callable[[Looked], None]:
        def lock_then_lock(looked: Looked) -> None:
            order = orders.locked(into)
            looked()
            split.merge(order, orders.locked(source), clock.now())

        return lock_then_lock

    results = all_look_then_act(committed, unguarded, [merge(one, other), merge(other, one)])

    assert sum("deadlock detected" in str(result) for result in results) == 1
    assert broken_rules(committed, unguarded) == set()


# --- sales that were refused ----------------------------------------------------------------------------------


def test_refused_sale_that_is_told_many_times_at_once_is_one_item(web: Web, shop: Shop, books: Any) -> None:
    # Given a sale that was refused, and a tablet that does not hear its answers
    key, phone = new_key(), new_phone(4900)
    told = {"key": key, "sale": shop.order(phone=phone, offline=True), "problem": {"status": 422}}

    # When it tells of it again and again
    answers = race([lambda: shop.post("/register/refused-sales", told) for _ in range(20)])

    # Then there is one item, and one customer
    assert statuses(answers) == {201: 1, 200: 19}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert value(books, "SELECT count(*) FROM attention_items WHERE subject = %s", f"sales:{key}") == 1
    assert value(books, "SELECT count(*) FROM customers WHERE phone = %s", phone) == 1
    assert broken_rules(web.app, shop) == set()


def test_refused_sale_that_is_told_while_it_is_booked_leaves_nothing_to_look_at(
    web: Web, shop: Shop, books: Any
) -> None:
    # Given sales that were refused and then mended, of one customer
    sale = shop.order(phone=new_phone(4901))
    keys = [new_key() for _ in range(20)]

    def told(key: str) -> Answer:
        return shop.post("/register/refused-sales", {"key": key, "sale": sale, "problem": {"status": 422}})

    # When one window of a tablet tells of each, while another gets it booked
    pairs = [[lambda key=key: shop.post("/orders", sale, key=key), lambda key=key: told(key)] for key in keys]
    answers = race([call for pair in pairs for call in pair])

    # Then nobody has to look at any of them
    assert {answer.status_code for answer in answers} <= {200, 201}
    still_open = (
        "SELECT count(*) FROM attention_items WHERE kind = 'refused_sale' AND resolved_at IS NULL AND subject = ANY(%s)"
    )
    assert value(books, still_open, [f"sales:{key}" for key in keys]) == 0
    assert broken_rules(web.app, shop) == set()


def test_look_for_the_key_without_holding_it_leaves_an_item_for_a_booked_sale(
    committed: Flask, unguarded: Shop, superuser: Any
) -> None:
    key, sale = new_key(), Sale(items=WATER["items"], phone=new_phone(4902))

    def look_then_tell(looked: Looked) -> None:
        found = db.session.scalar(select(IdempotencyKey.id).where(IdempotencyKey.key == key))
        looked()
        if found is None:
            raise_item("refused_sale", f"sales:{key}")

    def settle_then_book(looked: Looked) -> None:
        order_id = ids.uuid7()
        kept = {"key": key, "route": "POST /orders", "digest": "-", "resource": "order", "resource_id": order_id}
        db.session.execute(insert(IdempotencyKey).values(store_id=current_store(), id=order_id, **kept))
        refused_sales.settle(key, clock.now())
        place(order_id, sale, caller_of(unguarded), clock.now())
        looked()

    all_look_then_act(committed, unguarded, [look_then_tell, settle_then_book])

    still_open = "SELECT count(*) FROM attention_items WHERE resolved_at IS NULL AND subject = %s"
    assert value(superuser, still_open, f"sales:{key}") == 1
