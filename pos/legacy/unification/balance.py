"""The balance sheet of a move: what the backups say beside what the books say, and which rule explains a difference.

Both sides are counted anew each time, the people too. What was sold, answered or earned since is not part of it: the books know
which of it the move has brought.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pos.legacy.flows import Course
from pos.legacy.models import TABLES as SOURCE
from pos.legacy.unification import reading
from pos.legacy.unification.going_back import NET, STATE
from pos.legacy.unification.matching import TABLES, match
from pos.legacy.unification.merging import CONSENTS
from pos.legacy.unification.old_base import BACKUPS, ORDERS, TRIGGER, OldBase
from pos.money import written
from pos.statements import Statement

_BACKUP = "backup_"
# Of the first column of the sheet: what its longest line tells of.
WIDTH = 42
_OF_RUN = f"s.store_id = :store AND s.source = '{SOURCE}' AND s.unification_id = :run AND s.external_id <> 'nobody'"
_ROWS = Statement(f"SELECT s.kind, count(*) FROM source_ids s WHERE {_OF_RUN} GROUP BY s.kind")
_PEOPLE = Statement(
    f"SELECT count(DISTINCT s.customer_id) FROM source_ids s WHERE {_OF_RUN} AND s.kind IN ('user', 'customer', 'session')"
)
_OWNERS = Statement(f"SELECT s.number, s.customer_id FROM source_ids s WHERE {_OF_RUN} AND s.kind = 'customer'")
_POINTS = Statement("""
    SELECT coalesce(sum(e.points), 0)::bigint FROM point_entries e
     WHERE e.store_id = :store AND e.type = 'adjust' AND e.cause LIKE :cause
""")
# An order that was paid, refunded, canceled or moved here since, which raises its version, counts as the move has brought it.
_WENT_ON = f"(o.version > 1 AND s.digest <> {STATE} || ':' || {NET})"
_ORDERS = Statement(f"""
    SELECT CASE WHEN c.origin = 'walk_in' OR n.id IS NOT NULL THEN NULL ELSE c.id END, count(*),
           coalesce(sum(CASE WHEN {_WENT_ON} THEN split_part(s.digest, ':', 2)::bigint ELSE {NET} END)
             FILTER (WHERE CASE WHEN {_WENT_ON} THEN split_part(s.digest, ':', 1) ELSE {STATE} END = 'completed'), 0)::bigint,
           count(*) FILTER (WHERE {_WENT_ON})
      FROM source_ids s
      JOIN orders o ON o.store_id = s.store_id AND o.id = s.order_id
      JOIN customers c ON c.store_id = s.store_id AND c.id = CASE WHEN o.version > 1 THEN coalesce(s.customer_id, o.customer_id) ELSE o.customer_id END
      LEFT JOIN source_ids n ON n.store_id = s.store_id AND n.source = s.source AND n.external_id = 'nobody' AND n.customer_id = c.id
     WHERE {_OF_RUN} AND s.kind = 'order' GROUP BY 1
""")

_ANSWERS = Statement(f"""
    SELECT c.id, c.sms_consent, c.marketing_consent,
           ARRAY(SELECT DISTINCT n.purpose FROM consents n WHERE n.store_id = c.store_id AND n.customer_id = c.id
                    AND n.evidence ->> 'unification_id' IS DISTINCT FROM :run ::text)
      FROM customers c
     WHERE c.store_id = :store AND EXISTS (SELECT FROM source_ids s WHERE s.customer_id = c.id AND {_OF_RUN})
""")
_FOUND_BY_EMAIL = Statement(f"SELECT s.customer_id FROM source_ids s WHERE {_OF_RUN} AND s.rule = 'email'")
_WITHOUT_PROFILE = Statement(f"""
    SELECT count(*) FROM source_ids s WHERE {_OF_RUN} AND s.customer_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM profiles p WHERE p.store_id = s.store_id AND p.customer_id = s.customer_id)
""")


_LOST_PROFILES = f"""
    SELECT count(*) FROM {BACKUPS["customer_profiles"]} p
     WHERE NOT EXISTS (SELECT FROM {BACKUPS["customers"]} c WHERE c.id = p.customer_id)
"""


# As merging counts them, whatever type the column has.
_WHOLE = "CASE WHEN c.loyalty_points::text ~ '^-?[0-9.]+$' THEN trunc(c.loyalty_points::numeric) END"


@dataclass(frozen=True)
class Line:
    """One figure on both sides. `rule` explains why they differ, if one does; `is_money`: minor units."""

    what: str
    before: int
    after: int
    rule: str | None = None
    is_money: bool = False

    @property
    def is_clean(self) -> bool:
        return self.before == self.after or self.rule is not None

    def shown(self, currency: str) -> str:
        """As a line of the sheet."""
        before, after = (
            written(each, currency) if self.is_money else f"{each:,}" for each in (self.before, self.after)
        )
        verdict = "ok" if self.before == self.after else self.rule or "DIFFERS, and no rule explains it"
        return f"{self.what:{WIDTH}} {before:>18} {after:>18}  {verdict}"


def sheet(base: OldBase, course: Course, run: UUID) -> Iterator[Line]:
    """The lines of the sheet, in the open transaction of the store."""
    matches = match(reading.nodes(base, course.country, _BACKUP))
    yield from _rows(base, run, len(matches.nobody))
    [(people,)] = _PEOPLE.rows(run=run)
    yield Line("distinct people", len(matches.groups), people)
    yield from _points(base, run)
    owners: Mapping[int, UUID] = dict(_OWNERS.rows(run=run))
    yield from _consents(base, owners, run)
    yield from _orders(base, course, owners, run)
    yield from _old_tables(base, run)


def _rows(base: OldBase, run: UUID, nobody: int) -> Iterator[Line]:
    found = Counter(dict(_ROWS.rows(run=run)))
    nobodys = {"session": nobody, "profile": base.rows(_LOST_PROFILES)[0][0]}
    for kind, table in TABLES.items():
        before, lost = _count(base, BACKUPS[table]), nobodys.get(kind, 0)
        rule = f"{lost} tell of nobody; they stay in the backup"
        yield Line(f"rows of {table}", before, found[kind], rule if lost and before == found[kind] + lost else None)


def _points(base: OldBase, run: UUID) -> Iterator[Line]:
    [(had, owed, fractions)] = base.rows(f"""
        SELECT coalesce(sum(w.whole) FILTER (WHERE w.whole > 0), 0)::bigint, coalesce(sum(w.whole), 0)::bigint,
               count(*) FILTER (WHERE w.whole IS DISTINCT FROM c.loyalty_points::numeric)
          FROM {BACKUPS["customers"]} c, LATERAL (SELECT {_WHOLE} AS whole) w""")
    [(carried,)] = _POINTS.rows(cause=f"carried:{run}:%")
    if fractions:
        yield Line(
            "rows with points that are not whole", fractions, 0, "fractions stay there; what is no number is none"
        )
    yield Line("points above nothing", had, carried)
    yield Line("points, all added up", owed, carried, "points below nothing count as none" if had == carried else None)


def _consents(base: OldBase, owners: Mapping[int, UUID], run: UUID) -> Iterator[Line]:
    """Per person: the stricter of all rows, unless they answered here as well."""
    expected: dict[str, dict[UUID, bool]] = {purpose: {} for purpose in CONSENTS}
    for old_id, *told in base.rows(f"SELECT id, {', '.join(CONSENTS.values())} FROM {BACKUPS['customers']}"):
        for purpose, answer in zip(CONSENTS, told, strict=True):
            if answer is not None and old_id in owners:
                owner = owners[old_id]
                expected[purpose][owner] = answer and expected[purpose].get(owner, True)
    now = {customer_id: (dict(zip(CONSENTS, flags, strict=True)), set(otherwise))
           for customer_id, *flags, otherwise in _ANSWERS.rows(run=run)}  # fmt: skip
    by_email = {customer_id for (customer_id,) in _FOUND_BY_EMAIL.rows(run=run)}
    for purpose, answers in expected.items():
        for word, wanted in (("yes", True), ("no", False)):
            asked = [owner for owner, answer in answers.items() if answer is wanted]
            kept = [owner for owner in asked if now[owner][0][purpose] is wanted]
            lost = [owner for owner in asked if now[owner][0][purpose] is not wanted]
            is_told = all(purpose in now[owner][1] or owner in by_email for owner in lost)
            rule = f"{len(lost)} answered here, or were found by e-mail only" if is_told else None
            yield Line(f"{purpose}: {word}, the stricter of all rows", len(asked), len(kept), rule)


def _orders(base: OldBase, course: Course, owners: Mapping[int, UUID], run: UUID) -> Iterator[Line]:
    before = _orders_before(base, course, owners)
    rows = _ORDERS.rows(run=run)
    after = {customer_id: (count, spent) for customer_id, count, spent, _ in rows}
    yield Line("orders", sum(count for count, _ in before.values()), sum(count for count, _ in after.values()))
    spent = sum(spent for _, spent in after.values())
    yield Line("spent, by completed orders", sum(spent for _, spent in before.values()), spent, is_money=True)
    changed = sum(row[3] for row in rows)
    yield Line("old orders changed here", 0, changed, "they went on; a way back carries it along" if changed else None)
    differing = [each for each in before.keys() | after.keys() if before.get(each) != after.get(each)]
    yield Line("people whose orders differ", 0, len(differing))
    [(column,)] = base.rows(
        f"SELECT coalesce(sum(nullif(total_spent::text, 'NaN')::numeric), 0) FROM {BACKUPS['customers']}"
    )
    yield Line(
        "spent, by the customers' column",
        reading.minor(column, course.digits),
        spent,
        "counters come from orders",
        is_money=True,
    )
    [(counted,)] = base.rows(f"SELECT coalesce(sum(order_count), 0)::bigint FROM {BACKUPS['customers']}")
    yield Line(
        "orders, by the customers' column",
        counted,
        sum(count for count, _ in after.values()),
        "counters come from orders",
    )


def _orders_before(base: OldBase, course: Course, owners: Mapping[int, UUID]) -> dict[UUID | None, tuple[int, int]]:
    """Number and completed totals by person; None for those of nobody."""
    found: dict[UUID | None, tuple[int, int]] = {}
    for old_id, count, total in base.rows(f"""
            SELECT b.customer_id, count(*), coalesce(sum(round(o.total::numeric, {course.digits})) FILTER (WHERE o.status = 'completed'), 0)
              FROM {BACKUPS[ORDERS]} b JOIN {ORDERS} o ON o.id = b.id GROUP BY b.customer_id"""):
        owner = owners.get(old_id)
        have = found.get(owner, (0, 0))
        found[owner] = (have[0] + count, have[1] + reading.minor(total, course.digits))
    return found


def _old_tables(base: OldBase, run: UUID) -> Iterator[Line]:
    for table in TABLES.values():
        [(changed,)] = base.rows(f"""
            SELECT count(*) FROM {table} t FULL JOIN {BACKUPS[table]} b ON b.id = t.id WHERE t::text IS DISTINCT FROM b::text""")
        yield Line(f"rows of {table} changed since", 0, changed)
    new = base.rows(
        f"SELECT count(*) FROM {ORDERS} o WHERE NOT EXISTS (SELECT FROM {BACKUPS[ORDERS]} b WHERE b.id = o.id)"
    )[0][0]
    yield Line("orders written there since", 0, new)
    astray = base.rows(
        f"SELECT count(*) FROM {ORDERS} o LEFT JOIN customers c ON c.id = o.customer_id WHERE o.customer_id IS NOT NULL AND c.id IS NULL"
    )[0][0]
    yield Line("orders whose customer is not there", 0, astray)
    [(lonely,)] = _WITHOUT_PROFILE.rows(run=run)
    yield Line("people without a profile", 0, lonely)
    triggers = base.rows(
        "SELECT count(*) FROM pg_trigger WHERE tgname = %s AND tgrelid = to_regclass(%s)",
        [TRIGGER, f'"{base.schema}".users'],
    )
    yield Line(f"trigger {TRIGGER}", 0, triggers[0][0])


def _count(base: OldBase, table: str) -> int:
    return int(base.rows(f"SELECT count(*) FROM {table}")[0][0])


def figures(lines: list[Line]) -> dict[str, Any]:
    """The sheet as it is kept with the move."""
    return {line.what: [line.before, line.after, line.rule] for line in lines}
