"""Which old rows are one person: pure. Rows that are linked are; those with one number or e-mail are, unless their names speak against it.

Names are looked at for all rows of both sides, so a row without a name never makes one of two people who share a number. The
order of the rows decides nothing but who comes first.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pos.legacy.people import is_same_person

# Tables by what a row of them is called in `source_ids.kind`.
TABLES = {"user": "users", "customer": "customers", "profile": "customer_profiles", "session": "user_profiles"}


# So many names at one number or e-mail may be a family and their spellings.
_FAMILY = 4


class Ref(NamedTuple):
    """An old row: what it is, and its id."""

    kind: str
    id: int

    def __str__(self) -> str:
        return f"{TABLES[self.kind]}:{self.id}"


class Node(NamedTuple):
    """An old row as far as it says who it is about. `number` is E.164; `told` the number as it was typed."""

    ref: Ref
    linked_to: Ref | None
    name: str | None
    number: str | None
    told: str | None
    email: str | None


@dataclass
class Group:
    """The rows of one person, and by which rule each came to them."""

    nodes: list[Node] = field(default_factory=list)
    rules: dict[Ref, str] = field(default_factory=dict)
    joined_to: "Group | None" = None
    called: dict[str, None] = field(default_factory=dict)

    @property
    def main(self) -> Ref:
        """The row by whose id the person goes on to be known: the customer linked to a user first, then the oldest."""
        return min(self.nodes, key=_rank).ref

    def add(self, node: Node, rule: str) -> None:
        self.nodes.append(node)
        self.rules[node.ref] = rule
        if node.name:
            self.called[node.name] = None

    def names(self) -> list[str]:
        return list(self.called)

    def now(self) -> "Group":
        """This group, or the one that it has become part of."""
        group = self
        while group.joined_to:
            group = group.joined_to
        return group

    def join(self, other: "Group", rule: str) -> None:
        """Becomes part of another group."""
        other.nodes += self.nodes
        other.rules |= dict.fromkeys(self.rules, rule)
        other.called |= self.called
        self.joined_to = other

    def takes(self, other: "Group") -> bool:
        """Whether no name of the one speaks against a name of the other."""
        mine, theirs = self.names(), other.names()
        return all(is_same_person(one, another) for one in mine for another in theirs)


@dataclass(frozen=True)
class Matches:
    """All people, in the order of their main rows; numbers that several of them have; sessions that tell of nobody."""

    groups: Sequence[Group]
    nobody: Sequence[Ref]
    broken_links: Sequence[Ref]


def match(nodes: Iterable[Node]) -> Matches:
    """Groups rows by links, then by numbers, then by e-mails."""
    groups, nobody, broken = _linked(nodes)
    for key, rule in (("number", "phone"), ("email", "email")):
        groups = _joined(groups, key, rule)
    return Matches(sorted(groups, key=lambda group: _rank(min(group.nodes, key=_rank))), nobody, broken)


def _linked(nodes: Iterable[Node]) -> tuple[list[Group], list[Ref], list[Ref]]:
    """Rows joined by links alone; a chain of links in a circle is one person. Who links to a row that is not there stands alone."""
    found = {node.ref: node for node in sorted(nodes, key=_rank)}
    roots: dict[Ref, Ref] = {ref: ref for ref in found}
    broken = []
    for ref, node in found.items():
        if node.linked_to in found:
            roots[_root(roots, ref)] = _root(roots, node.linked_to)
        elif node.linked_to:
            broken.append(ref)
    groups: dict[Ref, Group] = {}
    nobody = []
    for ref, node in found.items():
        if ref.kind == "session" and node.linked_to not in found and not (node.number or node.email):
            nobody.append(ref)
            continue
        groups.setdefault(_root(roots, ref), Group()).add(node, "user_link")
    return list(groups.values()), nobody, broken


def _root(roots: dict[Ref, Ref], ref: Ref) -> Ref:
    """The one row that stands for all that are joined with this one; the way there is made shorter."""
    while roots[ref] != ref:
        roots[ref] = roots[roots[ref]]
        ref = roots[ref]
    return ref


def _joined(groups: Sequence[Group], key: str, rule: str) -> list[Group]:
    """Groups with the same number or e-mail made one where their names allow it, whoever has the earliest row first."""
    holders: dict[str, list[Group]] = {}
    common = _common(groups, key)
    for group in sorted(groups, key=lambda group: _rank(min(group.nodes, key=_rank))):
        values = list(
            dict.fromkeys(value for node in group.nodes if (value := getattr(node, key)) and value not in common)
        )
        for home in [each for value in values for each in holders.get(value, ())]:
            mine, theirs = group.now(), home.now()
            if mine is not theirs and theirs.takes(mine):
                mine.join(theirs, rule)
        for value in values:
            found = {id(each.now()): each.now() for each in (*holders.get(value, ()), group)}
            holders[value] = list(found.values())
    return [group for group in groups if group.joined_to is None]


def _common(groups: Iterable[Group], key: str) -> set[str]:
    """Numbers or e-mails that more people with different names have than a family: the shop's own, or nobody@…. They say
    nothing of who somebody is."""
    names: dict[str, set[str]] = {}
    for group in groups:
        for value in {value for node in group.nodes if (value := getattr(node, key))}:
            names.setdefault(value, set()).update(name.casefold() for name in group.names())
    return {value for value, found in names.items() if len(found) > _FAMILY}


def _rank(node: Node) -> tuple[int, int]:
    """Customers linked to a user, customers, users, sessions; among them by their ids."""
    kinds = {"customer": 0 if node.linked_to else 1, "user": 2, "session": 3}
    return kinds[node.ref.kind], node.ref.id


def shared_numbers(groups: Iterable[Group]) -> Iterator[tuple[str, list[Group]]]:
    """Numbers that several people have, with these people, the first of whom keeps it."""
    holders: dict[str, list[Group]] = {}
    for group in groups:
        for number in dict.fromkeys(node.number for node in group.nodes if node.number):
            holders.setdefault(number, []).append(group)
    return ((number, found) for number, found in holders.items() if len(found) > 1)
