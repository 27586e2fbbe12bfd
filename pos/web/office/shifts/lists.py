"""The tables of shifts and of their reports. What a report says stands in its body, under the names of shifts/figures.py."""

from collections.abc import Sequence
from dataclasses import replace

from pos.shifts.models import REPORT_KINDS, STATUSES
from pos.shifts.report import METHODS
from pos.web.office.tables import Column, Filter, Table, day_begins
from pos.web.office.writing import METHOD_NAMES

_BODY = "CROSS JOIN LATERAL (SELECT z.body::jsonb AS body, z.body::jsonb -> 'figures' AS figures) b"
_NAME = "(SELECT b.name FROM memberships b WHERE b.store_id = s.store_id AND b.user_id = s.{column})"


def _figure(name: str) -> str:
    """A figure of a report's body, which leaves out what is nothing."""
    return f"coalesce((b.figures ->> '{name}')::bigint, 0)"


def _net(method: str) -> str:
    return f"{_figure(f'payment|amount|{method}')} - {_figure(f'refund|amount|{method}')}"


_EXPECTED = (
    f"(b.body ->> 'opening_float')::bigint + {_figure('drawer|payment')} - {_figure('drawer|refund')}"
    f" + {_figure('moved|amount|paid_in')} - {_figure('moved|amount|paid_out')}"
)
_COUNTED = "(b.body -> 'counted' ->> 'cash')::bigint"
_DIFFERENCE = f"{_COUNTED} - ({_EXPECTED})"
# Digests are computed anew: a report that was changed, left out or slipped in shows here too, not only in the audit.
_CHAIN = """CASE WHEN z.digest = encode(sha256(convert_to(z.previous_digest || E'\\n' || z.body, 'UTF8')), 'hex')
      AND z.previous_digest = coalesce((SELECT p.digest FROM z_reports p
            WHERE p.store_id = z.store_id AND p.register_id = z.register_id AND p.sequence = z.sequence - 1), '')
    THEN 'holds' ELSE 'broken' END"""
_SHIFT = "'Shift ' || s.number || CASE s.status WHEN 'open' THEN ', open' ELSE '' END"
_TITLE = "CASE z.kind WHEN 'z' THEN 'Z ' ELSE 'Addendum to Z ' END || z.number"

_SHIFTS = Table(
    name="shifts",
    columns=(
        Column("id", "", "s.id"),
        Column("is_open", "", "(s.status = 'open')::int"),
        Column("shift", "Shift", _SHIFT, link=("office.shifts.shift", {"shift_id": "id"})),
        Column("register", "Register", "r.name"),
        Column("opened_at", "Opened", "s.opened_at", "moment", is_sortable=True),
        Column("opened_by", "By", _NAME.format(column="opened_by")),
        Column("closed_at", "Closed", "s.closed_at", "moment", is_sortable=True, may_be_empty=True),
        Column("closed_by", "Closed by", _NAME.format(column="closed_by")),
        Column("expected", "Expected", _EXPECTED, "money"),
        Column("counted", "Counted", _COUNTED, "money"),
        Column("difference", "Difference", _DIFFERENCE, "difference"),
    ),
    source=f"""
        FROM shifts s
        JOIN registers r ON r.store_id = s.store_id AND r.id = s.register_id
        LEFT JOIN z_reports z ON z.store_id = s.store_id AND z.shift_id = s.id AND z.kind = 'z'
        {_BODY}
       WHERE s.store_id = :store""",
    key="s.id",
    order="-is_open",
    filters=(
        Filter("status", "Status", "s.status = :status", [(each, each) for each in STATUSES]),
        Filter("since", "From", "s.opened_at >= :since", kind="date", read=day_begins),
        Filter("until", "To", "s.opened_at < :until ::timestamptz + interval '1 day'", kind="date", read=day_begins),
    ),
)

_REPORTS = Table(
    name="z-reports",
    columns=(
        Column("id", "", "z.id"),
        Column("report", "Report", _TITLE, link=("office.shifts.report", {"report_id": "id"})),
        Column("register", "Register", "r.name"),
        Column("made_at", "Made", "z.created_at", "moment", is_sortable=True),
        Column("sold", "Sold", _figure("total"), "money"),
        Column("received", "Received", " + ".join(f"({_net(method)})" for method in METHODS), "money"),
        Column("difference", "Difference", _DIFFERENCE, "difference"),
        Column("sequence", "No.", "z.sequence", "number"),
        Column("digest", "Digest", "left(z.digest, 8)"),
        Column("chain", "Chain", _CHAIN, "badge"),
    ),
    source=f"""
        FROM z_reports z
        JOIN registers r ON r.store_id = z.store_id AND r.id = z.register_id
        {_BODY}
       WHERE z.store_id = :store""",
    key="z.id",
    order="-made_at",
    filters=(
        Filter("kind", "Kind", "z.kind = :kind", list(zip(REPORT_KINDS, ("Z", "addendum"), strict=True))),
        Filter("since", "From", "z.created_at >= :since", kind="date", read=day_begins),
        Filter("until", "To", "z.created_at < :until ::timestamptz + interval '1 day'", kind="date", read=day_begins),
    ),
)
# What a bookkeeper takes along besides.
_MORE = (
    Column("day", "Business day", "(b.body ->> 'business_day')::date", "day"),
    Column("orders", "Orders", _figure("orders"), "number"),
    Column("expected", "Expected in the drawer", _EXPECTED, "money"),
    Column("counted", "Counted", _COUNTED, "money"),
)
_SUMS = (
    ("subtotal", "Goods"), ("discount", "Discounts"), ("tax", "Tax"), ("tip", "Tips"), ("shipping", "Shipping"), ("fees", "Fees"),
)  # fmt: skip


def shifts_of(registers: Sequence[tuple[str, str]]) -> Table:
    """The shifts, open ones first, then the latest; these registers (id and name) can be chosen."""
    return replace(_SHIFTS, filters=(*_register("s", registers), *_SHIFTS.filters))


def reports_of(registers: Sequence[tuple[str, str]]) -> Table:
    """The reports, the latest first."""
    return replace(_REPORTS, filters=(*_register("z", registers), *_REPORTS.filters))


def sheet_of(registers: Sequence[tuple[str, str]]) -> Table:
    """The same for a spreadsheet: with all sums, the money by how it came, and whole digests."""
    found = reports_of(registers)
    sums = [Column(name, title, _figure(name), "money") for name, title in _SUMS]
    methods = [Column(method, METHOD_NAMES[method], _net(method), "money") for method in METHODS]
    balance = [Column("due_after", "Still due", "(b.body ->> 'due_after')::bigint", "money")]
    digests = [Column("digest", "Digest", "z.digest"), Column("previous", "Digest before", "z.previous_digest")]
    kept = [column for column in found.columns if column.name != "digest"]
    return replace(found, columns=(*kept, *_MORE, *sums, *methods, *balance, *digests))


def _register(alias: str, registers: Sequence[tuple[str, str]]) -> list[Filter]:
    """Where there is one register there is nothing to choose."""
    where = f"{alias}.register_id = :register ::uuid"
    return [Filter("register", "Register", where, registers)] if len(registers) > 1 else []
