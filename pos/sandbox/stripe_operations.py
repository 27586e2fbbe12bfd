"""The operations of Stripe's API that the sandbox knows, with the rules that types alone cannot say."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from babel.numbers import get_currency_precision, is_currency
from sqlalchemy import ColumnElement

from pos.sandbox import faults, payments, records, stripe_objects
from pos.sandbox.events import DELIVERED, emit
from pos.sandbox.models import SandboxObject
from pos.sandbox.records import Cause, Object
from pos.sandbox.stripe_errors import StripeError

MAX_LINES, MAX_AMOUNT = 20, 99_999_999
PAGE, MAX_PAGE = 10, 100
MAX_METADATA, MAX_METADATA_NAME, MAX_METADATA_TEXT = 50, 40, 500
# https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts, in minor units; of others nothing is known.
MINIMUM = {
    "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30,
    "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "pln": 200, "ron": 200,
    "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip
_STORED = {"submit_type", "billing_address_collection", "customer_creation", "inactive_message", "payment_method_types"}
_ACTED_ON = {"line_items", "metadata", "payment_intent_data", "restrictions", "after_completion", "currency"}
_INTENT_DATA = {"description", "metadata", "statement_descriptor", "statement_descriptor_suffix", "transfer_group"}
_CHANGEABLE = {"active", "metadata", "inactive_message", "restrictions", "after_completion"}
_PAGING = {"limit", "starting_after", "ending_before"}


@dataclass(frozen=True)
class Call:
    """A request that was understood: its typed parameters, and the id in its path."""

    params: Object
    object_id: str
    cause: Cause
    base_url: str
    subject: str


Operation = Callable[[Call], Object]


def find(method: str, path: str) -> tuple[str, Operation, str | None] | None:
    """The operation behind a method and a path: its template, what does it, and the id in the path."""
    for known, template, pattern, operation in _OPERATIONS:
        match = pattern.fullmatch(path) if known == method else None
        if match:
            return template, operation, match.groupdict().get("id")
    return None


def create_link(call: Call) -> Object:
    params = call.params
    _support(params, _ACTED_ON | _STORED)
    _check_metadata(params.get("metadata"), "metadata")
    _support(params.get("payment_intent_data", {}), _INTENT_DATA)
    _check_metadata(params.get("payment_intent_data", {}).get("metadata"), "payment_intent_data[metadata]")
    _check_completion(params)
    lines = _lines(params)
    link = stripe_objects.payment_link(params, lines[0]["currency"], call.base_url)
    records.keep("payment_link", link, call.cause, {"lines": lines})
    emit("payment_link.created", link, call.cause)
    return link


def update_link(call: Call) -> Object:
    params = call.params
    _support(params, _CHANGEABLE)
    _check_completion(params)
    link = _own("payment_link", call, lock=True)
    changes = {name: value for name, value in params.items() if name in ("active", "after_completion")}
    if "inactive_message" in params:
        changes["inactive_message"] = params["inactive_message"] or None
    if "metadata" in params:
        merged = {**link.body["metadata"], **params["metadata"]}
        changes["metadata"] = {name: text for name, text in merged.items() if text}
        _check_metadata(changes["metadata"], "metadata")
    if "restrictions" in params:
        count = (link.body["restrictions"] or {"completed_sessions": {"count": 0}})["completed_sessions"]["count"]
        changes["restrictions"] = stripe_objects.restrictions(params["restrictions"], count)
    body = records.change(link, **changes)
    emit("payment_link.updated", body, call.cause)
    return body


def retrieve(kind: str, call: Call) -> Object:
    return _own(kind, call).body


def list_lines(kind: str, url: str, call: Call) -> Object:
    """The lines of a link or a session, in their order."""
    lines: list[Object] = _own(kind, call).hidden["lines"]
    begin = 0
    if "starting_after" in call.params:
        before = [line["id"] for line in lines]
        if call.params["starting_after"] not in before:
            raise StripeError.missing("item", call.params["starting_after"], param="starting_after")
        begin = before.index(call.params["starting_after"]) + 1
    end = begin + _limit(call.params)
    return stripe_objects.listing(url.format(call.object_id), lines[begin:end], has_more=end < len(lines))


def list_objects(kind: str, url: str, call: Call) -> Object:
    """A page of the account's objects, newest first."""
    params = call.params
    if {"starting_after", "ending_before"} <= set(params):
        raise StripeError(
            "You may only specify one of these: starting_after, ending_before.", code="parameters_exclusive"
        )
    wanted = [_filter(name, value) for name, value in params.items() if name not in _PAGING]
    after, before = (_cursor(kind, name, call) for name in ("starting_after", "ending_before"))
    rows, has_more = records.page(kind, call.cause.account, wanted, _limit(params), after=after, before=before)
    return stripe_objects.listing(url, [row.body for row in rows], has_more=has_more)


def expire_session(call: Call) -> Object:
    return payments.expire(_own("checkout.session", call, lock=True), call.cause)


def create_refund(call: Call) -> Object:
    params = call.params
    if ("payment_intent" in params) == ("charge" in params):
        raise StripeError(
            "One of the following params should be provided: payment_intent, charge.", code="parameter_missing"
        )
    _support(params, {"payment_intent", "charge", "amount", "metadata", "reason"})
    _check_metadata(params.get("metadata"), "metadata")
    if params.get("amount", 1) < 1:
        raise StripeError(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    fault = faults.strike("stripe", call.subject, "refund_pending", "refund_fails")
    status = {"refund_pending": "pending", "refund_fails": "failed", None: "succeeded"}[fault]
    return payments.refund(params, status, call.cause)


def _own(kind: str, call: Call, *, lock: bool = False) -> SandboxObject:
    row = records.find(kind, call.object_id, lock=lock)
    if row is None or row.account != call.cause.account:
        raise StripeError.missing(kind, call.object_id)
    return row


def _support(params: Object, names: set[str]) -> None:
    """Refuses what Stripe would act upon and the sandbox would not. Saying what is so anyway is no harm."""
    for name, value in params.items():
        if name not in names and value != stripe_objects.LINK_DEFAULTS.get(name, ...):
            raise StripeError(f"The sandbox does not support {name}; Stripe does.", param=name)


def _lines(params: Object) -> list[Object]:
    """The lines of a new link. Raises StripeError."""
    said = params["line_items"]
    if not 1 <= len(said) <= MAX_LINES:
        raise StripeError(f"A payment link has 1 to {MAX_LINES} line items.", param="line_items")
    for number, line in enumerate(said):
        _check_line(line, f"line_items[{number}]")
    lines = [stripe_objects.line_item(line) for line in said]
    currency: str = lines[0]["currency"]
    if {line["currency"] for line in lines} | {str(params.get("currency", currency)).lower()} != {currency}:
        raise StripeError("All line items must have the same currency.", param="line_items")
    _check_total(sum(line["amount_total"] for line in lines), currency)
    return lines


def _check_line(line: Object, param: str) -> None:
    price = line.get("price_data")
    if price is None:
        raise StripeError("The sandbox knows no stored prices: send price_data.", code="parameter_missing", param=param)
    _support(line, {"price_data", "quantity"})
    _support(price, {"currency", "product_data", "unit_amount", "tax_behavior"})
    for name in ("unit_amount", "product_data"):
        if name not in price:
            wanted = f"{param}[price_data][{name}]"
            raise StripeError(f"Missing required param: {wanted}.", code="parameter_missing", param=wanted)
    if not price["product_data"]["name"].strip():
        wanted = f"{param}[price_data][product_data][name]"
        raise StripeError("You passed an empty string.", code="parameter_invalid_empty", param=wanted)
    if not is_currency(price["currency"].upper()):
        raise StripeError(f"Invalid currency: {price['currency']}", param=f"{param}[price_data][currency]")
    for name, value, least in (
        ("[price_data][unit_amount]", price["unit_amount"], 0),
        ("[quantity]", line["quantity"], 1),
    ):
        if value < least:
            raise StripeError(
                f"This value must be greater than or equal to {least}.",
                code="parameter_invalid_integer",
                param=param + name,
            )


def _check_total(total: int, currency: str) -> None:
    least = MINIMUM.get(currency, 1)
    if total < least:
        shown = f"{least / 10 ** get_currency_precision(currency.upper()):g} {currency.upper()}"
        raise StripeError(
            f"The Payment Link's total amount due must add up to at least {shown}", code="amount_too_small"
        )
    if total > MAX_AMOUNT:
        raise StripeError(f"The total amount must not be more than {MAX_AMOUNT}.", code="amount_too_large")


def _check_metadata(metadata: Object | str | None, param: str) -> None:
    metadata = metadata if isinstance(metadata, dict) else {}
    too_long = [
        name for name, text in metadata.items() if len(name) > MAX_METADATA_NAME or len(text) > MAX_METADATA_TEXT
    ]
    if too_long or len(metadata) > MAX_METADATA:
        raise StripeError(
            f"Metadata may have {MAX_METADATA} keys of {MAX_METADATA_NAME} characters, with {MAX_METADATA_TEXT} characters each.",
            param=f"{param}[{too_long[0]}]" if too_long else param,
        )


def _check_completion(params: Object) -> None:
    """Where a payer goes afterwards, and how often a link may be paid."""
    completion, limits = params.get("after_completion"), params.get("restrictions")
    if completion and completion["type"] == "redirect":
        url = completion.get("redirect", {}).get("url", "")
        if not re.match(r"https?://[^/\s]+", url):
            raise StripeError("Not a valid URL", code="url_invalid", param="after_completion[redirect][url]")
    if limits and limits["completed_sessions"]["limit"] < 1:
        param = "restrictions[completed_sessions][limit]"
        raise StripeError(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param=param
        )


def _limit(params: Object) -> int:
    limit: int = params.get("limit", PAGE)
    if not 1 <= limit <= MAX_PAGE:
        raise StripeError(f"Limit must be between 1 and {MAX_PAGE}.", code="parameter_invalid_integer", param="limit")
    return limit


def _cursor(kind: str, name: str, call: Call) -> SandboxObject | None:
    if name not in call.params:
        return None
    row = records.find(kind, call.params[name])
    if row is None or row.account != call.cause.account:
        raise StripeError.missing(kind, call.params[name], param=name)
    return row


def _filter(name: str, value: Any) -> ColumnElement[bool]:
    if name == "created":
        return records.created_within(value)
    if name == "types":
        return SandboxObject.body["type"].astext.in_(value)
    if name == "delivery_success":
        delivered = SandboxObject.hidden["state"].astext == DELIVERED
        return delivered if value else ~delivered
    if name == "type" and value.endswith("*"):
        return SandboxObject.body["type"].astext.startswith(value[:-1], autoescape=True)
    if isinstance(value, dict):
        raise StripeError(f"The sandbox does not filter by {name}; Stripe does.", param=name)
    return records.field_is(name, str(value).lower() if isinstance(value, bool) else value)


def read_account(call: Call) -> Object:
    """The account in whose name is asked: in the sandbox each takes money."""
    return {
        "id": call.cause.account or "acct_sandbox",
        "object": "account",
        "charges_enabled": True,
        "payouts_enabled": True,
    }


def list_endpoints(call: Call) -> Object:
    """The one endpoint to which the sandbox posts (tasks.py)."""
    _support(call.params, _PAGING)
    endpoint = {"id": "we_sandbox", "object": "webhook_endpoint", "created": 0, "enabled_events": ["*"], "livemode": False,
                "metadata": {}, "status": "enabled", "url": f"{call.base_url}/webhooks/stripe"}  # fmt: skip
    return {"object": "list", "data": [endpoint], "has_more": False, "url": "/v1/webhook_endpoints"}


def _operations() -> list[tuple[str, str, re.Pattern[str], Operation]]:
    named: list[tuple[str, str, Operation]] = [
        ("POST", "/v1/payment_links", create_link),
        ("POST", "/v1/payment_links/{payment_link}", update_link),
        ("POST", "/v1/checkout/sessions/{session}/expire", expire_session),
        ("POST", "/v1/refunds", create_refund),
        ("GET", "/v1/account", read_account),
        ("GET", "/v1/webhook_endpoints", list_endpoints),
    ]
    kinds = {
        "payment_link": ("/v1/payment_links", "payment_link"),
        "checkout.session": ("/v1/checkout/sessions", "session"),
        "refund": ("/v1/refunds", "refund"),
        "payment_intent": ("/v1/payment_intents", "intent"),
        "charge": ("/v1/charges", "charge"),
        "dispute": ("/v1/disputes", "dispute"),
        "event": ("/v1/events", "id"),
    }
    for kind, (path, name) in kinds.items():
        named.append(("GET", path, partial(list_objects, kind, path)))
        named.append(("GET", f"{path}/{{{name}}}", partial(retrieve, kind)))
        if kind in ("payment_link", "checkout.session"):
            url = f"{path}/{{}}/line_items"
            named.append(("GET", f"{path}/{{{name}}}/line_items", partial(list_lines, kind, url)))
    return [
        (method, template, re.compile(re.sub(r"\{\w+\}", r"(?P<id>[\\w-]{1,200})", template)), operation)
        for method, template, operation in named
    ]


_OPERATIONS = _operations()
