"""What Stripe tells late, when the books have gone on: it waits, and nothing goes back more often than it was paid."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from pos.checkout import sweep
from soak import stripe
from soak.product import rows
from tests.checkout.counter import books, now, refund
from tests.checkout.sandboxed import Sandbox
from tests.client import Shop

_OUTCOMES = """
    SELECT e.type, c.outcome FROM provider_events e
      LEFT JOIN provider_event_outcomes c ON c.store_id = e.store_id AND c.event_id = e.id
     WHERE e.type LIKE 'refund.%%' AND e.object_id = %s ORDER BY e.occurred_at, e.id
"""


@pytest.fixture
def sandbox(committed: Flask, superuser: Any) -> Iterator[Sandbox]:
    with committed.app_context():
        yield Sandbox(committed, superuser)


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "found by reconcile"])
def test_refund_told_after_it_failed_and_its_money_went_back_otherwise(
    sandbox: Sandbox, committed: Flask, shops: list[dict[str, Any]], is_told: bool
) -> None:
    # Given a payment, refunded in the dashboard, of which nobody has heard; and that refund has failed
    shop = Shop(committed.test_client(), **shops[0])
    order = shop.sell(payment_link={})
    sandbox.run_all()
    sandbox.act(now(shop, order)["payment_link"]["provider_url"], "pay")
    sandbox.run_all()
    [payment] = sandbox.truth["payments"]["list"]
    made = sandbox.do("refunds", payment_intent=payment["id"], amount=500).json
    assert made is not None
    first = [job for job in sandbox.jobs if job.task_name == "sandbox.deliver_event"]
    assert sandbox.do(f"refunds/{made['id']}/settle", status="failed").status_code == 200
    # And all of the money was given back at the counter
    assert refund(shop, order, amount=order["total"]).status_code == 201
    sandbox.run_all("checkout.send_refund")
    assert now(shop, order)["payment_status"] == "refunded"

    # When Stripe tells of the refund as it was
    for job in first:
        sandbox.run(job)

    # Then that waits, and the books stay as they are
    assert rows(sandbox.books, _OUTCOMES, made["id"]) == [("refund.created", None)]
    assert now(shop, order)["amount_refunded"] == order["total"]
    assert books(shop) == []

    # And when it is known that it has failed, it is done
    if is_told:
        sandbox.run_all("sandbox.deliver_event")
    else:
        for job in sandbox.jobs:
            sandbox.lose(job)
        sweep.reconcile(UUID(shop.store_id))
    sandbox.age(shop)
    sweep.sweep(UUID(shop.store_id))
    assert ("refund.created", "repeated") in rows(sandbox.books, _OUTCOMES, made["id"])
    assert (now(shop, order)["amount_refunded"], books(shop)) == (order["total"], [])
    assert list(stripe.violations(sandbox.books, sandbox.truth)) == []
