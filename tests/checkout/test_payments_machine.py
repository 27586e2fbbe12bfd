"""Payments by link in any order of events: whatever guests, the counter, the bank and Stripe's luck do, the books stay clean,
and once all is heard they are what was made at Stripe."""

import itertools
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from werkzeug.test import TestResponse

from pos.checkout import sweep
from pos.payments.gateway import Down, Unclear
from soak import stripe
from soak.product import rows, value
from tests.checkout.counter import books
from tests.checkout.sandboxed import Sandbox
from tests.client import Shop
from tests.running import say

# More for whoever looks for trouble: EXAMPLES=200 pytest tests/checkout/test_payments_machine.py
EXAMPLES = int(os.environ.get("EXAMPLES", "8"))
REFUSALS = (409, 412, 422)
OUTCOMES = ("pay", "pay", "pay", "twice", "later", "decline")
FAULTS = ("500", "429", "timeout_before", "timeout_after", "reset")
CALLS = ("POST /v1/payment_links", "POST /v1/refunds", "POST /v1/checkout", "GET /v1/")

# Which of the orders, events or jobs there are: taken modulo their number.
which = st.integers(0, 11)
skus = st.sampled_from(["IPA", "IPA", "PRETZEL", "TEE-BLK-M"])


class Payments(RuleBasedStateMachine):
    """`orders` is each order as the API showed it last."""

    counter = itertools.count(1)

    def __init__(self, shop: Shop, sandbox: Sandbox) -> None:
        super().__init__()
        self.shop, self.sandbox = shop, sandbox
        self.orders: dict[str, dict[str, Any]] = {}
        self.sessions: list[tuple[str, str]] = []
        # Ids rise with time.
        self.before = max((each["id"] for each in sandbox.events(30)), default="")
        self.phone = f"+1415555{100 + next(self.counter) % 100:04}"
        # Each example begins alike.
        sandbox.order_faults()
        rows(sandbox.books, "DELETE FROM procrastinate_jobs")
        # What the orders would say by text is another story: without a number nothing is said.
        rows(sandbox.books, "UPDATE stores SET sms_number = NULL")
        rows(sandbox.books, "UPDATE products SET stock_quantity = 1000 WHERE sku = 'TEE-BLK-M'")

    # --- at the counter

    @initialize(outcomes=st.lists(st.sampled_from(["pay", "pay", "twice", "later"]), min_size=1, max_size=3))
    def begin_with_payments(self, outcomes: list[str]) -> None:
        for outcome in outcomes:
            self.sell_by_link("IPA", 1, None)
            self.guest_acts(-1, outcome)
        self.sandbox.run_all(*NOT_SLOW)

    @rule(sku=skus, quantity=st.integers(1, 3), tip=st.sampled_from([None, 100]))
    def sell_by_link(self, sku: str, quantity: int, tip: int | None) -> None:
        """With a link that works, if Stripe does."""
        self.sell(sku, quantity, asks=True)
        if tip:
            self.ask(-1, tip)
        self.sandbox.run_all("checkout.make_link")

    @rule(sku=skus, quantity=st.integers(1, 3), asks=st.booleans())
    def sell(self, sku: str, quantity: int, asks: bool) -> None:
        link = {"payment_link": {}} if asks else {}
        order = self.shop.sell(phone=self.phone, items=[{"sku": sku, "quantity": quantity}], **link)
        self.orders[order["id"]] = order

    @precondition(lambda self: self.orders)
    @rule(order=which, tip=st.sampled_from([None, None, 0, 150]))
    def ask(self, order: int, tip: int | None) -> None:
        self.post(order, "payment-link", {} if tip is None else {"tip": tip})

    @precondition(lambda self: self.orders)
    @rule(order=which)
    def withdraw(self, order: int) -> None:
        path = f"/orders/{self.nth(order)['id']}/payment-link"
        self.heard(self.shop.request("DELETE", path), 404)

    @precondition(lambda self: self.orders)
    @rule(order=which, sku=skus)
    def add_round(self, order: int, sku: str) -> None:
        self.post(order, "lines", {"items": [{"sku": sku, "quantity": 1}]})

    @precondition(lambda self: self.orders)
    @rule(order=which)
    def split(self, order: int) -> None:
        line = self.nth(order)["lines"][0]
        answer = self.post(order, "split", {"lines": [{"line_id": line["id"], "quantity": 1}]}, seen=True)
        if answer.status_code in (200, 201):
            self.orders[answer.json["id"]] = answer.json

    @precondition(lambda self: len(self.orders) > 1)
    @rule(order=which, distance=which)
    def merge(self, order: int, distance: int) -> None:
        other = self.nth(order + 1 + distance % (len(self.orders) - 1))
        self.post(order, "merge", {"order_id": other["id"]}, seen=True)

    @precondition(lambda self: self.orders)
    @rule(order=which, method=st.sampled_from(["cash", "card"]), amount=st.sampled_from([None, 300]))
    def pay_at_the_counter(self, order: int, method: str, amount: int | None) -> None:
        self.post(order, "payments", {"method": method} | ({"amount": amount} if amount else {}))

    @precondition(lambda self: self.orders)
    @rule(order=which, amount=st.sampled_from([1, 250, 400, 900]))
    def refund(self, order: int, amount: int) -> None:
        self.post(order, "refunds", {"amount": amount, "reason": "flat"})

    @precondition(lambda self: self.orders)
    @rule(order=which, restock=st.booleans())
    def refund_goods(self, order: int, restock: bool) -> None:
        line = self.nth(order)["lines"][0]["id"]
        lines = [{"line_id": line, "quantity": 1}]
        self.post(order, "refunds", {"lines": lines, "restock": restock, "reason": "flat"})

    @precondition(lambda self: self.orders)
    @rule(order=which, refund=st.booleans())
    def cancel(self, order: int, refund: bool) -> None:
        self.post(order, "cancel", {"reason": "changed their mind", "refund": refund})

    @precondition(lambda self: self.orders)
    @rule(order=which, status=st.sampled_from(["reserved", "completed"]))
    def make(self, order: int, status: str) -> None:
        self.post(order, "fulfillment", {"status": status})

    # --- at Stripe's

    @precondition(lambda self: self.urls)
    @rule(link=which)
    def open_page(self, link: int) -> None:
        url = self.urls[link % len(self.urls)]
        if session := self.sandbox.open(url):
            self.sessions.append((url, session))

    @precondition(lambda self: self.urls)
    @rule(link=which, outcome=st.sampled_from(OUTCOMES))
    def guest_acts(self, link: int, outcome: str) -> None:
        """Opens the page and acts at once."""
        url = self.urls[link % len(self.urls)]
        if session := self.sandbox.open(url):
            self.sessions.append((url, session))
            assert self.sandbox.act(url, outcome, session).status_code in (200, 303)

    @precondition(lambda self: self.urls)
    @rule(link=which, outcome=st.sampled_from(["pay", "pay", "twice", "later"]), is_told=st.booleans())
    def guest_pays_the_newest(self, link: int, outcome: str, is_told: bool) -> None:
        self.guest_acts(-1 - link % 3, outcome)
        if is_told:
            self.sandbox.run_all("sandbox.deliver_event")

    @precondition(lambda self: self.sessions)
    @rule(session=which, outcome=st.sampled_from((*OUTCOMES, "later_succeeds", "later_fails", "later_fails")))
    def guest_acts_on_an_old_page(self, session: int, outcome: str) -> None:
        url, known = self.sessions[-1 - session % len(self.sessions)]
        assert self.sandbox.act(url, outcome, known).status_code in (200, 303, 410)

    @precondition(lambda self: self.payments)
    @rule(payment=which, amount=st.sampled_from([None, 100, 500]))
    def refund_in_the_dashboard(self, payment: int, amount: int | None) -> None:
        asked = {"payment_intent": self.payments[payment % len(self.payments)]} | ({"amount": amount} if amount else {})
        assert self.sandbox.do("refunds", **asked).status_code in (201, 422)

    @precondition(lambda self: self.payments)
    @rule(payment=which, outcome=st.sampled_from([None, "won", "lost", "lost"]))
    def dispute(self, payment: int, outcome: str | None) -> None:
        """Over a payment, once; or the end of the one that there is."""
        intent = self.payments[payment % len(self.payments)]
        assert self.sandbox.do("disputes", payment_intent=intent).status_code in (201, 409)
        for each in self.sandbox.truth["disputes"]:
            if each["payment_intent"] == intent and outcome:
                assert self.sandbox.do(f"disputes/{each['id']}/close", outcome=outcome).status_code in (200, 409)

    @precondition(lambda self: self.payments)
    @rule(refund=which, status=st.sampled_from(["failed", "failed", "succeeded"]))
    def settle_refund(self, refund: int, status: str) -> None:
        refunds = [each["id"] for each in self.mine(self.sandbox.truth["refunds"]["list"])]
        if refunds:
            path = f"refunds/{refunds[refund % len(refunds)]}/settle"
            assert self.sandbox.do(path, status=status).status_code in (200, 409)

    @rule(
        trouble=st.one_of(
            st.tuples(st.sampled_from(CALLS), st.sampled_from(FAULTS), st.sampled_from([1, 3])),
            st.tuples(st.just("POST /v1/refunds"), st.sampled_from(["refund_pending", "refund_fails"]), st.just(1)),
        )
    )
    def trouble(self, trouble: tuple[str, str, int]) -> None:
        """Takes the place of the last one."""
        self.sandbox.order_faults(trouble)

    # --- what comes of it

    @precondition(lambda self: self.sandbox.jobs)
    @rule(job=which)
    def run_a_job(self, job: int) -> None:
        """In any order, so that events overtake each other."""
        jobs = self.sandbox.jobs
        self.sandbox.run(jobs[job % len(jobs)])

    @rule()
    def run_all_jobs(self) -> None:
        self.sandbox.run_all(*NOT_SLOW)

    @rule(job=which)
    def lose_a_job(self, job: int) -> None:
        """Of an event: it is never told. Of anything else: the sweep must do it. What the bank decides is not lost."""
        jobs = [each for each in self.sandbox.jobs if each.task_name in NOT_SLOW]
        if jobs:
            self.sandbox.lose(jobs[job % len(jobs)])

    @rule(event=which)
    def tell_again(self, event: int) -> None:
        events = [each for each in self.sandbox.events(30) if each["id"] > self.before]
        if events:
            self.sandbox.do(f"events/{events[event % len(events)]['id']}/deliver", times=2)

    @rule()
    def sweep(self) -> None:
        self.sandbox.age(self.shop)
        self.unless_stripe_is_away(sweep.sweep)

    @rule()
    def reconcile(self) -> None:
        self.unless_stripe_is_away(sweep.reconcile)

    @precondition(lambda self: self.orders)
    @rule(order=which)
    def link_expires(self, order: int) -> None:
        self.sandbox.let_expire(self.shop, self.nth(order)["id"])
        self.unless_stripe_is_away(sweep.sweep)

    # --- what must hold

    @invariant()
    def books_are_clean(self) -> None:
        assert books(self.shop) == []

    def teardown(self) -> None:
        """All that was not lost is told and done; what was lost is found. Then what is left open is ended."""
        self.sandbox.order_faults()
        self.bring_to_rest()
        assert dict(sweep.reconcile(UUID(self.shop.store_id))) == {}
        self.require_agreement()
        self.tell()
        for order_id in self.orders:
            self.heard(self.shop.request("DELETE", f"/orders/{order_id}/payment-link"), 404)
        for refund in self.sandbox.truth["refunds"]["list"]:
            if refund["status"] == "pending":
                self.sandbox.do(f"refunds/{refund['id']}/settle", status="succeeded")
        self.bring_to_rest()
        self.require_agreement()
        mine = (
            "SELECT count(*) FROM payment_links WHERE status IN ('creating', 'active') AND order_id = ANY(%s::uuid[])"
        )
        assert value(self.sandbox.books, mine, list(self.orders)) == 0

    def bring_to_rest(self) -> None:
        for _ in range(3):
            self.sandbox.run_all()
            self.sandbox.age(self.shop)
            sweep.sweep(UUID(self.shop.store_id))
        sweep.reconcile(UUID(self.shop.store_id))
        self.sandbox.run_all()
        self.sandbox.age(self.shop)

    def require_agreement(self) -> None:
        assert books(self.shop) == []
        assert list(stripe.violations(self.sandbox.books, self.sandbox.truth)) == []

    def tell(self) -> None:
        """How far the examples came, for `-s`; a run that never gets anywhere proves nothing."""
        truth = self.sandbox.truth
        states = [each["status"] for each in truth["refunds"]["list"]]
        say(
            f"{truth['links']['count']} links, {truth['payments']['count']} payments, refunds {dict(Counter(states))}, "
            f"disputes {dict(Counter(each['status'] for each in truth['disputes']))}"
        )

    # --- what the rules above ask

    @property
    def urls(self) -> list[str]:
        """The pages at Stripe of all links that these orders ever had."""
        found = "SELECT provider_url FROM payment_links WHERE provider_url IS NOT NULL AND order_id = ANY(%s::uuid[]) ORDER BY id"
        return [row[0] for row in rows(self.sandbox.books, found, list(self.orders))]

    @property
    def payments(self) -> list[str]:
        paid = self.sandbox.truth["payments"]["list"] if self.sessions else []
        return [each["id"] for each in paid if each["metadata"]["order_id"] in self.orders]

    def mine(self, made: list[Any]) -> list[Any]:
        mine = set(self.payments)
        return [each for each in made if each["payment_intent"] in mine]

    def nth(self, index: int) -> dict[str, Any]:
        return list(self.orders.values())[index % len(self.orders)]

    def post(self, order: int, act: str, asked: Any, *, seen: bool = False) -> TestResponse:
        known = self.nth(order)
        headers = {"If-Match": "*"} if seen else {}
        answer = self.shop.post(f"/orders/{known['id']}/{act}", asked, as_="owner", headers=headers)
        self.heard(answer)
        fresh = self.shop.get(f"/orders/{known['id']}").json
        if fresh["lines"]:
            self.orders[known["id"]] = fresh
        return answer

    def heard(self, answer: TestResponse, *more: int) -> None:
        assert answer.status_code in (200, 201, *REFUSALS, *more), answer.get_data(as_text=True)

    def unless_stripe_is_away(self, step: Callable[[UUID], object]) -> None:
        with suppress(Down, Unclear):
            step(UUID(self.shop.store_id))


NOT_SLOW = (
    "checkout.make_link",
    "checkout.close_link",
    "checkout.send_refund",
    "sandbox.deliver_event",
    "sandbox.deliver_by_hand",
)


@pytest.fixture
def machine(committed: Flask, superuser: Any, shops: list[dict[str, Any]]) -> Iterator[Any]:
    shop = Shop(committed.test_client(), **shops[0])
    with committed.app_context():
        sandbox = Sandbox(committed, superuser)
        yield lambda: Payments(shop, sandbox)


def test_books_say_what_stripe_says_whatever_happens(machine: Any) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=25,
            derandomize=EXAMPLES == 8,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            # What other examples left in the books would lead it astray.
            phases=[Phase.generate],
        ),
    )
