"""From a text to its answer: understands what is asked, finds it, says it, and lets nothing out that was not found.

It runs in the open transaction of whoever asks, so what it says is so at that moment. Whom we do not know is told nothing about
anybody. `reply` answers texts, of which a person reads what is not certain; `answer` says of everything what is to be said.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from flask import current_app

from pos.assistant import vocabulary
from pos.assistant.figures import figures, unproven
from pos.assistant.found import Act, Found, Intent
from pos.assistant.intents import INTENTS
from pos.assistant.matching import match
from pos.assistant.sentences import brief, fitted
from pos.assistant.slots import NAME, Said, take_apart
from pos.assistant.tools.tool import Nothing
from pos.assistant.understanding import FILLERS, Understood, names_an_address, readable, understand
from pos.config import Settings
from pos.errors import Invalid
from pos.messaging.inbox import Asked, Reply
from pos.messaging.segments import fold
from pos.messaging.wording import say

UNKNOWN, AMBIGUOUS, NOT_ALLOWED = "unknown", "ambiguous", "not_allowed"
# What a person reads, when it comes by text.
_LEFT_TO_A_PERSON = (UNKNOWN, AMBIGUOUS, NOT_ALLOWED, "person")

log = structlog.get_logger(__name__)

_BY_WORD: dict[str, Intent] = {word: intent for intent in INTENTS for words in intent.words.values() for word in words}
_MEANINGS = {word: id(intent) for word, intent in _BY_WORD.items()}
# Of a word that is the same in several languages none.
_LANGUAGES: dict[str, str | None] = {
    word: languages[0] if len(languages) == 1 else None
    for word, intent in _BY_WORD.items()
    if (languages := [language for language, words in intent.words.items() if word in words])
}
_ASKED = tuple(intent for intent in INTENTS if intent.examples)
_PERSONAL = tuple(intent for intent in _ASKED if intent.is_personal)


def reply(asked: Asked) -> Reply:
    """The answer to a text that came by SMS; without a body if a person is to read it."""
    said = answer(asked)
    return Reply(None, UNKNOWN) if said.intent in _LEFT_TO_A_PERSON else said


def answer(asked: Asked) -> Reply:
    """What is said to a question, with the rows it was made of."""
    word = understand(asked.text, _MEANINGS)
    # A single word is read first, and costs a look into a table.
    if word is not None and not word.others - FILLERS:
        return _by_word(word, asked)
    said = _taken_apart(asked)
    asked = _in_language(asked, said.language)
    near = match(said, _ASKED) if readable(asked.text) else []
    found = [intent for intent in near if _may_ask(intent, asked)]
    is_in_passing = word is not None and _is_in_passing(word)
    if len(found) == 1:
        certain = _answered(found[0], said, asked)
        if certain.intent != UNKNOWN or asked.phone is None:
            return certain
    elif found:
        return _instead("which_question", AMBIGUOUS, asked, _titles(found, asked.language))
    elif near:
        return _not_for_them(asked)
    if word is not None and is_in_passing:
        return _by_word(word, asked)
    return _not_understood(said, asked)


def _by_word(word: Understood, asked: Asked) -> Reply:
    intent = _BY_WORD[word.word]
    asked = _in_language(asked, _LANGUAGES[word.word])
    lead = word.word.upper() if word.is_slip else None
    if asked.phone is None and intent.is_personal:
        return _instead("ask_with_phone", UNKNOWN, asked)
    if intent.in_passing and word.others - FILLERS:
        return _instead(intent.in_passing, intent.name, asked, lead=lead)
    return _told(intent, Nothing() if isinstance(intent.source, Act) else intent.source.arguments(), asked, lead=lead)


def _is_in_passing(word: Understood) -> bool:
    """Whether it is the word of an act, which does nothing unless it stands alone, so that it may be explained in any sentence."""
    return _BY_WORD[word.word].in_passing is not None


def _answered(intent: Intent, said: Said, asked: Asked) -> Reply:
    if intent.in_passing:
        return _instead(intent.in_passing, intent.name, asked)
    arguments = intent.fill(said, asked)
    if arguments is None:
        is_of_one = asked.phone is None and intent.is_personal
        return _instead("ask_with_phone", UNKNOWN, asked) if is_of_one else _dont_know(asked)
    return _told(intent, arguments, asked)


def _told(intent: Intent, arguments: Any, asked: Asked, *, lead: str | None = None) -> Reply:
    """The answer from the books, or the sentence that is said in place of it."""
    if intent.is_personal and asked.customer_id is None and asked.phone is not None:
        return _instead("number_not_known", intent.name, asked, lead=lead)
    if intent.is_personal and intent.is_telling and asked.is_silent:
        return _instead("come_to_the_counter", intent.name, asked, lead=lead)
    if asked.phone is None and isinstance(intent.source, Act):
        return _instead("ask_with_phone", UNKNOWN, asked)
    found = _found(intent, arguments, asked)
    if found.rows is None:
        return _dont_know(asked)
    sentences = intent.worded(found.rows, asked.language)
    proven = figures(found.rows, asked.language)
    fact = {
        "tool": intent.source.name,
        "arguments": asdict(arguments),
        "rows": asdict(found.rows),
        "figures": proven,
    }
    link = intent.link(arguments) if intent.link else None
    said = _said(sentences, asked, lead, proven=proven)
    if said is None:
        log.error("assistant.unproven", intent=intent.name, tool=intent.source.name)
        return _dont_know(asked)
    return Reply(
        said,
        intent.name,
        [fact | ({"link": link} if link else {})],
        language=asked.language,
        customer_id=found.customer_id,
    )


def _found(intent: Intent, arguments: Any, asked: Asked) -> Found[Any]:
    if isinstance(intent.source, Act):
        return intent.source.run(asked)
    try:
        return Found(intent.source.run(asked, arguments))
    except Invalid:
        # More days than a report has.
        return Found(None)


def _instead(
    sentence: str, intent: str, asked: Asked, facts: dict[str, Any] | None = None, *, lead: str | None = None
) -> Reply:
    """A sentence that needs no facts."""
    said = fitted([f"{lead or brief(asked.store)}: {say(sentence, asked.language, facts or {})}"], asked.most_segments)
    return Reply(said, intent, language=asked.language)


def _said(sentences: list[str], asked: Asked, lead: str | None, *, proven: list[str]) -> str | None:
    """The words of an answer; None if there is anything in them that the facts do not hold."""
    lead = lead or brief(asked.store)
    [first, *more] = sentences
    said = fitted([f"{lead}: {first}", *more], asked.most_segments)
    settings: Settings = current_app.config["SETTINGS"]
    return None if unproven(said, [fold(lead), *proven], base_url=settings.public_base_url) else said


def _may_ask(intent: Intent, asked: Asked) -> bool:
    """Customers about themselves, and the store's people about the store; anybody about what is anybody's."""
    if asked.phone is None:
        return intent.about != "customer" or intent.is_also_of_the_house
    return intent.about != "store"


def _not_for_them(asked: Asked) -> Reply:
    """It is understood, and it is not for whoever asks."""
    if asked.phone is None:
        return _instead("ask_with_phone", UNKNOWN, asked)
    return _instead("not_allowed", NOT_ALLOWED, asked)


def _not_understood(said: Said, asked: Asked) -> Reply:
    """Told apart: what is about somebody else, and what nobody here knows."""
    if asked.phone is not None and _is_about_others(said, asked.text):
        return _instead("not_allowed", NOT_ALLOWED, asked)
    return _dont_know(asked)


def _dont_know(asked: Asked) -> Reply:
    """With what may be asked by whoever asks."""
    return _instead("dont_know" if asked.phone is not None else "dont_know_of_the_house", UNKNOWN, asked)


def _is_about_others(said: Said, text: str) -> bool:
    nameless = replace(said, meanings=tuple(each for each in said.meanings if each != NAME), tappass_id=None)
    return (
        names_an_address(text)
        or said.tappass_id is not None
        or _names_somebody(said)
        or bool(said.name and match(nameless, _PERSONAL))
    )


def _names_somebody(said: Said) -> bool:
    words = {form for word in (said.name or "").split() for form in (word, word.removesuffix("s"))}
    return not vocabulary.SOMEBODY_ELSE.isdisjoint(words)


def _taken_apart(asked: Asked) -> Said:
    """The question; of one that names days alone ("and yesterday?") the question before it, with these days."""
    today = asked.now.astimezone(ZoneInfo(asked.timezone)).date()
    said = take_apart(asked.text, today)
    if asked.previous is None or not said.period or said.name or said.reference or said.meanings:
        return said
    before = take_apart(asked.previous, today)
    return replace(before, periods=said.periods, language=said.language or before.language)


def _in_language(asked: Asked, language: str | None) -> Asked:
    """Who has chosen no language is answered in that of the words."""
    return asked if asked.has_chosen_language or not language else replace(asked, language=language)


def _titles(intents: Sequence[Intent], language: str) -> dict[str, str]:
    """Questions, by an example of each."""
    listed = dict.fromkeys(intent.examples[language][0] for intent in intents[:3])
    return {"questions": ", ".join(listed)}
