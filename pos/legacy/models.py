"""What is kept of older systems: whose rows became whose, and how far a move has come."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from pos.audit_log import personal
from pos.db import StoreRow, check, index, one_of, parent, unique

# Which of the older systems: the chat service's files, or the tables of the older back end.
CUSTOMER_INFO, TABLES = "customer_info", "legacy"
SOURCES = (CUSTOMER_INFO, TABLES)
# Rows that become somebody, or something in the books. `profile` and `session` are the two tables of profiles.
KINDS = ("customer", "user", "profile", "session", "order", "product")
RULES = ("new", "user_link", "phone", "email", "shared_phone", "carried_back")
STATES = ("carrying", "unified", "rolled_back", "finished")


class SourceId(StoreRow):
    """What a row of an older system became. Every old row is found here, or was listed as rejected; several may be one person.

    `rule` says how the person was found. `is_main` marks the id by which the older system's readers go on to know a person:
    one for each. `number` is the old id where it is one, for readers who ask by number. `digest` tells a record that has changed since.
    `raw` is what the older system kept and nothing here stands for.
    """

    __tablename__ = "source_ids"
    __table_args__ = (
        unique("source", "kind", "external_id"),
        parent("customers", "customer_id"),
        parent("orders", "order_id"),
        parent("products", "product_id"),
        parent("unifications", "unification_id"),
        index("ix_source_ids_customer_id", "customer_id", postgresql_where=text("customer_id IS NOT NULL")),
        index("ix_source_ids_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        Index(
            "uq_source_ids_main",
            "store_id",
            "source",
            "kind",
            "customer_id",
            unique=True,
            postgresql_where=text("is_main"),
        ),
        # Not by source and kind: it would look as good as the unique key to who has no statistics yet.
        index("ix_source_ids_number", "number", postgresql_where=text("number IS NOT NULL")),
        one_of("source", SOURCES),
        one_of("kind", KINDS),
        one_of("rule", RULES),
        check("order", "(kind = 'order') = (order_id IS NOT NULL)"),
        check("product", "(kind = 'product') = (product_id IS NOT NULL AND customer_id IS NULL)"),
    )

    source: Mapped[str]
    kind: Mapped[str]
    external_id: Mapped[str]
    number: Mapped[int | None]
    customer_id: Mapped[UUID | None]
    order_id: Mapped[UUID | None]
    product_id: Mapped[UUID | None]
    unification_id: Mapped[UUID | None]
    rule: Mapped[str | None]
    is_main: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    digest: Mapped[str | None]
    raw: Mapped[dict[str, Any] | None] = mapped_column(info=personal())


class Unification(StoreRow):
    """One move of the older back end's tables into a store: its state, and the figures counted on both sides when it was done.

    `place` tells which database they are in, without its password.
    """

    __tablename__ = "unifications"
    __table_args__ = (one_of("state", STATES),)
    audited: ClassVar[bool] = True

    place: Mapped[str]
    state: Mapped[str]
    figures: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict)
    unified_at: Mapped[datetime | None]
    rolled_back_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class LegacyReader(StoreRow):
    """A login of the older system that reads customers_view, and the one store that it may see (pos/walls.py)."""

    __tablename__ = "legacy_readers"
    __table_args__ = (unique("role_name"),)
    audited: ClassVar[bool] = True
    privileges: ClassVar[tuple[str, ...]] = ("INSERT", "DELETE")

    role_name: Mapped[str]
