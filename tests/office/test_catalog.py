"""The catalogue in the office: what its pages show, by the rows, and what its forms need from the API."""

from typing import Any

from flask import Flask

from tests.client import Shop
from tests.office.desk import Desk, desk

RULES = [{"name": "Happy hour", "days": ["mon"], "starts": "16:00", "ends": "18:00", "percent": 25}]
SIZES = [{"name": "Size", "min": 0, "max": 1, "choices": [{"name": "Large <b>", "price": 150}]}]


def _product(shop: Shop, sku: str) -> dict[str, Any]:
    return shop.get(f"/products/{shop.products[sku]}").json


def _change(shop: Shop, sku: str, **fields: Any) -> None:
    answer = shop.patch(f"/products/{shop.products[sku]}", fields, version=_product(shop, sku)["version"])
    assert answer.status_code == 200, answer.get_data(as_text=True)


def _names(at: Desk, query: str) -> list[str]:
    """The products that a list shows, in its order."""
    page = at.page(f"/catalog?{query}")
    return [
        str(attributes["href"]).rpartition("/")[2]
        for tag, attributes in page.tags
        if _leads_to_product(tag, attributes)
    ]


def _leads_to_product(tag: str, attributes: dict[str, str | None]) -> bool:
    return (
        tag == "a" and "/catalog/products/" in (attributes.get("href") or "") and "new" not in str(attributes["href"])
    )


def test_products_are_found_filtered_and_sorted(app: Flask, shop: Shop) -> None:
    at = desk(app, shop, "manager")
    _change(shop, "TEE-BLK-M", stock_quantity=3)
    _change(shop, "WATER", status="inactive")
    _change(shop, "STICKER", category_id=None)
    inner = shop.post("/categories", {"name": "Hot", "parent_id": shop.category_id}, as_="owner").json["id"]
    _change(shop, "PRETZEL", category_id=inner)
    ids = shop.products

    assert _names(at, "q=house") == [ids["IPA"]]
    assert _names(at, "q=tee-blk") == [ids["TEE-BLK-M"]]
    assert _names(at, "q=100%25") == []
    assert _names(at, "stock=low") == [ids["TEE-BLK-M"]]
    assert _names(at, "stock=out") == []
    assert _names(at, "status=inactive") == [ids["WATER"]]
    assert _names(at, "kind=merch&sort=-price") == [ids["TEE-BLK-M"], ids["STICKER"]]
    assert _names(at, f"category={inner}") == [ids["PRETZEL"]]
    assert set(_names(at, f"category={shop.category_id}")) == {
        ids[sku] for sku in ("IPA", "PRETZEL", "WATER", "TEE-BLK-M")
    }
    for odd in ("category=1", "stock=some", "kind=car", "sort=kind", "page=0"):
        assert at.get(f"/catalog?{odd}").status_code == 422, odd


def test_product_shows_what_it_is_costs_and_brought(app: Flask, shop: Shop) -> None:
    at = desk(app, shop, "manager")
    _change(shop, "IPA", modifiers=SIZES, price_rules=RULES, sale_price=700)
    shop.sell(items=[{"sku": "IPA", "quantity": 3}])
    canceled = shop.sell(items=[{"sku": "IPA", "quantity": 5}])
    shop.post(f"/orders/{canceled['id']}/cancel", {"reason": "left"})

    answer = at.get(f"/catalog/products/{shop.products['IPA']}")

    page = at.page(f"/catalog/products/{shop.products['IPA']}")
    assert "Pieces 3 Orders 1 For $" in page.text
    assert "Large &lt;b&gt;" in answer.get_data(as_text=True)
    assert {"$7.00", "$5.25"} <= set(page.text.replace(":", " ").split())
    fields = {str(attributes.get("name")): attributes for tag, attributes in page.tags if tag == "input"}
    assert fields["price"]["value"] == "8.00"
    assert fields["sale_price"]["value"] == "7.00"
    [form] = [attributes for tag, attributes in page.tags if attributes.get("data-told", "").startswith("Saved.")]  # type: ignore[union-attr]
    assert form["data-version"] == f"{_product(shop, 'IPA')['version']}.None"


def test_count_is_refused_when_one_was_sold_meanwhile(app: Flask, shop: Shop) -> None:
    """Of what the stock page sends; the rest of the product may be changed all the same."""
    at = desk(app, shop, "manager")
    page = at.page("/catalog/stock")
    [form] = [attributes for tag, attributes in page.tags if tag == "form" and "data-count" in attributes]
    method, path = str(form["data-api"]).split()
    seen = {"If-Match": f'"{form["data-version"]}"'}
    shop.sell(items=[{"sku": "TEE-BLK-M", "quantity": 1}])

    refused = at.api(method, path, {"stock_quantity": 40}, **seen)
    renamed = at.api(method, path, {"name": "Shirt"}, **seen)

    assert refused.status_code == 412
    assert renamed.status_code == 200
    assert _product(shop, "TEE-BLK-M")["stock_quantity"] == 39


def test_categories_stand_as_a_tree_and_none_is_offered_its_own_inside(app: Flask, shop: Shop) -> None:
    at = desk(app, shop, "manager")
    beer = shop.post("/categories", {"name": "Beer", "parent_id": shop.category_id}, as_="owner").json["id"]
    ales = shop.post("/categories", {"name": "Ales", "parent_id": beer}, as_="owner").json["id"]
    shop.post("/categories", {"name": "Art"}, as_="owner")
    _change(shop, "IPA", category_id=ales)

    tree = at.page("/catalog/categories")
    one = at.page(f"/catalog/categories/{beer}")

    assert "Art 0 products Everything 4 products Beer 0 products Ales 1 product" in tree.text
    offered = {attributes["value"] for tag, attributes in one.tags if tag == "option"}
    assert shop.category_id in offered
    assert offered.isdisjoint({beer, ales})


def test_coupons_say_how_they_stand_and_when_by_the_clock_of_the_store(app: Flask, shop: Shop) -> None:
    at = desk(app, shop, "manager")
    ten = {"discount_type": "percent", "amount": 10}
    used = shop.post("/coupons", {**ten, "code": "ONE", "usage_limit": 1}, as_="owner").json
    shop.post("/coupons", {**ten, "code": "OLD", "ends_at": "2020-01-01T00:00:00Z"}, as_="owner")
    shop.post("/coupons", {**ten, "code": "LATER", "starts_at": "2199-07-01T12:00:00Z"}, as_="owner")
    stopped = shop.post("/coupons", {"code": "OFF", "discount_type": "amount", "amount": 250}, as_="owner").json
    shop.patch(f"/coupons/{stopped['id']}", {"status": "inactive"}, version=stopped["version"])
    shop.sell(coupon="ONE")

    table = at.page("/catalog/coupons?sort=code").text.partition("Made")[2]
    one = at.page(f"/catalog/coupons/{used['id']}").text
    later = at.page("/catalog/coupons?q=lat").text

    order = [
        table.index(word) for word in ("LATER", "not yet", "OFF", "$2.50", "stopped", "OLD", "ended", "ONE", "used up")
    ]
    assert order == sorted(order)
    assert "Used by orders 1 of 1" in one
    assert "LATER" in later
    assert "Jul 1, 2199, 5:00" in later


def test_catalogue_goes_out_as_csv_with_what_the_filters_leave(app: Flask, shop: Shop) -> None:
    at = desk(app, shop, "manager")

    lines = at.get("/catalog/products.csv?kind=merch&sort=sku").get_data(as_text=True).splitlines()

    assert [line.split(",")[2] for line in lines] == ["SKU", "STICKER", "TEE-BLK-M"]
