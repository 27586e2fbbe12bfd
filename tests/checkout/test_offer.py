"""What a register sells by: all of it in one answer, again only when it has changed."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from pos.db import db, transaction
from tests.checkout.counter import change_product, coupon, done
from tests.client import Shop
from tests.databases import CATALOG
from tests.refusals import slug_of

REWARD = {"name": "A free pint", "points": 60, "discount_type": "product"}


def offer(shop: Shop, **options: Any) -> dict[str, Any]:
    return done(shop.get("/register/catalog", **options))


def tag(shop: Shop) -> str:
    return shop.get("/register/catalog").headers["ETag"]


def is_known(shop: Shop, seen: str) -> bool:
    return shop.get("/register/catalog", headers={"If-None-Match": seen}).status_code == 304


def change(shop: Shop, path: str, **changes: Any) -> dict[str, Any]:
    return done(shop.request("PATCH", path, as_="owner", headers={"If-Match": "*"}, json=changes))


def test_register_is_told_where_it_is_and_who_works_there(shop: Shop) -> None:
    shown = offer(shop)

    assert shown["register"] == {"id": shop.register_id, "name": "Bar"}
    assert shown["store"] == done(shop.get("/me"))["store"]
    assert shown["location"] == {
        "id": shop.location_id,
        "name": "Taproom",
        "timezone": "America/Los_Angeles",
        "address": None,
        "tax_rates": {"none": "0", "prepared": "0.1", "standard": "0.0825"},
    }
    assert shown["people"] == [
        {"id": shop.people[role], "name": role.title(), "role": role} for role in ("cashier", "manager", "owner")
    ]


def test_register_is_told_what_it_sells(shop: Shop) -> None:
    change(shop, f"/products/{shop.products['STICKER']}", status="inactive")

    shown = offer(shop)

    listed = {product["id"]: product for product in done(shop.get("/products?status=active"))["data"]}
    names = sorted(product["name"] for product in CATALOG if product["sku"] != "STICKER")
    assert [product["name"] for product in shown["products"]] == names
    for product in shown["products"]:
        of_the_office = ("status", "version", "station_id", "regular_price", "wc_product_id", "is_of_web_shop")
        apart = {name: listed[product["id"]][name] for name in of_the_office}
        assert product | apart == listed[product["id"]]
    assert shown["categories"] == [{"id": shop.category_id, "name": "Everything", "parent_id": None}]
    assert shown["catalog_version"] == done(shop.get("/products"))["catalog_version"]


def test_register_is_told_of_coupons_that_need_no_network(shop: Shop) -> None:
    free = coupon(shop, code="FREE", starts_at="2026-01-01T00:00:00Z")
    coupon(shop, code="FEW", usage_limit=3)
    change(shop, f"/coupons/{coupon(shop, code='GONE')['id']}", status="inactive")

    names = ("code", "discount_type", "amount", "starts_at", "ends_at")
    [shown] = offer(shop)["coupons"]
    assert shown | {"starts_at": free["starts_at"]} == {name: free[name] for name in names}
    assert shown["starts_at"].startswith("2026-01-01T00:00:00")


def test_register_is_told_of_rewards(shop: Shop) -> None:
    reward = done(shop.post("/rewards", REWARD | {"product_id": shop.products["IPA"]}, as_="owner"), 201)
    gone = done(shop.post("/rewards", REWARD | {"name": "Gone", "product_id": shop.products["IPA"]}, as_="owner"), 201)
    change(shop, f"/rewards/{gone['id']}", is_active=False)

    assert offer(shop)["rewards"] == [
        {"id": reward["id"], **REWARD, "amount": None, "product_id": shop.products["IPA"]}
    ]


def test_register_is_told_what_to_ask(shop: Shop) -> None:
    asked = offer(shop)["wordings"]["marketing"]

    assert {language: wording["version"] for language, wording in asked.items()} == {
        "en": "2026-11-en",
        "es": "2026-11-es",
    }
    assert asked["en"]["text"].startswith("May Hops send you news")
    assert asked["es"]["text"].startswith("¿Puede Hops enviarle")


def test_register_is_told_whether_links_and_texts_leave(app: Flask, shop: Shop) -> None:
    everything = offer(shop)
    seen = tag(shop)
    _run(shop, "UPDATE stores SET stripe_account = NULL, sms_number = NULL WHERE id = :store")
    without_own = offer(shop)

    assert [everything[name] for name in ("takes_links", "sends_texts")] == [True, True]
    assert [without_own[name] for name in ("takes_links", "sends_texts")] == [False, False]
    assert not is_known(shop, seen)


def test_register_is_told_that_this_installation_has_no_keys(app: Flask, shop: Shop) -> None:
    kept = {name: app.extensions.pop(name) for name in ("stripe", "twilio")}
    app.extensions.update(stripe=None, twilio=None)
    try:
        shown = offer(shop)
    finally:
        app.extensions.update(kept)

    assert [shown[name] for name in ("takes_links", "sends_texts")] == [False, False]


def _run(shop: Shop, statement: str) -> None:
    with transaction(UUID(shop.store_id)):
        db.session.execute(text(statement), {"store": shop.store_id})


CHANGES: dict[str, Callable[[Shop], Any]] = {
    "price": lambda shop: change_product(shop, "IPA", price=900),
    "stock by a sale": lambda shop: shop.sell(items=[{"sku": "TEE-BLK-M", "quantity": 1}]),
    "product withdrawn": lambda shop: change(shop, f"/products/{shop.products['IPA']}", status="inactive"),
    "category": lambda shop: change(shop, f"/categories/{shop.category_id}", name="Shelf"),
    "tax": lambda shop: change(shop, f"/locations/{shop.location_id}", tax_rates={"standard": "0.09"}),
    "store": lambda shop: change(shop, "/store", name="Hops & Co"),
    "register": lambda shop: change(shop, f"/registers/{shop.register_id}", name="Window"),
    "person left": lambda shop: change(shop, f"/users/{shop.people['cashier']}", is_active=False),
    "user barred": lambda shop: _run(
        shop, f"UPDATE users SET is_active = false WHERE id = '{shop.people['cashier']}' AND :store IS NOT NULL"
    ),
    "coupon": lambda shop: coupon(shop, code="NEW"),
    "reward": lambda shop: done(shop.post("/rewards", REWARD | {"product_id": shop.products["IPA"]}, as_="owner"), 201),
}


@pytest.mark.parametrize("act", CHANGES.values(), ids=CHANGES.keys())
def test_change_of_the_offer_is_noticed(shop: Shop, act: Callable[[Shop], Any]) -> None:
    seen, before = tag(shop), offer(shop)
    assert is_known(shop, seen)

    act(shop)

    assert not is_known(shop, seen)
    assert offer(shop) != before
    assert is_known(shop, tag(shop))


def test_what_the_offer_does_not_show_is_no_change(shop: Shop, other_shop: Shop) -> None:
    """A register and its store are rewritten all day; else each tablet would read all of it again."""
    code = coupon(shop, code="FREE")["code"]
    seen = tag(shop)

    shop.sell(coupon=code)
    change_product(other_shop, "IPA", price=900)
    _run(shop, "UPDATE registers SET last_seen_at = now() WHERE store_id = :store")
    _run(shop, "UPDATE stores SET sms_polled_at = now() WHERE id = :store")

    assert is_known(shop, seen)


def test_offer_is_for_registers(shop: Shop) -> None:
    assert slug_of(shop.get("/register/catalog", as_="owner")) == (403, "register-token-required")
