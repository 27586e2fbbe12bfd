"""What guests read: all of it here, one file for each language, with the same names in each (a test holds it), and how a language
and a country write money, counts and hours.

The words are ours and may carry markup; the facts that fill them are other people's, and are escaped.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal, format_percent, get_decimal_symbol
from markupsafe import Markup

from pos.money import digits_of
from pos.web.words import en, es

Forms = str | Mapping[str, str]
SAID: Mapping[str, Mapping[str, Forms]] = {"en": en.WORDS, "es": es.WORDS}
NAMES = {"en": "English", "es": "Español"}
FALLBACK = "en"
# Unicode's rule for a currency without a sign of its own, which Babel does not follow: KWD 4.638.
_LETTER_BEFORE_DIGIT = re.compile(r"(?<=[A-Z])(?=[0-9])")


@dataclass(frozen=True)
class Words:
    """A language, as it is written in the store's country if that is known."""

    language: str
    country: str | None = None

    def say(self, name: str, /, *, count: int | None = None, **facts: object) -> Markup:
        """One sentence with its facts filled in. With `count` it is the form for so many. Raises KeyError for a name or a
        fact that is not there: that is a bug."""
        said = SAID[self.language][name]
        if count is None:
            return Markup(said).format(**facts)  # noqa: S704 - the words are ours, the facts are escaped
        assert not isinstance(said, str)
        form = said.get(self.locale.plural_form(abs(count)), said["other"])
        return Markup(form).format(count=self.number(count), **facts)  # noqa: S704

    def money(self, amount: int, currency: str) -> str:
        """Minor units: 4638 USD → $46.38."""
        exact = Decimal(amount).scaleb(-digits_of(currency))
        return _LETTER_BEFORE_DIGIT.sub("\N{NO-BREAK SPACE}", format_currency(exact, currency, locale=self.locale))

    def number(self, count: int) -> str:
        return str(format_decimal(count, locale=self.locale))

    def percent(self, percent: int) -> str:
        return str(format_percent(Decimal(percent) / 100, locale=self.locale))

    def typed(self, plain: str) -> str:
        """An amount for a field: 2.50 → 2,50 where people type a comma."""
        return plain.replace(".", get_decimal_symbol(self.locale))

    def moment(self, local: datetime) -> str:
        """Day and hour of a place's clock."""
        day, hour = format_date(local, "medium", locale=self.locale), format_time(local, "short", locale=self.locale)
        return f"{day}, {hour}"

    @property
    def others(self) -> list[tuple[str, str]]:
        """The other languages, by their codes and their own names."""
        return [(code, name) for code, name in NAMES.items() if code != self.language]

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
