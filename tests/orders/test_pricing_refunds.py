"""What goes back, and what was sold without network: the tables of docs/pricing.md row by row."""

from typing import Any

from pos import ids
from pos.payments import allocation
from pos.payments.allocation import Held
from tests.checkout.counter import books, paid
from tests.client import Shop
from tests.orders.pricing_page import refusal, rows, table, whole, words
from tests.tables import amount


@rows("What a part of a line is worth")
def test_part_of_a_line_is_worth(row: dict[str, str]) -> None:
    line, pieces, before, now, worth = whole(
        row, "worth of the line", "pieces", "went back before", "go back now", "worth"
    )

    assert allocation.worth(line, of=pieces, before=before, quantity=now) == worth


@rows("Out of which payments it comes")
def test_refund_comes_out_of_the_newest_payment_and_cash_last(row: dict[str, str]) -> None:
    payments = [
        Held(ids.uuid7(), method, int(left)) for method, left in map(str.split, words(row["payments, oldest first"]))
    ]
    parts: list[tuple[Held, int]] = []

    refused = refusal(lambda: parts.extend(allocation.allocate(int(row["amount"]), payments)))

    out_of = ", ".join(f"{payment.method} {payment.left}: {part}" for payment, part in parts)
    assert (refused or out_of) == row["out of"]


BACK = table("Goods of one order come back")


def test_goods_come_back_for_what_was_paid_for_them(shop: Shop) -> None:
    order = shop.sell(
        as_="owner",
        location_id=shop.location_id,
        items=[{"sku": "IPA", "quantity": 3}],
        discount={"percent": 10, "reason": "regular"},
    )
    assert order["total"] == 2338
    order = paid(shop, order, amount=1000, tip=100)
    order = paid(shop, order, "card")
    methods = {payment["id"]: payment["method"] for payment in order["payments"]}

    for row in BACK:
        lines = [{"line_id": order["lines"][0]["id"], "quantity": int(row["quantity"])}]
        answer = shop.post(f"/orders/{order['id']}/refunds", {"lines": lines, "reason": "flat"}, as_="owner")
        order = shop.get(f"/orders/{order['id']}").json

        assert row["answer"] in (str(answer.status_code), answer.json.get("type", "").removeprefix("/problems/")), row
        taken = {methods[each["payment_id"]]: each["amount"] for each in answer.json.get("refunded", ())}
        assert [taken.get("card", 0), taken.get("cash", 0)] == whole(row, "out of the card", "out of cash"), row
        assert order["amount_refunded"] == int(row["amount refunded"])
        assert order["payment_status"] == row["payment status"]
    assert order["amount_paid"] - order["amount_refunded"] == order["tip"] == 100
    assert books(shop) == []


VOIDED = table("Overpaid after a void")


def test_void_of_a_paid_line_leaves_an_order_overpaid(shop: Shop) -> None:
    order = paid(shop, shop.sell(items=[{"sku": "IPA", "quantity": 1}, {"sku": "TEE-BLK-M", "quantity": 1}]))
    steps = {
        "paid": lambda: shop.get(f"/orders/{order['id']}"),
        "the Tee is voided": lambda: shop.request(
            "DELETE",
            f"/orders/{order['id']}/lines/{order['lines'][1]['id']}",
            as_="owner",
            headers={"If-Match": f'"{order["version"]}"'},
            json={"reason": "torn"},
        ),
        "2706 are given back": lambda: shop.post(
            f"/orders/{order['id']}/refunds", {"amount": 2706, "reason": "torn"}, as_="owner"
        ),
    }

    for row in VOIDED:
        order = steps[row["step"]]().json
        columns = ("total", "amount paid", "amount refunded", "amount due")
        assert [order[column.replace(" ", "_")] for column in columns] == whole(row, *columns), row
        assert order["payment_status"] == row["payment status"]
    assert books(shop) == []


@rows("The price of an offline sale")
def test_offline_sale_keeps_the_price_of_the_tablet(shop: Shop, row: dict[str, str]) -> None:
    item = {"sku": row["sku"], "quantity": 1, "unit_price": int(row["sold at"])}

    order = shop.sell(items=[item], offline=True)

    (line,) = order["lines"]
    assert (line["unit_price"], line["list_price"]) == (int(row["unit price"]), amount(row["list price"]))
    assert line["tax"] == int(row["tax"])
    assert to_be_looked_at(shop, order) == words(row["to be looked at"])
    assert books(shop) == []


@rows("The money of an offline sale")
def test_offline_sale_keeps_the_money_of_the_tablet(shop: Shop, row: dict[str, str]) -> None:
    payment = {"method": row["method"], "amount": amount(row["amount"])} if words(row["method"]) else None
    if payment and payment["amount"] is None:
        del payment["amount"]

    order = shop.sell(
        items=[{"sku": "IPA", "quantity": 1, "unit_price": 800}],
        offline=True,
        expected_total=amount(row["expected_total"]),
        payment=payment,
    )

    assert [order["total"], order["amount_paid"]] == whole(row, "total", "amount paid")
    assert order["payment_status"] == row["payment status"]
    assert to_be_looked_at(shop, order) == words(row["to be looked at"])
    assert books(shop) == []


def test_offline_sale_refuses_a_coupon_with_a_limit(shop: Shop) -> None:
    coupon = {"code": "TEN", "discount_type": "percent", "amount": 10, "usage_limit": 1}
    assert shop.post("/coupons", coupon, as_="owner").status_code == 201
    sale = shop.order(items=[{"sku": "IPA", "quantity": 1, "unit_price": 800}], offline=True, coupon="TEN")

    answer = shop.post("/orders", sale)

    assert answer.json["type"] == "/problems/coupon-not-offline"


def to_be_looked_at(shop: Shop, order: dict[str, Any]) -> list[str]:
    listed = shop.get("/attention-items?is_open=true", as_="owner").json["data"]
    return sorted(item["kind"] for item in listed if item["subject"] == f"orders:{order['id']}")
