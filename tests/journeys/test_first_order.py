"""A guest orders by phone for the first time: from the order to the history, over HTTP."""

import uuid

from pos import clock
from pos.audit.actions import audit_store
from pos.db import transaction
from tests.client import Shop, new_key


def test_first_order_from_the_phone_to_the_history(shop: Shop) -> None:
    # A guest whom nobody knows yet orders two beers and a shirt, and puts down 20.00 for a start.
    key = new_key()
    ordered = shop.order(
        phone="(415) 555-0132",
        name="Ada",
        items=[{"sku": "IPA", "quantity": 2, "note": "one later"}, {"sku": "TEE-BLK-M", "quantity": 1}],
        expected_total=4438,
        marketing_consent=True,
        payment={"method": "cash", "amount": 2000, "tendered": 2000},
    )
    order = shop.post("/orders", ordered, key=key).json
    assert (order["kind"], order["total"], order["amount_due"]) == ("mixed", 4438, 2438)
    assert (order["status"], order["payment_status"], order["fulfillment_status"]) == (
        "open", "partially_paid", "proposed",
    )  # fmt: skip

    # The tablet heard no answer and sends the same again: it is the same order, and no second one.
    again = shop.post("/orders", ordered, key=key)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json == order
    assert [found["id"] for found in shop.get("/orders").json["data"]] == [order["id"]]

    # Later somebody types the number another way, and knows the guest.
    ada = shop.post("/customers/lookup", {"phone": "415.555.0132"}).json
    assert (ada["id"], ada["name"], ada["phone"]) == (order["customer"]["id"], "Ada", "+14155550132")
    assert (ada["order_count"], ada["total_spent"], ada["marketing_consent"]) == (1, 2000, True)

    # The kitchen begins; at the counter the rest is paid in cash, with a tip.
    making = shop.post(f"/orders/{order['id']}/fulfillment", {"status": "reserved"}).json
    paid = shop.post(f"/orders/{order['id']}/payments", {"method": "cash", "tip": 200, "tendered": 3000}).json
    assert (making["status"], making["fulfillment_status"]) == ("open", "reserved")
    assert (paid["payment"]["amount"], paid["change_due"]) == (2638, 362)
    assert (paid["total"], paid["amount_paid"], paid["amount_due"], paid["payment_status"]) == (4638, 4638, 0, "paid")
    assert paid["status"] == "open"

    # It is ready, found by the reference on the receipt, and handed over: nothing remains to be done.
    receipt = order["reference"]
    ready = shop.post(f"/orders/{order['id']}/fulfillment", {"status": "prepared"}).json
    found = shop.get(f"/orders/by-reference/{receipt[:3].lower()}-{receipt[3:].lower()}").json
    done = shop.post(f"/orders/{found['id']}/fulfillment", {"status": "completed"}).json
    assert (ready["status"], found["id"]) == ("open", order["id"])
    assert (done["status"], done["fulfillment_status"], done["payment_status"]) == ("completed", "completed", "paid")
    assert done["completed_at"] is not None
    refused = shop.post(f"/orders/{order['id']}/cancel", {"reason": "too late", "refund": True}, as_="owner")
    assert refused.status_code == 409

    # The history tells it all, and the next visit finds the same person.
    history = shop.get(f"/customers/{ada['id']}/orders").json["data"]
    (entry,) = history
    assert entry == shop.get(f"/orders/{order['id']}").json
    assert [(payment["method"], payment["amount"]) for payment in entry["payments"]] == [("cash", 2000), ("cash", 2638)]
    second = shop.sell(phone="+1 415 555 0132", name="Somebody else", items=[{"sku": "WATER", "quantity": 1}])
    assert (second["customer"]["id"], second["customer"]["name"], second["customer"]["order_count"]) == (
        ada["id"], "Ada", 2,
    )  # fmt: skip
    assert [line["kind"] for past in shop.get(f"/customers/{ada['id']}/orders").json["data"] for line in past["lines"]] == [
        "food", "food", "merch",
    ]  # fmt: skip
    assert shop.get(f"/products/{shop.products['TEE-BLK-M']}").json["stock_quantity"] == 39

    # And the books hold.
    with transaction(uuid.UUID(shop.store_id)):
        assert audit_store(clock.now()) == []
