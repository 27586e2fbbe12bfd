"""Charts: the board of those that are saved, and the form of one, with a preview."""

from typing import Any
from uuid import UUID

from pos.analytics.charts import actions, queries
from pos.analytics.charts.models import Chart
from pos.analytics.questions.views import VIEWS
from pos.db import find, transaction
from pos.http.access import allow, caller
from pos.web.office.charts import cells
from pos.web.office.frame import area, shown

blueprint = area("charts", __name__)


@blueprint.get("/charts")
@allow("manager")
def index() -> str:
    """The board: each chart with its picture, its rows, and what has changed."""
    facts = _facts()
    with transaction(caller().store.id):
        charts = [queries.shown(chart) for chart in queries.board()]
        return shown("charts/index.html", charts=charts, most=actions.MOST_CHARTS, **facts)


@blueprint.get("/charts/new")
@allow("manager")
def new() -> str:
    """The form of a new chart, with a question to begin with."""
    facts = _facts()
    with transaction(caller().store.id):
        return shown("charts/edit.html", chart=None, views=VIEWS, **facts)


@blueprint.get("/charts/<uuid:chart_id>")
@allow("manager")
def one(chart_id: UUID) -> str:
    """The form of a chart."""
    facts = _facts()
    with transaction(caller().store.id):
        return shown("charts/edit.html", chart=queries.shown(find(Chart, chart_id)), views=VIEWS, **facts)


def _facts() -> dict[str, Any]:
    """What all these pages show: cells as people read them, and what is in the way of questions."""
    return {"cells": cells, "obstacle": queries.obstacle()}
