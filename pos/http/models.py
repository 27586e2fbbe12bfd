"""What is kept of requests: the keys of those that were carried out, and failed tries at secrets."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from pos.db import Base, StoreRow, unique


class IdempotencyKey(StoreRow):
    """One key that a client made up, what it was used for and what came of it."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (unique("key"),)
    privileges: ClassVar[tuple[str, ...]] = ("INSERT", "DELETE")

    key: Mapped[str]
    route: Mapped[str]
    digest: Mapped[str]
    resource: Mapped[str]
    resource_id: Mapped[UUID]


class FailedAttempt(Base):
    """How often something secret was guessed at. Global: whoever guesses has no tenant yet."""

    __tablename__ = "failed_attempts"

    key: Mapped[str] = mapped_column(primary_key=True)
    attempt_count: Mapped[int]
    window_started_at: Mapped[datetime]
