"""JSON and CSV of reports."""

from datetime import datetime
from typing import Any

from flask import Response

from pos import clock
from pos.analytics.reports import schemas
from pos.analytics.reports.catalogue import REPORTS, report
from pos.analytics.reports.shape import Asked, Report, days_asked
from pos.db import transaction
from pos.http.access import StoreFacts, allow, caller
from pos.http.api import Blueprint, answer
from pos.http.csv import BYTE_ORDER_MARK, MEDIA_TYPE, csv_row

# The titles of the operations. Amounts are in minor units everywhere; `from` and `to` are business days, both included.
_ABOUT = {
    "sales": "Sales by time, place, person, goods, discount or tax, and the money that came in and went back meanwhile",
    "products": "Goods sold, by product, category, kind or time",
    "customers": "New and returning customers by whole days, weeks or months; cohorts, days between visits, lifetime value",
    "loyalty": "Points that came and went; in the totals what is owed to members",
    "messages": "Texts that came, left, arrived or did not; of campaigns, what they brought within a week",
}
_CONTENT = {"application/json": {"schema": schemas.FiguresOut}, MEDIA_TYPE: {"schema": {"type": "string"}}}
blueprint = Blueprint("reports", __name__, description="Reports of any days, as the books stand now")


def _answered(name: str, query: dict[str, Any]) -> Response:
    store, now = caller().store, clock.now()
    asked = asked_by(name, query, now, store)
    with transaction(store.id):
        found = report(name, asked)
    if query["format"] == "csv":
        return _as_file(f"{store.slug}-{name}-{asked.by}-{found.first_on}-{found.last_on}", found)
    return answer(shown(name, asked, found, now, store))


def _add_route(name: str) -> None:
    """Each report is an operation of its own, since each is told by other things."""

    def read(query: dict[str, Any]) -> Response:
        return _answered(name, query)

    read.__name__, read.__doc__ = f"read_{name}", _ABOUT[name]
    arguments = blueprint.arguments(schemas.query_of(name, REPORTS[name]), location="query")
    shown_as = blueprint.response(200, schemas.FiguresOut)
    as_both = blueprint.doc(responses={"200": {"description": "OK", "content": _CONTENT}})
    blueprint.route(f"/reports/{name}")(allow("manager")(arguments(shown_as(as_both(read)))))


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


for _name in REPORTS:
    _add_route(_name)
