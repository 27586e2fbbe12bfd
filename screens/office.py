"""The pages of the office, as the owner sees them, with a shop in which something has happened."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from playwright.sync_api import Page

from pos import clock, ids
from screens.camera import Camera
from screens.shop import MEMBER, Demo
from tests.browser import looking

NAME = "office"
# Pages are long: of each these are kept, though all are looked at.
KEPT = [each for each in looking.ALL if str(each) in ("1280-light", "390-light", "820-dark")]
TWICE, TWICE_NAME = "4155550133", "Ada Exampel"


def walk(demo: Demo, camera: Camera) -> None:
    """Every page, and the states that take an act: a question, a refusal, what a rehearsal or a sheet would do."""
    camera.watch.expect(r"a status of 404 .*/office/nothing-of-this-name")
    context = camera.context(has_touch=False)
    office = Walk(context.new_page(), demo, camera)
    office.come_in()
    for name, path in office.pages():
        office.show(name, path)
    office.ask()
    office.refuse()
    office.enrol()
    office.connect()
    context.close()


class Walk:
    """One window in which the owner goes from page to page."""

    def __init__(self, page: Page, demo: Demo, camera: Camera) -> None:
        self.page, self.demo, self.camera = page, demo, camera

    def show(self, name: str, path: str) -> None:
        self.page.goto(f"/office{path}")
        self.take(name)

    def take(self, name: str) -> None:
        # The log has no end worth showing.
        self.camera.take(self.page, f"office-{name}", whole=name != "log", kept=KEPT)

    def come_in(self) -> None:
        self.page.goto("/office")
        self.take("sign-in")
        self.page.get_by_label("E-mail address").fill(str(self.demo.shop.extra["office_email"]))
        self.page.get_by_label("Password").fill(str(self.demo.shop.extra["office_password"]))
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_role("heading", level=1).wait_for()

    def pages(self) -> Iterator[tuple[str, str]]:
        """The name of each picture, and the address of its page."""
        found = self._found()
        yield from (
            ("today", ""), ("yesterday", f"?day={found['yesterday']}"), ("waiting", "/attention"), ("item", f"/attention/{found['item']}"), ("orders", "/orders"),
            ("order", f"/orders/{found['order']}"), ("kitchen", "/kitchen"), ("kitchen-times", "/kitchen/times"),
            ("shifts", "/shifts"), ("shift", f"/shifts/{found['shift']}"),
            ("z-reports", "/shifts/reports"), ("z-report", f"/shifts/reports/{found['z']}"), ("customers", "/customers"), ("customers-found", "/customers?q=ada"),
            ("story", f"/customers/{found['customer']}"), ("profile", f"/customers/{found['customer']}/profile"),
            ("care", f"/customers/{found['customer']}/care"),
            ("merge", f"/customers/{found['customer']}/merge?with={found['twice']}"),
            ("held", f"/customers/{found['twice']}/all"), ("messages", "/messages"),
            ("conversation", f"/messages/{found['conversation']}"), ("campaigns", "/messages/campaigns"),
            ("campaign", f"/messages/campaigns/{found['campaign']}"), ("tappass", "/loyalty"), ("members", "/loyalty/members"),
            ("member", f"/loyalty/members/{found['member']}"), ("programme", "/loyalty/program"), ("rewards", "/loyalty/rewards"),
            ("opportunities", "/loyalty/opportunities"), ("catalogue", "/catalog"),
            ("product", f"/catalog/products/{found['product']}"), ("stock", "/catalog/stock"), ("sheet", "/catalog/sheet"),
            ("coupons", "/catalog/coupons"), ("categories", "/catalog/categories"), ("health", "/health"), ("log", "/health/log"),
            ("settings", "/settings"), ("locations", "/settings/locations"), ("location", f"/settings/locations/{found['location']}"),
            ("registers", "/settings/registers"), ("people", "/settings/people"), ("texts", "/settings/texts"),
            ("connections", "/settings/connections"), ("yourself", "/settings/me"), ("nowhere", "/nothing-of-this-name"),
        )  # fmt: skip

    def ask(self) -> None:
        """What cannot be undone asks first."""
        self.page.goto(f"/office/customers/{self._customer(TWICE)}/care")
        self.page.get_by_role("button", name="Erase this customer").click()
        self.take("question")
        self.page.get_by_role("button", name="No, leave it").click()

    def refuse(self) -> None:
        self.page.goto(f"/office/customers/{self._customer(TWICE)}/care")
        self.page.get_by_label("The new number").fill("12")
        self.page.get_by_role("button", name="Change the number").click()
        self.page.get_by_role("button", name="Yes").click()
        self.page.get_by_role("alert").wait_for()
        self.take("refused")

    def enrol(self) -> None:
        self.page.goto("/office/settings/registers")
        self.page.get_by_label("Name of the new tablet").fill("Window")
        self.page.get_by_role("button", name="Enrol a tablet").click()
        self.page.get_by_alt_text("QR code that enrols a tablet").wait_for()
        self.take("enrol")

    def connect(self) -> None:
        """The web shop, last: what comes from there would stand on all other pages."""
        self.page.goto("/_sandbox/shop")
        self.page.get_by_role("button", name="Stock the shop").click()
        self.show("web-shop-unconnected", "/web-shop")
        self.page.get_by_label("Address of the shop").fill("http://shop.example.com")
        self.page.get_by_label("Consumer key").fill("ck_0")
        self.page.get_by_label("Consumer secret").fill("cs_0")
        self.page.get_by_role("button", name="Connect", exact=True).click()
        self.page.get_by_role("alert").wait_for()
        self.take("web-shop-refused")
        self.page.get_by_role("button", name="Connect the built-in shop").click()
        self.page.get_by_role("button", name="Read everything").click()
        self.page.get_by_role("button", name="Read what has changed", exact=True).wait_for()
        run, order = (
            self._first("/sync/logs"),
            self._of_web_shop("orders", "wc_order_id IS NOT NULL AND shipping > 0 AND status = 'completed'"),
        )
        product = self._of_web_shop("products", "is_of_web_shop AND wc_stock_quantity > 0")
        for name, path in (
            ("web-shop", "/web-shop"), ("web-shop-runs", "/web-shop/runs"), ("web-shop-run", f"/web-shop/runs/{run}"),
            ("web-shop-problems", "/web-shop/problems"), ("web-shop-connection", "/web-shop/connection"),
            ("web-order", f"/orders/{order}"), ("web-product", f"/catalog/products/{product}"),
        ):  # fmt: skip
            self.show(name, path)
        self.follow_a_run()

    def follow_a_run(self) -> None:
        """A run that is at work, and one that broke off."""
        cursor, log_id = self.demo.books.cursor(), str(ids.uuid7())
        progress = {"done": ["categories", "products"], "resource": "orders", "offset": 4200, "total": 18350}
        cursor.execute(
            "INSERT INTO sync_logs (store_id, id, sync_type, status, started_at, records_synced, records_changed, progress, lease_until) "
            "SELECT id, %s, 'full', 'running', now(), 4800, 4790, %s, now() + interval '1 hour' FROM stores",
            (log_id, json.dumps(progress)),
        )
        self.show("web-shop-running", "/web-shop")
        cursor.execute(
            "UPDATE sync_logs SET status = 'failed', completed_at = now(), next_retry_at = now() + interval '20 minutes', "
            "error_message = 'The shop does not answer in time.' WHERE id = %s",
            (log_id,),
        )
        self.show("web-shop-failed", "/web-shop")
        cursor.execute("DELETE FROM sync_logs WHERE id = %s", (log_id,))

    def _of_web_shop(self, table: str, where: str) -> str:
        """The first of what came from the web shop."""
        cursor = self.demo.books.cursor()
        cursor.execute(f"SELECT id::text FROM {table} WHERE {where} ORDER BY id LIMIT 1")
        return str(cursor.fetchone()[0])

    def _found(self) -> dict[str, str]:
        """What the addresses name, made where the shop has none yet."""
        demo, shop = self.demo, self.demo.shop
        order = demo.paid()
        demo.shop.sell(phone=TWICE, name=TWICE_NAME, join=True, items=[{"sku": "PILS", "quantity": 1}])
        campaign = demo.owner(
            "/campaigns", name="Quiet Tuesdays", body="Two for one on Tuesdays, {name}. Show this text.", language="en"
        )
        self._text_in()
        self._cook()
        z = self._z()
        return {
            "z": z["id"],
            "yesterday": (clock.now() - timedelta(days=1)).date().isoformat(),
            "shift": demo.register("/shifts", opening_float=15000)["id"],
            "item": self._item(),
            "order": str(order["id"]),
            "customer": self._customer(MEMBER),
            "twice": self._customer(TWICE),
            "campaign": str(campaign["id"]),
            "conversation": self._first("/conversations"),
            "member": str(shop.get("/members", query_string={"phone": MEMBER}, as_="owner").json["id"]),
            "product": self._first("/products"),
            "location": self._first("/locations"),
        }

    def _text_in(self) -> None:
        """A question that only a person can answer."""
        self.page.goto(f"/_sandbox/phone/+1{MEMBER}?paused=1")
        self.page.locator("[name=body]").fill("Do you have a table for eleven on Friday? My sister comes.")
        self.page.get_by_role("button", name="Send").click()
        self.demo.until_listed("/conversations", is_waiting="true")

    def _cook(self) -> None:
        """Stations, one of which is closed, and things that were made."""
        demo = self.demo
        demo.owner("/stations", name="Window", position=9, is_active=False)
        made = demo.tab()
        lines = [{"line_id": line["id"], "quantity": line["quantity"]} for line in made["lines"]]
        for start, end in (("waiting", "making"), ("making", "ready")):
            demo.register(f"/orders/{made['id']}/preparation", lines=lines, **{"from": start, "to": end})
        demo.books.cursor().execute(
            "UPDATE portions SET ready_at = started_at + quantity * interval '127 seconds' WHERE status = 'ready'"
        )

    def _z(self) -> dict[str, Any]:
        """Of a shift with sales of all sorts, whose drawer is short."""
        demo = self.demo
        shift = demo.register("/shifts", opening_float=15000)
        demo.paid()
        demo.tab()
        cash = demo.shop.sell(
            items=[{"sku": "PILS", "quantity": 3}], tip=200, payment={"method": "cash", "tendered": 5000}
        )
        demo.owner(f"/orders/{cash['id']}/refunds", amount=850, reason="Flat")
        demo.owner(
            f"/shifts/{shift['id']}/movements", kind="paid_out", amount=1250, reason="Ice from the shop next door"
        )
        demo.register(f"/shifts/{shift['id']}/movements", kind="no_sale", reason="Change for a guest")
        report = demo.shop.get(f"/shifts/{shift['id']}/report").json
        demo.register(f"/shifts/{shift['id']}/counts", cash=report["drawer"]["expected"] - 300, card=2650)
        return demo.register(f"/shifts/{shift['id']}/close")

    def _item(self) -> str:
        self.demo.books.cursor().execute(
            "INSERT INTO attention_items (store_id, id, kind, subject, detail) SELECT store_id, %s, 'stock_below_zero', "
            "'products:' || id, '{\"stock\": -2}' FROM products ORDER BY id LIMIT 1",
            (str(ids.uuid7()),),
        )
        return self._first("/attention-items")

    def _first(self, path: str) -> str:
        return str(self.demo.shop.get(path, as_="owner").json["data"][0]["id"])

    def _customer(self, phone: str) -> str:
        return str(self.demo.shop.get("/customers", query_string={"phone": phone}, as_="owner").json["id"])
