"""How a language, as a country writes it, writes money, counts, rates and hours. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal, format_percent

from pos.money import digits_of

# Unicode's rule for a currency without a sign of its own, which Babel does not follow: KWD 4.638.
_LETTER_BEFORE_DIGIT = re.compile(r"(?<=[A-Z])(?=[0-9])")


@dataclass(frozen=True)
class Written:
    """A language, as it is written in the store's country if that is known."""

    language: str
    country: str | None = None

    def money(self, amount: int, currency: str) -> str:
        """Minor units: 4638 USD → $46.38."""
        exact = Decimal(amount).scaleb(-digits_of(currency))
        return _LETTER_BEFORE_DIGIT.sub("\N{NO-BREAK SPACE}", format_currency(exact, currency, locale=self.locale))

    def number(self, count: int) -> str:
        return str(format_decimal(count, locale=self.locale))

    def percent(self, percent: int) -> str:
        return str(format_percent(Decimal(percent) / 100, locale=self.locale))

    def rate(self, rate: str) -> str:
        """A rate with all its digits: "0.082500" → 8.25%."""
        return str(format_percent(Decimal(rate), locale=self.locale, decimal_quantization=False))

    def moment(self, local: datetime) -> str:
        """Day and hour of a place's clock."""
        return f"{format_date(local, 'medium', locale=self.locale)}, {self.hour(local)}"

    def hour(self, local: datetime) -> str:
        return str(format_time(local, "short", locale=self.locale))

    @property
    def locale(self) -> Locale:
        return _locale(self.language, self.country)


@cache
def _locale(language: str, country: str | None) -> Locale:
    """As the country writes the language; where nobody knows how, as the language is written at large."""
    try:
        return Locale(language, country)
    except UnknownLocaleError:
        return Locale(language)
