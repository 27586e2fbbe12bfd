"""What a run reads, resource by resource: where it is asked for, and how its records come into the books.

Each resource is a class with the same few methods, so that the run (flows.py) needs to know none of them.
"""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import structlog

from pos.care.rows import open_books
from pos.db import find
from pos.money import digits_of
from pos.stores.models import Location
from pos.stores.queries import find_store, tax_classes_everywhere
from pos.woocommerce import kept, people, reading, shelves
from pos.woocommerce import orders as till_of
from pos.woocommerce.asking import Param, Shop, number_of
from pos.woocommerce.found import Found
from pos.woocommerce.gateway import NotThere
from pos.woocommerce.models import WebShop
from pos.woocommerce.records import LeftOut, WebRefund
from pos.woocommerce.shelves import Shelf
from pos.woocommerce.taxes import Taxes
from pos.woocommerce.till import Till

# What reading raises of a value that nobody thought of; one record must not stop all others for it.
ODD = (ArithmeticError, TypeError, ValueError, LookupError, AttributeError)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_BY_NUMBER: dict[str, Param] = {"orderby": "id", "order": "asc"}
Told = TypeVar("Told")
log = structlog.get_logger()


@dataclass(frozen=True)
class House:
    """What is the same for a whole run."""

    store_id: UUID
    currency: str
    country: str
    location_id: UUID
    product_kind: str
    taxes: Taxes
    is_repairing: bool

    @property
    def digits(self) -> int:
        return digits_of(self.currency)


def house(store_id: UUID, shop: WebShop, *, is_repairing: bool) -> House:
    """Of the open transaction's store."""
    store, everywhere = find_store(store_id), tax_classes_everywhere()
    rates = {
        rate.tax_class: rate.rate for rate in find(Location, shop.location_id).rates if rate.tax_class in everywhere
    }
    taxes = Taxes(rates, store.prices_include_tax, shop.prices_include_tax)
    return House(store_id, store.currency, store.country, shop.location_id, shop.product_kind, taxes, is_repairing)


@dataclass
class Batch:
    """Records of one kind on their way. `gone` are numbers that the shop ought to have listed and does not have; `extra` is what had
    to be asked for beside them, but for what is `known`."""

    raw: list[Any]
    gone: list[int] = field(default_factory=list)
    known: set[int] = field(default_factory=set)
    # Up to this number they were read before.
    after: int = 0
    # Before the shop was asked; None if that does not matter.
    asked_at: datetime | None = None
    extra: dict[int, Any] = field(default_factory=dict)


class Resource(ABC):
    """One kind of thing in the shop."""

    name: str
    path: str
    params: dict[str, Param] = _BY_NUMBER
    # Whether the shop can be asked for what has changed since an instant.
    tells_changes = True

    def __init__(self, house: House) -> None:
        self.house = house

    def between(self, after: int, upto: int | None, since: datetime) -> list[int]:
        """What is in the books of numbers above the one and up to the other."""
        return []

    def look(self, batch: Batch) -> None:  # noqa: B027 - most need no look
        """Sees what of it is known already, in a transaction of its own."""

    def more(self, shop: Shop, batch: Batch) -> None:  # noqa: B027 - most need no more
        """Asks for what belongs to the records and is told elsewhere."""

    @abstractmethod
    def take(self, batch: Batch, now: datetime) -> Found:
        """Has the books say what the shop says, in the open transaction."""

    def _read(self, found: Found, batch: Batch, read: Callable[[Any], Told | None]) -> list[Told]:
        """The records that can be read; the others are left out, with the reason."""
        read_well = []
        for raw in batch.raw:
            number = number_of(raw)
            found.seen.append(number)
            try:
                told = read(raw)
            except LeftOut as why:
                found.leave_out(number, why)
                continue
            except ODD as bug:
                log.warning("web_record_odd", resource=self.name, wc_id=number, cause=type(bug).__name__)
                found.leave_out(number, LeftOut("odd_record"))
                continue
            if told is not None:
                read_well.append(told)
        return read_well

    def _shelf(self, found: Found) -> Shelf:
        house = self.house
        return Shelf(found, house.product_kind, house.taxes, house.digits, house.is_repairing)


class Categories(Resource):
    """Told whole in one batch: where each lies is known from all of them."""

    name, path, tells_changes = "categories", "products/categories", False

    def take(self, batch: Batch, now: datetime) -> Found:
        found = Found(self.name)
        shelves.take_categories(self._read(found, batch, reading.category), self._shelf(found))
        return found


class Products(Resource):
    """Products as they are sold: of one that has variations, these."""

    name, path = "products", "products"

    def between(self, after: int, upto: int | None, since: datetime) -> list[int]:
        return shelves.products_between(after, upto)

    def more(self, shop: Shop, batch: Batch) -> None:
        for raw in batch.raw:
            number = number_of(raw)
            if number and isinstance(raw, dict) and raw.get("type") in reading.VARIABLE:
                batch.extra[number] = _variations(shop, number)

    def take(self, batch: Batch, now: datetime) -> Found:
        found = Found(self.name)
        variable = [raw for raw in batch.raw if number_of(raw) in batch.extra]
        simple = Batch([raw for raw in batch.raw if number_of(raw) not in batch.extra])
        told = self._read(found, simple, reading.product)
        for parent in variable:
            found.seen.append(number_of(parent))
            variations = Batch(batch.extra[number_of(parent)])
            told += self._read(found, variations, partial(reading.product, parent=parent))
        shelf = self._shelf(found)
        shelves.take_products(told, shelf)
        listed = [number_of(raw) for raw in batch.raw]
        parted = shelves.variations_beside(listed, [each.wc_id for each in told])
        shelves.withdraw_products([*batch.gone, *parted], shelf)
        # What was sold as it is, and is sold in variations or not at all since.
        others = [number for number, reason in found.problems if reason == "type_not_sold_here"]
        shelves.withdraw_products([*map(number_of, variable), *others], shelf, with_variations=False)
        return found


def _variations(shop: Shop, number: int) -> list[Any]:
    """None of a product that went in this moment."""
    try:
        return [row for page in shop.pages(f"products/{number}/variations", _BY_NUMBER) for row in page.rows]
    except NotThere:
        return []


class Coupons(Resource):
    """Codes."""

    name, path = "coupons", "coupons"

    def between(self, after: int, upto: int | None, since: datetime) -> list[int]:
        return shelves.coupons_between(after, upto)

    def take(self, batch: Batch, now: datetime) -> Found:
        found = Found(self.name)
        shelf = self._shelf(found)
        shelves.take_coupons(self._read(found, batch, reading.coupon), shelf)
        shelves.withdraw_coupons(batch.gone, shelf)
        return found


class Customers(Resource):
    """Accounts of customers; who works in the shop comes with an order of theirs, if at all. The shop does not tell which have changed, so
    between full runs only new ones are asked for."""

    name, path, tells_changes = "customers", "customers", False

    def take(self, batch: Batch, now: datetime) -> Found:
        found = Found(self.name)
        told = self._read(found, batch, reading.customer)
        if self.house.is_repairing:
            open_books()
            arrived = people.take(told, self.house.country, are_accounts=True)
            found.people_changed = arrived.changed
            for each, remarks in zip(told, arrived.remarks, strict=True):
                for remark in remarks:
                    found.remark(each.account, remark)
        return found


class Orders(Resource):
    """Orders with their refunds, whose goods are told apart from them."""

    name, path = "orders", "orders"

    def between(self, after: int, upto: int | None, since: datetime) -> list[int]:
        return kept.orders_between(after, upto, since)

    def look(self, batch: Batch) -> None:
        batch.known = set(kept.refunds({number for numbers in _refunds(batch).values() for number in numbers}))

    def more(self, shop: Shop, batch: Batch) -> None:
        for order, numbers in _refunds(batch).items():
            if batch.known.issuperset(numbers):
                continue
            try:
                told = shop.rows(f"orders/{order}/refunds", per_page=100).body
            except NotThere:
                # The order went in this moment; the next run finds that out.
                continue
            batch.extra |= {each.wc_id: each for each in _told(told)}

    def take(self, batch: Batch, now: datetime) -> Found:
        found = Found(self.name)
        told = self._read(found, batch, reading.order)
        open_books()
        till = self._till(found, batch, now)
        till_of.take(told, till, after=batch.after)
        till_of.give_up(batch.gone, till)
        return found

    def _till(self, found: Found, batch: Batch, now: datetime) -> Till:
        house = self.house
        return Till(
            found,
            house.location_id,
            house.currency,
            house.digits,
            house.country,
            house.product_kind,
            now,
            batch.extra,
            house.is_repairing,
            batch.asked_at,
        )


def _refunds(batch: Batch) -> dict[int, list[int]]:
    """By order, the refunds that its record names."""
    named: dict[int, list[int]] = {}
    for raw in batch.raw:
        listed = raw.get("refunds") if isinstance(raw, dict) else None
        numbers = [number_of(each) for each in listed] if isinstance(listed, list) else []
        if number_of(raw) and any(numbers):
            named[number_of(raw)] = [number for number in numbers if number]
    return named


def _told(raw: list[Any]) -> Iterator[WebRefund]:
    """Refunds that can be read; of another one the amount in its order is what counts."""
    for each in raw:
        with contextlib.suppress(LeftOut, *ODD):
            yield reading.refund(each)


RESOURCES: dict[str, type[Resource]] = {each.name: each for each in (Categories, Products, Coupons, Customers, Orders)}
