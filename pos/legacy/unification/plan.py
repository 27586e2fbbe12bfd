"""What a move would do, printed before anybody does it: who is one person and why, which fields differ and which rule decides."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from pos.legacy.batches import batched
from pos.legacy.flows import Course
from pos.legacy.unification import reading
from pos.legacy.unification.matching import TABLES, Group, Matches, shared_numbers
from pos.legacy.unification.merging import Conflict, merge
from pos.legacy.unification.old_base import OldBase

_AT_ONCE = 1000


@dataclass
class Plan:
    """The figures, and the lines behind them: of each kind as many as were asked for. Rows are named by table and id, never by what
    they say."""

    rows: dict[str, int] = field(default_factory=dict)
    people: int = 0
    by_rule: Counter[str] = field(default_factory=Counter)
    orphans: int = 0
    orders_of_nobody: int = 0
    nobody: int = 0
    unusable: int = 0
    shared: int = 0
    points: int = 0
    negative_points: int = 0
    conflicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    lines: dict[str, list[str]] = field(default_factory=dict)

    def tell(self, kind: str, line: str, most: int) -> None:
        told = self.lines.setdefault(kind, [])
        if len(told) < most:
            told.append(line)

    def shown(self) -> Iterator[str]:
        """The plan in words."""
        yield f"rows      {', '.join(f'{count:,} {table}' for table, count in self.rows.items())}"
        yield f"people    {self.people:,} customers come of them, {self.orphans:,} of whom no user stands behind (orphans)"
        yield f"matches   {', '.join(f'{count:,} by {rule}' for rule, count in sorted(self.by_rule.items())) or 'none'}"
        yield f"phones    {self.unusable:,} people without a usable number, {self.shared:,} numbers of several people (the first keeps it)"
        yield f"points    {self.points:,} are carried as adjustments; {self.negative_points:,} below nothing count as none"
        yield f"orders    {self.orders_of_nobody:,} without a customer are kept under one that stands for nobody"
        yield f"sessions  {self.nobody:,} tell of nobody and stay in the backup"
        for (name, rule), count in sorted(self.conflicts.items()):
            yield f"conflict  {name}: {count:,} people, decided by: {rule}"
        for kind, lines in self.lines.items():
            yield ""
            yield f"{kind}:"
            yield from (f"  {line}" for line in lines)


def plan(base: OldBase, course: Course, matches: Matches, most: int) -> Plan:
    """Reads everything, writes nothing."""
    reading.require_clear_orders(base)
    found = Plan(people=len(matches.groups), nobody=len(matches.nobody))
    for table in (*TABLES.values(), "orders"):
        found.rows[table] = base.rows(f"SELECT count(*) FROM {table}")[0][0]
    found.orders_of_nobody = base.rows("SELECT count(*) FROM orders WHERE customer_id IS NULL")[0][0]
    for number, (first, *others) in shared_numbers(matches.groups):
        found.shared += 1
        mains = ", ".join(str(each.main) for each in others)
        found.tell("numbers of several people", f"…{number[-2:]}: {first.main} keeps it, not {mains}", most)
    for ref in matches.broken_links:
        found.tell("links to a user who is not there", str(ref), most)
    for groups in batched(matches.groups, _AT_ONCE):
        _look_into(base, groups, found, most)
    return found


def _look_into(base: OldBase, groups: tuple[Group, ...], found: Plan, most: int) -> None:
    rows = reading.whole_rows(base, groups)
    for group in groups:
        merged = merge([told for node in group.nodes for told in rows[node.ref]])
        found.points += sum(points for _, points in merged.points)
        found.negative_points += sum(points for _, points in merged.negative_points)
        for conflict in merged.conflicts:
            found.conflicts[conflict.field, conflict.rule] += 1
            found.tell("conflicts", f"{group.main}: {_told(conflict)}", most)
        _look_at(group, found, most)


def _look_at(group: Group, found: Plan, most: int) -> None:
    main = group.main
    kinds = {node.ref.kind for node in group.nodes}
    for node in group.nodes:
        if node.ref != main:
            rule = group.rules[node.ref].replace("_", " ")
            found.by_rule[rule] += 1
            found.tell("matches", f"{node.ref} is {main}, by {rule}", most)
    if "user" not in kinds:
        found.orphans += 1
        found.tell("orphans", str(main), most)
    if not any(node.number for node in group.nodes):
        found.unusable += 1
        found.tell("without a usable number", str(main), most)


def _told(conflict: Conflict) -> str:
    others = ", ".join(map(str, conflict.others))
    kept = f"{conflict.kept} counts, not " if conflict.kept else ""
    return f"{conflict.field}: {kept}{others} ({conflict.rule})"
