"""The API keeps to its own OpenAPI document: schemathesis asks every operation, with sense and without.

Each operation is asked three times over: with the request of tests/operations.py, which succeeds; with requests that
the document allows, in which ids are real ones; and with anything. Whatever comes back has to be what the document
says of it: status, media type, headers and body; and never a 5xx.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import checks
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as openapi_checks

from pos.http.access import ROLES
from pos.http.api import PROBLEM
from pos.staff.identity import COOKIE
from tests.client import API, Shop, new_key
from tests.operations import BINARY, EXAMPLES, METHODS, Example, Operation, answered_bugs, operations, things
from tests.operations import example as good_example

CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.response_headers_conformance,
]
# These need a secret that is made once, so a repeated example is refused.
AT_A_REGISTER = frozenset({"GET /register/catalog", "GET /register/shift", "POST /register/refused-sales"})
# What nobody has set up in the tests' shop (tests/analytics/questions does).
NOT_SET_UP = {"POST /analytics/query", "POST /charts/{chart_id}/refresh"}
SECRET = frozenset({"POST /session", "POST /register/sign-in", "POST /register/approvals"})
# These are a person's own, and no token of a register or a program is one.
IN_A_BROWSER = frozenset(
    {"PUT /me/password", *(f"{method} /me/second-factor" for method in ("GET", "POST", "PUT", "DELETE"))}
)
# A cashier may ask, but without a manager's word is refused.
NEED_A_MANAGER = frozenset(
    {
        "DELETE /orders/{order_id}/lines/{line_id}",
        "POST /orders/{order_id}/refunds",
        "POST /members/{member}/adjustments",
        "DELETE /customers/{customer_id}",
        "POST /customers/{customer_id}/phone",
        "DELETE /sessions/{session_id}",
    }
)
# The examples say who buys and what; these would say it again, need a manager, or depend on the clock, the books or another field.
PRECLUDED = frozenset(
    {
        # Whose history it is, is said by one of both.
        "tappass_id",
        "walk_in",
        "phone",
        "expected_total",
        "placed_at",
        "after",
        "offline",
        "user_id",
        "coupon",
        "discount",
        "amount",
        "wording_version",
        "sale_price",
    }
)
# The cashier's token is refused with 403 by what is for managers; fewer tries show that as well.
CALLERS = ("owner", "register")
# Where a request has neither query nor body, all that the document allows are the same one.
ONCE_AND_AGAIN = 2


def bounded(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="session")
def document(session_app: Flask) -> dict[str, Any]:
    response = session_app.test_client().get(f"{API}/openapi.json")
    assert response.json is not None
    return response.json  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def api(session_app: Flask) -> Any:
    return schemathesis.openapi.from_wsgi(f"{API}/openapi.json", session_app)


# --- the document -----------------------------------------------------------------------------------------------


def test_document_is_valid_openapi_3_1(document: dict[str, Any], api: Any) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == "TapPass"
    api.validate()


def test_document_points_nowhere_in_vain(document: dict[str, Any]) -> None:
    references = set(_references(document))

    assert references
    assert [reference for reference in references if not _follow(document, reference)] == []


def test_document_says_of_each_operation_what_it_does_and_how_it_fails(document: dict[str, Any]) -> None:
    faults = {name: _faults(document, operation) for name, operation in _documented(document)}

    assert len(faults) >= 30
    assert {name: found for name, found in faults.items() if found} == {}


def test_document_names_no_field_twice_as_wide_as_the_code(document: dict[str, Any]) -> None:
    """Bodies are closed: a client generated from the document cannot send what the API refuses."""
    schemas = document["components"]["schemas"]
    asked = {
        body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for _, operation in _documented(document)
        if (body := operation.get("requestBody")) and BINARY not in body["content"]
    }

    assert len(asked) >= 10
    assert [name for name in sorted(asked) if schemas[name].get("additionalProperties") is not False] == []


# --- the answers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_answer_to_a_good_request_is_as_documented(app: Flask, shop: Shop, api: Any, name: str) -> None:
    operation = _operation(app, name)
    ids = things(shop)
    asked = good_example(operation, shop, ids)
    with answered_bugs(app):
        case = _at(api, operation).Case(
            path_parameters=_parameters(operation, ids),
            query=dict(asked.query),
            headers=_headers(shop, asked.as_),
            cookies=_cookies(asked.as_),
            body=_body(asked),
            media_type=_media_type(asked),
        )

        response = case.call_and_validate(checks=_checks(operation))

    assert response.status_code == asked.status


@pytest.mark.parametrize("as_", CALLERS)
@pytest.mark.parametrize("name", EXAMPLES)
def test_answer_to_a_plausible_request_is_as_documented(app: Flask, shop: Shop, api: Any, name: str, as_: str) -> None:
    operation = _operation(app, name)
    ids = things(shop)
    seen: Counter[int] = Counter()
    asked_of = _at(api, operation)
    # What is said in earnest below need not be made up first.
    said = {"path_parameters": _any_of(asked_of.path_parameters), "headers": _any_of(asked_of.headers)}

    @given(case=asked_of.as_strategy(generation_mode=GenerationMode.POSITIVE, **said), chance=st.randoms())
    @bounded(_tries(operation, as_) if asked_of.query or asked_of.body else ONCE_AND_AGAIN)
    def ask(case: Any, chance: random.Random) -> None:
        case.path_parameters = _parameters(operation, ids)
        asked = example(operation, shop, ids)
        case.body = _plausible(case.body, asked.body or {}, chance)
        case.query = _plausible(case.query, asked.query, chance)
        # Tokens of people who are not there: the document allows them, and each is a 401.
        case.headers = {}
        seen[case.call_and_validate(headers=_headers(shop, as_), checks=_checks(operation)).status_code] += 1

    with answered_bugs(app):
        ask()

    if operation.name in NOT_SET_UP and as_ != "register":
        assert 503 in seen, f"only {dict(seen)}"
    elif _may_succeed(operation, as_):
        assert set(seen) & {200, 201, 202, 204}, f"only {dict(seen)}"
    else:
        assert set(seen) & {401, 403, 404}, f"only {dict(seen)}"


@pytest.mark.parametrize("as_", CALLERS)
@pytest.mark.parametrize("name", EXAMPLES)
def test_answer_to_any_request_is_as_documented(app: Flask, shop: Shop, api: Any, name: str, as_: str) -> None:
    operation = _operation(app, name)
    ids = things(shop)
    asked = _at(api, operation)
    modes = [asked.as_strategy(generation_mode=mode) for mode in (GenerationMode.NEGATIVE, GenerationMode.POSITIVE)]

    @given(case=st.one_of(modes), on_real_thing=st.booleans())
    @bounded(8 if as_ == "owner" else 3)
    def ask(case: Any, on_real_thing: bool) -> None:
        if on_real_thing:
            case.path_parameters = _parameters(operation, ids)
        case.call_and_validate(headers=_authorization(shop, as_), checks=_checks(operation))

    with answered_bugs(app):
        ask()


def _operation(app: Flask, name: str) -> Operation:
    return next(operation for operation in operations(app) if operation.name == name)


def _at(api: Any, operation: Operation) -> Any:
    return api[API + operation.path][operation.method]


def _parameters(operation: Operation, ids: dict[str, str]) -> dict[str, str]:
    return {name: ids[name] for name in operation.parameters}


def _headers(shop: Shop, as_: str | Shop) -> dict[str, str]:
    """What a careful client sends with everything."""
    return {"Idempotency-Key": new_key(), "If-Match": "*", **_authorization(shop, as_)}


def _body(asked: Example) -> Any:
    if asked.raw is not None:
        return asked.raw
    return asked.body if asked.body is not None else schemathesis.core.NOT_SET


def _media_type(asked: Example) -> str | None:
    if asked.raw is not None:
        return BINARY
    return "application/json" if asked.body is not None else None


def _cookies(as_: str | Shop) -> dict[str, str]:
    """Those of a signed-in browser."""
    names = ("session", COOKIE) if isinstance(as_, Shop) else ()
    return {name: as_.client.get_cookie(name).value for name in names}  # type: ignore[union-attr]


def _authorization(shop: Shop, as_: str | Shop) -> dict[str, str]:
    if isinstance(as_, Shop):
        return dict(as_.extra)
    token = {"owner": shop.api_key, "register": shop.register_token}.get(as_)
    return {"Authorization": f"Bearer {token}"} if token else {}


def _plausible(value: Any, known: Mapping[str, Any], chance: random.Random) -> Any:
    """A generated object with some known names and values in it, three times in four, and without what these preclude."""
    if not isinstance(value, dict) or chance.random() < 0.25:
        return value
    return {name: inner for name, inner in value.items() if name not in PRECLUDED} | dict(known)


def example(operation: Operation, shop: Shop, ids: dict[str, str]) -> Example:
    """What a plausible request is made of. Nobody signs in for what these callers cannot do: each time takes two hashes."""
    return Example(200) if operation.name in IN_A_BROWSER else good_example(operation, shop, ids)


def _tries(operation: Operation, as_: str) -> int:
    return 8 if _may_succeed(operation, as_) else 4


def _any_of(parameters: Any) -> dict[str, str]:
    """Something for each of them."""
    return {parameter.name: "" for parameter in parameters}


def _checks(operation: Operation) -> list[Any]:
    """All of them, but that what is not set up may say so with a 503."""
    return CHECKS[1:] if operation.name in NOT_SET_UP else CHECKS


def _may_succeed(operation: Operation, as_: str) -> bool:
    role = "cashier" if as_ == "register" else as_
    may = operation.access == "public" or ROLES.index(role) >= ROLES.index(operation.access)
    is_refused = operation.name in SECRET | IN_A_BROWSER or (role == "cashier" and operation.name in NEED_A_MANAGER)
    return may and not is_refused and (as_ == "register" or operation.name not in AT_A_REGISTER)


# --- reading the document ---------------------------------------------------------------------------------------


def _documented(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method.upper() in METHODS:
                yield f"{method.upper()} {path}", operation


def _faults(document: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    answers = operation["responses"]
    default = answers.get("default", {})
    problem = (_follow(document, default["$ref"]) if "$ref" in default else default) or {}
    schema = problem.get("content", {}).get("application/problem+json", {}).get("schema", {})
    good = [status for status in answers if status.startswith("2")]
    rules = {
        "summary": len(operation.get("summary", "")) >= 5,
        "tags": len(operation.get("tags", [])) == 1,
        "problem": schema.get("required") == PROBLEM["required"],
        # What is asked for may be there already: 200 instead of 201.
        "one success": len(good) == 1 or good == ["200", "201"],
        "described": all(_whole(document, answer).get("description") for answer in answers.values()),
        "success has a body": good == ["204"]
        or {"application/json", "text/csv"} & set(_whole(document, answers[good[0]]).get("content", {})),
    }
    return [rule for rule, holds in rules.items() if not holds]


def _whole(document: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    return (_follow(document, answer["$ref"]) or {}) if "$ref" in answer else answer


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (value for name, value in node.items() if name == "$ref" and isinstance(value, str))
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _references(inner)


def _follow(document: dict[str, Any], reference: str) -> dict[str, Any] | None:
    assert reference.startswith("#/")
    found: Any = document
    for step in reference[2:].split("/"):
        found = found.get(step) if isinstance(found, dict) else None
    return found  # type: ignore[no-any-return]
