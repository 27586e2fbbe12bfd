"""Settings in the office: a tablet enrolled by the code on the screen, people, places, what is one's own; managers look, owners act."""

from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, expect

from pos import clock
from pos.staff import second_factor
from tests.browser.office import Desks, sign_in
from tests.browser.tablet_server import TabletServer
from tests.browser.watch import Watch
from tests.client import new_key
from tests.databases import PASSWORD

PAGES = ("", "/locations", "/registers", "/people", "/texts", "/me")


def test_owner_enrols_a_tablet_by_the_code_and_revokes_it(
    office: Desks, new_context: Callable[..., BrowserContext]
) -> None:
    name = f"Window {new_key()[:6]}"
    desk = office("owner").go("/settings/registers").fill(Name_of_the_new_tablet=name).press("Enrol a tablet")

    expect(desk.page.get_by_alt_text("QR code that enrols a tablet")).to_be_visible()
    assert desk.findings() == []
    address = urlsplit(desk.page.get_by_role("link", name="this address").get_attribute("href") or "")
    tablet = new_context().new_page()
    tablet.goto(f"{address.path}#{address.fragment}")
    tablet.get_by_role("button", name="Make this a register").click()
    expect(tablet.get_by_role("button", name="Owner")).to_be_visible()

    desk.go("/settings/registers").page.get_by_role("link", name=name).click()
    expect(desk.page.get_by_text("enrolled", exact=True)).to_be_visible()
    assert desk.findings() == []
    desk.press("Revoke it", sure=True).told("The register is revoked.")
    expect(desk.page.get_by_text("revoked", exact=True)).to_be_visible()


def test_owner_adds_a_person_who_sets_up_a_second_factor(
    office: Desks, new_context: Callable[..., BrowserContext], tablet_server: TabletServer
) -> None:
    name = f"m{new_key()[:8]}"
    desk = office("owner").go("/settings/people")
    desk.page.get_by_text("Add a person").click()
    desk.fill(Name=name, Password=PASSWORD).page.get_by_label("E-mail address").fill(f"{name}@hops.example")
    desk.page.get_by_label("Role").select_option("manager")
    desk.press("Add").told("The person is there.")
    assert desk.findings() == []

    theirs = sign_in(new_context().new_page(), tablet_server.shop, name).go("/settings/me")
    theirs.fill(Your_password=PASSWORD).press("Set it up")
    expect(theirs.page.get_by_alt_text("QR code for the authenticator app")).to_be_visible()
    secret = theirs.page.locator("[data-shows=secret]").inner_text()
    theirs.fill(The_code_that_the_app_shows_now=second_factor.code_at(secret, clock.now())).press("Switch it on")
    theirs.told("It is on.")
    assert theirs.findings() == []

    page = new_context().new_page()
    page.goto("/office")
    page.get_by_label("E-mail address").fill(f"{name}@hops.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Code of your authenticator app")).to_be_visible()


def test_owner_changes_hours_and_rates_of_a_place(office: Desks, tablet_server: TabletServer) -> None:
    shop = tablet_server.shop
    desk = office("owner").go(f"/settings/locations/{shop.location_id}")

    desk.page.get_by_label("Monday opens", exact=True).fill("09:00")
    desk.page.get_by_label("Monday closes", exact=True).fill("17:30")
    desk.page.get_by_label("Another class").fill("takeaway")
    desk.page.get_by_label("Its rate").fill("7,25")
    desk.press("Save").told("Saved.")

    location = shop.get(f"/locations/{shop.location_id}").json
    assert location["opening_hours"] == {"mon": [["09:00", "17:30"]]}
    assert location["tax_rates"] == {
        "standard": "0.0825",
        "prepared": "0.1",
        "none": "0",
        "takeaway": "0.0725",
    }
    assert desk.findings() == []


def test_owner_asks_the_providers_what_is_wrong(office: Desks) -> None:
    desk = office("owner").go("/settings/connections")

    for provider in ("Stripe", "Twilio"):
        desk.press(f"Check {provider}").told(f"{provider} has answered.")
        card = desk.page.get_by_role("listitem").filter(has=desk.page.get_by_role("button", name=f"Check {provider}"))
        expect(card.get_by_role("listitem").first).to_be_visible()

    assert desk.findings() == []


def test_manager_looks_at_settings_and_changes_nothing(office: Desks, watch: Watch) -> None:
    watch.expect("status of 403")
    desk = office("manager")
    found = []

    for each in PAGES:
        desk.go(f"/settings{each}")
        found += desk.findings()
    assert found == []
    expect(desk.go("/settings").page.get_by_text("You may look; only owners change settings.")).to_be_visible()
    assert desk.page.goto("/office/settings/connections").status == 403  # type: ignore[union-attr]
