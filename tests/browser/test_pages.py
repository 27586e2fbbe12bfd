"""The pages for guests and newcomers in a browser: they show what they should, keep to their policy, and all can use them."""

from playwright.sync_api import Page, expect

from tests.browser import looking
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


def test_web_shop_of_the_sandbox_is_usable_at_each_size(page: Page) -> None:
    page.goto("/_sandbox/shop")
    if page.get_by_role("button", name="Stock the shop").count():
        page.get_by_role("button", name="Stock the shop").click()
    page.get_by_label("First name").first.fill("Ines")
    page.get_by_label("Phone").first.fill("(415) 555-0132")
    page.get_by_role("button", name="Order", exact=True).click()

    newest = page.locator(".shop-order").first
    expect(newest).to_contain_text("Ines (415) 555-0132")
    expect(newest).to_contain_text("processing")
    newest.get_by_role("button", name="Complete").click()
    expect(page.locator(".shop-order").first).to_contain_text("completed")
    seen = {str(sight): looking.findings(page) for sight in looking.from_all_sides(page, looking.ALL)}
    assert {sight: found for sight, found in seen.items() if found} == {}
