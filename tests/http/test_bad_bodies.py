"""Bad bodies: each gets the right 4xx in words, and leaves nothing behind."""

import json
import re
import time
from decimal import Decimal
from functools import cache
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import TextClause, text
from werkzeug.test import TestResponse

from pos.db import Base, db, transaction
from tests.client import Shop, new_key
from tests.http.bad_bodies import (
    CASES,
    CUSTOMER,
    EMAIL,
    GOOD,
    LIMIT,
    LOCATION,
    ORDER,
    PAYMENT,
    PHONE,
    SESSION,
    TARGETS,
    USER,
    Bad,
    Target,
)


def test_there_are_many_bad_bodies() -> None:
    against_orders = [case for case in CASES if case.target is ORDER]

    assert len(CASES) >= 300
    assert len(against_orders) >= 200
    assert {case.status for case in CASES} >= {400, 413, 415, 422}


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_good_bodies_are_taken_by_their_schemas(target: Target) -> None:
    """Else a bad body might be refused for something that is not its fault."""
    assert target.schema().validate(target.good) == {}


def test_good_order_is_sold(shop: Shop) -> None:
    response = shop.request("POST", "/orders", headers=_headers(), data=GOOD)

    assert response.status_code == 201, response.get_data(as_text=True)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_bad_bodies_are_refused_and_leave_nothing_behind(app: Flask, shop: Shop, target: Target) -> None:
    """One after the other against the same store, since none leaves anything."""
    cases = [case for case in CASES if case.target is target]
    path = target.path.format(**_ids(shop, target.path))
    before = _everything(shop)

    wrong = {case.name: fault for case in cases if (fault := _fault(shop, case, path, before))}

    assert cases
    assert wrong == {}


def _fault(shop: Shop, case: Bad, path: str, before: dict[str, Any]) -> str | None:
    """What is wrong with the answer to a bad body, or with what it leaves."""
    response = shop.request(
        case.target.method,
        path,
        as_=case.as_ or case.target.as_,
        headers=_headers(**case.headers),
        data=case.raw.replace(b"{location_id}", shop.location_id.encode()),
    )
    try:
        _assert_refused(response, case.status)
        _assert_named(response, case.pointer)
        assert _everything(shop) == before
    except AssertionError as error:
        return f"{response.status_code} {error}"
    return None


def _assert_named(response: TestResponse, pointer: str | None) -> None:
    if pointer is not None:
        named = [error["pointer"] for error in _json(response).get("errors", [])]
        assert [each for each in named if each == pointer or each.startswith(f"{pointer}/")], f"{named}: {pointer}"


def test_body_of_just_the_limit_is_read(shop: Shop) -> None:
    response = shop.request("POST", "/orders", headers=_headers(), data=GOOD + b" " * (LIMIT - len(GOOD)))

    assert response.status_code == 201


def test_body_without_a_length_is_limited_too(app: Flask, shop: Shop) -> None:
    """Werkzeug cuts it off at the limit, so it is either too large or no JSON any more."""
    before = _everything(shop)

    response = shop.request(
        "POST",
        "/orders",
        headers=_headers(),
        input_stream=_too_much(),
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )

    _assert_refused(response, 413 if response.status_code == 413 else 400)
    assert _everything(shop) == before


@pytest.mark.parametrize("target", [ORDER, PAYMENT], ids=lambda target: target.name)
def test_request_without_idempotency_key_is_refused(app: Flask, shop: Shop, target: Target) -> None:
    path = target.path.format(**_ids(shop, target.path))
    before = _everything(shop)

    response = shop.request("POST", path, json=target.good)

    _assert_refused(response, 400)
    assert _json(response)["type"] == "/problems/idempotency-key-required"
    assert "Idempotency-Key" in _json(response)["detail"]
    assert _everything(shop) == before


@pytest.mark.parametrize(("target", "body", "expected"), [
    (ORDER, {"items": [{"sku": "IPA", "quantity": 1}, {"sku": "IPA", "quantity": 0}]}, "/items/1/quantity"),
    (ORDER, {"items": [{"sku": "IPA"}]}, "/items/0/quantity"),
    (ORDER, {"items": [{"quantity": 1}]}, "/items/0"),
    (ORDER, {"items": [{"sku": "IPA", "quantity": 1}], "payment": {}}, "/payment/method"),
    (ORDER, [], ""),
    (CUSTOMER, {"profile": {"preferences": {"beer": 1}}}, "/profile/preferences/beer"),
    (CUSTOMER, {"profile": {"preferences": {"": "dark"}}}, "/profile/preferences/"),
    (LOCATION, LOCATION.good | {"tax_rates": {"standard": "8 %"}}, "/tax_rates/standard"),
    (LOCATION, LOCATION.good | {"tax_rates": {"Standard": "0.1"}}, "/tax_rates/Standard"),
    (LOCATION, LOCATION.good | {"opening_hours": {"mon": [["9", "17:00"]]}}, "/opening_hours/mon/0/0"),
    (LOCATION, LOCATION.good | {"a~b/c": 1}, "/a~0b~1c"),
])  # fmt: skip
def test_pointer_is_a_json_pointer_to_the_place(shop: Shop, target: Target, body: Any, expected: str) -> None:
    """RFC 6901: a client that follows it finds the value that is wrong, or the object that lacks one."""
    response = shop.request(
        target.method,
        target.path.format(**_ids(shop, target.path)),
        as_=target.as_,
        headers=_headers(),
        data=json.dumps(body),
    )

    assert response.status_code == 422
    assert expected in [error["pointer"] for error in _json(response)["errors"]]


@pytest.mark.parametrize("target", [SESSION, USER, CUSTOMER], ids=lambda target: target.name)
def test_long_email_is_refused_at_once(shop: Shop, target: Target) -> None:
    """The time of a check must not grow with the square of what anybody may send: /session is public."""
    path = target.path.format(**_ids(shop, target.path))
    body = target.good | {"email": "a@" + "." * 20_000 + " "}
    shop.request(target.method, path, as_=target.as_, headers=_headers(), json=target.good | {"email": "a"})

    began = time.process_time()
    response = shop.request(target.method, path, as_=target.as_, headers=_headers(), json=body)
    seconds = time.process_time() - began

    assert response.status_code == 422
    assert seconds < 0.25


@pytest.mark.parametrize("parameter", ["kind", "category_id", "status", "sku", "limit", "after", "unknown"])
@pytest.mark.parametrize("value", ["%FF", "%ED%A0%80", "", "%F0%9F%8D%BA", "x" * 300])
def test_bad_query_is_refused_or_finds_nothing(shop: Shop, parameter: str, value: str) -> None:
    response = shop.get(f"/products?{parameter}={value}")

    assert response.status_code == 422 or (parameter == "sku" and _json(response)["data"] == [])


@pytest.mark.parametrize("parameter", ["kind", "category_id", "status", "sku", "limit", "after", "unknown"])
@pytest.mark.parametrize("value", ["%00", "IPA%00", "%00%00"])
def test_nul_in_a_query_is_refused(shop: Shop, parameter: str, value: str) -> None:
    """PostgreSQL has no text with a NUL, so it must not get that far."""
    response = shop.get(f"/products?{parameter}={value}")

    _assert_refused(response, 422)
    assert [error["pointer"] for error in _json(response)["errors"]] == [f"/{parameter}"]


@pytest.mark.parametrize("path", [
    "/orders/by-reference/%00", "/orders/by-reference/%FF", "/orders/by-reference/..", "/orders/by-reference/" + "A" * 200,
    "/orders/%00", "/orders/1", "/customers/null", "/products/%F0%9F%8D%BA", "/users/' OR 1=1", "/nothing", "/orders/",
])  # fmt: skip
def test_bad_path_is_not_found(shop: Shop, path: str) -> None:
    response = shop.get(path)

    _assert_refused(response, 404)


# --- how they are judged ----------------------------------------------------------------------------------------

REVEALING = re.compile(
    r"Traceback|File \"|\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|WHERE)\b|psycopg|sqlalchemy|marshmallow|<class|object at 0x"
)


def _assert_refused(response: TestResponse, status: int) -> None:
    """A problem of RFC 9457 that helps the caller and gives nothing away."""
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.headers["Content-Type"] == "application/problem+json"
    body = _json(response)
    assert {"type", "title", "status", "detail"} <= set(body) <= {"type", "title", "status", "detail", "errors"}
    assert body["status"] == status
    assert re.fullmatch(r"/problems/[a-z0-9-]+", body["type"])
    assert len(body["title"]) >= 5
    assert len(body["detail"]) >= 10
    assert len(body["detail"]) <= 1_500
    if body["type"] == "/problems/invalid":
        assert body["errors"]
    for error in body.get("errors", []):
        assert set(error) == {"pointer", "detail"}
        assert error["pointer"] == "" or error["pointer"].startswith("/")
        assert error["detail"]
    whole = response.get_data(as_text=True)
    assert not REVEALING.search(whole)
    assert "4155550187" not in re.sub(r"\D", "", whole)
    assert EMAIL not in whole


def _json(response: TestResponse) -> dict[str, Any]:
    assert response.json is not None
    return response.json  # type: ignore[no-any-return]


def _headers(**changes: str) -> dict[str, str]:
    """What a well-behaved client sends, with the changes; any version will do, so that only the body is at fault."""
    return {"Idempotency-Key": new_key(), "Content-Type": "application/json", "If-Match": "*", **changes}


def _ids(shop: Shop, path: str) -> dict[str, str]:
    """Ids for the path; an order and its customer are made only where one is asked for."""
    known = {
        "product_id": shop.products["IPA"],
        "user_id": shop.people["cashier"],
        "register_id": shop.register_id,
        "location_id": shop.location_id,
    }
    if "order_id" in path or "customer_id" in path:
        order = shop.sell(phone=PHONE)
        known |= {"order_id": order["id"], "customer_id": order["customer"]["id"]}
    return known


def _everything(shop: Shop) -> dict[str, tuple[int, Decimal]]:
    """How many rows each table of the store has, and a hash of them; when a register was last seen is no change."""
    with transaction(UUID(shop.store_id)):
        return {name: (count, rows_hash) for name, count, rows_hash in db.session.execute(_every_row())}


@cache
def _every_row() -> TextClause:
    tables = [name for name, table in Base.metadata.tables.items() if "store_id" in table.columns]
    rows_hash = "coalesce(sum(hashtextextended((to_jsonb(t) - 'last_seen_at')::text, 0)), 0)"
    return text(" UNION ALL ".join(f"SELECT '{name}', count(*), {rows_hash} FROM {name} t" for name in tables))


def _too_much() -> BytesIO:
    """A body that a client sends in chunks, without saying how long it will be."""
    return BytesIO(b'{"note": "' + b"x" * LIMIT + b'"}')
