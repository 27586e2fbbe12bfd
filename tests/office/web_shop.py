"""A store whose web shop is the stand-in, which is asked within the process: what the office shows of it is real, and nothing is listening."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import orjson
from flask import Flask

from pos import clock
from pos.db import find, transaction
from pos.sandbox.shop import api, goods, site
from pos.woocommerce import actions, flows
from pos.woocommerce.asking import Pace
from pos.woocommerce.gateway import Access, Answer, Declined, NotThere, WebShopFailure
from pos.woocommerce.models import SyncLog
from tests.client import Shop
from tests.sandbox.shopping import basic

QUICK = Pace(tries=1, first_pause=0.0, longest_pause=0.0)


class InProcess:
    """Stands where the gateway stands. `failure`, once set, is what comes of every call; `changed` has a record of a path told otherwise."""

    def __init__(self) -> None:
        self.failure: WebShopFailure | None = None
        self.changed: dict[tuple[str, int], dict[str, Any]] = {}

    def require_address(self, url: str) -> None: ...

    def get(self, access: Access, path: str, params: Mapping[str, str | int] | None = None) -> Answer:
        if self.failure:
            raise self.failure
        authorization = basic(access.key, access.secret)["Authorization"]
        with transaction(None):
            told = api.answer("GET", f"/wp-json/wc/v3/{path}", urlencode(params or {}), authorization)
        body = orjson.loads(told.body)
        if told.status != 200:
            raise (NotThere if told.status == 404 else Declined)(body["code"], told.status)
        for row in body if isinstance(body, list) else [body]:
            row.update(self.changed.get((path, row.get("id", 0)), {}))
        total = told.headers.get("X-WP-Total")
        return Answer(_exact(body), int(total) if total else None, None, clock.now())


def _exact(value: Any) -> Any:
    """Numbers with a point as the gateway reads them."""
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, list):
        return [_exact(each) for each in value]
    return {name: _exact(each) for name, each in value.items()} if isinstance(value, dict) else value


@dataclass
class WebShopOf:
    """The stand-in of a store that is connected to it."""

    shop: Shop
    gateway: InProcess

    @property
    def store_id(self) -> UUID:
        return UUID(self.shop.store_id)

    def fill(self, orders: int = 12, customers: int = 4) -> None:
        with transaction(None):
            goods.fill(3, now=clock.now(), orders=orders, customers=customers, days=20)

    def connect(self) -> Any:
        key, secret = site.keys()
        body = {"url": site.url(), "consumer_key": key, "consumer_secret": secret}
        answered = self.shop.request("PUT", "/sync/woocommerce", as_="owner", json=body)
        assert answered.status_code == 200, answered.text
        return answered.json

    def begin(self, sync_type: str = "full", *, repair: bool = True) -> UUID:
        with transaction(self.store_id, actor="test"):
            return actions.begin(sync_type, clock.now(), is_repairing=repair).id

    def sync(self, sync_type: str = "full", *, repair: bool = True) -> SyncLog:
        """A run from beginning to end, whatever comes of it."""
        log_id = self.begin(sync_type, repair=repair)
        flows.run(self.store_id, log_id, pace=QUICK)
        with transaction(self.store_id):
            return find(SyncLog, log_id)


@contextmanager
def standing_in(app: Flask, shop: Shop) -> Iterator[WebShopOf]:
    """The stand-in answers for the gateway until the end of the block."""
    kept = app.extensions["woocommerce"]
    made = InProcess()
    app.extensions["woocommerce"] = made
    try:
        yield WebShopOf(shop, made)
    finally:
        app.extensions["woocommerce"] = kept
