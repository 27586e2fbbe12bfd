"""JSON of charts: the board, its order, and answers of now."""

from typing import Any
from uuid import UUID

from flask import Response

from pos.analytics.charts import actions, flows, queries, schemas
from pos.analytics.charts.models import Chart
from pos.db import find, transaction
from pos.http.access import allow, caller
from pos.http.api import Blueprint, answer, if_match
from pos.http.etag import etag, require_match

blueprint = Blueprint("charts", __name__, description="Saved charts: questions in SQL with the picture of their answer")
# What is saved with a new answer of the query; a new title needs none.
_ASKED_ANEW = ("query_text", "chart_config", "is_confirmed")


@blueprint.route("/charts")
@allow("manager")
@blueprint.response(200, schemas.ChartList)
def list_charts() -> Response:
    """The board: all charts in their order, with the columns of their answers"""
    with transaction(caller().store.id):
        return answer({"data": [queries.shown(chart, with_rows=False) for chart in queries.board()]})


@blueprint.route("/charts", methods=["POST"])
@allow("manager")
@blueprint.arguments(schemas.ChartNew)
@blueprint.response(201, schemas.ChartWhole)
def create_chart(body: dict[str, Any]) -> Response:
    """Keep a chart at the end of the board. Its query is asked at once, where questions are set up"""
    actions.require_drawable(body["chart_config"])
    found = flows.answered(caller().store.id, body["query_text"])
    with transaction(caller().store.id, actor=caller().actor):
        chart = actions.create_chart(body, found)
        return answer(queries.shown(chart), 201, etag(chart.version))


@blueprint.route("/charts/order", methods=["PUT"])
@allow("manager")
@blueprint.arguments(schemas.ChartOrder)
@blueprint.response(200, schemas.ChartList)
def order_charts(body: dict[str, Any]) -> Response:
    """Put the charts in another order: all of them, each once"""
    with transaction(caller().store.id, actor=caller().actor):
        actions.put_in_order(body["ids"])
        return answer({"data": [queries.shown(chart, with_rows=False) for chart in queries.board()]})


@blueprint.route("/charts/<uuid:chart_id>")
@allow("manager")
@blueprint.response(200, schemas.ChartWhole)
def read_chart(chart_id: UUID) -> Response:
    """One chart, with the rows of its answer as it was last"""
    with transaction(caller().store.id):
        return _one(find(Chart, chart_id))


@blueprint.route("/charts/<uuid:chart_id>", methods=["PATCH"])
@allow("manager")
@if_match
@blueprint.arguments(schemas.ChartChange)
@blueprint.response(200, schemas.ChartWhole)
def change_chart(body: dict[str, Any], chart_id: UUID) -> Response:
    """Change a chart, or confirm it as it is answered now: then nothing is marked any more"""
    store, is_asked = caller().store.id, any(body.get(name) for name in _ASKED_ANEW)
    if "chart_config" in body:
        actions.require_drawable(body["chart_config"])
    with transaction(store):
        chart = find(Chart, chart_id)
        require_match(chart)
    found = flows.answered(store, body.get("query_text", chart.query_text)) if is_asked else None
    body.pop("is_confirmed", None)
    with transaction(store, actor=caller().actor) as session:
        chart = find(Chart, chart_id, lock=True)
        require_match(chart)
        actions.change_chart(chart, body, found)
        session.flush()
        return _one(chart)


@blueprint.route("/charts/<uuid:chart_id>", methods=["DELETE"])
@allow("manager")
@blueprint.response(204)
def delete_chart(chart_id: UUID) -> None:
    """Take a chart away, with its answer"""
    with transaction(caller().store.id, actor=caller().actor):
        actions.delete_chart(chart_id)


@blueprint.route("/charts/<uuid:chart_id>/refresh", methods=["POST"])
@allow("manager")
@blueprint.response(200, schemas.ChartWhole)
def refresh_chart(chart_id: UUID) -> Response:
    """Ask its query now. If that fails, the answer before stays, and `failure` says why"""
    return _one(flows.refresh(caller().store.id, chart_id, actor=caller().actor))


def _one(chart: Chart) -> Response:
    return answer(queries.shown(chart), headers=etag(chart.version))
