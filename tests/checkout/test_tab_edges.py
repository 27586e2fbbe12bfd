"""Tabs at their edges: what is free, what has no price of its own, what went back before."""

from typing import Any

from werkzeug.test import TestResponse

from tests.checkout.counter import books, cancel, paid
from tests.client import Shop
from tests.refusals import slug_of


def split_off(shop: Shop, tab: dict[str, Any], line: int) -> dict[str, Any]:
    parts = {"lines": [{"line_id": tab["lines"][line]["id"]}]}
    answer = shop.post(f"/orders/{tab['id']}/split", parts, headers={"If-Match": f'"{tab["version"]}"'})
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return dict(answer.json)


def change_line(shop: Shop, tab: dict[str, Any], **change: Any) -> TestResponse:
    return shop.patch(f"/orders/{tab['id']}/lines/{tab['lines'][-1]['id']}", change, version=tab["version"])


def test_split_of_what_is_free_and_needs_no_making_is_finished(shop: Shop) -> None:
    tab = shop.sell(items=[{"sku": "IPA", "quantity": 1}, {"sku": "STICKER", "quantity": 2}])

    free = split_off(shop, tab, 1)

    assert (free["status"], free["payment_status"], free["fulfillment_status"]) == ("completed", "paid", "completed")


def test_split_of_what_is_being_made_goes_on_being_made(shop: Shop) -> None:
    tab = shop.sell(items=[{"sku": "IPA", "quantity": 1}, {"sku": "PRETZEL", "quantity": 1}])
    tab = shop.post(f"/orders/{tab['id']}/fulfillment", {"status": "reserved"}).json

    other = split_off(shop, tab, 1)

    assert (other["status"], other["fulfillment_status"]) == ("open", "reserved")


def test_more_of_an_open_price_line_costs_what_was_keyed_in(shop: Shop) -> None:
    gift = {"name": "Gift", "sku": "GIFT", "kind": "merch", "price": 0, "tax_class": "none", "is_open_price": True}
    assert shop.post("/products", gift, as_="owner").status_code == 201
    tab = shop.sell(items=[{"sku": "GIFT", "quantity": 1, "unit_price": 1500}])

    answer = change_line(shop, tab, quantity=3)

    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.json["total"] == 4500


def test_more_of_what_the_catalogue_does_not_know_is_refused(shop: Shop) -> None:
    tab = shop.sell(items=[{"sku": "GONE", "quantity": 1, "unit_price": 500}], offline=True)

    answer = change_line(shop, tab, quantity=2)

    assert (answer.status_code, answer.json["type"]) == (422, "/problems/unknown-product")
    assert answer.json["errors"][0]["pointer"] == "/quantity"


def test_less_of_what_the_catalogue_does_not_know_is_voided(shop: Shop) -> None:
    tab = shop.sell(items=[{"sku": "GONE", "quantity": 3, "unit_price": 500}], offline=True)

    answer = change_line(shop, tab, quantity=2, reason="miscounted")

    assert (answer.status_code, answer.json["total"]) == (200, 1000)


def test_fewer_of_a_line_needs_a_reason(shop: Shop) -> None:
    tab = shop.sell(items=[{"sku": "IPA", "quantity": 3}])

    answer = change_line(shop, tab, quantity=1)

    assert (answer.status_code, answer.json["type"]) == (422, "/problems/invalid")
    assert answer.json["errors"][0]["pointer"] == "/reason"


def test_pieces_that_were_paid_back_stay_on_the_bill(shop: Shop) -> None:
    tab = paid(shop, shop.sell(items=[{"sku": "IPA", "quantity": 3}]))
    tab = give_back(shop, tab, 2)

    refused = change_line(shop, tab, quantity=1, reason="miscounted")
    taken = change_line(shop, tab, quantity=2, reason="miscounted")

    assert slug_of(refused) == (409, "returned-already")
    assert taken.status_code == 200
    assert books(shop) == []


def test_cancel_gives_back_stock_once(shop: Shop) -> None:
    tab = paid(shop, shop.sell(items=[{"sku": "IPA", "quantity": 1}, {"sku": "TEE-BLK-M", "quantity": 2}]))
    tab = give_back(shop, tab, 1, restock=True)

    assert cancel(shop, tab, refund=True, as_="owner").status_code == 200

    assert stock(shop) == 40


def test_void_gives_back_stock_once(shop: Shop) -> None:
    tab = paid(shop, shop.sell(items=[{"sku": "IPA", "quantity": 1}, {"sku": "TEE-BLK-M", "quantity": 2}]))
    tab = give_back(shop, tab, 1, restock=True)
    path = f"/orders/{tab['id']}/lines/{tab['lines'][1]['id']}"

    answer = shop.request(
        "DELETE", path, as_="owner", headers={"If-Match": f'"{tab["version"]}"'}, json={"reason": "torn"}
    )

    assert answer.status_code == 200
    assert stock(shop) == 40
    assert books(shop) == []


def give_back(shop: Shop, tab: dict[str, Any], quantity: int, *, restock: bool = False) -> dict[str, Any]:
    body = {"lines": [{"line_id": tab["lines"][-1]["id"], "quantity": quantity}], "reason": "flat", "restock": restock}
    answer = shop.post(f"/orders/{tab['id']}/refunds", body, as_="owner")
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return dict(answer.json)


def stock(shop: Shop) -> int:
    (tee,) = shop.get("/products?sku=TEE-BLK-M").json["data"]
    return int(tee["stock_quantity"])
