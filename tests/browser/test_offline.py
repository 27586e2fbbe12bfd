"""Nothing that is sold at a tablet is lost or booked twice, whatever happens to the network, the browser, the device or the server."""

import subprocess
import sys
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Route

from tests.browser.browsing import Profile
from tests.browser.tablet import QuickSale, Tablet, enrolment_code
from tests.browser.tablet_server import TabletServer
from tests.browser.watch import Watch
from tests.client import Shop

WITHOUT_NETWORK = (r"net::ERR_", r"Failed to load resource")
SALES_EACH = 20


@pytest.fixture
def shop(tablet_server: TabletServer) -> Shop:
    return tablet_server.shop


@pytest.fixture
def tablet(context: BrowserContext, shop: Shop) -> Tablet:
    """A register with a cashier at it, that will start without network."""
    return at_work(Tablet(context.new_page()), shop)


def at_work(tablet: Tablet, shop: Shop) -> Tablet:
    name = f"Tablet {uuid.uuid4().hex[:8]}"
    tablet.enrol(shop.slug, enrolment_code(shop, name)).sign_in()
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
        """Until so many more are told, and goes on selling."""
        enough = len(self.told) + count
        self.tablet.begin_selling(sales(SALES_EACH))
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
    profile: Profile, tablet: Tablet, tablet_server: TabletServer, shop: Shop, watch: Watch, began: datetime
) -> None:
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
