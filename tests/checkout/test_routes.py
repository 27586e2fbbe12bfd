"""Reading orders, and saying how far they are."""

import json
import uuid
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import text

from pos import clock, ids
from pos.db import db, transaction
from pos.orders.lifecycle import FULFILLMENT
from tests.checkout.counter import books, cancel, make, paid
from tests.client import Shop
from tests.refusals import slug_of

MERCH = [{"sku": "TEE-BLK-M", "quantity": 1}]
MIXED = [*MERCH, {"sku": "IPA", "quantity": 1}]
BOB = "+14155550133"


@pytest.fixture
def five(shop: Shop) -> dict[str, dict[str, Any]]:
    """Five orders by what they are, oldest first."""
    named = {
        "open": shop.sell(),
        "made": shop.sell(phone=BOB),
        "paid": shop.sell(items=MIXED, payment={"method": "card"}),
        "completed": shop.sell(items=MERCH, payment={"method": "cash"}),
        "canceled": shop.sell(phone=BOB),
    }
    make(shop, named["made"], "reserved")
    cancel(shop, named["canceled"])
    return named


def listed(shop: Shop, query: str) -> list[str]:
    answer = shop.get(f"/orders?{query}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return [order["id"] for order in answer.json["data"]]


# --- one order ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["QLZASG", "qlzasg", " QLZ ASG ", "QL-ZA-SG", "q l z-a.s_g", "012456", "OIZ4S6", "oi-z4 5g"]
)
def test_reference_finds_the_order_however_it_is_typed(shop: Shop, typed: str) -> None:
    order = shop.sell()
    with transaction(uuid.UUID(shop.store_id)):
        db.session.execute(
            text("UPDATE orders SET reference = 'QLZASG' WHERE store_id = :store AND id = :id"),
            {"store": shop.store_id, "id": order["id"]},
        )

    found = shop.get(f"/orders/by-reference/{typed}")

    assert found.status_code == 200
    assert found.json == order | {"reference": "QLZASG"}
    assert found.headers["ETag"].startswith(f'"{order["version"]}.')


def test_unknown_reference_is_not_found(shop: Shop, other_shop: Shop) -> None:
    elsewhere = other_shop.sell(phone="030 901820")["reference"]

    for reference in ("AAAAAA", "A", "A" * 40, "%20", elsewhere):
        answer = shop.get(f"/orders/by-reference/{reference}")
        assert slug_of(answer) == (404, "unknown-reference"), reference


def test_unknown_order_is_not_found(shop: Shop, other_shop: Shop) -> None:
    elsewhere = other_shop.sell(phone="030 901820")["id"]

    assert [shop.get(f"/orders/{order_id}").status_code for order_id in (elsewhere, uuid.uuid4(), "x")] == [404] * 3


# --- lists ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["canceled", "completed", "paid", "made", "open"]),
        ("status=open", ["paid", "made", "open"]),
        ("status=completed", ["completed"]),
        ("status=canceled", ["canceled"]),
        ("payment_status=paid", ["completed", "paid"]),
        ("payment_status=unpaid", ["canceled", "made", "open"]),
        ("payment_status=refunded", []),
        ("fulfillment_status=proposed", ["paid", "open"]),
        ("fulfillment_status=reserved", ["made"]),
        ("kind=food", ["canceled", "made", "open"]),
        ("kind=merch", ["completed"]),
        ("kind=mixed", ["paid"]),
        ("customer_id={bob}", ["canceled", "made"]),
        ("customer_id={nobody}", []),
        ("customer_id={bob}&status=open", ["made"]),
        ("location_id={location}", ["canceled", "completed", "paid", "made", "open"]),
        ("location_id={nobody}", []),
        ("status=open&payment_status=unpaid&kind=food&fulfillment_status=proposed", ["open"]),
    ],
)
def test_list_is_narrowed_by_filters(shop: Shop, five: dict[str, dict[str, Any]], query: str, names: list[str]) -> None:
    filled = query.format(bob=five["made"]["customer"]["id"], nobody=uuid.uuid4(), location=shop.location_id)

    assert listed(shop, filled) == [five[name]["id"] for name in names]


def test_list_shows_orders_whole(shop: Shop, five: dict[str, dict[str, Any]]) -> None:
    shown = {order["id"]: order for order in shop.get("/orders").json["data"]}

    assert shown == {order["id"]: shop.get(f"/orders/{order['id']}").json for order in five.values()}


def test_list_since_goes_by_the_clock_of_the_tablet(shop: Shop) -> None:
    now = clock.now()
    moments = {days: now - timedelta(days=days) for days in (9, 1, 5)}
    orders = {days: shop.sell(placed_at=moment.isoformat())["id"] for days, moment in moments.items()}

    since = {
        days: shop.get("/orders", query_string={"since": moment.isoformat()}).json["data"]
        for days, moment in moments.items()
    }

    assert {days: [order["id"] for order in found] for days, found in since.items()} == {
        9: [orders[5], orders[1], orders[9]],
        5: [orders[5], orders[1]],
        1: [orders[1]],
    }


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("{reference}", ["ada"]),
        ("{reference_read_aloud}", ["ada"]),
        ("{reference_begun}", ["ada"]),
        ("(415) 555-0132", ["ada"]),
        ("+14155550132", ["ada"]),
        ("55 0132", ["ada"]),
        ("0132", ["ada"]),
        ("132", []),
        ("ADA", ["ada"]),
        ("love", ["ada"]),
        ("ñandú", ["bob"]),
        ("table 4", ["bob"]),
        ("%", []),
        ("_", []),
        ("nobody", []),
    ],
)
def test_list_finds_by_reference_phone_and_name(shop: Shop, typed: str, names: list[str]) -> None:
    orders = {
        "ada": shop.sell(name="Ada Lovelace"),
        "bob": shop.sell(phone="(415) 555-0199", tab_name="Table 4, ÑANDÚ"),
    }
    reference = orders["ada"]["reference"]
    aloud = f" {reference[:3].lower()}-{reference[3:]}"

    written = {"reference": reference, "reference_read_aloud": aloud, "reference_begun": reference[:4].lower()}
    found = shop.get("/orders", query_string={"q": typed.format(**written)}).json

    assert [order["id"] for order in found["data"]] == [orders[name]["id"] for name in names]


def test_list_searches_what_came_in_lately(shop: Shop) -> None:
    """A reference is found however old; names only as far back as nobody waits for it, or as `since` says."""
    nine_days_ago = clock.now() - timedelta(days=9)
    fresh, old_id = shop.sell(name="Ada"), str(ids.first_uuid7_of(nine_days_ago))
    _copy(shop, fresh, id=old_id, reference="QLZASG", public_token="old", placed_at=nine_days_ago.isoformat())

    asked = ["q=ada", "q=qlz-asg", f"q=ada&since={nine_days_ago:%Y-%m-%dT%H:%M:%SZ}"]

    assert [listed(shop, each) for each in asked] == [[fresh["id"]], [old_id], [fresh["id"], old_id]]


def _copy(shop: Shop, order: dict[str, Any], **changes: str) -> None:
    """Writes the order a second time, with these columns."""
    statement = """
        INSERT INTO orders SELECT (json_populate_record(o, :changes)).* FROM orders o WHERE o.store_id = :store AND o.id = :id
    """
    with transaction(uuid.UUID(shop.store_id)):
        db.session.execute(text(statement), {"store": shop.store_id, "id": order["id"], "changes": json.dumps(changes)})


@pytest.mark.parametrize("query", ["", "payment_status=unpaid"])
def test_list_goes_on_page_by_page_while_orders_come_in(shop: Shop, query: str) -> None:
    orders = [shop.sell()["id"] for _ in range(5)]

    seen, after = [], ""
    for _ in range(4):
        answer = shop.get(f"/orders?{query}&limit=2{after}").json
        seen += [order["id"] for order in answer["data"]]
        shop.sell()
        if answer["next"] is None:
            break
        after = f"&after={answer['next']}"

    assert seen == orders[::-1]


@pytest.mark.parametrize(
    "query",
    [
        "status=lost", "payment_status=owed", "fulfillment_status=eaten", "kind=drink", "customer_id=ada", "since=yesterday",
        "since=2026-11-21T18:00:00", "limit=0", "limit=201", "after=nonsense", "phone=4155550132", "q=", "location_id=bar", "order=asc",
    ],
)  # fmt: skip
def test_list_refuses_odd_queries(shop: Shop, query: str) -> None:
    answer = shop.get(f"/orders?{query}")

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == [f"/{query.partition('=')[0]}"]


def test_list_has_the_orders_of_this_store_only(shop: Shop, other_shop: Shop) -> None:
    here, there = shop.sell(), other_shop.sell(phone="030 901820")

    assert listed(shop, "") == [here["id"]]
    assert listed(shop, f"customer_id={there['customer']['id']}") == []


def test_history_of_a_customer_has_food_and_merch_together(shop: Shop) -> None:
    bought = [shop.sell(items=items) for items in ([{"sku": "IPA", "quantity": 1}], MERCH, MIXED)]
    shop.sell(phone=BOB)
    path = f"/customers/{bought[0]['customer']['id']}/orders"

    history = shop.get(path).json
    first_page = shop.get(f"{path}?limit=2").json
    second_page = shop.get(f"{path}?limit=2&after={first_page['next']}").json

    assert [(order["id"], order["kind"]) for order in history["data"]] == [
        (order["id"], order["kind"]) for order in bought[::-1]
    ]
    assert first_page["data"] + second_page["data"] == history["data"]
    assert second_page["next"] is history["next"] is None


def test_history_of_another_stores_customer_is_not_there(shop: Shop, other_shop: Shop) -> None:
    elsewhere = other_shop.sell(phone="030 901820")["customer"]["id"]

    assert shop.get(f"/customers/{elsewhere}/orders").status_code == 404
    assert shop.get(f"/customers/{uuid.uuid4()}/orders").status_code == 404


# --- making ---------------------------------------------------------------------------------------------------

STEPS = ("reserved", "prepared", "completed")


@pytest.mark.parametrize(("state", "event"), list(product(("proposed", *STEPS), STEPS)))
def test_making_goes_on_as_the_table_says(shop: Shop, state: str, event: str) -> None:
    placed = shop.sell()
    if state != "proposed":
        assert make(shop, placed, state).status_code == 200

    answer = make(shop, placed, event)

    allowed = (state, event) in FULFILLMENT
    assert answer.status_code == (200 if allowed else 409)
    assert shop.get(f"/orders/{placed['id']}").json["fulfillment_status"] == (event if allowed else state)


@pytest.mark.parametrize("status", ["proposed", "canceled", "eaten", None, 1])
def test_making_refuses_other_words(shop: Shop, status: Any) -> None:
    assert shop.post(f"/orders/{shop.sell()['id']}/fulfillment", {"status": status}).status_code == 422


def test_handing_over_completes_what_is_paid(shop: Shop) -> None:
    unpaid, part, whole = (shop.sell(payment=payment) for payment in (
        None, {"method": "card", "amount": 1}, {"method": "card"},
    ))  # fmt: skip

    answers = [make(shop, order, "completed").json for order in (unpaid, part, whole)]

    assert [answer["status"] for answer in answers] == ["open", "open", "completed"]
    assert [answer["completed_at"] is not None for answer in answers] == [False, False, True]
    assert [paid(shop, order)["status"] for order in (unpaid, part)] == ["completed", "completed"]
    assert books(shop) == []


def test_what_is_completed_or_canceled_is_not_made(shop: Shop) -> None:
    completed = shop.sell(items=MERCH, payment={"method": "cash"})
    canceled = shop.sell()
    cancel(shop, canceled)

    refused = [slug_of(make(shop, order, step)) for order in (completed, canceled) for step in STEPS]

    assert refused == [(409, "wrong-state")] * 6


def test_making_knows_only_orders_of_this_store(shop: Shop, other_shop: Shop) -> None:
    elsewhere = other_shop.sell(phone="030 901820")

    assert make(shop, elsewhere, "reserved").status_code == 404
    assert other_shop.get(f"/orders/{elsewhere['id']}").json["fulfillment_status"] == "proposed"
