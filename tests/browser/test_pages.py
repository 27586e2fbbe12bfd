"""The pages for guests and newcomers in a browser: they show what they should, keep to their policy, and all can use them."""

from playwright.sync_api import Page, expect

from tests.browser.accessible import assert_accessible
from tests.browser.tablet_server import TabletServer


def test_greeting_keeps_to_its_policy_and_is_accessible(page: Page) -> None:
    page.goto("/")

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert_accessible(page)


def test_guest_reads_an_order(page: Page, tablet_server: TabletServer) -> None:
    order = tablet_server.shop.sell(items=[{"sku": "IPA", "quantity": 2}])

    page.goto(order["public_url"])

    expect(page.get_by_text(f"Order {order['reference']}")).to_be_visible()
    expect(page.get_by_text("2 × House IPA")).to_be_visible()
    assert_accessible(page)
