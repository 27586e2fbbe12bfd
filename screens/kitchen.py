"""The kitchen's screen, in the middle of an evening: each state of a ticket, what was handed over, and what stands there without network."""

import re
from datetime import timedelta
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from pos import clock
from screens.camera import Camera
from screens.shop import MEMBER, Demo
from tests.browser import looking
from tests.browser.kitchen import Kitchen, place, void

NAME = "kitchen"
# All are looked at; of each these are kept.
KEPT = [each for each in looking.ALL if str(each) in ("1280-light", "820-dark", "390-light")]
Order = dict[str, Any]


def walk(demo: Demo, camera: Camera) -> None:
    camera.watch.expect(r"net::ERR_")
    context = camera.context()
    kitchen = Walk(context.new_page(), demo, camera)
    kitchen.enrol()
    kitchen.work()
    kitchen.look_around()
    kitchen.lose_the_network(context)
    context.close()


class Walk:
    """One screen at a location of its own, and the register beside it."""

    def __init__(self, page: Page, demo: Demo, camera: Camera) -> None:
        self.page, self.demo, self.camera = page, demo, camera
        self.kitchen = Kitchen(page)
        self.shop = place(demo.shop, "Old Mill Yard")

    def take(self, name: str) -> None:
        self.camera.take(self.page, f"kitchen-{name}", whole=True, kept=KEPT)

    def sell(self, *items: tuple[str, int], minutes: float = 0, **changes: Any) -> Order:
        """An order so many minutes old."""
        asked = [{"sku": sku, "quantity": quantity} for sku, quantity in items]
        order = self.shop.sell(**{"phone": None, "walk_in": True, "items": asked} | changes)
        self._age(order, minutes)
        return order

    def enrol(self) -> None:
        self.kitchen.open()
        expect(self.page.get_by_label("Code")).to_be_visible()
        self.take("enrol")
        self.kitchen.enrol(self.shop, "Kitchen")
        self.take("empty")

    def work(self) -> None:
        """One ticket of each kind."""
        late = self.sell(("WINGS", 2), ("HAZY", 3), minutes=12, tab_name="Table 7", note="Allergic to nuts")
        slow = self.sell(("BURGER", 1), ("PRETZEL", 2), minutes=6, **self._named("Grace Sample"))
        offline = {
            "offline": True,
            "placed_at": (clock.now() - timedelta(minutes=4)).isoformat(),
            "payment": {"method": "cash"},
        }
        items = [
            {"sku": "RINGS", "quantity": 1, "unit_price": 700, "note": "no salt, and the sauce in a cup of its own"}
        ]
        self.sell(minutes=4, items=items, **offline)
        fresh = self.sell(
            ("BURGER", 1), ("STOUT", 1), minutes=1, **self._named("Ada Example"), payment={"method": "card"}
        )
        ready = self.sell(("CAPP", 2), minutes=0.7, tab_name="Terrace")
        gone = self.sell(("AMBER", 2), minutes=0.5)
        self.kitchen.part(late, "Wings").click()
        self.kitchen.part(late, "Wings").get_by_text("making").wait_for()
        self.kitchen.part(slow, "Pretzel").click()
        self.kitchen.part(slow, "Pretzel").get_by_text("making").wait_for()
        self.kitchen.part(slow, "Pretzel").click()
        for act in ("Start", "Ready"):
            self.kitchen.move(ready, act)
        self.demo.owner(f"/orders/{late['id']}/lines", items=[{"sku": "AMBER", "quantity": 1}])
        void(self.shop, fresh, "STOUT")
        self.demo.owner(f"/orders/{gone['id']}/cancel", reason="They left")
        self.page.get_by_text("CANCELED").wait_for()
        self.page.get_by_text("+ round 2").wait_for()
        self.take("tickets")
        self.page.get_by_label("Station").select_option(label="Bar")
        expect(self.page.get_by_text("Grill:").first).to_be_visible()
        self.take("station")
        self.page.get_by_label("Station").select_option(label="All stations")

    def look_around(self) -> None:
        done = self.sell(("PRETZEL", 1), tab_name="Terrace")
        for act in ("Start", "Ready", "Handed over"):
            self.kitchen.move(done, act)
        self.kitchen.ticket(done).wait_for(state="hidden")
        self.kitchen.tap("Recall")
        self.take("recall")
        self.kitchen.tap("Close")
        self.kitchen.tap("This screen")
        self.take("settings")
        self.kitchen.tap("Español")
        self.page.keyboard.press("Escape")
        self.take("spanish")
        self.kitchen.tap("Esta pantalla")
        self.kitchen.tap("English")
        self.page.keyboard.press("Escape")

    def lose_the_network(self, context: BrowserContext) -> None:
        context.set_offline(True)
        self.page.get_by_text(re.compile("No network since")).wait_for()
        self.page.locator(".next-making").first.click()
        self.page.get_by_text("1 tap waits").wait_for()
        self.take("offline")
        context.set_offline(False)
        self.page.get_by_text(re.compile("No network since")).wait_for(state="hidden")

    def _named(self, name: str) -> dict[str, Any]:
        phone = MEMBER if name == "Ada Example" else "4155550165"
        return {"walk_in": None, "phone": phone, "name": name}

    def _age(self, order: Order, minutes: float) -> None:
        """As if it had been sold then."""
        earlier, cursor = f"{minutes} minutes", self.demo.books.cursor()
        cursor.execute(
            "UPDATE order_lines SET created_at = created_at - %s::interval WHERE order_id = %s", (earlier, order["id"])
        )
        cursor.execute("UPDATE orders SET placed_at = placed_at - %s::interval WHERE id = %s", (earlier, order["id"]))
