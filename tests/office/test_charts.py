"""The board of charts as its pages show it: marks, failures and missing columns in words, and no button that cannot work."""

import json
import re
from typing import Any
from uuid import UUID

from flask import Flask

from pos import clock
from pos.analytics.charts import actions
from pos.analytics.charts.actions import Found
from pos.analytics.charts.answers import Kept
from pos.db import transaction
from tests.client import Shop
from tests.office.desk import Desk, counted, desk

PICTURE: dict[str, Any] = {"mark": "bar", "encoding": {"x": {"field": "day"}, "y": {"field": "net"}}}
ROWS: list[list[Any]] = [["2026-11-21", 1850], ["</script><b>", None]]


def _chart(shop: Shop, title: str, columns: str | None = "day net", **state: Any) -> str:
    """A chart with an answer, or without one; `state` as a refresh would have left it."""
    kept = Kept([{"name": name, "type": "text"} for name in columns.split()], ROWS, False) if columns else None
    with transaction(UUID(shop.store_id), actor="test"):
        body = {"title": title, "query_text": "SELECT 1", "chart_config": PICTURE}
        chart = actions.create_chart(body, Found(clock.now(), kept, frozenset({"report_orders"})))
        for name, value in state.items():
            setattr(chart, name, value)
        return str(chart.id)


def test_board_shows_answers_with_what_has_changed_and_what_failed(app: Flask, shop: Shop) -> None:
    changes = ["report_orders has no column “net” any more."]
    _chart(shop, "Marked", change_mark="schema_changed", changes=changes)
    _chart(shop, "Failed", failure="PostgreSQL says: division by zero.")
    _chart(shop, "Lacking", columns="day gross")
    _chart(shop, "Unasked", columns=None)
    at = desk(app, shop, "manager")

    with counted() as sent:
        answer = at.get("/charts")
    page, html = at.page("/charts"), answer.get_data(as_text=True)

    assert f"Changed since it was saved. {changes[0]}" in page.text
    assert (
        "It could not be answered. PostgreSQL says: division by zero. The picture shows the answer before." in page.text
    )
    assert "The picture asks for net; the answer has no such column." in page.text
    assert "No answer yet." in page.text
    assert "1,850" in page.text
    kept = [
        json.loads(found) for found in re.findall(r'<script type="application/json">(.*?)</script>', html, re.DOTALL)
    ]
    assert [each["rows"] for each in kept] == [ROWS] * 3
    assert kept[0]["spec"] == PICTURE
    assert len(sent) <= 5


def test_board_where_nobody_can_be_asked_says_how_and_offers_no_dead_button(app: Flask, shop: Shop) -> None:
    chart_id = _chart(shop, "Net")
    at = desk(app, shop)

    board, form = at.page("/charts"), at.page(f"/charts/{chart_id}")

    for page in (board, form):
        assert "flask --app wsgi analytics grant" in page.text
    assert not [attributes for _, attributes in board.tags if "refresh" in str(attributes.get("data-api"))]
    assert "refresh-all" not in [attributes.get("id") for _, attributes in board.tags]
    assert "ask" not in [attributes.get("id") for _, attributes in form.tags]
    assert f"PATCH /charts/{chart_id}" in [attributes.get("data-api") for _, attributes in form.tags]


def test_scripts_of_pictures_are_loaded_where_there_is_one_and_kept_for_good(app: Flask, shop: Shop) -> None:
    at = desk(app, shop)
    empty = at.page("/charts")
    _chart(shop, "Net")

    loaded = [address for address in at.page("/charts").addresses if "/vendor/vega" in address]
    kept = {address: _kept(at, address) for address in loaded}
    undated, wrong = _kept(at, loaded[0].partition("?")[0]), _kept(at, loaded[0][:-1])

    assert [address for address in empty.addresses if "vega" in address] == []
    assert len(loaded) == 3
    assert set(kept.values()) == {"public, max-age=31536000, immutable"}
    assert {undated, wrong} == {"public, max-age=3600"}
    assert [page for page in ("/", "/orders", "/catalog") if "vega" in str(at.page(page).addresses)] == []


def _kept(at: Desk, address: str) -> str:
    """How long a browser keeps a file."""
    with at.client.get(address) as answer:
        assert answer.status_code == 200
        return str(answer.headers["Cache-Control"])


def test_menu_leads_managers_there_and_nobody_below(app: Flask, shop: Shop) -> None:
    places = {"/office/reports/sales", "/office/charts"}

    assert places <= set(desk(app, shop, "manager").page("/").addresses)
    assert not places & set(desk(app, shop, "cashier").page("/").addresses)
