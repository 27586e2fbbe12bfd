"""What a person must look at: listed, narrowed, settled once."""

import uuid
from typing import Any

import pytest

from pos.attention.models import KINDS
from pos.audit_log import HIDDEN
from tests.checkout.counter import done, log_of, signed_in
from tests.client import Shop
from tests.refusals import slug_of


@pytest.fixture
def items(shop: Shop) -> list[dict[str, Any]]:
    """Three items, the newest first: two prices that drifted, and a product that nobody knows."""
    for sku, price in (("WATER", 150), ("GONE", 5), ("WATER", 160)):
        sold = [{"sku": sku, "quantity": 1, "unit_price": price}]
        shop.sell(items=sold, offline=True, payment={"method": "cash"})
    return listed(shop)


def listed(shop: Shop, **asked: Any) -> list[dict[str, Any]]:
    return done(shop.get("/attention-items", as_="owner", query_string=asked))["data"]


def resolve(shop: Shop, item: dict[str, Any], **body: Any) -> Any:
    return shop.post(f"/attention-items/{item['id']}/resolution", body, as_="owner")


def test_items_say_what_they_are_about(shop: Shop, items: list[dict[str, Any]]) -> None:
    order = shop.get("/orders").json["data"][0]

    assert [item["kind"] for item in items] == ["price_drift", "unknown_item", "price_drift"]
    assert items[0] == {
        "id": items[0]["id"],
        "kind": "price_drift",
        "subject": f"orders:{order['id']}",
        "detail": {"position": 1, "product_id": shop.products["WATER"], "listed": 199, "sold_at": 160},
        "resolution": None,
        "resolved_at": None,
        "resolved_by": None,
        "created_at": items[0]["created_at"],
    }


def test_items_are_narrowed_by_filters(shop: Shop, items: list[dict[str, Any]]) -> None:
    done(resolve(shop, items[2]))

    kinds = {kind: len(listed(shop, kind=kind)) for kind in KINDS}
    found = [[item["id"] for item in listed(shop, is_open=is_open)] for is_open in ("true", "false")]

    assert kinds == dict.fromkeys(KINDS, 0) | {"price_drift": 2, "unknown_item": 1}
    assert found == [[items[0]["id"], items[1]["id"]], [items[2]["id"]]]
    assert listed(shop, subject=items[1]["subject"]) == [items[1]]
    assert [item["id"] for item in listed(shop, kind="price_drift", is_open="true")] == [items[0]["id"]]


def test_items_go_on_page_by_page(shop: Shop, items: list[dict[str, Any]]) -> None:
    first = done(shop.get("/attention-items", as_="owner", query_string={"limit": 2}))
    rest = done(shop.get("/attention-items", as_="owner", query_string={"limit": 2, "after": first["next"]}))

    assert first["data"] + rest["data"] == items
    assert rest["next"] is None


@pytest.mark.parametrize("asked", [{"kind": "gossip"}, {"is_open": "perhaps"}, {"subject": ""}, {"of": "x"}])
def test_odd_filters_are_refused(shop: Shop, asked: dict[str, str]) -> None:
    assert shop.get("/attention-items", as_="owner", query_string=asked).status_code == 422


@pytest.mark.parametrize("body", [{"resolution": "the price was right on the day"}, {"resolution": None}, {}])
def test_item_is_settled_with_a_word_or_without(shop: Shop, items: list[dict[str, Any]], body: dict[str, Any]) -> None:
    headers = signed_in(shop, "manager")

    answer = shop.post(f"/attention-items/{items[0]['id']}/resolution", body, headers=headers)

    settled = done(answer)
    assert settled["resolution"] == body.get("resolution")
    assert settled["resolved_by"] == f"user:{shop.people['manager']}"
    assert settled["resolved_at"] is not None
    assert listed(shop)[0] == settled


def test_item_is_settled_once(shop: Shop, items: list[dict[str, Any]]) -> None:
    settled = done(resolve(shop, items[0], resolution="seen"))

    again = resolve(shop, items[0], resolution="no, it was me")

    assert slug_of(again) == (409, "already-resolved")
    assert listed(shop)[0] == settled


def test_cashier_neither_sees_nor_settles_items(shop: Shop, items: list[dict[str, Any]]) -> None:
    assert slug_of(shop.get("/attention-items")) == (403, "role-too-low")
    answer = shop.post(f"/attention-items/{items[0]['id']}/resolution", {})
    assert slug_of(answer) == (403, "role-too-low")


def test_items_of_another_store_are_not_there(shop: Shop, other_shop: Shop, items: list[dict[str, Any]]) -> None:
    assert listed(other_shop) == []
    assert resolve(other_shop, items[0]).status_code == 404
    assert resolve(shop, {"id": uuid.uuid4()}).status_code == 404


def test_items_are_in_the_audit_log(shop: Shop, items: list[dict[str, Any]]) -> None:
    done(resolve(shop, items[0], resolution="seen"))

    made = {subject for _, subject, _ in log_of(shop, "attention_items.create")}
    [(actor, subject, after)] = log_of(shop, "attention_items.change")

    assert made == {f"attention_items:{item['id']}" for item in items}
    assert (actor, subject, after["resolution"]) == ("api-key", f"attention_items:{items[0]['id']}", HIDDEN)
