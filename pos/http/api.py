"""The API's frame: blueprints with strict bodies, OpenAPI 3.1 with our problems, JSON as the contract writes it."""

import http
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import wraps
from threading import Lock
from typing import Any, cast

import orjson
from flask import Flask, Response, current_app, request
from flask.json.provider import DefaultJSONProvider
from flask_smorest import Api as SmorestApi
from flask_smorest import Blueprint as SmorestBlueprint

from pos.http.access import View, public
from pos.http.idempotency import HEADER, MAX_LENGTH, again_if_taken
from pos.http.strict_json import StrictParser

PREFIX = "/api/v1"
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "pattern": "^/problems/"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
SETTINGS = {
    "API_TITLE": "TapPass",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": PREFIX,
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "info": {"description": "Point of sale and loyalty in which a phone number is enough to be known."},
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A register's token or the store's API key",
                },
                "person": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-User-Token",
                    "description": "Who stands at the register",
                },
                "session": {"type": "apiKey", "in": "cookie", "name": "tappass_session"},
                "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRFToken"},
            }
        },
        "servers": [{"url": "/"}],
    },
}
_IDEMPOTENCY_HEADER = {
    "name": HEADER,
    "in": "header",
    "required": True,
    "description": "A new key for each new request; the same key repeats the answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH, "pattern": "^[ -~]+$"},
}
_IF_MATCH_HEADER = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag that came with the resource.",
    "schema": {"type": "string"},
}

_IF_NONE_MATCH_HEADER = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the answer that you have: 304 if nothing has changed since.",
    "schema": {"type": "string"},
}


class JSONProvider(DefaultJSONProvider):
    """Instants in UTC with Z, keys in the order in which they were written."""

    @staticmethod
    def default(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, Decimal):
            return str(value)
        return DefaultJSONProvider.default(value)

    def dumps(self, obj: Any, **_: Any) -> str:
        return self.dump_bytes(obj).decode()

    def dump_bytes(self, obj: Any) -> bytes:
        return orjson.dumps(obj, self.default, orjson.OPT_PASSTHROUGH_DATETIME)


class Blueprint(SmorestBlueprint):
    """A blueprint of /api/v1: strict bodies, and its access rules in the documentation."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, name: str, import_name: str, **options: Any) -> None:
        super().__init__(name, import_name, url_prefix=PREFIX, **options)
        self._prepare_doc_cbks.append(_document_access)

    def _store_endpoint_docs(self, endpoint: str, obj: Any, parameters: Any, tags: Any, **options: Any) -> None:
        super()._store_endpoint_docs(endpoint, obj, parameters, tags, **options)
        for name, documented in self._docs[endpoint].items():
            if name != "parameters":
                documented["access"] = getattr(obj, "access", None)


class Api(SmorestApi):
    """OpenAPI with problem+json for every error.

    The document is put together when somebody asks for it: that takes a tenth of a second, for which no start has a use.
    """

    def init_app(self, app: Flask, **options: Any) -> None:
        self._undocumented: list[SmorestBlueprint] = []
        self._documenting = Lock()
        super().init_app(app, **options)

    def register_blueprint(self, blueprint: SmorestBlueprint) -> None:
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blueprint.name] = self
        self._app.register_blueprint(blueprint)
        self._undocumented.append(blueprint)

    def _openapi_json(self) -> Response:
        with self._documenting:
            while self._undocumented:
                self._document(self._undocumented.pop(0))
        return super()._openapi_json()

    def _document(self, blueprint: SmorestBlueprint) -> None:
        blueprint.register_views_in_doc(self, self._app, self.spec, name=blueprint.name, parameters=None)
        self.spec.tag({"name": blueprint.name, "description": blueprint.description})

    def _register_responses(self) -> None:
        content = {"application/problem+json": {"schema": PROBLEM}}
        for status in http.HTTPStatus:
            empty = status < 200 or status in (204, 304)
            response = {"description": status.phrase} | ({} if empty else {"content": content})
            self.spec.components.response(status.name, deepcopy(response), lazy=True)
        self.spec.components.response("DEFAULT_ERROR", {"description": "A problem", "content": content}, lazy=True)

    def _register_error_handlers(self) -> None:
        """Ours are registered for the whole app (http/problems.py)."""


def idempotent(view: View) -> View:
    """The route needs an Idempotency-Key, which the view takes with `idempotency.claim`; a repetition is done once."""
    return _with_header(_repeatable(view), _IDEMPOTENCY_HEADER)


def if_match(view: View) -> View:
    """Documents that the route needs If-Match; the view checks it with `etag.require_match`."""
    return _with_header(view, _IF_MATCH_HEADER)


def if_none_match(view: View) -> View:
    """Documents that the route answers 304 to who has it already; the view sees to it with `etag.is_known`."""
    documented = _with_header(view, _IF_NONE_MATCH_HEADER)
    documented.__dict__["_apidoc"].setdefault("response", {}).setdefault("responses", {})[304] = ["NOT_MODIFIED"]
    return documented


def takes_up_to(size: int) -> Callable[[View], View]:
    """The route's body may have so many bytes, instead of the 256 KiB of all others. Stands above the access mark, since a
    browser's CSRF token is looked for in the body."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            request.max_content_length = size
            return view(*args, **kwargs)

        return wrapper

    return decorate


def idempotent_or_if_match(view: View) -> View:
    """Documents that the route needs one of both; the view takes the key with `idempotency.claim_if_sent`."""
    optional = {"required": False}
    return _with_header(_with_header(_repeatable(view), _IDEMPOTENCY_HEADER | optional), _IF_MATCH_HEADER | optional)


def answer(body: Any, status: int = 200, headers: Any = ()) -> Response:
    """A JSON answer that is written as it stands, without a second pass through a schema."""
    provider = cast("JSONProvider", current_app.json)
    response = Response(provider.dump_bytes(body), status, mimetype="application/json")
    response.headers.extend(dict(headers))
    return response


def _repeatable(view: View) -> View:
    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return again_if_taken(lambda: view(*args, **kwargs))

    return wrapper


def _with_header(view: View, header: dict[str, Any]) -> View:
    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    # flask-smorest keeps what it documents of a view in this attribute.
    documented = deepcopy(getattr(view, "_apidoc", {}))
    documented.setdefault("headers", []).append(header)
    wrapper.__dict__["_apidoc"] = documented
    return wrapper


def _document_access(doc: dict[str, Any], doc_info: dict[str, Any], **_context: Any) -> dict[str, Any]:
    if doc_info.get("headers"):
        doc.setdefault("parameters", []).extend(doc_info["headers"])
    access = doc_info.get("access")
    if access and access != "public":
        doc["security"] = [{"bearer": []}, {"bearer": [], "person": []}, {"session": [], "csrf": []}]
        doc["x-role"] = access
    return doc


def init_app(app: Flask) -> Api:
    app.json = JSONProvider(app)
    app.config.update(SETTINGS)
    rest = Api(app)
    document = app.view_functions["api-docs.openapi_json"]
    app.view_functions["api-docs.openapi_json"] = public(lambda: document())  # noqa: PLW0108 - a bound method takes no mark
    return rest
