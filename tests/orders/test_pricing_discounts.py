"""What is taken off: the tables of docs/pricing.md on discounts by hand, comps and coupons, row by row."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pos import ids
from pos.catalog import coupons
from pos.checkout import discounts
from pos.orders import pricing
from pos.orders.pricing import Discount
from tests.client import Shop
from tests.orders.baskets import goods
from tests.orders.pricing_page import refusal, rows, table, whole
from tests.tables import NOT_SAID, amount, amounts

BASKET = {
    "House IPA": goods(800, 2, "0.0825", "food", "House IPA"),
    "Pretzel": goods(450, 1, "0.10", "food", "Pretzel", position=2),
    "Tee": goods(2500, 1, "0.0825", "merch", "Tee", position=3),
}


def granted(cell: str) -> dict[str, Any]:
    """A discount as a cell writes it, as a request asks for it: 10 %, 500, or comp."""
    if cell == "comp":
        return {"comp": True}
    return {"percent": int(cell.removesuffix(" %"))} if cell.endswith("%") else {"amount": int(cell)}


def code(**changes: Any) -> coupons.Code:
    facts = {
        "id": ids.uuid7(),
        "code": "TEN",
        "discount_type": "percent",
        "amount": 10,
        "starts_at": None,
        "ends_at": None,
        "usage_limit": None,
        "usage_count": 0,
        "status": "active",
    }
    return coupons.Code(**facts | changes)


@rows("What a discount takes off")
def test_discount_by_hand_takes_off(row: dict[str, str]) -> None:
    discount = discounts.by_hand({**granted(row["discount"]), "reason": "spilt"}, "user:1")

    order = pricing.price([goods(int(row["of"]))], tip=0, tax_included=True, discounts=[discount])

    assert discount.kind == ("comp" if row["discount"] == "comp" else "manual")
    assert [off for _, off in order.discounts] == [order.discount] == [int(row["off"])]
    assert order.total == int(row["of"]) - int(row["off"])


@rows("What a coupon takes off")
def test_coupon_takes_off(row: dict[str, str]) -> None:
    discount = discounts.by_coupon(code(discount_type=row["discount_type"], amount=int(row["amount"])))

    order = pricing.price([goods(int(row["of"]))], tip=0, tax_included=True, discounts=[discount])

    assert order.discount == int(row["off"])


@pytest.mark.parametrize(
    "listed", [table("In which order they are applied"), table("After a comp of the whole order nothing is left")]
)
def test_discounts_are_applied_in_their_order(listed: list[dict[str, str]]) -> None:
    given = [_discount(row) for row in listed]

    order = pricing.price(list(BASKET.values()), tip=0, tax_included=True, discounts=given[::-1])

    assert [(discount.id, off) for discount, off in order.discounts] == [
        (discount.id, int(row["off"])) for discount, row in zip(given, listed, strict=True)
    ]
    for index, row in enumerate(listed):
        assert _left(given[:index], row["on"]) == int(row["left before"]), row


@rows("Spread over the lines")
def test_discount_of_an_order_is_spread_over_its_lines(row: dict[str, str]) -> None:
    basket = [goods(left, position=index) for index, left in enumerate(amounts(row["left on the lines"]), start=1)]
    discount = Discount(ids.uuid7(), "manual", "Discount", amount=int(row["off the order"]))

    order = pricing.price(basket, tip=0, tax_included=False, discounts=[discount])

    assert [line.discount for line in order.lines] == amounts(row["off the lines"])
    assert all(sum(part for _, part in line.parts) == line.discount for line in order.lines)


@rows("Tax after discounts")
def test_tax_is_of_what_discounts_have_left(row: dict[str, str]) -> None:
    discount = Discount(ids.uuid7(), "manual", "Discount", amount=int(row["discount"]))
    sold = goods(int(row["subtotal"]), 1, row["rate"])

    (line,) = pricing.price([sold], tip=0, tax_included=row["prices"] == "tax included", discounts=[discount]).lines

    assert [line.subtotal, line.discount, line.total, line.tax] == whole(row, "subtotal", "discount", "total", "tax")


LINES = table("The lines of a discounted basket in two stores")
SUMS = table("The sums of a discounted basket in two stores")


@pytest.mark.parametrize(("fixture", "prices"), [("shop", "tax on top"), ("other_shop", "tax included")])
def test_discounted_basket_costs_in_two_stores(request: pytest.FixtureRequest, fixture: str, prices: str) -> None:
    shop: Shop = request.getfixturevalue(fixture)
    _coupon(shop, "FIVE", discount_type="amount", amount=500)

    order = shop.sell(
        as_="owner",
        location_id=shop.location_id,
        phone="+14155550132",
        items=[
            {"sku": "IPA", "quantity": 2, "discount": {"percent": 25, "reason": "warm"}},
            {"sku": "PRETZEL", "quantity": 1, "discount": {"comp": True, "reason": "burnt"}},
            {"sku": "TEE-BLK-M", "quantity": 1},
        ],
        discount={"percent": 10, "reason": "regular"},
        coupon="five",
        tip=200,
    )

    expected = [row for row in LINES if row["prices"] == prices]
    columns = ("quantity", "unit price", "subtotal", "discount", "total", "tax")
    assert [line["name"] for line in order["lines"]] == [row["name"] for row in expected]
    assert [[line[column.replace(" ", "_")] for column in columns] for line in order["lines"]] == [
        whole(row, *columns) for row in expected
    ]
    (sums,) = (row for row in SUMS if row["prices"] == prices)
    columns = ("subtotal", "discount", "tax", "tip", "total")
    assert [order[column] for column in columns] == whole(sums, *columns)
    assert sum(each["off"] for each in order["discounts"]) == order["discount"]


@rows("When a coupon holds")
def test_coupon_holds_between_its_dates_below_its_limit(row: dict[str, str]) -> None:
    coupon = code(
        status=row["status"],
        starts_at=_instant(row["starts_at"]),
        ends_at=_instant(row["ends_at"]),
        usage_limit=amount(row["limit"]),
        usage_count=int(row["used"]),
    )

    answer = refusal(coupons.require_valid, coupon, _instant(row["at"])) or "holds"

    assert answer == row["answer"]


STEPS = table("How often a coupon was used")


def test_coupon_counts_the_orders_that_hold_it(shop: Shop) -> None:
    _coupon(shop, "TEN", discount_type="percent", amount=10, usage_limit=2)
    sold: list[dict[str, Any]] = []

    for row in STEPS:
        if row["step"] == "the first one is canceled":
            answer = shop.post(f"/orders/{sold[0]['id']}/cancel", {"reason": "too late"})
        elif row["step"] in ("the same order once more", "another code"):
            order = sold[-1] if row["step"] == "the same order once more" else shop.sell()
            answer = shop.patch(
                f"/orders/{order['id']}", {"coupon": row["code"]}, version=order["version"], as_="register"
            )
        else:
            answer = shop.post("/orders", shop.order(coupon=row["code"]))
            sold += [answer.json] if answer.status_code == 201 else []

        refused = answer.json.get("type", "").removeprefix("/problems/")
        assert row["answer"] == (refused or {"canceled": "canceled"}.get(answer.json["status"], "sold")), row
        assert _uses(shop, "TEN") == int(row["uses"]), row


CHANGES = table("Discounts when the order changes")


def test_discounts_reach_what_the_order_becomes(shop: Shop) -> None:
    _coupon(shop, "TEN", discount_type="percent", amount=10)
    order: dict[str, Any] = {"id": "", "version": 0}
    steps = {
        "two House IPA, 10 % off": lambda: shop.post(
            "/orders",
            shop.order(
                items=[{"sku": "IPA", "quantity": 2}],
                location_id=shop.location_id,
                discount={"percent": 10, "reason": "regular"},
            ),
            as_="owner",
        ),
        "a Tee is added": lambda: shop.post(
            f"/orders/{order['id']}/lines", {"items": [{"sku": "TEE-BLK-M", "quantity": 1}]}
        ),
        "a third House IPA": lambda: _change_line(shop, order, 0, quantity=3),
        "the Tee is voided": lambda: _void(shop, order, 1),
        "500 off in place of 10 %": lambda: _change(shop, order, discount={"amount": 500, "reason": "late"}),
        "a coupon over 10 %": lambda: _change(shop, order, coupon="TEN"),
        "the 500 are taken back": lambda: _change(shop, order, discount=None),
    }

    for row in CHANGES:
        answer = steps[row["step"]]()
        assert answer.status_code in (200, 201), answer.get_data(as_text=True)
        order = answer.json

        assert [order[column] for column in ("subtotal", "discount", "tax", "total")] == whole(
            row, "subtotal", "discount", "tax", "total"
        ), row


def _discount(row: dict[str, str]) -> Discount:
    line = BASKET.get(row["on"])
    asked = granted(row["granted"])
    return Discount(ids.uuid7(), row["kind"], "Discount", line_id=line and line.id, **asked)


def _left(given: list[Discount], on: str) -> int:
    """What these discounts leave of a line, or of the order."""
    lines = pricing.price(list(BASKET.values()), tip=0, tax_included=True, discounts=given).lines
    return sum(line.total for line in lines if on in ("order", line.goods.name))


def _instant(cell: str) -> datetime | None:
    return None if cell == NOT_SAID else datetime.fromisoformat(cell).replace(tzinfo=UTC)


def _coupon(shop: Shop, name: str, **facts: Any) -> None:
    answer = shop.post("/coupons", {"code": name, **facts}, as_="owner")
    assert answer.status_code == 201, answer.get_data(as_text=True)


def _uses(shop: Shop, name: str) -> int:
    (found,) = shop.get(f"/coupons?code={name}", as_="owner").json["data"]
    return int(found["usage_count"])


def _change(shop: Shop, order: dict[str, Any], **change: Any) -> Any:
    return shop.patch(f"/orders/{order['id']}", change, version=order["version"])


def _change_line(shop: Shop, order: dict[str, Any], index: int, **change: Any) -> Any:
    path = f"/orders/{order['id']}/lines/{order['lines'][index]['id']}"
    return shop.patch(path, change, version=order["version"])


def _void(shop: Shop, order: dict[str, Any], index: int) -> Any:
    path = f"/orders/{order['id']}/lines/{order['lines'][index]['id']}"
    return shop.request(
        "DELETE", path, as_="owner", headers={"If-Match": f'"{order["version"]}"'}, json={"reason": "spilt"}
    )
