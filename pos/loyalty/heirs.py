"""Two members become one, and two again: whose points they are, with their expiry, and what counts for the level.

The caller holds the customers' locks. Entries stay with who they were written for; what is booked later for the first is booked for the heir
(accounts.KIN). So when they part, what the heir was told of the first one's orders goes back with these.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pos import audit_log
from pos.loyalty import accounts, sweep
from pos.loyalty.accounts import KIN, Ledger
from pos.loyalty.ledger import About, Handed, Lot
from pos.statements import Statement

# Who was merged before whom they lead to, as with customers (docs/architecture.md).
_LOCK = Statement("""
    SELECT id FROM members WHERE store_id = :store AND (id = ANY(:members ::uuid[]) OR merged_into_id = ANY(:members ::uuid[]))
     ORDER BY merged_into_id IS NULL, id FOR NO KEY UPDATE
""")
_COUNTING = Statement(f"""
    SELECT coalesce(sum(e.points), 0)::bigint FROM members m JOIN point_entries e ON e.store_id = m.store_id AND e.member_id IN {KIN}
     WHERE m.store_id = :store AND m.id = :member AND e.type IN ('accumulate', 'reverse') AND e.earned_at >= :since
""")
_LEAD_ON = Statement("""
    UPDATE members SET merged_into_id = :heir, updated_at = now() WHERE store_id = :store AND merged_into_id = :member RETURNING id
""")
_LEAD = Statement("""
    UPDATE members SET merged_into_id = :heir, updated_at = now() WHERE store_id = :store AND id = ANY(:members ::uuid[])
""")
_BOOKED_SINCE = Statement("""
    SELECT order_id, sum(points)::bigint FROM point_entries
     WHERE store_id = :store AND member_id = :heir AND order_id = ANY(:orders ::uuid[]) AND type IN ('accumulate', 'reverse')
     GROUP BY order_id HAVING sum(points) <> 0 ORDER BY order_id
""")
_LOTS = Statement("""
    SELECT id, remaining, expires_at, order_id FROM point_lots WHERE store_id = :store AND id = ANY(:lots ::uuid[])
""")
# What came back since of rewards that the first one had taken: it went into lots of their own.
_RETURNED = Statement("""
    SELECT l.id, l.remaining, l.expires_at, l.order_id FROM point_lots l
     WHERE l.store_id = :store AND l.member_id = :heir AND l.remaining > 0 AND NOT l.id = ANY(:over ::uuid[]) AND l.id IN (
           SELECT e.lot_id FROM redemptions r JOIN point_entries e ON e.store_id = r.store_id AND e.redemption_id = r.id
            WHERE r.store_id = :store AND r.member_id = ANY(:members ::uuid[]) AND e.type = 'return' AND e.points > 0)
     ORDER BY l.id
""")


@dataclass(frozen=True)
class Merged:
    """That one member's points went to another, in a form that can be kept: `over` is what went, `led_on` who had led to the first."""

    member_id: UUID
    heir_id: UUID
    over: Handed
    led_on: list[UUID] = field(default_factory=list)

    @property
    def brought(self) -> int:
        """The points that the first one's lots held."""
        return sum(points for _, _, points in self.over.lots)

    def kept(self) -> dict[str, Any]:
        return {
            "member_id": str(self.member_id),
            "heir_id": str(self.heir_id),
            "led_on": [str(each) for each in self.led_on],
            "lots": [[str(before), str(now), points] for before, now, points in self.over.lots],
            "owed": self.over.owed,
            "repaid": [[str(lot), points] for lot, points in self.over.repaid],
        }


def read(kept: Mapping[str, Any]) -> Merged:
    """What Merged.kept gave."""
    lots = [(UUID(before), UUID(now), points) for before, now, points in kept["lots"]]
    over = Handed(lots, kept["owed"], [(UUID(lot), points) for lot, points in kept["repaid"]])
    return Merged(UUID(kept["member_id"]), UUID(kept["heir_id"]), over, [UUID(each) for each in kept["led_on"]])


def merge(member_id: UUID, heir_id: UUID, now: datetime) -> Merged:
    """Hands all points of one member to another, with their expiry, and what they count for the level; what is booked later
    for the first goes to the second."""
    _LOCK.run(members=[member_id, heir_id])
    mine, heirs = accounts.opened(member_id, now), accounts.opened(heir_id, now)
    [(counting,)] = _COUNTING.rows(member=mine.holder.id, since=heirs.account.level_from)
    over = heirs.account.take_over(mine.account.hand_over(counting))
    mine.write()
    heirs.write()
    led_on = [row[0] for row in _LEAD_ON.rows(member=mine.holder.id, heir=heirs.holder.id)]
    _LEAD.run(members=[mine.holder.id], heir=heirs.holder.id)
    audit_log.record("member.merge", f"members:{heirs.holder.id}", after={"from": str(mine.holder.id)})
    return Merged(mine.holder.id, heirs.holder.id, over, led_on)


def part(merged: Merged, order_ids: Collection[UUID], now: datetime) -> int:
    """Makes two of them again: what went over goes back as far as it is there, and what the heir was told since of the orders that came
    over, wherever they are by now. Gives how many points did. The debts go back, too."""
    _LOCK.run(members=[merged.member_id, merged.heir_id])
    since = withdraw(merged.heir_id, order_ids, now, over=merged.over)
    _LEAD.run(members=[merged.member_id], heir=None)
    _LEAD.run(members=merged.led_on, heir=merged.member_id)
    back = _hand_back(merged, now)
    for order_id, (points, booked) in since.items():
        mine = accounts.opened(merged.member_id, now, order_id=order_id)
        _tell(mine, order_id, points, booked)
        mine.write()
    sweep.recount([merged.member_id, merged.heir_id], now)
    audit_log.record("member.part", f"members:{merged.member_id}", after={"from": str(merged.heir_id), "points": back})
    return back


def withdraw(
    heir_id: UUID, order_ids: Collection[UUID], now: datetime, *, over: Handed | None = None
) -> dict[UUID, tuple[int, Ledger]]:
    """Takes out of the heir's books what these orders brought or cost since they are the heir's; gives of each how many points that was,
    and the books in which it stood. The orders are noted as moved, by which the audit knows why."""
    came_over = {lot for _, lot, _ in over.lots} if over else set()
    found = {}
    for order_id, points in _BOOKED_SINCE.rows(heir=heir_id, orders=list(order_ids)):
        ledger = accounts.opened(heir_id, now, order_id=order_id)
        if points < 0:
            ledger.account.unreverse(-points, About(order_id))
        else:
            own = [lot for lot in ledger.account.shelf.brought_by(order_id) if lot.id not in came_over]
            ledger.account.reverse(points, About(order_id), lots=own)
        ledger.write()
        audit_log.record("order.move", f"orders:{order_id}", after={"from_member": str(heir_id), "points": points})
        found[order_id] = (points, ledger)
    return found


def _hand_back(merged: Merged, now: datetime) -> int:
    over = merged.over
    wanted = [lot for _, lot, _ in over.lots] + [lot for lot, _ in over.repaid]
    returned = _RETURNED.rows(
        heir=merged.heir_id, members=[merged.member_id, *merged.led_on], over=[lot for _, lot, _ in over.lots]
    )
    heirs = accounts.opened(merged.heir_id, now)
    estate = heirs.account.hand_back(over, _lots(wanted), [Lot(*row) for row in returned])
    heirs.write()
    mine = accounts.opened(merged.member_id, now)
    mine.account.take_back(estate, _lots([before for before, _, _ in over.lots]))
    mine.write()
    return sum(lot.remaining for lot in estate.lots)


def _tell(mine: Ledger, order_id: UUID, points: int, heirs: Ledger) -> None:
    """Enters for its member what an order brought or cost while it was the heir's."""
    account = mine.account
    if points < 0:
        account.reverse(-points, About(order_id))
        return
    again = min(points, sum(drawn.points for drawn in account.booked.reversed))
    if again:
        account.unreverse(again, About(order_id))
    if points > again:
        told = heirs.account.booked
        assert told.terms is not None, "what an order brought has terms"
        by = told.terms.kept(told.bonus)
        account.accumulate(points - again, order_id, by, told.version or 0, told.earned_at or account.now)


def _lots(ids: Collection[UUID]) -> dict[UUID, Lot]:
    return {row[0]: Lot(*row) for row in _LOTS.rows(lots=list(ids))} if ids else {}
