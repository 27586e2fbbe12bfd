"""The web shop in the office: connected, read, what differed and what could not be taken in; and what a web order shows."""

import ast
import csv
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

import pos.woocommerce
from pos import clock, doctor
from pos.db import db, transaction
from pos.web.office.web_shop import words
from pos.web.office.web_shop.places import admin_page
from pos.web.office.web_shop.reasons import REASONS, advice, told
from pos.web.office.writing import Writing
from pos.woocommerce import actions, flows, standing
from pos.woocommerce.failures import Declined, Down
from pos.woocommerce.models import SyncLog
from pos.woocommerce.people import REMARKS
from tests.client import Shop
from tests.office.desk import Desk, desk
from tests.office.web_shop import QUICK, WebShopOf, standing_in

DOLLARS = Writing("USD", "America/Los_Angeles", "US")


@pytest.fixture
def web(app: Flask, shop: Shop) -> Iterator[WebShopOf]:
    """A shop with something in it, not connected yet."""
    with standing_in(app, shop) as found:
        found.fill()
        yield found


@pytest.fixture
def owner(app: Flask, shop: Shop) -> Desk:
    return desk(app, shop)


def _html(at: Desk, path: str) -> str:
    answer = at.get(path)
    assert answer.status_code == 200, answer.text
    return answer.get_data(as_text=True)


# --- the connection -------------------------------------------------------------------------------------------


def test_without_a_shop_owners_are_led_to_one_and_managers_told_who_connects(
    app: Flask, shop: Shop, owner: Desk
) -> None:
    for path in ("/web-shop", "/web-shop/connection"):
        page = _html(owner, path)
        assert 'data-api="PUT /sync/woocommerce"' in page
        assert "Connect the built-in shop" in page
        assert "Advanced › REST API" in page

    manager = desk(app, shop, "manager").page("/web-shop")
    assert "Only owners connect one." in manager.text
    assert "ck_" not in _html(desk(app, shop, "manager"), "/web-shop")
    assert desk(app, shop, "cashier").get("/web-shop").status_code == 403


def test_built_in_shop_is_connected_by_the_fields_of_its_button(web: WebShopOf, owner: Desk) -> None:
    # Given what the button holds
    form = _html(owner, "/web-shop").partition("Try it at once")[2].partition("</form>")[0]
    fields = dict(part.split('"')[0:3:2] for part in form.split('name="')[1:])

    # When it is pressed
    answer = owner.api("PUT", "/sync/woocommerce", fields)

    # Then the shop is connected, and everything waits to be read
    assert answer.status_code == 200, answer.text
    page = owner.page("/web-shop").text
    assert "Nothing was read yet" in page
    assert "Read everything" in page
    assert "Read what has changed" not in page


def test_refusals_name_the_field_that_they_are_about(web: WebShopOf, owner: Desk) -> None:
    fields = {"url": "https://shop.example.com", "consumer_key": "ck_no", "consumer_secret": "cs_no"}

    def pointers() -> list[str]:
        return [each["pointer"] for each in owner.api("PUT", "/sync/woocommerce", fields).json["errors"]]

    assert pointers() == ["/consumer_key"]
    web.gateway.failure = Down("name-not-found")
    assert pointers() == ["/url"]
    web.gateway.failure = Declined("http-403", 403)
    assert pointers() == ["/url"]


def test_connection_shows_the_end_of_the_key_and_how_webhooks_are_set_up(
    app: Flask, web: WebShopOf, owner: Desk
) -> None:
    told_of = web.connect()

    page, html = owner.page("/web-shop/connection").text, _html(owner, "/web-shop/connection")

    assert f"ends in {told_of['key_ending']}" in page
    assert told_of["webhook_url"] in page
    assert 'data-api="POST /sync/woocommerce/webhook-secret"' in html
    assert 'data-api="DELETE /sync/woocommerce"' in html
    assert "stay as they are" in html
    managers = _html(desk(app, web.shop, "manager"), "/web-shop/connection")
    assert "only owners change settings" in managers
    assert "disabled" in managers
    assert "webhook-secret" not in managers
    assert "Disconnect" not in managers


# --- how it stands, and runs ----------------------------------------------------------------------------------


def test_a_run_at_work_is_shown_by_a_bar_that_refreshes_itself(web: WebShopOf, owner: Desk) -> None:
    # Given a run that is in the middle of the orders
    web.connect()
    log_id = web.begin()
    with transaction(web.store_id):
        row = db.session.get(SyncLog, (web.store_id, log_id))
        assert row
        row.progress = {
            "done": ["categories", "products", "coupons", "customers"],
            "resource": "orders",
            "offset": 300,
            "total": 1200,
        }

    for path in ("/web-shop", f"/web-shop/runs/{log_id}"):
        html = _html(owner, path)
        assert "Orders: 300 of 1,200 (5 of 5 kinds)" in html
        assert 'max="5000" value="4250"' in html
        assert 'hx-trigger="every 2s"' in html
        assert 'data-api="POST /sync/woocommerce"' not in html
        assert "has not reported" not in html

    # When nobody has reported for a while
    with transaction(web.store_id):
        row = db.session.get(SyncLog, (web.store_id, log_id))
        assert row
        row.lease_until = clock.now() - timedelta(minutes=5)
    # Then that is said
    assert "has not reported" in _html(owner, "/web-shop")


def test_a_run_tells_what_both_sides_come_to_and_what_differed(web: WebShopOf, owner: Desk) -> None:
    # Given a shop that was read, and an order that has changed here
    web.connect()
    full = web.sync()
    assert full.status == "completed", full.error_message
    number, order_id, reference, total = _an_order(web)
    _spoil(web, order_id)

    # When it is only compared
    looked = web.sync("drift", repair=False)

    # Then the run shows both sides, the row in words, and the way to it
    page, html = owner.page(f"/web-shop/runs/{looked.id}").text, _html(owner, f"/web-shop/runs/{looked.id}")
    assert "nothing written" in page
    assert "What both sides come to" in page
    assert '<strong class="off">' in html
    assert reference in page
    assert f"/office/orders/{order_id}" in html
    assert f"/_sandbox/shop#order-{number}" in html
    before, after = DOLLARS.money(total - 100), DOLLARS.money(total)
    assert f"total: {before} → {after}" in page
    [head, row] = csv.reader(
        owner.get(f"/web-shop/runs/{looked.id}/rows.csv").get_data(as_text=True).lstrip("\ufeff").splitlines()
    )
    assert head == ["What", "In the shop", "Here", "How it differed", "Here, and in the shop"]
    assert row[:4] == ["Order", f"#{number}", reference, "was otherwise"]
    # And the full run before it says that both said the same
    assert "Both say the same, to the cent." in owner.page(f"/web-shop/runs/{full.id}").text


def test_runs_are_listed_filtered_and_exported(web: WebShopOf, owner: Desk) -> None:
    web.connect()
    web.sync()
    web.sync("drift", repair=False)
    web.gateway.failure = Declined("woocommerce_rest_authentication_error", 401)
    web.sync("incremental")

    page = owner.page("/web-shop/runs").text
    failed = owner.page("/web-shop/runs?status=failed").text
    lines = list(csv.reader(owner.get("/web-shop/runs.csv").get_data(as_text=True).lstrip("\ufeff").splitlines()))

    for expected in ("Everything", "Orders compared, nothing written", "does not accept the consumer key"):
        assert expected in page
    assert "does not accept the consumer key" in failed
    assert [row[1] for row in lines[1:]] == ["What has changed", "Orders compared, nothing written", "Everything"]
    for odd in ("type=nothing", "status=odd", "since=yesterday", "sort=error"):
        assert owner.get(f"/web-shop/runs?{odd}").status_code == 422


def _an_order(web: WebShopOf) -> tuple[int, str, str, int]:
    with transaction(web.store_id):
        row = db.session.execute(
            text(
                "SELECT wc_order_id, id::text, reference, total FROM orders WHERE wc_order_id IS NOT NULL AND status = 'completed' AND shipping > 0 LIMIT 1"
            )
        ).one()
        return row[0], row[1], row[2], row[3]


def _spoil(web: WebShopOf, order_id: str) -> None:
    with transaction(web.store_id):
        db.session.execute(
            text("UPDATE orders SET total = total - 100, shipping = shipping - 100 WHERE id = :id"), {"id": order_id}
        )


# --- what waits for a person ----------------------------------------------------------------------------------


def test_a_run_that_failed_for_good_waits_for_a_person_once_until_one_goes_through(web: WebShopOf, owner: Desk) -> None:
    # Given a shop that does not take the key any more
    web.connect()
    web.sync()
    web.gateway.failure = Declined("woocommerce_rest_authentication_error", 401)

    # When it is read twice
    log = web.sync("incremental")
    web.sync("incremental")

    # Then one item waits, which leads to the run; and the page says what to do
    html = _html(owner, "/attention?kind=web_shop")
    assert html.count('<article class="card item"') == 1
    assert "could not be read to the end. The shop does not accept the consumer key" in html
    assert f"/office/web-shop/runs/{log.id}" in html
    assert "It is tried again" in owner.page("/web-shop").text
    with transaction(web.store_id):
        [fault] = standing.standing(clock.now()).faults
    assert "waits for somebody" in fault

    # And a run that goes through settles it
    web.gateway.failure = None
    web.sync("incremental")
    assert "Nothing of this kind" in owner.page("/attention?kind=web_shop").text
    assert "A later sync went through." in owner.page("/attention?kind=web_shop&settled=yes").text
    with transaction(web.store_id):
        assert standing.standing(clock.now()).faults == []


def test_a_shop_that_is_away_waits_for_a_person_only_after_hours(web: WebShopOf, owner: Desk) -> None:
    web.connect()
    web.gateway.failure = Down("timeout", None)
    log = web.sync()
    assert log.next_retry_at is not None
    page = owner.page("/web-shop").text
    assert "It is tried again" in page
    assert "Nothing of this kind" in owner.page("/attention?kind=web_shop").text

    with transaction(web.store_id, actor="test"):
        db.session.execute(text("UPDATE sync_logs SET retry_count = 5"))

    with transaction(web.store_id, actor="test"):
        again = actions.begin("full", clock.now(), after=actions.latest()).id
    flows.run(web.store_id, again, pace=QUICK)

    assert "The shop does not answer in time." in owner.page("/attention?kind=web_shop").text


def test_a_comparison_that_mends_something_is_worth_a_look_once(web: WebShopOf, owner: Desk) -> None:
    web.connect()
    web.sync()
    web.sync("drift")
    assert "Nothing of this kind" in owner.page("/attention?kind=web_shop").text
    _, order_id, _, _ = _an_order(web)

    for _ in range(2):
        _spoil(web, order_id)
        web.sync("drift", repair=False)
        web.sync("drift")

    html = _html(owner, "/attention?kind=web_shop")
    assert html.count('<article class="card item"') == 1
    assert "found 1 record that the books did not have as the shop has them" in html


# --- problems -------------------------------------------------------------------------------------------------


def test_problems_say_why_and_what_to_do_until_they_are_settled(web: WebShopOf, owner: Desk) -> None:
    # Given an order in another currency, and one of an unknown status
    web.connect()
    with transaction(None):
        numbers = db.session.scalars(
            text("SELECT number FROM sandbox_shop_things WHERE kind = 'order' ORDER BY number LIMIT 2")
        ).all()
    foreign, odd = numbers
    web.gateway.changed[("orders", foreign)] = {"currency": "EUR"}
    web.gateway.changed[("orders", odd)] = {"status": "in-transit"}
    web.sync()

    # When they are looked at
    page, html = owner.page("/web-shop/problems").text, _html(owner, "/web-shop/problems")

    # Then each has its reason, what to do, and the ways to it
    assert "It was sold in EUR, and the books are kept in USD" in page
    assert "left out" in page
    assert "Its status is one that a plugin made" in page
    assert "with a remark" in page
    assert f"/_sandbox/shop#order-{foreign}" in html
    # A coupon of the shop holds for single products.
    assert "Left out 2 " in owner.page("/web-shop").text
    assert "EUR" not in owner.page("/web-shop/problems?reason=unknown_status").text.partition("Why, and what to do")[2]
    lines = list(csv.reader(owner.get("/web-shop/problems.csv").get_data(as_text=True).lstrip("\ufeff").splitlines()))
    assert {row[1] for row in lines[1:]} >= {f"#{foreign}", f"#{odd}"}

    # And it is settled by a run without it, or by hand
    del web.gateway.changed[("orders", foreign)]
    web.sync()
    assert "It was sold in EUR" not in owner.page("/web-shop/problems").text
    assert "It was sold in EUR" in owner.page("/web-shop/problems/settled").text
    settle = next(
        part.split('"')[0].removeprefix("POST ")
        for part in _html(owner, "/web-shop/problems?reason=unknown_status").split('data-api="')[1:]
        if "/resolve" in part.split('"')[0]
    )
    assert owner.api("POST", settle, {}).status_code == 200
    assert "Its status is one that a plugin made" in owner.page("/web-shop/problems/settled").text


def _reasons_in_code() -> set[str]:
    """Every word by which the sync leaves something out or remarks about it: the first texts of LeftOut and remark(…), and tuples of remarks."""
    found: set[str] = set(REMARKS)
    for path in Path(pos.woocommerce.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in ("LeftOut", "remark"):
                    found |= set(_texts(node.args)[:1])
            if isinstance(node, ast.IfExp) and isinstance(node.body, ast.Tuple) and isinstance(node.orelse, ast.Tuple):
                found |= set(_texts([*node.body.elts, *node.orelse.elts]))
    return found


def _texts(nodes: list[ast.expr]) -> list[str]:
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def test_each_reason_of_the_sync_has_words() -> None:
    assert _reasons_in_code() - REASONS.keys() == set()
    assert REASONS.keys() - _reasons_in_code() == set(), "words for what nobody says"


DETAILS: dict[str, dict[str, Any]] = {
    "foreign_currency": {"currency": "EUR", "total": "12.50"},
    "odd_amount": {"field": "regular_price"},
    "odd_date": {"field": "date_paid_gmt"},
    "type_not_sold_here": {"type": "grouped"},
    "discount_type": {"discount_type": "fixed_product"},
    "sku_taken": {"sku": "MUG-1"},
    "rounded": {"price": "0.345"},
    "doubled": {"first": 812},
    "refunds_exceed_total": {"total": 1000, "refunds": 1200},
    "too_large": {"place": 7},
}


@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_is_told_with_its_facts(reason: str) -> None:
    said = told(reason, DETAILS.get(reason, {}), DOLLARS)

    assert "(unknown)" not in said
    assert "{" not in said
    assert advice(reason).endswith(".")
    for value in DETAILS.get(reason, {}).values():
        written = DOLLARS.money(value) if reason == "refunds_exceed_total" else str(value).replace("_", " ")
        assert written in said


# --- words ----------------------------------------------------------------------------------------------------


def test_changes_are_told_in_peoples_words() -> None:
    fields = {
        "status": ["open", "completed"],
        "total": [1000, 1250],
        "tax_in_charges": [0, 33],
        "placed_at": ["2026-11-21T18:00:00+00:00", "2026-11-21T19:30:00+00:00"],
        "refunds": [[], [71, 72]],
        "lines": [2, 3],
        "note": ["…", "…"],
        "sale_price": [900, None],
    }

    assert words.changes(fields, DOLLARS).splitlines() == [
        "status: open → completed",
        "total: $10.00 → $12.50",
        "tax in shipping and fees: $0.00 → $0.33",
        f"placed: {DOLLARS.moment('2026-11-21T18:00:00+00:00')} → {DOLLARS.moment('2026-11-21T19:30:00+00:00')}",
        "refunds, by number: none → #71, #72",
        "lines, number of: 2 → 3",
        "note: another one",
        "sale price: $9.00 → none",
    ]


@pytest.mark.parametrize(
    ("sync_type", "progress", "said", "value"),
    [
        ("full", {}, "It begins", 0),
        (
            "full",
            {"done": ["categories"], "resource": "products", "offset": 0, "total": None},
            "Products: 0 (2 of 5 kinds)",
            1000,
        ),
        ("drift", {"done": [], "resource": "orders", "offset": 50, "total": 200}, "Orders: 50 of 200", 250),
        # Something was deleted meanwhile.
        ("orders", {"done": [], "resource": "orders", "offset": 220, "total": 200}, "Orders: 200 of 200", 1000),
    ],
)
def test_how_far_a_run_is(sync_type: str, progress: dict[str, Any], said: str, value: int) -> None:
    found = words.reached(SyncLog(sync_type=sync_type, progress=progress), DOLLARS)

    assert (found.said, found.value) == (said, value)
    assert found.value <= found.most


def test_pages_of_the_shops_admin(app: Flask) -> None:
    url = "https://shop.example.com/eu"

    assert admin_page(url, "orders", 12) == f"{url}/wp-admin/post.php?post=12&action=edit"
    assert admin_page(url, "customers", 3) == f"{url}/wp-admin/user-edit.php?user_id=3"
    assert admin_page(None, "orders", 12) is None
    assert admin_page(url, "orders", 0) is None


# --- where web orders and products are shown ------------------------------------------------------------------


def test_web_order_leads_into_the_shop_and_offers_no_act(web: WebShopOf, owner: Desk) -> None:
    web.connect()
    web.sync()
    number, order_id, reference, _ = _an_order(web)
    with transaction(web.store_id):
        taxed = db.session.execute(
            text("SELECT id::text, tax_in_charges FROM orders WHERE tax_in_charges > 0 LIMIT 1")
        ).one()
        customer = db.session.scalar(text("SELECT customer_id FROM orders WHERE id = :id"), {"id": order_id})

    page, html = owner.page(f"/orders/{order_id}").text, _html(owner, f"/orders/{order_id}")

    assert f"Web shop #{number}" in page
    assert f"/_sandbox/shop#order-{number}" in html
    assert "What may be done" not in page
    assert "In the web shop $" in page
    assert f"Of shipping and fees, tax {DOLLARS.money(taxed[1])}" in owner.page(f"/orders/{taxed[0]}").text
    assert reference in owner.page("/orders?web_shop=shop").text
    story = owner.page(f"/customers/{customer}").text
    assert f"Order {reference} web shop" in story
    # And once the shop is not connected any more, the order still says where it is from
    assert owner.api("DELETE", "/sync/woocommerce").status_code == 204
    assert f"Web shop #{number}" in owner.page(f"/orders/{order_id}").text


def test_products_say_whether_they_follow_the_shop(web: WebShopOf, owner: Desk) -> None:
    web.connect()
    web.sync()
    with transaction(web.store_id):
        follows, counted = db.session.execute(
            text(
                "SELECT id::text, wc_stock_quantity FROM products WHERE is_of_web_shop AND wc_stock_quantity > 0 AND status = 'active' LIMIT 1"
            )
        ).one()

    page, html = owner.page(f"/catalog/products/{follows}").text, _html(owner, f"/catalog/products/{follows}")

    assert "It came from the web shop and follows it" in page
    assert f"The shop counts {DOLLARS.number(counted)}" in page
    assert html.count("readonly") == 3
    assert "Retire" not in page
    assert "follows it" not in owner.page(f"/catalog/products/{web.shop.products['IPA']}").text
    assert "Retire" in owner.page(f"/catalog/products/{web.shop.products['IPA']}").text
    assert "In the web shop" in owner.page("/catalog/stock").text
    assert "House IPA" not in owner.page("/catalog?web_shop=shop").text


def test_doctor_tells_how_each_store_stands_with_its_shop(app: Flask, web: WebShopOf) -> None:
    assert doctor._web_shop(app.config["SETTINGS"]) is None

    web.connect()
    found = doctor._web_shop(app.config["SETTINGS"])
    assert found is not None
    assert (found.subject, found.is_fine) == ("web shop", True)
    assert "hops reads http://127.0.0.1:8000/_sandbox/shop, never read" in found.detail
    assert "sync woocommerce --store hops --type full" in found.detail

    web.sync()
    with transaction(web.store_id):
        db.session.execute(text("UPDATE web_shops SET last_sync_at = now() - interval '2 hours'"))
    found = doctor._web_shop(app.config["SETTINGS"])
    assert found is not None
    assert not found.is_fine
    assert "1 thing(s) left out" in found.detail
    assert "was not read for over an hour" in found.detail
