"""What is kept of the care of customers: which rows were found to be one person, and how to tell them apart again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from pos.audit_log import personal
from pos.db import StoreRow, check, index, parent


class Merge(StoreRow):
    """Two rows that are one person: `duplicate_id` leads to `kept_id` until it is undone.

    `moved` holds the ids of what it moved, `stayed` what its undo could not or must not bring back, by numbers and names of fields.
    `before_sealed` are the kept one's fields as they were and as the merge left them, and the numbers of both, encrypted; None once it is
    undone, or one of both was erased.
    """

    __tablename__ = "merges"
    __table_args__ = (
        parent("customers", "kept_id"),
        parent("customers", "duplicate_id"),
        index("ix_merges_kept_id", "kept_id", "id"),
        index("ix_merges_duplicate_id", "duplicate_id", "id"),
        index("uq_merges_in_force", "duplicate_id", unique=True, postgresql_where=text("undone_at IS NULL")),
        check("two", "kept_id <> duplicate_id"),
        check("undone", "(undone_at IS NULL) = (undone_by IS NULL)"),
    )

    kept_id: Mapped[UUID]
    duplicate_id: Mapped[UUID]
    actor: Mapped[str]
    moved: Mapped[dict[str, Any]]
    before_sealed: Mapped[str | None] = mapped_column(info=personal())
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]
    stayed: Mapped[dict[str, Any] | None]
