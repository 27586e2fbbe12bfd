"""What `flask doctor` says of Stripe: how it is reached, and what has waited for it too long."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from pos import doctor
from pos.config import StripeSettings
from tests.checkout import stripe
from tests.checkout.counter import signed_in
from tests.client import Shop
from tests.databases import STRIPE_SECRET

TEST_KEY, LIVE_KEY = (
    StripeSettings(f"sk_{mode}_1", (STRIPE_SECRET,), None, is_sandbox=False) for mode in ("test", "live")
)


@pytest.fixture
def shop(committed: Flask, shops: list[dict[str, Any]]) -> Shop:
    """The first shop of the database that `committed` uses."""
    return Shop(committed.test_client(), **shops[0])


def finding(app: Flask) -> doctor.Finding:
    with app.app_context():
        (found,) = (found for found in doctor.examine(app) if found.subject == "stripe")
    return found


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (None, "switched off (STRIPE_SECRET_KEY=none): no payment links"),
        (replace(TEST_KEY, is_sandbox=True), "sandbox: no money moves"),
        (TEST_KEY, "test key: Stripe's test mode, no money moves"),
        (LIVE_KEY, "live key: real money"),
    ],
    ids=["none", "sandbox", "test", "live"],
)
def test_doctor_says_how_stripe_is_reached(committed: Flask, settings: StripeSettings | None, said: str) -> None:
    committed.config["SETTINGS"] = replace(committed.config["SETTINGS"], stripe=settings)

    found = finding(committed)

    assert (found.is_fine, found.detail.partition(";")[0]) == (True, said)


def test_doctor_counts_stores_that_name_no_account_among_several(committed: Flask, superuser: Any) -> None:
    with superuser.cursor() as cursor:
        cursor.execute("UPDATE stores SET stripe_account = NULL WHERE slug = 'cafe'")
        one_of_two = finding(committed)
        cursor.execute("UPDATE stores SET is_active = slug = 'cafe'")
        the_only_one = finding(committed)

    assert "1 of 2 stores take no cards by link: `flask --app wsgi stores change`" in one_of_two.detail
    assert one_of_two.is_fine, "a store may do without links"
    assert "stores" not in the_only_one.detail, "the only store uses the account of the key"


def test_doctor_finds_a_link_that_is_not_made(committed: Flask, shop: Shop, superuser: Any) -> None:
    stripe.asked_link(shop, shop.sell())

    fresh = finding(committed)
    _age(superuser, "payment_links", "9 minutes")
    not_yet = finding(committed)
    _age(superuser, "payment_links", "2 minutes")
    old = finding(committed)

    assert (fresh.is_fine, not_yet.is_fine, old.is_fine) == (True, True, False)
    assert "1 link(s) have not been made for over 10 minutes" in old.detail


def test_doctor_finds_a_refund_that_stays_pending(committed: Flask, shop: Shop, superuser: Any) -> None:
    order, _ = stripe.paid_by_link(shop, shop.sell())
    wanted = {"amount": 100, "reason": "cold"}
    given_back = shop.post(f"/orders/{order['id']}/refunds", wanted, headers=signed_in(shop, "manager"))
    assert given_back.status_code == 201

    fresh = finding(committed)
    _age(superuser, "refunds", "25 hours")
    old = finding(committed)

    assert (fresh.is_fine, old.is_fine) == (True, False)
    assert "1 refund(s) have been pending for over a day: `flask --app wsgi payments reconcile`" in old.detail


def test_doctor_counts_events_that_wait_for_their_payment(committed: Flask, shop: Shop) -> None:
    early = stripe.event(shop, "refund.created", stripe.refund("pi_not_here_yet", 100))

    before = finding(committed)
    assert stripe.told(shop, early) == "waiting"
    after = finding(committed)

    assert (before.is_fine, after.is_fine) == (True, True)
    assert "1 event(s) wait for their payment" in after.detail
    assert "wait for" not in before.detail


def _age(superuser: Any, table: str, by: str) -> None:
    with superuser.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET created_at = created_at - interval '{by}'")
