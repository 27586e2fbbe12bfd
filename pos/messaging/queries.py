"""What is asked of texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from babel.numbers import get_currency_precision

from pos import money
from pos.errors import NotFound
from pos.http.paging import cursor, read_cursor
from pos.messaging import codes
from pos.messaging.policy import Policy, read
from pos.statements import Statement, standing_for

_COLUMNS = (
    "id", "direction", "customer_id", "conversation_id", "campaign_id", "order_id", "in_reply_to_id", "phone", "body", "purpose",
    "template", "language", "intent", "status", "permit", "error_code", "segments", "attempts", "not_before", "not_after",
    "sending_at", "sent_at", "settled_at", "created_at", "actor",
)  # fmt: skip
FILTERS = ("direction", "purpose", "status", "customer_id", "conversation_id", "campaign_id", "order_id")
# All that was said with a person, whichever of their rows it was said with.
_CONDITIONS = {
    "customer_id": f""" AND m.customer_id IN (SELECT k.id FROM customers x JOIN customers k ON k.store_id = x.store_id
         AND {standing_for("x")} IN (k.id, k.merged_into_id) WHERE x.store_id = :store AND x.id = :customer_id)"""
}
_MESSAGE = f"""
    SELECT {", ".join(f"m.{name}" for name in _COLUMNS)}, s.currency, s.settings
      FROM messages m JOIN stores s ON s.id = m.store_id
     WHERE m.store_id = :store
"""
_ONE = Statement(_MESSAGE + " AND m.id = :id")
_CONVERSATION = f"""
    SELECT v.id, v.channel, c.id AS customer_id, c.name, v.phone, v.started_at, v.last_message_at, v.waiting_since,
           (SELECT m.body FROM messages m WHERE m.store_id = v.store_id AND m.conversation_id = v.id
               AND (m.customer_id IS NULL OR EXISTS (
                 SELECT FROM customers a WHERE a.store_id = m.store_id AND a.id = m.customer_id AND c.id IN (a.id, a.merged_into_id)))
             ORDER BY m.id DESC LIMIT 1) AS last_body
      FROM conversations v
      LEFT JOIN customers w ON w.store_id = v.store_id AND w.id = v.customer_id
      LEFT JOIN customers c ON c.store_id = v.store_id AND c.id = {standing_for("w")}
     WHERE v.store_id = :store AND v.channel = 'sms'
"""
_ONE_CONVERSATION = Statement(_CONVERSATION + " AND v.id = :id")
_CONVERSATIONS = Statement(
    _CONVERSATION
    + """
       AND (:waiting ::boolean IS NULL OR (v.waiting_since IS NOT NULL) = :waiting)
       AND (:after ::uuid IS NULL OR (v.last_message_at, v.id) < (SELECT l.last_message_at, l.id FROM conversations l
                                                                   WHERE l.store_id = :store AND l.id = :after ::uuid))
     ORDER BY v.last_message_at DESC, v.id DESC LIMIT :limit
"""
)
_HAS_TEXTED = Statement("""
    SELECT m.id FROM customers c JOIN messages m ON m.store_id = c.store_id AND m.customer_id IN (c.id, c.merged_into_id) AND m.phone = c.phone
     WHERE c.store_id = :store AND c.phone = :phone AND m.number = :number AND m.direction = 'out' LIMIT 1
""")
_CUSTOMER = Statement("SELECT coalesce(merged_into_id, id) FROM customers WHERE store_id = :store AND phone = :phone")
_WHOM = Statement(f"""
    SELECT s.name, p.language, s.settings, c.phone, c.id FROM customers w
      JOIN customers c ON c.store_id = w.store_id AND c.id = {standing_for("w")}
      JOIN stores s ON s.id = c.store_id
      JOIN profiles p ON p.store_id = c.store_id AND p.customer_id = c.id
     WHERE w.store_id = :store AND w.id = :customer
""")
_OF_NUMBER = Statement("""
    SELECT s.id FROM stores s
     WHERE s.is_active AND (s.sms_number = :number OR :is_shared AND (SELECT count(*) FROM stores x WHERE x.is_active) = 1)
""")


@dataclass(frozen=True)
class Addressed:
    """The customer (who stands for a merged one), the store that writes, the language in which the customer is addressed, and the
    store's rules."""

    customer_id: UUID
    store: str
    language: str
    rules: Policy


def store_of_number(number: str, *, is_shared: bool) -> UUID | None:
    """The active store whose number it is; of the installation's own number, the only store. A global look-up, and a statement."""
    row = _OF_NUMBER.first(number=number, is_shared=is_shared)
    return row[0] if row else None


def has_texted(phone: str, number: str) -> bool:
    """Whether the store has texted this phone from this number."""
    return _HAS_TEXTED.first(phone=phone, number=number) is not None


def messages(wanted: dict[str, Any]) -> dict[str, Any]:
    """A page of messages, newest first."""
    limit, after = wanted.pop("limit"), wanted.pop("after", None)
    conditions = "".join(_CONDITIONS.get(name, f" AND m.{name} = :{name}") for name in FILTERS if name in wanted)
    before = " AND m.id < :before ::uuid" if after is not None else ""
    statement = Statement(f"{_MESSAGE}{conditions}{before} ORDER BY m.id DESC LIMIT :limit")
    rows = statement.mappings(**wanted, limit=limit + 1, before=read_cursor(after) if after is not None else None)
    more = len(rows) > limit
    return {"data": [_shown(row) for row in rows[:limit]], "next": cursor(rows[limit - 1]["id"]) if more else None}


def message(message_id: UUID) -> dict[str, Any]:
    """One message. Raises NotFound."""
    rows = _ONE.mappings(id=message_id)
    if not rows:
        raise NotFound(what="message")
    return _shown(rows[0])


def conversations(*, limit: int, after: str | None = None, is_waiting: bool | None = None) -> dict[str, Any]:
    """A page of conversations, the last one first."""
    last = read_cursor(after) if after is not None else None
    rows = _CONVERSATIONS.mappings(waiting=is_waiting, after=last, limit=limit + 1)
    more = len(rows) > limit
    return {"data": rows[:limit], "next": cursor(rows[limit - 1]["id"]) if more else None}


def conversation(conversation_id: UUID) -> dict[str, Any]:
    """One conversation. Raises NotFound."""
    rows = _ONE_CONVERSATION.mappings(id=conversation_id)
    if not rows:
        raise NotFound(what="conversation")
    return rows[0]


def customer_of(phone: str) -> UUID | None:
    """Who has this E.164 number."""
    row = _CUSTOMER.first(phone=phone)
    return row[0] if row else None


def whom(customer_id: UUID) -> Addressed:
    """A customer to write to. Raises NotFound for who has no phone."""
    row = _WHOM.first(customer=customer_id)
    if row is None or row[3] is None:
        raise NotFound(what="customer with a phone number")
    rules = read(row[2])
    return Addressed(row[4], row[0], row[1] or rules.language, rules)


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    permit = row["permit"] or {}
    unit = 10 ** get_currency_precision(row["currency"])
    cost = None
    if row["direction"] == "out" and row["segments"] is not None:
        cost = money.round_half_up(read(row["settings"]).cost(row["segments"], unit))
    return {name: row[name] for name in _COLUMNS} | {
        "reason": permit.get("reason") or permit.get("failure"),
        "error": codes.advice(row["error_code"]) if row["error_code"] else None,
        "cost": cost,
    }
