"""Texts in the office: a person answers what came in; a campaign goes from its draft to what came of it."""

from playwright.sync_api import Locator, Page, expect

from pos import config
from pos.messaging.gateway import SIGNATURE_HEADER, signature
from tests.browser import looking
from tests.browser.looking import Sight
from tests.browser.office import Desks, Office
from tests.browser.tablet_server import TabletServer
from tests.client import Shop
from tests.hosting import until
from tests.messaging.campaigning import ABROAD, asked, awake, policy, seen
from tests.texting import INBOUND, inbound

# The pages look again every five seconds, by the page's own clock.
LATER_MILLISECONDS = 6_000
PHONE, TABLET = [Sight(*looking.PHONE, "light")], [Sight(*looking.TABLET, "dark")]


def text_in(server: TabletServer, page: Page, phone: str, body: str) -> None:
    """A customer texts the shop, as Twilio tells it; then the page looks again."""
    settings, form = config.read(server.environment()), inbound(server.shop, phone, body)
    assert settings.twilio
    signed = signature(settings.twilio.auth_token, server.base_url + INBOUND, form)
    assert page.request.post(INBOUND, form=form, headers={SIGNATURE_HEADER: signed}).ok
    page.clock.fast_forward(LATER_MILLISECONDS)


def figure(page: Page, name: str) -> Locator:
    return page.locator(".figure").filter(has_text=name).locator("dd")


def test_manager_answers_a_text_that_came_in_meanwhile(office: Desks, tablet_server: TabletServer) -> None:
    # Given a manager who looks at the messages
    phone = "+14155550321"
    tablet_server.shop.sell(phone=phone, name="Grace Hopper")
    desk = office("manager")
    page, answer = desk.page, desk.page.get_by_label("Answer")
    page.clock.install()
    desk.go("/messages")

    # When a customer asks what the store cannot answer, and goes on while somebody types
    text_in(tablet_server, page, phone, "Is my jacket there?")
    page.get_by_role("region", name="Waits for you").get_by_role("link", name="Grace Hopper").click()
    answer.fill("It is at the bar 🎉")
    text_in(tablet_server, page, phone, "The blue one?")

    # Then what was typed is still there beside the new text, and is sent as it was foreseen
    log = page.get_by_role("log")
    expect(log.get_by_text("The blue one?")).to_be_visible()
    expect(answer).to_have_value("It is at the bar 🎉")
    expect(page.locator("output")).to_contain_text("1 segment, 18 characters, about $0.01. 🎉 makes it dear")
    assert desk.findings() == []
    desk.press("Send").told("Your answer is on its way.")
    expect(log.get_by_text("It is at the bar 🎉")).to_be_visible()
    expect(answer).to_have_value("")
    expect(page.get_by_role("button", name="Settled without an answer")).to_have_count(0)
    desk.go("/messages")
    expect(page.get_by_role("link", name="Grace Hopper")).to_have_count(1)
    assert desk.findings(PHONE) == []


def test_owner_sends_a_campaign_after_seeing_what_it_does(
    office: Desks, tablet_server: TabletServer, worker: None
) -> None:
    # Given one who agreed, and another who was never asked
    shop = tablet_server.shop
    _night_owls(shop)
    desk = office("owner").go("/messages/campaigns")
    page = desk.page

    # When the owner writes a draft, looks what it would do, changes it, and sends it
    page.get_by_role("link", name="Write a campaign").click()
    page.get_by_label("Name, for you alone").fill("Late night")
    page.get_by_label("Text", exact=True).fill("{first_name|friend}, we are open until two.")
    page.get_by_label("Tags, with commas between them").fill("night owl, early bird")
    page.get_by_label("Bronze").check()
    assert desk.findings(PHONE) == []
    desk.press("Save, and see what it would do").told("Nothing is sent yet")
    expect(page.get_by_text("Nobody would get it.")).to_be_visible()
    page.get_by_role("link", name="Change it").click()
    page.get_by_label("Bronze").uncheck()
    desk.press("Save, and see what it would do").told("Nothing is sent yet")
    expect(page.get_by_text("Hops: Noor, we are open until two. Reply STOP to opt out")).to_be_visible()
    expect(page.get_by_text("1 left out: no consent to marketing")).to_be_visible()
    assert desk.findings(TABLET) == []
    campaign = _of_page(desk, shop)
    assert campaign["segment"] == {"tags": ["night owl", "early bird"]}
    page.clock.install()
    desk.press("Send now", sure=True).told("It begins.")

    # Then it says how far it is, and what came of it
    until(lambda: seen(shop, campaign)["results"]["delivered"] == 1, what="the text")
    page.clock.fast_forward(LATER_MILLISECONDS)
    expect(figure(page, "Of these delivered")).to_have_text("1")
    expect(figure(page, "Left out")).to_have_text("1")
    assert desk.findings(PHONE) == []


def _night_owls(shop: Shop) -> None:
    """Two with a tag, where it is day."""
    policy(shop, countries=ABROAD)
    for number, consent in ((601, True), (602, None)):
        customer = shop.sell(phone=awake(number), name="Noor", marketing_consent=consent)["customer"]["id"]
        tagged = {"profile": {"tags": ["night owl"]}}
        asked(shop, f"/customers/{customer}", tagged, method="PATCH", **{"If-Match": "*"})


def _of_page(desk: Office, shop: Shop) -> dict[str, object]:
    """The campaign whose page is open."""
    found: dict[str, object] = seen(shop, {"id": desk.page.url.rpartition("/")[2]})
    return found
