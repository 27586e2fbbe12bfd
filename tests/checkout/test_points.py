"""Points follow the money of an order: counter, link, refunds that fail, disputes, events told again and again."""

from typing import Any

from tests.checkout import stripe
from tests.checkout.counter import add_round, books, cancel, done, now, paid, refund
from tests.checkout.settle_stories import asked, own_refund, pay_by, sold
from tests.checkout.stripe import dispute, event, told
from tests.client import Shop
from tests.loyalty.members import CARD, adjust, balance, joined, member, reward, said

THREE = {"items": [{"sku": "IPA", "quantity": 3}], "join": True}
ORDER_POINTS = 8


def points(shop: Shop, order: dict[str, Any]) -> tuple[int, int]:
    """What the order brought so far, and the member's balance."""
    shown = now(shop, order)["points"]
    return shown["earned"], shown["balance"]


def test_three_refunds_of_a_third_take_all(shop: Shop) -> None:
    order = shop.sell(**THREE, **CARD)
    one = [{"line_id": order["lines"][0]["id"], "quantity": 1}]
    brought = [points(shop, order)]

    for _ in range(3):
        done(refund(shop, order, lines=one), 201)
        brought.append(points(shop, order))

    assert brought == [(24, 24), (16, 16), (8, 8), (0, 0)]
    assert books(shop) == []


def test_cancel_takes_all_points_back(shop: Shop) -> None:
    order = shop.sell(**THREE, **CARD)

    done(cancel(shop, order, as_="owner", refund=True))

    assert points(shop, order) == (0, 0)
    assert said(shop, member(shop))[0] == (-24, f"Taken back: order {order['reference']} was canceled")
    assert books(shop) == []


def test_tip_and_tax_bring_nothing(shop: Shop) -> None:
    order = shop.sell(join=True, tip=5000, **CARD)
    more = paid(shop, shop.sell(join=True), tip=5000)

    assert (order["points"]["earned"], more["points"]["earned"]) == (ORDER_POINTS, ORDER_POINTS)


def test_tab_that_grows_after_it_was_paid_brings_more(shop: Shop) -> None:
    order = paid(shop, shop.sell(join=True))
    done(add_round(shop, order, {"sku": "PRETZEL", "quantity": 1}), 201)
    meanwhile = points(shop, order)

    paid(shop, order)

    assert (meanwhile, points(shop, order)) == ((8, 8), (12, 12))
    assert books(shop) == []


def test_order_that_is_paid_again_has_its_points_again(shop: Shop) -> None:
    # Given an order with a reward whose money went back
    joined(shop, points=30)
    order = paid(shop, shop.sell(rewards=[reward(shop, name="A dollar")]))
    done(refund(shop, order, amount=order["total"]), 201)
    back = points(shop, order)

    # When the guest pays after all
    paid(shop, order)

    # Then the reward costs its points, and the order brings its own, in words that say so
    assert (back, points(shop, order)) == ((0, 30), (7, 7))
    reference = order["reference"]
    assert said(shop, member(shop))[:2] == [
        (7, f"Given back: order {reference} counts again"),
        (-30, f"Taken again for A dollar: order {reference} counts again"),
    ]
    assert books(shop) == []


def test_round_after_a_repaid_refund_gives_no_reward_back(shop: Shop) -> None:
    # Given an order with a reward that was refunded and paid again
    joined(shop, points=30)
    order = paid(shop, shop.sell(rewards=[reward(shop)]))
    done(refund(shop, order, amount=order["total"]), 201)
    paid(shop, order)

    # When a round is added that nobody has paid yet
    done(add_round(shop, now(shop, order), {"sku": "PRETZEL", "quantity": 2}), 201)

    # Then the points of the reward stay spent
    assert points(shop, order) == (7, 7)
    assert books(shop) == []


# --- by link --------------------------------------------------------------------------------------------------


def test_link_brings_points_when_it_is_settled_and_once(shop: Shop) -> None:
    order, link = sold(shop, **THREE)
    happened = event(shop, "checkout.session.completed", stripe.session(shop, order, link))
    before = points(shop, order)

    outcomes = [told(shop, happened) for _ in range(20)]

    assert (outcomes[0], set(outcomes[1:])) == ("applied", {"repeated"})
    assert (before, points(shop, order)) == ((0, 0), (24, 24))
    assert len(said(shop, member(shop))) == 1
    assert books(shop) == []


def test_refund_that_fails_gives_the_points_back(shop: Shop) -> None:
    # Given an order that is paid by link, and a refund that Stripe says it has made
    order, link = sold(shop, **THREE)
    pay_by(shop, order, link)
    wanted = done(refund(shop, order, amount=866), 201)["refunds"][0]
    on_its_way = points(shop, order)
    back = own_refund(shop, order, wanted)
    told(shop, event(shop, "refund.updated", back))
    gone = points(shop, order)

    # When it fails after all
    told(shop, event(shop, "refund.failed", back | {"status": "failed"}))

    # Then the points are there again
    assert (on_its_way, gone, points(shop, order)) == ((24, 24), (16, 16), (24, 24))
    assert [text for _, text in said(shop, member(shop))][:2] == [
        f"Given back: the refund of order {order['reference']} failed",
        f"Taken back: order {order['reference']} was paid back",
    ]
    assert books(shop) == []


def test_refund_that_fails_repays_what_was_owed(shop: Shop) -> None:
    order, link = sold(shop, **THREE)
    pay_by(shop, order, link)
    adjust(shop, member(shop), -20)
    wanted = done(refund(shop, order, amount=order["total"]), 201)["refunds"][0]
    back = own_refund(shop, order, wanted)
    told(shop, event(shop, "refund.updated", back))
    owing = balance(shop)

    told(shop, event(shop, "refund.failed", back | {"status": "failed"}))

    assert (owing, balance(shop), member(shop)["debt"]) == (-20, 4, 0)
    assert books(shop) == []


def test_reward_of_a_refund_that_fails_is_spent_again(shop: Shop) -> None:
    # Given points spent in an order that was paid by link, all of which goes back
    joined(shop, points=30)
    order, link = sold(shop, rewards=[reward(shop)], items=THREE["items"])
    pay_by(shop, order, link)
    wanted = done(refund(shop, order, amount=order["total"]), 201)["refunds"][0]
    back = own_refund(shop, order, wanted)
    told(shop, event(shop, "refund.updated", back))
    gone = points(shop, order)

    # When the refund fails
    told(shop, event(shop, "refund.failed", back | {"status": "failed"}))

    # Then the points are spent, and earned
    assert (gone, points(shop, order)) == ((0, 30), (23, 23))
    assert books(shop) == []


def test_lost_dispute_takes_the_points_and_gives_the_reward_back(shop: Shop) -> None:
    joined(shop, points=30)
    order, link = sold(shop, rewards=[reward(shop)], items=THREE["items"])
    pay_by(shop, order, link)
    intent = asked(shop, "SELECT provider_id FROM payments WHERE order_id = :id", order)[0][0]

    told(shop, event(shop, "charge.dispute.created", dispute(intent, order["total"])))
    open_dispute = points(shop, order)
    told(shop, event(shop, "charge.dispute.closed", dispute(intent, order["total"], "lost")))

    assert (open_dispute, points(shop, order)) == ((23, 23), (0, 30))
    assert books(shop) == []
