"""A member's account opened under the lock of its row, and what its acts wrote sent to the database.

The row is locked by a statement of its own, sent with the one that reads: a single SELECT … FOR UPDATE that waits would
give the row as it is after the wait, but what it looks up beside it as it was before.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from pos.db import current_actor
from pos.errors import NotFound
from pos.loyalty import rules as rulebook
from pos.loyalty.accrual import read_terms
from pos.loyalty.ledger import FORGIVEN, Account, Booked, Drawn, Lot, Shelf
from pos.loyalty.models import PointEntry, PointLot
from pos.statements import Statement, as_rows, insert_of

_AT_ONCE = 200
# Who holds the points of member m: they, and all who were merged into them; nobody where m was merged into another.
KIN = """(SELECT k.id FROM members k
           WHERE k.store_id = m.store_id AND m.merged_into_id IS NULL AND (k.id = m.id OR k.merged_into_id = m.id))"""

_LOCK = Statement("SELECT id FROM members WHERE store_id = :store AND id = :member FOR NO KEY UPDATE")


def _state(booked: str, which: str = "m.id = :member") -> Statement:
    """What accounts start from, with what the ledger holds of an order."""
    return Statement(f"""
    SELECT m.id, m.customer_id, m.tappass_id, m.joined_at, m.merged_into_id, m.ended_at IS NOT NULL AS has_ended, m.balance, m.debt, m.lifetime_points, m.level_points,
           m.level_from, CASE WHEN m.floor_until > :now THEN m.level_floor END AS level_floor, s.timezone, s.currency,
           p.version, p.rules,
           (SELECT json_agg(json_build_array(l.id, l.remaining, l.expires_at, l.order_id)) FROM point_lots l
             WHERE l.store_id = :store AND l.member_id = m.id AND l.remaining > 0 AND l.expires_at <= :now) AS due,
           {booked} AS booked
      FROM members m
      JOIN stores s ON s.id = m.store_id
      LEFT JOIN LATERAL (SELECT version, rules FROM programs g WHERE g.store_id = m.store_id
                          ORDER BY g.version DESC LIMIT 1) p ON true
     WHERE m.store_id = :store AND {which}
""")


# Most of the cost of the one with an order is planning what of most orders gives nothing.
_STATE = _state("NULL")
_STATE_WITH_ORDER = _state(f"""
           (SELECT json_agg(json_build_array(e.type, e.points, e.member_id = m.id OR h.merged_into_id = m.id, e.reason, e.terms,
                     e.program_version, e.earned_at, t.id, t.remaining, t.expires_at, t.order_id, t.member_id = m.id)
                     ORDER BY e.id)
              FROM point_entries e
              JOIN members h ON h.store_id = e.store_id AND h.id = e.member_id
              LEFT JOIN point_lots t ON t.store_id = e.store_id AND t.id = e.lot_id
             WHERE e.store_id = :store AND e.order_id = :order
               AND (e.type IN ('accumulate', 'reverse', 'expire') OR e.reason = '{FORGIVEN}'))
""")
_LOCK_MANY = Statement("""
    SELECT id FROM members WHERE store_id = :store AND id = ANY(:members ::uuid[]) ORDER BY id FOR NO KEY UPDATE
""")
_STATES = _state("NULL", "m.id = ANY(:members ::uuid[])")
_HELD = Statement("""
    SELECT member_id, id, remaining, expires_at, order_id FROM point_lots
     WHERE store_id = :store AND member_id = ANY(:members ::uuid[]) AND remaining > 0 AND (expires_at IS NULL OR expires_at > :now)
     ORDER BY member_id, expires_at, id
""")
_OLDEST = Statement("""
    SELECT id, remaining, expires_at, order_id FROM point_lots
     WHERE store_id = :store AND member_id = :member AND remaining > 0 AND (expires_at IS NULL OR expires_at > :now)
     ORDER BY expires_at, id LIMIT :limit OFFSET :skip
""")
_BROUGHT_BY = Statement("""
    SELECT id, remaining, expires_at, order_id FROM point_lots
     WHERE store_id = :store AND member_id = :member AND order_id = :order ORDER BY id
""")
_REDEEMED = Statement("""
    SELECT -sum(e.points), l.member_id = :member, l.id, l.remaining, l.expires_at, l.order_id
      FROM point_entries e LEFT JOIN point_lots l ON l.store_id = e.store_id AND l.id = e.lot_id
     WHERE e.store_id = :store AND e.redemption_id = :redemption
     GROUP BY l.store_id, l.id HAVING sum(e.points) <> 0 ORDER BY l.expires_at DESC, l.id DESC
""")
_INSERT_LOTS = Statement(insert_of(PointLot))
_INSERT_ENTRIES = Statement(insert_of(PointEntry))
_MOVE_LOTS = Statement("""
    UPDATE point_lots SET remaining = remaining + moved.points, updated_at = now()
      FROM json_to_recordset(:rows) AS moved (id uuid, points bigint)
     WHERE point_lots.store_id = :store AND point_lots.id = moved.id
""")
_MOVE_MEMBERS = Statement("""
    UPDATE members m SET balance = m.balance + f.points, debt = m.debt + f.owed, lifetime_points = m.lifetime_points + f.lifetime,
           level_points = m.level_points + f.counted, level = f.level, updated_at = now()
      FROM json_to_recordset(:rows) AS f (id uuid, points bigint, owed bigint, lifetime bigint, counted bigint, level text)
     WHERE m.store_id = :store AND m.id = f.id
""")
_MOVE_MEMBER = Statement("""
    UPDATE members SET balance = balance + :points, debt = debt + :owed, lifetime_points = lifetime_points + :lifetime,
           level_points = level_points + :counted, level = :level, updated_at = now()
     WHERE store_id = :store AND id = :member
""")


@dataclass(frozen=True)
class Holder:
    """Whose account it is."""

    id: UUID
    customer_id: UUID
    tappass_id: str
    level_floor: str | None
    joined_at: datetime
    has_ended: bool = False


@dataclass
class Ledger:
    """An account that is open, with its holder."""

    holder: Holder
    account: Account
    _before: tuple[int, int, int, int]

    @property
    def level(self) -> rulebook.Level:
        return self.account.rules.level_for(self.account.level_points, self.holder.level_floor)

    def shown(self) -> dict[str, Any]:
        """The member as an order's answer shows them."""
        return {
            "id": self.holder.id,
            "tappass_id": self.holder.tappass_id,
            "level": self.level.name,
            "balance": self.account.balance,
        }

    def write(self) -> None:
        """Sends what was entered since the account was opened or written last, with the next statement or the commit."""
        account = self.account
        self.close()
        if not account.entries and not any(self._changes()):
            return
        _write_lots([account])
        if account.entries:
            _INSERT_ENTRIES.soon(rows=_entries([account]))
        _MOVE_MEMBER.soon(member=self.holder.id, **self._moved())
        self._settle()

    def close(self) -> None:
        """What still comes to a card that has ended goes at once: orders of its member's time are paid and refunded later."""
        if self.holder.has_ended:
            self.account.end()

    def _moved(self) -> dict[str, Any]:
        points, owed, lifetime, counted = self._changes()
        return {"points": points, "owed": owed, "lifetime": lifetime, "counted": counted, "level": self.level.name}

    def _settle(self) -> None:
        self._before = _figures(self.account)
        self.account.entries.clear()
        self.account.new_lots.clear()

    def _changes(self) -> list[int]:
        return [now - before for now, before in zip(_figures(self.account), self._before, strict=True)]


def opened(member_id: UUID, now: datetime, *, order_id: UUID | None = None) -> Ledger:
    """The account of a member, or of who took it over, locked until the commit; what is due has expired. With what the
    ledger holds of an order, if one is named. The caller holds the customer's lock, or wants no other. Raises NotFound."""
    _LOCK.soon(member=member_id)
    asked = {"member": member_id, "now": now}
    rows = _STATE_WITH_ORDER.mappings(order=order_id, **asked) if order_id else _STATE.mappings(**asked)
    if not rows:
        raise NotFound(what="member")
    [row] = rows
    if row["merged_into_id"]:
        return opened(row["merged_into_id"], now, order_id=order_id)
    return _ledger(row, now, _Lots(row["id"]))


def opened_together(member_ids: Collection[UUID], now: datetime) -> dict[UUID, Ledger]:
    """The accounts of many members in three statements, locked in the order of their ids; of who was merged into another, that one's."""
    asked = {"members": sorted(member_ids)}
    _LOCK_MANY.soon(**asked)
    rows = _STATES.mappings(now=now, **asked)
    held: dict[UUID, list[Lot]] = {}
    for member_id, *lot in _HELD.rows(now=now, **asked):
        held.setdefault(member_id, []).append(Lot(*lot))
    own = [row for row in rows if not row["merged_into_id"]]
    found = {row["id"]: _ledger(row, now, _Held(row["id"], held.get(row["id"], []))) for row in own}
    for row in rows:
        heir = row["merged_into_id"]
        if heir:
            found[row["id"]] = found[heir] = found.get(heir) or opened(heir, now)
    return found


def write_together(ledgers: Iterable[Ledger]) -> None:
    """Sends what was entered in many accounts, each table in one statement."""
    opened_once = {id(each): each for each in ledgers}.values()
    for ledger in opened_once:
        ledger.close()
    changed = [ledger for ledger in opened_once if ledger.account.entries]
    if not changed:
        return
    _write_lots([ledger.account for ledger in changed])
    _INSERT_ENTRIES.soon(rows=_entries([ledger.account for ledger in changed]))
    _MOVE_MEMBERS.soon(rows=as_rows({"id": ledger.holder.id, **ledger._moved()} for ledger in changed))  # noqa: SLF001
    for ledger in changed:
        ledger._settle()  # noqa: SLF001 - a ledger writes itself alone, here all do


def rules_of(version: int | None, kept: dict[str, Any] | None, currency: str) -> rulebook.Rules:
    """The rules of a programme's row, or the built-in ones where there is none."""
    if version is None or kept is None:
        return rulebook.read(rulebook.BUILT_IN_VERSION, rulebook.built_in(currency))
    return rulebook.read(version, kept)


@dataclass(frozen=True)
class _Lots:
    """A member's lots in the database."""

    member_id: UUID

    def oldest(self, now: datetime) -> Iterator[Lot]:
        skip = 0
        while True:
            rows = _OLDEST.rows(member=self.member_id, now=now, limit=_AT_ONCE, skip=skip)
            yield from (Lot(*row) for row in rows)
            if len(rows) < _AT_ONCE:
                return
            skip += _AT_ONCE

    def brought_by(self, order_id: UUID) -> list[Lot]:
        return [Lot(*row) for row in _BROUGHT_BY.rows(member=self.member_id, order=order_id)]

    def redeemed(self, redemption_id: UUID) -> list[Drawn]:
        rows = _REDEEMED.rows(member=self.member_id, redemption=redemption_id)
        return _still_out(
            Drawn(Lot(*lot) if lot[0] else None, int(points), is_mine is not False) for points, is_mine, *lot in rows
        )


@dataclass(frozen=True)
class _Held(_Lots):
    """The same, those that hold points read beforehand."""

    held: Sequence[Lot]

    def oldest(self, now: datetime) -> Iterator[Lot]:
        return iter(self.held)


def _ledger(row: dict[str, Any], now: datetime, shelf: Shelf) -> Ledger:
    account = _account(row, now, shelf)
    named = ("id", "customer_id", "tappass_id", "level_floor", "joined_at", "has_ended")
    holder = Holder(*(row[name] for name in named))
    ledger = Ledger(holder, account, _figures(account))
    account.expire()
    return ledger


def _account(row: dict[str, Any], now: datetime, shelf: Shelf) -> Account:
    plain = ("balance", "debt", "lifetime_points", "level_points", "level_from", "timezone")
    return Account(
        member_id=row["id"],
        now=now,
        rules=rules_of(row["version"], row["rules"], row["currency"]),
        shelf=shelf,
        due=[_lot(*each) for each in row["due"] or ()],
        booked=_booked(row["booked"] or ()),
        **{name: row[name] for name in plain},
    )


def _booked(entries: Sequence[Sequence[Any]]) -> Booked:
    """What the entries of one order come to: those of this member, or of one who was merged into them."""
    mine = [entry for entry in entries if entry[2]]
    gains = [entry for entry in mine if entry[0] == "accumulate"]
    terms = [entry[4] for entry in mine if entry[4]]
    return Booked(
        points=sum(entry[1] for entry in mine if entry[0] in ("accumulate", "reverse")),
        reversed=_reversed([entry for entry in mine if entry[0] == "reverse"]),
        forgiven=sum(entry[1] for entry in mine if entry[0] == "adjust"),
        expired=-sum(entry[1] for entry in mine if entry[0] == "expire"),
        parts=sum(entry[0] == "accumulate" for entry in entries),
        bonus=sum(each["bonus"] for each in terms),
        terms=read_terms(terms[-1]) if terms else None,
        version=gains[-1][5] if gains else None,
        earned_at=datetime.fromisoformat(gains[0][6]) if gains else None,
    )


def _reversed(entries: Sequence[Sequence[Any]]) -> list[Drawn]:
    """What was taken back and not put back since, by lot, the last first."""
    drawn: dict[Any, list[Any]] = {}
    for entry in entries:
        taken = drawn.setdefault(entry[7], [0, entry])
        taken[0] -= entry[1]
    return _still_out(
        Drawn(_lot(*entry[7:11]) if entry[7] else None, points, entry[11] is not False)
        for points, entry in reversed(drawn.values())
    )


def _still_out(drawn: Iterable[Drawn]) -> list[Drawn]:
    """What was drawn and has not gone back, in the order in which it goes back. What went back to another lot than it came from,
    was owed in the meantime, or came from a lot of who was merged into this member."""
    drawn = list(drawn)
    beside = -sum(min(each.points, 0) for each in drawn)
    found = []
    for each in drawn:
        is_away = each.lot is None or not each.is_mine
        elsewhere = min(max(each.points, 0), beside) if is_away else 0
        beside -= elsewhere
        if each.points > elsewhere:
            found.append(replace(each, points=each.points - elsewhere))
    return found


def _lot(lot_id: str, remaining: int, expires_at: str | None, order_id: str | None) -> Lot:
    instant = datetime.fromisoformat(expires_at) if expires_at else None
    return Lot(UUID(lot_id), remaining, instant, UUID(order_id) if order_id else None)


def _write_lots(accounts: Sequence[Account]) -> None:
    new = {
        row["id"]: row | {"remaining": each.touched[row["id"]].remaining} for each in accounts for row in each.new_lots
    }
    if new:
        _INSERT_LOTS.soon(rows=as_rows(new.values()))
    moved: dict[UUID, int] = {}
    for entry in (entry for each in accounts for entry in each.entries):
        lot_id = entry["lot_id"]
        if lot_id and lot_id not in new:
            moved[lot_id] = moved.get(lot_id, 0) + entry["points"]
    if moved:
        _MOVE_LOTS.soon(rows=as_rows({"id": lot_id, "points": points} for lot_id, points in moved.items()))


def _entries(accounts: Sequence[Account]) -> str:
    return as_rows({"actor": current_actor(), **entry} for each in accounts for entry in each.entries)


def _figures(account: Account) -> tuple[int, int, int, int]:
    return account.balance, account.debt, account.lifetime_points, account.level_points
