"""Two rows are one person: the duplicate's orders, points and waiting texts become the kept one's, and its number leads there.

The duplicate's row stays with what it knew, its number, its answers and what was said with it: whoever looks for it finds the kept one. What
was moved is noted, so that it can be undone (undoing.py).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func

from pos import audit_log, ids
from pos.care import answers, fields, merging, rows
from pos.care.models import Merge
from pos.checkout import joining
from pos.customers import actions as customers
from pos.customers.models import Customer
from pos.db import current_actor, db
from pos.errors import Conflict, Refused
from pos.loyalty import accounts, heirs
from pos.loyalty import queries as loyalty
from pos.statements import Statement

# What waits and is not being handed over at this moment; that is followed by who hands it over (messaging/outbox.py). A campaign writes to
# the kept one by itself.
WAITING = """SELECT id FROM messages WHERE store_id = :store AND customer_id = :{of} AND status IN ('queued', 'held')
               AND campaign_id IS NULL"""
_MOVE_MESSAGES = Statement(f"""
    UPDATE messages SET customer_id = :kept, updated_at = now()
     WHERE store_id = :store AND id IN ({WAITING.format(of="duplicate")} FOR NO KEY UPDATE SKIP LOCKED) RETURNING id
""")
_MOVE_ORDERS = Statement("""
    UPDATE orders SET customer_id = :kept, member_id = coalesce(member_id, :member), updated_at = now()
     WHERE store_id = :store AND customer_id = :duplicate RETURNING id
""")


class MergeWithItself(Refused):
    title = "One row is no two"
    advice = "Name another customer as the duplicate: this is the same row."


class WalkInCannotMerge(Refused):
    title = "Nobody to merge"
    advice = "A walk-in stands for all who give no phone number, so it is not the same person as anybody."


class MergedAlready(Conflict):
    title = "Merged already"
    advice = "The customer {merged_id} was merged into {kept_id}. Merge that one, or undo the merge first."


def merge(
    kept_id: UUID, duplicate_id: UUID, choices: Mapping[str, str], now: datetime, *, merge_id: UUID | None = None
) -> Merge:
    """Makes the duplicate lead to the kept one. `choices` name the fields of which the duplicate's value is to be taken where both have one
    (merging.SINGLE: `kept` or `duplicate`). Locks both, and whoever leads to the duplicate, before all else.

    Raises MergeWithItself, WalkInCannotMerge, MergedAlready, CustomerErased, NotFound.
    """
    if kept_id == duplicate_id:
        raise MergeWithItself
    rows.alone()
    duplicate, kept, leading = rows.locked_with_those_leading_to(duplicate_id, kept_id)
    require_mergeable(kept, duplicate)
    merge_id = merge_id or ids.uuid7()
    phones = kept.phone, duplicate.phone
    before = _change_fields(kept, duplicate, choices)
    moved = _move_books(kept, duplicate, now)
    moved["consents"] = answers.tighten(merge_id, kept, duplicate)
    moved["messages"] = _ids(_MOVE_MESSAGES.rows(kept=kept_id, duplicate=duplicate_id))
    moved["led_on"] = [str(each) for each in leading]
    moved["fields"] = sorted(before)
    rows.lead(leading, to=kept_id)
    duplicate.merged_into_id = kept_id
    db.session.flush()
    if "phone" in before:
        fields.give_phones(kept, duplicate, (duplicate.phone, kept.phone))
    rows.reckon(kept_id, duplicate_id)
    return _note(merge_id, kept, duplicate, moved, before | {fields.PHONES: phones})


def require_mergeable(kept: Customer, duplicate: Customer) -> None:
    """Raises WalkInCannotMerge, MergedAlready, CustomerErased."""
    for row in (kept, duplicate):
        if row.origin == "walk_in":
            raise WalkInCannotMerge
        if row.merged_into_id:
            raise MergedAlready(merged_id=row.id, kept_id=row.merged_into_id)
        customers.require_present(row)


def counted_on_merging(duplicate_id: UUID, member_id: UUID, now: datetime) -> Sequence[UUID]:
    """The orders of somebody who is no member that bring points to the member whom they turn out to be: those that joining would count."""
    days = accounts.opened(member_id, now).account.rules.joining_days
    return joining.latest([duplicate_id], now - timedelta(days=days)).get(duplicate_id, []) if days else []


def _change_fields(kept: Customer, duplicate: Customer, choices: Mapping[str, str]) -> dict[str, tuple[Any, Any]]:
    """Gives the kept one what it lacked or was chosen; gives of each field that changes how it was and will be."""
    was = fields.read(kept)
    changed = merging.changes(was, fields.read(duplicate), choices)
    fields.write(kept, changed)
    return {name: (was[name], value) for name, value in changed.items()}


def _move_books(kept: Customer, duplicate: Customer, now: datetime) -> dict[str, Any]:
    """Orders and points. If one of both is a member, both are from now on."""
    mine, heir, has_joined = loyalty.member_of(duplicate.id), loyalty.member_of(kept.id), False
    if mine and not heir:
        heir, has_joined = joining.join_by(kept.id, "office", now)
    counted = counted_on_merging(duplicate.id, heir, now) if heir and not mine else ()
    merged = heirs.merge(mine, heir, now) if mine and heir else None
    orders = _ids(_MOVE_ORDERS.rows(kept=kept.id, duplicate=duplicate.id, member=heir))
    if heir and counted:
        joining.accumulate(heir, counted, now)
    return {
        "orders": orders,
        "joined": str(heir) if has_joined else None,
        "points": merged.kept() if merged else None,
    }


def _note(
    merge_id: UUID, kept: Customer, duplicate: Customer, moved: dict[str, Any], before: dict[str, tuple[Any, Any]]
) -> Merge:
    """Keeps what was done. Its instant is read under the locks: merges of one person have an order, in which they are undone."""
    row = Merge(
        id=merge_id,
        kept_id=kept.id,
        duplicate_id=duplicate.id,
        actor=current_actor(),
        moved=moved,
        before_sealed=fields.sealed(merge_id, before),
        created_at=func.clock_timestamp(),
    )
    db.session.add(row)
    told = {"merge_id": str(merge_id), "duplicate_id": str(duplicate.id)}
    audit_log.record("customer.merge", f"customers:{kept.id}", after=told)
    db.session.flush()
    return row


def _ids(found: Sequence[tuple[Any, ...]]) -> list[str]:
    return [str(row[0]) for row in found]
