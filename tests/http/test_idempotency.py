"""Idempotency-Key: the same request sent again is done once, and answered with what is there now."""

import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from pos.db import db, rows_of, transaction
from pos.http.models import IdempotencyKey
from pos.orders.models import Order
from pos.payments.models import Payment
from tests.client import Shop, new_key

PHONE = "(415) 555-0132"
GOOD_KEYS = ("k", "k" * 255, "0", "a b", "~!@#$%^&*()_+{}|:<>?`-=[];',./", "0190a0b0-0000-7000", "null", "' OR 1=1 --")


@pytest.mark.parametrize("key", GOOD_KEYS)
def test_order_sent_again_is_answered_again_and_made_once(shop: Shop, key: str) -> None:
    first = shop.post("/orders", shop.order(), key=key)
    again = [shop.post("/orders", shop.order(), key=key) for _ in range(3)]

    assert first.status_code == 201
    assert "Idempotent-Replayed" not in first.headers
    assert [response.status_code for response in again] == [201] * 3
    assert [response.headers["Idempotent-Replayed"] for response in again] == ["true"] * 3
    assert [_json(response) for response in again] == [_json(first)] * 3
    assert [response.headers["ETag"] for response in again] == [first.headers["ETag"]] * 3
    assert (_count(shop, Order), _count(shop, IdempotencyKey)) == (1, 1)


def test_replay_takes_no_stock_and_counts_no_visit(shop: Shop) -> None:
    key, body = new_key(), shop.order(items=[{"sku": "TEE-BLK-M", "quantity": 3}], payment={"method": "card"})
    stock = _stock(shop)

    customers = [_json(shop.post("/orders", body, key=key))["customer"]["id"] for _ in range(3)]

    customer = _json(shop.get(f"/customers/{customers[0]}", as_="owner"))
    assert _stock(shop) == stock - 3
    assert (customer["order_count"], customer["total_spent"]) == (1, 8119)  # 3 × 25.00 and 8.25 % tax
    assert (_count(shop, Order), _count(shop, Payment)) == (1, 1)


def test_replay_of_an_order_shows_it_as_it_is_now(shop: Shop) -> None:
    key = new_key()
    placed = _json(shop.post("/orders", shop.order(), key=key))
    path = f"/orders/{placed['id']}"
    shop.post(f"{path}/payments", {"method": "card", "tip": 100})
    shop.post(f"{path}/fulfillment", {"status": "prepared"})

    again = shop.post("/orders", shop.order(), key=key)

    assert (placed["payment_status"], placed["fulfillment_status"]) == ("unpaid", "proposed")
    assert (_json(again)["payment_status"], _json(again)["fulfillment_status"]) == ("paid", "prepared")
    assert _json(again) == _json(shop.get(path))
    tag = again.headers["ETag"]
    assert shop.get(path).headers["ETag"].startswith(tag.rstrip('"') + ".")
    assert tag != f'"{placed["version"]}"'


def test_replay_of_a_canceled_order_does_not_sell_it_again(shop: Shop) -> None:
    key = new_key()
    placed = _json(shop.post("/orders", shop.order(), key=key))
    shop.post(f"/orders/{placed['id']}/cancel", {"reason": "spilt"})

    again = shop.post("/orders", shop.order(), key=key)

    assert again.status_code == 201
    assert (_json(again)["id"], _json(again)["status"]) == (placed["id"], "canceled")


def test_replay_survives_a_change_of_price(shop: Shop) -> None:
    key = new_key()
    placed = _json(shop.post("/orders", shop.order(), key=key))
    ipa = f"/products/{shop.products['IPA']}"
    version = _json(shop.get(ipa))["version"]
    assert shop.patch(ipa, {"price": 999, "status": "inactive"}, version=version).status_code == 200

    again = shop.post("/orders", shop.order(), key=key)

    assert (again.status_code, _json(again)["total"]) == (201, placed["total"])


def test_payment_sent_again_is_taken_once(shop: Shop) -> None:
    order, key = shop.sell(), new_key()
    path, body = f"/orders/{order['id']}/payments", {"method": "cash", "amount": 300, "tendered": 500}

    first = shop.post(path, body, key=key)
    other = shop.post(path, body)
    again = shop.post(path, body, key=key)

    assert (first.status_code, other.status_code, again.status_code) == (201, 201, 201)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert _json(again)["payment"] == _json(first)["payment"] != _json(other)["payment"]
    assert _json(again)["change_due"] == _json(first)["change_due"] == 200
    assert _json(again)["amount_paid"] == 600
    assert _count(shop, Payment) == 2


@pytest.mark.parametrize("change", [
    {"tip": 1},
    {"items": [{"sku": "IPA", "quantity": 2}]},
    {"items": [{"sku": "IPA", "quantity": 1}, {"sku": "IPA", "quantity": 1}]},
    {"items": [{"sku": "WATER", "quantity": 1}]},
    {"phone": "(415) 555-0199"},
    {"note": "table 4"},
    {"payment": {"method": "cash"}},
    {"marketing_consent": False},
], ids=str)  # fmt: skip
def test_key_of_another_order_is_refused(shop: Shop, change: dict[str, Any]) -> None:
    key = new_key()
    placed = _json(shop.post("/orders", shop.order(), key=key))

    response = shop.post("/orders", shop.order(**change), key=key)

    _assert_reused(response)
    assert _count(shop, Order) == 1
    assert _json(shop.get(f"/orders/{placed['id']}")) == placed


def test_key_of_another_path_is_refused(shop: Shop) -> None:
    key, body = new_key(), {"method": "card", "amount": 100}
    one, other = (f"/orders/{shop.sell()['id']}/payments" for _ in range(2))
    assert shop.post(one, body, key=key).status_code == 201

    _assert_reused(shop.post(other, body, key=key))
    _assert_reused(shop.post("/orders", shop.order(), key=key))
    assert _count(shop, Payment) == 1


def test_order_of_names_and_blanks_is_no_difference(shop: Shop) -> None:
    key, body = new_key(), shop.order(tip=100, note="table 4", items=[{"sku": "IPA", "quantity": 1, "note": "cold"}])
    turned: dict[str, Any] = dict(reversed(body.items()))
    turned["items"] = [dict(reversed(item.items())) for item in body["items"]]
    texts = [
        json.dumps(body),
        json.dumps(turned),
        json.dumps(turned, indent=4),
        json.dumps(body, separators=(",", ":")),
    ]
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}

    answers = [shop.request("POST", "/orders", headers=headers, data=text) for text in texts]

    assert len(set(texts)) == 4
    assert [response.status_code for response in answers] == [201] * 4
    assert len({_json(response)["id"] for response in answers}) == 1


def test_order_of_items_is_a_difference(shop: Shop) -> None:
    key, items = new_key(), [{"sku": "IPA", "quantity": 1}, {"sku": "WATER", "quantity": 1}]
    shop.sell(items=items, key=key)

    _assert_reused(shop.post("/orders", shop.order(items=items[::-1]), key=key))


def test_same_instant_in_the_same_words_is_the_same_order(shop: Shop) -> None:
    key, placed_at = new_key(), "2026-01-02T03:04:05-08:00"

    first = shop.sell(placed_at=placed_at, key=key)
    again = shop.sell(placed_at=placed_at, key=key)

    assert first["id"] == again["id"]
    assert first["placed_at"] == "2026-01-02T11:04:05Z"


@pytest.mark.parametrize(("wrong", "status"), [
    ({"items": [{"sku": "NONE", "quantity": 1}]}, 422),
    ({"items": [{"sku": "IPA", "quantity": 0}]}, 422),
    ({"items": [{"sku": "TEE-BLK-M", "quantity": 41}]}, 422),
    ({"phone": "911"}, 422),
    ({"payment": {"method": "cash", "tendered": 1}}, 422),
    ({"expected_total": 1}, 409),
    ({"surprise": 1}, 422),
], ids=str)  # fmt: skip
def test_refused_order_leaves_its_key_free_for_the_corrected_one(
    shop: Shop, wrong: dict[str, Any], status: int
) -> None:
    key = new_key()

    refused = shop.post("/orders", shop.order(**wrong), key=key)
    corrected = shop.post("/orders", shop.order(), key=key)

    assert refused.status_code == status, refused.get_data(as_text=True)
    assert corrected.status_code == 201, corrected.get_data(as_text=True)
    assert "Idempotent-Replayed" not in corrected.headers
    assert (_count(shop, Order), _count(shop, IdempotencyKey)) == (1, 1)


def test_refused_payment_leaves_its_key_free_for_the_corrected_one(shop: Shop) -> None:
    path, key = f"/orders/{shop.sell()['id']}/payments", new_key()

    refused = shop.post(path, {"method": "cash", "tendered": 1}, key=key)
    corrected = shop.post(path, {"method": "cash", "tendered": 5000}, key=key)

    assert (refused.status_code, corrected.status_code) == (422, 201)


def test_unreadable_order_leaves_its_key_free(shop: Shop) -> None:
    key = new_key()
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}

    refused = shop.request("POST", "/orders", headers=headers, data=b"{")

    assert refused.status_code == 400
    assert shop.post("/orders", shop.order(), key=key).status_code == 201


def test_another_store_may_use_the_same_key(shop: Shop, other_shop: Shop) -> None:
    key = new_key()

    ours, theirs = (
        shop.post("/orders", shop.order(), key=key),
        other_shop.post("/orders", shop.order(phone="030 23125 014"), key=key),
    )

    assert (ours.status_code, theirs.status_code) == (201, 201)
    assert "Idempotent-Replayed" not in theirs.headers
    assert _json(ours)["id"] != _json(theirs)["id"]
    assert (_json(ours)["currency"], _json(theirs)["currency"]) == ("USD", "EUR")


def test_keys_are_told_apart_by_each_letter(shop: Shop) -> None:
    keys = ["key", "Key", "keys", "key-1", "key.1"]

    ids = {_json(shop.post("/orders", shop.order(), key=key))["id"] for key in keys}

    assert len(ids) == len(keys)


@pytest.mark.parametrize("path", ["/orders", "/orders/{order_id}/payments"])
@pytest.mark.parametrize(
    "headers", [{}, {"Idempotency-Key": ""}, {"Idempotency-Key": "k" * 256}, {"Idempotency-Key": "clé"}], ids=str
)
def test_request_without_a_usable_key_is_refused(shop: Shop, path: str, headers: dict[str, str]) -> None:
    path = path.format(order_id=shop.sell()["id"])
    body = {"method": "card"} if path.endswith("payments") else shop.order()
    before = (_count(shop, Order), _count(shop, Payment))

    response = shop.request("POST", path, headers=headers, json=body)

    assert (response.status_code, _json(response)["type"]) == (400, "/problems/idempotency-key-required")
    assert (_count(shop, Order), _count(shop, Payment)) == before


def test_key_is_kept_with_what_it_made(shop: Shop) -> None:
    placed = shop.sell(key="kept")

    with transaction(UUID(shop.store_id)):
        kept = db.session.scalars(rows_of(IdempotencyKey)).one()

    assert (kept.key, kept.route, kept.resource, str(kept.resource_id)) == (
        "kept",
        "POST /api/v1/orders",
        "order",
        placed["id"],
    )
    # A digest, not the body: it must not become one more place where phone numbers lie.
    assert len(kept.digest) == 64
    assert PHONE not in kept.digest


def _assert_reused(response: TestResponse) -> None:
    assert (response.status_code, _json(response)["type"]) == (422, "/problems/idempotency-key-reused")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert "Idempotent-Replayed" not in response.headers


def _count(shop: Shop, model: Any) -> int:
    with transaction(UUID(shop.store_id)):
        return db.session.scalar(select(func.count()).select_from(rows_of(model).subquery())) or 0


def _stock(shop: Shop) -> int:
    return int(_json(shop.get(f"/products/{shop.products['TEE-BLK-M']}"))["stock_quantity"])


def _json(response: TestResponse) -> dict[str, Any]:
    assert response.json is not None
    return response.json  # type: ignore[no-any-return]
