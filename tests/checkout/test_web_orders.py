"""Orders of the web shop are the shop's: nothing is done with them here that the next look at the shop would undo."""

from urllib.parse import urlsplit
from uuid import UUID

import pytest
from flask import Flask

from pos import clock
from pos.checkout import locks
from pos.db import transaction
from pos.orders import actions as orders
from pos.orders.lifecycle import WebOrder
from tests import texting
from tests.care.people import column, merged, undone
from tests.checkout.counter import books, done
from tests.client import Shop
from tests.operations import PHONE, example, operations, send, things
from tests.woocommerce import shops as web

PROBLEM, GUEST = "/problems/web-order", "+14155550188"
LOOKS = {"GET"}


@pytest.fixture
def web_order(shop: Shop) -> dict[str, object]:
    """A guest's order that the shop waits to be paid for."""
    told = web.connected(shop)
    told.put("orders", web.order(41, status="on-hold", billing=web.billing(phone=GUEST, first_name="Ada")))
    web.synced(shop)
    return web.web_order(shop, 41)


def test_no_act_changes_an_order_of_the_web_shop(app: Flask, shop: Shop, web_order: dict[str, object]) -> None:
    """Every operation below /orders/{order_id} that changes anything is refused, and so is one that is new."""
    own = things(shop)
    acts = [
        operation
        for operation in operations(app)
        if operation.path.startswith("/orders/{order_id}") and operation.method not in LOOKS
    ]

    answers = {}
    for act in acts:
        asked = example(act, shop, own)
        answered = send(act, shop, own | {"order_id": str(web_order["id"])}, asked)
        assert answered.json is not None
        answers[act.name] = (answered.status_code, answered.json["type"])

    assert len(acts) > 10
    assert answers == dict.fromkeys(answers, (409, PROBLEM))
    assert web.web_order(shop, 41) == web_order


def test_web_order_is_not_merged_into_a_tab(shop: Shop, web_order: dict[str, object]) -> None:
    tab = shop.sell(phone=PHONE)

    answer = shop.post(f"/orders/{tab['id']}/merge", {"order_id": web_order["id"]}, headers={"If-Match": "*"})

    assert (answer.status_code, answer.json["type"]) == (409, PROBLEM)
    assert web.web_order(shop, 41) == web_order


def test_points_are_not_spent_on_a_web_order(app: Flask, shop: Shop, web_order: dict[str, object]) -> None:
    [redeem] = [each for each in operations(app) if each.name == "POST /members/{member}/redemptions"]
    own = things(shop)
    own["order_id"] = str(web_order["id"])
    asked = example(redeem, shop, own)

    answer = send(redeem, shop, own, asked)

    assert answer.json is not None
    assert (answer.status_code, answer.json["type"]) == (409, PROBLEM)


def test_both_ways_of_locking_refuse_a_web_order(app: Flask, shop: Shop, web_order: dict[str, object]) -> None:
    """Money that came by a link locks past the ORM; that it is refused as well is the same rule."""
    number = UUID(str(web_order["id"]))

    with app.app_context(), transaction(UUID(shop.store_id), actor="test"):
        for by in (orders.locked, orders.locked_to_count):
            with pytest.raises(WebOrder):
                locks.locked([number], by=by)
        assert locks.locked([number], by=orders.locked_of_any_source)[number].wc_order_id == 41


def test_customer_who_texts_pay_gets_the_counters_order(shop: Shop, web_order: dict[str, object]) -> None:
    before = _replies(shop, "PAY")
    tab = shop.sell(phone=GUEST)

    after = _replies(shop, "PAY")

    assert str(web_order["reference"]) not in before
    assert tab["reference"] in after


def test_guest_page_of_a_web_order_asks_for_nothing(shop: Shop, web_order: dict[str, object]) -> None:
    page = urlsplit(str(web_order["public_url"])).path

    seen = shop.client.get(page)
    tip = shop.client.post(f"{page}/tip", data={"tip": "1"})
    pay = shop.client.post(page.replace("/o/", "/p/"))

    assert (seen.status_code, tip.status_code, pay.status_code) == (200, 409, 409)
    assert page.replace("/o/", "/p/") not in seen.text
    assert f"{page}/tip" not in seen.text
    assert web.web_order(shop, 41)["payment_link"] is None


def test_guest_may_join_from_the_page_of_a_web_order(app: Flask, shop: Shop, web_order: dict[str, object]) -> None:
    page = urlsplit(str(web_order["public_url"])).path

    joined = shop.client.post(f"{page}/join")

    assert joined.status_code == 303
    member = shop.get("/members", as_="owner", query_string={"phone": GUEST})
    assert member.status_code == 200
    assert web.web_order(shop, 41)["member_id"] == member.json["id"]


def test_web_orders_go_with_a_merge_and_come_back_with_its_undo(shop: Shop) -> None:
    """An account leads to whoever stands for its customer; it was never told of the merge, so an undo need not tell it."""
    told, ada = web.connected(shop), web.billing(first_name="Ada", email="ada@example.com")
    told.put("orders", web.order(41, account=31, billing=ada))
    web.synced(shop)
    known = str(shop.sell(phone=PHONE)["customer"]["id"])
    stranger = web.web_order(shop, 41)["customer"]["id"]

    merge = merged(shop, known, stranger)
    told.put("orders", web.order(42, account=31, billing=ada))
    web.synced(shop)
    together = [web.web_order(shop, number)["customer"]["id"] for number in (41, 42)]
    undone(shop, merge)
    told.put("orders", web.order(43, account=31, billing=ada))
    web.synced(shop)
    apart = [web.web_order(shop, number)["customer"]["id"] for number in (41, 42, 43)]

    assert stranger != known
    assert together == [known, known]
    # What was placed while they were one stays where it was placed.
    assert apart == [stranger, known, stranger]
    assert books(shop) == []


def test_refund_of_the_shop_is_dated_by_the_shop_in_all_its_parts(shop: Shop) -> None:
    """A piece that came back, and more money than it was worth: a request each."""
    told = web.connected(shop)
    told.put("orders", web.order(41, ("Cap", 2, "40.00"), billing=web.billing(phone=PHONE)))
    told.give_back(41, 51, "25.00", goods="20.00")
    web.synced(shop)

    dated = column(
        shop,
        "SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS') FROM refunds WHERE store_id = :store",
    )

    assert [refund["amount"] for refund in web.web_order(shop, 41)["refunds"]] == [2000, 500]
    assert dated == [web.PAID_AT, web.PAID_AT]


def test_money_of_the_web_shop_is_in_no_drawer_and_no_report_of_a_register(shop: Shop) -> None:
    told = web.connected(shop)
    shift = done(shop.post("/shifts", {"opening_float": 10000}), 201)
    sold = shop.sell(phone=PHONE, payment={"method": "cash"})
    today = clock.now().strftime("%Y-%m-%dT%H:%M:%S")
    dated = dict.fromkeys(("date_created_gmt", "date_modified_gmt", "date_paid_gmt"), today)
    told.put("orders", web.order(41, billing=web.billing(phone=PHONE), **dated))
    told.give_back(41, 51, "5.00")
    web.synced(shop)

    report = done(shop.get(f"/shifts/{shift['id']}/report", as_="owner"))

    assert web.web_order(shop, 41)["amount_paid"] == 2750
    assert (report["orders"]["count"], report["sales"]["total"]) == (1, sold["total"])
    assert [tender["method"] for tender in report["tenders"] if tender["payments"] or tender["refunds"]] == ["cash"]


def test_order_of_the_web_shop_says_so(shop: Shop, web_order: dict[str, object]) -> None:
    sold = shop.sell(phone=PHONE)
    read = shop.get(f"/orders/{web_order['id']}").json
    listed = web.web_order(shop, 41)

    # 20.00 with 2.00 of tax, and 5.50 of shipping, in which 0.50 is tax.
    amounts = ("subtotal", "tax", "shipping", "tax_in_charges", "total", "amount_paid", "amount_due")
    assert [read[name] for name in amounts] == [2000, 200, 550, 50, 2750, 0, 2750]
    assert (read["source"], read["wc_order_id"]) == (listed["source"], listed["wc_order_id"]) == ("woocommerce", 41)
    assert [sold[name] for name in ("source", "wc_order_id", "tax_in_charges")] == ["tablet", None, 0]
    assert shop.get(f"/orders/{sold['id']}").json["wc_order_id"] is None


@pytest.mark.parametrize(
    ("source", "numbers"),
    [("woocommerce", [41]), ("counter", [None]), ("tablet", [None]), ("import", []), (None, [None, 41])],
)
def test_list_shows_the_orders_of_a_source(
    shop: Shop, web_order: dict[str, object], source: str | None, numbers: list[int | None]
) -> None:
    """A tablet's list of open orders asks for those of the counter."""
    shop.sell(phone=PHONE)

    found = shop.get("/orders", query_string={"status": "open", **({"source": source} if source else {})}).json

    assert [order["wc_order_id"] for order in found["data"]] == numbers


def test_list_of_a_source_that_is_none_is_refused(shop: Shop) -> None:
    assert shop.get("/orders", query_string={"source": "shopify"}).status_code == 422


def test_product_of_the_web_shop_says_so(shop: Shop) -> None:
    told = web.connected(shop)
    told.put("products", web.product(11, "Cap", "20.00", sale_price="15.00", on_sale=True, sku="CAP"))
    web.synced(shop)

    [cap] = shop.get("/products", as_="owner", query_string={"sku": "CAP"}).json["data"]
    [tee] = shop.get("/products", as_="owner", query_string={"sku": "TEE-BLK-M"}).json["data"]

    names = ("wc_product_id", "is_of_web_shop", "price", "regular_price", "sale_price")
    assert [cap[name] for name in names] == [11, True, 2000, 2000, 1500]
    assert [tee[name] for name in names] == [None, False, 2500, 2500, None]


def _replies(shop: Shop, words: str) -> str:
    answer = texting.text(shop, GUEST, words)
    assert answer.status_code == 200
    return answer.text
