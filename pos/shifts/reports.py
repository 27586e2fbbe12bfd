"""Reports as they are made: of a shift that goes on (X), of one that is closed (Z), and what comes after that (addenda). A Z is never
changed; what happens to its orders later counts in the next."""

import json
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pos import audit_log, ids
from pos.checkout.rehearsal import worth
from pos.db import db, find, rows_of
from pos.shifts import chain, figures, queries, report
from pos.shifts.figures import Found, Window
from pos.shifts.models import Shift, ZEntry, ZOrder, ZReport
from pos.statements import Statement, as_rows, insert_of

_WINDOW = Statement("""
    SELECT min(s.created_at), coalesce((SELECT max(z.created_at) FROM z_reports z
                                         WHERE z.store_id = :store AND z.register_id = :register AND z.kind = 'z'), min(s.created_at)),
           (array_agg(s.created_at ORDER BY s.number DESC))[1], (array_agg(s.opened_at ORDER BY s.number DESC))[1]
      FROM shifts s WHERE s.store_id = :store AND s.register_id = :register
""")
_LAST = Statement("""
    SELECT sequence, digest, body FROM z_reports WHERE store_id = :store AND register_id = :register
     ORDER BY sequence DESC LIMIT 1
""")
_FACTS = Statement("""
    SELECT t.currency, t.prices_include_tax, r.id::text AS register_id, r.name AS register, l.id::text AS location_id, l.name AS location,
           l.timezone, a.name AS opened_by, z.name AS closed_by
      FROM shifts s
      JOIN stores t ON t.id = s.store_id
      JOIN registers r ON r.store_id = s.store_id AND r.id = s.register_id
      JOIN locations l ON l.store_id = s.store_id AND l.id = s.location_id
      LEFT JOIN memberships a ON a.store_id = s.store_id AND a.user_id = s.opened_by
      LEFT JOIN memberships z ON z.store_id = s.store_id AND z.user_id = s.closed_by
     WHERE s.store_id = :store AND s.id = :shift
""")
_STANDING = Statement("""
    SELECT (SELECT coalesce(sum(m.balance), 0)::bigint FROM members m WHERE m.store_id = :store) AS points,
           (SELECT coalesce(avg(o.total), 0)::bigint FROM (
              SELECT total FROM orders WHERE store_id = :store AND status <> 'canceled' ORDER BY id DESC LIMIT 1000) o) AS average,
           (SELECT json_build_array(count(*), coalesce(sum(k.amount), 0)) FROM payment_links k
              JOIN orders o ON o.store_id = k.store_id AND o.id = k.order_id
             WHERE k.store_id = :store AND k.status IN ('creating', 'active') AND o.register_id = :register) AS links
""")
_INSERT_ORDERS, _INSERT_ENTRIES = Statement(insert_of(ZOrder)), Statement(insert_of(ZEntry))


@dataclass(frozen=True)
class Before:
    """Where a register's chain stands."""

    sequence: int = 0
    digest: str = chain.NOTHING
    due: int = 0


def found(register_id: UUID) -> Found:
    """What changed at the register since its latest Z; nothing, if it never had a shift. An addendum counts late sales alone, so what it left
    still is to be counted."""
    [(start, since, opened, opened_at)] = _WINDOW.rows(register=register_id)
    if start is None:
        return Found()
    return figures.find(Window(register_id, start, since, opened, opened_at))


def x(shift: Shift, now: datetime) -> dict[str, Any]:
    """The report of an open shift as it would be now; nothing is written."""
    body = _body("x", shift, found(shift.register_id).in_time(), before(shift.register_id), now)
    return _shown(body, shift.id, id=None, digest=None, previous_digest=None, ordinal=None)


def kept(row: ZReport) -> dict[str, Any]:
    """A report that was made, as it was made."""
    facts = {"digest": row.digest, "previous_digest": row.previous_digest, "ordinal": _ordinal(row)}
    return _shown(json.loads(row.body), row.shift_id, id=str(row.id), **facts)


def z_of(shift_id: UUID) -> ZReport:
    """The report that closed a shift."""
    return db.session.scalars(rows_of(ZReport).where(ZReport.shift_id == shift_id, ZReport.kind == "z")).one()


def write_z(shift: Shift, counted: Found, now: datetime) -> ZReport:
    """The report that closes a shift; the register is locked."""
    return _write("z", shift, counted, now)


def write_addenda(register_id: UUID, counted: Found, now: datetime) -> None:
    """One report for each closed shift that something came too late for; the register is locked."""
    for shift_id in counted.shifts():
        _write("addendum", find(Shift, shift_id), counted.late_for(shift_id), now)


def before(register_id: UUID) -> Before:
    """The end of the register's chain."""
    last = _LAST.first(register=register_id)
    if last is None:
        return Before()
    sequence, digest, body = last
    return Before(sequence, digest, json.loads(body)["due_after"])


def _write(kind: str, shift: Shift, counted: Found, now: datetime) -> ZReport:
    last = before(shift.register_id)
    body = chain.written(_body(kind, shift, counted, last, now))
    row = ZReport(
        id=ids.uuid7(), register_id=shift.register_id, shift_id=shift.id, kind=kind, number=shift.number, body=body
    )
    row.sequence, row.previous_digest = last.sequence + 1, last.digest
    row.digest = chain.digest(last.digest, body)
    db.session.add(row)
    db.session.flush()
    _keep(row.id, counted)
    audit_log.record(f"shift.{kind}", f"shifts:{shift.id}", after={"report": str(row.id), "digest": row.digest})
    return row


def _keep(report_id: UUID, counted: Found) -> None:
    """What the report counts, row by row."""
    orders = (
        {"id": ids.uuid7(), "report_id": report_id, "order_id": each.id, "previous_id": each.previous_id}
        | {"order_version": each.version, "figures": each.figures}
        for each in counted.orders
    )
    columns = ("order_id", "kind", "item_id", "previous_id", "method", "count", "amount", "is_in_drawer", "is_own")
    entries = (
        {"id": ids.uuid7(), "report_id": report_id} | {name: getattr(each, name) for name in columns}
        for each in counted.entries
    )
    _INSERT_ORDERS.soon(rows=as_rows(orders))
    _INSERT_ENTRIES.soon(rows=as_rows(entries))


def _body(kind: str, shift: Shift, counted: Found, last: Before, now: datetime) -> dict[str, Any]:
    """All that a report says. Only a shift's own report has its movements and its count."""
    [facts] = _FACTS.mappings(shift=shift.id)
    is_whole = kind != "addendum"
    moved = [(each["kind"], each["amount"]) for each in queries.movements_of(shift.id)] if is_whole else []
    sums = figures.summed(counted, moved)
    return {
        "kind": kind,
        "number": shift.number,
        "sequence": last.sequence + 1,
        "made_at": _instant(now),
        "business_day": shift.opened_at.astimezone(ZoneInfo(facts["timezone"])).date().isoformat(),
        "currency": facts["currency"],
        "tax_included": facts["prices_include_tax"],
        "register": {"id": facts["register_id"], "name": facts["register"]},
        "location": {"id": facts["location_id"], "name": facts["location"], "timezone": facts["timezone"]},
        "shift": _span(shift, facts),
        "opening_float": shift.opening_float if is_whole else 0,
        "counted": _counted(shift.id) if is_whole else {},
        "figures": sums,
        "due_before": last.due,
        "due_after": last.due + sums.get("due", 0),
        "rows": chain.digest_of_rows(counted),
        **_standing(shift.register_id),
    }


def _span(shift: Shift, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(shift.id),
        "opened_at": _instant(shift.opened_at),
        "opened_by": facts["opened_by"],
        "closed_at": _instant(shift.closed_at) if shift.closed_at else None,
        "closed_by": facts["closed_by"],
    }


def _standing(register_id: UUID) -> dict[str, Any]:
    """What stands open at this moment: the points that the store owes its members, at the worth of the best reward, and the links that
    nobody has paid yet. The one part of a report that later rows cannot prove."""
    [row] = _STANDING.mappings(register=register_id)
    value = worth(Fraction(row["average"]))
    links_waiting_count, links_waiting = row["links"]
    return {
        "points": {
            "outstanding": row["points"],
            "outstanding_worth": int(row["points"] * value.of_a_point) if value else None,
        },
        "links": {"links_waiting_count": links_waiting_count, "links_waiting": links_waiting},
    }


def _counted(shift_id: UUID) -> dict[str, int]:
    """What was counted last, if anything was."""
    last = queries.latest_count(shift_id)
    amounts = {method: getattr(last, method) for method in report.COUNTED} if last else {}
    return {method: amount for method, amount in amounts.items() if amount is not None}


def _ordinal(row: ZReport) -> int | None:
    """Which addendum of its shift it is."""
    if row.kind != "addendum":
        return None
    earlier = rows_of(ZReport).where(ZReport.shift_id == row.shift_id, ZReport.kind == "addendum")
    return len(list(db.session.scalars(earlier.where(ZReport.sequence <= row.sequence))))


def _shown(body: dict[str, Any], shift_id: UUID, **facts: Any) -> dict[str, Any]:
    return facts | report.shown(body, queries.movements_of(shift_id) if body["kind"] != "addendum" else [])


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
