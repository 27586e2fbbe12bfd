"""Customers in the office: found, known, changed, cared for; a cashier may do less, and the server says so too."""

from playwright.sync_api import expect

from tests.browser.office import Desks
from tests.browser.tablet_server import TabletServer
from tests.browser.watch import Watch

TEES = {"items": [{"sku": "STICKER", "quantity": 1}, {"sku": "IPA", "quantity": 2}], "payment": {"method": "cash"}}


def test_manager_merges_two_rows_of_one_person_and_takes_them_apart(office: Desks, tablet_server: TabletServer) -> None:
    shop = tablet_server.shop
    kept = shop.sell(phone="4155550711", name="Rosalind Elsie", join=True, **TEES)["customer"]
    duplicate = shop.sell(phone="4155550712", name="Rosy Elsie", join=True, **TEES)["customer"]
    desk = office("manager").go("/customers?q=rosalind")

    desk.page.get_by_role("link", name="Rosalind Elsie").click()
    expect(desk.page.get_by_role("heading", name="Rosalind Elsie")).to_be_visible()
    assert desk.findings() == []
    desk.page.get_by_role("link", name="Care").click()
    assert desk.findings() == []
    desk.page.get_by_label("Phone, name or TapPass ID of the other one").fill("rosy")
    desk.press("Find the other one")
    desk.page.get_by_role("link", name="Rosy Elsie").click()
    expect(desk.page.get_by_text("1 order, ")).to_be_visible()
    assert desk.findings() == []
    desk.page.get_by_role("group", name="Name").get_by_label("Rosy Elsie").check()
    desk.press("Merge them", sure=True).told("They are one now")

    merged = shop.get(f"/customers/{duplicate['id']}", as_="owner").json
    assert (merged["id"], merged["name"], merged["order_count"]) == (kept["id"], "Rosy Elsie", 2)
    desk.press("Take them apart again", sure=True).told("They are two again")

    apart = [shop.get(f"/customers/{each['id']}", as_="owner").json for each in (kept, duplicate)]
    assert [(each["name"], each["order_count"]) for each in apart] == [("Rosalind Elsie", 1), ("Rosy Elsie", 1)]


def test_owner_changes_a_profile_and_forgets_somebody(office: Desks, tablet_server: TabletServer) -> None:
    shop = tablet_server.shop
    customer = shop.sell(phone="4155550713", name="Zephyrine Quill")["customer"]
    desk = office("owner").go(f"/customers/{customer['id']}/profile")

    desk.fill(Tags="regular, quiet corner", Birthday="1990-12-10").page.get_by_label("Name", exact=True).fill(
        "Zephyrine <b>Quill</b>"
    )
    desk.press("Save").told("Saved.")
    expect(desk.page.get_by_role("heading", name="Zephyrine <b>Quill</b>")).to_be_visible()
    assert desk.findings() == []
    desk.go(f"/customers/{customer['id']}/all")
    expect(desk.page.get_by_text("quiet corner").first).to_be_visible()
    assert desk.findings() == []
    desk.go(f"/customers/{customer['id']}/care").press("Erase this customer", sure=False)
    desk.press("Erase this customer", sure=True).told("They are forgotten.")

    desk.go("/customers?q=quill")
    expect(desk.page.get_by_text("Nobody fits.")).to_be_visible()
    assert shop.get("/customers", query_string={"phone": "4155550713"}, as_="owner").status_code == 404


def test_cashier_finds_somebody_and_says_that_the_number_was_passed_on(
    office: Desks, tablet_server: TabletServer, watch: Watch
) -> None:
    watch.expect("status of 403")
    shop = tablet_server.shop
    before = shop.sell(phone="4155550714", name="Mary Somerville")["customer"]
    desk = office("cashier").go("/customers")

    desk.page.get_by_label("Phone, the end of it").fill("0714")
    desk.press("Find")
    desk.page.get_by_role("link", name="Mary Somerville").click()
    desk.page.get_by_role("link", name="Care").click()
    expect(desk.page.get_by_role("button", name="Erase this customer")).to_have_count(0)
    assert desk.findings() == []
    desk.fill(Name_of_who_has_the_number_now="Grace").press("Not this person", sure=True).told("new customer")

    expect(desk.page.get_by_role("heading", name="Grace")).to_be_visible()
    assert shop.get(f"/customers/{before['id']}", as_="owner").json["phone"] is None
    assert desk.page.goto(f"/office/customers/{before['id']}/merge").status == 403  # type: ignore[union-attr]
