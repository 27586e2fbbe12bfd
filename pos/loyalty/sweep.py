"""What the days do to points: lots and codes expire, old points stop counting for the level, birthdays come.

Each step is repeatable and takes a few members at a time, each batch in a transaction of its own, so that no sale waits for a
night's work. It takes those only whom nobody holds, so it waits for no sale either, and no circle can close; who is busy is
left to the next hour. A step says how many it did; nobody left is 0.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pos.db import current_store, db, transaction
from pos.loyalty import accounts, actions, queries
from pos.loyalty.accounts import KIN
from pos.loyalty.ledger import About
from pos.loyalty.rules import Rules
from pos.statements import Statement, standing_for
from pos.stores.models import Store

BATCH = 50
BIRTHDAY = "Happy birthday"

_DUE = Statement("""
    SELECT m.id FROM members m
     WHERE m.store_id = :store AND m.id > :after
       AND m.id IN (SELECT member_id FROM point_lots WHERE store_id = :store AND remaining > 0 AND expires_at <= :now)
     ORDER BY m.id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
""")
_CODES = Statement(f"""
    SELECT r.id FROM redemptions r
      JOIN members w ON w.store_id = r.store_id AND w.id = r.member_id
      JOIN members m ON m.store_id = w.store_id AND m.id = {standing_for("w")}
     WHERE r.store_id = :store AND r.id > :after AND r.order_id IS NULL AND r.returned_points < r.points AND r.expires_at <= :now
     ORDER BY r.id LIMIT :limit FOR NO KEY UPDATE OF m SKIP LOCKED
""")
_CODE = Statement("""
    SELECT member_id, reward_id, points FROM redemptions
     WHERE store_id = :store AND id = :redemption AND order_id IS NULL AND returned_points = 0
""")
# The first level, which takes no points, is everybody's, also of who was taken more in a year than they were brought.
_REACHED = """(SELECT s.name FROM json_to_recordset(:levels) AS s (name text, points bigint)
                 WHERE s.points <= greatest(m.level_points, 0) OR (m.floor_until > :now AND s.name = m.level_floor)
                 ORDER BY s.points DESC LIMIT 1)"""
_LOCK_OLD = Statement(f"""
    SELECT m.id FROM members m
     WHERE m.store_id = :store AND m.id > :after AND (m.level_from <> :since OR m.level <> {_REACHED})
     ORDER BY m.id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
""")
_COUNT_ANEW = Statement(f"""
    UPDATE members m SET level_from = :since, updated_at = now(), level_points = (
             SELECT coalesce(sum(e.points), 0) FROM point_entries e
              WHERE e.store_id = :store AND e.member_id IN {KIN} AND e.type IN ('accumulate', 'reverse') AND e.earned_at >= :since)
     WHERE m.store_id = :store AND m.id = ANY(:members ::uuid[])
""")
_SET_LEVELS = Statement(f"""
    UPDATE members m SET level = {_REACHED} WHERE m.store_id = :store AND m.id = ANY(:members ::uuid[])
""")
_LIFETIMES = Statement(f"""
    UPDATE members m SET lifetime_points = (
             SELECT coalesce(sum(e.points), 0) FROM point_entries e
              WHERE e.store_id = :store AND e.member_id IN {KIN} AND e.type IN ('accumulate', 'reverse'))
     WHERE m.store_id = :store AND m.id = ANY(:members ::uuid[])
""")
_BIRTHDAYS = Statement("""
    SELECT m.id FROM members m JOIN profiles p ON p.store_id = m.store_id AND p.customer_id = m.customer_id
     WHERE m.store_id = :store AND m.id > :after AND m.merged_into_id IS NULL AND to_char(p.date_of_birth, 'MM-DD') = ANY(:days ::text[])
       AND NOT EXISTS (SELECT FROM point_entries e
                        WHERE e.store_id = :store AND e.cause = 'birthday:' || m.id || ':' || :year ::text)
     ORDER BY m.id LIMIT :limit FOR NO KEY UPDATE OF m SKIP LOCKED
""")


_CAUSE = Statement("SELECT id FROM point_entries WHERE store_id = :store AND cause = :cause")
_BEFORE_ALL = UUID(int=0)


def run(store_id: UUID, now: datetime) -> Iterator[tuple[str, int]]:
    """Does all that is due in a store; yields after each batch what it was and how many."""
    for name, step in _STEPS.items():
        done = [_BEFORE_ALL] * BATCH
        while len(done) == BATCH:
            with transaction(store_id, actor="sweep"):
                done = step(now, done[-1])
            yield name, len(done)


def expire_codes(now: datetime, after: UUID = _BEFORE_ALL) -> list[UUID]:
    """Codes that nobody used in time give their points back."""
    found = _ids(_CODES, now=now, after=after)
    for redemption_id in found:
        _give_back(redemption_id, now)
    return found


def expire_lots(now: datetime, after: UUID = _BEFORE_ALL) -> list[UUID]:
    """Points that are due expire."""
    found = _ids(_DUE, now=now, after=after)
    for member_id in found:
        accounts.opened(member_id, now).write()
    return found


def count_levels(now: datetime, after: UUID = _BEFORE_ALL) -> list[UUID]:
    """Points of more than a year ago stop counting for the level; and another programme may have other levels."""
    since, steps = _levels(now)
    members = _ids(_LOCK_OLD, since=since, levels=steps, now=now, after=after)
    if members:
        _COUNT_ANEW.run(members=members, since=since)
        _SET_LEVELS.run(members=members, levels=steps, now=now)
    return members


def recount(member_ids: Sequence[UUID], now: datetime) -> None:
    """Counts anew what members have earned in all and for their level, after two of them were parted; they are locked."""
    since, steps = _levels(now)
    _LIFETIMES.run(members=list(member_ids))
    _COUNT_ANEW.run(members=list(member_ids), since=since)
    _SET_LEVELS.run(members=list(member_ids), levels=steps, now=now)


def greet(now: datetime, after: UUID = _BEFORE_ALL) -> list[UUID]:
    """Who has birthday gets the programme's points, once a year. Who was born on a 29 February has it on the first of
    March in other years."""
    rules, timezone = _rules_and_timezone()
    if not rules.birthday_points:
        return []
    today = now.astimezone(ZoneInfo(timezone)).date()
    has_leap_day = today.year % 4 == 0 and (today.year % 100 != 0 or today.year % 400 == 0)
    days = [f"{today:%m-%d}"] + (["02-29"] if f"{today:%m-%d}" == "03-01" and not has_leap_day else [])
    found = _ids(_BIRTHDAYS, days=days, year=today.year, after=after)
    for member_id in found:
        _greet(member_id, rules.birthday_points, f"birthday:{member_id}:{today.year}", now)
    return found


_STEPS: dict[str, Callable[[datetime, UUID], list[UUID]]] = {
    "codes": expire_codes,
    "points": expire_lots,
    "levels": count_levels,
    "birthdays": greet,
}


def _ids(statement: Statement, **asked: Any) -> list[UUID]:
    return [row[0] for row in statement.rows(limit=BATCH, **asked)]


def _greet(member_id: UUID, points: int, cause: str, now: datetime) -> None:
    """Under the member's lock it is looked at again: another sweep may just have greeted."""
    ledger = accounts.opened(member_id, now)
    if _CAUSE.first(cause=cause) is None:
        ledger.account.adjust(points, BIRTHDAY, cause=cause)
        ledger.write()


def _give_back(redemption_id: UUID, now: datetime) -> None:
    """Under the member's lock it is looked at again: a sale may just have used it."""
    row = _CODE.first(redemption=redemption_id)
    if row is None:
        return
    member_id, reward_id, points = row
    ledger = accounts.opened(member_id, now)
    if actions.end_code(redemption_id):
        ledger.account.give_back(points, About(reward_id=reward_id, redemption_id=redemption_id))
        ledger.write()


def _levels(now: datetime) -> tuple[datetime, str]:
    """Since when points count for a level, and the levels as _SET_LEVELS takes them."""
    rules, timezone = _rules_and_timezone()
    steps = json.dumps([{"name": level.name, "points": level.points} for level in rules.levels])
    return rules.level_from(now, timezone), steps


def _rules_and_timezone() -> tuple[Rules, str]:
    store = db.session.get_one(Store, current_store())
    return queries.current_rules(store.currency), store.timezone
