"""Another programme tried on orders of the past, beside the one in force: both by the same code, over the same orders.

Each member begins with what they held on the first day. Orders bring points on the day on which they were paid, as they are now after
refunds; rewards are taken, points adjusted and birthdays greeted as they were. A few members at a time, so that the memory does
not grow with the store; the caller opens a transaction for each step, which reads only. They come in the order of their TapPass IDs,
which are drawn by lot: whoever stops early has looked at a fair sample.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from heapq import nlargest
from uuid import UUID

from pos import clock
from pos.checkout import remaining
from pos.checkout.imagined import Imagined, Place
from pos.checkout.remaining import Sold
from pos.loyalty.ledger import FORGIVEN, Lot
from pos.loyalty.rules import Rules, birthdays, midnight
from pos.statements import Statement

STEP = 200
MOST_NAMED = 10

_READ_ONLY = Statement("SET TRANSACTION READ ONLY")
_MEMBERS = Statement("""
    SELECT m.id, m.tappass_id, p.date_of_birth,
           (SELECT json_agg(json_build_array(x.id, x.customer_id, x.joined_at)) FROM members x
             WHERE x.store_id = m.store_id AND (x.id = m.id OR x.merged_into_id = m.id))
      FROM members m JOIN profiles p ON p.store_id = m.store_id AND p.customer_id = m.customer_id
     WHERE m.store_id = :store AND m.merged_into_id IS NULL AND m.tappass_id > :after
     ORDER BY m.tappass_id LIMIT :limit
""")
_LOTS = Statement("""
    SELECT e.member_id, e.lot_id, sum(e.points)::bigint, l.expires_at
      FROM point_entries e LEFT JOIN point_lots l ON l.store_id = e.store_id AND l.id = e.lot_id
     WHERE e.store_id = :store AND e.member_id = ANY(:members ::uuid[]) AND e.occurred_at < :since
     GROUP BY e.member_id, e.lot_id, l.expires_at HAVING sum(e.points) <> 0
""")
_COUNTED = Statement("""
    SELECT member_id, earned_at, sum(points)::bigint FROM point_entries
     WHERE store_id = :store AND member_id = ANY(:members ::uuid[]) AND occurred_at < :since
       AND type IN ('accumulate', 'reverse') AND earned_at IS NOT NULL
     GROUP BY member_id, earned_at
""")
_REDEEMED = Statement("""
    SELECT r.member_id, e.at, r.points - r.returned_points
      FROM redemptions r
      JOIN LATERAL (SELECT min(occurred_at) AS at FROM point_entries
                     WHERE store_id = r.store_id AND redemption_id = r.id AND type = 'redeem') e ON e.at >= :since
     WHERE r.store_id = :store AND r.member_id = ANY(:members ::uuid[]) AND r.points > r.returned_points
""")
_ADJUSTED = Statement(f"""
    SELECT member_id, occurred_at, sum(points)::bigint FROM point_entries
     WHERE store_id = :store AND member_id = ANY(:members ::uuid[]) AND occurred_at >= :since
       AND type = 'adjust' AND cause IS NULL AND reason <> '{FORGIVEN}'
     GROUP BY member_id, act_id, occurred_at
""")
_REWARDS = Statement("""
    SELECT r.name, r.points, r.discount_type, coalesce(r.amount, p.price)
      FROM rewards r LEFT JOIN products p ON p.store_id = r.store_id AND p.id = r.product_id
     WHERE r.store_id = :store AND r.is_active ORDER BY r.name
""")
# What happens to an imagined account at an instant.
Act = tuple[datetime, Callable[[Imagined], None]]


@dataclass
class Side:
    """What one programme would have come to. `liability` are points that members hold now, `missed` those of rewards that would
    not have been within reach."""

    rules: Rules
    earned: int = 0
    expired: int = 0
    redeemed: int = 0
    missed: int = 0
    liability: int = 0

    def count(self, account: Imagined) -> int:
        """Adds a member's points; gives what they had of the programme: points that came and did not expire."""
        totals = account.totals
        earned, expired = totals["accumulate"] + totals["birthday"], -totals["expire"]
        self.earned += earned
        self.expired += expired
        self.redeemed -= totals["redeem"]
        self.missed += totals["missed"]
        self.liability += max(account.balance, 0)
        return earned - expired


@dataclass(frozen=True)
class Change:
    """How many points more a member would have had, or fewer."""

    tappass_id: str
    points: int


@dataclass(frozen=True)
class Value:
    """What a point is worth, in minor units: what the best reward gives for one."""

    reward: str
    of_a_point: Fraction


@dataclass
class _Member:
    """One member with what is known of them; `joined` is when each of their customers did, of those merged into them too."""

    id: UUID
    tappass_id: str
    born_on: date | None
    joined: Mapping[UUID, datetime]
    lots: list[Lot] = field(default_factory=list)
    owed: int = 0
    counted: list[tuple[datetime, int]] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)


class Rehearsal:
    """Both programmes over the members of a store, from the start of a day until now. `go_on` as long as it says so."""

    def __init__(self, in_force: Rules, proposed: Rules, timezone: str, since: datetime, now: datetime) -> None:
        self.sides = (Side(in_force), Side(proposed))
        self.orders = self.members = self.spent = 0
        self.changes: Counter[str] = Counter()
        self.gains: list[Change] = []
        self.losses: list[Change] = []
        self._place, self._since, self._now = Place(timezone), since, now
        self._after = ""

    def go_on(self) -> bool:
        """Looks at some more members; says whether there may be others. The open transaction can write nothing from here on."""
        _READ_ONLY.run()
        members = self._read()
        for member in members:
            self._look_at(member)
        self.gains = nlargest(MOST_NAMED, self.gains, key=lambda change: change.points)
        self.losses = nlargest(MOST_NAMED, self.losses, key=lambda change: -change.points)
        return len(members) == STEP

    def value(self) -> Value | None:
        """What a point is worth; None if no reward is offered. A percentage is of what an order of these cost on average."""
        return worth(Fraction(self.spent, self.orders or 1))

    def _look_at(self, member: _Member) -> None:
        kept = [side.count(self._imagined(member, side.rules)) for side in self.sides]
        more = kept[1] - kept[0]
        self.members += 1
        self.changes["helped" if more > 0 else "hurt" if more < 0 else "same"] += 1
        if more:
            (self.gains if more > 0 else self.losses).append(Change(member.tappass_id, more))

    def _imagined(self, member: _Member, rules: Rules) -> Imagined:
        """The member's account at the end of all that happened, under these rules."""
        account = Imagined(member.id, rules, self._place, self._since)
        account.begin_with(
            [Lot(lot.id, lot.remaining, lot.expires_at) for lot in member.lots], member.owed, member.counted
        )
        for at, act in sorted([*member.acts, *self._greetings(member, rules)], key=lambda each: each[0]):
            account.go_to(at)
            act(account)
        account.go_to(self._now)
        return account

    def _greetings(self, member: _Member, rules: Rules) -> Iterator[Act]:
        if rules.birthday_points and member.born_on:
            timezone = self._place.timezone
            joined_on = clock.business_day(min(member.joined.values()), timezone)
            since = max(self._since, midnight(joined_on, timezone))
            for at in birthdays(member.born_on, since, self._now, timezone):
                yield at, lambda account: account.greet(rules.birthday_points)

    def _read(self) -> Sequence[_Member]:
        rows = _MEMBERS.rows(after=self._after, limit=STEP)
        members = [_member(*row) for row in rows]
        if members:
            self._after = members[-1].tappass_id
            heirs = {UUID(each[0]): member for row, member in zip(rows, members, strict=True) for each in row[3]}
            self._read_before(heirs)
            self._read_since(heirs)
            self._read_orders(members)
        return members

    def _read_before(self, heirs: Mapping[UUID, _Member]) -> None:
        """What was there on the first day."""
        asked = {"members": list(heirs), "since": self._since}
        for member_id, lot_id, points, expires_at in _LOTS.rows(**asked):
            if lot_id:
                heirs[member_id].lots.append(Lot(lot_id, points, expires_at))
            else:
                heirs[member_id].owed -= points
        for member_id, earned_at, points in _COUNTED.rows(**asked):
            heirs[member_id].counted.append((earned_at, points))

    def _read_since(self, heirs: Mapping[UUID, _Member]) -> None:
        asked = {"members": list(heirs), "since": self._since}
        for member_id, at, points in _REDEEMED.rows(**asked):
            heirs[member_id].acts.append((at, _redeemed(points)))
        for member_id, at, points in _ADJUSTED.rows(**asked):
            heirs[member_id].acts.append((at, _adjusted(points)))

    def _read_orders(self, members: Sequence[_Member]) -> None:
        of_customer = {customer_id: member for member in members for customer_id in member.joined}
        for sold in remaining.bought_by(list(of_customer), self._since):
            member = of_customer[sold.customer_id]
            joined_at = member.joined[sold.customer_id]
            paid_at = sold.paid_at or self._since
            member.acts.append((max(paid_at, joined_at), _bought(sold, joined_at)))
            self.orders += 1
            self.spent += sum(line.total for line in sold.lines)


def worth(average_order: Fraction) -> Value | None:
    """What a point is worth by the best reward on offer, a percentage being taken of such an order; None without a reward."""
    values = [
        Value(name, (average_order * amount / 100 if kind == "percent" else Fraction(amount)) / points)
        for name, points, kind, amount in _REWARDS.rows()
    ]
    return max(values, key=lambda value: value.of_a_point, default=None)


def _member(member_id: UUID, tappass_id: str, born_on: date | None, joined: Sequence[Sequence[str]]) -> _Member:
    at = {UUID(customer_id): datetime.fromisoformat(joined_at) for _, customer_id, joined_at in joined}
    return _Member(member_id, tappass_id, born_on, at)


def _bought(sold: Sold, joined_at: datetime) -> Callable[[Imagined], None]:
    return lambda account: account.buy(sold, joined_at)


def _redeemed(points: int) -> Callable[[Imagined], None]:
    return lambda account: account.redeem(points)


def _adjusted(points: int) -> Callable[[Imagined], None]:
    return lambda account: account.adjust(points)
