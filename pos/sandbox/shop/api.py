"""The shop's API as it answers: who asks, what is asked, and with the faults that are ordered. It shows, and changes nothing."""

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson
from sqlalchemy import delete

from pos import clock
from pos.db import db
from pos.sandbox import faults
from pos.sandbox.records import Object
from pos.sandbox.shop import site, things
from pos.sandbox.shop.asking import Asked, understood
from pos.sandbox.shop.models import SandboxShopRequest
from pos.sandbox.shop.refusals import ShopRefused
from pos.sandbox.shop.site import VERSION, Site

BASE = "/wp-json/wc/v3"
RETRY_AFTER_SECONDS = 1
_KEPT = timedelta(days=1)
_PAGE = "<!doctype html><html><head><title>Just a moment</title></head><body><h1>Just a moment</h1></body></html>"


@dataclass(frozen=True)
class Answer:
    """`fault` is what happens to the answer on its way, if anything."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=UTF-8"
    fault: str | None = None


def answer(method: str, path: str, query: str, authorization: str | None) -> Answer:
    """Answers a request as the shop would, in the open transaction; `path` is what is behind the shop's address. What was asked is
    written down, without keys."""
    subject = f"{method} {path}"
    fault = faults.strike("woocommerce", subject, *faults.OF_REQUESTS["woocommerce"])
    answered = _FAULTS[fault]() if fault else _answered(method, path, query, authorization)
    _write_down(method, path, query, answered)
    return answered


def _answered(method: str, path: str, query: str, authorization: str | None) -> Answer:
    try:
        if path.rstrip("/") == "/wp-json" and method == "GET":
            return _shown(_front(site.seen()))
        if path != BASE and not path.startswith(f"{BASE}/"):
            raise ShopRefused("rest_no_route")
        _check(authorization)
        if method != "GET":
            raise ShopRefused("woocommerce_rest_authentication_error", "These keys may read and nothing else.")
        asked = understood(path.removeprefix(BASE), query)
        return _OPERATIONS[asked.route](asked, site.seen())
    except ShopRefused as error:
        return _shown(error.envelope(), error.status)


def _check(authorization: str | None) -> None:
    """The keys come as a user's name and password. Raises ShopRefused."""
    kind, _, encoded = (authorization or "").partition(" ")
    if kind.lower() != "basic":
        raise ShopRefused("woocommerce_rest_cannot_view")
    try:
        key, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise ShopRefused("woocommerce_rest_authentication_error", "These are no keys.") from None
    for given, known, name in zip((key, secret), site.keys(), ("key", "secret"), strict=True):
        if not hmac.compare_digest(given.encode(), known.encode()):
            raise ShopRefused("woocommerce_rest_authentication_error", f"The shop does not know this consumer {name}.")


def _write_down(method: str, path: str, query: str, answered: Answer) -> None:
    now = clock.now()
    secret = {"consumer_key", "consumer_secret"}
    shown = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name not in secret]
    db.session.execute(delete(SandboxShopRequest).where(SandboxShopRequest.at < now - _KEPT))
    row = SandboxShopRequest(
        at=now, method=method, path=path, query=urlencode(shown), status=answered.status, fault=answered.fault
    )
    db.session.add(row)
    db.session.flush()


# --- faults -----------------------------------------------------------------------------------------------


def _broken(code: str, fault: str, **headers: str) -> Answer:
    error = ShopRefused(code)
    sent = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(error.status, _json(error.envelope()), sent, fault=fault)


_FAULTS: dict[str, Callable[[], Answer]] = {
    "429": lambda: _broken("too_many_requests", "429", Retry_After=str(RETRY_AFTER_SECONDS)),
    "500": lambda: _broken("internal_server_error", "500"),
    "503": lambda: Answer(503, _PAGE, content_type="text/html; charset=UTF-8", fault="503"),
    "timeout_before": lambda: Answer(504, "", fault="timeout_before"),
    "reset": lambda: Answer(502, "", fault="reset"),
    "html": lambda: Answer(200, _PAGE, content_type="text/html; charset=UTF-8", fault="html"),
    "garbage": lambda: Answer(200, '[{"id": 12, "status": "comp', fault="garbage"),
}


# --- what is shown ----------------------------------------------------------------------------------------


def _json(body: Any) -> str:
    return orjson.dumps(body).decode()


def _shown(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, _json(body), headers or {})


def _front(shop: Site) -> Object:
    """What any WordPress tells of itself."""
    return {
        "name": shop.title, "description": "", "url": shop.url, "home": shop.url, "timezone_string": shop.timezone,
        "namespaces": ["wc/v3", "wp/v2"], "authentication": {}, "routes": {},
    }  # fmt: skip


def _index(asked: Asked, shop: Site) -> Answer:
    routes = {
        f"/wc/v3/{route}": {"namespace": "wc/v3", "methods": ["GET"]} for route in _OPERATIONS if "{" not in route
    }
    return _shown({"namespace": "wc/v3", "routes": routes, "_links": {"up": [{"href": f"{shop.url}/wp-json/"}]}})


def _system(asked: Asked, shop: Site) -> Answer:
    environment = {
        "home_url": shop.url, "site_url": shop.url, "version": VERSION, "wp_version": "6.7.1", "wp_multisite": False,
        "default_timezone": "UTC", "language": "en_US", "secure_connection": False,
    }  # fmt: skip
    settings = {
        "api_enabled": False, "force_ssl": False, "currency": shop.currency, "currency_symbol": _symbol(shop),
        "currency_position": "left", "thousand_separator": ",", "decimal_separator": ".", "number_of_decimals": 2,
    }  # fmt: skip
    return _shown({"environment": environment, "settings": settings, "database": {}, "active_plugins": []})


def _symbol(shop: Site) -> str:
    return {"USD": "&#36;", "EUR": "&euro;", "GBP": "&pound;"}.get(shop.currency, shop.currency)


def _settings(asked: Asked, shop: Site) -> Answer:
    groups = {
        "general": {"woocommerce_currency": shop.currency, "woocommerce_price_num_decimals": "2", "woocommerce_calc_taxes": "yes"},
        "tax": {"woocommerce_prices_include_tax": "yes" if shop.prices_include_tax else "no"},
    }  # fmt: skip
    if asked.word not in groups:
        raise ShopRefused("rest_setting_setting_group_invalid")
    return _shown([{"id": name, "value": value} for name, value in groups[asked.word].items()])


def _currency(asked: Asked, shop: Site) -> Answer:
    return _shown({"code": shop.currency, "name": shop.currency, "symbol": _symbol(shop)})


def _list_of(kind: str) -> Callable[[Asked, Site], Answer]:
    """Whose parent is in the path, if there is a number in it: an unknown parent has nothing, and that is no error."""

    def listed(asked: Asked, shop: Site) -> Answer:
        parent = asked.numbers[0] if asked.numbers else None
        page = things.page(kind, asked, shop, parent=parent)
        pages = ceil(page.total / asked.params["per_page"])
        headers = {"X-WP-Total": str(page.total), "X-WP-TotalPages": str(pages), **_links(asked, shop, pages)}
        return Answer(200, f"[{','.join(page.bodies)}]", headers)

    return listed


def _links(asked: Asked, shop: Site, pages: int) -> dict[str, str]:
    path = asked.route.replace("{}", "%d") % asked.numbers
    number = asked.params["page"]
    beside = {"prev": min(number - 1, pages) if number > 1 else 0, "next": number + 1 if number < pages else 0}
    links = [
        f'<{shop.api}/{path}?{urlencode({**asked.given, "page": page})}>; rel="{name}"' for name, page in beside.items() if page
    ]  # fmt: skip
    return {"Link": ", ".join(links)} if links else {}


def _one_of(kind: str, code: str) -> Callable[[Asked, Site], Answer]:
    """By its number, behind its parent's if there is one. A variation is shown as a product, too."""

    def one(asked: Asked, _: Site) -> Answer:
        *parents, number = asked.numbers
        found = things.find(kind, number) or (things.find(things.VARIATION, number) if kind == things.PRODUCT else None)
        if found is None or (parents and found.parent != parents[0]):
            raise ShopRefused(code)
        return _shown(found.body)

    return one


_OPERATIONS: dict[str, Callable[[Asked, Site], Answer]] = {
    "": _index,
    "system_status": _system,
    "settings/{word}": _settings,
    "data/currencies/current": _currency,
    "products/categories": _list_of(things.CATEGORY),
    "products/categories/{}": _one_of(things.CATEGORY, "woocommerce_rest_term_invalid"),
    "products": _list_of(things.PRODUCT),
    "products/{}": _one_of(things.PRODUCT, "woocommerce_rest_product_invalid_id"),
    "products/{}/variations": _list_of(things.VARIATION),
    "products/{}/variations/{}": _one_of(things.VARIATION, "woocommerce_rest_product_variation_invalid_id"),
    "customers": _list_of(things.CUSTOMER),
    "customers/{}": _one_of(things.CUSTOMER, "woocommerce_rest_invalid_id"),
    "coupons": _list_of(things.COUPON),
    "coupons/{}": _one_of(things.COUPON, "woocommerce_rest_shop_coupon_invalid_id"),
    "orders": _list_of(things.ORDER),
    "orders/{}": _one_of(things.ORDER, "woocommerce_rest_shop_order_invalid_id"),
    "orders/{}/refunds": _list_of(things.REFUND),
    "orders/{}/refunds/{}": _one_of(things.REFUND, "woocommerce_rest_shop_order_refund_invalid_id"),
}
