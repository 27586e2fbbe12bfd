"""What is asked of a shop: nothing but what WooCommerce documents, and no more of that than this table says."""

from datetime import timedelta
from urllib.parse import parse_qsl

import pytest

from pos import clock
from pos.sandbox.shop import acts
from pos.sandbox.shop.asking import understood
from tests.woocommerce.web import QUICK, Web

pytestmark = pytest.mark.xdist_group("web_shop")

_LIST = {"orderby", "order", "per_page", "offset"}
# By route, the names of the parameters that are sent, each time.
ASKED = {
    "data/currencies/current": {frozenset()},
    "system_status": {frozenset()},
    "products/categories": {frozenset({"orderby", "order", "per_page", "page"}), frozenset({"per_page"})},
    "products": {
        frozenset(_LIST), frozenset({"per_page"}), frozenset({*_LIST, "modified_after", "dates_are_gmt"}), frozenset({"include", "per_page"}),
    },
    "products/{}": {frozenset()},
    "products/{}/variations": {frozenset(_LIST)},
    "coupons": {frozenset(_LIST), frozenset({"per_page"}), frozenset({*_LIST, "modified_after", "dates_are_gmt"})},
    "coupons/{}": {frozenset()},
    "customers": {frozenset(_LIST), frozenset({"per_page"})},
    "customers/{}": {frozenset()},
    "orders": {
        frozenset(_LIST), frozenset({"per_page"}), frozenset({*_LIST, "modified_after", "dates_are_gmt"}),
        frozenset({*_LIST, "after", "dates_are_gmt"}), frozenset({"include", "per_page"}),
    },
    "orders/{}": {frozenset()},
    "orders/{}/refunds": {frozenset({"per_page"})},
}  # fmt: skip


def test_only_what_is_documented_is_asked_for(web: Web) -> None:
    web.connect()
    web.sync()
    numbers = dict(web.rows("SELECT kind, min(number) FROM sandbox_shop_things WHERE state <> 'trash' GROUP BY 1"))
    later = clock.now() + timedelta(minutes=2)
    web.act(acts.refund, web.value("SELECT max(number) FROM sandbox_shop_things WHERE kind = 'order' AND state = 'completed' AND body -> 'refunds' = '[]'"), now=later, amount=100)  # fmt: skip
    web.act(acts.delete, numbers["order"])
    web.act(acts.delete_product, numbers["product"])
    for sync_type in ("incremental", "drift", "full"):
        web.sync(sync_type)
    for name, kind in (
        ("orders", "order"),
        ("products", "variation"),
        ("coupons", "coupon"),
        ("customers", "customer"),
    ):
        web.look(name, web.value("SELECT max(number) FROM sandbox_shop_things WHERE kind = %(kind)s", kind=kind))

    asked: dict[str, set[frozenset[str]]] = {}
    for method, path, query, status in web.rows("SELECT method, path, query, status FROM sandbox_shop_requests"):
        understands = understood(path.removeprefix("/wp-json/wc/v3"), query)
        asked.setdefault(understands.route, set()).add(frozenset(dict(parse_qsl(query, keep_blank_values=True))))
        is_gone = status == 404 and bool(understands.numbers)
        assert (method, status == 200 or is_gone) == ("GET", True), (path, query, status)
    assert asked == ASKED


def test_gmt_is_said_with_each_date_and_no_date_has_an_offset(synced: Web) -> None:
    synced.sync("incremental")
    synced.sync("drift")

    dated = [query for (query,) in synced.rows("SELECT query FROM sandbox_shop_requests WHERE query LIKE '%%after%%'")]
    assert dated
    for query in dated:
        told = dict(parse_qsl(query))
        assert told["dates_are_gmt"] == "true"
        assert len(told.get("modified_after") or told["after"]) == len("2026-11-22T12:00:00")


def test_run_asks_once_for_each_page_and_for_refunds_that_are_new(synced: Web) -> None:
    """What does not change costs a request for a hundred records, and one for each product with variations."""
    synced.door.asked.clear()

    synced.sync(pace=QUICK)

    by_route: dict[str, int] = {}
    for asked in synced.door.asked:
        route = asked.partition("?")[0]
        by_route[route.partition("/")[0]] = by_route.get(route.partition("/")[0], 0) + 1
    orders = synced.value("SELECT count(*) FROM sandbox_shop_things WHERE kind = 'order' AND state <> 'trash'")
    variable = synced.value(
        "SELECT count(*) FROM sandbox_shop_things WHERE kind = 'product' AND body ->> 'type' = 'variable'"
    )
    assert by_route["orders"] <= orders / 19 + 2
    assert by_route["products"] <= variable + 6
