"""The board over HTTP: charts that are kept, changed, put in order and deleted; who may, and whose they are."""

from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from pos import clock
from pos.analytics.charts import actions
from pos.analytics.charts.actions import MOST_CHARTS, Found
from pos.analytics.charts.answers import Kept
from pos.analytics.charts.models import Chart
from pos.audit_log import AuditEntry
from pos.db import db, find, rows_of, transaction
from tests.checkout.counter import done
from tests.client import Shop, new_key
from tests.office.desk import desk
from tests.refusals import slug_of

PICTURE: dict[str, Any] = {"mark": "bar", "encoding": {"x": {"field": "day"}, "y": {"field": "net"}}}
QUERY = "SELECT placed_on AS day, sum(net) AS net FROM report_orders GROUP BY placed_on"
COLUMNS = [{"name": "day", "type": "date"}, {"name": "net", "type": "integer"}]
ROWS: list[list[Any]] = [["2026-11-21", 850], ["2026-11-22", None]]


def chart(shop: Shop, **changes: Any) -> dict[str, Any]:
    body = {"title": f"Net {new_key()[:6]}", "query_text": QUERY, "chart_config": PICTURE, **changes}
    return done(shop.post("/charts", body, as_="owner"), 201)


def listed(shop: Shop) -> list[str]:
    charts = done(shop.get("/charts", as_="owner"))["data"]
    assert [each["position_index"] for each in charts] == list(range(len(charts)))
    return [each["id"] for each in charts]


def refused(response: TestResponse, status: int, slug: str) -> dict[str, Any]:
    assert slug_of(response) == (status, slug)
    return dict(response.json or {})


def answer(shop: Shop, made: dict[str, Any], columns: list[dict[str, str]] = COLUMNS, **found: Any) -> None:
    """What a refresh found, as it is kept."""
    asked = found.pop("asked", QUERY)
    given = Found(clock.now(), **{"kept": Kept(columns, ROWS, False), "views": frozenset({"report_orders"}), **found})
    with transaction(UUID(shop.store_id), actor="test"):
        actions.take_answer(find(Chart, UUID(made["id"]), lock=True), asked, given)


def read(shop: Shop, made: dict[str, Any]) -> dict[str, Any]:
    return done(shop.get(f"/charts/{made['id']}", as_="owner"))


def test_chart_is_kept_where_nobody_can_be_asked(app: Flask, shop: Shop) -> None:
    made = chart(shop, title="  Net by day ", chart_config=PICTURE)

    assert (made["title"], made["query_text"], made["chart_config"], made["version"]) == (
        "Net by day",
        QUERY,
        PICTURE,
        1,
    )
    assert (made["answer"], made["refreshed_at"], made["change_mark"], made["failure"]) == (None, None, None, None)
    assert (made["changes"], made["missing_fields"]) == ([], [])
    assert read(shop, made) == made


def test_refresh_where_nobody_can_be_asked_says_what_to_do(app: Flask, shop: Shop) -> None:
    made = chart(shop)

    told = refused(shop.post(f"/charts/{made['id']}/refresh", as_="owner"), 503, "analyst-not-set-up")

    assert "flask --app wsgi analytics grant" in told["detail"]
    assert read(shop, made) == made


def test_change_takes_the_version_that_was_seen(app: Flask, shop: Shop) -> None:
    made = chart(shop)
    path = f"/charts/{made['id']}"

    assert shop.patch(path, {"title": "Other"}, version=None).status_code == 428
    changed = done(shop.patch(path, {"title": "Other"}, version=1))
    stale = shop.patch(path, {"title": "Late"}, version=1)

    assert (changed["title"], changed["version"], stale.status_code) == ("Other", 2, 412)
    assert done(shop.patch(path, {"chart_config": {"mark": "line"}}, version=2))["chart_config"] == {"mark": "line"}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"title": " "}, "/title"),
        ({"title": "x" * 121}, "/title"),
        ({"query_text": ""}, "/query_text"),
        ({"query_text": "x" * 8_001}, "/query_text"),
        ({"chart_config": []}, "/chart_config"),
        ({"chart_config": {}}, "/chart_config"),
        ({"chart_config": {**PICTURE, "data": {"url": "x"}}}, "/chart_config/data"),
        ({"chart_config": {"mark": "bar", "encoding": {"href": {}}}}, "/chart_config/encoding/href"),
        ({"position_index": 3}, "/position_index"),
    ],
)
def test_chart_that_cannot_be_is_refused_at_its_field(
    app: Flask, shop: Shop, changes: dict[str, Any], pointer: str
) -> None:
    body = {"title": "Net", "query_text": QUERY, "chart_config": PICTURE, **changes}

    told = refused(shop.post("/charts", body, as_="owner"), 422, "invalid")

    assert [each["pointer"] for each in told["errors"]] == [pointer]
    assert listed(shop) == []


def test_board_stays_dense_while_charts_come_move_and_go(app: Flask, shop: Shop) -> None:
    ids = [chart(shop)["id"] for _ in range(4)]
    assert listed(shop) == ids

    turned = done(shop.request("PUT", "/charts/order", as_="owner", json={"ids": ids[::-1]}))["data"]
    assert [each["id"] for each in turned] == listed(shop) == ids[::-1]
    assert shop.request("DELETE", f"/charts/{ids[2]}", as_="owner").status_code == 204
    assert listed(shop) == [ids[3], ids[1], ids[0]]
    added = chart(shop)["id"]
    assert listed(shop) == [ids[3], ids[1], ids[0], added]
    assert {each["version"] for each in turned} == {1}


def test_order_names_all_charts_of_the_store_once(app: Flask, shop: Shop, other_shop: Shop) -> None:
    ids, theirs = [chart(shop)["id"] for _ in range(2)], chart(other_shop)["id"]

    for wrong in ([ids[0]], [], [*ids, theirs], [ids[0], theirs], [ids[0], ids[0]], [ids[0], new_key()]):
        answer = shop.request("PUT", "/charts/order", as_="owner", json={"ids": wrong})
        assert answer.status_code == 422, wrong
    assert listed(shop) == ids


def test_store_keeps_so_many_charts_and_no_more(app: Flask, shop: Shop) -> None:
    body = {"title": "Net", "query_text": QUERY, "chart_config": PICTURE}
    with transaction(UUID(shop.store_id), actor="test"):
        for _ in range(MOST_CHARTS):
            actions.create_chart(body, Found(clock.now()))

    refused(shop.post("/charts", body, as_="owner"), 422, "too-many-charts")


def test_answer_is_kept_and_says_which_columns_the_picture_lacks(app: Flask, shop: Shop) -> None:
    made = chart(shop)

    answer(shop, made, columns=[COLUMNS[0], {"name": "gross", "type": "integer"}])

    found = read(shop, made)
    assert found["answer"]["rows"] == ROWS
    assert (found["missing_fields"], found["change_mark"], found["version"]) == (["net"], None, 1)
    [in_list] = done(shop.get("/charts", as_="owner"))["data"]
    assert in_list["answer"] == {"columns": found["answer"]["columns"], "row_count": 2, "is_cut": False}


def test_other_answer_is_marked_until_it_is_confirmed_and_goes_back_by_itself(app: Flask, shop: Shop) -> None:
    made = chart(shop)
    answer(shop, made)

    answer(shop, made, columns=[COLUMNS[0], {"name": "net", "type": "number"}])
    marked = read(shop, made)
    assert marked["change_mark"] == "answer_changed"
    assert marked["changes"] == ["The answer has “net” as number; it was integer."]
    answer(shop, made)
    assert read(shop, made)["change_mark"] is None
    answer(shop, made, columns=[COLUMNS[0], {"name": "net", "type": "number"}])
    titled = done(shop.patch(f"/charts/{made['id']}", {"title": "Net"}, version=1))
    assert titled["change_mark"] == "answer_changed"
    confirmed = done(shop.patch(f"/charts/{made['id']}", {"is_confirmed": True}, version=2))

    assert (confirmed["change_mark"], confirmed["changes"]) == (None, [])
    assert confirmed["answer"] == marked["answer"]
    answer(shop, made, columns=[COLUMNS[0], {"name": "net", "type": "number"}])
    assert read(shop, made)["change_mark"] is None


def test_query_that_fails_leaves_the_answer_before_and_says_why(app: Flask, shop: Shop) -> None:
    made = chart(shop)
    answer(shop, made)
    before = read(shop, made)

    answer(shop, made, kept=None, failure="PostgreSQL says: division by zero.")
    failed = read(shop, made)
    answer(shop, made, kept=None, views=frozenset(), failure="There is no report_orders.")
    gone = read(shop, made)

    assert (failed["failure"], failed["change_mark"]) == ("PostgreSQL says: division by zero.", None)
    assert (gone["failure"], gone["change_mark"]) == ("There is no report_orders.", "schema_changed")
    assert before["answer"] == failed["answer"] == gone["answer"]
    assert before["refreshed_at"] == failed["refreshed_at"] == gone["refreshed_at"]
    answer(shop, made)
    assert (read(shop, made)["failure"], read(shop, made)["change_mark"]) == (None, None)


def test_answer_to_a_question_that_was_changed_meanwhile_is_nobodys(app: Flask, shop: Shop) -> None:
    made = chart(shop)

    answer(shop, made, asked="SELECT 1")

    assert read(shop, made)["answer"] is None


def test_other_question_drops_the_answer_of_the_one_before(app: Flask, shop: Shop) -> None:
    made = chart(shop)
    answer(shop, made)

    changed = done(shop.patch(f"/charts/{made['id']}", {"query_text": f"{QUERY} LIMIT 5"}, version=1))

    assert (changed["answer"], changed["refreshed_at"]) == (None, None)


def test_cashiers_and_tablets_see_no_charts(app: Flask, shop: Shop) -> None:
    made = chart(shop)
    cashier = desk(app, shop, "cashier")

    for method, path in (
        ("GET", "/charts"),
        ("POST", "/charts"),
        ("PUT", "/charts/order"),
        ("GET", f"/charts/{made['id']}"),
    ):
        assert cashier.api(method, path, {} if method != "GET" else None).status_code == 403
        assert shop.request(method, path, json={}).status_code == 403
    assert desk(app, shop, "manager").api("GET", f"/charts/{made['id']}").json == made


def test_charts_of_another_store_are_not_there(app: Flask, shop: Shop, other_shop: Shop) -> None:
    theirs = chart(other_shop)
    path = f"/charts/{theirs['id']}"

    assert shop.get(path, as_="owner").status_code == 404
    assert shop.patch(path, {"title": "Mine"}, version=1).status_code == 404
    assert shop.request("DELETE", path, as_="owner").status_code == 404
    assert shop.post(f"{path}/refresh", as_="owner").status_code == 404
    assert listed(shop) == []
    assert listed(other_shop) == [theirs["id"]]


def test_log_says_who_changed_what_without_the_rows(app: Flask, shop: Shop) -> None:
    made, other = chart(shop), chart(shop)
    answer(shop, made)
    done(shop.patch(f"/charts/{made['id']}", {"title": "Net"}, version=1))
    done(shop.request("PUT", "/charts/order", as_="owner", json={"ids": [other["id"], made["id"]]}))
    assert shop.request("DELETE", f"/charts/{made['id']}", as_="owner").status_code == 204

    with transaction(UUID(shop.store_id)):
        acts = db.session.scalars(
            rows_of(AuditEntry).where(AuditEntry.action.like("saved_charts.%")).order_by(AuditEntry.id)
        ).all()
    told = [(act.action, act.actor) for act in acts]
    assert told == [(f"saved_charts.{verb}", "api-key") for verb in ("create", "create", "change", "order", "delete")]
    assert (acts[2].before, acts[2].after) == ({"title": made["title"]}, {"title": "Net"})
    assert "850" not in str([(act.before, act.after) for act in acts])
