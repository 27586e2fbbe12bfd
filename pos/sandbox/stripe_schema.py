"""Judges what is said to the sandbox by Stripe's own types (stripe_schema.json)."""

import re
from typing import Any
from urllib.parse import parse_qsl

from pos.sandbox.contracts import Contract
from pos.sandbox.records import Object
from pos.sandbox.stripe_errors import StripeError

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_MAX_DEPTH = 10
_ANSWERS = {
    "payment_link": "PaymentLink", "checkout.session": "Session", "payment_intent": "PaymentIntent", "charge": "Charge",
    "refund": "Refund", "dispute": "Dispute", "event": "Event", "item": "LineItem",
    "account": "Account", "webhook_endpoint": "WebhookEndpoint",
}  # fmt: skip


def parameters(method: str, template: str, form: str) -> Object:
    """The typed parameters of a request, by the types of its operation, e.g. POST /v1/refunds. Raises StripeError."""
    raw, schema = _nested(form), CONTRACT.schema_of(method, template)
    if "expand" in raw:
        raise StripeError("The sandbox does not expand objects; ask for each by its id.", param="expand")
    typed: Object = CONTRACT.typed(schema, raw)
    for error in CONTRACT.judge(method, template).iter_errors(typed):
        raise _refusal(error)
    return typed


def complaints(body: Object) -> list[str]:
    """Where an object, a list or an error of the sandbox's own is not of Stripe's types."""
    if body.get("object") == "list":
        return [complaint for each in body["data"] for complaint in complaints(each)]
    name = "ErrorEnvelope" if "error" in body else _ANSWERS[body["object"]]
    found = [f"{name}{error.instance_path}: {error.message}" for error in CONTRACT.judge_of(name).iter_errors(body)]
    inner = body.get("data", {}).get("object")
    return found + (complaints(inner) if inner else [])


def _close_enums(node: Any) -> None:
    """A value of an open enum that Stripe's own SDK does not know is a mistake."""
    for inner in node.values() if isinstance(node, dict) else node:
        if isinstance(inner, dict | list):
            _close_enums(inner)
    # "" alone is a word beside free text: it unsets a field.
    if isinstance(node, dict) and node.get("x-known-values", [""]) != [""]:
        node["enum"] = node["x-known-values"]


def _nested(form: str) -> Object:
    """`line_items[0][price_data][currency]=usd` as nested objects; lists are objects with numbers as names."""
    nested: Object = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        match = _NAME.fullmatch(name)
        if not match or "\0" in name + value or name.count("[") > _MAX_DEPTH:
            raise StripeError(f"Invalid parameter: {name[:100]!r}", code="parameter_invalid_string", param=name[:100])
        *path, last = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        inside: Any = nested
        for part in path:
            inside = inside.setdefault(part or str(len(inside)), {})
            if not isinstance(inside, dict):
                raise StripeError(f"Invalid object: {name}", code="parameter_invalid_object", param=name)
        inside[last or str(len(inside))] = value
    return nested


def _refusal(error: Any) -> StripeError:
    """What the judge found, as Stripe says it."""
    kind, path = error.kind.name, [str(part) for part in error.instance_path]
    if kind == "additionalProperties":
        param = _bracketed([*path, sorted(error.kind.unexpected)[0]])
        return StripeError(f"Received unknown parameter: {param}", code="parameter_unknown", param=param)
    if kind == "required":
        param = _bracketed([*path, error.kind.property])
        return StripeError(f"Missing required param: {param}.", code="parameter_missing", param=param)
    inner = [each for choice in error.kind.context for each in choice] if kind == "anyOf" else []
    unknown = [each for each in inner if each.kind.name == "additionalProperties"]
    if unknown:
        return _refusal(unknown[0])
    param = _bracketed(path)
    if kind == "enum":
        options = ", ".join(str(option) for option in error.kind.options)
        return StripeError(f"Invalid {param}: must be one of {options}", code="parameter_invalid_enum", param=param)
    types = error.kind.types if kind == "type" else ["value"]
    message = f"Invalid {' or '.join(types)}: {error.instance if isinstance(error.instance, str) else param}"
    return StripeError(message, code=f"parameter_invalid_{types[0]}", param=param)


def _bracketed(path: list[str]) -> str:
    return path[0] + "".join(f"[{part}]" for part in path[1:]) if path else ""


CONTRACT = Contract("stripe_schema.json", _close_enums)
