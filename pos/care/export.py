"""All that is held of one person, to hand over: what the row says, what was bought, said, texted and done, and by whom."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import fields
from sqlalchemy import or_

from pos import audit_log, clock
from pos.attention.models import AttentionItem
from pos.attention.sealed import opened
from pos.care.erasing import require_person, rows_of_person
from pos.checkout import queries as orders
from pos.checkout.selection import Selection
from pos.customers import queries as customers
from pos.db import db, rows_of
from pos.http.access import StoreFacts
from pos.http.schemas import Body
from pos.loyalty import queries as loyalty
from pos.statements import Statement

_OF_PERSON = {
    "merged": """
        SELECT id, phone, name, origin, created_at FROM customers
         WHERE store_id = :store AND id = ANY(:customers ::uuid[]) AND merged_into_id IS NOT NULL ORDER BY id
    """,
    "consents": """
        SELECT n.purpose, n.granted, n.is_pending, n.source, n.wording, n.wording_version, n.actor, n.evidence, r.words AS note,
               n.created_at
          FROM consents n LEFT JOIN remarks r ON r.store_id = n.store_id AND r.subject = 'consents:' || n.id
         WHERE n.store_id = :store AND n.customer_id = ANY(:customers ::uuid[]) ORDER BY n.created_at, n.id
    """,
    "messages": """
        SELECT id, direction, phone, number, body, purpose, template, language, intent, facts, status, permit, segments, order_id,
               campaign_id, actor, created_at, sending_at, sent_at, settled_at
          FROM messages WHERE store_id = :store AND customer_id = ANY(:customers ::uuid[]) ORDER BY id
    """,
    "questions": """
        SELECT t.text, t.reply, t.intent, t.facts, t.language, t.actor, t.created_at
          FROM conversations v JOIN assistant_turns t ON t.store_id = v.store_id AND t.conversation_id = v.id
         WHERE v.store_id = :store AND v.customer_id = ANY(:customers ::uuid[]) ORDER BY t.id
    """,
    "merges": """
        SELECT id, kept_id, duplicate_id, actor, created_at, undone_at, undone_by FROM merges
         WHERE store_id = :store AND (kept_id = ANY(:customers ::uuid[]) OR duplicate_id = ANY(:customers ::uuid[])) ORDER BY id
    """,
    "older_systems": """
        SELECT source, kind, external_id, rule, raw, order_id, created_at FROM source_ids
         WHERE store_id = :store AND (customer_id = ANY(:customers ::uuid[]) OR order_id = ANY(:orders ::uuid[])) ORDER BY id
    """,
    "web_accounts": """
        SELECT wc_customer_id AS number, created_at FROM web_customers
         WHERE store_id = :store AND customer_id = ANY(:customers ::uuid[]) ORDER BY wc_customer_id
    """,
    "acts": """
        SELECT a.actor, a.action, a.subject, a.before, a.after, r.words AS reason, a.created_at
          FROM audit_log a LEFT JOIN remarks r ON r.store_id = a.store_id AND r.subject = 'audit_log:' || a.id
         WHERE a.store_id = :store AND a.subject = ANY(:subjects ::text[]) ORDER BY a.id
    """,
}
# One answer for all of it, however many kinds of rows there are.
_ROWS = Statement(
    "SELECT "
    + ", ".join(f"(SELECT coalesce(json_agg(t), '[]') FROM ({each}) t) AS {name}" for name, each in _OF_PERSON.items())
)
_MEMBERS = Statement("""
    SELECT id, tappass_id, level, balance, lifetime_points, joined_at, source, ended_at FROM members
     WHERE store_id = :store AND customer_id = ANY(:customers ::uuid[]) ORDER BY id
""")


class ExportOut(Body):
    exported_at = fields.AwareDateTime(required=True)
    customer = fields.Dict(
        required=True, metadata={"description": "with profile, e-mail and health data in plain text"}
    )
    merged = fields.List(
        fields.Dict(), required=True, metadata={"description": "rows that were found to be the same person"}
    )
    consents = fields.List(fields.Dict(), required=True)
    orders = fields.List(fields.Dict(), required=True, metadata={"description": "with lines, payments and refunds"})
    memberships = fields.List(fields.Dict(), required=True, metadata={"description": "with every line of their points"})
    messages = fields.List(fields.Dict(), required=True)
    questions = fields.List(fields.Dict(), required=True, metadata={"description": "what was asked in words for them"})
    merges = fields.List(fields.Dict(), required=True)
    older_systems = fields.List(fields.Dict(), required=True)
    web_accounts = fields.List(fields.Dict(), required=True, metadata={"description": "their accounts in the web shop"})
    attention_items = fields.List(fields.Dict(), required=True)
    acts = fields.List(fields.Dict(), required=True, metadata={"description": "what was done to any of this, by whom"})


def export(customer_id: UUID, store: StoreFacts) -> dict[str, Any]:
    """Everything of the person whose row this is, and of all rows merged with it; that it was taken is noted. Raises
    UnknownCustomer, NoPerson."""
    now = clock.now()
    today = clock.business_day(now, store.timezone)
    customer = customers.by_id(customer_id, today=today, with_health=True)
    require_person(customer["origin"])
    rows = rows_of_person(customer["id"])
    audit_log.record("customer.export", f"customers:{rows[-1]}")
    db.session.flush()
    bought = _orders(rows, store)
    memberships = _memberships(rows)
    subjects = [f"{table}:{row}" for row in rows for table in ("customers", "profiles")]
    subjects += [f"members:{member['id']}" for member in memberships] + [f"orders:{order['id']}" for order in bought]
    asked = {"customers": rows, "orders": [order["id"] for order in bought], "subjects": subjects}
    return {
        "exported_at": now,
        "customer": customer,
        "orders": bought,
        "memberships": memberships,
        "attention_items": _items(rows, subjects),
        **_ROWS.mappings(**asked)[0],
    }


def _orders(rows: Sequence[UUID], store: StoreFacts) -> list[dict[str, Any]]:
    mine = Selection(
        " AND o.customer_id = ANY(:customers ::uuid[]) ORDER BY o.placed_at, o.id", {"customers": list(rows)}
    )
    return orders.orders(store, mine)


def _memberships(rows: Sequence[UUID]) -> list[dict[str, Any]]:
    """Each with every line of its points, newest first."""
    members = _MEMBERS.mappings(customers=list(rows))
    ledgers = loyalty.ledgers([member["id"] for member in members])
    return [member | {"ledger": ledgers[member["id"]]} for member in members]


def _items(rows: Sequence[UUID], subjects: Sequence[str]) -> list[dict[str, Any]]:
    """What people were to look at about any of this; a sale that was refused names its customer within."""
    theirs = AttentionItem.detail["customer_id"].astext.in_([str(row) for row in rows])
    found = rows_of(AttentionItem).where(or_(AttentionItem.subject.in_(subjects), theirs))
    return [_shown(item) for item in db.session.scalars(found.order_by(AttentionItem.id))]


def _shown(item: AttentionItem) -> dict[str, Any]:
    told: dict[str, str | datetime | None] = {
        name: getattr(item, name)
        for name in ("kind", "subject", "resolution", "resolved_at", "resolved_by", "created_at")
    }
    return told | {"detail": opened(item)}
