"""Sales that a tablet made without network: taken as they were made, with a person asked to look at what differs.

A water is 199 without tax, a tee 2500 and 206.25 tax, of which are forty.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from werkzeug.test import TestResponse

from pos import clock
from pos.catalog.prices import DAYS
from tests.checkout.counter import (
    approved,
    books,
    cancel,
    change_order,
    change_product,
    coupon,
    customer,
    done,
    log_of,
    now,
    seen,
    set_stock,
    signed_in,
    stock,
    used,
    void,
)
from tests.client import Shop, new_key
from tests.refusals import slug_of

WATER = {"sku": "WATER", "quantity": 1, "unit_price": 199}
TEE = {"sku": "TEE-BLK-M", "quantity": 1, "unit_price": 2500}
CASH = {"method": "cash"}
FRIEND = {"percent": 10, "reason": "friend"}


def send(
    shop: Shop, *items: dict[str, Any], key: str | None = None, headers: dict[str, str] | None = None, **facts: Any
) -> TestResponse:
    """Sends an offline sale of these items, of a water if none are given."""
    body = shop.order(items=list(items) or [WATER], offline=True, **facts)
    return shop.post("/orders", body, key=key, headers=headers or {})


def sold(shop: Shop, *items: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return done(send(shop, *items, **{"payment": CASH, **facts}), 201)


def items_of(shop: Shop, order: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The details of the order's open attention items by their kind."""
    asked = {"subject": f"orders:{order['id']}", "is_open": "true"}
    found = done(shop.get("/attention-items", as_="owner", query_string=asked))["data"]
    return {item["kind"]: item["detail"] for item in found}


def at(ago: timedelta) -> str:
    return (clock.now() - ago).isoformat().replace("+00:00", "Z")


# --- what was sold as we would have sold it -------------------------------------------------------------------


def test_sale_without_network_is_taken_as_it_was_made(shop: Shop) -> None:
    placed_at = at(timedelta(hours=3))

    order = sold(shop, WATER, TEE, placed_at=placed_at, expected_total=2905, catalog_version="7")

    assert (order["is_offline"], order["status"], order["total"]) == (True, "completed", 2905)
    assert datetime.fromisoformat(order["placed_at"]) == datetime.fromisoformat(placed_at)
    assert datetime.fromisoformat(order["received_at"]) > datetime.fromisoformat(order["placed_at"])
    assert [line["list_price"] for line in order["lines"]] == [None, None]
    assert stock(shop) == 39
    assert customer(shop, order)["total_spent"] == 2905
    assert items_of(shop, order) == {}
    assert books(shop) == []


def test_sale_that_was_made_online_is_not_marked(shop: Shop) -> None:
    assert shop.sell()["is_offline"] is False


@pytest.mark.parametrize("days", [1, 10, 29])
def test_sale_that_comes_days_late_keeps_its_time(shop: Shop, days: int) -> None:
    placed_at = at(timedelta(days=days))
    today = shop.sell(payment=CASH)

    order = sold(shop, placed_at=placed_at)

    assert datetime.fromisoformat(order["placed_at"]) == datetime.fromisoformat(placed_at)
    assert customer(shop, order)["first_order_at"] == order["placed_at"]
    assert customer(shop, order)["last_order_at"] == today["placed_at"]
    assert items_of(shop, order) == {}
    assert books(shop) == []


def test_sale_sent_twice_is_made_once(shop: Shop) -> None:
    key, placed_at = new_key(), at(timedelta(hours=3))

    first = sold(shop, TEE | {"unit_price": 2400}, key=key, placed_at=placed_at)
    again = send(shop, TEE | {"unit_price": 2400}, key=key, placed_at=placed_at, payment=CASH)

    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json == first
    assert stock(shop) == 39
    assert len(done(shop.get("/attention-items", as_="owner"))["data"]) == 1


def test_walk_in_buys_without_network(shop: Shop) -> None:
    order = sold(shop, phone=None, walk_in=True)

    assert order["customer"]["origin"] == "walk_in"
    assert books(shop) == []


# --- what a person should look at -----------------------------------------------------------------------------


def test_price_of_the_tablet_stands_and_the_drift_is_noted(shop: Shop) -> None:
    order = sold(shop, {"sku": "WATER", "quantity": 2, "unit_price": 150})

    [line] = order["lines"]
    assert (line["unit_price"], line["list_price"], line["total"], order["amount_paid"]) == (150, 199, 300, 300)
    assert items_of(shop, order) == {
        "price_drift": {"position": 1, "product_id": shop.products["WATER"], "listed": 199, "sold_at": 150}
    }
    assert books(shop) == []


def test_price_of_an_hour_that_is_over_is_no_drift(shop: Shop) -> None:
    """The rule held when it was sold, and does not hold when it arrives."""
    here, then = ZoneInfo("America/Los_Angeles"), clock.now() - timedelta(days=2)
    day = DAYS[then.astimezone(here).weekday()]
    rule = {"name": "Ebb", "days": [day], "starts": "00:00", "ends": "23:59", "price": 100}
    change_product(shop, "WATER", price_rules=[rule])

    order = sold(shop, WATER | {"unit_price": 100}, placed_at=then.astimezone(here).replace(hour=12).isoformat())

    assert order["lines"][0]["price_rule"] == "Ebb"
    assert items_of(shop, order) == {}
    assert shop.sell(items=[{"sku": "WATER", "quantity": 1}])["lines"][0]["price_rule"] is None


def test_modifier_that_is_gone_keeps_its_name_and_the_price_is_looked_at(shop: Shop) -> None:
    order = sold(shop, WATER | {"modifiers": ["Lemon"]})

    assert order["lines"][0]["modifiers"] == [{"name": "Lemon", "price": 0}]
    assert items_of(shop, order)["price_drift"]["listed"] is None
    assert books(shop) == []


def test_modifier_that_is_there_is_priced_as_in_the_catalogue(shop: Shop) -> None:
    group = {"name": "Extras", "choices": [{"name": "Lemon", "price": 50}]}
    change_product(shop, "WATER", modifiers=[group])

    order = sold(shop, WATER | {"modifiers": ["Lemon"], "unit_price": 249})

    assert order["lines"][0]["modifiers"] == [{"name": "Lemon", "price": 50}]
    assert items_of(shop, order) == {}


def test_open_price_is_the_tablets_without_a_drift(shop: Shop) -> None:
    change_product(shop, "WATER", is_open_price=True)

    assert items_of(shop, sold(shop, WATER | {"unit_price": 5})) == {}


@pytest.mark.parametrize(
    ("placed", "sent", "is_noted"),
    [
        (timedelta(hours=5), None, False),
        (timedelta(hours=5), timedelta(minutes=-9), False),
        (timedelta(hours=5), timedelta(minutes=-11), True),
        (timedelta(hours=5), timedelta(minutes=11), True),
        (timedelta(minutes=-9), None, False),
        (timedelta(minutes=-11), None, True),
        (timedelta(days=31), None, True),
    ],
)
def test_clock_that_is_off_is_noted(shop: Shop, placed: timedelta, sent: timedelta | None, is_noted: bool) -> None:
    headers = {} if sent is None else {"X-Sent-At": at(sent)}

    order = sold(shop, placed_at=at(placed), headers=headers)

    assert set(items_of(shop, order)) == ({"clock_skew"} if is_noted else set())
    assert datetime.fromisoformat(order["placed_at"]) <= datetime.fromisoformat(order["received_at"])
    assert books(shop) == []


def test_skew_is_given_in_seconds(shop: Shop) -> None:
    order = sold(shop, headers={"X-Sent-At": at(timedelta(hours=-2))})

    assert 7190 <= items_of(shop, order)["clock_skew"]["skew_seconds"] <= 7210


def test_time_of_sale_is_set_right_by_what_the_clock_is_off(shop: Shop) -> None:
    a_year = timedelta(days=365)

    order = sold(shop, placed_at=at(a_year + timedelta(hours=5)), headers={"X-Sent-At": at(a_year)})

    late = datetime.fromisoformat(order["received_at"]) - datetime.fromisoformat(order["placed_at"])
    assert abs(late - timedelta(hours=5)) < timedelta(minutes=1)


@pytest.mark.parametrize("header", ["", "soon", "2026-11-21T18:04:05", "9" * 40])
def test_nonsense_about_the_clock_counts_as_not_said(shop: Shop, header: str) -> None:
    assert items_of(shop, sold(shop, headers={"X-Sent-At": header})) == {}


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ({"sku": "GONE", "name": "Old ale"}, "Old ale"),
        ({"sku": "GONE"}, "GONE"),
        ({"product_id": str(uuid.UUID(int=7))}, "Unknown item"),
    ],
)
def test_unknown_item_is_sold_as_merch_without_tax(shop: Shop, item: dict[str, Any], name: str) -> None:
    order = sold(shop, WATER, {**item, "quantity": 2, "unit_price": 700})

    line = order["lines"][1]
    assert (line["name"], line["kind"], line["product_id"], line["tax"], line["total"]) == (
        name,
        "merch",
        None,
        0,
        1400,
    )
    assert items_of(shop, order)["unknown_item"]["position"] == 2
    assert books(shop) == []


def test_product_of_another_store_is_an_unknown_item(shop: Shop, other_shop: Shop) -> None:
    order = sold(shop, {"product_id": other_shop.products["IPA"], "quantity": 1, "unit_price": 700})

    assert (order["lines"][0]["product_id"], order["lines"][0]["name"]) == (None, "Unknown item")
    assert set(items_of(shop, order)) == {"unknown_item"}


def test_product_that_was_withdrawn_is_sold_as_it_was(shop: Shop) -> None:
    change_product(shop, "TEE-BLK-M", status="inactive")

    order = sold(shop, TEE)

    assert (order["total"], order["lines"][0]["product_id"]) == (2706, shop.products["TEE-BLK-M"])
    assert items_of(shop, order)["unknown_item"]["why"] == "no longer for sale"
    assert stock(shop) == 39
    assert books(shop) == []


def test_stock_may_fall_below_zero(shop: Shop) -> None:
    set_stock(shop, "TEE-BLK-M", 1)

    order = sold(shop, TEE | {"quantity": 3})

    assert stock(shop) == -2
    assert items_of(shop, order) == {
        "stock_below_zero": {"product_id": shop.products["TEE-BLK-M"], "stock_quantity": -2}
    }
    assert slug_of(shop.post("/orders", shop.order(items=[{"sku": "TEE-BLK-M", "quantity": 1}]))) == (
        422,
        "out-of-stock",
    )
    assert books(shop) == []


def test_stock_below_zero_is_explained_also_when_the_sale_is_split_or_merged(shop: Shop) -> None:
    set_stock(shop, "TEE-BLK-M", 1)
    order = sold(shop, WATER, TEE | {"quantity": 3}, payment=None)
    parts = {"lines": [{"line_id": order["lines"][1]["id"]}]}

    new = done(shop.post(f"/orders/{order['id']}/split", parts, headers=seen(order)), 201)
    after_split = books(shop)
    online = shop.sell()
    merged = done(shop.post(f"/orders/{online['id']}/merge", {"order_id": new["id"]}, headers=seen(online)), 201)

    assert after_split == books(shop) == []
    assert (new["is_offline"], merged["is_offline"]) == (True, True)


def test_stock_below_zero_is_explained_also_when_the_sale_is_voided_or_canceled(shop: Shop) -> None:
    set_stock(shop, "TEE-BLK-M", 1)
    voided = sold(shop, WATER, TEE | {"quantity": 3}, payment=None)
    done(void(shop, voided, "TEE-BLK-M", signed_in(shop, "manager"), restock=False))
    cancel(shop, sold(shop, TEE | {"quantity": 1}, payment=None))

    assert stock(shop) == -2
    assert books(shop) == []


def test_discount_that_nobody_approved_stands_and_is_looked_at(shop: Shop) -> None:
    order = sold(shop, TEE, discount=FRIEND)

    assert (order["discount"], order["discounts"][0]["reason"]) == (250, "friend")
    assert items_of(shop, order) == {"unapproved_discount": {"register_id": shop.register_id}}
    assert log_of(shop, "order.manual_discount")[0][2]["authorised_by"] is None
    assert books(shop) == []


@pytest.mark.parametrize("who", [signed_in, approved])
def test_discount_of_a_manager_is_not_looked_at(shop: Shop, who: Any) -> None:
    order = sold(shop, TEE, discount=FRIEND, headers=who(shop, "manager"))

    assert items_of(shop, order) == {}


@pytest.mark.parametrize(
    ("facts", "why"),
    [({"status": "inactive"}, "withdrawn"), ({"starts_at": "2199-01-01T00:00:00Z"}, "holds from"),
     ({"ends_at": "2020-01-01T00:00:00Z"}, "ended on")],
)  # fmt: skip
def test_coupon_that_does_not_hold_is_given_and_looked_at(shop: Shop, facts: dict[str, Any], why: str) -> None:
    ten = coupon(shop, **facts)

    order = sold(shop, TEE, coupon="TEN")

    assert order["discount"] == 250
    assert why in items_of(shop, order)["coupon_drift"]["why"]
    assert used(shop, ten) == 1
    assert books(shop) == []


def test_coupon_is_looked_at_by_the_hour_of_the_sale(shop: Shop) -> None:
    coupon(shop, ends_at=at(timedelta(hours=1)))

    before, after = (sold(shop, TEE, coupon="TEN", placed_at=at(timedelta(hours=h))) for h in (2, 0))

    assert (items_of(shop, before), set(items_of(shop, after))) == ({}, {"coupon_drift"})


def test_coupon_with_a_limit_is_refused(shop: Shop) -> None:
    ten = coupon(shop, usage_limit=5)

    refused = send(shop, TEE, coupon="TEN", payment=CASH)

    assert slug_of(refused) == (422, "coupon-not-offline")
    assert (used(shop, ten), stock(shop)) == (0, 40)
    assert slug_of(send(shop, TEE, coupon="NONE")) == (422, "unknown-coupon")


@pytest.mark.parametrize(
    ("charged", "payment", "expected"),
    [
        (2700, CASH, (2700, "open", "partially_paid")),
        (2800, CASH, (2800, "completed", "overpaid")),
        (2800, {"method": "card", "amount": 2706}, (2706, "completed", "paid")),
        (2800, None, (0, "open", "unpaid")),
        (0, CASH, (0, "open", "unpaid")),
    ],
)
def test_total_of_the_tablet_is_noted_and_its_money_taken_as_it_was(
    shop: Shop, charged: int, payment: Any, expected: tuple[int, str, str]
) -> None:
    order = sold(shop, TEE, expected_total=charged, payment=payment)

    assert (order["amount_paid"], order["status"], order["payment_status"]) == expected
    assert items_of(shop, order) == {"total_drift": {"charged": charged, "total": 2706}}
    assert books(shop) == []


def test_change_that_was_given_is_kept(shop: Shop) -> None:
    order = sold(shop, payment={"method": "cash", "tendered": 500})
    short = sold(shop, payment={"method": "cash", "tendered": 100})

    assert (order["change_due"], order["payments"][0]["tendered"]) == (301, 500)
    assert (short["change_due"], short["payments"][0]["tendered"]) == (0, None)
    assert items_of(shop, order) == {}
    assert items_of(shop, short) == {"tender_drift": {"amount": 199, "tendered": 100}}


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"phone": None, "walk_in": True, "marketing_consent": True}, "a walk-in has no phone"),
        ({"marketing_consent": True, "wording_version": "1999-01-en"}, "unknown wording"),
        ({"marketing_consent": False, "wording_version": "1999-01-en"}, "unknown wording"),
    ],
)
def test_sale_is_taken_without_a_consent_that_does_not_hold(shop: Shop, facts: dict[str, Any], why: str) -> None:
    order = sold(shop, **facts)

    assert (order["payment_status"], order["customer"]["marketing_consent"]) == ("paid", None)
    noted = items_of(shop, order)
    assert list(noted) == ["consent_refused"]
    assert (noted["consent_refused"]["granted"], noted["consent_refused"]["why"]) == (facts["marketing_consent"], why)


@pytest.mark.parametrize(
    "facts", [{"phone": None, "walk_in": True, "marketing_consent": False}, {"marketing_consent": True}]
)
def test_answer_that_holds_is_not_noted(shop: Shop, facts: dict[str, Any]) -> None:
    assert items_of(shop, sold(shop, **facts)) == {}


def test_everything_at_once_is_noted_for_one_order(shop: Shop) -> None:
    set_stock(shop, "TEE-BLK-M", 0)
    coupon(shop, status="inactive")
    wrong = [TEE | {"unit_price": 1}, {"sku": "GONE", "quantity": 1, "unit_price": 5}]

    order = sold(shop, *wrong, coupon="TEN", discount=FRIEND, expected_total=1, placed_at=at(timedelta(days=90)))

    assert set(items_of(shop, order)) == {
        "price_drift", "clock_skew", "unknown_item", "stock_below_zero", "unapproved_discount", "coupon_drift",
        "total_drift",
    }  # fmt: skip
    assert books(shop) == []


# --- what no network would have made right --------------------------------------------------------------------


def test_only_a_register_sells_without_network(shop: Shop) -> None:
    body = shop.order(items=[WATER], offline=True, location_id=shop.location_id)

    assert slug_of(shop.post("/orders", body, as_="owner")) == (422, "offline-needs-register")


def test_item_without_price_is_refused(shop: Shop) -> None:
    refused = send(shop, WATER, {"sku": "TEE-BLK-M", "quantity": 1})

    assert slug_of(refused) == (422, "price-missing")
    assert [error["pointer"] for error in refused.json["errors"]] == ["/items/1/unit_price"]
    assert shop.get("/orders").json["data"] == []
    assert done(shop.get("/attention-items", as_="owner"))["data"] == []


def test_open_offline_sale_is_a_tab_like_any_other(shop: Shop) -> None:
    order = sold(shop, WATER, payment=None)

    moved = done(change_order(shop, order, phone="+14155550199"))

    assert (moved["is_offline"], now(shop, order)["customer"]["phone"]) == (True, "+14155550199")
    assert books(shop) == []


# --- who sold it ----------------------------------------------------------------------------------------------


def test_sale_names_who_stood_at_the_register(shop: Shop) -> None:
    """Not who is signed in when the tablet is back: the queue is sent by whoever is there then. The log says who that was, and
    whom the tablet named."""
    cashier, manager = shop.people["cashier"], shop.people["manager"]
    order = done(send(shop, payment=CASH, user_id=cashier, headers=signed_in(shop, "manager")), 201)

    assert order["user_id"] == cashier
    assert items_of(shop, order) == {}
    assert log_of(shop, "order.name_seller") == [(f"user:{manager}", f"orders:{order['id']}", {"user_id": cashier})]


def test_log_keeps_whom_a_tablet_names_in_place_of_who_is_signed_in(shop: Shop) -> None:
    cashier = shop.people["cashier"]
    done(send(shop, payment=CASH, user_id=cashier, headers=signed_in(shop, "cashier")), 201)
    sold(shop)
    order = sold(shop, user_id=cashier)

    sent_by = f"register:{shop.register_id}"
    assert log_of(shop, "order.name_seller") == [(sent_by, f"orders:{order['id']}", {"user_id": cashier})]


def test_who_has_left_did_sell_it(shop: Shop) -> None:
    path = f"/users/{shop.people['cashier']}"
    done(shop.request("PATCH", path, as_="owner", headers={"If-Match": "*"}, json={"is_active": False}))

    assert sold(shop, user_id=shop.people["cashier"])["user_id"] == shop.people["cashier"]


def test_seller_whom_nobody_knows_is_looked_at(shop: Shop, other_shop: Shop) -> None:
    for stranger in (str(uuid.uuid4()), other_shop.people["cashier"]):
        order = sold(shop, user_id=stranger)

        assert order["user_id"] is None
        assert items_of(shop, order) == {"unknown_user": {"user_id": stranger}}


def test_named_seller_lends_no_authority(shop: Shop) -> None:
    order = sold(shop, WATER | {"discount": FRIEND}, user_id=shop.people["manager"])

    assert list(items_of(shop, order)) == ["unapproved_discount"]


def test_online_sale_does_not_say_who_sold_it(shop: Shop) -> None:
    refused = shop.post("/orders", shop.order(user_id=shop.people["cashier"]))

    assert slug_of(refused) == (422, "seller-only-offline")
