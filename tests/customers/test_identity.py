"""The phone finds the customer, and the first order makes one."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from pos.customers import identity
from pos.customers.identity import Visit
from pos.db import db, transaction
from tests.client import Shop

E164 = "+14155550132"
SPELLINGS = (
    "(415) 555-0132", "+1 415 555 0132", "+14155550132", "415.555.0132", "4155550132", "1-415-555-0132", "415 555-0132",
    "  +1 (415) 555-0132 ", "415/555 0132", "＋１４１５５５５０１３２",
)  # fmt: skip
MORNING = datetime(2026, 11, 21, 9, tzinfo=UTC)


def customers(shop: Shop) -> list[dict[str, Any]]:
    """The rows of the store's customers, as they are kept."""
    with transaction(uuid.UUID(shop.store_id)):
        rows = db.session.execute(
            text("SELECT * FROM customers WHERE store_id = :store ORDER BY id"), {"store": shop.store_id}
        )
        return [dict(row) for row in rows.mappings()]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_a_number_is_the_same_customer(shop: Shop, spelling: str) -> None:
    first = shop.sell(phone=E164)

    second = shop.sell(phone=spelling)

    assert second["customer"]["id"] == first["customer"]["id"]
    assert second["customer"]["phone"] == E164
    assert second["customer"]["order_count"] == 2
    assert len(customers(shop)) == 1


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_finds_the_customer(shop: Shop, spelling: str) -> None:
    customer_id = shop.sell(phone=E164)["customer"]["id"]

    by_body = shop.post("/customers/lookup", {"phone": spelling})
    by_query = shop.get("/customers", query_string={"phone": spelling})

    assert by_body.status_code == 200
    assert by_body.json["id"] == customer_id
    assert by_query.json == by_body.json


@pytest.mark.parametrize(
    ("number", "e164"),
    [("030 901820", "+4930901820"), ("+1 415 555 0132", "+14155550132"), ("0171 2345678", "+491712345678")],
)
def test_number_without_plus_is_read_as_of_the_stores_country(other_shop: Shop, number: str, e164: str) -> None:
    assert other_shop.sell(phone=number)["customer"]["phone"] == e164


@pytest.mark.parametrize(
    "number",
    ["", " ", "555-0132", "call me", "+1 415 555", "+1 415 555 0132 ext. 9", "+999 1234567", "1" * 41, "900 555 0199"],
)
def test_what_is_no_usable_number_is_refused_and_sells_nothing(shop: Shop, number: str) -> None:
    answers = [shop.post("/orders", shop.order(phone=number)), shop.post("/customers/lookup", {"phone": number})]

    for answer in answers:
        assert answer.status_code == 422
        assert answer.json["errors"][0]["pointer"] == "/phone"
        assert not number.strip() or number.strip() not in answer.json["detail"]
    assert customers(shop) == []
    assert shop.get("/orders").json["data"] == []


def test_same_number_in_two_stores_is_two_customers(shop: Shop, other_shop: Shop) -> None:
    here, there = shop.sell(phone=E164), other_shop.sell(phone=E164)

    assert here["customer"]["id"] != there["customer"]["id"]
    assert here["customer"]["order_count"] == there["customer"]["order_count"] == 1
    assert other_shop.get(f"/customers/{here['customer']['id']}").status_code == 404


# --- the name -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["Ada", "Bob"], "Ada"),
        (["Ada", None], "Ada"),
        ([None, "Ada"], "Ada"),
        ([None, None, "Ada", "Bob"], "Ada"),
        ([None], None),
    ],
)
def test_first_name_that_is_told_is_kept(shop: Shop, given: list[str | None], kept: str | None) -> None:
    orders = [shop.sell(name=name) for name in given]

    assert orders[-1]["customer"]["name"] == kept


def test_known_by_phone_makes_one_customer_with_one_profile(shop: Shop) -> None:
    with transaction(uuid.UUID(shop.store_id)):
        ids = {identity.known_by_phone(E164, name=name).id for name in ("Ada", None, "Bob")}
        profiles = db.session.scalars(text("SELECT customer_id FROM profiles")).all()

    (kept,) = customers(shop)
    assert ids == {kept["id"]} == set(profiles)
    assert (kept["name"], kept["order_count"], kept["first_order_at"]) == ("Ada", 0, None)


@pytest.mark.parametrize(
    ("hours", "first", "last"), [([0], 0, 0), ([0, 5], 0, 5), ([5, 0], 0, 5), ([3, 0, 5, 4], 0, 5)]
)
def test_visits_may_arrive_in_any_order(shop: Shop, hours: list[int], first: int, last: int) -> None:
    with transaction(uuid.UUID(shop.store_id)):
        for hour in hours:
            identity.known_by_phone(E164, visit=Visit(MORNING + timedelta(hours=hour), orders=1, spent=100))

    (kept,) = customers(shop)
    assert (kept["first_order_at"], kept["last_order_at"]) == tuple(MORNING + timedelta(hours=h) for h in (first, last))
    assert (kept["order_count"], kept["total_spent"]) == (len(hours), 100 * len(hours))


def test_order_tells_whether_it_made_the_customer(committed: Flask, shops: list[dict[str, Any]]) -> None:
    """Both rows carry the instant of the transaction that made them, so this needs real transactions."""
    with committed.app_context():
        shop = Shop(committed.test_client(), **shops[0])

        first, second = shop.sell(), shop.sell()
        again = shop.get(f"/orders/{first['id']}").json

    assert (first["customer"]["created"], second["customer"]["created"]) == (True, False)
    assert again["customer"]["created"] is True


# --- walk-ins -------------------------------------------------------------------------------------------------


def second_register(shop: Shop) -> str:
    created = shop.post("/registers", {"name": "Window", "location_id": shop.location_id}, as_="owner").json
    enrolled = shop.post("/register/enrol", {"store": shop.slug, "code": created["enrolment_code"]}, as_="nobody")
    return str(enrolled.json["token"])


def test_walk_ins_of_a_register_are_one_customer(shop: Shop) -> None:
    orders = [shop.sell(phone=None, walk_in=True, name=name) for name in (None, "Ada")]

    (kept,) = customers(shop)
    assert {order["customer"]["id"] for order in orders} == {str(kept["id"])}
    assert (kept["origin"], kept["phone"], kept["name"]) == ("walk_in", None, None)
    assert str(kept["register_id"]) == shop.register_id
    assert kept["order_count"] == 2


def test_walk_ins_of_another_register_are_another_customer(shop: Shop) -> None:
    window = second_register(shop)

    bar, at_window = shop.sell(phone=None, walk_in=True), shop.sell(phone=None, walk_in=True, as_=window)

    assert bar["customer"]["id"] != at_window["customer"]["id"]
    assert len(customers(shop)) == 2


@pytest.mark.parametrize(
    ("changes", "as_", "slug"),
    [
        ({"walk_in": True}, "register", "who-is-buying"),
        ({"walk_in": False, "phone": None}, "register", "who-is-buying"),
        ({"phone": None}, "register", "who-is-buying"),
        ({"phone": None}, "owner", "who-is-buying"),
        ({"phone": None, "walk_in": True}, "owner", "walk-in-needs-register"),
        ({"phone": None, "walk_in": True, "marketing_consent": True}, "register", "walk-in-cannot-consent"),
    ],
)
def test_walk_in_takes_the_place_of_the_phone_at_a_register(
    shop: Shop, changes: dict[str, Any], as_: str, slug: str
) -> None:
    refused = shop.post("/orders", shop.order(location_id=shop.location_id, **changes), as_=as_)

    assert (refused.status_code, refused.json["type"]) == (422, f"/problems/{slug}")
    assert customers(shop) == []


def test_walk_in_cannot_consent_later_either(shop: Shop) -> None:
    walk_in = shop.sell(phone=None, walk_in=True)["customer"]["id"]

    refused = shop.post(f"/customers/{walk_in}/consents", {"purpose": "marketing", "granted": True})

    assert (refused.status_code, refused.json["type"]) == (422, "/problems/walk-in-cannot-consent")
    assert shop.get(f"/customers/{walk_in}/consents").json["data"] == []


def test_walk_in_false_beside_a_phone_is_a_plain_sale(shop: Shop) -> None:
    assert shop.sell(walk_in=False)["customer"]["phone"] == E164
