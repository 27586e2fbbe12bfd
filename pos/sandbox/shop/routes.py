"""The web shop over HTTP: its API, as a shop on the internet would have it, and whom it tells of changes."""

import socket
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, request

from pos import clock
from pos.db import transaction
from pos.errors import Invalid
from pos.http.access import public
from pos.http.api import answer
from pos.http.schemas import Body, Text
from pos.sandbox.reading import lost, read
from pos.sandbox.shop import api, site, webhooks

blueprint = Blueprint("sandbox_shop", __name__, url_prefix="/_sandbox/shop", template_folder="../templates")
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
# Where the servers that we run under leave the connection.
_CONNECTIONS = ("gunicorn.socket", "werkzeug.socket")


class Webhook(Body):
    delivery_url = Text(least=1, most=500, required=True)
    secret = Text(least=1, most=200, required=True)


@blueprint.put("/webhook")
@public
def agree_webhook() -> Response:
    """The shop's owner makes its webhooks: an address on this machine or of this installation, and the secret that they sign with."""
    asked = read(Webhook())
    if not _is_ours(asked["delivery_url"]):
        raise Invalid(reason="Write an address of this installation or of this machine.", pointer="/delivery_url")
    with transaction(None), site.opened(clock.now()) as shop:
        webhooks.agree(shop, **asked)
    return answer({"delivery_url": asked["delivery_url"], "topics": webhooks.TOPICS})


@blueprint.delete("/webhook")
@public
def give_up_webhook() -> Response:
    """Nothing is told any more."""
    with transaction(None), site.opened(clock.now()) as shop:
        webhooks.give_up(shop)
    return Response(status=204)


def _is_ours(delivery_url: str) -> bool:
    own = urlsplit(current_app.config["SETTINGS"].public_base_url).hostname
    try:
        asked = urlsplit(delivery_url)
    except ValueError:
        return False
    return asked.scheme in ("http", "https") and asked.hostname in (own, "127.0.0.1", "localhost", "::1")


@blueprint.route("/wp-json", methods=_METHODS, defaults={"path": ""})
@blueprint.route("/wp-json/", methods=_METHODS, defaults={"path": ""})
@blueprint.route("/wp-json/<path:path>", methods=_METHODS)
@public
def dialect(path: str) -> Response:
    """WooCommerce's API over real HTTP."""
    query = request.query_string.decode("ascii", "replace")
    with transaction(None):
        answered = api.answer(
            request.method, f"/wp-json/{path}".rstrip("/"), query, request.headers.get("Authorization")
        )
    if answered.fault == "reset":
        _cut(request.environ)
    if answered.fault in ("reset", "timeout_before"):
        return lost(answered.fault) or Response(status=500)
    return Response(answered.body, answered.status, answered.headers, content_type=answered.content_type)


def _cut(environ: dict[str, Any]) -> None:
    """Cuts the connection before anything was answered; a test's client has none, and gets a 502."""
    for name in _CONNECTIONS:
        if name in environ:
            with suppress(OSError):
                environ[name].shutdown(socket.SHUT_RDWR)
