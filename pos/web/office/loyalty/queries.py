"""What the pages of TapPass ask: the programme in figures, a member's lots and codes, versions of the rules, names of what they name."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from pos.checkout.rehearsal import Value, worth
from pos.loyalty import rules as rulebook
from pos.statements import Statement

WEEKS = 12
MOST_LOTS = 50
MOST_VERSIONS = 30
MOST_CHOICES = 1_000
_MONTH = timedelta(days=30)

_LEVELS = Statement("""
    SELECT level, count(*) AS members, coalesce(sum(debt), 0)::bigint AS debt FROM members
     WHERE store_id = :store AND merged_into_id IS NULL GROUP BY level
""")
_JOINED = Statement("""
    SELECT date_trunc('week', joined_at AT TIME ZONE :zone)::date, count(*) FROM members
     WHERE store_id = :store AND merged_into_id IS NULL AND joined_at >= :since GROUP BY 1
""")
_HELD = Statement("""
    SELECT coalesce(sum(remaining), 0)::bigint AS held,
           coalesce(sum(remaining) FILTER (WHERE expires_at <= :in_a_month), 0)::bigint AS in_30_days,
           coalesce(sum(remaining) FILTER (WHERE expires_at <= :in_three_months), 0)::bigint AS in_90_days
      FROM point_lots WHERE store_id = :store AND remaining > 0 AND (expires_at IS NULL OR expires_at > :now)
""")
_REDEEMED = Statement("""
    SELECT w.name, count(*) AS times, sum(r.points - r.returned_points)::bigint AS points
      FROM redemptions r JOIN rewards w ON w.store_id = r.store_id AND w.id = r.reward_id
     WHERE r.store_id = :store AND r.created_at >= :since AND r.points > r.returned_points
     GROUP BY w.id, w.name ORDER BY 3 DESC, w.name LIMIT 20
""")
_AVERAGE = Statement("""
    SELECT coalesce(sum(subtotal - discount), 0)::bigint, count(*) FROM orders
     WHERE store_id = :store AND placed_at >= :since AND status <> 'canceled'
""")
_LOTS = Statement("""
    SELECT l.points, l.remaining, l.expires_at, l.order_id, o.reference
      FROM point_lots l LEFT JOIN orders o ON o.store_id = l.store_id AND o.id = l.order_id
     WHERE l.store_id = :store AND l.member_id = :member AND l.remaining > 0 AND (l.expires_at IS NULL OR l.expires_at > now())
     ORDER BY l.expires_at, l.id LIMIT :limit
""")
_EXPIRIES = Statement("""
    SELECT expires_at, sum(remaining)::bigint AS points FROM point_lots
     WHERE store_id = :store AND member_id = :member AND remaining > 0 AND (expires_at IS NULL OR expires_at > now())
     GROUP BY expires_at ORDER BY expires_at LIMIT :limit
""")
_CODES = Statement("""
    SELECT r.code, r.expires_at, r.points, w.name FROM redemptions r JOIN rewards w ON w.store_id = r.store_id AND w.id = r.reward_id
     WHERE r.store_id = :store AND r.member_id = :member AND r.code IS NOT NULL AND r.order_id IS NULL AND r.returned_points < r.points
     ORDER BY r.id DESC LIMIT :limit
""")
_REWARDS = Statement("""
    SELECT w.id, w.name, w.points, w.discount_type, w.amount, w.product_id, w.is_active, w.version, p.name AS product
      FROM rewards w LEFT JOIN products p ON p.store_id = w.store_id AND p.id = w.product_id
     WHERE w.store_id = :store AND (:reward ::uuid IS NULL OR w.id = :reward ::uuid) ORDER BY w.is_active DESC, w.points, w.name
""")
_VERSIONS = Statement("""
    SELECT version, rules, actor, created_at AS since FROM programs WHERE store_id = :store AND version < :before
     ORDER BY version DESC LIMIT :limit
""")
_PRODUCTS = Statement("SELECT id, name FROM products WHERE store_id = :store ORDER BY name, id LIMIT :limit")
_CATEGORIES = Statement("SELECT id, name FROM categories WHERE store_id = :store ORDER BY name, id LIMIT :limit")
_NAMES = Statement("""
    SELECT id::text, name FROM products WHERE store_id = :store AND id = ANY(:wanted ::uuid[])
    UNION ALL SELECT id::text, name FROM categories WHERE store_id = :store AND id = ANY(:wanted ::uuid[])
""")


def levels(rules: rulebook.Rules) -> tuple[list[dict[str, Any]], int]:
    """How many members each level has, in the order of the programme, and what all of them owe."""
    found = {row["level"]: row for row in _LEVELS.mappings()}
    names = [level.name for level in rules.levels]
    names += [name for name in sorted(found) if name not in names]
    counted = [{"name": name, "members": found[name]["members"] if name in found else 0} for name in names]
    return counted, sum(row["debt"] for row in found.values())


def joined_by_week(today: date, timezone: str) -> list[tuple[date, int]]:
    """How many joined in each of the last weeks, by the Monday of each, the latest first."""
    monday = today - timedelta(days=today.weekday())
    mondays = [monday - timedelta(weeks=back) for back in range(WEEKS)]
    found = dict(_JOINED.rows(zone=timezone, since=rulebook.midnight(mondays[-1], timezone)))
    return [(each, found.get(each, 0)) for each in mondays]


def held(now: datetime) -> dict[str, int]:
    """Points that members hold, and how many of them expire in the next 30 and 90 days if nobody spends them."""
    [row] = _HELD.mappings(now=now, in_a_month=now + _MONTH, in_three_months=now + 3 * _MONTH)
    return row


def redeemed(now: datetime) -> list[dict[str, Any]]:
    """What points were spent on in the last 30 days."""
    return _REDEEMED.mappings(since=now - _MONTH)


def point_worth(now: datetime) -> Value | None:
    """What a point is worth by the best reward, percentages taken of what an order cost on average in the last 30 days."""
    [(spent, orders)] = _AVERAGE.rows(since=now - _MONTH)
    return worth(Fraction(spent, orders or 1))


def lots(member_id: UUID) -> list[dict[str, Any]]:
    """What a member holds, what expires next first."""
    return _LOTS.mappings(member=member_id, limit=MOST_LOTS)


def expiries(member_id: UUID) -> list[dict[str, Any]]:
    """How many points of a member's expire when."""
    return _EXPIRIES.mappings(member=member_id, limit=MOST_LOTS)


def codes(member_id: UUID) -> list[dict[str, Any]]:
    """A member's codes that nobody has used yet."""
    return _CODES.mappings(member=member_id, limit=MOST_LOTS)


def rewards(reward_id: UUID | None = None) -> list[dict[str, Any]]:
    """All rewards, those on offer first, or the one with this id."""
    return _REWARDS.mappings(reward=reward_id)


def versions(before: int) -> list[dict[str, Any]]:
    """The programmes of a store that came before a version, newest first; one more than a page shows, so that the last of it can be
    compared."""
    return _VERSIONS.mappings(before=before, limit=MOST_VERSIONS + 1)


def choices() -> dict[str, list[tuple[UUID, str]]]:
    """The products and categories that rules may name."""
    asked = {"limit": MOST_CHOICES}
    return {"products": _PRODUCTS.rows(**asked), "categories": _CATEGORIES.rows(**asked)}


def names(wanted: Iterable[str]) -> dict[str, str]:
    """What products and categories are called, by their ids."""
    return dict(_NAMES.rows(wanted=sorted(set(wanted))))
