"""ProfileService: old names, old ids, old columns; and a word at each call of what takes its place."""

import asyncio
import re
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from pos.customers.models import Profile
from pos.db import rows_of, transaction
from pos.legacy.models import TABLES, SourceId
from pos.legacy.profile_service import CUSTOMER, ProfileService
from tests.client import Shop

ROUTE = r"ProfileService\.\w+ is kept for old callers; use (GET|POST|PATCH) /api/v1/customers"


@pytest.fixture
def ada(shop: Shop) -> str:
    """Ada, the older back end's customers 7 and 8 and user 20, with an order that was its order 5 and one that is new."""
    order = shop.sell(name="Ada Lovelace", note="Order A-77", payment={"method": "card"})
    shop.sell(items=[{"sku": "IPA", "quantity": 2}])
    ada, about = order["customer"]["id"], {"source": TABLES, "customer_id": UUID(order["customer"]["id"])}
    with transaction(UUID(shop.store_id)) as session:
        for kind, number, more in (
            ("customer", 7, {"is_main": True}), ("customer", 8, {}), ("user", 20, {}), ("order", 5, {"order_id": UUID(order["id"])}),
        ):  # fmt: skip
            session.add(SourceId(kind=kind, external_id=str(number), number=number, **about, **more))
        profile = session.scalars(rows_of(Profile).where(Profile.customer_id == UUID(ada))).one()
        profile.phone_recorded, profile.preferences = "555-0132", {"milk": "oat"}
    version = shop.get(f"/customers/{ada}").json["version"]
    assert shop.patch(f"/customers/{ada}", {"email": "ada@example.com"}, version=version).status_code == 200
    return str(ada)


def asked(app: Flask, method: str, *args: Any, store: str = "hops", **fields: Any) -> Any:
    """What a method answers; it has to warn, at the line that awaits it."""

    async def call() -> Any:
        return await getattr(ProfileService(app, store), method)(*args, **fields)

    with pytest.warns(DeprecationWarning, match=ROUTE) as warned:
        answer = asyncio.run(call())
    assert {warning.filename for warning in warned} == {__file__}
    return answer


def test_customer_is_found_by_each_old_id_number_and_address(app: Flask, ada: str) -> None:
    found = asked(app, "get_customer", 7)

    same = [
        asked(app, "get_customer", 8),
        asked(app, "get_customer_by_email", "Ada@Example.com"),
        asked(app, "get_customer_by_phone", "(415) 555-0132"),
        asked(app, "get_customer_by_phone", "555-0132"),
    ]

    assert list(found) == list(CUSTOMER)
    assert (found["id"], found["user_id"], found["first_name"], found["last_name"]) == (7, 20, "Ada", "Lovelace")
    assert (found["email"], found["total_spent"], found["order_count"]) == (None, Decimal("8.66"), 2)
    assert same == [found] * 4


def test_profile_is_found_by_user_and_by_customer(app: Flask, ada: str) -> None:
    whole, profile = asked(app, "get_profile_by_user_id", 20), asked(app, "get_customer_profile", 8)

    assert (whole["id"], whole["first_name"], whole["preferences"]) == (7, "Ada", {"milk": "oat"})
    assert (profile["customer_id"], profile["preferences"], profile["medical_conditions"]) == (7, {"milk": "oat"}, None)


def test_orders_are_told_as_the_old_table_had_them(app: Flask, ada: str) -> None:
    newer, old = asked(app, "get_orders", 8)

    assert {name: old[name] for name in ("id", "customer_id", "order_number", "status", "total", "items")} == {
        "id": 5, "customer_id": 7, "order_number": "A-77", "status": "completed", "total": Decimal("8.66"),
        "items": [{"name": "House IPA", "sku": "IPA", "quantity": 1, "price": Decimal("8.00")}],
    }  # fmt: skip
    assert (newer["id"], newer["status"], newer["total"]) == (None, "pending", Decimal("17.32"))
    assert re.fullmatch("TP-[A-Z0-9]{6}", newer["order_number"])


def test_update_changes_what_the_view_lets_write(app: Flask, shop: Shop, ada: str) -> None:
    changed = asked(app, "update_profile", 8, city="Oakland", tags=["vip"], last_name="Byron")

    shown = shop.get(f"/customers/{ada}").json
    assert (changed["id"], changed["city"], changed["tags"], changed["last_name"]) == (7, "Oakland", ["vip"], "Byron")
    assert (shown["name"], shown["profile"]["city"]) == ("Ada Byron", "Oakland")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"loyalty_points": 9, "city": "x"}, "loyalty_points cannot be changed"),
        ({"city": "x" * 101}, "city is longer than 100"),
    ],
)
def test_update_refuses_what_the_api_would_not_take(app: Flask, ada: str, fields: dict[str, Any], words: str) -> None:
    before = asked(app, "get_customer", 7)

    with pytest.raises(ValueError, match=words):
        asked(app, "update_profile", 7, **fields)

    assert asked(app, "get_customer", 7) == before


def test_nobody_is_none(app: Flask, ada: str) -> None:
    answers = [
        asked(app, "get_customer", 99),
        asked(app, "get_profile_by_user_id", 7),
        asked(app, "get_customer_by_email", "bo@example.com"),
        asked(app, "get_customer_by_phone", "+14155550199"),
        asked(app, "get_customer_by_phone", "nobody"),
        asked(app, "get_customer_profile", 99),
        asked(app, "update_profile", 99, city="Oakland"),
        asked(app, "get_customer", 7, store="cafe"),
    ]

    assert answers == [None] * 8
    assert asked(app, "get_orders", 99) == []
