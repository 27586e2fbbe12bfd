"""The web shop in the office, in a browser: connected in one tap, read, an order, a problem, what differs, and parted from."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from pos import clock, create_app
from pos.db import db, transaction
from pos.sandbox.shop import goods
from tests import databases
from tests.browser.office import DESK, Office, sign_in
from tests.browser.tablet_server import TabletServer

PARTS = ("", "/runs", "/problems", "/problems/settled", "/connection")


@pytest.fixture
def stocked(tablet_server: TabletServer) -> None:
    """The stand-in, in the currency of the second store: what comes from there is in nobody else's way."""
    app = create_app(databases.settings(tablet_server.server, tablet_server.database))
    own = {"currency": "EUR", "timezone": "Europe/Berlin", "prices_include_tax": True}
    with app.app_context(), transaction(None):
        goods.fill(5, now=clock.now(), orders=30, customers=6, days=20, **own)
    with app.app_context():
        db.engine.dispose()


@pytest.mark.usefixtures("worker", "stocked")
def test_owner_connects_the_stand_in_reads_it_and_parts_from_it(
    tablet_server: TabletServer, new_context: Callable[..., BrowserContext]
) -> None:
    shop, own = tablet_server.shops[1], f"{tablet_server.base_url}/_sandbox/shop"
    desk = sign_in(new_context(**DESK).new_page(), shop, "owner").go("/web-shop")
    page = desk.page
    assert desk.findings() == []

    # A wrong address and a wrong key are told at their fields, and what was typed stays
    desk.fill(Address_of_the_shop="http://shop.example.com", Consumer_key="ck_0", Consumer_secret="cs_0")
    desk.press("Connect")
    told_at(desk, "Address of the shop", "Begin the address with https://")
    desk.fill(Address_of_the_shop=own).press("Connect")
    told_at(desk, "Consumer key", "does not accept the consumer key")
    assert desk.findings() == []

    # The built-in shop is connected in one tap; everything is read while the page looks by itself
    desk.press("Connect the built-in shop").told("It is connected.")
    desk.press("Read everything").told("Everything is being read.")
    expect(page.get_by_role("button", name="Read what has changed", exact=True)).to_be_visible()
    assert [finding for part in PARTS for finding in desk.go(f"/web-shop{part}").findings()] == []

    # An order of the shop is an order here, which leads back there
    desk.go("/orders?web_shop=shop").page.locator("table tbody a").first.click()
    link = page.get_by_role("link", name=re.compile("^Web shop #"))
    number = (link.text_content() or "").partition("#")[2]
    expect(link).to_have_attribute("href", f"{own}#order-{number}")
    expect(page.get_by_role("heading", name="What may be done")).to_have_count(0)
    assert desk.findings() == []

    # A problem says why and what to do, and is settled
    desk.go("/web-shop/problems?left_out=no")
    expect(page.get_by_text("coupons here know percent and an amount")).to_be_visible()
    page.get_by_role("button", name="Settle", exact=True).first.click()
    desk.told("Settled.")

    # What was paid meanwhile is found by comparing, and mended by the same with a pen
    sandbox = new_context(**DESK).new_page()
    sandbox.goto(own)
    sandbox.locator("#order").get_by_role("button", name="Order", exact=True).click()
    desk.go("/web-shop").press("Only compare").told("nothing is written")
    page.get_by_role("link", name="The last run").click()
    expect(page.get_by_role("cell", name="was not here")).to_be_visible()
    expect(page.get_by_text("“Compare and mend” settles the rest.")).to_be_visible()
    assert desk.findings() == []
    desk.go("/web-shop").press("Compare and mend").told("are being compared")
    page.get_by_role("link", name="The last run").click()
    expect(page.get_by_text("Both say the same, to the cent.")).to_be_visible()
    expect(desk.go("/attention?kind=web_shop").page.get_by_text("that the books did not have")).to_be_visible()
    assert desk.findings() == []

    # Webhooks: the secret is shown once
    desk.go("/web-shop/connection").press("Make a secret")
    expect(page.locator("#secret code")).to_have_text(re.compile(r"^[\w-]{40,}$"))
    assert desk.findings() == []

    # And parted from, with what came from there
    desk.press("Disconnect", sure=True).told("The shop is not connected any more.")
    expect(page.get_by_role("button", name="Connect the built-in shop")).to_be_visible()
    expect(desk.go("/orders?web_shop=shop").page.locator("table tbody tr").first).to_be_visible()


def told_at(desk: Office, label: str, advice: str) -> None:
    """A field is marked, and what to do stands at it."""
    field = desk.page.get_by_label(label, exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field.locator("xpath=following-sibling::p[contains(@class, 'advice')]")).to_contain_text(advice)
