"""What the counter texts: to whom the order belongs by now, and what is true of it by now."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from pos import clock
from pos.checkout import links, tab, texts
from pos.db import transaction
from pos.messaging.outbox import Claimed
from tests import texting
from tests.checkout.counter import add_round, approved, change_order, done, line_of, now, paid, refund, seen, void
from tests.client import Shop
from tests.messaging.campaigning import claimed, policy

BOB = "+14155550177"
IPA, PRETZEL = ({"sku": sku, "quantity": 1} for sku in ("IPA", "PRETZEL"))
CASH = {"payment": {"method": "cash"}}


def left(shop: Shop) -> list[Claimed]:
    """What leaves now."""
    return claimed(shop, clock.now())


def of(shop: Shop, template: str) -> list[dict[str, Any]]:
    """The messages of a kind, newest first."""
    return [each for each in texting.messages(shop) if each["template"] == template]


def test_receipt_of_a_moved_order_is_not_for_the_former_customer(app: Flask, shop: Shop) -> None:
    order = shop.sell(items=[IPA], **CASH)
    done(change_order(shop, order, phone=BOB))

    assert left(shop) == []
    [receipt] = of(shop, "receipt")
    assert (receipt["status"], receipt["reason"]) == ("suppressed", "moved")


def test_link_of_a_moved_order_goes_to_who_is_asked_for(app: Flask, shop: Shop) -> None:
    # given: a link that was asked for, and has not left when the order becomes Bob's
    order = shop.sell(items=[IPA], payment_link={"send_sms": True})
    done(change_order(shop, now(shop, order), phone=BOB))
    assert left(shop) == []
    assert [each["reason"] for each in of(shop, "payment_link")] == ["moved"]
    # when: it is asked for again
    done(shop.post(f"/orders/{order['id']}/payment-link", {"send_sms": True}))
    # then
    assert [each.phone for each in left(shop)] == [BOB]


@pytest.mark.parametrize(("after", "texts_sent"), [(timedelta(seconds=2), 1), (timedelta(minutes=11), 2)])
def test_link_that_is_tapped_twice_is_one_text(app: Flask, shop: Shop, after: timedelta, texts_sent: int) -> None:
    # given: an instant just before the last mark of five minutes, which is no border
    order = shop.sell(items=[IPA])
    minute = clock.now().replace(second=0, microsecond=0)
    first = minute - timedelta(minutes=minute.minute % 5, seconds=1)
    # when
    with transaction(UUID(shop.store_id), actor="test"):
        kept = tab.locked(UUID(order["id"]))
        link, _ = links.ask(kept, clock.now())
        for at in (first, first + after):
            texts.link(kept, link, at)
    # then
    assert len(of(shop, "payment_link")) == texts_sent


def test_receipt_of_what_went_back_does_not_leave(app: Flask, shop: Shop) -> None:
    order = shop.sell(items=[IPA], **CASH)
    done(refund(shop, order, amount=866), 201)

    assert left(shop) == []
    [receipt] = of(shop, "receipt")
    assert (receipt["status"], receipt["reason"]) == ("suppressed", "paid_back")


def test_receipt_says_what_is_held(app: Flask, shop: Shop) -> None:
    # given: a part went back, and a round was added, before the text left
    order = shop.sell(items=[IPA], **CASH)
    done(refund(shop, order, amount=366), 201)
    done(add_round(shop, now(shop, order), PRETZEL), 201)

    [receipt] = left(shop)

    assert "5.00 USD paid for order" in receipt.body


@pytest.mark.parametrize(("amount", "status"), [(866, "paid"), (1000, "overpaid")])
def test_order_that_is_paid_by_a_void_has_its_receipt(app: Flask, shop: Shop, amount: int, status: str) -> None:
    order = shop.sell(items=[IPA, PRETZEL])
    paid(shop, order, amount=amount)
    assert of(shop, "receipt") == []

    after = done(void(shop, now(shop, order), "PRETZEL", headers=approved(shop)))

    assert after["payment_status"] == status
    assert len(of(shop, "receipt")) == 1


def test_order_that_is_paid_by_a_split_has_its_receipt(app: Flask, shop: Shop) -> None:
    order = shop.sell(items=[IPA, PRETZEL])
    paid(shop, order, amount=866)
    kept = now(shop, order)

    part = [{"line_id": line_of(kept, "PRETZEL")["id"]}]
    done(shop.post(f"/orders/{order['id']}/split", {"lines": part}, headers=seen(kept)), 201)

    assert [each["order_id"] for each in of(shop, "receipt")] == [order["id"]]


def test_order_that_was_paid_long_ago_gets_no_receipt(app: Flask, shop: Shop) -> None:
    # given: an order of a tablet without network that told of it a day later, and one that was paid a day ago
    long_ago = (clock.now() - timedelta(days=1)).isoformat()
    priced = [{**each, "unit_price": 500} for each in (IPA, PRETZEL)]
    offline = shop.sell(items=priced, offline=True, placed_at=long_ago, **CASH)
    policy(shop, receipts=False)
    older = shop.sell(items=[IPA, PRETZEL], **CASH)
    policy(shop, receipts=True)
    with transaction(UUID(shop.store_id), actor="test"):
        tab.locked(UUID(older["id"])).paid_at = clock.now() - timedelta(days=1)
    # when: both are touched
    for order in (offline, older):
        done(void(shop, now(shop, order), "PRETZEL", headers=approved(shop)))
    # then
    assert of(shop, "receipt") == []


def test_receipt_is_texted_once_however_the_order_goes_on(app: Flask, shop: Shop) -> None:
    order = shop.sell(items=[IPA], **CASH)
    done(add_round(shop, now(shop, order), PRETZEL), 201)
    paid(shop, order)
    done(refund(shop, order, amount=100), 201)
    paid(shop, order)

    assert len(of(shop, "receipt")) == 1
