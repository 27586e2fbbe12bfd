"""Placing an order."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pos import clock
from tests.checkout.counter import books, customer, signed_in
from tests.client import Shop
from tests.refusals import slug_of


def instant(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


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
    assert books(shop) == []


def test_place_sells_at_prices_that_include_tax(other_shop: Shop) -> None:
    order = other_shop.sell(
        phone="030 901820", items=[{"sku": "IPA", "quantity": 2}, {"sku": "TEE-BLK-M", "quantity": 1}], tip=200
    )

    assert (order["subtotal"], order["tax"], order["tip"], order["total"]) == (4100, 313, 200, 4300)
    assert (order["currency"], order["tax_included"], order["amount_due"]) == ("EUR", True, 4300)
    assert books(other_shop) == []


def test_place_shows_the_order_as_it_will_be_read(shop: Shop) -> None:
    placed = shop.sell(name="Ada", note="table 4", payment={"method": "cash", "tendered": 1000})

    read = shop.get(f"/orders/{placed['id']}")

    assert read.json == placed
    assert read.headers["ETag"].startswith(f'"{placed["version"]}.')
    assert placed["public_url"].startswith("http://127.0.0.1:8000/hops/o/")
    assert (placed["source"], placed["currency"], placed["note"]) == ("tablet", "USD", "table 4")
    assert (placed["location_id"], placed["register_id"], placed["user_id"]) == (
        shop.location_id, shop.register_id, None,
    )  # fmt: skip
    assert [placed[name] for name in ("discount", "shipping", "fees", "amount_refunded", "tip")] == [0] * 5
    assert placed["payment_link"] is placed["points"] is placed["cancel_reason"] is None
    (line,) = placed["lines"]
    assert {name: line[name] for name in ("position", "sku", "name", "quantity", "unit_price", "tax", "modifiers")} == {
        "position": 1, "sku": "IPA", "name": "House IPA", "quantity": 1, "unit_price": 800, "tax": 66, "modifiers": [],
    }  # fmt: skip


def test_place_keeps_the_lines_in_the_order_in_which_they_came(shop: Shop) -> None:
    skus = ["WATER", "IPA", "STICKER", "IPA", "PRETZEL"]

    order = shop.sell(items=[{"sku": sku, "quantity": 1, "note": f"{n}"} for n, sku in enumerate(skus, start=1)])

    assert [(line["position"], line["sku"], line["note"]) for line in order["lines"]] == [
        (n, sku, f"{n}") for n, sku in enumerate(skus, start=1)
    ]


def test_place_notes_the_person_at_the_register(shop: Shop) -> None:
    order = shop.post("/orders", shop.order(), headers=signed_in(shop, "cashier")).json

    assert (order["user_id"], order["register_id"]) == (shop.people["cashier"], shop.register_id)


# --- completion -----------------------------------------------------------------------------------------------

CASH = {"method": "cash"}


@pytest.mark.parametrize(
    ("skus", "payment", "expected"),
    [
        (["TEE-BLK-M"], CASH, ("completed", "paid", "completed")),
        (["TEE-BLK-M"], None, ("open", "unpaid", "proposed")),
        (["TEE-BLK-M"], {"method": "card", "amount": 100}, ("open", "partially_paid", "proposed")),
        (["IPA"], CASH, ("open", "paid", "proposed")),
        (["IPA", "TEE-BLK-M"], CASH, ("open", "paid", "proposed")),
        # Water is food that nobody has to make.
        (["WATER"], CASH, ("completed", "paid", "completed")),
        (["WATER", "TEE-BLK-M"], CASH, ("completed", "paid", "completed")),
        # What costs nothing is paid without a payment.
        (["STICKER"], None, ("completed", "paid", "completed")),
        (["STICKER", "IPA"], None, ("open", "unpaid", "proposed")),
    ],
)
def test_place_completes_what_is_paid_and_needs_no_making(
    shop: Shop, skus: list[str], payment: dict[str, Any] | None, expected: tuple[str, str, str]
) -> None:
    order = shop.sell(items=[{"sku": sku, "quantity": 1} for sku in skus], payment=payment)

    assert (order["status"], order["payment_status"], order["fulfillment_status"]) == expected
    assert (order["completed_at"] is not None) == (expected[0] == "completed")
    assert books(shop) == []


@pytest.mark.parametrize(
    ("changes", "status", "slug"),
    [
        ({"payment": {"method": "cash", "tendered": 865}}, 422, "tendered-too-little"),
        ({"payment": {"method": "cash", "amount": 867}}, 422, "amount-exceeds-due"),
        ({"payment": {"method": "card", "tendered": 1000}}, 422, "tendered-needs-cash"),
        ({"payment": {"method": "stripe"}}, 422, "invalid"),
        ({"payment": {"method": "cash", "amount": 0}}, 422, "invalid"),
    ],
)
def test_place_refuses_a_payment_that_does_not_fit_and_sells_nothing(
    shop: Shop, changes: dict[str, Any], status: int, slug: str
) -> None:
    refused = shop.post("/orders", shop.order(**changes))

    assert slug_of(refused) == (status, slug)
    assert shop.get("/orders").json["data"] == []
    assert shop.post("/customers/lookup", {"phone": "(415) 555-0132"}).status_code == 404


# --- the body -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"items": []}, "/items"),
        ({"items": [{"sku": "IPA", "quantity": 1}] * 201}, "/items"),
        ({"items": [{"sku": "IPA"}]}, "/items/0/quantity"),
        ({"items": [{"sku": "IPA", "quantity": 0}]}, "/items/0/quantity"),
        ({"items": [{"sku": "IPA", "quantity": -1}]}, "/items/0/quantity"),
        ({"items": [{"sku": "IPA", "quantity": 1.0}]}, "/items/0/quantity"),
        ({"items": [{"sku": "IPA", "quantity": "1"}]}, "/items/0/quantity"),
        ({"items": [{"sku": "IPA", "quantity": True}]}, "/items/0/quantity"),
        ({"items": [{"sku": "IPA", "quantity": 10_001}]}, "/items/0/quantity"),
        ({"items": [{"quantity": 1}]}, "/items/0"),
        ({"items": [{"sku": "IPA", "product_id": str(uuid.UUID(int=7)), "quantity": 1}]}, "/items/0"),
        ({"items": [{"sku": "IPA", "quantity": 1, "unit_price": -1}]}, "/items/0/unit_price"),
        ({"items": [{"sku": "IPA", "quantity": 1, "discount": {"percent": 5}}]}, "/items/0/discount/reason"),
        ({"items": [{"product_id": "IPA", "quantity": 1}]}, "/items/0/product_id"),
        ({"items": [{"sku": "IPA", "quantity": 1}, {"sku": "ALE", "quantity": 1}]}, "/items/1"),
        ({"items": [{"sku": "ipa", "quantity": 1}]}, "/items/0"),
        ({"items": [{"product_id": str(uuid.UUID(int=7)), "quantity": 1}]}, "/items/0"),
        ({"tip": -1}, "/tip"),
        ({"tip": 10**12 + 1}, "/tip"),
        ({"total": 866}, "/total"),
        ({"discount": 100}, "/discount"),
        ({"note": "x" * 1001}, "/note"),
        ({"placed_at": "2026-11-21 18:04"}, "/placed_at"),
        ({"placed_at": "2026-11-21T18:04:05"}, "/placed_at"),
        ({"placed_at": "1999-12-31T23:59:59Z"}, "/placed_at"),
    ],
)
def test_place_refuses_odd_values_and_says_where(shop: Shop, changes: dict[str, Any], pointer: str) -> None:
    refused = shop.post("/orders", shop.order(**changes))

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]
    assert shop.get("/orders").json["data"] == []


def test_place_refuses_a_total_beyond_the_limit(shop: Shop) -> None:
    refused = shop.post("/orders", shop.order(tip=10**12))

    assert slug_of(refused) == (422, "total-too-large")


@pytest.mark.parametrize(("expected", "status"), [(866, 201), (865, 409), (867, 409), (0, 409)])
def test_place_sells_only_at_the_total_that_was_shown(shop: Shop, expected: int, status: int) -> None:
    answer = shop.post("/orders", shop.order(expected_total=expected))

    assert answer.status_code == status
    if status == 409:
        assert slug_of(answer) == (409, "price-changed")
        assert "866" in answer.json["detail"]
    assert len(shop.get("/orders").json["data"]) == (status == 201)


# --- where ----------------------------------------------------------------------------------------------------


def test_place_by_api_key_says_where(shop: Shop, other_shop: Shop) -> None:
    where: dict[str, dict[str, Any]] = {
        "here": {"location_id": shop.location_id},
        "unsaid": {},
        "nowhere": {"location_id": str(uuid.uuid4())},
        "elsewhere": {"location_id": other_shop.location_id},
    }

    answers = {name: shop.post("/orders", shop.order(**more), as_="owner") for name, more in where.items()}

    assert {name: answer.status_code for name, answer in answers.items()} == {
        "here": 201, "unsaid": 422, "nowhere": 422, "elsewhere": 422,
    }  # fmt: skip
    assert slug_of(answers["unsaid"]) == (422, "location-required")
    assert answers["unsaid"].json["errors"][0]["pointer"] == "/location_id"
    assert (answers["here"].json["register_id"], answers["here"].json["location_id"]) == (None, shop.location_id)


def test_place_at_a_register_is_at_its_own_location(shop: Shop) -> None:
    truck = {"name": "Truck", "timezone": "UTC", "tax_rates": {"standard": "0.5"}}
    elsewhere = shop.post("/locations", truck, as_="owner").json["id"]

    unsaid, said = shop.sell(), shop.sell(location_id=shop.location_id)
    refused = shop.post("/orders", shop.order(location_id=elsewhere))

    assert unsaid["location_id"] == said["location_id"] == shop.location_id
    assert slug_of(refused) == (422, "location-required")
    assert refused.json["errors"][0]["pointer"] == "/location_id"


# --- when -----------------------------------------------------------------------------------------------------


def test_place_takes_our_clock_when_the_tablet_says_nothing(shop: Shop) -> None:
    before = clock.now()
    order = shop.sell()

    placed_at = datetime.fromisoformat(order["placed_at"])
    assert before <= placed_at <= clock.now()
    assert order["received_at"] == order["placed_at"]


@pytest.mark.parametrize("ahead", [timedelta(minutes=9), timedelta(0), timedelta(days=-400)])
def test_place_keeps_the_clock_of_the_tablet(shop: Shop, ahead: timedelta) -> None:
    placed_at = clock.now() + ahead

    order = shop.sell(placed_at=instant(placed_at))

    assert order["placed_at"] == instant(placed_at)
    assert datetime.fromisoformat(order["received_at"]) >= placed_at - ahead
    assert customer(shop, order)["first_order_at"] == instant(placed_at)


def test_place_refuses_a_clock_that_is_ahead(shop: Shop) -> None:
    refused = shop.post("/orders", shop.order(placed_at=instant(clock.now() + timedelta(minutes=11))))

    assert slug_of(refused) == (422, "placed-in-the-future")
    assert refused.json["errors"][0]["pointer"] == "/placed_at"


@pytest.mark.parametrize("written", ["2026-03-08T10:00:00+00:00", "2026-03-08T02:00:00-08:00", "2026-03-08T10:00:00Z"])
def test_place_reads_an_instant_in_any_offset(shop: Shop, written: str) -> None:
    assert shop.sell(placed_at=written)["placed_at"] == "2026-03-08T10:00:00Z"


def test_orders_that_arrive_late_set_the_first_and_last_visit(shop: Shop) -> None:
    days = [datetime(2026, 3, day, 12, tzinfo=UTC) for day in (8, 2, 9)]
    for day in days:
        order = shop.sell(placed_at=instant(day))

    known = customer(shop, order)
    assert (known["first_order_at"], known["last_order_at"]) == (instant(min(days)), instant(max(days)))
    assert known["order_count"] == 3
    assert books(shop) == []


# --- again ----------------------------------------------------------------------------------------------------


def test_place_again_with_the_same_key_answers_with_the_order_as_it_is_now(shop: Shop) -> None:
    body = shop.order(items=[{"sku": "TEE-BLK-M", "quantity": 1}])
    first = shop.post("/orders", body, key="k1")
    shop.post(f"/orders/{first.json['id']}/payments", {"method": "card"})

    again = shop.post("/orders", dict(reversed(body.items())), key="k1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json["id"] == first.json["id"]
    assert (first.json["payment_status"], again.json["payment_status"]) == ("unpaid", "paid")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert customer(shop, first.json)["order_count"] == 1
    assert books(shop) == []


@pytest.mark.parametrize("changes", [{"tip": 1}, {"phone": "+14155550133"}, {"note": "another"}])
def test_place_refuses_the_key_of_another_order(shop: Shop, changes: dict[str, Any]) -> None:
    shop.sell(key="k1")

    refused = shop.post("/orders", shop.order(**changes), key="k1")

    assert slug_of(refused) == (422, "idempotency-key-reused")
    assert len(shop.get("/orders").json["data"]) == 1


def test_key_of_a_refused_order_may_be_used_for_the_corrected_one(shop: Shop) -> None:
    refused = shop.post("/orders", shop.order(expected_total=1), key="k1")
    corrected = shop.post("/orders", shop.order(expected_total=866), key="k1")

    assert (refused.status_code, corrected.status_code) == (409, 201)
    assert "Idempotent-Replayed" not in corrected.headers


def test_two_stores_may_use_the_same_key(shop: Shop, other_shop: Shop) -> None:
    here, there = shop.sell(key="k1"), other_shop.sell(key="k1", phone="030 901820")

    assert here["id"] != there["id"]


def test_place_takes_no_money_for_what_is_free(shop: Shop) -> None:
    order = shop.sell(items=[{"sku": "STICKER", "quantity": 1}], payment={"method": "cash", "tendered": 0})

    assert (order["total"], order["payment_status"], order["status"]) == (0, "paid", "completed")
    assert order["payments"] == []


def test_place_learns_the_name_when_it_was_left_empty_before(shop: Shop) -> None:
    shop.sell(name="")

    assert shop.sell(name="Ada")["customer"]["name"] == "Ada"


@pytest.mark.parametrize("offset", ["+16:00", "-18:30", "+23:59"])
def test_sale_is_placed_at_an_instant_of_any_offset(shop: Shop, offset: str) -> None:
    typed = f"2026-03-01T12:00:00{offset}"

    order = shop.sell(placed_at=typed)

    assert datetime.fromisoformat(order["placed_at"]) == datetime.fromisoformat(typed)
    assert datetime.fromisoformat(shop.get(f"/orders/{order['id']}").json["placed_at"]) == datetime.fromisoformat(typed)


def test_sum_that_a_comp_takes_off_again_is_refused_when_it_is_too_large(shop: Shop) -> None:
    made = {"sku": "YACHT", "name": "Yacht", "kind": "merch", "price": 10**12, "tax_class": "none"}
    assert shop.post("/products", made, as_="owner").status_code == 201
    comp = {"comp": True, "reason": "regular"}
    items = [{"sku": "YACHT", "quantity": 10_000}] * 200

    refused = shop.post("/orders", shop.order(items=items, discount=comp, location_id=shop.location_id), as_="owner")

    assert slug_of(refused) == (422, "total-too-large")
