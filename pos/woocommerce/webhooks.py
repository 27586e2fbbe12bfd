"""POST /webhooks/woocommerce/{slug}: the shop hints that something has changed. What is signed is only a hint: the record is read from the shop.

The shop stops sending after five answers that are no 2xx, so what is none of ours to act on is taken with thanks all the same.
"""

import base64
import hashlib
import hmac

import orjson
import structlog
from flask import Blueprint, Response, request

from pos.db import transaction
from pos.errors import Forbidden
from pos.http.access import public
from pos.jobs import enqueue
from pos.stores.queries import active_store_by_slug
from pos.woocommerce import actions
from pos.woocommerce.asking import number_of

blueprint = Blueprint("woocommerce", __name__)
log = structlog.get_logger()
# An order with all that plugins write into it; more than a register may send.
MOST_BYTES = 5 * 1024 * 1024
_RESOURCES = {"order": "orders", "product": "products", "coupon": "coupons", "customer": "customers"}
# What the shop sends when a webhook is made, unsigned.
_PING = b"webhook_id="


class NotSignedByShop(Forbidden):
    title = "Not signed by the web shop"
    advice = "The signature is missing or does not fit. Is the secret of the shop's webhook the one that was shown here last?"


@blueprint.post("/webhooks/woocommerce/<slug>")
@public
def receive(slug: str) -> Response:
    """Notes which record to read anew. A ping, and a topic that is none of ours, are taken and change nothing."""
    request.max_content_length = MOST_BYTES
    body = request.get_data()
    if body.startswith(_PING) and "X-WC-Webhook-Signature" not in request.headers:
        return Response(status=200)
    with transaction(None):
        store_id = active_store_by_slug(slug).id
    with transaction(store_id, actor="woocommerce"):
        _require_signed(body)
        resource, number = _RESOURCES.get(request.headers.get("X-WC-Webhook-Resource", "")), _number(body)
        if resource and number:
            enqueue("woocommerce.look", store_id=store_id, name=resource, number=number)
    log.info("web_shop_hint", store_id=str(store_id), resource=resource, wc_id=number)
    return Response(status=200)


def _require_signed(body: bytes) -> None:
    """Raises NotSignedByShop, also where there is no shop or no secret: nobody is told which."""
    try:
        secret = actions.webhook_secret(actions.shop())
    except actions.NotConnected:
        secret = None
    told = request.headers.get("X-WC-Webhook-Signature", "")
    made = base64.b64encode(hmac.new((secret or "").encode(), body, hashlib.sha256).digest())
    if secret is None or not hmac.compare_digest(made, told.encode("utf-8", "replace")):
        raise NotSignedByShop


def _number(body: bytes) -> int:
    try:
        return number_of(orjson.loads(body))
    except orjson.JSONDecodeError:
        return 0
