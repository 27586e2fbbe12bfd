"""The office as people use it: signed in as who they are, by what its fields and buttons are called."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import looking
from tests.browser.looking import Sight
from tests.browser.tablet_server import TabletServer
from tests.client import Shop
from tests.databases import PASSWORD

ROLES = ("owner", "manager", "cashier")
# The smallest window, where things go wrong first; `make screens` looks from all sides.
SIGHTS = [Sight(*looking.PHONE, "light")]
DESK = {"viewport": {"width": 1280, "height": 800}, "has_touch": False}


class Office:
    """One window of the office."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def go(self, path: str) -> "Office":
        """To a page below /office, which must be there."""
        answer = self.page.goto(f"/office{path}")
        assert answer is not None
        assert answer.status == 200, path
        return self

    def fill(self, **fields: str) -> "Office":
        """Types into fields by their labels; _ stands for a blank."""
        for label, text in fields.items():
            self.page.get_by_label(label.replace("_", " "), exact=True).fill(text)
        return self

    def press(self, name: str, *, sure: bool | None = None) -> "Office":
        """Presses a button. `sure` answers the question that it asks."""
        self.page.get_by_role("button", name=name, exact=True).click()
        if sure is not None:
            self.page.get_by_role("dialog").get_by_role("button", name="Yes" if sure else "No, leave it").click()
        return self

    def told(self, text: str) -> "Office":
        """What the page says of an act that is done."""
        expect(self.page.locator("#told")).to_contain_text(text)
        return self

    def refused(self, text: str) -> "Office":
        """What a form says of an act that was refused."""
        expect(self.page.get_by_role("alert")).to_contain_text(text)
        return self

    def findings(self, sights: list[Sight] | None = None) -> list[str]:
        """What an eye would stumble over on this page, and what axe finds."""
        at = self.page.url.partition("/office")[2]
        found = [
            f"/office{at}, {sight}: {finding}"
            for sight in looking.from_all_sides(self.page, sights or SIGHTS)
            for finding in looking.findings(self.page)
        ]
        self.page.set_viewport_size({"width": 1280, "height": 800})
        return found


def sign_in(page: Page, shop: Shop, role: str) -> Office:
    """By the form, as people do."""
    page.goto("/office")
    page.get_by_label("E-mail address").fill(address(shop, role))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation", name="Office")).to_be_attached()
    return Office(page)


def address(shop: Shop, role: str) -> str:
    return f"{role}@{shop.slug}.example"


def give_cashier_password(server: TabletServer) -> None:
    """The cashier of the test shops has only a PIN; this one may look into the office too."""
    shop = server.shop
    user = shop.get(f"/users/{shop.people['cashier']}", as_="owner")
    if user.json["email"] is None:
        change = {"email": address(shop, "cashier"), "password": PASSWORD}
        path = f"/users/{shop.people['cashier']}"
        assert shop.patch(path, change, version=user.json["version"]).status_code == 200


Desks = Callable[[str], Office]


def desks(server: TabletServer, new_context: Callable[..., BrowserContext], kept: dict[str, object]) -> Desks:
    """Opens the office as somebody. Who signed in once in this run comes in with the cookies of then."""

    def open_as(role: str) -> Office:
        if role in kept:
            return Office(new_context(**DESK, storage_state=kept[role]).new_page())
        if role == "cashier":
            give_cashier_password(server)
        context = new_context(**DESK)
        office = sign_in(context.new_page(), server.shop, role)
        kept[role] = context.storage_state()
        return office

    return open_as
