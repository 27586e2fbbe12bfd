"""What guests read: all of it here, one file for each language, with the same names in each (a test holds it), and how a language
and a country write money, counts and hours.

The words are ours and may carry markup; the facts that fill them are other people's, and are escaped.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from babel.numbers import get_decimal_symbol
from markupsafe import Markup

from pos.web.words import en, es
from pos.written import Written

Forms = str | Mapping[str, str]
SAID: Mapping[str, Mapping[str, Forms]] = {"en": en.WORDS, "es": es.WORDS}
NAMES = {"en": "English", "es": "Español"}
FALLBACK = "en"


@dataclass(frozen=True)
class Words(Written):
    """What guests read, in a language as it is written in the store's country."""

    def say(self, name: str, /, *, count: int | None = None, **facts: object) -> Markup:
        """One sentence with its facts filled in. With `count` it is the form for so many. Raises KeyError for a name or a
        fact that is not there: that is a bug."""
        said = SAID[self.language][name]
        if count is None:
            return Markup(said).format(**facts)  # noqa: S704 - the words are ours, the facts are escaped
        assert not isinstance(said, str)
        form = said.get(self.locale.plural_form(abs(count)), said["other"])
        return Markup(form).format(count=self.number(count), **facts)  # noqa: S704

    def typed(self, plain: str) -> str:
        """An amount for a field: 2.50 → 2,50 where people type a comma."""
        return plain.replace(".", get_decimal_symbol(self.locale))

    @property
    def others(self) -> list[tuple[str, str]]:
        """The other languages, by their codes and their own names."""
        return [(code, name) for code, name in NAMES.items() if code != self.language]
