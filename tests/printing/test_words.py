"""Both languages say the same things, with the same facts, and all of them are said somewhere."""

import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import pos.printing
from pos.printing.signs import UNKNOWN, printable
from pos.printing.words import LANGUAGES, SAID, Forms

SOURCES = "".join(path.read_text() for path in Path(pos.printing.__file__).parent.glob("*.py"))
# Parts whose words are chosen by what they say of.
CHOSEN = ("method.", "kind.", "discount.", "movement.", "tender.", "drawer.", "balance.", "points.", "opened", "closed")
KINDS_OF_REPORTS = {"x", "z", "addendum"}


def _facts(said: Forms) -> Iterator[set[str | None]]:
    for form in [said] if isinstance(said, str) else said.values():
        yield {name for _, name, _, _ in string.Formatter().parse(form) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_have_the_same_names_with_the_same_facts(language: str) -> None:
    mine, english = SAID[language], SAID["en"]

    assert list(mine) == list(english)
    assert [name for name in mine if next(_facts(mine[name])) != next(_facts(english[name]))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_words_can_be_printed(language: str) -> None:
    words = [form for said in SAID[language].values() for form in ([said] if isinstance(said, str) else said.values())]

    assert [form for form in words if UNKNOWN in printable(form)] == []


def test_no_word_is_left_over() -> None:
    known = SOURCES.replace("'", '"')

    unsaid = {name for name in SAID["en"] if f'"{name}"' not in known and not name.startswith(CHOSEN)}

    assert unsaid <= KINDS_OF_REPORTS
