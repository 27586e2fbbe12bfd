"""Lists by cursor: newest first, stable while rows are added, as quick on page 1,000 as on page 1."""

import base64
import binascii
import struct
from typing import Any
from uuid import UUID

from sqlalchemy import Select

from pos.db import RowWithId, db
from pos.errors import Invalid

# Three figures and an id.
_RANK = struct.Struct(">qqq16s")


def page(
    statement: Select[RowWithId], model: type[RowWithId], *, limit: int, after: str | None = None
) -> dict[str, Any]:
    """`{"data": [rows], "next": cursor or None}`, ordered by id from new to old."""
    statement = statement.order_by(model.id.desc()).limit(limit + 1)
    if after is not None:
        statement = statement.where(model.id < read_cursor(after))
    rows = list(db.session.scalars(statement))
    return {"data": rows[:limit], "next": cursor(rows[limit - 1].id) if len(rows) > limit else None}


def cursor(row_id: UUID) -> str:
    """The cursor that goes on after this row."""
    return base64.urlsafe_b64encode(row_id.bytes).decode().rstrip("=")


def read_cursor(text: str) -> UUID:
    """The row id in a cursor. Raises Invalid."""
    try:
        return UUID(bytes=base64.urlsafe_b64decode(text + "=="))
    except (ValueError, binascii.Error) as error:
        raise Invalid(reason="`after` must be the `next` of an earlier page.", pointer="/after") from error


def rank_cursor(figures: tuple[int, int, int], row_id: UUID) -> str:
    """The cursor that goes on after this row of a list that is ordered by three figures, and by id among equals."""
    return base64.urlsafe_b64encode(_RANK.pack(*figures, row_id.bytes)).decode().rstrip("=")


def read_rank_cursor(text: str) -> tuple[int, int, int, UUID]:
    """The figures and the row id in such a cursor. Raises Invalid."""
    try:
        *figures, row_id = _RANK.unpack(base64.urlsafe_b64decode(text + "=="))
    except (ValueError, struct.error) as error:
        raise Invalid(reason="`after` must be the `next` of an earlier page.", pointer="/after") from error
    first, second, third = figures
    return first, second, third, UUID(bytes=row_id)
