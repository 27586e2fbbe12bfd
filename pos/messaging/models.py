"""What is kept of texts: each message in and out with its permit, conversations, campaigns, and what was sent how often."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from pos.customers.models import LANGUAGES
from pos.db import Edited, StoreRow, check, index, one_of, parent, unique
from pos.phone import E164_PATTERN

DIRECTIONS = ("in", "out")
MESSAGE_PURPOSES = ("transactional", "marketing", "reply")
WAITING = ("queued", "held")
# What left this house, or may have: from here on a message has cost and cannot be taken back.
SENT = ("sending", "unknown", "sent", "delivered", "undelivered")
MESSAGE_STATUSES = (*WAITING, *SENT, "failed", "suppressed", "expired", "received")
CAMPAIGN_STATUSES = ("draft", "scheduled", "sending", "paused", "completed", "canceled")
# Texts; and questions to the assistant by the API, which are no texts and have no number (assistant/models.py).
CHANNELS = ("sms", "api")
# What is counted: texts to a number by the hour, the day and (marketing) the month; first texts to a block of neighbouring
# numbers by the hour; segments of a store by the day.
SCOPES = ("number_hour", "number_day", "marketing_day", "marketing_month", "block_hour", "store_day")


class Message(StoreRow):
    """One text. A row of the outbox is written in the transaction that wants it; its words are filled in from the books when
    it is sent, and `permit` says by what right it was, or why not (permits.py).

    `cause` names what it was written for, so that nothing is written twice for it. `provider_sid` is Twilio's name of it. Without
    `phone` it is of somebody who was erased: the number went, and the words with it.
    """

    __tablename__ = "messages"
    __table_args__ = (
        parent("customers", "customer_id"),
        parent("conversations", "conversation_id"),
        parent("campaigns", "campaign_id"),
        parent("orders", "order_id"),
        parent("messages", "in_reply_to_id"),
        unique("cause"),
        unique("provider_sid"),
        unique("in_reply_to_id"),
        one_of("direction", DIRECTIONS),
        one_of("purpose", MESSAGE_PURPOSES),
        one_of("status", MESSAGE_STATUSES),
        one_of("language", LANGUAGES),
        check("phone", f"phone ~ '{E164_PATTERN}'"),
        check("direction_status", "(direction = 'in') = (status = 'received')"),
        check("permit", f"direction = 'in' OR status IN {WAITING} OR permit IS NOT NULL"),
        check("body", f"body IS NOT NULL OR phone IS NULL OR status IN {(*WAITING, 'suppressed', 'expired')}"),
        check("erased", f"phone IS NOT NULL OR status NOT IN {(*WAITING, 'sending', 'unknown')}"),
        check("sending_at", f"status NOT IN {SENT} OR sending_at IS NOT NULL"),
        index(
            "ix_messages_due",
            "not_before",
            "id",
            postgresql_where=text(f"status IN {WAITING} AND campaign_id IS NULL"),
        ),
        index(
            "ix_messages_campaign_due",
            "campaign_id",
            "not_before",
            "id",
            postgresql_where=text(f"status IN {WAITING} AND campaign_id IS NOT NULL"),
        ),
        index("ix_messages_unsettled", "sending_at", postgresql_where=text("status IN ('sending', 'unknown')")),
        index("ix_messages_customer_id", "customer_id", "id", postgresql_where=text("customer_id IS NOT NULL")),
        index(
            "ix_messages_conversation_id", "conversation_id", "id", postgresql_where=text("conversation_id IS NOT NULL")
        ),
        index("ix_messages_campaign_id", "campaign_id", "status", postgresql_where=text("campaign_id IS NOT NULL")),
        index("ix_messages_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    direction: Mapped[str]
    customer_id: Mapped[UUID | None]
    conversation_id: Mapped[UUID | None]
    campaign_id: Mapped[UUID | None]
    order_id: Mapped[UUID | None]
    in_reply_to_id: Mapped[UUID | None]
    phone: Mapped[str | None]
    number: Mapped[str | None]
    body: Mapped[str | None]
    purpose: Mapped[str]
    template: Mapped[str | None]
    language: Mapped[str | None]
    intent: Mapped[str | None]
    facts: Mapped[dict[str, Any] | None]
    status: Mapped[str]
    provider_sid: Mapped[str | None]
    error_code: Mapped[int | None]
    segments: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    resends: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    not_before: Mapped[datetime] = mapped_column(server_default=text("now()"))
    not_after: Mapped[datetime | None]
    sending_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    permit: Mapped[dict[str, Any] | None]
    cause: Mapped[str | None]
    actor: Mapped[str]


class Conversation(StoreRow):
    """The texts between the store and one number. `waiting_since`: a text that nothing here could answer waits for a person. Without
    `phone` it is of somebody who was erased, or was never texts."""

    __tablename__ = "conversations"
    __table_args__ = (
        parent("customers", "customer_id"),
        unique("channel", "phone"),
        one_of("channel", CHANNELS),
        check("phone", f"phone ~ '{E164_PATTERN}'"),
        index("ix_conversations_waiting", "waiting_since", postgresql_where=text("waiting_since IS NOT NULL")),
        index("ix_conversations_last_message_at", "last_message_at"),
        index("ix_conversations_customer_id", "customer_id", postgresql_where=text("customer_id IS NOT NULL")),
    )

    channel: Mapped[str]
    customer_id: Mapped[UUID | None]
    phone: Mapped[str | None]
    started_at: Mapped[datetime]
    last_message_at: Mapped[datetime]
    waiting_since: Mapped[datetime | None]


class Campaign(Edited, StoreRow):
    """One marketing text to a segment of the customers. `reached_id` is the last customer for whom a message was written, and
    greater than any when all were."""

    __tablename__ = "campaigns"
    __table_args__ = (
        one_of("status", CAMPAIGN_STATUSES),
        one_of("language", LANGUAGES),
        index("ix_campaigns_status", "status"),
    )
    audited: ClassVar[bool] = True

    name: Mapped[str]
    body: Mapped[str]
    language: Mapped[str]
    segment: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict)
    status: Mapped[str] = mapped_column(server_default=text("'draft'"), default="draft")
    scheduled_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    reached_id: Mapped[UUID | None]
    actor: Mapped[str]


class MessageCount(StoreRow):
    """How much was sent in one stretch of time: a look-up costs the same however many messages there are."""

    __tablename__ = "message_counts"
    __table_args__ = (
        unique("scope", "subject", "starts_at"),
        one_of("scope", SCOPES),
        index("ix_message_counts_starts_at", "starts_at"),
        {"postgresql_with": {"fillfactor": "70"}},
    )
    privileges: ClassVar[tuple[str, ...]] = ("INSERT", "UPDATE", "DELETE")

    scope: Mapped[str]
    subject: Mapped[str]
    starts_at: Mapped[datetime]
    count: Mapped[int] = mapped_column(BigInteger)
