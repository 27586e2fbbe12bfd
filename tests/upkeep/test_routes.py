"""Audits, jobs and what hangs, as managers see and mend it: of their own store alone."""

from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from pos.audit.tasks import audit_one_store
from pos.db import db, transaction
from pos.upkeep import queries
from tests.checkout.counter import done, log_of, signed_in
from tests.client import Shop
from tests.operations import failed_job
from tests.refusals import slug_of


def jobs(shop: Shop, task: str = "audit.one_store") -> list[str]:
    """The states of the store's jobs of a name."""
    return [job["status"] for job in done(shop.get("/jobs", as_="owner"))["data"] if job["task"] == task]


def test_audit_is_begun_once_and_shows_what_it_found(app: Flask, shop: Shop) -> None:
    # Given an order whose money does not add up
    order = shop.sell(payment={"method": "cash"})
    with transaction(UUID(shop.store_id)):
        db.session.execute(text("UPDATE orders SET amount_paid = amount_paid - 1 WHERE id = :id"), {"id": order["id"]})

    # When a manager presses twice
    first, again = (done(shop.post("/audits", as_="owner"), 202) for _ in range(2))

    # Then there is one job, and what it finds stands there
    assert first == again == {"task": "audit.one_store"}
    assert jobs(shop) == ["todo"]
    assert done(shop.get("/audits", as_="owner"))["data"] == []
    audit_one_store(shop.store_id)
    [kept] = done(shop.get("/audits", as_="owner"))["data"]
    rows = {found["proof"]: found["row"] for found in kept["violations"]}
    assert kept["violation_count"] == len(kept["violations"]) > 0
    assert (kept["actor"], kept["rule_count"] > 100) == ("audit", True)
    assert order["id"] in {row["subject"] for row in rows.values()}
    assert [actor for actor, *_ in log_of(shop, "audit.start")] == ["api-key"]


def test_failed_job_is_retried_by_its_own_store_alone(shop: Shop, other_shop: Shop) -> None:
    # Given a failed job of each store
    mine, theirs = (int(failed_job(each)) for each in (shop, other_shop))

    # Then each sees its own
    [seen] = done(shop.get("/jobs", as_="owner"))["data"]
    assert (seen["id"], seen["task"], seen["status"], seen["attempts"]) == (mine, "audit.one_store", "failed", 5)

    # When both are retried from one
    refused = shop.post(f"/jobs/{theirs}/retry", as_="owner")
    done(shop.post(f"/jobs/{mine}/retry", as_="owner"), 202)

    # Then only its own is, and only while it has failed
    assert slug_of(refused) == (404, "not-found")
    assert jobs(shop) == ["todo"]
    assert jobs(other_shop) == ["failed"]
    assert slug_of(shop.post(f"/jobs/{mine}/retry", as_="owner")) == (404, "not-found")
    assert slug_of(shop.post(f"/jobs/{10**30}/retry", as_="owner")) == (404, "not-found")
    assert [(subject, after) for _, subject, after in log_of(shop, "job.retry")] == [
        (f"jobs:{mine}", {"task": "audit.one_store"})
    ]


@pytest.mark.parametrize(
    ("path", "task"),
    [
        ("/upkeep/stripe", "checkout.reconcile_one_store"),
        ("/upkeep/texts", "messaging.settle_one_store"),
        ("/messaging/resume", "messaging.deliver"),
    ],
)
def test_what_hangs_is_tried_by_the_worker(shop: Shop, path: str, task: str) -> None:
    cashier = signed_in(shop, "cashier")
    assert slug_of(shop.post(path, headers=cashier)) == (403, "role-too-low")

    answer = shop.post(path, as_="owner")

    assert answer.status_code < 300, answer.get_data(as_text=True)
    assert jobs(shop, task) == ["todo"]


def test_resume_ends_the_pause_of_texts(shop: Shop) -> None:
    with transaction(UUID(shop.store_id)) as session:
        session.execute(text("UPDATE stores SET sms_paused_until = now() + interval '9 minutes'"))

    policy: dict[str, Any] = done(shop.post("/messaging/resume", as_="owner"))

    assert policy["paused_until"] is None
    assert log_of(shop, "texts.resume")


def test_failed_job_is_retried_when_more_have_failed_than_are_listed(shop: Shop) -> None:
    failed = [failed_job(shop) for _ in range(queries.MOST_JOBS + 1)]

    last = shop.post(f"/jobs/{failed[-1]}/retry", as_="owner")
    none = shop.post(f"/jobs/{10**30}/retry", as_="owner")

    assert done(last, 202) == {"task": "audit.one_store"}
    assert slug_of(none) == (404, "not-found")
