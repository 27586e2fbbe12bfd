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
from tests.checkout.counter import add_round, change_order, done, now, refund
from tests.client import Shop
from tests.messaging.campaigning import claimed

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
