"""Races for points: the last of them, one member, one code, one programme. Twins do the same without the member's lock."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg2
import pytest
from flask import Flask
from sqlalchemy import update

from pos import clock, ids, postgres
from pos.checkout import spending
from pos.customers.models import Customer
from pos.db import db, find, transaction
from pos.loyalty import accounts, actions, heirs, queries, rewards, sweep
from pos.loyalty.accounts import Holder, Ledger
from pos.loyalty.models import Member, Redemption
from pos.orders import actions as orders
from pos.orders import bill as bills
from tests.checkout import stripe
from tests.client import Shop, new_key
from tests.races.conftest import Web
from tests.races.test_races import CARD, at_last, drop_constraint, new_phone, orders_of, problems, statuses
from tests.races.twins import TIMES, Looked, all_look_then_act, broken_rules
from tests.running import Answer, race, rows, value

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("races")]


def made(answer: Any) -> dict[str, Any]:
    assert answer.status_code < 300, answer.get_data(as_text=True)
    return answer.json  # type: ignore[no-any-return]


def member_with(shop: Shop, phone: str, points: int) -> str:
    """The path of a new member, who was given so many points."""
    path = f"/members/{made(shop.post('/members', {'phone': phone}))['id']}"
    made(shop.post(f"{path}/adjustments", {"points": points, "reason": "a gift"}, as_="owner"))
    return path


def reward(shop: Shop, points: int) -> str:
    body = {"name": f"A dime {new_key()}", "points": points, "discount_type": "amount", "amount": 10}
    return str(made(shop.post("/rewards", body, as_="owner"))["id"])


def balance(shop: Shop, path: str) -> int:
    return int(made(shop.get(path))["balance"])


def held(connection: Any, path: str) -> tuple[int, int]:
    """What a member's lots hold, and what the entries come to."""
    member = path.rpartition("/")[2]
    lots = value(connection, "SELECT sum(remaining) FROM point_lots WHERE member_id = %s", member)
    return int(lots), int(value(connection, "SELECT sum(points) FROM point_entries WHERE member_id = %s", member))


# --- the last points ------------------------------------------------------------------------------------------


def by_code(shop: Shop, path: str, phone: str, wanted: str) -> Answer:
    return shop.post(f"{path}/redemptions", {"reward_id": wanted})  # type: ignore[return-value]


def by_order(shop: Shop, path: str, phone: str, wanted: str) -> Answer:
    return at_last(shop, shop.order(phone=phone, rewards=[wanted]))


@pytest.mark.parametrize(("spend", "number"), [(by_code, 8700), (by_order, 8701)])
def test_race_for_the_same_points_spends_them_once(
    web: Web, shop: Shop, books: Any, spend: Callable[..., Answer], number: int
) -> None:
    # Given a member with a hundred points, and a reward for thirty
    phone = new_phone(number)
    path, wanted = member_with(shop, phone, 100), reward(shop, 30)

    # When 64 registers spend them at once
    answers = race([lambda: spend(shop, path, phone, wanted)] * 64)

    # Then three get the reward, the others are told what is missing, and nothing is kept of those
    assert statuses(answers) == {201: 3, 422: 61}
    assert problems(answers, 422) == {"/problems/insufficient-points"}
    assert balance(shop, path) == 10
    assert held(books, path) == (10, 10)
    assert orders_of(books, phone) == (3 if spend is by_order else 0)
    assert broken_rules(web.app, shop) == set()


def unlocked(member_id: UUID, now: datetime, order_id: UUID | None = None) -> Ledger:
    """A member's account as accounts.opened reads it, without the lock."""
    [row] = accounts._STATE.mappings(member=member_id, order=order_id or ids.uuid7(), now=now)
    account = accounts._account(row, now, accounts._Lots(row["id"]))
    holder = Holder(row["id"], row["customer_id"], row["tappass_id"], row["level_floor"], row["joined_at"])
    return Ledger(holder, account, accounts._figures(account))


def test_look_at_the_points_without_the_lock_spends_them_twice(
    committed: Flask, unguarded: Shop, superuser: Any
) -> None:
    # Given a schema in which a lot can hold less than nothing, and points for three
    drop_constraint(superuser, "point_lots", "ck_point_lots_remaining")
    path, wanted = member_with(unguarded, new_phone(8702), 100), UUID(reward(unguarded, 30))

    # When they are read and then spent, without the member's lock
    def look_then_spend(looked: Looked) -> None:
        ledger, spent = unlocked(UUID(path.rpartition("/")[2]), clock.now()), actions.spending_on(wanted)
        assert spent
        actions._take(spent, ledger, code=new_key(), expires_at=clock.now())
        looked()
        ledger.write()

    all_look_then_act(committed, unguarded, [look_then_spend] * TIMES)

    # Then everybody gets the reward, and the audit sees it
    assert held(superuser, path) == (100 - 30 * TIMES, 100 - 30 * TIMES)
    assert broken_rules(committed, unguarded) == {"point_lot.remaining"}


# --- joining --------------------------------------------------------------------------------------------------

ACCUMULATED = (
    "SELECT count(*) FROM point_entries WHERE type = 'accumulate' AND order_id = ANY(%s::uuid[]) GROUP BY order_id"
)
UNLINKED = """SELECT count(*) FROM orders o JOIN customers c ON c.id = o.customer_id JOIN members m ON m.customer_id = c.id
               WHERE c.phone = %s AND o.member_id IS DISTINCT FROM m.id"""


def test_race_of_joining_makes_one_member(web: Web, shop: Shop, books: Any) -> None:
    # Given a customer with three paid orders, who is no member yet
    phone = new_phone(8710)
    before = [shop.sell(phone=phone, payment=CARD)["id"] for _ in range(3)]

    # When a hundred registers let them join, some of them with a sale
    joins = [lambda: shop.post("/members", {"phone": phone})] * 80
    sales = [lambda: at_last(shop, shop.order(phone=phone, join=True, payment=CARD))] * 20
    answers = race([*joins, *sales])

    # Then they are one member, to whom all orders belong, and each order has brought its points once
    joined = [answer for answer in answers[:80] if answer.status_code != 503]
    assert set(statuses(joined)) <= {200, 201}
    assert statuses(joined)[201] <= 1
    assert statuses(answers[80:]) == {201: 20}
    assert (
        value(books, "SELECT count(*) FROM members JOIN customers c ON c.id = customer_id WHERE c.phone = %s", phone)
        == 1
    )
    assert [count for (count,) in rows(books, ACCUMULATED, before)] == [1, 1, 1]
    assert value(books, UNLINKED, phone) == 0
    assert broken_rules(web.app, shop) == set()


def test_look_for_the_member_first_makes_several(committed: Flask, unguarded: Shop, superuser: Any) -> None:
    # Given a schema that would take a customer twice
    drop_constraint(superuser, "members", "uq_members_store_id_customer_id")
    customer_id = UUID(unguarded.sell(phone=new_phone(8711))["customer"]["id"])

    # When the member is looked for, and then inserted, without the customer's lock
    def look_then_join(looked: Looked) -> None:
        found = queries.member_of(customer_id)
        looked()
        if found is None:
            now = clock.now()
            facts = {"level": "bronze", "level_from": now, "joined_at": now, "source": "register"}
            db.session.add(Member(customer_id=customer_id, tappass_id=new_key(), **facts))

    all_look_then_act(committed, unguarded, [look_then_join] * TIMES)

    # Then everybody has made one
    assert value(superuser, "SELECT count(*) FROM members") == TIMES
    assert broken_rules(committed, unguarded) == {"order.member"}


@pytest.mark.parametrize("has_cause", [True, False])
def test_accumulate_without_the_lock_needs_its_cause(
    committed: Flask, unguarded: Shop, superuser: Any, has_cause: bool
) -> None:
    # Given a paid order of a new member that has brought nothing yet, and with or without the unique cause
    order_id = UUID(unguarded.sell(phone=new_phone(8712), payment=CARD)["id"])
    member_id = UUID(made(unguarded.post("/members", {"phone": new_phone(8713)}))["id"])
    if not has_cause:
        rows(superuser, "DROP INDEX uq_point_entries_cause")

    # When it is looked whether the order has brought points, and then they are entered
    def look_then_accumulate(looked: Looked) -> None:
        ledger = unlocked(member_id, clock.now(), order_id)
        assert ledger.account.booked.parts == 0
        looked()
        ledger.account.accumulate(8, order_id, {}, 0, clock.now())
        ledger.write()

    all_look_then_act(committed, unguarded, [look_then_accumulate] * TIMES)

    # Then the cause lets one through; without it there are points for each, which the audit sees
    points = value(superuser, "SELECT balance FROM members WHERE id = %s", str(member_id))
    assert points == (8 if has_cause else 8 * TIMES)
    assert ("point_entry.accumulate" in broken_rules(committed, unguarded)) != has_cause


# --- sales beside the night's work ------------------------------------------------------------------------------


def test_race_of_sales_refunds_adjustments_and_expiry_keeps_the_books(web: Web, shop: Shop, books: Any) -> None:
    # Given a member with paid orders, whose points are due, and of which half will go back
    phone = new_phone(8720)
    path, wanted = member_with(shop, phone, 300), reward(shop, 30)
    paid = [shop.sell(phone=phone, rewards=[wanted], payment=CARD) for _ in range(6)]
    due = "UPDATE point_lots SET expires_at = now() - interval '1 second' WHERE order_id = ANY(%s::uuid[]) RETURNING id"
    assert len(rows(books, due, [order["id"] for order in paid])) == 6

    # When they buy, give back, are given and lose points, while what is due expires
    def expire() -> int:
        with web.app.app_context():
            return sum(done for _, done in sweep.run(UUID(shop.store_id), clock.now()))

    body = {"amount": paid[0]["total"], "reason": "flat"}
    refunds = [lambda order=order: shop.post(f"/orders/{order['id']}/refunds", body, as_="owner") for order in paid[:3]]
    sales = [lambda: shop.post("/orders", shop.order(phone=phone, payment=CARD))] * 8
    adjustments = [
        lambda points=points: shop.post(f"{path}/adjustments", {"points": points, "reason": "so"}, as_="owner")
        for points in (40, -20) * 4
    ]
    answers = race([*refunds, *sales, *adjustments, expire, expire, expire])

    # Then all is done, each once: the rewards of what went back are points again
    assert statuses(answers[:-3]) == {201: 19}, [answer.text for answer in answers[:-3]]
    assert broken_rules(web.app, shop) == set()
    assert balance(shop, path) == 300 - 3 * 30 + 8 * 8 + 4 * 20


STEPS = (sweep.expire_codes, sweep.expire_lots, sweep.count_levels)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_sweep_waits_for_nobody(
    committed: Flask, unguarded: Shop, server: postgres.Server, database: str, step: Any
) -> None:
    """A sale holds its member while it waits for a product, whose holder may wait for another member of the sweep's."""
    # Given two members with a code and points that are due, one of whom a sale holds
    wanted = reward(unguarded, 30)
    paths = [member_with(unguarded, new_phone(8722 + number), 100) for number in range(2)]
    for path in paths:
        made(unguarded.post(f"{path}/redemptions", {"reward_id": wanted}))
    held_by_sale = "SELECT id FROM members WHERE id = %s FOR NO KEY UPDATE"
    later = clock.now() + timedelta(days=400)

    def swept() -> int:
        with committed.app_context(), transaction(UUID(unguarded.store_id), actor="sweep"):
            return len(step(later))

    # When the sweep comes, and comes again when the sale is over
    with closing(psycopg2.connect(server.url("postgres", database))) as sale:
        rows(sale, held_by_sale, paths[0].rpartition("/")[2])
        beside = swept()
        sale.rollback()
    afterwards = [swept() for _ in range(2)]

    # Then it does the other, and then the one who was busy
    assert (beside, afterwards) == (1, [1, 0])


def test_expire_without_the_lock_takes_twice(committed: Flask, unguarded: Shop, superuser: Any) -> None:
    # Given a member whose points are due
    drop_constraint(superuser, "point_lots", "ck_point_lots_remaining")
    path = member_with(unguarded, new_phone(8721), 100)
    rows(superuser, "UPDATE point_lots SET expires_at = now() - interval '1 second' RETURNING id")

    # When those that are due are looked for, and then end
    def look_then_expire(looked: Looked) -> None:
        ledger = unlocked(UUID(path.rpartition("/")[2]), clock.now())
        looked()
        ledger.account.expire()
        ledger.write()

    all_look_then_act(committed, unguarded, [look_then_expire] * TIMES)

    # Then they have ended as often as it was done
    assert held(superuser, path)[0] == 100 - 100 * TIMES
    assert broken_rules(committed, unguarded) == {"point_lot.remaining"}


def test_one_event_told_at_once_brings_points_once(web: Web, shop: Shop, books: Any) -> None:
    # Given a member's order with a link, beside sales at the counter
    phone = new_phone(8725)
    order = shop.sell(phone=phone, join=True)
    link = stripe.asked_link(shop, order)
    paid = stripe.event(shop, "checkout.session.completed", stripe.session(shop, order, link))

    # When Stripe tells of its payment twenty times at once
    told = [lambda: stripe.deliver(shop, paid)] * 20
    sales = [lambda: at_last(shop, shop.order(phone=phone, payment=CARD))] * 5
    answers = race([*told, *sales])  # type: ignore[list-item]

    # Then it has brought its points, once
    assert statuses(answers) == {200: 20, 201: 5}, [answer.text for answer in answers]
    assert made(shop.get(f"/orders/{order['id']}"))["points"] == {"earned": 8, "redeemed": 0, "balance": 6 * 8}
    assert broken_rules(web.app, shop) == set()


# --- codes ----------------------------------------------------------------------------------------------------


def test_race_with_one_code_uses_it_once(web: Web, shop: Shop, books: Any) -> None:
    # Given a code of a member
    phone = new_phone(8730)
    path = member_with(shop, phone, 30)
    code = made(shop.post(f"{path}/redemptions", {"reward_id": reward(shop, 30)}))["coupon"]["code"]

    # When thirty orders use it at once
    answers = race([lambda: at_last(shop, shop.order(phone=phone, coupon=code))] * 30)

    # Then one has it
    assert statuses(answers) == {201: 1, 422: 29}
    assert problems(answers, 422) == {"/problems/code-used"}
    assert orders_of(books, phone) == 1
    assert broken_rules(web.app, shop) == set()


def test_look_at_the_code_first_uses_it_twice(committed: Flask, unguarded: Shop, superuser: Any) -> None:
    # Given a code, and an open order for each who uses it
    phone = new_phone(8731)
    path = member_with(unguarded, phone, 30)
    code = made(unguarded.post(f"{path}/redemptions", {"reward_id": reward(unguarded, 30)}))["coupon"]["code"]
    open_orders = [UUID(unguarded.sell(phone=phone)["id"]) for _ in range(TIMES)]

    # When the code is looked at and then noted as used, without the condition in the UPDATE
    def use(order_id: UUID) -> Callable[[Looked], bool]:
        def look_then_use(looked: Looked) -> bool:
            found, bill = spending.by_code(code, clock.now()), bills.read(orders.locked(order_id))
            looked()
            assert found
            this = Redemption.id == found.redemption_id
            db.session.execute(update(Redemption).where(this).values(order_id=order_id))
            bills.write(replace(bill, discounts=tuple(rewards.discounts([found], bill.goods))), clock.now())
            return True

        return look_then_use

    used = all_look_then_act(committed, unguarded, [use(order_id) for order_id in open_orders])

    # Then all orders are cheaper, and the audit sees it
    assert used == [True] * TIMES
    assert broken_rules(committed, unguarded) == {"redemption.discount"}


# --- two members become one -----------------------------------------------------------------------------------


def test_merge_while_both_buy_and_spend_loses_no_point(web: Web, shop: Shop, books: Any) -> None:
    # Given two members with points
    phones = [new_phone(8740), new_phone(8741)]
    paths = [member_with(shop, phone, 100) for phone in phones]
    wanted = reward(shop, 30)

    # When both buy and spend, while one's points go over to the other
    def merge() -> None:
        left, heir = (UUID(path.rpartition("/")[2]) for path in paths)
        with web.app.app_context(), transaction(UUID(shop.store_id), actor="test"):
            customers = sorted(find(Member, member).customer_id for member in (left, heir))
            for customer_id in customers:
                find(Customer, customer_id, lock=True)
            heirs.merge(left, heir, clock.now())

    sales = [lambda phone=phone: at_last(shop, shop.order(phone=phone, payment=CARD)) for phone in phones * 10]
    spends = [lambda path=path: by_code(shop, path, "", wanted) for path in paths * 3]
    answers = race([*sales, *spends, merge])  # type: ignore[list-item]

    # Then the heir has all that was earned and not spent
    spent = statuses(answers[20:-1])[201]
    assert statuses(answers[:20]) == {201: 20}, [answer.text for answer in answers[:20]]
    assert balance(shop, paths[0]) == balance(shop, paths[1]) == 200 + 20 * 8 - spent * 30
    assert held(books, paths[0]) == (0, 0)
    assert broken_rules(web.app, shop) == set()


# --- the programme --------------------------------------------------------------------------------------------


def test_race_of_two_programmes_lets_one_win(web: Web, other_shop: Shop, books: Any) -> None:
    # Given the programme as two owners see it
    seen = other_shop.get("/loyalty/program")
    rules, headers = made(seen)["rules"], {"If-Match": seen.headers["ETag"]}

    # When both set it, and eight others
    answers = race(
        [
            lambda days=days: other_shop.request(
                "PUT", "/loyalty/program", as_="owner", headers=headers, json={"rules": rules | {"joining_days": days}}
            )
            for days in range(10)
        ]
    )

    # Then one of them is in force, and the others are told that somebody was faster
    assert statuses(answers) == {200: 1, 412: 9}
    assert problems(answers, 412) == {"/problems/stale-version"}
    [winner] = [answer for answer in answers if answer.status_code == 200]
    assert made(other_shop.get("/loyalty/program"))["rules"] == winner.json["rules"]
    assert value(books, "SELECT count(*) FROM programs WHERE store_id = %s", other_shop.store_id) == 1
