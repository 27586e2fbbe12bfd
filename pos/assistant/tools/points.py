"""What a member has, how far it is to the next level and reward, what made the balance, and what expires."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pos.assistant.tools.tool import Nothing, Tool
from pos.loyalty import queries
from pos.messaging.inbox import Asked
from pos.statements import Statement

# What joining would bring at once: the paid orders of the programme's last days (checkout/joining.py).
_TO_COUNT = Statement("""
    SELECT count(*) FROM orders
     WHERE store_id = :store AND customer_id = :customer AND placed_at >= :since AND status <> 'canceled'
       AND paid_at IS NOT NULL AND amount_paid > amount_refunded
""")
_CURRENCY = Statement("SELECT currency FROM stores WHERE id = :store")


@dataclass(frozen=True)
class Step:
    """A level above, or a reward: its name, its points, and how many are missing."""

    name: str
    points: int
    missing: int


@dataclass(frozen=True)
class Expiring:
    """Points that may be used through `last_on`."""

    points: int
    last_on: date


@dataclass(frozen=True)
class Points:
    """A member's points, as GET /members shows them."""

    balance: int
    level: str
    next_level: Step | None
    reward_in_reach: Step | None
    next_reward: Step | None
    next_expiry: Expiring | None


@dataclass(frozen=True)
class NoMember:
    """A customer without membership: how many orders would bring points at once, of so many days."""

    orders: int
    days: int


def _find(asked: Asked, _: Nothing) -> Points | NoMember:
    assert asked.customer_id is not None
    return of_customer(asked.customer_id, asked.now)


def of_customer(customer_id: UUID, now: datetime) -> Points | NoMember:
    """One statement for a member."""
    member = queries.standing(customer_id)
    return _points(member) if member else _no_member(customer_id, now)


def _points(member: dict[str, Any]) -> Points:
    balance, above, expiry = member["balance"], member["next_level"], member["next_expiry"]
    return Points(
        balance=balance,
        level=member["level"],
        next_level=Step(above["name"], member["level_points"] + above["points_needed"], above["points_needed"])
        if above
        else None,
        reward_in_reach=_step(member["reward_in_reach"], balance),
        next_reward=_step(member["next_reward"], balance),
        next_expiry=Expiring(expiry["points"], last_day(expiry["expires_at"], member["timezone"])) if expiry else None,
    )


def last_day(expires_at: datetime, timezone: str) -> date:
    """The last day on which something may be used that expires at an instant."""
    return (expires_at - timedelta(microseconds=1)).astimezone(ZoneInfo(timezone)).date()


def _step(reward: dict[str, Any] | None, balance: int) -> Step | None:
    return Step(reward["name"], reward["points"], max(reward["points"] - balance, 0)) if reward else None


def _no_member(customer_id: UUID, now: datetime) -> NoMember:
    [(currency,)] = _CURRENCY.rows()
    days = queries.current_rules(currency).joining_days
    [(orders,)] = _TO_COUNT.rows(customer=customer_id, since=now - timedelta(days=days))
    return NoMember(orders if days else 0, days)


# --- what made the balance

# Of each act what it did to the balance; the latest first, and what came before them together.
_ACTS = Statement("""
    SELECT min(e.type) FILTER (WHERE e.type <> 'transfer') AS type, sum(e.points)::bigint AS points, min(e.occurred_at) AS occurred_at,
           (array_agg(o.reference))[1] AS reference, (array_agg(r.name))[1] AS reward
      FROM members m JOIN point_entries e ON e.store_id = m.store_id AND e.member_id = m.id
      LEFT JOIN orders o ON o.store_id = e.store_id AND o.id = e.order_id
      LEFT JOIN rewards r ON r.store_id = e.store_id AND r.id = e.reward_id
     WHERE m.store_id = :store AND m.customer_id = :customer AND m.ended_at IS NULL
     GROUP BY e.act_id HAVING sum(e.points) <> 0 ORDER BY e.act_id DESC
""")
_SHOWN = 6


@dataclass(frozen=True)
class Act:
    """What one act did to the balance, and on which day: earned, spent, given_back, taken_back, expired, adjusted or moved."""

    kind: str
    points: int
    on: date
    reference: str | None
    reward: str | None


@dataclass(frozen=True)
class Ledger:
    """A balance with the acts that made it: the latest, and how many came before with their sum. `due` points have expired, and no act
    says so yet. All of it sums to the balance."""

    balance: int
    acts: Sequence[Act]
    earlier: int
    earlier_points: int
    due: int


_KINDS = {
    "accumulate": "earned",
    "redeem": "spent",
    "return": "given_back",
    "reverse": "taken_back",
    "expire": "expired",
    "adjust": "adjusted",
    None: "moved",
}


def _explain(asked: Asked, _: Nothing) -> Ledger | NoMember:
    assert asked.customer_id is not None
    member = queries.standing(asked.customer_id)
    if member is None:
        return _no_member(asked.customer_id, asked.now)
    rows = _ACTS.mappings(customer=asked.customer_id)
    shown, earlier = rows[:_SHOWN], rows[_SHOWN:]
    total = sum(row["points"] for row in rows)
    return Ledger(
        balance=member["balance"],
        acts=[_act(row, member["timezone"]) for row in shown],
        earlier=len(earlier),
        earlier_points=sum(row["points"] for row in earlier),
        due=total - member["balance"],
    )


def _act(row: dict[str, Any], timezone: str) -> Act:
    on = row["occurred_at"].astimezone(ZoneInfo(timezone)).date()
    return Act(_KINDS[row["type"]], row["points"], on, row["reference"], row["reward"])


# --- what expires

_LOTS = Statement("""
    SELECT sum(l.remaining)::bigint AS points, l.expires_at, s.timezone
      FROM members m JOIN stores s ON s.id = m.store_id
      JOIN point_lots l ON l.store_id = m.store_id AND l.member_id = m.id
     WHERE m.store_id = :store AND m.customer_id = :customer AND m.ended_at IS NULL AND l.remaining > 0 AND l.expires_at > now()
     GROUP BY l.expires_at, s.timezone ORDER BY l.expires_at
""")
_MOST_DAYS = 5


@dataclass(frozen=True)
class Expiries:
    """The points that expire next, by the last day on which they may be used; `more` of them expire later."""

    expiring: Sequence[Expiring]
    more: int


def _expiring(asked: Asked, _: Nothing) -> Expiries | NoMember:
    assert asked.customer_id is not None
    if queries.member_of(asked.customer_id) is None:
        return _no_member(asked.customer_id, asked.now)
    by_day: dict[date, int] = {}
    for points, expires_at, timezone in _LOTS.rows(customer=asked.customer_id):
        last_on = last_day(expires_at, timezone)
        by_day[last_on] = by_day.get(last_on, 0) + points
    listed = [Expiring(points, last_on) for last_on, points in by_day.items()]
    return Expiries(listed[:_MOST_DAYS], sum(each.points for each in listed[_MOST_DAYS:]))


# --- of one order

_OF_ORDER = Statement("""
    SELECT o.reference, o.member_id IS NOT NULL AS counts,
           (SELECT coalesce(sum(e.points), 0)::bigint FROM point_entries e
             WHERE e.store_id = o.store_id AND e.order_id = o.id AND e.type IN ('accumulate', 'reverse')) AS earned,
           (SELECT coalesce(sum(r.points - r.returned_points), 0)::bigint FROM redemptions r
             WHERE r.store_id = o.store_id AND r.order_id = o.id) AS spent
      FROM orders o
     WHERE o.store_id = :store AND o.customer_id = :customer AND o.merged_into_id IS NULL
       AND (:reference ::text IS NULL OR o.reference = :reference)
     ORDER BY o.placed_at DESC, o.id DESC LIMIT 1
""")


@dataclass(frozen=True)
class OrderNamed:
    """An order by its reference; without one the latest."""

    reference: str | None = None


@dataclass(frozen=True)
class PointsOfOrder:
    """What an order brought less what was taken back, and what was spent in it. Without a reference there is no such order of theirs."""

    reference: str | None
    counts: bool = False
    earned: int = 0
    spent: int = 0


def _of_order(asked: Asked, named: OrderNamed) -> PointsOfOrder:
    row = _OF_ORDER.first(customer=asked.customer_id, reference=named.reference)
    return PointsOfOrder(*row) if row else PointsOfOrder(None)


BALANCE = Tool(
    "points",
    "The asker's points: balance, level, what they buy, and what expires next.",
    "customer",
    Nothing,
    Points,
    _find,
)
LEDGER = Tool(
    "point_ledger",
    "What made the asker's balance: the latest entries of the ledger and the sum of those before.",
    "customer",
    Nothing,
    Ledger,
    _explain,
)
EXPIRING = Tool(
    "expiring_points", "The asker's points that expire, by their last day.", "customer", Nothing, Expiries, _expiring
)
OF_ORDER = Tool(
    "points_of_order",
    "What one of the asker's orders brought in points, and what was spent in it.",
    "customer",
    OrderNamed,
    PointsOfOrder,
    _of_order,
)
