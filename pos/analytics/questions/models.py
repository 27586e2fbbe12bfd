"""Which store a slot's login works for, and until when."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from pos.db import Base


class AnalystLease(Base):
    """One slot. Of all stores, as logins are; the views' policy reads it, and nobody who asks can.

    `store_id` is None while nobody asks. `backend_pid` is the PostgreSQL process of whoever has it: one that was left behind sees
    nothing of the next one's store. `fence` counts the leases.
    """

    __tablename__ = "analyst_leases"

    role_name: Mapped[str] = mapped_column(primary_key=True)
    store_id: Mapped[UUID | None] = mapped_column(ForeignKey("stores.id", ondelete="RESTRICT"))
    backend_pid: Mapped[int | None]
    leased_until: Mapped[datetime] = mapped_column(server_default=text("'-infinity'"))
    fence: Mapped[int] = mapped_column(server_default=text("0"))
