"""The pages of guests and of newcomers: each state of an order, as whoever has its link sees it."""

from typing import Any

from playwright.sync_api import Page

from screens.camera import Camera
from screens.shop import MEMBER, Demo

NAME = "guest"
# Forms that are refused and links that have ended are among what is looked at.
ASKED_FOR = r"a status of 4\d\d .* http://[^/]+/(hops|_sandbox)/"
FOOD = [
    {"sku": "HAZY", "quantity": 2},
    {"sku": "BURGER", "quantity": 1, "note": "no onions, and the sauce in a cup of its own"},
]
NEWCOMERS = {"greeting": "/", "sandbox-phone": f"/_sandbox/phone/+1{MEMBER}?paused=1"}
STRANGER = "4155550171"
Order = dict[str, Any]


def walk(demo: Demo, camera: Camera) -> None:
    camera.watch.expect(ASKED_FOR)
    context = camera.context()
    guest = Walk(context.new_page(), demo, camera)
    guest.greet()
    guest.pay_by_link()
    guest.pay_at_the_counter()
    guest.get_money_back()
    guest.follow_no_link()
    context.close()


class Walk:
    """One phone that opens the links of one order after the other."""

    def __init__(self, page: Page, demo: Demo, camera: Camera) -> None:
        self.page, self.demo, self.camera = page, demo, camera

    def take(self, name: str) -> None:
        self.camera.take(self.page, f"guest-{name}", whole=True)

    def show(self, order: Order, name: str, language: str = "en") -> None:
        self.page.goto(f"{order['public_url']}?lang={language}")
        self.take(name)

    def sell(self, **changes: Any) -> Order:
        return self.demo.shop.sell(**{"phone": STRANGER, "items": FOOD} | changes)

    def linked(self, **changes: Any) -> Order:
        """With the link that Stripe has made."""
        order = self.sell(payment_link={}, **changes)
        return self.demo.until(order, lambda now: now["payment_link"]["status"] == "active")

    def at_stripe(self, order: Order, outcome: str) -> None:
        """The guest acts on the sandbox's page of the order's link."""
        self.page.goto(order["payment_link"]["provider_url"])
        self.page.locator(f"[name=outcome][value={outcome}]").click()
        self.page.wait_for_load_state()

    def greet(self) -> None:
        for name, address in NEWCOMERS.items():
            self.page.goto(address)
            self.camera.take(self.page, name, whole=True)

    def pay_by_link(self) -> None:
        order = self.linked()
        self.show(order, "to-pay")
        self.show(order, "to-pay-spanish", "es")
        self.page.goto(f"{order['public_url']}?lang=en")
        self.page.get_by_label("Another tip").fill("a lot")
        self.page.get_by_role("button", name="Set tip").click()
        self.take("tip-refused")
        self.page.goto(order["payment_link"]["provider_url"])
        self.camera.take(self.page, "sandbox-pay", whole=True)
        self.at_stripe(order, "later")
        self.demo.until(order, lambda now: now["payments"])
        self.show(order, "confirming")
        self.at_stripe(order, "later_fails")
        again = self.demo.until(
            order, lambda now: (now["payment_link"]["attempt"], now["payment_link"]["status"]) == (2, "active")
        )
        self.show(order, "declined")
        self.at_stripe(again, "pay")
        self.demo.until(order, lambda now: now["payment_status"] == "paid")
        self.show(order, "paid-no-member")
        self.page.get_by_role("button", name="Join and keep these points").click()
        self.take("joined")

    def pay_at_the_counter(self) -> None:
        paid = self.sell(phone=MEMBER, tip=400, payment={"method": "card"})
        self.show(paid, "paid-member")
        self.show(self.sell(phone=None, walk_in=True, payment={"method": "cash"}), "paid-walk-in")
        self.demo.books.cursor().execute(
            "UPDATE orders SET amount_paid = amount_paid + 500 WHERE id = %s", (paid["id"],)
        )
        self.show(paid, "paid-too-much")
        torn = {"sku": "CHIPS", "quantity": 1, "discount": {"amount": 280, "reason": "Torn"}}
        cheap = self.sell(items=[torn], as_="owner", location_id=self.demo.shop.location_id)
        self.show(cheap, "counter-only")

    def get_money_back(self) -> None:
        order = self.sell(payment={"method": "card"})
        self.demo.owner(f"/orders/{order['id']}/fulfillment", status="completed")
        self.demo.owner(f"/orders/{order['id']}/refunds", amount=850, reason="Flat")
        self.show(order, "refunded-in-part")
        order = self.sell(payment={"method": "card"})
        self.demo.owner(f"/orders/{order['id']}/cancel", reason="Spilled", refund=True)
        self.show(order, "canceled")

    def follow_no_link(self) -> None:
        """A refused form, and a link that is none of ours."""
        order = self.sell(payment={"method": "card"})
        self.page.goto(f"{order['public_url'].replace('/o/', '/p/')}?lang=en")
        paid = self.linked()
        self.page.goto(f"{paid['public_url']}?lang=en")
        self.demo.owner(f"/orders/{paid['id']}/cancel", reason="Spilled")
        self.page.locator("#pay-button").click()
        self.take("refused")
        self.page.goto("/hops/o/00000000000000000000000000000000?lang=en")
        self.take("unknown-link")
