"""What is kept of sums. All of it can be made again from the books, and is deleted and made again where they change."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pos.db import StoreRow, index, one_of, parent, unique

PERIODS = ("day", "week", "month")
_REMADE = ("INSERT", "UPDATE", "DELETE")


def _grain(table: str, *columns: str) -> UniqueConstraint:
    """One row for each combination, also where a part of it is not known."""
    return UniqueConstraint("store_id", *columns, name=f"uq_{table}_grain", postgresql_nulls_not_distinct=True)


class RollupState(StoreRow):
    """How far a store's rollups go: what changed before `through` is in them. `zones` are the time zones by which days were told, by
    location, and under `store` the store's own; a place whose clock is another one by now is counted from the books until it is made again."""

    __tablename__ = "rollup_states"
    __table_args__ = (unique(),)

    through: Mapped[datetime | None]
    zones: Mapped[dict[str, Any]] = mapped_column(default=dict)


class _Sold:
    """Sums of orders that count. Amounts in minor units; `charges` are shipping and fees without tax; net + charges + tax + tips = total."""

    orders: Mapped[int] = mapped_column(sort_order=50)
    gross: Mapped[int] = mapped_column(sort_order=51)
    discounts: Mapped[int] = mapped_column(sort_order=52)
    net: Mapped[int] = mapped_column(sort_order=53)
    charges: Mapped[int] = mapped_column(sort_order=54)
    tax: Mapped[int] = mapped_column(sort_order=55)
    tips: Mapped[int] = mapped_column(sort_order=56)
    total: Mapped[int] = mapped_column(sort_order=57)


class SalesByHour(_Sold, StoreRow):
    """Sales by the hour in which they were placed, by the location's clock."""

    __tablename__ = "sales_by_hour"
    __table_args__ = (
        _grain("sales_by_hour", "day", "location_id", "hour", "source"),
        parent("locations", "location_id"),
    )
    privileges: ClassVar[tuple[str, ...]] = _REMADE

    location_id: Mapped[UUID]
    day: Mapped[date]
    hour: Mapped[int]
    source: Mapped[str]


class SalesBySeller(_Sold, StoreRow):
    """Sales by register and person. Beside those by the hour, since both in one would be a row for almost each order."""

    __tablename__ = "sales_by_seller"
    __table_args__ = (
        _grain("sales_by_seller", "day", "location_id", "register_id", "user_id"),
        parent("locations", "location_id"),
        parent("registers", "register_id"),
    )
    privileges: ClassVar[tuple[str, ...]] = _REMADE

    location_id: Mapped[UUID]
    day: Mapped[date]
    register_id: Mapped[UUID | None]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))


class GoodsByDay(StoreRow):
    """Lines that count, by product; goods that the catalogue did not know by their SKU and name."""

    __tablename__ = "goods_by_day"
    __table_args__ = (
        _grain("goods_by_day", "day", "location_id", "product_id", "kind", "sku", "name", "tax_class", "tax_rate"),
        parent("locations", "location_id"),
        parent("products", "product_id"),
    )
    privileges: ClassVar[tuple[str, ...]] = _REMADE

    location_id: Mapped[UUID]
    day: Mapped[date]
    product_id: Mapped[UUID | None]
    kind: Mapped[str]
    sku: Mapped[str | None]
    name: Mapped[str | None]
    tax_class: Mapped[str]
    tax_rate: Mapped[Decimal] = mapped_column(Numeric(7, 6))
    quantity: Mapped[int]
    gross: Mapped[int]
    discounts: Mapped[int]
    net: Mapped[int]
    tax: Mapped[int]


class MoneyByDay(StoreRow):
    """Money that came in and went back on a day, of whatever day's orders."""

    __tablename__ = "money_by_day"
    __table_args__ = (
        _grain("money_by_day", "day", "location_id", "register_id", "user_id", "method"),
        parent("locations", "location_id"),
        parent("registers", "register_id"),
    )
    privileges: ClassVar[tuple[str, ...]] = _REMADE

    location_id: Mapped[UUID]
    day: Mapped[date]
    register_id: Mapped[UUID | None]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    method: Mapped[str]
    payments: Mapped[int]
    paid: Mapped[int]
    refund_count: Mapped[int]
    refunds: Mapped[int]


class DiscountsByDay(StoreRow):
    """What was taken off orders that count, by kind; coupons and rewards by what they are called."""

    __tablename__ = "discounts_by_day"
    __table_args__ = (
        _grain("discounts_by_day", "day", "location_id", "kind", "name"),
        parent("locations", "location_id"),
    )
    privileges: ClassVar[tuple[str, ...]] = _REMADE

    location_id: Mapped[UUID]
    day: Mapped[date]
    kind: Mapped[str]
    name: Mapped[str | None]
    uses: Mapped[int]
    amount: Mapped[int]


class PointsByDay(StoreRow):
    """Entries of the points ledger, by the store's clock."""

    __tablename__ = "points_by_day"
    __table_args__ = (_grain("points_by_day", "day", "type"),)
    privileges: ClassVar[tuple[str, ...]] = _REMADE

    day: Mapped[date]
    type: Mapped[str]
    entries: Mapped[int]
    points: Mapped[int]


class VisitsByPeriod(StoreRow):
    """How many different customers ordered in a day, a week (from Monday), or a month, by the store's clock: the one figure of days that
    cannot be added up. Walk-ins are no customers."""

    __tablename__ = "visits_by_period"
    __table_args__ = (_grain("visits_by_period", "period", "day"), one_of("period", PERIODS))
    privileges: ClassVar[tuple[str, ...]] = _REMADE

    period: Mapped[str]
    day: Mapped[date]
    active: Mapped[int]
    orders: Mapped[int]
    net: Mapped[int]


class FirstVisit(StoreRow):
    """The month of a customer's first order, as the cohorts count it; `customers.first_order_at` moves when that order is canceled, or
    histories are merged, and then the months of all their orders are made again."""

    __tablename__ = "first_visits"
    __table_args__ = (unique("customer_id"), parent("customers", "customer_id"))
    privileges: ClassVar[tuple[str, ...]] = _REMADE

    customer_id: Mapped[UUID]
    month: Mapped[date]


class CohortsByMonth(StoreRow):
    """Of the customers whose first order was in one month (`cohort`), how many came in another (`day`, its first), and what they bought."""

    __tablename__ = "cohorts_by_month"
    __table_args__ = (_grain("cohorts_by_month", "day", "cohort"), index("ix_cohorts_by_month_cohort", "cohort"))
    privileges: ClassVar[tuple[str, ...]] = _REMADE

    day: Mapped[date]
    cohort: Mapped[date]
    customers: Mapped[int]
    orders: Mapped[int]
    net: Mapped[int]
