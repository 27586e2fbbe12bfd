"""What a single field may hold, and what is made of it: pure. Each rule takes a JSON value and gives ours, or says why not.

The files were written by programs that lost types on the way: whole numbers became 8.0, gaps became NaN or the word "nan".
Such traces are read as what they were; anything else that is not as it should be is named.
"""

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from pos import money, phone
from pos.http.schemas import Email

MOST_ID, MOST_NAME, MOST_ADDRESS = 100, 100, 300
MOST_PRODUCT, MOST_DESCRIPTION = 200, 10_000
MOST_AGE, MOST_QUANTITY = 130, 1_000_000
FIRST_DAY = date(1970, 1, 1)
LEVELS = {"base": "bronze", "gold": "gold", "platinum": "platinum", "nan": None, "": None}
# A sum of doubles is off by this much of a unit at most, by far; a price is never that fine.
ARTEFACT = Decimal("0.000001")
SHOWN = 40
# As decimals they are compared with decimals in a third of the time.
_NOTHING, _MOST = Decimal(0), Decimal(money.MAX_AMOUNT)
# How an export writes that there is nothing.
_GAP = "nan"
_EMAIL = re.compile(Email.PATTERN)
_WHOLE = 10**18
_BLANKS = re.compile(r"[^\S\n]+")
# Signs that nobody sees, besides blanks: control characters, and those that turn the direction of what follows.
_UNSEEN = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_BROKEN = re.compile(r"[\x00\ud800-\udfff]")
_AGE = re.compile(r"[0-9]{1,3}")
_AMERICAN = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


class Unfit(Exception):
    """A value that a field cannot hold; `reason` is a sentence for who mends the file, `rule` one that may be seen by others:
    without the value, which may be somebody's name."""

    def __init__(self, reason: str, rule: str | None = None) -> None:
        super().__init__(reason)
        self.reason, self.rule = reason, rule or reason


def shown(value: Any) -> str:
    """A value as a reason may repeat it: short, on one line, and nothing of what is inside lists and objects."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value if isinstance(value, str) else str(value)
    cut = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    return repr(cut) if isinstance(value, str) else cut


def _unlike(value: Any, rule: str) -> Unfit:
    """A refusal that begins with the value."""
    return Unfit(f"{shown(value)} {rule}", f"This {rule}")


def identity(value: Any) -> str:
    """An id: a text, or a whole number, which is the same as its digits."""
    found = _told(value, "an id", MOST_ID)
    if found is None:
        raise Unfit("The id is missing. Give each one its own: a text or a whole number.")
    if not found.isprintable():
        raise Unfit("The id contains line breaks or other signs that cannot be seen. Use letters, digits and dashes.")
    return found


def product_id(value: Any) -> str | None:
    """The id of what was bought; nothing where only its name is known."""
    return None if value in (None, "", _GAP) else identity(value)


def name(value: Any) -> str | None:
    return _line(value, MOST_NAME)


def address(value: Any) -> str | None:
    return _some(_line(value, MOST_ADDRESS))


def word(value: Any) -> str | None:
    """Category or brand."""
    return _some(_line(value, MOST_PRODUCT))


def product_name(value: Any) -> str:
    found = _line(value, MOST_PRODUCT)
    if found is None:
        raise Unfit("The name of what was bought is missing.")
    return found


def description(value: Any) -> str | None:
    """Text that keeps its lines."""
    if value is None:
        return None
    is_usual = isinstance(value, str) and len(value) <= MOST_DESCRIPTION
    return _described(value) if is_usual else _line(value, MOST_DESCRIPTION)


def age(value: Any) -> int | None:
    """Years, as a number or as its digits."""
    if value is None or value in ("", _GAP):
        return None
    years = int(value) if isinstance(value, str) and _AGE.fullmatch(value.strip()) else _whole(value)
    if years is None or not 0 <= years <= MOST_AGE:
        raise _unlike(value, f"is no age. Write a whole number from 0 to {MOST_AGE}, or null if it is not known.")
    return years


def email(value: Any) -> str | None:
    """An address as the API would take it (pos/http/schemas.py), otherwise as it was told."""
    if value is None:
        return None
    text = _some(_text(value)[0].strip())
    if text is None:
        return None
    if len(text) > Email.MOST or not _EMAIL.fullmatch(text):
        raise _unlike(text, "is no e-mail address. Write one like name@example.com, or null if there is none.")
    return text


def number(value: Any) -> str | None:
    """A phone number as it was told, whatever it is: whether it can be used is found out later."""
    found = _told(value, "a phone number", phone.MOST)
    return None if found is None else _some(found)


def level(value: Any) -> str | None:
    """The level of a membership in our words; None is no member."""
    if value is None:
        return None
    known = value.strip().casefold() if isinstance(value, str) else value
    if not isinstance(known, str) or known not in LEVELS:
        raise _unlike(value, "is no membership. Allowed are Base, Gold, Platinum, and nan or null for none.")
    return LEVELS[known]


def quantity(value: Any) -> int:
    count = _whole(value)
    if count is None or not 1 <= count <= MOST_QUANTITY:
        advice = f"Write a whole number from 1 to {MOST_QUANTITY:,}."
        raise (
            Unfit(f"The quantity is missing. {advice}")
            if value is None
            else _unlike(value, f"is no quantity. {advice}")
        )
    return count


def price(value: Any, *, digits: int) -> int | None:
    """What one piece cost, in minor units; None where it was not written down."""
    return None if value is None or value == _GAP else amount(value, digits=digits)


def amount(value: Any, *, digits: int) -> int:
    """Money in minor units of a currency with so many decimals. What doubles leave behind (699.9999999999) is rounded away."""
    if value is None:
        raise Unfit("The amount is missing. Write a number, such as 700.0.")
    if type(value) is not int and not isinstance(value, Decimal):
        raise _unlike(value, "is no amount. Write a number without quotes, such as 700.0.")
    scale = 10**digits
    if not _NOTHING <= value <= _MOST or (exact := value * scale) > _MOST:
        raise _unlike(value, f"is no amount. Write a number from 0 to {money.MAX_AMOUNT // scale:,}.")
    minor = int(exact)
    return minor if minor == exact else _rounded(Decimal(value), Decimal(exact), digits)


def day(value: Any, *, today: date) -> date:
    """A day that has been: m/d/yyyy, as the chat service writes it, or yyyy-mm-dd."""
    if value is None:
        raise Unfit("The date is missing. Write month/day/year, such as 2/10/2023.")
    found = _day(value.strip()) if isinstance(value, str) and len(value) <= SHOWN else None
    if found is None:
        raise _unlike(value, "is no day. Write month/day/year, such as 2/10/2023, or year-month-day.")
    if not FIRST_DAY <= found <= today:
        raise _unlike(value, f"is not between {FIRST_DAY} and today, {today}.")
    return found


def _rounded(value: Decimal, exact: Decimal, digits: int) -> int:
    nearest = money.round_half_up(exact)
    if abs(exact - nearest) >= ARTEFACT.scaleb(digits):
        raise _unlike(value, f"has more decimals than the {digits} of the store's currency. Round it.")
    return nearest


@lru_cache(maxsize=256)
def _described(value: str) -> str | None:
    """The same product stands in thousands of orders, and a thousand letters take time to look at."""
    text, is_plain = _text(value)
    if not is_plain:
        text = "\n".join(_BLANKS.sub(" ", _UNSEEN.sub("", line)) for line in text.splitlines())
    return _some(_bounded(text.strip(), MOST_DESCRIPTION))


@lru_cache(maxsize=4096)
def _day(text: str) -> date | None:
    american, iso = _AMERICAN.fullmatch(text), _ISO.fullmatch(text)
    try:
        if american:
            return date(int(american[3]), int(american[1]), int(american[2]))
        return date(int(iso[1]), int(iso[2]), int(iso[3])) if iso else None
    except ValueError:
        return None


def _line(value: Any, most: int) -> str | None:
    """Text on one line: runs of blanks become one, and signs that nobody sees are left out."""
    if value is None:
        return None
    text, is_plain = _text(value)
    if not is_plain:
        text = " ".join(_UNSEEN.sub("", text.replace("\x0b", " ").replace("\x0c", " ")).split())
    elif "  " in text:
        text = " ".join(text.split())
    return _bounded(text.strip(), most) or None


def _text(value: Any) -> tuple[str, bool]:
    """A text, and whether it is free of line breaks, of odd blanks and of signs that nobody sees."""
    if not isinstance(value, str):
        raise _unlike(value, "is no text. Put it in quotes.")
    is_plain = value.isprintable()
    if not is_plain and _BROKEN.search(value):
        raise Unfit("The text contains a NUL character or half of a surrogate pair. Take it out.")
    return value, is_plain


def _bounded(text: str, most: int) -> str:
    if len(text) > most:
        raise Unfit(f"The text has {len(text):,} characters. Shorten it to {most:,}.")
    return text


def _some(text: str | None) -> str | None:
    return None if text in ("", _GAP) else text


def _told(value: Any, what: str, most: int) -> str | None:
    """A text or a whole number, as text without blanks around it."""
    if value is None:
        return None
    if isinstance(value, str):
        return _bounded(_text(value)[0].strip(), most) or None
    whole = value if type(value) is int else _whole(value)
    if whole is None:
        raise _unlike(value, f"is not {what}. Write a text or a whole number.")
    return _bounded(str(whole), most)


def _whole(value: Any) -> int | None:
    """The whole number that a value is, 2.0 too; None if it is none."""
    if type(value) is int:
        return value
    is_decimal = isinstance(value, Decimal) and -_WHOLE < value < _WHOLE
    return int(value) if is_decimal and value == int(value) else None
