"""Keeping the provider's objects: they are made, found, listed and changed here and nowhere else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from pos import clock, ids
from pos.db import db
from pos.sandbox.models import SandboxObject

Object = dict[str, Any]


@dataclass(frozen=True)
class Cause:
    """On whose account something happens, and which request asked for it; none did when a payer or a job acts."""

    account: str | None
    request_id: str | None = None
    key: str | None = None


def new_id(prefix: str) -> str:
    """An id that looks like the provider's and cannot be taken for one of them."""
    return f"{prefix}_sbx_{ids.uuid7().hex}"


def timestamp() -> int:
    """Now, in Unix seconds."""
    return int(clock.now().timestamp())


def keep(kind: str, body: Object, cause: Cause, hidden: Object | None = None) -> SandboxObject:
    """A new object. It is written at once, so that the order of making is the order of the instants."""
    name = body["sid"] if "sid" in body else body["id"]
    row = SandboxObject(id=name, kind=kind, account=cause.account, body=body, hidden=hidden or {})
    db.session.add(row)
    db.session.flush()
    return row


def change(row: SandboxObject, **fields: Any) -> Object:
    """Changes fields of what the provider shows, and gives the whole."""
    row.body = {**row.body, **fields}
    db.session.flush()
    return row.body


def remember(row: SandboxObject, **facts: Any) -> None:
    """Changes what the provider knows and does not show."""
    row.hidden = {**row.hidden, **facts}
    db.session.flush()


def alter(row: SandboxObject, shown: Object, facts: Object) -> None:
    """Changes both in one statement."""
    row.body, row.hidden = {**row.body, **shown}, {**row.hidden, **facts}
    db.session.flush()


def find(kind: str, object_id: str, *, lock: bool = False) -> SandboxObject | None:
    """An object of any account, locked until the commit if asked."""
    statement = select(SandboxObject).where(SandboxObject.kind == kind, SandboxObject.id == object_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(statement)


def get(kind: str, object_id: str, *, lock: bool = False) -> SandboxObject:
    """An object that must be there, since another one names it."""
    row = find(kind, object_id, lock=lock)
    assert row is not None, f"{kind} {object_id} is named by another object"
    return row


def those(kind: str, **fields: str) -> list[SandboxObject]:
    """All objects of a kind whose shown fields are these, newest first."""
    wanted = [SandboxObject.body[name].astext == value for name, value in fields.items()]
    return list(db.session.scalars(_newest_first(kind).where(*wanted)))


def page(
    kind: str,
    account: str | None,
    wanted: list[ColumnElement[bool]],
    limit: int,
    *,
    after: SandboxObject | None = None,
    before: SandboxObject | None = None,
) -> tuple[list[SandboxObject], bool]:
    """A page of an account's objects, newest first, and whether there are more in the direction of reading."""
    statement = _newest_first(kind).where(SandboxObject.account.is_not_distinct_from(account), *wanted)
    if before:
        rows = list(db.session.scalars(_oldest_first(statement.where(_newer_than(before))).limit(limit + 1)))
        return rows[:limit][::-1], len(rows) > limit
    if after:
        statement = statement.where(~_newer_than(after), SandboxObject.id != after.id)
    rows = list(db.session.scalars(statement.limit(limit + 1)))
    return rows[:limit], len(rows) > limit


def field_is(name: str, value: str) -> ColumnElement[bool]:
    return SandboxObject.body[name].astext == value


def created_within(bounds: int | Mapping[str, int]) -> ColumnElement[bool]:
    """The provider's `created` filter: an instant, or bounds by gt, gte, lt, lte, all in Unix seconds."""
    created = SandboxObject.body["created"].as_integer()
    if isinstance(bounds, int):
        return created == bounds
    compare: dict[str, Callable[[int], ColumnElement[bool]]] = {
        "gt": created.__gt__, "gte": created.__ge__, "lt": created.__lt__, "lte": created.__le__,
    }  # fmt: skip
    return and_(*(compare[name](value) for name, value in bounds.items()))


def _newest_first(kind: str) -> Select[SandboxObject]:
    order = SandboxObject.made_at.desc(), SandboxObject.id.desc()
    return select(SandboxObject).where(SandboxObject.kind == kind).order_by(*order)


def _oldest_first(statement: Select[SandboxObject]) -> Select[SandboxObject]:
    return statement.order_by(None).order_by(SandboxObject.made_at, SandboxObject.id)


def _newer_than(row: SandboxObject) -> ColumnElement[bool]:
    same_moment = and_(SandboxObject.made_at == row.made_at, SandboxObject.id > row.id)
    return or_(SandboxObject.made_at > row.made_at, same_moment)
