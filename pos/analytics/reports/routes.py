"""JSON and CSV of reports."""

from datetime import datetime
from typing import Any

from flask import Response

from pos import clock
from pos.analytics.reports import schemas
from pos.analytics.reports.catalogue import REPORTS, report
from pos.analytics.reports.shape import Asked, Report, days_asked
from pos.db import transaction
from pos.errors import NotFound
from pos.http.access import StoreFacts, allow, caller
from pos.http.api import Blueprint, answer
from pos.http.csv import BYTE_ORDER_MARK, MEDIA_TYPE, csv_row

blueprint = Blueprint("reports", __name__, description="Reports of any days, as the books stand now")


@blueprint.route("/reports/<name>")
@allow("manager")
@blueprint.arguments(schemas.ReportQuery, location="query")
@blueprint.response(200, schemas.ReportOut)
def read_report(query: dict[str, Any], name: str) -> Response:
    """One report. `from` and `to` are business days, both included; of customers whole weeks and months, of which the answer tells the
    first and the last day. Amounts are in minor units"""
    if name not in REPORTS:
        raise NotFound(what="report")
    store, now = caller().store, clock.now()
    asked = asked_by(name, query, now, store)
    with transaction(store.id):
        found = report(name, asked)
    if query["format"] == "csv":
        return _as_file(f"{store.slug}-{name}-{asked.by}-{found.first_on}-{found.last_on}", found)
    return answer(shown(name, asked, found, now, store))


def asked_by(name: str, query: dict[str, Any], now: datetime, store: StoreFacts) -> Asked:
    """What the parameters of a report ask for, with what goes without saying. Raises Invalid."""
    today = clock.business_day(now, store.timezone)
    first_on, last_on = days_asked(query.get("first_on"), query.get("last_on"), today)
    narrowed = {field: query.get(field) for field in ("location_id", "register_id", "user_id")}
    return Asked(query.get("by", REPORTS[name].by[0]), first_on, last_on, **narrowed)


def shown(name: str, asked: Asked, found: Report, now: datetime, store: StoreFacts) -> dict[str, Any]:
    """A report as the API tells it."""
    return {
        "report": name,
        "by": asked.by,
        "from": found.first_on,
        "to": found.last_on,
        "currency": store.currency,
        "timezone": store.timezone,
        "as_of": now,
        "columns": [{"name": column.name, "kind": column.kind} for column in found.columns],
        "totals": found.totals,
        "data": found.data,
    }


def _as_file(name: str, found: Report) -> Response:
    """The rows as they stand in JSON, amounts in minor units."""
    names = [column.name for column in found.columns]
    lines = [csv_row(names), *(csv_row([row[each] for each in names]) for row in found.data)]
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.csv"',
        "Cache-Control": "private, no-store",
    }
    response = Response(BYTE_ORDER_MARK + "".join(lines), mimetype=MEDIA_TYPE)
    response.headers.update(headers)
    return response
