"""A connection is tried before it is kept: the shop answers, the key may read, and it sells in the currency of the books."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from flask import current_app

from pos.db import db, rows_of
from pos.errors import Conflict, Invalid, Refused
from pos.woocommerce import actions, kept
from pos.woocommerce.asking import number_of
from pos.woocommerce.fields import instant
from pos.woocommerce.gateway import Access, Declined, Gateway, Unreadable, WebShopFailure
from pos.woocommerce.models import WebShop
from pos.woocommerce.records import LeftOut

# What has to be read; a key that may read these may read all that is asked for later.
_READ = ("orders", "products", "customers", "coupons", "products/categories")


class ShopNotReached(Refused):
    title = "The web shop was not reached"
    advice = "{reason} Nothing was changed."


class OtherCurrency(Refused):
    title = "Another currency"
    advice = "The web shop sells in {theirs}, and this store keeps its books in {ours}. Orders of two currencies cannot be added up."


class AnotherShop(Conflict):
    title = "Another web shop"
    advice = (
        "The orders there are not the ones that came from this store's web shop before, and a second shop would be mixed up with the first. "
        "Enter the address of the same shop, or make another store for this one."
    )


class KeysNeeded(Invalid):
    title = "Enter the keys again"


def require_address(url: str) -> None:
    """That it is the address of a shop that may be asked. Raises BadAddress, NotPublic."""
    gateway: Gateway = current_app.extensions["woocommerce"]
    gateway.require_address(url.rstrip("/"))


def access(told: Mapping[str, Any]) -> Access:
    """The address without a slash at its end, with the keys that are told, or those that were told for this host. Raises KeysNeeded."""
    url = told["url"].rstrip("/")
    if told.get("consumer_key") and told.get("consumer_secret"):
        return Access(url, told["consumer_key"], told["consumer_secret"])
    row = db.session.scalar(rows_of(WebShop))
    if row is None or told.get("consumer_key") or told.get("consumer_secret") or not actions.is_same_host(url, row.url):
        reason = "The consumer key and its secret go to the host for which they were entered, and no other: enter both."
        raise KeysNeeded(reason=reason, pointer="/consumer_key")
    kept = actions.access(row)
    return Access(url, kept.key, kept.secret)


class Tried(NamedTuple):
    """What a shop says of itself, as far as the key may see it."""

    wc_version: str | None
    prices_include_tax: bool | None


def known_orders(told: Access) -> dict[int, datetime]:
    """By which the shop at another address is known to be the same; at the same address it is."""
    row = db.session.scalar(rows_of(WebShop))
    return {} if row is not None and row.url == told.url else kept.latest()


def tried(told: Access, currency: str, known: Mapping[int, datetime]) -> Tried:
    """Asks the shop, outside of any transaction. `known` are orders that came from this store's shop, with when they were placed. Raises
    ShopNotReached, OtherCurrency, AnotherShop."""
    gateway: Gateway = current_app.extensions["woocommerce"]
    try:
        _require_currency(gateway.get(told, "data/currencies/current").body, currency)
        [latest, *_] = [gateway.get(told, path, {"per_page": 1}).body for path in _READ]
        if known:
            _require_same_shop(gateway, told, known)
        return Tried(_version(gateway, told), _includes_tax(latest))
    except WebShopFailure as failure:
        raise ShopNotReached(reason=failure.reason, pointer=_field(failure)) from failure


def _includes_tax(orders: Any) -> bool | None:
    """As the shop's latest order says; None if there is none."""
    order = orders[0] if isinstance(orders, list) and orders else None
    told = order.get("prices_include_tax") if isinstance(order, dict) else None
    return told if isinstance(told, bool) else None


def _field(failure: WebShopFailure) -> str:
    """Where the owner has to look: WooCommerce refuses keys by codes of its own; all else is about the address and what stands there."""
    return "/consumer_key" if failure.code.startswith("woocommerce_rest_") else "/url"


def _require_currency(body: Any, currency: str) -> None:
    theirs = body.get("code") if isinstance(body, dict) else None
    if theirs and theirs != currency:
        raise OtherCurrency(theirs=theirs, ours=currency, pointer="/url")


def _require_same_shop(gateway: Gateway, told: Access, known: Mapping[int, datetime]) -> None:
    """The shop may have moved to another address; then it has these orders. Some may have been deleted since."""
    numbers = ",".join(map(str, sorted(known)))
    rows = gateway.get(told, "orders", {"include": numbers, "per_page": len(known)}).body
    if not isinstance(rows, list):
        raise Unreadable("not-a-list", 200)
    there = {number_of(row): row for row in rows}
    same = [number for number, at in known.items() if number in there and _placed_at(there[number]) == at]
    if len(same) * 2 < len(there) or not same:
        raise AnotherShop(pointer="/url")


def _placed_at(row: Any) -> datetime | None:
    try:
        return instant(row, "date_created_gmt")
    except LeftOut:
        return None


def _version(gateway: Gateway, told: Access) -> str | None:
    try:
        status = gateway.get(told, "system_status").body
    except Declined:
        return None
    environment = status.get("environment") if isinstance(status, dict) else None
    version = environment.get("version") if isinstance(environment, dict) else None
    return version[:40] if isinstance(version, str) else None
