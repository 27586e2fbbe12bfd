"""A day at the counter after a move: everything that a way back must carry along."""

from typing import Any

from tests.client import Shop

ADA, BRUNO, JOSE, MEI, GRETA, TOMAS, NEW = (f"+1{number}" for number in (5035550101, 5035550102, 5035550103, 5035550104, 5035550111, 5035550110, 4155550199))  # fmt: skip
PAID = {"payment": {"method": "cash"}}


def trade(shop: Shop) -> dict[str, str]:
    """What happens in a day: the references of the orders by what they are."""
    orders = {
        "sale": shop.sell(phone=ADA, items=[{"sku": "IPA", "quantity": 30}], **PAID),
        "newcomer's": shop.sell(phone=NEW, name="New Body", join=True, marketing_consent=True, items=[{"sku": "WATER", "quantity": 3}], **PAID),
        "walk-in's": shop.sell(phone=None, walk_in=True, items=[{"sku": "WATER", "quantity": 1}], **PAID),
        "unpaid": shop.sell(phone=MEI),
        "canceled": shop.sell(phone=JOSE),
        "debtor's": shop.sell(phone=TOMAS, join=True, items=[{"sku": "IPA", "quantity": 10}], **PAID),
        "refunded": shop.sell(phone=GRETA, items=[{"sku": "TEE-BLK-M", "quantity": 2}], **PAID),
    }  # fmt: skip
    line = orders["refunded"]["lines"][0]["id"]
    _ok(shop.post(f"/orders/{orders['refunded']['id']}/refunds", {"lines": [{"line_id": line, "quantity": 1}], "reason": "torn"}, as_="owner"))  # fmt: skip
    _ok(
        shop.post(
            f"/orders/{orders['canceled']['id']}/cancel", {"reason": "rain"}, as_="owner", headers={"If-Match": "*"}
        )
    )
    greta = orders["refunded"]["customer"]["id"]
    _ok(shop.post(f"/customers/{greta}/consents", {"purpose": "marketing", "granted": True}, as_="owner"))
    ada = orders["sale"]["customer"]["id"]
    _ok(shop.post(f"/customers/{ada}/consents", {"purpose": "sms", "granted": False}, as_="owner"))
    bruno = _ok(shop.get("/members", as_="owner", query_string={"phone": BRUNO}))["id"]
    _ok(shop.post(f"/members/{bruno}/adjustments", {"points": -50, "reason": "a shirt"}, as_="owner"))
    return {what: order["reference"] for what, order in orders.items()}


def _ok(response: Any) -> Any:
    assert response.status_code in (200, 201), response.text
    return response.json
