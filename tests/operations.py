"""Every operation of the API with a request that it takes, for the tests that go through all of them.

The operations come from the application's own map of routes. EXAMPLES says how each is asked; a new route without
an entry there fails the tests, so nothing is left out by being forgotten.
"""

import itertools
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from pos import clock
from pos.analytics.rollups import flows as rollups
from pos.audit.models import AuditRun
from pos.db import transaction
from pos.legacy.models import TABLES, LegacyReader, SourceId, Unification
from pos.staff import actions as staff
from pos.staff import second_factor
from pos.woocommerce.models import SyncProblem
from tests import texting
from tests.checkout import stripe
from tests.client import API, Shop, new_key
from tests.databases import PASSWORD, PIN
from tests.staff.signing_in import browser
from tests.woocommerce import shops as web

Ids = dict[str, str]
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
PHONE, GONE = "+14155550132", "+14155550177"
# RFC 9110 §13.1.1: any version that is there. The harshest sender of If-Match is one who does not look.
ANY_VERSION = "*"
BINARY = "application/octet-stream"
# Made by hand: one grey pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636800000082008177cd72b60000000049454e44ae426082"
)


@dataclass(frozen=True)
class Operation:
    """One method of one path of /api/v1; `path` is below it and written as OpenAPI does: /orders/{order_id}."""

    method: str
    path: str
    access: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)


@dataclass(frozen=True)
class Example:
    """A request that is carried out, and the status with which it is answered."""

    status: int
    body: dict[str, Any] | None = None
    # What is no JSON.
    raw: bytes | None = None
    query: dict[str, str] = field(default_factory=dict)
    # A shop is the browser of somebody who has signed in.
    as_: str | Shop = "owner"


@dataclass(frozen=True)
class At:
    """What an example is made of: the shop and the ids of things in it."""

    shop: Shop
    ids: Ids


def operations(app: Flask) -> list[Operation]:
    """All operations of the API, apart from the document that describes them."""
    document = f"{API}/{app.config['OPENAPI_JSON_PATH']}"
    return [
        Operation(
            method=method,
            path=re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule.rule.removeprefix(API)),
            access=getattr(app.view_functions[rule.endpoint], "access", "unmarked"),
        )
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(f"{API}/") and rule.rule != document
        for method in sorted((rule.methods or set()) & METHODS)
    ]


def example(operation: Operation, shop: Shop, ids: Ids) -> Example:
    """The request of an operation, with the ids of the shop's own things in its body."""
    assert operation.name in EXAMPLES, f"{operation.name} is new: give it an example in tests/operations.py"
    found = EXAMPLES[operation.name]
    return found if isinstance(found, Example) else found(At(shop, ids))


def send(operation: Operation, shop: Shop, ids: Ids, asked: Example) -> TestResponse:
    """Sends the request to the path with these ids."""
    headers = {"Idempotency-Key": new_key()} if operation.method == "POST" else {}
    if operation.method != "GET":
        headers["If-Match"] = ANY_VERSION
    sent: dict[str, Any] = {"json": asked.body} if asked.body is not None else {}
    if asked.raw is not None:
        sent = {"data": asked.raw, "content_type": BINARY}
    path = operation.path.format_map(ids)
    who, as_ = (shop, asked.as_) if isinstance(asked.as_, str) else (asked.as_, "nobody")
    headers |= asked.as_.extra if isinstance(asked.as_, Shop) else {}
    answer = who.request(operation.method, path, as_=as_, headers=headers, query_string=asked.query, **sent)
    if operation.name == "POST /store/api-key" and answer.status_code == 201:
        shop.api_key = answer.json["api_key"]
    return answer


class _Things(Ids):
    """Ids by name, each made when it is asked for: most paths name one or two."""

    def __init__(self, shop: Shop, ids: Ids) -> None:
        super().__init__(ids)
        self.shop = shop

    def __missing__(self, name: str) -> str:
        assert name in _MADE, f"{name} is new: let _MADE in tests/operations.py make one"
        made = _MADE[name](self.shop, self)
        self.update(made if isinstance(made, dict) else {name: made})
        return self[name]


def things(shop: Shop) -> Ids:
    """What a path or body can name: a member's order that is open and unpaid, with a line of two and another line; and all else, made
    when it is named."""
    there = {
        "product_id": shop.products["IPA"],
        "category_id": shop.category_id,
        "location_id": shop.location_id,
        "register_id": shop.register_id,
        "user_id": shop.people["cashier"],
        "manager_id": shop.people["manager"],
    }
    ids = _Things(shop, there)
    assert ids["member"]
    return ids


def all_things(shop: Shop) -> Ids:
    """The same, all of it made now."""
    ids = things(shop)
    return {**ids, **{name: ids[name] for name in _MADE}}


def furnish(shop: Shop) -> Ids:
    """At least one row in every table of the store, and one of each kind of reference, by way of the API; what older systems
    had does not come that way."""
    ids = all_things(shop)
    shop.sell(phone=None, walk_in=True, payment={"method": "cash", "tendered": 2000})
    taken = [{"sku": "TEE-BLK-M", "quantity": 2}, {"sku": "IPA", "quantity": 1}]
    order = shop.sell(phone=PHONE, items=taken, payment={"method": "card"}, marketing_consent=True)
    _made(shop.post(f"/orders/{order['id']}/cancel", {"reason": "spilt", "refund": True}, as_="owner"))
    _made(shop.post("/categories", {"name": f"Cans {new_key()}", "parent_id": shop.category_id}, as_="owner"))
    _made(shop.post("/session", _password(shop), as_="nobody"))
    _made(shop.request("PUT", f"/products/{ids['product_id']}/image", as_="owner", data=PNG, content_type=BINARY))
    _sell_with_coupon(shop)
    _spend_points(shop, ids)
    _refund_goods(shop)
    _cook(shop, ids)
    _split_and_merge(shop, ids)
    _pay_by_link(shop)
    _come_from_older_systems(shop, ids)
    _read_web_shop(shop)
    _erase_somebody(shop)
    with shop.client.application.app_context(), transaction(UUID(shop.store_id), actor="test") as session:
        session.add(AuditRun(rule_count=1, violation_count=0, violations=[], actor="test"))
    _passed_on(shop, ids["customer_id"])
    _work_two_shifts(shop)
    _made(shop.post("/assistant/messages", {"text": "points", "phone": PHONE}))
    with shop.client.application.app_context():
        rollups.keep(UUID(shop.store_id))
    return all_things(shop)


def _erase_somebody(shop: Shop) -> None:
    """A member who had refused, and whose number comes again."""
    order = shop.sell(phone=GONE, name="Grace", join=True, note="for Grace")
    assert texting.text(shop, GONE, "STOP").status_code == 200
    path = f"/customers/{order['customer']['id']}"
    _made(shop.post(f"{path}/consents", {"purpose": "marketing", "granted": False, "note": "by letter"}))
    assert shop.request("DELETE", path, as_="owner").status_code == 204
    shop.sell(phone=GONE)


def failed_job(shop: Shop, task: str = "audit.one_store") -> str:
    """A job of the store that the worker has given up."""
    failed = """
        INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts)
        VALUES ('default', :task, json_build_object('store_id', :store), 'failed', 5) RETURNING id
    """
    with shop.client.application.app_context(), transaction(UUID(shop.store_id), actor="test") as session:
        return str(session.scalar(text(failed), {"task": task, "store": shop.store_id}))


def _come_from_older_systems(shop: Shop, ids: Ids) -> None:
    old = {"source": TABLES, "external_id": new_key()}
    with shop.client.application.app_context(), transaction(UUID(shop.store_id), actor="test") as session:
        session.add(moved := Unification(place="elsewhere", state="unified"))
        session.add(LegacyReader(role_name=f"reader_{new_key()}"))
        session.flush()
        session.add_all(
            [
                SourceId(kind="customer", customer_id=UUID(ids["customer_id"]), unification_id=moved.id, **old),
                SourceId(kind="order", order_id=UUID(ids["order_id"]), **old),
                SourceId(kind="product", product_id=UUID(ids["product_id"]), **old),
            ]
        )


def _read_web_shop(shop: Shop) -> None:
    """A web shop that had all sorts of orders: of a member and of a guest, one that was given back, and one that is left out."""
    told = web.connected(shop)
    if not told.things["orders"]:
        _stock_web_shop(told)
    web.synced(shop)


def _stock_web_shop(told: web.WebShop) -> None:
    cap = web.product(11, "Cap", "20.00", categories=[{"id": 7}], manage_stock=True, stock_quantity=3)
    zoe = web.billing(first_name="Zoe", email="zoe@example.com")
    told.put("products/categories", {"id": 7, "name": "Hats", "parent": 0})
    told.put("products", cap)
    told.put("coupons", {"id": 21, "code": "hat", "discount_type": "percent", "amount": "10"})
    told.put("customers", web.account(31, phone=PHONE, first_name="Ada", email="ada@example.com"))
    told.put("orders", web.order(41, account=31, currency=told.currency, billing=web.billing(phone=PHONE)))
    told.put("orders", web.order(42, ("Cap", 2, "40.00"), currency=told.currency, billing=zoe))
    told.put("orders", web.order(43, currency="XXX"))
    told.give_back(42, 51, "22.00")


def _sell_with_coupon(shop: Shop) -> None:
    coupon = _made(shop.post("/coupons", _coupon(), as_="owner"))
    shop.sell(
        phone=PHONE,
        coupon=coupon["code"],
        items=[_comped({"sku": "WATER", "quantity": 2})],
        as_="owner",
        location_id=shop.location_id,
    )


def _spend_points(shop: Shop, ids: Ids) -> None:
    """A reward in a paid order, and a programme of the store's own."""
    reward = {"rewards": [ids["reward_id"]]}
    shop.sell(phone=PHONE, payment={"method": "card"}, **reward)
    seen = {"If-Match": ANY_VERSION}
    pint = {"name": f"Pint {new_key()}", "points": 60, "discount_type": "product", "product_id": ids["product_id"]}
    _made(shop.post("/rewards", pint, as_="owner"))
    _made(shop.request("PUT", "/loyalty/program", as_="owner", headers=seen, json={"rules": _rules(ids)}))


def _refund_goods(shop: Shop) -> None:
    order = shop.sell(phone=PHONE, items=[{"sku": "TEE-BLK-M", "quantity": 2}], payment={"method": "card"})
    lines = [{"line_id": order["lines"][0]["id"], "quantity": 1}]
    _made(shop.post(f"/orders/{order['id']}/refunds", {"lines": lines, "reason": "torn"}, as_="owner"))


def _cook(shop: Shop, ids: Ids) -> None:
    """A station that makes a product and what is in a category, and a line that was begun."""
    at = {"station_id": ids["station_id"]}
    _made(shop.post("/categories", {"name": f"Hot {new_key()}", **at}, as_="owner"))
    path, seen = f"/products/{shop.products['PRETZEL']}", {"If-Match": ANY_VERSION}
    _made(shop.request("PATCH", path, as_="owner", headers=seen, json=at))
    order = shop.sell(phone=PHONE)
    _made(shop.post(f"/orders/{order['id']}/preparation", _begun(order["lines"][0]["id"])))


def _begun(line_id: str) -> dict[str, Any]:
    return {"lines": [{"line_id": line_id, "quantity": 1}], "from": "waiting", "to": "making"}


def _station() -> dict[str, Any]:
    return {"name": f"Grill {new_key()}"}


def _split_and_merge(shop: Shop, ids: Ids) -> None:
    seen = {"If-Match": ANY_VERSION}
    parts = {"lines": [{"line_id": ids["line_id"], "quantity": 1}]}
    _made(shop.post(f"/orders/{ids['order_id']}/split", parts, headers=seen))
    _made(shop.post(f"/orders/{ids['order_id']}/merge", {"order_id": ids["other_order_id"]}, headers=seen))


def _pay_by_link(shop: Shop) -> None:
    """Of what came by the link a part is refunded at Stripe, and the rest lost in a dispute."""
    order, intent = stripe.paid_by_link(shop, shop.sell(phone=PHONE, items=[{"sku": "IPA", "quantity": 2}]))
    currency = order["currency"].lower()
    stripe.told(shop, stripe.event(shop, "refund.created", stripe.refund(intent, 100, currency=currency)))
    lost = stripe.dispute(intent, order["total"], "lost", currency=currency)
    stripe.told(shop, stripe.event(shop, "charge.dispute.closed", lost))


def tour(app: Flask, shop: Shop) -> Iterator[tuple[Operation, TestResponse]]:
    """Carries out every operation once; each is one that succeeds."""
    furnish(shop)
    refused = {}
    with answered_bugs(app):
        for operation in operations(app):
            ids = things(shop)
            asked = example(operation, shop, ids)
            response = send(operation, shop, ids, asked)
            if response.status_code == asked.status:
                yield operation, response
            else:
                refused[operation.name] = response.get_data(as_text=True)
    assert refused == {}, refused


@contextmanager
def answered_bugs(app: Flask) -> Iterator[None]:
    """A bug is answered with 500 as in production, so that one does not hide the others; the log has its stack."""
    app.config["ANSWER_BUGS"] = True
    try:
        yield
    finally:
        app.config["ANSWER_BUGS"] = False


def rows_in(app: Flask, operation: Operation, location: str) -> list[list[str | int]]:
    """Where a request names another row: the paths of all fields of format uuid, as the OpenAPI document has them.

    `location` is "body" or "query"; a list contributes its first element, e.g. ["items", 0, "product_id"].
    """
    document = app.test_client().get(f"{API}/openapi.json").json
    assert document is not None
    documented = document["paths"][API + operation.path][operation.method.lower()]
    if location == "query":
        asked = [parameter for parameter in documented.get("parameters", []) if parameter["in"] == "query"]
        return [[parameter["name"]] for parameter in asked if parameter["schema"].get("format") == "uuid"]
    content = documented.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    return list(_uuid_fields(schema, document["components"]["schemas"]))


def with_row(body: Mapping[str, Any], path: list[str | int], row_id: str) -> dict[str, Any]:
    """A copy of the body that names this row at this path."""
    changed: Any = deepcopy(dict(body))
    *outer, last = path
    inner = changed
    for step in outer:
        inner = inner[step]
    inner[last] = row_id
    return changed  # type: ignore[no-any-return]


def id_for(path: list[str | int], ids: Ids) -> str:
    """The id that belongs into the field at this path; an element of a list belongs to the list's name."""
    field_name = next(step for step in reversed(path) if isinstance(step, str))
    return ids[_SINGULAR.get(field_name, field_name)]


def foreign_subsets(parameters: list[str]) -> list[tuple[str, ...]]:
    """All ways in which some of the path's parameters can be another store's."""
    return [
        subset
        for size in range(1, len(parameters) + 1)
        for subset in itertools.combinations(parameters, size)
    ]  # fmt: skip


_SINGULAR = {
    "parent_id": "category_id",
    "ids": "chart_id",
    "rewards": "reward_id",
    "lines": "line_id",
    "excluded_categories": "category_id",
    "bought_product_ids": "product_id",
    "bought_category_ids": "category_id",
}


def _uuid_fields(schema: dict[str, Any], schemas: dict[str, Any]) -> Iterator[list[str | int]]:
    for variant in [*schema.get("allOf", []), *schema.get("anyOf", []), *schema.get("oneOf", [])]:
        yield from _uuid_fields(variant, schemas)
    if "$ref" in schema:
        yield from _uuid_fields(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    elif schema.get("format") == "uuid":
        yield []
    elif "items" in schema:
        yield from ([0, *path] for path in _uuid_fields(schema["items"], schemas))
    for name, inner in schema.get("properties", {}).items():
        yield from ([name, *path] for path in _uuid_fields(inner, schemas))


def _texts(shop: Shop, _customer_id: str) -> Ids:
    """A text of the customer's, whom the store knows, and the conversation. (After ten in an hour there is no answer any more.)"""
    assert texting.text(shop, PHONE, "help").status_code == 200
    newest = texting.messages(shop, limit=1, direction="in")[0]
    return {"message_id": newest["id"], "conversation_id": newest["conversation_id"]}


def _campaign(product_id: str, category_id: str) -> dict[str, Any]:
    segment = {"bought_product_ids": [product_id], "bought_category_ids": [category_id]}
    return {"name": "Oktober", "body": "{name|friend}, the new beer is here.", "segment": segment}


def _in_state(at: At, status: str) -> Example:
    """Of a campaign that is in this state."""
    path = f"/campaigns/{at.ids['campaign_id']}"
    moves = {"draft": "start", "sending": "pause", "paused": "resume"}
    while (now := _made(at.shop.get(path, as_="owner"))["status"]) != status:
        _made(at.shop.post(f"{path}/{moves[now]}", {"at": None} if now == "draft" else None, as_="owner"))
    return Example(200)


def _member(shop: Shop, customer_id: str) -> str:
    """A member with points to spend."""
    member = _made(shop.post("/members", {"customer_id": customer_id}))["id"]
    _made(shop.post(f"/members/{member}/adjustments", {"points": 100, "reason": "a gift"}, as_="owner"))
    return str(member)


def _stranger(shop: Shop) -> str:
    """A customer beside the one whom all else is about."""
    answer = shop.post("/members", {"phone": f"+1415555{secrets.randbelow(8000) + 1000}"})
    return str(_made(answer)["customer_id"])


def _merge(shop: Shop, ids: Ids) -> str:
    body = {"duplicate_id": _stranger(shop)}
    return str(_made(shop.post(f"/customers/{ids['customer_id']}/merge", body, as_="owner"))["id"])


def _shift(shop: Shop) -> str:
    """The register's shift, which is open, and counted."""
    shift = _made(shop.get("/register/shift"))["shift"] or _made(shop.post("/shifts", {"opening_float": 20000}))
    _made(shop.post(f"/shifts/{shift['id']}/counts", {"cash": 20000, "card": 0}))
    return str(shift["id"])


def _new_register(at: At) -> str:
    body = {"name": f"Till {new_key()}", "location_id": at.ids["location_id"]}
    return str(_made(at.shop.post("/registers", body, as_="owner"))["id"])


def _report(shop: Shop) -> str:
    """The report that has just closed a shift."""
    return str(_made(shop.post(f"/shifts/{_shift(shop)}/close"))["id"])


def _work_two_shifts(shop: Shop) -> None:
    """A tab that is sold in one and paid in the next."""
    shift = _shift(shop)
    order = shop.sell(phone=PHONE)
    _made(shop.post(f"/shifts/{shift}/movements", {"kind": "paid_in", "amount": 500, "reason": "change"}))
    _report(shop)
    _shift(shop)
    _made(shop.post(f"/orders/{order['id']}/payments", {"method": "cash"}))
    _report(shop)


def _order(shop: Shop, _ids: Ids) -> Ids:
    order = shop.sell(phone=PHONE, items=[{"sku": "IPA", "quantity": 2}, {"sku": "PRETZEL", "quantity": 1}])
    line_id, customer_id = order["lines"][0]["id"], order["customer"]["id"]
    return {"order_id": order["id"], "line_id": line_id, "reference": order["reference"], "customer_id": customer_id}


def _campaign_of(shop: Shop, _ids: Ids) -> str:
    body = _campaign(shop.products["IPA"], shop.category_id)
    return str(_made(shop.post("/campaigns", body, as_="owner"))["id"])


_Maker = Callable[[Shop, Ids], str | Ids]
_MADE: dict[str, _Maker] = {
    **dict.fromkeys(("order_id", "line_id", "reference", "customer_id"), _order),
    "other_order_id": lambda shop, _ids: str(shop.sell(phone=PHONE)["id"]),
    "coupon_id": lambda shop, _ids: str(_made(shop.post("/coupons", _coupon(), as_="owner"))["id"]),
    "item_id": lambda shop, _ids: _attention_item(shop),
    "member": lambda shop, ids: _member(shop, ids["customer_id"]),
    "reward_id": lambda shop, _ids: str(_made(shop.post("/rewards", _reward(), as_="owner"))["id"]),
    **dict.fromkeys(("message_id", "conversation_id"), lambda shop, ids: _texts(shop, ids["customer_id"])),
    "campaign_id": _campaign_of,
    "session_id": lambda shop, _ids: _session(shop),
    "job_id": lambda shop, _ids: failed_job(shop),
    "log_id": lambda shop, _ids: _sync_log(shop),
    "problem_id": lambda shop, _ids: _sync_problem(shop),
    "shift_id": lambda shop, _ids: _shift(shop),
    "report_id": lambda shop, _ids: _report(shop),
    "merge_id": _merge,
    "duplicate_id": lambda shop, _ids: _stranger(shop),
    "station_id": lambda shop, _ids: str(_made(shop.post("/stations", _station(), as_="owner"))["id"]),
    "chart_id": lambda shop, _ids: str(_made(shop.post("/charts", _chart(), as_="owner"))["id"]),
}


def _sync_log(shop: Shop) -> str:
    web.connected(shop)
    return str(web.synced(shop)["id"])


def _sync_problem(shop: Shop) -> str:
    """Of an order that could not be taken in."""
    left_out = {"kind": "orders", "reason": "no_total", "is_left_out": True}
    with shop.client.application.app_context(), transaction(UUID(shop.store_id), actor="test") as session:
        session.add(problem := SyncProblem(wc_id=secrets.randbelow(10**9) + 1, detail={}, **left_out))
        session.flush()
        return str(problem.id)


def _of_web_shop(found: Example) -> Callable[[At], Example]:
    """Of a web shop that is connected, and not being read."""

    def asked(at: At) -> Example:
        _sync_log(at.shop)
        return found

    return asked


def _chart() -> dict[str, Any]:
    """Net sales by day, as bars."""
    picture = {"mark": "bar", "encoding": {"x": {"field": "placed_on"}, "y": {"field": "net"}}}
    query = "SELECT placed_on, sum(net) AS net FROM report_orders GROUP BY placed_on ORDER BY placed_on"
    return {"title": "Net by day", "query_text": query, "chart_config": picture}


def _in_order(at: At) -> Example:
    """The charts of the store, turned round."""
    listed = _made(at.shop.get("/charts", as_="owner"))["data"]
    return Example(200, {"ids": [each["id"] for each in reversed(listed)]})


def _reward() -> dict[str, Any]:
    return {"name": f"Ten cents off {new_key()}", "points": 1, "discount_type": "amount", "amount": 10}


def _rules(ids: Ids) -> dict[str, Any]:
    spend = {"points": 1, "per": 100, "excluded_categories": [ids["category_id"]]}
    accrual = {
        "spend": spend,
        "products": [{"product_id": ids["product_id"], "points": 2}],
        "categories": [{"category_id": ids["category_id"], "points": 1}],
    }
    return {"accrual": accrual, "levels": [{"name": "bronze", "points": 0, "multiplier": "1"}]}


def _made(response: TestResponse) -> dict[str, Any]:
    assert response.status_code < 300, response.get_data(as_text=True)
    assert response.json is not None
    return response.json  # type: ignore[no-any-return]


def _password(shop: Shop) -> dict[str, str]:
    return {"email": f"owner@{shop.slug}.example", "password": PASSWORD, "store": shop.slug}


def _session(shop: Shop) -> str:
    """A session of the owner's, without a cookie in the shop's own browser."""
    with shop.client.application.app_context(), transaction(UUID(shop.store_id), actor="test") as session:
        staff.start_session(UUID(shop.people["owner"]), clock.now(), device="Firefox on Windows")
        session.flush()
        return str(staff.sessions_of(UUID(shop.people["owner"]), clock.now())[0].id)


def _newcomer(shop: Shop) -> Shop:
    """The browser in which a manager has signed in who is new here."""
    name = f"m{new_key()}"
    person = {"name": name, "role": "manager", "email": f"{name}@{shop.slug}.example", "password": PASSWORD}
    _made(shop.post("/users", person, as_="owner"))
    return browser(shop.client.application, shop, name)


def _with_password(at: At) -> Example:
    """For the cashier, who has signed in by PIN alone until now."""
    path = f"/users/{at.ids['user_id']}"
    person = at.shop.get(path, as_="owner").json
    if person["email"] is None:
        change = {"email": f"c{new_key()}@{at.shop.slug}.example", "password": PASSWORD}
        assert at.shop.patch(path, change, version=person["version"]).status_code == 200
    return Example(201)


def _second_factor(at: At, *, is_on: bool) -> Example:
    """Of somebody who has begun with it, or has switched it on."""
    office = _newcomer(at.shop)
    proof = {"password": PASSWORD}
    begun = _made(office.post("/me/second-factor", proof, as_="nobody", headers=office.extra))
    code = second_factor.code_at(begun["secret"], clock.now())
    if not is_on:
        return Example(200, {"code": code}, as_=office)
    _made(office.request("PUT", "/me/second-factor", as_="nobody", headers=office.extra, json={"code": code}))
    later = second_factor.code_at(begun["secret"], clock.now() + timedelta(seconds=second_factor.STEP_SECONDS))
    return Example(204, proof | {"code": later}, as_=office)


def _enrolment_code(shop: Shop) -> str:
    return str(_made(shop.post("/registers", _register(shop.location_id), as_="owner"))["enrolment_code"])


def _register(location_id: str) -> dict[str, str]:
    return {"name": f"Bar {new_key()}", "location_id": location_id}


def _order(ids: Ids) -> dict[str, Any]:
    items = [{"product_id": ids["product_id"], "quantity": 1}]
    return {"phone": PHONE, "items": items, "location_id": ids["location_id"], "rewards": [ids["reward_id"]]}


def _product(ids: Ids) -> dict[str, Any]:
    named = {"name": "Stout", "sku": f"S-{new_key()}", "category_id": ids["category_id"]}
    return {**named, "kind": "food", "price": 700, "tax_class": "standard"}


def _coupon() -> dict[str, Any]:
    return {"code": f"C{new_key()}", "discount_type": "percent", "amount": 10, "usage_limit": 5}


def _comped(item: dict[str, Any]) -> dict[str, Any]:
    return item | {"discount": {"amount": 50, "reason": "dented"}}


def _attention_item(shop: Shop) -> str:
    """The item that an offline sale at yesterday's price left behind."""
    sold = [{"sku": "WATER", "quantity": 1, "unit_price": 150}]
    order = shop.sell(phone=PHONE, items=sold, offline=True, payment={"method": "cash"})
    asked = {"subject": f"orders:{order['id']}"}
    [item] = _made(shop.get("/attention-items", as_="owner", query_string=asked))["data"]
    return str(item["id"])


def _refund(at: At) -> Example:
    """Of the order's first line, once it is paid."""
    order = _made(at.shop.get(f"/orders/{at.ids['order_id']}"))
    if order["amount_due"]:
        _made(at.shop.post(f"/orders/{order['id']}/payments", {"method": "cash"}))
    return Example(201, {"lines": [{"line_id": at.ids["line_id"], "quantity": 1}], "reason": "flat", "restock": True})


def _with_link(at: At) -> Example:
    """Of an order that has a link, unless it was paid meanwhile."""
    if _made(at.shop.get(f"/orders/{at.ids['order_id']}"))["amount_due"]:
        stripe.asked_link(at.shop, {"id": at.ids["order_id"]})
    return Example(200)


def _free_number() -> str:
    """One that nobody has yet."""
    return f"+1415{secrets.randbelow(10**7 - 2 * 10**6) + 2 * 10**6}"


def _passed_on(shop: Shop, customer_id: str) -> str:
    """Gives the customer a number that was another one's before; gives the name of that one."""
    name, number = f"Zed {new_key()[:6]}", _free_number()
    before = shop.sell(phone=number, name=name)["customer"]["id"]
    between = _made(shop.post(f"/customers/{before}/not-this-person"))["id"]
    for each, phone in ((between, _free_number()), (customer_id, number)):
        _made(shop.post(f"/customers/{each}/phone", {"phone": phone}, as_="owner"))
    return name


def _refused_sale(at: At) -> Example:
    """Of a sale that a tablet could not get booked; the path names another item until then."""
    told = {
        "key": new_key(),
        "sale": at.shop.order(offline=True, items=[{"sku": "IPA", "quantity": 1, "unit_price": 800}]),
    }
    problem = {"type": "/problems/internal-error", "status": 500}
    at.ids["item_id"] = _made(at.shop.post("/register/refused-sales", {**told, "problem": problem}))["id"]
    return Example(201, {"name": "Ada"})


EXAMPLES: dict[str, Example | Callable[[At], Example]] = {
    "GET /me": Example(200),
    "POST /session": lambda at: Example(201, _password(at.shop), as_="nobody"),
    "DELETE /session": Example(204),
    "PUT /me/password": lambda at: Example(
        200, {"current": PASSWORD, "new": "a stable of correct horses"}, as_=_newcomer(at.shop)
    ),
    "GET /me/second-factor": lambda at: Example(200, as_=_newcomer(at.shop)),
    "POST /me/second-factor": lambda at: Example(201, {"password": PASSWORD}, as_=_newcomer(at.shop)),
    "PUT /me/second-factor": lambda at: _second_factor(at, is_on=False),
    "DELETE /me/second-factor": lambda at: _second_factor(at, is_on=True),
    "GET /sessions": Example(200),
    "DELETE /sessions": Example(204),
    "DELETE /sessions/{session_id}": Example(204),
    "GET /users/{user_id}/sessions": Example(200),
    "DELETE /users/{user_id}/sessions": Example(204),
    "POST /register/enrol": lambda at: Example(
        200, {"store": at.shop.slug, "code": _enrolment_code(at.shop)}, as_="nobody"
    ),
    "POST /register/sign-in": lambda at: Example(200, {"user_id": at.ids["user_id"], "pin": PIN}, as_="register"),
    "POST /register/approvals": lambda at: Example(201, {"user_id": at.ids["manager_id"], "pin": PIN}, as_="register"),
    "GET /users": Example(200),
    "POST /users": Example(201, {"name": "Grace", "role": "cashier"}),
    "GET /users/{user_id}": Example(200),
    "PATCH /users/{user_id}": Example(200, {"name": "Grace"}),
    "POST /users/{user_id}/unlock": Example(204),
    "GET /register/catalog": Example(200, as_="register"),
    "POST /register/refused-sales": lambda at: Example(
        201,
        {
            "key": new_key(),
            "sale": at.shop.order(offline=True),
            "problem": {"type": "/problems/invalid", "status": 422},
        },
        as_="register",
    ),
    "GET /store": Example(200),
    "PATCH /store": Example(200, {"payment_link_hours": 48}),
    "POST /store/checks/stripe": Example(200),
    "POST /store/checks/twilio": Example(200),
    "GET /locations": Example(200),
    "POST /locations": lambda _: Example(
        201, {"name": f"Truck {new_key()}", "timezone": "Europe/Berlin", "tax_rates": {"standard": "0.1"}}
    ),
    "GET /locations/{location_id}": Example(200),
    "PATCH /locations/{location_id}": Example(200, {"address": "1 Pier", "tax_rates": {"none": "0"}}),
    "GET /registers": Example(200),
    "GET /register/shift": Example(200, as_="register"),
    **{f"GET /reports/{name}": Example(200) for name in ("sales", "products", "customers", "loyalty", "messages")},
    "POST /assistant/messages": Example(200, {"text": "how many points do I have?", "phone": PHONE}),
    "GET /shifts": Example(200),
    "POST /shifts": lambda at: Example(201, {"opening_float": 20000, "register_id": _new_register(at)}),
    "GET /shifts/{shift_id}": Example(200),
    "GET /shifts/{shift_id}/report": Example(200),
    "GET /shifts/{shift_id}/report/paper": Example(200),
    "POST /shifts/{shift_id}/movements": Example(201, {"kind": "paid_in", "amount": 500, "reason": "change"}),
    "POST /shifts/{shift_id}/counts": Example(201, {"cash": 20000}),
    "POST /shifts/{shift_id}/close": Example(201, {}),
    "GET /z-reports": Example(200),
    "GET /z-reports/{report_id}": Example(200),
    "GET /z-reports/{report_id}/paper": Example(200),
    "POST /registers": lambda at: Example(201, _register(at.ids["location_id"])),
    "GET /registers/{register_id}": Example(200),
    "POST /registers/{register_id}/enrolment": Example(201),
    "POST /store/api-key": Example(201),
    "POST /users/{user_id}/password": _with_password,
    "PATCH /registers/{register_id}": lambda _: Example(200, {"name": f"Bar {new_key()}"}),
    "GET /categories": Example(200),
    "POST /categories": lambda _: Example(201, {"name": f"Shelf {new_key()}"}),
    "GET /categories/{category_id}": Example(200),
    "PATCH /categories/{category_id}": lambda _: Example(200, {"name": f"Shelf {new_key()}"}),
    "GET /kitchen/times": Example(200),
    "GET /stations": Example(200),
    "POST /stations": lambda _: Example(201, _station()),
    "GET /stations/{station_id}": Example(200),
    "PATCH /stations/{station_id}": lambda _: Example(200, _station()),
    "GET /products": Example(200),
    "POST /products": lambda at: Example(201, _product(at.ids)),
    "GET /products/{product_id}": Example(200),
    "PATCH /products/{product_id}": Example(200, {"price": 2600}),
    "GET /products/export": Example(200),
    "POST /products/import": lambda _: Example(
        200, {"csv": f"sku,name,kind,price,tax_class\r\nS-{new_key()},Stout,food,7.00,standard\r\n", "dry_run": True}
    ),
    "PUT /products/{product_id}/image": Example(200, raw=PNG),
    "DELETE /products/{product_id}/image": Example(204),
    "GET /coupons": Example(200),
    "POST /coupons": lambda _: Example(201, _coupon()),
    "GET /coupons/{coupon_id}": Example(200),
    "PATCH /coupons/{coupon_id}": Example(200, {"usage_limit": 100}),
    "GET /customers": Example(200, query={"phone": PHONE}),
    "POST /customers/lookup": Example(200, {"phone": PHONE}),
    "GET /customers/{customer_id}": Example(200),
    "PATCH /customers/{customer_id}": Example(200, {"name": "Ada", "profile": {"city": "Oakland"}}),
    "DELETE /customers/{customer_id}": Example(204),
    "GET /customers/{customer_id}/export": Example(200),
    "GET /customers/{customer_id}/orders": Example(200),
    "POST /customers/{customer_id}/phone": lambda _: Example(200, {"phone": _free_number()}),
    "POST /customers/{customer_id}/not-this-person": Example(201, {"name": "Zoe"}),
    "POST /customers/{customer_id}/claim": lambda at: Example(
        200, {"name": _passed_on(at.shop, at.ids["customer_id"])}
    ),
    "GET /customers/{customer_id}/consents": Example(200),
    "POST /customers/{customer_id}/consents": Example(201, {"purpose": "marketing", "granted": True}),
    "GET /customers/{customer_id}/merge-preview": lambda at: Example(200, query={"duplicate_id": _stranger(at.shop)}),
    "POST /customers/{customer_id}/merge": lambda at: Example(
        201, {"duplicate_id": _stranger(at.shop), "fields": {"name": "duplicate"}}
    ),
    "GET /customers/{customer_id}/merges": Example(200),
    "GET /merges/{merge_id}": Example(200),
    "POST /merges/{merge_id}/undo": Example(200),
    "GET /members": Example(200, query={"phone": PHONE}),
    "POST /members": lambda at: Example(200, {"customer_id": at.ids["customer_id"]}),
    "GET /members/opportunities": Example(200, query={"by": "spend"}),
    "GET /members/{member}": Example(200),
    "GET /members/{member}/ledger": Example(200),
    "POST /members/{member}/adjustments": Example(201, {"points": -5, "reason": "counted twice"}),
    "POST /members/{member}/redemptions": lambda at: Example(
        201, {"reward_id": at.ids["reward_id"], "order_id": at.ids["order_id"]}
    ),
    "GET /rewards": Example(200),
    "POST /rewards": lambda at: Example(
        201, {"name": f"Pint {new_key()}", "points": 60, "discount_type": "product", "product_id": at.ids["product_id"]}
    ),
    "GET /rewards/{reward_id}": Example(200),
    "PATCH /rewards/{reward_id}": Example(200, {"points": 2}),
    "GET /loyalty/program": Example(200),
    "POST /loyalty/program/rehearsal": lambda at: Example(200, {"rules": _rules(at.ids)}, query={"days": "3"}),
    "PUT /loyalty/program": lambda at: Example(200, {"rules": _rules(at.ids)}),
    # Nobody has set questions up here; tests/analytics/questions asks them.
    "POST /analytics/query": Example(503, {"sql": "SELECT count(*) FROM report_orders"}),
    "GET /analytics/schema": Example(200),
    "POST /loyalty/quote": lambda at: Example(200, _order(at.ids)),
    "GET /orders": Example(200),
    "POST /orders": lambda at: Example(201, _order(at.ids)),
    "GET /orders/{order_id}": Example(200),
    "GET /orders/{order_id}/receipt": Example(200, as_="register"),
    "GET /orders/{order_id}/ticket": Example(200, as_="register"),
    "GET /orders/by-reference/{reference}": Example(200),
    "PATCH /orders/{order_id}": lambda at: Example(200, {"tab_name": "Table 4", "rewards": [at.ids["reward_id"]]}),
    "POST /orders/{order_id}/lines": lambda at: Example(
        201, {"items": [{"product_id": at.ids["product_id"], "quantity": 1}]}
    ),
    "PATCH /orders/{order_id}/lines/{line_id}": Example(200, {"note": "no foam"}),
    "DELETE /orders/{order_id}/lines/{line_id}": Example(200, {"reason": "spilt"}),
    "POST /orders/{order_id}/split": lambda at: Example(
        201, {"lines": [{"line_id": at.ids["line_id"], "quantity": 1}]}
    ),
    "POST /orders/{order_id}/merge": lambda at: Example(201, {"order_id": at.ids["other_order_id"]}),
    "POST /orders/{order_id}/refunds": _refund,
    "POST /orders/{order_id}/payments": Example(201, {"method": "cash"}),
    "POST /orders/{order_id}/payment-link": Example(201, {}),
    "DELETE /orders/{order_id}/payment-link": _with_link,
    "POST /orders/{order_id}/cancel": Example(200, {"reason": "changed their mind"}),
    "POST /orders/{order_id}/fulfillment": Example(200, {"status": "reserved"}),
    "POST /orders/{order_id}/preparation": lambda at: Example(200, _begun(at.ids["line_id"])),
    "POST /orders/{order_id}/preparation/seen": lambda at: Example(200, {"lines": [at.ids["line_id"]]}),
    "GET /kitchen": lambda at: Example(200, query={"location_id": at.ids["location_id"]}),
    "GET /messages": Example(200),
    "POST /messages": lambda at: Example(201, {"customer_id": at.ids["customer_id"], "body": "Your hat is here."}),
    "GET /messages/{message_id}": Example(200),
    "GET /messages/templates": Example(200, query={"language": "es"}),
    "POST /messages/preview": Example(200, {"body": "We keep it for you.", "purpose": "campaign"}),
    "GET /conversations": Example(200),
    "POST /conversations/{conversation_id}/messages": Example(201, {"body": "We keep it for you."}),
    "POST /conversations/{conversation_id}/settle": Example(200),
    "GET /messaging/policy": Example(200),
    "PATCH /messaging/policy": Example(200, {"contact": "Ask at the bar."}),
    "POST /messaging/resume": Example(200),
    "GET /campaigns": Example(200),
    "POST /campaigns": lambda at: Example(201, _campaign(at.ids["product_id"], at.ids["category_id"])),
    "POST /campaigns/preview": lambda at: Example(
        200,
        {
            name: value
            for name, value in _campaign(at.ids["product_id"], at.ids["category_id"]).items()
            if name != "name"
        },
    ),
    "GET /campaigns/{campaign_id}": Example(200),
    "PATCH /campaigns/{campaign_id}": lambda at: Example(200, _campaign(at.ids["product_id"], at.ids["category_id"])),
    "GET /campaigns/{campaign_id}/preview": Example(200),
    "POST /campaigns/{campaign_id}/start": Example(200, {"at": None}),
    "POST /campaigns/{campaign_id}/pause": lambda at: _in_state(at, "sending"),
    "POST /campaigns/{campaign_id}/resume": lambda at: _in_state(at, "paused"),
    "POST /campaigns/{campaign_id}/cancel": Example(200),
    "GET /attention-items": Example(200),
    "GET /audits": Example(200),
    "POST /audits": Example(202),
    "GET /jobs": Example(200),
    "POST /jobs/{job_id}/retry": Example(202),
    "POST /upkeep/stripe": Example(202),
    "POST /upkeep/texts": Example(202),
    "GET /sync/woocommerce": _of_web_shop(Example(200)),
    "PUT /sync/woocommerce": lambda at: Example(200, {**web.connection(at.shop), "location_id": at.ids["location_id"]}),
    "POST /sync/woocommerce": _of_web_shop(Example(202, {"type": "orders"})),
    "DELETE /sync/woocommerce": _of_web_shop(Example(204)),
    "POST /sync/woocommerce/webhook-secret": _of_web_shop(Example(201)),
    "GET /sync/logs": Example(200, query={"type": "full"}),
    "GET /sync/logs/{log_id}": Example(200),
    "GET /sync/problems": Example(200, query={"is_open": "true"}),
    "POST /sync/problems/{problem_id}/resolve": Example(200),
    "GET /charts": Example(200),
    "POST /charts": lambda _: Example(201, _chart()),
    "PUT /charts/order": _in_order,
    "GET /charts/{chart_id}": Example(200),
    "PATCH /charts/{chart_id}": Example(200, {"title": "Net sales by day"}),
    "DELETE /charts/{chart_id}": Example(204),
    "POST /charts/{chart_id}/refresh": Example(503),
    "POST /attention-items/{item_id}/booking": _refused_sale,
    "POST /attention-items/{item_id}/resolution": Example(200, {"resolution": "the price was right on the day"}),
}
