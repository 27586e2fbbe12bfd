"""The words of the tablet and of the kitchen's screen: every sentence that one asks for is there, in both languages, with the same facts
in it."""

import re
from pathlib import Path

import pytest

APPS = {name: Path(__file__).parents[2] / "pos" / "web" / "static" / name for name in ("tablet", "kitchen")}
_ENTRY = re.compile(r'^  "?([\w.-]+)"?: (?:"((?:[^"\\]|\\.)*)"|\{(.*)\}),$', re.MULTILINE)
_ASKED = re.compile(r'\bt\("([\w.-]+)"')
_LITERAL = re.compile(r'"([\w.-]+)"')
# Names that are put together of a word and what the API says.
_PUT_TOGETHER = (
    "problem.",
    "role.",
    "method.",
    "orders.",
    "status.",
    "paid.",
    "back.",
    "money_status.",
    "refund.by_",
    "people.only_with_network.",
    "shift.",
    "count.",
    "kitchen.do.",
    "kitchen.is.",
    "kitchen.level.",
    "kitchen.size.",
)


def words(app: str, language: str) -> dict[str, str]:
    """Each sentence by its name; those that count with all their forms."""
    text = (APPS[app] / "words" / f"{language}.js").read_text()
    return {name: one or forms for name, one, forms in _ENTRY.findall(text)}


def code(app: str) -> str:
    return "".join(path.read_text() for path in APPS[app].rglob("*.js") if path.stem not in ("en", "es"))


def facts(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", sentence))


@pytest.mark.parametrize(("app", "least"), [("tablet", 150), ("kitchen", 40)])
def test_both_languages_say_the_same_with_the_same_facts(app: str, least: int) -> None:
    english, spanish = words(app, "en"), words(app, "es")

    told_by_server = {name for name in {*english} ^ {*spanish} if name.startswith("problem.")}
    assert {*english} ^ {*spanish} == told_by_server
    assert {name for name in {*english} & {*spanish} if facts(english[name]) != facts(spanish[name])} == set()
    assert len(english) > least


def test_every_sentence_that_the_tablet_asks_for_is_there_and_no_other() -> None:
    assert_asked_for({*words("tablet", "en")}, known={*words("tablet", "en")}, by=code("tablet"))


def test_every_sentence_that_the_kitchen_asks_for_is_there_and_no_other() -> None:
    ours = {*words("kitchen", "en")}

    assert_asked_for(ours, known=ours | {*words("tablet", "en")}, by=code("kitchen"))


def assert_asked_for(ours: set[str], *, known: set[str], by: str) -> None:
    """All that is asked for is known, and all of ours is asked for."""
    assert {*_ASKED.findall(by)} - known == set()
    assert {name for name in ours - {*_LITERAL.findall(by)} if not name.startswith(_PUT_TOGETHER)} == set()
