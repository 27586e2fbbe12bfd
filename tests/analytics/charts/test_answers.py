"""Charts that are answered: by the login of questions, on a database whose views change for real."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from pos import create_app, postgres
from pos.analytics.charts import drawing
from pos.db import db
from tests import databases
from tests.analytics import granted
from tests.checkout.counter import done
from tests.client import Shop
from tests.refusals import slug_of

SEED = Path(__file__).parents[3] / "seed" / "charts.json"
PICTURE: dict[str, Any] = {"mark": "bar", "encoding": {"x": {"field": "placed_on"}, "y": {"field": "net"}}}
QUERY = "SELECT placed_on, sum(net) AS net FROM report_orders WHERE status <> 'canceled' GROUP BY placed_on ORDER BY placed_on"
RENAME = "ALTER VIEW analytics.report_orders RENAME COLUMN {} TO {}"


@pytest.fixture
def asked(server: postgres.Server, database: str) -> Iterator[Flask]:
    """An application whose questions are set up, on a database of its own."""
    address = granted.address_for(server, database)
    app = create_app(databases.settings(server, database, ANALYST_DATABASE_URL=address))
    app.testing = True
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    databases.let_go(app)


@pytest.fixture
def both(asked: Flask, shops: list[dict[str, Any]]) -> tuple[Shop, Shop]:
    """Two shops of it."""
    mine, theirs = (Shop(asked.test_client(), **known) for known in shops)
    return mine, theirs


def test_chart_is_answered_and_survives_a_change_of_the_views_with_its_mark(
    both: tuple[Shop, Shop], superuser: Any
) -> None:
    # Given a chart of two orders, with its answer from the beginning
    shop, other = both
    shop.sell()
    shop.sell()
    other.sell()
    made = _chart(shop)
    path, [[day, net]] = f"/charts/{made['id']}", made["answer"]["rows"]
    assert (net, made["missing_fields"]) == (2 * 800, [])
    assert made["answer"]["columns"] == [{"name": "placed_on", "type": "date"}, {"name": "net", "type": "number"}]
    shop.sell()
    assert _refreshed(shop, path)["answer"]["rows"] == [[day, 3 * 800]]

    # When a column of its view gets another name
    superuser.cursor().execute(RENAME.format("net", "net_sales"))
    failed = _refreshed(shop, path)

    # Then the answer before stays with its date, and what has changed is told
    assert failed["change_mark"] == "schema_changed"
    assert failed["changes"] == [
        "report_orders has no column “net” any more.",
        "report_orders has a new column “net_sales”.",
    ]
    assert "net" in failed["failure"]
    assert failed["answer"]["rows"] == [[day, 3 * 800]]
    told = shop.patch(path, {"is_confirmed": True}, version=1)
    assert (told.status_code, told.json["errors"][0]["pointer"]) == (422, "/query_text")

    # And saving the question anew takes the mark away
    mended = done(shop.patch(path, {"query_text": QUERY.replace("(net)", "(subtotal)")}, version=1))
    assert (mended["change_mark"], mended["failure"], mended["version"]) == (None, None, 2)
    assert mended["answer"]["rows"] == [[day, 3 * 800]]
    assert _refreshed(shop, path)["change_mark"] is None

    # And a view that is gone is told as well
    superuser.cursor().execute("DROP VIEW analytics.report_orders CASCADE")
    assert _refreshed(shop, path)["changes"] == ["report_orders is gone."]


def test_new_column_of_a_view_is_told_while_the_answer_is_of_now(both: tuple[Shop, Shop], superuser: Any) -> None:
    shop, _ = both
    made = _chart(shop)
    cursor = superuser.cursor()
    cursor.execute("SELECT pg_get_viewdef('analytics.report_orders'::regclass)")
    definition = cursor.fetchone()[0].rstrip(";")
    head, _, tail = definition.partition("\n   FROM ")
    cursor.execute(f"CREATE OR REPLACE VIEW analytics.report_orders AS {head}, 1 AS guests FROM {tail}")
    shop.sell()

    marked = _refreshed(shop, f"/charts/{made['id']}")

    assert (marked["change_mark"], marked["failure"]) == ("schema_changed", None)
    assert marked["changes"] == ["report_orders has a new column “guests”."]
    assert len(marked["answer"]["rows"]) == 1
    kept = done(shop.patch(f"/charts/{made['id']}", {"is_confirmed": True}, version=1))
    assert kept["change_mark"] is None
    assert _refreshed(shop, f"/charts/{made['id']}")["change_mark"] is None


def test_question_that_may_not_be_asked_is_not_saved(both: tuple[Shop, Shop]) -> None:
    shop, _ = both

    for query in (
        "SELECT phone FROM customers",
        "DELETE FROM report_orders",
        "SELECT wrong FROM report_orders",
        "nothing",
    ):
        told = shop.post("/charts", {"title": "Net", "query_text": query, "chart_config": PICTURE}, as_="owner")
        assert (slug_of(told), told.json["errors"][0]["pointer"]) == ((422, "invalid"), "/query_text"), query
    assert done(shop.get("/charts", as_="owner"))["data"] == []


def test_charts_of_the_demo_can_all_be_asked_and_drawn(both: tuple[Shop, Shop]) -> None:
    shop, _ = both
    shop.sell(items=[{"sku": "IPA", "quantity": 2}], join=True, payment={"method": "cash"})

    made = [done(shop.post("/charts", body, as_="owner"), 201) for body in json.loads(SEED.read_text())]

    assert len(made) == 5
    assert [each["title"] for each in made if each["missing_fields"] or not each["answer"]["rows"]] == []
    assert [each["title"] for each in made if drawing.fault_of(each["chart_config"])] == []


def _chart(shop: Shop) -> dict[str, Any]:
    return done(shop.post("/charts", {"title": "Net", "query_text": QUERY, "chart_config": PICTURE}, as_="owner"), 201)


def _refreshed(shop: Shop, path: str) -> dict[str, Any]:
    return done(shop.post(f"{path}/refresh", as_="owner"))
