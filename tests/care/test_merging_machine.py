"""Three rows of one shop in any order of merges and undos, with sales, money, points, answers and texts in between: the books are clean,
and each undo gives back what was, besides what came since."""

import itertools
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from pos import clock
from pos.audit.actions import all_proofs
from pos.care.proofs import PROOFS as CARE
from pos.customers.proofs import PROOFS as CUSTOMERS
from pos.db import transaction
from pos.loyalty.proofs import PROOFS as LOYALTY
from pos.messaging import outbox
from pos.orders.proofs import PROOFS as ORDERS
from pos.proofs import run
from tests import texting
from tests.care.people import look_up, merge, undo
from tests.checkout.counter import done
from tests.client import Shop
from tests.loyalty.members import reward
from tests.running import say

# More for whoever looks for trouble: MERGES_EXAMPLES=200 MERGES_SEED=1 pytest -s tests/care/test_merging_machine.py
EXAMPLES = int(os.environ.get("MERGES_EXAMPLES", "4"))
SEED = int(os.environ.get("MERGES_SEED", "0"))
PEOPLE = 3
# What a merge and its undo touch, beside texts: all but these are the same again.
_MOVES_ON = ("version", "order_count", "total_spent", "first_order_at", "last_order_at", "member")
_ANSWERS = ("sms_consent", "marketing_consent")

who = st.integers(0, PEOPLE - 1)
which = st.integers(0, 11)


@dataclass
class Made:
    """A merge that is in force: both rows as they were, whose orders were whose, and what happened since."""

    id: str
    kept: int
    duplicate: int
    before: dict[int, dict[str, Any]]
    orders: dict[int, set[str]]
    edited: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    bought: set[str] = field(default_factory=set)


class Merging(RuleBasedStateMachine):
    """`made` is a pile: the merges that are in force, the last on top. A row is named by the digit of its number."""

    numbers = itertools.count(100)

    def __init__(self, shop: Shop, reward_id: str, count: Counter[str]) -> None:
        super().__init__()
        self.shop, self.reward, self.count = shop, reward_id, count
        self.prefix = f"+1415555{next(self.numbers)}"
        self.made: list[Made] = []
        self.orders: dict[str, int] = {}
        self.ids: dict[int, str] = {}

    # --- what comes in between

    @initialize(
        joined=st.lists(st.booleans(), min_size=PEOPLE, max_size=PEOPLE),
        unpaid=st.booleans(),
        is_merged=st.booleans(),
        swaps=st.booleans(),
    )
    def begin(self, joined: list[bool], unpaid: bool, is_merged: bool, swaps: bool) -> None:
        for person, joins in enumerate(joined):
            self.sell(person, method="card", joins=joins, is_rewarded=False)
            self.edit(person, "name", f"Person {person}")
            if unpaid:
                self.sell(person, method=None, joins=False, is_rewarded=True)
        if is_merged:
            self.merge(0, 0, name=swaps, phone=swaps)

    @rule(person=who, method=st.sampled_from(["card", None, None]), joins=st.booleans(), is_rewarded=st.booleans())
    def sell(self, person: int, *, method: str | None, joins: bool, is_rewarded: bool) -> None:
        asked: dict[str, Any] = {"join": joins} | ({"payment": {"method": method}} if method else {})
        asked |= {"rewards": [self.reward]} if is_rewarded else {}
        answer = self.shop.post("/orders", self.shop.order(phone=self.phone(person), **asked))
        if self.note("sell", answer, {201, 422}):
            order = answer.json
            self.orders[order["id"]] = self.root(person)
            self.ids[self.root(person)] = order["customer"]["id"]
            assert order["customer"]["id"] == self.ids[self.root(person)]
            for each in self.made:
                if each.kept == self.root(person):
                    each.bought.add(order["id"])

    @precondition(lambda self: self.orders)
    @rule(order=which)
    def pay(self, order: int) -> None:
        self.note("pay", self.shop.post(f"/orders/{self.nth(order)}/payments", {"method": "card"}), {201, 409, 422})

    @precondition(lambda self: self.orders)
    @rule(order=which, part=st.sampled_from([1, 2]))
    def refund(self, order: int, part: int) -> None:
        now = done(self.shop.get(f"/orders/{self.nth(order)}"))
        amount = max((now["amount_paid"] - now["amount_refunded"]) // part, 1)
        body = {"amount": amount, "reason": "flat"}
        self.note("refund", self.shop.post(f"/orders/{now['id']}/refunds", body, as_="owner"), {201, 409, 422})

    @precondition(lambda self: self.orders)
    @rule(order=which)
    def cancel(self, order: int) -> None:
        body = {"reason": "gone", "refund": True}
        self.note("cancel", self.shop.post(f"/orders/{self.nth(order)}/cancel", body, as_="owner"), {200, 409})

    @rule(person=who, points=st.sampled_from([40, 5, -3, -25]))
    def adjust(self, person: int, points: int) -> None:
        member = look_up(self.shop, self.phone(person))["member"]
        if member:
            body = {"points": points, "reason": "so"}
            self.note("adjust", self.shop.post(f"/members/{member['id']}/adjustments", body, as_="owner"), {201, 422})

    @rule(person=who, field_=st.sampled_from(["name", "email"]), value=st.sampled_from(["a", "b", "c"]))
    def edit(self, person: int, field_: str, value: str) -> None:
        value = f"{value}@example.com" if field_ == "email" else value
        path, headers = f"/customers/{self.id(person)}", {"If-Match": "*"}
        answer = self.shop.request("PATCH", path, as_="owner", headers=headers, json={field_: value})
        self.note("edit", answer, {200})
        for each in self.made:
            if each.kept == self.root(person):
                each.edited.add(field_)

    @rule(person=who, purpose=st.sampled_from(["sms", "marketing"]), granted=st.booleans())
    def answer(self, person: int, purpose: str, granted: bool) -> None:
        body = {"purpose": purpose, "granted": granted}
        self.note("answer", self.shop.post(f"/customers/{self.id(person)}/consents", body), {201})
        self.note_answer(person, purpose)

    @rule(person=who, word=st.sampled_from(["STOP", "START", "POINTS", "YES"]))
    def text(self, person: int, word: str) -> None:
        said = texting.said(texting.text(self.shop, self.phone(person), word))
        self.count[word] += 1
        now = look_up(self.shop, self.phone(person))
        if word == "STOP":
            assert now["sms_consent"] is False
        if word == "START":
            assert now["sms_consent"] is not False
        if word == "POINTS" and said and now["member"] and now["sms_consent"] is not False:
            assert str(now["member"]["balance"]) in said
        self.note_answer(person, "sms")

    @rule()
    def send(self) -> None:
        with transaction(UUID(self.shop.store_id), actor="outbox"):
            outbox.claim(clock.now(), 50)
        self.count["send"] += 1

    # --- merge and undo

    @precondition(lambda self: len(self.made) < PEOPLE - 1)
    @rule(kept=who, distance=st.integers(0, PEOPLE), name=st.booleans(), phone=st.booleans())
    def merge(self, kept: int, distance: int, name: bool, phone: bool) -> None:
        """The rows that stand for others, and those that stand for themselves, in any direction."""
        roots = sorted({self.root(person) for person in range(PEOPLE)})
        first = roots[kept % len(roots)]
        other = roots[(kept + 1 + distance % (len(roots) - 1)) % len(roots)]
        choices = {name_ for name_, chosen in (("name", name), ("phone", phone)) if chosen}
        before = {person: self.seen(person) for person in (first, other)}
        orders = {person: self.orders_of(person) for person in (first, other)}
        answer = merge(self.shop, self.id(first), self.id(other), **dict.fromkeys(choices, "duplicate"))
        assert self.note("merge", answer, {201})
        self.made.append(Made(answer.json["id"], first, other, before, orders))
        for order_id in orders[other]:
            self.orders[order_id] = first
        self.require_one(first, before)
        self.require_clean(ORDERS + LOYALTY + CUSTOMERS + CARE)

    def require_one(self, kept: int, before: dict[int, dict[str, Any]]) -> None:
        """Both numbers find one customer, with all that both had, and allowed is only what both allowed."""
        one = self.seen(kept)
        both = list(before.values())
        assert {self.seen(person)["id"] for person in before} == {one["id"]}
        assert one["order_count"] == sum(each["order_count"] for each in both)
        assert one["total_spent"] == sum(each["total_spent"] for each in both)
        if all(each["member"] for each in both):
            assert one["member"]["balance"] == sum(each["member"]["balance"] for each in both)
        for answer in _ANSWERS:
            if any(each[answer] is False for each in both):
                assert one[answer] in ((False,) if answer == "sms_consent" else (False, None))

    @precondition(lambda self: self.made)
    @rule()
    def undo(self) -> None:
        made = self.made.pop()
        one = self.seen(made.kept)
        answer = undo(self.shop, {"id": made.id})
        assert self.note("undo", answer, {200}), answer.get_data(as_text=True)
        for order_id in made.orders[made.duplicate]:
            self.orders[order_id] = made.duplicate
        kept, duplicate = self.seen(made.kept), self.seen(made.duplicate)
        self.require_restored(made, kept, duplicate)
        assert (kept["order_count"] + duplicate["order_count"], kept["total_spent"] + duplicate["total_spent"]) == (
            one["order_count"],
            one["total_spent"],
        )
        if duplicate["member"]:
            assert kept["member"]["balance"] + duplicate["member"]["balance"] == one["member"]["balance"]
        self.require_clean(ORDERS + LOYALTY + CUSTOMERS + CARE)

    def require_restored(self, made: Made, kept: dict[str, Any], duplicate: dict[str, Any]) -> None:
        assert answered(self.shop, made.id)["stayed"]["orders"] == 0
        assert self.orders_of(made.kept) == made.orders[made.kept] | made.bought
        assert self.orders_of(made.duplicate) == made.orders[made.duplicate]
        for now, was in ((kept, made.before[made.kept]), (duplicate, made.before[made.duplicate])):
            edited = made.edited if now is kept else set()
            assert {name: now[name] for name in now if name not in (*_MOVES_ON, *_ANSWERS, *edited)} == {
                name: was[name] for name in was if name not in (*_MOVES_ON, *_ANSWERS, *edited)
            }
            for purpose in {"sms", "marketing"} - made.answered:
                # Nobody asked about texts is as good as a yes.
                assert (now[f"{purpose}_consent"] or False) == (was[f"{purpose}_consent"] or False) or (
                    purpose == "sms" and was["sms_consent"] is None and now["sms_consent"]
                )
        for answer in _ANSWERS:
            if made.before[made.duplicate][answer] is False:
                assert duplicate[answer] is False

    @precondition(lambda self: len(self.made) > 1)
    @rule()
    def undo_an_older_one(self) -> None:
        """Refused, if the person was merged again since."""
        older = self.made[0]
        stands = any(older.kept in (later.kept, later.duplicate) for later in self.made[1:])
        if stands:
            answer = undo(self.shop, {"id": older.id})
            assert answer.status_code == 409
            self.count["refused undo"] += 1

    def teardown(self) -> None:
        self.require_clean(all_proofs())
        while self.made:
            self.undo()
        self.require_clean(all_proofs())

    # --- what the rules above ask

    def require_clean(self, proofs: Any) -> None:
        with transaction(UUID(self.shop.store_id)):
            found = [f"{each.proof.name}: {each.row}" for each in run(proofs)]
        assert found == []

    def note(self, name: str, answer: Any, expected: set[int]) -> bool:
        assert answer.status_code in expected, answer.get_data(as_text=True)
        self.count[name if answer.status_code < 300 else f"no {name}"] += 1
        return answer.status_code < 300  # type: ignore[no-any-return]

    def note_answer(self, person: int, purpose: str) -> None:
        for each in self.made:
            if each.kept == self.root(person):
                each.answered.add(purpose)

    def root(self, person: int) -> int:
        """The row that stands for this one."""
        for each in self.made:
            if each.duplicate == person:
                person = each.kept
        return person

    def id(self, person: int) -> str:
        return self.ids[person]

    def phone(self, person: int) -> str:
        return f"{self.prefix}{person}"

    def seen(self, person: int) -> dict[str, Any]:
        """The customer as asked for by id: numbers change hands."""
        return done(self.shop.get(f"/customers/{self.ids[person]}", as_="owner"))

    def orders_of(self, person: int) -> set[str]:
        found = done(self.shop.get(f"/customers/{self.ids[person]}/orders", query_string={"limit": 200}))["data"]
        return {order["id"] for order in found}

    def nth(self, order: int) -> str:
        return list(self.orders)[order % len(self.orders)]


def answered(shop: Shop, merge_id: str) -> dict[str, Any]:
    return done(shop.get(f"/merges/{merge_id}", as_="owner"))


@pytest.fixture
def kept(committed: Flask, shops: list[dict[str, Any]]) -> Iterator[Shop]:
    """With real commits: in one transaction, PostgreSQL would go through all that was ever written again and again."""
    with committed.app_context():
        yield Shop(committed.test_client(), **shops[0])


def test_undo_gives_back_what_was(kept: Shop) -> None:
    count: Counter[str] = Counter()
    dime = reward(kept, 5, amount=10)
    machine = seed(SEED)(lambda: Merging(kept, dime, count))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            # What other examples left in the books would lead it astray.
            phases=[Phase.generate],
        ),
    )
    say(f"seed {SEED}: {dict(count.most_common())}")
