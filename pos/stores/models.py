"""What is kept of stores, locations, tax rates and registers."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from pos import ids
from pos.audit_log import personal
from pos.db import Base, Edited, Stamped, StoreRow, check, index, parent, relate, unique
from pos.phone import E164_PATTERN


class Store(Edited, Stamped, Base):
    """The tenant: one business. A global table: the store is known before anything of it is read.

    `stripe_account` is its connected account; without one it uses the account of the key, which only an only store may. After
    `payment_link_hours` a link expires; `cancels_unpaid_orders`: with it goes the order that waits for nothing else. Texts leave from
    `sms_number`; up to `sms_polled_at` what came in is known; until `sms_paused_until` nothing is sent, for the reason in the attention item.
    Without `kitchen_sees_unpaid` the kitchen sees no order on which nothing is paid; after so many minutes a ticket there is slow, or late.
    """

    __tablename__ = "stores"
    __table_args__ = (
        check("slug", "slug ~ '^[a-z0-9](-?[a-z0-9]){1,39}$'"),
        check("currency", "currency ~ '^[A-Z]{3}$'"),
        check("country", "country ~ '^[A-Z]{2}$'"),
        check("sms_number", f"sms_number ~ '{E164_PATTERN}'"),
        check("payment_link_hours", "payment_link_hours BETWEEN 1 AND 720"),
        check(
            "kitchen_minutes",
            "kitchen_slow_minutes >= 1 AND kitchen_slow_minutes < kitchen_late_minutes AND kitchen_late_minutes <= 240",
        ),
    )
    audited: ClassVar[bool] = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.uuid7, sort_order=-1)
    name: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    currency: Mapped[str]
    country: Mapped[str]
    timezone: Mapped[str]
    prices_include_tax: Mapped[bool]
    api_key_hash: Mapped[str] = mapped_column(info=personal())
    settings: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict)
    stripe_account: Mapped[str | None] = mapped_column(unique=True)
    sms_number: Mapped[str | None] = mapped_column(unique=True)
    sms_polled_at: Mapped[datetime | None]
    sms_paused_until: Mapped[datetime | None]
    payment_link_hours: Mapped[int] = mapped_column(server_default=text("24"), default=24)
    cancels_unpaid_orders: Mapped[bool] = mapped_column(server_default=text("true"), default=True)
    kitchen_sees_unpaid: Mapped[bool] = mapped_column(server_default=text("true"), default=True)
    kitchen_slow_minutes: Mapped[int] = mapped_column(server_default=text("5"), default=5)
    kitchen_late_minutes: Mapped[int] = mapped_column(server_default=text("10"), default=10)
    is_active: Mapped[bool] = mapped_column(server_default=text("true"), default=True)
    audited_at: Mapped[datetime | None]
    audit_violation_count: Mapped[int | None]


class Location(Edited, StoreRow):
    """A place of the store: its time zone decides the business day, its tax rates the tax."""

    __tablename__ = "locations"
    __table_args__ = (unique("name"),)
    audited: ClassVar[bool] = True

    name: Mapped[str]
    timezone: Mapped[str]
    address: Mapped[str | None]
    opening_hours: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict)

    rates: Mapped[list["TaxRate"]] = relate(
        "TaxRate", "location_id", "Location", "TaxRate", viewonly=True, order_by="TaxRate.tax_class"
    )

    @property
    def tax_rates(self) -> dict[str, str]:
        return {rate.tax_class: f"{rate.rate.normalize():f}" for rate in self.rates}


class TaxRate(StoreRow):
    """The rate of one tax class at one location: 0.0825 is 8.25 %."""

    __tablename__ = "tax_rates"
    __table_args__ = (
        unique("location_id", "tax_class"),
        parent("locations", "location_id"),
        check("rate", "rate BETWEEN 0 AND 1"),
    )
    audited: ClassVar[bool] = True

    location_id: Mapped[UUID]
    tax_class: Mapped[str]
    rate: Mapped[Decimal] = mapped_column(Numeric(7, 6))


class Register(Edited, StoreRow):
    """A tablet at a location. Its token is kept as a digest only; enrolment gives it one by a short-lived code."""

    __tablename__ = "registers"
    __table_args__ = (
        unique("name"),
        unique("token_hash"),
        parent("locations", "location_id"),
        index("ix_registers_location_id", "location_id"),
    )
    audited: ClassVar[bool] = True

    location_id: Mapped[UUID]
    name: Mapped[str]
    token_hash: Mapped[str | None] = mapped_column(info=personal())
    enrolment_code_hash: Mapped[str | None] = mapped_column(info=personal())
    enrolment_expires_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
