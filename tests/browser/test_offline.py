"""Nothing that is sold at a tablet is lost or booked twice, whatever happens to the network, the browser, the device or the server."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.browsing import Profile
from tests.browser.tablet import Tablet, enrolment_code
from tests.browser.tablet_server import TabletServer
from tests.browser.watch import Watch
from tests.client import Shop

WITHOUT_NETWORK = (r"net::ERR_", r"Failed to load resource")
OPEN = Callable[..., Tablet]


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
