"""A merge is undone: two rows again, each with what it had. What came since stays with the kept one, and the answer says what stayed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pos import audit_log
from pos.care import answers, fields, merging, rows
from pos.care.actions import WAITING
from pos.care.models import Merge
from pos.customers import actions as customers
from pos.customers import releases
from pos.customers.models import Customer
from pos.db import current_actor, db, find
from pos.errors import Conflict
from pos.loyalty import heirs
from pos.loyalty import queries as loyalty
from pos.messaging import talk
from pos.statements import Statement

_LATER = Statement("""
    SELECT id FROM merges
     WHERE store_id = :store AND (kept_id = :kept OR duplicate_id = :kept) AND undone_at IS NULL AND created_at > :at
     ORDER BY created_at DESC LIMIT 1
""")
_STILL_THERE = Statement("""
    SELECT id FROM orders WHERE store_id = :store AND id = ANY(:orders ::uuid[]) AND customer_id = :kept
""")
# An order that was the duplicate's member's, or that of somebody who had been merged into them, is so again.
_GIVE_BACK_ORDERS = Statement("""
    UPDATE orders o SET customer_id = :duplicate, updated_at = now(),
           member_id = CASE WHEN EXISTS (SELECT FROM members m WHERE m.store_id = :store AND m.id = o.member_id AND m.merged_into_id = :member)
                            THEN o.member_id ELSE :member ::uuid END
     WHERE o.store_id = :store AND o.id = ANY(:orders ::uuid[])
""")
_GIVE_BACK_MESSAGES = Statement(f"""
    UPDATE messages SET customer_id = :duplicate, updated_at = now()
     WHERE store_id = :store AND id IN ({WAITING.format(of="kept")} AND id = ANY(:messages ::uuid[]) FOR NO KEY UPDATE SKIP LOCKED)
""")


class UndoneAlready(Conflict):
    title = "Undone already"
    advice = "This merge was undone. To make the two one again, merge them anew."


class UndoAnotherFirst(Conflict):
    title = "Another merge stands on this one"
    advice = "Since this merge, the person was merged again. Undo the merge {merge_id} first, then this one."


def undo(merge_id: UUID, now: datetime) -> Merge:
    """Makes two rows of them again. Locks the duplicate and all who had led there, then the kept one.

    Raises UndoneAlready, UndoAnotherFirst, CustomerErased, NotFound.
    """
    merge, kept, duplicate = _locked(merge_id)
    moved, stayed = merge.moved, dict[str, Any]()
    stayed["fields"] = _give_back_fields(merge, kept, duplicate, now)
    duplicate.merged_into_id = None
    db.session.flush()
    rows.lead([UUID(each) for each in moved["led_on"]], to=duplicate.id)
    stayed |= _give_back_books(merge, now)
    stayed["consents"] = answers.loosen(merge, moved["consents"])
    answers.share_refusals(merge, kept, duplicate)
    _GIVE_BACK_MESSAGES.run(duplicate=duplicate.id, kept=kept.id, messages=moved["messages"])
    rows.reckon(kept.id, duplicate.id)
    merge.undone_at, merge.undone_by, merge.stayed = now, current_actor(), stayed
    # Nothing needs it any more, and it would outlive the erasure of whoever it tells of.
    merge.before_sealed = None
    told = {"merge_id": str(merge_id), "duplicate_id": str(duplicate.id)}
    audit_log.record("customer.part", f"customers:{kept.id}", after=told)
    db.session.flush()
    return merge


def _locked(merge_id: UUID) -> tuple[Merge, Customer, Customer]:
    rows.alone()
    told = find(Merge, merge_id)
    customers.lock(*(UUID(each) for each in told.moved["led_on"]), told.duplicate_id, told.kept_id)
    duplicate, kept = find(Customer, told.duplicate_id, lock=True), find(Customer, told.kept_id, lock=True)
    merge = find(Merge, merge_id, lock=True)
    if merge.undone_at:
        raise UndoneAlready
    for row in (kept, duplicate):
        customers.require_present(row)
    later = _LATER.first(kept=kept.id, at=merge.created_at)
    if later:
        raise UndoAnotherFirst(merge_id=later[0])
    return merge, kept, duplicate


def _give_back_fields(merge: Merge, kept: Customer, duplicate: Customer, now: datetime) -> list[str]:
    """What the kept one had is its own again; gives the names of what was edited since, and `phone` where either has another number, or none."""
    before = fields.opened(merge.id, merge.before_sealed) if merge.before_sealed else {}
    exchanged = before.pop("phone", (kept.phone, duplicate.phone))
    phones = before.pop(fields.PHONES, exchanged)
    back, edited = merging.undone(before, fields.plain(fields.read(kept)))
    fields.write(kept, fields.typed(back))
    _give_back_phones(kept, duplicate, phones, now)
    return edited if (kept.phone, duplicate.phone) == phones else sorted([*edited, "phone"])


def _give_back_phones(kept: Customer, duplicate: Customer, before: merging.Phones, now: datetime) -> None:
    """A number that neither has any more is nobody's, as after any change."""
    had, held = kept.phone, (kept.phone, duplicate.phone)
    phones = merging.phones_apart(before, held)
    if phones != held or None in phones:
        fields.give_phones(kept, duplicate, phones, lost_at=now)
    if had and had not in phones:
        releases.keep(had, kept.id, reason="changed")
        talk.hand_over(had, None)


def _give_back_books(merge: Merge, now: datetime) -> dict[str, Any]:
    """Orders that are still the kept one's, and points as far as they are there; gives what stayed."""
    moved, heir = merge.moved, loyalty.member_of(merge.kept_id)
    orders = [row[0] for row in _STILL_THERE.rows(orders=moved["orders"], kept=merge.kept_id)]
    points, mine = 0, None
    if moved["points"]:
        merged = heirs.read(moved["points"])
        # Of an order that is somebody else's by now, too: what it brought was the duplicate's, so what was taken back is.
        came = [UUID(each) for each in moved["orders"]]
        mine, points = merged.member_id, merged.brought - heirs.part(merged, came, now)
    elif heir:
        heirs.withdraw(heir, orders, now)
    _GIVE_BACK_ORDERS.run(orders=orders, duplicate=merge.duplicate_id, member=mine)
    return {
        "orders": len(moved["orders"]) - len(orders),
        "points": points,
        "has_joined": moved["joined"] is not None,
    }
