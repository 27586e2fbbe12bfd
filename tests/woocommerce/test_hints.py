"""The shop's webhooks: a signed hint has one record read anew; all else changes nothing."""

import json
from datetime import timedelta
from typing import Any

import pytest

from pos import clock
from pos.sandbox.shop import acts, webhooks
from pos.sandbox.shop.acts import Wanted
from pos.sandbox.tasks import tell_of_shop
from pos.woocommerce import tasks
from tests.woocommerce.web import Web

pytestmark = pytest.mark.xdist_group("web_shop")


@pytest.fixture
def secret(synced: Web) -> str:
    """Of the webhooks."""
    answered = synced.shop.post("/sync/woocommerce/webhook-secret", as_="owner")
    assert answered.status_code == 201, answered.text
    return str(answered.json["webhook_secret"])


def hint(web: Web, secret: str, body: Any, *, resource: str = "order", slug: str = "hops", **headers: str) -> int:
    """The status that the shop gets for a hint."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = {"X-WC-Webhook-Signature": webhooks.signature(sent, secret), "X-WC-Webhook-Resource": resource}
    found = signed | {name.replace("_", "-"): value for name, value in headers.items()}
    asked = web.app.test_client().post(f"/webhooks/woocommerce/{slug}", data=sent, headers=found)
    return int(asked.status_code)


def work(web: Web) -> list[dict[str, Any]]:
    """The worker does what was hinted at."""
    waiting = web.jobs("woocommerce.look")
    for args in waiting:
        tasks.look(**args)
    web.rows("UPDATE procrastinate_jobs SET status = 'succeeded'")
    return waiting


def _order(web: Web) -> int:
    return int(
        web.value(
            "SELECT max(number) FROM sandbox_shop_things WHERE kind = 'order' AND state = 'completed' AND body -> 'refunds' = '[]'"
        )
    )


def test_hint_has_only_that_record_read_anew(synced: Web, secret: str) -> None:
    number, later = _order(synced), clock.now() + timedelta(minutes=2)
    other = synced.value("SELECT min(number) FROM sandbox_shop_things WHERE kind = 'order' AND state = 'completed'")
    for each in (number, other):
        synced.act(acts.change_order, each, now=later, customer_note="Ring twice")
    synced.door.asked.clear()

    # What the body claims is not believed.
    status = hint(synced, secret, {"id": number, "total": "0.01", "status": "cancelled"})
    (job,) = work(synced)

    assert (status, job["name"], job["number"]) == (200, "orders", str(number))
    assert [asked.partition("?")[0] for asked in synced.door.asked] == [f"orders/{number}"]
    assert (synced.order(number)["note"], synced.order(number)["status"]) == ("Ring twice", "completed")
    assert synced.order(other)["note"] != "Ring twice"
    assert synced.broken() == []


def test_new_order_is_in_the_books_by_its_hint(synced: Web, secret: str) -> None:
    product = synced.value(
        "SELECT min(number) FROM sandbox_shop_things WHERE kind = 'product' AND body ->> 'type' = 'simple'"
    )
    number = synced.act(acts.place, Wanted([(product, 2)], phone="+14155550132"), is_paid=True)

    hint(synced, secret, {"id": number})
    hint(synced, secret, {"id": number})
    work(synced)

    assert synced.order(number)["payment_status"] == "paid"
    assert synced.broken() == []
    before = synced.digests()
    assert synced.sync()["records_changed"] <= 1
    assert synced.digests()["orders"] == before["orders"]


def test_deleted_order_and_product_are_followed_by_their_hints(synced: Web, secret: str) -> None:
    number = _order(synced)
    product = synced.value(
        "SELECT min(number) FROM sandbox_shop_things WHERE kind = 'product' AND body ->> 'type' = 'simple'"
    )
    synced.act(acts.delete, number)
    synced.act(acts.delete_product, product)

    hint(synced, secret, {"id": number})
    hint(synced, secret, {"id": product}, resource="product")
    work(synced)

    assert (synced.order(number)["status"], synced.order(number)["payment_status"]) == ("canceled", "refunded")
    assert synced.value("SELECT status FROM products WHERE wc_product_id = %(n)s", n=product) == "inactive"
    assert synced.broken() == []


def test_hint_about_a_variation_has_its_product_read(synced: Web, secret: str) -> None:
    variation = synced.value("SELECT min(number) FROM sandbox_shop_things WHERE kind = 'variation'")
    synced.act(acts.change_product, variation, now=clock.now() + timedelta(minutes=2), price=4321)

    hint(synced, secret, {"id": variation}, resource="product")
    work(synced)

    assert synced.value("SELECT price FROM products WHERE wc_product_id = %(n)s", n=variation) == 4321


@pytest.mark.parametrize("parent", [None, "Parent", 0, 987_654])
def test_hint_about_a_variation_of_nothing_changes_nothing(synced: Web, secret: str, parent: Any) -> None:
    variation = synced.value("SELECT min(number) FROM sandbox_shop_things WHERE kind = 'variation'")
    synced.act(acts.change_product, variation, parent_id=parent, type="variation")

    hint(synced, secret, {"id": variation}, resource="product")
    work(synced)

    assert synced.broken() == []


def test_hint_after_the_store_parted_from_the_shop_changes_nothing(synced: Web, secret: str) -> None:
    hint(synced, secret, {"id": _order(synced)})
    assert synced.shop.request("DELETE", "/sync/woocommerce", as_="owner").status_code == 204
    before = synced.digests()

    work(synced)

    assert synced.digests() == before


def test_customer_and_coupon_come_by_their_hints(synced: Web, secret: str) -> None:
    account = synced.act(acts.add_customer, acts.Person(0, "Grace", "Hill", "grace@shop.example", "415 555 0149"))
    coupon = synced.value("SELECT min(number) FROM sandbox_shop_things WHERE kind = 'coupon'")
    synced.act(acts.change_coupon, coupon, code="hello-again")

    hint(synced, secret, {"id": account}, resource="customer")
    hint(synced, secret, {"id": coupon}, resource="coupon")
    work(synced)

    assert synced.value("SELECT count(*) FROM customers WHERE store_id = %(store)s AND phone = '+14155550149'") == 1
    assert synced.value("SELECT code FROM coupons WHERE wc_coupon_id = %(n)s", n=coupon) == "HELLO-AGAIN"


@pytest.mark.parametrize("signature", ["", "x", "é", "AAAA"])
def test_hint_that_is_not_the_shops_is_refused(synced: Web, secret: str, signature: str) -> None:
    status = hint(synced, secret, {"id": _order(synced)}, X_WC_Webhook_Signature=signature)

    assert (status, synced.jobs("woocommerce.look")) == (403, [])


def test_secret_of_another_time_or_store_is_refused(synced: Web, secret: str) -> None:
    newer = synced.shop.post("/sync/woocommerce/webhook-secret", as_="owner").json["webhook_secret"]

    assert hint(synced, secret, {"id": 1}) == 403
    assert hint(synced, newer, {"id": 1}) == 200
    assert hint(synced, newer, {"id": 1}, slug="cafe") == 403
    assert hint(synced, newer, {"id": 1}, slug="nobody") == 404
    assert hint(synced, "", {"id": 1}, slug="cafe") == 403
    assert len(synced.jobs("woocommerce.look")) == 1


def test_ping_is_taken_with_thanks(synced: Web) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answered = synced.app.test_client().post("/webhooks/woocommerce/hops", data=b"webhook_id=7", headers=form)

    assert (answered.status_code, synced.jobs("woocommerce.look")) == (200, [])


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"null", b'{"id": "x"}', b'{"id": -1}', b'{"id": 1e99}', b"\xff\xfe", b"[" * 50_000]
)
def test_signed_nonsense_is_taken_and_changes_nothing(synced: Web, secret: str, body: bytes) -> None:
    assert (hint(synced, secret, body), synced.jobs("woocommerce.look")) == (200, [])


def test_topic_that_is_none_of_ours_is_taken(synced: Web, secret: str) -> None:
    assert (hint(synced, secret, {"id": 1}, resource="action"), synced.jobs("woocommerce.look")) == (200, [])


def test_hint_of_five_megabytes_is_taken_and_of_six_is_not(synced: Web, secret: str) -> None:
    assert hint(synced, secret, {"id": 1, "note": "x" * 5_200_000}) == 200
    assert hint(synced, secret, {"id": 1, "note": "x" * 6_000_000}) == 413
    assert len(synced.jobs("woocommerce.look")) == 1


def test_hint_while_the_shop_is_away_is_tried_again(synced: Web, secret: str) -> None:
    synced.order_faults(("GET /wp-json/wc/v3/orders", "503", 100))

    with pytest.raises(Exception, match="503"):
        tasks.look(str(synced.store_id), "orders", _order(synced))


def test_shop_tells_the_store_of_each_change(synced: Web, secret: str) -> None:
    """The stand-in's own webhooks, as they leave it."""
    url = f"{synced.app.config['SETTINGS'].public_base_url}/webhooks/woocommerce/hops"
    answered = synced.app.test_client().put("/_sandbox/shop/webhook", json={"delivery_url": url, "secret": secret})
    assert answered.status_code == 200, answered.text
    number = _order(synced)

    synced.act(acts.change_order, number, now=clock.now() + timedelta(minutes=2), customer_note="Ring twice")
    for args in synced.jobs("sandbox.tell_of_shop"):
        tell_of_shop(**args)
    jobs = work(synced)

    assert [(job["name"], job["number"]) for job in jobs] == [("orders", str(number))]
    assert synced.order(number)["note"] == "Ring twice"
