"""Orders in the books at a tablet: rounds, payments in parts, what a manager approves, links, receipts, and the list."""

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.browser.accessible import assert_accessible
from tests.browser.tablet import Tablet, enrolment_code
from tests.browser.tablet_server import TabletServer
from tests.browser.watch import Watch
from tests.checkout.counter import paid
from tests.client import Shop, new_key
from tests.databases import PIN

IPA, PRETZEL, BOTH = 866, 495, 1361
A_PHONE: Any = {"width": 390, "height": 420}
PRINTED = """() => { window.print = () => {
  window.paper = document.querySelector(".receipt").innerText;
  window.size = document.adoptedStyleSheets.at(-1).cssRules[0].cssText;
}; }"""


@pytest.fixture
def shop(tablet_server: TabletServer) -> Shop:
    return tablet_server.shop


@pytest.fixture
def tablet(page: Page, shop: Shop) -> Tablet:
    """A register at which a cashier has signed in."""
    return Tablet(page).enrol(shop.slug, enrolment_code(shop, f"Tablet {new_key()}")).sign_in()


def test_tab_of_two_rounds_is_paid_in_parts(tablet: Tablet, shop: Shop) -> None:
    page = tablet.page
    order = shop.sell(phone="(415) 555-0151", tab_name="Table 4")
    page.get_by_role("link", name="Orders").click()
    page.get_by_role("searchbox").fill("table 4")
    assert_accessible(page)
    page.get_by_role("link", name=re.compile(order["reference"])).click()

    tablet.tap("Add a round")
    tablet.add("Pretzel")
    tablet.tap("Add the round")
    expect(page.get_by_text("$13.61 still to pay")).to_be_visible()
    page.set_viewport_size(A_PHONE)
    tablet.tap("Take the money")
    page.get_by_label(re.compile("^Amount")).fill("5")
    assert_accessible(page)
    _tap(page, "$10.00")
    _tap(page, "Take $5.00")
    expect(page.get_by_text("Change $5.00")).to_be_in_viewport()
    expect(page.get_by_text("$8.61 still to pay")).to_be_visible()
    tablet.tap("Take the money")
    _tap(page, "Card")
    _tap(page, "Take $8.61")

    expect(page.get_by_text("Paid", exact=True)).to_be_visible()
    assert_accessible(page)
    known = _known(shop, order)
    assert (known["payment_status"], known["total"]) == ("paid", BOTH)
    assert [line["name"] for line in known["lines"]] == ["House IPA", "Pretzel"]
    taken = sorted((each["method"], each["amount"], each["tendered"]) for each in known["payments"])
    assert taken == [("card", 861, None), ("cash", 500, 1000)]


def test_what_got_no_answer_is_finished_first_and_happens_once(tablet: Tablet, shop: Shop, watch: Watch) -> None:
    # Given a payment of a part and then a round that arrive, and whose answers are lost
    page = tablet.page
    watch.expect("net::ERR_FAILED", "status of 503", "answer: 503 GET")
    order = shop.sell(phone="(415) 555-0152", tab_name="Table 9")
    _look_at(tablet, order)
    page.route("**/payments", _unheard, times=1)
    tablet.tap("Take the money")
    page.get_by_label(re.compile("^Amount")).fill("2")
    _tap(page, "$5.00")
    _tap(page, "Take $2.00")

    # Then it stands at the order, also for who starts the tablet anew, until it is tried again; and nothing else is done
    expect(_unanswered(page)).to_contain_text("Take $2.00")
    page.reload()
    tablet.sign_in()
    expect(_unanswered(page)).to_contain_text("The order shows it by now. Change: $3.00")
    assert_accessible(page)
    for other in ("Take the money", "Add a round", "Refund", "Cancel the order"):
        expect(page.get_by_role("button", name=other, exact=True)).to_be_disabled()
    tablet.tap("Try again")
    expect(page.get_by_text("Change $3.00")).to_be_visible()
    tablet.tap("Add a round")
    tablet.add("Pretzel")
    page.route("**/lines", _unheard, times=1)
    tablet.tap("Add the round")
    expect(_unanswered(page)).to_contain_text("Add the round")
    page.reload()
    tablet.sign_in()
    tablet.tap("Try again")
    expect(_unanswered(page)).to_be_hidden()

    # And what the server cannot tell is shown as of when it could
    page.route(f"**/orders/{order['id']}", _broken)
    expect(page.get_by_text("The server does not answer. This is as of")).to_be_visible()
    known = _known(shop, order)
    assert [(each["amount"], each["tendered"]) for each in known["payments"]] == [(200, 500)]
    assert [line["name"] for line in known["lines"]] == ["House IPA", "Pretzel"]


def test_cashier_refunds_goods_and_cancels_with_a_managers_pin(tablet: Tablet, shop: Shop) -> None:
    page = tablet.page
    order = shop.sell(phone="(415) 555-0153", items=[{"sku": "IPA", "quantity": 2}])
    paid(shop, order)
    _look_at(tablet, order)

    tablet.tap("Refund", exact=True)
    _tap(page, "Goods")
    _tap(page, "One more")
    page.get_by_label("Reason").fill("Too warm")
    _tap(page, "Give back")
    _approve(page)
    expect(page.get_by_text("$8.66 in cash: hand it out")).to_be_visible()
    expect(page.get_by_text("$8.66 given back")).to_be_visible()
    expect(page.get_by_role("button", name="Charge again")).to_be_visible()
    expect(page.get_by_role("button", name="Add a round")).to_be_hidden()
    expect(page.get_by_text("Refund: Too warm")).to_be_visible()
    refunded = _known(shop, order)
    tablet.tap("Cancel the order")
    page.get_by_label("Reason").fill("They left")
    _tap(page, "Cancel the order")
    _approve(page)

    expect(page.get_by_text("Canceled: They left")).to_be_visible()
    assert refunded["amount_refunded"] == IPA
    known = _known(shop, order)
    assert (known["status"], known["amount_refunded"]) == ("canceled", 2 * IPA)


def test_next_round_goes_on_the_open_tab_of_whoever_is_recognised(tablet: Tablet, shop: Shop) -> None:
    shop.sell(phone="(415) 555-0159", tab_name="Table 5")

    tablet.type_number("4155550159")
    expect(tablet.page.get_by_role("link", name="Open tab: Table 5, $8.66")).to_be_visible()
    tablet.tap("Add a round")
    tablet.add("Pretzel")
    tablet.tap("Add the round")

    expect(tablet.page.get_by_text("$13.61 still to pay")).to_be_visible()


def test_order_of_the_web_shop_is_looked_at_and_no_more(
    tablet: Tablet, shop: Shop, tablet_server: TabletServer
) -> None:
    """It is none of the open tabs, neither in the list nor for its customer."""
    page, phone = tablet.page, "(415) 555-0171"
    parcel, tab = (shop.sell(phone=phone, tab_name=name) for name in ("Parcel 7", "Table 7"))
    with tablet_server.books.cursor() as cursor:
        cursor.execute("UPDATE orders SET source = 'woocommerce', wc_order_id = 7 WHERE id = %s", (parcel["id"],))

    page.get_by_role("link", name="Orders").click()
    page.get_by_role("searchbox").fill("parcel 7")
    expect(page.get_by_role("link", name=re.compile(parcel["reference"]))).to_be_visible()
    tablet.tap("Open tabs")
    expect(page.get_by_role("link", name=re.compile(parcel["reference"]))).to_be_hidden()
    page.get_by_role("searchbox").fill("table 7")
    expect(page.get_by_role("link", name=re.compile(tab["reference"]))).to_be_visible()
    tablet.tap("All")
    page.get_by_role("searchbox").fill("parcel 7")
    page.get_by_role("link", name=re.compile(parcel["reference"])).click()

    expect(page.get_by_text("Placed in the web shop.")).to_be_visible()
    assert_accessible(page)
    for name in ("Take the money", "Add a round", "Cancel the order", "Show QR code"):
        expect(page.get_by_role("button", name=name)).to_be_hidden()


def test_void_of_what_was_changed_meanwhile_shows_the_order_as_it_is(tablet: Tablet, shop: Shop) -> None:
    page = tablet.page
    order = shop.sell(phone="(415) 555-0154", items=[{"sku": "IPA", "quantity": 1}, {"sku": "PRETZEL", "quantity": 1}])
    _look_at(tablet, order)

    tablet.tap("Void Pretzel")
    page.get_by_label("Reason").fill("Spilled")
    shop.post(f"/orders/{order['id']}/lines", {"items": [{"sku": "WATER", "quantity": 1}]})
    _tap(page, "Take it off")
    _approve(page)
    expect(page.get_by_text("Another register changed this order")).to_be_visible()
    expect(page.get_by_text("1 × Water")).to_be_visible()
    tablet.tap("Void Pretzel")
    page.get_by_label("Reason").fill("Spilled")
    _tap(page, "Take it off")
    _approve(page)

    expect(page.get_by_text("Void: Spilled")).to_be_visible()
    assert [line["name"] for line in _known(shop, order)["lines"]] == ["House IPA", "Water"]


def test_tap_in_the_kitchen_does_not_cost_a_void_its_reason_and_pin(tablet: Tablet, shop: Shop) -> None:
    page = tablet.page
    order = shop.sell(phone="(415) 555-0157", items=[{"sku": "IPA", "quantity": 1}, {"sku": "PRETZEL", "quantity": 1}])
    _look_at(tablet, order)
    tablet.tap("Void Pretzel")
    page.get_by_label("Reason").fill("Spilled")

    with page.expect_response(lambda answer: answer.url.endswith(f"/orders/{order['id']}") and answer.status == 200):
        shop.post(f"/orders/{order['id']}/fulfillment", {"status": "reserved"})
    _tap(page, "Take it off")
    _approve(page)

    expect(page.get_by_text("Void: Spilled")).to_be_visible()
    assert [line["name"] for line in _known(shop, order)["lines"]] == ["House IPA"]


def test_discount_of_a_cashier_is_sold_with_a_managers_pin(tablet: Tablet, shop: Shop) -> None:
    page = tablet.page
    tablet.walk_in()
    tablet.add("House IPA")
    tablet.tap("Discount")
    page.get_by_role("button", name="50%").click()
    page.get_by_label("Reason").fill("Half full")
    tablet.tap("Give it")

    tablet.pay_cash()
    _approve(page)

    known = shop.get(f"/orders/by-reference/{tablet.booked()}").json
    assert (known["discount"], known["total"], known["payment_status"]) == (400, 433, "paid")
    assert tablet.entries()[-1]["approval"] is None


def test_link_is_paid_while_the_tablet_looks_on(
    tablet: Tablet, shop: Shop, context: BrowserContext, worker: None
) -> None:
    page = tablet.page
    order = shop.sell(phone="(415) 555-0155")
    _look_at(tablet, order)

    tablet.tap("Link as QR code")
    expect(page.get_by_role("img", name=re.compile("QR code"))).to_be_visible()
    guest = context.new_page()
    guest.goto(order["public_url"].replace("/o/", "/p/"))
    guest.get_by_role("button", name="Pay", exact=True).click()
    page.bring_to_front()

    expect(page.get_by_text("Paid by the guest.")).to_be_visible()
    expect(page.get_by_text("Card by link")).to_be_visible()
    assert _known(shop, order)["payment_status"] == "paid"


def test_receipt_tells_all_of_an_order_and_of_a_sale_that_is_only_kept(
    tablet: Tablet, shop: Shop, context: BrowserContext, watch: Watch
) -> None:
    page = tablet.page
    watch.expect("net::ERR_INTERNET_DISCONNECTED")
    page.evaluate(PRINTED)
    order = shop.sell(phone="(415) 555-0156", items=[{"sku": "IPA", "quantity": 2, "note": "one later"}], tip=100)
    paid(shop, order, amount=1000, tendered=2000)
    _look_at(tablet, order)

    booked = _printed(tablet)
    context.set_offline(True)
    page.get_by_role("link", name="Sell").click()
    tablet.sell_walk_in("House IPA")
    tablet.kept()
    kept = _printed(tablet)

    for part in (order["reference"], "Taproom", "2 × House IPA", "one later", "$16.00", "$1.32", "$18.32", "$20.00"):
        assert part in booked
    assert "Still to pay$8.32" in booked.replace("\n", "")
    assert re.search(r"size: 80mm \d+mm", page.evaluate("window.size"))
    assert "Kept, not booked yet" in kept
    assert "1 × House IPA" in kept


def _known(shop: Shop, order: dict[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = shop.get(f"/orders/{order['id']}").json
    return known


def _look_at(tablet: Tablet, order: dict[str, Any]) -> None:
    tablet.open(f"#/order/{order['id']}")
    expect(tablet.page.get_by_role("heading", name=f"Order {order['reference']}")).to_be_visible()


def _top(page: Page) -> Locator:
    return page.get_by_role("dialog").last


def _tap(page: Page, name: str) -> None:
    """The button of that name in the dialog on top."""
    _top(page).get_by_role("button", name=name).last.click()


def _approve(page: Page) -> None:
    approval = page.get_by_role("dialog", name="A manager has to approve this")
    approval.get_by_role("button", name=re.compile("^Manager")).click()
    approval.get_by_label("PIN of Manager").fill(PIN)
    approval.get_by_role("button", name="Approve").click()
    expect(approval).to_be_hidden()


def _unheard(route: Route) -> None:
    """It arrives, and its answer is lost."""
    route.fetch()
    route.abort()


def _broken(route: Route) -> None:
    problem = '{"type": "/problems/unavailable", "title": "Unavailable", "status": 503, "detail": "Try again."}'
    route.fulfill(status=503, body=problem, content_type="application/problem+json")


def _unanswered(page: Page) -> Locator:
    return page.get_by_role("alert").filter(has_text="This may have been booked")


def _printed(tablet: Tablet) -> str:
    tablet.page.evaluate("window.paper = null")
    tablet.tap("Receipt")
    tablet.page.wait_for_function("() => window.paper")
    text: str = tablet.page.evaluate("window.paper")
    return text
