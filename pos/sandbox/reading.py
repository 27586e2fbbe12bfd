"""How the sandbox's own addresses read what is sent, as JSON or as a form, and answer."""

import time
from typing import Any, NoReturn

from flask import Response, abort, current_app, redirect, request, url_for
from marshmallow import Schema, ValidationError
from werkzeug.wrappers import Response as AnyResponse

from pos.errors import Invalid
from pos.http.api import answer
from pos.http.problems import sentences
from pos.http.strict_json import parse
from pos.sandbox.models import SandboxObject
from pos.sandbox.records import find

# Longer than any client of ours waits for an answer.
SILENCE_SECONDS = 12
MAX_LISTED = 100


def lost(fault: str | None) -> Response | None:
    """What stands for an answer that an ordered fault takes on its way; None without one."""
    if fault == "reset":
        return Response("The connection was cut (ordered fault).", 502)
    if fault:
        time.sleep(current_app.config.get("SANDBOX_SILENCE_SECONDS", SILENCE_SECONDS))
        return Response("No answer (ordered fault).", 504)
    return None


def read(schema: Schema, *, many: bool = False) -> Any:
    """What was sent as JSON, or as a form whose digits are numbers. Raises Invalid."""
    raw = parse(request.get_data()) if request.is_json else {name: _number(text) for name, text in request.form.items()}
    if many and (not isinstance(raw, list) or len(raw) > MAX_LISTED):
        _refuse(f"Send a list of at most {MAX_LISTED} as JSON.")
    try:
        return schema.load(raw, many=many)
    except ValidationError as error:
        raise Invalid(reason=sentences(error.messages)) from error


def _number(text: str) -> Any:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 13 else text


def _refuse(reason: str) -> NoReturn:
    raise Invalid(reason=reason)


def get_object(kind: str, object_id: str) -> SandboxObject:
    row = find(kind, object_id, lock=True)
    if row is None:
        abort(404, f"The sandbox has no {kind.replace('_', ' ')} {object_id[:80]}.")
    return row


def done(made: Any, status: int) -> AnyResponse:
    """JSON; whoever pressed a button is led back to the page of events."""
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        return redirect(url_for("sandbox_control.events_page"), 303)
    return answer(made, status)
