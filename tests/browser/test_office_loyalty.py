"""TapPass in the office: an owner changes the rules after a rehearsal, a manager adjusts points, a cashier sees none of it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.office import Desks
from tests.browser.tablet_server import TabletServer
from tests.client import Shop


@pytest.fixture
def shop(tablet_server: TabletServer) -> Iterator[Shop]:
    """The shop of the server, whose rules are afterwards as they were."""
    rules = tablet_server.shop.get("/loyalty/program").json["rules"]
    yield tablet_server.shop
    put_rules(tablet_server.shop, rules)


def test_owner_rehearses_new_rules_saves_them_and_reads_the_history(office: Desks, shop: Shop) -> None:
    before = shop.get("/loyalty/program").json["version"]
    shop.sell(phone="4155550401", join=True, payment={"method": "card"})
    desk = office("owner").go("/loyalty/program")

    desk.page.get_by_label("Points", exact=True).fill("3")
    desk.press("Add a level").page.get_by_label("Level", exact=True).last.fill("diamond")
    desk.page.get_by_label("Reached with points").last.fill("90000")
    desk.page.get_by_label("Multiplies by").last.fill("3")
    desk.press("Add a promotion").fill(Promotion="Late hour", From_the_hour="22:00", To_the_hour="02:00")
    desk.page.get_by_label("Wed").uncheck()
    expect(desk.page.get_by_text("diamond 225 points")).to_be_visible()
    desk.fill(To_the_hour="22:00").press("Rehearse").refused("Look at the marked fields")
    expect(desk.page.get_by_text("It starts when it ends.")).to_be_visible()
    desk.fill(To_the_hour="02:00").press("Rehearse").told("Nothing is changed yet")
    expect(desk.page.get_by_role("row", name="Points earned")).to_contain_text("+")
    assert shop.get("/loyalty/program").json["version"] == before
    assert desk.findings() == []

    desk.press("Save as the new programme", sure=True).told("The new rules are in force")
    program = shop.get("/loyalty/program").json
    assert (program["version"], program["rules"]["accrual"]["spend"]["points"]) == (before + 1, 3)
    assert program["rules"]["levels"][-1] == {"name": "diamond", "points": 90000, "multiplier": "3"}
    assert program["rules"]["promotions"][-1]["days"] == ["mon", "tue", "thu", "fri", "sat", "sun"]

    desk.page.get_by_role("link", name="History").click()
    expect(desk.page.get_by_text("new: from 90,000 points on, × 3")).to_be_visible()
    desk.page.get_by_role("link", name="Look at these rules in the form").first.click()
    put_rules(shop, program["rules"])
    desk.page.get_by_role("button", name="Take away: promotion").click()
    desk.press("Save as the new programme", sure=True).refused("Show it as it is now")


def test_manager_adjusts_points_and_a_cashier_sees_no_members(office: Desks, tablet_server: TabletServer) -> None:
    sold = tablet_server.shop.sell(phone="4155550402", name="Ida", join=True, payment={"method": "card"})
    member = sold["customer"]["member"]
    desk = office("manager").go(f"/loyalty/members?q={member['tappass_id']}")

    desk.page.get_by_role("link", name=member["tappass_id"]).click()
    desk.page.get_by_label("Points, with a minus to take some").fill("500")
    desk.fill(Reason="waited an hour").press("Adjust", sure=True).told("The points are adjusted.")
    expect(desk.page.get_by_text("Adjusted: waited an hour")).to_be_visible()
    assert desk.findings() == []

    desk.go("/loyalty")
    assert desk.findings() == []
    asked = office("cashier").page.request
    refused = [asked.get(f"/office/loyalty{path}").status for path in ("", f"/members/{member['id']}", "/program")]
    assert refused == [403, 403, 403]


def put_rules(shop: Shop, rules: object) -> None:
    """Somebody else, meanwhile."""
    sent = {"If-Match": "*"}
    assert shop.request("PUT", "/loyalty/program", as_="owner", headers=sent, json={"rules": rules}).status_code == 200
