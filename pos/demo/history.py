"""Three months of plausible orders for the demo store: the same ones for the same day, placed through the counter."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pos import clock, ids, money
from pos.checkout import making
from pos.checkout.cancel import cancel
from pos.checkout.place import Sale, place
from pos.db import db
from pos.demo.shop import read
from pos.http.access import Caller
from pos.kitchen import actions as kitchen
from pos.orders import actions as orders
from pos.statements import Statement

SEED = 20261121
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OFFICE_HOURS = timedelta(minutes=12)
_ON_THE_RAIL = 9
_AFFORDABLE = Statement("""
    SELECT r.id FROM members m
      JOIN customers c ON c.store_id = m.store_id AND c.id = m.customer_id AND c.phone = :phone
      JOIN rewards r ON r.store_id = m.store_id AND r.points <= m.balance AND r.product_id IS NULL
     WHERE m.store_id = :store ORDER BY r.points LIMIT 1
""")

# The money came when the order was placed, not while the demo was made.
_PAID_THEN = Statement("""
    UPDATE payments p SET created_at = o.placed_at FROM orders o
     WHERE p.store_id = :store AND o.store_id = p.store_id AND o.id = p.order_id
""")


@dataclass(frozen=True)
class Ticket:
    """One drawn order: who sells what to whom and when, and how it ends (cash, card, unpaid or canceled). `spends`: whoever
    has the points for a reward takes it."""

    caller: Caller
    sale: Sale
    ending: str
    at: datetime
    spends: bool


class Drawing:
    """Draws orders from seed/patterns.json with a seeded generator."""

    def __init__(self, registers: tuple[Caller, ...], today: date) -> None:
        self._random = random.Random(SEED)  # noqa: S311 - plausible, not secret
        self._patterns = read("patterns")
        self._registers = registers
        self._today = today
        self._people = self._draw_people()
        self._shelves = self._fill_shelves()

    def tickets(self) -> Iterator[Ticket]:
        """From the oldest day to yesterday; within a day by the hour."""
        for days_ago in range(self._patterns["days"], 0, -1):
            day = self._today - timedelta(days=days_ago)
            count = self._patterns["orders_per_day_by_weekday"][_WEEKDAYS[day.weekday()]]
            times = sorted(self._time() for _ in range(count + self._random.randint(-3, 3)))
            for at in times:
                yield self._ticket(datetime.combine(day, at))

    def _ticket(self, local: datetime) -> Ticket:
        caller = self._random.choices(self._registers, weights=[6, 2, 2][: len(self._registers)])[0]
        at = local.replace(tzinfo=ZoneInfo(caller.store.timezone))
        ending = self._weighted("payment_methods")
        items = [self._item() for _ in range(int(self._weighted("basket_sizes")))]
        subtotal = sum(price * item["quantity"] for price, item in items)
        sale = Sale(
            items=[item for _, item in items],
            placed_at=at,
            tip=money.round_half_up(subtotal * Decimal(self._weighted("tip_rates"))) if ending == "card" else 0,
            payment={"method": ending} if ending in ("cash", "card") else None,
            **self._buyer(),
        )
        return Ticket(caller, sale, ending, at, spends=self._happens(self._patterns["reward_rate"]))

    def _buyer(self) -> dict[str, Any]:
        if self._happens(self._patterns["walk_in_rate"]):
            return {"walk_in": True}
        people, weights = self._people
        place = self._random.choices(range(len(people)), weights=weights)[0]
        phone, name = people[place]
        rates = self._patterns["join_rates"]
        return {
            "phone": phone,
            "name": name,
            "join": self._happens(rates["regular" if weights[place] > 1 else "other"]),
        }

    def _happens(self, rate: str) -> bool:
        return self._random.random() < float(rate)

    def _item(self) -> tuple[int, dict[str, Any]]:
        product = self._random.choice(self._shelves[self._weighted("category_weights")])
        return product["price"], {"sku": product["sku"], "quantity": int(self._weighted("quantity_weights"))}

    def _time(self) -> time:
        return time(int(self._weighted("hour_weights")), self._random.randrange(60), self._random.randrange(60))

    def _weighted(self, name: str) -> str:
        weights = self._patterns[name]
        return self._random.choices(list(weights), weights=list(weights.values()))[0]

    def _draw_people(self) -> tuple[list[tuple[str, str]], list[int]]:
        """A name for each number of the blocks that are reserved for fiction; some come more often."""
        data, regulars = read("people"), self._patterns["regulars"]
        blocks = data["phone_blocks"]
        phones = [
            f"{block['prefix']}{number:04d}" for block in blocks for number in range(block["from"], block["to"] + 1)
        ]
        people = [(phone, self._random.choice(data["first_names"])) for phone in phones]
        frequent = set(self._random.sample(phones, int(len(phones) * float(regulars["share"]))))
        return people, [regulars["weight"] if phone in frequent else 1 for phone, _ in people]

    def _fill_shelves(self) -> dict[str, list[dict[str, Any]]]:
        shelves: dict[str, list[dict[str, Any]]] = {}
        for product in read("products"):
            shelves.setdefault(product["category"], []).append(product)
        return shelves


def write(registers: tuple[Caller, ...], today: date) -> int:
    """Places the drawn orders, in the store's open transaction; answers how many. What nobody has paid for stays open; the last of
    these hang in the kitchen."""
    count, unpaid = 0, []
    for ticket in Drawing(registers, today).tickets():
        order_id = _write_one(ticket)
        if order_id and ticket.ending == "unpaid":
            unpaid.append((order_id, ticket))
        count += 1
    for order_id, ticket in unpaid[:-_ON_THE_RAIL]:
        making.fulfill(orders.locked(order_id), "completed", ticket.at + _OFFICE_HOURS)
    for number, (order_id, _) in enumerate(unpaid[-_ON_THE_RAIL:]):
        _hang_up(order_id, how_far=number)
    db.session.flush()
    db.session.expunge_all()
    _PAID_THEN.run()
    return count


def _write_one(ticket: Ticket) -> UUID | None:
    """Places an order and serves it, unless it is still to be paid; then its id is the answer."""
    order_id = ids.uuid7()
    sale = replace(ticket.sale, rewards=_affordable(ticket.sale)) if ticket.spends else ticket.sale
    place(order_id, sale, ticket.caller, ticket.at)
    later = ticket.at + _OFFICE_HOURS
    if ticket.ending == "canceled":
        cancel(order_id, ticket.caller, later, reason="Ordered by mistake")
        return None
    order = orders.locked(order_id)
    is_left_open = order.status == "open" and order.paid_at is None
    if order.status == "open" and not is_left_open:
        orders.fulfill(order, "completed", later)
    db.session.flush()
    db.session.expunge_all()
    return order_id if is_left_open else None


def _hang_up(order_id: UUID, *, how_far: int) -> None:
    """Some are ready, some are being made, some wait."""
    now = clock.now()
    made = kitchen.made_of(order_id)
    wanted = {line.line_id: line.quantity for line in made[: 1 + how_far % 2]}
    if wanted and how_far % 3:
        making.prepare(orders.locked(order_id), wanted, "waiting", ("making", "ready")[how_far % 3 - 1], now)


def _affordable(sale: Sale) -> tuple[UUID, ...]:
    """The first reward that the buyer has the points for, if there is one."""
    row = _AFFORDABLE.first(phone=sale.phone)
    return (row[0],) if row else ()
