"""Who is found by the words that somebody types: beginnings of a name, the end of a number, a tag, a whole number, a TapPass ID.

Who was merged into another is found as that other one, so by all names and numbers that both are known by.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pos import phone
from pos.customers import words
from pos.customers.words import Range
from pos.errors import InvalidPhone
from pos.http.paging import rank_cursor, read_rank_cursor
from pos.loyalty import tappass_ids
from pos.loyalty.queries import BRIEFLY
from pos.loyalty.tappass_ids import MistypedTappassId
from pos.messaging.silence import SILENT
from pos.statements import Statement

_COLUMNS = ("id", "name", "phone", "origin", "order_count", "last_order_at", "created_at")
_BY_WORD = """
      SELECT w.customer_id FROM customer_words w
       WHERE w.store_id = :store AND w.word >= :start_{place} AND w.word < :end_{place}"""
_BY_PHONE = """
      SELECT n.id AS customer_id FROM customers n WHERE n.store_id = :store AND n.phone = :phone"""
_BY_TAPPASS_ID = """
      SELECT h.customer_id FROM members h
       WHERE h.store_id = :store AND h.id = (SELECT coalesce(m.merged_into_id, m.id) FROM members m
                                              WHERE m.store_id = :store AND m.tappass_id = :tappass_id)"""
_ACTIVE = "(extract(epoch FROM coalesce(c.last_order_at, c.created_at)) * 1000000)::bigint"
# Who is meant is worked out before the customers are joined: a join by an expression that is not known to be leakproof, as COALESCE
# is not, takes no index under row security.
_FOUND = """
    WITH found AS MATERIALIZED ({found}),
    meant AS MATERIALIZED (
      SELECT DISTINCT coalesce(f.merged_into_id, f.id) AS id FROM found
        JOIN customers f ON f.store_id = :store AND f.id = found.customer_id)
    SELECT {columns}, p.tags, {active} AS active, {member} AS member, {silent} AS is_silent
      FROM meant
      JOIN customers c ON c.store_id = :store AND c.id = meant.id
      JOIN profiles p ON p.store_id = c.store_id AND p.customer_id = c.id
     WHERE c.origin <> 'walk_in' AND c.erased_at IS NULL AND c.merged_into_id IS NULL
       AND (:after_id ::uuid IS NULL OR ({active}, c.id) < (:after_active ::bigint, :after_id ::uuid))
     ORDER BY active DESC, c.id DESC LIMIT :limit
"""


@dataclass(frozen=True)
class Asked:
    """What is looked for: for each word its ranges, beside it a whole number or a TapPass ID if that is what it may be."""

    ranges: list[list[Range]] = field(default_factory=list)
    phone: str | None = None
    tappass_id: str | None = None


def read(text: str | None, tag: str | None, country: str) -> Asked:
    """What somebody typed, and a whole tag. A whole number in any spelling means that number and nothing else. Raises
    TooManyWords."""
    tagged = [words.of_tag(tag)] if tag else []
    if not text:
        return Asked(tagged)
    number = _number(text, country)
    if number:
        return Asked(tagged, phone=number)
    return Asked([*words.ranges(text), *tagged], tappass_id=None if tagged else _tappass_id(text))


def search(asked: Asked, *, limit: int, after: str | None = None) -> dict[str, Any]:
    """A page of who is found, who was here last comes first."""
    *active, _, _, after_id = read_rank_cursor(after) if after is not None else (None, None, None, None)
    rows = statement(asked).mappings(
        **values(asked), limit=limit + 1, after_active=active[0] if active else None, after_id=after_id
    )
    shown = [{name: row[name] for name in (*_COLUMNS, "tags", "member", "is_silent")} for row in rows[:limit]]
    return {"data": shown, "next": _cursor(rows[limit - 1]) if len(rows) > limit else None}


def statement(asked: Asked) -> Statement:
    """The statement for what is asked; there is one for each number of words."""
    shape = tuple(len(alternatives) for alternatives in asked.ranges)
    return _statement(shape, asked.phone is not None, asked.tappass_id is not None)


def values(asked: Asked) -> dict[str, Any]:
    """What the statement takes besides the page."""
    ranges: dict[str, str] = {}
    for place, each in _placed(asked):
        ranges |= {f"start_{place}": each.start, f"end_{place}": each.end}
    return ranges | {"phone": asked.phone, "tappass_id": asked.tappass_id}


@cache
def _statement(shape: tuple[int, ...], has_phone: bool, has_tappass_id: bool) -> Statement:
    places = iter(_names())
    each = [f"({' UNION ALL '.join(_BY_WORD.format(place=next(places)) for _ in range(count))})" for count in shape] + (
        [f"({_BY_PHONE})"] if has_phone else []
    )
    found = "\n      INTERSECT\n      ".join(each)
    found = f"({found})\n      UNION ALL {_BY_TAPPASS_ID}" if has_tappass_id else found
    columns = ", ".join(f"c.{name}" for name in _COLUMNS)
    return Statement(_FOUND.format(found=found, columns=columns, active=_ACTIVE, member=BRIEFLY, silent=SILENT))


def _placed(asked: Asked) -> Iterator[tuple[str, Range]]:
    return zip(_names(), (each for alternatives in asked.ranges for each in alternatives), strict=False)


def _names() -> Iterator[str]:
    return iter("abcdefghijklmnopqrstuvwxyz")


def _number(text: str, country: str) -> str | None:
    try:
        return phone.parse(text, country)
    except InvalidPhone:
        return None


def _tappass_id(text: str) -> str | None:
    try:
        return tappass_ids.read(text)
    except MistypedTappassId:
        return None


def _cursor(row: dict[str, Any]) -> str:
    return rank_cursor((row["active"], 0, 0), row["id"])
