"""Points as they would be: an account in memory, to which orders bring points by the code of the counter. Nothing is written."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from pos.checkout import points
from pos.checkout.points import AS_KEPT
from pos.checkout.remaining import Sold
from pos.loyalty.accounts import Holder, Ledger
from pos.loyalty.ledger import About, Account, Drawn, InsufficientPoints, Lot
from pos.loyalty.rules import Rules


@dataclass
class Place:
    """What is asked of a store once, however many orders are looked at."""

    timezone: str
    _shelves: dict[UUID, Sequence[UUID]] = field(default_factory=dict)
    _timezones: dict[UUID, str] = field(default_factory=dict)

    def shelves(self, product_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[UUID]]:
        """The categories in which each of these products lies."""
        new = [product_id for product_id in product_ids if product_id not in self._shelves]
        if new:
            found = AS_KEPT.shelves(new)
            self._shelves.update({product_id: found.get(product_id, ()) for product_id in new})
        return {product_id: self._shelves[product_id] for product_id in product_ids}

    def timezone_of(self, location_id: UUID) -> str:
        """That of a location."""
        if location_id not in self._timezones:
            self._timezones[location_id] = AS_KEPT.timezone(location_id)
        return self._timezones[location_id]


class Imagined:
    """The points of one customer under some rules. Time goes forward only; `totals` says what came and went, by the types of
    the ledger's entries."""

    def __init__(self, customer_id: UUID, rules: Rules, place: Place, now: datetime) -> None:
        self.totals: Counter[str] = Counter()
        self._place = place
        self._bonuses: Counter[tuple[str, str]] = Counter()
        self._counted: list[tuple[datetime, int]] = []
        self._account = Account(
            member_id=customer_id,
            balance=0,
            debt=0,
            lifetime_points=0,
            level_points=0,
            level_from=rules.level_from(now, place.timezone),
            now=now,
            rules=rules,
            timezone=place.timezone,
            shelf=_NoShelf(),
        )
        self._ledger = Ledger(Holder(customer_id, customer_id, "", None), self._account, (0, 0, 0, 0))

    @property
    def balance(self) -> int:
        return self._account.balance

    def begin_with(self, lots: Sequence[Lot], owed: int, counted: Sequence[tuple[datetime, int]]) -> None:
        """What was there before: lots, the debt, and the points that count for the level with the instants of earning them."""
        account = self._account
        account.touched.update({lot.id: lot for lot in lots})
        account.debt = owed
        account.balance = sum(lot.remaining for lot in lots) - owed
        self._counted.extend(counted)
        self._count_level()

    def go_to(self, now: datetime) -> None:
        """What the time brings until then: lots expire, old points stop counting for the level."""
        account = self._account
        account.now = now
        since = account.rules.level_from(now, self._place.timezone)
        if since != account.level_from:
            account.level_from = since
            self._count_level()
        account.expire()
        account.touched = {lot.id: lot for lot in account.touched.values() if lot.remaining}
        self._note()

    def buy(self, sold: Sold, joined_at: datetime | None = None) -> None:
        """What an order brings that is paid by now, as it is after refunds; of one from before joining only within the days that
        the programme says."""
        days = timedelta(days=self._account.rules.joining_days)
        is_early = joined_at is not None and sold.paid_at is not None and sold.paid_at < joined_at
        if joined_at is None or not is_early or sold.placed_at >= joined_at - days:
            points.grant(self._ledger, sold, self._account.now, self)
            self._note()

    def redeem(self, points: int) -> None:
        """Spends points, if there are so many; else it is counted as `missed`."""
        try:
            self._account.redeem(points, About())
        except InsufficientPoints:
            self.totals["missed"] += points
        self._note()

    def adjust(self, points: int) -> None:
        """Points by hand; no more are taken than there are."""
        moved = max(points, -max(self.balance, 0))
        if moved:
            self._account.adjust(moved, "by hand")
        self._note()

    def greet(self, points: int) -> None:
        """Points for a birthday."""
        self._account.adjust(points, "birthday")
        self.totals["birthday"] += points
        self._note()

    def shelves(self, product_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[UUID]]:
        return self._place.shelves(product_ids)

    def timezone(self, location_id: UUID) -> str:
        return self._place.timezone_of(location_id)

    def brought(self, member_id: UUID | None, promotion: str, day: date, timezone: str) -> int:
        return self._bonuses[promotion, day.isoformat()]

    def _note(self) -> None:
        """Counts what was entered, and forgets it."""
        for entry in self._account.entries:
            self.totals[entry["type"]] += entry["points"]
            if entry["type"] == "accumulate":
                terms = entry["terms"]
                self._counted.append((entry["earned_at"], entry["points"]))
                self._bonuses[terms["promotion"], terms["promotion_on"]] += terms["bonus"]
        self._account.entries.clear()
        self._account.new_lots.clear()

    def _count_level(self) -> None:
        since = self._account.level_from
        self._counted = [each for each in self._counted if each[0] >= since]
        self._account.level_points = sum(points for _, points in self._counted)


class _NoShelf:
    """All lots of an imagined account are those that it holds in its hands."""

    def oldest(self, now: datetime) -> Iterator[Lot]:
        yield from ()

    def brought_by(self, order_id: UUID) -> list[Lot]:
        return []

    def redeemed(self, redemption_id: UUID) -> list[Drawn]:
        return []
