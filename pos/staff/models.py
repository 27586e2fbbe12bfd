"""What is kept of people who sign in. Users and memberships are global: one person may work in several stores."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pos import ids
from pos.audit_log import personal
from pos.db import Base, Edited, Stamped, StoreRow, index, one_of, unique
from pos.http.access import ROLES


class User(Stamped, Base):
    """A person who signs in. Cashiers need no e-mail address: they sign in by PIN, at a register."""

    __tablename__ = "users"
    audited: ClassVar[bool] = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.uuid7, sort_order=-1)
    email: Mapped[str | None] = mapped_column(unique=True, info=personal())
    password_hash: Mapped[str | None] = mapped_column(info=personal())
    # Sessions that are older than this have ended, in whatever store they are.
    password_changed_at: Mapped[datetime | None]
    # The secret of the authenticator app, sealed by the vault; until it is confirmed by a code nobody is asked for one.
    totp_sealed: Mapped[str | None] = mapped_column(info=personal())
    totp_confirmed_at: Mapped[datetime | None]
    # The time step of the last code that counted: each counts once (pos/staff/second_factor.py).
    totp_used_step: Mapped[int | None]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"), default=True)


class Membership(Edited, Stamped, Base):
    """What a user is in one store."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("store_id", "user_id"),
        one_of("role", ROLES),
        Index("ix_memberships_user_id", "user_id"),
    )
    audited: ClassVar[bool] = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.uuid7, sort_order=-1)
    store_id: Mapped[UUID] = mapped_column(ForeignKey("stores.id", ondelete="RESTRICT"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    role: Mapped[str]
    name: Mapped[str]
    pin_hash: Mapped[str | None] = mapped_column(info=personal())
    is_active: Mapped[bool] = mapped_column(server_default=text("true"), default=True)

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)

    @property
    def email(self) -> str | None:
        return self.user.email


class OfficeSession(StoreRow):
    """A signed-in browser: the cookie holds the secret, the row its digest. `device` is what it calls itself in a few words
    (pos/staff/devices.py); `last_seen_at` is written every five minutes at most."""

    __tablename__ = "office_sessions"
    __table_args__ = (unique("token_hash"), index("ix_office_sessions_user_id", "user_id"))
    audited: ClassVar[bool] = True
    privileges: ClassVar[tuple[str, ...]] = ("INSERT", "UPDATE", "DELETE")

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    token_hash: Mapped[str] = mapped_column(info=personal())
    device: Mapped[str | None]
    last_seen_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
