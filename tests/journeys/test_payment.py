"""A guest pays by link, over HTTP and with the real processes: what goes right, what guests do, and what gets lost on the way."""

import re

import pytest

from tests.checkout.stripe import asked_link
from tests.journeys.conftest import PATIENCE_SECONDS, UNDER_WAY, Product
from tests.running import rows, sweep_now, until, value

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("journey")]

TOTAL = 1732


def test_guest_pays_by_link(product: Product) -> None:
    # The cashier sells, and asks for a link with a tip.
    order = product.shop.sell(items=[{"sku": "IPA", "quantity": 2}])
    link = asked_link(product.shop, order, tip=200)
    assert (link["status"], link["amount"], link["tip"]) == ("creating", TOTAL + 200, 200)
    order = product.until(order, lambda now: now["payment_link"]["status"] == "active")

    # The guest opens the page and pays.
    page, session = product.page(order)
    assert page.status_code == 200
    assert "19.32" in page.text, page.text
    assert product.act(order, "pay", session) == 303

    # Stripe's signed event brings it into the books.
    paid = product.until(order, lambda now: now["payment_status"] == "paid")
    [payment] = paid["payments"]
    assert (payment["method"], payment["amount"], payment["status"]) == ("stripe", TOTAL + 200, "succeeded")
    assert (paid["payment_link"]["status"], paid["tip"], paid["amount_due"]) == ("completed", 200, 0)
    product.delivered("checkout.session.completed", order)
    assert product.page(order)[0].status_code == 410
    assert product.flask("audit").endswith(" 0 violation(s)\n")


def test_guest_pays_in_two_tabs_and_gets_one_back(product: Product) -> None:
    order = product.sold()

    product.act(order, "twice")

    done = product.until(order, lambda now: any(refund["status"] == "succeeded" for refund in now["refunds"]))
    assert [payment["amount"] for payment in done["payments"]] == [TOTAL, TOTAL]
    assert [(refund["amount"], refund["source"]) for refund in done["refunds"]] == [(TOTAL, "overpayment")]
    assert (done["payment_status"], product.attention(order)) == ("paid", ["double_payment"])


def test_guest_pays_with_another_card(product: Product) -> None:
    order = product.sold()
    _, session = product.page(order)

    assert product.act(order, "decline", session) == 200
    declined = product.until(order, lambda now: now["payment_link"]["declined_count"] == 1)
    assert (declined["payment_link"]["status"], declined["payments"]) == ("active", [])
    assert product.act(order, "pay", session) == 303

    product.until(order, lambda now: now["payment_status"] == "paid")


def test_guest_pays_by_a_slow_way(product: Product) -> None:
    order = product.sold()
    _, session = product.page(order)

    product.act(order, "later", session)
    waiting = product.until(order, lambda now: now["payments"])
    assert (waiting["payments"][0]["status"], waiting["payment_status"]) == ("pending", "unpaid")
    product.act(order, "later_succeeds", session)

    product.until(order, lambda now: now["payment_status"] == "paid")


def test_slow_payment_that_fails_leads_to_another_link(product: Product) -> None:
    order = product.sold()
    _, session = product.page(order)
    product.act(order, "later", session)
    product.until(order, lambda now: now["payments"])

    product.act(order, "later_fails", session)

    again = product.until(
        order, lambda now: (now["payment_link"]["attempt"], now["payment_link"]["status"]) == (2, "active")
    )
    assert [payment["status"] for payment in again["payments"]] == ["failed"]
    assert again["payment_link"]["url"] == order["payment_link"]["url"]
    product.act(again, "pay")
    product.until(order, lambda now: now["payment_status"] == "paid")


def test_link_expires_under_the_eyes_of_the_guest(product: Product) -> None:
    # Given a guest in front of the open page
    before = product.shop.get(f"/products/{product.shop.products['TEE-BLK-M']}").json["stock_quantity"]
    order = product.shop.sell(items=[{"sku": "TEE-BLK-M", "quantity": 3}], payment_link={})
    order = product.until(order, lambda now: now["payment_link"]["status"] == "active")
    _, session = product.page(order)

    # When the time of the link is over
    expired = "UPDATE payment_links SET expires_at = now() - interval '1 second' WHERE order_id = %s"
    rows(product.books, expired, order["id"])
    sweep_now(product.books)
    gone = product.until(order, lambda now: now["status"] == "canceled")

    # Then the page takes no money any more, and the goods are back
    assert product.act(order, "pay", session) == 410
    assert (gone["payment_link"]["status"], gone["payments"]) == ("expired", [])
    assert product.shop.get(f"/products/{product.shop.products['TEE-BLK-M']}").json["stock_quantity"] == before


def test_money_goes_back_from_the_counter_and_from_the_dashboard(product: Product) -> None:
    order = product.paid()

    asked = {"amount": 500, "reason": "flat"}
    assert product.shop.post(f"/orders/{order['id']}/refunds", asked, as_="owner").status_code == 201
    product.until(order, lambda now: now["amount_refunded"] == 500)
    product.do("refunds", {"payment_intent": product.intent(order), "amount": 300})

    done = product.until(order, lambda now: now["amount_refunded"] == 800 and len(now["refunds"]) == 2)
    assert sorted((refund["amount"], refund["source"]) for refund in done["refunds"]) == [
        (300, "stripe"), (500, "counter"),
    ]  # fmt: skip
    assert done["payment_status"] == "partially_refunded"


def test_lost_dispute_takes_the_money(product: Product) -> None:
    order = product.paid()

    dispute = product.do("disputes", {"payment_intent": product.intent(order)})
    product.until(order, lambda now: [each["status"] for each in now["disputes"]] == ["open"])
    product.do(f"disputes/{dispute['id']}/close", {"outcome": "lost"})

    lost = product.until(order, lambda now: now["amount_refunded"] == TOTAL)
    assert [(refund["amount"], refund["source"]) for refund in lost["refunds"]] == [(TOTAL, "dispute")]
    assert product.attention(order) == ["dispute"]


def test_lost_event_is_found_by_reconcile(product: Product) -> None:
    order = product.sold()
    product.fault("checkout.session.completed", "drop_event")
    product.act(order, "pay")
    until(lambda: not value(product.books, UNDER_WAY), PATIENCE_SECONDS, what="all other events")
    assert product.order(order)["payment_status"] == "unpaid"

    said = product.flask("payments", "reconcile", "--store", product.shop.slug)

    assert re.search(r"^ +1 payments found$", said, re.MULTILINE), said
    assert product.order(order)["payment_status"] == "paid"
    assert product.event("checkout.session.completed", order)["state"] == "dropped"


def test_event_that_comes_a_hundred_times_counts_once(product: Product) -> None:
    order = product.sold()
    product.fault("checkout.session.completed", "hold_event")
    product.act(order, "pay")
    event = product.event("checkout.session.completed", order)

    product.do(f"events/{event['id']}/deliver", {"times": 100, "concurrency": 20})
    until(
        lambda: len(product.event(event["type"], order)["deliveries"]) == 100, PATIENCE_SECONDS, what="all deliveries"
    )

    told = product.event(event["type"], order)["deliveries"]
    assert any(each["status"] == 200 for each in told)
    # Who has to wait too long for the others is told to come again.
    assert {each["status"] for each in told} <= {200, 503}
    done = product.order(order)
    assert ([payment["amount"] for payment in done["payments"]], done["payment_status"]) == ([TOTAL], "paid")
    assert product.shop.get(f"/customers/{done['customer']['id']}").json["total_spent"] >= TOTAL


def test_refund_that_is_told_before_its_payment_waits_for_it(product: Product) -> None:
    order = product.sold()
    product.fault("checkout.session.completed", "hold_event")
    product.act(order, "pay")
    product.fault("charge.refunded", "drop_event")
    product.do("refunds", {"payment_intent": product.intent(order), "amount": 300})
    kept = "SELECT count(*) FROM provider_events WHERE type = 'refund.created' AND payment_intent = %s"
    until(lambda: value(product.books, kept, product.intent(order)), PATIENCE_SECONDS, what="the refund's event")
    assert product.order(order)["payments"] == []

    product.do(f"events/{product.event('checkout.session.completed', order)['id']}/deliver", {})

    done = product.until(order, lambda now: now["amount_refunded"] == 300)
    assert (done["amount_paid"], done["payment_status"]) == (TOTAL, "partially_refunded")
