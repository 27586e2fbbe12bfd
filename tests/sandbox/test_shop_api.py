"""WooCommerce's dialect as the stand-in speaks it: who may ask, what may be asked, pages, dates, refusals and faults."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest

from pos.sandbox.shop import site
from pos.sandbox.shop.parameters import DOCUMENTED
from tests.sandbox.shopping import NOW, Shopping, basic


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}])
def test_without_keys_nothing_is_shown(shopping: Shopping, headers: dict[str, str]) -> None:
    answered = shopping.ask("orders", headers=headers)

    assert (answered.status_code, answered.json["code"]) == (401, "woocommerce_rest_cannot_view")
    assert answered.json["data"] == {"status": 401}


def test_wrong_keys_are_refused(shopping: Shopping) -> None:
    key, secret = site.keys()

    for headers in (basic("ck_0", secret), basic(key, "cs_0"), {"Authorization": "Basic !"}):
        answered = shopping.ask("orders", headers=headers)
        assert (answered.status_code, answered.json["code"]) == (401, "woocommerce_rest_authentication_error")


def test_keys_may_read_and_nothing_else(shopping: Shopping) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert shopping.ask("orders/12", method=method).status_code == 401


@pytest.mark.parametrize(
    ("path", "query", "wrong"),
    [
        ("orders", {"foo": "1"}, "foo"),
        ("orders", {"_fields": "id"}, "_fields"),
        ("orders", {"per_page": "101"}, "per_page"),
        ("orders", {"per_page": "0"}, "per_page"),
        ("orders", {"page": "x"}, "page"),
        ("orders", {"orderby": "price"}, "orderby"),
        ("orders", {"status": "completed,eaten"}, "status"),
        ("orders", {"modified_after": "2026-11-21"}, "modified_after"),
        ("orders", {"modified_after": "2026-13-21T00:00:00"}, "modified_after"),
        ("orders", {"dates_are_gmt": "maybe"}, "dates_are_gmt"),
        ("orders", {"include": "1,x"}, "include"),
        ("orders", {"search": "x"}, "search"),
        ("orders/1", {"page": "1"}, "page"),
        ("customers", {"role": "pirate"}, "role"),
        ("customers", {"modified_after": "2026-11-21T00:00:00"}, "modified_after"),
        ("products/categories", {"offset": "5"}, "offset"),
    ],
)
def test_what_is_not_documented_is_refused_by_name(shopping: Shopping, path: str, query: Any, wrong: str) -> None:
    answered = shopping.ask(path, **query)

    assert (answered.status_code, answered.json["code"]) == (400, "rest_invalid_param")
    assert list(answered.json["data"]["params"]) == [wrong]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("orders/999999", "woocommerce_rest_shop_order_invalid_id"),
        ("products/999999", "woocommerce_rest_product_invalid_id"),
        ("coupons/999999", "woocommerce_rest_shop_coupon_invalid_id"),
        ("customers/999999", "woocommerce_rest_invalid_id"),
        ("products/categories/999999", "woocommerce_rest_term_invalid"),
        ("nothing", "rest_no_route"),
    ],
)
def test_what_is_not_there_has_a_code_of_its_own(shopping: Shopping, path: str, code: str) -> None:
    answered = shopping.ask(path)

    assert (answered.status_code, answered.json["code"], answered.json["data"]["status"]) == (404, code, 404)


def test_each_documented_list_is_served(shopping: Shopping) -> None:
    shopping.fill()

    for route, parameters in DOCUMENTED.items():
        if "{" not in route and "per_page" in parameters:
            served = {name: each for name, each in parameters.items() if each.is_served}
            given = {name: each.choices[0] for name, each in served.items() if each.choices}
            answered = shopping.ask(route, **given)
            assert answered.status_code == 200, (route, answered.text)
            for order in served["orderby"].choices:
                assert shopping.ask(route, orderby=order, order="asc").status_code == 200, (route, order)


def test_index_and_status_tell_version_and_currency(shopping: Shopping) -> None:
    assert "/wc/v3/orders" in shopping.get("")["routes"]
    status = shopping.get("system_status")

    assert (status["environment"]["version"], status["settings"]["currency"]) == (site.VERSION, "USD")
    assert shopping.get("data/currencies/current")["code"] == "USD"
    assert {"id": "woocommerce_currency", "value": "USD"} in shopping.get("settings/general")


def test_pages_follow_each_other_without_gap_or_repeat(shopping: Shopping) -> None:
    shopping.fill(orders=23)
    seen: list[int] = []

    for page in (1, 2, 3, 4):
        answered = shopping.ask("orders", page=page, per_page=7, orderby="modified", order="asc")
        seen += [each["id"] for each in answered.json]
        assert answered.headers["X-WP-TotalPages"] == str(-(-int(answered.headers["X-WP-Total"]) // 7))
        assert ('rel="next"' in answered.headers.get("Link", "")) is (page < int(answered.headers["X-WP-TotalPages"]))

    assert len(seen) == len(set(seen)) == int(answered.headers["X-WP-Total"])
    assert shopping.numbers("orders", offset=5, per_page=3, orderby="modified", order="asc") == seen[5:8]
    assert len(shopping.numbers("orders")) == 10


def test_include_and_exclude_choose_by_number(shopping: Shopping) -> None:
    numbers = shopping.fill().products

    assert shopping.numbers("products", include=f"{numbers[3]},{numbers[1]}", orderby="include", order="asc") == [
        numbers[3],
        numbers[1],
    ]
    assert set(numbers[:2]).isdisjoint(shopping.numbers("products", exclude=f"{numbers[0]},{numbers[1]}", per_page=100))


def test_bounds_of_dates_are_left_out_themselves(shopping: Shopping) -> None:
    shopping.fill()
    order = shopping.get("orders", orderby="modified", order="asc", per_page=3)[1]
    at = order["date_modified_gmt"]

    later = shopping.get("orders", modified_after=at, dates_are_gmt="true", per_page=100)
    earlier = shopping.get("orders", modified_before=at, dates_are_gmt="true", per_page=100)

    assert order["id"] not in {each["id"] for each in [*later, *earlier]}
    assert all(each["date_modified_gmt"] > at for each in later)
    assert all(each["date_modified_gmt"] < at for each in earlier)


def test_dates_are_the_shops_own_unless_they_are_said_to_be_gmt(shopping: Shopping) -> None:
    shopping.fill(timezone="Asia/Tokyo")
    order = shopping.get("orders", orderby="modified", order="asc", per_page=3)[1]
    assert order["date_modified"] > order["date_modified_gmt"]

    local = shopping.numbers("orders", modified_after=order["date_modified"], per_page=100)
    gmt = shopping.numbers("orders", modified_after=order["date_modified_gmt"], dates_are_gmt="true", per_page=100)
    with_offset = shopping.numbers("orders", modified_after=f"{order['date_modified_gmt']}Z", per_page=100)

    assert local == gmt == with_offset


def test_offset_together_with_gmt_asks_for_another_moment_as_in_wordpress(shopping: Shopping) -> None:
    """Nine hours later than what was meant: so a client must leave the offset out."""
    shopping.fill(timezone="Asia/Tokyo", orders=5, days=1)
    last = max(each["date_modified_gmt"] for each in shopping.get("orders", per_page=100))
    before = (NOW - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%S")

    assert shopping.numbers("orders", modified_after=before, dates_are_gmt="true")
    assert not shopping.numbers("orders", modified_after=f"{last[:10]}T{last[11:]}Z", dates_are_gmt="true")
    shifted = (NOW - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
    assert not shopping.numbers("orders", modified_after=f"{shifted}Z", dates_are_gmt="true")


def test_trash_is_shown_only_to_who_asks_for_it(shopping: Shopping) -> None:
    shopping.fill(orders=150)
    trashed = shopping.numbers("orders", status="trash", per_page=100)

    assert trashed
    assert set(trashed).isdisjoint(each["id"] for each in shopping.every("orders"))
    assert shopping.get(f"orders/{trashed[0]}")["status"] == "trash"
    both = shopping.get("orders", status="completed,refunded", per_page=100)
    assert {each["status"] for each in both} == {"completed", "refunded"}


def test_customers_are_found_by_role_and_email(shopping: Shopping) -> None:
    shopping.fill()
    one = shopping.get("customers")[0]

    assert shopping.numbers("customers", email=one["email"].upper()) == [one["id"]]
    assert shopping.numbers("customers", role="administrator") == []
    assert len(shopping.numbers("customers", role="all", per_page=100)) == 12


def test_variations_and_refunds_are_of_their_parent(shopping: Shopping) -> None:
    shopping.fill(orders=150)
    variable = shopping.get("products", type="variable")[0]
    refunded = next(each for each in shopping.every("orders") if each["refunds"])

    assert sorted(shopping.numbers(f"products/{variable['id']}/variations")) == sorted(variable["variations"])
    one = shopping.get(f"products/{variable['variations'][0]}")
    assert (one["type"], one["parent_id"]) == ("variation", variable["id"])
    refunds = shopping.get(f"orders/{refunded['id']}/refunds")
    assert [(each["id"], f"-{each['amount']}") for each in refunds] == [
        (each["id"], each["total"]) for each in refunded["refunds"]
    ]
    assert shopping.get("orders/999999/refunds") == []
    assert shopping.get("products/999999/variations") == []


def test_refunded_lines_are_negative_and_name_the_orders(shopping: Shopping) -> None:
    shopping.fill(orders=150)
    lines = 0
    for order in shopping.every("orders"):
        of_order = {each["id"]: each for each in order["line_items"]}
        for refund in shopping.get(f"orders/{order['id']}/refunds") if order["refunds"] else ():
            for line in refund["line_items"]:
                meant = of_order[int(line["meta_data"][0]["value"])]
                assert (line["meta_data"][0]["key"], line["product_id"]) == ("_refunded_item_id", meant["product_id"])
                assert -meant["quantity"] <= line["quantity"] < 0
                assert -Decimal(meant["total"]) <= Decimal(line["total"]) <= 0
                lines += 1
    assert lines


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ("429", 429, "application/json"),
        ("500", 500, "application/json"),
        ("503", 503, "text/html"),
        ("html", 200, "text/html"),
        ("garbage", 200, "application/json"),
        ("reset", 502, "text/html"),
    ],
)
def test_ordered_fault_strikes_once(shopping: Shopping, fault: str, status: int, kind: str) -> None:
    shopping.order_faults(("GET /wp-json/wc/v3/orders", fault))

    assert shopping.ask("products").status_code == 200
    struck = shopping.ask("orders")

    assert (struck.status_code, struck.mimetype) == (status, kind)
    assert (struck.headers.get("Retry-After") == "1") is (fault == "429")
    assert shopping.ask("orders").status_code == 200


def test_garbage_is_no_json(shopping: Shopping) -> None:
    shopping.order_faults(("*", "garbage"))

    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(shopping.ask("orders").data)


def test_fault_that_can_never_strike_is_refused(shopping: Shopping) -> None:
    client = shopping.app.test_client()

    for match, fault in (("GET /v1/orders", "500"), ("*", "refund_pending")):
        body = [{"provider": "woocommerce", "match": match, "fault": fault}]
        assert client.put("/_sandbox/faults", json=body).status_code == 422
