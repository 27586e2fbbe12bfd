"""Who may do what: every operation of the OpenAPI document with every role, against its own `x-role`."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from pos.http.access import ROLES
from tests.client import API, Shop, new_key
from tests.staff.signing_in import at_register, browser

# Design §7, "Who may", as far as there are routes for it.
WHO_MAY = {
    "POST /orders": "cashier",
    "GET /orders": "cashier",
    "POST /orders/{order_id}/payments": "cashier",
    "GET /orders/{order_id}/receipt": "cashier",
    "POST /orders/{order_id}/cancel": "cashier",
    "POST /orders/{order_id}/fulfillment": "cashier",
    "POST /orders/{order_id}/preparation": "cashier",
    "POST /orders/{order_id}/preparation/seen": "cashier",
    **dict.fromkeys(
        (f"GET /reports/{name}" for name in ("sales", "products", "customers", "loyalty", "messages")), "manager"
    ),
    "GET /kitchen": "cashier",
    "GET /kitchen/times": "manager",
    "GET /charts": "manager",
    "POST /charts": "manager",
    "PUT /charts/order": "manager",
    "PATCH /charts/{chart_id}": "manager",
    "DELETE /charts/{chart_id}": "manager",
    "POST /charts/{chart_id}/refresh": "manager",
    "POST /stations": "manager",
    "PATCH /stations/{station_id}": "manager",
    "PATCH /orders/{order_id}": "cashier",
    "POST /orders/{order_id}/lines": "cashier",
    # By a cashier with a manager's word (tests/checkout/test_approvals.py).
    "DELETE /orders/{order_id}/lines/{line_id}": "cashier",
    "POST /orders/{order_id}/refunds": "cashier",
    "POST /register/approvals": "cashier",
    "POST /customers/lookup": "cashier",
    "POST /customers/{customer_id}/consents": "cashier",
    "PATCH /customers/{customer_id}": "cashier",
    # At its own register; what is paid out with a manager's word (tests/shifts).
    "POST /shifts": "cashier",
    "POST /shifts/{shift_id}/movements": "cashier",
    "POST /shifts/{shift_id}/close": "cashier",
    # About the business only a manager (tests/assistant/test_api.py).
    "POST /assistant/messages": "cashier",
    "POST /users/{user_id}/unlock": "manager",
    "POST /products": "manager",
    "POST /coupons": "manager",
    "PATCH /coupons/{coupon_id}": "manager",
    "GET /attention-items": "manager",
    "POST /attention-items/{item_id}/resolution": "manager",
    "PATCH /products/{product_id}": "manager",
    "POST /audits": "manager",
    "POST /analytics/query": "manager",
    "GET /analytics/schema": "manager",
    "POST /jobs/{job_id}/retry": "manager",
    "POST /upkeep/stripe": "manager",
    "POST /messaging/resume": "manager",
    "POST /categories": "manager",
    "GET /sync/woocommerce": "manager",
    "POST /sync/woocommerce": "manager",
    "GET /sync/logs": "manager",
    "GET /sync/logs/{log_id}": "manager",
    "GET /sync/problems": "manager",
    "POST /sync/problems/{problem_id}/resolve": "manager",
    # Whom the store trusts with its books.
    "PUT /sync/woocommerce": "owner",
    "DELETE /sync/woocommerce": "owner",
    "POST /sync/woocommerce/webhook-secret": "owner",
    "POST /locations": "owner",
    "PATCH /locations/{location_id}": "owner",
    "POST /registers": "owner",
    "PATCH /registers/{register_id}": "owner",
    "POST /users": "owner",
    "PATCH /users/{user_id}": "owner",
}
PUBLIC = {"POST /session", "POST /register/enrol"}


@dataclass(frozen=True)
class Operation:
    """One operation of the document; `role` is its x-role, None for the public ones."""

    method: str
    path: str
    role: str | None

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


def operations(shop: Shop) -> list[Operation]:
    document = shop.get("/openapi.json", as_="nobody").json
    return [
        Operation(method.upper(), path.removeprefix(API), described.get("x-role"))
        for path, methods in document["paths"].items()
        for method, described in methods.items()
        if method != "parameters"
    ]


def ask(shop: Shop, operation: Operation, as_: str, headers: dict[str, str]) -> TestResponse:
    """Asks for things that do not exist, with an empty body: whoever may ask is refused for that, or finds nothing."""
    path = operation.path
    while "{" in path:
        before, _, rest = path.partition("{")
        name, _, after = rest.partition("}")
        # Jobs are numbered by their queue.
        path = f"{before}{2**40 if name == 'job_id' else uuid.uuid4()}{after}"
    sent = {"Idempotency-Key": new_key(), "If-Match": '"1"', **headers}
    body: dict[str, Any] = {} if operation.method == "GET" else {"json": {}}
    return shop.request(operation.method, path, as_=as_, headers=sent, **body)


def is_forbidden(response: TestResponse) -> bool:
    return response.status_code == 403 and response.json["type"] == "/problems/role-too-low"


@pytest.fixture(params=["cashier by register", *(f"{role} by PIN" for role in ROLES), "owner by key",
                        "manager by cookie", "owner by cookie"])  # fmt: skip
def someone(request: pytest.FixtureRequest, app: Flask, shop: Shop) -> Iterator[tuple[str, Any]]:
    """A role, and how to ask in it: each way in which somebody can come by the role."""
    role, _, way = request.param.partition(" by ")
    if way == "PIN":
        headers = at_register(shop, role)
        yield role, lambda operation: ask(shop, operation, "register", headers)
    elif way == "cookie":
        office = browser(app, shop, role)
        yield role, lambda operation: ask(office, operation, "nobody", office.extra)
    else:
        yield role, lambda operation: ask(shop, operation, {"register": "register", "key": "owner"}[way], {})


def test_each_role_may_do_exactly_what_the_document_says(shop: Shop, someone: tuple[str, Any]) -> None:
    role, asking = someone
    guarded = [operation for operation in operations(shop) if operation.role]
    # Signing out, or a new key, ends what this test asks with.
    ending = ("POST /store/api-key", "DELETE /session")
    guarded.sort(key=lambda operation: operation.name in ending)

    answers = {operation.name: asking(operation) for operation in guarded}

    expected = {operation.name: ROLES.index(role) < ROLES.index(operation.role or "") for operation in guarded}
    assert {name: is_forbidden(answer) for name, answer in answers.items()} == expected
    asked = {answer.status_code for name, answer in answers.items() if name not in ending}
    assert asked <= {200, 201, 202, 204, 400, 403, 404, 409, 412, 422}


def test_document_says_who_may_as_the_design_does(shop: Shop) -> None:
    roles = {operation.name: operation.role for operation in operations(shop)}

    assert {name: roles.get(name) for name in WHO_MAY} == WHO_MAY


def test_nobody_may_do_anything_but_the_public_operations(shop: Shop) -> None:
    answers = {operation: ask(shop, operation, "nobody", {}) for operation in operations(shop)}

    assert {operation.name for operation, answer in answers.items() if answer.status_code != 401} == PUBLIC
    assert {operation.name for operation in answers if operation.role is None} == PUBLIC
