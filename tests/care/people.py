"""What the tests of care do to customers, and see of them."""

import uuid
from typing import Any

from werkzeug.test import TestResponse

from pos.db import transaction
from pos.statements import Statement
from tests.checkout.counter import done
from tests.client import Shop

ADA, BOB, CLEO = "+14155550141", "+14155550142", "+14155550143"
CARD = {"payment": {"method": "card"}}
Person = dict[str, Any]


def look_up(shop: Shop, phone: str) -> Person:
    return done(shop.get("/customers", as_="owner", query_string={"phone": phone}))


def known(shop: Shop, phone: str, **asked: Any) -> str:
    """The id of somebody who has bought something."""
    return str(shop.sell(phone=phone, **asked)["customer"]["id"])


def change(shop: Shop, customer_id: str, **fields: Any) -> Person:
    headers = {"If-Match": "*"}
    return done(shop.request("PATCH", f"/customers/{customer_id}", as_="owner", headers=headers, json=fields))


def merge(shop: Shop, kept: str, duplicate: str, **fields: str) -> TestResponse:
    body = {"duplicate_id": duplicate} | ({"fields": fields} if fields else {})
    return shop.post(f"/customers/{kept}/merge", body, as_="owner")


def merged(shop: Shop, kept: str, duplicate: str, **fields: str) -> dict[str, Any]:
    return done(merge(shop, kept, duplicate, **fields), 201)


def undo(shop: Shop, merge_: dict[str, Any]) -> TestResponse:
    return shop.post(f"/merges/{merge_['id']}/undo", as_="owner")


def undone(shop: Shop, merge_: dict[str, Any]) -> dict[str, Any]:
    return done(undo(shop, merge_))


def column(shop: Shop, statement: str, **values: Any) -> list[Any]:
    """The first column of what a statement gives, in the shop's books."""
    with transaction(uuid.UUID(shop.store_id)):
        return [row[0] for row in Statement(statement).rows(**values)]
