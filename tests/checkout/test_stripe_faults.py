"""Stripe fails, is slow, or answers into the void: the sale stands, the rows say what is left to do, and the next sweep does it,
without asking for anything twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from pos.checkout import sweep, tasks
from pos.payments.gateway import Down, Unclear
from soak import stripe
from soak.product import rows
from tests.checkout.counter import books, now, paid, refund, seen
from tests.checkout.sandboxed import Sandbox
from tests.checkout.stripe import asked_link
from tests.client import Shop

# As often as Stripe's SDK tries in one call.
TRIES = 3
LINKS, SESSIONS, REFUNDS = "POST /v1/payment_links", "/v1/checkout/sessions", "POST /v1/refunds"


@dataclass(frozen=True)
class Fault:
    """`made`: how many things stand at Stripe afterwards; `key`: what is added to the key for the next try."""

    name: str
    times: int
    made: int
    key: str = ""


FAULTS = [
    # Stripe keeps it with the key, and gives it again to each further try.
    Fault("500", 1, made=0, key="+"),
    Fault("429", 1, made=0),
    Fault("timeout_before", TRIES, made=0),
    Fault("timeout_after", TRIES, made=1),
    Fault("reset", TRIES, made=1),
]
unclear = pytest.mark.parametrize(
    "fault", [each for each in FAULTS if each.name.startswith("timeout")], ids=lambda fault: fault.name
)
each_fault = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)


@dataclass
class Counter:
    shop: Shop
    sandbox: Sandbox

    def work(self) -> None:
        """What the worker does for the counter. A job that raised would count as failed."""
        self.sandbox.run_all("checkout.make_link", "checkout.close_link", "checkout.send_refund")

    def sweep(self) -> None:
        """The next one, when some minutes have passed."""
        self.sandbox.age(self.shop)
        sweep.sweep(UUID(self.shop.store_id))
        # The worker's own: from now on its jobs know that Stripe answers again.
        tasks.sweep_every_store(timestamp=0)
        self.work()

    def row(self, table: str, *columns: str) -> tuple[Any, ...]:
        [found] = rows(self.sandbox.books, f"SELECT {', '.join(columns)} FROM {table}")
        return found

    def sold(self) -> dict[str, Any]:
        """An order with a link that works."""
        order = self.shop.sell(payment_link={})
        self.work()
        return now(self.shop, order)

    def paid(self) -> dict[str, Any]:
        order = self.sold()
        self.sandbox.act(order["payment_link"]["provider_url"], "pay")
        self.sandbox.run_all("sandbox.deliver_event")
        self.work()
        return now(self.shop, order)

    def require_agreement(self) -> None:
        self.sandbox.order_faults()
        self.sandbox.run_all()
        self.sweep()
        self.sandbox.run_all()
        assert books(self.shop) == []
        assert list(stripe.violations(self.sandbox.books, self.sandbox.truth)) == []
        assert dict(sweep.reconcile(UUID(self.shop.store_id))) == {}


@pytest.fixture
def counter(committed: Flask, superuser: Any, shops: list[dict[str, Any]]) -> Iterator[Counter]:
    with committed.app_context():
        yield Counter(Shop(committed.test_client(), **shops[0]), Sandbox(committed, superuser))


@each_fault
def test_link_that_could_not_be_made_is_made_once(counter: Counter, fault: Fault) -> None:
    counter.sandbox.order_faults((LINKS, fault.name, fault.times))

    # The sale does not wait for Stripe
    order = counter.shop.sell(payment_link={})
    key = f"order:{order['id']}:link:1"
    counter.work()
    assert counter.row("payment_links", "status", "provider_id", "request_key") == ("creating", None, key + fault.key)
    assert counter.sandbox.truth["links"]["count"] == fault.made
    assert books(counter.shop) == []

    counter.sweep()
    link = now(counter.shop, order)["payment_link"]
    assert (link["status"], counter.sandbox.truth["links"]["count"]) == ("active", 1)
    counter.sandbox.act(link["provider_url"], "pay")
    counter.require_agreement()
    assert now(counter.shop, order)["payment_status"] == "paid"


@each_fault
def test_sale_whose_link_is_not_made_is_paid_at_the_counter(counter: Counter, fault: Fault) -> None:
    """Nobody can pay a second time by a link of which only Stripe knows."""
    counter.sandbox.order_faults((LINKS, fault.name, fault.times))
    order = counter.shop.sell(payment_link={})
    counter.work()

    paid(counter.shop, order)
    counter.sweep()

    assert counter.row("payment_links", "status") == ("canceled",)
    counter.require_agreement()
    assert counter.sandbox.truth["links"]["active"] == []


@each_fault
@pytest.mark.parametrize("call", [LINKS, f"GET {SESSIONS}", f"POST {SESSIONS}"])
def test_link_that_could_not_be_closed_is_closed(counter: Counter, fault: Fault, call: str) -> None:
    # Given a guest in front of the open page
    order = counter.sold()
    url = order["payment_link"]["provider_url"]
    session = counter.sandbox.open(url)

    # When Stripe fails while the link is withdrawn
    counter.sandbox.order_faults((call, fault.name, TRIES if call.startswith("GET") else fault.times))
    assert counter.shop.request("DELETE", f"/orders/{order['id']}/payment-link").status_code == 200
    counter.work()

    # Then it has ended here, and is known to be open there
    assert counter.row("payment_links", "status", "is_open") == ("canceled", True)
    assert books(counter.shop) == []

    # And the next sweep ends it there, also for who has it open
    counter.sandbox.order_faults()
    counter.sweep()
    assert counter.row("payment_links", "is_open") == (False,)
    assert counter.sandbox.act(url, "pay", session).status_code == 410
    counter.require_agreement()
    assert counter.sandbox.truth["payments"]["count"] == 0


@each_fault
def test_guest_who_pays_while_a_link_cannot_be_closed_is_heard(counter: Counter, fault: Fault) -> None:
    order = counter.sold()
    url = order["payment_link"]["provider_url"]
    session = counter.sandbox.open(url)
    counter.sandbox.order_faults((f"POST {SESSIONS}", fault.name, fault.times))
    paid(counter.shop, order)
    counter.work()

    # The guest is faster than the repetition; of a fault that had acted there is no session left
    is_open = counter.sandbox.act(url, "pay", session).status_code == 303
    for job in counter.sandbox.jobs:
        counter.sandbox.lose(job)
    counter.sweep()

    # The money was found at the close, without its event, and goes back
    assert is_open == (fault.made == 0)
    assert now(counter.shop, order)["payment_status"] == "paid"
    counter.require_agreement()
    refunds = counter.sandbox.truth["refunds"]
    assert (refunds["count"], refunds["amount"]) == ((1, order["total"]) if is_open else (0, 0))


@each_fault
def test_refund_that_could_not_be_sent_is_sent_once(counter: Counter, fault: Fault) -> None:
    order = counter.paid()
    counter.sandbox.order_faults((REFUNDS, fault.name, fault.times))

    assert refund(counter.shop, order, amount=500).status_code == 201
    key = f"refund:{counter.row('refunds', 'id')[0]}"
    counter.work()
    state = counter.row("refunds", "status", "provider_id", "request_key", "sent_at IS NOT NULL")
    assert state == ("pending", None, key + fault.key, True)
    assert now(counter.shop, order)["amount_refunded"] == 0
    assert counter.sandbox.truth["refunds"]["count"] == fault.made
    assert books(counter.shop) == []

    counter.sweep()
    assert counter.row("refunds", "status") == ("succeeded",)
    counter.require_agreement()
    assert (now(counter.shop, order)["amount_refunded"], counter.sandbox.truth["refunds"]["amount"]) == (500, 500)


@unclear
def test_refund_is_sent_once_also_when_stripe_has_forgotten_the_key(counter: Counter, fault: Fault) -> None:
    order = counter.paid()
    counter.sandbox.order_faults((REFUNDS, fault.name, fault.times))
    refund(counter.shop, order, amount=500)
    counter.work()

    rows(counter.sandbox.books, "DELETE FROM sandbox_keys")
    counter.sweep()

    counter.require_agreement()
    assert counter.sandbox.truth["refunds"]["count"] == 1


@unclear
def test_refund_is_not_sent_anew_while_it_cannot_be_looked_for(counter: Counter, fault: Fault) -> None:
    order = counter.paid()
    counter.sandbox.order_faults((REFUNDS, "timeout_after", TRIES))
    refund(counter.shop, order, amount=500)
    counter.work()

    counter.sandbox.order_faults(("GET /v1/refunds", fault.name, TRIES))
    with pytest.raises((Down, Unclear)):
        counter.sweep()

    assert counter.row("refunds", "status", "provider_id") == ("pending", None)
    counter.sandbox.order_faults()
    counter.sweep()
    counter.require_agreement()
    assert counter.sandbox.truth["refunds"]["count"] == 1


@unclear
def test_rounds_while_stripe_is_away_leave_one_link_for_what_is_due(counter: Counter, fault: Fault) -> None:
    order = counter.sold()
    counter.sandbox.order_faults(("POST /v1/payment_links", fault.name, 100))
    for _ in range(3):
        body = {"items": [{"sku": "PRETZEL", "quantity": 1}]}
        more = counter.shop.post(f"/orders/{order['id']}/lines", body, headers=seen(now(counter.shop, order)))
        assert more.status_code == 201
        counter.work()
        assert books(counter.shop) == []

    counter.sandbox.order_faults()
    counter.sweep()
    counter.sweep()

    counter.require_agreement()
    link = now(counter.shop, order)["payment_link"]
    assert (link["status"], link["attempt"], link["amount"]) == ("active", 4, now(counter.shop, order)["total"])
    assert len(counter.sandbox.truth["links"]["active"]) == 1


def test_nothing_is_lost_when_stripe_is_away_for_everything(counter: Counter) -> None:
    counter.sandbox.order_faults(("*", "429", 1_000))
    order = counter.shop.sell(payment_link={})
    asked_link(counter.shop, order, tip=100)
    counter.work()

    assert counter.row("payment_links WHERE status = 'creating'", "amount") == (order["total"] + 100,)
    with pytest.raises(Down):
        counter.sweep()
    counter.sandbox.order_faults()
    counter.sweep()
    counter.require_agreement()
