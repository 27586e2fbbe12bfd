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
