"""Orders in the office: found, read, refunded; what a cashier may not do there is refused by the server too."""

from playwright.sync_api import expect

from tests.browser.office import Desks
from tests.browser.tablet_server import TabletServer


def test_manager_finds_an_order_and_gives_a_part_back(office: Desks, tablet_server: TabletServer) -> None:
    order = tablet_server.shop.sell(phone="4155550301", name="Grace", payment={"method": "cash"})
    desk = office("manager").go("/orders")

    desk.page.get_by_label("Reference or phone").fill("(415) 555-0301")
    desk.page.get_by_role("link", name=order["reference"]).click()
    expect(desk.page.get_by_role("heading", name=f"Order {order['reference']}")).to_be_visible()
    desk.fill(Reason_for_the_refund="spilt").page.get_by_label("Amount, at most").fill("2,50")
    desk.press("Refund", sure=True).told("The refund is on its way.")

    expect(desk.page.get_by_text("Refund $2.50")).to_be_visible()
    assert tablet_server.shop.get(f"/orders/{order['id']}").json["amount_refunded"] == 250
    assert desk.findings() == []


def test_refusal_stands_at_the_form_and_loses_nothing(office: Desks, tablet_server: TabletServer) -> None:
    order = tablet_server.shop.sell(phone="4155550302", payment={"method": "cash"})
    desk = office("owner").go(f"/orders/{order['id']}").fill(Reason_for_the_refund="spilt")

    desk.page.get_by_label("Amount, at most").fill("a lot")
    desk.press("Refund")
    expect(desk.page.get_by_text("Write an amount like 8.50")).to_be_visible()
    desk.page.get_by_label("Amount, at most").fill("900")
    desk.press("Refund", sure=True)

    expect(desk.page.get_by_role("alert")).to_be_visible()
    expect(desk.page.get_by_label("Reason for the refund")).to_have_value("spilt")


def test_cashier_reads_orders_and_may_not_give_back(office: Desks, tablet_server: TabletServer) -> None:
    order = tablet_server.shop.sell(phone="4155550303", payment={"method": "cash"})
    desk = office("cashier").go(f"/orders/{order['id']}")

    expect(desk.page.get_by_role("heading", name=f"Order {order['reference']}")).to_be_visible()
    expect(desk.page.get_by_role("button", name="Refund")).to_have_count(0)
    answered = desk.page.evaluate(
        """async (id) => (await fetch(`/api/v1/orders/${id}/refunds`, { method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": id,
                   "X-CSRFToken": document.querySelector("header.top").dataset.csrf },
        body: JSON.stringify({ amount: 100, reason: "mine" }) })).status""",
        order["id"],
    )

    assert answered == 403
    assert tablet_server.shop.get(f"/orders/{order['id']}").json["amount_refunded"] == 0
    desk.go("/orders")
    assert desk.findings() == []
