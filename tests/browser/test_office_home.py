"""Today, what waits and health in the office: looked at, settled, tried again."""

from playwright.sync_api import expect

from tests.browser.office import Desks
from tests.browser.tablet_server import TabletServer
from tests.client import new_key


def test_manager_books_a_refused_sale_and_settles_a_drifted_price(office: Desks, tablet_server: TabletServer) -> None:
    # Given a sale that the books refused, and one at another price
    shop = tablet_server.shop
    items = [{"sku": "WATER", "quantity": 1, "unit_price": 150}]
    sale = shop.order(offline=True, phone="12", coupon="GONE", items=items, payment={"method": "cash"})
    problem = {"type": "/problems/invalid-phone", "status": 422, "detail": "12 is no phone number."}
    told = shop.post("/register/refused-sales", {"key": new_key(), "sale": sale, "problem": problem}).json
    desk = office("manager").go("")
    expect(desk.page.get_by_role("heading", name="What waits for you")).to_be_visible()
    assert desk.findings() == []

    # When a manager puts it right and books it
    desk.go(f"/attention/{told['id']}")
    assert desk.findings() == []
    desk.press("Take it as it was", sure=True).refused("GONE")
    desk.page.get_by_label("Coupon").select_option("Leave it out")
    desk.page.get_by_label("Who bought", exact=True).select_option("Nobody known: a walk-in")
    desk.press("Take it as it was", sure=True).told("The sale is in the books.")

    # Then the order stands there, and asks for a look at its price, which is settled with a word
    order_id = desk.page.url.rpartition("/")[2]
    assert shop.get(f"/orders/{order_id}").json["subtotal"] == 150
    [drift] = shop.get(f"/attention-items?subject=orders:{order_id}", as_="owner").json["data"]
    desk.go(f"/attention/{drift['id']}").press("Settle").told("Settled.")
    expect(desk.page.get_by_text("The price was right on the day")).to_be_visible()


def test_manager_counts_anew_what_was_sold_below_zero(office: Desks, tablet_server: TabletServer) -> None:
    shop = tablet_server.shop
    named = {"name": "Hat", "sku": f"HAT-{new_key()[:6]}", "category_id": shop.category_id, "stock_quantity": 1}
    hat = shop.post("/products", {**named, "kind": "merch", "price": 900, "tax_class": "standard"}, as_="owner").json
    order = shop.sell(offline=True, items=[{"product_id": hat["id"], "quantity": 3, "unit_price": 900}])
    [item] = shop.get(f"/attention-items?subject=orders:{order['id']}", as_="owner").json["data"]

    desk = office("manager").go(f"/attention/{item['id']}").fill(Pieces_of_Hat_on_the_shelf="4")
    desk.press("Write it down").told("Counted anew.")

    expect(desk.page.get_by_text("Settled: ")).to_contain_text("Counted anew")
    assert shop.get(f"/products/{hat['id']}").json["stock_quantity"] == 4


def test_owner_starts_the_audit_and_reads_the_log(office: Desks) -> None:
    desk = office("owner").go("/health")
    assert desk.findings() == []

    desk.press("Prove the books now").told("The books are being proven.")
    expect(desk.page.get_by_text("This shows what was found")).to_be_visible()

    desk.go("/health/log?action=audit.start")
    expect(desk.page.get_by_role("cell", name="audit: start").first).to_be_visible()
    assert desk.findings() == []


def test_cashier_sees_the_day_alone(office: Desks) -> None:
    desk = office("cashier").go("")

    expect(desk.page.get_by_text("Net sales by the hour").first).to_be_visible()
    expect(desk.page.get_by_role("heading", name="What waits for you")).to_have_count(0)
    assert desk.findings() == []
