"""What may change on the board: charts that are saved, put in order, taken away, and answered anew."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pos import audit_log
from pos.analytics.charts import drawing, queries, shapes
from pos.analytics.charts.answers import Kept
from pos.analytics.charts.models import Chart
from pos.db import current_store, db, find
from pos.errors import Invalid, Refused
from pos.statements import Statement

MOST_CHARTS = 40
# Places are counted without a gap: who changes them waits for who else does.
_ALONE = Statement("SELECT pg_advisory_xact_lock(hashtextextended('saved_charts:' || :store ::text, 0))")
_COUNT = Statement("SELECT count(*) FROM saved_charts WHERE store_id = :store")
_IDS = Statement("SELECT id FROM saved_charts WHERE store_id = :store ORDER BY position_index")
_PLACE = Statement("""
    UPDATE saved_charts c SET position_index = n.place - 1, updated_at = now()
      FROM unnest(:ids ::uuid[]) WITH ORDINALITY AS n (id, place)
     WHERE c.store_id = :store AND c.id = n.id AND c.position_index <> n.place - 1
""")
_CLOSE_UP = Statement("""
    UPDATE saved_charts SET position_index = position_index - 1, updated_at = now()
     WHERE store_id = :store AND position_index > :place
""")
# Answering is no edit: the version stays, so whoever has the form open can still save.
_ANSWER = Statement("""
    UPDATE saved_charts SET answer = coalesce(:answer ::jsonb, answer), refreshed_at = CASE WHEN :answer ::jsonb IS NULL THEN refreshed_at ELSE :at ::timestamptz END,
           agreed_shape = coalesce(agreed_shape, :shape ::jsonb), agreed_views = coalesce(agreed_views, :views ::jsonb),
           change_mark = :mark, changes = :changes ::jsonb, failure = :failure, updated_at = now()
     WHERE store_id = :store AND id = :chart
""")


class TooManyCharts(Refused):
    title = "Too many charts"
    advice = "A store keeps at most {most} charts. Delete one that nobody looks at."


class OtherCharts(Invalid):
    title = "Not the charts of this store"


@dataclass(frozen=True)
class Found:
    """What came of asking a chart's query: its answer, or why there is none. `views` are the names of those that it reads; none if it
    may not be asked at all."""

    at: datetime
    kept: Kept | None = None
    views: frozenset[str] = frozenset()
    failure: str | None = None


def require_drawable(config: Mapping[str, Any]) -> None:
    """Raises Invalid at the place of the first thing that a picture may not hold."""
    if fault := drawing.fault_of(config):
        raise Invalid(reason=fault.reason, pointer=f"/chart_config{fault.pointer}")


def create_chart(body: Mapping[str, Any], found: Found) -> Chart:
    """A chart at the end of the board, agreed as it is answered now. Raises TooManyCharts, Invalid."""
    require_drawable(body["chart_config"])
    _ALONE.run()
    count = (_COUNT.first() or (0,))[0]
    if count >= MOST_CHARTS:
        raise TooManyCharts(most=MOST_CHARTS)
    chart = Chart(**body, position_index=count)
    _agree(chart, found, queries.view_shapes(found.views))
    db.session.add(chart)
    db.session.flush()
    return chart


def change_chart(chart: Chart, body: Mapping[str, Any], found: Found | None) -> None:
    """Saves what was changed. With `found` the chart is agreed anew, as it is answered now. Raises Invalid."""
    if "chart_config" in body:
        require_drawable(body["chart_config"])
    # Asked before anything is changed: a statement writes what was.
    views = queries.view_shapes(found.views) if found else {}
    if body.get("query_text", chart.query_text) != chart.query_text:
        chart.answer = chart.refreshed_at = chart.agreed_shape = chart.agreed_views = None
    for name, value in body.items():
        setattr(chart, name, value)
    if found is not None:
        _agree(chart, found, views)


def take_answer(chart: Chart, asked: str, found: Found) -> None:
    """Keeps what asking a query gave, beside what was agreed: what differs is marked. Of a query that failed the answer before stays; what
    came of a query that was changed meanwhile is nobody's."""
    if chart.query_text != asked:
        return
    mark, changes = _marked(chart, found)
    kept = found.kept
    _ANSWER.run(
        chart=chart.id,
        answer=json.dumps(kept.as_json(), default=str) if kept else None,
        shape=json.dumps(kept.columns) if kept else None,
        views=json.dumps(queries.view_shapes(found.views)) if kept else None,
        at=found.at,
        mark=mark,
        changes=json.dumps(changes),
        failure=found.failure,
    )
    db.session.refresh(chart)


def put_in_order(ids: Sequence[UUID]) -> None:
    """All charts of the store in this order. Raises OtherCharts unless each is named once."""
    _ALONE.run()
    before = [row[0] for row in _IDS.rows()]
    if len(ids) != len(before) or set(ids) != set(before):
        raise OtherCharts(
            reason="Name each chart of the store once. Read the list again: it has changed.", pointer="/ids"
        )
    if list(ids) == before:
        return
    _PLACE.run(ids=[str(each) for each in ids])
    was, is_now = ({"ids": [str(each) for each in order]} for order in (before, ids))
    audit_log.record("saved_charts.order", f"stores:{current_store()}", before=was, after=is_now)


def delete_chart(chart_id: UUID) -> None:
    """Takes a chart away, with its answer; those behind it move up. Raises NotFound."""
    _ALONE.run()
    chart = find(Chart, chart_id, lock=True)
    place = chart.position_index
    db.session.delete(chart)
    db.session.flush()
    _CLOSE_UP.run(place=place)


def _agree(chart: Chart, found: Found, views: dict[str, Any]) -> None:
    """From now on the chart is as somebody wants it: nothing is marked."""
    chart.change_mark, chart.changes, chart.failure = None, [], found.failure
    if found.kept is not None:
        chart.answer, chart.refreshed_at = found.kept.as_json(), found.at
        chart.agreed_views = views
    if chart.answer is not None:
        chart.agreed_shape = chart.answer["columns"]


def _marked(chart: Chart, found: Found) -> tuple[str | None, list[Any]]:
    """Whether what was found differs from what was agreed, and how, in words."""
    if chart.agreed_shape is None:
        return None, []
    if not found.views:
        return "schema_changed", [shapes.NOT_ASKED_ANY_MORE]
    of_views = shapes.of_views(chart.agreed_views or {}, queries.view_shapes(found.views))
    if found.kept is None:
        return ("schema_changed", of_views) if of_views else (chart.change_mark, chart.changes)
    of_answer = shapes.of_answers(chart.agreed_shape, found.kept.columns)
    if of_views:
        return "schema_changed", [*of_views, *of_answer]
    return ("answer_changed", of_answer) if of_answer else (None, [])
