"""Reports over HTTP: what may be asked, how it is answered, and how wrong questions are refused."""

import csv
import io
from typing import Any

import pytest

from pos.analytics.reports.catalogue import REPORTS
from tests.checkout.counter import done
from tests.client import Shop
from tests.refusals import slug_of

EVERY = [(name, by) for name, kind in REPORTS.items() for by in kind.by]


@pytest.mark.parametrize(("name", "by"), EVERY)
def test_report_is_told_by_each_of_its_figures(shop: Shop, name: str, by: str) -> None:
    shop.sell(payment={"method": "card"}, join=True, tip=100)

    told = done(shop.get(f"/reports/{name}?by={by}", as_="owner"))

    assert told["report"] == name
    assert told["currency"] == "USD"
    names = [column["name"] for column in told["columns"]]
    assert all(list(row) == names or set(row) == set(names) for row in told["data"])


def test_sale_is_in_the_report_at_once(shop: Shop) -> None:
    order = shop.sell(tip=100, payment={"method": "cash", "tendered": 2000})

    told = done(shop.get("/reports/sales", as_="owner"))

    [row] = told["data"]
    assert (row["orders"], row["gross"], row["tax"], row["tips"], row["total"]) == (
        1,
        800,
        order["tax"],
        100,
        order["total"],
    )
    assert row["net"] + row["charges"] + row["tax"] + row["tips"] == row["total"]
    assert (row["taken"], row["refunds"], row["average"]) == (order["total"], 0, order["total"])
    assert told["totals"]["taken"] == order["total"]


def test_report_as_csv_has_the_rows_of_the_json(shop: Shop) -> None:
    shop.sell(items=[{"sku": "IPA", "quantity": 2}, {"sku": "TEE-BLK-M", "quantity": 1}])
    told = done(shop.get("/reports/products?by=product", as_="owner"))

    answer = shop.get("/reports/products?by=product&format=csv", as_="owner")

    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert answer.mimetype == "text/csv"
    assert [(row["product"], row["quantity"], row["net"]) for row in rows] == [
        (row["product"], str(row["quantity"]), str(row["net"])) for row in told["data"]
    ]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("from=2026-13-01", "/from"),
        ("from=yesterday", "/from"),
        ("from=2026-11-02&to=2026-11-01", "/from"),
        ("from=1999-01-01&to=2026-11-01", "/from"),
        ("to=0275-12-07", "/to"),
        ("from=2001-01-01&to=2026-11-01", "/from"),
        ("by=hour&from=2026-01-01&to=2026-11-01", "/from"),
        ("by=moon", "/by"),
        ("by=product&user_id=01a20446-abe0-7cc1-a496-53664269c35f", "/user_id"),
        ("location_id=here", "/location_id"),
        ("limit=3", "/limit"),
        ("format=pdf", "/format"),
    ],
)
def test_wrong_question_is_refused_at_its_field(shop: Shop, query: str, pointer: str) -> None:
    answer = shop.get(f"/reports/sales?{query}", as_="owner")

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [pointer]


def test_unknown_report_is_not_found(shop: Shop) -> None:
    assert slug_of(shop.get("/reports/weather", as_="owner")) == (404, "not-found")


def test_report_of_a_person_counts_what_they_sold(shop: Shop) -> None:
    shop.sell(payment={"method": "card"})

    told: dict[str, Any] = done(shop.get("/reports/sales?by=person", as_="owner"))

    assert [(row["person_id"], row["person"], row["orders"]) for row in told["data"]] == [(None, None, 1)]


def test_canceled_order_counts_nowhere(shop: Shop) -> None:
    order = shop.sell()
    done(shop.post(f"/orders/{order['id']}/cancel", {"reason": "spilt"}))

    assert done(shop.get("/reports/sales", as_="owner"))["data"] == []
