"""Tabs at their edges: what is free, what has no price of its own, what went back before."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.checkout.counter import books, cancel, paid
from tests.client import Shop


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
