"""Stripe's API as the sandbox answers it: who calls, what is asked, once for each key, and with the faults that are ordered.

Each request is one transaction: whoever is killed in the middle has done nothing, and the key is free.
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from flask import current_app
from sqlalchemy import func, select

from pos import ids
from pos.config import Settings
from pos.db import db, transaction
from pos.payments.gateway import API_VERSION
from pos.sandbox import faults, stripe_operations
from pos.sandbox.models import SandboxKey
from pos.sandbox.records import Cause, Object
from pos.sandbox.stripe_errors import StripeError
from pos.sandbox.stripe_operations import Call
from pos.sandbox.stripe_schema import parameters

MAX_KEY = 255


@dataclass(frozen=True)
class Answer:
    """`fault` is what happens to the answer on its way, if anything."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)
    fault: str | None = None


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    form: str
    headers: Mapping[str, str]
    id: str

    @property
    def subject(self) -> str:
        return f"{self.method} {self.path}"


def answer(method: str, path: str, form: str, headers: Mapping[str, str]) -> Answer:
    """Answers a request as Stripe would; `form` is the body of a POST or the query of a GET. Needs an app context."""
    sent = {name.lower(): value for name, value in headers.items()}
    request = Request(method, path, form, sent, f"req_sbx_{ids.uuid7().hex}")
    with transaction(None):
        answered = _answer(request)
    headers = {"Content-Type": "application/json", "Request-Id": request.id, "Stripe-Version": API_VERSION}
    return Answer(answered.status, answered.body, headers | answered.headers, answered.fault)


def _answer(request: Request) -> Answer:
    fault = faults.strike("stripe", request.subject, "429", "timeout_before")
    if fault == "429":
        return _refused(StripeError("Too many requests (ordered fault).", status=429, code="rate_limit"))
    if fault:
        return Answer(504, "", fault=fault)
    try:
        answered = _understood(request)
    except StripeError as error:
        answered = _refused(error)
    lost = faults.strike("stripe", request.subject, "timeout_after", "reset")
    return Answer(answered.status, answered.body, answered.headers, lost)


def _understood(request: Request) -> Answer:
    """What is asked, and by whom, is clear; then it is done, or has been. Raises StripeError."""
    _authenticate(request.headers)
    found = stripe_operations.find(request.method, request.path)
    if found is None:
        raise StripeError(f"Unrecognized request URL ({request.method}: {request.path}).", status=404)
    template, operation, object_id = found
    params = parameters(request.method, template, request.form)
    key = request.headers.get("idempotency-key") if request.method == "POST" else None
    cause = Cause(request.headers.get("stripe-account"), request.id, key)
    call = Call(params, object_id or "", cause, current_app.config["SETTINGS"].public_base_url, request.subject)
    return _once(key, operation, call) if key else _executed(operation, call)


def _authenticate(headers: Mapping[str, str]) -> None:
    settings: Settings = current_app.config["SETTINGS"]
    expected = settings.stripe.secret_key if settings.stripe else ""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not hmac.compare_digest(given.encode(), expected.encode()):
        raise StripeError("Invalid API Key provided.", status=401)
    if headers.get("stripe-version", API_VERSION) != API_VERSION:
        raise StripeError(f"The sandbox speaks no other version of the API than {API_VERSION}.")
    if not re.fullmatch(r"acct_\w+", headers.get("stripe-account", "acct_own")):
        raise StripeError("The account is not one of Stripe's ids.", status=403, code="account_invalid")


def _once(key: str, operation: stripe_operations.Operation, call: Call) -> Answer:
    """The first answer to a key is kept and given again. Raises StripeError."""
    if len(key) > MAX_KEY:
        raise StripeError(f"The idempotency key is longer than {MAX_KEY} characters.", kind="idempotency_error")
    scoped = f"{call.cause.account or ''} {key}"
    if not db.session.scalar(select(func.pg_try_advisory_xact_lock(func.hashtextextended(scoped, 0)))):
        raise StripeError(
            "There is currently another in-progress request using this Idempotency Key.",
            status=409,
            code="idempotency_key_in_use",
        )
    digest = ids.digest(orjson.dumps([call.subject, call.params], option=orjson.OPT_SORT_KEYS).decode())
    kept = db.session.get(SandboxKey, scoped)
    if kept is None:
        made = _executed(operation, call)
        db.session.add(SandboxKey(key=scoped, digest=digest, status=made.status, answer=made.body))
        return made
    if kept.digest != digest:
        raise StripeError(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using "
            f"a key other than '{key}' if you meant to execute a different request.",
            kind="idempotency_error",
        )
    return Answer(kept.status, kept.answer, {"Idempotent-Replayed": "true"})


def _executed(operation: stripe_operations.Operation, call: Call) -> Answer:
    """Carries it out. Raises StripeError for what is refused before anything is done."""
    if faults.strike("stripe", call.subject, "500"):
        return _refused(StripeError("An error occurred (ordered fault).", status=500, kind="api_error"))
    try:
        return Answer(200, _json(operation(call)))
    except StripeError as error:
        if not error.is_kept:
            raise
        return _refused(error)


def _refused(error: StripeError) -> Answer:
    return Answer(error.status, _json(error.envelope()))


def _json(body: Object | dict[str, Any]) -> str:
    return orjson.dumps(body).decode()
