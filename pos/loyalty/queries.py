"""What is asked of members: who it is, what they have, and every line of it in words."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from pos.errors import NotFound
from pos.http.paging import cursor, read_cursor
from pos.loyalty import rules as rulebook
from pos.loyalty import words
from pos.loyalty.accounts import rules_of
from pos.statements import Statement, standing_for

# What is due and not swept up yet is not a member's any more.
DUE = """(SELECT coalesce(sum(l.remaining), 0)::bigint FROM point_lots l
          WHERE l.store_id = m.store_id AND l.member_id = m.id AND l.remaining > 0 AND l.expires_at <= now())"""
BRIEFLY = f"""(SELECT json_build_object('id', m.id, 'tappass_id', m.tappass_id, 'level', m.level, 'balance', m.balance - {DUE})
                 FROM members m
                WHERE m.store_id = c.store_id AND m.customer_id = c.id AND m.ended_at IS NULL)"""

# What points were spent on in an order `o`.
SPENT_ON = """(SELECT coalesce(json_agg(json_build_object('id', w.id, 'redemption_id', r.id, 'name', w.name, 'points', r.points,
         'returned_points', r.returned_points) ORDER BY r.id), '[]')
          FROM redemptions r JOIN rewards w ON w.store_id = r.store_id AND w.id = r.reward_id
         WHERE r.store_id = o.store_id AND r.order_id = o.id)"""
# What an order `o` did to its member's points; NULL for who is none.
OF_ORDER = f"""CASE WHEN o.member_id IS NOT NULL THEN json_build_object(
         'earned', (SELECT coalesce(sum(e.points), 0)::bigint FROM point_entries e
                     WHERE e.store_id = o.store_id AND e.order_id = o.id AND e.type IN ('accumulate', 'reverse')),
         'redeemed', (SELECT coalesce(sum(r.points - r.returned_points), 0)::bigint FROM redemptions r
                       WHERE r.store_id = o.store_id AND r.order_id = o.id),
         'balance', (SELECT m.balance - {DUE} FROM members w
                       JOIN members m ON m.store_id = w.store_id AND m.id = {standing_for("w")}
                      WHERE w.store_id = o.store_id AND w.id = o.member_id)) END"""

_HEIR = "SELECT coalesce(x.merged_into_id, x.id) FROM members x WHERE x.store_id = :store AND x.{key} = :wanted"
_COLUMNS_OF_MEMBER = f"""
           m.id, m.tappass_id, m.customer_id, c.name, c.phone, m.balance - {DUE} AS balance, m.debt, m.lifetime_points,
           m.level_points, CASE WHEN m.floor_until > now() THEN m.level_floor END AS level_floor, m.joined_at, m.source,
           s.currency, p.version, p.rules,
           (SELECT json_build_array(sum(l.remaining), l.expires_at) FROM point_lots l
             WHERE l.store_id = m.store_id AND l.member_id = m.id AND l.remaining > 0 AND l.expires_at > now()
             GROUP BY l.expires_at ORDER BY l.expires_at LIMIT 1) AS next_expiry
"""
_MEMBERS = """
      FROM members m
      JOIN customers c ON c.store_id = m.store_id AND c.id = m.customer_id
      JOIN stores s ON s.id = m.store_id
      LEFT JOIN LATERAL (SELECT version, rules FROM programs g WHERE g.store_id = m.store_id
                          ORDER BY g.version DESC LIMIT 1) p ON true
     WHERE m.store_id = :store AND m.ended_at IS NULL
"""
_MEMBER = f"SELECT {_COLUMNS_OF_MEMBER} {_MEMBERS}"
# Of what is offered: the dearest reward that the points buy, and the cheapest that they do not yet.
_REWARD = """(SELECT json_build_object('name', w.name, 'points', w.points) FROM rewards w
               WHERE w.store_id = :store AND w.is_active AND w.points {reach} ORDER BY w.points {order}, w.name LIMIT 1)"""
_STANDING = Statement(f"""
    WITH h AS MATERIALIZED (SELECT {_COLUMNS_OF_MEMBER}, m.store_id, s.timezone {_MEMBERS} AND m.customer_id = :customer)
    SELECT h.*, {_REWARD.format(reach="<= h.balance", order="DESC")} AS reward_in_reach,
           {_REWARD.format(reach="> h.balance", order="ASC")} AS next_reward FROM h
""")
# Who was merged into another is that other one.
_BY_ID = Statement(_MEMBER + f" AND m.id = ({_HEIR.format(key='id')})")
_BY_TAPPASS_ID = Statement(_MEMBER + f" AND m.id = ({_HEIR.format(key='tappass_id')})")
_OF_NUMBER = """AND m.customer_id = (
    SELECT coalesce(x.merged_into_id, x.id) FROM customers x WHERE x.store_id = :store AND x.phone = :wanted)"""
_PROGRAM = Statement(
    "SELECT version, rules, created_at FROM programs WHERE store_id = :store ORDER BY version DESC LIMIT 1"
)
_VERSION = Statement("""
    SELECT (SELECT g.rules FROM programs g WHERE g.store_id = :store AND g.version = :version), s.currency
      FROM stores s WHERE s.id = :store
""")
_IDENTITY = Statement(f"""
    SELECT h.id, h.customer_id FROM members m JOIN members h ON h.store_id = m.store_id AND h.id = {standing_for("m")}
     WHERE m.store_id = :store AND (m.id = :id ::uuid OR m.tappass_id = :tappass_id) AND h.ended_at IS NULL
""")
_OF_CUSTOMER = Statement("SELECT id FROM members WHERE store_id = :store AND customer_id = :customer")
_REDEMPTION = Statement(f"""
    SELECT r.id, r.member_id, json_build_object('id', w.id, 'name', w.name) AS reward, r.points, r.returned_points, r.order_id,
           r.code, r.expires_at, m.balance - {DUE} AS balance
      FROM redemptions r
      JOIN rewards w ON w.store_id = r.store_id AND w.id = r.reward_id
      JOIN members g ON g.store_id = r.store_id AND g.id = r.member_id
      JOIN members m ON m.store_id = g.store_id AND m.id = {standing_for("g")}
     WHERE r.store_id = :store AND r.id = :id
""")
_LINES = """
    SELECT e.member_id, e.act_id, min(e.occurred_at) AS occurred_at, min(e.actor) AS actor,
           json_agg(json_build_object('type', e.type, 'points', e.points, 'reason', e.reason, 'terms', e.terms,
             'lot_id', e.lot_id) ORDER BY e.id) AS entries,
           (array_agg(o.id))[1] AS order_id, (array_agg(o.reference))[1] AS reference, (array_agg(o.status))[1] AS order_status,
           (array_agg(r.name))[1] AS reward, count(e.refund_id) > 0 AS by_refund, sum(e.points)::bigint AS points,
           (SELECT w.words FROM remarks w WHERE w.store_id = :store AND w.subject = 'point_entries:' || e.act_id) AS words
      FROM point_entries e
      LEFT JOIN orders o ON o.store_id = e.store_id AND o.id = e.order_id
      LEFT JOIN rewards r ON r.store_id = e.store_id AND r.id = e.reward_id
     WHERE e.store_id = :store
"""
_LEDGER = Statement(f"""{_LINES} AND e.member_id = :member AND (:before ::uuid IS NULL OR e.act_id < :before ::uuid)
     GROUP BY e.member_id, e.act_id ORDER BY e.act_id DESC LIMIT :limit
""")
_LEDGERS = Statement(f"""{_LINES} AND e.member_id = ANY(:members ::uuid[])
     GROUP BY e.member_id, e.act_id ORDER BY e.act_id DESC
""")
_COLUMNS = (
    "id", "tappass_id", "customer_id", "name", "phone", "balance", "debt", "lifetime_points", "level_points", "joined_at",
    "source",
)  # fmt: skip


class UnknownMember(NotFound):
    title = "Member not found"
    advice = "This store has no member with this {what}. A customer joins in one tap: POST /members."


def by_phone(phone: str, **also: str) -> dict[str, Any]:
    """The member with this E.164 number; `also` is what else is asked of the customer `c` in the same statement, SQL by name. Raises
    UnknownMember."""
    rows = _by_phone(tuple(also.items())).mappings(wanted=phone)
    if not rows:
        raise UnknownMember(what="phone number")
    return _read(rows[0]) | {name: rows[0][name] for name in also}


@cache
def _by_phone(also: tuple[tuple[str, str], ...]) -> Statement:
    shown = "".join(f", {sql} AS {name}" for name, sql in also)
    return Statement(f"SELECT {_COLUMNS_OF_MEMBER}{shown} {_MEMBERS} {_OF_NUMBER}")


def by_id(member_id: UUID) -> dict[str, Any]:
    """The member with this id. Raises UnknownMember."""
    return _shown(_BY_ID, member_id, "id")


def by_tappass_id(tappass_id: str) -> dict[str, Any]:
    """The member with this TapPass ID, already read by tappass_ids.read. Raises UnknownMember."""
    return _shown(_BY_TAPPASS_ID, tappass_id, "TapPass ID")


def standing(customer_id: UUID) -> dict[str, Any] | None:
    """The member that a customer is, as `by_phone` shows it, with the store's `timezone` and the rewards on either side of the balance
    (`reward_in_reach`, `next_reward`: name and points, or None): one statement. None for who is no member."""
    rows = _STANDING.mappings(customer=customer_id)
    if not rows:
        return None
    more = {name: rows[0][name] for name in ("timezone", "reward_in_reach", "next_reward")}
    return _read(rows[0]) | more


def identity(member_id: UUID | None, tappass_id: str | None) -> tuple[UUID, UUID]:
    """The ids of a member and of the customer. Raises UnknownMember."""
    row = _IDENTITY.first(id=member_id, tappass_id=tappass_id)
    if row is None:
        raise UnknownMember(what="TapPass ID" if tappass_id else "id")
    return row[0], row[1]


def member_of(customer_id: UUID) -> UUID | None:
    """The member that a customer is, if any."""
    row = _OF_CUSTOMER.first(customer=customer_id)
    return row[0] if row else None


def redemption(redemption_id: UUID) -> dict[str, Any]:
    """A redemption as the API shows it. Raises NotFound."""
    rows = _REDEMPTION.mappings(id=redemption_id)
    if not rows:
        raise NotFound(what="redemption")
    [row] = rows
    code, expires_at = row.pop("code"), row.pop("expires_at")
    return row | {"coupon": {"code": code, "expires_at": expires_at} if code else None}


def ledger(member_id: UUID, *, limit: int, after: str | None = None) -> dict[str, Any]:
    """A page of what happened to a member's points, newest first, each act in words."""
    before = read_cursor(after) if after is not None else None
    rows = _LEDGER.mappings(member=member_id, before=before, limit=limit + 1)
    shown = [words.line(row) for row in rows[:limit]]
    return {"data": shown, "next": cursor(rows[limit - 1]["act_id"]) if len(rows) > limit else None}


def ledgers(members: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """All that happened to the points of these members, newest first, by the member: one statement, however much it is."""
    found: dict[UUID, list[dict[str, Any]]] = {member_id: [] for member_id in members}
    for row in _LEDGERS.mappings(members=list(members)):
        found[row["member_id"]].append(words.line(row))
    return found


def program(currency: str) -> dict[str, Any]:
    """The programme in force: its version, rules, and since when."""
    row = _PROGRAM.first()
    if row is None:
        return {"version": rulebook.BUILT_IN_VERSION, "rules": rulebook.built_in(currency), "since": None}
    return {"version": row[0], "rules": row[1], "since": row[2]}


def rules_at(version: int) -> rulebook.Rules:
    """The rules of one version."""
    [(kept, currency)] = _VERSION.rows(version=version)
    return rules_of(version if kept else None, kept, currency)


def current_rules(currency: str) -> rulebook.Rules:
    """The rules in force."""
    kept = program(currency)
    return rulebook.read(kept["version"], kept["rules"])


def _shown(statement: Statement, wanted: Any, what: str) -> dict[str, Any]:
    rows = statement.mappings(wanted=wanted)
    if not rows:
        raise UnknownMember(what=what)
    return _read(rows[0])


def _read(row: dict[str, Any]) -> dict[str, Any]:
    rules = rules_of(row["version"], row["rules"], row["currency"])
    level = rules.level_for(row["level_points"], row["level_floor"])
    return {name: row[name] for name in _COLUMNS} | {
        "level": level.name,
        "next_level": _next_level(rules, level.name, row["level_points"]),
        "next_expiry": _next_expiry(row["next_expiry"]),
    }


def _next_level(rules: rulebook.Rules, level: str, points: int) -> dict[str, Any] | None:
    above = rules.next_level(level)
    return {"name": above.name, "points_needed": max(above.points - points, 0)} if above else None


def _next_expiry(found: list[Any] | None) -> dict[str, Any] | None:
    if not found:
        return None
    return {"points": int(found[0]), "expires_at": datetime.fromisoformat(found[1])}
