"""Which orders of a store a list shows: what was asked for, as SQL behind the list's WHERE."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pos import ids, phone
from pos.errors import InvalidPhone
from pos.http.paging import read_cursor
from pos.orders.models import SOURCES

FROM_ORDERS = """
  FROM orders o JOIN customers c ON c.store_id = o.store_id AND c.id = o.customer_id
 WHERE o.store_id = :store
"""
# No index finds a part of a name or the end of a number, so without `since` only orders are searched that came in lately.
SEARCHED_DAYS = 7
_EQUAL = ("status", "payment_status", "fulfillment_status", "kind", "source", "customer_id", "location_id")
# Whoever was merged has no orders any more: those of who stands for them are meant.
COUNTER = "counter"
# What a list may be asked for: the orders of one source, or all but those that are placed, paid and sent by the web shop.
OF_SOURCE = (*SOURCES, COUNTER)
_CONDITIONS = {
    "source": " AND o.source = ANY(:source)",
    "customer_id": """ AND o.customer_id = (SELECT coalesce(x.merged_into_id, x.id) FROM customers x
                                           WHERE x.store_id = :store AND x.id = :customer_id)""",
}
# Found first, as ids: with all of it as conditions of the list, PostgreSQL walked through every order of the store to find none.
_FOUND = """ AND o.id = ANY(ARRAY(
       (SELECT f.id FROM orders f WHERE f.store_id = :store AND f.reference BETWEEN :reference AND :last_reference
         ORDER BY f.reference LIMIT 50)
       UNION ALL
       SELECT f.id FROM orders f JOIN customers p ON p.store_id = f.store_id AND p.id = f.customer_id
        WHERE f.store_id = :store AND f.id >= :oldest
          AND (p.phone = :phone OR p.phone LIKE :phone_end OR strpos(lower(p.name), :words) > 0
               OR strpos(lower(f.tab_name), :words) > 0)))"""
_LIKE_A_NUMBER = re.compile(r"[0-9 ()+./-]+")
_LEAST_DIGITS = 4
# A reference is found by its beginning as well: by a range, since under row security LIKE uses no index.
_LEAST_BEGINNING, _LAST_LETTERS = 3, "ZZZZZZ"
# An order came in when it was placed, or later; a tablet whose clock is ahead says it was minutes before.
_CLOCKS_DIFFER = timedelta(days=1)


@dataclass(frozen=True)
class Selection:
    """The conditions of a list with its order and limit, to be put behind FROM_ORDERS, and the values that they name."""

    conditions: str
    values: Mapping[str, Any]


def select(wanted: Mapping[str, Any], country: str, now: datetime) -> Selection:
    """The orders that a list's query asks for, newest first, and one beyond `limit`, which tells whether there are more.
    Raises Invalid for a cursor that is none."""
    equal = {name: wanted[name] for name in _EQUAL if name in wanted}
    conditions, values = [_CONDITIONS.get(name, f" AND o.{name} = :{name}") for name in equal], dict(equal)
    if "source" in equal:
        values["source"] = _sources(equal["source"])
    if "since" in wanted:
        conditions.append(" AND o.placed_at >= :since")
        values["since"] = wanted["since"]
    if "after" in wanted:
        conditions.append(" AND o.id < :before")
        values["before"] = read_cursor(wanted["after"])
    if "q" in wanted:
        conditions.append(_FOUND)
        oldest = wanted["since"] - _CLOCKS_DIFFER if "since" in wanted else now - timedelta(days=SEARCHED_DAYS)
        values |= {"oldest": ids.first_uuid7_of(oldest), **_searched(wanted["q"], country)}
    conditions.append(" ORDER BY o.id DESC LIMIT :limit")
    return Selection("".join(conditions), values | {"limit": wanted["limit"] + 1})


def _sources(wanted: str) -> list[str]:
    return [each for each in SOURCES if each != "woocommerce"] if wanted == COUNTER else [wanted]


def _searched(text: str, country: str) -> dict[str, str | None]:
    """What somebody typed, as all that it can be: a reference or its beginning, a number, its end, a part of a name."""
    number = None
    with suppress(InvalidPhone):
        number = phone.parse(text, country)
    digits = re.sub("[^0-9]", "", text)
    reference = ids.read_reference(text)
    is_beginning = _LEAST_BEGINNING <= len(reference) < ids.REFERENCE_LENGTH
    is_end = len(digits) >= _LEAST_DIGITS and _LIKE_A_NUMBER.fullmatch(text)
    return {
        "reference": reference,
        "last_reference": reference + _LAST_LETTERS if is_beginning else reference,
        "phone": number,
        "phone_end": f"%{digits}" if is_end else None,
        "words": text.lower(),
    }
