"""What the sandbox keeps. Global tables: the provider it stands in for knows nothing of our stores."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, func
from sqlalchemy.orm import Mapped, mapped_column

from pos import ids
from pos.db import Base, check


class SandboxObject(Base):
    """One thing of the provider's: `body` is what it shows, `hidden` what it knows besides. An event's `hidden` tells
    what became of its delivery."""

    __tablename__ = "sandbox_objects"
    __table_args__ = (Index("ix_sandbox_objects_kind_made_at", "kind", "made_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    account: Mapped[str | None]
    body: Mapped[dict[str, Any]]
    hidden: Mapped[dict[str, Any]]
    # Not now(): what one transaction makes has an order, too.
    made_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class SandboxKey(Base):
    """An idempotency key of the provider's, with the answer that it keeps."""

    __tablename__ = "sandbox_keys"

    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    status: Mapped[int]
    answer: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class SandboxDelivery(Base):
    """One try at delivering an event: the status that was answered, or why there was none."""

    __tablename__ = "sandbox_deliveries"
    __table_args__ = (Index("ix_sandbox_deliveries_event_id", "event_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.uuid7)
    event_id: Mapped[str]
    status: Mapped[int | None]
    error: Mapped[str | None]
    at: Mapped[datetime]


class SandboxFault(Base):
    """A fault that was ordered, and how often it is still to strike."""

    __tablename__ = "sandbox_faults"
    __table_args__ = (check("times", "times >= 0"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.uuid7)
    position: Mapped[int]
    provider: Mapped[str]
    match: Mapped[str]
    fault: Mapped[str]
    times: Mapped[int]
