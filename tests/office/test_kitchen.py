"""The kitchen in the office: stations and what is made where, and how long things took, against reckoning by hand."""

import csv
import io
import statistics
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import text

from pos.db import db, transaction
from tests.checkout.counter import done
from tests.client import Shop
from tests.office.desk import counted, desk

MOST_STATEMENTS = 9
# How long it took until each piece was begun and until it was ready, in seconds.
MADE = [(0, 60), (30, 95), (10, 400), (200, 1000), (5, 65)]


def _station(shop: Shop, name: str, **fields: Any) -> str:
    return str(done(shop.post("/stations", {"name": name, **fields}, as_="owner"), 201)["id"])


def _change(shop: Shop, path: str, fields: dict[str, Any]) -> None:
    done(shop.request("PATCH", path, as_="owner", headers={"If-Match": "*"}, json=fields))


def _made(shop: Shop) -> None:
    """Pieces of the same product, one after the other, each as long as MADE says."""
    for begun, ready in MADE:
        order = shop.sell(items=[{"sku": "PRETZEL", "quantity": 1}], payment={"method": "cash"})
        units = [{"line_id": order["lines"][0]["id"], "quantity": 1}]
        for start, end in (("waiting", "making"), ("making", "ready")):
            done(shop.post(f"/orders/{order['id']}/preparation", {"lines": units, "from": start, "to": end}))
        with transaction(UUID(shop.store_id)):
            asked = {"line": units[0]["line_id"], "begun": begun, "ready": ready}
            db.session.execute(
                text("""UPDATE portions p SET started_at = l.created_at + make_interval(secs => :begun),
                               ready_at = l.created_at + make_interval(secs => :ready)
                          FROM order_lines l WHERE l.id = p.line_id AND l.id = :line"""),
                asked,
            )


def test_times_are_those_that_were_taken(app: Flask, shop: Shop) -> None:
    _made(shop)
    at = desk(app, shop, "manager")

    with counted() as sent:
        page = at.page("/kitchen/times")
    [row] = csv.DictReader(io.StringIO(at.get("/kitchen/times.csv").get_data(as_text=True).lstrip("\ufeff")))

    waits, making = [ready for _, ready in MADE], [ready - begun for begun, ready in MADE]
    found = {title: int(row[title]) for title in row if title not in ("Product", "Station")}
    assert found == {"Made": len(MADE), **_told("Wait", waits), **_told("Making", making)}
    assert (row["Product"], row["Station"]) == ("Pretzel", "Kitchen")
    assert "Pretzel Kitchen 5 5:24 min 1:35 min" in page.text
    assert len(sent) <= MOST_STATEMENTS


def _told(what: str, seconds: list[int]) -> dict[str, int]:
    return {
        what: round(statistics.mean(seconds)),
        f"{what} median": round(statistics.median(seconds)),
        f"{what} 90 %": round(statistics.quantiles(seconds, n=10, method="inclusive")[-1]),
    }


def test_times_are_of_the_days_the_place_and_the_station_that_are_asked_for(app: Flask, shop: Shop) -> None:
    _made(shop)
    grill = _station(shop, "Grill")
    at = desk(app, shop, "manager")

    assert "Pretzel" in at.page("/kitchen/times?station=none").text
    assert "Pretzel" not in at.page(f"/kitchen/times?station={grill}").text
    _change(shop, f"/products/{shop.products['PRETZEL']}", {"station_id": grill})
    assert "Pretzel Grill 5" in at.page(f"/kitchen/times?station={grill}&sort=-wait_most").text
    assert "Pretzel" not in at.page("/kitchen/times?station=none").text
    assert "Pretzel" not in at.page("/kitchen/times?until=2020-01-01&since=2019-01-01").text
    assert "Pretzel" in at.page("/kitchen/times?since=2020-01-01&until=2199-01-01").text
    for odd in ("station=grill", "since=today", "sort=station"):
        assert at.get(f"/kitchen/times?{odd}").status_code == 422, odd


def test_categories_say_where_they_are_made_and_what_they_inherit(app: Flask, shop: Shop) -> None:
    bar, grill = _station(shop, "Bar", position=1), _station(shop, "Grill <i>", position=2)
    closed = _station(shop, "Window", is_active=False)
    inner = done(shop.post("/categories", {"name": "Burgers", "parent_id": shop.category_id}, as_="owner"), 201)["id"]
    _change(shop, f"/categories/{shop.category_id}", {"station_id": grill})
    _change(shop, f"/products/{shop.products['IPA']}", {"station_id": bar})
    at = desk(app, shop, "manager")

    with counted() as sent:
        page = at.page("/kitchen")
    html = at.get("/kitchen").get_data(as_text=True)

    assert len(sent) <= MOST_STATEMENTS
    inner_form = html.partition(f"PATCH /categories/{inner}")[2].partition("</form>")[0]
    assert "As around it: Grill &lt;i&gt;" in inner_form
    assert closed not in inner_form
    assert "As around it: the kitchen" in html
    assert "House IPA : Bar" in page.text
    assert f"PATCH /stations/{closed}" in html
    assert "Made at" in at.page(f"/catalog/products/{shop.products['IPA']}").text


def test_settings_of_the_kitchen_are_the_owners(app: Flask, shop: Shop) -> None:
    store = done(shop.get("/store", as_="owner"))
    seen = {"If-Match": f'"{store["version"]}"'}
    change = {"kitchen_slow_minutes": 7, "kitchen_late_minutes": 12, "kitchen_sees_unpaid": False}

    answers = []
    for role in ("cashier", "manager", "owner"):
        # Flask-WTF keeps in `g` what it has checked; each request of a browser has a `g` of its own.
        with app.app_context():
            answers.append(desk(app, shop, role).api("PATCH", "/store", change, **seen).status_code)

    assert answers == [403, 403, 200]
    fields = {
        attributes.get("name"): attributes.get("value")
        for tag, attributes in desk(app, shop).page("/kitchen").tags
        if tag == "input"
    }
    assert (fields["kitchen_slow_minutes"], fields["kitchen_late_minutes"]) == ("7", "12")
    assert "only owners change settings" in desk(app, shop, "manager").page("/kitchen").text
    assert "only owners change settings" not in desk(app, shop, "owner").page("/kitchen").text
