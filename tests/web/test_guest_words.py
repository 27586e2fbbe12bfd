"""The words of guests' pages: whole in both languages, and written as language and country write."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup

from pos.orders.lifecycle import FULFILLMENT_STATUSES
from pos.web import refusals
from pos.web.words import NAMES, SAID, Forms, Words

WEB = Path(refusals.__file__).parent
PAGES = [WEB / "templates" / f"{name}.html" for name in ("guest", "order", "pay", "paying", "refused", "waiting")]
BY_COUNT = {"en": {"one", "other"}, "es": {"one", "many", "other"}}
ENGLISH, SPANISH = Words("en", "US"), Words("es", "US")


def forms(said: Forms) -> dict[str, str]:
    return {"": said} if isinstance(said, str) else dict(said)


def made_of(text: str) -> list[str]:
    """The facts and the tags of a sentence."""
    return sorted(re.findall(r"\{\w*\}|<[^>]*>", text))


def test_languages_say_the_same_things_with_the_same_facts_and_tags() -> None:
    for code, words in SAID.items():
        assert list(words) == list(SAID["en"]), code
        for name, said in words.items():
            english, theirs = forms(SAID["en"][name]).values(), forms(said).values()

            assert all(made_of(text) == made_of(next(iter(english))) for text in (*english, *theirs)), (code, name)
            assert isinstance(said, str) or set(said) == BY_COUNT[code], (code, name)
            assert all(text.strip() == text and text for text in forms(said).values()), (code, name)


def test_languages_differ() -> None:
    same = {name for name, said in SAID["es"].items() if said == SAID["en"][name]}

    assert set(NAMES) == set(SAID)
    assert same == {"line", "total"}


def test_each_word_is_said_somewhere() -> None:
    sources = "".join(path.read_text() for path in [*PAGES, WEB / "guest.py", WEB / "refusals.py"])
    quoted = set(re.findall(r'"(\w+)"', sources)) | set(re.findall(r"'(\w+)'", sources)) | set(FULFILLMENT_STATUSES)

    assert {name for name in SAID["en"] if name.removesuffix("_advice") not in quoted} == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_templates_have_no_words_of_their_own(path: Path) -> None:
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", re.sub(r"\{#.*?#\}", "", path.read_text()), flags=re.DOTALL)

    assert set(re.findall(r"\w+", text)) <= {"TapPass", "data", "version"}


@pytest.mark.parametrize(
    ("words", "count", "said"),
    [
        (ENGLISH, 1, "You have 1 point now."),
        (ENGLISH, 0, "You have 0 points now."),
        (ENGLISH, 1_234, "You have 1,234 points now."),
        (SPANISH, 1, "Ahora tiene 1 punto."),
        (SPANISH, 21, "Ahora tiene 21 puntos."),
        (SPANISH, 2_000_000, "Ahora tiene 2,000,000 de puntos."),
        (Words("es", "ES"), 12_345, "Ahora tiene 12.345 puntos."),
    ],
)
def test_counts_take_the_form_of_their_number(words: Words, count: int, said: str) -> None:
    assert words.say("points_now", count=count) == said


def test_facts_are_escaped_and_words_are_not() -> None:
    said = ENGLISH.say("tip_now", amount="<script>")

    assert said == Markup("Now it is <strong>&lt;script&gt;</strong>.")


@pytest.mark.parametrize(
    ("language", "country", "currency", "amount", "written"),
    [
        ("en", "US", "USD", 4638, "$46.38"),
        ("es", "US", "USD", 4638, "$46.38"),
        ("en", "US", "USD", -300, "-$3.00"),
        ("en", "US", "USD", 123456789, "$1,234,567.89"),
        ("en", "US", "JPY", 4638, "¥4,638"),
        ("en", "GB", "GBP", 5, "£0.05"),
        ("en", "DE", "EUR", 800, "8,00 €"),
        ("es", "ES", "EUR", 123456, "1.234,56 €"),
        ("es", "MX", "MXN", 4638, "$46.38"),
        ("en", "KW", "KWD", 4638, "KWD 4.638"),
        # Nobody knows how Spanish is written in Germany.
        ("es", "DE", "EUR", 800, "8,00 €"),
    ],
)
def test_money_is_written_as_the_country_writes_it(
    language: str, country: str, currency: str, amount: int, written: str
) -> None:
    assert " ".join(Words(language, country).money(amount, currency).split()) == written


@pytest.mark.parametrize(
    ("language", "country", "written"),
    [("en", "US", "Jul 3, 2026, 10:04 PM"), ("es", "US", "3 jul 2026, 10:04 p.m."), ("es", "ES", "3 jul 2026, 22:04")],
)
def test_moments_are_written_as_the_country_writes_them(language: str, country: str, written: str) -> None:
    local: Any = datetime(2026, 7, 3, 22, 4)  # noqa: DTZ001 - the clock of a place, as PostgreSQL gives it

    assert " ".join(Words(language, country).moment(local).split()) == written


def test_amounts_are_typed_with_the_comma_of_the_country() -> None:
    assert [Words("es", country).typed("2.50") for country in ("US", "ES")] == ["2.50", "2,50"]
