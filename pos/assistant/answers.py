"""The function that answers a customer's text: understands what is asked, finds it, and says it.

It runs in the open transaction of whoever asks, with the customer's row locked if there is one, so what it says is so at that
moment. Whom we do not know is told nothing about anybody.
"""

from dataclasses import asdict, replace
from typing import Any

from pos.assistant.found import Intent
from pos.assistant.intents import INTENTS
from pos.assistant.sentences import brief, fitted
from pos.assistant.understanding import FILLERS, Understood, understand
from pos.messaging.inbox import Asked, Reply
from pos.messaging.wording import say

UNKNOWN = "unknown"

_BY_WORD: dict[str, Intent[Any]] = {
    word: intent for intent in INTENTS for words in intent.words.values() for word in words
}
_MEANINGS = {word: id(intent) for word, intent in _BY_WORD.items()}
# Of a word that is the same in several languages none.
_LANGUAGES: dict[str, str | None] = {
    word: languages[0] if len(languages) == 1 else None
    for word, intent in _BY_WORD.items()
    if (languages := [language for language, words in intent.words.items() if word in words])
}


def reply(asked: Asked) -> Reply:
    """The answer to a text, with the rows it was made of; without a body if it is no question that we know, or more than one."""
    understood = understand(asked.text, _MEANINGS)
    if understood is None:
        return Reply(None, UNKNOWN)
    return _answered(_BY_WORD[understood.word], understood, _in_language(asked, understood))


def _in_language(asked: Asked, understood: Understood) -> Asked:
    """Who has chosen no language is answered in that of the word."""
    language = None if asked.has_chosen_language else _LANGUAGES[understood.word]
    return replace(asked, language=language) if language else asked


def _answered(intent: Intent[Any], understood: Understood, asked: Asked) -> Reply:
    lead = understood.word.upper() if understood.is_slip else brief(asked.store)
    instead = _instead(intent, understood, asked)
    if instead:
        said = fitted([f"{lead}: {say(instead, asked.language, {})}"])
        return Reply(said, intent.name, language=asked.language)
    found = intent.tool(asked)
    [first, *more] = intent.worded(found.rows, asked.language)
    return Reply(
        fitted([f"{lead}: {first}", *more]),
        intent.name,
        [{"tool": intent.name, "rows": asdict(found.rows)}],
        language=asked.language,
        customer_id=found.customer_id,
    )


def _instead(intent: Intent[Any], understood: Understood, asked: Asked) -> str | None:
    """The sentence that is said in place of what was asked for, without any facts."""
    if intent.is_personal and asked.customer_id is None:
        return "number_not_known"
    if intent.is_personal and intent.is_telling and asked.is_silent:
        return "come_to_the_counter"
    return intent.in_passing if understood.others - FILLERS else None
