"""In place of GET /register/catalog, until the server has it: the same, put together from what the API answers today."""

import json
from typing import Any

from playwright.sync_api import BrowserContext

from tests.client import Shop

_TEXT = "May {store} send you news by text?"


def give_catalog(context: BrowserContext, shop: Shop) -> None:
    """Every window of the context gets the shop's catalogue."""
    answer = json.dumps(catalog_of(shop))
    context.route(
        "**/api/v1/register/catalog",
        lambda route: route.fulfill(body=answer, content_type="application/json", headers={"ETag": '"x"'}),
    )


def catalog_of(shop: Shop) -> dict[str, Any]:
    def get(path: str) -> Any:
        return shop.get(path, as_="owner").json

    store, products = get("/store"), get("/products?limit=200&status=active")
    location = next(each for each in get("/locations")["data"] if each["id"] == shop.location_id)
    text = _TEXT.format(store=store["name"])
    return {
        "register": {"id": shop.register_id, "name": "Bar"},
        "store": store,
        "location": location,
        "people": [each for each in get("/users")["data"] if each["has_pin"]],
        "categories": get("/categories")["data"],
        "products": sorted(products["data"], key=lambda product: product["name"]),
        "catalog_version": products["catalog_version"],
        "coupons": [],
        "rewards": get("/rewards")["data"],
        "wordings": {"marketing": {code: {"version": f"2026-11-{code}", "text": text} for code in ("en", "es")}},
        "takes_links": True,
        "sends_texts": True,
    }
