"""POINTS: what a member has, how far it is to the next level and reward, and what expires next."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pos.assistant.found import Found
from pos.assistant.sentences import brief, day, points
from pos.loyalty import queries
from pos.messaging.inbox import Asked
from pos.messaging.wording import say
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


def find(asked: Asked) -> Found[Points | NoMember]:
    assert asked.customer_id is not None
    return Found(of_customer(asked.customer_id, asked.now))


def of_customer(customer_id: UUID, now: datetime) -> Points | NoMember:
    """One statement for a member."""
    member = queries.standing(customer_id)
    return _points(member) if member else _no_member(customer_id, now)


def worded(found: Points | NoMember, language: str) -> list[str]:
    if isinstance(found, NoMember):
        return _offered(found, language)
    facts = {"points": points(found.balance, language), "level": found.level.capitalize()}
    sentences = [say("points" if found.balance >= 0 else "points_owed", language, facts)]
    sentences += [_reward(found.reward_in_reach, "reward_in_reach", language)] if found.reward_in_reach else []
    sentences += [_reward(found.next_reward, "next_reward", language)] if found.next_reward else []
    if found.next_level:
        missing = points(found.next_level.missing, language)
        sentences.append(say("next_level", language, {"missing": missing, "level": found.next_level.name.capitalize()}))
    if found.next_expiry:
        expiring = {
            "points": points(found.next_expiry.points, language),
            "day": day(found.next_expiry.last_on, language),
        }
        sentences.append(say("next_expiry", language, expiring))
    return sentences


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


def _offered(found: NoMember, language: str) -> list[str]:
    sentences = [say("not_a_member", language, {})]
    if found.orders:
        name = "one_order_counts" if found.orders == 1 else "orders_count"
        sentences.append(say(name, language, {"orders": found.orders, "days": found.days}))
    return sentences


def _reward(step: Step, name: str, language: str) -> str:
    facts = {"reward": brief(step.name), "points": f"{step.points:,}", "missing": points(step.missing, language)}
    return say(name, language, facts)
