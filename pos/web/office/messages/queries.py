"""What the pages of texts ask: who waits, what was said, and how the store's texts stand."""

from typing import Any
from uuid import UUID

from pos.errors import NotFound
from pos.http.paging import cursor, read_cursor
from pos.loyalty.queries import BRIEFLY
from pos.messaging import outbox, preview
from pos.messaging.policy import Policy, read
from pos.statements import Statement

# So many texts are shown at once, and so many conversations that wait.
SHOWN, MOST_WAITING = 60, 20
_TODAY = "(date_trunc('day', now() AT TIME ZONE s.timezone) AT TIME ZONE s.timezone)"
_STANDING = Statement(f"""
    SELECT s.settings, s.currency, s.sms_paused_until AS paused_until, coalesce(s.sms_paused_until > now(), false) AS is_paused,
           {outbox.SENDER} AS sender,
           (SELECT coalesce(sum(d.count), 0)::bigint FROM message_counts d
             WHERE d.store_id = s.id AND d.scope = 'store_day' AND d.subject = '' AND d.starts_at = {_TODAY}) AS segments_today,
           (SELECT coalesce(json_agg(h), '[]') FROM (
              SELECT m.permit ->> 'reason' AS reason, count(*) AS count, min(m.not_before) AS until FROM messages m
               WHERE m.store_id = s.id AND m.status IN ('queued', 'held') AND m.campaign_id IS NULL GROUP BY 1 ORDER BY 1) h) AS waiting
      FROM stores s WHERE s.id = :store
""")
_WAITING = Statement("""
    SELECT v.id, v.customer_id, coalesce(c.name, v.phone) AS who, v.waiting_since,
           (SELECT m.body FROM messages m
             WHERE m.store_id = v.store_id AND m.conversation_id = v.id AND m.direction = 'in' ORDER BY m.id DESC LIMIT 1) AS last_body
      FROM conversations v LEFT JOIN customers c ON c.store_id = v.store_id AND c.id = v.customer_id
     WHERE v.store_id = :store AND v.waiting_since IS NOT NULL ORDER BY v.waiting_since, v.id LIMIT :limit
""")
_SHOWN = """
    SELECT m.id, m.direction, m.body, m.status, m.template, m.purpose, m.intent, m.permit, m.error_code, m.segments, m.not_before,
           m.sending_at, m.created_at, m.campaign_id, m.order_id, m.customer_id, m.conversation_id, m.phone, o.reference,
           k.name AS campaign, u.name AS writer
      FROM {which}
      JOIN messages m ON m.store_id = :store AND m.id = which.id
      LEFT JOIN orders o ON o.store_id = m.store_id AND o.id = m.order_id
      LEFT JOIN campaigns k ON k.store_id = m.store_id AND k.id = m.campaign_id
      LEFT JOIN memberships u ON u.store_id = m.store_id AND m.actor = 'user:' || u.user_id
     ORDER BY m.id DESC LIMIT :limit
"""
# What was said in the conversation, and what went to the customer beside it: receipts, campaigns. By an index each.
_TEXTS = Statement(
    _SHOWN.format(
        which="""(
        SELECT id FROM (SELECT id FROM messages WHERE store_id = :store AND conversation_id = :conversation
                          AND (:before ::uuid IS NULL OR id < :before ::uuid) ORDER BY id DESC LIMIT :limit) said
         UNION
        SELECT id FROM (SELECT id FROM messages WHERE store_id = :store AND customer_id = :customer ::uuid
                          AND (:before ::uuid IS NULL OR id < :before ::uuid) ORDER BY id DESC LIMIT :limit) sent) which"""
    )
)
_TEXT = Statement(_SHOWN.format(which="(SELECT :message ::uuid AS id) which"))
_CUSTOMER = Statement(f"""
    SELECT c.id, c.name, c.phone, c.order_count, c.total_spent, c.last_order_at, c.sms_consent, c.marketing_consent, c.sms_unusable_at,
           {BRIEFLY} AS member
      FROM customers c WHERE c.store_id = :store AND c.id = :customer
""")


def standing() -> dict[str, Any]:
    """How the store's texts stand: what they leave from, whether they are paused, what of the day's budget is used and what it cost."""
    [row] = _STANDING.mappings(shared=outbox.shared_sender())
    rules: Policy = read(row.pop("settings"))
    return row | {"rules": rules, "cost_today": preview.cost(row["segments_today"], row["currency"], rules)}


def waiting() -> list[dict[str, Any]]:
    """The conversations that wait for a person, whoever waits longest first."""
    return _WAITING.mappings(limit=MOST_WAITING)


def texts(
    conversation_id: UUID, customer_id: UUID | None, before: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """What was said until now, or before a cursor, oldest first; and the cursor before which there is more. Raises Invalid."""
    rows = _TEXTS.mappings(
        conversation=conversation_id,
        customer=customer_id,
        before=read_cursor(before) if before else None,
        limit=SHOWN + 1,
    )
    shown = rows[:SHOWN]
    return shown[::-1], cursor(shown[-1]["id"]) if len(rows) > SHOWN else None


def text(message_id: UUID) -> dict[str, Any]:
    """One text. Raises NotFound."""
    rows = _TEXT.mappings(message=message_id, limit=1)
    if not rows:
        raise NotFound(what="message")
    return rows[0]


def customer(customer_id: UUID | None) -> dict[str, Any] | None:
    """Whom one writes with, if it is anybody on file."""
    rows = _CUSTOMER.mappings(customer=customer_id) if customer_id else []
    return rows[0] if rows else None
