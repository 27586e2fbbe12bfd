"""The tablet's words: every sentence that a screen asks for is there, in both languages, with the same facts in it."""

import re
from pathlib import Path

TABLET = Path(__file__).parents[2] / "pos" / "web" / "static" / "tablet"
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
)


def words(language: str) -> dict[str, str]:
    """Each sentence by its name; those that count with all their forms."""
    text = (TABLET / "words" / f"{language}.js").read_text()
    return {name: one or forms for name, one, forms in _ENTRY.findall(text)}


def facts(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", sentence))


def test_both_languages_say_the_same_with_the_same_facts() -> None:
    english, spanish = words("en"), words("es")

    told_by_server = {name for name in {*english} ^ {*spanish} if name.startswith("problem.")}
    assert {*english} ^ {*spanish} == told_by_server
    assert {name for name in {*english} & {*spanish} if facts(english[name]) != facts(spanish[name])} == set()
    assert len(english) > 150


def test_every_sentence_that_a_screen_asks_for_is_there_and_no_other() -> None:
    code = "".join(path.read_text() for path in TABLET.rglob("*.js") if path.parent.name != "words")

    english = {*words("en")}

    assert {*_ASKED.findall(code)} - english == set()
    assert {name for name in english - {*_LITERAL.findall(code)} if not name.startswith(_PUT_TOGETHER)} == set()
