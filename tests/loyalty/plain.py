"""The points of a shop's members as they ought to be: plain lists and dictionaries, reckoned without anything of pos.loyalty.

It is told what happened, in the order in which it did; what orders cost and what of their money went back are facts that it
is given. The state machine compares it with the ledger after every step.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Los_Angeles")
NEVER = datetime.max.replace(tzinfo=UTC)
Key = str


@dataclass
class Line:
    """A line that counts. `rewards` is what each redemption took off it."""

    key: Key
    product: Key
    pieces: int
    gross: int
    net: int
    back_amount: int
    back_pieces: int
    rewards: Mapping[Key, int] = field(default_factory=dict)


@dataclass
class Order:
    """An order's money and goods as the books have them now."""

    key: Key
    member: Key | None
    is_canceled: bool
    total: int
    paid: int
    refunded: int
    placed_at: datetime
    paid_at: datetime | None
    lines: Sequence[Line]
    rewards: frozenset[Key] = frozenset()

    @property
    def is_paid(self) -> bool:
        return not self.is_canceled and self.paid - self.refunded >= self.total


@dataclass
class Lot:
    no: int
    who: Key
    left: int
    ends: datetime | None
    order: Key | None
    expired: int = 0

    @property
    def turn(self) -> tuple[datetime, int]:
        return self.ends or NEVER, self.no


@dataclass
class Taken:
    """Points that were drawn and not put back; without a lot they were owed, and some of those may be forgiven."""

    who: Key
    lot: Lot | None
    points: int
    forgiven: int = 0


@dataclass
class Terms:
    """What an order's points are reckoned by."""

    rules: Mapping[str, Any]
    factor: Fraction
    promotion: tuple[str, Any] | None
    more: Fraction
    most: int | None


@dataclass
class Gain:
    """One time that an order brought points."""

    who: Key
    terms: Terms
    at: datetime
    bonus: int


@dataclass
class Book:
    """What an order brought and lost so far, by member."""

    points: dict[Key, int] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    gains: list[Gain] = field(default_factory=list)


@dataclass
class Spent:
    """A redemption; as a code it has no order until one uses it."""

    key: Key
    who: Key
    points: int
    order: Key | None
    ends: datetime | None = None
    back: int = 0
    taken: list[Taken] = field(default_factory=list)


class Plain:
    def __init__(self, rules: Mapping[str, Any], now: datetime) -> None:
        self.rules, self.now = rules, now
        self.lots: list[Lot] = []
        self.owed: dict[Key, int] = {}
        self.heirs: dict[Key, Key] = {}
        self.counts_from: dict[Key, datetime] = {}
        self.earned: list[tuple[Key, datetime, int]] = []
        self.books: dict[Key, Book] = {}
        self.spent: dict[Key, Spent] = {}

    # --- what is asked

    def heir(self, who: Key) -> Key:
        return self.heir(self.heirs[who]) if who in self.heirs else who

    def by_expiry(self, who: Key) -> dict[datetime | None, int]:
        held: dict[datetime | None, int] = {}
        for lot in self.live(who):
            held[lot.ends] = held.get(lot.ends, 0) + lot.left
        return held

    def balance(self, who: Key) -> int:
        return sum(lot.left for lot in self.live(who)) - self.owed[who]

    def level_points(self, who: Key) -> int:
        return sum(points for at, points in self.counted(who) if at >= self.counts_from[who])

    def counted(self, who: Key) -> list[tuple[datetime, int]]:
        return [(at, points) for one, at, points in self.earned if self.heir(one) == who]

    def live(self, who: Key) -> list[Lot]:
        return sorted((lot for lot in self.lots if lot.who == who and lot.left), key=lambda lot: lot.turn)

    # --- what happens

    def join(self, who: Key) -> None:
        self.owed[who] = 0
        self.counts_from[who] = self.year_ago()

    def pass_time(self, now: datetime) -> None:
        self.now = now
        self.end_what_is_due()

    def sweep(self) -> None:
        """What the hourly job does besides what is due anyway."""
        for spent in self.spent.values():
            if spent.order is None and spent.ends and spent.ends <= self.now and spent.back < spent.points:
                self.give_back(spent, spent.points - spent.back)
        for who in self.counts_from:
            self.counts_from[who] = self.year_ago()

    def adjust(self, who: Key, points: int) -> None:
        if points > 0:
            self.bring(who, points, None)
        else:
            assert self.balance(who) >= -points
            self.draw(who, -points)

    def redeem(self, key: Key, who: Key, points: int, order: Key | None) -> None:
        assert self.balance(who) >= points
        self.spent[key] = Spent(key, who, points, order, None if order else self.now + timedelta(days=30))
        self.spent[key].taken = self.draw(who, points)

    def merge(self, who: Key, heir: Key) -> None:
        self.heirs[who] = heir
        for lot in self.live(who):
            self.lots.append(Lot(len(self.lots), heir, lot.left, lot.ends, lot.order))
            lot.left = 0
        self.owed[heir] += self.owed[who]
        self.owed[who] = 0
        self.repay(heir)

    def grant(self, order: Order) -> None:
        """To who has just joined, for what is left of an order that was paid in full."""
        who = self.heir(str(order.member))
        terms = self.terms_of(order, who, [])
        base, bonus = brings(order, terms)
        if base + bonus:
            at = order.paid_at or self.now
            self.books.setdefault(order.key, Book()).gains.append(Gain(who, terms, at, bonus))
            self.count(order.key, who, base + bonus, at)
            self.bring(who, base + bonus, order.key)

    def leave(self, order: Key, member: Key | None) -> None:
        """Before an order becomes somebody else's."""
        who = self.heir(member) if member else None
        brought = self.brought(order, who) if who and order in self.books else 0
        if who and brought > 0:
            self.reverse(order, who, brought)

    def follow(self, order: Order, *, may_lose: bool = False) -> None:
        """After anything about an order changed; `may_lose` says that it was a refund."""
        if order.member is None:
            return
        who = self.heir(order.member)
        self.return_rewards(order, may_lose=may_lose or order.is_canceled)
        book = self.books.setdefault(order.key, Book())
        gains = [gain for gain in book.gains if self.heir(gain.who) == who]
        if not book.gains and not order.is_paid:
            return
        terms = self.terms_of(order, who, gains)
        base, bonus = (0, 0) if order.is_canceled else brings(order, terms)
        more = base + bonus - self.brought(order.key, who)
        back = min(more, sum(each.points for each in self.taken_of(order.key, who)))
        if back > 0:
            self.unreverse(order.key, who, back)
        if more > max(back, 0) and order.is_paid:
            at = gains[0].at if gains else order.paid_at or self.now
            self.count(order.key, who, more - max(back, 0), at)
            book.gains.append(Gain(who, terms, at, max(bonus - sum(gain.bonus for gain in gains), 0)))
            self.bring(who, more - max(back, 0), order.key)
        if more < 0 and (may_lose or order.is_canceled):
            self.reverse(order.key, who, -more)

    # --- how

    def terms_of(self, order: Order, who: Key, gains: Sequence[Gain]) -> Terms:
        if gains and not order.is_paid:
            return gains[-1].terms
        last = gains[-1].terms if gains else None
        rules = last.rules if last else self.rules
        factor = last.factor if last else self.factor(who)
        promotion = last.promotion if last else promotion_at(rules, order.placed_at.astimezone(ZONE))
        if promotion is None:
            return Terms(rules, factor, None, Fraction(1), None)
        of = rules["promotions"][0]
        brought = sum(
            gain.bonus
            for key, book in self.books.items()
            for gain in book.gains
            if gain.who == who and gain.terms.promotion == promotion and key != order.key
        )
        mine = sum(gain.bonus for gain in gains)
        most = None if of["limit_per_day"] is None else mine + max(of["limit_per_day"] - brought - mine, 0)
        return Terms(rules, factor, promotion, Fraction(of["multiplier"]), most)

    def factor(self, who: Key) -> Fraction:
        reached = [level for level in self.rules["levels"] if level["points"] <= self.level_points(who)]
        return Fraction((reached or self.rules["levels"])[-1 if reached else 0]["multiplier"])

    def brought(self, order: Key, who: Key) -> int:
        return sum(points for one, points in self.books[order].points.items() if self.heir(one) == who)

    def taken_of(self, order: Key, who: Key) -> list[Taken]:
        return [each for each in self.books[order].taken if self.heir(each.who) == who and each.points]

    def count(self, order: Key, who: Key, points: int, at: datetime) -> None:
        mine = self.books[order].points
        mine[who] = mine.get(who, 0) + points
        self.earned.append((who, at, points))

    def reverse(self, order: Key, who: Key, points: int) -> None:
        book = self.books[order]
        at = next(gain.at for gain in book.gains if self.heir(gain.who) == who)
        self.count(order, who, -points, at)
        own = sorted((lot for lot in self.live(who) if lot.order == order), key=lambda lot: lot.no)
        expired = self.expired_of(order, who, points - sum(lot.left for lot in own))
        drawn = self.draw(who, points - expired, own)
        for taken in drawn:
            if taken.lot is None and self.rules["shortfall"] == "forgive":
                self.owed[who] -= taken.points
                taken.forgiven = taken.points
        for taken in [*drawn, *([Taken(who, None, expired, expired)] if expired else [])]:
            same = next((each for each in book.taken if each.lot is taken.lot and self.heir(each.who) == who), None)
            if same:
                same.points, same.forgiven = same.points + taken.points, same.forgiven + taken.forgiven
            else:
                book.taken.append(taken)

    def expired_of(self, order: Key, who: Key, most: int) -> int:
        """What expired of an order's points is not taken a second time."""
        gone = sum(lot.expired for lot in self.lots if lot.order == order and self.heir(lot.who) == who)
        return max(min(most, gone - sum(each.forgiven for each in self.taken_of(order, who))), 0)

    def unreverse(self, order: Key, who: Key, points: int) -> None:
        at = next(gain.at for gain in self.books[order].gains if self.heir(gain.who) == who)
        self.count(order, who, points, at)
        own = next((lot for lot in self.lots if lot.order == order and lot.who == who), None)
        self.put_back(self.taken_of(order, who)[::-1], who, points, lambda: own or self.fresh(who, order))

    def return_rewards(self, order: Order, *, may_lose: bool) -> None:
        """What went back of a reward that is in the order, or all of one that is not any more."""
        shares = reward_shares(order)
        for key, spent in sorted(self.spent.items()):
            if spent.order == order.key:
                is_paid_back = 0 < order.paid <= order.refunded
                kept = Fraction(1) if is_paid_back else Fraction(spent.back, spent.points)
                share = shares.get(key, kept) if key in order.rewards and not order.is_canceled else Fraction(1)
                more = int(spent.points * share) - spent.back
                if more > 0 and (may_lose or key not in order.rewards):
                    self.give_back(spent, more)
                elif more < 0 and (may_lose or order.is_paid):
                    spent.back += more
                    spent.taken += self.draw(self.heir(spent.who), -more)

    def give_back(self, spent: Spent, points: int) -> None:
        """The latest expiry first, and before all what was owed."""
        spent.back += points
        who = self.heir(spent.who)
        latest = sorted(
            spent.taken, key=lambda each: each.lot.turn if each.lot else (NEVER, len(self.lots)), reverse=True
        )
        self.put_back(latest, who, points, lambda: self.fresh(who, None))

    def put_back(self, drawn: Sequence[Taken], who: Key, points: int, home: Callable[[], Lot]) -> None:
        for taken in drawn:
            part = min(points, taken.points)
            points -= part
            taken.points -= part
            if taken.lot is None and part:
                again = min(part, taken.forgiven)
                taken.forgiven -= again
                self.owed[who] += again
                repaid = min(part, self.owed[who])
                self.owed[who] -= repaid
                if part > repaid:
                    home().left += part - repaid
            elif taken.lot and part:
                self.home_of(taken.lot, who).left += part
        assert points == 0
        # What went back to a lot that is due repays nothing any more.
        self.end_what_is_due()
        self.repay(who)

    def home_of(self, lot: Lot, who: Key) -> Lot:
        if lot.who == who:
            return lot
        self.lots.append(Lot(len(self.lots), who, 0, lot.ends, lot.order))
        return self.lots[-1]

    def fresh(self, who: Key, order: Key | None) -> Lot:
        self.lots.append(Lot(len(self.lots), who, 0, month_end(self.now, self.rules["expiry_months"]), order))
        return self.lots[-1]

    def bring(self, who: Key, points: int, order: Key | None) -> None:
        self.fresh(who, order).left = points
        self.repay(who)

    def draw(self, who: Key, points: int, first: Sequence[Lot] = ()) -> list[Taken]:
        taken = []
        for lot in [*first, *self.live(who)]:
            part = min(points, lot.left)
            if part:
                lot.left -= part
                points -= part
                taken.append(Taken(who, lot, part))
        if points:
            self.owed[who] += points
            taken.append(Taken(who, None, points))
        return taken

    def repay(self, who: Key) -> None:
        for lot in self.live(who):
            part = min(lot.left, self.owed[who])
            lot.left -= part
            self.owed[who] -= part

    def end_what_is_due(self) -> None:
        for lot in self.lots:
            if lot.ends and lot.ends <= self.now:
                lot.expired += lot.left
                lot.left = 0

    def year_ago(self) -> datetime:
        day = self.now.astimezone(ZONE)
        month, number = (3, 1) if (day.month, day.day) == (2, 29) else (day.month, day.day)
        return datetime(day.year - 1, month, number, tzinfo=ZONE).astimezone(UTC)


def brings(order: Order, terms: Terms) -> tuple[int, int]:
    """The points for what is left of an order, and those of them that a promotion brings on top."""
    rules = terms.rules["accrual"]
    missing = max(order.total - order.paid + order.refunded, 0)
    kept = {key: 1 - share for key, share in shares_gone(order.lines, missing).items()}
    spent = sum(line.net * kept[line.key] for line in order.lines)
    points = 0
    if rules["spend"]:
        points += int(spent / rules["spend"]["per"]) * rules["spend"]["points"]
    if rules["visit"] and spent > 0 and spent >= rules["visit"]["minimum"]:
        points += rules["visit"]["points"]
    each = {one["product_id"]: one["points"] for one in rules["products"]}
    points += int(sum(each.get(line.product, 0) * line.pieces * kept[line.key] for line in order.lines if line.net > 0))
    leveled = int(points * terms.factor)
    bonus = int(leveled * (terms.more - 1))
    return leveled, bonus if terms.most is None else min(bonus, terms.most)


def shares_gone(lines: Sequence[Line], missing: int) -> dict[Key, Fraction]:
    """Of each line the share for which there is no money: first what was named, as far as money is missing, never more than the
    line costs; then of all that is left in proportion."""
    goods = sum(line.gross for line in lines)
    missing = min(missing, goods)
    named = {line.key: min(line.back_amount, line.gross) for line in lines}
    for_named = min(missing, sum(named.values()))
    scale = Fraction(for_named, sum(named.values())) if for_named else Fraction(0)
    of_rest = Fraction(missing - for_named, goods - for_named) if goods > for_named else Fraction(0)
    gone = {}
    for line in lines:
        share = Fraction(named[line.key], line.gross) if line.gross else Fraction(line.back_pieces, line.pieces)
        gone[line.key] = share * scale + (1 - share * scale) * of_rest
    return gone


def reward_shares(order: Order) -> dict[Key, Fraction]:
    """Of each reward in an order the share that went back: what nobody has paid yet did not."""
    missing = min(max(order.total - order.paid + order.refunded, 0), order.refunded)
    gone = shares_gone(order.lines, missing)
    off: dict[Key, int] = {}
    went: dict[Key, Fraction] = {}
    for line in order.lines:
        for key, part in line.rewards.items():
            off[key] = off.get(key, 0) + part
            went[key] = went.get(key, Fraction(0)) + part * (Fraction(1) if order.is_canceled else gone[line.key])
    return {key: went[key] / off[key] for key in off if off[key]}


def promotion_at(rules: Mapping[str, Any], local: datetime) -> tuple[str, Any] | None:
    """Its name and the local day, if one holds; it may pass midnight."""
    for each in rules["promotions"]:
        clock, days = f"{local:%H:%M}", each["days"]
        today, yesterday = (f"{day:%a}".lower() for day in (local, local - timedelta(days=1)))
        late = clock >= each["starts"] and today in days
        early = clock < each["ends"] and (yesterday if each["ends"] < each["starts"] else today) in days
        if (late or early) if each["ends"] < each["starts"] else (late and early):
            return each["name"], local.date()
    return None


def month_end(now: datetime, months: int | None) -> datetime | None:
    if months is None:
        return None
    local = now.astimezone(ZONE)
    after = local.year * 12 + local.month - 1 + months + 1
    return datetime(after // 12, after % 12 + 1, 1, tzinfo=ZONE).astimezone(UTC)
