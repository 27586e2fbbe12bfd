"""The shop itself: its currency, its clock, its taxes, and the numbers that it gives out next."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import insert

from pos.db import db
from pos.sandbox.models import SandboxObject
from pos.sandbox.records import Cause, Object, find, keep, remember
from pos.sandbox.shop.models import SandboxShopThing

KIND, NAME = "shop", "shop"
VERSION = "9.4.2"
# Posts (products, variations, orders, refunds, coupons) share their numbers in WordPress; the rest count for themselves.
FIRST_NUMBERS = {"post": 11, "user": 2, "term": 16, "item": 1, "meta": 1}
_ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class Rate:
    """A tax by its number at the shop; a rate of 825 is 8.25 %."""

    number: int
    code: str
    label: str
    per_ten_thousand: int


STATE, CITY, REDUCED = (
    Rate(1, "US-CA-STATE TAX-1", "State Tax", 725),
    Rate(2, "US-CA-CITY TAX-2", "City Tax", 100),
    Rate(3, "US-CA-REDUCED-1", "Reduced Tax", 500),
)
_RATES: Mapping[str, tuple[Rate, ...]] = {"": (STATE, CITY), "reduced-rate": (REDUCED,), "zero-rate": ()}


@dataclass(frozen=True)
class Site:
    """What the shop's owner has set. `url` is where the shop stands."""

    url: str
    currency: str = "USD"
    timezone: str = "America/Los_Angeles"
    prices_include_tax: bool = False
    title: str = "Hops & Barley, the web shop"

    @property
    def api(self) -> str:
        return f"{self.url}/wp-json/wc/v3"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def rates(self, tax_class: str) -> tuple[Rate, ...]:
        return _RATES.get(tax_class, _RATES[""])

    def stamps(self, name: str, at: datetime | None) -> dict[str, str | None]:
        """An instant as the API shows it: in the shop's own time and in GMT, both without an offset."""
        if at is None:
            return {name: None, f"{name}_gmt": None}
        local = at.astimezone(self.zone).strftime("%Y-%m-%dT%H:%M:%S")
        return {name: local, f"{name}_gmt": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")}

    def links(self, path: str, number: int) -> dict[str, Any]:
        collection = f"{self.api}/{path}"
        return {"self": [{"href": f"{collection}/{number}"}], "collection": [{"href": collection}]}


class Shop:
    """The shop under lock at an instant, in whole seconds: whoever holds it may give out numbers and write things."""

    def __init__(self, row: SandboxObject, now: datetime) -> None:
        self.row, self.now, self.site = row, now.replace(microsecond=0), _site(row)
        self._next = dict(row.hidden["next"])
        self._rows: list[dict[str, Any]] = []

    def number(self, kind: str) -> int:
        given: int = self._next[kind]
        self._next[kind] = given + 1
        return given

    def add(
        self, kind: str, body: Object, *, at: datetime, state: str, parent: int = 0, modified: datetime | None = None
    ) -> None:
        """A new thing, written with the others by `write`."""
        self._rows.append({
            "kind": kind, "number": body["id"], "parent": parent, "state": state, "body": body,
            "made_at": at, "modified_at": modified or at,
        })  # fmt: skip
        if len(self._rows) >= _ROWS_AT_ONCE:
            self.write()

    def write(self) -> None:
        """Writes what was added, and remembers which numbers are given."""
        if self._rows:
            db.session.execute(insert(SandboxShopThing), self._rows)
        self._rows = []
        remember(self.row, next=self._next)


@contextmanager
def opened(now: datetime, **settings: Any) -> Iterator[Shop]:
    """The shop under lock, in the open transaction; `settings` change what its owner has set (fields of Site)."""
    row = find(KIND, NAME, lock=True) or keep(KIND, _new_body(), Cause(None), {"next": FIRST_NUMBERS, "webhook": None})
    if settings:
        row.body = {**row.body, **settings}
    shop = Shop(row, now)
    yield shop
    shop.write()


def seen() -> Site:
    """The shop's settings, without a lock."""
    row = find(KIND, NAME)
    return _site(row) if row else Site(url())


def url() -> str:
    return str(current_app.config["SETTINGS"].web_shop.own_url)


def keys() -> Sequence[str]:
    """The consumer key and its secret. They may read and nothing else."""
    settings = current_app.config["SETTINGS"].web_shop
    return settings.own_key, settings.own_secret


def _new_body() -> Object:
    site = Site(url())
    settings = ("currency", "timezone", "prices_include_tax", "title")
    return {"id": NAME} | {name: getattr(site, name) for name in settings}


def _site(row: SandboxObject) -> Site:
    return Site(url(), **{name: value for name, value in row.body.items() if name != "id"})
