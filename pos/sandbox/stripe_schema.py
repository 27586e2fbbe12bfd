"""Judges what is said to the sandbox by Stripe's own types (stripe_schema.json); read when it is first needed."""

import functools
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from pos.sandbox.records import Object
from pos.sandbox.stripe_errors import StripeError

SCHEMA = Path(__file__).with_name("stripe_schema.json")
FORM = "application/x-www-form-urlencoded"
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_MAX_DEPTH = 10
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_ANSWERS = {
    "payment_link": "PaymentLink", "checkout.session": "Session", "payment_intent": "PaymentIntent", "charge": "Charge",
    "refund": "Refund", "dispute": "Dispute", "event": "Event", "item": "LineItem",
}  # fmt: skip


@functools.cache
def document() -> Object:
    """The OpenAPI document. Its open enums are closed here: a value that Stripe's own SDK does not know is a mistake."""
    read: Object = json.loads(SCHEMA.read_text())
    _close_enums(read)
    return read


def parameters(method: str, template: str, form: str) -> Object:
    """The typed parameters of a request, by the types of its operation, e.g. POST /v1/refunds. Raises StripeError."""
    raw, schema = _nested(form), _schema_of(method, template)
    if "expand" in raw:
        raise StripeError("The sandbox does not expand objects; ask for each by its id.", param="expand")
    typed: Object = _typed(schema, raw)
    for error in _judge(method, template).iter_errors(typed):
        raise _refusal(error)
    return typed


def complaints(body: Object) -> list[str]:
    """Where an object, a list or an error of the sandbox's own is not of Stripe's types."""
    if body.get("object") == "list":
        return [complaint for each in body["data"] for complaint in complaints(each)]
    name = "ErrorEnvelope" if "error" in body else _ANSWERS[body["object"]]
    found = [f"{name}{error.instance_path}: {error.message}" for error in _judge_of(name).iter_errors(body)]
    inner = body.get("data", {}).get("object")
    return found + (complaints(inner) if inner else [])


@functools.cache
def _judge(method: str, template: str) -> Any:
    return _validator(_schema_of(method, template))


@functools.cache
def _judge_of(name: str) -> Any:
    return _validator({"$ref": f"#/components/schemas/{name}"})


def _validator(schema: Object) -> Any:
    # Imported late: only who uses the sandbox has it in memory.
    import jsonschema_rs

    return jsonschema_rs.validator_for({**schema, "components": document()["components"]})


@functools.cache
def _schema_of(method: str, template: str) -> Object:
    """What may be said: the form of a POST, the query of a GET."""
    operation = document()["paths"][template][method.lower()]
    if method == "POST":
        schema: Object = operation["requestBody"]["content"][FORM]["schema"]
        return schema
    asked = {each["name"]: each["schema"] for each in operation["parameters"] if each["in"] == "query"}
    return {"type": "object", "properties": asked, "additionalProperties": False}


def _close_enums(node: Any) -> None:
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


def _typed(schema: Object, raw: Any) -> Any:
    """Gives the texts of a form the types that the schema wants; what does not fit stays, and is judged as it is."""
    if "$ref" in schema:
        return _typed(document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]], raw)
    if "anyOf" in schema:
        return _first_that_fits(schema["anyOf"], raw)
    kind = schema.get("type")
    if isinstance(raw, dict) and kind == "array" and all(name.isdigit() for name in raw):
        return [_typed(schema["items"], raw[name]) for name in sorted(raw, key=int)]
    if isinstance(raw, dict) and kind == "object":
        known, others = schema.get("properties", {}), schema.get("additionalProperties") or {}
        return {name: _typed(known.get(name, others), value) for name, value in raw.items()}
    return _scalar(kind, raw) if isinstance(raw, str) else raw


def _first_that_fits(choices: list[Object], raw: Any) -> Any:
    for choice in choices:
        typed = _typed(choice, raw)
        if typed is not raw or (isinstance(raw, str) and raw in choice.get("enum", ())):
            return typed
    return raw


def _scalar(kind: str | None, raw: str) -> Any:
    if kind == "integer" and _INTEGER.fullmatch(raw):
        return int(raw)
    if kind == "number" and _DECIMAL.fullmatch(raw):
        return float(raw)
    if kind == "boolean" and raw in ("true", "false"):
        return raw == "true"
    return raw


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
