"""Web shops in this process, where the gateway stands otherwise: they tell what a test has put into them, as WooCommerce's API would.

They are for tests of what is beside the sync. Those of the sync itself ask the stand-in over HTTP (web.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, has_app_context

from pos import clock
from pos.db import find, is_in_transaction, transaction
from pos.woocommerce import actions, flows
from pos.woocommerce.address import read
from pos.woocommerce.gateway import Access, Answer, NotThere
from pos.woocommerce.models import SyncLog
from tests.client import Shop

Thing = dict[str, Any]
KEYS = {"consumer_key": "ck_0123456789abcdef", "consumer_secret": "cs_0123456789abcdef"}
PAID_AT = "2026-10-02T09:30:00"
_LISTS = ("products/categories", "products", "coupons", "customers", "orders")


@dataclass
class WebShop:
    """One shop; `things` are kept by what they are, `refunds` by their order."""

    url: str
    currency: str
    things: dict[str, dict[int, Thing]] = field(default_factory=lambda: {name: {} for name in _LISTS})
    refunds: dict[int, list[Thing]] = field(default_factory=dict)

    def put(self, name: str, *things: Thing) -> None:
        for thing in things:
            self.things[name][thing["id"]] = thing

    def give_back(self, number: int, refund: int, amount: str, reason: str = "torn", goods: str | None = None) -> None:
        """Money goes back for an order, which shows a line of it; for one piece of its first line, if `goods` says what that is worth."""
        back = {"id": refund, "amount": amount, "reason": reason, "date_created_gmt": PAID_AT, "line_items": []}
        if goods:
            of = {"key": "_refunded_item_id", "value": self.things["orders"][number]["line_items"][0]["id"]}
            back["line_items"] = [{"quantity": -1, "total": f"-{goods}", "total_tax": "0", "meta_data": [of]}]
        self.refunds.setdefault(number, []).append(back)
        told = self.things["orders"][number]
        told["refunds"] = [*told["refunds"], {"id": refund, "total": f"-{amount}", "reason": reason}]
        self.touch(number)

    def touch(self, number: int, **changes: Any) -> None:
        """Changes an order, a minute after it was changed last."""
        told = self.things["orders"][number]
        later = datetime.fromisoformat(told["date_modified_gmt"]) + timedelta(minutes=1)
        told |= {"date_modified_gmt": later.isoformat(), **changes}

    def told(self, path: str, params: Mapping[str, str | int]) -> tuple[Any, int | None]:
        """The body at a path, and of a list how many there are."""
        if path == "data/currencies/current":
            return {"code": self.currency}, None
        if path == "system_status":
            return {"environment": {"version": "9.4.2"}}, None
        if path.endswith("/variations"):
            return [], 0
        if path in self.things:
            return _page(self.things[path].values(), params)
        name, number, *rest = path.rsplit("/", 2) if path.endswith("/refunds") else path.rsplit("/", 1)
        if int(number) not in self.things[name]:
            raise NotThere("not_there", 404)
        return (self.refunds.get(int(number), []), None) if rest else (self.things[name][int(number)], None)


class WebShops:
    """Stands in the place of the gateway; shops are told apart by their addresses."""

    def __init__(self) -> None:
        self._shops: dict[str, WebShop] = {}

    def of(self, shop: Shop) -> WebShop:
        """The web shop of a store, which sells in the store's currency."""
        url = f"https://{shop.slug}.example"
        if url not in self._shops:
            told = shop.get("/store", as_="owner").json
            assert told is not None
            self._shops[url] = WebShop(url, told["currency"])
        return self._shops[url]

    def require_address(self, url: str) -> None:
        read(url, allows_loopback=False, own=None)

    def get(self, access: Access, path: str, params: Mapping[str, str | int] | None = None) -> Answer:
        if has_app_context() and is_in_transaction():
            raise RuntimeError("The web shop is called inside a transaction: commit first")
        self.require_address(access.url)
        body, total = self._shops[f"https://{urlsplit(access.url).hostname}"].told(path, params or {})
        return Answer(body=body, total=total, pages=None, at=clock.now())


def web_shop(shop: Shop) -> WebShop:
    """The web shop of a store, connected or not; the application asks no other from now on."""
    extensions = shop.client.application.extensions
    if not isinstance(extensions["woocommerce"], WebShops):
        extensions["woocommerce"] = WebShops()
    return extensions["woocommerce"].of(shop)


def connection(shop: Shop) -> dict[str, str]:
    """What is sent to connect a store to its web shop."""
    return {"url": web_shop(shop).url, **KEYS}


def connected(shop: Shop) -> WebShop:
    """The web shop of a store, which is connected to it."""
    if shop.get("/sync/woocommerce", as_="owner").status_code == 404:
        answer = shop.request("PUT", "/sync/woocommerce", as_="owner", json=connection(shop))
        assert answer.status_code == 200, answer.text
    return web_shop(shop)


def synced(shop: Shop, sync_type: str = "full") -> Mapping[str, Any]:
    """A whole run of the store's; gives its log."""
    app: Flask = shop.client.application
    with app.app_context():
        with transaction(UUID(shop.store_id), actor="test"):
            at_work = actions.running()
            log_id = (at_work or actions.begin(sync_type, clock.now())).id
        flows.run(UUID(shop.store_id), log_id)
        with transaction(UUID(shop.store_id)):
            log = find(SyncLog, log_id)
            assert log.status == "completed", log.error_message
            return {column.key: getattr(log, column.key) for column in SyncLog.__table__.columns}


def web_order(shop: Shop, number: int) -> dict[str, Any]:
    """A web order as the API shows it, by the shop's number."""
    listed = shop.get("/orders", as_="owner", query_string={"source": "woocommerce", "limit": 200}).json
    assert listed is not None
    [found] = [order for order in listed["data"] if order["wc_order_id"] == number]
    return found  # type: ignore[no-any-return]


def order(number: int, *lines: tuple[str, int, str], account: int = 0, **changes: Any) -> Thing:
    """An order of the shop: lines of (name, quantity, what it costs in all), with 10 % tax and 5.50 of shipping, of which 0.50 is tax."""
    lines = lines or (("Cap", 1, "20.00"),)
    told = [_line(number * 10 + at, *line) for at, line in enumerate(lines)]
    goods, tax = (sum(Decimal(line[name]) for line in told) for name in ("total", "total_tax"))
    currency = changes.pop("currency", "USD")
    return {
        "id": number, "status": "processing", "currency": currency, "customer_id": account, "customer_note": "",
        "date_created_gmt": "2026-10-02T09:00:00", "date_modified_gmt": PAID_AT, "date_paid_gmt": PAID_AT, "date_completed_gmt": None,
        "line_items": told, "shipping_total": "5.00", "shipping_tax": "0.50", "fee_lines": [], "coupon_lines": [], "refunds": [],
        "total": str(goods + tax + Decimal("5.50")), "total_tax": str(tax + Decimal("0.50")), "payment_method": "card",
        "transaction_id": f"ch_{number}", "billing": {},
    } | changes  # fmt: skip


def _line(number: int, name: str, quantity: int, total: str) -> Thing:
    tax = (Decimal(total) / 10).quantize(Decimal("0.01"))
    amounts = {"subtotal": total, "total": total, "total_tax": str(tax)}
    return {"id": number, "name": name, "sku": name.upper(), "product_id": 0, "quantity": quantity, **amounts}


def billing(phone: str = "", first_name: str = "", email: str = "", **more: str) -> Thing:
    return {"phone": phone, "first_name": first_name, "email": email, "country": "US", **more}


def account(number: int, **of: str) -> Thing:
    told = billing(**of)
    return {"id": number, "email": told["email"], "first_name": told["first_name"], "last_name": "", "billing": told}


def product(number: int, name: str, price: str, **changes: Any) -> Thing:
    return {
        "id": number,
        "name": name,
        "type": "simple",
        "status": "publish",
        "regular_price": price,
        "sku": "",
    } | changes


def _page(things: Iterable[Thing], params: Mapping[str, str | int]) -> tuple[list[Thing], int]:
    found = sorted(things, key=lambda thing: int(thing["id"]), reverse=params.get("order") == "desc")
    if "include" in params:
        wanted = {int(number) for number in str(params["include"]).split(",")}
        found = [thing for thing in found if thing["id"] in wanted]
    if since := params.get("modified_after"):
        after = datetime.fromisoformat(str(since)).replace(tzinfo=UTC)
        found = [thing for thing in found if _modified(thing) > after]
    size = int(params.get("per_page", 10))
    first = int(params.get("offset", (int(params.get("page", 1)) - 1) * size))
    return found[first : first + size], len(found)


def _modified(thing: Thing) -> datetime:
    return datetime.fromisoformat(thing.get("date_modified_gmt", PAID_AT)).replace(tzinfo=UTC)
