"""Reports say what plain SQL over the books says: before the sums are made, after, and when the books change later; also in the hours in
which clocks change. More books at random: REPORT_EXAMPLES=50."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from pos.analytics.reports.catalogue import REPORTS, report
from pos.analytics.reports.shape import Asked
from pos.analytics.rollups import flows
from pos.analytics.rollups.proofs import PROOFS
from pos.db import db, transaction
from pos.proofs import run
from tests.analytics.books import Sold, World, orders, plant, world
from tests.client import Shop

FIRST, LAST = date(2026, 2, 1), date(2026, 12, 31)
# By the calendar of each order's place, and of the store; written here once more, without any of the sums.
ORDERS = """(SELECT o.*, o.placed_at AT TIME ZONE l.timezone AS local, o.placed_at AT TIME ZONE s.timezone AS at_store,
                    o.subtotal - o.discount - CASE WHEN o.tax_included THEN o.tax ELSE 0 END AS net
               FROM orders o JOIN locations l ON l.id = o.location_id JOIN stores s ON s.id = o.store_id
              WHERE o.store_id = :store AND o.status <> 'canceled' AND (o.placed_at AT TIME ZONE l.timezone)::date BETWEEN :first AND :last)"""
MONEY = """(SELECT m.*, l.id AS location_id, m.created_at AT TIME ZONE l.timezone AS local
              FROM (SELECT order_id, created_at, method, amount AS paid, 0 AS refunded FROM payments WHERE store_id = :store AND status = 'succeeded'
                    UNION ALL
                    SELECT r.order_id, r.created_at, p.method, 0, r.amount FROM refunds r JOIN payments p ON p.id = r.payment_id
                     WHERE r.store_id = :store AND r.status = 'succeeded') m
              JOIN orders o ON o.id = m.order_id JOIN locations l ON l.id = o.location_id
             WHERE (m.created_at AT TIME ZONE l.timezone)::date BETWEEN :first AND :last)"""
_SUMS = """count(*), sum(subtotal), sum(discount), sum(net), sum(shipping + fees - tax_in_charges), sum(tax + tax_in_charges), sum(tip), sum(total)"""
SOLD = ("orders", "gross", "discounts", "net", "charges", "tax", "tips", "total")
TIMES = {"day": "local::date", "week": "date_trunc('week', local)::date", "month": "date_trunc('month', local)::date"}
OF_SALES = {
    **TIMES,
    "hour": "to_char(date_trunc('hour', local), 'YYYY-MM-DD\"T\"HH24:MI')",
    "hour_of_day": "extract(hour FROM local)::int",
    "weekday": "extract(isodow FROM local)::int",
    "location_id": "location_id",
    "register_id": "register_id",
    "person_id": "user_id",
    "source": "source",
}
GOODS = f"""(SELECT l.*, o.local, l.total - CASE WHEN o.tax_included THEN l.tax ELSE 0 END AS net
               FROM order_lines l JOIN {ORDERS} o ON o.id = l.order_id WHERE l.voided_at IS NULL)"""
OF_GOODS = {
    **TIMES,
    "kind": "kind",
    "product_id": "product_id",
    "category_id": "(SELECT p.category_id FROM products p WHERE p.id = product_id)",
    "tax_class": "tax_class",
}
VISITED = """(SELECT o.customer_id, o.net, date_trunc(:period, o.at_store)::date AS starts_on, date_trunc(:period, c.first_order_at AT TIME ZONE s.timezone)::date AS first_on
                FROM (SELECT o.*, o.placed_at AT TIME ZONE s.timezone AS at_store,
                             o.subtotal - o.discount - CASE WHEN o.tax_included THEN o.tax ELSE 0 END AS net
                        FROM orders o JOIN stores s ON s.id = o.store_id WHERE o.store_id = :store AND o.status <> 'canceled') o
                JOIN customers c ON c.id = o.customer_id AND c.origin <> 'walk_in' JOIN stores s ON s.id = o.store_id)"""


@pytest.fixture
def books(shop: Shop) -> World:
    return world(shop)


@given(before=st.lists(orders, max_size=12), after=st.lists(orders, max_size=4))
@settings(
    max_examples=int(os.environ.get("REPORT_EXAMPLES", "5")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_every_report_is_what_the_books_say(books: World, before: list[Sold], after: list[Sold]) -> None:
    with taken_back():
        plant(books, before)
        require_equal(books)

        written = flows.keep(UUID(books.shop.store_id))
        assert written > 0
        require_equal(books)

        plant(books, [later(each) for each in after])
        require_equal(books)
        _give_back(books)
        require_equal(books)

        flows.keep(UUID(books.shop.store_id))
        require_equal(books)
        assert broken(books) == []


def later(sold: Sold) -> Sold:
    """An order that is written after the sums were made."""
    return Sold(**{**sold.__dict__, "is_old": False})


def require_equal(books: World) -> None:
    for by, key in OF_SALES.items():
        name = by.removesuffix("_id") if by != "hour_of_day" else by
        told = {row[by]: tuple(row[each] for each in SOLD) for row in _data("sales", name, books) if row["orders"]}
        assert told == _asked(books, f"SELECT {key}, {_SUMS} FROM {ORDERS} o GROUP BY 1"), by
    for by, key in OF_GOODS.items():
        name = {"tax_class": "tax", "product_id": "product", "category_id": "category"}.get(by, by)
        found = _data("sales" if name == "tax" else "products", name, books)
        assert _added(found, by, ("quantity", "gross", "discounts", "net", "tax")) == _asked(
            books,
            f"SELECT {key}, sum(quantity), sum(subtotal), sum(discount), sum(net), sum(tax) FROM {GOODS} g GROUP BY 1",
        ), by
    _require_money(books)
    _require_people(books)
    _require_points(books)


def _require_money(books: World) -> None:
    for by, key in {**TIMES, "location_id": "location_id"}.items():
        told = {row[by]: (row["taken"], row["refunds"]) for row in _data("sales", by.removesuffix("_id"), books)}
        said = _asked(books, f"SELECT {key}, sum(paid - refunded), sum(refunded) FROM {MONEY} m GROUP BY 1")
        assert {key: sums for key, sums in told.items() if any(sums)} == {
            key: sums for key, sums in said.items() if any(sums)
        }
    methods = {row["payment_method"]: (row["paid"], row["refunds"]) for row in _data("sales", "payment_method", books)}
    assert methods == _asked(books, f"SELECT method, sum(paid), sum(refunded) FROM {MONEY} m GROUP BY 1")
    off = sum(row["amount"] for row in _data("sales", "discount", books))
    assert {None: (off,)} == _asked(books, f"SELECT NULL, coalesce(sum(discount), 0) FROM {ORDERS} o")


def _require_people(books: World) -> None:
    for period in ("day", "week", "month"):
        told = {
            row[period]: (row["active"], row["new"], row["orders"], row["net"])
            for row in _data("customers", period, books)
        }
        said = f"""SELECT starts_on, count(DISTINCT customer_id), count(DISTINCT customer_id) FILTER (WHERE first_on = starts_on), count(*), sum(net)
                     FROM {VISITED} v WHERE starts_on BETWEEN date_trunc(:period, :first ::date)::date AND :last GROUP BY 1"""
        assert told == _asked(books, said, period=period), period
    cohorts = {
        (row["cohort"], row["month"]): (row["customers"], row["orders"], row["net"])
        for row in _data("customers", "cohort", books)
    }
    said = f"SELECT first_on, starts_on, count(DISTINCT customer_id), count(*), sum(net) FROM {VISITED} v GROUP BY 1, 2"
    assert cohorts == {(row[0], row[1]): tuple(map(int, row[2:])) for row in _rows(books, said, period="month")}


def _require_points(books: World) -> None:
    entries = """(SELECT e.*, e.occurred_at AT TIME ZONE s.timezone AS local FROM point_entries e JOIN stores s ON s.id = e.store_id
                   WHERE e.store_id = :store AND (e.occurred_at AT TIME ZONE s.timezone)::date BETWEEN :first AND :last)"""
    for by, key in TIMES.items():
        told = {row[by]: (row["change"],) for row in _data("loyalty", by, books)}
        assert told == _asked(books, f"SELECT {key}, sum(points) FROM {entries} e GROUP BY 1")
    with _looking(books):
        totals = report("loyalty", Asked("type", FIRST, LAST)).totals
        held = db.session.scalar(
            text("SELECT coalesce(sum(points), 0) FROM point_entries WHERE store_id = :store"),
            {"store": books.shop.store_id},
        )
    assert totals["outstanding"] == totals["balance_at_end"] == held


@contextmanager
def taken_back() -> Iterator[None]:
    """What is written within it is gone afterwards: each example has the same books to begin with."""
    savepoint = db.engine.begin_nested()  # type: ignore[attr-defined]
    try:
        yield
    finally:
        db.session.remove()
        savepoint.rollback()


def broken(books: World) -> list[Any]:
    with _looking(books):
        return run(PROOFS)


def _looking(books: World) -> Any:
    return transaction(UUID(books.shop.store_id))


def _data(name: str, by: str, books: World) -> list[dict[str, Any]]:
    assert by in REPORTS[name].by
    # An hour's report is of two months at most: what lies there is asked for in parts.
    if by == "hour":
        months = [date(2026, month, 1) for month in range(2, 13)]
        parts = [(month, min(LAST, date(2026 + month.month // 12, month.month % 12 + 1, 1))) for month in months]
        rows = {}
        for first, last in parts:
            with _looking(books):
                rows |= {row["hour"]: row for row in report(name, Asked(by, first, last)).data}
        return list(rows.values())
    with _looking(books):
        return list(report(name, Asked(by, FIRST, LAST)).data)


def _rows(books: World, statement: str, **values: Any) -> list[Any]:
    asked = {"store": books.shop.store_id, "first": FIRST, "last": LAST, **values}
    with _looking(books) as session:
        return list(session.execute(text(statement), asked).all())


def _asked(books: World, statement: str, **values: Any) -> dict[Any, tuple[int, ...]]:
    return {row[0]: tuple(map(int, row[1:])) for row in _rows(books, statement, **values)}


def _added(rows: list[dict[str, Any]], by: str, names: tuple[str, ...]) -> dict[Any, tuple[int, ...]]:
    """The rows by one of their columns, which may be a part of what they are told by."""
    found: dict[Any, tuple[int, ...]] = {}
    for row in rows:
        if row[by] != "charges":
            sums = tuple(row[name] for name in names)
            found[row[by]] = tuple(map(sum, zip(found.get(row[by], (0,) * len(names)), sums, strict=True)))
    return found


def _give_back(books: World) -> None:
    """Old books change: one order is canceled, a line voided, an order moves to somebody else."""
    with _looking(books) as session:
        session.execute(
            text("""UPDATE orders SET status = 'canceled', canceled_at = placed_at, completed_at = NULL, updated_at = clock_timestamp() WHERE store_id = :store
                      AND id = (SELECT id FROM orders WHERE store_id = :store AND status <> 'canceled' AND placed_at < '2026-12-01' ORDER BY placed_at LIMIT 1)"""),
            {"store": books.shop.store_id},
        )
        session.execute(
            text("""UPDATE customers c SET first_order_at = f.at, updated_at = clock_timestamp()
                      FROM (SELECT customer_id, min(placed_at) FILTER (WHERE status <> 'canceled') AS at FROM orders WHERE store_id = :store GROUP BY 1) f
                     WHERE c.store_id = :store AND c.id = f.customer_id"""),
            {"store": books.shop.store_id},
        )
