"""Products and coupons whose kind changes in the shop, and a shop that is another one."""

from typing import Any

import pytest

from tests.client import Shop
from tests.woocommerce.shops import KEYS, connected, connection, synced, web_shop

CAP: dict[str, Any] = {
    "id": 11, "name": "Cap", "sku": "WEB-CAP", "type": "simple", "status": "publish", "regular_price": "11.00", "categories": [],
}  # fmt: skip


def known(shop: Shop, sku: str) -> dict[str, Any]:
    listed = shop.get("/products?limit=200", as_="owner").json["data"]
    return next(each for each in listed if each["sku"] == sku)


@pytest.mark.parametrize("kind", ["grouped", "external", "variable"])
def test_product_of_another_type_is_sold_no_more(shop: Shop, kind: str) -> None:
    there = connected(shop)
    there.put("products", CAP)
    synced(shop)
    assert known(shop, "WEB-CAP")["status"] == "active"

    there.put("products", CAP | {"type": kind})
    synced(shop)

    assert known(shop, "WEB-CAP")["status"] == "inactive"


def test_coupon_that_is_a_draft_does_not_hold_here(shop: Shop) -> None:
    there = connected(shop)
    there.put("coupons", {"id": 7, "code": "later", "discount_type": "percent", "amount": "10", "status": "draft"})
    synced(shop)

    coupons = shop.get("/coupons", as_="owner").json["data"]

    assert [(each["code"], each["status"]) for each in coupons if each["code"] == "LATER"] == [("LATER", "inactive")]


def test_price_with_tax_is_not_taxed_again_at_the_counter(shop: Shop) -> None:
    there = web_shop(shop)
    there.put("orders", {"id": 5, "status": "checkout-draft", "prices_include_tax": True})
    connected(shop)
    there.put("products", CAP)
    synced(shop)

    order = shop.sell(items=[{"sku": "WEB-CAP", "quantity": 1}])

    assert order["total"] == 1100


def test_another_shop_before_the_first_order_is_found_anew(shop: Shop) -> None:
    there = connected(shop)
    there.put("products", CAP)
    there.put("customers", {"id": 1, "first_name": "Ann", "billing": {"phone": "(415) 555-0171"}})
    synced(shop)

    shop.request("DELETE", "/sync/woocommerce", as_="owner")
    there.things["products"] = {11: CAP | {"name": "Mug", "sku": "WEB-MUG"}}
    there.things["customers"] = {1: {"id": 1, "first_name": "Bob", "billing": {"phone": "(415) 555-0172"}}}
    connected(shop)
    synced(shop)

    assert (known(shop, "WEB-CAP")["name"], known(shop, "WEB-MUG")["name"]) == ("Cap", "Mug")
    found = [shop.get(f"/customers?phone=415-555-017{n}", as_="owner").json["name"] for n in (1, 2)]
    assert found == ["Ann", "Bob"]


@pytest.mark.parametrize(
    "url", ["https://[::1", "https://", "ftp://shop.example", "https://shop.example:99999", "https://a b.example"]
)
@pytest.mark.parametrize("keys", [{}, KEYS])
def test_odd_address_is_refused_with_words(shop: Shop, url: str, keys: dict[str, str]) -> None:
    connection(shop)

    refused = shop.request("PUT", "/sync/woocommerce", as_="owner", json={"url": url, **keys})

    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/url")
