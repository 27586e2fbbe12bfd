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
    rewards: Mapping[Key, int] = field(default_factory=dict)


@dataclass
class Back:
    """Money that went back at once, for these (pieces, amount, pieces that the line had then); a mere amount names none."""

    amount: int
    named: Mapping[Key, tuple[int, int, int]]


@dataclass
class Order:
    """An order's money and goods as the books have them now; `backs` are its refunds, the newest first."""

    key: Key
    member: Key | None
    is_canceled: bool
    total: int
    paid: int
    refunded: int
    placed_at: datetime
    paid_at: datetime | None
    lines: Sequence[Line]
    backs: Sequence[Back] = ()
    rewards: frozenset[Key] = frozenset()

    @property
    def is_paid(self) -> bool:
        return not self.is_canceled and self.paid - self.refunded >= self.total

    @property
    def went_back(self) -> int:
        """What refunds took of the total and nobody paid again."""
        return min(max(self.total - self.paid + self.refunded, 0), self.refunded)


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
    """One time that an order brought points or all of it was paid again, for these lines as they were then."""

    who: Key
    terms: Terms
    at: datetime
    bonus: int
    rated: Mapping[Key, Line]


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
        self.joined_at: dict[Key, datetime] = {}
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
        self.joined_at[who] = self.now

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
        """For what is left of an order that brought its member nothing yet."""
        who = self.heir(str(order.member))
        terms = self.terms_of(order, who, [])
        base, bonus = brings(order, terms, None)
        if base + bonus:
            self.gain(order, base + bonus, terms, bonus, order.paid_at or self.now)

    def leave(self, order: Key, member: Key | None) -> None:
        """Before an order becomes somebody else's."""
        who = self.heir(member) if member else None
        brought = self.brought(order, who) if who and order in self.books else 0
        if who and brought > 0:
            self.reverse(order, who, brought)

    def follow(self, order: Order, *, went_back: int | None = None) -> None:
        """After anything about an order changed; of a refund so much `went_back`, below zero it came again."""
        if order.member is None:
            return
        who = self.heir(order.member)
        self.return_rewards(order, went_back)
        gains = [gain for gain in self.books.get(order.key, Book()).gains if self.heir(gain.who) == who]
        if gains:
            self.follow_points(order, who, gains, is_refund=went_back is not None)
        elif order.is_paid and self.counts(order, who):
            self.grant(order)

    def follow_points(self, order: Order, who: Key, gains: Sequence[Gain], *, is_refund: bool) -> None:
        terms, rated = self.terms_of(order, who, gains), gains[-1].rated
        base, bonus = (0, 0) if order.is_canceled else brings(order, terms, rated)
        more = base + bonus - self.brought(order.key, who)
        if more < 0:
            if is_refund or order.is_canceled or is_less(order, rated):
                self.reverse(order.key, who, -more)
            return
        again = min(more, sum(each.points for each in self.taken_of(order.key, who)))
        if again:
            self.unreverse(order.key, who, again)
            if order.is_paid:
                self.books[order.key].gains.append(
                    Gain(who, terms, gains[0].at, 0, {each.key: each for each in order.lines})
                )
        if more > again and order.is_paid:
            on_top = max(bonus - sum(gain.bonus for gain in gains), 0)
            self.gain(order, more - again, terms, on_top, gains[0].at)

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
        if of["limit_per_day"] is None:
            return Terms(rules, factor, promotion, Fraction(of["multiplier"]), None)
        all_gains = [gain for book in self.books.values() for gain in book.gains]
        today = sum(gain.bonus for gain in all_gains if gain.who == who and gain.terms.promotion == promotion)
        most = sum(gain.bonus for gain in gains) + max(of["limit_per_day"] - today, 0)
        return Terms(rules, factor, promotion, Fraction(of["multiplier"]), most)

    def counts(self, order: Order, who: Key) -> bool:
        """What was paid before its member joined does if it was placed not too many days before."""
        joined_at, days = self.joined_at[who], timedelta(days=self.rules["joining_days"])
        return order.paid_at is None or order.paid_at >= joined_at or order.placed_at >= joined_at - days

    def gain(self, order: Order, points: int, terms: Terms, bonus: int, at: datetime) -> None:
        who = self.heir(str(order.member))
        rated = {line.key: line for line in order.lines}
        self.books.setdefault(order.key, Book()).gains.append(Gain(who, terms, at, bonus, rated))
        self.count(order.key, who, points, at)
        self.bring(who, points, order.key)

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

    def return_rewards(self, order: Order, went_back: int | None) -> None:
        """What went back of a reward that is in the order, or all of one that is not any more."""
        for key, spent in sorted(self.spent.items()):
            share = reward_share(order, key) if spent.order == order.key else None
            more = 0 if share is None else int(spent.points * share) - spent.back
            if more > 0 and (went_back is not None or order.is_canceled or key not in order.rewards):
                self.give_back(spent, more)
            elif more < 0 and (order.is_paid or (went_back or 0) < 0):
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


def brings(order: Order, terms: Terms, rated: Mapping[Key, Line] | None) -> tuple[int, int]:
    """The points for what is left of an order, and those of them that a promotion brings on top."""
    rules = terms.rules["accrual"]
    lines = counted(order, rated)
    tip = order.total - sum(line.gross for line in order.lines)
    missing = sum(line.gross for line in lines) - max(order.paid - order.refunded - tip, 0)
    kept = {key: 1 - share for key, share in shares_gone(lines, missing, order.backs).items()}
    spent = sum(line.net * kept[line.key] for line in lines)
    points = 0
    if rules["spend"]:
        points += int(spent / rules["spend"]["per"]) * rules["spend"]["points"]
    if rules["visit"] and spent > 0 and spent >= rules["visit"]["minimum"]:
        points += rules["visit"]["points"]
    each = {one["product_id"]: one["points"] for one in rules["products"]}
    points += int(sum(each.get(line.product, 0) * line.pieces * kept[line.key] for line in lines if line.net > 0))
    leveled = int(points * terms.factor)
    bonus = int(leveled * (terms.more - 1))
    return leveled, bonus if terms.most is None else min(bonus, terms.most)


def counted(order: Order, rated: Mapping[Key, Line] | None) -> Sequence[Line]:
    """All lines of what was paid in full; of what grew since and is unpaid those that brought points, as far as they are left."""
    if order.paid_at or rated is None:
        return order.lines
    both = [(line, rated[line.key]) for line in order.lines if line.key in rated]
    return [
        Line(now.key, now.product, min(now.pieces, then.pieces), min(now.gross, then.gross), min(now.net, then.net))
        for now, then in both
    ]


def is_less(order: Order, rated: Mapping[Key, Line]) -> bool:
    """Whether something that brought points has left the bill."""
    pieces = {line.key: line.pieces for line in order.lines}
    return any(pieces.get(key, 0) < line.pieces for key, line in rated.items())


def shares_gone(lines: Sequence[Line], missing: int, backs: Sequence[Back]) -> dict[Key, Fraction]:
    """Of each line the share that went back, when so much is missing: it went with the newest refunds, for what they named, and
    else of all that they did not."""
    goods = sum(line.gross for line in lines)
    left = total = Fraction(min(max(missing, 0), goods))
    pieces, gross = {line.key: line.pieces for line in lines}, {line.key: line.gross for line in lines}
    met = dict.fromkeys(pieces, 0)
    gone_pieces, gone_money = dict.fromkeys(pieces, Fraction(0)), dict.fromkeys(pieces, Fraction(0))
    for back in backs if total or missing > 0 else ():
        if not back.named:
            left = max(left - back.amount, Fraction(0))
            continue
        asked = {key: named for key, named in back.named.items() if key in pieces}
        worth = sum(amount for _, amount, _ in back.named.values())
        through = min(Fraction(back.amount, worth), Fraction(1)) if worth else Fraction(1)
        real = {}
        for key, (count, _, then) in asked.items():
            # Of so many that left the line since, a newer refund may have met some.
            off = min(max(then - pieces[key] - met[key], 0), count)
            real[key] = Fraction(count - off, count) * through
            met[key] += off
        wanted = {key: min(asked[key][1] * real[key], gross[key] - gone_money[key]) for key in asked}
        fits = min(left / sum(wanted.values()), Fraction(1)) if any(wanted.values()) else Fraction(1)
        for key in asked:
            gone_pieces[key] += asked[key][0] * real[key] * fits
            gone_money[key] += wanted[key] * fits
            left -= wanted[key] * fits
    named = sum(gone_money.values())
    of_rest = (total - named) / (goods - named) if goods > named else Fraction(0)
    free = {key: min(gone_pieces[key] / pieces[key], Fraction(1)) for key in pieces}
    share = {key: gone_money[key] / gross[key] if gross[key] else free[key] for key in pieces}
    return {key: share[key] + (1 - share[key]) * of_rest for key in pieces}


def reward_share(order: Order, reward: Key) -> Fraction | None:
    """The share of a reward that went back, by what it took off the lines: of one that takes nothing off nobody knows."""
    if order.is_canceled or reward not in order.rewards:
        return Fraction(1)
    off = {line.key: line.rewards.get(reward, 0) for line in order.lines}
    if not any(off.values()):
        return Fraction(1) if 0 < order.paid <= order.refunded else None
    gone = shares_gone(order.lines, order.went_back, order.backs)
    return sum((off[key] * gone[key] for key in off), Fraction(0)) / sum(off.values())


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
