"""Single fields of what the shop tells: pure. Shops are old, patched and full of plugins; a field is read as what it can only mean, else it
is a reason to leave the record out (records.LeftOut)."""

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from pos.woocommerce.records import LeftOut

MOST_NAME, MOST_NOTE = 200, 2000
_LONGEST_AMOUNT, _MOST_DIGITS = 40, 13
_TAG = re.compile(r"<[^<>]{0,2000}>")
_EMAIL = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,255}\.[^\s@<>.]{2,}")
_NO_EMAIL = "[e-mail]"
# What PostgreSQL cannot keep, and what nobody sees: control signs but line breaks, and halves of signs.
_UNKEPT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

Raw = Mapping[str, Any]


def record(raw: Any) -> Raw:
    """Raises LeftOut for what is no object."""
    if not isinstance(raw, Mapping):
        raise LeftOut("no_object")
    return raw


def number(raw: Raw, name: str) -> int:
    """The shop's number of something. Raises LeftOut."""
    told = raw.get(name)
    if isinstance(told, str) and re.fullmatch("[0-9]{1,18}", told):
        told = int(told)
    if not isinstance(told, int) or isinstance(told, bool) or not 0 < told < 2**62:
        raise LeftOut("no_number", field=name)
    return told


def number_or_zero(raw: Raw, name: str) -> int:
    """The same; 0 for none."""
    try:
        return number(raw, name)
    except LeftOut:
        return 0


def amount(raw: Raw, name: str) -> Decimal | None:
    """An amount: a string with a point, or a number; None if it is empty or missing. Raises LeftOut."""
    told = raw.get(name)
    if told is None or told == "":
        return None
    if isinstance(told, bool) or not isinstance(told, str | int | Decimal) or len(str(told)) > _LONGEST_AMOUNT:
        raise LeftOut("odd_amount", field=name)
    try:
        exact = Decimal(str(told).strip())
    except InvalidOperation:
        raise LeftOut("odd_amount", field=name) from None
    if not exact.is_finite() or exact.adjusted() >= _MOST_DIGITS:
        raise LeftOut("odd_amount", field=name)
    return exact


def amount_or_zero(raw: Raw, name: str) -> Decimal:
    """The same; 0 for none."""
    told = amount(raw, name)
    return Decimal(0) if told is None else told


def instant(raw: Raw, name: str) -> datetime | None:
    """An instant of a `…_gmt` field, which has no offset and means UTC; None if it is empty. Raises LeftOut."""
    told = raw.get(name)
    if not told:
        return None
    try:
        read = datetime.fromisoformat(str(told))
        read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise LeftOut("odd_date", field=name) from None
    # The shop writes year 0 or 1 for "never".
    return read if 1970 <= read.year < 2200 else None


def exact(raw: Raw, name: str, most: int = MOST_NAME) -> str | None:
    """A text without markup, on one line; None if nothing is left of it. What is longer is cut, and ends in …"""
    told = raw.get(name)
    if not isinstance(told, str | int | Decimal) or isinstance(told, bool):
        return None
    # A sign may be written as an entity of an entity; a tag that appears only then is none.
    bare = html.unescape(_TAG.sub(" ", str(told)[: most * 20]))
    words = " ".join(_UNKEPT.sub("", bare).split())
    return (words if len(words) <= most else f"{words[: most - 1].rstrip()}…") or None


def text(raw: Raw, name: str, most: int = MOST_NAME) -> str | None:
    """The same without e-mail addresses, which people and plugins write anywhere, and which are not kept."""
    told = exact(raw, name, most)
    return _EMAIL.sub(_NO_EMAIL, told)[:most] if told else None


def note(raw: Raw, name: str) -> str | None:
    """A text of some length."""
    return text(raw, name, MOST_NOTE)


def name_of(raw: Raw, name: str) -> str | None:
    """A part of somebody's name; an e-mail address is none."""
    told = text(raw, name)
    return (told.replace(_NO_EMAIL, "").strip() or None) if told else None


def word(raw: Raw, name: str) -> str:
    """A short word of the shop's own, e.g. a status; "" for none."""
    return (text(raw, name, 60) or "").lower()


def rows(raw: Raw, name: str) -> list[Raw]:
    """The objects of a list; what is none is passed over."""
    told = raw.get(name)
    return [each for each in told if isinstance(each, Mapping)] if isinstance(told, list) else []


def part(raw: Raw, name: str) -> Raw:
    """An object within; an empty one if there is none: PHP writes an empty object as []."""
    told = raw.get(name)
    return told if isinstance(told, Mapping) else {}
