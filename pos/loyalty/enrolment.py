"""Members who come in numbers, from an older system: enrolled at once, with a level that they keep for a while and the points
that they had. The caller holds the customers' locks, and links their orders."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pos import ids
from pos.db import current_actor, current_store, db
from pos.loyalty import accounts, queries, tappass_ids
from pos.loyalty.ledger import Account, Drawn, Lot
from pos.loyalty.models import Member, PointEntry, PointLot
from pos.loyalty.rules import Rules, year_after
from pos.statements import Statement, as_rows, insert_of
from pos.stores.models import Store

_MEMBERS = Statement(insert_of(Member))
_LOTS = Statement(insert_of(PointLot))
_ENTRIES = Statement(insert_of(PointEntry))
_TAKEN = Statement("SELECT tappass_id FROM members WHERE store_id = :store AND tappass_id = ANY(:wanted)")
_LINK_ORDERS = Statement("""
    UPDATE orders o SET member_id = m.id FROM members m
     WHERE o.store_id = :store AND o.customer_id = ANY(:customers ::uuid[]) AND o.member_id IS NULL
       AND m.store_id = :store AND m.customer_id = o.customer_id
""")
_FLOOR = Statement("""
    UPDATE members SET level_floor = :floor, floor_until = :until, level = :level, updated_at = now()
     WHERE store_id = :store AND id = :member
""")


@dataclass(frozen=True)
class Brought:
    """Points that somebody had in an older system; `cause` lets them come once."""

    points: int
    reason: str
    cause: str


@dataclass(frozen=True)
class Newcomer:
    """A customer who becomes a member; `floor` is the level below which they do not fall for twelve months."""

    customer_id: UUID
    floor: str | None = None
    brought: Sequence[Brought] = ()


class _NoLots:
    """The shelf of who has no points yet."""

    def oldest(self, now: datetime) -> Iterator[Lot]:
        return iter(())

    def brought_by(self, order_id: UUID) -> list[Lot]:
        return []

    def redeemed(self, redemption_id: UUID) -> list[Drawn]:
        return []


def enrol(newcomers: Sequence[Newcomer], source: str, now: datetime) -> dict[UUID, UUID]:
    """Makes customers members who are none; gives their members' ids. Orders that they had are linked."""
    if not newcomers:
        return {}
    store = db.session.get_one(Store, current_store())
    rules = queries.current_rules(store.currency)
    until, level_from = year_after(now, store.timezone), rules.level_from(now, store.timezone)
    opened = [
        (each, _account(each, rules, store.timezone, level_from, now), _floor(each.floor, rules)) for each in newcomers
    ]
    _MEMBERS.run(
        rows=as_rows(
            {
                "id": account.member_id, "customer_id": each.customer_id, "tappass_id": tappass_id,
                "level": rules.level_for(0, floor).name, "level_floor": floor, "floor_until": until if floor else None,
                "balance": account.balance, "debt": account.debt, "lifetime_points": 0, "level_points": 0,
                "level_from": level_from, "joined_at": now, "source": source,
            }
            for (each, account, floor), tappass_id in zip(opened, _free_ids(len(newcomers)), strict=True)
        )
    )  # fmt: skip
    _write_points([account for _, account, _ in opened])
    _LINK_ORDERS.run(customers=[each.customer_id for each in newcomers])
    return {each.customer_id: account.member_id for each, account, _ in opened}


def bring(brought: Mapping[UUID, Sequence[Brought]], now: datetime) -> None:
    """Adds to what members have."""
    if not brought:
        return
    ledgers = accounts.opened_together(brought.keys(), now)
    for member_id, listed in brought.items():
        for each in listed:
            ledgers[member_id].account.adjust(each.points, each.reason, cause=each.cause)
    accounts.write_together(ledgers.values())


def hand_back(points: Mapping[UUID, int], reason: str, now: datetime) -> int:
    """Takes points from members, not more than each has; gives how many."""
    ledgers = accounts.opened_together(points.keys(), now)
    total = 0
    for member_id, wanted in points.items():
        account = ledgers[member_id].account
        taken = min(wanted, account.balance)
        if taken > 0:
            account.adjust(-taken, reason)
            total += taken
    accounts.write_together(ledgers.values())
    return total


def raise_floor(member_id: UUID, floor: str, now: datetime) -> bool:
    """Gives a member the level below which they do not fall for twelve months, unless theirs is as high; says whether it did."""
    ledger, store = accounts.opened(member_id, now), db.session.get_one(Store, current_store())
    rules = ledger.account.rules
    names = [level.name for level in rules.levels]
    held = ledger.holder.level_floor
    if floor not in names or (held in names and names.index(held) >= names.index(floor)):
        return False
    level = rules.level_for(ledger.account.level_points, floor).name
    ledger.write()
    _FLOOR.run(member=ledger.holder.id, floor=floor, until=year_after(now, store.timezone), level=level)
    return True


def _floor(name: str | None, rules: Rules) -> str | None:
    """The level, if the programme has it."""
    return name if name in [level.name for level in rules.levels] else None


def _account(newcomer: Newcomer, rules: Rules, timezone: str, level_from: datetime, now: datetime) -> Account:
    account = Account(
        member_id=ids.uuid7(), balance=0, debt=0, lifetime_points=0, level_points=0, level_from=level_from, now=now,
        rules=rules, timezone=timezone, shelf=_NoLots(),
    )  # fmt: skip
    for each in newcomer.brought:
        account.adjust(each.points, each.reason, cause=each.cause)
    return account


def _write_points(accounts_: Sequence[Account]) -> None:
    lots = [row | {"remaining": each.touched[row["id"]].remaining} for each in accounts_ for row in each.new_lots]
    if lots:
        _LOTS.run(rows=as_rows(lots))
        _ENTRIES.run(rows=as_rows({"actor": current_actor(), **entry} for each in accounts_ for entry in each.entries))


def _free_ids(count: int) -> list[str]:
    """So many TapPass IDs that nobody has. Two who take one in the same moment are refused by the schema."""
    found: set[str] = set()
    while len(found) < count:
        wanted = {tappass_ids.new() for _ in range(count - len(found))}
        found |= wanted - {taken for (taken,) in _TAKEN.rows(wanted=list(wanted))}
    return list(found)
