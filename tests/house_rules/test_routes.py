"""Every route: who may call it is said exactly once, it is documented, and what changes something is guarded."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from pos.http import access
from tests.client import API, Shop, new_key
from tests.operations import EXAMPLES, Ids, Operation, answered_bugs, example, operations, send, things

# Design §7: a POST whose path ends so can be sent twice by a client that heard no answer.
IDEMPOTENT = frozenset(
    {"orders", "payments", "refunds", "redemptions", "adjustments", "messages", "campaigns", "merge", "split"}
)  # fmt: skip
# What is asked, and makes nothing that could be made twice.
QUESTIONS = {"POST /assistant/messages"}
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
MARKS = frozenset({"public", *access.ROLES})


def test_each_route_says_exactly_once_who_may_call_it(app: Flask) -> None:
    views = {rule.endpoint: app.view_functions[rule.endpoint] for rule in app.url_map.iter_rules()}

    wrong = [endpoint for endpoint, view in views.items() if not endpoint.endswith("static") and not _wears_one(view)]

    assert wrong == []


def test_wearing_two_marks_or_none_is_noticed() -> None:
    def view() -> None: ...

    none, one, everybody = view, access.allow("owner")(lambda: None), access.public(lambda: None)
    twice = access.allow("owner")(access.allow("cashier")(lambda: None))
    both = access.public(access.allow("cashier")(lambda: None))
    hidden = access.allow("cashier")(access.public(lambda: None))

    assert [_wears_one(worn) for worn in (none, one, everybody, twice, both, hidden)] == [
        False, True, True, False, False, False,
    ]  # fmt: skip


def test_each_operation_is_documented(app: Flask) -> None:
    document = app.test_client().get(f"{API}/openapi.json").json
    assert document is not None

    documented = {
        f"{method.upper()} {path.removeprefix(API)}"
        for path, methods in document["paths"].items()
        for method in methods
        if method != "parameters"
    }

    assert documented == {operation.name for operation in operations(app)}
    assert document["openapi"].startswith("3.1")


def test_each_operation_has_an_example_and_no_example_is_stale(app: Flask) -> None:
    assert set(EXAMPLES) == {operation.name for operation in operations(app)}


def test_documented_security_is_the_mark_of_the_route(app: Flask) -> None:
    wrong = [
        operation.name
        for operation in operations(app)
        if _documented(app, operation).get("x-role", "public") != operation.access
        or ("security" in _documented(app, operation)) != (operation.access != "public")
    ]

    assert wrong == []


def test_request_without_token_is_refused(app: Flask, shop: Shop) -> None:
    ids = things(shop)
    guarded = [operation for operation in operations(app) if operation.access != "public"]

    answers = {
        operation.name: shop.request(
            operation.method,
            operation.path.format_map(ids),
            as_="nobody",
            headers={"Idempotency-Key": "k", "If-Match": "*"},
            json=example(operation, shop, ids).body or {},
        )
        for operation in guarded
    }

    assert any(operation.method in CHANGING for operation in guarded)
    assert {name: _problem(answer) for name, answer in answers.items()} == dict.fromkeys(
        answers, (401, "/problems/unauthenticated")
    )
    assert all(answer.headers["WWW-Authenticate"] == "Bearer" for answer in answers.values())


def test_change_by_a_lower_role_is_refused(app: Flask, shop: Shop) -> None:
    above = [operation for operation in operations(app) if operation.access in {"manager", "owner"}]
    ids = things(shop)

    statuses = {
        operation.name: shop.request(
            operation.method,
            operation.path.format_map(ids),
            headers={"Idempotency-Key": "k", "If-Match": "*"},
            json=example(operation, shop, ids).body or {},
        ).status_code
        for operation in above
    }

    assert above
    assert statuses == dict.fromkeys(statuses, 403)


def test_patch_requires_if_match(app: Flask, shop: Shop) -> None:
    guarded = _guarded_by_version(app)
    ids = things(shop)

    answers = {operation.name: _changed(operation, shop, ids) for operation in guarded}

    assert {operation.name for operation in operations(app) if operation.method == "PATCH"} <= set(answers)
    assert {"DELETE /orders/{order_id}/lines/{line_id}", "POST /orders/{order_id}/merge"} <= set(answers)
    assert {name: _problem(answer) for name, answer in answers.items()} == dict.fromkeys(
        answers, (428, "/problems/version-required")
    )


def test_patch_refuses_a_stale_version(app: Flask, shop: Shop) -> None:
    """Of a tab it is a conflict with another register, which the design answers with 409."""
    guarded = _guarded_by_version(app)
    ids = things(shop)

    answers = {
        operation.name: _changed(operation, shop, ids, headers={"If-Match": '"987654"'}) for operation in guarded
    }

    assert answers
    assert {name: _problem(answer) for name, answer in answers.items()} == {
        name: (409, "/problems/tab-changed") if "/orders/" in name else (412, "/problems/stale-version")
        for name in answers
    }


def test_round_needs_a_key_or_a_version(app: Flask, shop: Shop) -> None:
    """A round may be sent twice by who heard no answer, or after a look at the tab: one of both has to guard it."""
    name = "POST /orders/{order_id}/lines"
    [operation] = [found for found in operations(app) if found.name == name]
    documented = _documented(app, operation)["parameters"]
    ids = things(shop)

    bare, by_version, by_key = (
        shop.request("POST", operation.path.format_map(ids), headers=headers, json=example(operation, shop, ids).body)
        for headers in ({}, {"If-Match": "*"}, {"Idempotency-Key": "a round"})
    )

    assert {"Idempotency-Key", "If-Match"} <= {header["name"] for header in documented if not header["required"]}
    assert _problem(bare) == (428, "/problems/version-required")
    assert (by_version.status_code, by_key.status_code) == (201, 201)


def test_post_that_may_be_repeated_requires_a_key(app: Flask, shop: Shop) -> None:
    repeatable = [
        operation
        for operation in operations(app)
        if operation.method == "POST"
        and operation.path.rpartition("/")[2] in IDEMPOTENT
        and operation.name not in QUESTIONS
    ]
    ids = things(shop)

    answers = {
        operation.name: shop.request(
            "POST",
            operation.path.format_map(ids),
            as_="owner",
            headers={"If-Match": "*"},
            json=example(operation, shop, ids).body,
        )
        for operation in repeatable
    }

    assert "POST /orders" in answers
    assert {name: _problem(answer) for name, answer in answers.items()} == dict.fromkeys(
        answers, (400, "/problems/idempotency-key-required")
    )
    assert [name for name in answers if "Idempotency-Key" not in _required_headers(app, name)] == []


def test_request_with_the_same_key_is_done_once(app: Flask, shop: Shop) -> None:
    documented = [operation for operation in operations(app) if "Idempotency-Key" in _headers(app, operation.name)]

    assert "POST /orders/{order_id}/lines" in {operation.name for operation in documented}
    for operation in documented:
        ids = things(shop)
        asked = example(operation, shop, ids)
        first, second = (
            shop.post(
                operation.path.format_map(ids),
                asked.body,
                as_=asked.as_,
                key=f"twice {operation.name}",
                headers={"If-Match": "*"},
            )
            for _ in range(2)
        )

        assert (first.status_code, second.status_code) == (asked.status, asked.status)
        assert second.json is not None
        assert first.json is not None
        assert second.json.get("id") == first.json.get("id")
        assert second.headers["Idempotent-Replayed"] == "true"
        assert "Idempotent-Replayed" not in first.headers


def test_unknown_field_in_a_body_is_refused(app: Flask, shop: Shop) -> None:
    ids = things(shop)
    answers = {}

    with answered_bugs(app):
        for operation in operations(app):
            asked = example(operation, shop, ids)
            if asked.body is not None:
                surprised = replace(asked, body={**asked.body, "surprise": 1})
                answers[operation.name] = send(operation, shop, ids, surprised)

    assert answers
    assert {name: _problem(answer) for name, answer in answers.items()} == dict.fromkeys(
        answers, (422, "/problems/invalid")
    )


def _wears_one(view: Callable[..., Any]) -> bool:
    """One mark in all of its layers: a role with one guard that checks it, or public with none."""
    layers = list(_layers(view))
    marks = {layer.access for layer in layers if hasattr(layer, "access")}
    guards = sum(layer.__code__.co_name == "guarded" for layer in layers if hasattr(layer, "__code__"))
    return len(marks) == 1 and marks <= MARKS and guards == (marks != {"public"})


def _layers(view: Callable[..., Any]) -> Iterator[Any]:
    layer: Any = view
    while layer is not None:
        yield layer
        layer = inspect.getattr_static(layer, "__wrapped__", None)


def _documented(app: Flask, operation: Operation) -> dict[str, Any]:
    document = app.test_client().get(f"{API}/openapi.json").json
    assert document is not None
    documented: dict[str, Any] = document["paths"][API + operation.path][operation.method.lower()]
    return documented


def _guarded_by_version(app: Flask) -> list[Operation]:
    return [operation for operation in operations(app) if "If-Match" in _required_headers(app, operation.name)]


def _changed(operation: Operation, shop: Shop, ids: Ids, headers: dict[str, str] | None = None) -> TestResponse:
    """The answer to the example of an operation, with these headers and a key of its own."""
    path, body = operation.path.format_map(ids), example(operation, shop, ids).body
    sent = {"Idempotency-Key": new_key(), **(headers or {})}
    return shop.request(operation.method, path, as_="owner", headers=sent, json=body)


def _required_headers(app: Flask, name: str) -> set[str]:
    return {header for header, is_required in _headers(app, name).items() if is_required}


def _headers(app: Flask, name: str) -> dict[str, bool]:
    """The headers that an operation documents, and whether it insists on them."""
    operation = next(operation for operation in operations(app) if operation.name == name)
    parameters = _documented(app, operation).get("parameters", [])
    return {parameter["name"]: parameter["required"] for parameter in parameters if parameter["in"] == "header"}


def _problem(answer: TestResponse) -> tuple[int, str]:
    assert answer.json is not None, answer.get_data(as_text=True)
    return answer.status_code, answer.json.get("type", "")
