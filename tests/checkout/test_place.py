"""Placing an order."""

from tests.client import Shop


def test_place_sells_to_a_new_customer_and_gives_change(shop: Shop) -> None:
    order = shop.sell(
        name="Ada",
        items=[
            {"sku": "IPA", "quantity": 2, "note": "one later"},
            {"product_id": shop.products["TEE-BLK-M"], "quantity": 1},
        ],
        tip=200,
        payment={"method": "cash", "tendered": 5000},
    )

    assert (order["subtotal"], order["tax"], order["total"]) == (4100, 338, 4638)
    assert (order["payment_status"], order["status"], order["fulfillment_status"]) == ("paid", "open", "proposed")
    assert (order["change_due"], order["amount_due"], order["kind"]) == (362, 0, "mixed")
    assert order["customer"]["phone"] == "+14155550132"
    assert order["customer"]["created"] is True
    assert order["customer"]["order_count"] == 1
