"""Whole stories at the counter, told in taps."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.tablet import Tablet, enrolment_code
from tests.browser.tablet_server import TabletServer

MOST_TAPS, MOST_TAPS_AGAIN = 8, 4


@pytest.fixture
def tablet(context: BrowserContext, tablet_server: TabletServer) -> Tablet:
    """A register where nobody has signed in yet."""
    return Tablet(context.new_page()).enrol(tablet_server.shop.slug, enrolment_code(tablet_server.shop))


def test_first_order_of_a_new_customer_takes_eight_taps_and_one_number(
    tablet: Tablet, tablet_server: TabletServer
) -> None:
    tablet.sign_in()
    tablet.taps = 0

    tablet.sell_to("4155550141")
    tablet.add("House IPA")
    tablet.add("Pretzel")
    tablet.pay_cash()
    reference = tablet.booked()
    tablet.next_customer()

    assert tablet.taps <= MOST_TAPS
    assert tablet.numbers == 1
    order = tablet_server.shop.get(f"/orders/by-reference/{reference}").json
    assert order["payment_status"] == "paid"
    assert order["customer"]["phone"] == "+14155550141"
    expect(tablet.phone).to_be_visible()
