"""Fills the shop with what a shop of two years has: the same for the same seed and instant."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pos.sandbox.records import Object
from pos.sandbox.shop import assortment, bodies, shelf, things
from pos.sandbox.shop.amounts import Coupon, Extra, Line
from pos.sandbox.shop.bodies import Basket, Course, Numbers, Person
from pos.sandbox.shop.shelf import Goods
from pos.sandbox.shop.site import Shop, opened

_YOUNG = timedelta(days=6)
_PAID = ("processing", "completed", "refunded")
Choice = TypeVar("Choice")


@dataclass(frozen=True)
class Filled:
    """The numbers of what was made."""

    categories: tuple[int, ...]
    products: tuple[int, ...]
    customers: tuple[int, ...]
    coupons: tuple[int, ...]
    orders: tuple[int, ...]


def fill(
    seed: int,
    *,
    now: datetime,
    orders: int = 200,
    customers: int = 60,
    days: int = 730,
    people: Sequence[tuple[str, str]] = (),
    **settings: Any,
) -> Filled:
    """Stocks the shop in the open transaction, and has orders placed in the days before `now`. `people` are phones in international
    form with names, who order too; `settings` are the shop's own: currency, timezone, prices_include_tax, title."""
    with opened(now, **settings) as shop:
        made = _Filling(shop, random.Random(seed), days, people)  # noqa: S311 - plausible, not secret
        categories = made.shelves()
        made.register(customers)
        made.print_coupons()
        numbers = tuple(made.order(at) for at in made.moments(orders))
        made.put_away()
    return Filled(categories, tuple(made.products), tuple(made.customers), tuple(made.coupons), numbers)


class _Filling:
    def __init__(self, shop: Shop, chance: random.Random, days: int, people: Sequence[tuple[str, str]]) -> None:
        self._shop, self._chance, self._days, self._known = shop, chance, days, list(people)
        self._site = shop.site
        self.products: dict[int, Object] = {}
        self.customers: dict[int, Object] = {}
        self.coupons: dict[int, Object] = {}
        self._variations: list[tuple[Object, int]] = []
        self._lines: list[tuple[Line, bool]] = []
        self._people: list[Person] = []
        self._opened_at = shop.now - timedelta(days=days + 30)

    # --- what is there ---------------------------------------------------------------------------------

    def shelves(self) -> tuple[int, ...]:
        """Categories, and products with their variations."""
        numbers = {key: self._shop.number("term") for key, _, _ in assortment.CATEGORIES}
        shelved = [each[2] for each in (*assortment.SIMPLE, *assortment.VARIABLE)]
        places: dict[str, Object] = {}
        for key, name, parent in assortment.CATEGORIES:
            above = numbers[parent] if parent else 0
            places[key] = shelf.category(self._site, numbers[key], name, above, shelved.count(key))
            self._shop.add(things.CATEGORY, places[key], at=self._opened_at, state="", parent=above)
        for place, (name, price, category, tax_class, stock, reduced) in enumerate(assortment.SIMPLE):
            goods = Goods(name, f"HB-{100 + place}", price, reduced, stock, tax_class=tax_class, description=f"{name}.")
            self._put(goods, places[category])
        for place, (name, price, category, options) in enumerate(assortment.VARIABLE):
            self._put_variable(Goods(name, f"HB-{200 + place}", price), places[category], options)
        return tuple(numbers.values())

    def _put(self, goods: Goods, category: Object) -> None:
        number = self._shop.number("post")
        self.products[number] = shelf.product(self._site, number, goods, [category], self._opened_at)
        line = Line(goods.name, number, 0, 1, goods.now, goods.sku, goods.tax_class)
        self._lines.append((line, goods.stock is not None))

    def _put_variable(self, goods: Goods, category: Object, options: Sequence[tuple[str, int, int | None]]) -> None:
        number = self._shop.number("post")
        variations = []
        for option, more, stock in options:
            one = replace(
                goods, sku=f"{goods.sku}-{option.upper().replace(' ', '')}", price=goods.price + more, stock=stock
            )
            variation = self._shop.number("post")
            body = shelf.variation(self._site, variation, one, self._opened_at, parent=number, option=option)
            self._variations.append((body, number))
            variations.append(variation)
            line = Line(f"{goods.name} - {option}", number, variation, 1, one.now, one.sku, one.tax_class, goods.name)
            self._lines.append((line, stock is not None))
        names = [option for option, _, _ in options]
        self.products[number] = shelf.product(
            self._site, number, goods, [category], self._opened_at, variations=variations, options=names
        )

    def register(self, count: int) -> None:
        """People with accounts; two thirds have written a phone, in whichever way."""
        for place in range(count):
            person = replace(self._person(place), number=self._shop.number("user"))
            self._people.append(person)
            at = self._opened_at + timedelta(days=self._chance.randrange(max(self._days // 2, 1)))
            self.customers[person.number] = shelf.customer(self._site, person, at)
            self.customers[person.number]["_made_at"] = at

    def _person(self, place: int) -> Person:
        first, last = self._chance.choice(assortment.FIRST_NAMES), self._chance.choice(assortment.LAST_NAMES)
        phone = ""
        if self._known and self._happens(0.5):
            phone, first = self._chance.choice(self._known)
        elif self._happens(0.66):
            phone = f"+1415555{100 + self._chance.randrange(100):04d}"
        letters = "".join(
            sign for sign in f"{first}.{last}".lower() if sign.isascii() and (sign.isalpha() or sign == ".")
        )
        return Person(0, first, last, f"{letters}.{place}@example.com", self._written(phone))

    def _written(self, phone: str) -> str:
        """A phone as people write it in a form."""
        if not phone.startswith("+1") or len(phone) != 12 or self._happens(0.3):
            return phone
        area, office, line = phone[2:5], phone[5:8], phone[8:]
        forms = (
            f"({area}) {office}-{line}",
            f"{area}-{office}-{line}",
            f"{area}{office}{line}",
            f"1 {area} {office} {line}",
        )
        return self._chance.choice(forms)

    def print_coupons(self) -> None:
        for code, kind, amount, more, _ in assortment.COUPONS:
            number = self._shop.number("post")
            self.coupons[number] = shelf.coupon(
                self._site, number, code, self._opened_at, kind=kind, amount=amount, **more
            )

    # --- what happened ---------------------------------------------------------------------------------

    def moments(self, count: int) -> list[datetime]:
        """When orders are placed, the oldest first."""
        seconds = self._days * 86_400
        return sorted(self._shop.now - timedelta(seconds=self._chance.randrange(60, seconds)) for _ in range(count))

    def order(self, at: datetime) -> int:
        """One order with all that became of it until now."""
        number, course = self._shop.number("post"), self._course(at)
        basket, counted = self._basket(number)
        numbers = Numbers(self._shop.number)
        body = bodies.order(self._site, number, basket, course, numbers)
        if course.status in _PAID:
            self._sold(body, counted, numbers)
        if course.status == "refunded" or (
            course.status == "completed" and self._happens(assortment.PARTLY_REFUNDED_SHARE)
        ):
            course = self._refund(body, course, numbers)
        if course.status == "trash":
            body["meta_data"].append(bodies.meta(numbers.meta(), "_wp_trash_meta_status", "cancelled"))
        self._shop.add(things.ORDER, body, at=at, state=course.status, modified=course.changed_at)
        return number

    def _course(self, at: datetime) -> Course:
        is_young = self._shop.now - at < _YOUNG
        status = self._weighted(assortment.YOUNG_STATUSES if is_young else assortment.STATUSES)
        paid_at = (
            min(at + timedelta(seconds=self._chance.randrange(5, 900)), self._shop.now) if status in _PAID else None
        )
        done_at = None
        if status in ("completed", "refunded") and paid_at:
            done_at = min(paid_at + timedelta(minutes=self._chance.randrange(30, 4000)), self._shop.now)
        changed_at = done_at or paid_at or min(at + timedelta(minutes=self._chance.randrange(1, 90)), self._shop.now)
        return Course(status, at, changed_at, paid_at, done_at)

    def _basket(self, number: int) -> tuple[Basket, list[bool]]:
        chosen = self._chance.sample(self._lines, self._weighted(assortment.LINE_COUNTS))
        lines = [replace(line, quantity=self._weighted(assortment.QUANTITIES)) for line, _ in chosen]
        coupons = self._coupons()
        name, cost = self._weighted(assortment.SHIPPING)
        basket = Basket(
            self._buyer(number), lines, coupons, Extra(name, cost), self._fees(is_plain=not coupons),
            self._weighted(assortment.METHODS), self._chance.choice(assortment.NOTES),
        )  # fmt: skip
        return basket, [counted for _, counted in chosen]

    def _buyer(self, number: int) -> Person:
        if not self._people or self._happens(assortment.GUEST_SHARE):
            return self._person(number)
        return self._chance.choice(self._people)

    def _coupons(self) -> list[Coupon]:
        if not self._happens(assortment.COUPON_SHARE):
            return []
        place = self._chance.choices(range(len(assortment.COUPONS)), [each[4] for each in assortment.COUPONS])[0]
        code, kind, amount, *_ = assortment.COUPONS[place]
        body = list(self.coupons.values())[place]
        body["usage_count"] += 1
        return [Coupon(code, kind, amount)]

    def _fees(self, *, is_plain: bool) -> list[Extra]:
        """With a coupon nothing more comes off, or there would be less than nothing to pay."""
        if not self._happens(assortment.FEE_SHARE):
            return []
        name, amount, is_taxable = self._chance.choice([fee for fee in assortment.FEES if is_plain or fee[1] > 0])
        return [Extra(name, amount, is_taxable)]

    def _sold(self, body: Object, counted: Sequence[bool], numbers: Numbers) -> None:
        """A paid order has taken what is counted off the shelf."""
        for line, is_counted in zip(body["line_items"], counted, strict=True):
            self.products[line["product_id"]]["total_sales"] += line["quantity"]
            if is_counted:
                line["meta_data"].append(bodies.meta(numbers.meta(), "_reduced_stock", str(line["quantity"])))
        if body["customer_id"]:
            self.customers[body["customer_id"]]["is_paying_customer"] = True

    def _refund(self, body: Object, course: Course, numbers: Numbers) -> Course:
        """All of it at once, or pieces of it, sometimes a second time."""
        total, at = bodies.cents(body["total"]), course.changed_at
        if course.status == "refunded":
            parts = [(total, [_all_of(line) for line in body["line_items"]])]
        else:
            parts = [
                self._part(line, total)
                for line in body["line_items"][: 2 if self._happens(assortment.TWICE_SHARE) else 1]
            ]
        for amount, backs in parts:
            if amount:
                at = min(at + timedelta(minutes=self._chance.randrange(60, 9000)), self._shop.now)
                self._give_back(body, amount, backs, at, numbers)
        body |= bodies.stand(self._site, replace(course, changed_at=at))
        return replace(course, changed_at=at)

    def _part(self, line: Object, total: int) -> tuple[int, list[bodies.Back]]:
        """One piece of a line, or an amount without lines."""
        if self._happens(0.35) or line["quantity"] == 1:
            return min(total, 250), []
        one = _piece_of(line)
        return one.total + sum(one.taxes.values()), [one]

    def _give_back(
        self, body: Object, amount: int, backs: Sequence[bodies.Back], at: datetime, numbers: Numbers
    ) -> None:
        number = self._shop.number("post")
        reason = self._chance.choice(assortment.REASONS)
        refund = bodies.refund(self._site, number, body["id"], bodies.Given(amount, backs, at, reason), numbers)
        body["refunds"].insert(0, bodies.refund_summary(refund))
        self._shop.add(things.REFUND, refund, at=at, state="completed", parent=body["id"])

    def put_away(self) -> None:
        """What orders have counted up is written last."""
        for body in self.products.values():
            self._shop.add(things.PRODUCT, body, at=self._opened_at, state=body["status"])
        for body, parent in self._variations:
            self._shop.add(things.VARIATION, body, at=self._opened_at, state=body["status"], parent=parent)
        for body in self.customers.values():
            self._shop.add(things.CUSTOMER, body, at=body.pop("_made_at"), state=body["role"])
        for body in self.coupons.values():
            self._shop.add(things.COUPON, body, at=self._opened_at, state=body["status"])

    def _happens(self, share: float) -> bool:
        return self._chance.random() < share

    def _weighted(self, weights: Mapping[Choice, float]) -> Choice:
        return self._chance.choices(list(weights), list(weights.values()))[0]


def _all_of(line: Object) -> bodies.Back:
    taxes = {each["id"]: bodies.cents(each["total"]) for each in line["taxes"]}
    return bodies.Back(line, line["quantity"], bodies.cents(line["total"]), taxes)


def _piece_of(line: Object) -> bodies.Back:
    whole = _all_of(line)
    taxes = {number: tax // line["quantity"] for number, tax in whole.taxes.items()}
    return bodies.Back(line, 1, whole.total // line["quantity"], taxes)
