"""What is printed around the facts, one file for each language, with the same names in each (a test holds it)."""

from collections.abc import Mapping
from dataclasses import dataclass

from pos.printing.words import en, es
from pos.written import Written

Forms = str | Mapping[str, str]
SAID: Mapping[str, Mapping[str, Forms]] = {"en": en.WORDS, "es": es.WORDS}
LANGUAGES = tuple(SAID)


@dataclass(frozen=True)
class Words(Written):
    """The words of a language, with amounts and hours as the store's country writes them."""

    def say(self, name: str, /, *, count: int | None = None, **facts: object) -> str:
        """One sentence with its facts filled in; with `count` its form for so many. Raises KeyError for a name or a fact that is not
        there: that is a bug."""
        said = SAID[self.language][name]
        if count is None:
            assert isinstance(said, str)
            return said.format(**facts)
        assert not isinstance(said, str)
        form = said.get(self.locale.plural_form(abs(count)), said["other"])
        return form.format(count=self.number(count), **facts)
