"""The kitchen's screen: what is tapped, taken back and called back, what it says of voids, and what it does without network."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import APIResponse, BrowserContext, Page, Route, expect

from tests.browser.accessible import assert_accessible
from tests.browser.kitchen import LISTEN, NEW, VOID, Kitchen, add_station, place, void
from tests.browser.tablet import Tablet, enrolment_code
from tests.browser.tablet_server import TabletServer
from tests.browser.watch import Watch
from tests.checkout.counter import done
from tests.client import Shop, new_key
from tests.running import until

WITHOUT_NETWORK = (r"net::ERR_", r"Failed to load resource")
FOOD = [{"sku": "IPA", "quantity": 2}, {"sku": "PRETZEL", "quantity": 1}]
# How far the first line was, each time that something on the screen has changed.
STATES = """() => {
  window.states = [];
  const note = () => states.push(document.querySelector(".part").classList[1]);
  new MutationObserver(note).observe(document.querySelector("main"), { subtree: true, childList: true, attributes: true });
}"""
IPA, PRETZEL = "House IPA", "Pretzel"


@pytest.fixture
def shop(tablet_server: TabletServer) -> Shop:
    return place(tablet_server.shop)


@pytest.fixture
def kitchen(page: Page, shop: Shop) -> Kitchen:
    page.context.add_init_script(f"({LISTEN})()")
    return Kitchen(page).enrol(shop)


def sell(shop: Shop, **changes: Any) -> dict[str, Any]:
    return shop.sell(**{"items": FOOD} | changes)


def status_of(shop: Shop, order: dict[str, Any]) -> str:
    return str(done(shop.get(f"/orders/{order['id']}"))["fulfillment_status"])


def test_ticket_goes_from_start_to_handed_over(kitchen: Kitchen, shop: Shop) -> None:
    order = sell(shop, tab_name="Table 7", note="Allergic to nuts")

    ticket = kitchen.ticket(order)
    expect(ticket.get_by_role("heading")).to_contain_text("Table 7")
    expect(ticket).to_contain_text("Allergic to nuts")
    expect(ticket).to_contain_text("Not paid")
    expect(ticket.locator(".age")).to_contain_text(re.compile(r"0:\d\d waits"))
    assert_accessible(kitchen.page)
    kitchen.part(order, PRETZEL).click()
    expect(kitchen.part(order, PRETZEL)).to_contain_text("making")
    kitchen.move(order, "Start")
    expect(kitchen.part(order, IPA)).to_contain_text("making")
    kitchen.move(order, "Ready")
    expect(ticket.locator(".age")).to_contain_text("ready")
    until(lambda: status_of(shop, order) == "prepared", what="the order that follows")
    kitchen.move(order, "Handed over")
    expect(ticket).to_be_hidden()
    until(lambda: status_of(shop, order) == "completed", what="the order that follows")
    expect(kitchen.page.get_by_text("Nothing to make")).to_be_visible()


def test_what_was_tapped_by_mistake_is_undone_and_what_was_handed_over_is_called_back(
    kitchen: Kitchen, shop: Shop
) -> None:
    order = sell(shop)
    kitchen.move(order, "Start")
    expect(kitchen.part(order, IPA)).to_contain_text("making")

    kitchen.undo.click()
    expect(kitchen.button(order, "Start")).to_be_visible()
    until(lambda: status_of(shop, order) == "proposed", what="the order that follows back")
    expect(kitchen.undo).to_be_hidden()
    for act in ("Start", "Ready", "Handed over"):
        kitchen.move(order, act)
    expect(kitchen.ticket(order)).to_be_hidden()
    kitchen.tap("Recall")
    assert_accessible(kitchen.page)
    kitchen.tap(f"Bring back {order['reference']}")
    kitchen.tap("Close")

    expect(kitchen.part(order, IPA)).to_contain_text("ready")
    until(lambda: kitchen.taps()[-1]["state"] == "done", what="the tap in the books")
    expect(kitchen.part(order, IPA)).to_contain_text("ready")


def test_what_another_screen_has_done_is_not_undone_here(
    kitchen: Kitchen, shop: Shop, watch: Watch, new_context: Callable[..., BrowserContext]
) -> None:
    watch.expect(*WITHOUT_NETWORK)
    order = sell(shop)
    expect(kitchen.ticket(order)).to_be_visible()
    other = Kitchen(new_context().new_page()).enrol(shop)
    expect(other.ticket(order)).to_be_visible()
    kitchen.page.route("**/api/v1/kitchen*", lambda route: route.abort())

    other.move(order, "Start")
    until(lambda: status_of(shop, order) == "reserved", what="the faster screen")
    kitchen.move(order, "Start")

    until(lambda: [tap.get("moved") for tap in kitchen.taps()] == [0], what="the answer to the slower one")
    expect(kitchen.undo).to_be_hidden()


def test_voids_and_cancellations_are_heard_and_stay_until_they_are_seen(kitchen: Kitchen, shop: Shop) -> None:
    order, other = sell(shop), sell(shop)
    expect(kitchen.ticket(other)).to_be_visible()
    until(lambda: kitchen.heard() == NEW, what="the sound of something new")

    void(shop, order, "PRETZEL")
    expect(kitchen.part(order, PRETZEL)).to_contain_text("VOID")
    until(lambda: kitchen.heard()[-3:] == VOID, what="the sound of a void")
    done(shop.post(f"/orders/{other['id']}/cancel", {"reason": "They left"}, as_="owner"))
    expect(kitchen.ticket(other)).to_contain_text("CANCELED")
    until(lambda: kitchen.heard()[-3:] == VOID, what="the sound of a cancellation")
    assert_accessible(kitchen.page)

    kitchen.part(order, PRETZEL).click()
    expect(kitchen.part(order, PRETZEL)).to_be_hidden()
    kitchen.move(other, "Seen")
    expect(kitchen.ticket(other)).to_be_hidden()
    until(lambda: {tap["state"] for tap in kitchen.taps()} == {"done"}, what="the taps in the books")
    assert [reference for reference, *_ in kitchen.shown()] == [order["reference"]]


def test_sound_is_asked_for_and_its_choice_is_kept(kitchen: Kitchen, shop: Shop) -> None:
    # A page that nobody has touched; a reload may be heard at once.
    page = kitchen.page.context.new_page()
    kitchen = Kitchen(page).open()
    page.get_by_role("button", name="Sound is off").click()
    expect(page.get_by_role("button", name="Sound is off")).to_be_hidden()
    assert kitchen.heard() == NEW

    kitchen.tap("This screen")
    kitchen.tap("Off")
    kitchen.tap("Español")
    kitchen.tap("Grande")
    assert_accessible(page)
    kitchen.tap("Cerrar")
    page.reload()
    order = sell(shop)
    expect(kitchen.ticket(order)).to_be_visible()

    expect(kitchen.button(order, "Empezar")).to_be_visible()
    expect(page.locator("html.large")).to_be_attached()
    assert kitchen.heard() == []
    assert page.get_by_role("button", name="El sonido").count() == 0


def test_taps_without_network_outlive_a_reload_and_happen_once(kitchen: Kitchen, shop: Shop, watch: Watch) -> None:
    watch.expect(*WITHOUT_NETWORK)
    order, page = sell(shop), kitchen.page
    expect(kitchen.ticket(order)).to_be_visible()
    kitchen.wait_until_it_starts_alone()

    page.context.set_offline(True)
    expect(page.get_by_text("No network since")).to_be_visible()
    kitchen.move(order, "Start")
    expect(kitchen.part(order, IPA)).to_contain_text("making")
    kitchen.part(order, PRETZEL).click()
    expect(kitchen.part(order, PRETZEL)).to_contain_text("ready")
    expect(page.get_by_text("2 taps wait")).to_be_visible()
    page.reload()
    expect(page.get_by_text("2 taps wait")).to_be_visible()
    assert kitchen.shown() == [[order["reference"], (IPA, "making", 2), (PRETZEL, "ready", 1)]]
    assert_accessible(page)
    assert status_of(shop, order) == "proposed"
    page.context.set_offline(False)

    expect(page.get_by_text("No network since")).to_be_hidden()
    until(lambda: {tap["state"] for tap in kitchen.taps()} == {"done"}, what="the taps in the books")
    assert status_of(shop, order) == "reserved"
    assert kitchen.shown() == [[order["reference"], (IPA, "making", 2), (PRETZEL, "ready", 1)]]


def test_tap_without_an_answer_is_sent_again_under_its_key(kitchen: Kitchen, shop: Shop, watch: Watch) -> None:
    watch.expect(*WITHOUT_NETWORK)
    order, keys = sell(shop), []

    def lose_the_answer(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) > 1:
            return route.continue_()
        route.fetch()
        return route.abort("connectionreset")

    kitchen.page.route("**/preparation", lose_the_answer)
    kitchen.move(order, "Start")

    until(lambda: {tap["state"] for tap in kitchen.taps()} == {"done"}, what="the tap in the books")
    assert len(keys) == 2
    assert len({*keys}) == 1
    assert kitchen.shown() == [[order["reference"], (IPA, "making", 2), (PRETZEL, "making", 1)]]
    expect(kitchen.undo).to_be_hidden()


def test_tap_that_is_refused_is_told_and_holds_up_no_other(kitchen: Kitchen, shop: Shop) -> None:
    order, other = sell(shop), sell(shop)
    expect(kitchen.ticket(other)).to_be_visible()
    no = {"type": "/problems/not-found", "title": "Not found", "status": 404, "detail": "There is no such order."}
    kitchen.page.route(f"**/orders/{order['id']}/preparation", lambda route: route.fulfill(status=404, json=no))

    kitchen.move(order, "Start")
    kitchen.move(other, "Start")

    alert = kitchen.page.get_by_role("alert")
    expect(alert).to_contain_text(f"{order['reference']}, “Start” was not done: There is no such order.")
    expect(kitchen.part(other, IPA)).to_contain_text("making")
    expect(kitchen.button(order, "Start")).to_be_visible()
    assert_accessible(kitchen.page)
    kitchen.tap("Read")
    expect(alert).to_be_hidden()
    assert [tap["act"]["order_id"] for tap in kitchen.taps()] == [other["id"]]


def test_double_tap_is_one_step(kitchen: Kitchen, shop: Shop) -> None:
    order = sell(shop)

    kitchen.button(order, "Start").dblclick()

    until(lambda: {tap["state"] for tap in kitchen.taps()} == {"done"}, what="the taps in the books")
    assert kitchen.shown() == [[order["reference"], (IPA, "making", 2), (PRETZEL, "making", 1)]]


def test_keys_alone_do(kitchen: Kitchen, shop: Shop) -> None:
    order = sell(shop)
    kitchen.button(order, "Start").focus()

    kitchen.page.keyboard.press("Enter")

    expect(kitchen.part(order, IPA)).to_contain_text("making")
    expect(kitchen.button(order, "Ready")).to_be_focused()


def test_wrong_code_is_told_and_a_tablet_is_a_kitchen_screen_already(page: Page, shop: Shop) -> None:
    kitchen = Kitchen(page).open(f"#enrol={shop.slug}.WRONG-CODE")
    kitchen.tap("Make this a register")
    expect(page.get_by_role("alert")).to_be_visible()
    assert_accessible(page)

    Tablet(page).enrol(shop.slug, enrolment_code(shop))
    order = sell(shop, items=[{"sku": "PRETZEL", "quantity": 1}])
    kitchen.open()

    expect(kitchen.ticket(order)).to_be_visible()


def test_sale_without_network_is_asked_about_first(kitchen: Kitchen, shop: Shop) -> None:
    an_hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    items = [{"sku": "PRETZEL", "quantity": 1, "unit_price": 450}]
    order = sell(shop, items=items, offline=True, placed_at=an_hour_ago, payment={"method": "cash"})

    ticket = kitchen.ticket(order)
    expect(ticket).to_contain_text(re.compile("Sold without network at .*: ask before making it"))
    expect(ticket.locator(".age")).to_contain_text(re.compile("^60 min late|^60 min"))
    kitchen.move(order, "Start")
    expect(ticket).not_to_contain_text("ask before making it")


def test_station_is_chosen_for_this_screen_until_it_is_closed(page: Page, tablet_server: TabletServer) -> None:
    shop = place(tablet_server.shops[1])
    bar = add_station(shop, f"Bar {new_key()}", "IPA")
    order, kitchen = sell(shop), Kitchen(page).enrol(shop)
    expect(kitchen.ticket(order)).to_have_count(2)
    expect(kitchen.part(order, PRETZEL).locator("xpath=ancestor::article")).to_contain_text("to make")

    kitchen.choose(bar)
    expect(kitchen.ticket(order)).to_have_count(1)
    page.reload()
    expect(kitchen.part(order, IPA)).to_be_visible()
    assert kitchen.shown() == [[order["reference"], (IPA, "waiting", 2)]]
    kitchen.choose("none")
    expect(kitchen.part(order, PRETZEL)).to_be_visible()
    kitchen.choose(bar)
    version = shop.get(f"/stations/{bar}").headers["ETag"].strip('"')
    done(shop.patch(f"/stations/{bar}", {"is_active": False}, version=version))

    expect(kitchen.part(order, PRETZEL)).to_be_visible()
    expect(kitchen.part(order, IPA)).to_be_visible()


def test_screen_of_a_revoked_register_asks_for_a_code(kitchen: Kitchen, shop: Shop) -> None:
    me = kitchen.page.evaluate("""() => new Promise((done) => {
      const opening = indexedDB.open("tappass");
      opening.onsuccess = () => {
        const asked = opening.result.transaction("settings").objectStore("settings").get("register");
        asked.onsuccess = () => { opening.result.close(); done(asked.result.id); };
      };
    })""")
    version = shop.get(f"/registers/{me}", as_="owner").headers["ETag"].strip('"')

    done(shop.patch(f"/registers/{me}", {"revoked": True}, version=version))

    expect(kitchen.page.get_by_text("has been revoked")).to_be_visible()


def test_ticket_is_printed(kitchen: Kitchen, shop: Shop) -> None:
    order = sell(shop, note="Allergic to nuts")
    kitchen.page.evaluate(
        "() => { window.print = () => { window.paper = document.body.lastElementChild.innerText; }; }"
    )

    kitchen.ticket(order).get_by_role("button", name="Print").click()

    kitchen.page.wait_for_function("() => window.paper")
    paper = kitchen.page.evaluate("() => paper")
    assert [words for words in (order["reference"], PRETZEL, "Allergic to nuts") if words not in paper] == []


def test_look_from_before_a_tap_shows_no_step_back(kitchen: Kitchen, shop: Shop) -> None:
    order, page = sell(shop), kitchen.page
    expect(kitchen.ticket(order)).to_be_visible()
    page.evaluate(STATES)
    held: list[tuple[Route, APIResponse]] = []

    def hold(route: Route) -> None:
        if held:
            return route.continue_()
        everything = {name: value for name, value in route.request.headers.items() if name != "if-none-match"}
        return held.append((route, route.fetch(headers=everything)))

    page.route("**/api/v1/kitchen*", hold)
    until(lambda: page.evaluate("() => true") and held, what="a look that is under way")
    kitchen.move(order, "Start")
    until(lambda: kitchen.taps()[0]["state"] != "waiting", what="the tap in the books")
    route, before = held[0]
    route.fulfill(response=before)
    until(lambda: kitchen.taps()[0]["state"] == "done", what="a look from after it")

    assert before.json()["tickets"][0]["status"] == "waiting"
    assert page.evaluate("() => states.at(-1)") == "making"
    assert page.evaluate("() => states.slice(states.indexOf('making')).includes('waiting')") is False


def test_tap_that_shows_before_its_answer_comes_counts_once(kitchen: Kitchen, shop: Shop) -> None:
    order, page = sell(shop), kitchen.page
    held: list[tuple[Route, APIResponse]] = []
    page.route("**/preparation", lambda route: held.append((route, route.fetch())))

    kitchen.move(order, "Start")
    until(lambda: page.evaluate("() => true") and held, what="the tap in the books")
    with page.expect_response("**/api/v1/kitchen*") as looked:
        expect(kitchen.part(order, IPA)).to_contain_text("making")

    assert looked.value.ok or looked.value.status == 304
    assert kitchen.shown() == [[order["reference"], (IPA, "making", 2), (PRETZEL, "making", 1)]]
    route, answer = held[0]
    route.fulfill(response=answer)
    until(lambda: kitchen.taps()[0]["state"] == "done", what="the answer")
    assert kitchen.shown() == [[order["reference"], (IPA, "making", 2), (PRETZEL, "making", 1)]]


def test_server_in_trouble_is_told_and_the_tap_comes_through(kitchen: Kitchen, shop: Shop, watch: Watch) -> None:
    watch.expect("status of 503", "answer: 503")
    order, page = sell(shop), kitchen.page
    expect(kitchen.ticket(order)).to_be_visible()
    trouble = {"type": "/problems/unavailable", "title": "Unavailable", "status": 503, "detail": "In a moment."}
    for path in ("**/api/v1/kitchen*", "**/preparation"):
        page.route(path, lambda route: route.fulfill(status=503, json=trouble))

    expect(page.get_by_text("The server has trouble since")).to_be_visible()
    kitchen.move(order, "Start")
    expect(page.get_by_text("1 tap waits")).to_be_visible()
    expect(kitchen.part(order, IPA)).to_contain_text("making")
    page.unroute("**/api/v1/kitchen*")
    page.unroute("**/preparation")

    expect(page.get_by_text("The server has trouble since")).to_be_hidden()
    until(lambda: {tap["state"] for tap in kitchen.taps()} == {"done"}, what="the tap in the books")
    assert status_of(shop, order) == "reserved"


def test_two_windows_of_one_screen_show_and_send_the_same_taps(kitchen: Kitchen, shop: Shop, watch: Watch) -> None:
    watch.expect(*WITHOUT_NETWORK)
    order, context = sell(shop), kitchen.page.context
    other = Kitchen(context.new_page()).open()
    expect(other.ticket(order)).to_be_visible()
    expect(kitchen.ticket(order)).to_be_visible()
    answers: list[str] = []
    context.on("response", lambda each: answers.append(each.url) if each.url.endswith("/preparation") else None)
    context.set_offline(True)

    kitchen.move(order, "Start")
    expect(other.part(order, IPA)).to_contain_text("making")
    other.move(order, "Ready")
    expect(kitchen.part(order, IPA)).to_contain_text("ready")
    context.set_offline(False)

    until(lambda: {tap["state"] for tap in kitchen.taps()} == {"done"}, what="the taps in the books")
    assert [tap["moved"] for tap in kitchen.taps()] == [3, 3]
    assert len(answers) == 2
    assert status_of(shop, order) == "prepared"
    units = [{"line_id": line["id"], "quantity": 9} for line in order["lines"]]
    done(shop.post(f"/orders/{order['id']}/preparation", {"lines": units, "from": "ready", "to": "waiting"}))
    for window in (kitchen, other):
        window.page.bring_to_front()
        expect(window.button(order, "Start")).to_be_visible()
