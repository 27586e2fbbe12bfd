"""Rollups: what makes their days be counted again, clocks that are changed, processes that are killed, and several at once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from pos.analytics.reports.catalogue import report
from pos.analytics.reports.shape import Asked
from pos.analytics.rollups import building, changed, flows
from pos.analytics.rollups.proofs import PROOFS
from pos.analytics.rollups.spans import Span, period_of, spans_of
from pos.db import db, transaction
from pos.proofs import run
from tests.analytics.books import Sold, World, plant, world
from tests.client import Shop

MARCH, MAY, JUNE = (datetime(2026, month, 10, 12, tzinfo=UTC) for month in (3, 5, 6))
YEAR = date(2026, 1, 1), date(2026, 12, 31)


@pytest.fixture
def books(shop: Shop) -> World:
    return world(shop)


def sold(at: datetime, person: int = 0, **changes: Any) -> Sold:
    plain: dict[str, Any] = {
        "placed_at": at,
        "place": 0,
        "person": person,
        "amounts": (1_000, 0, 0, 0, 0, 0),
        "quantity": 1,
        "status": "completed",
        "has_register": True,
        "has_person": True,
        "is_old": True,
        "paid_after": (),
        "refunded_after": None,
        "points": 0,
    }
    return Sold(**plain | changes)


def kept(books: World) -> int:
    return flows.keep(UUID(books.shop.store_id))


def aged(books: World) -> None:
    """As if all that was written until now had been written long before the sums were made."""
    with transaction(UUID(books.shop.store_id)) as session:
        for table in ("orders", "payments", "refunds", "customers"):
            session.execute(
                text(f"UPDATE {table} SET updated_at = updated_at - interval '3 hours' WHERE store_id = :store"),
                store(books),
            )


def store(books: World) -> dict[str, str]:
    return {"store": books.shop.store_id}


def told(books: World, name: str, by: str) -> list[dict[str, Any]]:
    with transaction(UUID(books.shop.store_id)):
        return list(report(name, Asked(by, *YEAR)).data)


def dirty(books: World) -> dict[str, list[Span]]:
    with transaction(UUID(books.shop.store_id)):
        return {subject: spans for subject, spans in changed.between(*YEAR).spans.items() if spans}


def test_days_that_have_not_changed_are_not_made_again(books: World) -> None:
    plant(books, [sold(MARCH), sold(MAY), sold(JUNE)])
    assert kept(books) > 0
    aged(books)
    kept(books)

    assert dirty(books) == {}
    assert kept(books) == 0


def test_report_reads_the_sums_and_not_the_books_on_days_that_have_not_changed(books: World) -> None:
    plant(books, [sold(MARCH), sold(MAY)])
    kept(books)
    aged(books)
    kept(books)
    with transaction(UUID(books.shop.store_id)) as session:
        session.execute(
            text("UPDATE sales_by_hour SET orders = 41 WHERE store_id = :store AND day = '2026-03-10'"), store(books)
        )

    orders = {row["month"]: row["orders"] for row in told(books, "sales", "month")}

    assert (orders[date(2026, 3, 1)], orders[date(2026, 5, 1)]) == (41, 1)


def test_order_that_changes_makes_its_day_be_counted_from_the_books(books: World) -> None:
    plant(books, [sold(MARCH), sold(MAY)])
    kept(books)
    aged(books)
    kept(books)
    with transaction(UUID(books.shop.store_id)) as session:
        session.execute(
            text(
                "UPDATE orders SET tip = 77, total = total + 77, updated_at = clock_timestamp() WHERE store_id = :store AND placed_at = :at"
            ),
            {**store(books), "at": MAY},
        )

    tips = {row["month"]: row["tips"] for row in told(books, "sales", "month")}

    assert tips == {date(2026, 3, 1): 0, date(2026, 5, 1): 77} | {
        month: 0 for month in tips if month.month not in (3, 5)
    }
    assert [span.first_on for span in dirty(books)["sold"]] == [date(2026, 5, 10)]


def test_first_order_that_is_canceled_moves_the_cohort_of_all_later_ones(books: World) -> None:
    plant(books, [sold(MARCH), sold(MAY), sold(JUNE)])
    kept(books)
    aged(books)
    kept(books)
    with transaction(UUID(books.shop.store_id)) as session:
        values = {**store(books), "at": MARCH, "next": MAY, "person": str(books.people[0])}
        session.execute(
            text(
                "UPDATE orders SET status = 'canceled', canceled_at = now(), completed_at = NULL, updated_at = clock_timestamp() WHERE store_id = :store AND placed_at = :at"
            ),
            values,
        )
        session.execute(
            text(
                "UPDATE customers SET first_order_at = :next, updated_at = clock_timestamp() WHERE store_id = :store AND id = CAST(:person AS uuid)"
            ),
            values,
        )

    before = {(row["cohort"].month, row["month"].month) for row in told(books, "customers", "cohort")}
    kept(books)
    aged(books)
    kept(books)
    after = {(row["cohort"].month, row["month"].month) for row in told(books, "customers", "cohort")}

    assert before == after == {(5, 5), (5, 6)}
    assert dirty(books) == {}
    assert proved(books) == []


def test_place_whose_clock_is_changed_is_told_by_the_new_one(books: World) -> None:
    plant(books, [sold(datetime(2026, 3, 10, 3, tzinfo=UTC))])
    kept(books)
    aged(books)
    kept(books)
    assert [row["day"] for row in told(books, "sales", "day") if row["day"].month == 3] == [date(2026, 3, 9)]

    with transaction(UUID(books.shop.store_id)) as session:
        session.execute(
            text("UPDATE locations SET timezone = 'Asia/Tokyo' WHERE store_id = :store AND id = CAST(:place AS uuid)"),
            {**store(books), "place": str(books.places[0])},
        )

    assert [row["day"] for row in told(books, "sales", "day") if row["day"].month == 3] == [date(2026, 3, 10)]
    kept(books)
    assert [row["day"] for row in told(books, "sales", "day") if row["day"].month == 3] == [date(2026, 3, 10)]
    assert proved(books) == []


def test_piece_that_was_found_by_a_clock_of_before_is_left_alone(books: World) -> None:
    """One run finds its work, the clock is changed, another run makes all of it, and the first goes on and is killed before its end."""
    plant(books, [sold(datetime(2026, 3, 10, 3, tzinfo=UTC))])
    with transaction(UUID(books.shop.store_id)):
        slow = building.find()
    with transaction(UUID(books.shop.store_id)) as session:
        session.execute(
            text("UPDATE locations SET timezone = 'Asia/Tokyo' WHERE store_id = :store AND id = CAST(:place AS uuid)"),
            {**store(books), "place": str(books.places[0])},
        )
    kept(books)
    for rollup, span in slow.pieces():
        with transaction(UUID(books.shop.store_id)):
            building.make(rollup, span)
    aged(books)
    kept(books)

    assert [row["day"] for row in told(books, "sales", "day") if row["day"].month == 3] == [date(2026, 3, 10)]
    assert proved(books) == []


def test_one_members_debt_pays_nobody_elses_points(books: World) -> None:
    plant(books, [sold(MARCH, points=50), sold(MAY, person=1, points=-40)])
    with transaction(UUID(books.shop.store_id)) as session:
        session.execute(
            text("UPDATE members SET debt = 40, balance = -40 WHERE store_id = :store AND id = CAST(:member AS uuid)"),
            {**store(books), "member": str(books.members[1])},
        )

    with transaction(UUID(books.shop.store_id)):
        totals = report("loyalty", Asked("day", *YEAR)).totals

    assert (totals["outstanding"], totals["debt"], totals["balance_at_end"]) == (50, 40, 10)


def test_sums_that_were_half_made_are_not_believed(books: World) -> None:
    """As a process leaves them that is killed between two pieces."""
    plant(books, [sold(MARCH), sold(MAY)])
    with transaction(UUID(books.shop.store_id)):
        work = building.find()
    for rollup, span in list(work.pieces())[:3]:
        with transaction(UUID(books.shop.store_id)):
            building.make(rollup, span)

    assert sum(row["orders"] for row in told(books, "sales", "month") if row["month"].month in (3, 5)) == 2
    kept(books)
    assert sum(row["orders"] for row in told(books, "sales", "month") if row["month"].month in (3, 5)) == 2
    assert proved(books) == []


def test_sums_may_be_made_by_several_at_once(committed: Flask, shops: list[dict[str, Any]]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with committed.app_context():
        shop = Shop(committed.test_client(), **shops[0])
        for _ in range(3):
            shop.sell(payment={"method": "card"}, join=True)

    def keep(_: int) -> None:
        with committed.app_context():
            flows.keep(UUID(shop.store_id), anew=True)
            db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(keep, range(8)))

    with committed.app_context(), transaction(UUID(shop.store_id)) as session:
        # Only the sums are asked, as if nothing had changed for hours.
        session.execute(
            text("UPDATE rollup_states SET through = through + interval '2 hours' WHERE store_id = :store"),
            {"store": shop.store_id},
        )
        assert run(PROOFS) == []
        assert (
            session.scalar(
                text("SELECT sum(orders) FROM sales_by_hour WHERE store_id = :store"), {"store": shop.store_id}
            )
            == 3
        )


def proved(books: World) -> list[Any]:
    with transaction(UUID(books.shop.store_id)):
        return run(PROOFS)


@pytest.mark.parametrize(
    ("day", "period", "whole"),
    [
        (date(2026, 11, 22), "week", (date(2026, 11, 16), date(2026, 11, 22))),
        (date(2026, 2, 28), "month", (date(2026, 2, 1), date(2026, 2, 28))),
        (date(2028, 2, 1), "month", (date(2028, 2, 1), date(2028, 2, 29))),
        (date(2026, 12, 31), "month", (date(2026, 12, 1), date(2026, 12, 31))),
        (date(2026, 12, 31), "day", (date(2026, 12, 31), date(2026, 12, 31))),
    ],
)
def test_period_of_a_day_is_whole(day: date, period: str, whole: tuple[date, date]) -> None:
    assert period_of(day, period) == whole


def test_days_become_as_few_spans_as_hold_them() -> None:
    days = [date(2026, 3, 3), date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 9)]

    spans = spans_of(None, "UTC", days)

    assert [(span.first_on.day, span.last_on.day) for span in spans] == [(1, 3), (9, 9)]


@pytest.mark.parametrize(("zone", "hours"), [("America/New_York", 23), ("UTC", 24), ("America/Havana", 23)])
def test_day_on_which_clocks_go_forward_is_shorter(zone: str, hours: int) -> None:
    span = Span(None, zone, date(2026, 3, 8), date(2026, 3, 8))

    assert span.ends.astimezone(UTC) - span.begins.astimezone(UTC) == timedelta(hours=hours)
