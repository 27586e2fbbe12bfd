"""Shifts and the kitchen in the office: an X on demand, a Z that ties and prints, stations and what is made where; a cashier sees neither."""

from dataclasses import replace
from typing import Any

from playwright.sync_api import expect

from tests.browser.office import Desks
from tests.browser.tablet import enrolment_code
from tests.browser.tablet_server import TabletServer
from tests.client import Shop, new_key

PRINTED = """() => { window.print = () => { window.paper = document.querySelector("body > .paper").innerText; }; }"""


def _till(server: TabletServer) -> tuple[Shop, str]:
    """A register of its own, which never had a shift, with its name."""
    name = f"Till {new_key()[:8]}"
    code = {"store": server.shop.slug, "code": enrolment_code(server.shop, name)}
    made = server.shop.post("/register/enrol", code, as_="nobody").json
    return replace(server.shop, register_token=made["token"], register_id=made["register"]["id"]), name


def _posted(shop: Shop, path: str, body: dict[str, Any], **options: Any) -> dict[str, Any]:
    answer = shop.post(path, body, **options)
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def test_manager_looks_at_an_x_and_closes_for_a_tablet_that_cannot(office: Desks, tablet_server: TabletServer) -> None:
    # Given an open shift with a sale
    shop, name = _till(tablet_server)
    shift = _posted(shop, "/shifts", {"opening_float": 10000})
    shop.sell(payment={"method": "cash"})
    desk = office("manager").go("/shifts")
    page = desk.page
    page.get_by_label("Status").select_option("open")
    page.get_by_role("row").filter(has_text=name).get_by_role("link", name="Shift 1, open").click()

    # When a manager looks at its X, counts and closes it
    desk.press("Show its X")
    sheet = page.locator("#x .paper")
    expect(sheet).to_contain_text("$8.66")
    page.evaluate(PRINTED)
    desk.press("Print")
    page.wait_for_function("() => window.paper")
    assert desk.findings() == []
    expect(page.get_by_role("button", name="Close the shift")).to_have_count(0)
    desk.fill(Cash_in_the_drawer="105,66").press("Note the count").told("The count is noted.")
    desk.press("Close the shift", sure=True).told("The shift is closed.")

    # Then the Z stands there, ties, and prints
    expect(page.get_by_role("heading", name=f"Z 1, {name}")).to_be_visible()
    drawer = page.get_by_role("region", name="Drawer")
    expect(drawer.get_by_role("row", name="Difference")).to_contain_text("−$3.00")
    expect(page.get_by_text("off by")).to_have_count(0)
    expect(page.get_by_text("The digest is that of this text")).to_be_visible()
    page.evaluate(PRINTED)
    desk.press("Print")
    page.wait_for_function("() => window.paper")
    assert "$105.66" in page.evaluate("window.paper")
    assert desk.findings() == []
    z = shop.get(f"/shifts/{shift['id']}/report").json
    assert (z["kind"], z["drawer"]["difference"]) == ("z", -300)
    desk.go("/shifts/reports")
    expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("−$3.00")
    assert desk.findings() == []


def test_close_that_somebody_else_was_faster_with_is_told(office: Desks, tablet_server: TabletServer) -> None:
    shop, _ = _till(tablet_server)
    shift = _posted(shop, "/shifts", {"opening_float": 10000})
    _posted(shop, f"/shifts/{shift['id']}/counts", {"cash": 10000})
    desk = office("owner").go(f"/shifts/{shift['id']}")
    _posted(shop, f"/shifts/{shift['id']}/close", {})

    desk.press("Close the shift", sure=True)

    expect(desk.page.get_by_role("alert")).to_be_visible()
    desk.go(f"/shifts/{shift['id']}")
    expect(desk.page.get_by_role("link", name="Z 1", exact=True)).to_be_visible()


def test_owner_sets_up_stations_and_says_what_is_made_where(office: Desks, tablet_server: TabletServer) -> None:
    shop, name = tablet_server.shop, f"Grill {new_key()[:6]}"
    desk = office("owner").go("/kitchen")
    page = desk.page

    desk.fill(Name_of_a_new_station=name).press("Add the station").told("The station is there.")
    page.get_by_label("Everything", exact=True).select_option(name)
    desk.press("Save: Everything").told("Everything is made there now.")
    card = page.get_by_role("listitem").filter(has=page.get_by_text(name, exact=True)).first
    card.get_by_label("Place in the order").fill("7")
    card.get_by_label("Open").uncheck()
    card.get_by_role("button", name="Save").click()
    desk.told("The station is changed.")
    desk.fill(Slow_after_so_many_minutes="30", Late_after_so_many_minutes="20")
    page.get_by_role("group", name="When a ticket is late").get_by_role("button", name="Save").click()
    expect(page.get_by_text("A ticket is slow before it is late")).to_be_visible()
    assert desk.findings() == []

    [station] = [each for each in shop.get("/stations").json["data"] if each["name"] == name]
    assert (station["position"], station["is_active"]) == (7, False)
    [category] = [each for each in shop.get("/categories").json["data"] if each["name"] == "Everything"]
    assert category["station_id"] == station["id"]
    desk.go("/kitchen/times")
    assert desk.findings() == []


def test_product_gets_a_station_of_its_own_from_a_manager(office: Desks, tablet_server: TabletServer) -> None:
    shop, name = tablet_server.shop, f"Bar {new_key()[:6]}"
    bar = _posted(shop, "/stations", {"name": name}, as_="owner")
    desk = office("manager").go(f"/catalog/products/{shop.products['WATER']}")

    desk.page.get_by_label("Made at").select_option(name)
    desk.press("Save").told("Saved.")

    assert shop.get(f"/products/{shop.products['WATER']}").json["station_id"] == bar["id"]
    desk.go("/kitchen")
    expect(desk.page.get_by_role("listitem").filter(has_text=f"Water: {name}")).to_be_visible()
    expect(desk.page.get_by_text("only owners change settings")).to_be_visible()


def test_cashier_is_shown_neither(office: Desks) -> None:
    desk = office("cashier").go("/orders")

    for place in ("Shifts", "Kitchen"):
        expect(desk.page.get_by_role("link", name=place)).to_have_count(0)
    for path in ("/office/shifts", "/office/shifts/reports", "/office/kitchen"):
        assert desk.page.request.get(path).status == 403
