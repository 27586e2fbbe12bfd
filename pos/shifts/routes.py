"""JSON of shifts. A register acts on its own; for another one a manager does."""

from typing import Any
from uuid import UUID

from flask import Response

from pos import clock
from pos.db import find, glance, rows_of, transaction
from pos.errors import Forbidden
from pos.http import idempotency
from pos.http.access import Caller, allow, caller
from pos.http.api import Blueprint, answer, idempotent
from pos.http.paging import page
from pos.shifts import actions, queries, reports, schemas
from pos.shifts.models import Shift, ZReport

blueprint = Blueprint(
    "shifts", __name__, description="The cashier's shift: drawer, count, and the report that closes it"
)


class AnotherRegister(Forbidden):
    title = "Another register's drawer"
    advice = "This shift is another register's. It is counted there, or by a manager in the office."


@blueprint.route("/register/shift")
@allow("cashier")
@blueprint.response(200, schemas.CurrentShift)
def read_current_shift() -> Response:
    """The open shift of this register, or null"""
    register_id = caller().require_register()
    with glance(caller().store.id):
        return answer({"shift": queries.shift_at(register_id)})


@blueprint.route("/shifts")
@allow("cashier")
@blueprint.arguments(schemas.ShiftPage, location="query")
@blueprint.response(200, schemas.ShiftList)
def list_shifts(wanted: dict[str, Any]) -> Response:
    """The shifts, the latest first; a register sees its own"""
    with transaction(caller().store.id):
        return answer(queries.shifts(_own(wanted)))


@blueprint.route("/shifts", methods=["POST"])
@allow("cashier")
@idempotent
@blueprint.arguments(schemas.ShiftNew)
@blueprint.response(201, schemas.ShiftOut)
def open_shift(body: dict[str, Any]) -> Response:
    """Open the register's shift with the float that was counted into its drawer"""
    who = caller()
    register_id = _register(body.get("register_id"), who)
    with transaction(who.store.id, actor=who.actor):
        claim = idempotency.claim("shift", body)
        if not claim.is_replay:
            actions.open_shift(claim.resource_id, register_id, body["opening_float"], who.user_id, clock.now())
        _reachable(claim.resource_id)
        return answer(queries.shift(claim.resource_id), 201, claim.headers)


@blueprint.route("/shifts/<uuid:shift_id>")
@allow("cashier")
@blueprint.response(200, schemas.ShiftOut)
def read_shift(shift_id: UUID) -> Response:
    """One shift, with what was moved and counted"""
    with transaction(caller().store.id):
        _reachable(shift_id)
        return answer(queries.shift(shift_id))


@blueprint.route("/shifts/<uuid:shift_id>/movements", methods=["POST"])
@allow("cashier")
@idempotent
@blueprint.arguments(schemas.MovementNew)
@blueprint.response(201, schemas.ShiftOut)
def move_cash(body: dict[str, Any], shift_id: UUID) -> Response:
    """Note cash that comes into the drawer or leaves it without a sale, or that it was opened for neither. What is paid out a manager
    does, or approves by PIN"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        claim = idempotency.claim("cash_movement", body)
        _reachable(shift_id)
        if not claim.is_replay:
            authorised_by = who.authorise("manager") if body["kind"] == "paid_out" else None
            actions.move(shift_id, claim.resource_id, who.user_id, authorised_by, **body)
        return answer(queries.shift(shift_id), 201, claim.headers)


@blueprint.route("/shifts/<uuid:shift_id>/counts", methods=["POST"])
@allow("cashier")
@idempotent
@blueprint.arguments(schemas.CountNew)
@blueprint.response(201, schemas.Counted)
def count_drawer(body: dict[str, Any], shift_id: UUID) -> Response:
    """Keep what was counted, and see what was expected. A second count is kept beside the first; the latest closes the shift"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        claim = idempotency.claim("shift_count", body)
        _reachable(shift_id)
        if not claim.is_replay:
            actions.count(shift_id, claim.resource_id, who.user_id, **body)
        counts = queries.shift(shift_id)["counts"]
        counted = next(each for each in counts if each["id"] == str(claim.resource_id))
        shown = {"id": counted["id"], "count": counted, "tenders": _report(find(Shift, shift_id))["tenders"]}
        return answer(shown, 201, claim.headers)


@blueprint.route("/shifts/<uuid:shift_id>/close", methods=["POST"])
@allow("cashier")
@idempotent
@blueprint.arguments(schemas.CloseIn)
@blueprint.response(201, schemas.ReportOut)
def close_shift(body: dict[str, Any], shift_id: UUID) -> Response:
    """Close the shift by its latest count, with the numbered report that is never changed (Z)"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        claim = idempotency.claim("z_report", body)
        _reachable(shift_id)
        if not claim.is_replay:
            actions.close(shift_id, who.user_id, clock.now())
        return answer(reports.kept(reports.z_of(shift_id)), 201, claim.headers)


@blueprint.route("/shifts/<uuid:shift_id>/report")
@allow("cashier")
@blueprint.response(200, schemas.ReportOut)
def read_report_of_shift(shift_id: UUID) -> Response:
    """How the shift stands at this moment (X), or its report, once it is closed (Z)"""
    with transaction(caller().store.id):
        return answer(report_of(shift_id))


@blueprint.route("/z-reports")
@allow("cashier")
@blueprint.arguments(schemas.ReportPage, location="query")
@blueprint.response(200, schemas.ReportList)
def list_reports(wanted: dict[str, Any]) -> Response:
    """The reports that closed shifts, and the addenda to them, the latest first; a register sees its own"""
    wanted = _own(wanted)
    with transaction(caller().store.id):
        found = rows_of(ZReport)
        if "register_id" in wanted:
            found = found.where(ZReport.register_id == wanted.pop("register_id"))
        rows = page(found, ZReport, **wanted)
        return answer(rows | {"data": [reports.kept(row) for row in rows["data"]]})


@blueprint.route("/z-reports/<uuid:report_id>")
@allow("cashier")
@blueprint.response(200, schemas.ReportOut)
def read_report(report_id: UUID) -> Response:
    """One report, as it was made"""
    with transaction(caller().store.id):
        return answer(report(report_id))


def report_of(shift_id: UUID) -> dict[str, Any]:
    """A shift's report, as it is shown to the caller. Raises NotFound, AnotherRegister."""
    return _report(_reachable(shift_id))


def report(report_id: UUID) -> dict[str, Any]:
    """One report, as it is shown to the caller. Raises NotFound, AnotherRegister."""
    row = find(ZReport, report_id)
    _require_own(row.register_id)
    return reports.kept(row)


def _report(shift: Shift) -> dict[str, Any]:
    if shift.status == "open":
        return reports.x(shift, clock.now())
    return reports.kept(reports.z_of(shift.id))


def _register(wanted: UUID | None, who: Caller) -> UUID:
    """The register that is meant: the one that calls, or what a manager says."""
    if wanted is None or wanted == who.register_id:
        return who.require_register()
    who.require("manager")
    return wanted


def _own(wanted: dict[str, Any]) -> dict[str, Any]:
    """What a list asks for, of the calling register alone if no manager asks. Raises AnotherRegister."""
    who = caller()
    if who.reaches("manager"):
        return wanted
    register_id = who.require_register()
    _require_own(wanted.get("register_id", register_id))
    return wanted | {"register_id": register_id}


def _reachable(shift_id: UUID) -> Shift:
    """The shift, if the caller may act on it. Raises NotFound, AnotherRegister."""
    shift = find(Shift, shift_id)
    _require_own(shift.register_id)
    return shift


def _require_own(register_id: UUID) -> None:
    who = caller()
    if register_id != who.register_id and not who.reaches("manager"):
        raise AnotherRegister
