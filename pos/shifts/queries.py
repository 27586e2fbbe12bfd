"""What is asked of shifts."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pos.checkout.queries import json_of
from pos.db import db, rows_of
from pos.errors import NotFound
from pos.http.paging import cursor, read_cursor
from pos.shifts.models import Shift, ShiftCount
from pos.statements import Statement

SHIFT_COLUMNS = (
    "id", "location_id", "number", "status", "opened_at", "opening_float", "closed_at", "version",
)  # fmt: skip
_BY = """(SELECT b.name FROM memberships b WHERE b.store_id = {row}.store_id AND b.user_id = {row}.{column})"""
_MOVEMENTS_OF = f"""
    (SELECT coalesce(json_agg(json_build_object({json_of("m", ("id", "kind", "amount", "reason", "created_at"))},
            'by', {_BY.format(row="m", column="user_id")}) ORDER BY m.id), '[]')
       FROM cash_movements m WHERE m.store_id = s.store_id AND m.shift_id = s.id)
"""
_COUNTS_OF = f"""
    (SELECT coalesce(json_agg(json_build_object({json_of("n", ("id", "cash", "card", "created_at"))},
            'by', {_BY.format(row="n", column="user_id")}) ORDER BY n.id), '[]')
       FROM shift_counts n WHERE n.store_id = s.store_id AND n.shift_id = s.id)
"""
_SHIFTS = f"""
    SELECT json_build_object({json_of("s", SHIFT_COLUMNS)}, 'currency', t.currency,
             'register', json_build_object('id', r.id, 'name', r.name),
             'opened_by', {_BY.format(row="s", column="opened_by")}, 'closed_by', {_BY.format(row="s", column="closed_by")},
             'movements', {_MOVEMENTS_OF}, 'counts', {_COUNTS_OF},
             'report_id', (SELECT z.id FROM z_reports z WHERE z.store_id = s.store_id AND z.shift_id = s.id AND z.kind = 'z'))
      FROM shifts s
      JOIN stores t ON t.id = s.store_id
      JOIN registers r ON r.store_id = s.store_id AND r.id = s.register_id
     WHERE s.store_id = :store
"""
_ONE = Statement(f"{_SHIFTS} AND s.id = :shift")
_OPEN = Statement(f"{_SHIFTS} AND s.register_id = :register AND s.status = 'open'")
_LIST = Statement(f"""{_SHIFTS}
       AND (:register ::uuid IS NULL OR s.register_id = :register ::uuid) AND (:status ::text IS NULL OR s.status = :status)
       AND (:before ::uuid IS NULL OR s.id < :before ::uuid) ORDER BY s.id DESC LIMIT :limit""")
_MOVEMENTS = Statement(f"SELECT {_MOVEMENTS_OF} FROM shifts s WHERE s.store_id = :store AND s.id = :shift")


def shift(shift_id: UUID) -> dict[str, Any]:
    """A shift as the API shows it. Raises NotFound."""
    found = _ONE.first(shift=shift_id)
    if found is None:
        raise NotFound(what="shift")
    return found[0]  # type: ignore[no-any-return]


def shift_at(register_id: UUID) -> dict[str, Any] | None:
    """The open shift of a register, as the API shows it."""
    found = _OPEN.first(register=register_id)
    return found[0] if found else None


def shifts(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """A page of shifts, the latest first."""
    before = read_cursor(wanted["after"]) if "after" in wanted else None
    asked = {"register": wanted.get("register_id"), "status": wanted.get("status"), "before": before}
    rows = [row for (row,) in _LIST.rows(**asked, limit=wanted["limit"] + 1)]
    data = rows[: wanted["limit"]]
    return {"data": data, "next": cursor(UUID(data[-1]["id"])) if len(rows) > len(data) else None}


def movements_of(shift_id: UUID) -> list[dict[str, Any]]:
    """The cash that was moved in a shift without a sale, in the order in which it was."""
    [(found,)] = _MOVEMENTS.rows(shift=shift_id)
    return found  # type: ignore[no-any-return]


def open_of(register_id: UUID) -> Shift | None:
    """The open shift of a register, as a row."""
    return db.session.scalar(rows_of(Shift).where(Shift.register_id == register_id, Shift.status == "open"))


def latest_count(shift_id: UUID) -> ShiftCount | None:
    """What was counted last."""
    counts = rows_of(ShiftCount).where(ShiftCount.shift_id == shift_id).order_by(ShiftCount.id.desc())
    return db.session.scalar(counts.limit(1))
