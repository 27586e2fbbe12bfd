"""Which old rows are one person: by links, numbers and e-mails, unless their names speak against it."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos.legacy.people import is_same_person
from pos.legacy.unification.matching import Matches, Node, Ref, match, shared_numbers

KINDS = {"u": "user", "c": "customer", "s": "session"}
ONE, TWO, THREE = "+15035550101", "+15035550102", "+15035550103"
MAIL, OTHER_MAIL = "ada@example.com", "post@example.com"


def ref(short: str) -> Ref:
    """`c7` is the customer 7."""
    return Ref(KINDS[short[0]], int(short[1:]))


def row(short: str, name: str | None = None, link: str | None = None, number: str | None = None,
        email: str | None = None) -> Node:  # fmt: skip
    return Node(ref(short), ref(link) if link else None, name, number, number, email)


def people(matches: Matches) -> list[set[str]]:
    """Groups in their order, rows written as in the cases."""
    return [{f"{node.ref.kind[0]}{node.ref.id}" for node in group.nodes} for group in matches.groups]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([row("u1", "Ada"), row("c2", "Ben", "u1")], [{"u1", "c2"}], id="a link counts whatever the names say"),
        pytest.param(
            [row("u1"), row("c2", "Ada", "u1"), row("c3", "Ben", "u1"), row("s4", None, "u1")],
            [{"u1", "c2", "c3", "s4"}],
            id="several rows linked to one user",
        ),
        pytest.param([row("c2", "Ada", "u9"), row("c3", "Ada", "u9")], [{"c2"}, {"c3"}], id="links to a user who is gone"),
        pytest.param([row("c1", "Ada", number=ONE), row("c2", "ADA", number=ONE)], [{"c1", "c2"}], id="a number"),
        pytest.param([row("c1", "Ada", email=MAIL), row("c2", "A.", email=MAIL)], [{"c1", "c2"}], id="an e-mail"),
        pytest.param([row("c1", "Ada", number=ONE), row("c2", "Ben", number=ONE)], [{"c1"}, {"c2"}], id="two with one number"),
        pytest.param(
            [row("c1", "Ada", number=ONE, email=MAIL), row("c2", "Ben", number=ONE, email=MAIL)],
            [{"c1"}, {"c2"}],
            id="number and e-mail do not outdo two names",
        ),
        pytest.param(
            [row("c1", "Ada", number=ONE), row("c2", None, number=ONE), row("c3", "Ben", number=ONE)],
            [{"c1", "c2"}, {"c3"}],
            id="the row without a name joins one of two, not both",
        ),
        pytest.param(
            [row("c1", None, number=ONE), row("c2", "Ada", number=ONE), row("c3", "Ben", number=ONE)],
            [{"c1", "c2"}, {"c3"}],
            id="nor does it when it comes first",
        ),
        pytest.param(
            [row("c1", "A.", number=ONE), row("c2", "Ada", number=ONE), row("c3", "Anna", number=ONE)],
            [{"c1", "c2"}, {"c3"}],
            id="nor does an initial",
        ),
        pytest.param(
            [row("c1", "Ada", number=ONE), row("c2", "Ada", number=ONE, email=MAIL), row("c3", "Ada", email=MAIL)],
            [{"c1", "c2", "c3"}],
            id="a chain from number to e-mail",
        ),
        pytest.param(
            [row("u1", "Ada", number=ONE), row("c2", "Ada", "u1", TWO), row("c3", "Ada", number=TWO), row("c4", "Ada", number=ONE)],
            [{"u1", "c2", "c3", "c4"}],
            id="linked rows are a bridge between two numbers",
        ),
        pytest.param(
            [row("u1", "Ada", number=ONE), row("c2", "Ada", "u1", TWO), row("u3", "Ada", number=TWO), row("c4", "Ada", "u3", THREE),
             row("u5", "Ada", number=THREE), row("c6", "Ada", "u5", ONE)],
            [{"u1", "c2", "u3", "c4", "u5", "c6"}],
            id="a circle of numbers is one person",
        ),
        pytest.param(
            [row("u1", "Ada", number=ONE), row("c2", "Ada", "u1", TWO), row("u3", "Ben", number=TWO), row("c4", "Ben", "u3", ONE)],
            [{"u1", "c2"}, {"u3", "c4"}],
            id="a circle of two names is two people",
        ),
        pytest.param(
            [row("u1", "Ada", email=MAIL), row("c2", "Ben", "u1", ONE), row("c3", "Ada", number=ONE)],
            [{"u1", "c2"}, {"c3"}],
            id="each name of a person is looked at",
        ),
        pytest.param(
            [row("c1", "Ada", number=ONE), row("c2", "Ben", number=TWO), row("u3", None, number=ONE), row("s4", None, "u3", TWO)],
            [{"c1", "u3", "s4"}, {"c2"}],
            id="who has no name and two numbers is whom the first of them says",
        ),
        pytest.param(
            [row(f"c{n}", name, number=ONE) for n, name in enumerate(("Ada", "Ben", "Cleo", "Dan", "ada"), 1)],
            [{"c1", "c5"}, {"c2"}, {"c3"}, {"c4"}],
            id="a family's number still says who is who",
        ),
        pytest.param(
            [row(f"c{n}", name, number=ONE) for n, name in enumerate(("Ada", "Ben", "Cleo", "Dan", "Eva", "Ada", None), 1)],
            [{f"c{n}"} for n in range(1, 8)],
            id="the shop's own number joins nobody",
        ),
        pytest.param(
            [row(f"c{n}", name, number=ONE, email=MAIL) for n, name in enumerate(("Ada", "Ben", "Cleo", "Dan", "Eva", "Ada"), 1)]
            + [row("c7", "Ada", number=TWO, email=OTHER_MAIL), row("c8", "Ada", email=OTHER_MAIL)],
            [{"c1"}, {"c2"}, {"c3"}, {"c4"}, {"c5"}, {"c6"}, {"c7", "c8"}],
            id="nor does nobody's address, others do",
        ),
        pytest.param(
            [row("s1", "Ada", number=ONE), row("u2", "Ada", number=ONE), row("c3", "Ada", number=ONE), row("s4", "Eva", number=TWO)],
            [{"s1", "u2", "c3"}, {"s4"}],
            id="a session that left a number is somebody",
        ),
    ],
)  # fmt: skip
def test_match_joins_rows_of_one_person(rows: Sequence[Node], expected: list[set[str]]) -> None:
    found = match(rows)

    assert people(found) == expected
    assert people(match(rows[::-1])) == expected


def test_match_keeps_apart_who_tells_of_nobody_and_who_links_to_nobody() -> None:
    found = match([row("s1"), row("s2", "Ada"), row("s3", link="u9"), row("c4", link="u9"), row("u5")])

    assert people(found) == [{"c4"}, {"u5"}]
    assert set(found.nobody) == {ref("s1"), ref("s2"), ref("s3")}
    assert set(found.broken_links) == {ref("s3"), ref("c4")}


def test_match_tells_by_which_rule_and_who_goes_on() -> None:
    rows = [row("u9", "Ada", number=ONE), row("c8", "Ada", "u9"), row("c2", "Ada", number=ONE), row("s1", "Ada", email=MAIL),
            row("c7", "Ada", number=TWO, email=MAIL), row("c4", "Ada", "u9", TWO)]  # fmt: skip

    [person] = match(rows).groups

    assert person.main == ref("c4")
    assert {f"{found.kind[0]}{found.id}": rule for found, rule in person.rules.items()} == {
        "u9": "user_link", "c8": "user_link", "c4": "user_link", "c2": "phone", "c7": "phone", "s1": "email",
    }  # fmt: skip


def test_shared_numbers_name_who_has_one_in_their_order() -> None:
    found = match([row("c3", "Ben", number=ONE), row("c1", "Ada", number=ONE), row("c2", "Cleo", number=TWO)])

    [(number, holders)] = shared_numbers(found.groups)

    assert number == ONE
    assert [str(holder.main) for holder in holders] == ["customers:1", "customers:3"]


refs = st.builds(Ref, st.sampled_from(sorted(KINDS.values())), st.integers(1, 6))
names = st.sampled_from(
    [None, "Ada Novak", "ada", "A.", "Ben Keller", "Ben", "Cleo Haddad", "Dan Lin", "Eva Rossi", "Finn Berg"]
)
nodes = st.lists(
    st.builds(
        Node,
        refs,
        st.none() | st.builds(Ref, st.just("user"), st.integers(1, 7)),
        names,
        st.sampled_from([None, ONE, TWO, THREE]),
        st.none(),
        st.sampled_from([None, MAIL, OTHER_MAIL]),
    ).map(lambda node: node._replace(linked_to=None) if node.ref.kind == "user" else node),
    max_size=14,
    unique_by=lambda node: node.ref,
)


@given(rows=nodes, chance=st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_match_does_not_depend_on_the_order_of_rows(rows: list[Node], chance: st.DataObject) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    one, other = match(rows), match(shuffled)

    assert people(one) == people(other)
    assert [group.main for group in one.groups] == [group.main for group in other.groups]
    assert [group.rules for group in one.groups] == [group.rules for group in other.groups]


@given(rows=nodes)
@settings(max_examples=60, deadline=None)
def test_match_puts_each_row_into_one_group_and_no_two_people_into_one(rows: list[Node]) -> None:
    found = match(rows)

    placed = [node.ref for group in found.groups for node in group.nodes] + list(found.nobody)
    assert sorted(placed) == sorted(node.ref for node in rows)
    for group in found.groups:
        assert set(group.rules) == {node.ref for node in group.nodes}
        linked = [each for each in group.nodes if group.rules[each.ref] == "user_link"]
        joined = [each for each in group.nodes if group.rules[each.ref] != "user_link"]
        assert all(is_same_person(one.name, other.name) for one in joined for other in linked)
