"""What the stand-in's web shop keeps. Global tables, as the rest of the sandbox: a web shop knows nothing of our stores."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from pos import ids
from pos.db import Base


class SandboxShopThing(Base):
    """One thing of the shop's, by its kind and its number: `body` is what its API shows. `state` is a status, or a customer's role;
    `parent` the number of what it belongs to, 0 for nothing. Instants are whole seconds, as WordPress keeps them.

    The indexes hold all that a page is chosen by, so that the last pages of a long list are found as fast as the first."""

    __tablename__ = "sandbox_shop_things"
    __table_args__ = (
        Index("ix_sandbox_shop_things_made", "kind", "made_at", "number", "state", "parent"),
        Index("ix_sandbox_shop_things_modified", "kind", "modified_at", "number", "state", "parent"),
        Index("ix_sandbox_shop_things_parent", "kind", "parent", "number"),
    )

    kind: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    parent: Mapped[int]
    state: Mapped[str]
    made_at: Mapped[datetime]
    modified_at: Mapped[datetime]
    body: Mapped[dict[str, Any]]


class SandboxShopRequest(Base):
    """What the shop was asked, and how it answered: its page shows the newest, and tests count them."""

    __tablename__ = "sandbox_shop_requests"
    __table_args__ = (Index("ix_sandbox_shop_requests_at", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.uuid7)
    at: Mapped[datetime]
    method: Mapped[str]
    path: Mapped[str]
    query: Mapped[str]
    status: Mapped[int]
    fault: Mapped[str | None]
