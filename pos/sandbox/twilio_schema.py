"""Judges what is said to the sandbox, and what it says, by Twilio's own types (twilio_schema.json)."""

from typing import Any
from urllib.parse import parse_qsl

from pos.sandbox.contracts import Contract
from pos.sandbox.records import Object
from pos.sandbox.twilio_errors import TwilioError

_MESSAGE = "api.v2010.account.message"
_ENVELOPE = {"code": int, "message": str, "more_info": str, "status": int}


def parameters(method: str, template: str, form: str) -> Object:
    """The typed parameters of a request, by the types of its operation. What Twilio would quietly pass over, a name that it does
    not know, is refused here. Raises TwilioError."""
    raw = dict(parse_qsl(form, keep_blank_values=True))
    if any("\0" in name + value for name, value in raw.items()):
        raise TwilioError(20001, "NUL")
    typed: Object = CONTRACT.typed(CONTRACT.schema_of(method, template), raw)
    for error in CONTRACT.judge(method, template).iter_errors(typed):
        raise _refusal(error)
    return typed


def complaints(body: Object) -> list[str]:
    """Where a message, a list of them or an error of the sandbox's own is not of Twilio's types."""
    if "more_info" in body:
        return [] if {name: type(value) for name, value in body.items()} == _ENVELOPE else [f"not an error: {body}"]
    if "messages" in body:
        return [complaint for each in body["messages"] for complaint in complaints(each)] + _of_page(body)
    found = CONTRACT.judge_of(_MESSAGE).iter_errors(body)
    return [f"message{error.instance_path}: {error.message}" for error in found]


def _of_page(body: Object) -> list[str]:
    return [
        f"list{error.instance_path}: {error.message}"
        for error in CONTRACT.judge_of("ListMessageResponse").iter_errors(body)
    ]


def _refusal(error: Any) -> TwilioError:
    kind, named = error.kind, [str(part) for part in error.instance_path]
    if kind.name == "required":
        return TwilioError(21604) if kind.property == "To" else TwilioError(20001, kind.property)
    if kind.name == "additionalProperties":
        named = [f"{sorted(kind.unexpected)[0]} is not known"]
    return TwilioError(20001, "".join(named))


def _mend(document: Object) -> None:
    """Closes each object, since a name that is not known is a mistake; makes each answer whole; and says `nullable`, which is of
    OpenAPI 3.0, as JSON Schema does."""
    listed = document["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["get"]["responses"]["200"]
    schemas = document["components"]["schemas"]
    schemas["ListMessageResponse"] = listed["content"]["application/json"]["schema"]
    for name in (_MESSAGE, "ListMessageResponse"):
        schemas[name]["required"] = list(schemas[name]["properties"])
    _close(document)


def _close(node: Any) -> None:
    for inner in node.values() if isinstance(node, dict) else node:
        if isinstance(inner, dict | list):
            _close(inner)
    if isinstance(node, dict) and "properties" in node:
        node["additionalProperties"] = False
    if isinstance(node, dict) and node.pop("nullable", False) is True:
        node["type"] = [node["type"], "null"]


CONTRACT = Contract("twilio_schema.json", _mend)
