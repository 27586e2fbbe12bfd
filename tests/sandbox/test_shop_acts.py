"""What people do in the web shop: what the API shows afterwards, what is on the shelf, what is told."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pos.db import transaction
from pos.sandbox.shop import acts, things
from pos.sandbox.shop.acts import NotInShop, Wanted
from pos.sandbox.shop.bodies import Person
from pos.sandbox.shop.odd import ODDITIES, odd
from pos.sandbox.shop.shelf import Goods
from tests.sandbox.shopping import NOW, Shopping

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def glass(shopping: Shopping) -> int:
    """A glass for 10.00 without tax, of which there are ten."""
    shopping.fill(orders=0, customers=1)
    return shopping.act(acts.add_product, Goods("Glass", "GLASS", 1000, stock=10, tax_class="zero-rate"))


def _order(shopping: Shopping, number: int) -> Any:
    return shopping.get(f"orders/{number}")


def _stock(shopping: Shopping, number: int) -> int:
    return shopping.get(f"products/{number}")["stock_quantity"]


def test_guest_orders_and_pays(shopping: Shopping, glass: int) -> None:
    wanted = Wanted([(glass, 3)], phone="(415) 555-0132", email="g@example.com", first_name="Ines", shipping=500)

    number = shopping.act(acts.place, wanted)
    waiting, left = _order(shopping, number), _stock(shopping, glass)
    shopping.act(acts.pay, number, now=LATER)
    paid = _order(shopping, number)

    assert (waiting["status"], waiting["customer_id"], waiting["date_paid_gmt"], left) == ("pending", 0, None, 10)
    assert waiting["billing"]["phone"] == "(415) 555-0132"
    assert waiting["total"] == str(Decimal("35.00") + Decimal(waiting["shipping_tax"]))
    assert (paid["status"], paid["date_paid_gmt"]) == ("processing", "2026-11-22T12:05:00")
    assert paid["date_modified_gmt"] == paid["date_paid_gmt"] > paid["date_created_gmt"]
    assert _stock(shopping, glass) == 7


def test_coupons_fees_and_account_are_the_orders(shopping: Shopping, glass: int) -> None:
    person = Person(0, "Emre", "Tran", "e@example.com", "415-555-0111")
    account = shopping.act(acts.add_customer, person)
    wanted = Wanted([(glass, 2)], customer=account, coupons=["welcome10"], fees=[("Deposit", 60, False)])

    order = _order(shopping, shopping.act(acts.place, wanted, is_paid=True))

    assert (order["customer_id"], order["billing"]["first_name"], order["billing"]["phone"]) == (
        account, "Emre", "415-555-0111",
    )  # fmt: skip
    assert (order["total"], order["discount_total"], order["line_items"][0]["price"]) == ("18.60", "2.00", 9)
    assert shopping.get("coupons", code="welcome10")[0]["usage_count"] == 1


def test_canceled_order_puts_back_what_it_took_once(shopping: Shopping, glass: int) -> None:
    number = shopping.act(acts.place, Wanted([(glass, 3)]), is_paid=True)
    shopping.act(acts.complete, number)
    assert _stock(shopping, glass) == 7

    shopping.act(acts.cancel, number)
    shopping.act(acts.cancel, number)

    assert (_order(shopping, number)["status"], _stock(shopping, glass)) == ("cancelled", 10)


def test_edited_order_has_other_lines_and_keeps_their_numbers(shopping: Shopping, glass: int) -> None:
    other = shopping.act(acts.add_product, Goods("Mug", "MUG", 500, tax_class="zero-rate"))
    number = shopping.act(acts.place, Wanted([(glass, 3)]), is_paid=True)
    before = _order(shopping, number)["line_items"][0]["id"]

    shopping.act(acts.edit, number, [(glass, 1), (other, 2)], now=LATER)
    order = _order(shopping, number)

    assert [(each["product_id"], each["quantity"]) for each in order["line_items"]] == [(glass, 1), (other, 2)]
    assert order["line_items"][0]["id"] == before
    assert (order["total"], order["status"], _stock(shopping, glass)) == ("20.00", "processing", 9)


def test_pieces_are_refunded_and_are_on_the_shelf_again(shopping: Shopping, glass: int) -> None:
    number = shopping.act(acts.place, Wanted([(glass, 3)]), is_paid=True)
    line = _order(shopping, number)["line_items"][0]["id"]

    refund = shopping.act(acts.refund, number, lines={line: 2}, is_restocked=True, reason="Broken", now=LATER)
    order, told = _order(shopping, number), shopping.get(f"orders/{number}/refunds")

    assert (told[0]["id"], told[0]["amount"], told[0]["reason"]) == (refund, "20.00", "Broken")
    assert told[0]["line_items"][0]["quantity"] == -2
    assert order["refunds"] == [{"id": refund, "reason": "Broken", "total": "-20.00"}]
    assert (order["status"], _stock(shopping, glass)) == ("processing", 9)
    shopping.act(acts.cancel, number)
    assert _stock(shopping, glass) == 10


def test_order_that_was_given_back_whole_is_refunded(shopping: Shopping, glass: int) -> None:
    number = shopping.act(acts.place, Wanted([(glass, 3)], shipping=590), is_paid=True)

    shopping.act(acts.refund, number, amount=1000)
    rest = shopping.act(acts.refund, number)
    order = _order(shopping, number)

    assert (order["status"], len(order["refunds"])) == ("refunded", 2)
    assert sum(Decimal(each["total"]) for each in order["refunds"]) == -Decimal(order["total"])
    shopping.act(acts.withdraw_refund, rest)
    assert len(_order(shopping, number)["refunds"]) == 1


def test_trash_is_a_way_back_and_deleting_is_none(shopping: Shopping, glass: int) -> None:
    number = shopping.act(acts.place, Wanted([(glass, 1)]), is_paid=True)
    shopping.act(acts.refund, number, amount=100)

    shopping.act(acts.trash, number, now=LATER)
    assert number not in shopping.numbers("orders")
    shopping.act(acts.restore, number, now=LATER)
    assert _order(shopping, number)["status"] == "processing"
    shopping.act(acts.delete, number, now=LATER)

    assert shopping.ask(f"orders/{number}").status_code == 404
    assert shopping.get(f"orders/{number}/refunds") == []


def test_shelves_change(shopping: Shopping, glass: int) -> None:
    shopping.act(acts.change_product, glass, price=1234, stock=0, name="Goblet", now=LATER)
    changed = shopping.get(f"products/{glass}")

    assert [changed[name] for name in ("name", "price", "stock_quantity", "stock_status")] == [
        "Goblet", "12.34", 0, "outofstock",
    ]  # fmt: skip
    assert shopping.numbers("products", modified_after="2026-11-22T12:00:00", dates_are_gmt="true") == [glass]
    shopping.act(acts.delete_product, glass)
    assert shopping.ask(f"products/{glass}").status_code == 404


def test_variation_has_a_stock_of_its_own(shopping: Shopping, glass: int) -> None:
    product = shopping.get("products", type="variable", per_page=100)
    shirt = next(each for each in product if each["sku"] == "HB-200")
    medium = next(each for each in shopping.get(f"products/{shirt['id']}/variations") if each["name"] == "M")

    order = _order(shopping, shopping.act(acts.place, Wanted([(medium["id"], 2)]), is_paid=True))
    now = shopping.get(f"products/{shirt['id']}/variations/{medium['id']}")

    line = order["line_items"][0]
    assert (line["product_id"], line["variation_id"], line["name"]) == (shirt["id"], medium["id"], "Logo T-shirt - M")
    assert now["stock_quantity"] == medium["stock_quantity"] - 2


def test_what_is_not_there_cannot_be_acted_on(shopping: Shopping, glass: int) -> None:
    for do, named in ((acts.pay, (1,)), (acts.delete_product, (1,)), (acts.place, (Wanted([(1, 1)]),))):
        with pytest.raises(NotInShop):
            shopping.act(do, *named)


def test_odd_orders_are_shown_as_they_are(shopping: Shopping, glass: int) -> None:
    numbers = shopping.act(odd)

    listed = {each["id"]: each for each in shopping.every("orders")}

    assert set(numbers) == set(ODDITIES)
    assert set(numbers.values()) <= set(listed)
    assert listed[numbers["null_total"]]["total"] is None
    assert "billing" not in listed[numbers["missing_keys"]]
    assert len(listed[numbers["long_note"]]["customer_note"]) > 100_000
    assert listed[numbers["twin_one"]]["transaction_id"] == listed[numbers["twin_two"]]["transaction_id"]
    assert isinstance(listed[numbers["numbers_for_strings"]]["total"], float)
    assert shopping.app.test_client().get("/_sandbox/shop").status_code == 200


def test_numbers_of_posts_are_never_given_twice(shopping: Shopping, glass: int) -> None:
    shopping.fill(2, orders=30)
    number = shopping.act(acts.place, Wanted([(glass, 1)]), is_paid=True)
    shopping.act(acts.refund, number)
    kinds = (things.PRODUCT, things.VARIATION, things.ORDER, things.REFUND, things.COUPON)

    with transaction(None):
        given = [each.number for kind in kinds for each in things.those(kind)]

    assert len(given) == len(set(given))
