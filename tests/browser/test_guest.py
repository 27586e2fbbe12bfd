"""A guest's page of an order in a browser: it follows the order by itself, and works without scripts."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.accessible import assert_accessible
from tests.browser.tablet_server import TabletServer
from tests.checkout.counter import paid

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
A_LOOK, LONG = 3_100, "20:01"


def test_open_order_shows_news_and_keeps_what_is_being_typed(page: Page, tablet_server: TabletServer) -> None:
    shop = tablet_server.shop
    order = shop.sell(phone="(415) 555-0141")
    page.clock.install()
    page.goto(order["public_url"])
    page.evaluate("window.isTheSame = true")
    tip = page.get_by_label("Another tip")
    tip.fill("3.2")

    shop.post(f"/orders/{order['id']}/lines", {"items": [{"sku": "IPA", "quantity": 4}]})
    page.clock.run_for(A_LOOK)

    expect(page.get_by_text("4 × House IPA")).to_be_visible()
    expect(tip).to_have_value("3.2")
    expect(tip).to_be_focused()
    assert_accessible(page)

    paid(shop, order)
    page.clock.run_for(A_LOOK)

    expect(page.locator("main").get_by_text("Paid. Thank you!")).to_be_visible()
    expect(page.locator("#news")).to_have_text("We have your order. Paid. Thank you!")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert page.evaluate("window.isTheSame") is True
    assert_accessible(page)


def test_page_stops_looking_after_twenty_minutes_and_says_so(page: Page, tablet_server: TabletServer) -> None:
    order = tablet_server.shop.sell(phone="(415) 555-0142")
    page.clock.install()
    page.goto(order["public_url"])
    expect(page.get_by_text("stopped looking")).to_be_hidden()

    page.clock.fast_forward(LONG)

    expect(page.get_by_text("stopped looking")).to_be_visible()
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_text("stopped looking")).to_be_hidden()


def test_guest_without_scripts_joins_in_spanish(
    new_context: Callable[..., BrowserContext], tablet_server: TabletServer
) -> None:
    order = tablet_server.shop.sell(phone="(415) 555-0143", payment={"method": "card"})
    page = new_context(java_script_enabled=False, color_scheme="dark", **PHONE).new_page()
    page.goto(order["public_url"])
    page.get_by_role("link", name="Español").click()

    page.get_by_role("button", name="Unirme y quedarme estos puntos").click()

    expect(page.get_by_text("8 puntos ganados con este pedido.")).to_be_visible()
    expect(page.get_by_text("Su TapPass ID es TP-")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "es")
