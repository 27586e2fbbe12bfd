"""What the web shop tells: the headers that WooCommerce documents, a signature over the bytes, and nothing twice by itself."""

import base64
import hashlib
import hmac
from typing import Any

import orjson
import pytest

from pos.sandbox.shop import acts, webhooks
from pos.sandbox.shop.acts import Wanted
from pos.sandbox.shop.bodies import Person
from pos.sandbox.shop.shelf import Goods
from tests.sandbox.shopping import HOOK, SECRET, Shopping


@pytest.fixture
def product(shopping: Shopping) -> int:
    shopping.fill(orders=0, customers=0)
    return shopping.act(acts.add_product, Goods("Glass", "GLASS", 1000, stock=10))


def test_webhooks_say_at_once_that_they_are_there(shopping: Shopping) -> None:
    shopping.agree()

    sent = shopping.deliver()

    assert [(url, body) for url, body, _ in sent] == [
        (HOOK, f"webhook_id={number}".encode()) for number in range(1, len(webhooks.TOPICS) + 1)
    ]
    assert {headers["Content-Type"] for _, _, headers in sent} == {"application/x-www-form-urlencoded"}
    assert not any("X-WC-Webhook-Signature" in headers for _, _, headers in sent)


def test_each_change_is_told_signed_over_its_bytes(shopping: Shopping, product: int) -> None:
    shopping.agree()
    shopping.deliver()
    number = shopping.act(acts.place, Wanted([(product, 1)], phone="+14155550132"))

    [(url, body, headers)] = shopping.deliver()

    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).digest()
    assert url == HOOK
    assert headers["X-WC-Webhook-Signature"] == base64.b64encode(digest).decode()
    assert [headers[f"X-WC-Webhook-{name}"] for name in ("Topic", "Resource", "Event", "ID")] == [
        "order.created", "order", "created", str(webhooks.TOPICS.index("order.created") + 1),
    ]  # fmt: skip
    assert headers["X-WC-Webhook-Source"].endswith("/_sandbox/shop/")
    assert headers["X-WC-Webhook-Delivery-ID"]
    assert orjson.loads(body) == shopping.get(f"orders/{number}")


def test_each_act_has_its_topic(shopping: Shopping, product: int) -> None:
    shopping.agree()
    shopping.deliver()
    number = shopping.act(acts.place, Wanted([(product, 2)]))
    told = {"place": shopping.topics()}

    for name, do, named in (
        ("pay", acts.pay, (number,)),
        ("refund", acts.refund, (number,)),
        ("trash", acts.trash, (number,)),
        ("restore", acts.restore, (number,)),
        ("delete", acts.delete, (number,)),
        ("price", acts.change_product, (product,)),
        ("customer", acts.add_customer, (Person(0, "A", "B", "a@example.com", ""),)),
    ):
        shopping.act(do, *named)
        told[name] = shopping.topics()

    assert told == {
        "place": ["order.created"],
        "pay": ["product.updated", "order.updated"],
        "refund": ["order.updated"],
        "trash": ["order.deleted"],
        "restore": ["order.updated"],
        "delete": ["order.deleted"],
        "price": ["product.updated"],
        "customer": ["customer.created"],
    }


def test_of_what_is_deleted_the_number_alone_is_told(shopping: Shopping, product: int) -> None:
    shopping.agree()
    shopping.deliver()

    shopping.act(acts.delete_product, product)

    assert [orjson.loads(body) for _, body, _ in shopping.deliver()] == [{"id": product}]


@pytest.mark.parametrize("reply", [500, ConnectionError("nobody")])
def test_what_was_not_taken_is_not_told_again_by_itself(shopping: Shopping, product: int, reply: Any) -> None:
    shopping.agree()
    shopping.deliver()
    shopping.replies.append(reply)
    shopping.act(acts.change_product, product, price=900)

    assert len(shopping.deliver()) == 1
    assert shopping.deliver() == []
    assert shopping.events()[-1]["state"] == "failed"


def test_event_can_be_dropped_and_held(shopping: Shopping, product: int) -> None:
    shopping.agree()
    shopping.deliver()
    shopping.order_faults(("product.updated", "drop_event"), ("product.", "hold_event"))

    shopping.act(acts.change_product, product, price=900)
    shopping.act(acts.change_product, product, price=901)

    assert shopping.deliver() == []
    assert [each["state"] for each in shopping.events()[-2:]] == ["dropped", "held"]


def test_nothing_is_told_without_webhooks(shopping: Shopping, product: int) -> None:
    shopping.agree()
    assert shopping.app.test_client().delete("/_sandbox/shop/webhook").status_code == 204
    shopping.deliver()

    shopping.act(acts.change_product, product, price=900)

    assert shopping.deliver() == []


def test_webhooks_stay_on_this_machine(shopping: Shopping) -> None:
    client = shopping.app.test_client()

    for url in ("http://192.0.2.1/x", "file:///etc/passwd", "http://[", "https://example.com/"):
        answered = client.put("/_sandbox/shop/webhook", json={"delivery_url": url, "secret": "s"})
        assert answered.status_code == 422, url
