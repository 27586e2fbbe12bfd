"""A cashier's shift at the tablet: the drawer counted by notes and coins, money that moves without a sale, the count that is blind, the Z."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.accessible import assert_accessible
from tests.browser.tablet import Tablet, enrolment_code
from tests.browser.tablet_server import TabletServer
from tests.browser.watch import Watch
from tests.client import Shop, new_key
from tests.databases import PIN

IPA = 866
PRINTED = """() => { window.print = () => { window.paper = document.querySelector("body > .paper").innerText; }; }"""
DRAWER = """async (asked) => {
  const { drawerSum, piecesOf } = await import("/_static/tablet/rules/drawer.js");
  return asked.map(([name, ...facts]) => ({ drawerSum, piecesOf })[name](...facts));
}"""
CURRENCIES = ("AUD", "CAD", "CHF", "EUR", "GBP", "JPY", "MXN", "NZD", "USD")


@pytest.fixture
def shop(tablet_server: TabletServer) -> Shop:
    return tablet_server.shop


@pytest.fixture
def name() -> str:
    return f"Till {new_key()[:8]}"


@pytest.fixture
def tablet(page: Page, shop: Shop, name: str) -> Tablet:
    """A register at which a cashier has signed in, and that never had a shift."""
    return Tablet(page).enrol(shop.slug, enrolment_code(shop, name)).sign_in()


def test_cashier_works_a_shift_from_the_float_to_the_z(tablet: Tablet, shop: Shop, name: str) -> None:
    # Given a float that is counted note by note, and a drawer that is used in all ways
    page = tablet.page
    page.evaluate(PRINTED)
    _mark(page, "No shift open").click()
    _count(page, {"$20": "5", "$5": "8", "$0.25": "40"})
    assert_accessible(page)
    tablet.tap("Open the shift with $150.00")
    expect(page.get_by_role("heading", name="Shift 1")).to_be_visible()
    _sell(tablet)
    page.get_by_role("link", name=re.compile("^Shift since")).click()
    _move(page, "Paid in", "20", "Coins from the bank")
    _move(page, "Paid out", "12,50", "Ice")
    _approve(page)
    expect(page.get_by_text("-$12.50")).to_be_visible()
    _move(page, "No sale", None, "Change for a guest")
    expect(page.get_by_text("Change for a guest")).to_be_visible()
    expect(page.get_by_role("button", name="Close the shift")).to_be_disabled()

    # When it is counted, which shows what was expected only then, and counted again
    tablet.tap("Count the drawer")
    dialog = page.get_by_role("dialog")
    expect(dialog).not_to_contain_text("Expected")
    _count(page, {"$100": "1", "$20": "3", "$1": "6"})
    dialog.get_by_label(re.compile("^Cards")).fill("0")
    assert_accessible(page)
    dialog.get_by_role("button", name="Note $166.00").click()
    expect(page.get_by_text("$0.16 short")).to_be_visible()
    tablet.tap("Count the drawer")
    dialog.get_by_role("button", name="As one amount").click()
    for digit in "16613":
        dialog.get_by_role("group", name="Digits").get_by_role("button", name=digit, exact=True).click()
    dialog.get_by_role("button", name="Note $166.13").click()
    expect(page.get_by_text("$0.03 short")).to_be_visible()
    assert_accessible(page)
    tablet.tap("Close the shift")
    expect(dialog).to_contain_text("$166.13 in cash was counted last")
    dialog.get_by_role("button", name="Close it and make the Z").click()

    # Then the Z stands there as it prints, the books have it, and no shift is open
    sheet = page.locator(".sheet .paper")
    expect(sheet).to_contain_text("Z")
    expect(sheet).to_contain_text("$166.13")
    assert_accessible(page)
    tablet.tap("Print")
    page.wait_for_function("() => window.paper")
    assert "$166.13" in page.evaluate("window.paper")
    [z] = _reports(shop, name)
    assert (z["kind"], z["number"], z["drawer"]["expected"], z["drawer"]["difference"]) == (
        "z",
        1,
        15000 + IPA + 750,
        -3,
    )
    assert [(each["kind"], each["amount"]) for each in z["movements"]] == [
        ("paid_in", 2000), ("paid_out", 1250), ("no_sale", 0),
    ]  # fmt: skip
    tablet.tap("To the shift")
    expect(page.get_by_role("heading", name="No shift is open")).to_be_visible()
    expect(_mark(page, "No shift open")).to_be_visible()


def test_what_is_no_amount_is_not_counted(tablet: Tablet) -> None:
    page = tablet.page
    _open(tablet)
    tablet.tap("Count the drawer")
    dialog = page.get_by_role("dialog")
    other, cards = (dialog.get_by_label(re.compile(f"^{label}")) for label in ("Anything else", "Cards"))

    _count(page, {"$20": "3 notes"})
    expect(dialog.get_by_role("button", name="Note $60.00")).to_be_enabled()
    other.fill("a roll")
    expect(dialog.get_by_role("button", name="Note the count")).to_be_disabled()
    other.fill("5.50")
    cards.fill("none")
    expect(dialog.get_by_role("button", name="Note $65.50")).to_be_disabled()
    cards.fill("")
    expect(dialog.get_by_role("button", name="Note $65.50")).to_be_enabled()


def test_x_shows_how_the_shift_stands_and_prints(tablet: Tablet) -> None:
    page = tablet.page
    page.evaluate(PRINTED)
    _open(tablet)
    _sell(tablet)
    page.get_by_role("link", name=re.compile("^Shift since")).click()

    tablet.tap("X report")

    sheet = page.locator(".sheet .paper")
    expect(sheet).to_contain_text("$8.66")
    tablet.tap("Print")
    page.wait_for_function("() => window.paper")
    assert "$8.66" in page.evaluate("window.paper")


def test_who_closes_what_another_window_has_closed_is_told_and_sees_it(
    tablet: Tablet, context: BrowserContext, shop: Shop, name: str
) -> None:
    _open(tablet)
    _note(tablet, "100")
    other = Tablet(context.new_page()).open("#/shift").sign_in()
    expect(other.page.get_by_role("button", name="Close the shift")).to_be_enabled()
    tablet.page.bring_to_front()
    tablet.tap("Close the shift")
    other.page.bring_to_front()
    other.tap("Close the shift")
    other.page.get_by_role("dialog").get_by_role("button", name="Close it and make the Z").click()
    expect(other.page.locator(".sheet .paper")).to_be_visible()

    tablet.page.bring_to_front()
    tablet.page.get_by_role("dialog").get_by_role("button", name="Close it and make the Z").click()

    expect(tablet.page.get_by_text("The shift was closed in the meantime")).to_be_visible()
    expect(tablet.page.get_by_role("heading", name="No shift is open")).to_be_visible()
    assert len(_reports(shop, name)) == 1


def test_what_got_no_answer_is_repeated_and_happens_once(tablet: Tablet, shop: Shop, name: str, watch: Watch) -> None:
    # Given an opening and a closing that arrive, and whose answers are lost
    page = tablet.page
    watch.expect("net::ERR_FAILED")
    _mark(page, "No shift open").click()
    _count(page, {"$20": "5"})
    page.route("**/api/v1/shifts", _unheard, times=1)
    tablet.tap("Open the shift with $100.00")
    expect(_unanswered(page)).to_contain_text("Open the shift with $100.00")
    page.reload()
    tablet.sign_in()
    tablet.tap("Try again")
    expect(page.get_by_role("heading", name="Shift 1")).to_be_visible()
    expect(_unanswered(page)).to_be_hidden()
    _note(tablet, "100")
    page.route("**/close", _unheard, times=1)
    tablet.tap("Close the shift")
    page.get_by_role("dialog").get_by_role("button", name="Close it and make the Z").click()

    # When the tablet starts anew and tries again
    expect(_unanswered(page)).to_contain_text("Close it and make the Z")
    page.reload()
    tablet.sign_in()
    expect(_unanswered(page)).to_be_visible()
    assert_accessible(page)
    tablet.tap("Try again")

    # Then the Z is the one that was made then
    expect(page.locator(".sheet .paper")).to_be_visible()
    assert len(_reports(shop, name)) == 1


def test_without_network_it_says_so_and_cash_goes_on(
    tablet: Tablet, context: BrowserContext, shop: Shop, watch: Watch
) -> None:
    page = tablet.page
    watch.expect("net::ERR_INTERNET_DISCONNECTED")
    _open(tablet)
    context.set_offline(True)

    expect(page.get_by_text("A shift needs the network.")).to_be_visible()
    for act in ("Paid in", "Paid out", "No sale", "Count the drawer"):
        expect(page.get_by_role("button", name=act)).to_be_disabled()
    assert_accessible(page)
    page.get_by_role("link", name="Sell", exact=True).click()
    tablet.sell_walk_in("House IPA")
    tablet.kept()
    context.set_offline(False)
    tablet.expect_all_sent()

    page.get_by_role("link", name=re.compile("^Shift since")).click()
    _note(tablet, "108.66")
    expect(page.get_by_text("exact", exact=True)).to_be_visible()


def test_spanish_shift(tablet: Tablet, shop: Shop, name: str) -> None:
    page = tablet.page
    page.get_by_role("link", name="This tablet").click()
    tablet.tap("Español")
    page.get_by_role("link", name="Sin turno").click()

    _count(page, {"20": "5"})
    tablet.tap(re.compile("^Abrir el turno con"))
    expect(page.get_by_role("heading", name="Turno 1")).to_be_visible()
    tablet.tap("Contar el cajón")
    _count(page, {"20": "4"})
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Anotar")).click()
    expect(page.get_by_text(re.compile("^faltan "))).to_be_visible()
    assert_accessible(page)
    tablet.tap("Cerrar el turno")
    page.get_by_role("dialog").get_by_role("button", name="Cerrarlo y hacer el Z").click()

    expect(page.locator(".sheet .paper")).to_be_visible()
    [z] = _reports(shop, name)
    assert z["drawer"]["difference"] == -2000


def test_drawer_is_summed_to_the_unit(page: Page) -> None:
    cases: list[tuple[list[Any], int | None]] = [
        ([{}, None], None),
        ([{"2000": ""}, None], None),
        ([{"2000": "0"}, None], 0),
        ([{"2000": "5", "25": "17", "1": ""}, None], 10425),
        ([{"2000": "5"}, 99], 10099),
        ([{}, 0], 0),
        ([{"10000": "99999999"}, 10**12], None),
    ]
    page.goto("/")

    sums = page.evaluate(DRAWER, [["drawerSum", *asked] for asked, _ in cases])
    pieces = page.evaluate(DRAWER, [["piecesOf", currency] for currency in (*CURRENCIES, "XXX")])

    assert sums == [expected for _, expected in cases]
    assert pieces.pop() is None
    for currency, found in zip(CURRENCIES, pieces, strict=True):
        values = found["notes"] + found["coins"]
        assert values == sorted(set(values), reverse=True), (currency, json.dumps(found))


def _mark(page: Page, said: str) -> Any:
    """What the bar says of the shift, which leads to it."""
    return page.get_by_role("link", name=said)


def _open(tablet: Tablet) -> None:
    """With a float of a hundred dollars."""
    _mark(tablet.page, "No shift open").click()
    _count(tablet.page, {"$100": "1"})
    tablet.tap("Open the shift with $100.00")
    expect(tablet.page.get_by_role("heading", name="Shift 1")).to_be_visible()


def _count(page: Page, pieces: dict[str, str]) -> None:
    """By the field of each note and coin."""
    for value, count in pieces.items():
        page.get_by_label(re.compile(rf"^\D*{re.escape(value.removeprefix('$'))}\D*$")).last.fill(count)


def _note(tablet: Tablet, amount: str) -> None:
    """Counts the drawer as one amount."""
    tablet.tap("Count the drawer")
    dialog = tablet.page.get_by_role("dialog")
    dialog.get_by_role("button", name="As one amount").click()
    dialog.get_by_label("Cash in the drawer (USD)").fill(amount)
    dialog.get_by_role("button", name=re.compile("^Note ")).click()
    expect(dialog).to_be_hidden()


def _sell(tablet: Tablet) -> None:
    """A beer for cash."""
    tablet.page.get_by_role("link", name="Sell", exact=True).click()
    tablet.sell_walk_in("House IPA")
    tablet.booked()


def _move(page: Page, kind: str, amount: str | None, reason: str) -> None:
    page.get_by_role("button", name=kind, exact=True).click()
    dialog = page.get_by_role("dialog")
    if amount:
        dialog.get_by_label(re.compile("^Amount")).fill(amount)
    dialog.get_by_label("Reason").fill(reason)
    dialog.get_by_role("button", name=re.compile("^(Pay in|Pay out|Note it)")).click()
    if kind != "Paid out":
        expect(dialog).to_be_hidden()


def _approve(page: Page) -> None:
    approval = page.get_by_role("dialog", name="A manager has to approve this")
    approval.get_by_role("button", name=re.compile("^Manager")).click()
    approval.get_by_label("PIN of Manager").fill(PIN)
    approval.get_by_role("button", name="Approve").click()
    expect(approval).to_be_hidden()


def _unheard(route: Route) -> None:
    """It arrives, and its answer is lost."""
    if route.request.method != "POST":
        return route.fallback()
    route.fetch()
    return route.abort()


def _unanswered(page: Page) -> Any:
    return page.get_by_role("alert").filter(has_text="This may have been booked")


def _reports(shop: Shop, name: str) -> list[dict[str, Any]]:
    """Of the register of that name."""
    reports = shop.get("/z-reports", as_="owner", query_string={"limit": 200}).json["data"]
    return [report for report in reports if report["register"]["name"] == name]
