"""Errors as RFC 9457 problem+json: here, and nowhere else, a refusal gets its status."""

import re
from typing import Any

import psycopg2
import structlog
from flask import Flask, Response, abort, current_app, g, json, request
from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.exc import DatabaseError, IntegrityError, InterfaceError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from pos.db import Base
from pos.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refused,
    ShopError,
    TooManyTries,
    Unauthenticated,
    Unavailable,
    Unreadable,
)
from pos.http.etag import StaleVersion, VersionRequired
from pos.http.observing import report
from pos.http.strict_json import UnsupportedContent

# The first class that fits decides, so the narrower ones stand first.
STATUSES: tuple[tuple[type[ShopError], int], ...] = (
    (UnsupportedContent, 415),
    (StaleVersion, 412),
    (VersionRequired, 428),
    (Unreadable, 400),
    (Unauthenticated, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (Refused, 422),
    (TooManyTries, 429),
    (Unavailable, 503),
)
RETRY_AFTER_SECONDS = {429: "60", 503: "1"}

log = structlog.get_logger()


# Deadlock, serialization failure, lock timeout, statement timeout.
WAITED_IN_VAIN = ("40P01", "40001", "55P03", "57014")


class Busy(Unavailable):
    title = "Try again in a moment"
    advice = "Somebody else is changing the same thing right now. Nothing was changed; send the request again."


class AlreadyTaken(Conflict):
    title = "Already taken"
    advice = "Another {what} already has this {field}."


class UnknownId(Invalid):
    title = "Unknown id"


def problem(
    status: int, slug: str, title: str, detail: str, *, errors: list[dict[str, str]] | None = None, headers: Any = ()
) -> Response:
    """A problem+json answer. `detail` says what to do and never holds SQL, a stack or a phone."""
    body: dict[str, Any] = {"type": f"/problems/{slug}", "title": title, "status": status, "detail": detail}
    if errors:
        body["errors"] = errors
    response = Response(json.dumps(body), status, mimetype="application/problem+json")
    response.headers.extend(headers)
    if status in RETRY_AFTER_SECONDS:
        response.headers["Retry-After"] = RETRY_AFTER_SECONDS[status]
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def init_app(app: Flask) -> None:
    app.before_request(refuse_nul)
    app.register_error_handler(ShopError, refuse)
    app.register_error_handler(HTTPException, answer_http_exception)
    app.register_error_handler(StaleDataError, lambda _: refuse(StaleVersion()))
    app.register_error_handler(IntegrityError, answer_integrity_error)
    # A connection that cannot even be lent fails below SQLAlchemy.
    for error in (OperationalError, InterfaceError, PoolTimeout, psycopg2.OperationalError):
        app.register_error_handler(error, answer_database_down)
    app.register_error_handler(DatabaseError, answer_database_error)
    app.register_error_handler(Exception, answer_bug)


def refuse_nul() -> None:
    """PostgreSQL has no text with a NUL: such an address leads nowhere, such a question cannot be asked."""
    if "\0" in request.path:
        abort(404)
    for name, value in request.args.items():
        if "\0" in value:
            raise Invalid(reason="Must not contain a NUL character.", pointer=f"/{name}")


def status_of(error: ShopError) -> int:
    return next(status for kind, status in STATUSES if isinstance(error, kind))


def refuse(error: ShopError) -> Response:
    pointer = error.facts.get("pointer")
    errors = [{"pointer": pointer, "detail": str(error)}] if pointer else None
    return problem(status_of(error), type(error).slug(), type(error).title, str(error), errors=errors)


def answer_http_exception(error: HTTPException) -> Response:
    """What Flask, Werkzeug and webargs refuse: unknown paths and methods, too large bodies, invalid fields."""
    status = error.code or 500
    if status < 400:
        return Response(error.get_response().response, status, error.get_response().headers)
    messages = (getattr(error, "data", None) or {}).get("messages")
    if messages:
        errors = [{"pointer": pointer, "detail": text} for pointer, text in _flatten(messages)]
        detail = sentences(messages)
        return problem(status, "invalid", "Invalid request", detail, errors=errors)
    kept = [(name, value) for name, value in error.get_headers() if name in ("Allow", "Retry-After")]
    slug = error.name.lower().replace(" ", "-")
    return problem(status, slug, error.name, error.description or error.name, headers=kept)


def answer_integrity_error(error: IntegrityError) -> Response:
    refusal = refusal_of(error)
    return refuse(refusal) if refusal else answer_bug(error)


def refusal_of(error: IntegrityError) -> ShopError | None:
    """A key of the schema refused the row: the key's name says which field, so that no rule is written twice."""
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    found = _constraints().get(name or "")
    if found is None:
        return None
    table, constraint = found
    fields = [column.name for column in constraint.columns if column.name != "store_id"]
    field = " and ".join(fields).replace("_", " ")
    if isinstance(constraint, UniqueConstraint):
        return AlreadyTaken(what=_singular(table), field=field)
    reason = f"There is no {field.removesuffix(' id')} with this id in this store."
    return UnknownId(reason=reason, pointer=f"/{fields[-1]}")


def _singular(table: str) -> str:
    """A table's row in words, by its model's name: order_lines → order line."""
    model = next(mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__tablename__ == table)
    return re.sub(r"(?<!^)(?=[A-Z])", " ", model.__name__).lower()


def answer_database_down(error: Exception) -> Response:
    cause = getattr(error, "orig", None) or error
    log.warning("database_unavailable", cause=type(cause).__name__, request_id=g.get("request_id"))
    return refuse(Busy() if getattr(cause, "pgcode", None) in WAITED_IN_VAIN else Unavailable())


def answer_database_error(error: DatabaseError) -> Response:
    """Mostly a bug. But psycopg2 says a plain DatabaseError without SQLSTATE when the server dies while it answers."""
    is_lost = type(error) is DatabaseError and getattr(error.orig, "pgcode", None) is None
    return answer_database_down(error) if is_lost else answer_bug(error)


def answer_bug(error: Exception) -> Response:
    """One line in the log with the stack; the caller gets the request id. Database errors are logged without
    their values: PostgreSQL's DETAIL line would carry a phone."""
    detail = {"sqlstate": getattr(error.orig, "pgcode", None)} if isinstance(error, StatementError) else {}
    shown = not isinstance(error, StatementError)
    report(error)
    log.error("bug", error=type(error).__name__, request_id=g.get("request_id"), exc_info=shown, **detail)
    if current_app.testing and not current_app.config.get("ANSWER_BUGS"):
        raise error
    return problem(
        500,
        "internal-error",
        "Internal error",
        f"This is our fault. Tell us the request id {g.get('request_id')}, please.",
    )


def sentences(messages: Any) -> str:
    """marshmallow's messages in one line: the first five."""
    return "; ".join(f"{pointer or '/'}: {text}" for pointer, text in _flatten(messages)[:5])


def _flatten(messages: Any, pointer: str = "") -> list[tuple[str, str]]:
    """marshmallow's nested messages as pairs of JSON pointer and text; the part of the request is left out."""
    if isinstance(messages, dict):
        inner = messages if pointer or not set(messages) <= {"json", "query", "headers"} else _merged(messages)
        return [pair for key, value in inner.items() for pair in _flatten(value, _join(pointer, key))]
    return [(pointer, str(text)) for text in (messages if isinstance(messages, list) else [messages])]


def _merged(messages: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for part in messages.values()
        for key, value in (part.items() if isinstance(part, dict) else [("_schema", part)])
    }


def _join(pointer: str, key: Any) -> str:
    return pointer if key == "_schema" else f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"


def _constraints() -> dict[str, tuple[str, Any]]:
    kinds = (UniqueConstraint, ForeignKeyConstraint)
    return {
        str(constraint.name): (table.name, constraint)
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, kinds)
    }
