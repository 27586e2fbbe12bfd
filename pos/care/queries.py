"""What is asked of merges: what one would do, and what those that were made have done."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_

from pos.care import actions, answers, fields, merging
from pos.care.models import Merge
from pos.customers import identity
from pos.customers import queries as customers
from pos.customers.models import Customer
from pos.db import db, find, rows_of
from pos.http.paging import page
from pos.loyalty import heirs
from pos.loyalty import queries as loyalty
from pos.statements import Statement

_SHORT = (
    "id", "phone", "origin", "name", "order_count", "total_spent", "first_order_at", "last_order_at", "marketing_consent",
    "sms_consent", "member", "merged_ids",
)  # fmt: skip
_WAITING = Statement(f"SELECT count(*) FROM ({actions.WAITING.format(of='duplicate')}) waiting")
_ORDERS = Statement("SELECT count(*) FROM orders WHERE store_id = :store AND customer_id = :duplicate")


def preview(kept_id: UUID, duplicate_id: UUID, now: datetime) -> dict[str, Any]:
    """What a merge would do, of which nothing is done; health data is for managers, who alone ask. Raises what `merge` raises."""
    if kept_id == duplicate_id:
        raise actions.MergeWithItself
    kept, duplicate = find(Customer, kept_id), find(Customer, duplicate_id)
    actions.require_mergeable(kept, duplicate)
    mine, theirs = fields.read(kept), fields.read(duplicate)
    return {
        "kept": _short(kept_id, now),
        "duplicate": (shown := _short(duplicate_id, now)),
        "conflicts": [vars(each) for each in merging.conflicts(mine, theirs)],
        "united": merging.united(mine, theirs),
        "moves": {
            "orders": _ORDERS.rows(duplicate=duplicate_id)[0][0],
            "points": shown["member"]["balance"] if shown["member"] else 0,
            "messages": _WAITING.rows(duplicate=duplicate_id)[0][0],
            "joins": bool(shown["member"]) and loyalty.member_of(kept_id) is None,
            "stricter_consents": answers.stricter(kept, duplicate),
            "phones": [row.phone for row in (kept, duplicate) if row.phone],
        },
    }


def merge(merge_id: UUID) -> dict[str, Any]:
    """One merge. Raises NotFound."""
    return _shown(find(Merge, merge_id))


def merges_of(customer_id: UUID, *, limit: int, after: str | None = None) -> dict[str, Any]:
    """A page of the merges of a person, whichever of their rows is named, newest first. Raises NotFound."""
    person = identity.stands_for(find(Customer, customer_id).id)
    rows = rows_of(Customer).where(or_(Customer.id == person, Customer.merged_into_id == person))
    theirs = list(db.session.scalars(rows.with_only_columns(Customer.id)))
    wanted = rows_of(Merge).where(or_(Merge.kept_id.in_(theirs), Merge.duplicate_id.in_(theirs)))
    found = page(wanted, Merge, limit=limit, after=after)
    return found | {"data": [_shown(row) for row in found["data"]]}


def _short(customer_id: UUID, now: datetime) -> dict[str, Any]:
    known = customers.by_id(customer_id, today=now.date(), with_health=False)
    return {name: known[name] for name in _SHORT}


def _shown(row: Merge) -> dict[str, Any]:
    moved = row.moved
    return {
        "id": row.id,
        "kept_id": row.kept_id,
        "duplicate_id": row.duplicate_id,
        "actor": row.actor,
        "created_at": row.created_at,
        "moved": {
            "orders": len(moved["orders"]),
            "points": heirs.read(moved["points"]).brought if moved["points"] else 0,
            "messages": len(moved["messages"]),
            "fields": moved["fields"],
            "stricter_consents": sorted({each["purpose"] for each in moved["consents"]}),
            "has_joined": moved["joined"] is not None,
        },
        "undone_at": row.undone_at,
        "undone_by": row.undone_by,
        "stayed": row.stayed,
    }
