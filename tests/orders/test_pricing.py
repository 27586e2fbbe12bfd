"""What an order costs: tables of docs/pricing.md row by row. Pieces, discounts, tabs and refunds have modules of their own."""

import importlib
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from babel.numbers import get_currency_precision
from sqlalchemy import text

from pos import clock, money
from pos.db import db, find, transaction
from pos.orders import lifecycle, pricing
from pos.orders.models import Order
from pos.payments.tender import tender
from tests.checkout.counter import books
from tests.client import Shop
from tests.orders.baskets import goods
from tests.orders.pricing_page import PAGE, TESTED, refusal, rows, table, whole, words
from tests.tables import amount, amounts


def priced_basket(lines: list[dict[str, str]], *, tip: int = 0) -> pricing.PricedOrder:
    """The lines of a basket as a table has them, priced together."""
    basket = [
        goods(*whole(line, "unit price", "quantity"), line["rate"], line["kind"], line["name"], position=position)
        for position, line in enumerate(lines, start=1)
    ]
    return pricing.price(basket, tip=tip, tax_included=lines[0]["prices"] == "tax included")


def basket(prices: str) -> list[dict[str, str]]:
    return [line for line in PAGE["The lines of one basket in two stores"] if line["prices"] == prices]


# --- the page -------------------------------------------------------------------------------------------------


@rows("Amounts of currencies")
def test_amount_is_in_minor_units(row: dict[str, str]) -> None:
    digits = get_currency_precision(row["currency"])

    assert Decimal(row["written"]).scaleb(digits) == int(row["amount"])


@rows("Quantity times unit price")
def test_price_multiplies_quantity_and_unit_price(row: dict[str, str]) -> None:
    (line,) = pricing.price([goods(*whole(row, "unit price", "quantity"))], tip=0, tax_included=False).lines

    assert (line.subtotal, line.discount, line.total) == (int(row["subtotal"]), 0, int(row["subtotal"]))


@rows("Rates by location and class")
def test_price_taxes_by_location_and_class(shop: Shop, row: dict[str, str]) -> None:
    listed = PAGE["Rates by location and class"]
    rates = {other["class"]: other["rate"] for other in listed if other["location"] == row["location"]}
    place = shop.post(
        "/locations",
        {"name": f"{row['location']} 2", "timezone": "UTC", "tax_rates": rates | {"none": "0"}},
        as_="owner",
    )
    _offer(shop, sku="THIS", price=int(row["price"]), tax_class=row["class"])

    order = shop.sell(as_="owner", items=[{"sku": "THIS", "quantity": 1}], location_id=place.json["id"])

    assert order["tax"] == int(row["tax on top"])


@rows("Tax on top")
def test_tax_on_top_rounds_half_up(row: dict[str, str]) -> None:
    total, rate = int(row["line total"]), Decimal(row["rate"])

    tax = money.tax_on_top(total, rate)

    assert total * rate == Decimal(row["exact"])
    assert tax == int(row["tax"])


@rows("Tax included")
def test_tax_inside_is_the_total_less_the_rounded_net(row: dict[str, str]) -> None:
    total, rate = int(row["line total"]), Decimal(row["rate"])

    tax = money.tax_inside(total, rate)

    assert (total / (1 + rate)).quantize(Decimal("0.0001")) == Decimal(row["exact net"])
    assert (total - tax, tax) == (int(row["net"]), int(row["tax"]))


@rows("Currencies with other decimals")
def test_tax_is_rounded_to_the_unit_of_the_currency(row: dict[str, str]) -> None:
    order = pricing.price(
        [goods(int(row["line total"]), 1, row["rate"])], tip=0, tax_included=row["prices"] == "tax included"
    )

    assert order.tax == int(row["tax"])


@rows("Rounded per line, then summed")
def test_tax_is_rounded_per_line_then_summed(row: dict[str, str]) -> None:
    basket = [goods(199, quantity) for quantity in amounts(row["quantities of the lines"])]

    order = pricing.price(basket, tip=0, tax_included=False)

    assert [line.tax for line in order.lines] == amounts(row["tax of the lines"])
    assert order.tax == int(row["tax of the order"])


@rows("The lines of one basket in two stores")
def test_price_gives_each_line_its_amounts(row: dict[str, str]) -> None:
    position = basket(row["prices"]).index(row) + 1

    line = priced_basket(basket(row["prices"])).lines[position - 1]

    assert (line.goods.name, line.goods.quantity, line.goods.tax_rate) == (
        row["name"],
        int(row["quantity"]),
        Decimal(row["rate"]),
    )
    assert [line.goods.unit_price, line.subtotal, line.discount, line.total, line.tax] == whole(
        row, "unit price", "subtotal", "discount", "total", "tax"
    )


@rows("The sums of one basket in two stores")
def test_price_sums_the_lines_and_adds_the_tip(row: dict[str, str]) -> None:
    order = priced_basket(basket(row["prices"]), tip=int(row["tip"]))

    assert order.kind == row["kind"]
    assert [order.subtotal, order.discount, order.tax, order.tip, order.total] == [
        int(row[name]) for name in ("subtotal", "discount", "tax", "tip", "total")
    ]


@rows("Tips")
def test_price_does_not_tax_the_tip(row: dict[str, str]) -> None:
    order = priced_basket(basket("tax on top"), tip=int(row["tip"]))

    assert (order.tip, order.tax, order.total) == (int(row["tip"]), int(row["tax"]), int(row["total"]))


@rows("The total that the client expected")
def test_expect_refuses_another_total(row: dict[str, str]) -> None:
    order = pricing.price([goods(int(row["total"]), 1, "0")], tip=0, tax_included=False)

    answer = refusal(pricing.expect, order, amount(row["expected_total"])) or "sold"

    assert answer == row["answer"]


@rows("Change")
def test_tender_gives_change(row: dict[str, str]) -> None:
    taken = tender(row["method"], **_asked(row))

    assert (taken.method, taken.amount) == (row["method"], int(row["payment"]))
    assert (taken.tendered or taken.amount) - taken.amount == int(row["change"])


@rows("What is refused")
def test_tender_refuses(row: dict[str, str]) -> None:
    assert refusal(tender, row["method"], **_asked(row)) == row["refusal"]


@rows("Amount due")
def test_amount_due_follows_from_the_amounts(row: dict[str, str]) -> None:
    total, paid, refunded = whole(row, "total", "paid", "refunded")

    due = lifecycle.amount_due(status=row["status"], total=total, paid=paid, refunded=refunded)

    assert due == int(row["amount due"])


@rows("When an order is completed")
def test_order_is_completed_when_paid_and_handed_over(shop: Shop, row: dict[str, str]) -> None:
    order = shop.sell(items=[{"sku": row["sold"], "quantity": 1}])

    for step in words(row["what happens"]):
        _carry_out(shop, order["id"], step)

    order = shop.get(f"/orders/{order['id']}").json
    assert (order["total"], order["amount_due"]) == (int(row["total"]), int(row["amount due"]))
    assert order["status"] == row["status"]
    assert ["no", "yes"][_paid_at(shop, order) is not None] == row["paid_at"]
    assert books(shop) == []


@rows("Payment status by amounts")
def test_payment_status_follows_from_the_amounts(row: dict[str, str]) -> None:
    total, paid, refunded = (int(row[name]) for name in ("total", "paid", "refunded"))

    status = lifecycle.payment_status(total=total, paid=paid, refunded=refunded)

    assert paid - refunded == int(row["net"])
    assert status == row["payment status"]


@rows("Splits")
def test_split_gives_the_rest_to_the_largest_remainders(row: dict[str, str]) -> None:
    parts = money.split(int(row["amount"]), amounts(row["weights"]))

    assert parts == amounts(row["parts"])


TENDERS = table("Split tender")


def test_split_tender_adds_up_over_several_people(shop: Shop) -> None:
    order = shop.sell(items=[{"sku": "IPA", "quantity": 2}, {"sku": "TEE-BLK-M", "quantity": 1}])

    assert order["total"] == 4438
    for row in TENDERS:
        body = {"method": row["method"], "tip": int(row["tip"])}
        body |= {name: int(row[name]) for name in ("amount", "tendered") if amount(row[name]) is not None}
        paid = shop.post(f"/orders/{order['id']}/payments", body).json

        assert [paid["payment"]["amount"], paid["change_due"], paid["tip"], paid["total"]] == [
            int(row[name]) for name in ("payment", "change", "order's tip", "order's total")
        ]
        assert [paid["amount_paid"], paid["amount_due"]] == [int(row[name]) for name in ("amount paid", "amount due")]
        assert paid["payment_status"] == row["payment status"]


FROZEN = table("A product is edited after the sale")


def test_editing_a_product_leaves_what_was_sold_as_it_was(shop: Shop) -> None:
    edited = {row["order line"]: row["edited to"] for row in FROZEN}
    sold = shop.sell()

    _edit(shop, "IPA", {name: edited[name] for name in ("name", "sku", "kind", "tax_class")} | {"price": 950})
    _set_rate(shop, "standard", "0.09")
    next_one = shop.sell(items=[{"sku": edited["sku"], "quantity": 1}])

    for row in FROZEN:
        assert _line_column(shop, sold, row["order line"]) == _typed(row["at the sale"]), row
        assert _line_column(shop, next_one, row["order line"]) == _typed(row["edited to"]), row


@rows("An order that was placed earlier")
def test_place_takes_the_price_of_today_for_an_earlier_order(shop: Shop, row: dict[str, str]) -> None:
    placed_at = clock.now() - timedelta(days=int(row["placed days ago"]))
    _offer(shop, sku="THIS", price=int(row["price on that day"]))
    _edit(shop, "THIS", {"price": int(row["price today"])})

    order = shop.sell(items=[{"sku": "THIS", "quantity": 1}], placed_at=placed_at.isoformat())

    assert order["lines"][0]["unit_price"] == int(row["unit price"])
    assert order["placed_at"] == placed_at.isoformat().replace("+00:00", "Z")


def test_page_has_no_table_that_is_not_tested() -> None:
    for module in Path(__file__).parent.glob("test_pricing*.py"):
        importlib.import_module(f"tests.orders.{module.stem}")

    assert set(PAGE) == TESTED
    assert all(PAGE.values())


# --- refusals and facts that are no figures -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "quantity", "tip", "included"),
    [
        (money.MAX_AMOUNT, 1, 1, True),
        (money.MAX_AMOUNT, 1, 0, False),
        (money.MAX_AMOUNT // 2 + 1, 2, 0, True),
    ],
)
def test_price_refuses_a_total_beyond_the_limit(price: int, quantity: int, tip: int, included: bool) -> None:
    with pytest.raises(pricing.TotalTooLarge):
        pricing.price([goods(price, quantity)], tip=tip, tax_included=included)


def test_price_takes_a_total_at_the_limit() -> None:
    order = pricing.price([goods(money.MAX_AMOUNT - 1)], tip=1, tax_included=True)

    assert order.total == money.MAX_AMOUNT


@pytest.mark.parametrize(
    ("kinds", "kind"),
    [
        (["food"], "food"),
        (["merch", "merch"], "merch"),
        (["food", "merch"], "mixed"),
        (["merch", "food", "food"], "mixed"),
    ],
)
def test_kind_of_an_order_is_that_of_its_lines(kinds: list[str], kind: str) -> None:
    basket = [goods(kind=each) for each in kinds]

    assert pricing.price(basket, tip=0, tax_included=False).kind == kind


@pytest.mark.parametrize(
    ("lines", "needs_preparation"), [([False], False), ([True], True), ([False, True], True), ([False, False], False)]
)
def test_order_needs_preparation_if_one_line_does(lines: list[bool], needs_preparation: bool) -> None:
    basket = [goods(needs_preparation=line) for line in lines]

    assert pricing.price(basket, tip=0, tax_included=False).needs_preparation is needs_preparation


# --- what the tests above ask ---------------------------------------------------------------------------------


def _asked(row: dict[str, str]) -> dict[str, Any]:
    return {
        "due": int(row["due"]),
        "amount": amount(row["amount"]),
        "tip": int(row["tip"]),
        "tendered": amount(row["tendered"]),
    }


def _carry_out(shop: Shop, order_id: str, step: str) -> None:
    """A step of a table: "pay 866", "refund 300", "add WATER", "hand over" or "cancel"."""
    verb, _, what = step.partition(" ")
    asked: dict[str, Callable[[], tuple[str, dict[str, Any]]]] = {
        "pay": lambda: ("payments", {"method": "card", "amount": int(what)}),
        "refund": lambda: ("refunds", {"amount": int(what), "reason": "flat"}),
        "add": lambda: ("lines", {"items": [{"sku": what, "quantity": 1}]}),
        "hand": lambda: ("fulfillment", {"status": "completed"}),
        "cancel": lambda: ("cancel", {"reason": "changed their mind"}),
    }
    part, body = asked[verb]()
    answer = shop.post(f"/orders/{order_id}/{part}", body, as_="owner")
    assert answer.status_code in {200, 201}, answer.get_data(as_text=True)


def _paid_at(shop: Shop, order: dict[str, Any]) -> datetime | None:
    """When it was paid in full; the answers do not show it."""
    with transaction(uuid.UUID(shop.store_id)):
        return find(Order, uuid.UUID(order["id"])).paid_at


def _offer(shop: Shop, *, sku: str, price: int, tax_class: str = "standard") -> None:
    body = {"name": sku.title(), "sku": sku, "kind": "food", "price": price, "tax_class": tax_class}
    assert shop.post("/products", body, as_="owner").status_code == 201


def _edit(shop: Shop, sku: str, changes: dict[str, Any]) -> None:
    (found,) = shop.get(f"/products?sku={sku}").json["data"]
    answer = shop.patch(f"/products/{found['id']}", changes, version=found["version"])
    assert answer.status_code == 200, answer.get_data(as_text=True)


def _set_rate(shop: Shop, tax_class: str, rate: str) -> None:
    version = shop.get(f"/locations/{shop.location_id}").json["version"]
    answer = shop.patch(f"/locations/{shop.location_id}", {"tax_rates": {tax_class: rate}}, version=version)
    assert answer.status_code == 200, answer.get_data(as_text=True)


def _line_column(shop: Shop, order: dict[str, Any], column: str) -> Any:
    """What the database keeps of the only line of an order; not everything that is frozen is shown."""
    statement = text("SELECT to_jsonb(l) ->> :column FROM order_lines l WHERE store_id = :store AND order_id = :order")
    with transaction(uuid.UUID(shop.store_id)):
        kept = db.session.scalar(statement, {"column": column, "store": shop.store_id, "order": order["id"]})
    return _typed(kept)


def _typed(cell: str) -> Decimal | str:
    return Decimal(cell) if cell.replace(".", "", 1).isdigit() else cell
