"""What may change about a shift: opened, cash moved, counted, closed. Whoever acts on a register's shift or reports locks the register,
after all other locks; so of two closings one finds the shift closed, and reports follow one another."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pos import audit_log
from pos.db import db, find
from pos.errors import Conflict, Refused
from pos.orders.lifecycle import WrongState
from pos.shifts import queries, reports
from pos.shifts.models import CashMovement, Shift, ShiftCount, ZReport
from pos.statements import Statement
from pos.stores.models import Register

_LOCK = Statement("SELECT id FROM registers WHERE store_id = :store AND id = :register FOR NO KEY UPDATE")
_LAST = Statement(
    "SELECT coalesce(max(number), 0)::bigint FROM shifts WHERE store_id = :store AND register_id = :register"
)


class ShiftOpen(Conflict):
    title = "A shift is open already"
    advice = "{register} has an open shift, number {number}. Count and close that one first."


class CountFirst(Refused):
    title = "Count first"
    advice = "Count the drawer (POST /shifts/{{id}}/counts) before the shift is closed."


def open_shift(shift_id: UUID, register_id: UUID, opening_float: int, user_id: UUID | None, now: datetime) -> Shift:
    """Opens a register's shift with what was counted into its drawer. Raises NotFound, ShiftOpen."""
    lock(register_id)
    register = find(Register, register_id)
    there = queries.open_of(register_id)
    if there:
        raise ShiftOpen(register=register.name, number=there.number)
    [(last,)] = _LAST.rows(register=register_id)
    shift = Shift(id=shift_id, register_id=register_id, location_id=register.location_id, number=last + 1)
    shift.status, shift.opening_float, shift.opened_at, shift.opened_by = "open", opening_float, now, user_id
    db.session.add(shift)
    db.session.flush()
    audit_log.record("shift.open", f"shifts:{shift.id}", after={"opening_float": opening_float})
    return shift


def move(shift_id: UUID, row_id: UUID, user_id: UUID | None, authorised_by: str | None, **moved: Any) -> Shift:
    """Notes cash that comes into the drawer or leaves it without a sale, or that it was opened (`kind`, `amount`, `reason`).
    Raises NotFound, WrongState."""
    shift = _locked(shift_id, "moved")
    db.session.add(CashMovement(id=row_id, shift_id=shift.id, user_id=user_id, **moved))
    detail = {"kind": moved["kind"], "amount": moved["amount"], "authorised_by": authorised_by}
    audit_log.record("shift.move", f"shifts:{shift.id}", after=detail)
    db.session.flush()
    return shift


def count(shift_id: UUID, row_id: UUID, user_id: UUID | None, *, cash: int, card: int | None = None) -> Shift:
    """Keeps what somebody counted; the latest count is the one by which the shift is closed. Raises NotFound, WrongState."""
    shift = _locked(shift_id, "counted")
    db.session.add(ShiftCount(id=row_id, shift_id=shift.id, cash=cash, card=card, user_id=user_id))
    db.session.flush()
    return shift


def close(shift_id: UUID, user_id: UUID | None, now: datetime) -> ZReport:
    """Closes a shift with its numbered report, and writes the addenda of what came too late for earlier ones before that.
    Raises NotFound, WrongState, CountFirst."""
    shift = _locked(shift_id, "closed")
    if queries.latest_count(shift.id) is None:
        raise CountFirst
    found = reports.found(shift.register_id)
    reports.write_addenda(shift.register_id, found, now)
    shift.status, shift.closed_at, shift.closed_by = "closed", now, user_id
    db.session.flush()
    return reports.write_z(shift, found.in_time(), now)


def add_late(order_id: UUID, register_id: UUID, now: datetime) -> None:
    """Writes the addendum for a sale without network that came after its shift was closed; nothing, if it did not, or if a report has
    counted it."""
    lock(register_id)
    found = reports.found(register_id)
    if any(order.id == order_id and order.late_for for order in found.orders):
        reports.write_addenda(register_id, found, now)


def lock(register_id: UUID) -> None:
    """Nobody else acts on the register's shift or reports until the commit."""
    _LOCK.rows(register=register_id)


def _locked(shift_id: UUID, event: str) -> Shift:
    """The shift, if it is open, with its register locked before it. Raises NotFound, WrongState."""
    lock(find(Shift, shift_id).register_id)
    shift = find(Shift, shift_id, lock=True)
    if shift.status != "open":
        raise WrongState(what="shift", state=shift.status, event=event)
    return shift
