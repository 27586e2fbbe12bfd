"""Rows of older systems, written many at a time as the counter would have written them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from pos import clock, ids
from pos.db import transaction
from pos.legacy.books import Books, Goods, OldOrder, Person
from tests.checkout.counter import books as broken
from tests.checkout.counter import done, pay, refund
from tests.client import Shop
from tests.legacy.importing import RAW, count, course, customer, orders, rows, whole_orders

THEN = datetime(2024, 3, 1, 12, tzinfo=UTC)
NUMBER = "+14155550132"


@contextmanager
def writing(shop: Shop) -> Iterator[Books]:
    """Books whose rows are written at the end of a transaction."""
    house = course(shop).house(clock.now())
    with transaction(UUID(shop.store_id), actor="import"):
        books = Books(house)
        yield books
        books.write()


def old_order(customer_id: UUID, *goods: Goods, **about: Any) -> OldOrder:
    lines = goods or (Goods("Tent", "T1", 2, 350),)
    facts = {"member_id": None, "placed_at": THEN, "total": sum(each.subtotal for each in lines)}
    return OldOrder(customer_id, goods=lines, **facts | about)


def write_order(books: Books, order: OldOrder) -> None:
    """An order with its old id, as the audit wants it."""
    order_id = books.order(order)
    books.source_id("legacy", "order", str(order_id), customer_id=order.customer_id, order_id=order_id)


def test_order_of_many_lines_shares_what_is_missing_by_largest_remainder(shop: Shop) -> None:
    goods = [Goods("Tent", "T1", 1, 100), Goods("Rope", "R1", 2, 50), Goods("IPA", "IPA", 1, 100, "food")]

    with writing(shop) as books:
        write_order(books, old_order(books.customer(Person("Ada", NUMBER)), *goods, total=200))

    (order,) = whole_orders(shop, customer(shop))
    assert [(line["total"], line["discount"]) for line in order["lines"]] == [(66, 34), (67, 33), (67, 33)]
    assert (order["kind"], order["subtotal"], order["discount"], order["total"]) == ("mixed", 300, 100, 200)
    assert [(each["name"], each["off"]) for each in order["discounts"]] == [("As recorded", 100)]
    assert broken(shop) == []


def test_orders_count_by_their_status(shop: Shop) -> None:
    with writing(shop) as books:
        ada = books.customer(Person("Ada", NUMBER))
        write_order(books, old_order(ada, placed_at=THEN - timedelta(days=9), status="canceled"))
        write_order(books, old_order(ada, placed_at=THEN - timedelta(days=2), status="open"))
        write_order(books, old_order(ada, note="By the door"))

    known = customer(shop)
    assert (known["order_count"], known["total_spent"]) == (2, 700)
    assert (known["first_order_at"], known["last_order_at"]) == ("2024-02-28T12:00:00Z", "2024-03-01T12:00:00Z")
    completed, opened, canceled = whole_orders(shop, known)
    assert (completed["status"], completed["amount_due"], completed["note"]) == ("completed", 0, "By the door")
    assert (opened["status"], opened["payment_status"], opened["amount_due"]) == ("open", "unpaid", 700)
    assert (canceled["status"], canceled["cancel_reason"], canceled["payments"]) == ("canceled", "As recorded", [])
    assert broken(shop) == []

    done(pay(shop, opened), 201)
    done(refund(shop, completed, amount=100), 201)
    assert customer(shop)["total_spent"] == 1300
    assert broken(shop) == []


def test_figures_add_to_those_of_the_counter(shop: Shop) -> None:
    sold = shop.sell(payment={"method": "card"})

    for _ in range(2):
        with writing(shop) as books:
            write_order(books, old_order(UUID(sold["customer"]["id"])))

    known = customer(shop)
    assert (known["order_count"], known["total_spent"], known["first_order_at"][:4]) == (3, 866 + 1400, "2024")
    assert known["last_order_at"][:10] == sold["placed_at"][:10]
    assert broken(shop) == []


def test_source_ids_keep_the_number_where_there_is_one(shop: Shop) -> None:
    told = ["7", "007", "x7", "٧", "-7", "9" * 18, "9" * 19]

    with writing(shop) as books:
        ada = books.customer(Person("Ada", NUMBER))
        for external_id in told:
            books.source_id("legacy", "customer", external_id, customer_id=ada, rule="new")

    kept = rows(shop, RAW.format(columns="external_id, number", table="source_ids") + " ORDER BY id")
    assert [number for _, number in kept] == [7, 7, None, None, -7, 10**18 - 1, None]
    assert [external_id for external_id, _ in kept] == told


def test_source_id_stands_for_one_row(shop: Shop) -> None:
    def keep() -> None:
        with writing(shop) as books:
            books.source_id("legacy", "customer", "7", customer_id=books.customer(Person("Ada", None)), rule="new")

    keep()
    with pytest.raises(IntegrityError):
        keep()

    assert count(shop, "customers") == 1


def test_references_are_those_that_no_order_has(shop: Shop) -> None:
    with writing(shop) as books:
        ada = books.customer(Person("Ada", NUMBER))
        for number in range(30):
            write_order(books, old_order(ada, placed_at=THEN + timedelta(days=number)))

    references = {each["reference"] for each in orders(shop, customer(shop))}
    assert len(references) == min(30, len(orders(shop, customer(shop))))
    assert all(len(each) == ids.REFERENCE_LENGTH for each in references)


def test_items_name_ids_and_figures(shop: Shop) -> None:
    with writing(shop) as books:
        books.look_at("unusable_phone", f"customers:{books.customer(Person('Ada', None))}", was_told=False)

    (item,) = done(shop.get("/attention-items", as_="owner"))["data"]
    assert (item["kind"], item["detail"]) == ("unusable_phone", {"was_told": False})


def test_write_of_nothing_writes_nothing(shop: Shop) -> None:
    with writing(shop):
        pass

    assert count(shop, "customers") == 0
