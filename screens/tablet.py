"""The tablet, from its enrolment to its end: each state once, reached by what a cashier does."""

import re
from datetime import timedelta

from playwright.sync_api import BrowserContext, Page, Route, expect

from pos import clock
from screens.camera import Camera
from screens.shop import COUPON, MEMBER, Demo
from tests.browser.tablet import Tablet, enrolment_code

NAME = "tablet"
NEW, REFUSED = "4155550147", "9005550100"
NETWORK_IS_GONE = r"net::ERR_"


def walk(demo: Demo, camera: Camera) -> None:
    camera.watch.expect(NETWORK_IS_GONE)
    context = camera.context()
    page = context.new_page()
    tablet = Walk(page, demo, camera)
    tablet.enrol_and_sign_in()
    tablet.type_numbers()
    tablet.fill_a_basket()
    tablet.pay()
    tablet.lose_the_network(context)
    tablet.look_at_orders()
    tablet.work_a_shift(context)
    tablet.look_around()
    tablet.speak_spanish()
    tablet.end()
    context.close()
    _not_secure(demo, camera)


class Walk:
    """One tablet whose cashier is photographed at every step."""

    def __init__(self, page: Page, demo: Demo, camera: Camera) -> None:
        self.page, self.demo, self.camera = page, demo, camera
        self.tablet = Tablet(page)

    def take(self, name: str, *, whole: bool = False) -> None:
        self.camera.take(self.page, f"tablet-{name}", whole=whole)

    def go(self, where: str) -> None:
        self.page.evaluate("(where) => { location.hash = where; }", where)

    def shows(self, words: str) -> None:
        expect(self.page.get_by_text(re.compile(words)).last).to_be_visible()

    def enrol_and_sign_in(self) -> None:
        self.tablet.open()
        self.shows("The owner adds a register")
        self.take("enrol")
        self.page.route("**/register/catalog", _keep_waiting)
        self.go(f"enrol={self.demo.shop.slug}.{enrolment_code(self.demo.shop, 'Counter')}")
        self.tablet.tap("Make this a register")
        self.shows("The catalogue is on its way")
        self.take("waiting")
        self.page.unroute("**/register/catalog")
        self.shows("Who is there")
        self.take("people")
        self.tablet.enter_pin("Casey", "0000" if self.demo.pin("cashier") != "0000" else "0001")
        self.shows("The PIN is wrong")
        self.take("people-wrong-pin")

    def sign_in(self) -> None:
        self.tablet.enter_pin("Casey", self.demo.pin("cashier"))

    def type_numbers(self) -> None:
        self.sign_in()
        expect(self.tablet.phone).to_be_visible()
        self.tablet.wait_until_it_starts_alone()
        self.take("phone")
        self.go("#/orders")
        self.page.get_by_role("button", name="Unpaid").click()
        self.shows(r"are paid\.")
        self.take("orders-none-unpaid")
        self.go("#/")
        self.tablet.phone.fill(NEW)
        self.shows("New customer")
        self.take("phone-new")
        self.tablet.phone.fill(REFUSED)
        self.shows("This number cannot be used")
        self.take("phone-refused")
        self.tablet.phone.fill(MEMBER)
        self.shows("Same again")
        self.take("phone-member")

    def fill_a_basket(self) -> None:
        self.tablet.tap("Sell", exact=True)
        self.take("catalogue-empty-basket")
        self.page.get_by_role("searchbox").fill("gazpacho")
        self.shows("Nothing is called like that")
        self.take("catalogue-nothing-found")
        self.page.get_by_role("searchbox").fill("")
        for product in ("Old Mill Pilsner $", "Hickory-Smoked Wings", "Barrel-Aged Stout"):
            self.tablet.add(product)
        self.tablet.add("Old Mill Pilsner $")
        self.tablet.add("House IPA $")
        self.shows("Points with TapPass")
        self.take("catalogue")
        self.narrow_basket()
        self.ask_for_options()
        self.take_off_what_they_may()
        self.page.get_by_role("button", name=re.compile("news", re.IGNORECASE)).click()
        self.take("consent")
        self.tablet.tap("Yes", exact=True)
        self.page.get_by_role("button", name="Keep as tab").click()
        self.take("tab")
        self.close()

    def ask_for_options(self) -> None:
        """Which size, how many, and a note."""
        self.page.locator(".lines .what").last.click()
        self.take("options")
        self.close()

    def take_off_what_they_may(self) -> None:
        basket = self.page.get_by_role("complementary")
        basket.get_by_role("button", name="Coupon").click()
        self.page.get_by_label("Code").fill(COUPON)
        self.take("coupon")
        self.tablet.tap("Take it")
        self.shows(f"Coupon {COUPON}")
        basket.get_by_role("button", name=re.compile("Five dollars off")).click()
        self.shows(r"-\$10\.\d\d")
        self.take("basket")

    def narrow_basket(self) -> None:
        """On a phone the basket lies behind the catalogue."""
        self.page.locator(".basket-bar button").first.dispatch_event("click")

    def close(self) -> None:
        self.page.get_by_role("button", name="Close").last.click()

    def pay(self) -> None:
        self.tablet.tap(re.compile("^Pay "))
        heading = self.page.get_by_role("heading", level=1)
        without_tip = heading.inner_text()
        self.page.get_by_role("button", name=re.compile("^15%")).click()
        expect(heading).not_to_have_text(without_tip)
        expect(self.tablet.cash.first).to_be_enabled()
        self.take("pay")
        self.page.get_by_role("button", name="Another amount").click()
        self.page.get_by_label("What the customer gives").fill("100")
        self.take("pay-other-amount")
        self.tablet.tap("Take it")
        self.tablet.booked()
        self.take("done-cash")
        self.by_link()
        self.with_approval()
        self.of_too_many()

    def by_link(self) -> None:
        self.tablet.next_customer()
        self.tablet.walk_in()
        self.tablet.add("Cappuccino")
        self.tablet.add("Warm Stout Brownie")
        self.tablet.tap(re.compile("^Pay "))
        self.tablet.tap("Link as QR code")
        self.shows("The guest scans this")
        self.take("done-link")
        self.tablet.next_customer()

    def with_approval(self) -> None:
        """A cashier gives a discount, and a manager answers for it."""
        self.tablet.walk_in()
        self.tablet.add("Canvas Cap")
        self.narrow_basket()
        self.page.get_by_role("button", name="Discount").click()
        self.page.get_by_label("Reason").fill("A scratch on it")
        self.take("discount")
        self.tablet.tap("Give it")
        self.tablet.tap(re.compile("^Pay "))
        self.tablet.tender_exactly()
        self.page.get_by_role("dialog").get_by_role("button", name="Max").click()
        self.take("approval")
        self.page.get_by_label("PIN of Max").fill(self.demo.pin("manager"))
        self.tablet.tap("Approve")
        self.tablet.booked()
        self.tablet.next_customer()

    def of_too_many(self) -> None:
        """The last poster is gone meanwhile."""
        self.tablet.walk_in()
        self.tablet.add("Hop Harvest Poster")
        self.tablet.add("Sticker Pack")
        self.tablet.tap(re.compile("^Pay "))
        self.demo.sell_out("POSTER")
        self.tablet.tender_exactly()
        self.shows("Not booked")
        self.take("done-refused")
        self.tablet.next_customer()

    def lose_the_network(self, context: BrowserContext) -> None:
        context.set_offline(True)
        self.tablet.type_number(NEW)
        self.shows("Who it is will be seen later")
        self.take("phone-offline")
        self.tablet.tap("Sell", exact=True)
        self.tablet.add("House Ginger Beer")
        self.tablet.add("Crispy Onion Rings")
        self.tablet.tap(re.compile("^Pay "))
        self.take("pay-offline")
        self.tablet.tender_exactly()
        self.tablet.kept()
        self.take("done-kept")
        self.go("#/queue")
        self.take("queue")
        context.set_offline(False)
        self.shows("Nothing waits")

    def look_at_orders(self) -> None:
        tab = self.demo.tab()
        self.go("#/orders")
        self.shows("Table 7")
        self.take("orders")
        self.page.get_by_role("searchbox").fill("nobody of that name")
        self.shows("Nothing found")
        self.take("orders-nothing-found")
        self.go(f"#/order/{tab['id']}")
        self.shows("still to pay")
        self.take("order-open", whole=True)
        self.tablet.tap("Take the money")
        self.take("order-take-money")
        self.close()
        self.go(f"#/order/{self.demo.paid()['id']}")
        self.shows("Payments")
        self.take("order-paid", whole=True)
        self.tablet.tap("Refund")
        self.page.get_by_label("Reason").fill("Corked")
        self.take("order-refund")
        self.close()

    def work_a_shift(self, context: BrowserContext) -> None:
        """From the float to the Z, with a drawer that is short."""
        self.page.get_by_role("link", name="No shift open").click()
        self.shows("No shift is open")
        for piece, count in (("$20", "5"), ("$5", "8"), ("$0.25", "40")):
            self.page.get_by_label(piece, exact=True).fill(count)
        self.take("shift-open", whole=True)
        self.page.get_by_role("button", name="As one amount").click()
        self.page.get_by_label("Float (USD)").fill("150.00")
        self.take("shift-open-amount")
        self.tablet.tap("Open the shift with $150.00")
        self.shows("Nothing was put in")
        self.take("shift-new")
        self.tablet.tap("No sale")
        self.page.get_by_label("Reason").fill("Change for a guest")
        self.take("shift-no-sale")
        self.tablet.tap("Note it")
        self.tablet.tap("Paid in")
        self.page.get_by_label("Amount (USD)").fill("20")
        self.page.get_by_label("Reason").fill("Coins from the bank on the corner")
        self.take("shift-paid-in")
        self.tablet.tap("Pay in $20.00")
        self.shows("on the corner")
        self.tablet.tap("X report")
        self.shows("X report")
        self.take("shift-x", whole=True)
        self.tablet.tap("To the shift")
        self.tablet.tap("Count the drawer")
        self.take("shift-count")
        self.page.get_by_label("$100", exact=True).fill("1")
        self.page.get_by_label("$20", exact=True).fill("3")
        self.page.get_by_label("$1", exact=True).fill("7")
        self.tablet.tap("Note $167.00")
        self.shows("short")
        self.take("shift-counted", whole=True)
        context.set_offline(True)
        self.shows("A shift needs the network")
        self.take("shift-offline", whole=True)
        context.set_offline(False)
        expect(self.page.get_by_role("button", name="Close the shift")).to_be_enabled()
        self.page.route("**/close", _lose_the_answer, times=1)
        self.tablet.tap("Close the shift")
        self.take("shift-close")
        self.tablet.tap("Close it and make the Z")
        self.shows("This may have been booked")
        self.take("shift-unanswered")
        self.tablet.tap("Try again")
        expect(self.page.locator(".sheet .paper")).to_be_visible()
        self.take("shift-z", whole=True)

    def look_around(self) -> None:
        self.go("#/settings")
        self.shows("Starts without network")
        self.take("settings")
        self.go("#/")
        self.tablet.lock_button.click()
        self.take("lock")
        self.sign_in()

    def speak_spanish(self) -> None:
        self.go("#/settings")
        self.page.get_by_role("button", name="Español").click()
        self.take("settings-spanish")
        self.go("#/")
        self.page.locator("#phone").fill(MEMBER)
        expect(self.page.locator(".same-again")).to_be_visible()
        self.take("phone-spanish")
        self.page.locator(".same-again").click()
        expect(self.page.locator(".pay-screen")).to_be_visible()
        self.take("pay-spanish")
        self.go("#/sell")
        self.take("catalogue-spanish")
        self.go("#/shift")
        expect(self.page.get_by_role("heading", name="No hay turno abierto")).to_be_visible()
        self.take("shift-spanish", whole=True)
        self.go("#/settings")
        self.page.get_by_role("button", name="English").click()

    def end(self) -> None:
        """The device's clock runs away, and the owner takes the register back."""
        self.page.clock.set_fixed_time(clock.now() + timedelta(minutes=17))
        self.page.get_by_role("button", name="Fetch the catalogue now").click()
        self.shows("17 minutes ahead")
        self.take("clock-wrong")
        self.demo.revoke("Counter")
        self.page.get_by_role("button", name="Fetch the catalogue now").click()
        self.shows("has been revoked")
        self.take("revoked")


def _not_secure(demo: Demo, camera: Camera) -> None:
    context = camera.context(service_workers="block")
    page = context.new_page()
    Tablet(page).enrol(demo.shop.slug, enrolment_code(demo.shop, "Terrace"))
    expect(page.get_by_text("This address is not secure")).to_be_visible()
    camera.take(page, "tablet-not-secure")
    context.close()


def _lose_the_answer(route: Route) -> None:
    """It arrives all the same."""
    route.fetch()
    route.abort()


def _keep_waiting(route: Route) -> None:
    """No answer, until the page is not routed any more."""
