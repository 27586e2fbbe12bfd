"""A member's account while its row is locked: what each act writes into the ledger, and from which lots it draws.

Nothing here reads the database but the lots that it is given a way to (`Shelf`). The rules that all acts keep:
a lot holds the sum of its entries; the debt is what entries without a lot come to, with the sign turned; the balance is both
together. Lots are drawn from by their expiry, the oldest first. Whoever owes has no points left: what comes is
repaid at once, by a pair of `transfer` entries. Lots that are due expire before anything else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from pos import ids
from pos.errors import Refused
from pos.loyalty.accrual import Terms
from pos.loyalty.rules import Rules

FORGIVEN = "Forgiven: the points of a refunded order were gone already"
# Why points that somebody adds or takes come and go: the words for it stand beside the entries (pos/audit_log.py).
BY_HAND = "By hand"
ERASED = "The member was erased"


@dataclass
class Lot:
    """Points that came together; `order_id` is the order that brought them."""

    id: UUID
    remaining: int
    expires_at: datetime | None
    order_id: UUID | None = None


@dataclass(frozen=True)
class Drawn:
    """So many points that came out of a lot and have not gone back there. `lot` is None for points that were owed, and
    `is_mine` false for the lot of a member who was merged into this one."""

    lot: Lot | None
    points: int
    is_mine: bool = True


class Shelf(Protocol):
    """The way to a member's lots."""

    def oldest(self, now: datetime) -> Iterator[Lot]:
        """Those that hold points and are not due, by their expiry."""

    def brought_by(self, order_id: UUID) -> list[Lot]:
        """Those that an order brought, held or empty."""

    def redeemed(self, redemption_id: UUID) -> list[Drawn]:
        """What a redemption drew and did not give back, the last drawn first."""


@dataclass(frozen=True)
class About:
    """What an entry is about."""

    order_id: UUID | None = None
    refund_id: UUID | None = None
    reward_id: UUID | None = None
    redemption_id: UUID | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Booked:
    """What the ledger holds of one order for this member. `reversed` is what was taken back and not put back, by lot, the
    last first; `expired` what expired of its lots; `parts` how often the order accumulated, and `bonus` what a promotion brought of
    it; `version` is that of the last time, `earned_at` of the first; `terms` are those by which it brought or regained points last."""

    points: int = 0
    reversed: Sequence[Drawn] = ()
    forgiven: int = 0
    expired: int = 0
    parts: int = 0
    bonus: int = 0
    terms: Terms | None = None
    version: int | None = None
    earned_at: datetime | None = None


@dataclass(frozen=True)
class Estate:
    """What one member gives up and another takes over."""

    lots: Sequence[Lot]
    owed: int
    lifetime_points: int = 0
    level_points: int = 0


@dataclass(frozen=True)
class Handed:
    """What went over from one member to another: each lot with the one that it became and its points, what was owed, and
    which of the heir's lots repaid how much of all debts at that."""

    lots: Sequence[tuple[UUID, UUID, int]]
    owed: int = 0
    repaid: Sequence[tuple[UUID, int]] = ()


class InsufficientPoints(Refused):
    title = "Not enough points"
    advice = "This takes {needed} points; there are {balance}, so {missing} are missing."


@dataclass
class Account:
    """A member's points, and what the acts of this transaction have written so far (`entries`, `new_lots`)."""

    member_id: UUID
    balance: int
    debt: int
    lifetime_points: int
    level_points: int
    level_from: datetime
    now: datetime
    rules: Rules
    timezone: str
    shelf: Shelf
    due: list[Lot] = field(default_factory=list)
    booked: Booked = field(default_factory=Booked)
    entries: list[dict[str, Any]] = field(default_factory=list)
    new_lots: list[dict[str, Any]] = field(default_factory=list)
    touched: dict[UUID, Lot] = field(default_factory=dict)
    _act_id: UUID = field(default_factory=ids.uuid7)

    def accumulate(
        self, points: int, order_id: UUID, terms: Mapping[str, Any], version: int, earned_at: datetime
    ) -> None:
        """Points for an order, as a lot of their own."""
        self._begin()
        cause = f"accumulate:{order_id}:{self.booked.parts + 1}"
        lot = self._lot(points, self.rules.expires_at(self.now, self.timezone), order_id)
        kept = {"terms": terms, "program_version": version, "cause": cause, "earned_at": earned_at}
        self._enter("accumulate", points, lot, About(order_id), **kept)
        self._repay()

    def reverse(self, points: int, about: About, *, lots: Sequence[Lot] | None = None) -> None:
        """Takes back what an order brought: from its own lots (`lots`, if only some of them are meant), then from the oldest; the rest is
        owed, or forgiven. What has expired of it is gone already and not taken twice."""
        self._begin()
        assert about.order_id is not None
        counted = {"earned_at": self.booked.earned_at, "program_version": self.booked.version}
        own = [self._known(lot) for lot in (self.shelf.brought_by(about.order_id) if lots is None else lots)]
        missing = points - sum(lot.remaining for lot in own)
        expired = max(min(missing, self._expired_of(about.order_id)), 0)
        for lot, part in self._draw(points - expired, first=own):
            self._enter("reverse", -part, lot, about, **counted)
            if lot is None and self.rules.shortfall == "forgive":
                self._forgive(part, about)
        if expired:
            self._enter("reverse", -expired, None, about, **counted)
            self._forgive(expired, about)

    def unreverse(self, points: int, about: About, terms: Mapping[str, Any] | None = None) -> None:
        """Writes the opposite of what was reversed: back into the lots that it came from. What was owed and has been repaid
        since goes to the order's own lot; what was forgiven is not given twice. `terms` say what the points are for by now, if
        that is paid in full."""
        self._begin()
        assert about.order_id is not None
        counted = {"earned_at": self.booked.earned_at, "program_version": self.booked.version, "terms": terms}
        forgiven = self.booked.forgiven
        for drawn, part in _up_to(points, self.booked.reversed):
            again = min(part, forgiven) if drawn.lot is None else 0
            if again:
                forgiven -= again
                self._forgive(-again, about)
            for lot, back in self._back(drawn, part, about.order_id):
                self._enter("reverse", back, lot, about, **counted)
        self._repay()
        self.expire()

    def redeem(self, points: int, about: About) -> None:
        """Spends points. Raises InsufficientPoints."""
        self._require(points)
        self._begin()
        for lot, part in self._draw(points):
            self._enter("redeem", -part, lot, about)

    def give_back(self, points: int, about: About) -> None:
        """Returns redeemed points to the lots that they came from, with their own expiry: what is due by now expires."""
        self._begin()
        assert about.redemption_id is not None
        for drawn, part in _up_to(points, self.shelf.redeemed(about.redemption_id)):
            for lot, back in self._back(drawn, part, None):
                self._enter("return", back, lot, about)
        self._repay()
        self.expire()

    def take_again(self, points: int, about: About) -> None:
        """Takes what was returned by a refund that failed later; what is not there any more is owed."""
        self._begin()
        for lot, part in self._draw(points):
            self._enter("return", -part, lot, about)

    def adjust(self, points: int, reason: str, *, cause: str | None = None) -> None:
        """Points by hand, more or fewer. Raises InsufficientPoints."""
        self._begin()
        if points > 0:
            lot = self._lot(points, self.rules.expires_at(self.now, self.timezone), None)
            self._enter("adjust", points, lot, About(reason=reason), cause=cause)
            self._repay()
        else:
            self._require(-points)
            for drawn, part in self._draw(-points):
                self._enter("adjust", -part, drawn, About(reason=reason))

    def expire(self) -> None:
        """Ends the lots that are due."""
        held = [*self.due, *self.touched.values()]
        due = {lot.id: self._known(lot) for lot in held if self._is_due(lot)}
        self.due.clear()
        self._begin()
        for lot in due.values():
            if lot.remaining:
                self._enter("expire", -lot.remaining, lot, About(lot.order_id))

    def end(self) -> None:
        """Ends the account of who is nobody any more: what it holds expires, what it owes is forgiven."""
        self._begin()
        held = {lot.id: self._known(lot) for lot in self._in_order(())}
        for lot in held.values():
            if lot.remaining:
                self._enter("expire", -lot.remaining, lot, About(lot.order_id, reason=ERASED))
        if self.debt:
            self._enter("adjust", self.debt, None, About(reason=ERASED))

    def hand_over(self, counting: int = 0) -> "Estate":
        """Gives up all points and the debt, for another member to take over; `counting` are the points earned since the
        other's points count for a level."""
        self._begin()
        held = {lot.id: self._known(lot) for lot in self._in_order(())}
        lots = [replace(lot) for lot in held.values()]
        for lot in lots:
            if lot.remaining:
                self._enter("transfer", -lot.remaining, lot, About(lot.order_id))
        owed = self.debt
        if owed:
            self._enter("transfer", owed, None, About())
        estate = Estate(lots, owed, self.lifetime_points, counting)
        self.lifetime_points = self.level_points = 0
        return estate

    def take_over(self, estate: "Estate") -> Handed:
        """Takes over what another member gave up: each lot with its expiry, the debt, and what counts for the level."""
        self._begin()
        self.lifetime_points += estate.lifetime_points
        self.level_points += estate.level_points
        lots = []
        for lot in estate.lots:
            if lot.remaining:
                mine = self._lot(lot.remaining, lot.expires_at, lot.order_id)
                self._enter("transfer", lot.remaining, mine, About(lot.order_id))
                lots.append((lot.id, mine.id, lot.remaining))
        if estate.owed:
            self._enter("transfer", -estate.owed, None, About())
        return Handed(lots, estate.owed, self._repay())

    def hand_back(self, handed: Handed, lots: Mapping[UUID, Lot], since: Sequence[Lot]) -> "Estate":
        """Gives up what was taken over, as far as it is still there: `lots` as they are now, the owed, and the lots that came `since`.
        What repaid a debt at that time is owed again. Of the estate each lot that came over has the id that it had before."""
        self._begin()
        for lot_id, part in handed.repaid:
            self._enter("transfer", part, lots[lot_id], About())
            self._enter("transfer", -part, None, About())
        owed = min(handed.owed, self.debt)
        if owed:
            self._enter("transfer", owed, None, About())
        there = [(before, self._known(lots[now]), points) for before, now, points in handed.lots]
        there += [(lot.id, self._known(lot), lot.remaining) for lot in since]
        back = [replace(lot, id=before, remaining=min(lot.remaining, points)) for before, lot, points in there]
        for (_, lot, _), given in zip(there, back, strict=True):
            if given.remaining:
                self._enter("transfer", -given.remaining, lot, About(lot.order_id))
        self._repay()
        self.expire()
        return Estate(back, owed)

    def take_back(self, estate: "Estate", own: Mapping[UUID, Lot]) -> None:
        """Takes back what `hand_back` gave up: into its own lots where they are its own, else into new ones."""
        self._begin()
        for lot in estate.lots:
            if lot.remaining:
                mine = own.get(lot.id) or self._lot(lot.remaining, lot.expires_at, lot.order_id)
                self._enter("transfer", lot.remaining, mine, About(lot.order_id))
        if estate.owed:
            self._enter("transfer", -estate.owed, None, About())
        self._repay()
        self.expire()

    def _begin(self) -> None:
        self._act_id = ids.uuid7()

    def _expired_of(self, order_id: UUID) -> int:
        """What expired of an order's points, a moment ago too, and was not forgiven for that already."""
        just = sum(row["points"] for row in self.entries if row["type"] == "expire" and row["order_id"] == order_id)
        return self.booked.expired - just - self.booked.forgiven

    def _forgive(self, points: int, about: About) -> None:
        self._enter("adjust", points, None, About(about.order_id, about.refund_id, reason=FORGIVEN))

    def _require(self, points: int) -> None:
        if self.balance < points:
            raise InsufficientPoints(needed=points, balance=self.balance, missing=points - self.balance)

    def _lot(self, points: int, expires_at: datetime | None, order_id: UUID | None) -> Lot:
        lot = Lot(ids.uuid7(), 0, expires_at, order_id)
        self.touched[lot.id] = lot
        row = {"id": lot.id, "member_id": self.member_id, "points": points, "remaining": 0}
        self.new_lots.append(row | {"expires_at": expires_at, "order_id": order_id})
        return lot

    def _draw(self, points: int, first: Iterable[Lot] = ()) -> list[tuple[Lot | None, int]]:
        """From which lots so many points come; what no lot holds comes from none."""
        drawn: list[tuple[Lot | None, int]] = []
        seen: set[UUID] = set()
        for lot in self._in_order(first):
            if points == 0:
                break
            if lot.id not in seen and lot.remaining:
                seen.add(lot.id)
                drawn.append((lot, min(points, lot.remaining)))
                points -= drawn[-1][1]
        return [*drawn, (None, points)] if points else drawn

    def _in_order(self, first: Iterable[Lot]) -> Iterator[Lot]:
        """Lots to draw from: first these, then the oldest, among them those of this transaction."""
        for lot in first:
            yield self._known(lot)
        mine = sorted((lot for lot in self.touched.values() if not self._is_due(lot)), key=_by_expiry)
        for lot in self.shelf.oldest(self.now):
            while mine and _by_expiry(mine[0]) < _by_expiry(lot):
                yield mine.pop(0)
            yield self._known(lot)
        yield from mine

    def _back(self, drawn: Drawn, points: int, order_id: UUID | None) -> list[tuple[Lot | None, int]]:
        """Where points go back to that were drawn: to their lot; of what was owed, as far as it still is, to the debt."""
        if drawn.lot is None:
            repaid = min(points, self.debt)
            rest = points - repaid
            home = [(self._home(order_id, rest), rest)] if rest else []
            return [*([(None, repaid)] if repaid else []), *home]
        if drawn.is_mine:
            return [(self._known(drawn.lot), points)]
        return [(self._lot(points, drawn.lot.expires_at, drawn.lot.order_id), points)]

    def _home(self, order_id: UUID | None, points: int) -> Lot:
        """The lot that an order brought, or a new one for points whose debt was repaid by others since."""
        own = self.shelf.brought_by(order_id) if order_id else []
        return (
            self._known(own[0]) if own else self._lot(points, self.rules.expires_at(self.now, self.timezone), order_id)
        )

    def _repay(self) -> list[tuple[UUID, int]]:
        """Whoever owes repays from what there is; gives which lot repaid how much."""
        repaid = [(lot, part) for lot, part in self._draw(self.debt) if lot] if self.debt else []
        for lot, part in repaid:
            self._enter("transfer", -part, lot, About())
            self._enter("transfer", part, None, About())
        return [(lot.id, part) for lot, part in repaid]

    def _enter(self, type_: str, points: int, lot: Lot | None, about: About, **kept: Any) -> None:
        """Writes one entry, and what follows from it for the lot or the debt, the balance and the level."""
        if lot is None:
            self.debt -= points
        else:
            lot = self._known(lot)
            lot.remaining += points
        self.balance += points
        earned_at = kept.get("earned_at")
        if type_ in ("accumulate", "reverse"):
            self.lifetime_points += points
            if earned_at and earned_at >= self.level_from:
                self.level_points += points
        row: Mapping[str, Any] = {
            "id": ids.uuid7(), "member_id": self.member_id, "act_id": self._act_id, "type": type_, "points": points,
            "lot_id": lot.id if lot else None, "occurred_at": self.now, "program_version": self.rules.version,
        }  # fmt: skip
        self.entries.append(
            {**row, **vars(about), **{name: value for name, value in kept.items() if value is not None}}
        )

    def _known(self, lot: Lot) -> Lot:
        """The lot as this transaction has changed it."""
        return self.touched.setdefault(lot.id, lot)

    def _is_due(self, lot: Lot) -> bool:
        return lot.expires_at is not None and lot.expires_at <= self.now


def _up_to(points: int, drawn: Sequence[Drawn]) -> Iterator[tuple[Drawn, int]]:
    """So many points out of what was drawn, in its order."""
    for each in drawn:
        part = min(points, each.points)
        if part:
            points -= part
            yield each, part


def _by_expiry(lot: Lot) -> tuple[bool, Any, UUID]:
    """The key by which lots are drawn: without an expiry come last."""
    return lot.expires_at is None, lot.expires_at, lot.id
