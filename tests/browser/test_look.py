"""The main states of all screens, on a phone and on a wide tablet: nothing scrolls sideways, is cut off, overlaps, is too small
for a finger or cannot be read. What else a page must not do, Watch notices. `make screens` looks at all states, from more sides."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import looking
from tests.browser.kitchen import Kitchen, place
from tests.browser.looking import Sight
from tests.browser.tablet import Tablet, enrolment_code
from tests.browser.tablet_server import TabletServer
from tests.checkout.counter import done

SIGHTS = [Sight(*looking.PHONE, "light"), Sight(*looking.TABLET, "dark")]
STRICT = {"default-src 'none'", "script-src 'self'", "style-src 'self'"}
Walk = Callable[[Page, TabletServer], Iterator[str]]


def at_the_counter(page: Page, server: TabletServer) -> Iterator[str]:
    tablet = Tablet(page).enrol(server.shop.slug, enrolment_code(server.shop, "Look"))
    yield "people"
    tablet.sign_in()
    tablet.type_number("4155550183")
    expect(page.get_by_role("heading", name="New customer")).to_be_visible()
    yield "new customer"
    tablet.tap("Sell", exact=True)
    tablet.add("House IPA")
    tablet.add("Pretzel")
    tablet.tap("Discount")
    yield "catalogue, and a discount"
    tablet.tap("Keep as tab")
    yield "dialog"
    tablet.tap("Close")
    tablet.tap("Pay ")
    yield "pay"
    tablet.tender_exactly()
    tablet.booked()
    yield "done"
    for where in ("orders", "queue", "shift"):
        page.evaluate("(where) => { location.hash = `#/${where}`; }", where)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        yield where


def in_the_kitchen(page: Page, server: TabletServer) -> Iterator[str]:
    shop = place(server.shop)
    kitchen = Kitchen(page).enrol(shop)
    yield "nothing to make"
    order, other = (shop.sell(tab_name="Table 7, by the big old tree", note="Allergic to nuts") for _ in range(2))
    done(shop.post(f"/orders/{order['id']}/cancel", {"reason": "They left"}, as_="owner"))
    expect(kitchen.ticket(other)).to_be_visible()
    kitchen.move(other, "Start")
    expect(kitchen.undo).to_be_visible()
    yield "tickets"
    for name in ("Recall", "This screen"):
        kitchen.tap(name)
        yield name
        kitchen.tap("Close")


def behind_a_link(page: Page, server: TabletServer) -> Iterator[str]:
    for name, how in {"to pay": {}, "paid": {"payment": {"method": "card"}, "join": True}}.items():
        page.goto(server.shop.sell(phone="4155550184", **how)["public_url"])
        yield name


def of_newcomers(page: Page, server: TabletServer) -> Iterator[str]:
    for address in ("/", "/_look"):
        page.goto(address)
        yield address


@pytest.mark.parametrize("walk", [at_the_counter, in_the_kitchen, behind_a_link, of_newcomers])
def test_screens_are_whole_and_can_be_used(walk: Walk, page: Page, tablet_server: TabletServer) -> None:
    policies: list[str] = []
    page.on("response", lambda answer: policies.append(answer.headers.get("content-security-policy", "")))

    found = [
        f"{name}, {sight}: {finding}"
        for name in walk(page, tablet_server)
        for sight in looking.from_all_sides(page, SIGHTS)
        for finding in looking.findings(page)
    ]

    assert found == []
    assert set(policies[0].split("; ")) >= STRICT


def test_looking_finds_what_an_eye_would(page: Page) -> None:
    page.set_content("""<html lang="en"><title>Wrong</title><main><style>
      .wide { width: 200vw } .small { width: 20px; height: 20px; padding: 0 } .over { margin-top: -2em } .tight { width: 60px; white-space: nowrap }
    </style><h1>Wrong</h1><p class="wide">wide</p><button class="small">x</button><p>under</p><p class="over">over</p>
      <button class="tight">much too long for it</button><p style="color: #ccc; background: #fff">pale</p></main>""")

    found = "\n".join(looking.findings(page))

    wrong = [
        "scrolls sideways",
        '"x" is a target of 20 × 20 px',
        "px of text in",
        "hangs over the edge",
        "overlap",
        "color-contrast",
    ]
    assert [each for each in wrong if each not in found] == [], found
