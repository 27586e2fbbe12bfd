"""A guest's tip: what was typed or tapped, as minor units. Pure."""

import re

from babel.numbers import get_currency_precision

from pos.money import percent_of
from pos.payments import currencies

PRESET_PERCENTS = (10, 15, 20)
_MAJOR_UNITS = re.compile(r"([0-9]{0,12})(?:[.,]([0-9]+))?")


class UnreadableTip(ValueError):
    """What was typed is no amount."""


class PercentNotOffered(ValueError):
    """What was tapped is none of the percents that the page offers."""


def read(typed: str, currency: str) -> int:
    """Major units as people type them, with a point or a comma before the part: "2.50", "2,5", ".5", "0". Thousands are not
    grouped: nobody could tell 1,000 from 1.000. Raises UnreadableTip."""
    digits = get_currency_precision(currency)
    found = _MAJOR_UNITS.fullmatch(typed.strip())
    if found is None or not any(found.groups()) or len(found[2] or "") > digits:
        raise UnreadableTip
    return int(found[1] or 0) * 10**digits + int((found[2] or "").ljust(digits, "0") or 0)


def write(amount: int, currency: str) -> str:
    """The way back, for the field: 250 USD → 2.50."""
    digits = get_currency_precision(currency)
    whole, part = divmod(amount, 10**digits)
    return f"{whole}.{part:0{digits}d}" if digits else str(whole)


def example(currency: str) -> str:
    """An amount of the currency as it may be typed."""
    return write(250 * 10 ** max(get_currency_precision(currency) - 2, 0), currency)


def of_percent(typed: str, due: int, currency: str) -> int:
    """One of the percents that the page offers, of what is due. Raises PercentNotOffered."""
    if typed not in map(str, PRESET_PERCENTS):
        raise PercentNotOffered
    return _preset(int(typed), due, currency)


def presets(due: int, currency: str) -> list[tuple[int, int]]:
    """The percents to choose from, each with its amount; what rounds to nothing is not offered."""
    offered = [(percent, _preset(percent, due, currency)) for percent in PRESET_PERCENTS]
    return [(percent, amount) for percent, amount in offered if amount]


def _preset(percent: int, due: int, currency: str) -> int:
    """In the steps in which cards are charged."""
    amount = percent_of(due, percent)
    return amount - amount % currencies.step(currency)
