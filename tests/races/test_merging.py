"""Races between merges, and of a merge with sales on both numbers. Twins do the same without the locks."""

from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from pos.customers.models import Customer
from pos.db import current_store, db
from pos.orders.models import Order
from tests.client import Shop
from tests.races.conftest import Web
from tests.races.test_races import CARD, at_last, new_phone, statuses
from tests.races.twins import Looked, all_look_then_act, broken_rules
from tests.running import race, value

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("races")]


def known(shop: Shop, phone: str) -> str:
    return str(shop.sell(phone=phone, join=True, payment=CARD)["customer"]["id"])


def merge(shop: Shop, kept: str, duplicate: str) -> Any:
    return shop.post(f"/customers/{kept}/merge", {"duplicate_id": duplicate}, as_="owner")


def left_with(books: Any, customer_id: str) -> tuple[int, int]:
    """The orders and the points that a row still has."""
    points = "SELECT coalesce(sum(balance), 0) FROM members WHERE customer_id = %s"
    orders = value(books, "SELECT count(*) FROM orders WHERE customer_id = %s", customer_id)
    return int(orders), int(value(books, points, customer_id))


def test_race_of_sales_with_a_merge_and_its_undo_loses_nothing(web: Web, shop: Shop, books: Any) -> None:
    # Given two members
    phones = [new_phone(8800), new_phone(8801)]
    kept, duplicate = (known(shop, phone) for phone in phones)

    # When sales come on both numbers, and texts are written, while the two are made one, and then while they are made two again
    sales = [lambda phone=phone: at_last(shop, shop.order(phone=phone, payment=CARD)) for phone in phones * 8]
    *sold, merged = race([*sales, lambda: at_last_merged(shop, kept, duplicate)])
    between = left_with(books, duplicate)
    *sold_since, undone = race([*sales, lambda: shop.post(f"/merges/{merged.json['id']}/undo", as_="owner")])

    # Then no order is with a row that leads elsewhere, and every order has brought its points, once
    assert statuses([*sold, *sold_since]) == {201: 32}, [answer.text for answer in [*sold, *sold_since]]
    assert (merged.status_code, undone.status_code) == (201, 200), (merged.text, undone.text)
    assert between == (0, 0)
    both = [left_with(books, row) for row in (kept, duplicate)]
    assert [sum(figures) for figures in zip(*both, strict=True)] == [34, 34 * 8]
    assert broken_rules(web.app, shop) == set()


def at_last_merged(shop: Shop, kept: str, duplicate: str) -> Any:
    answer = merge(shop, kept, duplicate)
    return answer if answer.status_code != 503 else at_last_merged(shop, kept, duplicate)


def test_race_of_merges_in_all_directions_leads_to_one(web: Web, shop: Shop, books: Any) -> None:
    # Given three rows of one person
    people = [known(shop, new_phone(8810 + number)) for number in range(3)]

    # When each is merged into each other at once, several times
    pairs = [(kept, duplicate) for kept in people for duplicate in people if kept != duplicate] * 3
    answers = race([lambda pair=pair: merge(shop, *pair) for pair in pairs])

    # Then two merges are made, the others are told so, and one row has all
    assert statuses(answers) == {201: 2, 409: 16}, [answer.text for answer in answers]
    assert sorted(left_with(books, row) for row in people) == [(0, 0), (0, 0), (3, 24)]
    assert broken_rules(web.app, shop) == set()


def test_merge_without_the_locks_leaves_a_sale_behind(committed: Flask, unguarded: Shop, superuser: Any) -> None:
    # Given two customers, and a tab of somebody else's that goes to the second one
    kept, duplicate, other = (
        UUID(unguarded.sell(phone=new_phone(number))["customer"]["id"]) for number in (8820, 8821, 8822)
    )

    # When the orders are looked at and then moved without the customers' locks, while the tab comes
    def look_then_merge(looked: Looked) -> None:
        theirs = list(
            db.session.scalars(
                select(Order.id).where(Order.store_id == current_store(), Order.customer_id == duplicate)
            )
        )
        looked()
        db.session.execute(
            update(Order).where(Order.store_id == current_store(), Order.id.in_(theirs)).values(customer_id=kept)
        )
        merged = update(Customer).where(Customer.store_id == current_store(), Customer.id == duplicate)
        db.session.execute(merged.values(merged_into_id=kept))

    def look_then_move(looked: Looked) -> None:
        looked()
        moved = update(Order).where(Order.store_id == current_store(), Order.customer_id == other)
        db.session.execute(moved.values(customer_id=duplicate))

    all_look_then_act(committed, unguarded, [look_then_merge, look_then_move])

    # Then an order is with a row that leads elsewhere, which the audit sees
    assert left_with(superuser, str(duplicate))[0] == 1
    assert "customer.merged_empty" in broken_rules(committed, unguarded)
