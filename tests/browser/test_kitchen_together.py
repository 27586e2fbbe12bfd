"""Three kitchen screens and two tablets at once: whatever is sold, taken back and tapped at the same moment, with a screen that loses
its network in the middle, in the end all show the same, and nothing was made twice."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.kitchen import Kitchen, add_station, as_shown, place, void
from tests.browser.tablet import Tablet, enrolment_code
from tests.browser.tablet_server import TabletServer
from tests.browser.test_offline import audited
from tests.browser.watch import Watch
from tests.checkout.counter import done
from tests.running import rows, until

IN_TIME_SECONDS = 2
AHEAD_MILLISECONDS = 150
# Of each line: how many units were sold, and how many were begun, also of what is not wanted any more.
UNITS = """
    SELECT lines.quantity, COALESCE(sum(portions.quantity) FILTER (WHERE portions.started_at IS NOT NULL), 0)
      FROM orders JOIN order_lines AS lines ON lines.order_id = orders.id LEFT JOIN portions ON portions.line_id = lines.id
     WHERE orders.location_id = %s GROUP BY lines.id, lines.quantity
"""
Open = Callable[..., BrowserContext]


class Service:
    """An evening at one location: `screens` by what they show (its station_id, or "" for all), and the tablets."""

    def __init__(self, server: TabletServer, open_context: Open) -> None:
        self.server = server
        self.shop = place(server.shops[1])
        bar, grill = add_station(self.shop, "Bar", "IPA"), add_station(self.shop, "Grill", "PRETZEL")
        self.screens = {shows: self._screen(open_context, shows) for shows in ("", bar, grill)}
        self.all, self.bar, self.grill = self.screens.values()
        self.tablets = [self._tablet(open_context) for _ in range(2)]

    def _screen(self, open_context: Open, shows: str) -> Kitchen:
        screen = Kitchen(open_context().new_page()).enrol(self.shop)
        return screen.choose(shows) if shows else screen

    def _tablet(self, open_context: Open) -> Tablet:
        tablet = Tablet(open_context().new_page()).enrol(self.shop.slug, enrolment_code(self.shop))
        return tablet.sign_in()

    def sold(self, tablet: Tablet, *products: str) -> dict[str, Any]:
        tablet.sell_walk_in(*products)
        reference = tablet.booked()
        tablet.next_customer()
        return done(self.shop.get(f"/orders/by-reference/{reference}"))

    def tap_together(self, count: int = 1) -> None:
        """All screens tap their oldest tickets at the same moment."""
        instant = time.time() * 1000 + AHEAD_MILLISECONDS
        for screen in self.screens.values():
            screen.tap_first_at(instant, count)
        self.all.page.wait_for_function("(instant) => Date.now() > instant", arg=instant)

    def asked(self, shows: str) -> list[Any]:
        """What the server shows of a station, or of all."""
        return as_shown(done(self.shop.get("/kitchen", query_string={"station_id": shows} if shows else {}))["tickets"])

    def agree(self) -> bool:
        return all(
            {tap["state"] for tap in screen.taps()} <= {"done"} and screen.shown() == self.asked(shows)
            for shows, screen in self.screens.items()
        )

    def expect_agreement(self) -> None:
        until(self.agree, IN_TIME_SECONDS, what="the agreement of all screens")

    def expect_nothing_twice(self) -> None:
        """Nothing hangs twice on a screen; no unit was begun twice, or by more than one tap."""
        for screen in self.screens.values():
            keys = screen.page.evaluate("() => [...document.querySelectorAll('.ticket h2')].map((each) => each.id)")
            assert len(keys) == len({*keys})
        units = rows(self.server.books, UNITS, self.shop.location_id)
        assert [each for each in units if each[1] > each[0]] == []
        taps = [tap for screen in self.screens.values() for tap in screen.taps() if tap["act"].get("to") == "making"]
        assert sum(tap["moved"] for tap in taps) == sum(begun for _, begun in units)


@pytest.fixture
def service(tablet_server: TabletServer, new_context: Open) -> Service:
    return Service(tablet_server, new_context)


def test_three_screens_agree_whatever_two_tablets_sell(service: Service, watch: Watch) -> None:
    watch.expect(r"net::ERR_", "Failed to load resource")
    counter, terrace = service.tablets
    shop = service.shop

    # Given orders of two tablets, and what is begun of them at the same moment
    first = service.sold(counter, "House IPA", "Pretzel", "Pretzel")
    second = service.sold(terrace, "Pretzel", "House IPA")
    expect(service.all.ticket(second)).to_have_count(2)
    service.tap_together()
    third = opened_tab(service, counter, "4155550191")
    service.expect_agreement()

    # When one screen loses its network, and all go on
    service.grill.page.context.set_offline(True)
    expect(service.grill.page.get_by_text("No network since")).to_be_visible()
    service.tap_together(2)
    add_round(terrace, "4155550191", "Pretzel")
    service.tap_together(3)
    fourth = service.sold(counter, "House IPA", "Pretzel", "Pretzel")
    void(shop, fourth, "PRETZEL")
    done(shop.post(f"/orders/{second['id']}/cancel", {"reason": "They left", "refund": True}, as_="owner"))
    service.tap_together(2)
    assert [tap["state"] for tap in service.grill.taps()].count("waiting") >= 3
    service.grill.page.context.set_offline(False)

    # Then all show the same, in time; and so to the end
    service.expect_agreement()
    service.expect_nothing_twice()
    expect(service.grill.ticket(fourth)).to_be_visible()
    expect(service.all.page.get_by_text("+ round 2")).to_be_visible()
    until(lambda: service.tap_together(9) or not service.asked(""), 60, what="the end of the work")
    service.expect_agreement()
    service.expect_nothing_twice()
    served = [done(shop.get(f"/orders/{each['id']}")) for each in (first, third, fourth)]
    assert {each["fulfillment_status"] for each in served} == {"completed"}
    assert audited(service.server) == "0 violation(s)"


def opened_tab(service: Service, tablet: Tablet, phone: str) -> dict[str, Any]:
    tablet.sell_to(phone)
    tablet.add("House IPA")
    tablet.tap("Keep as tab")
    tablet.page.get_by_label("Name of the tab").fill("Table 9")
    tablet.tap("Open the tab")
    reference = tablet.booked()
    tablet.next_customer()
    return done(service.shop.get(f"/orders/by-reference/{reference}"))


def add_round(tablet: Tablet, phone: str, product: str) -> None:
    tablet.type_number(phone)
    tablet.page.get_by_role("link", name="Open tab: Table 9").wait_for()
    tablet.tap("Add a round")
    tablet.add(product)
    tablet.tap("Add the round")
    expect(tablet.page.get_by_text("still to pay")).to_be_visible()
