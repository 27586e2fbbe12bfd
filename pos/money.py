"""Amounts are integers in minor units; rates are decimals; they meet only here."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision

MAX_AMOUNT = 10**12


def round_half_up(exact: Decimal) -> int:
    """An exact amount as whole minor units; a half goes away from zero."""
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def tax_on_top(net: int, rate: Decimal) -> int:
    """The tax to add to an amount that does not include it."""
    return round_half_up(net * rate)


def tax_inside(gross: int, rate: Decimal) -> int:
    """The tax that an amount already includes: gross − gross ÷ (1 + rate)."""
    return gross - round_half_up(gross / (1 + rate))


def percent_of(amount: int, percent: int) -> int:
    """So many whole percent of an amount."""
    return round_half_up(Decimal(amount * percent) / 100)


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """An amount in parts after their weights, by largest remainder; the parts always sum to the amount.

    With nothing but zero weights the parts are equal. Raises ValueError without weights.
    """
    if not weights:
        raise ValueError("an amount cannot be split into no parts")
    shares = list(weights) if any(weights) else [1] * len(weights)
    whole = sum(shares)
    parts = [amount * share // whole for share in shares]
    remainders = [amount * share % whole for share in shares]
    for index in sorted(range(len(shares)), key=lambda i: -remainders[i])[: amount - sum(parts)]:
        parts[index] += 1
    return parts


def digits_of(currency: str) -> int:
    """The decimals of a currency: 2 of the dollar, 0 of the yen."""
    return int(get_currency_precision(currency))


def written(amount: int, currency: str) -> str:
    """Minor units as people write them: 4638 USD → 46.38 USD."""
    digits = digits_of(currency)
    whole, part = divmod(abs(amount), 10**digits)
    sign = "−" if amount < 0 else ""
    return f"{sign}{whole:,}{f'.{part:0{digits}d}' if digits else ''} {currency}"
