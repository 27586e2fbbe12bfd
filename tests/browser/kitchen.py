"""The kitchen's screen as people use it, and a location of its own to look at, where no other test sells."""

import re
import uuid
from dataclasses import replace
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.tablet import enrolment_code
from tests.checkout.counter import done, line_of, seen
from tests.client import Shop
from tests.running import until

# Of each ticket: what it is called, and of its lines how many are how far.
_SHOWN = """() => Array.from(document.querySelectorAll(".ticket"), (ticket) => [
  ticket.querySelector(".reference").textContent,
  ...Array.from(ticket.querySelectorAll(".part"), (part) => [
    part.querySelector(".name").textContent,
    part.classList[1],
    Number.parseInt(part.querySelector(".quantity").textContent),
  ]),
])"""
_TAPS = """async () => {
  const opened = (asked) => new Promise((done, fail) => {
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
  const base = await opened(indexedDB.open("tappass-kitchen"));
  try {
    return await opened(base.transaction("taps").objectStore("taps").getAll());
  } finally {
    base.close();
  }
}"""
_STARTS_ALONE = "() => navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller !== null)"
# The buttons of the first tickets, at an instant: so that screens tap at the same moment.
_TAP_AT = """([count, instant]) => {
  const tap = () => [...document.querySelectorAll(".ticket footer .main")].slice(0, count).forEach((button) => button.click());
  setTimeout(tap, instant - Date.now());
}"""
# What an oscillator is asked to play, since nobody listens in a test; and a browser that always wants a touch first, which this one decides by
# what it remembers of the site.
LISTEN = """() => {
  window.heard = [];
  window.AudioContext = class extends AudioContext {
    constructor() {
      super();
      this.suspend();
    }
  };
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) {
    window.heard.push(this.frequency.value);
    return start.apply(this, when);
  };
}"""
RATES = {"standard": "0.0825", "prepared": "0.1", "none": "0"}
NEW, VOID = [659, 880], [740, 587, 440]


def place(shop: Shop, name: str | None = None) -> Shop:
    """A location of its own, with a register that sells there."""
    name = name or f"Place {uuid.uuid4().hex[:8]}"
    location = done(
        shop.post("/locations", {"name": name, "timezone": "America/Los_Angeles", "tax_rates": RATES}, as_="owner"), 201
    )
    there = replace(shop, location_id=location["id"])
    code = enrolment_code(there, f"{name}, counter")
    enrolled = done(shop.post("/register/enrol", {"store": shop.slug, "code": code}, as_="nobody"))
    return replace(there, register_token=enrolled["token"], register_id=enrolled["register"]["id"])


def add_station(shop: Shop, name: str, sku: str) -> str:
    """A station, and the product that is made there; gives its id."""
    station_id: str = done(shop.post("/stations", {"name": name}, as_="owner"), 201)["id"]
    product = f"/products/{shop.products[sku]}"
    version = shop.get(product).headers["ETag"].strip('"')
    done(shop.patch(product, {"station_id": station_id}, version=version))
    return station_id


def void(shop: Shop, order: dict[str, Any], sku: str) -> None:
    """Takes the line with this product off the order, as the owner: again if somebody taps in the meantime."""

    def is_done() -> bool:
        now = done(shop.get(f"/orders/{order['id']}"))
        line = f"/orders/{order['id']}/lines/{line_of(now, sku)['id']}"
        answer = shop.request("DELETE", line, as_="owner", headers=seen(now), json={"reason": "Dropped"})
        assert answer.status_code in (200, 409), answer.text
        return answer.status_code == 200

    until(is_done, what="the void")


def as_shown(tickets: list[dict[str, Any]]) -> list[Any]:
    """The tickets of GET /kitchen as `Kitchen.shown` has them."""
    return [
        [each["reference"], *((part["name"], part["status"], part["quantity"]) for part in each["lines"])]
        for each in tickets
    ]


class Kitchen:
    """One window of a kitchen's screen."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, where: str = "") -> "Kitchen":
        self.page.goto(f"/kitchen{where}")
        return self

    def enrol(self, shop: Shop, name: str | None = None) -> "Kitchen":
        """By the address that a QR code would hold."""
        code = enrolment_code(shop, name or f"Kitchen {uuid.uuid4().hex[:8]}")
        self.open(f"#enrol={shop.slug}.{code}")
        self.tap("Make this a register")
        expect(self.page.get_by_role("button", name="Recall")).to_be_visible()
        return self

    def choose(self, station: str) -> "Kitchen":
        self.page.get_by_label("Station").select_option(station)
        return self

    def wait_until_it_starts_alone(self) -> None:
        assert self.page.evaluate(_STARTS_ALONE)

    # What it shows

    def shown(self) -> list[Any]:
        """All tickets, the oldest first: reference, and (name, state, units) of what is on it."""
        return [[reference, *map(tuple, parts)] for reference, *parts in self.page.evaluate(_SHOWN)]

    def ticket(self, order: dict[str, Any]) -> Locator:
        return self.page.get_by_role("article", name=order["reference"])

    def part(self, order: dict[str, Any], name: str) -> Locator:
        return self.ticket(order).locator(".part").filter(has_text=name)

    def taps(self) -> list[dict[str, Any]]:
        """What was tapped and lies on the device."""
        found: list[dict[str, Any]] = self.page.evaluate(_TAPS)
        return found

    def heard(self) -> list[float]:
        """What was played since the last time this was asked."""
        return self.page.evaluate("() => heard.splice(0).map(Math.round)")

    # What is tapped

    def tap(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).last.click()

    @property
    def undo(self) -> Locator:
        return self.page.get_by_role("button", name=re.compile("^Undo"))

    def button(self, order: dict[str, Any], act: str) -> Locator:
        """The ticket's button, when it is called so."""
        return self.ticket(order).locator("footer").get_by_role("button", name=re.compile(rf"^{act}\b"))

    def move(self, order: dict[str, Any], act: str) -> None:
        self.button(order, act).click()

    def tap_first_at(self, instant: float, count: int = 1) -> None:
        """The buttons of the oldest tickets, whatever they are called, at an instant (milliseconds); does not wait for it."""
        self.page.evaluate(_TAP_AT, [count, instant])
