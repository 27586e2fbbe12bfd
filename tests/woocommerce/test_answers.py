"""Answers of 200 and 404 that tell of no record that it is not there: nothing is given up for them, and the run is tried again."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from pos import clock
from pos.woocommerce.gateway import Access, Answer, Declined, WebShopFailure
from tests.woocommerce.shops import WebShop, connected, order, product
from tests.woocommerce.web import Web

pytestmark = pytest.mark.xdist_group("web_shop")
Params = Mapping[str, str | int]
SHIRT = {"id": 11, "status": "publish", "regular_price": "25.00", "sku": "", "attributes": [{"option": "L"}]}


class Between:
    """Stands between the store and its shop; what `says` gives for a path, or raises, is said instead of what the shop does, unless it is None."""

    def __init__(self, web: Web, says: Callable[[str, Params], Any]) -> None:
        self.inner, self.says, self.asked = web.app.extensions["woocommerce"], says, list[str]()
        web.app.extensions["woocommerce"] = self

    def require_address(self, url: str) -> None:
        self.inner.require_address(url)

    def get(self, access: Access, path: str, params: Params | None = None) -> Answer:
        self.asked.append(path)
        said = self.says(path, params or {})
        if said is None:
            found: Answer = self.inner.get(access, path, params or {})
            return found
        return said if isinstance(said, Answer) else Answer(said, None, None, clock.now())


def shirts(path: str, _: Params) -> Any:
    return [SHIRT] if path.endswith("/variations") else None


def shop_of(web: Web) -> WebShop:
    """Five orders with a refund, and a product with a variation, all read."""
    shop = connected(web.shop)
    shop.put("orders", *(order(number) for number in range(1, 6)))
    shop.put("products", product(10, "Shirt", "", type="variable"))
    Between(web, shirts)
    web.sync()
    return shop


def all_stand(web: Web) -> bool:
    """Orders and the variation are as they were read first."""
    orders = "SELECT count(*) FROM orders WHERE source = 'woocommerce' AND status = 'open' AND amount_refunded = 0"
    return (web.value(orders), web.value("SELECT status FROM products WHERE wc_product_id = 11")) == (5, "active")


@pytest.mark.parametrize("place", ["orders", "include", "variations", "refunds", "products/categories"])
def test_what_is_no_list_gives_nothing_up(bare: Web, place: str) -> None:
    shop = shop_of(bare)
    if place == "refunds":
        shop.give_back(1, 50, "5.00")
    if place == "include":
        del shop.things["orders"][3]

    def limited(path: str, params: Params) -> Any:
        is_meant = "include" in params if place == "include" else path.endswith(place)
        return {"message": "You are being rate limited"} if is_meant else None

    Between(bare, limited)
    failed = bare.run(bare.begin())

    assert "not-a-list" in failed["error_message"]
    assert failed["next_retry_at"] is not None
    assert all_stand(bare)


def test_order_that_lists_hide_is_there_while_it_is_told_alone(bare: Web) -> None:
    shop = shop_of(bare)
    shop.things["orders"][2]["status"] = "trash"
    del shop.things["orders"][3]

    Between(bare, lambda path, params: [] if path == "orders" else shirts(path, params))
    bare.sync()

    states = [bare.order(number)["status"] for number in range(1, 6)]
    assert states == ["open", "canceled", "canceled", "open", "open"]


@pytest.mark.parametrize("code", ["rest_no_route", "http-404"])
@pytest.mark.parametrize("place", ["orders", "products", "variations"])
def test_shop_without_its_woocommerce_has_lost_nothing(bare: Web, code: str, place: str) -> None:
    shop_of(bare)

    def is_updated(path: str, _: Params) -> None:
        if path.startswith(place) or path.endswith(place):
            raise Declined(code, 404)

    Between(bare, is_updated)
    assert bare.run(bare.begin())["status"] == "failed"
    with pytest.raises(WebShopFailure):
        bare.look(*(("orders", 1) if place == "orders" else ("products", 10)))

    assert all_stand(bare)
