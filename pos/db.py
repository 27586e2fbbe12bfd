"""The database: one helper sets the tenant, one declares a tenant's keys, one relates tables.

Every table of a store has the primary key (store_id, id) and composite foreign keys, so that no row can
point into another store. `transaction()` is the only way to the database; it stands at the
edge (routes, flows, tasks, commands) and tells PostgreSQL's row security whose rows may be seen (§4.2).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar, TypeVar, cast
from uuid import UUID

from flask import current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    CheckConstraint,
    Connection,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    Numeric,
    Select,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    event,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    declared_attr,
    mapped_column,
    registry,
    relationship,
)

from pos import ids
from pos.errors import NotFound
from pos.wire import Connection as Wire

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
COLUMN_TYPES: dict[Any, Any] = {
    UUID: Uuid(),
    str: Text(),
    bytes: LargeBinary(),
    int: BigInteger(),
    Decimal: Numeric(),
    datetime: TIMESTAMP(timezone=True),
    date: Date(),
    dict[str, Any]: JSONB(none_as_null=True),
    list[Any]: JSONB(none_as_null=True),
    list[str]: ARRAY(Text()),
}


class Base(DeclarativeBase):
    """Columns take their type from their annotation: amounts are bigint, instants timestamptz, texts text."""

    registry = registry(metadata=MetaData(naming_convention=NAMING), type_annotation_map=COLUMN_TYPES)


db = SQLAlchemy(model_class=Base, disable_autonaming=True, session_options={"expire_on_commit": False})


class Stamped:
    """The two instants that every row has, both by the clock of the database."""

    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=90)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now(), sort_order=91)


class StoreTable(Stamped, Base):
    """A table of one store: the tenant is half of its key."""

    __abstract__ = True
    # What the ORM changes in audited rows is written to the audit log (pos/audit_log.py).
    audited: ClassVar[bool] = False
    # What the application's role may do besides SELECT (pos/walls.py).
    privileges: ClassVar[tuple[str, ...]] = ("INSERT", "UPDATE")

    store_id: Mapped[UUID] = mapped_column(
        ForeignKey("stores.id", ondelete="RESTRICT"), primary_key=True, sort_order=-2
    )


class StoreRow(StoreTable):
    """A row of a store with an id of its own: the primary key is (store_id, id)."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.uuid7, sort_order=-1)


class Edited:
    """A row that people edit: its version is its ETag, and the UPDATE itself refuses a stale one."""

    version: Mapped[int] = mapped_column(sort_order=80)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


# --- declaring tables -------------------------------------------------------------------------------------


def table_of(model: type[Base]) -> Table:
    """The table of a model, for statements that are built once and go past the ORM."""
    return cast("Table", model.__table__)


def parent(table: str, column: str) -> ForeignKeyConstraint:
    """The composite foreign key (store_id, column) → table(store_id, id); a parent with children stays."""
    return ForeignKeyConstraint(["store_id", column], [f"{table}.store_id", f"{table}.id"], ondelete="RESTRICT")


def unique(*columns: str, name: str | None = None) -> UniqueConstraint:
    """Unique within a store."""
    return UniqueConstraint("store_id", *columns, name=name)


def index(name: str, *columns: Any, **options: Any) -> Index:
    """An index that begins with the store, as row security and sharding want it."""
    return Index(name, "store_id", *columns, **options)


def of_web_shop(table: str, column: str) -> Index:
    """What the web shop calls a row: unique within a store, and no cost to the rows that did not come from there."""
    return Index(
        f"uq_{table}_{column}", "store_id", column, unique=True, postgresql_where=text(f"{column} IS NOT NULL")
    )


def one_of(column: str, choices: tuple[str, ...]) -> CheckConstraint:
    """A status column: text with a CHECK, since under row security an ENUM's = uses no index."""
    listed = ", ".join(f"'{choice}'" for choice in choices)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def check(name: str, condition: str) -> CheckConstraint:
    return CheckConstraint(condition, name=name)


def relate(child: str, column: str, parent_model: str, target: str, **options: Any) -> Any:
    """A relationship over the composite key of `child`, in which only the second column may move.

    Declared plainly, `order.customer = <another store's>` would silently move the order to that store.
    `target` is the side that the attribute leads to: the parent, or the child for a list.
    """
    same_store = f"{child}.store_id == {parent_model}.store_id"
    return relationship(
        target, primaryjoin=f"and_({same_store}, foreign({child}.{column}) == {parent_model}.id)", **options
    )


Row = TypeVar("Row", bound=StoreTable)
RowWithId = TypeVar("RowWithId", bound=StoreRow)

# --- using them -------------------------------------------------------------------------------------------


@contextmanager
def transaction(store_id: UUID | None, *, actor: str = "system") -> Iterator[Session]:
    """One transaction in one store (None: only the global tables have rows), committed at the end.

    It does not nest, and the session refuses work outside of it. `actor` goes into the audit log.
    """
    session = db.session()
    if session.info.get("in_transaction"):
        raise RuntimeError("transaction() does not nest: open it once, at the edge")
    session.info.update(in_transaction=True, store_id=store_id, actor=actor)
    try:
        yield session
        session.commit()
    finally:
        # After a commit this only gives the connection back; after an error it rolls back first.
        session.info.clear()
        db.session.remove()


@contextmanager
def glance(store_id: UUID | None) -> Iterator[None]:
    """A transaction of a single Statement that only reads, in one store (None: in the global tables): one round trip to the
    database instead of two, and none of the ORM. A second statement would find no tenant set, and so no rows."""
    session = db.session()
    if session.info.get("in_transaction"):
        raise RuntimeError("glance() does not nest: it is a transaction of its own")
    lent = db.engine.raw_connection()
    wire = cast("Wire", lent.dbapi_connection)
    try:
        session.info.update(in_transaction=True, is_glance=True, store_id=store_id, wire=wire, lent=lent)
        # The tenant first: to find out the mode of the login may take a statement of its own.
        wire.send_soon(_tenant(wire, store_id))
        wire.stand_alone()
        yield
    finally:
        session.info.clear()
        wire.forget()
        lent.close()


def is_in_transaction() -> bool:
    """Whether a transaction or a glance is open."""
    return bool(db.session().info.get("in_transaction"))


def current_store() -> UUID:
    """The store of the open transaction."""
    store_id = db.session().info.get("store_id")
    if store_id is None:
        raise RuntimeError("this needs transaction(store_id)")
    return store_id  # type: ignore[no-any-return]


def current_actor() -> str:
    """Who acts in the open transaction, as the audit log names it."""
    return str(db.session().info["actor"])


def rows_of(model: type[Row]) -> Select[Row]:
    """SELECT of a table's rows in the current store, naming store_id: the first wall of isolation."""
    return select(model).where(model.store_id == current_store())


def find(model: type[RowWithId], row_id: UUID, *, lock: bool = False) -> RowWithId:
    """One row of the current store, locked until the commit if asked. Raises NotFound.

    FOR NO KEY UPDATE: a sale that only refers to the row (its foreign keys lock it FOR KEY SHARE) need not wait.
    """
    row = db.session.scalar(_by_id(model, lock), {"store": current_store(), "row": row_id})
    if row is None:
        raise NotFound(what=model.__name__.lower())
    return row


@cache
def _by_id(model: type[RowWithId], lock: bool) -> Select[RowWithId]:
    """Built once: to build it for each row took as long as to read the row."""
    statement = select(model).where(model.store_id == bindparam("store"), model.id == bindparam("row"))
    if lock:
        statement = statement.with_for_update(of=model, key_share=True).execution_options(populate_existing=True)
    return statement


def wire_of(connection: Connection) -> Wire:
    """The connection below SQLAlchemy's, for what needs none of it."""
    return cast("Wire", connection.connection.dbapi_connection)


@event.listens_for(Session, "after_begin")
def _begin(session: Session, _transaction: Any, connection: Connection) -> None:
    """Tells row security whose transaction this is, and remembers the connection for statements past the ORM."""
    _require_transaction(session)
    wire = wire_of(connection)
    session.info.update(wire=wire, lent=connection)
    wire.send_soon(_tenant(wire, session.info["store_id"]))


def _tenant(wire: Wire, store_id: UUID | None) -> bytes:
    """The setting of the tenant, in the literal form that also reaches Citus workers.

    Without a store it is emptied: a savepoint would otherwise still see the previous tenant.
    """
    setting = f"SET LOCAL app.store_id = '{store_id or ''}'"
    role = current_app.extensions["database_role"](wire)
    return (f"SET LOCAL ROLE {role}; {setting}" if role else setting).encode()


def _require_transaction(session: Session) -> None:
    if not session.info.get("in_transaction") or session.info.get("is_glance"):
        raise RuntimeError("the database is used inside `with transaction(store_id):` only")


@event.listens_for(Session, "before_flush")
def _stamp_store(session: Session, _context: Any, _instances: Any) -> None:
    """New rows belong to the store of the transaction; none can be slipped into another one."""
    _require_transaction(session)
    for row in session.new:
        if isinstance(row, StoreTable):
            if row.store_id is None:
                row.store_id = session.info["store_id"]
            elif row.store_id != session.info["store_id"]:
                raise RuntimeError(f"{type(row).__name__} of another store than the transaction's")
