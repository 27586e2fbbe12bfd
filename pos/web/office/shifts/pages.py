"""Shifts and their reports, of all registers. An X is computed, so it comes when somebody asks for it (static/office/paper.js)."""

from datetime import date
from uuid import UUID

from flask import Response, request

from pos.db import find, transaction
from pos.http.access import allow, caller
from pos.shifts import queries as shifts
from pos.shifts import reports as kept_reports
from pos.shifts.models import ZReport
from pos.web.office import tables
from pos.web.office.exports import as_file
from pos.web.office.frame import area, shown, writing
from pos.web.office.shifts import lists, queries
from pos.web.office.shifts.ties import ties
from pos.web.office.writing import METHOD_NAMES

blueprint = area("shifts", __name__)


@blueprint.get("/shifts")
@allow("manager")
def index() -> str:
    """All shifts, open ones first."""
    with transaction(caller().store.id):
        table = lists.shifts_of(queries.registers())
        found = tables.found(table, tables.Asked.of(table, request.args), writing())
    return shown("shifts/index.html", found=found)


@blueprint.get("/shifts.csv")
@allow("manager")
def export() -> Response:
    """The same as CSV, all of them."""
    with transaction(caller().store.id):
        table = lists.shifts_of(queries.registers())
    return as_file(table)


@blueprint.get("/shifts/<uuid:shift_id>")
@allow("manager")
def shift(shift_id: UUID) -> str:
    """One shift: what was moved and counted, and its reports."""
    with transaction(caller().store.id):
        found, made = shifts.shift(shift_id), queries.reports_of(shift_id)
    return shown("shifts/shift.html", shift=found, made=made)


@blueprint.get("/shifts/reports")
@allow("manager")
def reports() -> str:
    """The reports that closed shifts, and the addenda to them, the latest first."""
    with transaction(caller().store.id):
        table = lists.reports_of(queries.registers())
        found = tables.found(table, tables.Asked.of(table, request.args), writing())
    return shown("shifts/reports.html", found=found)


@blueprint.get("/shifts/reports.csv")
@allow("manager")
def export_reports() -> Response:
    """The same as CSV, with all sums."""
    with transaction(caller().store.id):
        table = lists.sheet_of(queries.registers())
    return as_file(table)


@blueprint.get("/shifts/reports/<uuid:report_id>")
@allow("manager")
def report(report_id: UUID) -> str:
    """One report as it was made, and whether it still is."""
    with transaction(caller().store.id):
        row = find(ZReport, report_id)
        found, link, made = kept_reports.kept(row), queries.link_of(row), queries.reports_of(row.shift_id)
    day = date.fromisoformat(found["business_day"])
    facts = {"link": link, "made": made, "ties": ties(found), "methods": METHOD_NAMES, "day": day}
    return shown("shifts/report.html", report=found, **facts)
