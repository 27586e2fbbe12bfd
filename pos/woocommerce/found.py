"""What came of a page: how much was read and written, what differed, and what could not be taken in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from pos import ids
from pos.statements import Statement, as_rows
from pos.woocommerce.records import LeftOut

# What differs is told row by row up to here; beyond it is counted.
MOST_ROWS = 500
_NOTE = Statement("""
    INSERT INTO sync_problems AS known (store_id, id, kind, wc_id, reason, detail, is_left_out)
    SELECT :store, told.id, :kind, told.wc_id, told.reason, told.detail, told.is_left_out
      FROM json_to_recordset(:rows) AS told (id uuid, wc_id bigint, reason text, detail jsonb, is_left_out boolean)
    ON CONFLICT (store_id, kind, wc_id, reason) DO UPDATE
       SET detail = excluded.detail, is_left_out = excluded.is_left_out, resolved_at = NULL, updated_at = now()
     WHERE (known.detail, known.is_left_out) IS DISTINCT FROM (excluded.detail, excluded.is_left_out) OR known.resolved_at IS NOT NULL
""")
_SETTLE = Statement("""
    UPDATE sync_problems SET resolved_at = :now, updated_at = now()
     WHERE store_id = :store AND resolved_at IS NULL AND kind = :kind AND wc_id = ANY(:seen ::bigint[])
       AND (wc_id, reason) NOT IN (SELECT told.wc_id, told.reason FROM json_to_recordset(:rows) AS told (wc_id bigint, reason text))
""")


_OPEN = Statement("""
    SELECT wc_id FROM sync_problems
     WHERE store_id = :store AND resolved_at IS NULL AND kind = :kind AND reason = ANY(:reasons) AND wc_id = ANY(:numbers ::bigint[])
""")


class Difference(NamedTuple):
    """Something that is not here as it is in the shop. `what` is missing, changed, refunded, gone or doubled; `fields` what was here
    and what is there."""

    kind: str
    wc_id: int
    what: str
    fields: Mapping[str, Any]


class Problem(NamedTuple):
    """Why something was left out, or a remark about something that was taken in."""

    wc_id: int
    reason: str
    detail: Mapping[str, Any]
    is_left_out: bool


@dataclass
class Found:
    """Of one kind of things, in one transaction."""

    kind: str
    seen: list[int] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    problems: dict[tuple[int, str], Problem] = field(default_factory=dict)
    # Customers that an order brought with it.
    people_changed: int = 0
    # What the orders come to in the shop, by name.
    totals: dict[str, int] = field(default_factory=dict)

    @property
    def changed(self) -> int:
        return len({difference.wc_id for difference in self.differences}) + self.people_changed

    def differs(self, wc_id: int, what: str, **fields: Any) -> None:
        self.differences.append(Difference(self.kind, wc_id, what, fields))

    def leave_out(self, wc_id: int, why: LeftOut) -> None:
        self.problems[wc_id, why.reason] = Problem(wc_id, why.reason, why.detail, is_left_out=True)

    def remark(self, wc_id: int, reason: str, **detail: Any) -> None:
        self.problems[wc_id, reason] = Problem(wc_id, reason, detail, is_left_out=False)

    def noted(self, reasons: Sequence[str], numbers: Sequence[int]) -> set[int]:
        """Of which of these one of these remarks stands."""
        if not numbers:
            return set()
        return {row[0] for row in _OPEN.rows(kind=self.kind, reasons=list(reasons), numbers=list(numbers))}

    def write(self, now: datetime) -> None:
        """Notes what was in the way, and settles what is not any more; what is known already is not written again."""
        rows = as_rows({"id": ids.uuid7(), **problem._asdict()} for problem in self.problems.values())
        if self.problems:
            _NOTE.run(kind=self.kind, rows=rows)
        _SETTLE.run(kind=self.kind, rows=rows, seen=self.seen, now=now)
