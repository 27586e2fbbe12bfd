"""Reports in the office: the figures of the API in people's words, each with a picture that obeys the rules of pictures."""

import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from pos import clock
from pos.analytics.charts import drawing
from pos.analytics.reports.catalogue import REPORTS
from pos.web.office.reports.ranges import ranges
from pos.web.office.reports.words import TITLES
from pos.web.office.writing import Writing
from tests.checkout.counter import done
from tests.client import Shop
from tests.office.desk import Desk, counted, desk

MOST_STATEMENTS = 10
USD = Writing("USD", "America/Los_Angeles", "US")
_KEPT = re.compile(r'<script type="application/json">(.*?)</script>', re.DOTALL)


def _picture(at: Desk, path: str) -> dict[str, Any] | None:
    found = _KEPT.search(at.get(path).get_data(as_text=True))
    return json.loads(found[1]) if found else None


def _sold(shop: Shop) -> None:
    items = [{"sku": "IPA", "quantity": 2}, {"sku": "TEE-BLK-M", "quantity": 1}]
    shop.sell(items=items, tip=150, join=True, payment={"method": "card"})
    shop.sell(phone="4155550177", payment={"method": "cash"})


def test_sales_are_those_of_the_api_in_the_stores_currency(app: Flask, shop: Shop) -> None:
    _sold(shop)
    at = desk(app, shop, "manager")

    page = at.page("/reports/sales?by=day")
    told = done(shop.get("/reports/sales", as_="owner", query_string={"by": "day"}))

    totals = told["totals"]
    assert totals["orders"] == 2
    assert f"Net {USD.money(totals['net'])} Orders 2" in page.text
    for name in ("taken", "tips", "tax", "total"):
        assert USD.money(totals[name]) in page.text
    assert USD.day(date.fromisoformat(told["data"][-1]["day"])) in page.text


@pytest.mark.parametrize("name", REPORTS)
def test_each_report_by_all_that_it_is_told_by_has_words_a_picture_and_a_file(
    app: Flask, shop: Shop, name: str
) -> None:
    _sold(shop)
    at = desk(app, shop, "manager")
    wrong: dict[str, object] = {}

    for by in REPORTS[name].by:
        with counted() as sent:
            page = at.page(f"/reports/{name}?by={by}")
        picture = _picture(at, f"/reports/{name}?by={by}")
        [file] = [address for address in page.addresses if "format=csv" in address] or [None]
        fault = picture and (
            drawing.fault_of(picture["spec"]) or drawing.fields_of(picture["spec"]) - {*picture["data"][0]}
        )
        status = at.client.get(file).status_code if file else None
        has_rows = "All of it as CSV" in page.text
        if len(sent) > MOST_STATEMENTS or fault or (has_rows and status != 200) or TITLES[name] not in page.text:
            wrong[by] = (len(sent), fault, status)

    assert wrong == {}


def test_pictures_are_of_a_kind_that_fits(app: Flask, shop: Shop) -> None:
    _sold(shop)
    at = desk(app, shop, "manager")

    specs = {
        by: (_picture(at, f"/reports/{name}?by={by}") or {})["spec"]
        for name, by in (("sales", "day"), ("sales", "hour_of_day"), ("products", "product"), ("customers", "cohort"))
    }

    assert specs["day"]["encoding"]["x"]["type"] == "temporal"
    assert specs["hour_of_day"]["encoding"]["x"]["type"] == "ordinal"
    assert specs["product"]["encoding"]["y"]["type"] == "ordinal"
    assert [layer["mark"]["type"] for layer in specs["cohort"]["layer"]] == ["rect", "text"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-13-01", "from"),
        ("to=yesterday", "to"),
        ("from=2026-11-02&to=2026-11-01", "from"),
        ("from=2026-01-01&to=2026-11-01&by=hour", "from"),
        ("by=colour", "by"),
        ("location_id=here", "location_id"),
    ],
)
def test_what_cannot_be_asked_is_told_at_its_field(app: Flask, shop: Shop, query: str, field: str) -> None:
    done(
        shop.post(
            "/locations", {"name": "Annex", "timezone": "America/Denver", "tax_rates": {"standard": "0"}}, as_="owner"
        ),
        201,
    )

    page = desk(app, shop, "manager").page(f"/reports/sales?{query}")

    marked = [attributes["id"] for _, attributes in page.tags if attributes.get("aria-invalid") == "true"]
    assert marked == [field]
    assert "Look at the marked field" in page.text


@pytest.mark.parametrize("name", REPORTS)
def test_days_without_anything_say_so(app: Flask, shop: Shop, name: str) -> None:
    at = desk(app, shop, "manager")

    page = at.page(f"/reports/{name}?from=2020-01-01&to=2020-01-02")

    assert "on these days. Choose other days above." in page.text
    assert _picture(at, f"/reports/{name}?from=2020-01-01&to=2020-01-02") is None
    assert not [address for address in page.addresses if "vega" in address]


def test_another_location_has_its_own_sales(app: Flask, shop: Shop) -> None:
    _sold(shop)
    annex = done(
        shop.post(
            "/locations", {"name": "Annex", "timezone": "America/Denver", "tax_rates": {"standard": "0"}}, as_="owner"
        ),
        201,
    )
    at = desk(app, shop, "manager")

    assert "Nothing was sold" in at.page(f"/reports/sales?location_id={annex['id']}").text
    assert "Orders 2" in at.page(f"/reports/sales?location_id={shop.location_id}").text


def test_quick_days_are_those_that_their_names_say() -> None:
    found = {each.title: (each.first_on, each.last_on) for each in ranges(date(2026, 3, 1))}

    day = timedelta(days=1)
    assert found == {
        "Today": (date(2026, 3, 1), date(2026, 3, 1)),
        "Yesterday": (date(2026, 2, 28), date(2026, 2, 28)),
        "7 days": (date(2026, 2, 23), date(2026, 3, 1)),
        "30 days": (date(2026, 1, 31), date(2026, 3, 1)),
        "This month": (date(2026, 3, 1), date(2026, 3, 1)),
        "Last month": (date(2026, 2, 1), date(2026, 3, 1) - day),
        "This year": (date(2026, 1, 1), date(2026, 3, 1)),
    }


def test_quick_days_are_marked_when_they_are_shown(app: Flask, shop: Shop) -> None:
    at = desk(app, shop, "manager")
    today = clock.business_day(clock.now(), "America/Los_Angeles")

    page = at.page(f"/reports/sales?from={today}&to={today}")

    chosen = [attributes["href"] for tag, attributes in page.tags if attributes.get("aria-current") == "true"]
    assert len(chosen) == 1 + (today.day == 1) + (today.month == today.day == 1)
    assert f"from={today}&to={today}" in str(chosen[0])
