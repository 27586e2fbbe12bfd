"""Money goes back for an order whose points have expired."""

import pytest
from flask import Flask

from pos import clock
from pos.db import transaction
from pos.loyalty import sweep
from pos.statements import Statement
from tests.checkout import stripe
from tests.checkout.counter import books, done, refund
from tests.client import Shop

_AGE = Statement("UPDATE point_lots SET expires_at = expires_at - interval '14 months' WHERE store_id = :store")


@pytest.mark.parametrize("is_swept", [True, False])
def test_refund_does_not_take_what_expired_from_later_points(app: Flask, shop: Shop, is_swept: bool) -> None:
    order = shop.sell(join=True, items=[{"sku": "IPA", "quantity": 4}], payment={"method": "card"})
    expire(shop, is_swept=is_swept)
    shop.sell(items=[{"sku": "IPA", "quantity": 4}], payment={"method": "card"})

    for _ in range(2):
        done(refund(shop, order, lines=[{"line_id": order["lines"][0]["id"], "quantity": 2}]), 201)

    assert standing(shop) == (32, 0)
    assert books(shop) == []


def test_refund_takes_what_was_spent_before_the_rest_expired(app: Flask, shop: Shop) -> None:
    order = shop.sell(join=True, items=[{"sku": "IPA", "quantity": 4}], payment={"method": "card"})
    adjust(shop, -20)
    expire(shop, is_swept=True)

    done(refund(shop, order, lines=[{"line_id": order["lines"][0]["id"], "quantity": 4}]), 201)

    assert standing(shop) == (-20, 20)
    assert books(shop) == []


def test_failed_refund_does_not_bring_expired_points_back(app: Flask, shop: Shop) -> None:
    order, intent = stripe.paid_by_link(shop, shop.sell(join=True, items=[{"sku": "IPA", "quantity": 4}]))
    expire(shop, is_swept=False)
    made = stripe.refund(intent, order["total"])
    for kind, status in (("refund.created", "succeeded"), ("refund.failed", "failed")):
        assert stripe.told(shop, stripe.event(shop, kind, {**made, "status": status})) == "applied"

    assert standing(shop) == (0, 0)
    assert books(shop) == []


def expire(shop: Shop, *, is_swept: bool) -> None:
    """Fourteen months pass."""
    with transaction(shop.store_id, actor="test"):  # type: ignore[arg-type]
        _AGE.run()
        if is_swept:
            sweep.expire_lots(clock.now())


def adjust(shop: Shop, points: int) -> None:
    member = done(shop.get("/members", query_string={"phone": "+14155550132"}))
    path = f"/members/{member['id']}/adjustments"
    done(shop.post(path, {"points": points, "reason": "counted twice"}, as_="owner"), 201)


def standing(shop: Shop) -> tuple[int, int]:
    member = done(shop.get("/members", query_string={"phone": "+14155550132"}))
    return member["balance"], member["debt"]
