"""What the pages of shifts ask besides what the API gives."""

from dataclasses import dataclass
from uuid import UUID

from pos.shifts import chain
from pos.shifts.models import ZReport
from pos.statements import Statement

# Also those that were revoked: their reports stay.
_REGISTERS = Statement(
    "SELECT id::text, name FROM registers WHERE store_id = :store ORDER BY lower(name), id LIMIT 500"
)
_OF_SHIFT = Statement("""
    SELECT id, kind, sequence FROM z_reports WHERE store_id = :store AND shift_id = :shift ORDER BY sequence
""")
_BESIDE = Statement("""
    SELECT sequence, id, digest FROM z_reports
     WHERE store_id = :store AND register_id = :register AND sequence IN (:sequence - 1, :sequence + 1)
""")


@dataclass(frozen=True)
class Link:
    """Where a report stands in its register's chain: the ids of those beside it, and whether its digests hold."""

    before: UUID | None
    after: UUID | None
    is_own: bool
    follows: bool


def registers() -> list[tuple[str, str]]:
    """Id and name of each."""
    return [(row[0], row[1]) for row in _REGISTERS.rows()]


def reports_of(shift_id: UUID) -> list[tuple[UUID, str, int]]:
    """The Z of a shift and its addenda: id, kind, sequence."""
    return [(row[0], row[1], row[2]) for row in _OF_SHIFT.rows(shift=shift_id)]


def link_of(row: ZReport) -> Link:
    """One statement, and the digest once more."""
    beside = {each[0]: each[1:] for each in _BESIDE.rows(register=row.register_id, sequence=row.sequence)}
    before, after = beside.get(row.sequence - 1), beside.get(row.sequence + 1)
    expected = before[1] if before else chain.NOTHING
    return Link(
        before[0] if before else None,
        after[0] if after else None,
        is_own=row.digest == chain.digest(row.previous_digest, row.body),
        follows=row.previous_digest == expected and (before is not None or row.sequence == 1),
    )
