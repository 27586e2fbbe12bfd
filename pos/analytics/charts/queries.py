"""What is asked of the board."""

from collections.abc import Collection, Sequence
from typing import Any

from flask import current_app

from pos import connections
from pos.analytics.charts import drawing
from pos.analytics.charts.models import Chart
from pos.analytics.questions import slots
from pos.analytics.questions.refusals import AnalystNotSetUp
from pos.analytics.questions.views import SCHEMA
from pos.db import db, rows_of
from pos.statements import Statement

# Of the database's own catalogue, which is the same for all stores.
_COLUMNS = Statement("""
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE n.nspname = :schema AND c.relname = ANY(:views) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum
""")


def view_shapes(names: Collection[str]) -> dict[str, list[dict[str, str]]]:
    """The columns of these views as the database has them now, by the views that are there."""
    found: dict[str, list[dict[str, str]]] = {}
    for view, name, kind in _COLUMNS.rows(schema=SCHEMA, views=sorted(names)):
        found.setdefault(view, []).append({"name": name, "type": kind})
    return found


def obstacle() -> str | None:
    """What is in the way of questions, in words; None where they can be asked."""
    if connections.analyst_address(current_app.config["SETTINGS"]) is not None and slots.count():
        return None
    return str(AnalystNotSetUp(reason="Questions to the books are not set up yet."))


def board() -> Sequence[Chart]:
    """All charts of the store, in their order."""
    return db.session.scalars(rows_of(Chart).order_by(Chart.position_index)).all()


def missing_fields(chart: Chart) -> list[str]:
    """Columns that the picture asks for and the answer lacks; none while there is no answer."""
    if chart.answer is None:
        return []
    return sorted(drawing.fields_of(chart.chart_config) - {str(column["name"]) for column in chart.answer["columns"]})


def shown(chart: Chart, *, with_rows: bool = True) -> dict[str, Any]:
    """A chart as the API tells it."""
    answer = chart.answer and {
        "columns": chart.answer["columns"],
        "row_count": len(chart.answer["rows"]),
        "is_cut": chart.answer["is_cut"],
        **({"rows": chart.answer["rows"]} if with_rows else {}),
    }
    names = (
        "id",
        "title",
        "query_text",
        "chart_config",
        "position_index",
        "refreshed_at",
        "change_mark",
        "changes",
        "failure",
        "version",
    )
    return {**{name: getattr(chart, name) for name in names}, "answer": answer, "missing_fields": missing_fields(chart)}
