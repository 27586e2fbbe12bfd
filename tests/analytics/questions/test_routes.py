"""POST /analytics/query and GET /analytics/schema."""

import hashlib

from pos.analytics.questions.views import VIEWS
from tests import databases
from tests.analytics.questions.asking import Granted
from tests.client import Shop
from tests.staff.signing_in import browser

COUNT = "SELECT count(*) AS n FROM report_orders"


def test_query_answers_columns_and_rows(granted: Granted) -> None:
    answer = granted.mine.post("/analytics/query", {"sql": COUNT}, as_="owner")

    assert answer.status_code == 200
    assert {name: answer.json[name] for name in ("columns", "rows", "row_count", "is_cut")} == {
        "columns": [{"name": "n", "type": "integer"}], "rows": [[4]], "row_count": 1, "is_cut": False,
    }  # fmt: skip
    assert answer.json["ms"] >= 0


def test_query_gives_as_many_rows_as_are_wanted(granted: Granted) -> None:
    answer = granted.mine.post("/analytics/query", {"sql": "SELECT id FROM report_products", "limit": 2}, as_="owner")

    assert (answer.json["row_count"], answer.json["is_cut"]) == (2, True)


def test_query_says_what_is_not_allowed(granted: Granted) -> None:
    answer = granted.mine.post("/analytics/query", {"sql": "SELECT * FROM customers"}, as_="owner")

    assert (answer.status_code, answer.json["type"]) == (422, "/problems/query-refused")
    assert "report_customers" in answer.json["detail"]


def test_cashier_does_not_ask(granted: Granted) -> None:
    assert granted.mine.post("/analytics/query", {"sql": COUNT}).status_code == 403


def test_each_question_is_in_the_log_without_its_words(granted: Granted) -> None:
    sql = "SELECT 'Zelda' AS who, count(*) AS n FROM report_orders"
    granted.mine.post("/analytics/query", {"sql": sql}, as_="owner")
    granted.mine.post("/analytics/query", {"sql": "SELECT 'Zelda' FROM customers"}, as_="owner")

    with databases.superuser_in(granted.server, granted.database) as cursor:
        cursor.execute(
            "SELECT subject, after, actor FROM audit_log WHERE store_id = %s AND action = 'question.ask' ORDER BY id DESC LIMIT 2",
            [granted.mine.store_id],
        )
        refused, answered = cursor.fetchall()
    assert answered[0] == f"questions:{hashlib.sha256(sql.encode()).hexdigest()[:32]}"
    assert answered[1] == {"outcome": "answered", "views": ["report_orders"], "row_count": 1}
    assert refused[1] == {"outcome": "query-refused"}
    assert "Zelda" not in str((refused, answered))


def test_schema_lists_each_view(shop: Shop) -> None:
    answer = shop.get("/analytics/schema", as_="owner")

    assert [view["name"] for view in answer.json["views"]] == [view.name for view in VIEWS]
    assert "date_trunc" in answer.json["functions"]


def test_manager_asks_in_the_browser(granted: Granted) -> None:
    manager = browser(granted.app, granted.mine, "manager")

    asked = manager.post("/analytics/query", {"sql": COUNT}, as_="nobody", headers=manager.extra)
    assert (manager.get("/analytics/schema", as_="nobody").status_code, asked.status_code) == (200, 200)
