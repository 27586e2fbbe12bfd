"""The tablet as people use it: by what its buttons and fields are called. It counts the taps, and the numbers that are typed."""

import re
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict

from playwright.sync_api import Locator, Page, expect

from soak.product import until
from tests.client import Shop
from tests.databases import PIN

_BASE = """
  const opened = (asked) => new Promise((done, fail) => {
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
  const read = async (store, how) => {
    const base = await opened(indexedDB.open("tappass"));
    try {
      return await opened(base.transaction(store).objectStore(store)[how]());
    } finally {
      base.close();
    }
  };
"""
_ENTRIES = f"async () => {{ {_BASE} return read('outbox', 'getAll'); }}"
_SETTINGS = f"async () => {{ {_BASE} return read('settings', 'getAllKeys'); }}"
_STARTS_ALONE = f"""async () => {{
  {_BASE}
  await navigator.serviceWorker.ready;
  const kept = await read("settings", "getAllKeys");
  return navigator.serviceWorker.controller !== null && kept.some((name) => name.startsWith("pin:"));
}}"""
_SELL = (Path(__file__).parent / "selling.js").read_text()


class QuickSale(TypedDict):
    """Of one piece of a product, for the exact amount in cash."""

    phone: str | None
    product: str


def enrolment_code(shop: Shop, name: str | None = None) -> str:
    """Adds a register as the owner does, and gives its code."""
    register = {"name": name or f"Tablet {uuid.uuid4().hex[:8]}", "location_id": shop.location_id}
    made = shop.post("/registers", register, as_="owner")
    assert made.status_code == 201, made.text
    return made.json["enrolment_code"]


class Tablet:
    """One window of a tablet. `taps` is every button or link that was pressed but the digits of a number; `numbers`
    is how often a number was typed."""

    def __init__(self, page: Page, base_url: str = "") -> None:
        self.page, self.base_url = page, base_url
        self.taps = self.numbers = 0

    # Getting there

    def open(self, where: str = "") -> "Tablet":
        self.page.goto(f"{self.base_url}/tablet{where}")
        return self

    def enrol(self, store: str, code: str) -> "Tablet":
        """Makes it a register, by the address that the office's QR code holds."""
        self.open(f"#enrol={store}.{code}")
        self.tap("Make this a register")
        expect(self.page.get_by_role("heading", name="Who is there?")).to_be_visible()
        return self

    def sign_in(self, name: str = "Cashier", pin: str = PIN) -> "Tablet":
        self.enter_pin(name, pin)
        expect(self.lock_button).to_be_visible()
        return self

    def enter_pin(self, name: str, pin: str) -> None:
        """Without waiting for what comes of it."""
        self.tap(re.compile(f"^{re.escape(name)}"))
        self.page.get_by_label(f"PIN of {name}").fill(pin)
        self.tap("Sign in")

    @property
    def lock_button(self) -> Locator:
        """In the bar, with the name of whoever is there."""
        return self.page.get_by_role("button", name=re.compile("Lock$"))

    def wait_until_it_starts_alone(self) -> None:
        """Until the service worker has all files and this window is its own, and the device knows who may unlock it."""
        until(lambda: self.page.evaluate(_STARTS_ALONE), what="a tablet that starts without network")

    # Selling

    @property
    def phone(self) -> Locator:
        return self.page.get_by_label("Customer's phone number")

    def type_number(self, digits: str) -> None:
        """On the keys of the screen."""
        keys = self.page.get_by_role("group", name="Digits")
        for digit in digits:
            keys.get_by_role("button", name=digit, exact=True).click()
        self.numbers += 1

    def walk_in(self) -> None:
        self.tap("Walk-in")
        expect(self.page.get_by_role("searchbox")).to_be_visible()

    def sell_to(self, digits: str) -> None:
        """Types the number and goes on to the catalogue."""
        self.type_number(digits)
        self.tap("Sell", exact=True)

    def add(self, product: str) -> None:
        self.page.get_by_role("region", name="Catalogue").get_by_role(
            "button", name=re.compile(f"^{re.escape(product)}")
        ).click()
        self.taps += 1

    def pay_cash(self) -> None:
        """To the screen of payment, and the exact amount in cash."""
        self.tap(re.compile("^Pay "))
        self.tender_exactly()

    @property
    def cash(self) -> Locator:
        """The amounts that the customer may give, the exact one first."""
        return self.page.get_by_role("region", name="Cash").get_by_role("button")

    def tender_exactly(self) -> None:
        self.cash.first.click()
        self.taps += 1

    def booked(self) -> str:
        """Waits until the books have the sale that was just made; gives its reference."""
        heading = self.page.get_by_role("heading", name=re.compile("^Order "))
        expect(heading).to_be_visible()
        return heading.inner_text().removeprefix("Order ")

    def kept(self) -> None:
        """Waits until the screen says that the sale is safe here, without network."""
        expect(self.page.get_by_role("heading", name=re.compile("kept on this tablet"))).to_be_visible()

    def next_customer(self) -> None:
        self.tap("Next customer")

    def sell_walk_in(self, *products: str) -> None:
        """A whole sale for cash, up to the screen that tells what came of it."""
        self.walk_in()
        for product in products:
            self.add(product)
        self.pay_cash()

    def sell_all(self, sales: Sequence[QuickSale]) -> None:
        """By the same buttons, as fast as the screens go."""
        self.page.evaluate(_SELL, sales)

    def begin_selling(self, sales: Sequence[QuickSale]) -> None:
        """The same, without waiting for the end of it."""
        self.page.evaluate(f"(sales) => {{ ({_SELL})(sales); }}", sales)

    def tap(self, name: str | re.Pattern[str], *, exact: bool = False) -> None:
        """Presses the screen's button, or follows its link, of that name: the last one, which is the one on top."""
        screen = self.page.get_by_role("main")
        named = screen.get_by_role("button", name=name, exact=exact)
        named.or_(screen.get_by_role("link", name=name, exact=exact)).last.click()
        self.taps += 1

    # What became of the sales

    @property
    def badge(self) -> Locator:
        """What the bar says of the sales on this tablet."""
        return self.page.locator(".queue-badge")

    def expect_all_sent(self, timeout: float | None = None) -> None:
        expect(self.badge).to_contain_text("All sent", timeout=timeout)

    def entries(self) -> list[dict[str, Any]]:
        """The outbox as it lies on the device."""
        return sorted(self.page.evaluate(_ENTRIES), key=lambda entry: entry["made_at"])

    def settings(self) -> list[str]:
        """The names of what else lies on the device."""
        kept: list[str] = self.page.evaluate(_SETTINGS)
        return kept

    def states(self) -> list[str]:
        return [entry["state"] for entry in self.entries()]
