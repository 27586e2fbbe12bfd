"""What the shop told is older than what the books know: overtaken on its way, or true all the same."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest

from pos.woocommerce.gateway import Access, Answer
from tests.woocommerce.shops import WebShop, WebShops, connected, order
from tests.woocommerce.web import Web

pytestmark = pytest.mark.xdist_group("web_shop")


class Overtaken:
    """The list of orders is on its way while the shop's owner cancels one of them, of which a hint comes in."""

    def __init__(self, web: Web, inner: WebShops, shop: WebShop) -> None:
        self._web, self._inner, self._shop, self._is_told = web, inner, shop, False

    def require_address(self, url: str) -> None:
        self._inner.require_address(url)

    def get(self, access: Access, path: str, params: Mapping[str, str | int] | None = None) -> Answer:
        told = deepcopy(self._inner.get(access, path, params))
        if path == "orders" and not self._is_told:
            self._is_told = True
            self._shop.touch(1, status="cancelled")
            self._web.look("orders", 1)
        return told


@pytest.fixture
def shop(bare: Web) -> WebShop:
    made = connected(bare.shop)
    made.put("orders", order(1), order(2))
    bare.sync()
    return made


def _held(web: Web, number: int) -> Any:
    found = web.order(number)
    return found["status"], found["amount_paid"] - found["amount_refunded"]


def test_page_that_was_overtaken_does_not_take_an_order_back(bare: Web, shop: WebShop) -> None:
    bare.app.extensions["woocommerce"] = Overtaken(bare, bare.app.extensions["woocommerce"], shop)

    log = bare.sync()

    assert (_held(bare, 1), _held(bare, 2)) == (("canceled", 0), ("open", 2750))
    assert log["records_changed"] == 0
    assert bare.broken() == []


def test_backup_that_was_put_back_in_the_shop_is_followed(bare: Web, shop: WebShop) -> None:
    before = deepcopy(shop.things["orders"][1])
    shop.touch(1, status="cancelled")
    bare.sync()
    shop.put("orders", before)

    log = bare.sync("drift")

    assert _held(bare, 1) == ("open", 2750)
    assert log["report"]["totals"]["shop"] == log["report"]["totals"]["books"]
    assert bare.sync()["records_changed"] == 0


def test_change_that_lay_in_the_future_is_no_reason_to_stay(bare: Web, shop: WebShop) -> None:
    shop.put("orders", order(3, date_modified_gmt="2190-01-01T00:00:00"))
    bare.sync()
    shop.put("orders", order(3, status="cancelled"))

    bare.sync()

    assert _held(bare, 3) == ("canceled", 0)
