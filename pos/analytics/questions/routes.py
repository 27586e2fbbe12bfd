"""POST /analytics/query and GET /analytics/schema."""

import hashlib
from typing import Any

from flask import Response

from pos.analytics.questions import flows, schemas
from pos.analytics.questions.allowed import FUNCTIONS
from pos.analytics.questions.queries import views
from pos.audit_log import record
from pos.db import transaction
from pos.errors import ShopError
from pos.http.access import Caller, allow, caller
from pos.http.api import Blueprint, answer

blueprint = Blueprint("questions", __name__, description="Questions to the books in SQL, which only read")


@blueprint.route("/analytics/query", methods=["POST"])
@allow("manager")
@blueprint.arguments(schemas.QueryIn)
@blueprint.response(200, schemas.QueryOut)
def ask_books(body: dict[str, Any]) -> Response:
    """Ask the books one SELECT; it sees this store's views and nothing else, and changes nothing"""
    who = caller()
    try:
        asked = flows.measured(who.store.id, body["sql"], limit=body["limit"])
    except ShopError as error:
        _note(who, body["sql"], {"outcome": type(error).slug()})
        raise
    found = asked.answer
    _note(who, body["sql"], {"outcome": "answered", "views": sorted(asked.views), "row_count": len(found.rows)})
    return answer(
        {
            "columns": [{"name": column.name, "type": column.type} for column in found.columns],
            "rows": found.rows,
            "row_count": len(found.rows),
            "is_cut": found.is_cut,
            "ms": asked.milliseconds,
        }
    )


@blueprint.route("/analytics/schema")
@allow("manager")
@blueprint.response(200, schemas.SchemaOut)
def list_views() -> Response:
    """What may be asked: the views with their columns, and the functions"""
    return answer({"views": views(), "functions": FUNCTIONS})


def _note(who: Caller, sql: str, came_of_it: dict[str, Any]) -> None:
    """The question itself may hold somebody's name, so the log, which is never changed, keeps its digest alone."""
    digest = hashlib.sha256(sql.encode()).hexdigest()
    with transaction(who.store.id, actor=who.actor):
        record("question.ask", f"questions:{digest[:32]}", after=came_of_it)
