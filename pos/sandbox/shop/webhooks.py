"""What the shop tells of itself: each change, signed with the secret that was agreed upon, to the address that was left here."""

import base64
import hashlib
import hmac
from typing import Any

import orjson

from pos.jobs import enqueue
from pos.sandbox import events, faults
from pos.sandbox.models import SandboxObject
from pos.sandbox.records import Cause, Object, new_id, remember, timestamp
from pos.sandbox.shop.site import VERSION, Shop, url

EVENT = "delivery"
# The topics that the documentation names. WooCommerce has a webhook for each, all with one secret here.
TOPICS = tuple(
    f"{resource}.{event}"
    for resource in ("coupon", "customer", "order", "product")
    for event in ("created", "updated", "deleted")
)
PING = "ping"
SIGNATURE_HEADER = "X-WC-Webhook-Signature"
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"


def agree(shop: Shop, delivery_url: str, secret: str) -> None:
    """From now on changes are told there; each webhook says at once that it is there, as WooCommerce's do when they are saved."""
    remember(shop.row, webhook={"delivery_url": delivery_url, "secret": secret})
    for number in range(1, len(TOPICS) + 1):
        _keep(shop, PING, number, {"form": f"webhook_id={number}"})


def give_up(shop: Shop) -> None:
    remember(shop.row, webhook=None)


def told_where(row: SandboxObject | None) -> str | None:
    """The address to which the shop tells, if there is one."""
    agreed = row.hidden["webhook"] if row else None
    return str(agreed["delivery_url"]) if agreed else None


def tell(shop: Shop, topic: str, body: Object) -> None:
    """Has the change told with the commit: the whole thing, of what was deleted its number alone."""
    if shop.row.hidden["webhook"]:
        payload = {"id": body["id"]} if topic.endswith(".deleted") else body
        _keep(shop, topic, TOPICS.index(topic) + 1, {"payload": payload})


def _keep(shop: Shop, topic: str, number: int, what: Object) -> None:
    named = what.get("payload", {}).get("id", number)
    body = {"id": new_id("dlv"), "created": timestamp(), "type": topic, "object": str(named), "number": number, **what}
    made = events.put(EVENT, body, Cause(None), faults.strike("woocommerce", topic, *faults.OF_EVENTS))
    remember(made, **shop.row.hidden["webhook"])
    if made.hidden["state"] == events.WAITING:
        enqueue("sandbox.tell_of_shop", event_id=made.id)


def signed(told: SandboxObject) -> tuple[bytes, dict[str, str]]:
    """The body and the headers under which it is posted. The first word of a webhook has no signature."""
    agent = {"User-Agent": f"WooCommerce/{VERSION} Hookshot (TapPass sandbox)"}
    if told.body["type"] == PING:
        return told.body["form"].encode(), {"Content-Type": _FORM, **agent}
    body = orjson.dumps(told.body["payload"])
    return body, {"Content-Type": _JSON, **agent, **_headers(told, body)}


def _headers(told: SandboxObject, body: bytes) -> dict[str, str]:
    resource, _, event = told.body["type"].partition(".")
    return {
        "X-WC-Webhook-Source": f"{url()}/",
        "X-WC-Webhook-Topic": told.body["type"],
        "X-WC-Webhook-Resource": resource,
        "X-WC-Webhook-Event": event,
        SIGNATURE_HEADER: signature(body, told.hidden["secret"]),
        "X-WC-Webhook-ID": str(told.body["number"]),
        "X-WC-Webhook-Delivery-ID": told.id.rpartition("_")[2],
    }


def signature(body: bytes, secret: str) -> str:
    """The HMAC of the body as it is sent, in base64."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def address(told: SandboxObject) -> Any:
    return told.hidden["delivery_url"]
