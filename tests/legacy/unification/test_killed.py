"""A move and a way back killed at each of their points, and begun again: the same comes of it as of one that nothing disturbed.

# One worker makes what all of them look at.
pytestmark = pytest.mark.xdist_group("legacy_killed")

Until the books are committed, nothing is left of what was killed, on neither side; so the kills of one town stand for as many towns
that were killed once.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from pos import crash, postgres
from tests import databases, running
from tests.legacy.unification.conftest import new_town
from tests.legacy.unification.old import Town, sheet
from tests.legacy.unification.trading import ADA, trade

UNIFY = [point for point in crash.POINTS if point.startswith("unify.")]
ROLLBACK = [point for point in crash.POINTS if point.startswith("rollback.")]
# Where both sides are as they were before the command, and where only the books are.
LEAVES_NOTHING = {*UNIFY[: UNIFY.index("unify.carried")], "rollback.restored", "rollback.carried_back"}
LEAVES_THE_BOOKS = {"rollback.committed", "rollback.booked"}
LEAVES_THE_OLD_BASE = {"unify.carried", "unify.backed_up", "unify.repointed"}

# By their places: what was killed has used up numbers.
_OLD_CUSTOMERS = """
    SELECT user_id, phone, first_name, loyalty_points, total_spent, order_count, sms_consent, marketing_consent FROM customers ORDER BY id
"""
_OLD_ORDERS = """
    SELECT c.first_name, o.status, o.total, left(o.order_number, 2), o.items FROM orders o LEFT JOIN customers c ON c.id = o.customer_id ORDER BY o.id
"""
_SUMS = """
    SELECT (SELECT sum(total_spent) FROM customers), (SELECT sum(order_count) FROM customers), (SELECT sum(balance) FROM members),
           (SELECT sum(points) FROM point_entries), (SELECT sum(total) FROM orders), (SELECT sum(amount) FROM payments),
           (SELECT array_agg(DISTINCT state) FROM unifications)
"""


@dataclass
class Story:
    """A town's states by when they were: before a command, after each death on its way, at its end."""

    town: Town
    deaths: dict[str, tuple[int, str]] = field(default_factory=dict)
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    ends: dict[str, Any] = field(default_factory=dict)

    def keep(self, name: str) -> None:
        backups = self.town.old(
            "SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'legacy'::regnamespace ORDER BY 1"
        )
        self.states[name] = {"books": self.town.digests(), "old base": (self.town.dump(), backups)}

    def end(self, name: str) -> None:
        """What is the same in two towns, whose ids differ."""
        town = self.town
        self.ends[name] = {
            "sheet": sheet(town.done("verify")) if name != "rollback" else None,
            "old rows": [town.old(statement) for statement in (_OLD_CUSTOMERS, _OLD_ORDERS)],
            "rows": {table: count for table, (count, _) in town.digests().items()},
            "sums": town.books(_SUMS),
            "backups": town.old(
                "SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'legacy'::regnamespace ORDER BY 1"
            ),
            "broken rules": town.broken_rules(),
        }


class Mortal:
    """Does commands in processes that may be killed."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.legacy.unification.mortal"], cwd=running.ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def does(self, town: Town, point: str | None, *words: str) -> tuple[int, str]:
        settings = databases.environ(town.server, town.database)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([settings, point, "legacy", *words, "--store", town.shop.slug]) + "\n")
        self._process.stdin.flush()
        code, said = json.loads(self._process.stdout.readline())
        return code, said

    def end(self) -> None:
        self._process.communicate(timeout=running.END_SECONDS)


@pytest.fixture(scope="module")
def mortal() -> Iterator[Mortal]:
    made = Mortal()
    yield made
    made.end()


@pytest.fixture(scope="module")
def undisturbed(server: postgres.Server, shops: list[dict[str, Any]]) -> Iterator[Story]:
    with new_town(server, shops) as town:
        story = Story(town)
        town.done("unify")
        story.end("unify")
        trade(town.shop)
        town.done("rollback", "--yes")
        story.end("rollback")
        town.done("unify")
        story.end("unify again")
        yield story


@pytest.fixture(scope="module")
def killed(server: postgres.Server, shops: list[dict[str, Any]], mortal: Mortal) -> Iterator[Story]:
    with new_town(server, shops) as town:
        story = Story(town)
        _kill(story, mortal, UNIFY, "unify")
        story.end("unify")
        trade(town.shop)
        _kill(story, mortal, ROLLBACK, "rollback", "--yes")
        story.end("rollback")
        town.done("unify")
        story.end("unify again")
        yield story


def _kill(story: Story, mortal: Mortal, points: list[str], *words: str) -> None:
    """At each point of a command, one after the other; then it is let through."""
    story.keep(f"before {words[0]}")
    for point in points:
        story.deaths[point] = mortal.does(story.town, point, *words)
        story.keep(point)
    story.deaths[words[0]] = mortal.does(story.town, None, *words)


@pytest.mark.parametrize("point", UNIFY + ROLLBACK)
def test_kill_leaves_nothing_or_what_was_committed(killed: Story, point: str) -> None:
    code, said = killed.deaths[point]
    began = killed.states[f"before {point.partition('.')[0]}"]

    assert (code, f"CRASH_AT={point} reached" in said) == (-9, True), said
    left = killed.states[point]
    assert {side for side in left if left[side] == began[side]} == (
        {"books", "old base"} if point in LEAVES_NOTHING
        else {"books"} if point in LEAVES_THE_BOOKS
        else {"old base"} if point in LEAVES_THE_OLD_BASE
        else set()
    )  # fmt: skip


def test_what_broke_off_between_two_commits_is_not_done_twice(killed: Story) -> None:
    states = killed.states

    assert states["unify.carried"] == states["unify.backed_up"] == states["unify.repointed"]
    assert states["unify.repointed"]["books"] == states["unify.committed"]["books"]
    assert states["rollback.committed"] == states["rollback.booked"]


@pytest.mark.parametrize("end", ["unify", "rollback", "unify again"])
def test_same_comes_of_it_as_if_nothing_had_disturbed_it(killed: Story, undisturbed: Story, end: str) -> None:
    assert killed.ends[end] == undisturbed.ends[end]
    assert killed.ends[end]["broken rules"] == []


def test_who_begins_again_is_told_what_was_left_to_do(killed: Story) -> None:
    code, said = killed.deaths["unify"]

    assert code == 0, said
    assert "The last run broke off after its people were carried; what was left has been done now." in said
    assert "11 people (11 new, 0 known already), 8 new members, 922 points, 25 orders" in said


def test_way_back_from_what_broke_off_loses_neither_sales_nor_late_writes(town: Town, mortal: Mortal) -> None:
    mortal.does(town, "unify.carried", "unify")
    town.old("UPDATE customers SET loyalty_points = 500 WHERE id = 3")
    sold = town.shop.sell(phone=ADA, items=[{"sku": "IPA", "quantity": 10}], payment={"method": "cash"})
    earned = town.points() - 922

    refused = town.legacy("unify")
    deaths = [
        mortal.does(town, point, "rollback", "--yes")[0] for point in ("rollback.carried_back", "rollback.committed")
    ]
    town.done("rollback", "--yes")
    kept = town.points()
    town.done("unify")

    assert refused.exit_code == 1
    assert "broke off after its people were carried, and customers changed since" in refused.stderr
    assert deaths == [-9, -9]
    assert kept == 0
    assert town.points() == 922 + 380 + earned
    assert earned > 0
    assert town.old("SELECT customer_id FROM orders WHERE order_number = %s", [f"TP-{sold['reference']}"]) == [(3,)]
    assert town.broken_rules() == []
