"""Asks the queries of charts: between two transactions, since the question has a login and a time of its own."""

from uuid import UUID

from pos import clock
from pos.analytics.charts import actions
from pos.analytics.charts.actions import Found
from pos.analytics.charts.answers import MOST_ROWS, kept
from pos.analytics.charts.models import Chart
from pos.analytics.questions import flows as questions
from pos.analytics.questions import grammar
from pos.db import find, transaction
from pos.errors import Invalid, Refused, TooManyTries, Unavailable


def refresh(store_id: UUID, chart_id: UUID, *, actor: str) -> Chart:
    """Asks a chart's query now and keeps what comes of it; of a refusal the words. Raises NotFound, and what says that nothing could be asked:
    Unavailable, TooManyTries."""
    with transaction(store_id):
        chart = find(Chart, chart_id)
        query = chart.query_text
    found = _found(store_id, query)
    with transaction(store_id, actor=actor):
        chart = find(Chart, chart_id, lock=True)
        actions.take_answer(chart, query, found)
        return chart


def answered(store_id: UUID, query: str) -> Found:
    """What a query gives that is about to be saved; nothing where nobody can be asked now. Raises Invalid for one that is refused."""
    try:
        found = _found(store_id, query)
    except (Unavailable, TooManyTries):
        return Found(clock.now())
    if found.failure:
        raise Invalid(reason=found.failure, pointer="/query_text")
    return found


def _found(store_id: UUID, query: str) -> Found:
    views = _views(query)
    try:
        answer = questions.ask(store_id, query, limit=MOST_ROWS)
    except Refused as error:
        return Found(clock.now(), views=views, failure=str(error))
    columns = [(column.name, column.type) for column in answer.columns]
    return Found(clock.now(), kept(columns, answer.rows, is_cut=answer.is_cut), views)


def _views(query: str) -> frozenset[str]:
    """The views that a query reads; none if it may not be asked."""
    try:
        return grammar.judge(query, MOST_ROWS).views
    except Refused:
        return frozenset()
