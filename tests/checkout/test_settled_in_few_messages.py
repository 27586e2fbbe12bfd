"""What the short way of a payment by link must not lose: the order's version, and the events that came before."""

from tests.checkout import stripe
from tests.checkout.counter import books, done
from tests.client import Shop


def test_payment_by_link_is_one_version_of_the_order(shop: Shop) -> None:
    order = shop.sell(tip=100)
    link = stripe.asked_link(shop, order, tip=200)
    before = done(shop.get(f"/orders/{order['id']}"))

    assert (
        stripe.told(shop, stripe.event(shop, "checkout.session.completed", stripe.session(shop, order, link)))
        == "applied"
    )
    after = done(shop.get(f"/orders/{order['id']}"))

    assert after["version"] == before["version"] + 1
    assert (after["payment_status"], after["amount_paid"], after["tip"]) == ("paid", link["amount"], 300)
    assert books(shop) == []


def test_refunds_that_came_before_their_payment_are_applied_with_it(shop: Shop) -> None:
    order = shop.sell()
    paid = stripe.session(shop, order, stripe.asked_link(shop, order))
    for amount in (100, 50):
        early = stripe.event(shop, "refund.created", stripe.refund(paid["payment_intent"], amount))
        assert stripe.told(shop, early) == "waiting"

    assert stripe.told(shop, stripe.event(shop, "checkout.session.completed", paid)) == "applied"
    after = done(shop.get(f"/orders/{order['id']}"))

    assert (after["amount_paid"], after["amount_refunded"]) == (paid["amount_total"], 150)
    assert books(shop) == []
