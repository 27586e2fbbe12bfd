"""What is kept of members, points, rewards and the programme."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from pos.db import Edited, StoreRow, check, index, one_of, parent, unique
from pos.loyalty.rules import MAX_POINTS
from pos.money import MAX_AMOUNT

ENTRY_TYPES = ("accumulate", "redeem", "return", "reverse", "expire", "adjust", "transfer")
REWARD_TYPES = ("amount", "percent", "product")
MEMBER_SOURCES = ("register", "office", "api", "web", "sms", "import")


class Member(StoreRow):
    """A customer who joined TapPass. `balance` is the sum of the entries: what the lots hold, less the debt.

    All of it changes under the lock of this row, together with the entries; the audit proves it. `level_points` are the
    points accumulated (less those reversed) since `level_from`. `merged_into_id` names who holds the points after a merge. Since
    `ended_at` the card is good for nothing: its member was erased, and it holds no points.
    """

    __tablename__ = "members"
    __table_args__ = (
        unique("customer_id"),
        unique("tappass_id"),
        parent("customers", "customer_id"),
        parent("members", "merged_into_id"),
        index("ix_members_merged_into_id", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
        one_of("source", MEMBER_SOURCES),
        check("debt", "debt >= 0"),
        check("merged", "merged_into_id <> id"),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    customer_id: Mapped[UUID]
    tappass_id: Mapped[str]
    level: Mapped[str]
    level_floor: Mapped[str | None]
    floor_until: Mapped[datetime | None]
    balance: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    debt: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    lifetime_points: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    level_points: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    level_from: Mapped[datetime]
    joined_at: Mapped[datetime]
    source: Mapped[str]
    merged_into_id: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]


class PointLot(StoreRow):
    """The points that one accumulation brought, and how many of them are left until `expires_at` (None: for ever)."""

    __tablename__ = "point_lots"
    __table_args__ = (
        parent("members", "member_id"),
        parent("orders", "order_id"),
        # What expires next is summed up from the index alone, however many lots there are.
        index(
            "ix_point_lots_left",
            "member_id",
            "expires_at",
            "id",
            postgresql_include=["remaining"],
            postgresql_where=text("remaining > 0"),
        ),
        index("ix_point_lots_due", "expires_at", postgresql_where=text("remaining > 0")),
        index("ix_point_lots_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        check("points", "points > 0"),
        check("remaining", "remaining >= 0"),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    member_id: Mapped[UUID]
    points: Mapped[int]
    remaining: Mapped[int]
    expires_at: Mapped[datetime | None]
    order_id: Mapped[UUID | None]


class PointEntry(StoreRow):
    """One row of the ledger, never changed: so many points into a lot or out of it; without a lot, they are owed or repaid.

    Entries of one act share `act_id`. `cause` makes an act that may happen once unique, e.g. one accumulation of an order.
    `terms` are what an accumulation was computed by, besides the programme's version, or what points came back for. `earned_at` is when the points
    were earned that count for the level.
    """

    __tablename__ = "point_entries"
    __table_args__ = (
        parent("members", "member_id"),
        parent("point_lots", "lot_id"),
        parent("orders", "order_id"),
        parent("refunds", "refund_id"),
        parent("rewards", "reward_id"),
        parent("redemptions", "redemption_id"),
        index("ix_point_entries_member_id", "member_id", "act_id"),
        index(
            "ix_point_entries_occurred_at",
            "occurred_at",
            postgresql_using="brin",
            postgresql_with={"pages_per_range": "32", "autosummarize": "on"},
        ),
        index("ix_point_entries_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        index("ix_point_entries_redemption_id", "redemption_id", postgresql_where=text("redemption_id IS NOT NULL")),
        Index("uq_point_entries_cause", "store_id", "cause", unique=True, postgresql_where=text("cause IS NOT NULL")),
        one_of("type", ENTRY_TYPES),
        check("points", "points <> 0"),
        check("accumulate", "type <> 'accumulate' OR points > 0 AND cause IS NOT NULL"),
        check("redeem", "(type IN ('redeem', 'return')) = (redemption_id IS NOT NULL)"),
        check("adjust", "type <> 'adjust' OR reason IS NOT NULL"),
    )
    privileges: ClassVar[tuple[str, ...]] = ("INSERT",)

    member_id: Mapped[UUID]
    act_id: Mapped[UUID]
    type: Mapped[str]
    points: Mapped[int]
    lot_id: Mapped[UUID | None]
    order_id: Mapped[UUID | None]
    refund_id: Mapped[UUID | None]
    reward_id: Mapped[UUID | None]
    redemption_id: Mapped[UUID | None]
    program_version: Mapped[int]
    terms: Mapped[dict[str, Any] | None]
    cause: Mapped[str | None]
    reason: Mapped[str | None]
    actor: Mapped[str]
    occurred_at: Mapped[datetime]
    earned_at: Mapped[datetime | None]


class Program(StoreRow):
    """The store's rules, version by version; a version is never changed, since entries refer to it. Without any row the
    built-in rules hold (rules.py), as version 0."""

    __tablename__ = "programs"
    __table_args__ = (unique("version"), check("version", "version > 0"))
    privileges: ClassVar[tuple[str, ...]] = ("INSERT",)

    version: Mapped[int]
    rules: Mapped[dict[str, Any]]
    actor: Mapped[str]


class Reward(Edited, StoreRow):
    """What points buy: minor units or whole percent off an order, or one piece of a product."""

    __tablename__ = "rewards"
    __table_args__ = (
        unique("name"),
        parent("products", "product_id"),
        one_of("discount_type", REWARD_TYPES),
        check("points", f"points BETWEEN 1 AND {MAX_POINTS}"),
        check("amount", f"amount BETWEEN 1 AND CASE discount_type WHEN 'percent' THEN 100 ELSE {MAX_AMOUNT} END"),
        check(
            "one_kind",
            "(discount_type = 'product') = (product_id IS NOT NULL) AND (amount IS NULL) = (product_id IS NOT NULL)",
        ),
    )
    audited: ClassVar[bool] = True

    name: Mapped[str]
    points: Mapped[int]
    discount_type: Mapped[str]
    amount: Mapped[int | None]
    product_id: Mapped[UUID | None]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"), default=True)


class Redemption(StoreRow):
    """Points spent on one reward: in an order, or as a code that an order may use once until `expires_at`.

    `returned_points` went back to the member: all of them when the order is canceled or the code expires unused, a part with
    a partial refund.
    """

    __tablename__ = "redemptions"
    __table_args__ = (
        parent("members", "member_id"),
        parent("rewards", "reward_id"),
        parent("orders", "order_id"),
        unique("code"),
        index("ix_redemptions_member_id", "member_id"),
        index("ix_redemptions_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        index(
            "ix_redemptions_waiting",
            "expires_at",
            postgresql_where=text("order_id IS NULL AND returned_points < points"),
        ),
        check("points", "points > 0 AND returned_points BETWEEN 0 AND points"),
        check("code", "(code IS NULL) = (expires_at IS NULL) AND (code IS NOT NULL OR order_id IS NOT NULL)"),
    )

    member_id: Mapped[UUID]
    reward_id: Mapped[UUID]
    order_id: Mapped[UUID | None]
    points: Mapped[int]
    returned_points: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    code: Mapped[str | None]
    expires_at: Mapped[datetime | None]
