"""What is kept of stations, and of how far the units of a line are."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from pos.db import Edited, StoreRow, check, index, one_of, parent, unique
from pos.kitchen.portions import STATUSES


class Station(Edited, StoreRow):
    """Where things are made: a screen of its own. What no station makes, the kitchen does."""

    __tablename__ = "stations"
    __table_args__ = (unique("name"), check("position", "position BETWEEN 0 AND 1000"))
    audited: ClassVar[bool] = True

    name: Mapped[str]
    position: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    is_active: Mapped[bool] = mapped_column(server_default=text("true"), default=True)


class Portion(StoreRow):
    """Units of one line that are equally far. What is not here is waiting, so a sale writes none.

    A portion that was put back is `waiting` and counts as if it were not there, but by it a screen finds what of a completed order is to
    be made after all; `dropped` ones were not wanted any more, and somebody has seen that.
    """

    __tablename__ = "portions"
    __table_args__ = (
        parent("order_lines", "line_id"),
        index("ix_portions_line_id", "line_id"),
        # What screens ask for every few seconds: few among all that was ever made.
        index("ix_portions_unserved", "updated_at", postgresql_where=text("status IN ('waiting', 'making', 'ready')")),
        index("ix_portions_served_at", "served_at", postgresql_where=text("status = 'served'")),
        index("ix_portions_ready_at", "ready_at", postgresql_where=text("ready_at IS NOT NULL")),
        one_of("status", STATUSES),
        check("quantity", "quantity > 0"),
        check("waiting", "status <> 'waiting' OR num_nonnulls(started_at, ready_at, served_at) = 0"),
        check("making", "status <> 'making' OR (started_at IS NOT NULL AND num_nonnulls(ready_at, served_at) = 0)"),
        check("ready", "status <> 'ready' OR (ready_at IS NOT NULL AND served_at IS NULL)"),
        check("served", "(status = 'served') = (served_at IS NOT NULL)"),
        check("times", "started_at <= ready_at AND greatest(started_at, ready_at) <= served_at"),
    )

    line_id: Mapped[UUID]
    quantity: Mapped[int]
    status: Mapped[str]
    started_at: Mapped[datetime | None]
    ready_at: Mapped[datetime | None]
    served_at: Mapped[datetime | None]
