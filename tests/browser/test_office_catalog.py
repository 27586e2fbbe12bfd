"""The catalogue in the office: a product is made and given its choices, hours and image; stock is counted; who may not, may not."""

import json
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.office import Desks, Office
from tests.browser.tablet_server import TabletServer
from tests.operations import PNG


def _product(server: TabletServer, sku: str) -> dict[str, object]:
    [found] = server.shop.get("/products", query_string={"sku": sku}).json["data"]
    return found  # type: ignore[no-any-return]


def _new_product(desk: Office, name: str, sku: str) -> Office:
    desk.go("/catalog").page.get_by_role("link", name="New product").click()
    desk.fill(Name=name, SKU=sku, Price="6,50")
    desk.page.get_by_label("Category").select_option("Everything")
    return desk.press("Add the product").told("The product is on sale.")


def test_owner_makes_a_product_with_choices_and_prices_by_hours(office: Desks, tablet_server: TabletServer) -> None:
    desk = _new_product(office("owner"), "Cider <i>dry</i>", "CIDER-1")
    page = desk.page
    expect(page.get_by_role("heading", name="Cider <i>dry</i>")).to_be_visible()

    desk.press("Add a group of choices")
    page.keyboard.type("Size")
    page.get_by_label("Choice", exact=True).fill("Small")
    desk.press("Add a choice")
    page.keyboard.type("Large")
    page.get_by_label("Adds to the price").last.fill("1.25")
    page.get_by_role("button", name="Move this choice up").last.click()
    desk.press("Add a price").press("Save")
    page.keyboard.type("Happy hour")
    desk.fill(From="16:00", Until="18:00", or_percent_off="20").press("Save").refused("Look at the marked fields.")
    page.get_by_label("Mon").check()
    page.get_by_label("Sun").check()
    desk.press("Save").told("Saved.")

    product = _product(tablet_server, "CIDER-1")
    assert product["price"] == 650
    choices = [{"name": "Large", "price": 125}, {"name": "Small", "price": 0}]
    assert product["modifiers"] == [{"name": "Size", "min": 0, "max": 1, "choices": choices}]
    rule = {"name": "Happy hour", "days": ["mon", "sun"], "starts": "16:00", "ends": "18:00", "percent": 20}
    assert product["price_rules"] == [rule]
    expect(page.get_by_text("$5.20").first).to_be_visible()
    picture = {"name": "cider.png", "mimeType": "image/png", "buffer": PNG}
    page.get_by_label("Choose an image").set_input_files(picture)
    expect(page.get_by_alt_text("The image that you chose")).to_be_visible()
    desk.press("Upload").told("The image is in its place.")
    assert str(_product(tablet_server, "CIDER-1")["image_url"]).startswith("/_images/")
    assert desk.findings() == []
    desk.press("Remove the image", sure=True).told("The image is gone.")
    assert _product(tablet_server, "CIDER-1")["image_url"] is None

    desk.press("Remove this group").press("Save").told("Saved.")
    assert _product(tablet_server, "CIDER-1")["modifiers"] == []
    assert _product(tablet_server, "CIDER-1")["price_rules"] == [rule]
    desk.press("Retire", sure=True).told("It is retired")
    assert _product(tablet_server, "CIDER-1")["status"] == "inactive"
    desk.press("Put it back on sale").told("It is on sale again.")


def test_manager_counts_one_after_the_other_and_hears_of_a_sale_meanwhile(
    office: Desks, tablet_server: TabletServer
) -> None:
    for sku in ("COUNT-1", "COUNT-2"):
        body = {"name": sku, "sku": sku, "kind": "merch", "price": 100, "tax_class": "none", "stock_quantity": 3}
        tablet_server.shop.post("/products", body, as_="owner")
    desk = office("manager").go("/catalog/stock?q=count-&sort=name")
    first, second = (desk.page.get_by_label(f"COUNT-{number}, counted") for number in (1, 2))

    first.fill("12")
    first.press("Enter")
    expect(second).to_be_focused()
    first.fill("11")
    first.press("Enter")
    expect(desk.page.get_by_role("cell", name="11", exact=True)).to_be_visible()
    assert _product(tablet_server, "COUNT-1")["stock_quantity"] == 11

    tablet_server.shop.sell(phone="4155550311", items=[{"sku": "COUNT-2", "quantity": 1}])
    second.fill("3")
    second.press("Enter")
    second.fill("4")
    second.press("Enter")
    desk.refused("Somebody changed this")
    assert _product(tablet_server, "COUNT-2")["stock_quantity"] == 2
    assert desk.go("/catalog/stock").findings() == []


def test_manager_keeps_categories_and_coupons(office: Desks, tablet_server: TabletServer) -> None:
    desk = office("manager").go("/catalog/categories")
    desk.fill(Name="Cellar").press("Add the category").told("The category is there.")
    desk.page.get_by_role("link", name="Cellar").click()
    desk.page.get_by_label("Lies within").select_option("Everything")
    desk.fill(Name="Cellar beers").press("Save").told("The category is changed.")
    assert desk.findings() == []

    desk.go("/catalog/coupons/new").fill(Code="five off", Holds_until="2199-07-01T12:00")
    desk.page.get_by_label("It takes off").select_option("amount")
    desk.fill(Amount="5.00").press("Make the coupon").told("The coupon is made.")
    desk.fill(Orders_at_most="20").press("Save").told("Saved.")
    [coupon] = tablet_server.shop.get("/coupons", query_string={"code": "FIVEOFF"}).json["data"]
    assert (coupon["amount"], coupon["ends_at"], coupon["usage_limit"]) == (500, "2199-07-01T19:00:00Z", 20)
    assert desk.findings() == []
    desk.press("Stop the coupon", sure=True).told("The coupon is stopped.")
    assert tablet_server.shop.get(f"/coupons/{coupon['id']}").json["status"] == "inactive"


def test_cashier_is_shown_no_catalogue_and_may_change_none(office: Desks, tablet_server: TabletServer) -> None:
    product = _product(tablet_server, "IPA")
    desk = office("cashier").go("/orders")
    expect(desk.page.get_by_role("link", name="Catalogue")).to_have_count(0)

    answered = desk.page.evaluate(
        """async ([id, body]) => (await fetch(`/api/v1/products/${id}`, {
          method: "PATCH", body, headers: { "Content-Type": "application/json", "If-Match": "*",
          "X-CSRFToken": document.querySelector("header.top").dataset.csrf } })).status""",
        [product["id"], json.dumps({"price": 1})],
    )

    assert answered == 403
    assert _product(tablet_server, "IPA")["price"] == product["price"]


def test_owner_takes_a_sheet_in_only_when_nothing_is_wrong(
    office: Desks, tablet_server: TabletServer, tmp_path: Path
) -> None:
    head = "sku;name;kind;category;price;tax_class"
    wrong, right = tmp_path / "wrong.csv", tmp_path / "right.csv"
    wrong.write_text(f"{head}\nSHEET-1;Stout;food;Everything;7.00;standard\nSHEET-2;Ale;food;;seven;standard\n")
    right.write_bytes(f"{head}\nSHEET-1;Stout;food;Crémant;7,00;standard\nPRETZEL;;;;4.75;\n".encode("cp1252"))
    desk = office("owner").go("/catalog/sheet")
    file, plan = desk.page.get_by_label("CSV file"), desk.page.get_by_label("What it would do")

    file.set_input_files(wrong)
    desk.press("Show what it would do")
    expect(plan.get_by_role("row", name="3 price Write an amount as 8.50")).to_be_visible()
    expect(desk.page.get_by_role("button", name="Take it over")).to_have_count(0)
    assert desk.findings() == []

    file.set_input_files(right)
    desk.press("Show what it would do")
    expect(plan.get_by_text("New categories: Crémant")).to_be_visible()
    expect(plan.get_by_role("row", name="3 PRETZEL changed")).to_contain_text("price: 4.50 → 4.75")
    assert tablet_server.shop.get("/products", query_string={"sku": "SHEET-1"}).json["data"] == []
    desk.press("Take it over", sure=True).told("Taken over: 1 new, 1 changed.")
    assert _product(tablet_server, "SHEET-1")["price"] == 700
    assert _product(tablet_server, "PRETZEL")["price"] == 475
