"""Nothing that is sold at a tablet is lost or booked twice, whatever happens to the network, the browser, the device or the server."""

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.browsing import Profile
from tests.browser.tablet import QuickSale, Tablet, enrolment_code
from tests.browser.tablet_server import TabletServer
from tests.browser.watch import Watch
from tests.checkout.counter import paid
from tests.client import Shop
from tests.databases import PIN
from tests.operations import BINARY, PNG
from tests.running import until

WITHOUT_NETWORK = (r"net::ERR_", r"Failed to load resource")
SALES_EACH = 20
LONG_PIN = "471147"


@pytest.fixture
def shop(tablet_server: TabletServer) -> Shop:
    return tablet_server.shop


@pytest.fixture
def tablet(context: BrowserContext, shop: Shop) -> Tablet:
    """A register with a cashier at it, that will start without network."""
    return at_work(Tablet(context.new_page()), shop)


def at_work(tablet: Tablet, shop: Shop) -> Tablet:
    tablet.enrol(shop.slug, enrolment_code(shop)).sign_in()
    tablet.wait_until_it_starts_alone()
    return tablet


def orders_since(shop: Shop, began: datetime) -> list[dict[str, Any]]:
    """All that was booked since then, whatever it says of when it was sold."""
    found, after = [], ""
    while after is not None:
        path = f"/orders?limit=200{after and f'&after={after}'}"
        page = shop.get(path, as_="owner").json
        found += [order for order in page["data"] if order["received_at"] >= began.isoformat()]
        after = page["next"]
    return found


def patched(shop: Shop, path: str, **changes: Any) -> None:
    """As the owner, whatever was seen of it."""
    version = shop.get(path, as_="owner").headers["ETag"].strip('"')
    assert shop.patch(path, changes, version=version).status_code == 200


def items_of(shop: Shop, subject: str) -> dict[str, dict[str, Any]]:
    found = shop.get("/attention-items?limit=200", as_="owner").json["data"]
    return {item["kind"]: item for item in found if item["subject"] == subject}


def sales(count: int) -> list[QuickSale]:
    """Every other one to a walk-in."""
    goods = ("House IPA", "Pretzel", "Water")
    return [
        {"phone": None if number % 2 else f"41555501{number:02d}", "product": goods[number % 3]}
        for number in range(count)
    ]


class KillableTablet:
    """A tablet whose browser can be killed. `told` are the keys of the sales that its screen called kept."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self.told: set[str] = set()

    def open(self, *, offline: bool) -> Tablet:
        context = self._profile.open()
        context.set_offline(offline)
        context.expose_binding("told", lambda _, key: self.told.add(key))
        self.tablet = Tablet(context.new_page())
        return self.tablet

    def reopen(self) -> Tablet:
        """Killed in the middle of a sale, and opened again by whoever was there."""
        self._profile.kill()
        return self.open(offline=True).open().sign_in()

    def sell_some(self, count: int) -> None:
        """Until so many more are told, and goes on with another one."""
        enough = len(self.told) + count
        self.tablet.begin_selling(sales(count + 1))
        while len(self.told) < enough:
            self.tablet.page.wait_for_timeout(1)


@pytest.fixture
def began() -> datetime:
    return datetime.now(UTC)


def test_books_once_what_the_server_stored_without_an_answer(
    tablet: Tablet, shop: Shop, watch: Watch, began: datetime
) -> None:
    watch.expect(*WITHOUT_NETWORK, r"answer: 502 POST .*/orders$")
    answers = iter(["reset", "a page of a proxy"])

    def spoil(route: Route) -> None:
        spoiled = next(answers, None)
        if spoiled is None:
            return route.continue_()
        route.fetch()
        if spoiled == "reset":
            return route.abort("connectionreset")
        return route.fulfill(status=502, body="<h1>Bad gateway</h1>", content_type="text/html")

    tablet.page.context.route("**/api/v1/orders", spoil)

    tablet.sell_walk_in("House IPA")
    reference = tablet.booked()

    assert [order["reference"] for order in orders_since(shop, began)] == [reference]
    assert next(answers, None) is None


def test_two_tablets_lose_and_double_nothing_without_network_and_killed(
    profile: Profile, tablet: Tablet, tablet_server: TabletServer, watch: Watch, began: datetime
) -> None:
    shop = tablet_server.shop
    watch.expect(*WITHOUT_NETWORK)
    other = KillableTablet(profile)
    at_work(other.open(offline=False), shop)
    for context in (tablet.page.context, other.tablet.page.context):
        context.set_offline(True)

    tablet.sell_all(sales(SALES_EACH))
    for _ in range(2):
        other.sell_some(SALES_EACH // 3)
        other.reopen()
    other.tablet.sell_all(sales(SALES_EACH - len(other.tablet.entries())))
    kept = tablet.entries() + other.tablet.entries()
    for each in (tablet, other.tablet):
        each.page.context.set_offline(False)
        each.expect_all_sent()

    assert [entry["state"] for entry in kept] == ["waiting"] * 2 * SALES_EACH
    assert other.told <= {entry["key"] for entry in kept}
    orders = orders_since(shop, began)
    sent = [entry["order"]["id"] for entry in tablet.entries() + other.tablet.entries()]
    assert sorted(sent) == sorted(order["id"] for order in orders)
    assert sum(order["amount_paid"] for order in orders) == sum(entry["shown"]["total"] for entry in kept)
    assert audited(tablet_server) == "0 violation(s)"


def audited(tablet_server: TabletServer) -> str:
    """The last words of `flask audit`."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "audit"]
    said = subprocess.run(command, env=tablet_server.environment(), capture_output=True, text=True, check=True).stdout
    return " ".join(said.split()[-2:])


def test_two_windows_of_one_tablet_sell_a_basket_once(tablet: Tablet, shop: Shop, began: datetime) -> None:
    """The second window is a copy of the first one, basket and all, as browsers make it."""
    tablet.walk_in()
    tablet.add("House IPA")
    tablet.tap(re.compile("^Pay "))
    with tablet.page.context.expect_page() as opened:
        tablet.page.evaluate("() => { window.open(location.href); }")
    copy = Tablet(opened.value)
    copy.enter_pin("Cashier", PIN)

    both = [tablet, copy]
    for each in both:
        expect(each.cash.first).to_be_visible()
    for each in both:
        each.page.evaluate("() => { setTimeout(() => document.querySelector('.tenders button').click(), 50); }")

    [order] = {each.booked() for each in both}
    assert [each["reference"] for each in orders_since(shop, began)] == [order]


def test_starts_and_sells_without_server_and_says_who_sold(
    tablet: Tablet, tablet_server: TabletServer, shop: Shop, watch: Watch, began: datetime
) -> None:
    # Given a tablet that somebody with a long PIN has signed in at before, and somebody with a short one
    watch.expect(*WITHOUT_NETWORK)
    patched(shop, f"/users/{shop.people['manager']}", pin=LONG_PIN)
    for name, pin in (("Owner", PIN), ("Manager", LONG_PIN)):
        tablet.lock_button.click()
        tablet.sign_in(name, pin)
    tablet_server.stop()

    # When it is started again without server, and unlocked by PIN
    tablet.page.reload()
    tablet.enter_pin("Owner", PIN)
    expect(tablet.page.get_by_role("alert")).to_contain_text("only by a PIN of six digits or more")
    tablet.enter_pin("Manager", "0000")
    expect(tablet.page.get_by_role("alert")).to_contain_text("The PIN is wrong.")
    tablet.sign_in("Manager", LONG_PIN)
    tablet.sell_walk_in("House IPA")
    tablet.kept()
    tablet.page.reload()
    tablet.sign_in("Cashier")
    expect(tablet.badge).to_contain_text("1 sale waits")

    # Then the sale goes out when the server is back, in the name of who sold it
    tablet_server.start()
    tablet.expect_all_sent()
    [order] = orders_since(shop, began)
    assert order["user_id"] == shop.people["manager"]
    patched(shop, f"/users/{shop.people['manager']}", pin=PIN)


def test_repairs_or_hands_over_a_refused_sale_and_holds_up_no_other(
    tablet: Tablet, shop: Shop, watch: Watch, began: datetime
) -> None:
    # Given three sales without network, two of them to numbers that are none
    watch.expect(*WITHOUT_NETWORK)
    tablet.page.context.set_offline(True)
    tablet.sell_all(
        [
            {"phone": "9005550123", "product": "House IPA"},
            {"phone": "9005550124", "product": "Pretzel"},
            {"phone": None, "product": "Water"},
        ]
    )
    tablet.page.context.set_offline(False)

    # When the network is back, then the third one goes through, and the owner hears of the others
    until(lambda: [each["state"] for each in tablet.entries()] == ["refused", "refused", "sent"])
    expect(tablet.badge).to_contain_text("2 sales to repair")
    repaired, handed, sent = tablet.entries()
    until(lambda: all("refused_sale" in items_of(shop, f"sales:{each['key']}") for each in (repaired, handed)))

    # When one is sold to a walk-in, and the other left to the owner
    tablet.badge.click()
    tablet.page.get_by_role("button", name="Edit and send again").first.click()
    tablet.tap("Another customer")
    tablet.tap("Walk-in")
    tablet.pay_cash()
    reference = tablet.booked()
    tablet.badge.click()
    tablet.tap("Leave it to the owner")
    tablet.expect_all_sent()

    # Then the books have the first one once, as sold at the counter, and the second one is the owner's to settle
    orders = orders_since(shop, began)
    assert sorted(order["total"] for order in orders) == sorted(each["shown"]["total"] for each in (repaired, sent))
    assert reference in [order["reference"] for order in orders]
    assert [each["state"] for each in tablet.entries()] == ["sent", "handed", "sent"]
    assert items_of(shop, f"sales:{repaired['key']}")["refused_sale"]["resolution"] == "sold after all"
    assert items_of(shop, f"sales:{handed['key']}")["refused_sale"]["resolved_at"] is None


def test_takes_back_a_sale_by_link_that_got_no_answer(
    tablet: Tablet, shop: Shop, watch: Watch, began: datetime
) -> None:
    """The first one had arrived, the second one had not, the third one had and was paid at another register."""
    watch.expect(*WITHOUT_NETWORK)
    page, arrivals = tablet.page, {"House IPA", "Water"}

    def unheard(route: Route) -> None:
        if product in arrivals:
            arrivals.remove(product)
            route.fetch()
        route.abort()

    for product in ("House IPA", "Pretzel", "Water"):
        page.context.route("**/api/v1/orders", unheard)
        tablet.sell_to("4155550181")
        tablet.add(product)
        tablet.tap(re.compile("^Pay "))
        tablet.tap("Link as QR code")
        tablet.kept()
        if product == "Water":
            paid(shop, next(order for order in orders_since(shop, began) if order["amount_due"] == order["total"] > 0))
        tablet.tap("Take it back")
        tablet.pay_cash()
        tablet.kept()
        page.context.unroute("**/api/v1/orders")
        page.evaluate("() => dispatchEvent(new Event('online'))")
        tablet.expect_all_sent()
        tablet.next_customer()

    assert [each["state"] for each in tablet.entries()] == ["taken_back", "sent", "taken_back", "sent", "sent", "sent"]
    orders = orders_since(shop, began)
    in_force = sorted(order["amount_paid"] for order in orders if order["status"] != "canceled")
    assert in_force == sorted(each["shown"]["total"] for each in tablet.entries() if each["state"] == "sent")
    assert len(orders) == 6
    tablet.badge.click()
    expect(page.get_by_text("Taken back", exact=True)).to_have_count(2)
    expect(page.get_by_text("Paid meanwhile")).to_have_count(1)


def test_sells_at_the_new_price_after_a_refusal(tablet: Tablet, shop: Shop, began: datetime) -> None:
    tablet.walk_in()
    tablet.add("Pretzel")
    patched(shop, f"/products/{shop.products['PRETZEL']}", price=460)

    tablet.pay_cash()
    expect(tablet.page.get_by_role("alert")).to_contain_text("The price has changed")
    tablet.tap("Edit and send again")
    expect(tablet.page.get_by_role("button", name="Pay $5.06")).to_be_enabled()
    tablet.pay_cash()
    tablet.booked()

    assert [order["total"] for order in orders_since(shop, began)] == [506]
    patched(shop, f"/products/{shop.products['PRETZEL']}", price=450)


def test_keeps_the_basket_where_the_device_has_no_room(
    profile: Profile, tablet_server: TabletServer, shop: Shop, began: datetime
) -> None:
    # Given a tablet whose disk is full when it is started: later the browser would remember for a while that there was room
    at_work(Tablet(profile.open().new_page()), shop)
    profile.kill()
    page = profile.open().new_page()
    debugger, origin = page.context.new_cdp_session(page), {"origin": tablet_server.base_url}
    debugger.send("Storage.overrideQuotaForOrigin", origin | {"quotaSize": 1})
    tablet = Tablet(page).open().sign_in()

    # Then a sale is refused in words
    tablet.sell_walk_in("House IPA")
    expect(page.get_by_role("alert")).to_contain_text("This device has no room left")
    assert tablet.entries() == []
    assert orders_since(shop, began) == []

    # And goes through as soon as there is room
    debugger.send("Storage.overrideQuotaForOrigin", origin)
    tablet.tender_exactly()
    reference = tablet.booked()
    assert [order["reference"] for order in orders_since(shop, began)] == [reference]


def test_sets_right_the_time_of_a_tablet_whose_clock_is_wrong(
    tablet: Tablet, shop: Shop, watch: Watch, began: datetime
) -> None:
    watch.expect(*WITHOUT_NETWORK)
    tablet.page.clock.set_fixed_time(began - timedelta(days=400))
    tablet.page.context.set_offline(True)
    tablet.sell_walk_in("House IPA")
    tablet.kept()

    tablet.page.context.set_offline(False)
    tablet.booked()

    [order] = orders_since(shop, began)
    assert abs(datetime.fromisoformat(order["placed_at"]) - began) < timedelta(minutes=1)
    assert "clock_skew" in items_of(shop, f"orders:{order['id']}")
    expect(tablet.page.get_by_role("status").filter(has_text="minutes behind")).to_be_visible()


def test_sells_nothing_where_the_browser_keeps_nothing(context: BrowserContext, watch: Watch) -> None:
    watch.expect(r"page: SecurityError", r"denied")
    context.add_init_script("indexedDB.open = () => { throw new DOMException('denied', 'SecurityError'); };")
    tablet = Tablet(context.new_page()).open()

    expect(tablet.page.get_by_role("heading", name="Nothing can be kept here")).to_be_visible()
    expect(tablet.page.get_by_role("alert")).to_contain_text("no sale would be safe")


def test_keeps_no_page_that_came_in_place_of_a_file_and_tries_again(page: Page, watch: Watch) -> None:
    """Between a tablet and the server may stand who answers 200 with something else."""
    watch.expect(r"digest", *WITHOUT_NETWORK)
    spoiled: list[str] = []

    def spoil(route: Route) -> None:
        if not route.request.service_worker or spoiled:
            return route.continue_()
        spoiled.append(route.request.url)
        return route.fulfill(body="<h1>You are about to visit</h1>", content_type="text/javascript")

    page.context.route("**/_static/tablet/app.js", spoil)
    page.clock.install()
    tablet = Tablet(page).open()

    def has_tried_again() -> bool:
        page.clock.fast_forward(60_000)
        return bool(page.evaluate("async () => Boolean((await navigator.serviceWorker.getRegistration())?.active)"))

    until(has_tried_again, what="a worker that has all files")
    page.context.set_offline(True)
    tablet.open()

    assert spoiled
    expect(page.get_by_role("heading", name="Make this a register")).to_be_visible()


def test_shows_a_picture_that_it_has_shown_before_without_network(tablet: Tablet, shop: Shop, watch: Watch) -> None:
    # Given a product with a picture, and one whose picture was never shown here
    watch.expect(*WITHOUT_NETWORK)
    path = f"/products/{shop.products['IPA']}/image"
    sent = shop.request("PUT", path, as_="owner", data=PNG, headers={"Content-Type": BINARY})
    assert sent.status_code == 200, sent.get_data(as_text=True)
    try:
        tablet.open().sign_in()
        tablet.walk_in()
        picture = tablet.page.locator(".tile", has_text="House IPA").locator("img")
        until(lambda: picture.evaluate(_WIDTH) == 1)
        until(lambda: tablet.page.evaluate(_PICTURES_KEPT) == 1)

        # When it starts without network
        tablet.page.context.set_offline(True)
        tablet.open().sign_in()
        tablet.walk_in()

        # Then the picture is there
        until(lambda: picture.evaluate(_WIDTH) == 1)
        tablet.page.context.set_offline(False)
    finally:
        shop.request("DELETE", path, as_="owner")


_WIDTH = "image => image.complete ? image.naturalWidth : 0"
_PICTURES_KEPT = "async () => (await (await caches.open('pictures')).keys()).length"


def test_sends_a_sale_from_its_own_location_alone(
    tablet: Tablet, tablet_server: TabletServer, shop: Shop, watch: Watch, began: datetime
) -> None:
    # Given a sale that is not sent, and a basket that is not sold
    watch.expect(*WITHOUT_NETWORK)
    context = tablet.page.context
    context.route("**/api/v1/orders", lambda route: route.abort())
    tablet.sell_walk_in("House IPA")
    tablet.kept()
    tablet.next_customer()
    tablet.sell_to("4155550178")
    tablet.add("Pretzel")

    # When another window makes the device a register elsewhere, then this one hears of it, and the sale waits
    rates = {"standard": "0.02", "prepared": "0.02", "none": "0"}
    pier = {"name": "Pier", "timezone": "America/New_York", "tax_rates": rates}
    there = {"name": "Pier till", "location_id": shop.post("/locations", pier, as_="owner").json["id"]}
    second = Tablet(context.new_page())
    second.enrol(shop.slug, shop.post("/registers", there, as_="owner").json["enrolment_code"])
    context.unroute("**/api/v1/orders")
    expect(tablet.page.get_by_text("Pier · Pier till")).to_be_visible()
    second.sign_in().badge.click()
    second.tap("Send now")
    expect(second.page.get_by_text("Make this device a register of it again")).to_be_visible()
    assert orders_since(shop, began) == []

    # And goes out when it is a register of its location again
    second.enrol(shop.slug, enrolment_code(shop)).sign_in().expect_all_sent()
    [order] = orders_since(shop, began)
    assert order["location_id"] == shop.location_id

    # And in another store nobody hears of the basket
    other = tablet_server.shops[1]
    second.enrol(other.slug, enrolment_code(other))
    tablet.sign_in()
    tablet.page.get_by_role("link", name="Sell").click()
    expect(tablet.phone).to_be_visible()
    expect(tablet.page.get_by_text("A basket is open")).to_be_hidden()


def test_forgets_what_a_finder_could_use_and_sells_on_when_the_store_opens_again(
    tablet: Tablet, tablet_server: TabletServer, shop: Shop, watch: Watch
) -> None:
    watch.expect(*WITHOUT_NETWORK)
    tablet.page.context.set_offline(True)
    tablet.sell_walk_in("House IPA")
    tablet.kept()

    switch(tablet_server, shop, on=False)
    tablet.page.context.set_offline(False)
    expect(tablet.page.get_by_role("heading", name="Make this a register")).to_be_visible()
    until(lambda: set(tablet.settings()) == {"register"}, what="a tablet without PINs and catalogue")

    switch(tablet_server, shop, on=True)
    for is_away in (True, False):
        tablet.page.context.set_offline(is_away)
    tablet.sign_in().expect_all_sent()


def switch(tablet_server: TabletServer, shop: Shop, *, on: bool) -> None:
    with tablet_server.books.cursor() as cursor:
        cursor.execute("UPDATE stores SET is_active = %s WHERE slug = %s", (on, shop.slug))
